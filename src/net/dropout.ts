/** Dropout as data: its rates, and which units an update leaves out, as a function of seed, update, layer and place. */

import type { Kernels } from "../core/kernels.js";
import { checkNumber, checkOptions } from "../ground/check.js";
import { hashWords } from "../ground/hash.js";

/** Shares of units left out at each update, 0 <= rate < 1. */
export interface DropoutRates {
  /** Of the inputs. Default: 0. */
  readonly input?: number;
  /** Of each hidden layer. Default: 0. */
  readonly hidden?: number;
}

/** Beyond this rate mini-batches of usual layers would be left out whole. */
const LIMIT = 1 - 2 ** -12;

/** Rates from what users give: a number is the rate of the hidden layers. */
export function checkDropout(call: string, dropout: unknown): Required<DropoutRates> {
  if (typeof dropout === "number") {
    checkNumber(call, "dropout", dropout, 0, LIMIT);
    return { input: 0, hidden: dropout };
  }
  checkOptions(call, dropout, ["input", "hidden"], "dropout");
  const { input = 0, hidden = 0 } = dropout as DropoutRates;
  checkNumber(call, "dropout.input", input, 0, LIMIT);
  checkNumber(call, "dropout.hidden", hidden, 0, LIMIT);
  return { input, hidden };
}

/** Two 32-bit words from the model's generator. */
export type DropoutSeed = readonly [number, number];

/**
 * The masks of one fit or trainer. Layer 0 is the inputs, l the l-th hidden layer. A mask depends on the update, the layer
 * and the unit's place in the mini-batch alone: pieces share it, and a fit that was stopped finds it again. It is a
 * `UnitMask` of src/net/passes.ts.
 */
export class Dropout {
  /** The update at hand, counted from 0. */
  step = 0;
  /** The mini-batch's row that is the first of the piece at hand. */
  row = 0;

  constructor(
    private readonly kernels: Kernels,
    readonly rates: Required<DropoutRates>,
    readonly seed: DropoutSeed,
  ) {}

  rate(layer: number): number {
    return layer === 0 ? this.rates.input : this.rates.hidden;
  }

  /** y = y/(1 - rate) where kept, else 0, for `rows` rows of `width` units at the address y: values, and their gradients. */
  drop(layer: number, y: number, rows: number, width: number): void {
    this.mask(layer, y, rows, width, 1 / (1 - this.rate(layer)));
  }

  /** What {@link drop} scaled up becomes as it was, up to two roundings; what it left out stays 0. */
  scaleBack(layer: number, y: number, rows: number, width: number): void {
    this.mask(layer, y, rows, width, 1 - this.rate(layer));
  }

  private mask(layer: number, y: number, rows: number, width: number, scale: number): void {
    const rate = this.rate(layer);
    if (rate === 0) return;
    const [first, second] = this.seed;
    const threshold = Math.round(rate * 2 ** 32);
    const key1 = hashWords(first, this.step, layer);
    const key2 = hashWords(second, this.step, layer);
    this.kernels.dropoutForward(y, y, rows * width, this.row * width, key1, key2, threshold, scale);
  }
}

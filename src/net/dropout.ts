/** Dropout as data: its rates, and which units an update leaves out, as a function of seed, update, layer and place. */

import type { Kernels } from "../core/kernels.js";
import { checkNumber, checkOptions, show } from "../ground/check.js";
import { hashWords } from "../ground/hash.js";

/** Shares of units left out at each update, 0 <= rate < 1. */
export interface DropoutRates {
  /** Of the inputs. Default: 0. */
  readonly input?: number;
  /** Of each hidden layer: one number for all, or a list with one for each. Default: 0. */
  readonly hidden?: number | readonly number[];
}

/** Rates with their defaults, one for each hidden layer. */
export interface DropoutPlan {
  readonly input: number;
  readonly hidden: readonly number[];
}

/** Beyond this rate mini-batches of usual layers would be left out whole. */
const LIMIT = 1 - 2 ** -12;

/** Rates from what users give for a network of so many hidden layers: a number is the rate of them all. */
export function checkDropout(call: string, dropout: unknown, hiddenLayers: number): DropoutPlan {
  const all = (rate: number) => new Array<number>(hiddenLayers).fill(rate);
  if (typeof dropout === "number") {
    checkNumber(call, "dropout", dropout, 0, LIMIT);
    return { input: 0, hidden: all(dropout) };
  }
  checkOptions(call, dropout, ["input", "hidden"], "dropout");
  const { input = 0, hidden = 0 } = dropout as DropoutRates;
  checkNumber(call, "dropout.input", input, 0, LIMIT);
  if (!Array.isArray(hidden)) {
    checkNumber(call, "dropout.hidden", hidden, 0, LIMIT);
    return { input, hidden: all(hidden) };
  }
  if (hidden.length !== hiddenLayers) {
    throw new RangeError(
      `${call}: dropout.hidden must hold one number for each of ${hiddenLayers} hidden layers, got ${show(hidden)}.`,
    );
  }
  for (let l = 0; l < hiddenLayers; l++) checkNumber(call, `dropout.hidden[${l}]`, hidden[l], 0, LIMIT);
  return { input, hidden: [...hidden] };
}

/** Whether any unit is left out at all. */
export function leavesOut({ input, hidden }: DropoutPlan): boolean {
  return input > 0 || hidden.some((rate) => rate > 0);
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
    readonly rates: DropoutPlan,
    readonly seed: DropoutSeed,
  ) {}

  rate(layer: number): number {
    return layer === 0 ? this.rates.input : this.rates.hidden[layer - 1];
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

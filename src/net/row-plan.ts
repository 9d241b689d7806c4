/** A whole prediction of one row in one call of the core, by a plan in its memory (assembly/row.ts says how it is read). */
import type { Kernels } from "../core/kernels.js";
import type { Layout } from "../core/memory-map.js";
import { copySlice } from "../data/copy-rows.js";
import type { Activation, Output } from "./activations.js";

/** What a network has of it (src/net/network.ts). */
interface Planned {
  readonly sizes: readonly number[];
  readonly layout: Layout;
  readonly activations: readonly Activation[];
  readonly output: Output;
  readonly single: Pick<Kernels, "rowForward">;
  readonly inputs: Float32Array;
  readonly beforeUse: (() => void) | undefined;
  uses: number;
  rowsSince: number;
}

/** The number of an activation, or of what outputs are, in the plan: of those that change nothing 0. */
const numberOf = (name: unknown) => ["relu", "sigmoid", "tanh", "softmax"].indexOf(name as string) + 1;

/** Of a network all of whose parts the core has. */
export class RowPlan {
  private readonly output: number;

  /** @param few of so many inputs that are not 0, and of more, the zeros are not skipped */
  constructor({ layout, activations, output, inputs }: Planned, few: number) {
    const { plan, layers, found, scratch, rowPanel } = layout;
    this.output = numberOf(output);
    const words = [layout.inputs, layers[0].inputs, found, scratch, few, layers.length, rowPanel];
    layers.forEach(({ y, w, b, inputs: I, outputs: O, panels }, l) => {
      words.push(y, w, b, I, O, numberOf(activations[l]), panels);
    });
    new Int32Array(inputs.buffer, plan, words.length).set(words);
  }

  /**
   * From row `from` of `x` to the last sums, or to probabilities if `isDone`. The weights of large layers are copied into panels when a
   * second row comes and nothing has changed since the first: so who updates and predicts by turns copies nothing.
   * @returns whether it went well: bytes, and numbers that are not finite, go the way of many rows, which says what is wrong
   */
  forward(network: Planned, x: ArrayLike<number>, from: number, isDone: boolean): boolean {
    if (x instanceof Uint8Array) return false;
    network.beforeUse?.();
    network.uses++;
    const { sizes, inputs, single, layout, rowsSince } = network;
    copySlice(x, from * sizes[0], sizes[0], inputs);
    if (rowsSince < 2) network.rowsSince++;
    // By their number panels are not read, filled first, or read as they are.
    return single.rowForward(layout.plan, isDone ? this.output : 0, rowsSince) === 0;
  }
}

/** The networks of a table's model, whose answers are averaged. */
import type { Dataset } from "../data/dataset.js";
import type { Rows } from "../data/rows.js";
import { argmax } from "../ground/statistics.js";
import type { Output } from "../net/activations.js";

/** What is asked of a network. Every {@link MLP} fits. */
export interface Member<O extends Output = Output> {
  readonly layers: readonly number[];
  readonly output: O;
  readonly parameterCount: number;
  predictProba(x: Rows | Dataset, out?: Float32Array): Float32Array;
}

/** So many answers at most have room for their sums kept for the next call. */
const KEPT = 1024;

/**
 * An ensemble: of each answer, a probability or a value, the mean over the networks, summed in their order in float64 and rounded
 * once (bagging; Breiman 1996). One network alone answers as it is.
 */
export class Members<N extends Member> {
  /** For one row at a time: a service need not allocate them. */
  private sums = new Float64Array(0);
  private own = new Float32Array(0);

  /** @param list one at least, which may grow while they are fitted */
  constructor(readonly list: readonly N[]) {}

  get layers(): readonly number[] {
    return this.list[0].layers;
  }

  get output(): Output {
    return this.list[0].output;
  }

  /** Itself in one line. */
  toString(): string {
    const { list } = this;
    return list.length === 1 ? `${list[0]}` : `${list.length} networks, each ${list[0]}`;
  }

  /** Of all of them. */
  get parameterCount(): number {
    return this.list.reduce((sum, { parameterCount }) => sum + parameterCount, 0);
  }

  /** The mean answers to rows, as {@link MLP.predictProba} takes and gives them. */
  predictProba(x: Rows | Dataset, out?: Float32Array): Float32Array {
    const { list } = this;
    const answers = list[0].predictProba(x, out);
    if (list.length === 1) return answers;
    const { length } = answers;
    const { own, sums } = this.room(length);
    for (let i = 0; i < length; i++) sums[i] = answers[i];
    for (let m = 1; m < list.length; m++) {
      list[m].predictProba(x, own);
      for (let i = 0; i < length; i++) sums[i] += own[i];
    }
    for (let i = 0; i < length; i++) answers[i] = sums[i] / list.length;
    return answers;
  }

  /** Of many rows it is not kept. */
  private room(length: number): { own: Float32Array; sums: Float64Array } {
    if (this.own.length === length) return { own: this.own, sums: this.sums };
    const room = { own: new Float32Array(length), sums: new Float64Array(length) };
    if (length <= KEPT) Object.assign(this, room);
    return room;
  }

  /** Decides by the mean answers: class ids for softmax, zeros and ones for sigmoid, else values. */
  predict(x: Rows | Dataset): Int32Array | Uint8Array | Float32Array {
    const answers = this.predictProba(x);
    if (this.output === "sigmoid") return Uint8Array.from(answers, (probability) => (probability >= 0.5 ? 1 : 0));
    if (this.output !== "softmax") return answers;
    const classes = this.layers[this.layers.length - 1];
    return Int32Array.from({ length: answers.length / classes }, (_, r) => argmax(answers, r * classes, classes));
  }
}

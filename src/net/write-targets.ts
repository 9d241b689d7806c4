/** The targets and weights of the rows at hand, on their way into a network's memory. */
import { copySlice } from "../data/copy-rows.js";
import type { Output } from "./activations.js";
import { isSoft } from "./design.js";

/** What a network has of it (src/net/network.ts). */
export interface TargetMemory {
  readonly output: Output;
  readonly layout: { readonly rows: number };
  readonly sizes: readonly number[];
  readonly targets: Float32Array;
  readonly labels: Int32Array;
  rowWeights: Float32Array | undefined;
  hasSoftTargets: boolean;
}

/** What training makes of targets. */
export interface TargetOptions {
  readonly labelSmoothing: number;
  /** Of softmax one number a class; of sigmoid a pair for each output. */
  readonly classWeights: readonly number[] | undefined;
}

/**
 * Puts the targets of rows `from .. from+rows` into their slab: class ids for softmax, else numbers, and sets their weights aside.
 * @returns whether all class ids are some: a kernel looks up memory by them
 */
export function writeTargets(
  network: TargetMemory,
  y: ArrayLike<number>,
  targets: number,
  weights: ArrayLike<number> | undefined,
  from: number,
  rows: number,
): boolean {
  const { labels } = network;
  network.rowWeights = weights && weightsAt(network, weights, from, rows);
  network.hasSoftTargets = isSoft(network, targets);
  if (network.output === "softmax" && !network.hasSoftTargets) {
    for (let r = 0; r < rows; r++) labels[r] = y[from + r];
    return areClasses(network, rows);
  }
  copySlice(y, from * targets, rows * targets, network.targets);
  return true;
}

/** No function says where a row is: it would be made anew for every mini-batch. */
export function weightsAt(
  { rowWeights, layout }: TargetMemory,
  weights: ArrayLike<number>,
  from: number,
  rows: number,
  indices?: Uint32Array,
): Float32Array {
  const own = rowWeights ?? new Float32Array(layout.rows);
  for (let r = 0; r < rows; r++) own[r] = weights[indices ? indices[from + r] : from + r];
  return own;
}

/** The weights of `count` rows from `from` on, summed: how many rows they count as. */
export function sumWeights(weights: ArrayLike<number>, from: number, count: number, indices?: Uint32Array): number {
  let sum = 0;
  for (let r = from; r < from + count; r++) sum += weights[indices ? indices[r] : r];
  return sum;
}

export function areClasses({ sizes, labels }: TargetMemory, rows: number): boolean {
  const classes = sizes[sizes.length - 1];
  // Of a negative number the unsigned one is large.
  for (let r = 0; r < rows; r++) if (labels[r] >>> 0 >= classes) return false;
  return true;
}

/**
 * Makes of the targets at hand what training wants: smoothed (Szegedy et al. 2016), t·(1 - ε) + ε/classes, of sigmoid
 * t·(1 - ε) + ε/2; and, where class ids have become probabilities, times their class's weight.
 */
export function shapeTargets(
  network: TargetMemory,
  rows: number,
  { labelSmoothing, classWeights }: TargetOptions,
): void {
  const { output, targets, labels, sizes } = network;
  const outputs = sizes[sizes.length - 1];
  const kept = 1 - labelSmoothing;
  if (output === "sigmoid") {
    for (let i = 0; i < rows * outputs; i++) targets[i] = kept * targets[i] + labelSmoothing / 2;
    return;
  }
  const isOneHot = !network.hasSoftTargets;
  network.hasSoftTargets = true;
  // From the last row on: class ids lie where the first rows' probabilities will.
  for (let r = rows - 1; r >= 0; r--) {
    const label = labels[r];
    for (let c = 0, at = r * outputs; c < outputs; c++, at++) {
      const target = isOneHot ? Number(c === label) : targets[at];
      targets[at] = (classWeights?.[c] ?? 1) * (kept * target + labelSmoothing / outputs);
    }
  }
}

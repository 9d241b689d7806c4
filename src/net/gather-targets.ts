/** The targets and weights of any rows of a dataset, on their way into a network's memory: those of a shuffled mini-batch. */
import { copyRows } from "../data/copy-rows.js";
import { isSoft } from "./design.js";
import { areClasses, type TargetMemory, weightsAt } from "./write-targets.js";

/** Targets of rows: a dataset has them. */
interface Targets {
  readonly y: Float32Array;
  /** Numbers a row. */
  readonly targets: number;
  readonly weights?: ArrayLike<number>;
}

/** As `writeTargets`, of rows `indices[from .. from+rows)`. */
export function gatherTargets(
  network: TargetMemory,
  { y, targets, weights }: Targets,
  indices: Uint32Array,
  from: number,
  rows: number,
): boolean {
  const { labels } = network;
  network.rowWeights = weights && weightsAt(network, weights, from, rows, indices);
  network.hasSoftTargets = isSoft(network, targets);
  if (network.output === "softmax" && !network.hasSoftTargets) {
    for (let r = 0; r < rows; r++) labels[r] = y[indices[from + r]];
    return areClasses(network, rows);
  }
  copyRows(y, targets, indices, from, rows, network.targets);
  return true;
}

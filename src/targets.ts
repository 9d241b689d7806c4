/** What rows should come out as: one class id (softmax), zeros and ones (sigmoid) or numbers (linear). */
import { show } from "./check.js";
import type { Network, Output } from "./network.js";
import { copyRows, copySlice } from "./rows.js";

/** Targets a row: class ids take one number whatever the count of classes. */
export function targetsPerRow(output: Output, outputs: number): number {
  return output === "softmax" ? 1 : outputs;
}

/**
 * @param y targets of `rows` rows, flat
 * @throws RangeError on a wrong count, TypeError or RangeError on a value that is no target, naming its row
 */
export function checkTargets(call: string, y: ArrayLike<number>, rows: number, output: Output, outputs: number): void {
  const perRow = targetsPerRow(output, outputs);
  if (y.length !== rows * perRow) {
    const wanted = output === "softmax" ? "one class id" : `${perRow} target${perRow > 1 ? "s" : ""}`;
    throw new RangeError(`${call}: y must hold ${wanted} for each of ${rows} rows, got ${y.length} numbers.`);
  }
  for (let i = 0; i < y.length; i++) {
    if (isTarget(y[i], output, outputs)) continue;
    const wanted = {
      softmax: `class ids from 0 to ${outputs - 1}`,
      sigmoid: "zeros and ones",
      linear: "finite numbers",
    }[output];
    const kind = typeof y[i] === "number" ? RangeError : TypeError;
    throw new kind(`${call}: y must hold ${wanted}, got ${show(y[i])} at row ${Math.floor(i / perRow)}.`);
  }
}

function isTarget(value: number, output: Output, outputs: number): boolean {
  if (output === "softmax") return Number.isInteger(value) && value >= 0 && value < outputs;
  if (output === "sigmoid") return value === 0 || value === 1;
  return Number.isFinite(value) && Number.isFinite(Math.fround(value));
}

/** Puts the targets of rows `from .. from+rows` into the network's slab. */
export function writeTargets(network: Network, y: ArrayLike<number>, from: number, rows: number): void {
  if (network.output === "softmax") for (let r = 0; r < rows; r++) network.labels[r] = y[from + r];
  else {
    const perRow = network.sizes[network.sizes.length - 1];
    copySlice(y, from * perRow, rows * perRow, network.targets);
  }
}

/** Gathers the targets of rows `indices[from .. from+rows)` into the network's slab. */
export function gatherTargets(
  network: Network,
  y: Float32Array,
  indices: Uint32Array,
  from: number,
  rows: number,
): void {
  if (network.output === "softmax") for (let r = 0; r < rows; r++) network.labels[r] = y[indices[from + r]];
  else copyRows(y, network.sizes[network.sizes.length - 1], indices, from, rows, network.targets);
}

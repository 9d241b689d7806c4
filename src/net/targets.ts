/** What rows should come out as: one class id (softmax), zeros and ones (sigmoid) or numbers (linear). */

import { show } from "../ground/check.js";
import type { Output } from "./activations.js";

/** Targets a row: class ids take one number whatever the count of classes. */
export function targetsPerRow(output: Output, outputs: number): number {
  return output === "softmax" ? 1 : outputs;
}

/**
 * @param y targets of `rows` rows, flat
 * @param from of these, up to, not including, `to`, the values are looked at. Default: of all
 * @throws RangeError on a wrong count, TypeError or RangeError on a value that is no target, naming its row
 */
export function checkTargets(
  call: string,
  y: ArrayLike<number>,
  rows: number,
  output: Output,
  outputs: number,
  from = 0,
  to = y.length,
): void {
  const perRow = targetsPerRow(output, outputs);
  if (y.length !== rows * perRow) {
    const wanted = output === "softmax" ? "one class id" : `${perRow} target${perRow > 1 ? "s" : ""}`;
    throw new RangeError(`${call}: y must hold ${wanted} for each of ${rows} rows, got ${y.length} numbers.`);
  }
  for (let i = from; i < to; i++) {
    if (isTarget(y[i], output, outputs)) continue;
    const wanted = {
      softmax: `class ids from 0 to ${outputs - 1}`,
      sigmoid: "zeros and ones",
      linear: "finite numbers",
    }[output];
    const kind = typeof y[i] === "number" ? RangeError : TypeError;
    const row = Math.floor(i / perRow);
    throw Object.assign(new kind(`${call}: y must hold ${wanted}, got ${show(y[i])} at row ${row}.`), { row });
  }
}

function isTarget(value: number, output: Output, outputs: number): boolean {
  if (output === "softmax") return Number.isInteger(value) && value >= 0 && value < outputs;
  if (output === "sigmoid") return value === 0 || value === 1;
  return Number.isFinite(value) && Number.isFinite(Math.fround(value));
}

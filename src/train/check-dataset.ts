/** Whether data and a network go together. */
import { Dataset } from "../data/dataset.js";
import { show } from "../ground/check.js";
import { forEachSlice } from "../ground/slices.js";
import type { NetworkShape } from "../net/design.js";
import { checkTargets } from "../net/targets.js";

/** Targets looked at between two looks at the clock. */
export const LOOKED_AT = 2 ** 14;

/** Refuses what is no dataset with inputs and targets for this network, slice by slice. */
export function* checkDataset(call: string, name: string, data: unknown, shape: NetworkShape): Generator<number, void> {
  const { sizes } = shape;
  if (!(data instanceof Dataset)) {
    throw new TypeError(`${call}: ${name} must be a Dataset, got ${show(data)}. Make one with Dataset.from({ x, y }).`);
  }
  if (data.inputs !== sizes[0]) {
    throw new RangeError(`${call}: ${name} must have ${sizes[0]} inputs a row, got ${data.inputs}.`);
  }
  const { y, rows, weights } = data;
  if (weights && !weights.some((weight) => weight > 0)) {
    throw new RangeError(`${call}: ${name} must have rows that count, got weights that are all 0.`);
  }
  const check = (from: number, to: number) => checkTargets(call, y, rows, shape, from, to);
  // Their count, if there are none.
  check(0, 0);
  yield* forEachSlice(y.length, check, LOOKED_AT);
}

/** What columns of numbers are counted from and in, and their bins, as the training rows and their targets teach them. */

import { quantile, weightedQuantile, weightsBefore } from "../ground/quantiles.js";
import { forEachSlice } from "../ground/slices.js";
import { sortSlices } from "../ground/sort-slices.js";
import { shareBelow } from "./binned-number.js";
import { type ColumnCells, type DateColumn, type LearnedColumn, type NumberColumn, nameFeatures } from "./columns.js";
import { type Guides, prepareGuide } from "./guide.js";
import { LEAST_ROWS, learnCuts, MOST_BINS } from "./learn-bins.js";
import { learnParts } from "./learn-parts.js";
import type { Guide } from "./target-encoder.js";

/** Of more known values so many say where the median, the quartiles and the cuts are, chosen evenly. */
export const MOST_SAMPLED = 100_000;

/**
 * Features of all columns together at most, if some of them are bins, and of all training rows together, which is a gigabyte:
 * beyond either, columns have fewer bins.
 */
export const MOST_WITH_BINS = 4096;
export const MOST_NUMBERS = 2 ** 28;

/** Of the median: numbers that vary by less vary by rounding errors alone. */
const ROUNDING = 1e-12;

/** What is learned of a column beside its mean. */
interface Spread {
  readonly median: number;
  readonly spread: number;
  /** The smallest and the largest of its values; none if all are missing. */
  readonly ends: readonly number[];
  /** The best first. */
  readonly cuts: readonly number[];
}

/**
 * Adds median, spread and bins to the columns of numbers and of dates, and to these their parts, in slices.
 * @param weights by row what it counts, > 0, as if it were there so many times. Default: all alike
 */
export function* learnMedians(
  cells: readonly ColumnCells[],
  learned: readonly LearnedColumn[],
  rowNumbers: Uint32Array,
  guide: Guide,
  weights?: Float64Array,
): Generator<number, LearnedColumn[]> {
  const guides = yield* prepareGuide(guide, rowNumbers, weights);
  const spreads: (Spread | undefined)[] = [];
  for (const [c, column] of learned.entries()) {
    const numbers = cells[c].cells;
    const isScaled = isNumeric(column) && numbers instanceof Float64Array;
    spreads.push(isScaled ? yield* learnSpread(numbers, rowNumbers, guides, weights) : undefined);
  }
  const limit = Math.min(MOST_WITH_BINS, MOST_NUMBERS / rowNumbers.length);
  // A column that goes by its mean has no further features.
  const parted = yield* learnParts(cells, learned, (c) => spreads[c] !== undefined, rowNumbers, limit);
  const most = mostBins(parted, spreads, limit);
  const columns: LearnedColumn[] = [];
  for (const [c, column] of parted.entries()) {
    const [own, numbers] = [spreads[c], cells[c].cells];
    const isScaled = own && isNumeric(column) && numbers instanceof Float64Array;
    columns.push(isScaled ? { ...column, ...(yield* withBins(own, most, numbers, rowNumbers, weights)) } : column);
  }
  return columns;
}

const isNumeric = (column: LearnedColumn): column is NumberColumn | DateColumn =>
  column.kind === "number" || column.kind === "date";

function* withBins(
  own: Spread,
  most: number,
  cells: Float64Array,
  rowNumbers: Uint32Array,
  weights?: Float64Array,
): Generator<number, Pick<NumberColumn, "median" | "spread" | "bins" | "means">> {
  const { median, spread, ends, cuts } = own;
  const count = countBins(own, most);
  if (count === 0) return { median, spread };
  const bins = [ends[0], ...cuts.slice(0, count - 1).sort((a, b) => a - b), ends[1]];
  return { median, spread, bins, means: yield* meanShares(bins, cells, rowNumbers, weights) };
}

/** The mean of each bin's share over the known values, as float32. */
function* meanShares(
  edges: readonly number[],
  cells: Float64Array,
  rowNumbers: Uint32Array,
  weights?: Float64Array,
): Generator<number, number[]> {
  const sums = new Float64Array(edges.length - 1);
  let known = 0;
  yield* forEachSlice(rowNumbers.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const number = cells[rowNumbers[i]];
      if (Number.isNaN(number)) continue;
      const weight = weights ? weights[rowNumbers[i]] : 1;
      known += weight;
      for (let k = 0; k < sums.length; k++) sums[k] += weight * shareBelow(number, edges[k], edges[k + 1]);
    }
  });
  return Array.from(sums, (sum) => Math.fround(sum / known));
}

/** Bins of a column that may have so many at most: two or more, or none. */
function countBins({ cuts }: Spread, most: number): number {
  const count = Math.min(cuts.length + 1, most);
  return count >= 2 ? count : 0;
}

/** Halves the bins that a column may have until all features together are no more than the limit. */
function mostBins(learned: readonly LearnedColumn[], spreads: readonly (Spread | undefined)[], limit: number): number {
  const others = learned.reduce((sum, column) => sum + nameFeatures(column).length, 0);
  const bins = (most: number) => spreads.reduce((sum, own) => sum + (own ? countBins(own, most) : 0), 0);
  let most = MOST_BINS;
  while (most >= 2 && others + bins(most) > limit) most = Math.floor(most / 2);
  return most;
}

/** Of the known values, far ones too: neither quartiles nor cuts follow them. */
function* learnSpread(
  cells: Float64Array,
  rowNumbers: Uint32Array,
  guides: Guides,
  weights?: Float64Array,
): Generator<number, Spread | undefined> {
  let [count, weight, least, most] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  yield* forEachSlice(rowNumbers.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const number = cells[rowNumbers[i]];
      if (Number.isNaN(number)) continue;
      count++;
      weight += weights ? weights[rowNumbers[i]] : 1;
      if (number < least) least = number;
      if (number > most) most = number;
    }
  });
  // So few have no bins, and clipped values alone are no straight line.
  if (weight < 2 * LEAST_ROWS) return undefined;
  const { numbers, rows } = yield* sample(cells, rowNumbers, count);
  const sorted = yield* sortSlices(numbers.slice());
  const before = weights && (yield* weightsBefore(sorted, numbers, (i) => weights[rows[i]]));
  const at = (share: number) => (before ? weightedQuantile(sorted, before, share) : quantile(sorted, share));
  // + 0 here and below: JSON has no -0.
  const median = at(0.5) + 0;
  const widths = [at(0.75) - at(0.25), (most - least) / 2];
  const spread = widths.find((width) => width > ROUNDING * Math.abs(median)) ?? 1;
  const cuts = yield* learnCuts(numbers, rows, sorted, guides, undefined, weights && before && { weights, before });
  return { median, spread, ends: [least + 0, most + 0], cuts };
}

/** The known values and their rows, or of very many so many as are looked at, evenly over the rows. */
function* sample(
  cells: Float64Array,
  rowNumbers: Uint32Array,
  count: number,
): Generator<number, { numbers: Float64Array; rows: Uint32Array }> {
  const size = Math.min(count, MOST_SAMPLED);
  const numbers = new Float64Array(size);
  const rows = new Uint32Array(size);
  let [known, taken] = [0, 0];
  yield* forEachSlice(rowNumbers.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const number = cells[rowNumbers[i]];
      if (Number.isNaN(number) || known++ !== Math.floor((taken * count) / size)) continue;
      numbers[taken] = number;
      rows[taken++] = rowNumbers[i];
    }
  });
  return { numbers, rows };
}

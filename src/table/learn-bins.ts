/**
 * Where bins of a column of numbers end: the cuts of a regression tree of one column on the target, grown best first (Gorishniy,
 * Rubachev, Babenko 2022). Rows are summed up by their value once, so a cut is looked for among values, not rows.
 */
import { forEachSlice } from "../ground/slices.js";
import { square } from "../ground/statistics.js";
import type { Guides } from "./guide.js";

/** Bins of a column at most. */
export const MOST_BINS = 16;

/** Rows of a bin at least, and the share of all rows that it holds at least. */
export const LEAST_ROWS = 8;
export const LEAST_SHARE = 1 / 200;

/** A cut gains more than so many times the variance of the rows that it divides. 0: any gain will do. */
export const SIGNIFICANCE = 0;

/** Gains below this share of the squares are rounding errors of sums. */
const ROUNDING = 1e-12;

/** How bins are cut. */
export interface BinRules {
  readonly mostBins: number;
  readonly significance: number;
}

/** Rows by their value, ascending. Place g of a sum holds the rows whose values come before value g. */
interface ValueSums {
  /** Each value once, [V]. */
  readonly values: Float64Array;
  /** Rows, [V + 1]. */
  readonly counts: Float64Array;
  /** Numbers of the guide, [V + 1, width]. */
  readonly sums: Float64Array;
  /** Their squares, all together, [V + 1]. */
  readonly squares: Float64Array;
  readonly width: number;
}

/** Values `from .. to` in one bin, and before which of them it is best cut; `at` is -1 if it is not cut. */
interface Leaf {
  readonly from: number;
  readonly to: number;
  readonly at: number;
  readonly gain: number;
}

/**
 * Cuts the values of rows into bins.
 * @param numbers of the rows, none NaN
 * @param rows the numbers of these rows, by which the guide knows their targets
 * @param values each of the numbers once, ascending
 * @returns the cuts, the best first: fewer bins are those of the first cuts. All lie above the smallest value and below the
 * largest; none if there are two values or less
 */
export function* learnCuts(
  numbers: Float64Array,
  rows: Uint32Array,
  values: Float64Array,
  guides: Guides,
  { mostBins, significance }: BinRules = { mostBins: MOST_BINS, significance: SIGNIFICANCE },
): Generator<number, number[]> {
  if (values.length <= 2) return [];
  const sums = yield* sumByValue(numbers, rows, values, guides);
  const least = Math.max(LEAST_ROWS, Math.floor(LEAST_SHARE * numbers.length));
  const leaves = [yield* findCut(sums, 0, values.length, least, significance)];
  const cuts: number[] = [];
  while (leaves.length < mostBins) {
    // Of equals the first.
    const best = leaves.reduce((a, b) => (b.at >= 0 && (a.at < 0 || b.gain > a.gain) ? b : a));
    if (best.at < 0) break;
    const halves = [
      yield* findCut(sums, best.from, best.at, least, significance),
      yield* findCut(sums, best.at, best.to, least, significance),
    ];
    leaves.splice(leaves.indexOf(best), 1, ...halves);
    cuts.push(between(values[best.at - 1], values[best.at]));
  }
  return cuts.filter((cut) => cut < values[values.length - 1]);
}

/** The middle of two neighbouring values, or the right one if float64 holds nothing in between. + 0: JSON has no -0. */
function between(left: number, right: number): number {
  const middle = left + (right - left) / 2;
  return (middle > left && middle < right ? middle : right) + 0;
}

function* sumByValue(
  numbers: Float64Array,
  rows: Uint32Array,
  values: Float64Array,
  { width, targets, places, mean, deviation }: Guides,
): Generator<number, ValueSums> {
  const counts = new Float64Array(values.length + 1);
  const squares = new Float64Array(values.length + 1);
  const sums = new Float64Array((values.length + 1) * width);
  yield* forEachSlice(numbers.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const place = placeOf(values, numbers[i]) + 1;
      const target = targets[rows[i]];
      counts[place]++;
      const guide = places ? places[target] : 0;
      if (guide < 0) continue;
      const number = places ? 1 : (target - mean) / deviation;
      sums[place * width + guide] += number;
      squares[place] += square(number);
    }
  });
  yield* forEachSlice(values.length, (from, to) => {
    for (let g = from + 1; g <= to; g++) {
      counts[g] += counts[g - 1];
      squares[g] += squares[g - 1];
      for (let k = g * width; k < (g + 1) * width; k++) sums[k] += sums[k - width];
    }
  });
  return { values, counts, sums, squares, width };
}

/** Where a number is among ascending ones, of which it is one. */
function placeOf(values: Float64Array, number: number): number {
  let [low, high] = [0, values.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * The cut of a bin that leaves the smallest squared distances from the means of both sides: the sum over guides of
 * sumL²/nL + sumR²/nR - sum²/n, which it gains, is the largest.
 */
function* findCut(
  { counts, sums, squares, width }: ValueSums,
  from: number,
  to: number,
  least: number,
  significance: number,
): Generator<number, Leaf> {
  const rows = counts[to] - counts[from];
  let own = 0;
  for (let k = 0; k < width; k++) own += square(sums[to * width + k] - sums[from * width + k]);
  own /= rows;
  const all = squares[to] - squares[from];
  let at = -1;
  let gain = Math.max((significance * (all - own)) / rows, ROUNDING * all);
  yield* forEachSlice(to - from - 1, (begin, end) => {
    for (let g = from + 1 + begin; g < from + 1 + end; g++) {
      const left = counts[g] - counts[from];
      if (left < least || rows - left < least) continue;
      let [below, above] = [0, 0];
      for (let k = 0; k < width; k++) {
        below += square(sums[g * width + k] - sums[from * width + k]);
        above += square(sums[to * width + k] - sums[g * width + k]);
      }
      const gained = below / left + above / (rows - left) - own;
      if (gained > gain) [at, gain] = [g, gained];
    }
  });
  return { from, to, at, gain };
}

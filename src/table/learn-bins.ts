/**
 * Where bins of a column of numbers end: the cuts of a regression tree of one column on the target, grown best first (Gorishniy,
 * Rubachev, Babenko 2022). Rows are summed up by their value once, so a cut is looked for among values, not among rows.
 */
import { forEachSlice } from "../ground/slices.js";
import { square } from "../ground/statistics.js";
import type { Guides, Lists } from "./guide.js";

/** Bins of a column at most. */
export const MOST_BINS = 24;

/** Rows of a bin at least, and the share of all rows that it holds at least. */
export const LEAST_ROWS = 8;
export const LEAST_SHARE = 1 / 200;

/** A cut gains more than so many times the variance that it leaves. 0: any gain will do. */
export const SIGNIFICANCE = 8;

/** Of more values neighbours are taken together, as evenly many rows as ties allow: no cut lies between them. */
export const MOST_VALUES = 4096;

/** Gains below this share of the squares are rounding errors of sums. */
const ROUNDING = 1e-12;

/** How bins are cut. */
export interface BinRules {
  readonly mostBins: number;
  readonly significance: number;
}

/** What rows count, who do not count alike. */
export interface Weighting {
  /** By row. */
  readonly weights: Float64Array;
  /** What the numbers before each place of the ascending ones count together, and, last, all of them. */
  readonly before: Float64Array;
}

/** Ascending values that no cut lies between: one, or several neighbours. */
interface Group {
  readonly first: number;
  readonly last: number;
}

/** Rows by the group of their value. Place g of a sum holds the rows of the groups before group g. */
interface GroupSums {
  /** Rows, [G + 1]. */
  readonly counts: Float64Array;
  /** Numbers of the guide, [G + 1, width]. */
  readonly sums: Float64Array;
  /** Their squares, all together, [G + 1]. */
  readonly squares: Float64Array;
  readonly width: number;
}

/** Groups `from .. to` in one bin, and before which of them it is best cut; `at` is -1 if it is not cut. */
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
 * @param sorted the numbers in ascending order
 * @param weighting what rows count, as if they were there so many times. Default: all alike
 * @returns the cuts, the best first: fewer bins are those of the first cuts. All lie above the smallest value and below the
 * largest; none if there are two values or less
 */
export function* learnCuts(
  numbers: Float64Array,
  rows: Uint32Array,
  sorted: Float64Array,
  guides: Guides,
  { mostBins, significance }: BinRules = { mostBins: MOST_BINS, significance: SIGNIFICANCE },
  weighting?: Weighting,
): Generator<number, number[]> {
  const groups = yield* groupValues(sorted, weighting?.before);
  if (groups.length <= 2) return [];
  const sums = yield* sumByGroup(numbers, rows, groups, guides, weighting?.weights);
  const least = Math.max(LEAST_ROWS, Math.floor(LEAST_SHARE * sums.counts[groups.length]));
  const leaves = [yield* findCut(sums, 0, groups.length, least, significance)];
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
    cuts.push(between(groups[best.at - 1].last, groups[best.at].first));
  }
  return cuts.filter((cut) => cut < groups[groups.length - 1].last);
}

/** The middle of two neighbouring values, or the right one if float64 holds nothing in between. + 0: JSON has no -0. */
function between(left: number, right: number): number {
  const middle = left + (right - left) / 2;
  return (middle > left && middle < right ? middle : right) + 0;
}

function* groupValues(sorted: Float64Array, before?: Float64Array): Generator<number, Group[]> {
  let distinct = 0;
  yield* forEachSlice(sorted.length, (from, to) => {
    for (let i = from; i < to; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) distinct++;
  });
  const total = before ? before[sorted.length] : sorted.length;
  const least = distinct > MOST_VALUES ? total / MOST_VALUES : 0;
  const weightOf = (begin: number, end: number) => (before ? before[end] - before[begin] : end - begin);
  const groups: Group[] = [];
  let begin = 0;
  yield* forEachSlice(sorted.length, (from, to) => {
    for (let i = from + 1; i <= to; i++) {
      const isEnd = i === sorted.length || (sorted[i] !== sorted[i - 1] && weightOf(begin, i) >= least);
      if (!isEnd) continue;
      groups.push({ first: sorted[begin], last: sorted[i - 1] });
      begin = i;
    }
  });
  return groups;
}

function* sumByGroup(
  numbers: Float64Array,
  rows: Uint32Array,
  groups: readonly Group[],
  { width, targets, places, lists, mean, deviation }: Guides,
  weights?: Float64Array,
): Generator<number, GroupSums> {
  const first = Float64Array.from(groups, (group) => group.first);
  const counts = new Float64Array(groups.length + 1);
  const squares = new Float64Array(groups.length + 1);
  const sums = new Float64Array((groups.length + 1) * width);
  yield* forEachSlice(numbers.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const place = placeOf(first, numbers[i]) + 1;
      const target = targets[rows[i]];
      const weight = weights ? weights[rows[i]] : 1;
      counts[place] += weight;
      if (lists) {
        addList(lists, target, weight, sums.subarray(place * width, (place + 1) * width), squares, place);
        continue;
      }
      const guide = places ? places[target] : 0;
      if (guide < 0) continue;
      const number = places ? 1 : (target - mean) / deviation;
      sums[place * width + guide] += weight * number;
      squares[place] += weight * square(number);
    }
  });
  yield* forEachSlice(groups.length, (from, to) => {
    for (let g = from + 1; g <= to; g++) {
      counts[g] += counts[g - 1];
      squares[g] += squares[g - 1];
      for (let k = g * width; k < (g + 1) * width; k++) sums[k] += sums[k - width];
    }
  });
  return { counts, sums, squares, width };
}

/** Adds a row that has several classes. */
function addList(
  { starts, numbers }: Lists,
  set: number,
  weight: number,
  sums: Float64Array,
  squares: Float64Array,
  at: number,
): void {
  for (let k = starts[set]; k < starts[set + 1]; k++) {
    if (numbers[k] < 0) continue;
    sums[numbers[k]] += weight;
    squares[at] += weight;
  }
}

/** The last of ascending numbers that is not above `number`; the first one is not. */
function placeOf(first: Float64Array, number: number): number {
  let [low, high] = [0, first.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (first[middle] <= number) low = middle;
    else high = middle - 1;
  }
  return low;
}

/**
 * The cut of a bin that leaves the smallest squared distances from the means of both sides: the sum over guides of
 * sumL²/nL + sumR²/nR - sum²/n, which it gains, is the largest.
 */
function* findCut(
  { counts, sums, squares, width }: GroupSums,
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
  let gain = ROUNDING * all;
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
      const isSignificant = gained * rows > significance * (all - own - gained);
      if (gained > gain && isSignificant) [at, gain] = [g, gained];
    }
  });
  return { from, to, at, gain };
}

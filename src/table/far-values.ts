/** Values far from all others, as -999 or a slip of the keyboard are: what columns are scaled by must not follow them. */
import { show } from "../ground/check.js";
import { forEachSlice } from "../ground/slices.js";
import type { ColumnCells, LearnedColumn } from "./columns.js";
import type { TableWarning } from "./table-warning.js";

/** A gap to all others that is so many times as wide as these reach. */
const GAP = 10;

/** No more than this share of the values are left out: more are no exception. */
const SHARE = 0.1;

/** The smallest and the largest of the numbers between two bounds, and the ones next to them. */
interface Ends {
  readonly least: number;
  readonly second: number;
  readonly most: number;
  readonly last: number;
}

/** Numbers that are not far from all others, and the bounds that they lie between. */
interface Near {
  readonly numbers: Float64Array;
  /** What each of them counts, if they do not count alike. */
  readonly weights?: Float64Array;
  readonly low: number;
  readonly high: number;
}

/**
 * The numbers without those beyond a gap of ten times the range of all others, a tenth of them at most.
 * @param weights what each counts, as if it were there so many times. Default: all alike
 * @returns these numbers themselves if there are no such
 */
export function* nearValues(numbers: Float64Array, weights?: Float64Array): Generator<number, Near> {
  let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (;;) {
    const { least, second, most, last } = yield* endsOf(numbers, low, high);
    if (most - second > 0 && second - least > GAP * (most - second)) low = second;
    else if (last - least > 0 && most - last > GAP * (last - least)) high = last;
    else break;
  }
  const own = weights?.subarray(0, numbers.length);
  const all = { numbers, weights: own, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  if (low === all.low && high === all.high) return all;
  const near = new Float64Array(numbers.length);
  const kept = own && new Float64Array(numbers.length);
  let [count, weight, total] = [0, 0, 0];
  yield* forEachSlice(numbers.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const one = own ? own[i] : 1;
      total += one;
      if (!(numbers[i] >= low && numbers[i] <= high)) continue;
      if (kept) kept[count] = one;
      weight += one;
      near[count++] = numbers[i];
    }
  });
  if (weight < (1 - SHARE) * total) return all;
  return { numbers: near.subarray(0, count), weights: kept?.subarray(0, count), low, high };
}

function* endsOf(numbers: Float64Array, low: number, high: number): Generator<number, Ends> {
  let [least, second] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let [most, last] = [Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY];
  yield* forEachSlice(numbers.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const number = numbers[i];
      if (number < low || number > high) continue;
      if (number < least) [second, least] = [least, number];
      else if (number > least && number < second) second = number;
      if (number > most) [last, most] = [most, number];
      else if (number < most && number > last) last = number;
    }
  });
  return { least, second, most, last };
}

/** What columns of numbers have to tell of values beyond their bound, which count as values about as far as features reach. */
export function* warnOfFar(
  columns: readonly ColumnCells[],
  learned: readonly LearnedColumn[],
): Generator<number, TableWarning[]> {
  const warnings: TableWarning[] = [];
  for (const [c, column] of learned.entries()) {
    const { cells } = columns[c];
    if (!(column.kind === "number" || column.kind === "date") || !(cells instanceof Float64Array)) continue;
    if (column.form?.type === "ordered") continue;
    const { name, mean, deviation, bound = Number.POSITIVE_INFINITY } = column;
    const found = yield* outside(cells, mean - bound * deviation, mean + bound * deviation);
    if (found.count > 0) {
      const remedy = `If they stand for missing values, name them in missing.`;
      const value = column.kind === "date" ? dayOf(found.value) : found.value;
      // What lies in the outermost bin is divided by its width, which reaches to the farthest value.
      const where = column.bins ? " but in the outermost bin" : "";
      const words = `beyond ${bound} deviations values count nearly alike${where}. ${remedy}`;
      warnings.push(warnOf(`column ${show(name)}`, name, { ...found, value }, words));
    }
  }
  return warnings;
}

/** What a target of values has to tell: its training follows far values more than all others. */
export function* warnOfFarTargets(
  { target, output, loss }: { readonly target: string; readonly output: string; readonly loss?: unknown },
  values: Float64Array,
): Generator<number, TableWarning[]> {
  // Other losses than squares and that of counts are not led by them.
  if (output === "softmax" || output === "sigmoid" || (loss !== undefined && loss !== "poisson")) return [];
  const { low, high } = yield* nearValues(values);
  const found = yield* outside(values, low, high);
  if (found.count === 0) return [];
  const words = "a fit follows them more than all others. Leave such rows out if they are wrong.";
  return [warnOf(`target ${show(target)}`, target, found, words)];
}

interface Found {
  readonly count: number;
  readonly row: number;
  readonly value: number | string;
}

function warnOf(what: string, column: string, { count, row, value }: Found, words: string): TableWarning {
  const message = `${what}: far from all others in ${count} of the rows, first ${show(value)} in row ${row}: ${words}`;
  return { code: "far-values", column, row, message };
}

/** A day as year-month-day, or its number if no calendar reaches it. */
function dayOf(days: number): number | string {
  const date = new Date(days * 86_400_000);
  return Number.isNaN(date.getTime()) ? days : date.toISOString().slice(0, 10);
}

function* outside(
  numbers: Float64Array,
  low: number,
  high: number,
): Generator<number, Found & { readonly value: number }> {
  let [count, row] = [0, -1];
  yield* forEachSlice(numbers.length, (from, to) => {
    for (let r = from; r < to; r++) if ((numbers[r] < low || numbers[r] > high) && count++ === 0) row = r;
  });
  return { count, row, value: numbers[row] };
}

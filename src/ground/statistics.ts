/** Means, standard deviations and the largest of lists of numbers, in float64, summed in index order. */

import { forEachSlice } from "./slices.js";

/** Returns the index of the largest of `count` numbers from `from` on, counted from there; the first of equals. */
export function argmax(values: ArrayLike<number>, from: number, count: number): number {
  let best = 0;
  for (let j = 1; j < count; j++) if (values[from + j] > values[from + best]) best = j;
  return best;
}

/** Returns the sum of `of(0)` to `of(count - 1)`, in that order, slice by slice. */
export function* sumOver(count: number, of: (i: number) => number): Generator<number, number> {
  let sum = 0;
  yield* forEachSlice(count, (from, to) => {
    for (let i = from; i < to; i++) sum += of(i);
  });
  return sum;
}

/**
 * Returns the mean of the same.
 * @param weights what each counts, >= 0, as if it were there so many times. Default: all alike
 */
export function* meanOver(
  count: number,
  of: (i: number) => number,
  weights?: ArrayLike<number>,
): Generator<number, number> {
  if (!weights) return (yield* sumOver(count, of)) / count;
  const sum = yield* sumOver(count, (i) => weights[i] * of(i));
  return sum / (yield* sumOver(count, (i) => weights[i]));
}

export function square(x: number): number {
  return x * x;
}

/** The mean and the standard deviation of each column. */
export interface Moments {
  readonly mean: number[];
  readonly deviation: number[];
}

/**
 * Returns the mean and the standard deviation (over n, not n - 1) of each column, in two passes.
 * @param values [rows, columns] row-major, at least one row, finite
 * @param scale what each value is multiplied by. Default: 1.
 */
export function columnMoments(values: ArrayLike<number>, columns: number, scale = 1): Moments {
  const rows = values.length / columns;
  const mean = new Array<number>(columns).fill(0);
  const squares = new Array<number>(columns).fill(0);
  for (let i = 0; i < values.length; ) for (let c = 0; c < columns; c++, i++) mean[c] += values[i] * scale;
  for (let c = 0; c < columns; c++) mean[c] /= rows;
  for (let i = 0; i < values.length; ) {
    for (let c = 0; c < columns; c++, i++) squares[c] += square(values[i] * scale - mean[c]);
  }
  return { mean, deviation: squares.map((sum) => Math.sqrt(sum / rows)) };
}

/**
 * Returns the {@link columnMoments} of a single column, slice by slice.
 * @param weights as of {@link meanOver}
 */
export function* meanAndDeviationSlices(
  numbers: ArrayLike<number>,
  weights?: ArrayLike<number>,
): Generator<number, { mean: number; deviation: number }> {
  const { length } = numbers;
  const mean = yield* meanOver(length, (i) => numbers[i], weights);
  return { mean, deviation: Math.sqrt(yield* meanOver(length, (i) => square(numbers[i] - mean), weights)) };
}

/** Returns the deviation, or 1 if it is no more than rounding errors: `rounding` times the mean. */
export function deviationOrOne(deviation: number, mean: number, rounding: number): number {
  return deviation > rounding * Math.abs(mean) ? deviation : 1;
}

/**
 * Returns the mean and the deviation to standardise numbers by, slice by slice. The deviation is 1 if they vary by no more than
 * rounding errors. For an empty list they are 0 and 1, which leaves values as they are.
 * @param weights as of {@link meanOver}, above 0
 */
export function* standardisationSlices(
  numbers: ArrayLike<number>,
  weights?: ArrayLike<number>,
): Generator<number, { mean: number; deviation: number }> {
  const { 0: first = 0, length } = numbers;
  let isConstant = true;
  yield* forEachSlice(length, (from, to) => {
    for (let i = from; isConstant && i < to; i++) isConstant = numbers[i] === first;
  });
  // + 0 here and below: JSON has no -0.
  if (isConstant) return { mean: first + 0, deviation: 1 };
  const { mean, deviation } = yield* meanAndDeviationSlices(numbers, weights);
  // The rounding error of float64 sums over millions of rows: less than that is no variation.
  return { mean: mean + 0, deviation: deviationOrOne(deviation, mean, 1e-12) };
}

/** How good predicted numbers are, as scikit-learn defines it. Sums run in index order. */

import { exp, log } from "./math.js";
import { checkPair, VALUES } from "./metric-doors.js";
import { runThrough } from "./slices.js";
import { meanOver, square } from "./statistics.js";

/**
 * Returns the mean over rows of the squared error, >= 0.
 * @param truth finite numbers, one a row
 * @param predicted the same
 * @throws TypeError, RangeError if there is no row, the lengths differ or a number is not finite
 * @example
 * meanSquaredError([1, 2], [1, 4]) // 2
 */
export function meanSquaredError(truth: ArrayLike<number>, predicted: ArrayLike<number>): number {
  return runThrough(meanErrorSlices("meanSquaredError", truth, predicted, square));
}

/**
 * Returns the mean over rows of the absolute error, >= 0.
 * @param truth finite numbers, one a row
 * @param predicted the same
 * @throws TypeError, RangeError if there is no row, the lengths differ or a number is not finite
 * @example
 * meanAbsoluteError([1, 2], [1, 4]) // 1
 */
export function meanAbsoluteError(truth: ArrayLike<number>, predicted: ArrayLike<number>): number {
  return runThrough(meanErrorSlices("meanAbsoluteError", truth, predicted, Math.abs));
}

/**
 * Returns the square root of {@link meanSquaredError}, >= 0: an error in the unit of the values.
 * @param truth finite numbers, one a row
 * @param predicted the same
 * @throws TypeError, RangeError if there is no row, the lengths differ or a number is not finite
 * @example
 * rootMeanSquaredError([1, 2], [1, 4]) // 1.414
 */
export function rootMeanSquaredError(truth: ArrayLike<number>, predicted: ArrayLike<number>): number {
  return Math.sqrt(runThrough(meanErrorSlices("rootMeanSquaredError", truth, predicted, square)));
}

/**
 * Returns the mean of log(cosh(error)), >= 0: half the squared error where that is small, the absolute error less log 2 where it
 * is large, so that outliers count little. Of any error that is finite, to 16 digits; rows of several outputs flat, one after the
 * other.
 * @param truth finite numbers
 * @param predicted the same count
 * @throws TypeError, RangeError if there is no number, the lengths differ or a number is not finite
 * @example
 * logCosh([1, 2], [1, 4]) // 0.6625, the mean of 0 and 1.325
 */
export function logCosh(truth: ArrayLike<number>, predicted: ArrayLike<number>): number {
  return runThrough(meanErrorSlices("logCosh", truth, predicted, logOfCosh));
}

function logOfCosh(error: number): number {
  const x = Math.abs(error);
  if (x > 1) return x + (log(1 + exp(-2 * x)) - Math.LN2);
  // log(1 + c) of c = cosh(x) - 1, both as series: the logarithm of a number near 1 would lose digits.
  let c = 0;
  for (let k = 18; k > 0; k -= 2) c = ((1 + c) * x * x) / (k * (k - 1));
  const s = c / (2 + c);
  let sum = 0;
  for (let k = 25; k > 0; k -= 2) sum = 1 / k + s * s * sum;
  return 2 * s * sum;
}

/**
 * Returns R² = 1 - residual / total sum of squares: 1 is perfect, 0 as good as the mean of truth, below 0 worse. For truth
 * that never varies it is 1 if predicted exactly, else 0.
 * @param truth finite numbers whose squares are finite, one a row
 * @param predicted the same
 * @throws TypeError, RangeError if there is no row, the lengths differ or a number is not finite
 * @example
 * r2([1, 2, 3], [1, 2, 4]) // 0.5
 */
export function r2(truth: ArrayLike<number>, predicted: ArrayLike<number>): number {
  return runThrough(r2Slices(truth, predicted));
}

/**
 * The mean over rows of what `of` makes of the error, slice by slice.
 * @param weights what each row counts, >= 0, some above 0. Default: all alike
 */
export function* meanErrorSlices(
  call: string,
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  of: (error: number) => number,
  weights?: ArrayLike<number>,
): Generator<number, number> {
  yield* checkPair(call, truth, predicted, VALUES);
  return yield* meanOver(truth.length, (r) => of(truth[r] - predicted[r]), weights);
}

/** {@link r2}, slice by slice, of rows that count as {@link meanErrorSlices} has it. */
export function* r2Slices(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  weights?: ArrayLike<number>,
): Generator<number, number> {
  yield* checkPair("r2", truth, predicted, VALUES);
  const { length } = truth;
  // From the first number on: so the mean of equal numbers is that number, where sum / count may be off by a rounding.
  const center = truth[0] + (yield* meanOver(length, (r) => truth[r] - truth[0], weights));
  const residual = yield* meanOver(length, (r) => square(truth[r] - predicted[r]), weights);
  const total = yield* meanOver(length, (r) => square(truth[r] - center), weights);
  return total > 0 ? 1 - residual / total : residual === 0 ? 1 : 0;
}

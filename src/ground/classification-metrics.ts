/** How good predicted classes and probabilities are, as scikit-learn defines it. Sums run in index order. */

import {
  accuracySlices,
  balancedAccuracySlices,
  brierSlices,
  confusionSlices,
  logLossSlices,
  matthewsSlices,
  rocAucSlices,
} from "./class-scores.js";
import {
  type FBeta,
  type FBetaOptions,
  fBetaSlices,
  type PrecisionRecallF1,
  precisionRecallF1Slices,
} from "./precision-recall.js";
import { runThrough } from "./slices.js";

/**
 * Counts predictions by true class: row t, column p holds how many rows of class t were predicted as p.
 * @param truth class ids from 0 to classes - 1
 * @param predicted equally many
 * @param classes how many there are: a whole number from 1 to 4096, since the matrix has a number for each pair
 * @throws TypeError, RangeError if there is no row, the lengths differ or a number is no id of those classes
 * @example
 * confusionMatrix(test.y, net.predict(test), 10)
 */
export function confusionMatrix(truth: ArrayLike<number>, predicted: ArrayLike<number>, classes: number): number[][] {
  return runThrough(confusionSlices(truth, predicted, classes));
}

/**
 * Returns the share of rows predicted right, 0 to 1.
 * @param truth class ids (whole numbers >= 0), one a row
 * @param predicted the same
 * @throws TypeError, RangeError if there is no row, the lengths differ or a number is no id
 * @example
 * accuracy(test.y, net.predict(test))
 */
export function accuracy(truth: ArrayLike<number>, predicted: ArrayLike<number>): number {
  return runThrough(accuracySlices(truth, predicted));
}

/**
 * Returns the mean, over the classes that occur in truth, of the share of their rows predicted right, 0 to 1.
 * @param truth class ids (whole numbers >= 0), one a row
 * @param predicted the same
 * @throws TypeError, RangeError if there is no row, the lengths differ or a number is no id
 * @example
 * balancedAccuracy([0, 0, 0, 1], [0, 0, 0, 0]) // 0.5, where accuracy is 0.75
 */
export function balancedAccuracy(truth: ArrayLike<number>, predicted: ArrayLike<number>): number {
  return runThrough(balancedAccuracySlices(truth, predicted));
}

/**
 * Returns precision, recall and F1 of each class, and their means as scikit-learn takes them: `macro` over the classes that occur
 * in truth or are predicted, `micro` of all rows together, `weighted` by the rows of each class. A ratio with denominator 0 is 0.
 * @param truth class ids (whole numbers from 0 to classes - 1), one a row
 * @param predicted the same
 * @param classes how many there are, whether they occur or not: a whole number >= 1
 * @throws TypeError, RangeError if there is no row, the lengths differ or a number is no id of those classes
 * @example
 * const { perClass, macro } = precisionRecallF1(test.y, net.predict(test), 10)
 */
export function precisionRecallF1(
  truth: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
): PrecisionRecallF1 {
  return runThrough(precisionRecallF1Slices(truth, predicted, classes));
}

/**
 * Returns the F-beta score of each class, `(1 + beta²) · precision · recall / (beta² · precision + recall)`, and its means, which
 * are those of {@link precisionRecallF1} (van Rijsbergen 1979). A class of which no row is predicted right has 0.
 * @param truth class ids (whole numbers from 0 to classes - 1), one a row
 * @param predicted the same
 * @throws TypeError, RangeError if there is no row, the lengths differ, a number is no id of those classes or `beta` is below 0
 * @example
 * fBeta([0, 1, 1, 1], [0, 1, 0, 0], { beta: 2, classes: 2 }).perClass // [0.714, 0.385]
 */
export function fBeta(truth: ArrayLike<number>, predicted: ArrayLike<number>, options: FBetaOptions): FBeta {
  return runThrough(fBetaSlices(truth, predicted, options));
}

/**
 * Returns Matthews' correlation of truth and prediction, of any number of classes (Gorodkin 2004): 1 if every row is predicted
 * right, about 0 for a guess however rare classes are, at least -1. Where all rows are of one class, or predicted as one, it is 0.
 * @param truth class ids (whole numbers >= 0), one a row
 * @param predicted the same
 * @throws TypeError, RangeError if there is no row, the lengths differ or a number is no id
 * @example
 * matthewsCorrelation([0, 0, 0, 1], [0, 0, 0, 0]) // 0, where accuracy is 0.75
 */
export function matthewsCorrelation(truth: ArrayLike<number>, predicted: ArrayLike<number>): number {
  return runThrough(matthewsSlices(truth, predicted));
}

/**
 * Returns the mean over rows of -log of the probability given to the row's class, >= 0. Probabilities below the epsilon of
 * their type (2^-23 in a Float32Array, else 2^-52) count as it: a certain error costs 15.9 or 36.0, not Infinity. Rows do
 * not have to sum to 1.
 * @param truth class ids (whole numbers from 0 to classes - 1), one a row
 * @param probabilities 0 to 1, [rows, classes] row-major, classes >= 2
 * @throws TypeError, RangeError if there is no row, the lengths do not fit or a number is out of range
 * @example
 * logLoss(test.y, net.predictProba(test))
 */
export function logLoss(truth: ArrayLike<number>, probabilities: ArrayLike<number>): number {
  return runThrough(logLossSlices(truth, probabilities));
}

/**
 * Returns the area under the ROC curve, 0 to 1: the share of pairs of a row of the class and one of another in which the
 * first has the higher score, ties counting half (the Mann-Whitney statistic; Hanley and McNeil 1982). Of more than two
 * classes it is the mean over each against the rest.
 * @param truth class ids, one a row: 0 and 1, or whole numbers from 0 to classes - 1; every class must occur
 * @param scores finite numbers, one a row (of class 1) or [rows, classes] row-major; of two classes those of class 1 count
 * @throws TypeError, RangeError if there is no row, the lengths do not fit, a number is out of range or a class has no row
 * @example
 * rocAuc([0, 1, 0, 1], [0.1, 0.8, 0.3, 0.3]) // 0.875
 */
export function rocAuc(truth: ArrayLike<number>, scores: ArrayLike<number>): number {
  return runThrough(rocAucSlices(truth, scores));
}

/**
 * Returns the mean over rows of the squared distance between probabilities and truth (Brier 1950): 0 at best, at worst 1
 * for two classes, 2 for more.
 * @param truth class ids, one a row: 0 and 1, or whole numbers from 0 to classes - 1
 * @param probabilities 0 to 1, one a row (of class 1) or [rows, classes] row-major
 * @throws TypeError, RangeError if there is no row, the lengths do not fit or a number is out of range
 * @example
 * brierScore([0, 1], [0.2, 0.9]) // 0.025, as is brierScore([0, 1], [0.8, 0.2, 0.1, 0.9])
 */
export function brierScore(truth: ArrayLike<number>, probabilities: ArrayLike<number>): number {
  return runThrough(brierSlices(truth, probabilities));
}

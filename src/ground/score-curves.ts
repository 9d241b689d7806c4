/** What each threshold of a score makes of rows, as scikit-learn defines it: curves, and the area under one. */
import { checkPair, type Form, SCORES } from "./metric-doors.js";
import { runThrough } from "./slices.js";

type Numbers = ArrayLike<number>;

/** The result of {@link rocCurve}: lists of one length. */
export interface RocCurve {
  /** The share of the rows of class 0 whose score is at least the threshold: from 0 to 1, never falling. */
  falsePositiveRates: Float64Array<ArrayBuffer>;
  /** The same of the rows of class 1. */
  truePositiveRates: Float64Array<ArrayBuffer>;
  /** Infinity, then every score that occurs, once each, falling. */
  thresholds: Float64Array<ArrayBuffer>;
}

/** The result of {@link precisionRecallCurve}. */
export interface PrecisionRecallCurve {
  /** Of the rows whose score is at least the threshold, the share that is of class 1; one more than there are thresholds: a 1. */
  precisions: Float64Array<ArrayBuffer>;
  /** The share of the rows of class 1 whose score is at least the threshold, never rising; one more than there are thresholds: a 0. */
  recalls: Float64Array<ArrayBuffer>;
  /** Every score that occurs, once each, rising. */
  thresholds: Float64Array<ArrayBuffer>;
}

/** One column is of class 1; of two that of class 1 counts. */
const BINARY_SCORES: Form = { name: "scores", low: -Infinity, high: Infinity, most: 2 };

/**
 * Returns the ROC curve of two classes: the rates of rows that are rightly and wrongly called class 1, for each threshold from
 * which on a score calls them so. All points are there, as scikit-learn has them with `drop_intermediate=False`; the area under
 * the curve is {@link rocAuc}.
 * @param truth class ids, one a row: 0 or 1; both must occur
 * @param scores finite numbers, one a row (of class 1) or [rows, 2] row-major, of which those of class 1 count
 * @throws TypeError, RangeError if there is no row, the lengths do not fit, a number is out of range or a class has no row
 * @example
 * const { falsePositiveRates, truePositiveRates } = rocCurve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]);
 * truePositiveRates; // [0, 0.5, 0.5, 1, 1]
 * falsePositiveRates; // [0, 0, 0.5, 0.5, 1]
 */
export function rocCurve(truth: ArrayLike<number>, scores: ArrayLike<number>): RocCurve {
  const width = runThrough(checkPair("rocCurve", truth, scores, BINARY_SCORES));
  const { own, rest } = splitScores("rocCurve", truth, 1, (r) => scores[r * width + width - 1]);
  if (rest.length === 0) {
    throw new RangeError(`rocCurve: truth must hold rows of class 0 too, got ${own.length} of class 1 alone.`);
  }
  const { thresholds, hits, alarms } = descend(own, rest);
  const after = (first: number, list: Float64Array, whole: number) => {
    const curve = new Float64Array(list.length + 1);
    curve[0] = first;
    for (const [i, value] of list.entries()) curve[i + 1] = value / whole;
    return curve;
  };
  return {
    falsePositiveRates: after(0, alarms, rest.length),
    truePositiveRates: after(0, hits, own.length),
    thresholds: after(Number.POSITIVE_INFINITY, thresholds, 1),
  };
}

/**
 * Returns precision and recall of class 1 for each threshold from which on a score calls rows so, and where no row is called so:
 * 1 and 0. The area under the curve is {@link averagePrecision}.
 * @param truth class ids, one a row: 0 or 1; 1 must occur
 * @param scores finite numbers, one a row (of class 1) or [rows, 2] row-major, of which those of class 1 count
 * @throws TypeError, RangeError if there is no row, the lengths do not fit, a number is out of range or class 1 has no row
 * @example
 * const { precisions, recalls } = precisionRecallCurve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]);
 * precisions; // [0.5, 0.667, 0.5, 1, 1]
 * recalls; // [1, 1, 0.5, 0.5, 0]
 */
export function precisionRecallCurve(truth: ArrayLike<number>, scores: ArrayLike<number>): PrecisionRecallCurve {
  const call = "precisionRecallCurve";
  const width = runThrough(checkPair(call, truth, scores, BINARY_SCORES));
  const { own, rest } = splitScores(call, truth, 1, (r) => scores[r * width + width - 1]);
  const { thresholds, hits, alarms } = descend(own, rest);
  const last = thresholds.length;
  const precisions = new Float64Array(last + 1).fill(1);
  const recalls = new Float64Array(last + 1);
  for (let i = 0; i < last; i++) {
    precisions[last - 1 - i] = hits[i] / (hits[i] + alarms[i]);
    recalls[last - 1 - i] = hits[i] / own.length;
  }
  return { precisions, recalls, thresholds: thresholds.slice().reverse() };
}

/**
 * Returns the average precision, above 0 and at most 1: the area under the precision-recall curve as steps, the sum over
 * thresholds of precision times what recall has gained. No line between points: that would promise too much (Davis and Goadrich
 * 2006). Of more than two classes it is the mean over each against the rest.
 * @param truth class ids, one a row: 0 and 1, of which 1 must occur, or whole numbers from 0 to classes - 1, which all must
 * @param scores finite numbers, one a row (of class 1) or [rows, classes] row-major; of two classes those of class 1 count
 * @throws TypeError, RangeError if there is no row, the lengths do not fit, a number is out of range or a class has no row
 * @example
 * averagePrecision([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) // 0.833
 */
export function averagePrecision(truth: ArrayLike<number>, scores: ArrayLike<number>): number {
  const call = "averagePrecision";
  const width = runThrough(checkPair(call, truth, scores, SCORES));
  const area = (id: number, column: number) => {
    const { own, rest } = splitScores(call, truth, id, (r) => scores[r * width + column]);
    const { hits, alarms } = descend(own, rest);
    let sum = 0;
    for (const [i, hit] of hits.entries()) sum += ((hit - (i > 0 ? hits[i - 1] : 0)) * hit) / (hit + alarms[i]);
    return sum / own.length;
  };
  if (width <= 2) return area(1, width - 1);
  let sum = 0;
  for (let id = 0; id < width; id++) sum += area(id, id);
  return sum / width;
}

/** The scores of the rows of a class, and of all others, each rising. */
function splitScores(
  call: string,
  truth: Numbers,
  id: number,
  score: (r: number) => number,
): { own: Float64Array; rest: Float64Array } {
  const [own, rest] = [new Float64Array(truth.length), new Float64Array(truth.length)];
  let count = 0;
  for (let r = 0; r < own.length; r++) {
    if (truth[r] === id) own[count++] = score(r);
    else rest[r - count] = score(r);
  }
  if (count === 0) throw new RangeError(`${call}: truth must hold rows of class ${id}, got none.`);
  return { own: own.subarray(0, count).sort(), rest: rest.subarray(0, rest.length - count).sort() };
}

/** Each threshold, from the highest down, with how many rows of the class and of the others have at least that score. */
function descend(
  own: Float64Array,
  rest: Float64Array,
): { thresholds: Float64Array<ArrayBuffer>; hits: Float64Array; alarms: Float64Array } {
  const most = own.length + rest.length;
  const [thresholds, hits, alarms] = [new Float64Array(most), new Float64Array(most), new Float64Array(most)];
  let [i, j, count] = [own.length, rest.length, 0];
  const top = (list: Float64Array, left: number) => (left > 0 ? list[left - 1] : Number.NEGATIVE_INFINITY);
  while (i > 0 || j > 0) {
    const threshold = Math.max(top(own, i), top(rest, j));
    // Not below, rather than equal: what is no number, in a list that changed since it was checked, is passed too.
    while (i > 0 && !(own[i - 1] < threshold)) i--;
    while (j > 0 && !(rest[j - 1] < threshold)) j--;
    thresholds[count] = threshold;
    hits[count] = own.length - i;
    alarms[count++] = rest.length - j;
  }
  const cut = (list: Float64Array<ArrayBuffer>) => list.subarray(0, count);
  return { thresholds: cut(thresholds), hits: cut(hits), alarms: cut(alarms) };
}

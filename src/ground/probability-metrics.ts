/** What the probabilities of all classes are worth beside the one that is largest. */
import { checkOptions, checkWhole, show } from "./check.js";
import { checkPair, PROBABILITIES, SCORES } from "./metric-doors.js";
import { forEachSlice, runThrough } from "./slices.js";
import { argmax, meanOver } from "./statistics.js";

/** What {@link topKAccuracy} takes. */
export interface TopKOptions {
  /** How many classes a row is given, from 1 to their count. Default: 2. */
  k?: number;
  /** How many classes there are, >= 2. Default: as many as each row has numbers; if given it must be that. */
  classes?: number;
}

/** What {@link calibrationError} takes. */
export interface CalibrationOptions {
  /** How many bins of equal width confidence is put into, from 1 to 2^20. Default: 15. */
  bins?: number;
}

/**
 * Returns the share of rows whose class is among the k of the highest scores, 0 to 1. Of equal scores the lower class id comes
 * first, as it does in `predict`, so that k = 1 is the accuracy; scikit-learn takes the higher id first.
 * @param truth class ids (whole numbers from 0 to classes - 1), one a row
 * @param probabilities or other scores: finite numbers, [rows, classes] row-major, classes >= 2
 * @throws TypeError, RangeError if there is no row, the lengths do not fit or a number is out of range
 * @example
 * topKAccuracy([2, 0], [0.5, 0.2, 0.3, 0.1, 0.7, 0.2], { k: 2 }) // 0.5
 */
export function topKAccuracy(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  options: TopKOptions = {},
): number {
  const call = "topKAccuracy";
  checkOptions(call, options, ["k", "classes"]);
  const { k = 2, classes } = options;
  const width = runThrough(checkPair(call, truth, probabilities, { ...SCORES, name: "probabilities", least: 2 }));
  if (classes !== undefined && classes !== width) {
    throw new RangeError(`${call}: classes must be ${width}, as many as each row has numbers, got ${show(classes)}.`);
  }
  checkWhole(call, "k", k, 1, width);
  const isAmong = (r: number) => {
    const id = truth[r];
    const own = probabilities[r * width + id];
    let before = 0;
    for (let c = 0; c < width; c++) {
      const other = probabilities[r * width + c];
      if (other > own || (other === own && c < id)) before++;
    }
    return before < k ? 1 : 0;
  };
  return runThrough(meanOver(truth.length, isAmong));
}

/**
 * Returns the expected calibration error, 0 to 1: how far confidence, the probability of the class that is predicted, and the
 * share of rows predicted right are apart, the mean over bins of confidence, each weighing as many rows as it has (Guo, Pleiss,
 * Sun and Weinberger 2017). The bins are equally wide, a bound belongs to the bin below it. Of two classes too it is the
 * confidence in the class predicted that counts: one column of probabilities is worth the same as both.
 * @param truth class ids, one a row: 0 and 1, or whole numbers from 0 to classes - 1
 * @param probabilities 0 to 1, one a row (of class 1, predicted above ½) or [rows, classes] row-major
 * @throws TypeError, RangeError if there is no row, the lengths do not fit or a number is out of range
 * @example
 * calibrationError([1, 1, 1, 0], [0.9, 0.9, 0.9, 0.9]) // 0.15: 90 % sure, 75 % right
 */
export function calibrationError(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  options: CalibrationOptions = {},
): number {
  return runThrough(calibrationErrorSlices(truth, probabilities, options));
}

/** The same slice by slice. */
export function* calibrationErrorSlices(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  options: CalibrationOptions = {},
): Generator<number, number> {
  const call = "calibrationError";
  checkOptions(call, options, ["bins"]);
  const { bins = 15 } = options;
  checkWhole(call, "bins", bins, 1, 2 ** 20);
  yield* checkPair(call, truth, probabilities, PROBABILITIES);
  return yield* calibrationErrorOf(truth, probabilities, bins);
}

/**
 * The same of what was checked.
 * @param weights what each row counts, >= 0, some above 0. Default: all alike
 */
export function* calibrationErrorOf(
  truth: ArrayLike<number>,
  probabilities: ArrayLike<number>,
  bins = 15,
  weights?: ArrayLike<number>,
): Generator<number, number> {
  const width = probabilities.length / truth.length;
  const gaps = new Float64Array(bins);
  let total = 0;
  const count = (r: number) => {
    const single = probabilities[r];
    const id = width === 1 ? (single > 0.5 ? 1 : 0) : argmax(probabilities, r * width, width);
    const confidence = width === 1 ? Math.max(single, 1 - single) : probabilities[r * width + id];
    const weight = weights ? weights[r] : 1;
    gaps[binOf(confidence, bins)] += weight * ((truth[r] === id ? 1 : 0) - confidence);
    total += weight;
  };
  yield* forEachSlice(truth.length, (from, to) => {
    for (let r = from; r < to; r++) count(r);
  });
  return gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / total;
}

/** The bin of which `bin / bins < confidence <= (bin + 1) / bins`; 0 is in the first. */
function binOf(confidence: number, bins: number): number {
  const bin = Math.ceil(confidence * bins) - 1;
  // The product is rounded: a bound may seem to lie beyond itself.
  const exact = confidence <= bin / bins ? bin - 1 : confidence > (bin + 1) / bins ? bin + 1 : bin;
  return Math.max(0, exact);
}

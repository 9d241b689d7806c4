/** How well labels are predicted. */
import {
  accuracySlices,
  balancedAccuracySlices,
  brierSlices,
  confusionSlices,
  logLossSlices,
  rocAucSlices,
  type Sort,
} from "../ground/class-scores.js";
import { type ClassScores, precisionRecallF1Slices } from "../ground/precision-recall.js";
import { fillSlices } from "../ground/slices.js";
import { argmax } from "../ground/statistics.js";
import type { Label } from "./label.js";

/** What {@link Classifier.evaluate} returns. */
export interface ClassifierScores {
  /** The share of rows predicted right, 0 to 1. */
  accuracy: number;
  /** The mean, over the labels that occur, of the share of their rows predicted right. */
  balancedAccuracy: number;
  /** Mean of -log of the probability given to the right label. */
  logLoss: number;
  /** Mean squared error of the probabilities: how well they are calibrated and how sharp they are. */
  brier: number;
  /** The chance that a row of a label is given a higher probability of it than one of another; undefined if a label does not occur. */
  rocAuc: number | undefined;
  /** Means over the labels that occur or are predicted. */
  precision: number;
  recall: number;
  f1: number;
  /** The same for each label, in the order of {@link Classifier.labels}. */
  perLabel: (ClassScores & { label: Label })[];
  /** Row t, column p: rows of label t predicted as p. */
  confusion: number[][];
}

/**
 * Scores probabilities, slice by slice.
 * @param truth class ids by row
 * @param probabilities [rows, labels], row-major
 * @param sort what sorts in slices. Default: all at once
 * @param weights what each row counts, >= 0, some above 0: supports and confusion are sums of them. Default: all alike
 */
export function* scoreLabels(
  labels: readonly Label[],
  truth: ArrayLike<number>,
  probabilities: Float32Array,
  sort?: Sort,
  weights?: ArrayLike<number>,
): Generator<number, ClassifierScores> {
  const classes = labels.length;
  const predicted = yield* fillSlices(new Int32Array(truth.length), (r) => argmax(probabilities, r * classes, classes));
  const { perClass, macro } = yield* precisionRecallF1Slices(truth, predicted, classes, weights);
  const isEach = perClass.every(({ support }) => support > 0);
  return {
    accuracy: yield* accuracySlices(truth, predicted, weights),
    balancedAccuracy: yield* balancedAccuracySlices(truth, predicted, weights),
    logLoss: yield* logLossSlices(truth, probabilities, weights),
    brier: yield* brierSlices(truth, probabilities, weights),
    rocAuc: isEach ? yield* rocAucSlices(truth, probabilities, sort, weights) : undefined,
    ...macro,
    perLabel: perClass.map((scores, id) => ({ label: labels[id], ...scores })),
    confusion: yield* confusionSlices(truth, predicted, classes, weights),
  };
}

/** How well several labels a row are predicted. */
import { log } from "../ground/math.js";
import type { ClassScores } from "../ground/precision-recall.js";
import { forEachSlice, repeatSlices } from "../ground/slices.js";
import { meanOver, sumOver } from "../ground/statistics.js";
import type { Label } from "./label.js";
import type { EvaluateOptions } from "./row-weights.js";

/** What `evaluate` returns where rows have several labels each. A ratio whose denominator is 0 is 0. */
export interface MultiLabelScores {
  /** Mean, over rows and labels, of -log of the probability given to what is right of the label: that the row has it, or has not. */
  logLoss: number;
  /** The share of rows of which all labels are predicted right, and no others. */
  subsetAccuracy: number;
  /** The share of rows and labels that are predicted wrong. */
  hammingLoss: number;
  /** Of all rows and labels counted together. */
  precisionMicro: number;
  recallMicro: number;
  f1Micro: number;
  /** Means over the labels that occur or are predicted. */
  precisionMacro: number;
  recallMacro: number;
  f1Macro: number;
  /** The same for each label, in the order of `labels`. */
  perLabel: (ClassScores & { label: Label })[];
}

/** A classifier C of rows that have several labels L each. */
export type OfSeveralLabels<C, L> = Omit<C, "predict" | "predictSet" | "evaluate"> & {
  /** Predicts the labels whose probability is 0.5 or more, in the order of `labels`, of a row or of each row. */
  predict(rows: readonly object[]): L[][];
  predict(row: object): L[];
  /** Scores the model on rows with their targets. @param options `weights`: what each row counts */
  evaluate(rows: readonly object[], options?: EvaluateOptions): MultiLabelScores;
};

/** A label is predicted from this probability on. */
export const LIKELY = 0.5;

/** The smallest probability whose logarithm counts, as of {@link logLoss}. */
const LEAST = 2 ** -23;

interface Counts {
  /** Rows that have the label and are predicted to. */
  readonly both: number;
  readonly called: number;
  readonly support: number;
}

/**
 * Scores probabilities, slice by slice.
 * @param truth 0 or 1, [rows, labels], row-major
 * @param probabilities of the same shape
 * @param weights what each row counts, >= 0, some above 0: supports are sums of them. Default: all alike
 */
export function* scoreLabelSets(
  labels: readonly Label[],
  truth: Float32Array,
  probabilities: Float32Array,
  weights?: ArrayLike<number>,
): Generator<number, MultiLabelScores> {
  const width = labels.length;
  const isRight = (i: number) => (truth[i] === 1) === probabilities[i] >= LIKELY;
  const losses = (i: number) => -log(Math.max(truth[i] === 1 ? probabilities[i] : 1 - probabilities[i], LEAST));
  const allRight = (r: number) => {
    for (let i = r * width; i < (r + 1) * width; i++) if (!isRight(i)) return 0;
    return 1;
  };
  const counts = yield* countLabels(truth, probabilities, width, weights);
  const perLabel = counts.map((count, id) => ({ label: labels[id], ...scoresOf(count), support: count.support }));
  const seen = perLabel.filter((_, id) => counts[id].called + counts[id].support > 0);
  const mean = function* (name: "precision" | "recall" | "f1"): Generator<number, number> {
    return seen.length > 0 ? yield* meanOver(seen.length, (i) => seen[i][name]) : 0;
  };
  const micro = scoresOf({
    both: yield* sumOver(width, (id) => counts[id].both),
    called: yield* sumOver(width, (id) => counts[id].called),
    support: yield* sumOver(width, (id) => counts[id].support),
  });
  const each = weights && (yield* repeatSlices(weights, width));
  return {
    logLoss: yield* meanOver(truth.length, losses, each),
    subsetAccuracy: yield* meanOver(truth.length / width, allRight, weights),
    hammingLoss: yield* meanOver(truth.length, (i) => (isRight(i) ? 0 : 1), each),
    precisionMicro: micro.precision,
    recallMicro: micro.recall,
    f1Micro: micro.f1,
    precisionMacro: yield* mean("precision"),
    recallMacro: yield* mean("recall"),
    f1Macro: yield* mean("f1"),
    perLabel,
  };
}

function* countLabels(
  truth: Float32Array,
  probabilities: Float32Array,
  width: number,
  weights?: ArrayLike<number>,
): Generator<number, Counts[]> {
  const [both, called, support] = [new Float64Array(width), new Float64Array(width), new Float64Array(width)];
  yield* forEachSlice(truth.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const id = i % width;
      const isCalled = probabilities[i] >= LIKELY;
      const weight = weights ? weights[Math.floor(i / width)] : 1;
      if (isCalled) called[id] += weight;
      if (truth[i] === 1) support[id] += weight;
      if (isCalled && truth[i] === 1) both[id] += weight;
    }
  });
  return Array.from(both, (count, id) => ({ both: count, called: called[id], support: support[id] }));
}

function scoresOf({ both, called, support }: Counts): Omit<ClassScores, "support"> {
  return {
    precision: called > 0 ? both / called : 0,
    recall: support > 0 ? both / support : 0,
    f1: called + support > 0 ? (2 * both) / (called + support) : 0,
  };
}

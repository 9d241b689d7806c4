/** Precision, recall and what is made of them, of each class and as means, slice by slice: src/ground/classification-metrics.ts defines them. */
import { checkNumber, checkOptions, checkWhole } from "./check.js";
import { countIds } from "./class-scores.js";
import { checkPair, IDS } from "./metric-doors.js";
import { meanOver, square, sumOver } from "./statistics.js";

type Numbers = ArrayLike<number>;

/** How well one class is predicted. A ratio whose denominator is 0 is 0. */
export interface ClassScores {
  /** The share of the rows predicted as the class that belong to it. */
  precision: number;
  /** The share of the rows of the class that are predicted as it. */
  recall: number;
  /** The harmonic mean of precision and recall. */
  f1: number;
  /** How many rows belong to the class. */
  support: number;
}

/** The result of {@link precisionRecallF1}. */
export interface PrecisionRecallF1 {
  /** The scores of each class, by class id. */
  perClass: ClassScores[];
  /** The unweighted means over the classes that occur in truth or are predicted. */
  macro: Omit<ClassScores, "support">;
  /** Of the rows of all classes counted together. As each row has one class, each of the three is the accuracy. */
  micro: Omit<ClassScores, "support">;
  /** The means in which each class weighs as many rows as belong to it. */
  weighted: Omit<ClassScores, "support">;
}

/** What {@link fBeta} takes. */
export interface FBetaOptions {
  /** How many times as much recall counts as precision, >= 0: 0 is precision, 1 is F1. */
  beta: number;
  /** How many classes there are, whether they occur or not: a whole number >= 1. */
  classes: number;
}

/** The result of {@link fBeta}. */
export interface FBeta {
  /** The score of each class, by class id. */
  perClass: number[];
  /** The unweighted mean over the classes that occur in truth or are predicted. */
  macro: number;
  /** Of the rows of all classes counted together: the accuracy, as each row has one class. */
  micro: number;
  /** The mean in which each class weighs as many rows as belong to it. */
  weighted: number;
}

export function* precisionRecallF1Slices(
  truth: Numbers,
  predicted: Numbers,
  classes: number,
  weights?: Numbers,
): Generator<number, PrecisionRecallF1> {
  const counts = yield* countClasses("precisionRecallF1", truth, predicted, classes, weights);
  const perClass = counts.map((count): ClassScores => ({ ...scoresOf(count), support: count.support }));
  const means = {
    precision: yield* meansOf(counts, (id) => perClass[id].precision),
    recall: yield* meansOf(counts, (id) => perClass[id].recall),
    f1: yield* meansOf(counts, (id) => perClass[id].f1),
  };
  const pick = (mean: keyof Means) => {
    const { precision, recall, f1 } = means;
    return { precision: precision[mean], recall: recall[mean], f1: f1[mean] };
  };
  return { perClass, macro: pick("macro"), micro: scoresOf(together(counts)), weighted: pick("weighted") };
}

export function* fBetaSlices(truth: Numbers, predicted: Numbers, options: FBetaOptions): Generator<number, FBeta> {
  checkOptions("fBeta", options, ["beta", "classes"]);
  const { beta, classes } = options;
  checkNumber("fBeta", "beta", beta, 0);
  const counts = yield* countClasses("fBeta", truth, predicted, classes);
  // beta² / (1 + beta²), whatever the size of beta.
  const share = 1 / (1 + 1 / square(beta));
  const perClass = counts.map((count) => fScore(count, share));
  return { perClass, ...(yield* meansOf(counts, (id) => perClass[id])), micro: fScore(together(counts), share) };
}

/** How many rows of a class are predicted right, belong to it, are predicted as it. */
interface Counts {
  readonly right: number;
  readonly support: number;
  readonly called: number;
}

/** What predictions of each class come to, by class id: the door of what has a score for each class. */
function* countClasses(
  call: string,
  truth: Numbers,
  predicted: Numbers,
  classes: number,
  weights?: Numbers,
): Generator<number, readonly Counts[]> {
  checkWhole(call, "classes", classes, 1, 2 ** 20);
  yield* checkPair(call, truth, predicted, { ...IDS, high: classes - 1 });
  const right = yield* countIds(truth, (r) => truth[r] === predicted[r], weights);
  const support = yield* countIds(truth, undefined, weights);
  const called = yield* countIds(predicted, undefined, weights);
  const of = (counts: Map<number, number>, id: number) => counts.get(id) ?? 0;
  return Array.from({ length: classes }, (_, id) => ({
    right: of(right, id),
    support: of(support, id),
    called: of(called, id),
  }));
}

function together(counts: readonly Counts[]): Counts {
  const sum = (of: keyof Counts) => counts.reduce((total, count) => total + count[of], 0);
  return { right: sum("right"), support: sum("support"), called: sum("called") };
}

// No right one, no ratio above 0: none divides by 0.
const ratio = (right: number, whole: number) => (right === 0 ? 0 : right / whole);

function scoresOf(counts: Counts): Omit<ClassScores, "support"> {
  const { right, support, called } = counts;
  return { precision: ratio(right, called), recall: ratio(right, support), f1: fScore(counts, 0.5) };
}

/** @param share of recall: beta² / (1 + beta²) */
function fScore({ right, support, called }: Counts, share: number): number {
  return ratio(right, share * support + (1 - share) * called);
}

/** Means of a score over classes. */
interface Means {
  macro: number;
  weighted: number;
}

function* meansOf(counts: readonly Counts[], score: (id: number) => number): Generator<number, Means> {
  const ids = [...counts.keys()].filter((id) => counts[id].support > 0 || counts[id].called > 0);
  const { support: rows } = together(counts);
  return {
    macro: yield* meanOver(ids.length, (i) => score(ids[i])),
    weighted: (yield* sumOver(ids.length, (i) => counts[ids[i]].support * score(ids[i]))) / rows,
  };
}

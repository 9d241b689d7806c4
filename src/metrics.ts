/** How good predictions are: functions of truth and prediction alone, as scikit-learn defines them. Sums run in index order. */
import { checkNumber, checkWhole, show } from "./check.js";
import { log } from "./math.js";

type Numbers = ArrayLike<number>;

/** How well one class is found; a ratio whose denominator is 0 is 0. */
export interface ClassScores {
  /** Of the rows predicted as the class, the share that belongs to it. */
  precision: number;
  /** Of the rows that belong to the class, the share predicted as it. */
  recall: number;
  /** The harmonic mean of precision and recall. */
  f1: number;
  /** How many rows belong to the class. */
  support: number;
}

/** What {@link precisionRecallF1} returns. */
export interface PrecisionRecallF1 {
  /** By class id. */
  perClass: ClassScores[];
  /** Means over the classes that occur in truth or are predicted, however many rows each has. */
  macro: Omit<ClassScores, "support">;
}

/**
 * Counts predictions by true class: row t, column p holds how many rows of class t were predicted as p.
 * @param truth class ids from 0 to classes - 1
 * @param predicted equally many
 * @throws RangeError if they differ in length or an id is out of range
 * @example
 * confusionMatrix(test.y, net.predict(test), 10)
 */
export function confusionMatrix(truth: ArrayLike<number>, predicted: ArrayLike<number>, classes: number): number[][] {
  if (truth.length !== predicted.length) {
    throw new RangeError(
      `confusionMatrix: truth and predicted must be equally long, got ${truth.length} and ${predicted.length}.`,
    );
  }
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < truth.length; i++) {
    if (matrix[truth[i]]?.[predicted[i]] === undefined) {
      throw new RangeError(
        `confusionMatrix: ids must be whole numbers from 0 to ${classes - 1}, got ${truth[i]} and ${predicted[i]} at ${i}.`,
      );
    }
    matrix[truth[i]][predicted[i]]++;
  }
  return matrix;
}

/** The index of the largest of `count` numbers from `from` on; the first of equals. */
export function argmax(values: ArrayLike<number>, from: number, count: number): number {
  let best = 0;
  for (let j = 1; j < count; j++) if (values[from + j] > values[from + best]) best = j;
  return best;
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
  checkPair("accuracy", truth, predicted, IDS);
  return meanOver(truth.length, (r) => (truth[r] === predicted[r] ? 1 : 0));
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
  checkPair("balancedAccuracy", truth, predicted, IDS);
  const right = countIds(truth, (r) => truth[r] === predicted[r]);
  // By id: the same bits whatever the order of rows.
  const support = [...countIds(truth)].sort(([a], [b]) => a - b);
  return meanOver(support.length, (i) => (right.get(support[i][0]) ?? 0) / support[i][1]);
}

/**
 * Returns precision, recall and F1 of each class, and their means (macro) over the classes that occur in truth or are predicted,
 * as scikit-learn takes them; a ratio with denominator 0 is 0.
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
  checkWhole("precisionRecallF1", "classes", classes, 1, 2 ** 32 - 1);
  checkPair("precisionRecallF1", truth, predicted, { ...IDS, high: classes - 1 });
  const rightById = countIds(truth, (r) => truth[r] === predicted[r]);
  const supportById = countIds(truth);
  const calledById = countIds(predicted);
  const perClass = Array.from({ length: classes }, (_, id): ClassScores => {
    const [right, support, called] = [rightById, supportById, calledById].map((counts) => counts.get(id) ?? 0);
    // No right one, no ratio above 0: none divides by 0.
    const share = (whole: number) => (right === 0 ? 0 : right / whole);
    return { precision: share(called), recall: share(support), f1: share((support + called) / 2), support };
  });
  const occurring = perClass.filter(({ support }, id) => support > 0 || calledById.has(id));
  const macro = (score: keyof ClassScores) => meanOver(occurring.length, (i) => occurring[i][score]);
  return { perClass, macro: { precision: macro("precision"), recall: macro("recall"), f1: macro("f1") } };
}

/**
 * Returns the mean over rows of -log of the probability given to the row's class, >= 0. Probabilities below the epsilon of
 * their type (2^-23 in a Float32Array, else 2^-52) count as it: a certain error costs 15.9 or 36.0, not Infinity. Rows need
 * not sum to 1.
 * @param truth class ids (whole numbers from 0 to classes - 1), one a row
 * @param probabilities 0 to 1, [rows, classes] row-major, classes >= 2
 * @throws TypeError, RangeError if there is no row, the lengths do not fit or a number is out of range
 * @example
 * logLoss(test.y, net.predictProba(test))
 */
export function logLoss(truth: ArrayLike<number>, probabilities: ArrayLike<number>): number {
  const classes = checkPair("logLoss", truth, probabilities, { ...PROBABILITIES, least: 2 });
  const least = probabilities instanceof Float32Array ? 2 ** -23 : 2 ** -52;
  return meanOver(truth.length, (r) => -log(Math.max(probabilities[r * classes + truth[r]], least)));
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
  const width = checkPair("rocAuc", truth, scores, SCORES);
  const area = (id: number, column: number) => areaUnderCurve(truth, id, (r) => scores[r * width + column]);
  return width <= 2 ? area(1, width - 1) : meanOver(width, (id) => area(id, id));
}

/** The area of one class against the rest. */
function areaUnderCurve(truth: Numbers, id: number, score: (r: number) => number): number {
  const own: number[] = [];
  const rest: number[] = [];
  for (let r = 0; r < truth.length; r++) (truth[r] === id ? own : rest).push(score(r));
  if (own.length === 0 || rest.length === 0) {
    throw new RangeError(
      `rocAuc: truth must hold rows of class ${id} and of others, got ${own.length} and ${rest.length}.`,
    );
  }
  const others = Float64Array.from(rest).sort();
  let below = 0;
  let notAbove = 0;
  // Twice the pairs won, a tie being half a pair: whole numbers, so exact in any order.
  let won = 0;
  for (const value of Float64Array.from(own).sort()) {
    while (others[below] < value) below++;
    while (others[notAbove] <= value) notAbove++;
    won += below + notAbove;
  }
  return won / (2 * own.length * rest.length);
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
  const width = checkPair("brierScore", truth, probabilities, PROBABILITIES);
  const distance = meanOver(probabilities.length, (i) => {
    const id = width === 1 ? 1 : i % width;
    return square(probabilities[i] - (truth[Math.floor(i / width)] === id ? 1 : 0));
  });
  // The columns of two classes tell one distance twice.
  return width <= 2 ? distance : width * distance;
}

/**
 * Returns the mean over rows of the squared error, >= 0.
 * @param truth finite numbers, one a row
 * @param predicted the same
 * @throws TypeError, RangeError if there is no row, the lengths differ or a number is not finite
 * @example
 * meanSquaredError([1, 2], [1, 4]) // 2
 */
export function meanSquaredError(truth: ArrayLike<number>, predicted: ArrayLike<number>): number {
  checkPair("meanSquaredError", truth, predicted, VALUES);
  return meanOver(truth.length, (r) => square(truth[r] - predicted[r]));
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
  checkPair("meanAbsoluteError", truth, predicted, VALUES);
  return meanOver(truth.length, (r) => Math.abs(truth[r] - predicted[r]));
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
  checkPair("r2", truth, predicted, VALUES);
  // From the first number on: so the mean of equal numbers is that number, where sum / count may be off by a rounding.
  const center = truth[0] + meanOver(truth.length, (r) => truth[r] - truth[0]);
  const residual = meanOver(truth.length, (r) => square(truth[r] - predicted[r]));
  const total = meanOver(truth.length, (r) => square(truth[r] - center));
  return total > 0 ? 1 - residual / total : residual === 0 ? 1 : 0;
}

/** The mean of what `of` gives for 0 .. count - 1, summed in that order. */
function meanOver(count: number, of: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += of(i);
  return sum / count;
}

function square(x: number): number {
  return x * x;
}

/** How often each id occurs, over the rows asked for. A Map: ids may be few and huge. */
function countIds(ids: Numbers, asked = (_r: number) => true): Map<number, number> {
  const counts = new Map<number, number>();
  for (let r = 0; r < ids.length; r++) if (asked(r)) counts.set(ids[r], (counts.get(ids[r]) ?? 0) + 1);
  return counts;
}

/** What a metric takes as prediction: its name, what each number must be, how many there may be for each row. */
interface Form {
  readonly name: string;
  readonly whole?: boolean;
  readonly low: number;
  readonly high: number;
  readonly most: number;
  readonly least?: number;
}

const IDS: Form = { name: "predicted", whole: true, low: 0, high: Number.MAX_SAFE_INTEGER, most: 1 };
const SCORES: Form = { name: "scores", low: -Infinity, high: Infinity, most: Infinity };
const VALUES: Form = { ...SCORES, name: "predicted", most: 1 };
const PROBABILITIES: Form = { ...SCORES, name: "probabilities", low: 0, high: 1 };

/** The door of every metric but confusionMatrix; returns how many numbers of the prediction there are for each row. */
function checkPair(call: string, truth: Numbers, predicted: Numbers, form: Form): number {
  const { name, most, least = 1 } = form;
  for (const [label, list] of Object.entries({ truth, [name]: predicted })) {
    const length = typeof list === "object" ? list?.length : undefined;
    if (length === undefined) throw new TypeError(`${call}: ${label} must be a list of numbers, got ${show(list)}.`);
    if (!(length > 0)) throw new RangeError(`${call}: ${label} must hold at least one number, got ${show(list)}.`);
  }
  const width = predicted.length / truth.length;
  if (!Number.isInteger(width) || width < least || width > most) {
    const wanted = most === 1 ? "one number" : `the same count of numbers${least > 1 ? `, at least ${least},` : ""}`;
    throw new RangeError(
      `${call}: ${name} must hold ${wanted} for each row of truth, got ${predicted.length} for ${truth.length} rows.`,
    );
  }
  // A single probability or score is that of class 1 of two.
  checkEach(call, "truth", truth, most === 1 ? form : { ...IDS, high: Math.max(width, 2) - 1 });
  checkEach(call, name, predicted, form);
  return width;
}

function checkEach(call: string, name: string, list: Numbers, { whole, low, high }: Form): void {
  const passes = whole ? Number.isSafeInteger : Number.isFinite;
  for (let i = 0; i < list.length; i++) {
    if (passes(list[i]) && list[i] >= low && list[i] <= high) continue;
    // Only here: to name every number would cost more than the metric.
    if (whole) checkWhole(call, `${name}[${i}]`, list[i], low, high);
    else checkNumber(call, `${name}[${i}]`, list[i], low, high);
  }
}

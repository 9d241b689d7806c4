/**
 * What src/ground/classification-metrics.ts computes, slice by slice: there each score is defined. Sums run in index order. `weights`
 * say what each row counts, >= 0, as if it were there so many times; all alike where there are none.
 */
import { checkWhole } from "./check.js";
import { log } from "./math.js";
import { checkPair, IDS, PROBABILITIES, SCORES } from "./metric-doors.js";
import { firstNotBelow } from "./quantiles.js";
import { fillSlices, forEachSlice, repeatSlices } from "./slices.js";
import { meanOver, square, sumOver } from "./statistics.js";

type Numbers = ArrayLike<number>;

export function* confusionSlices(
  truth: Numbers,
  predicted: Numbers,
  classes: number,
  weights?: Numbers,
): Generator<number, number[][]> {
  checkWhole("confusionMatrix", "classes", classes, 1, 2 ** 12);
  yield* checkPair("confusionMatrix", truth, predicted, { ...IDS, high: classes - 1 });
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  yield* eachRow(truth, (r) => {
    const row = matrix[truth[r]];
    // None if the list says something else than when it was checked.
    if (row) row[predicted[r]] += weights ? weights[r] : 1;
  });
  return matrix;
}

export function* accuracySlices(truth: Numbers, predicted: Numbers, weights?: Numbers): Generator<number, number> {
  yield* checkPair("accuracy", truth, predicted, IDS);
  return yield* meanOver(truth.length, (r) => (truth[r] === predicted[r] ? 1 : 0), weights);
}

export function* balancedAccuracySlices(
  truth: Numbers,
  predicted: Numbers,
  weights?: Numbers,
): Generator<number, number> {
  yield* checkPair("balancedAccuracy", truth, predicted, IDS);
  const right = yield* countIds(truth, (r) => truth[r] === predicted[r], weights);
  // By id: the same bits whatever the order of rows.
  const all = [...(yield* countIds(truth, undefined, weights))];
  const support = all.filter(([, count]) => count > 0).sort(([a], [b]) => a - b);
  return yield* meanOver(support.length, (i) => (right.get(support[i][0]) ?? 0) / support[i][1]);
}

export function* matthewsSlices(truth: Numbers, predicted: Numbers): Generator<number, number> {
  yield* checkPair("matthewsCorrelation", truth, predicted, IDS);
  const rows = truth.length;
  const right = yield* sumOver(rows, (r) => (truth[r] === predicted[r] ? 1 : 0));
  const support = yield* countIds(truth);
  const called = yield* countIds(predicted);
  // Whole numbers: the same in any order of the rows, up to 2^53.
  let [both, own, others] = [0, 0, 0];
  for (const [id, count] of support) {
    both += count * (called.get(id) ?? 0);
    own += count * count;
  }
  for (const count of called.values()) others += count * count;
  const whole = rows * rows;
  const variance = (whole - own) * (whole - others);
  return variance > 0 ? (right * rows - both) / Math.sqrt(variance) : 0;
}

export function* logLossSlices(truth: Numbers, probabilities: Numbers, weights?: Numbers): Generator<number, number> {
  const classes = yield* checkPair("logLoss", truth, probabilities, { ...PROBABILITIES, least: 2 });
  const least = probabilities instanceof Float32Array ? 2 ** -23 : 2 ** -52;
  const loss = (r: number) => -log(Math.max(probabilities[r * classes + truth[r]], least));
  return yield* meanOver(truth.length, loss, weights);
}

/** Sorts numbers in place, slice by slice. */
export type Sort = (numbers: Float64Array) => Generator<number, unknown>;

/** @param sort what sorts in slices. Default: all at once */
export function* rocAucSlices(
  truth: Numbers,
  scores: Numbers,
  sort = sortAtOnce,
  weights?: Numbers,
): Generator<number, number> {
  const width = yield* checkPair("rocAuc", truth, scores, SCORES);
  const area = (id: number, column: number) => {
    const score = (r: number) => scores[r * width + column];
    return weights ? weightedArea(truth, id, score, sort, weights) : areaUnderCurve(truth, id, score, sort);
  };
  if (width <= 2) return yield* area(1, width - 1);
  const areas: number[] = [];
  for (let id = 0; id < width; id++) areas.push(yield* area(id, id));
  return yield* meanOver(width, (id) => areas[id]);
}

const sortAtOnce: Sort = function* (numbers) {
  yield numbers.sort().length;
};

/** Returns the area under the ROC curve of one class against the rest. */
function* areaUnderCurve(
  truth: Numbers,
  id: number,
  score: (r: number) => number,
  sort: Sort,
): Generator<number, number> {
  let count = 0;
  yield* eachRow(truth, (r) => {
    if (truth[r] === id) count++;
  });
  const rest = new Float64Array(truth.length - count);
  if (count === 0 || rest.length === 0) {
    throw new RangeError(`rocAuc: truth must hold rows of class ${id} and of others, got ${count} and ${rest.length}.`);
  }
  const own = new Float64Array(count);
  const places = { own: 0, rest: 0 };
  yield* eachRow(truth, (r) => {
    if (truth[r] === id) own[places.own++] = score(r);
    else rest[places.rest++] = score(r);
  });
  yield* sort(own);
  yield* sort(rest);
  let below = 0;
  let notAbove = 0;
  // Twice the pairs won, a tie being half a pair: whole numbers, so exact in any order.
  let won = 0;
  yield* eachRow(own, (i) => {
    while (rest[below] < own[i]) below++;
    while (rest[notAbove] <= own[i]) notAbove++;
    won += below + notAbove;
  });
  return won / (2 * own.length * rest.length);
}

/** The same of rows that count differently, some of each kind above 0: a pair counts the product of its rows' weights. */
function* weightedArea(
  truth: Numbers,
  id: number,
  score: (r: number) => number,
  sort: Sort,
  weights: Numbers,
): Generator<number, number> {
  const sorted = yield* fillSlices(new Float64Array(truth.length), score);
  yield* sort(sorted);
  // By the place of the first of equal scores.
  const [own, rest] = [new Float64Array(truth.length), new Float64Array(truth.length)];
  yield* eachRow(truth, (r) => {
    const kind = truth[r] === id ? own : rest;
    kind[firstNotBelow(sorted, score(r))] += weights[r];
  });
  let [won, below, all] = [0, 0, 0];
  yield* eachRow(sorted, (i) => {
    won += own[i] * (below + rest[i] / 2);
    below += rest[i];
    all += own[i];
  });
  return won / (all * below);
}

export function* brierSlices(truth: Numbers, probabilities: Numbers, weights?: Numbers): Generator<number, number> {
  const width = yield* checkPair("brierScore", truth, probabilities, PROBABILITIES);
  const distanceAt = (i: number) => {
    const id = width === 1 ? 1 : i % width;
    return square(probabilities[i] - (truth[Math.floor(i / width)] === id ? 1 : 0));
  };
  const each = weights && (yield* repeatSlices(weights, width));
  const distance = yield* meanOver(probabilities.length, distanceAt, each);
  // The two columns of two classes hold the same distance twice.
  return width <= 2 ? distance : width * distance;
}

/** Counts how often each id occurs among the rows asked for. In a Map, since ids may be few and huge. */
export function* countIds(
  ids: Numbers,
  asked = (_r: number) => true,
  weights?: Numbers,
): Generator<number, Map<number, number>> {
  const counts = new Map<number, number>();
  yield* eachRow(ids, (r) => {
    if (asked(r)) counts.set(ids[r], (counts.get(ids[r]) ?? 0) + (weights ? weights[r] : 1));
  });
  return counts;
}

function eachRow({ length }: Numbers, work: (r: number) => void): Generator<number, void> {
  return forEachSlice(length, (from, to) => {
    for (let r = from; r < to; r++) work(r);
  });
}

/** Metrics against scikit-learn on fixed vectors, and by their laws on any. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  accuracy,
  argmax,
  balancedAccuracy,
  brierScore,
  confusionMatrix,
  logLoss,
  meanAbsoluteError,
  meanSquaredError,
  precisionRecallF1,
  r2,
  rocAuc,
} from "../src/metrics.js";

/*
What scikit-learn 1.2.1 says (/usr/bin/python3, numpy 1.24.2), every expected number below to all its digits. Its Brier score
is of two classes only: that of more is numpy's here, and is what scikit-learn 1.9.1 says (0.50884 and 0.3554166666666667).

unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE; /usr/bin/python3 -W ignore - <<'END'
import numpy as np, sklearn, sklearn.metrics as m
y2, s2 = [0,1,1,0,1,0,0,1,1,0], [.1,.4,.35,.35,.8,.4,.1,.4,.9,.65]
y3, q3 = [0,0,1,1,2,2,0,2,1,1], [0,1,1,1,2,0,0,2,2,0]
p3 = [[.7,.2,.1],[.3,.4,.3],[.1,.8,.1],[0,1,0],[0,0,1],[1,0,0],[.5,.25,.25],[.2,.2,.6],[.1,.3,.6],[.34,.33,.33]]
y4, q4 = [0,1,2,3,3,1,0,2,2,1,0,0], [0,1,2,2,0,1,1,2,1,1,2,0]
p4 = [[.6,.2,.1,.1],[.1,.7,.1,.1],[.2,.2,.5,.1],[.1,.1,.45,.35],[.4,.1,.2,.3],[0,1,0,0],[.3,.4,.2,.1],[0,0,1,0],
      [.1,.5,.3,.1],[.05,.9,.05,0],[.25,.2,.35,.2],[1,0,0,0]]
t, g = [3,-.5,2,7,4.2,0], [2.5,0,2.1,8,4.2,-1]
np.set_printoptions(precision=17)
print(sklearn.__version__)
for s in np.array(s2), np.array(s2, 'f4'):
    print(m.roc_auc_score(y2, s), m.brier_score_loss(y2, s), m.log_loss(y2, np.stack([1 - s, s], axis=1)))
for y, q, p in (y3, q3, p3), (y4, q4, p4):
    print(m.accuracy_score(y, q), m.balanced_accuracy_score(y, q))
    for average in None, 'macro':
        print(*m.precision_recall_fscore_support(y, q, average=average, zero_division=0))
    for p in np.array(p), np.array(p, 'f4'):
        brier = np.mean(np.sum((p.astype('f8') - np.eye(len(p[0]))[y]) ** 2, axis=1))
        own = np.maximum(p[range(len(y)), y].astype('f8'), np.finfo(p.dtype).eps)
        print(m.log_loss(y, p), np.mean(-np.log(own)), m.roc_auc_score(y, p, multi_class='ovr'), brier)
print(*m.precision_recall_fscore_support([0,0,1], [0,2,1], average='macro', zero_division=0))
print(m.balanced_accuracy_score([0,0,1], [0,2,1]))
print(m.mean_squared_error(t, g), m.mean_absolute_error(t, g), m.r2_score(t, g))
print(m.r2_score([2,2,2], [2,2,2]), m.r2_score([2,2,2], [2,2,3]))
END
*/
const BINARY = {
  truth: [0, 1, 1, 0, 1, 0, 0, 1, 1, 0],
  scores: [0.1, 0.4, 0.35, 0.35, 0.8, 0.4, 0.1, 0.4, 0.9, 0.65],
};
/** Certain rows, right and wrong, with probabilities of exactly 0 and 1. */
const THREE = {
  truth: [0, 0, 1, 1, 2, 2, 0, 2, 1, 1],
  predicted: [0, 1, 1, 1, 2, 0, 0, 2, 2, 0],
  probabilities: [
    [0.7, 0.2, 0.1],
    [0.3, 0.4, 0.3],
    [0.1, 0.8, 0.1],
    [0, 1, 0],
    [0, 0, 1],
    [1, 0, 0],
    [0.5, 0.25, 0.25],
    [0.2, 0.2, 0.6],
    [0.1, 0.3, 0.6],
    [0.34, 0.33, 0.33],
  ].flat(),
};
/** Class 3 is never predicted. */
const FOUR = {
  truth: [0, 1, 2, 3, 3, 1, 0, 2, 2, 1, 0, 0],
  predicted: [0, 1, 2, 2, 0, 1, 1, 2, 1, 1, 2, 0],
  probabilities: [
    [0.6, 0.2, 0.1, 0.1],
    [0.1, 0.7, 0.1, 0.1],
    [0.2, 0.2, 0.5, 0.1],
    [0.1, 0.1, 0.45, 0.35],
    [0.4, 0.1, 0.2, 0.3],
    [0, 1, 0, 0],
    [0.3, 0.4, 0.2, 0.1],
    [0, 0, 1, 0],
    [0.1, 0.5, 0.3, 0.1],
    [0.05, 0.9, 0.05, 0],
    [0.25, 0.2, 0.35, 0.2],
    [1, 0, 0, 0],
  ].flat(),
};
const REGRESSION = { truth: [3, -0.5, 2, 7, 4.2, 0], predicted: [2.5, 0, 2.1, 8, 4.2, -1] };

const TOLERANCE = 1e-12;
/** Twice 2^-23: scikit-learn clips float32 above as well, at 1 - 2^-23, and then divides rows by their sums in float32. */
const SINGLE_PRECISION = 2 ** -22;

/** |got - wanted| / |wanted|, or |got| where 0 is wanted. */
const error = (got: number, wanted: number) => Math.abs(got - wanted) / (Math.abs(wanted) || 1);
function expectClose(got: number, wanted: number, tolerance = TOLERANCE): void {
  expect(error(got, wanted), `${got} for ${wanted}`).toBeLessThanOrEqual(tolerance);
}
/** Both classes' probabilities from those of class 1. */
const both = (scores: readonly number[]) => scores.flatMap((p) => [1 - p, p]);

describe("as scikit-learn", () => {
  it.each([
    ["three classes", THREE, 0.6, 0.611111111111111],
    ["four classes, one never predicted", FOUR, 0.5833333333333334, 0.5416666666666666],
  ])("accuracy and balanced accuracy: %s", (_, { truth, predicted }, share, balanced) => {
    expectClose(accuracy(truth, predicted), share);
    expectClose(balancedAccuracy(truth, predicted), balanced);
  });

  it("balanced accuracy leaves out a class that is predicted and never true, whatever its id", () => {
    expectClose(balancedAccuracy([0, 0, 1], [0, 2, 1]), 0.75);
    expectClose(balancedAccuracy([0, 0, 2 ** 50], [0, 2 ** 52, 2 ** 50]), 0.75);
  });

  it.each([
    [
      "three classes",
      THREE,
      [0.5, 0.6666666666666666, 0.6666666666666666],
      [0.6666666666666666, 0.5, 0.6666666666666666],
      [0.5714285714285715, 0.5714285714285715, 0.6666666666666666],
      [3, 4, 3],
      [0.611111111111111, 0.611111111111111, 0.6031746031746033],
    ],
    [
      "four classes, one never predicted",
      FOUR,
      [0.6666666666666666, 0.6, 0.5, 0],
      [0.5, 1, 0.6666666666666666, 0],
      [0.5714285714285715, 0.7499999999999999, 0.5714285714285715, 0],
      [4, 3, 3, 2],
      [0.44166666666666665, 0.5416666666666666, 0.4732142857142857],
    ],
  ])("precision, recall and F1: %s", (_, { truth, predicted }, precision, recall, f1, support, macro) => {
    const scores = precisionRecallF1(truth, predicted, support.length);
    expect(scores.perClass.map((one) => one.support)).toEqual(support);
    for (const [id, one] of scores.perClass.entries()) {
      expectClose(one.precision, precision[id]);
      expectClose(one.recall, recall[id]);
      expectClose(one.f1, f1[id]);
    }
    expectClose(scores.macro.precision, macro[0]);
    expectClose(scores.macro.recall, macro[1]);
    expectClose(scores.macro.f1, macro[2]);
  });

  it("macro means are over the classes that occur or are predicted, a class that is neither left out", () => {
    const { perClass, macro } = precisionRecallF1([0, 0, 1], [0, 2, 1], 4);
    expectClose(macro.precision, 0.6666666666666666);
    expectClose(macro.recall, 0.5);
    expectClose(macro.f1, 0.5555555555555555);
    expect(perClass.slice(2)).toEqual(Array(2).fill({ precision: 0, recall: 0, f1: 0, support: 0 }));
  });

  it.each([
    ["float64", Float64Array, 0.5413059350891798, 4.134405292186952, 0.6428369302099062, TOLERANCE],
    ["float32", Float32Array, 0.5413059331514837, 2.1242785124860637, 0.6428370125210999, SINGLE_PRECISION],
  ])("log loss, clipped by the type: %s", (_, Floats, two, three, four, tolerance) => {
    expectClose(logLoss(BINARY.truth, Floats.from(both(BINARY.scores))), two, tolerance);
    expectClose(logLoss(THREE.truth, Floats.from(THREE.probabilities)), three, tolerance);
    expectClose(logLoss(FOUR.truth, Floats.from(FOUR.probabilities)), four, tolerance);
  });

  it("log loss of float32 to all digits, as numpy computes it from the same numbers in float64", () => {
    expectClose(logLoss(THREE.truth, Float32Array.from(THREE.probabilities)), 2.1242784528814127);
    expectClose(logLoss(FOUR.truth, Float32Array.from(FOUR.probabilities)), 0.6428369220103255);
  });

  it.each([
    ["float64", Float64Array, 0.19175000000000003, 0.50884, 0.3554166666666667],
    ["float32", Float32Array, 0.1917499963641168, 0.5088399988746646, 0.3554166631028058],
  ])("Brier score of one column and of many: %s", (_, Floats, two, three, four) => {
    const scores = Floats.from(BINARY.scores);
    expectClose(brierScore(BINARY.truth, scores), two);
    expectClose(brierScore(BINARY.truth, both([...scores])), two);
    expectClose(brierScore(THREE.truth, Floats.from(THREE.probabilities)), three);
    expectClose(brierScore(FOUR.truth, Floats.from(FOUR.probabilities)), four);
  });

  it.each([
    ["float64", Float64Array],
    ["float32", Float32Array],
  ])("area under the ROC curve, with ties: %s", (_, Floats) => {
    expectClose(rocAuc(BINARY.truth, Floats.from(BINARY.scores)), 0.78);
    expectClose(rocAuc(BINARY.truth, Floats.from(both(BINARY.scores))), 0.78);
    expectClose(rocAuc(THREE.truth, Floats.from(THREE.probabilities)), 0.7976190476190476);
    expectClose(rocAuc(FOUR.truth, Floats.from(FOUR.probabilities)), 0.9658564814814815);
  });

  it("squared and absolute error and R²", () => {
    const { truth, predicted } = REGRESSION;
    expectClose(meanSquaredError(truth, predicted), 0.4183333333333333);
    expectClose(meanAbsoluteError(truth, predicted), 0.5166666666666667);
    expectClose(r2(truth, predicted), 0.9353231694223749);
    expect(r2([2, 2, 2], [2, 2, 2])).toBe(1);
    expect(r2([2, 2, 2], [2, 2, 3])).toBe(0);
  });

  it("R² of numbers whose sum / count is not the number is 1 or 0 too: there scikit-learn says -1.7e31", () => {
    expect((0.1 + 0.1 + 0.1) / 3).not.toBe(0.1);
    expect(r2([0.1, 0.1, 0.1], [0.1, 0.1, 0.1])).toBe(1);
    expect(r2([0.1, 0.1, 0.1], [0.1, 0.1, 0.2])).toBe(0);
  });

  it("takes one row, and perfect predictions are perfect", () => {
    expect(logLoss([1], [0, 1])).toBe(0);
    expect(brierScore([1], [1])).toBe(0);
    expect(accuracy([3], [3])).toBe(1);
    expect(r2([5], [4])).toBe(0);
    expect(meanSquaredError([5], [4])).toBe(1);
  });

  it("control: an area that ignores ties, a loss without clipping and means over rows are noticed", () => {
    const { truth, scores } = BINARY;
    // The curve's pairs won outright, and those not lost: what midranks are between.
    expect(error(pairsWon(truth, scores, 0), 0.78)).toBeGreaterThan(0.01);
    expect(error(pairsWon(truth, scores, 1), 0.78)).toBeGreaterThan(0.01);
    expectClose(pairsWon(truth, scores, 0.5), 0.78);
    const unclipped = THREE.truth.map((id, r) => -Math.log(THREE.probabilities[r * 3 + id]));
    expect(error(unclipped.reduce((sum, loss) => sum + loss) / 10, 4.134405292186952)).toBe(Number.POSITIVE_INFINITY);
    expect(error(accuracy(FOUR.truth, FOUR.predicted), 0.5416666666666666)).toBeGreaterThan(0.01);
  });
});

/** The area by its definition: the share of pairs in which class 1 has the higher score, a tie counting `tie`. */
function pairsWon(truth: readonly number[], scores: readonly number[], tie: number): number {
  let won = 0;
  let pairs = 0;
  for (const [i, own] of scores.entries()) {
    for (const [j, other] of scores.entries()) {
      if (truth[i] !== 1 || truth[j] === 1) continue;
      pairs++;
      won += own > other ? 1 : own === other ? tie : 0;
    }
  }
  return won / pairs;
}

/** Rows of a table of `classes` classes, all of which occur; scores are few, so tied. */
const rowsOf = (classes: number) =>
  fc
    .array(
      fc.record({
        truth: fc.nat(classes - 1),
        predicted: fc.nat(classes - 1),
        weights: fc.array(fc.nat(4), { minLength: classes, maxLength: classes }),
        value: fc.integer({ min: -100, max: 100 }),
        guess: fc.integer({ min: -100, max: 100 }),
      }),
      { minLength: classes, maxLength: 40 },
    )
    // Every class once, then as it comes.
    .map((rows) => rows.map((row, r) => (r < classes ? { ...row, truth: r } : row)));
type Rows = ReturnType<typeof rowsOf> extends fc.Arbitrary<infer T> ? T : never;

const truthOf = (rows: Rows) => rows.map((row) => row.truth);
const predictedOf = (rows: Rows) => rows.map((row) => row.predicted);
const probabilitiesOf = (rows: Rows) =>
  rows.flatMap(({ weights }) => {
    const total = weights.reduce((sum, weight) => sum + weight);
    return weights.map((weight) => (total > 0 ? weight / total : 1 / weights.length));
  });
/** Scores of class 1 of two. */
const scoresOf = (rows: Rows) => rows.map((row) => row.weights[1]);

/** Metrics that count rows, and those that sum over them. */
function everyMetric(rows: Rows, classes: number): { counting: unknown; summing: number[] } {
  const [truth, predicted, probabilities] = [truthOf(rows), predictedOf(rows), probabilitiesOf(rows)];
  const values = rows.map((row) => row.value / 7);
  const guesses = rows.map((row) => row.guess / 7);
  return {
    counting: [
      accuracy(truth, predicted),
      balancedAccuracy(truth, predicted),
      precisionRecallF1(truth, predicted, classes),
      rocAuc(truth, probabilities),
    ],
    summing: [
      logLoss(truth, probabilities),
      brierScore(truth, probabilities),
      meanSquaredError(values, guesses),
      meanAbsoluteError(values, guesses),
      r2(values, guesses),
    ],
  };
}

describe("laws", () => {
  it("the area is the share of pairs won, and none but the order of scores matters", () => {
    const rising = fc.constantFrom<(x: number) => number>(
      (x) => 2 * x - 7,
      (x) => x * x * x,
      (x) => Math.exp(x),
      (x) => -1 / (x + 1),
    );
    fc.assert(
      fc.property(rowsOf(2), rising, (rows, transform) => {
        const area = rocAuc(truthOf(rows), scoresOf(rows));
        expect(area).toBe(pairsWon(truthOf(rows), scoresOf(rows), 0.5));
        expect(rocAuc(truthOf(rows), scoresOf(rows).map(transform))).toBe(area);
      }),
    );
  });

  it("scores turned round turn the area round", () => {
    fc.assert(
      fc.property(rowsOf(2), (rows) => {
        const turned = scoresOf(rows).map((score) => -score);
        expectClose(rocAuc(truthOf(rows), scoresOf(rows)) + rocAuc(truthOf(rows), turned), 1);
      }),
    );
  });

  it("one of more classes is one against the rest", () => {
    fc.assert(
      fc.property(rowsOf(3), (rows) => {
        const probabilities = probabilitiesOf(rows);
        const areas = [0, 1, 2].map((id) =>
          rocAuc(
            truthOf(rows).map((truth) => (truth === id ? 1 : 0)),
            rows.map((_, r) => probabilities[r * 3 + id]),
          ),
        );
        expectClose(rocAuc(truthOf(rows), probabilities), (areas[0] + areas[1] + areas[2]) / 3);
      }),
    );
  });

  it("accuracy is the confusion matrix's diagonal, balanced accuracy the macro recall of classes that all occur", () => {
    fc.assert(
      fc.property(rowsOf(4), (rows) => {
        const [truth, predicted] = [truthOf(rows), predictedOf(rows)];
        const trace = confusionMatrix(truth, predicted, 4).reduce((sum, row, id) => sum + row[id], 0);
        expect(accuracy(truth, predicted)).toBe(trace / rows.length);
        expect(precisionRecallF1(truth, predicted, 4).macro.recall).toBe(balancedAccuracy(truth, predicted));
      }),
    );
  });

  it("the order of rows changes no bit of what counts them, and of sums none beyond rounding", () => {
    const shuffled = rowsOf(3).chain((rows) =>
      fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length, maxLength: rows.length })),
    );
    fc.assert(
      fc.property(shuffled, ([rows, others]) => {
        const wanted = everyMetric(rows, 3);
        const got = everyMetric(others, 3);
        expect(got.counting).toEqual(wanted.counting);
        for (const [i, value] of wanted.summing.entries()) {
          // An absolute error below 1: R² near 0 is a difference of numbers near 1.
          expectClose(got.summing[i], value, TOLERANCE * Math.max(1, 1 / (Math.abs(value) || 1)));
        }
      }),
    );
  });
});

describe("confusionMatrix", () => {
  it("counts rows by truth and columns by prediction", () => {
    expect(confusionMatrix([0, 0, 1, 2, 2], [0, 1, 1, 2, 0], 3)).toEqual([
      [1, 1, 0],
      [0, 1, 0],
      [1, 0, 1],
    ]);
  });
});

describe("argmax", () => {
  it("is counted from where it starts, and the first of equals", () => {
    expect(argmax([9, 1, 5, 5, 2, 9], 1, 4)).toBe(1);
  });
});

describe("doors", () => {
  const pairs = { accuracy, balancedAccuracy, meanSquaredError, meanAbsoluteError, r2 };
  const ids = {
    accuracy,
    balancedAccuracy,
    precisionRecallF1: (t: number[], p: number[]) => precisionRecallF1(t, p, 9),
  };
  const values = { meanSquaredError, meanAbsoluteError, r2 };
  const tables = { logLoss, rocAuc, brierScore };
  const names: Record<string, string> = { logLoss: "probabilities", rocAuc: "scores", brierScore: "probabilities" };

  function expectRefusal(call: () => unknown, kind: typeof TypeError | typeof RangeError, message: string): void {
    expect(call).toThrow(new kind(message));
  }

  it.each(Object.entries({ ...pairs, ...ids, ...tables }))("%s refuses what is no list, or empty", (call, metric) => {
    const name = names[call] ?? "predicted";
    const list = (label: string) => `${call}: ${label} must be a list of numbers, got`;
    expectRefusal(() => metric("01" as never, [0, 1]), TypeError, `${list("truth")} "01".`);
    expectRefusal(() => metric(null as never, [0, 1]), TypeError, `${list("truth")} null.`);
    expectRefusal(() => metric([0, 1], 7 as never), TypeError, `${list(name)} 7.`);
    expectRefusal(() => metric([0, 1], {} as never), TypeError, `${list(name)} a Object.`);
    expectRefusal(() => metric([], []), RangeError, `${call}: truth must hold at least one number, got [].`);
    expectRefusal(() => metric([0], []), RangeError, `${call}: ${name} must hold at least one number, got [].`);
  });

  it.each(Object.entries({ ...pairs, ...ids }))("%s refuses other than one prediction a row", (call, metric) => {
    const wanted = `${call}: predicted must hold one number for each row of truth, got`;
    expectRefusal(() => metric([0, 1], [0]), RangeError, `${wanted} 1 for 2 rows.`);
    expectRefusal(() => metric([0, 1], [0, 1, 1, 1]), RangeError, `${wanted} 4 for 2 rows.`);
  });

  it.each(Object.entries(tables))("%s refuses tables that rows do not divide", (call, metric) => {
    const least = call === "logLoss" ? ", at least 2," : "";
    const wanted = `${call}: ${names[call]} must hold the same count of numbers${least} for each row of truth, got`;
    expectRefusal(() => metric([0, 1], [0, 1, 1]), RangeError, `${wanted} 3 for 2 rows.`);
    expectRefusal(() => metric([0, 1], [1]), RangeError, `${wanted} 1 for 2 rows.`);
    if (least) expectRefusal(() => metric([0, 1], [0, 1]), RangeError, `${wanted} 2 for 2 rows.`);
  });

  it.each(Object.entries(ids))("%s refuses what is no class id", (call, metric) => {
    const range = call === "precisionRecallF1" ? "from 0 to 8" : ">= 0";
    const whole = (label: string) => `${call}: ${label} must be a whole number ${range}, got`;
    expectRefusal(() => metric([0, 1.5], [0, 1]), RangeError, `${whole("truth[1]")} 1.5.`);
    expectRefusal(() => metric([0, 1], [-1, 1]), RangeError, `${whole("predicted[0]")} -1.`);
    expectRefusal(() => metric([0, Number.NaN], [0, 1]), RangeError, `${whole("truth[1]")} NaN.`);
    const message = `${call}: predicted[1] must be a whole number, got "1".`;
    expectRefusal(() => metric([0, 1], [0, "1" as never]), TypeError, message);
  });

  it("precisionRecallF1 refuses ids beyond its classes, and counts of classes that are none", () => {
    const call = "precisionRecallF1";
    const message = `${call}: predicted[0] must be a whole number from 0 to 2, got 3.`;
    expectRefusal(() => precisionRecallF1([0], [3], 3), RangeError, message);
    const count = `${call}: classes must be a whole number from 1 to 4294967295, got`;
    for (const classes of [0, 1.5, 2 ** 32]) {
      expectRefusal(() => precisionRecallF1([0], [0], classes), RangeError, `${count} ${classes}.`);
    }
    expectRefusal(
      () => precisionRecallF1([0], [0], "3" as never),
      TypeError,
      `${call}: classes must be a whole number, got "3".`,
    );
  });

  it.each(Object.entries(tables))("%s refuses ids beyond the columns", (call, metric) => {
    const whole = `${call}: truth[1] must be a whole number from 0 to`;
    expectRefusal(() => metric([0, 2], [0.5, 0.5, 0.5, 0.5]), RangeError, `${whole} 1, got 2.`);
    expectRefusal(() => metric([0, 3], Array(6).fill(0.25)), RangeError, `${whole} 2, got 3.`);
    if (call !== "logLoss") expectRefusal(() => metric([0, 2], [0.5, 0.5]), RangeError, `${whole} 1, got 2.`);
  });

  it.each(Object.entries({ logLoss, brierScore }))("%s refuses what is no probability", (call, metric) => {
    const wanted = `${call}: probabilities[1] must be a finite number from 0 to 1, got`;
    for (const value of [1.5, -0.1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expectRefusal(() => metric([0], [0.5, value]), RangeError, `${wanted} ${value}.`);
    }
    const message = `${call}: probabilities[1] must be a number, got null.`;
    expectRefusal(() => metric([0], [0.5, null as never]), TypeError, message);
  });

  it("rocAuc refuses scores that are not finite, and classes without rows or without others", () => {
    const finite = "rocAuc: scores[1] must be a finite number, got NaN.";
    expectRefusal(() => rocAuc([0, 1], [0, Number.NaN]), RangeError, finite);
    const rows = (id: number, own: number, others: number) =>
      `rocAuc: truth must hold rows of class ${id} and of others, got ${own} and ${others}.`;
    expectRefusal(() => rocAuc([0, 0], [0, 1]), RangeError, rows(1, 0, 2));
    expectRefusal(() => rocAuc([1, 1, 1], [0, 1, 0, 1, 0, 1]), RangeError, rows(1, 3, 0));
    expectRefusal(() => rocAuc([0, 1], [1, 0, 0, 0, 1, 0]), RangeError, rows(2, 0, 2));
  });

  it.each(Object.entries(values))("%s refuses what is not finite", (call, metric) => {
    const infinite = `${call}: truth[0] must be a finite number, got Infinity.`;
    expectRefusal(() => metric([Number.POSITIVE_INFINITY], [0]), RangeError, infinite);
    expectRefusal(
      () => metric([0], [Number.NaN]),
      RangeError,
      `${call}: predicted[0] must be a finite number, got NaN.`,
    );
    expectRefusal(() => metric([0], [1n as never]), TypeError, `${call}: predicted[0] must be a number, got 1.`);
  });

  it("confusionMatrix refuses unequal lengths and ids beyond its classes", () => {
    const lengths = "confusionMatrix: truth and predicted must be equally long, got 2 and 1.";
    expectRefusal(() => confusionMatrix([0, 1], [0], 2), RangeError, lengths);
    const message = "confusionMatrix: ids must be whole numbers from 0 to 1, got 0 and 2 at 1.";
    expectRefusal(() => confusionMatrix([0, 0], [0, 2], 2), RangeError, message);
  });
});

/** Metrics against scikit-learn on fixed vectors. */
import { describe, expect, it } from "vitest";
import {
  accuracy,
  balancedAccuracy,
  brierScore,
  confusionMatrix,
  logLoss,
  precisionRecallF1,
  rocAuc,
} from "../../src/ground/classification-metrics.js";
import { meanAbsoluteError, meanSquaredError, r2 } from "../../src/ground/regression-metrics.js";
import { argmax } from "../../src/ground/statistics.js";
import { error, expectClose, pairsWon, TOLERANCE } from "./closeness.js";

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

/** Twice 2^-23: scikit-learn clips float32 above as well, at 1 - 2^-23, and then divides rows by their sums in float32. */
const SINGLE_PRECISION = 2 ** -22;

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

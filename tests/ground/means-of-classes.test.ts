/** Means of scores over classes, F-beta, Matthews' correlation, and what else is made of errors: figures, laws, doors. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  accuracy,
  confusionMatrix,
  fBeta,
  matthewsCorrelation,
  precisionRecallF1,
} from "../../src/ground/classification-metrics.js";
import { logCosh, meanSquaredError, rootMeanSquaredError } from "../../src/ground/regression-metrics.js";
import { error, expectClose } from "./closeness.js";

/*
What scikit-learn 1.2.1 says (/usr/bin/python3, numpy 1.24.2), and Python's decimals of log(cosh(x)), to all their digits.

unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE; /usr/bin/python3 -W ignore - <<'END'
import numpy, sklearn.metrics as m
numpy.set_printoptions(precision=17)
from decimal import Decimal as D, getcontext
y3, q3 = [0,0,1,1,2,2,0,2,1,1], [0,1,1,1,2,0,0,2,2,0]
y4, q4 = [0,1,2,3,3,1,0,2,2,1,0,0], [0,1,2,2,0,1,1,2,1,1,2,0]
t, g = [3,-.5,2,7,4.2,0], [2.5,0,2.1,8,4.2,-1]
for y, q in (y3, q3), (y4, q4):
    print(m.matthews_corrcoef(y, q))
    for average in 'micro', 'weighted':
        print(average, *m.precision_recall_fscore_support(y, q, average=average, zero_division=0)[:3])
    for beta in .5, 2:
        for average in None, 'macro', 'micro', 'weighted':
            print(beta, average, m.fbeta_score(y, q, beta=beta, average=average, zero_division=0))
print(m.matthews_corrcoef([0,0,1,1,1], [0,1,1,1,0]), m.matthews_corrcoef([1,1,1], [0,1,1]))
print(*m.precision_recall_fscore_support([0,0,1], [0,2,1], average='weighted', zero_division=0)[:3])
print(m.fbeta_score([0,0,1], [0,2,1], beta=3, average='weighted', zero_division=0))
print(m.mean_squared_error(t, g, squared=False))
getcontext().prec = 60
def lc(x):
    v = abs(D(x)); return v + ((1 + (-2*v).exp()) / 2).ln()
print([float(lc(x)) for x in [1e-9, 1e-3, .1, .5, 1, 1 + 2**-52, 2, 7.5, 30, 1e5, 1e300]])
print(float(sum(lc(D(a) - D(b)) for a, b in zip(t, g)) / 6))
END
*/
const THREE = { truth: [0, 0, 1, 1, 2, 2, 0, 2, 1, 1], predicted: [0, 1, 1, 1, 2, 0, 0, 2, 2, 0], classes: 3 };
/** Class 3 is never predicted. */
const FOUR = {
  truth: [0, 1, 2, 3, 3, 1, 0, 2, 2, 1, 0, 0],
  predicted: [0, 1, 2, 2, 0, 1, 1, 2, 1, 1, 2, 0],
  classes: 4,
};
const REGRESSION = { truth: [3, -0.5, 2, 7, 4.2, 0], predicted: [2.5, 0, 2.1, 8, 4.2, -1] };

describe("as scikit-learn", () => {
  it.each([
    ["three classes", THREE, 0.6, [0.6166666666666666, 0.6, 0.6]],
    ["four classes", FOUR, 0.5833333333333334, [0.49722222222222223, 0.5833333333333334, 0.5208333333333334]],
  ])("micro and weighted means: %s", (_, { truth, predicted, classes }, all, [precision, recall, f1]) => {
    const { micro, weighted } = precisionRecallF1(truth, predicted, classes);
    for (const score of [micro.precision, micro.recall, micro.f1]) expectClose(score, all);
    expectClose(weighted.precision, precision);
    expectClose(weighted.recall, recall);
    expectClose(weighted.f1, f1);
  });

  it("a class that is predicted and never true weighs nothing", () => {
    const { weighted } = precisionRecallF1([0, 0, 1], [0, 2, 1], 4);
    expectClose(weighted.precision, 1);
    expectClose(weighted.recall, 0.6666666666666666);
    expectClose(weighted.f1, 0.7777777777777777);
    expectClose(fBeta([0, 0, 1], [0, 2, 1], { beta: 3, classes: 4 }).weighted, 0.6842105263157894);
  });

  it.each([
    [
      ...["three", THREE, 0.5, [0.5263157894736842, 0.625, 0.6666666666666666]],
      ...[0.6059941520467835, 0.6, 0.6078947368421053],
    ],
    [
      ...["three", THREE, 2, [0.625, 0.5263157894736842, 0.6666666666666666]],
      ...[0.6059941520467835, 0.6, 0.5980263157894736],
    ],
    [
      ...["four", FOUR, 0.5, [0.625, 0.6521739130434783, 0.5263157894736842, 0]],
      ...[0.45087242562929064, 0.5833333333333334, 0.5029557589626239],
    ],
    [
      ...["four", FOUR, 2, [0.5263157894736842, 0.8823529411764706, 0.625, 0]],
      ...[0.5084171826625387, 0.5833333333333334, 0.5522768317853457],
    ],
  ] as [string, typeof THREE, number, number[], number, number, number][])("F-beta of %s classes", (...row) => {
    const [, { truth, predicted, classes }, beta, perClass, macro, micro, weighted] = row;
    const scores = fBeta(truth, predicted, { beta, classes });
    for (const [id, score] of scores.perClass.entries()) expectClose(score, perClass[id]);
    expectClose(scores.macro, macro);
    expectClose(scores.micro, micro);
    expectClose(scores.weighted, weighted);
  });

  it("Matthews' correlation", () => {
    expectClose(matthewsCorrelation(THREE.truth, THREE.predicted), 0.4090909090909091);
    expectClose(matthewsCorrelation(FOUR.truth, FOUR.predicted), 0.45081219358173436);
    expectClose(matthewsCorrelation([0, 0, 1, 1, 1], [0, 1, 1, 1, 0]), 0.16666666666666666);
    expect(matthewsCorrelation([1, 1, 1], [0, 1, 1])).toBe(0);
    expect(matthewsCorrelation([1, 1, 1], [1, 1, 1])).toBe(0);
  });

  it("the root of the mean squared error", () => {
    const { truth, predicted } = REGRESSION;
    expectClose(rootMeanSquaredError(truth, predicted), 0.6467869303977418);
    expect(rootMeanSquaredError(truth, predicted)).toBe(Math.sqrt(meanSquaredError(truth, predicted)));
  });
});

describe("log cosh", () => {
  it.each<[number, number]>([
    [1e-9, 5e-19],
    [1e-3, 4.999999166666889e-7],
    [0.1, 0.0049916888216465305],
    [0.5, 0.12011450695827752],
    [1, 0.4337808304830272],
    [1 + 2 ** -52, 0.43378083048302735],
    [2, 1.3250027473578645],
    [7.5, 6.806853125342329],
    [30, 29.306852819440056],
    [1e5, 99999.30685281944],
    [1e300, 1e300],
  ])("of an error of %f, either way", (x, wanted) => {
    expectClose(logCosh([x], [0]), wanted, 4e-16 + 4 * 2 ** -53);
    expect(logCosh([0], [x])).toBe(logCosh([x], [0]));
  });

  it("is the mean over rows, and over outputs that lie flat", () => {
    expectClose(logCosh(REGRESSION.truth, REGRESSION.predicted), 0.18546372728404267);
    expect(logCosh([3, 3], [3, 3])).toBe(0);
  });

  it("lies below half the square and below the absolute error, above the latter less log 2", () => {
    const errors = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(errors, (x) => {
        const value = logCosh([x], [0]);
        const slack = 1 + 1e-15;
        // Subnormal numbers have steps of 5e-324, whatever their size.
        expect(value).toBeLessThanOrEqual(Math.min((x * x) / 2, Math.abs(x)) * slack + 20 * Number.MIN_VALUE);
        expect(value).toBeGreaterThanOrEqual((Math.abs(x) - Math.LN2) / slack);
      }),
    );
  });

  it("control: cosh itself overflows, and its logarithm near 1 has no digits", () => {
    expect(Math.log(Math.cosh(1e5))).toBe(Number.POSITIVE_INFINITY);
    expect(error(Math.log(Math.cosh(1e-9)), 5e-19)).toBeGreaterThan(0.1);
  });
});

/** Rows of four classes, of which not all need occur. */
const rows = fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { minLength: 1, maxLength: 40 });
const columns = (list: [number, number][]) => [list.map(([t]) => t), list.map(([, p]) => p)] as const;

/** The correlation as Gorodkin defines it: covariances of the indicators of classes, summed. */
function byIndicators(truth: readonly number[], predicted: readonly number[]): number {
  const covariance = (a: readonly number[], b: readonly number[]) => {
    let sum = 0;
    for (let k = 0; k < 4; k++) {
      const share = (ids: readonly number[]) => ids.filter((id) => id === k).length / ids.length;
      const [meanA, meanB] = [share(a), share(b)];
      for (const [r, id] of a.entries()) sum += ((id === k ? 1 : 0) - meanA) * ((b[r] === k ? 1 : 0) - meanB);
    }
    return sum;
  };
  const whole = covariance(truth, truth) * covariance(predicted, predicted);
  return whole > 1e-9 ? covariance(truth, predicted) / Math.sqrt(whole) : 0;
}

describe("laws", () => {
  it("micro is the accuracy, weighted recall too; beta of 1 is F1, of 0 precision, of very many recall", () => {
    fc.assert(
      fc.property(rows, (list) => {
        const [truth, predicted] = columns(list);
        const { perClass, macro, micro, weighted } = precisionRecallF1(truth, predicted, 5);
        const right = accuracy(truth, predicted);
        expect(micro).toEqual({ precision: right, recall: right, f1: right });
        expectClose(weighted.recall, right);
        const of = (beta: number) => fBeta(truth, predicted, { beta, classes: 5 });
        expect(of(1)).toEqual({
          perClass: perClass.map(({ f1 }) => f1),
          ...{ macro: macro.f1, micro: micro.f1, weighted: weighted.f1 },
        });
        expect(of(0).perClass).toEqual(perClass.map(({ precision }) => precision));
        expect(of(1e300).perClass).toEqual(perClass.map(({ recall }) => recall));
        for (const [id, { precision, recall }] of perClass.entries()) {
          const score = of(2).perClass[id];
          expectClose(score, precision > 0 ? (5 * precision * recall) / (4 * precision + recall) : 0);
        }
      }),
    );
  });

  it("Matthews' correlation is that of indicators, the same both ways and by other names, -1 to 1", () => {
    fc.assert(
      fc.property(rows, (list) => {
        const [truth, predicted] = columns(list);
        const value = matthewsCorrelation(truth, predicted);
        expect(value).toBeCloseTo(byIndicators(truth, predicted), 10);
        expect(matthewsCorrelation(predicted, truth)).toBe(value);
        const renamed = (ids: readonly number[]) => ids.map((id) => 2 ** 40 - 7 * id);
        expect(matthewsCorrelation(renamed(truth), renamed(predicted))).toBe(value);
        expect(matthewsCorrelation([...truth].reverse(), [...predicted].reverse())).toBe(value);
        expect(value >= -1 && value <= 1).toBe(true);
        expect(matthewsCorrelation(truth, truth)).toBe(new Set(truth).size > 1 ? 1 : 0);
      }),
    );
  });

  it("of two classes it is that of the confusion matrix, and labels turned round turn it round", () => {
    const binary = fc.array(fc.tuple(fc.nat(1), fc.nat(1)), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(binary, (list) => {
        const [truth, predicted] = columns(list);
        const [[tn, fp], [fn, tp]] = confusionMatrix(truth, predicted, 2);
        const whole = (tp + fp) * (tp + fn) * (tn + fp) * (tn + fn);
        const value = matthewsCorrelation(truth, predicted);
        expectClose(value, whole > 0 ? (tp * tn - fp * fn) / Math.sqrt(whole) : 0);
        const turned = predicted.map((id) => 1 - id);
        expect(matthewsCorrelation(truth, turned)).toBeCloseTo(-value, 12);
      }),
    );
  });

  it("control: macro for weighted, and accuracy for the correlation, are noticed", () => {
    const weighted = fc.property(rows, (list) => {
      const scores = precisionRecallF1(...columns(list), 4);
      expectClose(scores.weighted.f1, scores.macro.f1);
    });
    expect(fc.check(weighted).failed).toBe(true);
    const right = fc.property(rows, (list) => {
      expectClose(matthewsCorrelation(...columns(list)), accuracy(...columns(list)));
    });
    expect(fc.check(right).failed).toBe(true);
  });
});

describe("doors", () => {
  it("fBeta refuses a beta below 0, counts of classes that are none, other options", () => {
    const of = (options: object) => () => fBeta([0, 1], [0, 1], options as never);
    for (const beta of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(of({ beta, classes: 2 })).toThrow(
        new RangeError(`fBeta: beta must be a finite number >= 0, got ${beta}.`),
      );
    }
    expect(of({ classes: 2 })).toThrow(new TypeError("fBeta: beta must be a number, got undefined."));
    expect(of({ beta: 1 })).toThrow(new TypeError("fBeta: classes must be a whole number, got undefined."));
    const id = "fBeta: truth[1] must be a whole number from 0 to 0, got 1.";
    expect(of({ beta: 1, classes: 1 })).toThrow(new RangeError(id));
    const key = 'fBeta: the options must be among beta, classes, got "average".';
    expect(of({ beta: 1, classes: 2, average: "micro" })).toThrow(new TypeError(key));
  });
});

/** Curves over thresholds and the average precision: against scikit-learn, by their laws, and what they refuse. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rocAuc } from "../../src/ground/classification-metrics.js";
import { averagePrecision, precisionRecallCurve, rocCurve } from "../../src/ground/score-curves.js";
import { expectClose } from "./closeness.js";

/*
What scikit-learn 1.2.1 says (/usr/bin/python3, numpy 1.24.2), every expected number below to all its digits. Its first threshold
of the ROC curve was the highest score + 1 then; it is infinite since 1.3. Of three classes it takes indicators.

unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE; /usr/bin/python3 -W ignore - <<'END'
import numpy as np, sklearn.metrics as m
y2, s2 = [0,1,1,0,1,0,0,1,1,0], [.1,.4,.35,.35,.8,.4,.1,.4,.9,.65]
y3 = [0,0,1,1,2,2,0,2,1,1]
p3 = [[.7,.2,.1],[.29,.4,.31],[.1,.8,.1],[.04,.95,.01],[.03,.07,.9],[.9,.07,.03],[.5,.3,.2],[.2,.1,.7],[.1,.3,.6],[.4,.35,.25]]
for curve in m.roc_curve(y2, s2, drop_intermediate=False), m.precision_recall_curve(y2, s2):
    print(*(list(map(float, numbers)) for numbers in curve), sep='\n')
print(m.average_precision_score(y2, s2), m.average_precision_score(y2, -np.array(s2)))
print(m.average_precision_score(np.eye(3)[y3], p3))
END
*/
const TRUTH = [0, 1, 1, 0, 1, 0, 0, 1, 1, 0];
const SCORES = [0.1, 0.4, 0.35, 0.35, 0.8, 0.4, 0.1, 0.4, 0.9, 0.65];
const THREE = {
  truth: [0, 0, 1, 1, 2, 2, 0, 2, 1, 1],
  probabilities: [
    ...[0.7, 0.2, 0.1, 0.29, 0.4, 0.31, 0.1, 0.8, 0.1, 0.04, 0.95, 0.01, 0.03, 0.07, 0.9],
    ...[0.9, 0.07, 0.03, 0.5, 0.3, 0.2, 0.2, 0.1, 0.7, 0.1, 0.3, 0.6, 0.4, 0.35, 0.25],
  ],
};
const both = (scores: readonly number[]) => scores.flatMap((p) => [1 - p, p]);
const negated = (scores: readonly number[]) => scores.map((score) => -score);

describe("as scikit-learn", () => {
  it("the ROC curve, with ties", () => {
    for (const scores of [SCORES, both(SCORES)]) {
      const { falsePositiveRates, truePositiveRates, thresholds } = rocCurve(TRUTH, scores);
      expect([...falsePositiveRates]).toEqual([0, 0, 0, 0.2, 0.4, 0.6, 1]);
      expect([...truePositiveRates]).toEqual([0, 0.2, 0.4, 0.4, 0.8, 1, 1]);
      expect([...thresholds]).toEqual([Number.POSITIVE_INFINITY, 0.9, 0.8, 0.65, 0.4, 0.35, 0.1]);
    }
  });

  it("the precision-recall curve, with ties", () => {
    for (const scores of [SCORES, both(SCORES)]) {
      const { precisions, recalls, thresholds } = precisionRecallCurve(TRUTH, scores);
      expect([...precisions]).toEqual([0.5, 0.625, 0.6666666666666666, 0.6666666666666666, 1, 1, 1]);
      expect([...recalls]).toEqual([1, 1, 0.8, 0.4, 0.4, 0.2, 0]);
      expect([...thresholds]).toEqual([0.1, 0.35, 0.4, 0.65, 0.8, 0.9]);
    }
  });

  it("the average precision, of two classes and of three", () => {
    expectClose(averagePrecision(TRUTH, SCORES), 0.7916666666666665);
    expectClose(averagePrecision(TRUTH, both(SCORES)), 0.7916666666666665);
    expectClose(averagePrecision(TRUTH, negated(SCORES)), 0.41031746031746025);
    expectClose(averagePrecision(THREE.truth, THREE.probabilities), 0.7402777777777777);
  });

  it("of rows of class 1 alone precision is 1; one score is one point", () => {
    expect(averagePrecision([1, 1], [0.3, 0.7])).toBe(1);
    expect([...precisionRecallCurve([1, 1], [0.3, 0.7]).precisions]).toEqual([1, 1, 1]);
    const { falsePositiveRates, truePositiveRates } = rocCurve([0, 1, 1], [5, 5, 5]);
    expect([...falsePositiveRates, ...truePositiveRates]).toEqual([0, 1, 0, 1]);
    expectClose(averagePrecision([0, 1, 1], [5, 5, 5]), 2 / 3);
  });
});

/** Rows of both classes; scores are few, so tied. */
const rows = fc
  .array(fc.tuple(fc.nat(1), fc.integer({ min: -4, max: 4 })), { minLength: 2, maxLength: 40 })
  .map((list) => list.map(([truth, score], r): [number, number] => [r < 2 ? r : truth, score]));
type Rows = [number, number][];
const truthOf = (list: Rows) => list.map(([truth]) => truth);
const scoresOf = (list: Rows) => list.map(([, score]) => score);

/** The area under lines between points. */
function trapezoids(x: ArrayLike<number>, y: ArrayLike<number>): number {
  let area = 0;
  for (let i = 1; i < x.length; i++) area += ((x[i] - x[i - 1]) * (y[i] + y[i - 1])) / 2;
  return area;
}

/** The average precision by its definition: precision times what recall gains at each threshold, over all rows anew. */
function byDefinition(list: Rows): number {
  const whole = list.filter(([truth]) => truth === 1).length;
  let [area, before] = [0, 0];
  for (const threshold of [...new Set(scoresOf(list))].sort((a, b) => b - a)) {
    const called = list.filter(([, score]) => score >= threshold);
    const hits = called.filter(([truth]) => truth === 1).length;
    area += ((hits - before) / whole) * (hits / called.length);
    before = hits;
  }
  return area;
}

describe("laws", () => {
  it("the area under the ROC curve is rocAuc, under the precision-recall curve's steps averagePrecision", () => {
    fc.assert(
      fc.property(rows, (list) => {
        const [truth, scores] = [truthOf(list), scoresOf(list)];
        const roc = rocCurve(truth, scores);
        expect(trapezoids(roc.falsePositiveRates, roc.truePositiveRates)).toBeCloseTo(rocAuc(truth, scores), 12);
        const { precisions, recalls, thresholds } = precisionRecallCurve(truth, scores);
        const steps = thresholds.reduce((sum, _, i) => sum + (recalls[i] - recalls[i + 1]) * precisions[i], 0);
        expectClose(averagePrecision(truth, scores), steps);
        expectClose(steps, byDefinition(list));
      }),
    );
  });

  it("both curves have one point a threshold and say the same of the rows at and above it", () => {
    fc.assert(
      fc.property(rows, (list) => {
        const [truth, scores] = [truthOf(list), scoresOf(list)];
        const roc = rocCurve(truth, scores);
        const { recalls, thresholds } = precisionRecallCurve(truth, scores);
        expect([...roc.thresholds].slice(1)).toEqual([...new Set(scores)].sort((a, b) => b - a));
        expect([...thresholds].reverse()).toEqual([...roc.thresholds].slice(1));
        expect([...recalls].reverse()).toEqual([...roc.truePositiveRates]);
        for (const rates of [roc.falsePositiveRates, roc.truePositiveRates]) {
          expect([...rates]).toEqual([...rates].sort((a, b) => a - b));
          expect([rates[0], rates[rates.length - 1]]).toEqual([0, 1]);
        }
      }),
    );
  });

  it("the order of rows changes no bit, and none but the order of scores matters", () => {
    const shuffled = rows.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, ([list, others]) => {
        const rising = scoresOf(list).map((score) => Math.exp(score) / 7);
        const truth = truthOf(list);
        const roc = rocCurve(truth, scoresOf(list));
        expect(rocCurve(truthOf(others), scoresOf(others))).toEqual(roc);
        expect(rocCurve(truth, rising)).toMatchObject({ ...roc, thresholds: expect.anything() });
        const curve = precisionRecallCurve(truth, scoresOf(list));
        expect(precisionRecallCurve(truthOf(others), scoresOf(others))).toEqual(curve);
        expect(precisionRecallCurve(truth, rising)).toMatchObject({ ...curve, thresholds: expect.anything() });
        expect(averagePrecision(truthOf(others), scoresOf(others))).toBe(averagePrecision(truth, rising));
      }),
    );
  });

  it("labels and scores turned round turn the ROC curve round; a perfect score is 1, a guess the share of class 1", () => {
    fc.assert(
      fc.property(rows, (list) => {
        const truth = truthOf(list);
        const { falsePositiveRates, truePositiveRates } = rocCurve(truth, scoresOf(list));
        const reversed = truth.map((id) => 1 - id);
        const turned = rocCurve(reversed, negated(scoresOf(list)));
        // The rest of each class, from the other end.
        const last = turned.thresholds.length - 1;
        for (let i = 0; i <= last; i++) {
          expect(1 - turned.falsePositiveRates[i]).toBeCloseTo(truePositiveRates[last - i], 12);
          expect(1 - turned.truePositiveRates[i]).toBeCloseTo(falsePositiveRates[last - i], 12);
        }
        const area = averagePrecision(truth, scoresOf(list));
        expect(area > 0 && area <= 1).toBe(true);
        expect(averagePrecision(truth, truth)).toBe(1);
        const guess = list.map(() => 0);
        expectClose(averagePrecision(truth, guess), truth.filter((id) => id === 1).length / list.length);
      }),
    );
  });

  it("the average precision of more classes is one against the rest", () => {
    const { truth, probabilities } = THREE;
    const areas = [0, 1, 2].map((id) => {
      const own = truth.map((each) => (each === id ? 1 : 0));
      return averagePrecision(
        own,
        truth.map((_, r) => probabilities[3 * r + id]),
      );
    });
    expectClose(averagePrecision(truth, probabilities), (areas[0] + areas[1] + areas[2]) / 3);
  });

  it("control: lines between points, and a tie that is split, are noticed", () => {
    const lines = fc.property(rows, (list) => {
      const { precisions, recalls } = precisionRecallCurve(truthOf(list), scoresOf(list));
      expectClose(averagePrecision(truthOf(list), scoresOf(list)), -trapezoids(recalls, precisions));
    });
    expect(fc.check(lines).failed).toBe(true);
    const split = fc.property(rows, (list) => {
      // Each row a threshold of its own, in the order of the rows.
      const apart = scoresOf(list).map((score, r) => score - r / 1000);
      expectClose(averagePrecision(truthOf(list), apart), averagePrecision(truthOf(list), scoresOf(list)));
    });
    expect(fc.check(split).failed).toBe(true);
  });
});

describe("doors", () => {
  const curves = { rocCurve, precisionRecallCurve };

  it.each(Object.entries({ ...curves, averagePrecision }))(
    "%s refuses what is no list, lengths that do not fit, ids and scores",
    (call, metric) => {
      const refuse = (truth: unknown, scores: unknown, error: Error) =>
        expect(() => metric(truth as number[], scores as number[])).toThrow(error);
      refuse("01", [0, 1], new TypeError(`${call}: truth must be a list of numbers, got "01".`));
      refuse([0, 1], null, new TypeError(`${call}: scores must be a list of numbers, got null.`));
      refuse([], [], new RangeError(`${call}: truth must hold at least one number, got [].`));
      const ids = `${call}: truth[1] must be a whole number from 0 to 1, got 2.`;
      refuse([0, 2], [0.5, 0.5], new RangeError(ids));
      refuse([1, 0], [0.5, Number.NaN], new RangeError(`${call}: scores[1] must be a finite number, got NaN.`));
      refuse([1, 0], [0.5, "1"], new TypeError(`${call}: scores[1] must be a number, got "1".`));
      refuse([0, 0], [0.5, 1], new RangeError(`${call}: truth must hold rows of class 1, got none.`));
    },
  );

  it.each(Object.entries(curves))("%s refuses more than two columns", (call, metric) => {
    const error = `${call}: scores must hold one number or two for each row of truth, got 6 for 2 rows.`;
    expect(() => metric([0, 1], [1, 0, 0, 0, 1, 0])).toThrow(new RangeError(error));
    expect(() => metric([0, 1], [1, 0, 0])).toThrow(new RangeError(error.replace("got 6", "got 3")));
  });

  it("a single class has no ROC curve, and none of more classes may be missing", () => {
    const error = "rocCurve: truth must hold rows of class 0 too, got 2 of class 1 alone.";
    expect(() => rocCurve([1, 1], [0, 1])).toThrow(new RangeError(error));
    const none = "averagePrecision: truth must hold rows of class 2, got none.";
    expect(() => averagePrecision([0, 1], [1, 0, 0, 0, 1, 0])).toThrow(new RangeError(none));
  });
});

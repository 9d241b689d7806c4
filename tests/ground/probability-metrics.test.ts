/** Top-k accuracy and the calibration error: against scikit-learn and numpy, by their laws, and what they refuse. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { accuracy } from "../../src/ground/classification-metrics.js";
import { calibrationError, topKAccuracy } from "../../src/ground/probability-metrics.js";
import { argmax } from "../../src/ground/statistics.js";
import { error, expectClose } from "./closeness.js";

/*
What scikit-learn 1.2.1 says (/usr/bin/python3, numpy 1.24.2), and of calibration numpy by the definition of Guo et al. 2017.

unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE; /usr/bin/python3 -W ignore - <<'END'
import numpy as np, sklearn.metrics as m
y2, s2 = [0,1,1,0,1,0,0,1,1,0], np.array([.1,.4,.35,.35,.8,.4,.1,.4,.9,.65])
y3 = [0,0,1,1,2,2,0,2,1,1]
p3 = np.array([[.7,.2,.1],[.29,.4,.31],[.1,.8,.1],[.04,.95,.01],[.03,.07,.9],[.9,.07,.03],[.5,.3,.2],[.2,.1,.7],[.1,.3,.6],
               [.4,.35,.25]])
def ece(y, p, bins):
    conf, right = p.max(axis=1), p.argmax(axis=1) == y
    bounds, sum = np.linspace(0, 1, bins + 1), 0
    for low, high in zip(bounds[:-1], bounds[1:]):
        inside = (conf > low) & (conf <= high)
        if inside.any(): sum += inside.mean() * abs(right[inside].mean() - conf[inside].mean())
    return sum
print([m.top_k_accuracy_score(y3, p3, k=k) for k in (1, 2)])
for bins in 1, 4, 10, 15: print(bins, ece(y3, p3, bins), ece(y2, np.stack([1 - s2, s2], axis=1), bins))
END
*/
const TRUTH = [0, 1, 1, 0, 1, 0, 0, 1, 1, 0];
const SINGLE = [0.1, 0.4, 0.35, 0.35, 0.8, 0.4, 0.1, 0.4, 0.9, 0.65];
const THREE = {
  truth: [0, 0, 1, 1, 2, 2, 0, 2, 1, 1],
  probabilities: [
    ...[0.7, 0.2, 0.1, 0.29, 0.4, 0.31, 0.1, 0.8, 0.1, 0.04, 0.95, 0.01, 0.03, 0.07, 0.9],
    ...[0.9, 0.07, 0.03, 0.5, 0.3, 0.2, 0.2, 0.1, 0.7, 0.1, 0.3, 0.6, 0.4, 0.35, 0.25],
  ],
};
const both = (column: readonly number[]) => column.flatMap((p) => [1 - p, p]);

describe("as scikit-learn and numpy", () => {
  it("top-k accuracy", () => {
    const { truth, probabilities } = THREE;
    expectClose(topKAccuracy(truth, probabilities, { k: 1 }), 0.6);
    expectClose(topKAccuracy(truth, probabilities), 0.8);
    expectClose(topKAccuracy(truth, Float32Array.from(probabilities), { k: 2, classes: 3 }), 0.8);
    expect(topKAccuracy(truth, probabilities, { k: 3 })).toBe(1);
  });

  it("of equal scores the lower id comes first, as in predict; scikit-learn says 0 and 1 here", () => {
    expect(topKAccuracy([0], [0.3, 0.4, 0.3])).toBe(1);
    expect(topKAccuracy([2], [0.3, 0.4, 0.3])).toBe(0);
  });

  it.each([
    [1, 0.08499999999999996, 0.125],
    [4, 0.08499999999999999, 0.22500000000000003],
    [10, 0.35500000000000004, 0.225],
    [15, 0.35500000000000004, 0.225],
  ])("calibration error in %i bins", (bins, three, two) => {
    expectClose(calibrationError(THREE.truth, THREE.probabilities, { bins }), three);
    expectClose(calibrationError(TRUTH, SINGLE, { bins }), two);
    expectClose(calibrationError(TRUTH, both(SINGLE), { bins }), two);
    if (bins === 15) expect(calibrationError(TRUTH, SINGLE)).toBe(calibrationError(TRUTH, SINGLE, { bins }));
  });

  it("a bound belongs to the bin below it, rounded products or not", () => {
    // 0.55 · 100 is a little more than 55; in the 56th bin the two rows would make up for each other.
    expect(0.55 * 100).toBeGreaterThan(55);
    expectClose(calibrationError([1, 0], [0.55, 0.555], { bins: 100 }), (0.45 + 0.555) / 2);
    expectClose(calibrationError([1, 0], [0.556, 0.555], { bins: 100 }), (0.556 + 0.555 - 1) / 2);
    // At ½ class 0 is predicted, as predict does.
    expect(calibrationError([0, 1], [0.5, 0.5])).toBe(0);
    expect(calibrationError([1], [0.5])).toBe(0.5);
    // Nothing is promised: the first bin.
    expect(calibrationError([0], [0, 0])).toBe(1);
  });
});

/** Rows of three classes; weights are few, so tied. */
const rows = fc.array(fc.record({ id: fc.nat(2), weights: fc.tuple(fc.nat(4), fc.nat(4), fc.nat(4)) }), {
  minLength: 1,
  maxLength: 30,
});
type Rows = { id: number; weights: [number, number, number] }[];
const truthOf = (list: Rows) => list.map(({ id }) => id);
const tableOf = (list: Rows) =>
  list.flatMap(({ weights }) => {
    const total = weights[0] + weights[1] + weights[2];
    return weights.map((weight) => (total > 0 ? weight / total : 1 / 3));
  });

describe("laws", () => {
  it("top 1 is the accuracy of what is predicted, ties too; more classes are no worse, all are right", () => {
    fc.assert(
      fc.property(rows, (list) => {
        const table = tableOf(list);
        const predicted = list.map((_, r) => argmax(table, 3 * r, 3));
        const [one, two, three] = [1, 2, 3].map((k) => topKAccuracy(truthOf(list), table, { k }));
        expect(one).toBe(accuracy(truthOf(list), predicted));
        expect(two).toBeGreaterThanOrEqual(one);
        expect(three).toBe(1);
        // None but the order matters.
        const logits = table.map((p) => 3 * p - 7);
        expect(topKAccuracy(truthOf(list), logits)).toBe(two);
      }),
    );
  });

  it("the calibration error lies between 0 and 1, above that of fewer bins, whatever the order of rows", () => {
    const shuffled = rows.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length })),
    );
    fc.assert(
      fc.property(shuffled, ([list, others]) => {
        const errors = [1, 5, 15].map((bins) => calibrationError(truthOf(list), tableOf(list), { bins }));
        for (const value of errors) expect(value >= 0 && value <= 1).toBe(true);
        // Each bin of 5 is three of 15.
        expect(errors[2]).toBeGreaterThanOrEqual(errors[1] - 1e-12);
        expect(errors[1]).toBeGreaterThanOrEqual(errors[0] - 1e-12);
        expect(calibrationError(truthOf(others), tableOf(others))).toBeCloseTo(errors[2], 12);
      }),
    );
  });

  it("certain rows cost the share that is wrong; labels and probabilities turned round cost the same", () => {
    const binary = fc.array(fc.tuple(fc.nat(1), fc.nat(16)), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(binary, (list) => {
        const truth = list.map(([id]) => id);
        const certain = list.map(([, n]) => (n > 8 ? 1 : 0));
        expect(calibrationError(truth, certain)).toBeCloseTo(1 - accuracy(truth, certain), 12);
        // At ½ one class is predicted and not the other.
        const column = list.map(([, n]) => (n === 8 ? 0.75 : n / 16));
        const reversed = truth.map((id) => 1 - id);
        const turned = column.map((p) => 1 - p);
        expect(calibrationError(reversed, turned)).toBeCloseTo(calibrationError(truth, column), 12);
      }),
    );
  });

  it("control: ties that count as won, and the probability of class 1 for the confidence, are noticed", () => {
    const won = fc.property(rows, (list) => {
      const table = tableOf(list);
      const best = list.filter(({ id }, r) => table[3 * r + id] >= Math.max(...table.slice(3 * r, 3 * r + 3)));
      expect(topKAccuracy(truthOf(list), table, { k: 1 })).toBe(best.length / list.length);
    });
    expect(fc.check(won).failed).toBe(true);
    const own = TRUTH.reduce((sum, id, r) => sum + Math.abs(id - SINGLE[r]), 0) / TRUTH.length;
    expect(error(calibrationError(TRUTH, SINGLE), own)).toBeGreaterThan(0.01);
  });
});

describe("doors", () => {
  const refuse = (call: () => unknown, error: Error) => expect(call).toThrow(error);

  it("topKAccuracy refuses k beyond the classes, other classes, single columns", () => {
    const call = "topKAccuracy";
    const table = [0.5, 0.2, 0.3];
    const of = (truth: number[], given: number[], options: object) => () => topKAccuracy(truth, given, options);
    for (const k of [0, 4, 1.5]) {
      refuse(of([0], table, { k }), new RangeError(`${call}: k must be a whole number from 1 to 3, got ${k}.`));
    }
    refuse(of([0], table, { k: "1" }), new TypeError(`${call}: k must be a whole number, got "1".`));
    const count = `${call}: classes must be 3, as many as each row has numbers, got 2.`;
    refuse(of([0], table, { classes: 2 }), new RangeError(count));
    const single = `${call}: probabilities must hold the same count of numbers, at least 2, for each row of truth, got 1 for 1 rows.`;
    refuse(of([0], [0.5], {}), new RangeError(single));
    refuse(of([3], table, {}), new RangeError(`${call}: truth[0] must be a whole number from 0 to 2, got 3.`));
    refuse(of([0], table, { n: 1 }), new TypeError(`${call}: the options must be among k, classes, got "n".`));
  });

  it("calibrationError refuses what is no probability and no count of bins", () => {
    const call = "calibrationError";
    for (const bins of [0, 2.5, 2 ** 20 + 1]) {
      const message = `${call}: bins must be a whole number from 1 to 1048576, got ${bins}.`;
      refuse(() => calibrationError([0], [0.5], { bins }), new RangeError(message));
    }
    const range = `${call}: probabilities[0] must be a finite number from 0 to 1, got 1.5.`;
    refuse(() => calibrationError([0], [1.5]), new RangeError(range));
    const wanted = `${call}: truth[0] must be a whole number from 0 to 1, got 2.`;
    refuse(() => calibrationError([2], [0.5]), new RangeError(wanted));
    const options = `${call}: the options must be an object, got 10. Pass {} for the defaults.`;
    refuse(() => calibrationError([0], [0.5], 10 as never), new TypeError(options));
  });
});

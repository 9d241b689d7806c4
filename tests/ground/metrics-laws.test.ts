/** Metrics by their laws, on any rows. */
import fc from "fast-check";
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
import { expectClose, pairsWon, TOLERANCE } from "./closeness.js";

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

  it("control: a tie that counts as lost, and a sum in the order of the rows, are noticed", () => {
    const lost = fc.property(rowsOf(2), (rows) => {
      expect(rocAuc(truthOf(rows), scoresOf(rows))).toBe(pairsWon(truthOf(rows), scoresOf(rows), 0));
    });
    expect(fc.check(lost).failed).toBe(true);
    const ordered = fc.property(rowsOf(2), (rows) => {
      const weighted = (each: Rows) => each.reduce((sum, { value }, r) => sum + r * value, 0);
      expectClose(weighted([...rows].reverse()), weighted(rows));
    });
    expect(fc.check(ordered).failed).toBe(true);
  });
});

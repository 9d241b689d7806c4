/** What metrics refuse, and in which sentence. */
import { describe, expect, it } from "vitest";
import {
  accuracy,
  balancedAccuracy,
  brierScore,
  confusionMatrix,
  logLoss,
  matthewsCorrelation,
  precisionRecallF1,
  rocAuc,
} from "../../src/ground/classification-metrics.js";
import {
  logCosh,
  meanAbsoluteError,
  meanSquaredError,
  r2,
  rootMeanSquaredError,
} from "../../src/ground/regression-metrics.js";

describe("doors", () => {
  const values = { meanSquaredError, meanAbsoluteError, r2, rootMeanSquaredError, logCosh };
  const pairs = { accuracy, balancedAccuracy, ...values };
  const ids = {
    accuracy,
    balancedAccuracy,
    matthewsCorrelation,
    precisionRecallF1: (t: number[], p: number[]) => precisionRecallF1(t, p, 9),
  };
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
    expectRefusal(() => metric([0, 1], {} as never), TypeError, `${list(name)} an object.`);
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
    const count = `${call}: classes must be a whole number from 1 to 1048576, got`;
    for (const classes of [0, 1.5, 2 ** 20 + 1]) {
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
    expectRefusal(() => metric([0], [1n as never]), TypeError, `${call}: predicted[0] must be a number, got 1n.`);
  });

  it("confusionMatrix refuses unequal lengths and ids beyond its classes", () => {
    const lengths = "confusionMatrix: predicted must hold one number for each row of truth, got 1 for 2 rows.";
    expectRefusal(() => confusionMatrix([0, 1], [0], 2), RangeError, lengths);
    const message = "confusionMatrix: predicted[1] must be a whole number from 0 to 1, got 2.";
    expectRefusal(() => confusionMatrix([0, 0], [0, 2], 2), RangeError, message);
    const count = "confusionMatrix: classes must be a whole number from 1 to 4096, got 1000000.";
    expectRefusal(() => confusionMatrix([0], [0], 1e6), RangeError, count);
  });

  it("control: what is not refused, or in another sentence, or as another kind of error, is noticed", () => {
    const sentence = "accuracy: truth must hold at least one number, got [].";
    expectRefusal(() => accuracy([], []), RangeError, sentence);
    for (const [call, kind, message] of [
      [() => accuracy([1], [1]), RangeError, sentence],
      [() => accuracy([], []), RangeError, sentence.replace("one", "two")],
      [() => accuracy([], []), TypeError, sentence],
    ] as const) {
      expect(() => expectRefusal(call, kind, message)).toThrow();
    }
  });
});

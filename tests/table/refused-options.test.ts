/** Options that would be left out without a word, and values whose refusal must say what is wrong with them. */
import { describe, expect, it } from "vitest";
import { Classifier, Regressor } from "../../src/index.js";

const rows = Array.from({ length: 60 }, (_, i) => ({
  a: (i * 37) % 60,
  c: i % 4 ? "p" : "q",
  v: i % 7,
  w: 1 + (i % 3),
}));
const quick = { seed: 1, hidden: [4], ensemble: 1, epochs: 2 };
const fitValues = (options: object, own: readonly object[] = rows) =>
  Regressor.fit(own, { target: "v", ...quick, ...options });
const fitLabels = (options: object) => Classifier.fit(rows, { target: "c", ...quick, ...options });

describe("options that a model has no use for", () => {
  it("a Regressor has no classes to give weights to, in a fit, a cross-validation and a search", async () => {
    const message = /the options must be among .*, got "classWeights"/;
    const several = { target: ["v", "a"], ...quick, classWeights: "balanced" };
    await expect(Regressor.fit(rows, several)).rejects.toThrow(message);
    const space = { hidden: [[2], [3]], classWeights: ["balanced"] };
    await expect(Regressor.search(rows, space, { target: "v", ...quick, folds: 2, trials: 1 })).rejects.toThrow(
      message,
    );
    for (const classWeights of ["balanced", { p: 2 }]) {
      const options = { target: "v", ...quick, classWeights };
      await expect(Regressor.fit(rows, options)).rejects.toThrow(message);
      await expect(Regressor.crossValidate(rows, { ...options, folds: 2 })).rejects.toThrow(message);
      await expect(Regressor.search(rows, { ...options, folds: 2, trials: 1 })).rejects.toThrow(message);
    }
  });

  it("what a Map holds is no option: it is refused where an object is asked for", async () => {
    const byLabel = new Map([["p", 2]]);
    await expect(fitLabels({ classWeights: byLabel })).rejects.toThrow("a weight a label, got a Map.");
    const several = { target: ["c", "w"], classWeights: new Map([["c", { p: 2 }]]) };
    await expect(fitLabels(several)).rejects.toThrow("a weight a label, got a Map.");
    const model = await fitLabels({});
    const predict = (costs: object) => model.predict(rows, { costs } as never);
    expect(() => predict(new Map([["p", { q: 9 }]]))).toThrow("predict: costs must be an object, got a Map.");
    expect(() => predict({ p: byLabel })).toThrow('predict: costs["p"] must be an object, got a Map.');
    expect(() => model.evaluate(rows, new Map([["weights", "w"]]) as never)).toThrow("must be an object, got a Map.");
  });
});

describe("refusals say what is wrong", () => {
  it("of weights: a column that no row has, a number that is too large", async () => {
    const message = 'weights must name a column of the rows, got "nope".';
    await expect(fitValues({ weights: "nope" })).rejects.toThrow(`Regressor.fit: ${message}`);
    const columns = { a: rows.map(({ a }) => a), v: rows.map(({ v }) => v) };
    await expect(Regressor.fit(columns, { target: "v", ...quick, weights: "nope" })).rejects.toThrow(message);
    const model = await fitValues({});
    expect(() => model.evaluate(rows, { weights: "nope" })).toThrow(`evaluate: ${message}`);
    // A column of which the first row lacks its value is there.
    const first = rows.map(({ w, ...row }, i) => (i ? { ...row, w } : row));
    await expect(fitValues({ weights: "w" }, first)).rejects.toThrow('got undefined at row 0, column "w".');
    const large = rows.map((_, i) => (i === 3 ? 1e300 : 1));
    await expect(fitValues({ weights: large })).rejects.toThrow(
      /weights must be numbers from 0 to 1\.26\S+, got 1e\+300 at row 3\./,
    );
  });

  it("of values: finite numbers that float32 has not, no amount above 0 for logarithms", async () => {
    const large = rows.map((row, i) => (i === 3 ? { ...row, v: 1e300 } : row));
    await expect(fitValues({}, large)).rejects.toThrow(
      "must be numbers that are finite in float32, got 1e+300 at row 3.",
    );
    const zeros = rows.map((row) => ({ ...row, v: 0 }));
    const message = 'target "v" must be above 0 in a row at least for transform: "log", got 0. Pass "none".';
    await expect(fitValues({ transform: "log" }, zeros)).rejects.toThrow(message);
  });
});

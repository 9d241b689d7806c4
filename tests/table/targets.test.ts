/** Targets as people write them: trimmed, and read for missing values as columns are. */
import { describe, expect, it } from "vitest";
import { Classifier, inTurns, Regressor } from "../../src/index.js";

const options = { target: "y", hidden: [3], ensemble: 1, epochs: 2, validation: 0 };
const rowsOf = (targets: readonly unknown[]) => targets.map((y, x) => ({ x: (7 * x) % 5, y }));
const values = [1, 2, 5, 3, 8, 4, 4, 9, 2, 7];

describe("targets", () => {
  it("that are text are trimmed: values in every form, labels, in scores too", async () => {
    const plain = await Regressor.fit(rowsOf(values), options);
    const padded = rowsOf(values.map((value) => ` ${value}\t`));
    const model = await Regressor.fit(padded, options);
    expect(model.predict(padded)).toEqual(plain.predict(padded));
    expect(model.evaluate(padded)).toEqual(plain.evaluate(rowsOf(values)));
    const money = await Regressor.fit(rowsOf(values.map((value) => `\n$${value},000 `)), options);
    expect(money.evaluate(rowsOf(values.map((value) => ` $${value},000`))).r2).toBeTypeOf("number");
    const labels = values.map((value) => (value > 3 ? "much" : "little"));
    const some = rowsOf(labels.map((label, r) => (r % 2 ? ` ${label}` : `${label}\r`)));
    const classifier = await Classifier.fit(some, options);
    expect(classifier.labels).toEqual(["little", "much"]);
    expect(classifier.evaluate(some)).toEqual(classifier.evaluate(rowsOf(labels)));
  });

  const missing = [null, undefined, Number.NaN, "", "  ", "?? ", -999, "-999.0"];

  it.each(missing)("%j is missing where missing names it, and refused by its row", async (value) => {
    const named = { ...options, missing: ["??", -999] };
    const spoiled = rowsOf(values.map((own, r) => (r === 6 ? value : own)));
    const error = {
      name: "TypeError",
      row: 6,
      column: "y",
      message: expect.stringContaining("each row must hold its target"),
    };
    await expect(Regressor.fit(spoiled, named)).rejects.toMatchObject(error);
    const labels = rowsOf(values.map((own, r) => (r === 6 ? value : own > 3 ? "much" : "little")));
    // As in columns of text, which compare texts: "-999.0" is a label.
    if (value !== "-999.0") await expect(Classifier.fit(labels, named)).rejects.toMatchObject(error);
    // Rows that are scored, learned from or held out, too.
    const model = await Regressor.fit(rowsOf(values), named);
    const again = await Regressor.load(model.save());
    for (const call of [
      () => model.evaluate(spoiled),
      () => again.evaluate(spoiled),
      () => inTurns(model).evaluate(spoiled),
      () => model.partialFit(spoiled),
      () => model.importance(spoiled),
      () => Regressor.fit(rowsOf(values), { ...named, validation: spoiled }),
    ]) {
      await expect((async () => call())()).rejects.toMatchObject(error);
    }
  });

  it.each(["NA", " n/a", "null", "-", "NaN"])("%j is missing among numbers without being named", async (value) => {
    const spoiled = rowsOf(values.map((own, r) => (r === 6 ? value : own)));
    const error = { row: 6, column: "y", message: expect.stringContaining("each row must hold its target") };
    await expect(Regressor.fit(spoiled, options)).rejects.toMatchObject(error);
  });

  it("control: what is not named is a value, and among labels a label that is told of", async () => {
    const spoiled = rowsOf(values.map((own, r) => (r === 6 ? -999 : own)));
    expect((await Regressor.fit(spoiled, options)).evaluate(spoiled).meanAbsoluteError).toBeGreaterThan(1);
    const labels = rowsOf(values.map((own, r) => (r === 6 ? "NA" : own > 3 ? "much" : "little")));
    const { labels: found, warnings } = await Classifier.fit(labels, options);
    expect(found).toContain("NA");
    expect(warnings.map(({ code }) => code)).toContain("missing-texts");
  });
});

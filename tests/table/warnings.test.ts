/** What a program is told: warnings of a fit and of predictions, in the model, its summary, its file and by `onWarning`. */

import { describe, expect, it } from "vitest";
import { Classifier, cosineDecay, Regressor, sgd, type TableWarning } from "../../src/index.js";

type Row = Record<string, unknown>;

/** Sixty rows, each with one more property. */
const rowsWith = (of: (i: number) => unknown): Row[] =>
  Array.from({ length: 60 }, (_, i) => ({ a: (i * 7) % 11, x: of(i), y: (i * 7) % 11 > 5 ? "p" : "q" }));
const options = { target: "y", hidden: [4], epochs: 3 };
const told = async (rows: Row[], more: object = {}) =>
  (await Classifier.fit(rows, { ...options, ...more })).warnings.filter(({ code }) => code !== "still-fell");

describe("a fit warns", () => {
  const fits: [string, (i: number) => unknown, TableWarning["code"], string][] = [
    ["of a constant column", () => 1, "ignored", 'column "x": it is the same in all rows, and is ignored.'],
    [
      "of free text",
      (i) => `text ${i * i} and ${i}`,
      "ignored",
      'column "x": it tells rows apart rather than describing them, and is ignored. If it describes them, pass columns: { "x": "text" }.',
    ],
    [
      "of known markers",
      (i) => (i % 20 === 3 ? "N/A" : i),
      "missing-texts",
      'column "x": "N/A" in 3 of the rows, first in row 3, counted as missing. If it is a text of its own, pass columns: { "x": "text" }.',
    ],
    [
      "of one odd cell",
      (i) => (i === 17 ? "####" : i * i),
      "unreadable",
      'column "x": "####" in 1 of the rows, first in row 17, which is no number as the others are: counted as missing, as any other such text will be.',
    ],
    [
      "of years of two digits",
      (i) => `${1 + (i % 28)}/12/${10 + i}`,
      "two-digit-years",
      'column "x": years of two digits are read as those from 1970 to 2069.',
    ],
    [
      "of padded numbers",
      (i) => String(i * 37).padStart(5, "0"),
      "padded-numbers",
      'column "x": "00000" is read as a number. If it is a code, pass columns: { "x": "text" }.',
    ],
    [
      "of a column that numbers the rows",
      (i) => i + 1,
      "row-number",
      'column "x": it numbers the rows, and is read as a number. If that says nothing of a row, pass columns: { "x": "ignore" }.',
    ],
    [
      "of more categories than are features",
      (i) => `t${i % 25}`,
      "rare-categories",
      'column "x": all but its 20 most frequent texts share one feature. Pass maxCategories for more.',
    ],
  ];
  for (const [name, of, code, message] of fits) {
    it(name, async () => expect(await told(rowsWith(of))).toEqual([{ code, column: "x", message }]));
  }

  it("of nothing where nothing is odd, nor of what the options say", async () => {
    expect(await told(rowsWith((i) => (i * 13) % 17))).toEqual([]);
    expect(
      await told(
        rowsWith(() => 1),
        { columns: { x: "ignore" } },
      ),
    ).toEqual([]);
    expect(
      await told(
        rowsWith((i) => i),
        { columns: { x: "number" } },
      ),
    ).toEqual([]);
  });

  it("of a training that was cut off, and of a target that never varies", async () => {
    const [warning] = (
      await Classifier.fit(
        rowsWith((i) => i % 3),
        options,
      )
    ).warnings;
    expect(warning).toEqual({
      code: "still-fell",
      message: "training ended after 3 epochs while the loss still fell. Pass more epochs.",
    });
    const long = await Classifier.fit(
      rowsWith((i) => i % 3),
      { target: "y", earlyStopping: { patience: 3, minDelta: 0.01 } },
    );
    expect([long.history.stopped, long.warnings]).toEqual(["early", []]);
    // A rate that has fallen to next to nothing has no more to give, however good the last epoch is.
    const cooled = await Classifier.fit(
      rowsWith((i) => i % 3),
      {
        target: "y",
        epochs: 12,
        validation: 0,
        optimizer: sgd({ learningRate: cosineDecay({ initial: 0.3, over: 12 }) }),
      },
    );
    expect([cooled.history.stopped, cooled.history.bestEpoch, cooled.warnings]).toEqual(["done", 11, []]);
    const flat = await Regressor.fit(
      rowsWith((i) => i % 3).map(({ y, ...row }) => ({ ...row, y: 7 })),
      options,
    );
    expect(flat.warnings).toContainEqual({
      code: "constant-target",
      column: "y",
      message: 'target "y": it is 7 in all rows, so there is nothing to learn.',
    });
  });

  it("also in the summary, in the file, and through onWarning, once however many fits there are", async () => {
    const rows = rowsWith((i) => (i === 17 ? "####" : i * i));
    const heard: TableWarning[] = [];
    const model = await Classifier.fit(rows, { ...options, onWarning: (warning) => heard.push(warning) });
    // The row itself is told; the model keeps what its file does, the sentence that names it.
    expect(heard.map(({ row, ...kept }) => kept)).toEqual(model.warnings);
    expect(heard.map(({ row }) => row)).toEqual([17, undefined]);
    for (const { message } of model.warnings) expect(model.summary()).toContain(`  ${message}\n`);
    expect((await Classifier.load(model.save())).warnings).toEqual(model.warnings);
    const again: TableWarning[] = [];
    await Classifier.crossValidate(rows, { ...options, folds: 4, onWarning: (warning) => again.push(warning) });
    expect(again.filter(({ code }) => code === "unreadable")).toHaveLength(1);
  });

  it("of a row by its number: markers, odd cells, far values of columns and of targets, of several targets too", async () => {
    const rows = rowsWith((i) => (i === 17 ? 1e9 : i * i)).map((row, i) => ({
      ...row,
      m: i === 21 ? "N/A" : (i * 13) % 17,
      y: i === 33 ? 1e9 : i % 7,
      z: i % 5,
    }));
    const heard: TableWarning[] = [];
    const onWarning = (warning: TableWarning) => void heard.push(warning);
    await Regressor.fit(rows, { ...options, target: ["y", "z"], onWarning });
    const located = heard.filter(({ row }) => row !== undefined).map(({ code, column, row }) => [code, column, row]);
    expect(located.sort()).toEqual([
      ["far-values", "x", 17],
      ["far-values", "y", 33],
      ["missing-texts", "m", 21],
    ]);
    for (const { row, message } of heard)
      if (row !== undefined) expect(message).toMatch(new RegExp(` in row ${row}\\b`));
  });
});

describe("a prediction warns", () => {
  it("once a column of a text for a missing value that training never saw, and answers", async () => {
    const heard: TableWarning[] = [];
    const model = await Classifier.fit(
      rowsWith((i) => (i * 13) % 17),
      {
        ...options,
        onWarning: (warning) => heard.push(warning),
      },
    );
    const before = model.warnings.length;
    const bytes = model.save();
    for (const odd of ["?", "NA", "n/a", "null", "-", "nan"]) {
      expect(model.predictProba({ a: 3, x: odd })).toEqual(model.predictProba({ a: 3 }));
    }
    expect(model.warnings.slice(before)).toEqual([
      {
        code: "late-marker",
        column: "x",
        message: 'column "x": "?" is counted as missing, of which training rows had none.',
      },
    ]);
    expect(heard).toEqual(model.warnings);
    expect(model.save()).toEqual(bytes);
    expect(() => model.predict({ a: 3, x: "twelve" })).toThrow(
      'predict: column "x" must hold numbers, got "twelve" at row 0.',
    );
  });

  it("of nothing where training rows had such texts", async () => {
    const model = await Classifier.fit(
      rowsWith((i) => (i % 20 === 3 ? "N/A" : i * i)),
      options,
    );
    const before = model.warnings.length;
    model.predict({ a: 3, x: "?" });
    expect(model.warnings).toHaveLength(before);
  });

  it("control: a text that is read as a number is no marker", async () => {
    const model = await Classifier.fit(
      rowsWith((i) => `${(i * 13) % 17} kg`),
      options,
    );
    expect(model.predictProba({ a: 3, x: "5 kg" })).toEqual(model.predictProba({ a: 3, x: 5 }));
    expect(model.predictProba({ a: 3, x: "5 kg" })).not.toEqual(model.predictProba({ a: 3 }));
    expect(() => model.predict({ a: 3, x: "5 lb" })).toThrow('got "5 lb" at row 0');
  });
});

describe("errors say where", () => {
  it("in fields: the row's number and the column's name", async () => {
    const rows = rowsWith((i) => i % 7);
    const model = await Classifier.fit(rows, options);
    const thrown = (door: () => unknown) => {
      try {
        door();
      } catch (error) {
        return error;
      }
      throw new Error("nothing was refused");
    };
    expect(thrown(() => model.predict([rows[0], { x: "y" }]))).toMatchObject({ row: 1, column: "x" });
    expect(thrown(() => model.predict([rows[0], { x: Number.POSITIVE_INFINITY }]))).toMatchObject({
      row: 1,
      column: "x",
    });
    expect(thrown(() => model.predict([rows[0], { z: 1 }]))).toMatchObject({ row: 1 });
    expect(thrown(() => model.evaluate([rows[0], { x: 1 }]))).toMatchObject({ row: 1, column: "y" });
    await expect(Classifier.fit([...rows, { x: {}, y: "p" }], options)).rejects.toMatchObject({ row: 60, column: "x" });
    await expect(Classifier.fit([...rows, { x: 1, y: 3 }], options)).rejects.toMatchObject({ row: 60, column: "y" });
    const values = rows.map((row, i) => ({ ...row, y: i }));
    await expect(Regressor.fit([...values, { x: 1, y: "many" }], options)).rejects.toMatchObject({
      row: 60,
      column: "y",
    });
  });
});

/** Columns of dates, of one value or none, and far values: what their features are, everywhere that rows are read. */

import { describe, expect, it } from "vitest";
import { toModule } from "../../src/exchange/standalone/module.js";
import { Random } from "../../src/ground/random.js";
import { Classifier, Regressor } from "../../src/index.js";
import { bounded } from "../../src/table/cell-writer.js";
import { learnEncoder } from "./learn.js";

type Row = Record<string, unknown>;

const features = (rows: Row[], row: Row, options = {}) => {
  const encoder = learnEncoder(rows, "y", options);
  const values = encoder.encode("predict", [row]);
  return Object.fromEntries(encoder.featureNames.map((name, i) => [name, values[i]]));
};

describe("a column that holds one value or none", () => {
  const rows = Array.from({ length: 8 }, (_, i) => ({
    keep: i,
    ...(i < 2 && { word: 1, flag: true, tag: "new", zero: 0 }),
  }));
  const away = {
    "word is present": -0.25,
    "flag is present": -0.25,
    "tag is present": -0.25,
    "zero is present": -0.25,
  };
  const present: [string, unknown, boolean][] = [
    ["word", 1, true],
    ["word", 2, true],
    ["word", 0, false],
    ["word", "1", true],
    ["word", null, false],
    ["zero", 0, true],
    ["flag", true, true],
    ["flag", false, false],
    ["tag", " new", true],
    ["tag", "old", false],
  ];
  for (const [name, value, isPresent] of present) {
    it(`${name}: ${JSON.stringify(value)} is ${isPresent ? "present" : "absent"}`, () => {
      const feature = isPresent ? 0.75 : -0.25;
      expect(features(rows, { keep: 3, [name]: value })).toMatchObject({ ...away, [`${name} is present`]: feature });
    });
  }

  it("is centred: its features sum to 0 over the training rows", () => {
    const encoder = learnEncoder(rows, "y");
    const values = encoder.encode("predict", rows);
    for (let c = 1; c < encoder.width; c++) {
      expect(rows.reduce((sum, _, r) => sum + values[r * encoder.width + c], 0)).toBeCloseTo(0, 5);
    }
  });

  it("rows that name only their words are learned from, whatever the seed", async () => {
    const random = new Random(7);
    const texts = Array.from({ length: 600 }, (_, i) => {
      const words = Array.from({ length: 12 }, (_, j) => (j < 4 ? (i % 3) * 80 : 0) + random.below(j < 4 ? 80 : 240));
      return { ...Object.fromEntries(words.map((word) => [`w${word}`, 1])), topic: "abc"[i % 3] };
    });
    for (const seed of [0, 1]) {
      const model = await Classifier.fit(texts.slice(0, 500), { target: "topic", seed, epochs: 30 });
      expect(model.evaluate(texts.slice(500)).accuracy).toBeGreaterThan(0.7);
    }
  });
});

describe("far values", () => {
  it("are as they are up to 8 deviations, rise beyond, and never reach 16", () => {
    for (const x of [0, -0, 1, -8, 8, 7.9999]) expect(bounded(x, 8)).toBe(x);
    let before = 8;
    for (const x of [8.001, 9, 16, 100, 1e6, 1e30]) {
      const y = bounded(x, 8);
      expect(y).toBeGreaterThanOrEqual(before);
      expect(y).toBeLessThanOrEqual(16);
      expect(bounded(-x, 8)).toBe(-y);
      before = y;
    }
    expect(bounded(16, 8)).toBe(12);
  });

  it("do not undo a model that goes on learning", async () => {
    const rows = Array.from({ length: 100 }, (_, i) => ({ a: (i * 37) % 101, y: i % 11 }));
    const model = await Regressor.fit(rows, { target: "y", epochs: 3 });
    for (const a of [1e12, 1e22, -3e38, "1e38"]) expect(model.partialFit([{ a, y: 5 }])).toBeLessThan(1e4);
    expect(model.predict({ a: 3 })).toBeLessThan(100);
  });
});

describe("dates", () => {
  const day = (i: number) => new Date(Date.UTC(2024, 0, 1 + i));
  const rows = Array.from({ length: 60 }, (_, i) => ({ at: day(i), y: 3 * i }));

  it("are days: Date objects and texts alike", async () => {
    const model = await Regressor.fit(rows, { target: "y", hidden: [] });
    expect(model.columns[0]).toMatchObject({ kind: "date", form: { type: "date", order: "year-first" } });
    const at = day(40);
    for (const text of [at.toISOString(), "2024-02-10", "Feb 10, 2024", "10 Feb 2024 00:00"]) {
      expect(model.predict({ at: text })).toBe(model.predict({ at }));
    }
    expect(model.predict({ at: new Date(Number.NaN) })).toBe(model.predict({ at: null }));
    expect(() => model.predict({ at: 1.7e12 })).toThrow(
      'predict: column "at" must hold dates, got 1700000000000 at row 0. Pass a Date or a text.',
    );
    expect(() => model.predict({ at: "soon" })).toThrow('must hold dates (year-first), got "soon" at row 0.');
    const loaded = await Regressor.load(model.save());
    expect(loaded.predict(rows)).toEqual(model.predict(rows));
    expect(model.summary()).toMatch(/at +date +\d+ +about 2024-01-\d\d to 2024-02-\d\d, \d+ bins/);
  });

  it("in doubt are read as the options say", async () => {
    const texts = rows.map(({ y }, i) => ({ at: `${1 + (i % 12)}/${1 + (i % 5)}/2024`, y }));
    await expect(Regressor.fit(texts, { target: "y" })).rejects.toMatchObject({ row: 5, column: "at" });
    for (const [kind, iso] of [
      ["day-first", "2024-02-01"],
      ["month-first", "2024-01-02"],
    ] as const) {
      const model = await Regressor.fit(texts, { target: "y", columns: { at: kind }, epochs: 2 });
      expect(model.predict({ at: "1/2/2024" })).toBe(model.predict({ at: iso }));
    }
  });

  it("an object that says it were a date is refused", async () => {
    const liar = { [Symbol.toStringTag]: "Date", getTime: () => 0 };
    await expect(Regressor.fit([...rows, { at: liar, y: 1 }], { target: "y" })).rejects.toThrow(
      "got a Date at row 60.",
    );
  });
});

describe("targets as people write them", () => {
  it("are numbers, when fitting and when scoring", async () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({ x: i, price: `$${(1000 + 50 * i).toLocaleString("en-US")}` }));
    const model = await Regressor.fit(rows, { target: "price" });
    expect(model.evaluate(rows).r2).toBeGreaterThan(0.99);
    expect(
      model.evaluate([
        { x: 1, price: 1050 },
        { x: 2, price: "$1,100" },
      ]).meanAbsoluteError,
    ).toBeLessThan(50);
    const loaded = await Regressor.load(model.save());
    expect(loaded.evaluate(rows)).toEqual(model.evaluate(rows));
    await expect(Regressor.fit([...rows, { x: 1, price: "about $5" }], { target: "price" })).rejects.toMatchObject({
      row: expect.any(Number),
      column: "price",
    });
  });
});

describe("strict models", () => {
  const rows = Array.from({ length: 40 }, (_, i) => ({ a: i % 7, b: "uv"[i % 2], same: 1, y: i % 3 }));
  const strict = () => Classifier.fit(rows, { target: "y", strict: true, epochs: 2 });

  it("refuse rows of other columns, loaded and written as a module too", async () => {
    const model = await strict();
    const loaded = await Classifier.load(model.save());
    const written = await import(`data:text/javascript,${encodeURIComponent(toModule(model))}`);
    for (const { predict } of [model, loaded, written].map((m) => ({ predict: (row: object) => m.predict(row) }))) {
      expect(predict({ a: 1, b: "u" })).toBe(model.predict(rows[0] && { a: 1, b: "u" }));
      expect(predict({ a: null, b: "u", same: 2, y: 0 })).toBeTypeOf("number");
      expect(() => predict({ a: 1, b: "u", c: 3 })).toThrow(
        'predict: a row must have columns of the fit alone, got "c" at row 0. Leave it out.',
      );
      expect(() => predict({ a: 1 })).toThrow(
        'predict: a row must have column "b", got none at row 0. Pass null if it is missing.',
      );
    }
    expect(() => model.predict([rows[0], { a: 1 }])).toThrow("at row 1.");
    // Control: a model that is not strict takes them.
    const lenient = await Classifier.fit(rows, { target: "y", epochs: 2 });
    expect(lenient.predict({ a: 1, c: 3 })).toBeTypeOf("number");
  });

  it("tell what a row is by a JSON Schema", async () => {
    expect((await strict()).schema()).toEqual({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      description: 'A row of which "y" is predicted.',
      properties: {
        a: { type: ["number", "string", "null"], description: "A number, also as text; null if it is missing." },
        b: { type: ["string", "null"], description: "A text; null if it is missing.", examples: ["u", "v"] },
      },
      required: ["a", "b"],
      additionalProperties: false,
      minProperties: 1,
    });
    const { required, additionalProperties } = (await Classifier.fit(rows, { target: "y", epochs: 2 })).schema();
    expect([required, additionalProperties]).toEqual([undefined, true]);
  });

  it("control: strict that is no flag is refused", async () => {
    await expect(Classifier.fit(rows, { target: "y", strict: 1 as never })).rejects.toThrow(
      "Classifier.fit: strict must be true or false, got 1.",
    );
  });
});

/** `valuesOf`: a column of rows as numbers, as the fit read it. */
import { describe, expect, it } from "vitest";
import { Classifier, Regressor } from "../../src/index.js";

const DAY = 86_400_000;

const ROWS = Array.from({ length: 90 }, (_, r) => ({
  plain: r % 9 === 4 ? null : r / 4,
  rent: `$${1 + (r % 7)},0${10 + (r % 80)}`,
  share: `${r % 50},5`,
  at: `${String(r % 24).padStart(2, "0")}:30`,
  born: `${1 + (r % 28)}/${1 + (r % 12)}/2001`,
  since: new Date(Date.UTC(1999, 0, 1 + r)),
  size: ["small", "medium", "large"][r % 3],
  open: r % 2 === 0,
  kind: ["red", "green"][r % 2],
  note: r % 10 === 0 ? "n/a" : String(r),
  price: `${r + 1},250`,
  label: r % 3 === 0 ? "yes" : "no",
}));

const PLAIN = { epochs: 1, ensemble: 1, hidden: [2], validation: 0 } as const;
const COLUMNS = { share: "number", size: { ordered: ["small", "medium", "large"] } } as const;

/** What each column holds, by its own rule. */
const TRUTH: Record<string, (r: number) => number> = {
  plain: (r) => (r % 9 === 4 ? Number.NaN : r / 4),
  rent: (r) => 1000 * (1 + (r % 7)) + 10 + (r % 80),
  share: (r) => (r % 50) + 0.5,
  at: (r) => 60 * (r % 24) + 30,
  born: (r) => Date.UTC(2001, r % 12, 1 + (r % 28)) / DAY,
  since: (r) => Date.UTC(1999, 0, 1 + r) / DAY,
  size: (r) => r % 3,
  open: (r) => Number(r % 2 === 0),
  note: (r) => (r % 10 === 0 ? Number.NaN : r),
};

describe("valuesOf", async () => {
  const model = await Classifier.fit(ROWS, { ...PLAIN, target: "label", columns: { ...COLUMNS, price: "ignore" } });

  it.each(Object.keys(TRUTH))("reads %s as its texts say, and what is missing as NaN", (name) => {
    const values = model.valuesOf(ROWS, name);
    expect(values).toBeInstanceOf(Float64Array);
    expect(Array.from(values)).toEqual(ROWS.map((_, r) => TRUTH[name](r)));
    // A row without the column, or with nothing in it.
    expect(Array.from(model.valuesOf([{}, { [name]: null }, { [name]: "" }], name))).toEqual([NaN, NaN, NaN]);
  });

  it("reads the target of values in its unit, of a model that was saved too", async () => {
    const values = await Regressor.fit(ROWS, { ...PLAIN, target: "price", columns: COLUMNS });
    for (const one of [values, await Regressor.load(values.save())]) {
      expect(Array.from(one.valuesOf(ROWS, "price"))).toEqual(ROWS.map((_, r) => 1000 * (r + 1) + 250));
    }
    // By these and its predictions are its scores.
    const errors = values.predict(ROWS).map((value, r) => Math.abs(value - values.valuesOf(ROWS, "price")[r]));
    const mean = errors.reduce((sum, error) => sum + error) / errors.length;
    expect(mean).toBeCloseTo(values.evaluate(ROWS).meanAbsoluteError, 8);
    expect(() => values.valuesOf([{ price: "1,000" }, {}], "price")).toThrow(
      /must hold its target "price".* at row 1\./,
    );
  });

  it("refuses what is no number, naming it", () => {
    const must = "valuesOf: column must be one of numbers, dates or booleans, or a target of values, got ";
    expect(() => model.valuesOf(ROWS, "kind")).toThrow(`${must}"kind" (text).`);
    expect(() => model.valuesOf(ROWS, "price")).toThrow(`${must}"price" (ignore).`);
    for (const name of ["label", "toString", "", undefined]) {
      expect(() => model.valuesOf(ROWS, name as string)).toThrow(new RangeError(`${must}${JSON.stringify(name)}.`));
    }
    expect(() => model.valuesOf([ROWS[0], { rent: "cheap" }], "rent")).toThrow(/column "rent" .*"cheap" at row 1/);
    expect(() => model.valuesOf({} as never, "rent")).toThrow(TypeError);
  });

  it("warns of nothing, and changes no answer", () => {
    const before = model.predictProba(ROWS);
    model.valuesOf([{ note: "n/a" }, { plain: "" }, { at: "?" }], "at");
    model.valuesOf([{ plain: null }], "plain");
    expect(model.warnings.filter(({ message }) => message.includes("when predicting"))).toEqual([]);
    expect(model.predictProba(ROWS)).toEqual(before);
  });

  it("control: another order of dates, or a point for a comma, is noticed", () => {
    expect(model.valuesOf(ROWS, "born")[32]).not.toBe(Date.UTC(2001, 4, 9) / DAY);
    expect(model.valuesOf([{ share: "1,5" }], "share")[0]).not.toBe(15);
  });
});

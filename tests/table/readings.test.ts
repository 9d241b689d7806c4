/** Readings that a careful person would doubt: what is taken the likelier way is told, what cannot be told apart is refused. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { Classifier, Regressor, type RegressorOptions } from "../../src/index.js";

/** Rows by a number drawn evenly from 0 to 1. */
function rowsOf<R>(count: number, of: (a: number, i: number) => R): R[] {
  const random = new Random(7);
  return Array.from({ length: count }, (_, i) => of(random.uniform(), i));
}

const regress = (rows: readonly object[], options: Partial<RegressorOptions> = {}) =>
  Regressor.fit(rows, { target: "y", ...options });
const german = (number: number) => `${number}`.replace(/\B(?=(\d{3})+$)/g, ".");
const codes = (model: { warnings: readonly { code: string }[] }) => model.warnings.map(({ code }) => code);

describe("amounts", () => {
  const accounting = (value: number) => (value < 0 ? `(${-value})` : `${value}`);

  it("in parentheses are less than nothing, as features and as targets", async () => {
    const feature = await regress(rowsOf(200, (a) => ({ v: accounting(Math.round(4000 * (a - 0.5))), y: a })));
    expect(feature.predict({ v: "(1000)" })).toBeCloseTo(0.25, 1);
    const target = await regress(rowsOf(200, (a) => ({ a, y: accounting(Math.round(4000 * (a - 0.5))) })));
    expect(target.predict({ a: 0.25 }) / -1000).toBeCloseTo(1, 1);
    // Signs twice, or behind the number, are none that all read alike.
    await expect(regress(rowsOf(60, (a) => ({ v: `${Math.round(999 * a)}-`, y: a })))).rejects.toThrow('"v" (mixed)');
  });

  it("with points between thousands, beside smaller ones without, are whole", async () => {
    const rents = await regress(rowsOf(300, (a) => ({ a, y: `${german(Math.round(100 + 2900 * a))} €` })));
    for (const a of [0.3, 0.5, 0.9]) expect(rents.predict({ a }) / (100 + 2900 * a)).toBeCloseTo(1, 1);
    const bare = await regress(rowsOf(300, (a) => ({ v: german(Math.round(10 + 2900 * a)), y: a })));
    expect(bare.predict({ v: "1.480" })).toBe(bare.predict({ v: 1480 }));
    expect(codes(bare)).toContain("guessed-separators");
    const proven = await regress(rowsOf(300, (a) => ({ v: german(Math.round(1000 + 2e6 * a)), y: a })));
    expect(proven.predict({ v: "1.000.000" })).toBeCloseTo(0.5, 1);
    expect(codes(proven)).not.toContain("guessed-separators");
  });

  it("with three decimals each are no thousands", async () => {
    const points = await regress(rowsOf(300, (a) => ({ v: (1 + 8 * a).toFixed(3), y: a })));
    expect(points.predict({ v: "5.000" })).toBe(points.predict({ v: 5 }));
    const commas = await regress(rowsOf(300, (a) => ({ a, y: (0.05 + 0.9 * a).toFixed(3).replace(".", ",") })));
    expect(commas.predict({ a: 0.5 })).toBeCloseTo(0.5, 1);
    const guessed = await regress(rowsOf(300, (a) => ({ v: (1 + 8 * a).toFixed(3).replace(".", ","), y: a })));
    expect(codes(guessed)).toContain("guessed-separators");
    const target = await regress(rowsOf(300, (a) => ({ a, y: (1 + 8 * a).toFixed(3).replace(".", ",") })));
    expect(target.warnings).toContainEqual(expect.objectContaining({ code: "guessed-separators", column: "y" }));
    const dollars = await regress(
      rowsOf(300, (a) => ({ v: `$${Math.round(1000 + 8000 * a).toLocaleString("en-US")}`, y: a })),
    );
    expect(codes(dollars)).not.toContain("guessed-separators");
  });

  it("whose points and commas contradict each other are refused, row and column told", async () => {
    const mixed = rowsOf(60, (a, i) => ({ v: (25 + 9 * a).toFixed(3).replace(".", i === 9 ? "," : "."), y: a }));
    await expect(regress(mixed)).rejects.toMatchObject({
      row: 9,
      column: "v",
      message: expect.stringContaining("numbers whose points and commas say alike what are decimals"),
    });
    await expect(regress(mixed, { columns: { v: "number" } })).rejects.toMatchObject({ row: 9, column: "v" });
    const prices = rowsOf(60, (a, i) => ({
      v: i % 7 === 3 ? Math.round(1000 + 900 * a).toLocaleString("en-US") : (25 + 900 * a).toFixed(2),
      y: a,
    }));
    expect((await regress(prices)).columns[0]).toMatchObject({ kind: "number" });
  });

  it("with a unit beside others without are told of; half a digit is none", async () => {
    const years = await regress(rowsOf(100, (a, i) => ({ v: `${Math.round(600 * a)}${i % 2 ? " BC" : ""}`, y: a })));
    expect(codes(years)).toContain("some-units");
    // A limit is read as a value: what it says of others is left out, so it is told of.
    for (const write of [(v: number) => `<${v}`, (v: number) => `> ${v}`, (v: number) => `${v}+`]) {
      const limits = rowsOf(100, (a, i) => ({ v: i % 9 ? `${Math.round(600 * a)}` : write(5), y: a }));
      expect(codes(await regress(limits))).toContain("some-units");
    }
    const halves = await regress(rowsOf(100, (a, i) => ({ v: i % 2 ? "1½" : "1", y: a })));
    expect(halves.columns[0]).toMatchObject({ kind: "text" });
  });

  it("with a percent sign are none without, as text and as numbers", async () => {
    const model = await regress(rowsOf(100, (a) => ({ v: `${(100 * a).toFixed(1)}%`, y: a })));
    for (const v of [0.5, "0.5"]) expect(() => model.predict({ v })).toThrow('column "v" must hold numbers');
  });
});

describe("times and dates", () => {
  const time = (seconds: number) => {
    const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(String);
    return h === "0" ? `${m}:${s.padStart(2, "0")}` : `${h}:${m.padStart(2, "0")}:${s.padStart(2, "0")}`;
  };

  it("of two parts beside others of three are refused, as features and as targets", async () => {
    const words = "times that are all of two parts or all of three";
    await expect(regress(rowsOf(99, (a) => ({ a, y: time(Math.round(3000 + 1500 * a)) })))).rejects.toThrow(words);
    await expect(regress(rowsOf(99, (a) => ({ v: time(Math.round(3000 + 1500 * a)), y: a })))).rejects.toThrow(words);
    expect((await regress(rowsOf(99, (a) => ({ v: time(Math.round(600 + 2000 * a)), y: a })))).columns[0].kind).toBe(
      "number",
    );
  });

  it("beside Date objects are doubted alike", async () => {
    const rows = rowsOf(60, (a, i) => ({ v: i % 2 ? `${1 + (i % 12)}/${1 + (i % 5)}/2024` : new Date(1.7e12), y: a }));
    await expect(regress(rows)).rejects.toThrow("dates whose day and month can be told apart");
  });

  it("that may begin with a year of two digits are refused, unless the options say that they do not", async () => {
    const rows = rowsOf(99, (a, i) => ({ v: `${10 + Math.floor(19 * a)}-0${1 + (i % 9)}-${10 + (i % 18)}`, y: a }));
    await expect(regress(rows)).rejects.toThrow("dates whose day and year can be told apart");
    expect((await regress(rows, { columns: { v: "day-first" } })).columns[0]).toMatchObject({ kind: "date" });
    const plain = rowsOf(99, (a, i) => ({ v: `${10 + (i % 18)}-0${1 + (i % 9)}-${40 + Math.floor(9 * a)}`, y: a }));
    expect(codes(await regress(plain))).toContain("two-digit-years");
  });
});

describe("values far from all others", () => {
  const straight = (a: number) => ({ a, y: 3 * a });

  it.each([1e6, 1000, 100, -1e30])("%d among numbers from 0 to 1 scales no column, and is told of", async (far) => {
    for (const count of [20, 300]) {
      const model = await regress(rowsOf(count, (a, i) => ({ ...straight(a), a: i === 5 ? far : a })));
      for (const a of [0.2, 0.5, 0.8]) expect(model.predict({ a })).toBeCloseTo(3 * a, 0.5);
      expect(model.warnings[0]).toMatchObject({ code: "far-values", column: "a" });
      expect(model.warnings[0].message).toContain("in 1 of the rows");
      expect(model.warnings[0].message).toContain("in row 5");
    }
  });

  it("may be many of one: -999, 9999-12-31", async () => {
    const numbers = await regress(rowsOf(300, (a, i) => ({ ...straight(a), a: i % 20 ? a : -999 })));
    expect(numbers.predict({ a: 0.5 })).toBeCloseTo(1.5, 1);
    const day = (a: number) => new Date(1.6e12 + 1e10 * a).toISOString().slice(0, 10);
    const dates = await regress(rowsOf(300, (a, i) => ({ a: i % 20 ? day(a) : "9999-12-31", y: 3 * a })));
    expect(dates.predict({ a: day(0.5) })).toBeCloseTo(1.5, 1);
    expect(dates.warnings[0].message).toContain('first "9999-12-31" in row 0');
  });

  it("are none in columns that have a tail, or few values", async () => {
    const tail = await regress(rowsOf(300, (a) => ({ a: -Math.log(1 - a), y: a })));
    const flags = await regress(rowsOf(300, (a, i) => ({ a: i % 3 ? 0 : 1000 + Math.round(5 * a), y: a })));
    expect(codes(tail).concat(codes(flags))).not.toContain("far-values");
  });

  it("among targets are told of", async () => {
    const model = await regress(rowsOf(300, (a, i) => ({ a, y: i === 3 ? 1e6 : 3 * a })));
    expect(model.warnings).toContainEqual({
      code: "far-values",
      column: "y",
      message:
        'target "y": far from all others in 1 of the rows, first 1000000 in row 3: a fit follows them more than all others. Leave such rows out if they are wrong.',
    });
  });
});

describe("missing", () => {
  it("names numbers, by their value, whether they are numbers or text", async () => {
    const rows = rowsOf(100, (a, i) => ({ a: i % 9 ? a : -999, y: a }));
    for (const missing of [[-999], ["-999"], ["-999.0"]]) {
      const model = await regress(rows, { missing });
      expect(model.columns[0]).toMatchObject({ hasMissing: true });
      const cells = [-999, "-999", "-999.00", null].map((a) => model.predict({ a }));
      expect(new Set(cells).size).toBe(1);
      expect((await Regressor.load(model.save())).predict({ a: -999 })).toBe(cells[0]);
    }
    // Control: otherwise it is a number.
    expect((await regress(rows)).columns[0]).toMatchObject({ hasMissing: false });
  });
});

describe("what training rows did not have", () => {
  it("is told of once a column: texts, missing values, and texts that are no numbers", async () => {
    const told: string[] = [];
    const rows = [
      ...rowsOf(300, (a) => ({ a, n: a.toFixed(3), s: a > 0.5 ? "male" : "female", y: 3 * a })),
      { a: 0, n: "TBD", s: "male", y: 1 },
    ];
    const model = await regress(rows, { epochs: 3, onWarning: ({ code, column }) => told.push(`${code} ${column}`) });
    expect(told.splice(1)).toEqual(["still-fell undefined"]);
    expect(told).toEqual(["unreadable n"]);
    for (let i = 0; i < 2; i++) model.predict([{ n: "0,9 kg", s: "Male", a: null }]);
    expect(told.slice(1).sort()).toEqual(["late-missing a", "late-text s", "unreadable n"]);
  });

  it("is told of once its row is taken: what is refused was not read", async () => {
    const model = await regress(
      rowsOf(60, (a) => ({ a, s: a > 0.5 ? "male" : "female", y: a })),
      { epochs: 3 },
    );
    const before = [...model.warnings];
    const odd = { a: "?", s: Symbol("s") };
    expect(() => model.predict(odd)).toThrow('column "s"');
    expect(() => model.predict([{ a: "?", s: "male" }, odd])).toThrow("at row 1");
    expect(model.warnings).toEqual(before);
    model.predict({ a: "?", s: "male" });
    expect(codes(model).slice(before.length)).toEqual(["late-marker"]);
  });
});

describe("labels and texts", () => {
  it("that differ in case alone, or stand for missing values, are told of", async () => {
    const rows = rowsOf(90, (a, i) => ({ a, s: i % 2 ? "Red" : "red", y: i % 9 === 0 ? "?" : i % 3 ? "Yes" : "yes" }));
    const model = await Classifier.fit(rows, { target: "y", epochs: 3 });
    const messages = model.warnings.map(({ code, column }) => `${code} ${column}`);
    expect(messages).toEqual(expect.arrayContaining(["similar-texts s", "similar-texts y", "missing-texts y"]));
    const plain = await Classifier.fit(
      rowsOf(90, (a) => ({ a, y: a > 0.5 ? "x" : "y" })),
      { target: "y" },
    );
    expect(codes(plain)).toEqual([]);
  });

  it("that look like numbers in several forms are said to", async () => {
    const rows = rowsOf(99, (a, i) => ({ a, v: `${i % 2 ? "$" : "€"}${(100 * a).toFixed(2)}`, y: a }));
    const model = await regress(rows);
    expect(model.columns[1]).toMatchObject({ kind: "ignore", reason: "mixed" });
    expect(model.warnings[0].message).toContain("look like numbers, but not all in one form");
  });
});

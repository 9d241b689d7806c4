/** How answers depend on a column: against a loop of `predict` over rows in which it is replaced. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { Classifier, type PossibleValue, Regressor } from "../../src/index.js";

const DAY = 86_400_000;

/** Columns of each kind. */
function rowsOf(count: number, seed: number) {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, r) => {
    const size = random.normal();
    const isNew = random.below(2) === 0;
    const share = random.below(50);
    const colour = random.below(5) === 0 ? `hue ${r}` : ["red", "green", "blue"][random.below(3)];
    return {
      size,
      isNew,
      colour,
      share: `${share},5 %`,
      built: new Date(Date.UTC(2020, 0, 1) + DAY * random.below(400)),
      age: random.below(4) === 0 ? null : random.below(8),
      gift: random.below(3) === 0 ? "yes" : undefined,
      id: `row ${r}`,
      price: 50 + 20 * size * size + (isNew ? 10 : 0) + share / 10 + (colour === "red" ? 7 : 0),
      kind: size > 0.6 ? "large" : size > -0.4 ? "middling" : "small",
    };
  });
}

const rows = rowsOf(160, 1);
const some = rowsOf(40, 2);
const fitting = { hidden: [6], epochs: 10, ensemble: 2, seed: 4, maxCategories: 3 };
const priced = { ...fitting, target: "price", columns: { kind: "ignore" } } as const;
const regressor = await Regressor.fit(rows, priced);
const classifier = await Classifier.fit<string>(rows, { ...fitting, target: "kind", columns: { price: "ignore" } });
const NAMES = ["age", "built", "colour", "gift", "isNew", "share", "size"] as const;

const mean = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0) / numbers.length;
const valuesOf = async (column: string, given: readonly object[] = some, options = {}) =>
  (await regressor.partialDependence(given, column, options)).values;

/** By value: rows as they are but for this column, predicted one by one. */
const naive = (column: string, values: readonly PossibleValue[], predict: (row: object) => number, given = some) =>
  values.map((value) => mean(given.map((row) => predict({ ...row, [column]: value }))));

const expectAlike = (found: readonly number[], wanted: readonly number[]) => {
  expect(found.length).toBe(wanted.length);
  for (const [i, number] of wanted.entries()) expect(found[i]).toBeCloseTo(number, 9);
};

describe("partialDependence", () => {
  it.each(NAMES)("is the mean answer to the rows with %s replaced", async (column) => {
    const found = await regressor.partialDependence(some, column);
    expect(found.column).toBe(column);
    expect(found.kind).toBe(regressor.columns.find(({ name }) => name === column)?.kind);
    expect(found.values.length).toBeGreaterThan(1);
    expectAlike(
      found.means,
      naive(column, found.values, (row) => regressor.predict(row)),
    );
    const { means, values } = await classifier.partialDependence(some, column);
    expect(Object.keys(means)).toEqual([...classifier.labels]);
    for (const label of classifier.labels) {
      expectAlike(
        means[label],
        naive(column, values, (row) => classifier.predictProba(row)[label]),
      );
    }
    for (const i of values.keys()) {
      const total = classifier.labels.reduce((sum, label) => sum + means[label][i], 0);
      expect(total).toBeCloseTo(1, 6);
    }
  });

  it("control: rows that are not replaced, or other rows, have other means", async () => {
    const { means, values } = await regressor.partialDependence(some, "size");
    const predict = (row: object) => regressor.predict(row);
    expect(() => expectAlike(means, naive("unknown", values, predict))).toThrow();
    expect(() => expectAlike(means, naive("size", values, predict, rows))).toThrow();
  });

  it("is tried at values of each kind of column", async () => {
    expect(await valuesOf("isNew")).toEqual([false, true]);
    expect(await valuesOf("colour")).toEqual(["blue", "green", "red", "(other)"]);
    expect(await valuesOf("gift")).toEqual(["yes", null]);
    expect(await valuesOf("age")).toEqual([0, 1, 2, 3, 4, 5, 6, 7, null]);
    const built = (await valuesOf("built")) as Date[];
    const days = some.map((row) => row.built.getTime()).sort((a, b) => a - b);
    expect([built.length, built[0].getTime(), built[19].getTime()]).toEqual([20, days[0], days[39]]);
    const shares = (await valuesOf("share")) as string[];
    for (const share of shares) expect(some.map((row) => row.share)).toContain(share);
    expect(shares.map(Number.parseFloat)).toEqual(shares.map(Number.parseFloat).sort((a, b) => a - b));
  });

  it("is tried at quantiles of the rows' own numbers, each once", async () => {
    const sizes = some.map(({ size }) => size).sort((a, b) => a - b);
    expect(await valuesOf("size", some, { points: 40 })).toEqual(sizes);
    expect(await valuesOf("size", some, { points: 2 })).toEqual([sizes[0], sizes[39]]);
    expect(await valuesOf("size", some, { points: 4 })).toEqual([0, 13, 26, 39].map((i) => sizes[i]));
    const heavy = [...Array.from({ length: 90 }, () => ({ size: 1 })), ...some.slice(0, 10)];
    const ends = heavy.map(({ size }) => size).sort((a, b) => a - b);
    expect(await valuesOf("size", heavy, { points: 5 })).toEqual([
      ...new Set([0, 1, 1, 1, 99].map((i) => (i === 1 ? 1 : ends[i]))),
    ]);
    // As text they are the numbers that they are read as.
    const texts = some.map(({ size }) => ({ size: ` ${size} ` }));
    expect(await valuesOf("size", texts)).toEqual(await valuesOf("size"));
  });

  it("knows another text than all categories, and what a strict model takes", async () => {
    const odd = rows.map((row, r) => ({ ...row, colour: r % 3 === 0 ? "(other)" : row.colour }));
    const model = await Regressor.fit(odd, { ...priced, strict: true });
    const taken = odd.map(({ price, ...row }) => row);
    const { values, means } = await model.partialDependence(taken, "colour");
    expect(values[values.length - 1]).toBe("((other))");
    expect(values).toContain("(other)");
    const wanted = values.map((value) => mean(taken.map((row) => model.predict({ ...row, colour: value as string }))));
    expectAlike(means, wanted);
  });

  it("uses a thousand rows, at equal distances", async () => {
    const many = rowsOf(2500, 3);
    const thousand = Array.from({ length: 1000 }, (_, i) => many[Math.floor(2.5 * i)]);
    const found = await regressor.partialDependence(many, "size");
    expect(found).toEqual(await regressor.partialDependence(thousand, "size"));
    expect(found).not.toEqual(await regressor.partialDependence(many.slice(0, 1000), "size"));
    const wrong = many.map((row, r) => (r === 5 ? { ...row, isNew: 3 } : row));
    await expect(regressor.partialDependence(wrong, "size")).rejects.toMatchObject({
      message: expect.stringMatching(/^partialDependence: column "isNew" must hold true or false, got 3 at row 5\./),
      row: 5,
    });
  });

  it("tells of odd values once, as predict does, and leaves the model as it was", async () => {
    const model = await Regressor.load(regressor.save());
    const before = [model.save(), model.warnings.length];
    await model.partialDependence(some, "age");
    expect([model.save(), model.warnings.length]).toEqual(before);
    const odd = [{ ...some[0], size: null }, ...some];
    expect(await model.partialDependence(odd, "size")).toEqual(await model.partialDependence(odd, "size"));
    expect(model.warnings.slice(before[1] as number).map(({ code, column }) => [code, column])).toEqual([
      ["late-missing", "size"],
    ]);
  });

  it("refuses columns that it does not read, and what is no row or option", async () => {
    const CASES: [unknown, unknown, unknown, string][] = [
      [
        some,
        "weight",
        {},
        'partialDependence: column must be among "age", "built", "colour", "gift", "isNew", "share", "size", got "weight".',
      ],
      [some, "price", {}, '"size", got "price", the target.'],
      [some, 3, {}, "partialDependence: column must be a column's name, got 3."],
      [some, "id", {}, 'must be one that the model reads, got "id", which is ignored: it tells rows apart rather than'],
      [some, "kind", {}, 'got "kind", which is ignored: the options of the fit say so.'],
      [[], "size", {}, "partialDependence: rows must hold at least one row, got none."],
      [some[0], "size", {}, "partialDependence: rows must be an array of objects, got an object."],
      [[{ price: 1 }], "colour", {}, "partialDependence: a row must have a column among"],
      [[{ isNew: true }], "size", {}, 'rows must hold a value in column "size", got missing ones alone.'],
      [[{ size: true }], "size", {}, 'partialDependence: column "size" must hold numbers, got true at row 0.'],
      [some, "size", { points: 1 }, "partialDependence: points must be a whole number >= 2, got 1."],
      [some, "size", { label: "a" }, 'partialDependence: the options must be among points, got "label".'],
      [some, "size", null, "partialDependence: the options must be an object, got null."],
    ];
    for (const [given, column, options, message] of CASES) {
      const asked = regressor.partialDependence(given as object[], column as string, options as object);
      await expect(asked, message).rejects.toThrow(message);
    }
  });
});

/** What is told to those who take one call for another: each sentence says what to do. */
import { inspect } from "node:util";
import { expect, it } from "vitest";
import { Classifier, Dataset, MLP } from "../../src/index.js";

const rows = Array.from({ length: 20 }, (_, i) => ({ a: i, t: i < 10 ? "x" : "y" }));
const net = await MLP.create({ layers: [2, 3, 2] });
const data = Dataset.from({ x: [[0, 0]], y: [0] });
const model = await Classifier.fit(rows, { target: "t", epochs: 1 });

it("constructors name the functions that make models and datasets", () => {
  const make = (Class: unknown, ...given: unknown[]) => Reflect.construct(Class as never, given);
  for (const given of [[], [{ layers: [2, 2] }]]) {
    expect(() => make(MLP, ...given)).toThrow("new MLP: it must be made by await MLP.create({ layers })");
    expect(() => make(Dataset, ...given)).toThrow("new Dataset: it must be made by Dataset.from({ x, y })");
    expect(() => make(Classifier, ...given)).toThrow("new Classifier: it must be made by await Classifier.fit(");
  }
});

it("consoles show one line, and JSON.stringify names save", () => {
  expect(inspect(net)).toBe("MLP 2-3-2, 17 parameters");
  expect(inspect(data)).toBe("Dataset of 1 rows, 2 inputs, 1 targets a row");
  expect(inspect(model)).toMatch(/^Classifier of "t" from 1 columns, 4 networks, each MLP \d+-128-2, \d+ parameters$/);
  for (const value of [net, data, model]) {
    expect(() => JSON.stringify({ value })).toThrow("JSON.stringify: a model must be written by save()");
  }
});

it("targets and rows of other kinds come with their remedy and place", () => {
  const from = (x: unknown, y: unknown) => () => Dataset.from({ x, y } as never);
  expect(from([[1], [2]], [0n, 1n])).toThrow("got 0n at row 0, column 0. Convert it by Number().");
  expect(from([1, 2, 3, 4], undefined)).toThrow("Pass rows, or an array for each row.");
  expect(from([1, 2, 3, 4], [0, 1, 0])).toThrow("Without `rows`, a flat y is one number a row.");
  try {
    from(
      [
        [1, 2],
        [3, Number.NaN],
      ],
      [0, 1],
    )();
  } catch (error) {
    expect(error).toMatchObject({ row: 1, column: 1 });
  }
});

it("control: rows as an ORM gives them are told from plain ones", async () => {
  class Row {
    get t() {
      return "x";
    }
  }
  await expect(Classifier.fit([new Row()], { target: "t" })).rejects.toThrow("pass plain rows (row.toJSON()");
  await expect(Classifier.fit([{}], { target: "t" })).rejects.not.toThrow("plain rows");
});

/** A table's rows are read once, whatever is fitted to them. */

import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { runThrough } from "../../src/ground/turn.js";
import { Classifier, Regressor } from "../../src/index.js";
import { readCells } from "../../src/table/cells.js";
import { encodeCells } from "../../src/table/made-features.js";
import { readEncoder } from "../../src/table/saved-encoder.js";
import { RowList } from "../../src/table/table-source.js";
import { learnEncoder } from "./learn.js";

/** Rows whose values count how often they are read, and that count how often they are checked. */
function countedRows(count: number) {
  const random = new Random(1);
  const reads = new Map<string, number>();
  let checks = 0;
  const rows = Array.from({ length: count }, (_, r) => {
    const a = random.normal();
    const row = { a, b: r % 7 === 0 ? null : `t${r % 3}`, c: r % 2 === 0, odd: {}, y: a > 0 ? 1 : 0 };
    return new Proxy(row, {
      get: (target, name) => {
        const key = `${r} ${String(name)}`;
        reads.set(key, (reads.get(key) ?? 0) + 1);
        return Reflect.get(target, name);
      },
      getPrototypeOf: (target) => {
        checks++;
        return Reflect.getPrototypeOf(target);
      },
    });
  });
  return { rows, reads, checks: () => checks };
}

const options = { target: "y", columns: { odd: "ignore" }, hidden: [4], epochs: 1 } as const;
const COLUMNS = ["a", "b", "c", "y"];

describe("each value is read once and each row checked once", () => {
  const ways: [string, (rows: object[]) => Promise<unknown>][] = [
    ["by a fit", (rows) => Classifier.fit(rows, options)],
    ["by a fit that holds rows out", (rows) => Regressor.fit(rows, { ...options, validation: 0.25 })],
    ["by cross-validation", (rows) => Classifier.crossValidate(rows, { ...options, folds: 4, validation: 0.25 })],
    ["by a search", (rows) => Regressor.search(rows, { hidden: [[2], [3]] }, { ...options, trials: 3, folds: 2 })],
  ];
  for (const [way, train] of ways) {
    it(way, async () => {
      const { rows, reads, checks } = countedRows(60);
      await train(rows);
      const names = rows.flatMap((_, r) => COLUMNS.map((name) => `${r} ${name}`));
      expect([...reads.keys()].sort()).toEqual(names.sort());
      expect([...reads.values()].every((count) => count === 1)).toBe(true);
      expect(checks()).toBe(rows.length);
    });
  }

  it("control: a second reading is noticed", async () => {
    const { rows, reads, checks } = countedRows(60);
    const model = await Classifier.fit(rows, options);
    model.evaluate(rows);
    expect([...reads.values()].every((count) => count === 2)).toBe(true);
    expect(checks()).toBe(2 * rows.length);
  });
});

describe("features of cells", () => {
  const rows = Array.from({ length: 700 }, (_, r) => ({
    n: r % 11 === 0 ? null : `${(r * 7919) % 101}`,
    t: [" a", "b ", "c", "", "d"][r % 5],
    b: r % 13 === 0 ? undefined : r % 2 === 0,
    y: r,
  }));

  it("are to the bit those of the rows, in the order asked for, and others may run in between", () => {
    const numbers = Uint32Array.from({ length: 600 }, (_, i) => (i * 37) % 700);
    const cells = runThrough(readCells("fit", new RowList(rows), "y"));
    const encoder = learnEncoder(rows, "y", { maxCategories: 2 }, numbers);
    const steps = [];
    const work = encodeCells("fit", encoder, cells, numbers, new Float32Array(600 * encoder.width));
    let step = work.next();
    for (; !step.done; step = work.next()) steps.push(step.value);
    const taken = Array.from(numbers, (r) => rows[r]);
    expect(step.value).toEqual(encoder.encode("predict", taken));
    expect(steps).toHaveLength(3);
    // Control: another row is noticed.
    expect(encoder.encode("predict", [...taken.slice(1), rows[0]])).not.toEqual(step.value);
  });

  it("a number that is too large once standardised is refused under its own row's number", () => {
    const few = [{ n: 1 }, { n: 3 }, { n: 3.4e38 }].map((row, y) => ({ ...row, keep: y % 2, y }));
    const encoder = learnEncoder(few, "y", {}, Uint32Array.of(0, 1));
    const planted = encoder
      .toJSON()
      .columns.map((c) => (c.kind === "number" ? { ...c, bound: undefined, deviation: 0.5 } : c));
    // As in models of 0.1, which have no bound.
    const narrow = readEncoder("load", { missing: [], columns: planted });
    const cells = runThrough(readCells("fit", new RowList(few), "y"));
    expect(() => encodeCells("fit", narrow, cells, Uint32Array.of(1, 2), new Float32Array(2)).next()).toThrow(
      'fit: column "n" must hold numbers that are finite in float32 once standardised, got 3.4e+38 at row 2.',
    );
  });
});

/** Datasets: what is read, split, scaled, shuffled and cut. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Dataset } from "../../src/index.js";

const rowsOf = (data: Dataset) =>
  Array.from({ length: data.rows }, (_, r) => [...data.x.subarray(r * data.inputs, (r + 1) * data.inputs)]);

/** Row r is [r, 10r], its class r mod 3. */
const numbered = (rows: number) =>
  Dataset.from({
    x: Array.from({ length: rows }, (_, r) => [r, 10 * r]),
    y: Array.from({ length: rows }, (_, r) => r % 3),
  });

/** Each of the rows 0..count-1 is there just once, with the second column and the target that belong to it. */
function isPermutation(parts: readonly Dataset[], count: number): boolean {
  const seen = new Set<number>();
  for (const part of parts) {
    rowsOf(part).forEach(([id, ten], r) => {
      if (ten === 10 * id && part.y[r] === id % 3) seen.add(id);
    });
  }
  return seen.size === count && parts.reduce((sum, { rows }) => sum + rows, 0) === count;
}

describe("Dataset.from", () => {
  it("reads the same rows from every form", () => {
    const nested = Dataset.from({
      x: [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      y: [0, 1, 0],
    });
    const forms = [
      Dataset.from({ x: [1, 2, 3, 4, 5, 6], y: [0, 1, 0] }),
      Dataset.from({ x: new Float32Array([1, 2, 3, 4, 5, 6]), y: new Int32Array([0, 1, 0]) }),
      Dataset.from({ x: new Float64Array([1, 2, 3, 4, 5, 6]), y: new Uint8Array([0, 1, 0]), rows: 3 }),
      Dataset.from({ x: [new Float32Array([1, 2]), [3, 4], new Int8Array([5, 6])], y: [[0], [1], [0]] }),
    ];
    for (const form of forms) expect({ ...form }).toEqual({ ...nested });
    expect([nested.rows, nested.inputs, nested.targets]).toEqual([3, 2, 1]);
  });

  it("keeps bytes as bytes and typed arrays as views", () => {
    const bytes = new Uint8Array([0, 255, 128, 64]);
    const data = Dataset.from({ x: bytes, y: [1, 0], scale: 1 / 255 });
    expect(data.x).toBe(bytes);
    expect(data.scale).toBe(1 / 255);
    const floats = new Float32Array([1, 2]);
    expect(Dataset.from({ x: floats, y: [1, 0] }).x).toBe(floats);
  });

  it("takes rows without targets, and targets of several columns", () => {
    expect(Dataset.from({ x: [1, 2, 3, 4], rows: 2 }).targets).toBe(0);
    const two = Dataset.from({ x: [1, 2, 3, 4], y: [1, 2, 3, 4], rows: 2 });
    expect([two.inputs, two.targets]).toEqual([2, 2]);
  });
});

describe("split", () => {
  it("parts the rows, each with its own target, the same way for the same seed", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 60 }),
        fc.double({ min: 0, max: 1, minExcluded: true, maxExcluded: true, noNaN: true }),
        fc.nat(),
        fc.boolean(),
        (rows, test, seed, stratify) => {
          const first = numbered(rows).split({ test, seed, stratify });
          expect(isPermutation([first.train, first.test], rows)).toBe(true);
          expect(first.train.rows).toBeGreaterThan(0);
          expect(first.test.rows).toBeGreaterThan(0);
          expect(numbered(rows).split({ test, seed, stratify })).toEqual(first);
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });

  it("takes other rows with another seed", () => {
    expect(numbered(50).split({ test: 0.5, seed: 1 })).not.toEqual(numbered(50).split({ test: 0.5, seed: 2 }));
  });

  it("keeps each class's share when stratified, within one row", () => {
    const y = Array.from({ length: 300 }, (_, r) => (r < 30 ? 0 : r < 120 ? 1 : 2));
    const data = Dataset.from({ x: y.map((id) => [id]), y });
    for (let seed = 0; seed < 20; seed++) {
      const { test } = data.split({ test: 0.2, seed, stratify: true });
      const counts = [0, 1, 2].map((id) => test.y.filter((value) => value === id).length);
      for (const [id, wanted] of [6, 18, 36].entries()) {
        expect(Math.abs(counts[id] - wanted)).toBeLessThanOrEqual(1);
      }
    }
  });

  it("control: a row that appears twice is noticed", () => {
    const data = numbered(10);
    expect(isPermutation([data.take([0, 1, 2, 3, 4]), data.take([5, 6, 7, 8, 8])], 10)).toBe(false);
  });
});

describe("folds", () => {
  it("test on every row once, in folds whose sizes and shares of each class differ by one at most", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60 }), fc.nat(), fc.boolean(), (rows, seed, stratify) => {
        const folds = Math.min(rows, 5);
        const data = numbered(rows).withTargets(Array.from({ length: rows }, (_, r) => (r * 7) % 3));
        const splits = [...data.folds({ folds, seed, stratify })];
        const tests = splits.map(({ test }) => test);
        expect(isPermutation(tests, rows)).toBe(true);
        for (const { train, test } of splits) expect(isPermutation([train, test], rows)).toBe(true);
        const spread = (counts: number[]) => Math.max(...counts) - Math.min(...counts);
        expect(spread(tests.map((test) => test.rows))).toBeLessThanOrEqual(1);
        for (const id of stratify ? [0, 1, 2] : []) {
          expect(spread(tests.map(({ y }) => y.filter((value) => value === id).length))).toBeLessThanOrEqual(1);
        }
        expect([...data.folds({ folds, seed, stratify })]).toEqual(splits);
      }),
      { seed: 2, numRuns: 100 },
    );
  });

  it("refuse one fold, and more folds than rows", () => {
    expect(() => [...numbered(3).folds({ folds: 1 })]).toThrow(
      "folds: folds must be a whole number from 2 to 3, got 1.",
    );
    expect(() => [...numbered(3).folds({ folds: 4 })]).toThrow(
      "folds: folds must be a whole number from 2 to 3, got 4.",
    );
  });
});

describe("standardise", () => {
  it("brings columns to mean 0 and deviation 1, constant ones to 0, others by the training rows' scaling", () => {
    const train = Dataset.from({
      x: [
        [1, 7, 0.1],
        [3, 7, 0.1],
        [5, 7, 0.1],
      ],
      y: [0, 1, 0],
    }).standardise();
    expect(train.scaling!.mean[0]).toBe(3);
    expect(train.scaling!.deviation[0]).toBeCloseTo(Math.sqrt(8 / 3), 12);
    expect(train.scaling!.deviation.slice(1)).toEqual([1, 1]);
    const columns = [0, 1, 2].map((c) => rowsOf(train).map((row) => row[c]));
    expect(columns[0].reduce((sum, value) => sum + value)).toBeCloseTo(0, 6);
    expect(columns[0].reduce((sum, value) => sum + value * value, 0) / 3).toBeCloseTo(1, 6);
    for (const value of [...columns[1], ...columns[2]]) expect(value).toBeCloseTo(0, 6);
    const test = Dataset.from({ x: [[3, 8, 0.1]], y: [1] }).standardise(train.scaling);
    expect(rowsOf(test)[0][1]).toBe(1);
  });

  it("reads bytes with their scale", () => {
    const bytes = Dataset.from({ x: new Uint8Array([0, 10, 20]), y: [0, 0, 0], scale: 0.5 }).standardise();
    expect(bytes.scaling!.mean).toEqual([5]);
    expect(bytes.scale).toBe(1);
  });
});

describe("batches", () => {
  it("cover every row once, the last one short", () => {
    for (const seed of [undefined, 3]) {
      const batches = [...numbered(10).batches({ size: 4, seed })];
      expect(batches.map(({ y }) => y.length)).toEqual([4, 4, 2]);
      const parts = batches.map(({ x, y }) => Dataset.from({ x, y }));
      expect(isPermutation(parts, 10)).toBe(true);
    }
  });

  it("keep the order without a seed, and shuffle the same way for the same seed", () => {
    const ids = (seed?: number) => [...numbered(9).batches({ size: 9, seed })][0].x.filter((_, i) => i % 2 === 0);
    expect([...ids()]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(ids(1)).toEqual(ids(1));
    expect(ids(1)).not.toEqual(ids(2));
  });
});

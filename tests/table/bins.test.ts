/** Columns that are counted from their median: what their features are, everywhere that rows are read. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ExportableTable } from "../../src/exchange/exported-model.js";
import { toModule } from "../../src/exchange/standalone/module.js";
import { order, Random } from "../../src/ground/random.js";
import { runThrough } from "../../src/ground/turn.js";
import { MLP } from "../../src/index.js";
import { clipped } from "../../src/table/binned-number.js";
import { readCells } from "../../src/table/cells.js";
import { type NumberColumn, nameFeatures } from "../../src/table/columns.js";
import type { Encoder } from "../../src/table/encoder.js";
import { encodeCells } from "../../src/table/made-features.js";
import { readEncoder } from "../../src/table/saved-encoder.js";
import { RowList } from "../../src/table/table-source.js";
import { learnEncoder } from "./learn.js";

type Row = Record<string, unknown>;
type Binned = NumberColumn & Required<Pick<NumberColumn, "median" | "spread" | "bins" | "means">>;

const SCALED = { kind: "number", name: "x", mean: 0, deviation: 1, bound: 8 } as const;
const COLUMN: Binned = {
  ...SCALED,
  hasMissing: true,
  missingShare: 0.25,
  median: 2,
  spread: 4,
  bins: [-8, -1, 2.5, 10, 20],
  means: [0.875, 0.5, 0.25, 0.125],
};

const encoderOf = (column: NumberColumn, missing: string[] = []) => readEncoder("load", { missing, columns: [column] });
const features = (encoder: Encoder, x: unknown) => [...encoder.encode("predict", [{ x }])];
const binsOf = (encoder: Encoder, x: unknown) => features(encoder, x).slice(1, -1);

/** Numbers that a column may hold. */
const number = fc.oneof(
  fc.double({ noNaN: true, min: -3.4e38, max: 3.4e38 }),
  fc.double({ noNaN: true, min: -30, max: 30 }),
  fc.constantFrom(0, -0, 5e-324, -5e-324, 3.4e38, -3.4e38, ...COLUMN.bins),
);

/** A column of other edges, whose means are 0: its features are the shares themselves. */
const column = fc
  .tuple(
    fc.uniqueArray(
      number.map((value) => value + 0),
      { minLength: 3, maxLength: 17 },
    ),
    number,
    fc.constantFrom(5e-324, 1e-9, 1, 1e30),
  )
  .map(([edges, median, spread]) => {
    const bins = edges.sort((a, b) => a - b);
    return { ...COLUMN, bins, means: bins.slice(1).map(() => 0), median: median + 0, spread };
  });

describe("clipped", () => {
  it("is u near 0, odd, rising, and never beyond 3", () => {
    expect(clipped(1e-9)).toBe(1e-9);
    expect(clipped(3)).toBeCloseTo(3 / Math.SQRT2, 15);
    for (const far of [1e9, 1e10, 1e154, 1e308, Number.POSITIVE_INFINITY]) {
      expect([Math.fround(clipped(far)), Math.fround(clipped(-far))]).toEqual([3, -3]);
    }
    fc.assert(
      fc.property(fc.double({ noNaN: true }), fc.double({ noNaN: true }), (a, b) => {
        expect(clipped(-a)).toBe(-clipped(a));
        expect(Math.abs(Math.fround(clipped(a)))).toBeLessThanOrEqual(3);
        expect(Math.fround(clipped(Math.min(a, b)))).toBeLessThanOrEqual(Math.fround(clipped(Math.max(a, b))));
      }),
    );
  });
});

/** The laws of features in order of the values; returns what breaks them. */
function broken(encode: (x: number) => readonly number[], low: number, high: number): string[] {
  const [a, b] = [encode(low), encode(high)];
  const sum = (numbers: readonly number[]) => numbers.reduce((all, share) => all + share, 0);
  return [
    ...a.flatMap((feature, i) => (feature <= b[i] ? [] : [`feature ${i} falls`])),
    ...(sum(a.slice(1)) <= sum(b.slice(1)) ? [] : ["the sum falls"]),
    ...[a, b].flatMap(([, ...shares]) =>
      shares.every((share, k) => share >= 0 && share <= 1 && (k === 0 || share === 0 || shares[k - 1] === 1))
        ? []
        : ["a bin is reached before the one below is full"],
    ),
  ];
}

describe("features by bins", () => {
  it("by hand", () => {
    const encoder = encoderOf(COLUMN);
    expect(encoder.featureNames).toEqual(["x", "x -8..-1", "x -1..2.5", "x 2.5..10", "x 10..20", "x is missing"]);
    expect(features(encoder, 6)).toEqual([
      Math.fround(1 / Math.sqrt(1 + 1 / 9)),
      1 - 0.875,
      1 - 0.5,
      Math.fround(3.5 / 7.5 - 0.25),
      -0.125,
      -0.25,
    ]);
    expect(features(encoder, 2)).toEqual([0, 1 - 0.875, Math.fround(3 / 3.5 - 0.5), -0.25, -0.125, -0.25]);
    // The median, and the mean of each bin.
    expect(features(encoder, null)).toEqual([0, 0, 0, 0, 0, 0.75]);
  });

  it("rise with the value, each after the one below; at an edge those below are 1, outside all are 0 or 1", () => {
    fc.assert(
      fc.property(column, number, number, (own, a, b) => {
        const encoder = encoderOf(own);
        const encode = (x: number) => features(encoder, x).slice(0, -1);
        expect(broken(encode, Math.min(a, b), Math.max(a, b))).toEqual([]);
        const count = own.bins.length - 1;
        for (const [k, edge] of own.bins.entries()) {
          const ones = Array.from({ length: count }, (_, i) => Number(i < k));
          expect(binsOf(encoder, edge)).toEqual(ones);
        }
        expect(binsOf(encoder, -3.4028e38)).toEqual(new Array(count).fill(0));
        expect(binsOf(encoder, 3.4028e38)).toEqual(new Array(count).fill(1));
      }),
    );
  });

  it("control: shares that are not kept within their bin are noticed", () => {
    const { bins } = COLUMN;
    const planted = (x: number) => [x, ...bins.slice(1).map((edge, k) => (x - bins[k]) / (edge - bins[k]))];
    expect(broken(planted, 0, 3)).toContain("a bin is reached before the one below is full");
    expect(broken((x) => [-x], 0, 3)).toEqual(["feature 0 falls"]);
  });

  it("of a missing value are 0: the median and the means; with and without a feature that tells", () => {
    fc.assert(
      fc.property(
        column,
        fc.boolean(),
        fc.constantFrom<unknown>(null, undefined, "", "NA", Number.NaN, "gone"),
        (own, hasMissing, gone) => {
          const encoder = encoderOf({ ...own, hasMissing }, ["gone"]);
          const end = hasMissing ? -1 : undefined;
          const [known, missing] = [own.median, gone].map((x) => features(encoder, x));
          expect(missing.slice(0, end)).toEqual(missing.slice(0, end).map(() => 0));
          expect(known[0] + 0).toBe(0);
          if (hasMissing) expect([known.at(-1), missing.at(-1)]).toEqual([-0.25, 0.75]);
        },
      ),
    );
  });

  it("are finite for what can be read, and what float32 cannot hold is refused", () => {
    fc.assert(
      fc.property(column, number, (own, x) => {
        expect(features(encoderOf(own), x).every(Number.isFinite)).toBe(true);
      }),
    );
    for (const x of [1e39, 1e308, Number.POSITIVE_INFINITY]) {
      expect(() => features(encoderOf(COLUMN), x)).toThrow('column "x" must hold numbers that are finite in float32');
    }
  });
});

/** Rows of numbers, texts of numbers, dates and missing cells, and the targets that guide. */
function table(seed: number, n = 300) {
  const random = new Random(seed);
  const rows = Array.from({ length: n }, (): Row => {
    const [a, b, hours] = [random.normal(), 1000 * random.uniform(), random.below(30000)];
    const c = random.uniform() < 0.92 ? 0 : 10 * random.uniform();
    return {
      a: random.below(7) ? a : null,
      b: random.below(9) ? `$${b.toFixed(2)}` : "?",
      c,
      d: random.below(8) ? new Date(Date.UTC(2020, 0, 1, hours)) : undefined,
      e: random.below(2),
      // All of them tell something: chance alone cuts no bins.
      y: (a > 0.5 ? 3 : 0) + b / 300 + (c > 0 ? 4 : 0) + hours / 10000 + random.normal() / 4,
    };
  });
  return { rows, guide: { targets: Float64Array.from(rows, ({ y }) => y as number) } };
}

const sameBits = (a: Float32Array, b: Float32Array) =>
  Buffer.from(a.slice().buffer).equals(Buffer.from(b.slice().buffer));

describe("columns that are learned with a guide", () => {
  it("have the same bits by rows, by one row, by cells, by a file, and by a module", async () => {
    for (const seed of [1, 2, 3]) {
      const { rows, guide } = table(seed);
      const encoder = learnEncoder(rows, "y", {}, undefined, guide);
      const counts = encoder.columns.map((own) => ("bins" in own && own.bins ? own.bins.length - 1 : 0));
      expect(counts.slice(0, 4).every((count) => count >= 2)).toBe(true);
      expect(counts[4]).toBe(0);
      const all = encoder.encode("predict", rows);
      const cells = runThrough(readCells("fit", new RowList(rows), "y"));
      const out = new Float32Array(all.length);
      expect(sameBits(runThrough(encodeCells("fit", encoder, cells, order(rows.length), out)), all)).toBe(true);
      const loaded = readEncoder("load", JSON.parse(JSON.stringify(encoder)));
      expect([loaded.columns, loaded.featureNames]).toEqual([encoder.columns, encoder.featureNames]);
      expect(JSON.stringify(loaded)).toBe(JSON.stringify(encoder));
      expect(sameBits(loaded.encode("predict", rows), all)).toBe(true);
      const { readOne } = await moduleOf(encoder);
      const one = new Float32Array(encoder.width);
      for (const [r, row] of rows.entries()) {
        const own = all.subarray(r * encoder.width, (r + 1) * encoder.width);
        expect(sameBits(encoder.encodeOne("predict", row, one), own)).toBe(true);
        readOne("predict", row, one.fill(7));
        expect(sameBits(one, own)).toBe(true);
      }
      // Control: another row's are not.
      expect(sameBits(one, all.subarray(0, encoder.width))).toBe(false);
    }
  });

  /** What a module written for a model of these columns makes of a row. */
  async function moduleOf(
    encoder: Encoder,
  ): Promise<{ readOne: (call: string, row: object, out: Float32Array) => void }> {
    const net = await MLP.create({ layers: [encoder.width, 1], output: "linear" });
    const code = { mean: 0, deviation: 1 };
    const model = {
      members: [net],
      columns: encoder.columns,
      saved: () => ({ kind: "regressor", target: "y", encoder: encoder.toJSON(), code }),
    };
    const source = `${toModule(model as ExportableTable)}
      const readers = columns.map((column) => makeReader(column, new Set(missing)));
      export const readOne = (call, row, out) => readRow(call, readers, row, out);`;
    return import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(source)}`);
  }

  it("keep the mean, which older models go by, and tell of their bins", () => {
    const { rows, guide } = table(4);
    const guided = learnEncoder(rows, "y", {}, undefined, guide);
    const plain = learnEncoder(rows, "y");
    const old = guided.toJSON().columns.map((own) => ({
      ...own,
      median: undefined,
      spread: undefined,
      bins: undefined,
      means: undefined,
      parts: undefined,
    }));
    expect(JSON.stringify(old)).toBe(JSON.stringify(plain.toJSON().columns));
    const loaded = readEncoder("load", { missing: [], columns: JSON.parse(JSON.stringify(old)) });
    expect(sameBits(loaded.encode("predict", rows), plain.encode("predict", rows))).toBe(true);
    expect(guided.describe().join("\n")).toMatch(/a +number +\d+ .* ± .*, \d+ bins, some missing/);
    expect(guided.columns[3]).toMatchObject({ kind: "date", median: expect.any(Number) });
  });

  it("by classes: the edges stand where the labels turn", () => {
    const rows = Array.from({ length: 90 }, (_, i) => ({ x: i / 10, y: "abc"[Math.floor(i / 30)] }));
    const targets = Float64Array.from(rows, ({ y }) => "abc".indexOf(y));
    const [own] = learnEncoder(rows, "y", {}, undefined, { targets, classes: 3 }).columns;
    expect(own).toMatchObject({ bins: [0, 2.95, 5.95, 8.9], median: 4.45 });
    const { bins, means } = own as Binned;
    const mean = (k: number) =>
      rows.reduce((sum, { x }) => sum + Math.min(1, Math.max(0, (x - bins[k]) / (bins[k + 1] - bins[k]))), 0) / 90;
    for (const [k, own] of means.entries()) expect(own).toBeCloseTo(mean(k), 6);
  });

  it("are those of the rows that are trained on alone", () => {
    const { rows, guide } = table(5);
    const half = Uint32Array.from({ length: 150 }, (_, i) => 2 * i);
    const targets = guide.targets.map((target, r) => (r % 2 ? 1e6 : target));
    const changed = rows.map((row, r) => (r % 2 ? { ...row, a: 77, c: -5 } : row));
    const kept = learnEncoder(rows, "y", {}, half, guide).toJSON();
    expect(learnEncoder(changed, "y", {}, half, { targets }).toJSON()).toEqual(kept);
    expect(learnEncoder(changed, "y", {}, undefined, { targets }).toJSON()).not.toEqual(kept);
  });
});

describe("names of bins", () => {
  const names = (kind: "number" | "date", bins: number[]) =>
    nameFeatures({ ...COLUMN, kind, bins, form: { type: "date", order: "year-first" } } as never).slice(1, -1);

  it("are short, and no two alike", () => {
    expect(names("number", [0, 21.98765, 28.5, 1234567])).toEqual(["x 0..22", "x 22..28.5", "x 28.5..1230000"]);
    expect(names("number", [1.0001, 1.0002, 1.0003])).toEqual(["x 1.0001..1.0002", "x 1.0002..1.0003"]);
    expect(names("number", [-5e-7, 0, 1e30])).toEqual(["x -5e-7..0", "x 0..1e+30"]);
    expect(names("date", [0, 366.5, 20000])).toEqual(["x 1970-01-01..1971-01-02", "x 1971-01-02..2024-10-04"]);
    expect(names("date", [0, 0.5, 0.75])).toEqual([
      "x 1970-01-01T00:00..1970-01-01T12:00",
      "x 1970-01-01T12:00..1970-01-01T18:00",
    ]);
    expect(names("date", [0, 1e-6, 1e20])).toEqual(["x 0..0.000001", "x 0.000001..100000000000000000000"]);
    fc.assert(
      fc.property(column, ({ bins }) => {
        const all = names("number", bins);
        expect(new Set(all).size).toBe(bins.length - 1);
      }),
    );
  });
});

describe("files with medians", () => {
  const load = (changes: object) => encoderOf(JSON.parse(JSON.stringify({ ...COLUMN, ...changes })));
  const refusals: [object, string][] = [
    [{ median: "2" }, 'a finite number as median of column "x", got "2"'],
    [{ median: null }, 'a finite number as median of column "x", got null'],
    [{ spread: 0 }, 'a finite number > 0 as spread of column "x", got 0'],
    [{ spread: -1 }, 'a finite number > 0 as spread of column "x", got -1'],
    [{ spread: undefined }, 'both median and spread of column "x" or neither, got undefined'],
    [{ median: undefined }, 'both median and spread of column "x" or neither, got undefined'],
    [{ median: undefined, spread: undefined }, 'bins of column "x" with its median alone, got an array'],
    [{ means: [0, 0, 0] }, 'a mean for each of the bins of column "x", got an array'],
    [{ means: undefined }, 'a mean for each of the bins of column "x", got an array'],
    [{ bins: undefined }, 'a mean for each of the bins of column "x", got an array'],
    [{ means: [0, 0, 0, 2] }, 'float32 from 0 to 1 as means of column "x", got an array'],
    ...[[], [1, 2], [1, 2, 2], [1, 3, 2], [1, 2, "3"], [1, 2, null], [-1.7e308, 0, 1.7e308], { length: 3 }, 5].map(
      (bins): [object, string] => [
        { bins, means: [] },
        `three or more ascending finite numbers as bins of column "x", got ${Array.isArray(bins) ? "an array" : bins === 5 ? 5 : "an object"}`,
      ],
    ),
  ];
  for (const [changes, words] of refusals) {
    it(words, () => expect(() => load(changes)).toThrow(new Error(`load: the file must hold ${words}.`)));
  }

  it("hold as they were, without bins too", () => {
    expect(load({}).toJSON().columns).toEqual([COLUMN]);
    expect(features(load({ bins: undefined, means: undefined }), 6)).toEqual([
      Math.fround(1 / Math.sqrt(1 + 1 / 9)),
      -0.25,
    ]);
  });

  it("changed anywhere, they are refused in one sentence or make an encoder", () => {
    const nasty = fc.constantFrom<unknown>(
      null,
      -1,
      0,
      1e308,
      -1e308,
      5e-324,
      Number.MAX_VALUE,
      "",
      true,
      [],
      [0, 1, 2],
    );
    const paths = [["median"], ["spread"], ["bins"], ...COLUMN.bins.map((_, k) => ["bins", k])];
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...paths), nasty), { minLength: 1, maxLength: 3 }), (changes) => {
        const tree = structuredClone(COLUMN) as never as Record<string, Record<string, unknown>>;
        for (const [[field, k], value] of changes) {
          if (k === undefined) tree[field] = value as never;
          else if (Array.isArray(tree[field])) tree[field][k] = value;
        }
        try {
          const encoder = encoderOf(tree as never);
          for (const x of [0, -3.4e38, 3.4e38, null]) expect(features(encoder, x).every(Number.isFinite)).toBe(true);
        } catch (error) {
          expect((error as Error).message).toMatch(/^load: the file must hold .+, got .+\.$/);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** Where bins are cut: beside a tree that looks at every row for every cut. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quantile } from "../../src/ground/quantiles.js";
import { order, Random } from "../../src/ground/random.js";
import { runThrough } from "../../src/ground/turn.js";
import { MOST_GUIDES, prepareGuide } from "../../src/table/guide.js";
import {
  LEAST_ROWS,
  LEAST_SHARE,
  learnCuts,
  MOST_BINS,
  MOST_VALUES,
  SIGNIFICANCE,
} from "../../src/table/learn-bins.js";
import { learnMedians, MOST_NUMBERS, MOST_SAMPLED, MOST_WITH_BINS } from "../../src/table/learn-median.js";
import { learnEncoder } from "./learn.js";

interface Row {
  readonly x: number;
  /** A number a guide. */
  readonly y: readonly number[];
}

/** The sum over guides of sum² / n. */
const score = (rows: readonly Row[]) =>
  rows[0].y.reduce((all, _, k) => all + rows.reduce((sum, { y }) => sum + y[k], 0) ** 2, 0) / rows.length;

/** The best cut of a bin, or none. */
function bestCut(rows: readonly Row[], least: number, significance: number) {
  const squares = rows.reduce((sum, { y }) => sum + y.reduce((own, number) => own + number * number, 0), 0);
  let gain = 1e-12 * squares;
  let found: { gain: number; cut: number; halves: Row[][] } | undefined;
  const values = [...new Set(rows.map(({ x }) => x + 0))].sort((a, b) => a - b);
  for (let i = 1; i < values.length; i++) {
    const halves = [rows.filter(({ x }) => x < values[i]), rows.filter(({ x }) => x >= values[i])];
    if (halves.some(({ length }) => length < least)) continue;
    const gained = score(halves[0]) + score(halves[1]) - score(rows);
    const left = squares - score(rows) - gained;
    if (!(gained > gain && gained * rows.length > significance * left)) continue;
    gain = gained;
    const middle = values[i - 1] + (values[i] - values[i - 1]) / 2;
    found = { gain, cut: middle > values[i - 1] && middle < values[i] ? middle : values[i], halves };
  }
  return found;
}

/** The same tree without sums that are kept. */
function naiveCuts(rows: readonly Row[], mostBins: number, significance: number, leastRows = LEAST_ROWS): number[] {
  const largest = Math.max(...rows.map(({ x }) => x));
  if (new Set(rows.map(({ x }) => x + 0)).size <= 2) return [];
  const least = Math.max(leastRows, Math.floor(rows.length * LEAST_SHARE));
  const leaves = [bestCut(rows, least, significance)];
  const cuts: number[] = [];
  while (leaves.length < mostBins) {
    const best = leaves.reduce((a, b) => (b && (!a || b.gain > a.gain) ? b : a), undefined);
    if (!best) break;
    leaves.splice(leaves.indexOf(best), 1, ...best.halves.map((half) => bestCut(half, least, significance)));
    cuts.push(best.cut + 0);
  }
  return cuts.filter((cut) => cut < largest);
}

/** Cuts as the library makes them, of numbers by their own places. */
function cutsOf(x: Float64Array, targets: Float64Array, classes?: number, rules?: Parameters<typeof learnCuts>[4]) {
  const rows = order(x.length);
  const guides = runThrough(prepareGuide({ targets, classes }, rows));
  return { guides, cuts: runThrough(learnCuts(x, rows, x.slice().sort(), guides, rules)) };
}

/** Numbers as columns hold them. */
const COLUMNS: [string, (random: Random) => number][] = [
  ["normal", (random) => random.normal()],
  ["few", (random) => random.below(5) - 2],
  ["92 % zeros", (random) => (random.uniform() < 0.92 ? 0 : random.uniform())],
  ["zeros of both signs", (random) => [-0, 0, 1, -1, 2][random.below(5)]],
  ["neighbours in float64", (random) => 1 + random.below(6) * 2 ** -52],
  ["of all sizes", (random) => random.normal() * 10 ** (random.below(70) - 35)],
  ["two", (random) => random.below(2)],
];

describe("bins", () => {
  for (const [name, draw] of COLUMNS) {
    for (const classes of [undefined, 2, 5]) {
      it(`${name}, ${classes ? `${classes} classes` : "values"}: are those of the naive tree`, () => {
        const cases = fc.tuple(
          fc.nat(),
          fc.integer({ min: 1, max: 200 }),
          fc.constantFrom(2, 3, 16),
          fc.constantFrom(0, 3, 20),
        );
        fc.assert(
          fc.property(cases, ([seed, n, mostBins, significance]) => {
            const random = new Random(seed);
            const x = Float64Array.from({ length: n }, () => draw(random));
            const targets = x.map((value) => {
              const signal = value * value + random.normal();
              return classes ? Math.min(classes - 1, Math.floor(Math.abs(signal))) : signal;
            });
            const rules = { mostBins, significance };
            const { cuts, guides } = cutsOf(x, targets, classes, rules);
            const rows = Array.from(x, (value, i) => {
              const own = classes
                ? Array.from({ length: classes }, (_, k) => Number(targets[i] === k))
                : [(targets[i] - guides.mean) / guides.deviation];
              return { x: value, y: own };
            });
            // Gains of whole numbers may be equal: their sum runs in the order of the library's classes.
            const places = guides.places;
            const sorted = rows.map((row) => ({ ...row, y: places ? byPlace(row.y, places) : row.y }));
            expect(cuts).toEqual(naiveCuts(sorted, mostBins, significance));
          }),
          { numRuns: 40 },
        );
      });
    }
  }

  const byPlace = (numbers: readonly number[], places: Int32Array) => {
    const sorted = new Array<number>(numbers.length).fill(0);
    for (const [id, place] of places.entries()) if (place >= 0) sorted[place] = numbers[id];
    return sorted;
  };

  it("control: a tree whose bins may hold fewer rows is noticed", () => {
    const random = new Random(3);
    const x = Float64Array.from({ length: 100 }, () => random.normal());
    const targets = x.map((value) => value + random.normal());
    const rows = Array.from(x, (value, i) => ({ x: value, y: [targets[i]] }));
    const { cuts, guides } = cutsOf(x, targets);
    const standardise = (value: number) => (value - guides.mean) / guides.deviation;
    const standardised = rows.map(({ x, y }) => ({ x, y: y.map(standardise) }));
    expect(cuts).toEqual(naiveCuts(standardised, MOST_BINS, SIGNIFICANCE));
    const any = { mostBins: MOST_BINS, significance: 0 };
    const all = cutsOf(x, targets, undefined, any).cuts;
    expect(all).toEqual(naiveCuts(standardised, MOST_BINS, 0));
    expect(all).not.toEqual(naiveCuts(standardised, MOST_BINS, 0, LEAST_ROWS - 3));
    // Most of what any gain would cut is chance.
    expect(all.length).toBeGreaterThan(cuts.length);
  });

  it("fewer are the first of more; all hold rows enough; and the target's steps are found", () => {
    const random = new Random(1);
    const x = Float64Array.from({ length: 2000 }, () => random.uniform());
    const targets = x.map((value) => (value < 0.3 ? 0 : value < 0.7 ? 5 : 1) + 0.1 * random.normal());
    const { cuts } = cutsOf(x, targets, undefined, { mostBins: MOST_BINS, significance: 0 });
    expect(cuts).toHaveLength(MOST_BINS - 1);
    expect(cuts[0]).toBeCloseTo(0.3, 2);
    expect(cuts[1]).toBeCloseTo(0.7, 2);
    for (const mostBins of [2, 5]) {
      expect(cutsOf(x, targets, undefined, { mostBins, significance: 0 }).cuts).toEqual(cuts.slice(0, mostBins - 1));
    }
    const edges = [Number.NEGATIVE_INFINITY, ...cuts.sort((a, b) => a - b), Number.POSITIVE_INFINITY];
    for (let k = 1; k < edges.length; k++) {
      expect(x.filter((value) => value >= edges[k - 1] && value < edges[k]).length).toBeGreaterThanOrEqual(10);
    }
    // What a chance of some percent would gain, no cut of noise does.
    expect(cutsOf(x, targets, undefined, { mostBins: 16, significance: 30 }).cuts).toHaveLength(2);
  });

  it("are none where the target does not vary, rows are few, or values are two", () => {
    const x = Float64Array.from({ length: 100 }, (_, i) => i);
    expect(cutsOf(x, new Float64Array(100).fill(0.1)).cuts).toEqual([]);
    expect(cutsOf(x.slice(0, 15), x.slice(0, 15)).cuts).toEqual([]);
    expect(cutsOf(x.slice(0, 16), x.slice(0, 16)).cuts).toEqual([7.5]);
    const two = x.map((value) => value % 2);
    expect(cutsOf(two, two).cuts).toEqual([]);
  });

  it("of more values than are told apart lie where they would, nearly", () => {
    const random = new Random(5);
    const x = Float64Array.from({ length: 5 * MOST_VALUES }, () => random.uniform());
    const { cuts } = cutsOf(
      x,
      x.map((value) => Number(value > 0.6)),
    );
    expect(cuts[0]).toBeCloseTo(0.6, 3);
  });

  it("of more classes than guide are cut by the most frequent, of equals the first", () => {
    const classes = MOST_GUIDES + 8;
    const targets = Float64Array.from({ length: 4000 }, (_, i) => (i % 2 ? i % classes : 39));
    const { places, width } = runThrough(prepareGuide({ targets, classes }, order(4000)));
    expect(width).toBe(MOST_GUIDES);
    expect(places?.filter((place) => place >= 0)).toHaveLength(MOST_GUIDES);
    expect([places?.[39], places?.[1]]).toEqual([0, 1]);
    const x = targets.map((id, i) => (id === 39 ? 1 : 0) + (i % 7) / 10);
    expect(cutsOf(x, targets, classes).cuts[0]).toBeGreaterThan(0.6);
  });
});

describe("medians and spreads", () => {
  it("quantiles are numpy's", () => {
    // numpy.quantile([1, 2, 4, 8, 16.5], [0, .1, .25, .4, .5, .75, .9, 1]) of numpy 2
    const sorted = Float64Array.of(1, 2, 4, 8, 16.5);
    const wanted = [1, 1.4, 2, 3.2, 4, 8, 13.1, 16.5];
    [0, 0.1, 0.25, 0.4, 0.5, 0.75, 0.9, 1].forEach((share, i) => {
      expect(quantile(sorted, share)).toBeCloseTo(wanted[i], 14);
    });
    expect(quantile(Float64Array.of(3), 0.25)).toBe(3);
  });

  const learn = (values: readonly unknown[], target = (i: number) => i % 2) => {
    const rows = values.map((x, i) => ({ x, y: target(i) }));
    const guide = { targets: Float64Array.from(rows, ({ y }) => y) };
    return learnEncoder(rows, "y", { columns: { x: "number" } }, undefined, guide).columns[0];
  };

  it("are those of the known values, far ones too", () => {
    const often = (values: readonly unknown[]) => learn(new Array(8).fill(values).flat());
    expect(often([1, null, 2, 3, "NA", 4, 1e30])).toMatchObject({ median: 3, spread: 2 });
    expect(often([0, 0, 0, 0, 0, 0, 10, 0])).toMatchObject({ median: 0, spread: 5 });
    expect(often([7, 7, 7])).toMatchObject({ median: 7, spread: 1 });
    expect(often([0.1 + 0.2, 0.3])).toMatchObject({ spread: 1 });
    expect(Object.is((often([-0, -0, -0]) as { median: number }).median, 0)).toBe(true);
    expect("bins" in often([7, 7, 7])).toBe(false);
    // Fewer than 16 go by mean and deviation: what is no straight line in them would be one of what follows from them.
    for (const few of [
      [7, 7, 7],
      [null, null],
      [1, 2, 3, 4, 5, 6],
    ])
      expect("median" in learn(few)).toBe(false);
  });

  it("of more rows than are looked at: ends are those of all, the rest is that of a share", () => {
    const n = 2 * MOST_SAMPLED + 1;
    const column = learn(
      Array.from({ length: n }, (_, i) => (i === 3 ? 1e6 : i === 5 ? -1e6 : i / n)),
      (i) => Number(i / n > 0.25),
    ) as { median: number; bins: readonly number[] };
    expect(column.median).toBeCloseTo(0.5, 3);
    expect([column.bins[0], column.bins.at(-1)]).toEqual([-1e6, 1e6]);
    expect(column.bins.some((edge) => Math.abs(edge - 0.25) < 1e-3)).toBe(true);
  });

  it("bins are fewer where features would be too many", () => {
    const random = new Random(2);
    // All columns follow the target: chance cuts no bins.
    const targets = Float64Array.from({ length: 300 }, () => random.normal());
    const columnsOf = (count: number, rowNumbers = order(300)) => {
      const cells = Array.from({ length: count }, (_, c) => ({
        name: `c${String(c).padStart(5, "0")}`,
        kind: "number" as const,
        isDeclared: false,
        textOnly: false,
        cells: targets,
      }));
      const learned = cells.map(({ name }) => ({
        kind: "number" as const,
        name,
        mean: 0,
        deviation: 1,
        hasMissing: false,
      }));
      return runThrough(learnMedians(cells, learned, rowNumbers, { targets }));
    };
    for (const [count, most] of [
      [160, 24],
      [240, 12],
      [500, 6],
      [800, 3],
      [1300, 0],
    ]) {
      const bins = columnsOf(count).map((column) => ("bins" in column && column.bins ? column.bins.length - 1 : 0));
      expect(Math.max(...bins)).toBe(most);
      expect(count + bins.reduce((sum, own) => sum + own, 0)).toBeLessThanOrEqual(MOST_WITH_BINS);
    }
    // Of very many rows fewer still.
    const many = Uint32Array.from({ length: 2 ** 21 }, (_, i) => i % 300);
    const bins = columnsOf(10, many).map((column) => ("bins" in column && column.bins ? column.bins.length - 1 : 0));
    expect(bins).toEqual(new Array(10).fill(6));
    expect(2 ** 21 * 10 * (1 + 6)).toBeLessThanOrEqual(MOST_NUMBERS);
  });
});

/** Months, weekdays and hours of dates: right in all years, only where they vary, and the same bits everywhere that rows are read. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ExportableTable } from "../../src/exchange/exported-model.js";
import { toModule } from "../../src/exchange/standalone/module.js";
import { order, Random } from "../../src/ground/random.js";
import { runThrough } from "../../src/ground/turn.js";
import { MLP, Regressor } from "../../src/index.js";
import { readCells } from "../../src/table/cells.js";
import { type DateColumn, type LearnedColumn, nameFeatures } from "../../src/table/columns.js";
import {
  DATE_PARTS,
  type DatePart,
  monthOfDay,
  monthsOfDay,
  placeParts,
  weekdayOfDay,
  writeParts,
} from "../../src/table/date-parts.js";
import type { Encoder } from "../../src/table/encoder.js";
import { learnParts } from "../../src/table/learn-parts.js";
import { encodeCells } from "../../src/table/made-features.js";
import { readEncoder } from "../../src/table/saved-encoder.js";
import { RowList } from "../../src/table/table-source.js";
import { learnEncoder } from "./learn.js";

const DAY = 86_400_000;

const COLUMN: DateColumn = {
  ...{ kind: "date", name: "at", mean: 19000, deviation: 300, bound: 8, hasMissing: true, missingShare: 0.25 },
  ...{ form: { type: "date", order: "year-first" }, parts: DATE_PARTS, median: 19000, spread: 400 },
};
const encoderOf = (changes: object = {}) =>
  readEncoder("load", { missing: [], columns: [JSON.parse(JSON.stringify({ ...COLUMN, ...changes }))] });

/** The features of a moment, in milliseconds since 1970, part by part. */
function partsOf(time: number): Record<DatePart, number[]> {
  const out = new Float32Array(67);
  const places = placeParts(DATE_PARTS, 0);
  if (places) writeParts(places, time / DAY, out, 0);
  return { month: [...out.subarray(0, 36)], weekday: [...out.subarray(36, 43)], hour: [...out.subarray(43)] };
}

/** How much a position on a circle is each of its places. */
const hats = (position: number, around: number) =>
  Array.from({ length: around }, (_, k) => {
    const way = Math.abs(position - k);
    return Math.max(0, 1 - Math.min(way, around - way));
  });

/** Where a day lies among 36 places, by the engine's calendar: its days are counted from March on, in a like year that Date reaches. */
function placeOf(date: Date): number {
  const [year, month] = [2000 + (((date.getUTCFullYear() % 400) + 400) % 400), date.getUTCMonth()];
  const days = (Date.UTC(year, month, date.getUTCDate()) - Date.UTC(month < 2 ? year - 1 : year, 2, 1)) / DAY;
  const longer = month === 1 ? (date.getUTCDate() - 1) / 480 : 0;
  return (3 * ((5 * days + 2) / 153 + 2 + longer)) % 36;
}

/** What is wrong with the features of a moment, by the engine's own calendar. */
function wrong(time: number, { month, weekday, hour }: Record<DatePart, readonly number[]>): string[] {
  const date = new Date(time);
  const ones = (count: number, one: number) => Array.from({ length: count }, (_, k) => Number(k === one));
  const hours = date.getUTCHours() + (time / 3_600_000 - Math.floor(time / 3_600_000));
  const [places, shares] = [hats(placeOf(date), 36), hats(hours, 24)];
  const isRight = {
    month: month.every((feature, k) => Math.abs(feature - places[k]) < 1e-7),
    weekday: `${weekday}` === `${ones(7, (date.getUTCDay() + 6) % 7)}`,
    // Hours of large numbers of milliseconds are right to some 1e-6 here.
    hour: hour.every((feature, k) => Math.abs(feature - shares[k]) < 1e-5),
    sums: [month, weekday, hour].every((part) => Math.abs(part.reduce((sum, x) => sum + x) - 1) < 1e-7),
  };
  return Object.entries(isRight).flatMap(([what, right]) => (right ? [] : [`${what} of ${date.toISOString()}`]));
}

/** Moments of the years -200 to 9999, and of all that a Date reaches. */
const moment = fc.oneof(
  fc.integer({ min: Date.UTC(-200, 0, 1), max: Date.UTC(9999, 11, 31, 23, 59, 59, 999) }),
  fc.integer({ min: Date.UTC(1900, 0, 1), max: Date.UTC(2100, 0, 1) }),
);

describe("parts of a date", () => {
  it("are those of the engine's calendar, in all years", () => {
    fc.assert(
      fc.property(moment, (time) => {
        expect(wrong(time, partsOf(time))).toEqual([]);
      }),
      { numRuns: 5000 },
    );
  });

  it("of each day from 1890 to 2110, and of the first and last days of all years", () => {
    const days = Array.from({ length: 80_400 }, (_, i) => i - 29_300);
    for (let year = -200; year <= 9999; year++) {
      for (const month of [0, 1, 2]) {
        const first = new Date(0).setUTCFullYear(year, month, 1) / DAY;
        days.push(first - 1, first);
      }
    }
    const odd = days.filter((day) => {
      const date = new Date(day * DAY);
      return monthOfDay(day) !== date.getUTCMonth() || weekdayOfDay(day) !== (date.getUTCDay() + 6) % 7;
    });
    expect(odd).toEqual([]);
  });

  it("control: a calendar without leap days in 2000, and a week that begins on Sunday, are noticed", () => {
    const time = Date.UTC(2000, 1, 29, 12);
    const right = partsOf(time);
    expect(wrong(time, right)).toEqual([]);
    const [march, sunday, noon] = [partsOf(time + DAY).month, partsOf(time - DAY).weekday, partsOf(time + 1e6).hour];
    expect(wrong(time, { ...right, month: march })).toEqual(["month of 2000-02-29T12:00:00.000Z"]);
    expect(wrong(time, { ...right, weekday: sunday })).toEqual(["weekday of 2000-02-29T12:00:00.000Z"]);
    expect(wrong(time, { ...right, hour: noon })).toEqual(["hour of 2000-02-29T12:00:00.000Z"]);
  });

  it("of months are those of the calendar on each day of the years -200 to 4000, and go on evenly from day to day", () => {
    const [from, to] = [-200, 4001].map((year) => new Date(0).setUTCFullYear(year, 0, 1) / DAY);
    const odd: number[] = [];
    const [steps, ends] = [new Set<number>(), new Set<number>()];
    const date = new Date(0);
    let months = monthsOfDay(from);
    for (let day = from; day < to; day++) {
      date.setTime(day * DAY);
      const month = date.getUTCMonth();
      if (Math.floor(months) !== month || monthOfDay(day) !== month) odd.push(day);
      const next = monthsOfDay(day + 1);
      const step = 3 * (next < months ? next + 12 - months : next - months);
      (month === 1 && next >= 2 ? ends : steps).add(Math.round(1e4 * step) / 1e4);
      months = next;
    }
    expect(odd).toEqual([]);
    // 15 of 153, and in February 3 of 480 more.
    expect([...steps].sort()).toEqual([0.098, 0.1043]);
    // From February 29th on, and from the 28th.
    expect([...ends].sort()).toEqual([0.0407, 0.145]);
    expect(Math.max(...steps, ...ends)).toBeLessThanOrEqual(0.15);
  });

  it("of months by hand: around New Year and the ends of February", () => {
    const places = (year: number, month: number, day: number) => {
      const own = partsOf(Date.UTC(year, month - 1, day, 23)).month;
      expect(own.reduce((sum, x) => sum + x)).toBeCloseTo(1, 7);
      return [...own.entries()].flatMap(([k, feature]) => (feature === 0 ? [] : [[k, Math.round(1000 * feature)]]));
    };
    expect(places(2024, 12, 1)).toEqual([[33, 1000]]);
    // 1527 and 1532 of 1836.
    expect(places(2024, 12, 31)).toEqual([
      [0, 941],
      [35, 59],
    ]);
    expect(places(2025, 1, 1)).toEqual([
      [0, 961],
      [1, 39],
    ]);
    expect(places(2024, 2, 29)).toEqual([
      [5, 1],
      [6, 999],
    ]);
    expect(places(2023, 2, 28)).toEqual([
      [5, 106],
      [6, 894],
    ]);
    expect(places(2023, 3, 1)).toEqual([
      [6, 961],
      [7, 39],
    ]);
  });

  it("control: a year that does not go round is noticed", () => {
    const time = Date.UTC(2024, 11, 31);
    const { month, ...others } = partsOf(time);
    const cut = [0, ...month.slice(1)];
    expect(wrong(time, { ...others, month: cut })).toEqual(
      ["month", "sums"].map((what) => `${what} of 2024-12-31T00:00:00.000Z`),
    );
  });

  it("by hand: 8:30 is half 8 and half 9 o'clock, 23:45 three quarters of the way to 0", () => {
    const hours = (hour: number, minute: number) => {
      const own = partsOf(Date.UTC(1969, 6, 20, hour, minute)).hour;
      return Object.fromEntries([...own.entries()].filter(([, feature]) => feature !== 0));
    };
    expect(hours(8, 30)).toEqual({ 8: 0.5, 9: 0.5 });
    expect(hours(23, 45)).toEqual({ 0: 0.75, 23: 0.25 });
    expect(hours(0, 0)).toEqual({ 0: 1 });
    expect(partsOf(Date.UTC(1969, 6, 20)).weekday).toEqual([0, 0, 0, 0, 0, 0, 1]);
  });

  it("of hours change little in little time, around midnight too", () => {
    const near = fc.integer({ min: -3_600_000, max: 3_600_000 });
    fc.assert(
      fc.property(fc.oneof(moment, near), fc.integer({ min: 0, max: 600_000 }), (time, later) => {
        const [a, b] = [partsOf(time).hour, partsOf(time + later).hour];
        for (const [k, feature] of a.entries()) expect(Math.abs(feature - b[k])).toBeLessThan(later / 3_600_000 + 1e-6);
      }),
    );
  });

  it("are finite for any number of days, and those of the outermost day beyond what a Date reaches", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (days) => {
        const { month, weekday, hour } = partsOf(days * DAY);
        for (const part of [month, weekday, hour]) {
          expect(part.every((feature) => feature >= 0 && feature <= 1)).toBe(true);
          expect(part.reduce((sum, feature) => sum + feature)).toBeCloseTo(1, 6);
        }
      }),
    );
    expect(partsOf(1e300)).toEqual(partsOf(8.64e15));
    expect(partsOf(Number.NEGATIVE_INFINITY)).toEqual(partsOf(-8.64e15));
    for (const time of [8.64e15, -8.64e15]) expect(wrong(time, partsOf(time))).toEqual([]);
  });
});

describe("columns of dates", () => {
  const named = (encoder: Encoder, at: unknown) =>
    Object.fromEntries(
      [...encoder.encode("predict", [{ at }])].flatMap((feature, i): [string, number][] =>
        feature !== 0 && i > 0 ? [[encoder.featureNames[i], feature]] : [],
      ),
    );

  it("have parts after their bins, and before the feature that tells of missing dates", () => {
    const names = nameFeatures({ ...COLUMN, bins: [0, 1000, 20000], means: [0, 0] });
    expect(names).toHaveLength(1 + 2 + 67 + 1);
    expect(names.slice(0, 4)).toEqual([
      "at",
      "at 1970-01-01..1972-09-27",
      "at 1972-09-27..2024-10-04",
      "at in early January",
    ]);
    expect(names.slice(4, 7)).toEqual(["at in mid January", "at in late January", "at in early February"]);
    expect(names.slice(38, 40)).toEqual(["at in late December", "at on Monday"]);
    expect(names.slice(45, 48)).toEqual(["at on Sunday", "at at 0:00", "at at 1:00"]);
    expect(names.slice(-2)).toEqual(["at at 23:00", "at is missing"]);
    expect(new Set(names).size).toBe(names.length);
  });

  it("of Dates and texts alike; times with an offset are those of UTC", () => {
    const encoder = encoderOf({ missingShare: undefined });
    const between = (a: string, b: string, share: number) => ({
      [`at in ${a}`]: expect.closeTo(1 - share, 6),
      [`at in ${b}`]: expect.closeTo(share, 6),
    });
    const may = between("early May", "mid May", 3 / 153);
    const own = { ...may, "at on Wednesday": 1, "at at 8:00": 0.5, "at at 9:00": 0.5 };
    for (const at of [
      new Date("2024-05-01T08:30:00Z"),
      ...["2024-05-01T08:30:00Z", "2024-05-01 08:30", "May 1, 2024 8:30 AM", "1 May 24 08:30"],
      ...["2024-05-01T10:30:00+02:00", "2024-05-01T01:30:00-0700"],
    ]) {
      expect(named(encoder, at)).toEqual(own);
    }
    const lastDay = between("late December", "early January", 144 / 153);
    const newYear = { ...lastDay, "at on Sunday": 1, "at at 23:00": 1 };
    expect(named(encoder, "2024-01-01T00:00:00+01:00")).toEqual(newYear);
    const short = encoderOf({ form: { type: "date", order: "day-first" }, parts: ["month", "weekday"] });
    expect(named(short, "29/2/00")).toMatchObject({
      ...between("late February", "early March", 126 / 153 + (3 * 28) / 480),
      "at on Tuesday": 1,
    });
    expect(named(short, "31/12/99")).toMatchObject({ ...lastDay, "at on Friday": 1 });
    const firstDay = between("early January", "mid January", 6 / 153);
    expect(named(encoder, "0001-01-01")).toEqual({ ...firstDay, "at on Monday": 1, "at at 0:00": 1 });
  });

  it("have no part where the date is missing", () => {
    for (const at of [null, undefined, "", "NA", new Date(Number.NaN)]) {
      expect(named(encoderOf(), at)).toEqual({ "at is missing": 0.75 });
      expect(named(encoderOf({ hasMissing: false }), at)).toEqual({});
    }
  });

  /** The parts that are learned of a column of such cells. */
  function learned(cells: readonly unknown[], options: object = {}) {
    const rows = cells.map((at, i) => ({ at, x: i % 3, y: i % 5 }));
    const encoder = learnEncoder(rows, "y", options, undefined, { targets: Float64Array.from(rows, ({ y }) => y) });
    return (encoder.columns[0] as DateColumn).parts;
  }
  const many = (of: (i: number) => unknown) => Array.from({ length: 30 }, (_, i) => of(i));

  it("have those that vary", () => {
    const at = (month: number, day: number, hour = 0) => new Date(Date.UTC(2024, month, day, hour));
    expect(learned(many((i) => at(i % 12, i, i)))).toEqual(["month", "weekday", "hour"]);
    expect(learned(many((i) => at(i % 12, i)))).toEqual(["month", "weekday"]);
    expect(learned(many((i) => at(0, 1 + i)))).toEqual(["weekday"]);
    expect(learned(many((i) => at(0, 1 + i, 13)))).toEqual(["weekday"]);
    expect(learned(many((i) => at(0, 1, i % 24)))).toEqual(["hour"]);
    expect(learned(many((i) => at(0, 1 + 7 * i, 12)))).toEqual(["month"]);
    expect(learned(many((i) => `${2000 + i}-01`))).toEqual(["weekday"]);
    // One in thirty is another, or missing.
    expect(learned(many((i) => (i === 7 ? "2024-01-02" : i === 9 ? null : "2024-01-09")))).toBeUndefined();
    expect(learned(many((i) => (i === 7 ? "2024-01-02" : i === 9 ? null : "2024-01-10")))).toEqual(["weekday"]);
  });

  it("that are declared, too, with one date or none", () => {
    const options = { columns: { at: "date" } };
    expect(
      learned(
        many(() => "2024-01-01"),
        options,
      ),
    ).toBeUndefined();
    expect(
      learned(
        many(() => null),
        options,
      ),
    ).toBeUndefined();
    expect(
      learned(
        many((i) => `2024-01-${10 + (i % 20)}`),
        options,
      ),
    ).toEqual(["weekday"]);
    const short = many((i) => `${1 + (i % 28)}/${1 + (i % 12)}/${10 + i}`);
    expect(learned(short, { columns: { at: "day-first" } })).toEqual(["month", "weekday"]);
  });

  it("have none beyond as many features as may be: hours are left out, then weekdays, then months", () => {
    const days = Float64Array.from({ length: 30 }, (_, i) => 19_000 + 10.1 * i);
    const cells = { name: "at", kind: "date", isDeclared: false, textOnly: false, cells: days } as const;
    const parts = (limit: number) => {
      const [own] = runThrough(
        learnParts([cells], [{ ...COLUMN, parts: undefined } as LearnedColumn], () => true, order(30), limit),
      );
      return (own as DateColumn).parts;
    };
    // One of the number, one of missing dates.
    expect([69, 68, 45, 44, 38, 37, 0].map(parts)).toEqual([
      ["month", "weekday", "hour"],
      ["month", "weekday"],
      ["month", "weekday"],
      ["month"],
      ["month"],
      undefined,
      undefined,
    ]);
  });

  it("look at rows that are trained on alone", () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({ at: new Date(i % 2 ? i * 1e9 : i * 7 * DAY), y: i % 3 }));
    const guide = { targets: Float64Array.from(rows, ({ y }) => y) };
    const half = Uint32Array.from({ length: 20 }, (_, i) => 2 * i);
    const parts = (rowNumbers?: Uint32Array) =>
      (learnEncoder(rows, "y", {}, rowNumbers, guide).columns[0] as DateColumn).parts;
    expect(parts(half)).toEqual(["month"]);
    expect(parts()).toEqual(["month", "weekday", "hour"]);
    // As version 0.1 learned them: without targets.
    expect((learnEncoder(rows, "y").columns[0] as DateColumn).parts).toBeUndefined();
  });
});

const sameBits = (a: Float32Array, b: Float32Array) =>
  Buffer.from(a.slice().buffer).equals(Buffer.from(b.slice().buffer));

describe("features with parts", () => {
  it("have the same bits by rows, by one row, by cells, by a file, and by a module", async () => {
    for (const seed of [1, 2, 3]) {
      const random = new Random(seed);
      const rows = Array.from({ length: 300 }, () => {
        const at = new Date(Date.UTC(1850, 0, 1) + Math.floor(1e13 * random.uniform()));
        return {
          at: random.below(8) ? at : undefined,
          day: `${1 + random.below(28)}.${1 + random.below(12)}.${1900 + random.below(200)}`,
          zoned: `2024-05-${10 + random.below(20)}T${10 + random.below(14)}:${10 + random.below(50)}:07.125+0${random.below(9)}:30`,
          y: at.getUTCDay() + random.normal(),
        };
      });
      const guide = { targets: Float64Array.from(rows, ({ y }) => y) };
      const encoder = learnEncoder(rows, "y", { columns: { day: "day-first" } }, undefined, guide);
      expect(encoder.columns.map((own) => (own as DateColumn).parts?.length)).toEqual([3, 2, 2]);
      const all = encoder.encode("predict", rows);
      const cells = runThrough(readCells("fit", new RowList(rows), "y", { day: "day-first" }));
      const out = new Float32Array(all.length);
      expect(sameBits(runThrough(encodeCells("fit", encoder, cells, order(rows.length), out)), all)).toBe(true);
      const loaded = readEncoder("load", JSON.parse(JSON.stringify(encoder)));
      expect(JSON.stringify(loaded)).toBe(JSON.stringify(encoder));
      expect(loaded.featureNames).toEqual(encoder.featureNames);
      expect(sameBits(loaded.encode("predict", rows), all)).toBe(true);
      const { readOne } = await moduleOf(encoder);
      const one = new Float32Array(encoder.width);
      for (const [r, row] of rows.entries()) {
        const own = all.subarray(r * encoder.width, (r + 1) * encoder.width);
        expect(sameBits(encoder.encodeOne("predict", row, one.fill(7)), own)).toBe(true);
        readOne("predict", row, one.fill(7));
        expect(sameBits(one, own)).toBe(true);
      }
      // Control: a file without parts makes others.
      const bare = encoder.toJSON().columns.map((own) => ({ ...own, parts: undefined }));
      expect(readEncoder("load", { missing: [], columns: bare }).width).toBeLessThan(encoder.width);
    }
  });

  /** What a module written for a model of these columns makes of a row. */
  async function moduleOf(
    encoder: Encoder,
  ): Promise<{ readOne: (call: string, row: object, out: Float32Array) => void }> {
    const net = await MLP.create({ layers: [encoder.width, 1], output: "linear" });
    const code = { mean: 0, deviation: 1 };
    const saved = () => ({ kind: "regressor", target: "y", encoder: encoder.toJSON(), code });
    const source = `${toModule({ net, members: [net], columns: encoder.columns, saved } as unknown as ExportableTable)}
      const readers = columns.map((column) => makeReader(column, new Set(missing)));
      export const readOne = (call, row, out) => readRow(call, readers, row, out);`;
    return import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(source)}`);
  }
});

describe("files with parts", () => {
  const wanted = 'some of month, weekday, hour in this order as parts of column "at"';
  const refusals: [object, string][] = [
    ...[[], ["hour", "month"], ["month", "month"], ["year"], [1], ["month", null]].map((parts): [object, string] => [
      { parts },
      `${wanted}, got an array`,
    ]),
    [{ parts: "month" }, `${wanted}, got "month"`],
    [{ parts: { length: 1, 0: "month" } }, `${wanted}, got an object`],
    [{ parts: null }, `${wanted}, got null`],
    [{ median: undefined, spread: undefined }, 'parts of column "at" with its median alone, got an array'],
  ];
  for (const [changes, words] of refusals) {
    it(`${words}: ${JSON.stringify(changes)}`, () => {
      expect(() => encoderOf(changes)).toThrow(new Error(`load: the file must hold ${words}.`));
    });
  }

  it("hold as they were; older ones have none, and numbers never", () => {
    expect(encoderOf().toJSON().columns).toEqual([COLUMN]);
    for (const parts of [["month"], ["weekday", "hour"], ["month", "hour"]]) {
      expect(encoderOf({ parts }).toJSON().columns).toEqual([{ ...COLUMN, parts }]);
    }
    const old = encoderOf({ parts: undefined });
    expect(old.toJSON().columns[0]).not.toHaveProperty("parts");
    expect([...old.encode("predict", [{ at: "2022-01-08" }])]).toEqual([0, -0.25]);
    const oldest = encoderOf({ parts: undefined, median: undefined, spread: undefined });
    expect([...oldest.encode("predict", [{ at: "2022-11-04" }])]).toEqual([1, -0.25]);
    expect(encoderOf({ kind: "number", form: undefined }).toJSON().columns[0]).not.toHaveProperty("parts");
  });
});

describe("a fit", () => {
  const rows = Array.from({ length: 1200 }, (_, i) => {
    const day = (i * 7919) % 1461;
    const at = new Date(Date.UTC(2020, 0, 1 + day));
    return { at, days: day, y: [3, 1, 4, 1, 5, 9, 2][at.getUTCDay()] };
  });
  const [known, others] = [rows.slice(0, 900), rows.slice(900)];

  it("learns what depends on the weekday alone, which days as numbers do not tell", async () => {
    const ofColumn = (column: "at" | "days") => ({
      train: known.map((row) => ({ x: row[column], y: row.y })),
      test: others.map((row) => ({ x: row[column], y: row.y })),
    });
    const dates = ofColumn("at");
    const model = await Regressor.fit(dates.train, { target: "y", seed: 1 });
    expect(model.evaluate(dates.test).r2).toBeGreaterThan(0.95);
    expect(model.summary()).toMatch(/x +date +\d+ +about 202\d.* to 202\d.*, by month and weekday/);
    const loaded = await Regressor.load(model.save());
    expect(loaded.predict(dates.test)).toEqual(model.predict(dates.test));
    expect(loaded.save()).toEqual(model.save());
    // Control: by the number alone, as before.
    const numbers = ofColumn("days");
    expect((await Regressor.fit(numbers.train, { target: "y", seed: 1 })).evaluate(numbers.test).r2).toBeLessThan(0.3);
  });
});

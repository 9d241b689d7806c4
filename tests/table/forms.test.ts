/** Numbers and dates as people write them: what a text is in a form, and which form a column's texts have. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { runThrough } from "../../src/ground/turn.js";
import { type DateOrder, readDate } from "../../src/table/dates.js";
import { type Form, isForm, NUMERAL, readForm } from "../../src/table/forms.js";
import { inferKind, targetForm } from "../../src/table/infer-kind.js";

const column = { name: "x", markers: new Set<string>() };
const infer = (values: readonly unknown[]) => runThrough(inferKind("fit", column, values, undefined));
const kindOf = (values: readonly unknown[]) => infer(values).kind;
/** Thirty different values, too many to be categories. */
const many = (of: (i: number) => unknown) => Array.from({ length: 30 }, (_, i) => of(i));

const AMOUNT = { type: "amount", prefix: "", suffix: "", comma: "thousands", scaled: false } as const;

describe("amounts", () => {
  const read: [string, Partial<Form>, number][] = [
    ["1,080", {}, 1080],
    ["1,234,567.5", {}, 1234567.5],
    ["12,34,567", {}, 1234567],
    ["1 234", {}, 1234],
    ["1\u00a0234\u202f567", {}, 1234567],
    ["1'234.5", {}, 1234.5],
    ["-1,080", {}, -1080],
    ["\u22125", {}, -5],
    ["007", {}, 7],
    ["2.5e3", {}, 2500],
    ["$95,442", { prefix: "$" }, 95442],
    ["-$5", { prefix: "$" }, -5],
    ["$-5", { prefix: "$" }, -5],
    ["Rs. 500", { prefix: "rs." }, 500],
    ["95", { prefix: "$" }, 95],
    ["12.5%", { suffix: "%" }, 12.5],
    ["12.5 %", { suffix: "%" }, 12.5],
    ["51,000 mi.", { suffix: "mi." }, 51000],
    ["1248 CC", { suffix: "cc" }, 1248],
    ["10,000+", { suffix: "+" }, 10000],
    ["13,6", { comma: "decimal" }, 13.6],
    ["1.234,56", { comma: "decimal" }, 1234.56],
    ["1.234.567", { comma: "decimal" }, 1234567],
    ["1 234,5 kg", { comma: "decimal", suffix: "kg" }, 1234.5],
    ["19M", { scaled: true }, 19e6],
    ["1.5 k", { scaled: true }, 1500],
    ["2 Crore", { scaled: true }, 2e7],
    ["12", { scaled: true }, 12],
  ];
  for (const [text, form, number] of read) {
    it(`${JSON.stringify(text)} is ${number}`, () =>
      expect(readForm(text, { ...AMOUNT, ...form } as Form)).toBe(number));
  }

  const refused: [string, Partial<Form>][] = [
    ["1,08", {}],
    ["1,0800", {}],
    ["0x1F", {}],
    ["1_000", {}],
    ["12 kg", { suffix: "lb" }],
    ["£5", { prefix: "$" }],
    ["0.12", { suffix: "%" }],
    ["1.5", { comma: "decimal" }],
    ["19m", { scaled: true }],
    ["2100 - 2850", {}],
    ["3/4", {}],
    ["", {}],
    ["9".repeat(70).concat(" kg"), { suffix: "kg" }],
  ];
  for (const [text, form] of refused) {
    it(`${JSON.stringify(text.slice(0, 20))} is none`, () =>
      expect(readForm(text, { ...AMOUNT, ...form } as Form)).toBeNaN());
  }

  it("what toLocaleString writes is read back, in six ways of writing", () => {
    const ways: [string, Partial<Form>][] = [
      ["en-US", {}],
      ["en-IN", {}],
      ["de-CH", {}],
      ["de-DE", { comma: "decimal" }],
      ["fr-FR", { comma: "decimal" }],
      ["sv-SE", { comma: "decimal" }],
    ];
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), fc.constantFrom(...ways), (thousandths, [locale, form]) => {
        const number = thousandths / 1000;
        const text = number.toLocaleString(locale, { maximumFractionDigits: 3 }).replace("’", "'");
        expect(readForm(text, { ...AMOUNT, ...form } as Form) + 0).toBe(number + 0);
      }),
    );
  });

  it("every numeral is the same number in every form with thousands", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        expect(NUMERAL.test(String(number))).toBe(true);
        // A text knows no sign of zero.
        expect(readForm(String(number), undefined)).toBe(number + 0);
        expect(readForm(String(number), AMOUNT)).toBe(number + 0);
      }),
    );
  });

  it("long texts take no time", () => {
    for (const text of [" ".repeat(1e6), "1,".repeat(5e5), "1 ".repeat(5e5), `${"9".repeat(1e6)}x`]) {
      for (const form of [AMOUNT, { type: "clock" }, { type: "duration" }, { type: "date", order: "day-first" }]) {
        expect(readForm(text, form as Form)).toBeNaN();
      }
    }
  });

  it("control: a comma taken for the other is noticed", () => {
    expect(readForm("1,080", { ...AMOUNT, comma: "decimal" })).toBe(1.08);
  });
});

describe("clocks and durations are minutes", () => {
  const texts: [string, "clock" | "duration", number][] = [
    ["22:20", "clock", 1340],
    ["9:05:30", "clock", 545.5],
    ["18.00.00", "clock", 1080],
    ["12:15 am", "clock", 15],
    ["1:00 P.M.", "clock", 780],
    ["18.30", "clock", Number.NaN],
    ["13:00 pm", "clock", Number.NaN],
    ["22:60", "clock", Number.NaN],
    ["2h 50m", "duration", 170],
    ["50m", "duration", 50],
    ["1 day 2 hours", "duration", 1560],
    ["1h30m15s", "duration", 90.25],
    ["50m 2h", "duration", Number.NaN],
    ["", "duration", Number.NaN],
  ];
  for (const [text, type, minutes] of texts) {
    it(`${type} ${JSON.stringify(text)}: ${minutes}`, () => expect(readForm(text, { type })).toBe(minutes));
  }
});

describe("dates are days since 1970", () => {
  const two = (n: number) => String(n).padStart(2, "0");
  const SHORT = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  /** Ways to write a day, and the orders by which each can be read. */
  const writings: [(y: string, m: number, d: number) => string, DateOrder[]][] = [
    [(y, m, d) => `${y}-${two(m)}-${two(d)}`, ["year-first", "day-first", "month-first"]],
    [(y, m, d) => `${y}/${m}/${d}`, ["year-first"]],
    [(y, m, d) => `${d}/${m}/${y}`, ["day-first"]],
    [(y, m, d) => `${two(d)}.${two(m)}.${y}`, ["day-first"]],
    [(y, m, d) => `${m}/${d}/${y}`, ["month-first"]],
    [(y, m, d) => `${m}-${d}-${y}`, ["month-first"]],
    [(y, m, d) => `${d} ${SHORT[m - 1]} ${y}`, ["year-first"]],
    [(y, m, d) => `${SHORT[m - 1]} ${d}, ${y}`, ["year-first"]],
    [(y, m, d) => `${d}-${SHORT[m - 1].toUpperCase()}-${y}`, ["year-first"]],
  ];

  it("as Date.UTC has them, in nine ways of writing, from year 1000 to 9999", () => {
    const day = fc.integer({ min: Date.UTC(1000, 0, 1) / 864e5, max: Date.UTC(9999, 11, 31) / 864e5 });
    fc.assert(
      fc.property(day, (days) => {
        const date = new Date(days * 864e5);
        for (const [write, orders] of writings) {
          const text = write(String(date.getUTCFullYear()), date.getUTCMonth() + 1, date.getUTCDate());
          for (const order of orders) expect(readDate(text, order), text).toBe(days);
        }
      }),
    );
  });

  it("with times and offsets as Date.parse has them", () => {
    const time = fc.integer({ min: 0, max: 4e12 });
    fc.assert(
      fc.property(time, fc.integer({ min: -14 * 60, max: 14 * 60 }), (milliseconds, offset) => {
        const iso = new Date(milliseconds).toISOString();
        expect(readDate(iso, "year-first") * 864e5).toBeCloseTo(milliseconds, 2);
        expect(readDate(iso.replace("T", " ").slice(0, 16), "year-first") * 864e5).toBeCloseTo(
          milliseconds - (milliseconds % 6e4),
          2,
        );
        const zone = `${offset < 0 ? "-" : "+"}${two(Math.floor(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
        const local = iso.replace("Z", zone);
        expect(readDate(local, "year-first") * 864e5).toBeCloseTo(Date.parse(local), 2);
      }),
    );
  });

  const texts: [string, DateOrder, string][] = [
    ["2024-02-29", "year-first", "2024-02-29"],
    ["2023-02-29", "year-first", ""],
    ["31/12/2024 22:30", "day-first", "2024-12-31T22:30"],
    ["12/31/2024 10:30 PM", "month-first", "2024-12-31T22:30"],
    ["12/31/2024, 10:30:00 PM", "month-first", "2024-12-31T22:30"],
    ["31/12/2024, 22:30:00", "day-first", "2024-12-31T22:30"],
    ["31.12.2024, 22:30", "day-first", "2024-12-31T22:30"],
    ["Dec 31, 2024, 10:30 PM", "year-first", "2024-12-31T22:30"],
    ["Tue Dec 31 2024 22:30:00 GMT+0000 (Coordinated Universal Time)", "year-first", "2024-12-31T22:30"],
    ["Tue Dec 31 2024 22:30:00 GMT-0330 (Newfoundland)", "year-first", "2025-01-01T02:00"],
    ["2024-12-31,", "year-first", ""],
    ["2024-12-31 22:30 GMT+", "year-first", ""],
    ["31/12/2024", "month-first", ""],
    ["1.2.2024", "month-first", ""],
    ["1/2/69", "day-first", "2069-02-01"],
    ["1/2/70", "day-first", "1970-02-01"],
    ["31-Jan-98", "day-first", "1998-01-31"],
    ["Mon, 5 Jan 2024 10:00:00 GMT", "year-first", "2024-01-05T10:00"],
    ["2024-05", "year-first", "2024-05-01"],
    ["May 2024", "year-first", "2024-05-01"],
    ["2024-13-01", "year-first", ""],
    ["1/2/2024", "year-first", ""],
    ["1/2-2024", "day-first", ""],
    ["20240501", "year-first", ""],
  ];
  for (const [text, order, iso] of texts) {
    it(`${order}: ${text} is ${iso || "none"}`, () => {
      const days = readDate(text, order);
      if (iso === "") expect(days).toBeNaN();
      else expect(days * 1440).toBeCloseTo(Date.parse(iso.includes("T") ? `${iso}Z` : iso) / 6e4, 6);
    });
  }

  it("control: a month taken for a day is noticed", () => {
    expect(readDate("1/2/2024", "day-first")).not.toBe(readDate("1/2/2024", "month-first"));
  });
});

describe("a column is", () => {
  const columns: [string, readonly unknown[], string, Partial<Form>?][] = [
    ["numbers with one odd text", [...many((i) => i), "####"], "number"],
    ["numbers with a known marker", [1, 2, "N/A"], "number"],
    ["numbers, some with thousands", [...many((i) => i * 7), "1,080"], "number", { comma: "thousands" }],
    ["decimal commas", many((i) => `${i},5`), "number", { comma: "decimal" }],
    ["three digits after a comma", many((i) => `${i + 1},${500 + i}`), "number", { comma: "thousands" }],
    ["amounts with a currency", many((i) => `$${i}`), "number", { prefix: "$" }],
    ["amounts with a unit", many((i) => `${i} kg`), "number", { suffix: "kg" }],
    ["few amounts with a unit", ["5 stars", "4 stars", "5 stars"], "number", { suffix: "stars" }],
    ["k and M", [...many((i) => `${i}M`), ...many((i) => `${i + 0.5}k`)], "number", { scaled: true }],
    ["durations", many((i) => `${i}h ${i}m`), "number", { type: "duration" }],
    ["clocks", many((i) => `${i % 24}:3${i % 9}`), "number", { type: "clock" }],
    ["dates", many((i) => `2024-03-${String(i + 1).padStart(2, "0")}`), "date", { order: "year-first" }],
    ["days first", many((i) => `${i + 1}/3/2024`), "date", { order: "day-first" }],
    ["months first", many((i) => `3/${i + 1}/2024`), "date", { order: "month-first" }],
    ["days first, with points", ["1.2.2024", "3.4.2024"], "date", { order: "day-first" }],
    ["Date objects", [new Date(0), new Date(1e9), null], "date"],
    ["Date objects and texts", [new Date(0), "2024-03-01"], "date"],
    ["padded numbers, hardly one twice", many((i) => String(i).padStart(5, "0")), "number"],
    ["padded codes that repeat", [...many((i) => `0${i % 22}`), ...many((i) => `0${i % 22}`)], "text"],
    ["few padded codes", ["007", "008"], "text"],
    ["tickets", many((i) => (i % 3 === 0 ? `A/5 ${2000 + i}` : `${i * 1000}`)), "text"],
    ["diagnoses", [...many((i) => `${250 + i}`), "V27"], "text"],
    ["house numbers", ["12a", "13a", "14"], "text"],
    ["codes with letters before", many((i) => `P${100 + i}`), "text"],
    ["telephone numbers", many((i) => `555-${1000 + i}`), "text"],
    ["ages in ranges", ["20-30", "30-40", "40+"], "text"],
    ["versions", many((i) => `1.${i}.2`), "text"],
    ["words that say true or false", ["TRUE", "false"], "boolean"],
    ["a marker among words", ["?", "a", "b"], "text"],
    ["a quarter unknown", [...many((i) => i), ...new Array(10).fill("varies")], "number"],
    [
      "two fifths of different words",
      [...many((i) => i), ...Array.from({ length: 20 }, (_, i) => `w${"x".repeat(i)}`)],
      "text",
    ],
  ];
  for (const [name, values, kind, form] of columns) {
    it(`${kind}: ${name}`, () => {
      const inferred = infer(values);
      expect(inferred.kind).toBe(kind);
      if (form) expect(inferred.form).toMatchObject(form);
    });
  }

  it("refused where days and months cannot be told apart, with row and remedy", () => {
    expect(() => infer(["1/2/2024", "3/4/2024"])).toThrow(
      'fit: column "x" must hold dates whose day and month can be told apart, got "1/2/2024" at row 0. Write them as year-month-day, or pass columns: { "x": "day-first" } or "month-first" when fitting.',
    );
    expect(kindOf(["1/1/2024", "2/2/2024"])).toBe("date");
  });

  it("of any values a kind, or refused in a sentence", () => {
    const text = fc.oneof(fc.string({ maxLength: 8 }), fc.stringMatching(/^[$-]?[0-9][0-9.,:/ -]{0,8}(kg|%|M|h|am)?$/));
    const value = fc.oneof(text, fc.double(), fc.boolean(), fc.constant(null), fc.date());
    fc.assert(
      fc.property(fc.array(value, { maxLength: 30 }), (values) => {
        try {
          const { kind, form } = infer(values);
          expect(["number", "boolean", "date", "text", "ignore"]).toContain(kind);
          if (form) expect(isForm(JSON.parse(JSON.stringify(form)))).toBe(true);
        } catch (error) {
          expect((error as Error).message).toMatch(/^fit: column "x" must hold .+, got .+ at row \d+\..+/);
          expect(error).toMatchObject({ row: expect.any(Number), column: "x" });
        }
      }),
    );
  });
});

describe("targets", () => {
  const formOf = (values: readonly unknown[]) => runThrough(targetForm("fit", "y", values)).form;

  it("have a form if all their texts have it", () => {
    expect(formOf(["$10,300", "$5"])).toMatchObject({ prefix: "$" });
    expect(formOf(["10,300", 5, "7"])).toMatchObject({ comma: "thousands" });
    expect(formOf(["1", "2"])).toBeUndefined();
    expect(formOf(["$1", "x"])).toBeUndefined();
  });
});

describe("dates of ten characters", () => {
  const of = (text: string) => readForm(text, { type: "date", order: "year-first" });

  it("are those that the same parts make with slashes: of all days, and of days that are none", () => {
    for (const year of ["0000", "0004", "1900", "1969", "1970", "2000", "2024", "2100", "9999"]) {
      for (let month = 0; month <= 14; month++) {
        for (let day = 0; day <= 33; day++) {
          const parts = [year, String(month).padStart(2, "0"), String(day).padStart(2, "0")];
          expect(of(parts.join("-")), parts.join("-")).toBe(of(parts.join("/")));
        }
      }
    }
    expect(of("2024-02-29")).toBe(Date.UTC(2024, 1, 29) / 86_400_000);
  });

  it.each(["2024-0a-17", "-024-05-17", "2024-05-1x", "20x4-05-17", "2024-5-017", "٢٠٢٤-05-17"])(
    "control: %s is none",
    (text) => {
      expect(of(text)).toBeNaN();
    },
  );
});

/** Whatever form rows come in, the same values make the same model; each value is read once, and no row is lost on the way. */
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { runThrough } from "../../src/ground/turn.js";
import { Classifier, Regressor, type TableRows } from "../../src/index.js";
import { readCells } from "../../src/table/cells.js";
import { StoredRows } from "../../src/table/stored-rows.js";
import { RowList } from "../../src/table/table-source.js";
import { ValueColumn } from "../../src/table/value-column.js";

type Row = Record<string, unknown>;

/** Rows with values of every kind, some of them missing. */
function mixture(count: number): Row[] {
  const random = new Random(3);
  return Array.from({ length: count }, (_, r) => {
    const x = random.normal();
    return {
      double: r % 9 === 0 ? null : x,
      short: Math.fround(x),
      whole: r % 50,
      csv: String(x),
      price: (10 * x).toFixed(2),
      padded: ["007", "12", "1e3"][r % 3],
      city: [" Rome", "Oslo ", "", "Bern"][r % 4],
      flag: r % 5 === 0 ? undefined : r % 2 === 0,
      day: new Date(86_400_000 * (19_000 + (r % 400))),
      when: `2024-0${1 + (r % 9)}-1${r % 10}`,
      big: BigInt(r % 7),
      odd: r % 3 === 0 ? "NA" : -0,
      y: x + (r % 3) > 1 ? "a" : "b",
      price2: x + 3,
    };
  });
}

/** A table of Apache Arrow as far as a fit looks at it. */
function arrow(rows: readonly Row[]) {
  const names = Object.keys(rows[0]);
  return {
    numRows: rows.length,
    schema: { fields: names.map((name) => ({ name })) },
    getChild: (name: string) => ({ length: rows.length, get: (r: number) => rows[r][name] }),
    [Symbol.iterator]: () => {
      throw new Error("Rows of an Arrow table are not walked through.");
    },
  };
}

function columns(rows: readonly Row[]) {
  const all = Object.keys(rows[0]).map((name) => [name, rows.map((row) => row[name])]);
  const { short, whole, ...others } = Object.fromEntries(all) as Record<string, unknown[]>;
  return { short: Float32Array.from(short as number[]), whole: Uint8Array.from(whole as number[]), ...others };
}

const FORMS: Record<string, (rows: Row[]) => unknown> = {
  array: (rows) => rows,
  "array, by way of the store": (rows) => new Set(rows),
  generator: function* (rows) {
    yield* rows;
  },
  // One object for all rows, as parsers have it.
  "generator of one object": function* (rows) {
    const row: Row = {};
    for (const own of rows) yield Object.assign(row, own);
  },
  "asynchronous generator": async function* (rows) {
    yield* rows;
  },
  stream: (rows) => Readable.from(rows),
  columns,
  "Arrow table": arrow,
};

describe("the same values make the same model", () => {
  const rows = mixture(300);
  const others = mixture(60).slice(20);
  const options = { target: "y", hidden: [4], epochs: 2, ensemble: 2, columns: { padded: "text" } } as const;
  for (const [name, form] of Object.entries(FORMS)) {
    const given = () => form(rows) as TableRows;
    it(`as ${name}: Classifier`, async () => {
      const wanted = await Classifier.fit(rows, options);
      expect((await Classifier.fit(given(), options)).save()).toEqual(wanted.save());
    });

    it(`as ${name}: Regressor, and rows to be watched by`, async () => {
      const own = { ...options, target: "price2" };
      const wanted = await Regressor.fit(rows, { ...own, validation: others });
      const model = await Regressor.fit(given(), { ...own, validation: form(others) as TableRows });
      expect(model.save()).toEqual(wanted.save());
      expect(model.warnings).toEqual(wanted.warnings);
    });
  }

  it("control: another value makes another", async () => {
    const wanted = await Classifier.fit(rows, options);
    const changed = rows.map((row, r) => (r === 7 ? { ...row, whole: 49 } : row));
    expect((await Classifier.fit(new Set(changed), options)).save()).not.toEqual(wanted.save());
  });

  it("by cross-validation and search, each of which reads a stream once", async () => {
    const few = { ...options, epochs: 1, ensemble: 1 };
    const stream = () => FORMS.stream(rows) as TableRows;
    const folds = { ...few, folds: 3, validation: new Set(others) };
    const wanted = await Classifier.crossValidate(rows, { ...folds, validation: others });
    expect(await Classifier.crossValidate(stream(), folds)).toEqual(wanted);
    const space = { hidden: [[2], [3]] };
    const found = await Classifier.search(rows, space, { ...few, trials: 2, folds: 2 });
    const other = await Classifier.search(stream(), space, { ...few, trials: 2, folds: 2, onWarning: () => {} });
    expect(other.trials).toEqual(found.trials);
    expect(other.model.save()).toEqual(found.model.save());
  });

  it("if rows lack columns, have targets that no loop sees, or names of their own", async () => {
    const ragged = rows.map(({ y, city, flag, short }, r) => {
      const row: Row = JSON.parse(`{"__proto__": ${r % 4}}`);
      if (r % 2) row.city = city;
      if (r > 150) row.late = flag ?? null;
      return Object.defineProperty({ ...row, ["__proto__"]: r % 4, short }, "y", { value: y });
    });
    const own = { ...options, columns: { late: "boolean" } } as const;
    const wanted = await Classifier.fit(ragged, own);
    expect(wanted.columns.map(({ name }) => name)).toEqual(["__proto__", "city", "late", "short"]);
    expect((await Classifier.fit(new Set(ragged), own)).save()).toEqual(wanted.save());
    const watched = { ...own, validation: ragged.slice(100, 200), strict: false };
    const model = await Classifier.fit(ragged, { ...watched, validation: new Set(watched.validation) });
    expect(model.save()).toEqual((await Classifier.fit(ragged, watched)).save());
  });
});

it("types take each form as it is", async () => {
  const given = {
    age: Float64Array.of(22, 38, 26, 35),
    sex: ["male", "female", "female", "female"],
    survived: [0, 1, 1, 1],
  };
  const options = { target: "survived", epochs: 1, hidden: [2] };
  const model = await Classifier.fit(given, options);
  expect(model.columns.map(({ name }) => name)).toEqual(["age", "sex"]);
  const objects = given.sex.map((sex, r) => ({ age: given.age[r], sex, survived: given.survived[r] }));
  async function* stream() {
    for (const row of objects) yield row;
  }
  for (const rows of [stream(), new Set(objects).values(), Readable.from(objects), arrow(objects)]) {
    expect((await Classifier.fit(rows, options)).save()).toEqual(model.save());
  }
});

describe("cells", () => {
  it("of stored rows are those of the rows, whatever the values are", () => {
    const rows = mixture(9000);
    const stored = new StoredRows({ target: "y", isIgnored: () => false });
    for (const row of rows) stored.add(row);
    const wanted = runThrough(readCells("fit", new RowList(rows), "y"));
    expect(runThrough(readCells("fit", stored, "y"))).toEqual(wanted);
  });

  it("each value is read once, those of columns that are ignored never", async () => {
    const reads = new Map<string, number>();
    const note = (key: string) => reads.set(key, (reads.get(key) ?? 0) + 1);
    const counted = mixture(60).map((row, r) =>
      Object.defineProperties(
        {},
        Object.fromEntries(
          Object.keys(row).map((name) => {
            const get = () => note(`${r} ${name}`) && row[name];
            return [name, { enumerable: true, get }];
          }),
        ),
      ),
    );
    const options = { target: "y", hidden: [4], epochs: 1, columns: { odd: "ignore", padded: "text" } } as const;
    const names = Object.keys(mixture(1)[0]).filter((name) => name !== "odd");
    for (const form of ["generator", "asynchronous generator", "Arrow table"]) {
      reads.clear();
      const given = form === "Arrow table" ? arrow(counted as Row[]) : FORMS[form](counted as Row[]);
      await Classifier.fit(given as TableRows, options);
      expect([...reads.values()].every((count) => count === 1)).toBe(true);
      expect(reads.size).toBe(60 * names.length);
    }
  });
});

describe("a column", () => {
  const table = { length: 0 };
  function stored(values: readonly unknown[], from = 0): ValueColumn {
    const column = new ValueColumn("x", table);
    for (const [i, value] of values.entries()) column.set(from + i, value);
    return column;
  }

  it("gives back what it was given, to the bit, in pieces that are full and in one that is not", () => {
    const odd = { an: "object" };
    const values = [
      ...[0, -0, 1.5, 0.1, Number.NaN, Number.POSITIVE_INFINITY, -1e300, 2 ** 53, 16777217, 1e-310],
      ...[
        "0",
        "-0",
        "1.5",
        "01",
        "1.0",
        "1.50",
        "-3.70",
        "1e3",
        "1e21",
        "0.1",
        "NaN",
        "-Infinity",
        " 1",
        "1 ",
        "+1",
        "",
      ],
      ...["0x10", "1_0", "abc", "é", "12345678901234567890", "0.30000000000000000000000", "-", "-.5", "5.", "1,5"],
      ...[
        true,
        false,
        null,
        undefined,
        5n,
        -5n,
        2n ** 60n,
        new Date(5.5e11),
        new Date(Number.NaN),
        odd,
        Symbol.for("s"),
      ],
    ];
    for (const repeat of [1, 1500]) {
      const all = Array.from({ length: repeat }, () => values).flat();
      const column = stored(all);
      for (let i = 0; i < all.length; i++) {
        const [got, wanted] = [column.at(i), all[i]];
        if (wanted instanceof Date) expect((got as Date).getTime()).toBe(wanted.getTime());
        else if (!Object.is(got, wanted)) expect(got).toBe(wanted);
      }
    }
  });

  it("knows which rows have it", () => {
    const column = stored([1, undefined, 2], 200_000);
    expect([0, 199_999, 200_000, 200_001, 200_002, 200_003].map((r) => column.has(r))).toEqual([
      ...[false, false, true, true, true, false],
    ]);
    expect([0, 199_999, 200_000, 200_001, 200_002, 300_000].map((r) => column.at(r))).toEqual([
      ...[undefined, undefined, 1, undefined, 2, undefined],
    ]);
  });
});

describe("what is refused", () => {
  const rows = mixture(100);
  const options = { target: "y", hidden: [4], epochs: 1, columns: { padded: "text" } } as const;
  const fitTo = (given: unknown, more: object = {}) => Classifier.fit(given as TableRows, { ...options, ...more });

  /** Rows that count how many were asked for, and whether they were closed. */
  function watched(all: readonly unknown[], error?: Error) {
    const seen = { asked: 0, closed: 0 };
    const next = () => {
      if (seen.asked === all.length && error) throw error;
      return seen.asked < all.length ? { value: all[seen.asked++], done: false } : { value: undefined, done: true };
    };
    const end = () => {
      seen.closed++;
      return { value: undefined, done: true };
    };
    return {
      seen,
      walk: { [Symbol.iterator]: () => ({ next, return: end }) },
      stream: { [Symbol.asyncIterator]: () => ({ next: async () => next(), return: async () => end() }) },
    };
  }

  it("is told in one sentence", async () => {
    const forms = "rows must be an array, an iterable or a stream of objects, or columns";
    const cases: [unknown, string][] = [
      ["rows", `${forms}, got "rows".`],
      [undefined, `${forms}, got undefined.`],
      [Float64Array.of(1), `${forms}, got a Float64Array.`],
      [new Date(), `${forms}, got a Date.`],
      [new Set(), "rows must hold at least one row, got none."],
      [{ y: [], x: [] }, "rows must hold at least one row, got none."],
      [{}, "rows must have a column at least, got none."],
      [{ y: ["a", "b"], x: [1, 2, 3] }, 'columns must be of one length, got 3 values of "x" beside 2 of "y".'],
      [{ y: "a", x: 1 }, 'column "y" must be a list of its values, got "a". Of a single row pass [row].'],
      [new Map([["a", 1]]), "rows[0] must be an object, got an array. Name its values: { column: value }."],
      [{ y: ["a"], x: [1] }, 'the rows must hold two labels at least, got ["a"].'],
      [new Set([{ x: 1 }]), 'target must be a column of the rows, got "y" beside ["x"].'],
      [
        new Set([
          { y: "a", padded: 1 },
          { y: "b", x: [] },
        ]),
        'column "x" must hold numbers, dates, booleans or text, got an array at row 1.',
      ],
    ];
    for (const [given, message] of cases) {
      const error = await fitTo(given).then(String, (error) => error);
      expect(error.message).toContain(`Classifier.fit: ${message}`);
    }
    await expect(fitTo(rows, { validation: new Set([{ y: "a" }, 3]) })).rejects.toThrow(
      "Classifier.fit, validation: rows[1] must be an object, got 3.",
    );
  });

  it("a value in the middle that is no row is refused by its number, and what it came from is closed", async () => {
    for (const form of ["walk", "stream"] as const) {
      const given = watched([...rows.slice(0, 50), 7, ...rows]);
      await expect(fitTo(given[form])).rejects.toThrow("Classifier.fit: rows[50] must be an object, got 7.");
      expect(given.seen).toEqual({ asked: 51, closed: 1 });
      // Control: what comes to its end is not closed, and of options that no fit takes nothing is asked.
      const whole = watched(rows);
      await fitTo(whole[form]);
      expect(whole.seen).toEqual({ asked: 100, closed: 0 });
      const untouched = watched(rows);
      await expect(fitTo(untouched[form], { hidden: [0] })).rejects.toThrow("hidden[0]");
      expect(untouched.seen).toEqual({ asked: 0, closed: 0 });
    }
  });

  it("an error that rows end in is passed on as it is", async () => {
    for (const form of ["walk", "stream"] as const) {
      const error = new Error("The file ended early.");
      const given = watched(rows, error);
      expect(await fitTo(given[form]).catch((caught) => caught)).toBe(error);
      expect(given.seen.closed).toBe(0);
    }
  });

  it("a signal ends the reading, also of a stream that says nothing, which is closed", async () => {
    const controller = new AbortController();
    let closed = 0;
    const silent = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => {}),
        return: async () => {
          closed++;
          return { value: undefined, done: true as const };
        },
      }),
    };
    setTimeout(() => controller.abort(), 5);
    const error = await fitTo(silent, { signal: controller.signal }).then(String, (error) => error);
    expect(error.name).toBe("AbortError");
    expect(error.message).toBe(
      "Classifier.fit: the signal must not end a fit before all rows are read, got an abort after 0 of them.",
    );
    expect(closed).toBe(1);
    const given = watched(rows);
    await expect(fitTo(given.walk, { signal: AbortSignal.abort() })).rejects.toThrow("after 0 of them");
    expect(given.seen.closed).toBe(1);
  });
});

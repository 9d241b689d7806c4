/** What the encoder keeps out: columns that say nothing, and rows, values, options and files that it cannot use. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { EncoderOptions } from "../../src/table/column-options.js";
import type { Encoder } from "../../src/table/encoder.js";
import { readEncoder } from "../../src/table/saved-encoder.js";
import { learnEncoder } from "./learn.js";

type Row = Record<string, unknown>;

// biome-ignore lint/suspicious/noExplicitAny: what is tested here are arguments that the types forbid
const any = (value: unknown): any => value;
const learn = (rows: Row[], options: EncoderOptions = {}) => learnEncoder(rows, "y", options);
const ignored = (encoder: Encoder) =>
  encoder.columns.flatMap((c) => (c.kind === "ignore" ? [`${c.name}: ${c.reason}`] : []));
/** Rows that hold `values` as column x, and a column that no rule ignores. */
const rowsOf = (values: readonly unknown[]): Row[] => values.map((x, i) => ({ x, keep: `${i % 2}a`, y: i }));

type Kind = typeof TypeError | typeof RangeError | typeof Error;

/** `<call>: <what must hold>, got <value>.` and perhaps a remedy, on one line. */
const SENTENCE = /^[A-Za-z.]+: .+ must .+, got .+\.$/;

/** What a door says when it refuses. */
function refusal(door: () => unknown, kind: Kind): string {
  try {
    door();
  } catch (error) {
    expect((error as Error).constructor, `${error}`).toBe(kind);
    expect((error as Error).message).toMatch(SENTENCE);
    return (error as Error).message;
  }
  throw new Error("nothing was refused");
}

describe("what is ignored", () => {
  const numbered = (name: string, count = 20, from = 1) =>
    ignored(learn(Array.from({ length: count }, (_, i) => ({ [name]: i + from, keep: i % 2 === 0 }))));

  it("constants: one value and none missing, or nothing", () => {
    const rows = [
      { one: 1, text: "a", flag: true, none: null, some: "a", keep: 1 },
      { one: "1.0", text: " a", flag: true, none: " ", some: null, keep: 2 },
    ];
    expect(ignored(learn(rows))).toEqual(["flag: constant", "none: constant", "one: constant", "text: constant"]);
    expect(learn(rows).featureNames).toEqual(["keep", "some is present"]);
  });

  it("numbered rows, if the name says so", () => {
    for (const name of ["id", "ID", "passengerId", "userID", "user_id", "USER-ID", "row", "", "Unnamed: 0"]) {
      expect(numbered(name), name).toEqual([`${name}: identifier`]);
    }
    // An index may be an order, which a name cannot tell: the model warns of it.
    for (const name of ["paid", "PAID", "humid", "Android", "grid", "rows", "monkey", "index", "day"])
      expect(numbered(name)).toEqual([]);
    expect(numbered("id", 19)).toEqual([]);
    expect(numbered("id", 20, 0.5)).toEqual([]);
    // Held-out rows leave gaps; a number that repeats tells of more than its row.
    const ids = (id: (i: number) => number) =>
      ignored(learn(Array.from({ length: 30 }, (_, i) => ({ id: id(i), keep: i % 2 }))));
    expect(ids((i) => i * 2)).toEqual(["id: identifier"]);
    expect(ids((i) => Math.max(i, 1))).toEqual([]);
  });

  it("texts of which most are different, and more than may be categories", () => {
    const texts = (count: number, distinct: number) =>
      ignored(learn(rowsOf(Array.from({ length: count }, (_, i) => `t${i % distinct}`))));
    expect(texts(40, 21)).toEqual(["x: identifier"]);
    expect(texts(42, 21)).toEqual([]);
    expect(texts(20, 20)).toEqual([]);
  });

  it("what the options say; and they win over all rules", () => {
    const rows = rowsOf(Array.from({ length: 30 }, (_, i) => `t${i}`)).map((row, id) => ({
      ...row,
      id,
      same: 1,
      odd: [],
    }));
    const columns = { x: "text", id: "number", same: "number", odd: "ignore" } as const;
    const encoder = learn(rows, { columns, maxCategories: 2 });
    expect(ignored(encoder)).toEqual(["odd: declared"]);
    expect(encoder.featureNames.slice(0, 2)).toEqual(["id", "keep = 0a"]);
    expect(encoder.featureNames.slice(3)).toEqual(["same", "x = t0", "x = t1", "x = (other)"]);
  });
});

const LETTERS = [
  { n: 1, t: "a", b: true, m: "a" },
  { n: 2, t: "b", b: false, m: 1 },
];

describe("values", () => {
  const ignore = (name: string) =>
    `Make it a number or text first, or pass columns: { "${name}": "ignore" } when fitting.`;
  const asText = 'Write it as text, or pass columns: { "t": "text" } when fitting.';
  const name = "If it stands for a missing value, name it in missing when fitting.";
  const at = "at row 1.";
  const predictions: [string, unknown, Kind, string][] = [
    ["n", "abc", TypeError, `numbers, got "abc" ${at} ${name}`],
    ["n", "0x10", TypeError, `numbers, got "0x10" ${at} ${name}`],
    ["n", true, TypeError, `numbers, got true ${at}`],
    ["n", {}, TypeError, `numbers, got an object ${at} ${ignore("n")}`],
    ["n", new Date(0), TypeError, `numbers, got a Date ${at}`],
    ["n", 2n ** 60n, TypeError, `numbers, got 1152921504606846976n ${at} ${ignore("n")}`],
    ["n", Number.POSITIVE_INFINITY, RangeError, `numbers that are finite in float32, got Infinity ${at}`],
    ["n", "-1e999", RangeError, `numbers that are finite in float32, got "-1e999" ${at}`],
    ["b", 1, TypeError, `true or false, got 1 ${at}`],
    ["b", "yes", TypeError, `true or false, got "yes" ${at}`],
    ["b", [true], TypeError, `true or false, got an array ${at} ${ignore("b")}`],
    ["t", 3, TypeError, `text, got 3 ${at} ${asText}`],
    ["t", false, TypeError, `text, got false ${at} ${asText}`],
    ["t", 3n, TypeError, `text, got 3n ${at} ${asText}`],
    ["t", ["a"], TypeError, `text, got an array ${at} ${ignore("t")}`],
    ["t", () => "a", TypeError, `text, got a function ${at} ${ignore("t")}`],
    ["t", Symbol("a"), TypeError, `text, got Symbol(a) ${at} ${ignore("t")}`],
    ["m", Number.NEGATIVE_INFINITY, RangeError, `finite numbers or text, got -Infinity ${at}`],
    ["m", { constructor: { name: { toString: 0 } } }, TypeError, `text, got an object ${at} ${ignore("m")}`],
  ];
  for (const [column, value, kind, words] of predictions) {
    it(`predict: ${column}, ${words}`, () => {
      const encoder = learn([...LETTERS, ...LETTERS.map((row) => ({ ...row, n: 1 + row.n * 1e-3 }))]);
      const door = () => encoder.encode("predict", [LETTERS[0], { ...LETTERS[0], [column]: value }]);
      expect(refusal(door, kind)).toBe(`predict: column "${column}" must hold ${words}`);
    });
  }

  const lessons: [unknown[], EncoderOptions, Kind, string][] = [
    [["a", {}], {}, TypeError, `numbers, dates, booleans or text, got an object ${at} ${ignore("x")}`],
    [[1, new Date(0)], {}, TypeError, `dates alone, got 1 at row 0. Make them one kind first.`],
    [[null, () => 1], {}, TypeError, `numbers, dates, booleans or text, got a function ${at} ${ignore("x")}`],
    [[1, 2n ** 53n], {}, TypeError, `numbers, dates, booleans or text, got 9007199254740992n ${at} ${ignore("x")}`],
    [[1, Number.POSITIVE_INFINITY], {}, RangeError, `numbers that are finite in float32, got Infinity ${at}`],
    [["1", "1e39"], {}, RangeError, `numbers that are finite in float32, got "1e39" ${at}`],
    [["a", Number.NEGATIVE_INFINITY], {}, RangeError, `finite numbers or text, got -Infinity ${at}`],
    [[1, "abc"], { columns: { x: "number" } }, TypeError, `numbers, got "abc" ${at} ${name}`],
    [[true, 0], { columns: { x: "boolean" } }, TypeError, `true or false, got 0 ${at}`],
    [[1, []], { columns: { x: "text" } }, TypeError, `text, got an array ${at} ${ignore("x")}`],
  ];
  for (const [values, options, kind, words] of lessons) {
    it(`fit: ${words}`, () => {
      expect(refusal(() => learn(rowsOf(values), options), kind)).toBe(`fit: column "x" must hold ${words}`);
      expect(learn(rowsOf(values), { columns: { x: "ignore" } }).width).toBe(2);
    });
  }

  it("a declared or mixed column of text takes numbers and booleans", () => {
    const encoder = learn(rowsOf(["1", "true"]), { columns: { x: "text" } });
    expect([...encoder.encode("predict", [{ x: 1 }, { x: true }, { x: 2 }])].filter((_, i) => i % 4 > 1)).toEqual([
      1, 0, 0, 1, 0, 0,
    ]);
    expect(() => learn(LETTERS).encode("predict", [{ m: 1 }, { m: true }])).not.toThrow();
  });

  it("a long text of digits is refused in no time", () => {
    const digits = `${"1".repeat(1e6)}x`;
    expect(refusal(() => learn(LETTERS).encode("predict", [{ n: digits }]), TypeError)).toMatch(/1{40}\.\.\."/);
  });
});

describe("rows and options", () => {
  const encoder = learn(LETTERS);
  const kinds = '"number", "boolean", "text", "date", "day-first", "month-first", "ignore"';
  const constant = 'Pass columns: { "a": "text" } to use one nevertheless.';
  const many = Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`c${i + 10}`, 1]));
  const refusals: [() => unknown, Kind, string | RegExp][] = [
    [() => learn([]), RangeError, "fit: rows must hold at least one row, got none."],
    [() => learn(any("a,b")), TypeError, 'fit: rows must be an array of objects, got "a,b".'],
    [() => learn(any({ x: 1 })), TypeError, "fit: rows must be an array of objects, got an object."],
    [() => learn(any([{}, [1]])), TypeError, "fit: rows[1] must be an object, got an array."],
    [() => learn(any([{}, null])), TypeError, "fit: rows[1] must be an object, got null."],
    [() => learn(any([() => 1])), TypeError, "fit: rows[0] must be an object, got a function."],
    [() => learn(any([new Date(0)])), TypeError, "fit: rows[0] must be an object, got a Date."],
    [() => learn(any([new Map()])), TypeError, "fit: rows[0] must be an object, got a Map."],
    [() => learn(any(new Array(2))), TypeError, "fit: rows[0] must be an object, got undefined."],
    [() => learn([{}, { y: 1 }]), Error, "fit: the rows must hold a column to learn from, got none."],
    [
      () => learn([{ a: 1, b: 2 }], { columns: { b: "ignore" } }),
      Error,
      `fit: the rows must hold a column to learn from, got "a" (constant), "b" (declared). ${constant}`,
    ],
    [() => learn([many]), Error, /"c29" \(constant\), \.\.\.\. Pass columns/],
    [
      () => learn(LETTERS, { columns: { k: "text" } }),
      RangeError,
      'fit: columns must name columns among "n", "t", "b", "m", got "k".',
    ],
    [
      () => learn(rowsOf([1, 2]), { columns: { y: "text" } }),
      RangeError,
      'fit: columns must name other columns than the target, got "y".',
    ],
    [
      () => learn(LETTERS, { columns: any({ n: "float" }) }),
      RangeError,
      `fit: columns["n"] must be one of ${kinds}, got "float".`,
    ],
    [() => learn(LETTERS, { columns: any({ n: 1 }) }), TypeError, `fit: columns["n"] must be one of ${kinds}, got 1.`],
    [
      () => learn(LETTERS, { columns: any(["n"]) }),
      TypeError,
      "fit: columns must be an object of kinds by name, got an array.",
    ],
    [() => learn(LETTERS, { maxCategories: 0 }), RangeError, "fit: maxCategories must be a whole number >= 1, got 0."],
    [() => learn(LETTERS, { missing: any("NA") }), TypeError, 'fit: missing must be a list of texts, got "NA".'],
    [() => learn(LETTERS, { missing: any([-1]) }), TypeError, "fit: missing must be a list of texts, got an array."],
    [() => encoder.encode("predict", []), RangeError, "predict: rows must hold at least one row, got none."],
    [() => encoder.encode("predict", any([{}, 1])), TypeError, "predict: rows[1] must be an object, got 1."],
    [
      () => encoder.encode("predict", [{}, {}], new Float32Array(6)),
      RangeError,
      "predict: out must hold 2 rows of 6 numbers, got 6.",
    ],
    [() => encoder.encode("predict", [{}], any([])), TypeError, "predict: out must be a Float32Array, got an array."],
  ];
  for (const [door, kind, words] of refusals) {
    it(`${words}`, () => expect(refusal(door, kind))[typeof words === "string" ? "toBe" : "toMatch"](any(words)));
  }

  it("instances of people's own classes and rows without a prototype are rows", () => {
    class Passenger {
      constructor(readonly n: number) {}
      get t() {
        return "a";
      }
    }
    const bare = Object.assign(Object.create(null), { n: 3 });
    expect(learn(any([new Passenger(1), bare])).columns.map(({ name }) => name)).toEqual(["n"]);
  });

  it("control: a door that lets everything in is noticed", () => {
    expect(() => refusal(() => encoder.encode("predict", LETTERS), TypeError)).toThrow(/nothing was refused/);
  });
});

describe("files", () => {
  const rows = [...LETTERS, ...LETTERS, ...LETTERS, { m: "c" }].map((row) => ({ ...row, o: 1 }));
  const data = () => JSON.parse(JSON.stringify(learn(rows, { maxCategories: 2, missing: ["NA"] })));
  /** The data with something else at a path, or nothing if that is undefined. */
  const planted = (path: readonly (string | number)[], value: unknown) => {
    const tree = data();
    const parent = path.slice(0, -1).reduce((node, key) => node[key], tree);
    parent[path.at(-1) as string] = value;
    return JSON.parse(JSON.stringify(tree));
  };
  const load = (tree: unknown) => readEncoder("load", tree);

  const column = (index: number, field: string) => ["columns", index, field];
  const refusals: [unknown, string][] = [
    [null, "an encoder, got null"],
    [[], "an encoder, got an array"],
    [{}, "a list of the texts of missing values, got undefined"],
    [planted(["missing", 0], 1), "a list of the texts of missing values, got an array"],
    [planted(["columns"], {}), "a list of columns, got an object"],
    [planted(["columns"], []), "columns of 1 to 1048576 features together, got 0"],
    [planted(["columns", 0], null), "an object for each column, got null"],
    [planted(column(0, "name"), 1), "the name of each column, got 1"],
    [planted(column(1, "name"), "b"), 'columns sorted by name, each once, got "b"'],
    [
      planted(column(0, "kind"), "constructor"),
      'one of number, date, boolean, present, text, ignore as the kind of column "b", got "constructor"',
    ],
    [planted(column(0, "hasMissing"), 1), 'true or false as hasMissing of column "b", got 1'],
    [planted(column(2, "mean"), "1"), 'a finite number as mean of column "n", got "1"'],
    [planted(column(2, "mean"), undefined), 'a finite number as mean of column "n", got undefined'],
    [planted(column(2, "deviation"), 0), 'a finite number > 0 as deviation of column "n", got 0'],
    [
      planted(column(1, "categories"), ["b", "a"]),
      'sorted texts, each once, as categories of column "m", got an array',
    ],
    [
      planted(column(1, "categories"), ["a", "a"]),
      'sorted texts, each once, as categories of column "m", got an array',
    ],
    [planted(column(3, "reason"), "dull"), 'one of constant, identifier, declared as reason of column "o", got "dull"'],
  ];
  for (const [tree, words] of refusals) {
    it(words, () => expect(refusal(() => load(tree), Error)).toBe(`load: the file must hold ${words}.`));
  }

  it("more features than a network may have", () => {
    const categories = Array.from({ length: 2 ** 20 + 1 }, (_, i) => String(i).padStart(7, "0"));
    const tree = planted(["columns"], [{ ...data().columns[1], categories, hasOther: false, hasMissing: false }]);
    expect(refusal(() => load(tree), Error)).toMatch(/1 to 1048576 features together, got 1048577/);
  });

  it("places are counted anew, whatever a file says of them", () => {
    const tree = planted(column(2, "start"), 1e9);
    expect(load(tree).columns).toEqual(load(data()).columns);
    expect("start" in data().columns[0]).toBe(false);
  });

  /** Every path of the tree. */
  const paths = (node: unknown, path: (string | number)[] = []): (string | number)[][] =>
    typeof node !== "object" || node === null
      ? [path]
      : [path, ...Object.keys(node).flatMap((key) => paths((node as Row)[key], [...path, key]))];

  /** Whether a tree is either refused in a sentence, or makes an encoder that does the same. */
  const isHandled = (read: (tree: unknown) => { encode: Encoder["encode"] }, tree: unknown): boolean => {
    try {
      return read(tree)
        .encode("predict", [...rows, {}])
        .every(Number.isFinite);
    } catch (error) {
      return /^(load|predict): .+ must .+, got .+\.$/.test((error as Error).message);
    }
  };

  const nasty = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom<unknown>(undefined, null, -1, 0, 1e308, 5e-324, "", "text", "number", "ignore", "constant", true),
    fc.constant({ constructor: { name: { toString: null, valueOf: null } }, length: 3 }),
    fc.constantFrom<unknown>(JSON.parse('{"__proto__": {"polluted": 1}}'), [[]], ["a", "b"]),
  );

  it("changed anywhere, they are refused in one sentence or make an encoder", () => {
    const places = paths(data()).slice(1);
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom(...places), nasty), { minLength: 1, maxLength: 2 }), (changes) => {
        const tree = data();
        for (const [path, value] of changes) {
          const parent = path.slice(0, -1).reduce((node, key) => node?.[key], tree);
          if (typeof parent === "object" && parent !== null) parent[path.at(-1) as string] = structuredClone(value);
        }
        expect(isHandled(load, JSON.parse(JSON.stringify(tree)))).toBe(true);
        expect(({} as Row).polluted).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
    for (const tree of [undefined, 1, "x", [[]]]) expect(isHandled(load, tree)).toBe(true);
  });

  it("control: a reader that trusts the file is noticed", () => {
    const trusting = (tree: unknown) => ({ encode: () => new Float32Array(any(tree).columns.length.valueOf()) });
    expect(isHandled(trusting, planted(["columns"], undefined))).toBe(false);
  });
});

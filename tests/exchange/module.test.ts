/** Models as JavaScript modules: a process that has nothing else gets the library's answers from them, to the bit. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { deserialize, serialize } from "node:v8";
import { createContext, runInContext } from "node:vm";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { Exportable } from "../../src/exchange/exported-model.js";
import { toModule } from "../../src/exchange/standalone/module.js";
import { literal } from "../../src/exchange/standalone/module-literal.js";
import { Random } from "../../src/ground/random.js";
import {
  type Activation,
  Classifier,
  type ColumnKind,
  type Label,
  MLP,
  type Output,
  Regressor,
} from "../../src/index.js";
import { ACTIVATIONS, OUTPUTS as ALL_OUTPUTS, nameOf } from "../../src/net/activations.js";

type Row = Record<string, unknown>;

interface Loaded {
  predict(row: unknown): unknown;
  predictProba?(row: unknown): unknown;
}

interface Encoding extends Loaded {
  readRow(call: string, row: unknown, features: Float32Array): void;
}

const folder = mkdtempSync(join(tmpdir(), "wasmlp-module-"));
afterAll(() => rmSync(folder, { recursive: true }));

let count = 0;

/** The module in this process. */
function load<M = Loaded>(source: string): Promise<M> {
  const path = join(folder, `here-${count++}.mjs`);
  writeFileSync(path, source);
  return import(/* @vite-ignore */ pathToFileURL(path).href);
}

/** The same with what it makes of a row before the network sees it, by its columns and its texts of missing values. */
function loadEncoding(source: string): Promise<Encoding> {
  return load(`${source}
const readers = columns.map((column) => makeReader(column, new Set(missing)));
function readOne(call, row, features) { readRow(call, readers, row, features); }
export { readOne as readRow };
`);
}

/** What a call gives or refuses with. */
function outcome(call: () => unknown): unknown {
  try {
    return { value: call() };
  } catch (error) {
    const { name, message } = error as Error;
    return { name, message };
  }
}

const BARE = `
  import { readFileSync, writeFileSync } from "node:fs";
  import { deserialize, serialize } from "node:v8";
  const outcome = ${outcome};
  const results = [];
  for (const [i, rows] of deserialize(readFileSync("rows")).entries()) {
    const { predict, predictProba } = await import(process.cwd() + "/bare-" + i + ".mjs");
    const answer = (row) => [outcome(() => predict(row)), predictProba && outcome(() => predictProba(row))];
    results.push(rows.map(answer));
  }
  writeFileSync("results", serialize(results));`;

/** What a bare process answers to rows: pairs of predict and predictProba. */
function runBare(jobs: readonly { source: string; rows: readonly unknown[] }[]): unknown[][] {
  for (const [i, { source }] of jobs.entries()) writeFileSync(join(folder, `bare-${i}.mjs`), source);
  writeFileSync(join(folder, "rows"), serialize(jobs.map(({ rows }) => rows)));
  // What the transpiler of this file calls functions by is not there.
  const script = BARE.replace(/__name\([^)]*\);?/g, "");
  execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd: folder, env: {} });
  return deserialize(readFileSync(join(folder, "results")));
}

/** The same from the library. */
function answers(model: Classifier | Regressor, rows: readonly unknown[]): unknown[] {
  return rows.map((row) => [
    outcome(() => model.predict(row as object)),
    model instanceof Classifier ? outcome(() => model.predictProba(row as object)) : undefined,
  ]);
}

const OUTPUTS: Output[] = ["softmax", "sigmoid", "linear"];

describe("a network's module in a bare process", () => {
  /** What the module documents of the library's answer to one row. */
  const expected = (net: MLP, row: Float32Array) => [
    { value: net.output === "softmax" ? net.predict(row)[0] : net.predict(row) },
    { value: net.predictProba(row) },
  ];

  it("gives the library's answers, whatever the activation, the output and the depth", async () => {
    const random = new Random(1);
    const jobs = [];
    for (const layers of [
      [4, 3],
      [1, 5, 1],
      [17, 33, 15, 2],
      [64, 31, 16, 8, 4],
    ]) {
      for (const activation of ["relu", "sigmoid", "tanh", "identity"] as Activation[]) {
        for (const output of OUTPUTS) {
          const net = await MLP.create<Output>({ layers, activation, output, seed: random.below(1000) });
          const rows = Array.from({ length: 20 }, (_, r) =>
            Float32Array.from({ length: layers[0] }, () => (random.below(3) ? random.normal() * r : 0)),
          );
          jobs.push({ net, rows, source: toModule(net) });
        }
      }
    }
    for (const [i, results] of runBare(jobs).entries()) {
      const { net, rows } = jobs[i];
      expect(results).toEqual(rows.map((row) => expected(net, row)));
    }
  });

  it("gives the library's answers with every activation and output", async () => {
    const random = new Random(2);
    const pick = <T>(list: readonly T[]) => list[random.below(list.length)];
    const activations: Activation[] = [...ACTIVATIONS, { "leaky-relu": 0.2 }, { elu: 1.5 }];
    const jobs = [];
    for (let i = 0; i < activations.length + ALL_OUTPUTS.length; i++) {
      const output = ALL_OUTPUTS[i] ?? pick(ALL_OUTPUTS);
      const activation = [activations[i] ?? pick(activations), pick(activations)];
      const net = await MLP.create<Output>({ layers: [6, 9, 5, 2], activation, output, seed: i });
      const rows = Array.from({ length: 10 }, () => Float32Array.from({ length: 6 }, () => random.normal()));
      const source = toModule(net);
      const between = [...new Set(activation.map(nameOf))].join(" and ");
      expect(source).toContain(`layers 6-9-5-2, ${between} between them, its output ${output}.`);
      jobs.push({ net, rows, source });
    }
    for (const [i, results] of runBare(jobs).entries()) {
      const { net, rows } = jobs[i];
      expect(results, `${net.output}`).toEqual(rows.map((row) => expected(net, row)));
    }
  });

  it("decides by sums, as the library does: probabilities may be equal where those differ", async () => {
    for (const output of ["softmax", "sigmoid"] as Output[]) {
      const net = await MLP.create<Output>({ layers: [1, 2], output });
      net.setParameters([{ weights: [0, 1], biases: [0, 0] }]);
      const { predict, predictProba } = await load(toModule(net));
      expect(predictProba?.([1e-9])).toEqual(Float32Array.of(0.5, 0.5));
      expect(predict([1e-9])).toEqual(output === "softmax" ? 1 : Uint8Array.of(0, 1));
      expect(output === "softmax" ? net.predict([1e-9])[0] : net.predict([1e-9])).toEqual(predict([1e-9]));
    }
  });

  it("takes arrays and typed arrays, gives arrays of its own, and refuses all else", async () => {
    const net = await MLP.create({ layers: [2, 3], seed: 5 });
    const { predict, predictProba } = await load(toModule(net));
    const first = predictProba?.([0.5, 2]) as Float32Array;
    const kept = first.slice();
    expect(predictProba?.(Float64Array.of(0.5, 2))).toEqual(kept);
    predictProba?.([9, -9]);
    expect(first).toEqual(kept);
    for (const [row, error] of [
      [undefined, new TypeError("predict: row must be an array of numbers, got undefined.")],
      [{ 0: 1, 1: 2, length: 2 }, new TypeError("predict: row must be an array of numbers, got an object.")],
      [new DataView(new ArrayBuffer(2)), new TypeError("predict: row must be an array of numbers, got a DataView.")],
      [[1], new RangeError("predict: row must hold 2 numbers, got 1.")],
      [[1, "2"], new TypeError('predict: row must hold finite numbers, got "2" at column 1.')],
      [[Number.NaN, 2], new RangeError("predict: row must hold finite numbers, got NaN at column 0.")],
      [[1e39, 2], new RangeError("predict: row must hold finite numbers, got 1e+39 at column 0.")],
      [new Array(2).fill(1, 0, 1), new TypeError("predict: row must hold finite numbers, got undefined at column 1.")],
    ] as const) {
      expect(() => predict(row)).toThrow(error);
    }
    expect(() => predict(Uint8Array.of(1, 2))).toThrow(/^predict: row must hold numbers as .*, got a Uint8Array\./);
    expect(predictProba?.([0.5, 2])).toEqual(kept);
  });
});

/** Texts that end strings, lines, comments, templates or elements, or that objects treat differently. */
const HOSTILE = [
  '"; globalThis.broken = 1; "',
  "'; globalThis.broken = 1; '",
  "`; globalThis.broken = 1; `",
  `\${globalThis.broken = 1}`,
  "*/ globalThis.broken = 1; /*",
  "\n globalThis.broken = 1 //",
  "\u2028globalThis.broken = 1\u2029",
  "</script><script>globalThis.broken = 1</script>",
  "<!--",
  "-->",
  "\\",
  '\\" + (globalThis.broken = 1) + "',
  "__proto__",
  "constructor",
  "toString",
  "\ud800 alone",
  "\u202e turned",
  "$&",
  "null",
];

/** Values of cells that are read in one way or another. */
const NOTABLE: unknown[] = [
  ...[
    "a",
    " a ",
    "b",
    "NA",
    " ? ",
    "",
    "  ",
    "007",
    "1e3",
    "-.5",
    "+2.",
    "0x1F",
    "1_0",
    "Infinity",
    "1,5",
    "1e39",
    "-0",
    "$1,080",
    "2h 50m",
    "####",
    "31/12/2024",
    "2024-02-29T12:30Z",
    "Feb 29, 2023",
    "new",
  ],
  ...[
    "true",
    " false",
    "True",
    null,
    undefined,
    true,
    false,
    Number.NaN,
    Infinity,
    -Infinity,
    1e39,
    -0,
    3.5,
    7n,
    2n ** 60n,
  ],
];

/** A value of a cell: what people have, and what no column takes. */
const cell = fc.oneof(
  fc.double(),
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(...NOTABLE),
  fc.double().map(String),
  fc.string({ maxLength: 3 }),
  fc.constantFrom(...HOSTILE),
  fc.bigInt({ min: -(2n ** 55n), max: 2n ** 55n }),
  fc.constantFrom<unknown>([], {}, new Date(0), new Map(), "x".repeat(50)),
);

/** Rows to be learned from, in columns of each kind. */
function trainingRows(random: Random, target: (i: number) => unknown): Row[] {
  return Array.from({ length: 80 }, (_, i) => {
    const row: Row = Object.create(null);
    row.number = random.below(6) ? 10 * random.normal() : null;
    row.numeral = `${random.below(100) / 8}`;
    row.flag = random.below(5) ? random.below(2) === 1 : "?";
    row.word = ["a", "b", "true", "NA", "1e3"][random.below(5)];
    row.mixed = [1, "a", true, "1", null][random.below(5)];
    row.price = `$${random.below(9)},${100 + random.below(900)}`;
    row.minutes = random.below(9) ? `${random.below(9)}h ${random.below(60)}m` : "unknown";
    row.date = random.below(9) ? new Date(Date.UTC(2024, 0, random.below(900))) : null;
    row.day = `${1 + random.below(28)}/${13 + random.below(2)}/1999`.replace(/\/1[34]/, `/${1 + random.below(12)}`);
    row.odd = i === 7 ? "####" : i * i;
    if (random.below(4) === 0) Object.assign(row, { there: 1, tag: "new", yes: true });
    row.many = HOSTILE[random.below(HOSTILE.length)];
    for (const name of HOSTILE) row[name] = random.below(2) ? HOSTILE[random.below(4)] : random.below(4);
    row.target = target(i);
    return row;
  });
}

const options = { target: "target", hidden: [5], epochs: 2, missing: ["?", "NA"], maxCategories: 12 };

/** Rows of any cells in the columns of a model, each alone and several together, and what is no row. */
function sampleRows(model: Classifier | Regressor, seed: number): unknown[] {
  const names = [...model.columns.map(({ name }) => name), "stranger"];
  const alone = names.flatMap((name) => NOTABLE.map((value) => [[name, value]] as const));
  const together = fc.array(fc.tuple(fc.constantFrom(...names), cell), { maxLength: 6 });
  // Own properties, "__proto__" too. Arrays mean many rows to the library.
  const rows = [...alone, ...fc.sample(together, { numRuns: 300, seed })].map((list) => Object.fromEntries(list));
  return [...rows, null, undefined, 5, "row", new Date(0), new Map(), {}];
}

/** What is wrong in the answers to rows; of what is no row the module says "row", the library, which takes many, "rows[0]". */
function differences(results: readonly unknown[], wanted: readonly unknown[]): unknown[] {
  const alike = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(alike);
    const { message, ...rest } = (value ?? {}) as Record<string, unknown>;
    return { ...rest, message: `${message}`.replace("rows[0] must be", "row must be") };
  };
  expect(results).toHaveLength(wanted.length);
  return results.flatMap((result, i) =>
    isDeepStrictEqual(alike(result), alike(wanted[i])) ? [] : [{ got: result, wanted: wanted[i] }],
  );
}

describe("a table's module in a bare process", () => {
  it("classifies as the library does, and refuses what it refuses, in its words", async () => {
    const random = new Random(2);
    const kinds: ((i: number) => Label)[] = [(i) => HOSTILE[i % HOSTILE.length], (i) => i % 3, (i) => i % 2 === 0];
    const jobs = [];
    for (const [seed, target] of kinds.entries()) {
      const model = await Classifier.fit(trainingRows(random, target), { ...options, seed });
      jobs.push({ model, rows: sampleRows(model, seed), source: toModule(model) });
    }
    for (const [i, results] of runBare(jobs).entries()) {
      const wanted = answers(jobs[i].model, jobs[i].rows);
      expect(differences(results, wanted)).toEqual([]);
      const refused = wanted.filter((pair) => Object.hasOwn((pair as object[])[0], "message")).length / wanted.length;
      expect(refused).toBeGreaterThan(0.1);
      expect(refused).toBeLessThan(0.6);
    }
  });

  it("gives a regressor's values in their unit, and no probabilities", async () => {
    const model = await Regressor.fit(
      trainingRows(new Random(3), (i) => 1000 + i / 7),
      options,
    );
    const rows = sampleRows(model, 3);
    const source = toModule(model);
    expect(differences(runBare([{ source, rows }])[0], answers(model, rows))).toEqual([]);
    expect(Object.keys(await load(source)).sort()).toEqual(["predict"]);
  });

  it("control: another unit, another order of categories, a looser numeral and another word are noticed", async () => {
    const model = await Regressor.fit(
      trainingRows(new Random(4), (i) => i),
      options,
    );
    const rows = sampleRows(model, 4);
    const source = toModule(model);
    const faults = [
      ["deviation: ", "deviation: 1"],
      ["[category, start + i]", "[category, start + categories.length - 1 - i]"],
      [String.raw`(?:[eE][+-]?\d+)?$/`, String.raw`(?:[eE][+-]?\d+|x1F)?$/`],
      ['"text" } when', '"word" } when'],
    ];
    const planted = faults.map(([right, wrong]) => source.replace(right, wrong));
    const wanted = answers(model, rows);
    const results = runBare([source, ...planted].map((text) => ({ source: text, rows })));
    const counts = results.map((result) => differences(result, wanted).length);
    expect(counts[0]).toBe(0);
    for (const count of counts.slice(1)) expect(count).toBeGreaterThan(0);
  });
});

describe("the encoder in a module", () => {
  const kind = fc.constantFrom<ColumnKind | undefined>(undefined, undefined, "number", "boolean", "text", "ignore");
  const name = fc.oneof(fc.constantFrom("x", "id", ...HOSTILE), fc.string({ unit: "binary", maxLength: 4 }));
  const plain = cell.filter((value) => typeof value !== "object" || value === null);
  const cells = (of: ColumnKind | undefined) =>
    of === "number" || of === "boolean"
      ? fc.constantFrom(...(of === "number" ? [1, "2.5", null, -3, 1e30] : [true, "false", null]))
      : of === "text"
        ? plain.filter((value) => typeof value === "string")
        : plain.filter((value) => typeof value !== "number" || Math.abs(value) < 1e38);
  const column = fc.tuple(name, kind).chain(([called, of]) =>
    fc.record({
      called: fc.constant(called),
      of: fc.constant(of),
      values: fc.array(cells(of), { minLength: 4, maxLength: 12 }),
    }),
  );
  const table = fc.record({
    columns: fc.uniqueArray(column, { minLength: 1, maxLength: 4, selector: ({ called }) => called }),
    missing: fc.subarray(["?", "NA", "a", ...HOSTILE]),
    maxCategories: fc.integer({ min: 1, max: 5 }),
  });

  // A bare process cannot be sent these.
  const anything = fc.oneof(
    { weight: 9, arbitrary: cell },
    { weight: 1, arbitrary: fc.constantFrom<unknown>(Symbol("sign"), Math.abs, Object.create(null), [1, [2]]) },
  );

  it("makes the features that the library's makes, and refuses what that refuses", async () => {
    let learned = 0;
    await fc.assert(
      fc.asyncProperty(
        table,
        fc.array(fc.array(anything, { maxLength: 4 })),
        async ({ columns, missing, maxCategories }, lists) => {
          const rowOf = (values: readonly unknown[]) =>
            Object.fromEntries(values.map((value, c) => [columns[c % columns.length].called, value]));
          const rows = Array.from({ length: 12 }, (_, i) => {
            const row = rowOf(columns.map(({ values }) => values[i % values.length]));
            return Object.fromEntries([...Object.entries(row), ["the target", i]]);
          });
          const kinds = Object.fromEntries(columns.flatMap(({ called, of }) => (of ? [[called, of]] : [])));
          const fitOptions = { target: "the target", hidden: [], epochs: 1, missing, maxCategories, columns: kinds };
          const model = await Regressor.fit(rows, fitOptions).catch(() => undefined);
          if (!model) return;
          learned++;
          const { readRow } = await loadEncoding(toModule(model));
          for (const row of [...rows, ...lists.map(rowOf)]) {
            const features = new Float32Array(model.featureNames.length).fill(7);
            const mine = outcome(() => {
              readRow("encode", row, features);
              return features;
            });
            expect(mine).toEqual(outcome(() => model.encode([row])));
          }
        },
      ),
      { numRuns: 200 },
    );
    expect(learned).toBeGreaterThan(40);
  });
});

describe("the source", () => {
  it("holds any text as data, in code and in comments", () => {
    const read = (text: string) => {
      const source = `/* ${literal(text)} */ // ${literal(text)}\n return ${literal([text])};`;
      expect(source).not.toMatch(/<|[\u2028\u2029\u202e]/);
      expect(source.split("*/")).toHaveLength(2);
      expect(Buffer.from(source).toString()).toBe(source);
      return new Function(source)()[0];
    };
    for (const text of HOSTILE) expect(read(text)).toBe(text);
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => read(text) === text));
    const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code));
    fc.assert(fc.property(fc.array(unit), (units) => read(units.join("")) === units.join("")));
  });

  it("control: JSON alone would end a comment and an element", () => {
    expect(() => new Function(`/* ${JSON.stringify("*/ (")} */`)).toThrow(SyntaxError);
    expect(JSON.stringify(HOSTILE)).toContain("</script>");
  });

  it("runs nothing of the names it holds, and ends no element", async () => {
    const model = await Classifier.fit(
      trainingRows(new Random(5), (i) => HOSTILE[i % HOSTILE.length]),
      options,
    );
    const source = toModule(model);
    for (const text of ["</script", "<!--", "\u2028", "\u2029", "\u202e"]) expect(source).not.toContain(text);
    const { predict, predictProba } = await load(source);
    expect(model.labels).toContain(predict({ number: null }));
    expect(Object.keys(predictProba?.({ number: null }) as object)).toEqual([...model.labels]);
    expect(globalThis).not.toHaveProperty("broken");
    expect({}).not.toHaveProperty("broken");
  });

  it("needs of its host atob alone, and that and WebAssembly not before the first call", async () => {
    const model = await Classifier.fit(
      trainingRows(new Random(6), (i) => i % 2 === 0),
      options,
    );
    const source = toModule(model).replaceAll("export function", "function");
    expect(source).not.toMatch(/^(import|export)|require\(|process|\bBuffer\b/m);
    const context = createContext({ row: { number: 3, word: "b" } });
    runInContext(`"use strict"; ${source}`, context);
    expect(() => runInContext("predictProba(row)", context)).toThrow("atob is not defined");
    context.atob = atob;
    expect(JSON.stringify(runInContext("predictProba(row)", context))).toBe(
      JSON.stringify(model.predictProba({ number: 3, word: "b" })),
    );
  });

  it("says at its head what it is and how it is called", async () => {
    const model = await Classifier.fit(
      trainingRows(new Random(7), (i) => ["no", "yes"][i % 2]),
      options,
    );
    const [head] = toModule(model).split("*/");
    expect(head).toMatch(/^\/\*\*\n \* A classifier of "target"\./);
    expect(head).toContain('import { predict, predictProba } from "./model.mjs";');
    expect(head).toContain('"no" or "yes"');
    expect(head).toContain('"date": date');
    const net = await MLP.create({ layers: [2, 3] });
    expect(toModule(net)).toMatch(/A neural network of layers 2-3, its output softmax\./);
    expect(toModule(net)).toBe(toModule((await MLP.load(net.save())) as unknown as MLP));
  });

  it("is not written of anything else", () => {
    expect(() => toModule(null as unknown as Exportable)).toThrow(
      new TypeError("toModule: model must be an MLP, a Classifier or a Regressor, got null."),
    );
  });
});

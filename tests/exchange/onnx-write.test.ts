/** Files of toOnnx, run by onnxruntime beside the models they were made of. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { Classifier, type Label, MLP, type Output, Regressor } from "../../src/index.js";
import { fromOnnx, toOnnx } from "../../src/onnx.js";
import { difference, feed, numbers, RuntimeTensor, runtime } from "./onnx-cases.js";

const OPSETS = [13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26];

describe("a network", () => {
  for (const output of ["softmax", "sigmoid", "linear"] as Output[]) {
    for (const activation of ["relu", "sigmoid", "tanh", "identity"] as const) {
      it(`${activation}, ${output}: the same predictions, and the same weights when read again`, async () => {
        const net = await MLP.create({ layers: [5, 7, 6, 3], activation, output, seed: 3 });
        net.setParameters(
          net.parameters().map((layer) => ({ ...layer, biases: numbers(layer.outputs, layer.outputs) })),
        );
        const x = numbers(20, 9).map((value) => 4 * value);
        const bytes = toOnnx(net);
        const given = await runtime(bytes, { input: feed(x, [4, 5]) });
        const scores = given[output === "linear" ? "values" : "probabilities"];
        expect(scores.dims).toEqual([4, 3]);
        expect(difference(scores.data as Float32Array, net.predictProba(x))).toBeLessThanOrEqual(1e-5);
        if (output === "softmax") expect(Array.from(given.label.data, Number)).toEqual([...net.predict(x)]);
        else expect(given.label).toBeUndefined();
        const { net: again, labels } = await fromOnnx(bytes);
        expect([again.layers, again.activation, again.output]).toEqual([net.layers, activation, output]);
        expect([again.parameters(), labels]).toEqual([net.parameters(), undefined]);
      });
    }
  }

  it.each(OPSETS)("of operator set %i", async (opset) => {
    const net = await MLP.create({ layers: [3, 4, 2], seed: 1 });
    const x = numbers(6, 2);
    const { probabilities } = await runtime(toOnnx(net, { opset }), { input: feed(x, [2, 3]) });
    expect(difference(probabilities.data as Float32Array, net.predictProba(x))).toBeLessThanOrEqual(1e-5);
    expect((await fromOnnx(toOnnx(net, { opset }))).net.parameters()).toEqual(net.parameters());
  });

  it("without a hidden layer; same model, same bytes; and any number of rows", async () => {
    const net = await MLP.create({ layers: [4, 3], seed: 1 });
    const bytes = toOnnx(net);
    expect(toOnnx(net)).toEqual(bytes);
    for (const rows of [1, 65]) {
      const x = numbers(4 * rows, rows);
      const { probabilities } = await runtime(bytes, { input: feed(x, [rows, 4]) });
      expect(difference(probabilities.data as Float32Array, net.predictProba(x))).toBeLessThanOrEqual(1e-5);
    }
    expect((await fromOnnx(bytes)).net.layers).toEqual([4, 3]);
  });

  it("control: another model's file is noticed", async () => {
    const [net, other] = [await MLP.create({ layers: [4, 3], seed: 1 }), await MLP.create({ layers: [4, 3], seed: 2 })];
    const x = numbers(8, 1);
    const { probabilities } = await runtime(toOnnx(other), { input: feed(x, [2, 4]) });
    expect(difference(probabilities.data as Float32Array, net.predictProba(x))).toBeGreaterThan(1e-3);
  });
});

type Row = Record<string, unknown>;

const TOWNS = ["Bern", "Zürich", "東京", "a b", "Ω", "x1", "x2", "x3"];

/** Rows with all that columns may hold; `label` may stand for their target. */
function people(count: number, seed: number, label: (n: number) => unknown): Row[] {
  const random = new Random(seed);
  const maybe = (value: unknown, share: number) => (random.uniform() < share ? undefined : value);
  return Array.from({ length: count }, () => {
    const age = Math.fround(20 + 50 * random.uniform());
    const town = TOWNS[random.below(TOWNS.length)];
    const score = age / 20 + TOWNS.indexOf(town) + random.uniform();
    return {
      age: maybe(age, 0.2),
      height: Math.fround(150 + 40 * random.uniform()),
      // Float32 holds multiples of 128 of that size.
      created: 1.7e9 - (1.7e9 % 128) + 128 * random.below(100),
      member: maybe(random.below(2) === 1, 0.1),
      paid: random.below(2) === 0,
      town: maybe(town, 0.1),
      kind: ["?", "one", "two"][random.below(3)],
      since: maybe(new Date(Date.UTC(2024, 0, 1, 0, random.below(1e6))), 0.1),
      ...(random.below(3) === 0 && { word: 1, zero: 0, yes: true, tag: "new" }),
      constant: 1,
      target: label(score),
    };
  });
}

/** Rows as the file reads them: a tensor [N, 1] a column that counts. */
function feeds(model: Classifier | Regressor, rows: Row[]): Record<string, RuntimeTensor> {
  const dims = [rows.length, 1];
  return Object.fromEntries(
    model.columns
      .filter(({ kind }) => kind !== "ignore")
      .map(({ name, kind }) => {
        const values = rows.map((row) => row[name]);
        if (kind === "date") {
          const days = values.map((value) => (value === undefined ? Number.NaN : (value as Date).getTime() / 864e5));
          return [name, new RuntimeTensor("float64", Float64Array.from(days), dims)];
        }
        if (kind === "text" || (kind === "present" && name === "tag"))
          return [
            name,
            new RuntimeTensor(
              "string",
              values.map((value) => `${value ?? ""}`),
              dims,
            ),
          ];
        return [
          name,
          feed(
            values.map((value) => (value === undefined ? Number.NaN : Number(value))),
            dims,
          ),
        ];
      }),
  );
}

function probabilitiesOf(model: Classifier, rows: Row[]): Float32Array {
  return model.predictProba(rows, new Float32Array(rows.length * model.labels.length));
}

const UNSEEN: Row[] = [
  { height: 170, created: 1.7e9, paid: true, town: "never seen", kind: "three" },
  { age: 40, height: 170, created: 1.7e9, paid: false, town: "", kind: "?" },
  { age: 1e6, height: -1e9, created: 0, word: 2, zero: 3, yes: false, tag: "old", since: new Date(9e14) },
  { age: 1, height: 1, created: 0, word: 0, zero: 0, yes: true, tag: "new", since: new Date(0) },
  { age: 0, height: 0, created: 0, paid: false, town: "x3", kind: "one" },
];

describe("a classifier", () => {
  const KINDS: [string, (n: number) => Label, string][] = [
    ["text", (n) => (n < 5 ? "low" : n < 7 ? "größer" : "high"), "string"],
    ["numbers", (n) => (n < 5 ? -7 : n < 7 ? 0 : 2 ** 40), "int64"],
    ["booleans", (n) => n > 6, "bool"],
  ];
  const options = { target: "target", maxCategories: 5, missing: ["?"], epochs: 30, hidden: [12], seed: 4 };

  for (const [name, label, type] of KINDS) {
    it(`with labels of ${name}: labels and probabilities of rows as they come`, async () => {
      const rows = people(300, 1, label);
      const model = await Classifier.fit(rows, options);
      const kinds = [
        ...["number", "ignore", "number", "number", "text", "boolean", "boolean", "date"],
        ...["present", "text", "present", "present", "present"],
      ];
      expect(model.columns.map(({ kind }) => kind)).toEqual(kinds);
      // Text that is missing, text that shares a feature, text that has none, a number and a boolean that are missing.
      const { columns } = model;
      expect(columns.filter((column) => "hasMissing" in column && column.hasMissing).length).toBe(5);
      expect(columns.map((column) => column.kind === "text" && column.hasOther)).toContain(true);
      const shown = [...people(200, 2, () => 0), ...UNSEEN];
      for (const opset of [13, 17, 21]) {
        const given = await runtime(toOnnx(model, { opset }), feeds(model, shown));
        expect(given.probabilities.dims).toEqual([shown.length, model.labels.length]);
        const worst = difference(given.probabilities.data as Float32Array, probabilitiesOf(model, shown));
        expect(worst).toBeLessThanOrEqual(1e-5);
        expect([given.label.type, given.label.dims]).toEqual([type, [shown.length]]);
        const as = { string: String, int64: Number, bool: Boolean }[type] as (value: unknown) => Label;
        expect(Array.from(given.label.data as ArrayLike<unknown>, as)).toEqual(model.predict(shown));
      }
    });
  }

  it("inputs are the columns that count, by name, kind and shape", async () => {
    const model = await Classifier.fit(
      people(100, 1, (n) => n > 6),
      options,
    );
    const { InferenceSession } = await import("onnxruntime-web");
    const session = await InferenceSession.create(toOnnx(model));
    expect(session.inputNames).toEqual([
      ...["age", "created", "height", "kind", "member", "paid", "since", "tag", "town", "word", "yes", "zero"],
    ]);
    expect(session.outputNames).toEqual(["label", "probabilities"]);
    expect(session.inputMetadata.map((input) => input.isTensor && [input.type, input.shape])).toEqual(
      [
        ...["float32", "float32", "float32", "string", "float32", "float32"],
        ...["float64", "string", "string", "float32", "float32", "float32"],
      ].map((type) => [type, ["N", 1]]),
    );
    await session.release();
  });

  it("columns may have any name, also those of outputs and constants", async () => {
    const names = [
      "label",
      "output_label",
      "probabilities",
      "0.weight",
      "features",
      "zero",
      "label.id",
      "__proto__",
      "é 東 \n",
    ];
    const rename = (row: Row) =>
      Object.fromEntries([["target", row.target], ...names.map((name, i) => [name, Object.values(row)[i % 7]])]);
    const rows = people(100, 1, (n) => n > 6).map(rename);
    const model = await Classifier.fit(rows, { target: "target", epochs: 5, seed: 1 });
    const given = await runtime(toOnnx(model), feeds(model, rows));
    expect(Object.keys(given)).toEqual(["output_output_label", "output_probabilities"]);
    const worst = difference(given.output_probabilities.data as Float32Array, probabilitiesOf(model, rows));
    expect(worst).toBeLessThanOrEqual(1e-5);
  });

  it("what float32 does not hold is rounded on its way in, and nowhere else", async () => {
    const at = (n: number) => 1.7e9 + 777 * n;
    const rows = Array.from({ length: 60 }, (_, n) => ({ created: at(n), target: n % 20 < 10 }));
    const model = await Classifier.fit(rows, { target: "target", epochs: 20, columns: { created: "number" } });
    const { probabilities } = await runtime(toOnnx(model), feeds(model, rows));
    const rounded = rows.map(({ created }) => ({ created: Math.fround(created) }));
    expect(difference(probabilities.data as Float32Array, probabilitiesOf(model, rounded))).toBeLessThanOrEqual(1e-5);
    expect(difference(probabilities.data as Float32Array, probabilitiesOf(model, rows))).toBeGreaterThan(1e-5);
  });

  it("a file of one comes back, its networks as they were", async () => {
    const model = await Classifier.fit(
      people(100, 1, (n) => n > 6),
      options,
    );
    const { model: again } = await fromOnnx(toOnnx(model));
    expect(again?.members.map((net) => net.parameters())).toEqual(model.members.map((net) => net.parameters()));
  });

  it("control: a category that the file does not know is noticed", async () => {
    const rows = people(300, 1, (n) => n > 6);
    const model = await Classifier.fit(rows, options);
    const other = await Classifier.fit(
      rows.map((row) => ({ ...row, town: row.town === "x3" ? "x4" : row.town })),
      options,
    );
    const { probabilities } = await runtime(toOnnx(other), feeds(model, rows));
    expect(difference(probabilities.data as Float32Array, probabilitiesOf(model, rows))).toBeGreaterThan(1e-3);
  });
});

describe("a regressor", () => {
  for (const [name, mean, deviation] of [
    ["small", 0, 1],
    ["large beside their deviation", 1e6, 100],
    ["tiny", 1e-8, 1e-9],
  ] as const) {
    it(`of values that are ${name}`, async () => {
      const rows = people(200, 1, (n) => mean + deviation * n);
      const model = await Regressor.fit(rows, { target: "target", epochs: 20, hidden: [8], seed: 2 });
      const shown = [...people(100, 2, () => 0), ...UNSEEN.slice(0, 2)];
      const { value } = await runtime(toOnnx(model), feeds(model, shown));
      const wanted = model.predict(shown);
      expect(value.dims).toEqual([shown.length, 1]);
      // By the deviation, as the network sees it, beside what float32 rounds off the value itself.
      const bound = 1e-5 * deviation + 2 ** -24 * Math.max(...wanted.map(Math.abs));
      expect(difference(value.data as Float32Array, wanted)).toBeLessThanOrEqual(bound);
    });
  }

  it("names its output otherwise where a column has that name", async () => {
    const rows = Array.from({ length: 20 }, (_, n) => ({ value: n * n, target: 3 * n }));
    const model = await Regressor.fit(rows, { target: "target", epochs: 5 });
    expect(Object.keys(await runtime(toOnnx(model), feeds(model, rows)))).toEqual(["output_value"]);
  });
});

describe("refusals", () => {
  it("of what is no model, of options and of operator sets", async () => {
    const net = await MLP.create({ layers: [2, 2] });
    expect(() => toOnnx({} as MLP)).toThrow(
      "toOnnx: model must be an MLP, a Classifier or a Regressor, got an object.",
    );
    expect(() => toOnnx(undefined as unknown as MLP)).toThrow(TypeError);
    expect(() => toOnnx(net, { opset: 12 })).toThrow("toOnnx: opset must be a whole number from 13 to 26, got 12.");
    expect(() => toOnnx(net, { ospet: 17 } as object)).toThrow(TypeError);
  });

  it("of what UTF-8 or int64 cannot hold, and of nameless columns", async () => {
    const learn = (rows: object[], more = {}) => Classifier.fit(rows, { target: "y", epochs: 1, hidden: [], ...more });
    const half = await learn([
      { x: "\ud800", y: 0 },
      { x: "b", y: 1 },
    ]);
    expect(() => toOnnx(half)).toThrow("toOnnx: names and texts must be whole characters, got");
    const huge = await learn([
      { x: "a", y: 0 },
      { x: "b", y: 2 ** 63 },
    ]);
    expect(() => toOnnx(huge)).toThrow("toOnnx: labels must be whole numbers of 64 bits, got 9223372036854776000.");
    const nameless = await learn(
      [
        { "": "a", y: 0 },
        { "": "b", y: 1 },
      ],
      { columns: { "": "text" } },
    );
    expect(() => toOnnx(nameless)).toThrow('toOnnx: columns must have names, got "".');
  });
});

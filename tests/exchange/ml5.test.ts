/** Models of ml5.js: what it computes of its rows is what the model here answers to objects by the same names. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import type { Classifier, Regressor } from "../../src/index.js";
import { fromMl5, type Ml5Model } from "../../src/migrate.js";

// biome-ignore lint/suspicious/noExplicitAny: files of another library, to be pulled about.
type Any = any;
type Row = Record<string, number | string>;

const ACTIVATIONS: Record<string, (sums: number[]) => number[]> = {
  relu: (sums) => sums.map((sum) => Math.max(0, sum)),
  sigmoid: (sums) => sums.map((sum) => 1 / (1 + Math.exp(-sum))),
  linear: (sums) => sums,
  softmax: (sums) => {
    const powers = sums.map((sum) => Math.exp(sum - Math.max(...sums)));
    return powers.map((power) => power / powers.reduce((a, b) => a + b));
  },
};

/** What ml5 computes, in float64: neuralNetwork's formatInputsForPrediction, then the layers of tfjs, then unnormalizeValue. */
function naive(model: Any, weights: Uint8Array, meta: Any, row: Row): number[] {
  let values = Object.entries<Any>(meta.inputs).flatMap(([name, { dtype, min, max, legend }]) => {
    if (dtype === "string") return legend[row[name]];
    return [meta.isNormalized ? ((row[name] as number) - min) / (max - min) : row[name]];
  });
  const numbers = new Float32Array(weights.slice().buffer);
  let at = 0;
  const config = model.modelTopology.config;
  for (const { config: layer } of config.layers ?? config) {
    const sums = Array.from({ length: layer.units }, (_, j) =>
      values.reduce((sum, value, i) => sum + value * numbers[at + i * layer.units + j], 0),
    );
    at += values.length * layer.units;
    values = ACTIVATIONS[layer.activation](sums.map((sum, j) => sum + numbers[at + j]));
    at += layer.units;
  }
  const outputs = Object.values<Any>(meta.outputs);
  if (outputs[0].dtype === "string" || !meta.isNormalized) return values;
  return values.map((value, o) => value * (outputs[o].max - outputs[o].min) + outputs[o].min);
}

/** A model of two numbers and a text, as ml5 saves one. */
function files(outputs: Any, activation: string, isNormalized = true): [Any, Uint8Array, Any] {
  const legend = { red: [0, 1, 0], green: [1, 0, 0], blue: [0, 0, 1] };
  const inputs = {
    z: { dtype: "number", min: -3, max: 5 },
    colour: { dtype: "string", min: 0, max: 1, uniqueValues: ["green", "red", "blue"], legend },
    a: { dtype: "number", min: 10, max: 11.5 },
  };
  const count = Object.values<Any>(outputs).reduce(
    (sum, { legend: own }) => sum + (own ? Object.keys(own).length : 1),
    0,
  );
  const dense = (name: string, units: number, kind: string, more = {}) => ({
    class_name: "Dense",
    config: { name, units, activation: kind, use_bias: true, ...more },
  });
  const layers = [dense("h", 4, "relu", { batch_input_shape: [null, 5] }), dense("o", count, activation)];
  const specs = [
    ["h/kernel", 5, 4],
    ["h/bias", 4],
    ["o/kernel", 4, count],
    ["o/bias", count],
  ].map(([name, ...shape]) => ({
    name,
    shape,
    dtype: "float32",
  }));
  const random = new Random(3);
  const weights = Float32Array.from({ length: 24 + 5 * count }, () => random.normal());
  const manifest = [{ paths: ["./model.weights.bin"], weights: specs }];
  const model = {
    modelTopology: { class_name: "Sequential", config: { name: "s", layers } },
    weightsManifest: manifest,
  };
  return [
    model,
    new Uint8Array(weights.buffer),
    { inputUnits: [5], outputUnits: count, inputs, outputs, isNormalized },
  ];
}

const LABELS = { mood: { dtype: "string", legend: { b: [0, 1], a: [1, 0] }, uniqueValues: ["a", "b"] } };
const PRICE = { price: { dtype: "number", min: 100, max: 900 } };
const ROWS: Row[] = [
  { z: 1, colour: "red", a: 10.5 },
  { z: -2, colour: "blue", a: 11 },
  { z: 9, colour: "green", a: 10 },
];

const near = (got: ArrayLike<number>, wanted: readonly number[]) =>
  wanted.forEach((value, i) => {
    expect(Math.abs(got[i] - value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)));
  });

/** The network's own answer, rows made by what stands beside it. */
function byHand({ net, scaling, inputs, outputs }: Ml5Model, row: Row): number[] {
  const raw = inputs.map(({ name, category }) =>
    category === undefined ? (row[name] as number) : Number(row[name] === category),
  );
  const answer = net.predictProba([raw.map((value, i) => (value - scaling.mean[i]) / scaling.deviation[i])]);
  return Array.from(answer, (value, o) =>
    outputs ? outputs[o].min + value * (outputs[o].max - outputs[o].min) : value,
  );
}

describe("a model", () => {
  it("of labels is a Classifier, whose classes have the order of the codes", async () => {
    const given = files(LABELS, "softmax");
    const own = await fromMl5(...given);
    const model = own.model as Classifier<string>;
    expect([own.labels, model.target, model.columns.map(({ name }) => name)]).toEqual([
      ["a", "b"],
      "mood",
      ["a", "colour", "z"],
    ]);
    for (const row of ROWS) {
      const wanted = naive(...given, row);
      near(byHand(own, row), wanted);
      const probabilities = model.predictProba(row) as Record<string, number>;
      near([probabilities.a, probabilities.b], wanted);
      expect(model.predict(row)).toBe(wanted[0] > wanted[1] ? "a" : "b");
    }
    const text = given.map((part) => (part instanceof Uint8Array ? part : JSON.stringify(part))) as [
      string,
      Uint8Array,
      string,
    ];
    expect((await fromMl5(...text)).net.save()).toEqual(own.net.save());
  });

  it("of a value that ends linearly is a Regressor, in the value's unit", async () => {
    for (const isNormalized of [true, false]) {
      const given = files(PRICE, "linear", isNormalized);
      const own = await fromMl5(...given);
      const model = own.model as Regressor;
      for (const row of ROWS) {
        near(byHand(own, row), naive(...given, row));
        near([model.predict(row) as number], naive(...given, row));
      }
    }
  });

  it.each([
    ["ends in sigmoid, as ml5's regressions do", PRICE, "sigmoid"],
    ["has several values", { ...PRICE, size: { dtype: "number", min: 0, max: 3 } }, "linear"],
  ])("that %s is its network, with what is done to rows and answers", async (_, outputs, activation) => {
    const given = files(outputs, activation);
    const own = await fromMl5(...given);
    expect(Object.keys(own)).toEqual(["net", "scaling", "inputs", "outputs"]);
    for (const row of ROWS) near(byHand(own, row), naive(...given, row));
  });

  it("control: a column in another's place is noticed", async () => {
    const given = files(LABELS, "softmax");
    const { inputs } = given[2];
    given[2].inputs = { a: inputs.a, colour: inputs.colour, z: inputs.z };
    const own = await fromMl5(...given);
    const wanted = naive(...files(LABELS, "softmax"), ROWS[1]);
    expect(Math.abs(byHand(own, ROWS[1])[0] - wanted[0])).toBeGreaterThan(1e-3);
  });
});

describe("refusals", () => {
  it.each([
    ["no inputs", (m) => delete m.inputs, "meta data must name its inputs, got undefined"],
    ["a column too many", (m) => (m.inputs.b = m.inputs.a), "model must take the 6 numbers of its meta data, got 5"],
    ["an output too many", (m) => (m.outputs.b = m.inputs.a), "model must give the 3 numbers of its meta data, got 2"],
    [
      "a range that is none",
      (m) => (m.inputs.a.max = 10),
      'meta data must give "a" a min and a larger max, got [10, 10]',
    ],
    ["images", (m) => (m.inputs.a.dtype = "image"), 'meta data must have numbers or texts as "a", got "image"'],
    [
      "a legend of nothing",
      (m) => delete m.inputs.colour.legend,
      'meta data must have a legend of "colour", got undefined',
    ],
    [
      "a code twice",
      (m) => (m.outputs.mood.legend.a = [0, 1]),
      'meta data must give each text of "mood" a code of its own, got two of one code',
    ],
    [
      "a code that is none",
      (m) => (m.outputs.mood.legend.a = [1, 1]),
      'meta data must have one-hot codes of 2 in the legend of "mood", got [1, 1]',
    ],
  ] as [string, (meta: Any) => unknown, string][])("%s", async (_, change, wrong) => {
    const [model, weights, meta] = files(LABELS, "softmax");
    change(meta);
    await expect(fromMl5(model, weights, meta)).rejects.toThrow(new Error(`fromMl5: the ${wrong}.`));
  });

  it("what is no model, and what is no meta data, in its own name", async () => {
    const [model, weights, meta] = files(LABELS, "softmax");
    await expect(fromMl5(model, weights, undefined as never)).rejects.toThrow(
      "fromMl5: the meta data must be a model_meta.json, parsed or as text, got undefined.",
    );
    await expect(fromMl5(model, weights, "{")).rejects.toThrow(
      "fromMl5: the meta data must be JSON, got a text that ends too soon.",
    );
    await expect(fromMl5(model, weights.subarray(4), meta)).rejects.toThrow(/^fromMl5: weights must be the 156 bytes/);
    await expect(fromMl5({}, weights, meta)).rejects.toThrow(
      /^fromMl5: the model must be Sequential, Model or Functional/,
    );
  });
});

const WILD = new URL("../../../shared/wild/tfjs/", import.meta.url);
describe.skipIf(!existsSync(WILD))("models of public repositories", () => {
  const read = (path: string) => readFileSync(new URL(path, WILD));
  it("a classifier answers to the rows of its own table as ml5 does", async () => {
    const folder = "CS-at-GA__APCSP-13-NeuralNetwork";
    const [model, meta] = ["model.json", "model_meta.json"].map((name) =>
      JSON.parse(read(`${folder}/${name}`).toString()),
    );
    const weights = new Uint8Array(read(`${folder}/model.weights.bin`));
    const { model: own } = await fromMl5(model, weights, meta);
    const [head, ...lines] = read(`${folder}/data.csv`).toString().trim().split(/\r?\n/);
    const names = head.split(",");
    for (const line of lines) {
      const row = Object.fromEntries(line.split(",").map((cell, i) => [names[i], Number(cell)]));
      const wanted = naive(model, weights, meta, row);
      const got = (own as Classifier<string>).predictProba(row) as Record<string, number>;
      near([got["1"], got["2"]], wanted);
    }
    expect(lines.length).toBeGreaterThan(50);
  });
});

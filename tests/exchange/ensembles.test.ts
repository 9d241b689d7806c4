/** Models of several networks, exported: what was written answers with the mean over all of them. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import type { Exportable } from "../../src/exchange/exported-model.js";
import { Random } from "../../src/ground/random.js";
import { Classifier, type Label, MLP, type Output, Regressor } from "../../src/index.js";
import { fromOnnx, toOnnx } from "../../src/onnx.js";
import { toModule, toWasm } from "../../src/standalone.js";
import { difference, feed, RuntimeTensor, runtime } from "./onnx-cases.js";
import { startFile } from "./wasm-file.js";

type Row = Record<string, unknown>;
type Model = Classifier | Regressor;

const TOWNS = ["Bern", "Zürich", "東京", "Ω"];

/** Numbers, booleans and texts, any of them missing, and a target of two labels, of five, or of values. */
function people(count: number, seed: number, targetOf: (score: number) => unknown): Row[] {
  const random = new Random(seed);
  const maybe = (value: unknown) => (random.below(6) === 0 ? undefined : value);
  return Array.from({ length: count }, () => {
    const age = Math.fround(20 + 50 * random.uniform());
    const town = random.below(TOWNS.length);
    const target = targetOf(age / 70 + town / 4 + random.uniform());
    return { age: maybe(age), member: maybe(random.below(2) === 1), town: maybe(TOWNS[town]), target };
  });
}

const OPTIONS = { target: "target", hidden: [9, 6], epochs: 3, batchSize: 16 };
const labelOf =
  (labels: number) =>
  (score: number): Label =>
    `label ${Math.min(labels - 1, Math.floor((labels * score) / 2.5))}`;

interface Case {
  readonly name: string;
  learn(ensemble: number): Promise<Model>;
}

const CASES: Case[] = [
  ...[2, 5].map((labels) => ({
    name: `a classifier of ${labels} labels`,
    learn: (ensemble: number) =>
      Classifier.fit(people(120, labels, labelOf(labels)), { ...OPTIONS, seed: labels, ensemble }),
  })),
  {
    name: "a regressor",
    learn: (ensemble) =>
      Regressor.fit(
        people(120, 1, (score) => 1000 + 50 * score),
        { ...OPTIONS, seed: 1, ensemble },
      ),
  },
  {
    name: "a regressor of logarithms",
    learn: (ensemble) =>
      Regressor.fit(
        people(120, 2, (score) => score * score),
        { ...OPTIONS, seed: 2, ensemble, transform: "log" },
      ),
  },
  {
    name: "a regressor of logarithms of amounts that may be 0",
    learn: (ensemble) =>
      Regressor.fit(
        people(120, 3, (score) => Math.max(0, score - 1)),
        { ...OPTIONS, seed: 3, ensemble, transform: "log" },
      ),
  },
  {
    name: "a regressor of counts",
    learn: (ensemble) =>
      Regressor.fit(
        people(120, 4, (score) => Math.floor(8 * score)),
        { ...OPTIONS, seed: 4, ensemble, loss: "poisson" },
      ),
  },
  {
    name: "a regressor of medians",
    learn: (ensemble) =>
      Regressor.fit(
        people(120, 5, (score) => 20 + score),
        { ...OPTIONS, seed: 5, ensemble, loss: "absolute" },
      ),
  },
];
const COUNTS = [1, 2, 5];
const ALL = CASES.flatMap((own) => COUNTS.map((count) => ({ ...own, count })));

/** Rows like those of the fit, then what those did not have. */
const SHOWN: Row[] = [
  ...people(60, 9, () => undefined),
  { age: null },
  { age: 1e6, member: false, town: "never seen" },
  { age: -3, town: "" },
];

/** The model with other networks, as exporters see it. */
const withMembers = (model: Model, members: readonly MLP[]): Exportable => ({
  columns: model.columns,
  members: members as never,
  saved: () => model.saved(),
});

const faults = (model: Model): [name: string, model: Exportable][] => {
  const [first, ...others] = model.members as readonly MLP[];
  return [
    ["the first alone", withMembers(model, [first])],
    ["one left out", withMembers(model, [first, ...others.slice(0, -1)])],
    ["one left out, the first", withMembers(model, others)],
    ["one twice", withMembers(model, [first, ...others, first])],
  ];
};

const bytes = ({ buffer, byteOffset, byteLength }: Float32Array) => Buffer.from(buffer, byteOffset, byteLength);

/** What a .wasm file makes of rows of features. */
function runFile(file: Uint8Array, features: Float32Array): Buffer[] {
  const { memory, input, inputs, output, outputs, predict } = startFile(file);
  const x = new Float32Array(memory.buffer, input.value, inputs.value);
  const y = new Float32Array(memory.buffer, output.value, outputs.value);
  return Array.from({ length: features.length / x.length }, (_, r) => {
    x.set(features.subarray(r * x.length, (r + 1) * x.length));
    predict();
    return Buffer.from(bytes(y));
  });
}

/** The same of a model's networks: all rows at once. */
function runModel(model: Model, features: Float32Array): Buffer[] {
  const outputs = model.net.layers.at(-1) as number;
  const answers = (model as Classifier).ensemble.predictProba(features);
  return Array.from({ length: answers.length / outputs }, (_, r) =>
    Buffer.from(bytes(answers.subarray(r * outputs, (r + 1) * outputs))),
  );
}

describe("the .wasm file", () => {
  it.each(ALL)("of $name, $count networks: the model's bits", async ({ learn, count }) => {
    const model = await learn(count);
    expect(model.members).toHaveLength(count);
    const features = model.encode(SHOWN);
    expect(runFile(toWasm(model), features)).toEqual(runModel(model, features));
  });

  it("of very many networks, of layers of any widths, normalised or not, with every output", async () => {
    const random = new Random(4);
    for (const [members, layers, output] of [
      [40, [3, 2], "softmax"],
      [3, [7, 33, 17], "linear"],
      [3, [1, 5, 64], "softmax"],
      [6, [330, 4, 1], "linear"],
      [2, [5, 3, 2, 40], "sigmoid"],
    ] as const) {
      const nets: MLP[] = [];
      for (let seed = 0; seed < members; seed++) {
        const normalization = (["none", "layer", "batch"] as const)[seed % 3];
        const options = { layers: [...layers], output, seed, ...(layers.length > 2 && { normalization }) };
        nets.push((await MLP.create(options)) as unknown as MLP);
      }
      const [width, outputs] = [layers[0], layers[layers.length - 1]];
      const x = Float32Array.from({ length: 10 * width }, () => random.normal());
      const each = nets.map((net) => net.predictProba(x));
      const mean = Float32Array.from(each[0], (_, i) => each.reduce((sum, own) => sum + own[i], 0) / members);
      const model = { columns: [], members: nets, saved: () => ({}) } as unknown as Exportable;
      const wanted = Array.from({ length: 10 }, (_, r) => bytes(mean.slice(r * outputs, (r + 1) * outputs)));
      expect(runFile(toWasm(model), x)).toEqual(wanted);
    }
  });

  it("sums -0 to -0, and in the order of the networks", async () => {
    const net = async (bias: number, output: Output) => {
      const own = (await MLP.create<Output>({ layers: [1, 1], output })) as MLP<Output>;
      own.setParameters([{ weights: [0], biases: [bias] }]);
      return own;
    };
    const answer = async (biases: number[], output: Output = "linear") => {
      const members = await Promise.all(biases.map((bias) => net(bias, output)));
      const file = toWasm({ columns: [], members, saved: () => ({}) } as unknown as Exportable);
      return runFile(file, Float32Array.of(1)).map((value) => value.readFloatLE());
    };
    // A hundredth of the smallest number.
    expect((await net(-1e-45, "leaky-relu")).predictProba([1])[0]).toBe(-0);
    expect(await answer([-1e-45, -1e-45], "leaky-relu")).toEqual([-0]);
    expect(await answer([-1e-45, 0], "leaky-relu")).toEqual([0]);
    // 2⁻³⁰ is lost beside 2²⁴ in float64 if it comes one by one, and is kept if it comes first.
    const [large, small] = [2 ** 24, 2 ** -30];
    expect(await answer([large, small, -large])).toEqual([Math.fround((large + small - large) / 3)]);
    expect(await answer([large, -large, small])).toEqual([Math.fround(small / 3)]);
    expect(await answer([large, small, -large])).not.toEqual(await answer([large, -large, small]));
  });

  it("has no logits of a mean, and is otherwise as of one network: lines of 64 bytes, weights as they were", async () => {
    const model = await CASES[1].learn(5);
    const file = toWasm(model);
    const names = WebAssembly.Module.exports(new WebAssembly.Module(file)).map(({ name }) => name);
    expect(names).toEqual(["memory", "input", "inputs", "output", "outputs", "predict"]);
    const { memory, input, inputs, output, predict } = startFile(file);
    expect([input.value % 64, output.value % 64]).toEqual([0, 0]);
    const row = new Float32Array(memory.buffer, input.value, inputs.value).fill(0.25);
    // They end the file.
    const weights = file.subarray(-4 * 5 * model.net.parameterCount);
    const place = Buffer.from(memory.buffer).indexOf(weights);
    expect(place).toBeGreaterThan(output.value);
    predict();
    expect(row.every((value) => value === 0.25)).toBe(true);
    expect(Buffer.from(memory.buffer).indexOf(weights)).toBe(place);
    expect(toWasm(await Classifier.load(model.save()))).toEqual(file);
    expect(file.length).toBeLessThan(8000 + 4 * 5 * model.net.parameterCount);
  });

  it("control: a network that is left out, or comes twice, is noticed", async () => {
    for (const { learn } of CASES) {
      const model = await learn(5);
      const features = model.encode(SHOWN);
      const wanted = runModel(model, features);
      for (const [name, other] of faults(model)) expect(runFile(toWasm(other), features), name).not.toEqual(wanted);
    }
  });
});

describe("the module", () => {
  const folder = mkdtempSync(join(tmpdir(), "wasmlp-ensembles-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  let modules = 0;

  interface Loaded {
    predict(row: Row): unknown;
    predictProba?(row: Row): unknown;
  }

  async function load(model: Exportable): Promise<Loaded> {
    const path = join(folder, `${modules++}.mjs`);
    writeFileSync(path, toModule(model));
    return import(/* @vite-ignore */ pathToFileURL(path).href);
  }

  const answersOf = (model: Loaded) => SHOWN.map((row) => [model.predict(row), model.predictProba?.(row)]);

  it.each(ALL)("of $name, $count networks: the model's answers, to the bit", async ({ learn, count }) => {
    const model = await learn(count);
    expect(answersOf(await load(model))).toEqual(answersOf(model as unknown as Loaded));
  });

  it("says how many networks it holds, each once", async () => {
    const [one, five] = [await CASES[0].learn(1), await CASES[0].learn(5)];
    expect(toModule(one)).toContain("/** The network: a WebAssembly module in base64. */");
    expect(toModule(five)).toContain("/** The 5 networks, which answer with their mean: a WebAssembly module");
    const more = toModule(five).length - toModule(one).length;
    // Base64 takes four characters for three bytes; what calls the kernels takes some 150 bytes a network.
    expect(more).toBeGreaterThan(4 * ((4 * 4 * one.net.parameterCount) / 3));
    expect(more).toBeLessThan(4 * ((4 * 4 * one.net.parameterCount) / 3) + 4 * 400);
  });

  it("control: a network that is left out, or comes twice, is noticed", async () => {
    for (const { learn } of CASES) {
      const model = await learn(5);
      const wanted = answersOf(model as unknown as Loaded);
      for (const [name, other] of faults(model)) expect(answersOf(await load(other)), name).not.toEqual(wanted);
    }
  });
});

describe("the ONNX file", () => {
  /** Rows as the file reads them. */
  function feeds(rows: readonly Row[]): Record<string, RuntimeTensor> {
    const dims = [rows.length, 1];
    const floats = (name: string) =>
      feed(
        rows.map((row) => Number(row[name] ?? Number.NaN)),
        dims,
      );
    const towns = rows.map(({ town }) => `${town ?? ""}`);
    return { age: floats("age"), member: floats("member"), town: new RuntimeTensor("string", towns, dims) };
  }

  /** How far off the answers are: probabilities, or values by the target's deviation. */
  async function distance(model: Model, file: Uint8Array): Promise<number> {
    const given = await runtime(file, feeds(SHOWN));
    if (model instanceof Classifier) {
      const wanted = model.predictProba(SHOWN, new Float32Array(SHOWN.length * model.labels.length));
      return difference(given.probabilities.data as Float32Array, wanted);
    }
    return difference(given.value.data as Float32Array, model.predict(SHOWN)) / model.targetEncoder.deviation;
  }

  it.each(ALL)("of $name, $count networks: the model's answers", async ({ learn, count }) => {
    const model = await learn(count);
    for (const opset of [13, 17, 21]) {
      const file = toOnnx(model, { opset });
      // What float32 rounds off a value of 1000, beside a deviation of some 30.
      expect(await distance(model, file)).toBeLessThanOrEqual(1e-5);
      expect(toOnnx(model, { opset })).toEqual(file);
      if (!(model instanceof Classifier)) continue;
      const { label } = await runtime(file, feeds(SHOWN));
      expect([...(label.data as unknown as string[])]).toEqual(model.predict(SHOWN));
    }
  });

  it("columns may have the names of any network's constants and nodes", async () => {
    const names = ["member1.0.weight", "member1.scores", "scores", "value.members", "0.weight", "member1.0.sums"];
    const rows = Array.from({ length: 60 }, (_, i) => {
      const row: Row = { target: i % 2 === 0 };
      for (const [c, name] of names.entries()) row[name] = (i * (c + 1)) % 7;
      return row;
    });
    const model = await Classifier.fit(rows, { ...OPTIONS, ensemble: 3, seed: 1 });
    const inputs = names.map((name) => [
      name,
      feed(
        rows.map((row) => row[name] as number),
        [rows.length, 1],
      ),
    ]);
    const { probabilities } = await runtime(toOnnx(model), Object.fromEntries(inputs));
    const wanted = model.predictProba(rows, new Float32Array(rows.length * 2));
    expect(difference(probabilities.data as Float32Array, wanted)).toBeLessThanOrEqual(1e-5);
  });

  it("comes back with all its networks, of one column too", async () => {
    const rows = Array.from({ length: 40 }, (_, x) => ({ x, y: x % 2 }));
    const options = { target: "y", epochs: 1, ensemble: 2 };
    for (const own of [
      await CASES[0].learn(2),
      await Classifier.fit(rows, options),
      await Regressor.fit(rows, options),
    ]) {
      const { model } = await fromOnnx(toOnnx(own));
      expect(model?.members.map((net) => net.parameters())).toEqual(own.members.map((net) => net.parameters()));
    }
  });

  it("control: a network that is left out, or comes twice, is noticed", async () => {
    for (const { learn } of CASES) {
      const model = await learn(5);
      for (const [name, other] of faults(model)) {
        expect(await distance(model, toOnnx(other)), name).toBeGreaterThan(1e-4);
      }
    }
  });
});

it("a model without networks, or of anything else, is not written", () => {
  for (const write of [toWasm, toModule, toOnnx]) {
    for (const members of [[], [5], undefined, "net"]) {
      const model = { columns: [], members, saved: () => ({}) } as unknown as Exportable;
      expect(() => write(model)).toThrow(
        `${write.name}: model must be an MLP, a Classifier or a Regressor, got an object.`,
      );
    }
  }
});

/** Models of TensorFlow.js: what it predicts is what we predict; what an MLP would not compute is refused, and so is damage. */
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import * as layers from "@tensorflow/tfjs-layers";
import { beforeAll, describe, expect, it } from "vitest";
import { fromTfjs } from "../../src/exchange/tfjs.js";
import type { TfjsBytes } from "../../src/exchange/tfjs-weights.js";
import { Random } from "../../src/ground/random.js";
import type { Activation } from "../../src/index.js";
import { readmeFigures } from "../claims.js";

/** How far off an answer may be, as a share of answers beyond 1: the README says it. */
const [BOUND] = readmeFigures(/\| models of PyTorch, .* \| within (\S+) of their own answers \|/);

const { dense, dropout, flatten, activation, reshape } = layers.layers;

// biome-ignore lint/suspicious/noExplicitAny: files of another library, to be pulled about.
type Any = any;
type Model = layers.LayersModel;

beforeAll(() => {
  tf.enableProdMode();
  return tf.setBackend("cpu");
});

/** What a save handler is given. */
async function artifacts(model: Model, includeOptimizer = false): Promise<Any> {
  let saved: tf.io.ModelArtifacts | undefined;
  const save = async (given: tf.io.ModelArtifacts) => {
    saved = given;
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: "JSON" as const } };
  };
  await model.save(tf.io.withSaveHandler(save), { includeOptimizer });
  return saved;
}

/** A model.json and the .bin files beside it. */
function files({ weightData, weightSpecs, ...saved }: Any, shards = 1): [Any, Uint8Array[]] {
  const bytes = new Uint8Array(weightData);
  const size = Math.ceil(bytes.length / shards);
  const paths = Array.from({ length: shards }, (_, i) => `group1-shard${i + 1}of${shards}.bin`);
  const parts = paths.map((_, i) => bytes.slice(i * size, (i + 1) * size));
  return [JSON.parse(JSON.stringify({ ...saved, weightsManifest: [{ paths, weights: weightSpecs }] })), parts];
}

/** The same layers as the Python converter writes them: what Keras saves, in its form. */
const converted = ({ modelTopology, ...saved }: Any): Any => ({
  ...saved,
  generatedBy: "keras v2.15.0",
  convertedBy: "TensorFlow.js Converter v4.22.0",
  modelTopology: {
    keras_version: "2.15.0",
    backend: "tensorflow",
    model_config: { class_name: modelTopology.class_name, config: modelTopology.config },
    training_config: { loss: "mse", optimizer_config: { class_name: "Custom>Adam", config: { name: "Adam" } } },
  },
});

const sequential = (...list: layers.layers.Layer[]): Model => spread(layers.sequential({ layers: list }));

/** Other weights than those that start small, and biases that are not 0. */
function spread(model: Model, seed = 1): Model {
  const random = new Random(seed);
  const draw = (shape: number[]) => {
    const values = Float32Array.from(
      { length: tf.util.sizeFromShape(shape) },
      () => random.normal() / Math.sqrt(shape[0]),
    );
    return tf.tensor(values, shape);
  };
  model.setWeights(model.getWeights().map(({ shape }) => draw(shape)));
  return model;
}

const ROWS = 17;
const rowsOf = (width: number, seed = 2) => {
  const random = new Random(seed);
  return Float32Array.from({ length: ROWS * width }, () => random.normal());
};

function predict(model: Model, x: Float32Array): Float32Array {
  const shape = model.inputs[0].shape.slice(1) as number[];
  return tf.tidy(() => (model.predict(tf.tensor(x, [ROWS, ...shape])) as tf.Tensor).dataSync() as Float32Array);
}

/** The largest difference of our predictions from those of tfjs, as a share of those beyond 1. */
async function difference(model: Model, file: object | string, weights?: TfjsBytes | TfjsBytes[]): Promise<number> {
  const { net } = await fromTfjs(file, weights);
  const x = rowsOf(net.layers[0]);
  const wanted = predict(model, x);
  const got = net.predictProba(x);
  expect(got.length).toBe(wanted.length);
  return got.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - wanted[i]) / Math.max(1, Math.abs(wanted[i]))),
    0,
  );
}

const functional = (...list: layers.layers.Layer[]): Model => {
  const input = layers.input({ shape: [6] });
  const output = list.reduce((tensor, layer) => layer.apply(tensor) as layers.SymbolicTensor, input);
  return spread(layers.model({ inputs: input, outputs: output }));
};

const MODELS: [string, number[], string, string, () => Model][] = [
  [
    "relu, softmax",
    [4, 5, 3],
    "relu",
    "softmax",
    () =>
      sequential(dense({ inputShape: [4], units: 5, activation: "relu" }), dense({ units: 3, activation: "softmax" })),
  ],
  [
    "tanh, linear, biases in the last alone",
    [3, 8, 6, 2],
    "tanh",
    "linear",
    () =>
      sequential(
        dense({ inputShape: [3], units: 8, activation: "tanh", useBias: false }),
        dense({ units: 6, activation: "tanh", useBias: false }),
        dense({ units: 2 }),
      ),
  ],
  [
    "sigmoid throughout, Dropout",
    [7, 9, 1],
    "sigmoid",
    "sigmoid",
    () =>
      sequential(
        dropout({ inputShape: [7], rate: 0.2 }),
        dense({ units: 9, activation: "sigmoid" }),
        dropout({ rate: 0.5 }),
        dense({ units: 1, activation: "sigmoid", useBias: false }),
      ),
  ],
  [
    "linear hidden layers",
    [5, 4, 4, 2],
    "identity",
    "softmax",
    () =>
      sequential(dense({ inputShape: [5], units: 4 }), dense({ units: 4 }), dense({ units: 2, activation: "softmax" })),
  ],
  [
    "no hidden layer",
    [6, 3],
    "identity",
    "softmax",
    () => sequential(dense({ inputShape: [6], units: 3, activation: "softmax" })),
  ],
  [
    "Flatten, activations as layers",
    [60, 16, 10],
    "relu",
    "softmax",
    () =>
      sequential(
        flatten({ inputShape: [4, 5, 3] }),
        dense({ units: 16 }),
        dropout({ rate: 0.3 }),
        activation({ activation: "relu" }),
        dense({ units: 10 }),
        activation({ activation: "softmax" }),
      ),
  ],
  [
    "Reshape to flat rows, noise",
    [12, 5, 2],
    "tanh",
    "sigmoid",
    () =>
      sequential(
        reshape({ inputShape: [3, 4], targetShape: [12] }),
        layers.layers.gaussianNoise({ stddev: 0.1 }),
        dense({ units: 5, activation: "tanh" }),
        layers.layers.alphaDropout({ rate: 0.1 }),
        layers.layers.gaussianDropout({ rate: 0.1 }),
        dense({ units: 2, activation: "sigmoid" }),
      ),
  ],
  [
    "a functional chain",
    [6, 5, 4, 3],
    "relu",
    "linear",
    () =>
      functional(
        dense({ units: 5, activation: "relu" }),
        dropout({ rate: 0.5 }),
        dense({ units: 4 }),
        activation({ activation: "relu" }),
        dense({ units: 3 }),
      ),
  ],
  [
    "wide layers",
    [784, 128, 10],
    "relu",
    "softmax",
    () =>
      sequential(
        dense({ inputShape: [784], units: 128, activation: "relu" }),
        dense({ units: 10, activation: "softmax" }),
      ),
  ],
];

const small = () => MODELS[0][4]();

describe.each(MODELS)("a model with %s", (_, sizes, hidden, output, build) => {
  it("predicts as in tfjs, however it comes", async () => {
    const model = build();
    const saved = await artifacts(model);
    const [json, [bytes]] = files(saved);
    const [, shards] = files(saved, 3);
    const { net } = await fromTfjs(saved);
    expect([net.layers, net.activation, net.output]).toEqual([sizes, hidden, output]);
    const odd = new Uint8Array(bytes.length + 1);
    odd.set(bytes, 1);
    for (const [file, weights] of [
      [saved],
      [json, bytes],
      [JSON.stringify(json), bytes.buffer],
      [json, shards],
      [JSON.stringify(converted(json)), Buffer.from(bytes)],
      [converted(saved)],
      [json, odd.subarray(1)],
    ] as [object, TfjsBytes?][]) {
      expect(await difference(model, file, weights)).toBeLessThanOrEqual(BOUND);
    }
    expect(Buffer.from(saved.weightData).equals(bytes)).toBe(true);
  });
});

type Named = "elu" | "selu" | "softplus" | "softsign" | "relu6" | "swish" | "mish" | "relu" | "tanh";
const NAMED: [theirs: string, ours: Activation][] = [
  ["elu", "elu"],
  ["selu", "selu"],
  ["softplus", "softplus"],
  ["softsign", "softsign"],
  ["gelu", "gelu"],
  ["gelu_new", "gelu-tanh"],
  ["relu6", "relu6"],
  ["swish", "silu"],
  ["mish", "mish"],
];

describe("activations", () => {
  it.each([...NAMED, ["relu", "relu"], ["tanh", "tanh"]] as [string, Activation][])(
    "%s, by Dense in a hidden layer and at the end",
    async (name, ours) => {
      const wide = () => dense({ inputShape: [6], units: 9, activation: name as Named });
      const within = sequential(wide(), dense({ units: 4 }));
      const saved = await artifacts(within);
      expect((await fromTfjs(saved)).net.activation).toBe(ours);
      expect(await difference(within, saved)).toBeLessThanOrEqual(BOUND);
      const atEnd = sequential(wide());
      expect((await fromTfjs(await artifacts(atEnd))).net.output).toBe(ours);
      expect(await difference(atEnd, await artifacts(atEnd))).toBeLessThanOrEqual(BOUND);
    },
  );

  const { elu, leakyReLU, reLU } = layers.layers;
  it.each([
    ["LeakyReLU", () => leakyReLU({}), { "leaky-relu": 0.3 }],
    ["LeakyReLU of 0.1", () => leakyReLU({ alpha: 0.1 }), { "leaky-relu": 0.1 }],
    ["LeakyReLU of 0.01", () => leakyReLU({ alpha: 0.01 }), "leaky-relu"],
    ["ELU", () => elu({}), "elu"],
    ["ReLU", () => reLU({}), "relu"],
    ["ReLU to 6", () => reLU({ maxValue: 6 }), "relu6"],
  ] as [string, () => layers.layers.Layer, Activation][])("%s, a layer of its own", async (_, layer, ours) => {
    const model = sequential(dense({ inputShape: [6], units: 9 }), layer(), dense({ units: 4, activation: "softmax" }));
    const [json, bytes] = files(await artifacts(model));
    expect((await fromTfjs(json, bytes)).net.activation).toEqual(ours);
    expect(await difference(model, json, bytes)).toBeLessThanOrEqual(BOUND);
  });

  it("that Keras alone names: silu, exponential, LeakyReLU by its slope's newer name", async () => {
    const saved = await artifacts(sequential(dense({ inputShape: [6], units: 9, activation: "swish" as Named })));
    const named = (name: string) => {
      const file = structuredClone(saved);
      file.modelTopology.config.layers[0].config.activation = name;
      return file;
    };
    const [swish, silu] = [await fromTfjs(saved), await fromTfjs(named("silu"))];
    expect(silu.net.save()).toEqual(swish.net.save());
    expect((await fromTfjs(named("exponential"))).net.output).toBe("exponential");
    expect(await sentence(named("toString"))).toMatch(/^fromTfjs: the model must end in softmax, .* got "toString" in/);
    const leaky = await artifacts(sequential(dense({ inputShape: [6], units: 9 }), leakyReLU({}), dense({ units: 1 })));
    const { config } = leaky.modelTopology.config.layers[1];
    delete config.alpha;
    config.negative_slope = 0.2;
    expect((await fromTfjs(leaky)).net.activation).toEqual({ "leaky-relu": 0.2 });
    leaky.modelTopology.config.layers[1].class_name = "ELU";
    config.alpha = 1.5; // Which tfjs does not build.
    expect((await fromTfjs(leaky)).net.activation).toEqual({ elu: 1.5 });
  });

  it("control: another slope is noticed", async () => {
    const model = (alpha: number) =>
      sequential(dense({ inputShape: [6], units: 9 }), leakyReLU({ alpha }), dense({ units: 4 }));
    expect(await difference(model(0.1), await artifacts(model(0.101)))).toBeGreaterThan(BOUND);
  });
});

/** Means and variances that are such. */
function moments(model: Model): Model {
  const named = (name: string) => /variance/.test(name);
  model.setWeights(
    model.weights.map((weight, i) =>
      named(weight.name) ? tf.add(tf.abs(model.getWeights()[i]), 0.2) : model.getWeights()[i],
    ),
  );
  return model;
}

describe("scalings are folded", () => {
  const { batchNormalization: norm, leakyReLU, softmax } = layers.layers;
  const wide = (name?: Named) => dense({ inputShape: [6], units: 9, ...(name && { activation: name }) });
  const rescaling = (scale: number, offset: number) =>
    (layers.layers as Any).rescaling({ inputShape: [6], scale, offset }) as layers.layers.Layer;
  it.each([
    [
      "BatchNormalization of sums",
      () => [wide(), norm({}), activation({ activation: "relu" }), dense({ units: 3 })],
      [6, 9, 3],
    ],
    [
      "of what an activation gave",
      () => [wide("relu"), norm({}), dropout({ rate: 0.5 }), dense({ units: 3 })],
      [6, 9, 3],
    ],
    [
      "of the inputs, without gain or shift",
      () => [norm({ inputShape: [6], scale: false }), wide("tanh"), norm({ center: false }), dense({ units: 3 })],
      [6, 9, 3],
    ],
    [
      "Rescaling in front and behind",
      () => [rescaling(1 / 255, -0.5), wide("relu"), dense({ units: 3 }), rescaling(7, 2)],
      [6, 9, 3],
    ],
    [
      "Rescaling of what sigmoid gives: a layer more",
      () => [wide(), activation({ activation: "sigmoid" }), rescaling(100, 5)],
      [6, 9, 9],
    ],
    [
      "two in a row, of rows that are flattened",
      () => [flatten({ inputShape: [2, 3] }), rescaling(2, 1), norm({}), wide("elu"), dense({ units: 2 })],
      [6, 9, 2],
    ],
    [
      "between two activations: a layer more",
      () => [wide("relu"), norm({}), activation({ activation: "tanh" }), dense({ units: 2 })],
      [6, 9, 9, 2],
    ],
    ["a slope at the end: a layer more", () => [wide(), leakyReLU({ alpha: 0.2 })], [6, 9, 9]],
    [
      "hard sigmoids of 0.2x + 0.5",
      () => [
        dense({ inputShape: [6], units: 9, activation: "hardSigmoid" }),
        dense({ units: 3, activation: "hardSigmoid" }),
      ],
      [6, 9, 3],
    ],
    ["Softmax as a layer", () => [wide("relu"), dense({ units: 3 }), softmax({})], [6, 9, 3]],
  ] as [string, () => layers.layers.Layer[], number[]][])("%s", async (_, list, sizes) => {
    const model = moments(sequential(...list()));
    const saved = await artifacts(model);
    expect((await fromTfjs(saved)).net.layers).toEqual(sizes);
    expect(await difference(model, saved)).toBeLessThanOrEqual(BOUND);
    const [json, shards] = files(saved, 3);
    expect(await difference(model, JSON.stringify(converted(json)), shards)).toBeLessThanOrEqual(BOUND);
  });

  it("control: another epsilon is noticed", async () => {
    const model = moments(sequential(wide(), norm({}), dense({ units: 3 })));
    const saved = await artifacts(model);
    saved.modelTopology.config.layers[1].config.epsilon = 0.01;
    expect(await difference(model, saved)).toBeGreaterThan(BOUND);
  });

  it("far means come back beside the network", async () => {
    const model = moments(
      sequential(norm({ inputShape: [2], epsilon: 0 }), dense({ units: 4, activation: "relu" }), dense({ units: 1 })),
    );
    const weights = model.getWeights();
    weights[model.weights.findIndex(({ name }) => /moving_mean/.test(name))] = tf.tensor([2000, 0.5]);
    model.setWeights(weights);
    const { net, scaling } = await fromTfjs(await artifacts(model));
    const x = Float32Array.from({ length: 2 * ROWS }, (_, i) => (i % 2 ? i / 9 : 1990 + i));
    const wanted = predict(model, x);
    const scaled = x.map((value, i) => (value - scaling!.mean[i % 2]) / scaling!.deviation[i % 2]);
    net.predictProba(scaled).forEach((value, r) => {
      expect(Math.abs(value - wanted[r])).toBeLessThan(1e-5 * Math.max(1, Math.abs(wanted[r])));
    });
  });

  it("models within models are their layers, weights of one name told apart by the models'", async () => {
    const inner = (name: string) =>
      layers.sequential({
        name,
        layers: [
          dense({ inputShape: [6], units: 6, name: `${name}_d`, activation: "tanh" }),
          norm({ name: `${name}_n` }),
        ],
      }) as unknown as layers.layers.Layer;
    const model = moments(sequential(inner("one"), inner("two"), dense({ units: 2, name: "last" })));
    const saved = await artifacts(model);
    expect((await fromTfjs(saved)).net.layers).toEqual([6, 6, 6, 2]);
    expect(await difference(model, saved)).toBeLessThanOrEqual(BOUND);
    const text = JSON.stringify({ ...saved, weightData: undefined });
    const same = { ...JSON.parse(text.replace(/"(one|two)_([dn])/g, '"$2')), weightData: saved.weightData };
    const names = saved.weightSpecs.map(({ name }: Any) => name.replace(/^(one|two)_/, "model/$1/"));
    for (const [i, spec] of same.weightSpecs.entries()) spec.name = names[i];
    expect(await difference(model, same)).toBeLessThanOrEqual(BOUND);
    for (const spec of same.weightSpecs) spec.name = spec.name.replace(/(one|two)\//, "");
    expect(await sentence(same)).toMatch(
      /^fromTfjs: the model must name the weights of its layers \("one\/d\/kernel"\), got \[/,
    );
  });

  it("Functional in the words of Keras 3", async () => {
    const model = functional(dense({ units: 5, activation: "relu" }), dropout({ rate: 0.5 }), dense({ units: 2 }));
    const [json, bytes] = files(converted(await artifacts(model)));
    const { config } = json.modelTopology.model_config;
    for (const layer of config.layers) {
      layer.inbound_nodes = layer.inbound_nodes.map(([[name, node, tensor]]: Any) => ({
        args: [{ class_name: "__keras_tensor__", config: { shape: [null, 5], keras_history: [name, node, tensor] } }],
        kwargs: { training: false, mask: null },
      }));
    }
    config.input_layers = config.input_layers[0];
    config.output_layers = config.output_layers[0];
    expect(await difference(model, json, bytes)).toBeLessThanOrEqual(BOUND);
    const [, , , last] = config.layers;
    last.inbound_nodes[0].args = [[...last.inbound_nodes[0].args, ...last.inbound_nodes[0].args]];
    expect(await sentence(json, bytes)).toMatch(
      /^fromTfjs: the model must be a chain of layers, got "[^"]+" \(Dense\), which joins 2/,
    );
  });
});

describe("weights", () => {
  it("are those of the file, in place", async () => {
    const model = small();
    const { net } = await fromTfjs(await artifacts(model));
    const theirs = model.getWeights().map((tensor) => tensor.dataSync());
    expect(net.parameters().flatMap(({ weights, biases }) => [weights, biases])).toEqual(theirs);
  });

  it("of an optimizer stay behind", async () => {
    const model = small();
    model.compile({ optimizer: "adam", loss: "meanSquaredError" });
    await model.fit(tf.ones([4, 4]), tf.ones([4, 3]), { verbose: 0 });
    const saved = await artifacts(model, true);
    expect(saved.weightSpecs.length).toBeGreaterThan(4);
    expect(await difference(model, saved)).toBeLessThanOrEqual(BOUND);
  });

  // The names that writers give: tfjs and Keras 2, Keras 3, TensorFlow's variables, and some that are no layer's.
  it.each([
    ["as they are", (name: string) => name],
    ["after the model's", (name: string) => `sequential/${name}`],
    ["with TensorFlow's :0", (name: string) => `${name}:0`],
    ["kernel and bias alone", (name: string) => name.split("/")[1]],
    ["numbers", (_: string, i: number) => `${i}`],
  ])("are found by name or order: %s", async (_, rename) => {
    const model = small();
    const saved = await artifacts(model);
    saved.weightSpecs.forEach((spec: Any, i: number) => {
      spec.name = rename(spec.name, i);
    });
    expect(await difference(model, saved)).toBeLessThanOrEqual(BOUND);
  });

  it("are found by name in any order", async () => {
    // As alike as can be: only names tell them apart.
    const model = sequential(
      ...Array.from({ length: 3 }, () => dense({ inputShape: [3], units: 3, activation: "tanh" })),
      dense({ units: 3 }),
    );
    const saved = await artifacts(model);
    const parts: [Any, Uint8Array][] = [];
    let at = 0;
    for (const spec of saved.weightSpecs) {
      const size = 4 * tf.util.sizeFromShape(spec.shape);
      parts.unshift([spec, new Uint8Array(saved.weightData, at, size)]);
      at += size;
    }
    const { weightData: _, weightSpecs: __, ...rest } = saved;
    const mixed = { ...rest, weightSpecs: parts.map(([spec]) => spec) };
    expect(
      await difference(
        model,
        mixed,
        parts.map(([, bytes]) => bytes),
      ),
    ).toBeLessThanOrEqual(BOUND);
  });

  it("of Keras 3, whose shapes have another name", async () => {
    const model = small();
    const [json, bytes] = files(converted(await artifacts(model)));
    const { config } = json.modelTopology.model_config;
    const [first] = config.layers;
    const batch_shape = first.config.batch_input_shape;
    delete first.config.batch_input_shape;
    config.build_input_shape = batch_shape;
    expect(await difference(model, json, bytes)).toBeLessThanOrEqual(BOUND);
    delete config.build_input_shape;
    config.layers.unshift({ class_name: "InputLayer", config: { batch_shape, name: "input_layer" } });
    expect(await difference(model, json, bytes)).toBeLessThanOrEqual(BOUND);
    json.modelTopology.model_config.config = config.layers;
    expect(await difference(model, json, bytes)).toBeLessThanOrEqual(BOUND);
  });
});

/** The artifacts with every weight in fewer bits, as the converter's quantization leaves them. */
function quantize(saved: Any, dtype: "uint8" | "uint16" | "float16"): Any {
  const floats = new Float32Array(saved.weightData);
  const bytes: Uint8Array[] = [];
  let at = 0;
  const weightSpecs = saved.weightSpecs.map((spec: Any) => {
    const values = floats.subarray(at, at + tf.util.sizeFromShape(spec.shape));
    at += values.length;
    const min = Math.min(...values);
    const scale = (Math.max(...values) - min) / (dtype === "uint8" ? 255 : 65535) || 1;
    const code = (value: number) => {
      if (dtype !== "float16") return Math.round((value - min) / scale);
      // Any halves will do: these have the sign of the weight and lie between 1/8 and 1.
      return (value < 0 ? 0x8000 : 0) + 0x3000 + (Math.floor(Math.abs(value) * 1000) % 0x0c00);
    };
    const levels = dtype === "uint8" ? Uint8Array.from(values, code) : Uint16Array.from(values, code);
    bytes.push(new Uint8Array(levels.buffer));
    return { ...spec, quantization: dtype === "float16" ? { dtype } : { dtype, scale, min } };
  });
  return { ...saved, weightSpecs, weightData: new Uint8Array(Buffer.concat(bytes)).buffer };
}

const load = (saved: Any) => layers.loadLayersModel(tf.io.fromMemory(structuredClone(saved)));

describe("quantized weights", () => {
  it.each(["uint8", "uint16", "float16"] as const)("%s: decoded as tfjs decodes them", async (dtype) => {
    const saved = quantize(await artifacts(small()), dtype);
    const model = await load(saved);
    const { net } = await fromTfjs(saved);
    const theirs = model.getWeights().map((tensor) => tensor.dataSync());
    expect(net.parameters().flatMap(({ weights, biases }) => [weights, biases])).toEqual(theirs);
    expect(await difference(model, saved)).toBeLessThanOrEqual(BOUND);
  });

  it("every finite half, to the bit", async () => {
    const halves = Uint16Array.from({ length: 65536 }, (_, i) => i).filter((half) => (half & 0x7c00) !== 0x7c00);
    const model = layers.sequential({ layers: [dense({ inputShape: [1], units: halves.length, useBias: false })] });
    const saved = await artifacts(model);
    saved.weightSpecs[0].quantization = { dtype: "float16" };
    saved.weightData = halves.buffer;
    const [{ weights }] = (await fromTfjs(saved)).net.parameters();
    const theirs = Object.values(tf.io.decodeWeights(saved.weightData, saved.weightSpecs))[0].dataSync();
    expect(new Uint32Array(weights.buffer)).toEqual(new Uint32Array((theirs as Float32Array).slice().buffer));
  });
});

it("control: a bit, two units and an activation in another's place are noticed", async () => {
  const model = small();
  const faults: ((saved: Any) => void)[] = [
    ({ weightData }) => {
      new Uint8Array(weightData)[2] ^= 0x40;
    },
    ({ weightData }) => new Float32Array(weightData, 4 * 20, 2).reverse(),
    ({ modelTopology }) => {
      modelTopology.config.layers[0].config.activation = "tanh";
    },
  ];
  for (const fault of faults) {
    const saved = structuredClone(await artifacts(model));
    expect(await difference(model, saved)).toBeLessThanOrEqual(BOUND);
    fault(saved);
    expect(await difference(model, saved)).toBeGreaterThan(1e-3);
  }
});

const sentence = (file: unknown, weights?: unknown) =>
  fromTfjs(file as object, weights as TfjsBytes).then(
    () => "accepted",
    (error: Error) => error.message,
  );

const CLASSES =
  "InputLayer, Dense, Activation, ReLU, LeakyReLU, ELU, Softmax, BatchNormalization, Rescaling, Normalization, Flatten, Reshape, Dropout, AlphaDropout, GaussianDropout, GaussianNoise, SpatialDropout1D, ActivityRegularization layers";

describe("refusals of models that tfjs builds", () => {
  const names =
    "relu, sigmoid, tanh, linear, elu, selu, softplus, softsign, gelu, gelu_new, relu6, swish, silu, mish, exponential, celu, hard_tanh, leaky_relu";
  const cut = "Run what comes before its first Dense layer in its own library, and save the layers from there on";
  const last = () => dense({ units: 2, name: "last" });
  const hidden = (name: string, kind: "relu" | "hardSigmoid" | "tanh" | "softmax" | "linear" = "relu") =>
    dense({ inputShape: [6], units: 5, name, activation: kind });
  const branched = () => {
    const input = layers.input({ shape: [6] });
    const [a, b] = [dense({ units: 2, name: "a" }), dense({ units: 2, name: "b" })].map((layer) => layer.apply(input));
    return layers.model({ inputs: input, outputs: [a, b] as layers.SymbolicTensor[] });
  };
  const residual = () => {
    const input = layers.input({ shape: [6] });
    const r = dense({ units: 6, name: "r" }).apply(input) as layers.SymbolicTensor;
    return layers.model({ inputs: input, outputs: layers.layers.add({ name: "sum" }).apply([r, input]) as typeof r });
  };
  const shared = () => {
    const input = layers.input({ shape: [6] });
    const twice = dense({ units: 6, name: "twice" });
    return layers.model({ inputs: input, outputs: twice.apply(twice.apply(input)) as layers.SymbolicTensor });
  };
  const chained =
    "A network here is one chain of layers: save a model of the layers that are one, or run this one in its own library";
  const faults: [string, () => Model, string][] = [
    [
      "a layer of another class",
      () =>
        sequential(
          layers.layers.conv1d({ inputShape: [6, 1], filters: 1, kernelSize: 2, name: "conv" }),
          flatten(),
          last(),
        ),
      `consist of ${CLASSES}, got "conv" (Conv1D). ${cut}`,
    ],
    [
      "a leaky activation with a slope for each",
      () => sequential(hidden("h", "linear"), layers.layers.prelu({ name: "leak" }), last()),
      `consist of ${CLASSES}, got "leak" (PReLU)`,
    ],
    [
      "a leaky activation that bends down",
      () => sequential(hidden("h", "linear"), layers.layers.leakyReLU({ alpha: -1, name: "leak" }), last()),
      'give "leak" (LeakyReLU) alpha from 0 to 1, got -1',
    ],
    [
      "a relu cut off elsewhere",
      () => sequential(hidden("h", "linear"), layers.layers.reLU({ maxValue: 5, name: "cut" }), last()),
      'give "cut" (ReLU) max_value 6 or none and nothing else, got an object',
    ],
    [
      "softmax in the middle",
      () => sequential(hidden("h", "softmax"), last()),
      `have ${names} in its hidden layers, got "softmax" in "h" (Dense)`,
    ],
    [
      "the logarithm of softmax at the end",
      () => sequential(hidden("h"), dense({ units: 2, name: "log", activation: "logSoftmax" as "softmax" })),
      `end in softmax, ${names}, got "log_softmax" in "log" (Dense)`,
    ],
    [
      "an activation on an activation",
      () => sequential(hidden("h"), activation({ activation: "tanh", name: "act" }), last()),
      'apply "tanh" in "act" (Activation) to the sums of a Dense layer, got it after "relu" in "h" (Dense)',
    ],
    [
      "an activation of the inputs",
      () => sequential(activation({ inputShape: [6], activation: "relu", name: "act" }), last()),
      'apply "relu" in "act" (Activation) to the sums of a Dense layer, got it after none',
    ],
    [
      "rows that are not flat",
      () => sequential(dense({ inputShape: [2, 3], units: 4, name: "h" }), flatten(), last()),
      'flatten its rows before "h" (Dense), got rows of shape [2, 3]',
    ],
    [
      "channels first",
      () => sequential(flatten({ inputShape: [2, 3], dataFormat: "channelsFirst", name: "flat" }), last()),
      'have its channels last in "flat" (Flatten), got "channels_first"',
    ],
    [
      "other rows",
      () => sequential(reshape({ inputShape: [6], targetShape: [2, 3], name: "re" }), flatten(), last()),
      'reshape to flat rows of 6 in "re" (Reshape), got [2, 3]',
    ],
    [
      "no Dense layer",
      () => layers.sequential({ layers: [flatten({ inputShape: [2, 3] })] }),
      "have a Dense layer, got none",
    ],
    [
      "rows of any length",
      () =>
        sequential(
          layers.layers.embedding({ inputShape: [6], inputDim: 4, outputDim: 2, name: "embed" }),
          flatten(),
          last(),
        ),
      `consist of ${CLASSES}, got "embed" (Embedding)`,
    ],
    [
      "two outputs",
      branched,
      'have one output, got ["a", "b"]. Make a model of one of them and save that: Model(model.input, model.outputs[0])',
    ],
    ["a residual", residual, `be a chain of layers, got "sum" (Add), which joins 2: ["r", "input"]. ${chained}`],
    ["a layer used twice", shared, `be a chain of layers, got "twice" (Dense), which is used 2 times. ${chained}`],
  ];
  it.each(faults)("%s", async (_, build, wrong) => {
    const got = await sentence(await artifacts(build()));
    expect(got.replace(/"input\d+"/, '"input"')).toBe(`fromTfjs: the model must ${wrong}.`);
  });
});

describe("refusals of files", () => {
  let saved: Any;
  let chain: Any;
  beforeAll(async () => {
    saved = await artifacts(
      sequential(dense({ inputShape: [4], units: 3, name: "h", activation: "relu" }), dense({ units: 2, name: "o" })),
    );
    chain = await artifacts(
      functional(
        dense({ units: 3, name: "fh" }),
        dropout({ rate: 0.5, name: "drop" }),
        dense({ units: 2, name: "fo" }),
      ),
    );
  });
  const config = (file: Any, layer: number) => file.modelTopology.config.layers[layer].config;

  const types = "float32, int32, bool, float16, uint8, uint16, uint32, int64";
  const none =
    "none of these: a graph or weights alone, perhaps. Save the whole model, in the format of layers: model.save(...)";
  const faults: [string, (file: Any) => unknown, string][] = [
    ["a graph model", (f) => (f.modelTopology = { node: [] }), `be Sequential, Model or Functional, got ${none}`],
    ["no topology", (f) => delete f.modelTopology, `be Sequential, Model or Functional, got ${none}`],
    ["no layers", (f) => (f.modelTopology.config = { layers: [] }), "hold a list of layers, got []"],
    ["a layer without a name", (f) => delete config(f, 1).name, "give each layer a config with a name, got undefined"],
    [
      "a layer that is none",
      (f) => (f.modelTopology.config.layers[1] = 7),
      "give each layer a config with a name, got undefined",
    ],
    [
      "a layer of no class",
      (f) => delete f.modelTopology.config.layers[1].class_name,
      `consist of ${CLASSES}, got "o" (undefined)`,
    ],
    [
      "an InputLayer in the middle",
      (f) => (f.modelTopology.config.layers[1].class_name = "InputLayer"),
      'begin with its InputLayer, got "o" (InputLayer) later',
    ],
    [
      "rows without a shape",
      (f) => delete config(f, 0).batch_input_shape,
      'say how many numbers a row has at "h" (Dense), got undefined',
    ],
    [
      "rows of any length",
      (f) => (config(f, 0).batch_input_shape = [null, null]),
      'say how many numbers a row has at "h" (Dense), got [null, null]',
    ],
    ["units that are none", (f) => (config(f, 0).units = 2.5), 'give "h" (Dense) a whole number of units, got 2.5'],
    [
      "units beyond memory",
      (f) => (config(f, 0).units = 2 ** 50),
      `give "h" (Dense) a kernel of shape [4, ${2 ** 50}], got [4, 3]`,
    ],
    [
      "a bias of no kind",
      (f) => (config(f, 0).use_bias = "yes"),
      'give "h" (Dense) true or false as use_bias, got "yes"',
    ],
    [
      "an activation of no name",
      (f) => (config(f, 0).activation = { class_name: "relu" }),
      'name the activation of "h" (Dense), got an object',
    ],
    ["a bias that no layer has", (f) => (config(f, 1).use_bias = false), "hold 3 weights for its layers, got 4"],
    [
      "another shape",
      (f) => (f.weightSpecs[0].shape = [3, 4]),
      'give "h" (Dense) a kernel of shape [4, 3], got [3, 4]',
    ],
    [
      "a bias of another shape",
      (f) => (f.weightSpecs[1].shape = [3, 1]),
      'give "h" (Dense) a bias of shape [3], got [3, 1]',
    ],
    [
      "a negative size",
      (f) => (f.weightSpecs[0].shape = [-4, -3]),
      'give "h/kernel" a shape of whole numbers, got [-4, -3]',
    ],
    [
      "a size that is none",
      (f) => (f.weightSpecs[0].shape = [4, null]),
      'give "h/kernel" a shape of whole numbers, got [4, null]',
    ],
    ["a weight without a name", (f) => delete f.weightSpecs[2].name, "name its weights, got undefined"],
    ["a weight that is none", (f) => (f.weightSpecs[2] = null), "name its weights, got undefined"],
    ["no manifest", (f) => delete f.weightSpecs, "hold a weightsManifest or weightSpecs, got undefined"],
    [
      "text as weights",
      (f) => (f.weightSpecs[0].dtype = "string"),
      `give "h/kernel" a type among ${types}, got "string"`,
    ],
    [
      "a type of Object.prototype",
      (f) => (f.weightSpecs[0].dtype = "constructor"),
      `give "h/kernel" a type among ${types}, got "constructor"`,
    ],
    ["whole numbers as weights", (f) => (f.weightSpecs[0].dtype = "int32"), 'hold "h/kernel" in float32, got "int32"'],
    [
      "quantized whole numbers",
      (f) => (f.weightSpecs[0].quantization = { dtype: "int32" }),
      'hold "h/kernel" in float32, got "int32"',
    ],
    [
      "NaN",
      (f) => (new Float32Array(f.weightData)[5] = Number.NaN),
      'give "h" (Dense) a kernel of finite numbers, got NaN',
    ],
    [
      "an infinite bias",
      (f) => (new Float32Array(f.weightData)[21] = Number.NEGATIVE_INFINITY),
      'give "o" (Dense) a bias of finite numbers, got -Infinity',
    ],
  ];
  it.each(faults)("%s", async (_, change, wrong) => {
    const file = structuredClone(saved);
    change(file);
    expect(await sentence(file)).toBe(`fromTfjs: the model must ${wrong}.`);
  });

  const chained =
    "A network here is one chain of layers: save a model of the layers that are one, or run this one in its own library";
  const chainFaults: [string, (file: Any) => unknown, string][] = [
    [
      "a circle",
      (f) => (f.modelTopology.config.layers[1].inbound_nodes[0][0][0] = "fo"),
      'be a chain of layers, got "fo", which is before itself',
    ],
    [
      "a layer that is not there",
      (f) => (f.modelTopology.config.layers[1].inbound_nodes[0][0][0] = "fa"),
      'be a chain of layers, got "fa", which is none of them',
    ],
    [
      "a layer called twice",
      (f) => f.modelTopology.config.layers[3].inbound_nodes.push([["fh", 0, 0, {}]]),
      `be a chain of layers, got "fo" (Dense), which is used 2 times. ${chained}`,
    ],
    [
      "no link",
      (f) => delete f.modelTopology.config.layers[1].inbound_nodes,
      `be a chain of layers, got undefined. ${chained}`,
    ],
    [
      "Dropout that always drops",
      (f) => (f.modelTopology.config.layers[2].inbound_nodes[0][0][3] = { training: true }),
      'call "drop" (Dropout) without options, got "training"',
    ],
    [
      "two layers of a name",
      (f) => (f.modelTopology.config.layers[2] = f.modelTopology.config.layers[1]),
      'name each layer once, got "fh"',
    ],
  ];
  it.each(chainFaults)("in a chain: %s", async (_, change, wrong) => {
    const file = structuredClone(chain);
    change(file);
    expect((await sentence(file)).replace(/"input\d+"/, '"input"')).toBe(`fromTfjs: the model must ${wrong}.`);
  });

  it("an output in the middle is the output: what comes after it is left out", async () => {
    const file = structuredClone(chain);
    file.modelTopology.config.output_layers[0][0] = "fh";
    file.weightData = file.weightData.slice(0, 4 * 21);
    file.weightSpecs.splice(2);
    expect((await fromTfjs(file)).net.layers).toEqual([6, 3]);
  });

  it("bytes that are not those of the manifest", async () => {
    const [json, shards] = files(saved, 4);
    const whole = Buffer.concat(shards);
    for (const [weights, got] of [
      [shards.slice(0, 3), 69],
      [[], 0],
      [[...shards, shards[0]], 115],
      [whole.subarray(1), 91],
    ] as const) {
      expect(await sentence(json, weights)).toBe(
        `fromTfjs: weights must be the 92 bytes that the model's manifest names, got ${got}.`,
      );
    }
    json.weightsManifest[0].weights[0].shape = [2 ** 52, 2 ** 52];
    expect(await sentence(json, shards)).toBe(
      `fromTfjs: weights must be the ${2 ** 106} bytes that the model's manifest names, got 92.`,
    );
  });

  it("levels without a scale", async () => {
    const file = quantize(saved, "uint8");
    file.weightSpecs[0].quantization = { dtype: "uint8", min: "0" };
    expect(await sentence(file)).toBe(
      'fromTfjs: the model must give "h/kernel" a finite scale and min, got undefined and "0".',
    );
  });

  it("text that is no JSON, or more than JSON", async () => {
    const text = JSON.stringify(files(saved)[0]);
    for (const [given, wrong] of [
      ["", "a text that ends too soon"],
      [text.slice(0, -1), "a text that ends too soon"],
      [`{"modelTopology":{},"modelTopology":{}}`, 'the key "modelTopology" twice'],
      [`{"modelTopology":${'{"model_config":'.repeat(100_000)}`, "more than 32 levels of nesting"],
    ]) {
      expect(await sentence(given)).toBe(`fromTfjs: the model must be JSON, got ${wrong}.`);
    }
  });

  it("arguments of a wrong kind", async () => {
    const [json, [bytes]] = files(saved);
    const bytesSentence = "weights must be bytes, or an array of them in order, got";
    for (const [model, weights, wrong] of [
      [undefined, bytes, "the model must be a model.json, parsed or as text, got undefined"],
      [[json], bytes, "the model must be a model.json, parsed or as text, got [an object]"],
      [Buffer.from("{}"), bytes, "the model must be a model.json, parsed or as text, got a Buffer of 2 bytes"],
      [json, undefined, `${bytesSentence} undefined`],
      [json, "group1-shard1of1.bin", `${bytesSentence} "group1-shard1of1.bin"`],
      [json, [bytes, null], `${bytesSentence} null`],
      [saved, bytes, "weights must be left out if the model brings its weightData, got both"],
    ]) {
      const error = await fromTfjs(model as object, weights as TfjsBytes).catch((reason) => reason);
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toBe(`fromTfjs: ${wrong}.`);
    }
  });
});

describe("2,000 mutations", () => {
  const ODD = [null, true, -1, 0, 1, 3, 0.5, 2 ** 53, "", "relu", "tanh", "softmax", "Dense", "uint8", [], {}, [[1]]];

  /** A copy with one value gone, changed, moved or joined by a `__proto__` of its own. */
  function mutate(tree: object, random: Random): Any {
    const pick = <T>(items: readonly T[]) => items[random.word() % items.length];
    const copy = structuredClone(tree);
    const places: [Any, string][] = [];
    const walk = (value: Any) => {
      if (typeof value !== "object" || value === null) return;
      for (const key of Object.keys(value)) {
        // How weights began changes nothing, however it is changed.
        if (key.endsWith("_initializer")) continue;
        places.push([value, key]);
        walk(value[key]);
      }
    };
    walk(copy);
    const [[parent, key], [other, otherKey]] = [pick(places), pick(places)];
    const kind = random.word() % 4;
    if (kind === 0) delete parent[key];
    else if (kind === 1) parent[key] = structuredClone(other[otherKey]);
    else if (kind === 2) parent[key] = structuredClone(pick(ODD));
    else Object.defineProperty(parent, "__proto__", { value: { polluted: 1 }, enumerable: true, configurable: true });
    return copy;
  }

  /** What tfjs predicts; undefined if it does not load the file. */
  async function theirs({ weightsManifest, ...saved }: Any, bytes: Uint8Array, x: Float32Array, width: number) {
    try {
      const weightSpecs = saved.weightSpecs ?? weightsManifest.flatMap(({ weights }: Any) => weights);
      const model = await layers.loadLayersModel(
        tf.io.fromMemory({ ...saved, weightSpecs, weightData: new Uint8Array(bytes).buffer }),
      );
      const shape = model.inputs[0].shape.slice(1) as number[];
      const values = (model.predict(tf.tensor(x, [x.length / width, ...shape])) as tf.Tensor).dataSync();
      model.dispose();
      return values;
    } catch {
      return undefined;
    }
  }

  it.each(["Sequential", "Functional", "uint8"])("of a file, %s: a sentence or the right model", async (kind) => {
    const saved = await artifacts(
      kind === "Functional"
        ? functional(dense({ units: 3, activation: "tanh" }), dropout({ rate: 0.5 }), dense({ units: 2 }))
        : sequential(
            flatten({ inputShape: [2, 3] }),
            dense({ units: 3 }),
            activation({ activation: "tanh" }),
            dense({ units: 2 }),
          ),
    );
    const [json, [bytes]] = files(kind === "uint8" ? quantize(saved, kind) : saved);
    const random = new Random(5);
    let [accepted, compared] = [0, 0];
    for (let i = 0; i < 700; i++) {
      const mutant = mutate(json, random);
      const model = await fromTfjs(i % 2 ? mutant : JSON.stringify(mutant), bytes).catch((error: Error) => error);
      if (model instanceof Error) {
        expect(model.message).toMatch(/^fromTfjs: [^\n]+, got [^\n]+\.$/);
        continue;
      }
      const { net } = model;
      // Half of them, for tfjs takes its time.
      if (accepted++ % 2 === 1) continue;
      const x = rowsOf(net.layers[0]);
      const got = net.predictProba(x);
      expect(got.every(Number.isFinite)).toBe(true);
      // tfjs applies constraints to what it loads: to weights that were saved under them, a second time.
      const unbound = JSON.parse(JSON.stringify(mutant), (key, value) => (/_constraint$/.test(key) ? null : value));
      // It waits for ever for a layer of a chain that is listed without the name in its config.
      for (const layer of unbound.modelTopology.config?.layers ?? []) layer.name = layer.config.name;
      const wanted = await theirs(unbound, bytes, x, net.layers[0]);
      if (!wanted) continue;
      compared++;
      got.forEach((value, o) => {
        expect(Math.abs(value - wanted[o])).toBeLessThan(1e-5 * Math.max(1, Math.abs(wanted[o])));
      });
    }
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(accepted).toBeGreaterThan(100);
    expect(compared).toBeGreaterThan(100);
  });

  it("of the bytes and the text: a sentence or a model of finite numbers", async () => {
    const [json, [bytes]] = files(await artifacts(small()));
    const text = JSON.stringify(json);
    const random = new Random(6);
    let accepted = 0;
    for (let i = 0; i < 2000; i++) {
      const [at, where] = [random.word() % text.length, random.word() % bytes.length];
      const changed = i % 2 ? text.slice(0, at) + '0-.e"[]{}:,\\ '[random.word() % 13] + text.slice(at + 1) : text;
      const mutant = bytes.slice(0, random.word() % 8 ? bytes.length : where);
      mutant[where] ^= 1 << (random.word() % 8);
      const model = await fromTfjs(changed, mutant).catch((error: Error) => error);
      if (model instanceof Error) {
        expect(model.message).toMatch(/^fromTfjs: [^\n]+, got [^\n]+\.$/);
        continue;
      }
      accepted++;
      expect(model.net.parameters().every(({ weights }) => weights.every(Number.isFinite))).toBe(true);
    }
    // Both happen: a bit of a weight makes another weight, and a text may be changed where it does not count.
    expect(accepted).toBeGreaterThan(100);
    expect(accepted).toBeLessThan(1900);
  });
});

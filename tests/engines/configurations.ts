/**
 * What must give the same bytes everywhere: trainings that go through every kernel, and the SHA-256 of what they leave.
 * The library is handed in, so that vitest hashes src/ and every other engine what is published; nothing here is Node's.
 */

import { Random } from "../../src/ground/random.js";
import type { Dataset, FitOptions, MLPOptions, Output } from "../../src/index.js";

/** The public names, of src/ or of dist/. */
export type Library = typeof import("../../src/index.js");

export interface Configuration {
  model: MLPOptions<Output>;
  options?: (library: Library) => FitOptions;
  /** Rows with weights from 0 to 2. */
  weighted?: boolean;
  /** Of softmax probabilities of all classes, of sigmoid probabilities among zeros and ones. */
  soft?: boolean;
  /** Share of inputs that are not zero; below 0.4 zeros are skipped. */
  density?: number;
  bytes?: boolean;
}

/** The smallest network that still has edges of tiles in every direction. */
const layers = [6, 20, 4];
const wide = [48, 40, 5];

export const configurations: Record<string, Configuration> = {
  defaults: { model: { layers } },
  "softmax regression": { model: { layers: [9, 3] } },
  "sigmoid hidden": { model: { layers: [6, 17, 4], activation: "sigmoid" } },
  "tanh hidden": { model: { layers: [6, 33, 4], activation: "tanh" } },
  "identity hidden": { model: { layers: [6, 12, 4], activation: "identity" } },
  "three hidden layers": { model: { layers: [10, 33, 18, 7, 3] } },
  "an activation a layer": { model: { layers: [6, 20, 17, 9, 4], activation: ["relu", "tanh", "sigmoid"] } },
  "sigmoid output": { model: { layers: [6, 20, 3], output: "sigmoid" } },
  "linear output": { model: { layers: [6, 20, 2], output: "linear", activation: "tanh" } },
  "he-uniform": { model: { layers, init: "he-uniform", seed: 7 } },
  "xavier-normal": { model: { layers, init: "xavier-normal", seed: 7 } },
  "xavier-uniform": { model: { layers, init: "xavier-uniform", seed: 2 ** 40 } },
  gaussian: { model: { layers, init: { gaussian: 0.3 } } },
  sgd: { model: { layers }, options: ({ sgd }) => ({ optimizer: sgd({ learningRate: 0.1 }) }) },
  momentum: { model: { layers }, options: ({ sgd }) => ({ optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }) }) },
  nesterov: {
    model: { layers },
    options: ({ sgd }) => ({ optimizer: sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true }) }),
  },
  "l1 and l2": { model: { layers }, options: () => ({ l1: 0.001, l2: 0.01 }) },
  "step decay": {
    model: { layers },
    options: ({ sgd, stepDecay }) => ({
      optimizer: sgd({ learningRate: stepDecay({ initial: 0.2, rate: 0.7, every: 3 }) }),
    }),
  },
  "exponential decay per step": {
    model: { layers },
    options: ({ sgd, exponentialDecay }) => ({
      optimizer: sgd({ learningRate: exponentialDecay({ initial: 0.2, rate: 0.9, every: 7, unit: "step" }) }),
    }),
  },
  "inverse-time decay": {
    model: { layers },
    options: ({ adam, inverseTimeDecay }) => ({
      optimizer: adam({ learningRate: inverseTimeDecay({ initial: 0.02, rate: 0.5, every: 2 }) }),
    }),
  },
  "warm-up and cosine": {
    model: { layers },
    options: ({ adam, warmup, cosineDecay }) => ({
      optimizer: adam({ learningRate: warmup({ over: 3, then: cosineDecay({ initial: 0.02, over: 6 }) }) }),
    }),
  },
  "held-out rows, whole batch, no shuffling": {
    model: { layers },
    options: () => ({ validation: 0.25, batchSize: 1000, shuffle: false }),
  },
  "wide, dense": { model: { layers: wide }, options: () => ({ batchSize: 50 }) },
  "wide, sparse": { model: { layers: wide }, options: () => ({ batchSize: 50 }), density: 0.2 },
  "wide, sparse bytes": { model: { layers: wide }, options: () => ({ batchSize: 50 }), density: 0.2, bytes: true },
  "products that threads share": {
    model: { layers: [100, 160, 40, 8], activation: "tanh" },
    options: () => ({ batchSize: 64, dropout: { input: 0.1, hidden: 0.2 } }),
  },
  "sparse products that threads share": {
    model: { layers: [200, 130, 70, 10] },
    options: ({ sgd }) => ({ batchSize: 75, optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }) }),
    ...{ density: 0.2, bytes: true },
  },
  "dropout of inputs and tanh": {
    model: { layers: [6, 20, 12, 4], activation: "tanh" },
    options: () => ({ dropout: { input: 0.1, hidden: 0.4 } }),
  },
  "dropout of sparse inputs": {
    model: { layers: wide },
    options: () => ({ batchSize: 50, dropout: { input: 0.2, hidden: 0.5 } }),
    density: 0.2,
  },
  "balanced classes, clipped": { model: { layers }, options: () => ({ classWeights: "balanced", clipNorm: 0.1 }) },
  "early stopping and plateau": {
    model: { layers: [6, 40, 4] },
    options: ({ sgd }) => ({
      epochs: 40,
      optimizer: sgd({ learningRate: 0.3, momentum: 0.9 }),
      validation: 0.3,
      earlyStopping: { patience: 6 },
      reduceOnPlateau: { patience: 2, factor: 0.5 },
    }),
  },
  "max-norm": { model: { layers: [6, 20, 12, 4] }, options: () => ({ maxNorm: [0.8, 1, 2] }) },
  "no bias in some layers": { model: { layers: [6, 17, 9, 4], activation: "gelu", bias: [false, true, false] } },
  "label smoothing": { model: { layers }, options: () => ({ labelSmoothing: 0.1 }) },
  "label smoothing of weighted classes": {
    model: { layers },
    options: () => ({ labelSmoothing: 0.2, classWeights: [1, 2, 0.5, 3] }),
  },
  "label smoothing of a sigmoid": {
    model: { layers: [6, 20, 3], output: "sigmoid" },
    options: () => ({
      labelSmoothing: 0.1,
      classWeights: [
        [1, 2],
        [0.5, 1],
        [1, 1],
      ],
    }),
  },
  "pairs of a sigmoid": {
    model: { layers: [6, 20, 3], output: "sigmoid" },
    options: () => ({
      classWeights: [
        [1, 2],
        [0.5, 1],
        [1, 1],
      ],
    }),
  },
  "probabilities of classes": { model: { layers }, soft: true },
  "probabilities of weighted classes": {
    model: { layers },
    soft: true,
    options: () => ({ classWeights: [1, 2, 0.5, 3] }),
  },
  "probabilities of a sigmoid": { model: { layers: [6, 20, 3], output: "sigmoid" }, soft: true },
  "weights of classes' rows": { model: { layers }, weighted: true },
  "weights of probabilities, held out": {
    model: { layers: [6, 20, 3], output: "sigmoid" },
    soft: true,
    weighted: true,
    options: () => ({ validation: 0.25, earlyStopping: { patience: 2 } }),
  },
  "weights of values": { model: { layers: [6, 20, 2], output: "linear", activation: "silu" }, weighted: true },
  "gelu, silu and mish, values of softplus": {
    model: { layers: [6, 21, 18, 10, 3], activation: ["gelu", "silu", "mish"], output: "softplus" },
  },
  "softplus, gelu by tanh and tanh, values of gelu": {
    model: { layers: [6, 21, 18, 10, 3], activation: ["softplus", "gelu-tanh", "tanh"], output: "gelu" },
  },
  "elu, selu and leaky relu, values of elu": {
    model: { layers: [6, 21, 18, 10, 3], activation: ["elu", "selu", "leaky-relu"], output: "elu" },
  },
  "softsign, hard sigmoid, hard tanh, values of tanh": {
    model: { layers: [6, 21, 18, 10, 3], activation: ["softsign", "hard-sigmoid", "hard-tanh"], output: "tanh" },
  },
  "relu6, exponential, own elu and slope, values of relu": {
    model: {
      layers: [6, 21, 5, 10, 7, 3],
      activation: ["relu6", "exponential", { elu: 1.5 }, { "leaky-relu": 0.2 }],
      output: "relu",
    },
  },
  "dropout of gelu, elu and hard tanh": {
    model: { layers: [6, 20, 12, 9, 4], activation: ["gelu", "elu", "hard-tanh"] },
    options: () => ({ dropout: { input: 0.1, hidden: 0.4 } }),
  },
  ...Object.fromEntries(
    (
      ["silu", "mish", "gelu-tanh", "selu", "leaky-relu", "softsign", "hard-sigmoid", "hard-tanh", "relu6"] as const
    ).map((output) => [`values of ${output}`, { model: { layers: [6, 13, 3], output } }]),
  ),
  "absolute error": { model: { layers: [6, 20, 3], output: "linear", loss: "absolute-error" } },
  huber: { model: { layers: [6, 20, 3], output: "linear", loss: { huber: 0.5 } } },
  "counts by Poisson": { model: { layers: [6, 20, 2], output: "exponential" } },
  "squares of exponentials": { model: { layers: [6, 20, 2], output: "exponential", loss: "squared-error" } },
  gauss: { model: { layers: [6, 20, 4], output: "linear", loss: "gaussian" } },
  "quantiles, weighted": {
    model: { layers: [6, 20, 6], output: "linear", loss: { quantiles: [0.1, 0.5, 0.9] } },
    weighted: true,
  },
  adamw: { model: { layers }, options: ({ adamw }) => ({ optimizer: adamw({ weightDecay: 0.1 }) }) },
  amsgrad: { model: { layers }, options: ({ adam }) => ({ optimizer: adam({ amsgrad: true, beta2: 0.8 }) }) },
  "rmsprop, centered, with momentum": {
    model: { layers },
    options: ({ rmsprop }) => ({ optimizer: rmsprop({ learningRate: 0.003, centered: true, momentum: 0.9 }) }),
  },
  adagrad: { model: { layers }, options: ({ adagrad }) => ({ optimizer: adagrad() }) },
  nadam: { model: { layers }, options: ({ nadam }) => ({ optimizer: nadam() }) },
  lion: { model: { layers }, options: ({ lion }) => ({ optimizer: lion({ learningRate: 0.003, weightDecay: 0.1 }) }) },
  "l-bfgs": { model: { layers }, options: ({ lbfgs }) => ({ optimizer: lbfgs(), l2: 0.01 }) },
  "an average of weights": { model: { layers }, options: () => ({ average: 0.9, validation: 0.25 }) },
  "rates and penalties of layers, cut gradients": {
    model: { layers: [6, 20, 12, 4] },
    options: () => ({ layerRates: [0.5, 0, 1], l1: [0.001, 0, 0.01], l2: [0, 0.1, 0.01], clipValue: 0.05 }),
  },
  "schedules of every kind": {
    model: { layers },
    options: ({ sgd, cosineRestarts, warmup }) => ({
      optimizer: sgd({
        learningRate: warmup({ from: 0.01, over: 2, then: cosineRestarts({ initial: 0.2, period: 2, factor: 2 }) }),
      }),
    }),
  },
  "batch normalization": {
    model: { layers: [6, 19, 7, 4], normalization: "batch" },
    options: () => ({ l2: 0.01, dropout: 0.2, batchSize: 149 }),
  },
  "layer normalization": { model: { layers: [6, 19, 7, 4], normalization: "layer", activation: "tanh" } },
  "a normalization a layer": {
    model: { layers: [6, 20, 17, 9, 4], normalization: ["none", "batch", "layer"], activation: "silu" },
    options: ({ sgd }) => ({
      optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }),
      validation: 0.3,
      earlyStopping: { patience: 1 },
    }),
  },
  "packed panels and stretches": { model: { layers: [700, 260, 6] }, options: () => ({ epochs: 1, batchSize: 64 }) },
};

/** The targets of a row. */
function targetsFor({ model, soft }: Configuration, random: Random): number[] {
  const { layers, output = "softmax", loss } = model;
  const outputs = layers[layers.length - 1];
  const isQuantiles = typeof loss === "object" && "quantiles" in loss;
  const targets = outputs / (isQuantiles ? loss.quantiles.length : loss === "gaussian" ? 2 : 1);
  if (output === "softmax" && !soft) return [random.below(outputs)];
  if (output === "softmax") {
    // Eighths, which add up to 1 exactly.
    const shares = new Array<number>(outputs).fill(0);
    for (let i = 0; i < 8; i++) shares[random.below(outputs)] += 1 / 8;
    return shares;
  }
  return Array.from({ length: targets }, (_, c) => {
    if (output === "sigmoid") return soft && c % 2 ? random.uniform() : random.below(2);
    return output === "exponential" && !loss ? random.below(5) : random.normal();
  });
}

export function rowsFor({ Dataset }: Library, configuration: Configuration): Dataset {
  const { model, density = 1, bytes, weighted } = configuration;
  const random = new Random(99);
  const inputs = model.layers[0];
  const rows = 150;
  const draw = () => (random.uniform() < density ? (bytes ? 1 + random.below(255) : random.normal()) : 0);
  const x = new (bytes ? Uint8Array : Float32Array)(rows * inputs).map(draw);
  const y = Array.from({ length: rows }, () => targetsFor(configuration, random)).flat();
  const weights = weighted ? Array.from({ length: rows }, () => random.below(5) / 2) : undefined;
  return Dataset.from({ x, y, rows, ...(weights ? { weights } : {}), ...(bytes ? { scale: 1 / 255 } : {}) });
}

/** Trains, and hashes all parameters and the predictions of the rows trained on. */
export async function hash(library: Library, configuration: Configuration): Promise<string> {
  const data = rowsFor(library, configuration);
  const net = await library.MLP.create({ seed: 5, ...configuration.model });
  await net.fit(data, { epochs: 6, batchSize: 16, ...configuration.options?.(library) });
  const parameters = net
    .parameters()
    .flatMap(({ inputs, outputs, ...lists }) => Object.values(lists as Record<string, Float32Array>));
  return sha256(...parameters, net.predictProba(data));
}

/** Rows written by hand, with every kind of column, a gap and a number as text. */
const flats = [
  { rooms: 2, area: 48.5, district: "Nord", lift: true, price: "low" },
  { rooms: 3, area: 71, district: "Süd", lift: false, price: "high" },
  { rooms: 1, area: 30.25, district: "Nord", lift: false, price: "low" },
  { rooms: 4, area: 95.1, district: "West", lift: true, price: "high" },
  { rooms: 2, area: null, district: "Süd", lift: true, price: "high" },
  { rooms: 3, area: 64, district: "West", lift: false, price: "low" },
  { rooms: 2, area: "51.7", district: "Nord", lift: true, price: "low" },
  { rooms: 5, area: 120, district: "Süd", lift: true, price: "high" },
];

/** A table's columns, its file (which holds numbers as text) and its probabilities. */
async function hashTable({ Classifier }: Library): Promise<string> {
  const model = await Classifier.fit(flats, { target: "price", hidden: [12], epochs: 20, batchSize: 3, seed: 11 });
  return sha256(model.save(), model.predictProba(flats, new Float32Array(2 * flats.length)));
}

/** Rows of numbers, a text, a date and an amount, enough of them that some are held out and bins are cut. */
const sales = Array.from({ length: 360 }, (_, i) => {
  const [size, day] = [((i * 37) % 101) / 10, (i * 53) % 730];
  const seasonal = day % 7 < 2 ? 2 : 1;
  const when = new Date(Date.UTC(2023, 0, 1 + day)).toISOString().slice(0, 10);
  const shop = ["north", "south", "west"][i % 3];
  const noise = ((i * 7919) % 97) / 97;
  const amount = (1 + size * size * (shop === "west" ? 2 : 1)) * seasonal * (1 + noise);
  return { size: i % 11 === 0 ? null : size, when, shop, amount, kind: amount > 40 + 30 * noise ? "large" : "small" };
});
const withoutAmount = sales.map(({ amount, ...row }) => row);
const withoutKind = sales.map(({ kind, ...row }) => row);

/** Bins, parts of dates, four networks that hold rows out, a temperature. */
async function hashEnsemble({ Classifier }: Library): Promise<string> {
  const model = await Classifier.fit(withoutAmount, { target: "kind", epochs: 6, seed: 12 });
  return sha256(model.save(), model.predictProba(sales, new Float32Array(2 * sales.length)));
}

/** The form that held-out rows choose, and how far off answers are. */
async function hashAmounts({ Regressor }: Library): Promise<string> {
  const model = await Regressor.fit(withoutKind, { target: "amount", epochs: 6, ensemble: 2, seed: 13 });
  const ends = model.predictInterval(sales).flatMap(({ low, high }) => [low, high]);
  return sha256(model.save(), Float32Array.from([...model.predict(sales), ...ends]));
}

/** Networks of two layers, by their recipe. */
async function hashWide({ Classifier }: Library): Promise<string> {
  const options = { target: "kind", hidden: [24, 12], epochs: 4, ensemble: 2, validation: 0.2, seed: 14 };
  const model = await Classifier.fit(withoutAmount, options);
  return sha256(model.save(), model.predictProba(sales, new Float32Array(2 * sales.length)));
}

/** Rows that count from 0 to 2.5 times, in columns, losses and a temperature. */
async function hashWeighted({ Classifier }: Library): Promise<string> {
  const rows = withoutAmount.map((row, i) => ({ ...row, counts: ((i * 5) % 6) / 2 }));
  const options = { target: "kind", weights: "counts", hidden: [16], epochs: 5, ensemble: 2, seed: 15 };
  const model = await Classifier.fit(rows, options);
  const { logLoss, rocAuc, f1 } = model.evaluate(rows, { weights: "counts" });
  const scores = new Float64Array([logLoss, rocAuc as number, f1]);
  return sha256(
    model.save(),
    model.predictProba(rows, new Float32Array(2 * rows.length)),
    new Uint8Array(scores.buffer),
  );
}

/** Means of counts, in logarithms, and their deviance. */
async function hashCounts({ Regressor }: Library): Promise<string> {
  const rows = withoutKind.map((row) => ({ ...row, amount: Math.floor(row.amount / 8) }));
  const model = await Regressor.fit(rows, { target: "amount", loss: "poisson", hidden: [16], epochs: 5, seed: 16 });
  const ends = model.predictInterval(rows).flatMap(({ low, high }) => [low, high]);
  const { poissonDeviance = Number.NaN } = model.evaluate(rows);
  return sha256(model.save(), Float32Array.from([...model.predict(rows), ...ends, poissonDeviance]));
}

/** Quantiles and what lies between them, medians, and means without outliers. */
async function hashQuantiles({ Regressor }: Library): Promise<string> {
  const options = { target: "amount", hidden: [16], epochs: 5, ensemble: 2, seed: 17 };
  const model = await Regressor.fit(withoutKind, { ...options, loss: { quantiles: [0.05, 0.5, 0.95] } });
  const ends = model.predictInterval(sales).flatMap(({ low, high }) => [low, high]);
  const { pinballLoss = Number.NaN } = model.evaluate(withoutKind);
  const answers = Float32Array.from([...model.predictQuantiles(sales).flat(), ...ends, pinballLoss]);
  const others = (["absolute", "huber"] as const).map((loss) => Regressor.fit(withoutKind, { ...options, loss }));
  return sha256(model.save(), answers, ...(await Promise.all(others)).map((other) => other.save()));
}

/** Two targets: of each its own bins, networks, form and temperature, in one file. */
async function hashTargets({ Regressor }: Library): Promise<string> {
  const rows = withoutKind.map((row, i) => ({ ...row, count: (row.size ?? 5) * 10 + (i % 7) }));
  const model = await Regressor.fit(rows, { target: ["amount", "count"], epochs: 4, ensemble: 2, seed: 15 });
  return sha256(model.save(), Float32Array.from(model.predict(rows).flatMap(({ amount, count }) => [amount, count])));
}

/** Several labels a row: bins by all of them, sigmoid outputs, one temperature. */
async function hashLabels({ Classifier }: Library): Promise<string> {
  const rows = sales.map(({ amount, kind, ...row }) => ({
    ...row,
    tags: [...(kind === "large" ? ["large"] : []), ...((row.size ?? 0) > 4 ? ["long"] : []), row.shop],
  }));
  const model = await Classifier.fit(rows, { target: "tags", epochs: 4, ensemble: 2, seed: 16 });
  return sha256(model.save(), model.predictProba(rows, new Float32Array(5 * rows.length)));
}

/** Every golden hash, computed anew, by its name in tests/golden/bytes.json. */
export const hashes: Record<string, (library: Library) => Promise<string>> = {
  ...Object.fromEntries(
    Object.entries(configurations).map(([name, configuration]) => [
      name,
      (library: Library) => hash(library, configuration),
    ]),
  ),
  "a classifier of a table": hashTable,
  "an ensemble of a table, calibrated": hashEnsemble,
  "a regressor of amounts, with intervals": hashAmounts,
  "networks of two layers of a table": hashWide,
  "a classifier of a table whose rows have weights": hashWeighted,
  "a regressor of counts": hashCounts,
  "regressors of quantiles, medians and Huber's loss": hashQuantiles,
  "two targets of a table": hashTargets,
  "several labels a row of a table": hashLabels,
};

/** Hexadecimal, of the bytes of all parts one after another. */
export async function sha256(...parts: (Float32Array | Uint8Array)[]): Promise<string> {
  const all = new Uint8Array(parts.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const { buffer, byteOffset, byteLength } of parts) {
    all.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += byteLength;
  }
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", all));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

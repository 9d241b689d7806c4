/**
 * R1: same seed, same bytes. SHA-256 of the weights and of the predictions after a short training, for configurations that
 * go through every kernel, against what Node 20 wrote down (tests/golden/bytes.json). The gate runs this on Node 20 and 24,
 * without and with turbo. `WASMLP_WRITE_BYTES=1` writes the file anew: only when a change is meant to move bits.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { FitOptions } from "../src/index.js";
import {
  adam,
  cosineDecay,
  Dataset,
  exponentialDecay,
  inverseTimeDecay,
  MLP,
  type MLPOptions,
  sgd,
  stepDecay,
  warmup,
} from "../src/index.js";
import { Random } from "../src/random.js";

interface Configuration {
  model: MLPOptions;
  fit?: FitOptions;
  /** Share of inputs that are not zero; below 0.4 zeros are skipped. */
  density?: number;
  bytes?: boolean;
}

const wide = [48, 40, 5];
const configurations: Record<string, Configuration> = {
  defaults: { model: { layers: [6, 20, 4] } },
  "softmax regression": { model: { layers: [9, 3] } },
  "sigmoid hidden": { model: { layers: [6, 17, 4], activation: "sigmoid" } },
  "tanh hidden": { model: { layers: [6, 33, 4], activation: "tanh" } },
  "identity hidden": { model: { layers: [6, 12, 4], activation: "identity" } },
  "three hidden layers": { model: { layers: [10, 33, 18, 7, 3] } },
  "sigmoid output": { model: { layers: [6, 20, 3], output: "sigmoid" } },
  "linear output": { model: { layers: [6, 20, 2], output: "linear", activation: "tanh" } },
  "he-uniform": { model: { layers: [6, 20, 4], init: "he-uniform", seed: 7 } },
  "xavier-normal": { model: { layers: [6, 20, 4], init: "xavier-normal", seed: 7 } },
  "xavier-uniform": { model: { layers: [6, 20, 4], init: "xavier-uniform", seed: 2 ** 40 } },
  gaussian: { model: { layers: [6, 20, 4], init: { gaussian: 0.3 } } },
  sgd: { model: { layers: [6, 20, 4] }, fit: { optimizer: sgd({ learningRate: 0.1 }) } },
  momentum: { model: { layers: [6, 20, 4] }, fit: { optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }) } },
  nesterov: {
    model: { layers: [6, 20, 4] },
    fit: { optimizer: sgd({ learningRate: 0.05, momentum: 0.9, nesterov: true }) },
  },
  "l1 and l2": { model: { layers: [6, 20, 4] }, fit: { l1: 0.001, l2: 0.01 } },
  "step decay": {
    model: { layers: [6, 20, 4] },
    fit: { optimizer: sgd({ learningRate: stepDecay({ initial: 0.2, rate: 0.7, every: 3 }) }) },
  },
  "exponential decay per step": {
    model: { layers: [6, 20, 4] },
    fit: { optimizer: sgd({ learningRate: exponentialDecay({ initial: 0.2, rate: 0.9, every: 7, unit: "step" }) }) },
  },
  "inverse-time decay": {
    model: { layers: [6, 20, 4] },
    fit: { optimizer: adam({ learningRate: inverseTimeDecay({ initial: 0.02, rate: 0.5, every: 2 }) }) },
  },
  "warm-up and cosine": {
    model: { layers: [6, 20, 4] },
    fit: { optimizer: adam({ learningRate: warmup({ over: 3, then: cosineDecay({ initial: 0.02, over: 6 }) }) }) },
  },
  "held-out rows, whole batch, no shuffling": {
    model: { layers: [6, 20, 4] },
    fit: { validation: 0.25, batchSize: 1000, shuffle: false },
  },
  "wide, dense": { model: { layers: wide }, fit: { batchSize: 50 } },
  "wide, sparse": { model: { layers: wide }, fit: { batchSize: 50 }, density: 0.2 },
  "wide, sparse bytes": { model: { layers: wide }, fit: { batchSize: 50 }, density: 0.2, bytes: true },
  "dropout of inputs and tanh": {
    model: { layers: [6, 20, 12, 4], activation: "tanh" },
    fit: { dropout: { input: 0.1, hidden: 0.4 } },
  },
  "dropout of sparse inputs": {
    model: { layers: wide },
    fit: { batchSize: 50, dropout: { input: 0.2, hidden: 0.5 } },
    density: 0.2,
  },
  "balanced classes, clipped": { model: { layers: [6, 20, 4] }, fit: { classWeights: "balanced", clipNorm: 0.1 } },
  "early stopping and plateau": {
    model: { layers: [6, 40, 4] },
    fit: {
      epochs: 40,
      optimizer: sgd({ learningRate: 0.3, momentum: 0.9 }),
      validation: 0.3,
      earlyStopping: { patience: 6 },
      reduceOnPlateau: { patience: 2, factor: 0.5 },
    },
  },
  "packed panels and stretches": { model: { layers: [700, 260, 6] }, fit: { epochs: 1, batchSize: 64 } },
};

function rowsFor({ model, density = 1, bytes }: Configuration): Dataset {
  const { layers, output = "softmax" } = model;
  const random = new Random(99);
  const [inputs, outputs] = [layers[0], layers[layers.length - 1]];
  const rows = 150;
  const draw = () => (random.uniform() < density ? (bytes ? 1 + random.below(255) : random.normal()) : 0);
  const x = new (bytes ? Uint8Array : Float32Array)(rows * inputs).map(draw);
  const y = Array.from({ length: rows * (output === "softmax" ? 1 : outputs) }, () =>
    output === "softmax" ? random.below(outputs) : output === "sigmoid" ? random.below(2) : random.normal(),
  );
  return Dataset.from({ x, y, rows, ...(bytes ? { scale: 1 / 255 } : {}) });
}

async function hash(configuration: Configuration): Promise<string> {
  const data = rowsFor(configuration);
  const net = await MLP.create({ seed: 5, ...configuration.model });
  await net.fit(data, { epochs: 6, batchSize: 16, ...configuration.fit });
  const sum = createHash("sha256");
  for (const { weights, biases } of net.parameters()) sum.update(bytesOf(weights)).update(bytesOf(biases));
  sum.update(bytesOf(net.predictProba(data)));
  return sum.digest("hex");
}

const bytesOf = (floats: Float32Array) => new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength);

const file = new URL("golden/bytes.json", import.meta.url);

if (process.env.WASMLP_WRITE_BYTES === "1") {
  const written: Record<string, string> = {};
  for (const [name, configuration] of Object.entries(configurations)) written[name] = await hash(configuration);
  writeFileSync(file, `${JSON.stringify(written, null, 2)}\n`);
}
const golden: Record<string, string> = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};

describe("same seed, same bytes", () => {
  it("is written down for every configuration", () => {
    expect(Object.keys(golden)).toEqual(Object.keys(configurations));
    expect(new Set(Object.values(golden)).size).toBe(Object.keys(golden).length);
  });

  for (const [name, configuration] of Object.entries(configurations)) {
    it(name, async () => expect(await hash(configuration)).toBe(golden[name]));
  }

  it("control: one seed further is other bytes", async () => {
    const other = await hash({ model: { ...configurations.sgd.model, seed: 6 }, fit: configurations.sgd.fit });
    expect(other).not.toBe(golden.sgd);
  });
});

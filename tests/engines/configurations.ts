/**
 * What must give the same bytes everywhere: trainings that go through every kernel, and the SHA-256 of what they leave.
 * The library is handed in, so that vitest hashes src/ and every other engine what is published; nothing here is Node's.
 */

import { Random } from "../../src/ground/random.js";
import type { Dataset, FitOptions, MLPOptions } from "../../src/index.js";

/** The public names, of src/ or of dist/. */
export type Library = typeof import("../../src/index.js");

export interface Configuration {
  model: MLPOptions;
  options?: (library: Library) => FitOptions;
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

export function rowsFor({ Dataset }: Library, { model, density = 1, bytes }: Configuration): Dataset {
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

/** Every golden hash, computed anew, by its name in tests/golden/bytes.json. */
export const hashes: Record<string, (library: Library) => Promise<string>> = {
  ...Object.fromEntries(
    Object.entries(configurations).map(([name, configuration]) => [
      name,
      (library: Library) => hash(library, configuration),
    ]),
  ),
  "a classifier of a table": hashTable,
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

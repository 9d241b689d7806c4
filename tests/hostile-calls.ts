/** A valid call of every public function, static and instance method of every entry: what hostile arguments are put into. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as idx from "../src/idx.js";
import * as index from "../src/index.js";
import * as migrate from "../src/migrate.js";
import * as node from "../src/node.js";
import * as onnx from "../src/onnx.js";
import * as pool from "../src/pool.js";
import * as slim from "../src/slim.js";
import * as standalone from "../src/standalone.js";
import * as study from "../src/study.js";
import * as turbo from "../src/turbo.js";
import * as worker from "../src/worker.js";
import { elsewhere } from "./exchange/elsewhere.js";
import { read } from "./house.js";
import { ML5 } from "./import-targets.js";

const { adam, Classifier, Dataset, inTurns, MLP, Regressor, sgd } = index;

/** What the entries export, by entry. */
export const ENTRIES: Record<string, Record<string, unknown>> = {
  ...{ index, slim, idx, migrate, node, onnx, pool, standalone, study, turbo, worker },
};

/** What a method is called on, and what must be as it was after a refusal. */
export interface Subject {
  readonly object: object;
  /** All that it holds, as text; asking proves that it works. */
  state(): string;
}

/** A valid call. */
export interface Door {
  /** Arguments, made anew for each call. */
  readonly args: () => unknown[];
  /** What its errors begin with. Default: the function's name. */
  readonly says?: string;
  /** What else is called instead of what the entries export by that name. */
  readonly call?: (object: never, ...args: never[]) => unknown;
  /** How often each value meets a place of the call. Default: 3. */
  readonly rounds?: number;
  /** Whether values that change when they are asked again are left out: it is slow, and another door's affair. */
  readonly steady?: boolean;
  /** Places where large numbers are valid and make for much work. */
  readonly long?: RegExp;
}

const POINTS = { x: [[0, 0.5], [1, 0.25], [0, 1], [1, 0]], y: [0, 1, 1, 0] }; // biome-ignore format: four points
const rows = () =>
  Array.from({ length: 12 }, (_, r) => ({ size: r + 0.5, colour: r % 3 ? "red" : "blue", kind: r % 2 ? "a" : "b" }));
const values = () => rows().map(({ size, colour }) => ({ size, colour, price: 3 * size }));
const data = () => Dataset.from(POINTS);
/** Epochs may be very many: the clock ends them. */
const signal = () => AbortSignal.timeout(30);

const bytes = (array: { buffer: ArrayBufferLike; byteOffset: number; byteLength: number }) =>
  Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64");

const saved = await (async () => {
  const net = await MLP.create({ layers: [2, 3, 2], seed: 1 });
  await net.fit(data(), { epochs: 2 });
  const classifier = await Classifier.fit(rows(), { target: "kind", hidden: [4], epochs: 2, validation: 0.5 });
  const regressor = await Regressor.fit(values(), { target: "price", hidden: [4], epochs: 2, validation: 0.5 });
  const resume = { resume: true };
  return { MLP: net.save(resume), Classifier: classifier.save(resume), Regressor: regressor.save(resume) };
})();

const network = async () => MLP.load<"softmax">(saved.MLP.slice());
const stateOf = (net: index.MLP) => `${bytes(net.save({ resume: true }))} ${net.predictProba([[0, 1]])}`;
const stateOfTable = (model: index.Classifier | index.Regressor) =>
  `${bytes(model.save({ resume: true }))} ${JSON.stringify(model.predict(rows().slice(0, 1)))} ${model.warnings.length}`;

const quantiles = await Regressor.fit(values(), {
  ...{ target: "price", hidden: [4], epochs: 2 },
  loss: { quantiles: [0.2, 0.8] },
});

/** Makes what methods are called on, by class. */
export const SUBJECTS: Record<string, () => Promise<Subject>> = {
  MLP: async () => {
    const object = await network();
    return { object, state: () => stateOf(object) };
  },
  Dataset: async () => {
    const object = data();
    return { object, state: () => `${bytes(object.x)} ${bytes(object.y)} ${object.take([0]).rows}` };
  },
  Classifier: async () => {
    const object = await Classifier.load(saved.Classifier.slice());
    return { object, state: () => stateOfTable(object) };
  },
  Regressor: async () => {
    const object = await Regressor.load(saved.Regressor.slice());
    return { object, state: () => stateOfTable(object) };
  },
  Trainer: async () => {
    const net = await network();
    const object = net.trainer({ optimizer: sgd({ learningRate: 0.1 }), average: 0.9 });
    return { object, state: () => `${stateOf(net)} ${object.isCurrent} ${object.steps}` };
  },
  Study: async () => {
    const object = new study.Study({ space: STUDIED(), pruner: "asha", seed: 1 });
    for (let t = 0; t < 5; t++) {
      const { trial } = await object.ask();
      object.report(trial, 1, t);
      if (t < 4) await object.tell(trial, t);
    }
    return { object, state: () => JSON.stringify([object.trials, object.isReady, object.importance()]) };
  },
  "inTurns(MLP)": async () => {
    const net = await network();
    return { object: inTurns(net), state: () => stateOf(net) };
  },
  "inTurns(Classifier)": async () => {
    const model = await Classifier.load(saved.Classifier.slice());
    return { object: inTurns(model), state: () => stateOfTable(model) };
  },
  "inTurns(Regressor)": async () => {
    const model = await Regressor.load(saved.Regressor.slice());
    return { object: inTurns(model), state: () => stateOfTable(model) };
  },
};

/** What a study may try. */
const STUDIED = () => ({ x: { low: 1, high: 9, log: true, whole: true }, kind: ["a", ["b", 1]] });

/** Where the functions of the file system are tried: names without a folder are of this one. */
export const folder = mkdtempSync(join(tmpdir(), "hostile-"));
const file = join(folder, "valid.model");
writeFileSync(file, saved.MLP);

const none: Door = { args: () => [], rounds: 1 };
const ids = () => [[0, 1, 1, 0], [0, 1, 0, 0]]; // biome-ignore format: two lists
const pairs: Door = { args: ids };
const probabilities = [0.9, 0.1, 0.2, 0.8, 0.3, 0.7, 0.6, 0.4];
const decay = () => [{ initial: 0.1, rate: 0.5, every: 10, unit: "epoch" }];
const time = () => [{ epoch: 1, step: 2 }];
const schedule = (name: string, call: (time: never) => unknown): Record<string, Door> => ({
  [`${name}()`]: { args: time, says: name.replace(/\(.*/, ""), call: (_: never, moment: never) => call(moment) },
});

const FIT = () => ({
  ...{ epochs: 2, batchSize: 2, shuffle: true, validation: 0.5, classWeights: [1, 2], l1: 0.1, l2: 0.1, clipNorm: 1 },
  ...{ optimizer: { ...adam() }, dropout: { input: 0.1, hidden: 0.1 }, signal: signal(), resume: false },
  earlyStopping: { patience: 1, minDelta: 0, relativeDelta: 0.1, monitor: "loss", start: 0, baseline: 1 },
  reduceOnPlateau: { factor: 0.5, patience: 1, minDelta: 0, minRate: 0, monitor: "loss", cooldown: 1 },
  onEpoch: () => 1,
});
const OWN = () => ({
  earlyStopping: { monitor: { name: "own", score: () => 1, better: "higher" } },
  reduceOnPlateau: { monitor: { name: "other", score: () => 1, better: "lower" } },
});
const TRAINER = () => {
  const { l1, l2, clipNorm, dropout, resume, classWeights } = FIT();
  return {
    optimizer: { ...sgd({ learningRate: 0.1, momentum: 0.9 }) },
    ...{ l1, l2, clipNorm, dropout, resume, classWeights },
  };
};
/** What there is one of each layer of a net of two, and the average: options of networks alone. */
const LAYERED = () => ({
  l1: [0.1, 0],
  maxNorm: [1, 2],
  layerRates: [0.5, 1],
  average: 0.9,
  dropout: { hidden: [0.1] },
});
const TABLE = (target: string) => {
  const { resume, classWeights, validation, ...rest } = FIT();
  return {
    ...{ ...rest, target, hidden: [3, 2], activation: ["relu", "tanh"], init: "he-normal", seed: 1, strict: false },
    ...{ columns: { size: "number", colour: "text" }, maxCategories: 5, missing: ["none", "n/a"], onWarning: () => 1 },
  };
};
const LABELLED = () => ({ ...TABLE("kind"), classWeights: { a: 1, b: 2 } });
const online = () => {
  const { classWeights, resume, ...rest } = TRAINER();
  return { ...rest, batchSize: 4 };
};
/** Of the trials of a search, of the repeats of an importance. */
const LONG = /epochs|trials|repeats/;
const WORK = () => [data(), { epochs: 1, batchSize: 2, signal: signal() }];
const SPACE = () => ({ hidden: [[2], [3, 2]], learningRate: { low: 1e-3, high: 0.1, log: true }, l2: [0, 0.1] });

/** The methods that the models of tables share. */
function table(name: string, own: () => object[], options: () => object): Record<string, Door> {
  const split = () => ({ ...options(), validation: own().slice(0, 4) });
  const Kind = name === "Classifier" ? Classifier : Regressor;
  return {
    [`new ${name}`]: { args: () => [], says: `new ${name}` },
    [`${name}.fit`]: { args: () => [own(), split()], long: LONG },
    [`${name}.load`]: { args: () => [saved[name as "Classifier"]] },
    [`${name}.crossValidate`]: {
      args: () => [own(), { ...options(), folds: 2, onFold: () => 1 }],
      rounds: 1,
      long: LONG,
    },
    [`${name}.search`]: {
      args: () => [
        own(),
        SPACE(),
        { ...options(), activation: "relu", trials: 2, folds: 2, rankBy: undefined, onTrial: () => 1 },
      ],
      ...{ rounds: 1, long: LONG },
    },
    [`${name}.search(rows, options)`]: {
      args: () => [own(), { ...options(), trials: 1, folds: 2, time: 100 }],
      call: (_: never, ...args: never[]) => Reflect.apply(Kind.search, Kind, args),
      ...{ says: `${name}.search`, rounds: 1, long: LONG },
    },
    [`${name}#predict`]: { args: () => [own().slice(0, 2)] },
    [`${name}#predict(row)`]: { args: () => [own()[0]], says: "predict", call: predictOne },
    [`${name}#encode`]: { args: () => [own()] },
    [`${name}#dataset`]: { args: () => [own()] },
    [`${name}#evaluate`]: { args: () => [own(), { weights: own().map(() => 2) }] },
    [`${name}#partialFit`]: { args: () => [own(), online()] },
    [`${name}#valuesOf`]: { args: () => [own(), "size"] },
    [`${name}#importance`]: { args: () => [own(), { repeats: 2, seed: 1 }], long: LONG },
    [`${name}#explain`]: { args: () => [own()[0], { background: own(), samples: 4, seed: 1 }] },
    [`${name}#partialDependence`]: { args: () => [own(), "size", { points: 3 }] },
    [`${name}#save`]: { args: () => [{ resume: true }] },
    [`${name}#save(weights)`]: {
      ...{ args: () => [{ weights: "int8" }], says: "save" },
      call: (model: never, ...args: never[]) => (model as index.Regressor).save(...args),
    },
    ...Object.fromEntries(
      ["history", "net", "target", "columns", "featureNames", "schema", "summary"].map((get) => [
        `${name}#${get}`,
        none,
      ]),
    ),
    [`inTurns(${name})#predict`]: { args: () => [own()] },
    [`inTurns(${name})#evaluate`]: { args: () => [own()] },
    [`inTurns(${name})#partialFit`]: { args: () => [own(), online()] },
  };
}

function predictOne(model: never, row: never): unknown {
  return (model as index.Regressor).predict(row as object);
}

/** By the names that `gather` gives what the entries export; what has brackets is another way to call it. */
export const CALLS: Record<string, Door> = {
  "new MLP": { args: () => [], says: "new MLP" },
  "MLP.create": {
    args: () => [
      {
        layers: [2, 3, 2],
        activation: ["relu"],
        output: "softmax",
        normalization: ["batch"],
        init: { gaussian: 1 },
        seed: 1,
      },
    ],
  },
  "MLP.load": { args: () => [saved.MLP] },
  "MLP.fromSafetensors": {
    args: () => [SAFETENSORS.slice(), { activation: "relu", output: "softmax", seed: 1, layers: ["0", "2"] }],
  },
  "MLP#fit": { args: () => [data(), { ...FIT(), ...LAYERED() }] },
  "MLP#fit(scores)": {
    ...{ args: () => [data(), { epochs: 2, validation: 0.5, signal: signal(), ...OWN() }], says: "fit" },
    call: (net: never, ...args: [never, never]) => (net as index.MLP).fit(...args),
  },
  "MLP#trainer": { args: () => [{ ...TRAINER(), ...LAYERED() }] },
  "MLP#predictProba": { args: () => [[[0, 1], [1, 1]], new Float32Array(4)] }, // biome-ignore format: rows
  "MLP#predict": { args: () => [[[0, 1], [1, 1]]] }, // biome-ignore format: rows
  "MLP#predict(flat)": { args: () => [[0, 1, 1, 1]], says: "predict", call: (net, x) => (net as index.MLP).predict(x) },
  "MLP#logits": { args: () => [[[0, 1], [1, 1]]] }, // biome-ignore format: rows
  "MLP#predictLogProba": { args: () => [[[0, 1], [1, 1]]] }, // biome-ignore format: rows
  "MLP#activations": { args: () => [[[0, 1], [1, 1]], 1] }, // biome-ignore format: rows
  "MLP#evaluate": { args: () => [data()] },
  "MLP#setParameters": {
    args: () => [
      [
        { weights: [1, 2, 3, 4, 5, 6], biases: new Float32Array(3) },
        { weights: [[1, 2], [3, 4], [5, 6]], biases: [1, 2] }, // biome-ignore format: rows
      ],
    ],
  },
  "MLP#save": { args: () => [{ resume: true }] },
  "MLP#save(weights)": {
    ...{ args: () => [{ weights: "f16", resume: false }], says: "save" },
    call: (net: never, ...args: never[]) => (net as index.MLP).save(...args),
  },
  "MLP#toSafetensors": { args: () => [{ layout: "torch" }] },
  ...Object.fromEntries(
    [
      "history",
      "layers",
      "activation",
      "output",
      "loss",
      "normalization",
      "design",
      "design",
      "parameterCount",
      "parameters",
      "summary",
    ].map((get) => [`MLP#${get}`, none]),
  ),
  "inTurns(MLP)#predict": { args: () => [POINTS.x] },
  "inTurns(MLP)#predictProba": { args: () => [POINTS.x, new Float32Array(8)] },
  "inTurns(MLP)#evaluate": { args: () => [data()] },
  "Trainer#step": { args: () => [POINTS.x, POINTS.y, [1, 2, 0, 1]] },
  "Trainer#forward": { args: () => [POINTS.x] },
  "Trainer#backward": {
    ...{ args: () => [new Float32Array(8), { by: "logits", inputs: true }] },
    call: (trainer: never, ...args: [never, never]) => {
      (trainer as index.Trainer).forward(POINTS.x);
      return (trainer as index.Trainer).backward(...args);
    },
  },
  "Trainer#update": {
    ...{ args: () => [] },
    call: (trainer: never) => {
      (trainer as index.Trainer).forward(POINTS.x);
      (trainer as index.Trainer).backward(new Float32Array(8));
      return (trainer as index.Trainer).update();
    },
  },
  "Trainer#epoch=": { args: () => [3], says: "epoch", call: (trainer, epoch) => Reflect.set(trainer, "epoch", epoch) },
  ...Object.fromEntries(
    ["steps", "epoch", "isCurrent", "learningRate", "averagedParameters", "gradients"].map((get) => [
      `Trainer#${get}`,
      none,
    ]),
  ),

  "new Dataset": { args: () => [], says: "new Dataset" },
  "Dataset.from": { args: () => [{ ...POINTS, rows: 4 }] },
  "Dataset.from(bytes)": {
    ...{ args: () => [{ x: new Uint8Array(8), y: [0, 1, 1, 0], rows: 4, scale: 1 / 255 }], says: "Dataset.from" },
    call: (_: never, options: never) => Dataset.from(options),
  },
  "Dataset#withTargets": { args: () => [[[0], [1], [1], [0]]] },
  "Dataset#take": { args: () => [[3, 0]] },
  "Dataset#split": { args: () => [{ test: 0.5, seed: 1, stratify: true }] },
  "Dataset#folds": { args: () => [{ folds: 2, seed: 1, stratify: true }] },
  "Dataset#computeScaling": none,
  "Dataset#standardise": { args: () => [{ mean: [0, 1], deviation: [1, 2] }] },
  "Dataset#batches": { args: () => [{ size: 2, seed: 1 }] },

  ...table("Classifier", rows, LABELLED),
  "Classifier#explain": { args: () => [rows()[0], { background: rows(), label: "a", samples: 4, seed: 1 }] },
  "Classifier#labels": none,
  "Classifier#calibration": none,
  "Classifier#predict(costs)": {
    args: () => [rows().slice(0, 2), { costs: { a: { b: 2 } } }],
    says: "predict",
    call: (model: index.Classifier, ...args: Parameters<index.Classifier["predict"]>) => model.predict(...args),
  },
  "Classifier#predictSet": { args: () => [rows().slice(0, 2), { coverage: 0.8 }] },
  "Regressor#predictInterval": { args: () => [values().slice(0, 2), { coverage: 0.8 }] },
  "Regressor#predictQuantiles": {
    args: () => [values().slice(0, 2)],
    call: (_: never, rows: never) => quantiles.predictQuantiles(rows),
  },
  "Regressor#quantiles": none,
  "Classifier#predictProba": { args: () => [rows(), new Float32Array(24)] },
  "inTurns(Classifier)#predictProba": { args: () => [rows(), new Float32Array(24)] },
  ...table("Regressor", values, () => TABLE("price")),
  splitRows: { args: () => [rows(), { test: 0.5, seed: 1, stratify: "kind" }] },
  inTurns: { args: () => [net] },

  ...Object.fromEntries(
    [
      ...["accuracy", "balancedAccuracy", "matthewsCorrelation", "r2"],
      ...["meanSquaredError", "meanAbsoluteError", "rootMeanSquaredError", "logCosh"],
    ].map((name) => [name, pairs]),
  ),
  confusionMatrix: { args: () => [...ids(), 2] },
  precisionRecallF1: { args: () => [...ids(), 2] },
  ...Object.fromEntries(
    ["logLoss", "rocAuc", "brierScore", "rocCurve", "precisionRecallCurve", "averagePrecision"].map((name) => [
      name,
      { args: () => [ids()[0], [...probabilities]] },
    ]),
  ),
  fBeta: { args: () => [...ids(), { beta: 2, classes: 2 }] },
  topKAccuracy: { args: () => [ids()[0], [...probabilities], { k: 1, classes: 2 }] },
  calibrationError: { args: () => [ids()[0], [...probabilities], { bins: 10 }] },

  sgd: { args: () => [{ learningRate: 0.1, momentum: 0.9, nesterov: true }] },
  adam: { args: () => [{ learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, amsgrad: true }] },
  adamw: {
    args: () => [{ learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, amsgrad: true, weightDecay: 0.1 }],
  },
  rmsprop: { args: () => [{ learningRate: 0.1, decay: 0.9, momentum: 0.9, centered: true, epsilon: 1e-8 }] },
  adagrad: { args: () => [{ learningRate: 0.1, initialAccumulator: 0.1, epsilon: 1e-10 }] },
  nadam: { args: () => [{ learningRate: 0.1, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, momentumDecay: 0.004 }] },
  lion: { args: () => [{ learningRate: 0.1, beta1: 0.9, beta2: 0.99, weightDecay: 0.1 }] },
  lbfgs: { args: () => [{ memory: 5, evaluations: 10, tolerance: 1e-6 }] },
  ...{ stepDecay: { args: decay }, exponentialDecay: { args: decay }, inverseTimeDecay: { args: decay } },
  cosineDecay: { args: () => [{ initial: 0.1, final: 0.01, over: 10, unit: "step" }] },
  polynomialDecay: { args: () => [{ initial: 0.1, final: 0.01, power: 2, over: 10, unit: "step" }] },
  cosineRestarts: { args: () => [{ initial: 0.1, final: 0.01, period: 10, factor: 2, unit: "step" }] },
  piecewise: { args: () => [{ rates: [0.1, 0.05, 0.01], boundaries: [10, 20], unit: "step" }] },
  oneCycle: { args: () => [{ peak: 0.1, over: 9, rise: 0.5, initialDivisor: 2, finalDivisor: 3, unit: "step" }] },
  warmup: { args: () => [{ over: 10, then: 0.1, from: 0.01, unit: "epoch" }] },
  ...schedule("stepDecay", index.stepDecay({ initial: 1, rate: 0.5, every: 2 })),
  ...schedule("exponentialDecay", index.exponentialDecay({ initial: 1, rate: 0.5, every: 2 })),
  ...schedule("inverseTimeDecay", index.inverseTimeDecay({ initial: 1, rate: 0.5, every: 2 })),
  ...schedule("cosineDecay", index.cosineDecay({ initial: 1, over: 2 })),
  ...schedule("polynomialDecay", index.polynomialDecay({ initial: 1, power: 0.5, over: 2 })),
  ...schedule("cosineRestarts", index.cosineRestarts({ initial: 1, period: 2, factor: 1.5 })),
  ...schedule("piecewise", index.piecewise({ rates: [1, 0.5], boundaries: [2] })),
  ...schedule("oneCycle", index.oneCycle({ peak: 1, over: 9 })),
  ...schedule("warmup", index.warmup({ over: 2, then: 0.1 })),
  ...schedule("warmup(from)", index.warmup({ over: 2, from: 0, then: index.cosineDecay({ initial: 1, over: 2 }) })),

  init: { args: () => [CORE.slice(), EXTRA.slice()] },
  readIdx: { args: () => [new Uint8Array([0, 0, 8, 1, 0, 0, 0, 2, 5, 6])] },
  fromBrain: { args: () => [{ one: BRAIN() }, { key: "one" }] },
  fromTfjs: { args: () => [TFJS(), [new Float32Array(6), new Float32Array(2)]] },
  fromKeras: { args: () => [elsewhere("float64.keras")] },
  fromSklearn: { args: () => [elsewhere("travellers.safetensors")] },
  fromMl5: { args: () => [ML5.model, ML5.weights, ML5.meta] },
  fromTorch: { args: () => [elsewhere("state-dict.pt"), { activation: "tanh", output: "linear", layers: ["0", "2"] }] },
  saveFile: { args: () => [join(folder, "other.model"), net, { resume: true }] },
  loadFile: { args: () => [file, MLP] },
  fromOnnx: { args: () => [onnx.toOnnx(net)] },
  toOnnx: { args: () => [net, { opset: 17 }] },
  toModule: { args: () => [net, { weights: "f16" }] },
  toWasm: { args: () => [net, { weights: "int8" }] },
  turbo: none,
  createPool: { args: () => [{ workers: 2 }] },
  "new Study": {
    args: () => [
      {
        ...{ space: STUDIED(), sampler: "tpe", maximize: false, seed: 1, parallel: 4 },
        pruner: { name: "asha", least: 1, eta: 4, trials: 5 },
        journal: { lines: [], append: () => Promise.resolve() },
      },
    ],
    says: "new Study",
  },
  "Study#ask": none,
  "Study#report": { args: () => [4, 9, 0.5] },
  "Study#tell": { args: () => [4, 0.5] },
  "Study#tell(outcome)": {
    ...{ args: () => [4, { error: "no" }], says: "tell" },
    call: (object: never, ...args: [never, never]) => (object as study.Study).tell(...args),
  },
  "Study#run": {
    args: () => [() => 1, { trials: 8, time: 100, workers: 2, signal: signal(), onTrial: () => 1 }],
    ...{ rounds: 1, long: LONG },
  },
  ...Object.fromEntries(["trials", "bestTrial", "isReady", "importance"].map((get) => [`Study#${get}`, none])),
  isPruned: {
    args: () => [{ limits: [{ step: 1, value: 2 }], pruner: "asha", maximize: false }, [{ step: 1, value: 3 }]],
  },
  trainMany: {
    args: () => [
      Regressor,
      values(),
      { by: "colour", test: 0.3, target: "price", hidden: [2], ensemble: 1, epochs: 1, seed: 1, onGroup: () => 1 },
    ],
    ...{ says: "(trainMany|Regressor.fit)", rounds: 1, long: LONG, steady: true },
  },
  openJournal: {
    args: () => [join(folder, "study.jsonl"), { takeOver: false }],
    call: async (_: never, ...args: [never, never]) => (await node.openJournal(...args)).close(),
    says: "(openJournal|File)",
  },
  openFolder: {
    args: () => [join(folder, "models"), { takeOver: false }],
    call: async (_: never, ...args: [never, never]) => (await node.openFolder(...args)).close(),
    says: "(openFolder|File)",
  },
  fitInWorker: { args: () => [net, ...WORK()], says: "(fitInWorker|fit)", rounds: 1, long: LONG },
  "MLP#fit(worker)": {
    ...{ args: WORK, says: "fit", rounds: 1, long: LONG },
    call: (own: never, ...args: [never, never]) => worker.fitInWorker(own, ...args),
  },
  "fitInWorker(Classifier)": {
    ...{
      args: () => [rows(), { target: "kind", hidden: [2], epochs: 1 }],
      says: "Classifier.fit",
      rounds: 1,
      long: LONG,
      steady: true,
    },
    call: (_: never, ...args: [never, never]) => worker.fitInWorker(Classifier, ...args),
  },
};

const net = await network();
const SAFETENSORS = net.toSafetensors();
const { readFileSync } = await import("node:fs");
const CORE = readFileSync(new URL("../build/core.wasm", import.meta.url));
const EXTRA = readFileSync(new URL("../build/extra.wasm", import.meta.url));
const BRAIN = () => JSON.parse(read("tests/records/brain.json")).records[0].network;
const TFJS = () => ({
  modelTopology: {
    class_name: "Sequential",
    config: {
      name: "s",
      layers: [
        {
          class_name: "Dense",
          config: { name: "d", units: 2, activation: "softmax", use_bias: true, batch_input_shape: [null, 3] },
        },
      ],
    },
  },
  weightsManifest: [
    {
      paths: ["x"],
      weights: [
        { name: "d/kernel", shape: [3, 2], dtype: "float32" },
        { name: "d/bias", shape: [2], dtype: "float32" },
      ],
    },
  ],
});

/** What the classes have that is no promise to anyone: it is not in the declarations that are published, or private there. */
const INTERNAL = new Set([
  ...["constructor", "toString", "toJSON", "MLP.restore", "MLP#scoreSlices", "Dataset.trusted"],
  ...["Dataset#copy", "Dataset#drawSplit", "Dataset#classIds", "Classifier.read", "Regressor.read"],
  ...["Classifier#byLabel", "Classifier#score", "Classifier#describeTarget", "Regressor#decode", "Regressor#score"],
  ...["askNext", "place", "waiting", "isSettled", "tooMany", "notOpen", "copy"].map((own) => `Study#${own}`),
  ...["Regressor#describeTarget", "Classifier#hasSets", "Classifier#kind", "MLP#savedWith"],
  ...["Classifier", "Regressor"].flatMap((name) =>
    ["read", "readSlices", "keep", "answerOne", "answerAll", "learnSlices", "saved"].map((own) => `${name}#${own}`),
  ),
  ...[
    "nextRate",
    "begin",
    "forget",
    "piece",
    "close",
    "refuse",
    "refuseReplaced",
    "measure",
    "apply",
    "updateWithCare",
    "updateStretch",
    "countStep",
    "move",
    "averageSlices",
  ].map((own) => `Trainer#${own}`),
]);

const isPublic = (name: string) => !INTERNAL.has(name) && !INTERNAL.has(name.replace(/^.*[#.]/, ""));

/** The names of all that can be called: exported functions, statics, methods and getters of what the exports make. */
export async function gather(entries = ENTRIES): Promise<string[]> {
  const names = new Set<string>();
  for (const entry of Object.values(entries)) {
    for (const [name, value] of Object.entries(entry)) {
      if (typeof value !== "function") continue;
      const isClass = /^class\b/.test(Function.prototype.toString.call(value));
      names.add(isClass ? `new ${name}` : name);
      if (!isClass) continue;
      for (const own of Object.getOwnPropertyNames(value)) {
        if (typeof (value as unknown as Record<string, unknown>)[own] === "function") names.add(`${name}.${own}`);
      }
      if (!(name in SUBJECTS)) names.add(`${name}#?`);
    }
  }
  for (const [name, make] of Object.entries(SUBJECTS)) {
    const { object } = await make();
    if (name.startsWith("inTurns")) for (const own of Object.keys(object)) names.add(`${name}#${own}`);
    for (let proto = Object.getPrototypeOf(object); proto !== Object.prototype; proto = Object.getPrototypeOf(proto)) {
      for (const own of Object.getOwnPropertyNames(proto)) names.add(`${name}#${own}`);
    }
  }
  return [...names].filter(isPublic);
}

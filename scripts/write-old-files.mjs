/**
 * `node scripts/write-old-files.mjs FOLDER`: writes to tests/old/VERSION what a built release in FOLDER saves of small models,
 * one file of each kind, and in answers.json what it answers: tests/file/old-files.test.ts holds later releases to it. FOLDER
 * is a checkout of the release in which `npm ci && npm run build` ran. What is written is committed and never written again.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [given] = process.argv.slice(2);
if (given === undefined) throw new TypeError("write-old-files: a folder of a built release must be given, got none.");
const folder = pathToFileURL(`${resolve(given)}/`);
const { version } = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
const { adam, Classifier, Dataset, MLP, Regressor, sgd } = await import(new URL("dist/index.js", folder));
const { fromOnnx, toOnnx } = await import(new URL("dist/onnx.js", folder));

const target = new URL(`../tests/old/${version.split(".").slice(0, 2).join(".")}/`, import.meta.url);
mkdirSync(target, { recursive: true });
const save = (name, bytes) => writeFileSync(new URL(name, target), bytes);

/** Every bit of numbers in memory: float32 and int32 as hexadecimal, little-endian. */
const bits = (numbers) => Buffer.from(numbers.buffer, numbers.byteOffset, numbers.byteLength).toString("hex");

const parametersOf = (net) => net.parameters().map(({ weights, biases }) => bits(weights) + bits(biases));

/** A history under the names of today: a fit's best epoch was called "best" in 0.1. */
const historyOf = ({ history }) => {
  if (history === undefined) return undefined;
  const { best, ...rest } = history;
  return best === undefined ? rest : { ...rest, bestEpoch: best };
};

// Multiples of 1/8, which float32 holds and JSON writes without rounding.
const x = Array.from({ length: 24 * 3 }, (_, i) => ((i * 37) % 41) / 8 - 2.5);
const y = Array.from({ length: 24 }, (_, r) => (x[3 * r] + x[3 * r + 1] > 0 ? 1 : 0));
const data = Dataset.from({ x, y, rows: 24 });

/** What a network answers. */
const answersOf = (net) => ({
  layers: net.layers,
  activation: net.activation,
  output: net.output,
  history: historyOf(net),
  parameters: parametersOf(net),
  probabilities: bits(net.predictProba(data)),
  predictions: bits(net.predict(data)),
  scores: net.evaluate(data),
});

async function network() {
  const net = await MLP.create({ layers: [3, 5, 4, 2], activation: ["relu", "tanh"], seed: 1 });
  await net.fit(data, { epochs: 3, batchSize: 8, validation: 0.25 });
  save("network.model", net.save());
  save("network.onnx", toOnnx(net));
  save("network.safetensors", net.toSafetensors());
  const { net: back } = await fromOnnx(toOnnx(net));
  const stateDict = { activation: ["relu", "tanh"], output: "softmax" };
  const again = await MLP.fromSafetensors(net.toSafetensors(), stateDict);
  return {
    network: answersOf(net),
    onnx: { ...answersOf(back), history: undefined },
    stateDict: { options: stateDict, ...answersOf(again), history: undefined },
  };
}

/** A fit that stopped early, with its best epoch behind it: it goes on if the patience is longer. */
async function stoppedEarly() {
  const net = await MLP.create({ layers: [3, 6, 2], activation: "tanh", seed: 2 });
  const options = { batchSize: 5, validation: 0.25, dropout: { input: 0.1, hidden: 0.3 }, l2: 0.001 };
  const optimizer = { adam: { learningRate: 0.05 } };
  const train = (more) => net.fit(data, { ...options, ...more, optimizer: adam(optimizer.adam) });
  await train({ epochs: 40, earlyStopping: { patience: 2 } });
  if (net.history.stopped !== "early" || net.history.best === net.history.epochs.length - 1) {
    throw new Error(`write-old-files: the fit must stop early, got ${JSON.stringify(net.history)}.`);
  }
  save("stopped-early.model", net.save({ resume: true }));
  const before = answersOf(net);
  const resume = { ...options, epochs: 40, earlyStopping: { patience: 20 }, resume: true };
  await train(resume);
  if (net.history.best === before.history.bestEpoch) {
    throw new Error(`write-old-files: the fit must get better, got ${JSON.stringify(net.history)}.`);
  }
  return { ...before, resume: { optimizer, options: resume, after: answersOf(net) } };
}

/** A fit that its signal ended, by the whole of plain SGD with momentum. */
async function aborted() {
  const net = await MLP.create({ layers: [3, 4, 2], activation: "sigmoid", seed: 3 });
  const optimizer = { sgd: { learningRate: 0.1, momentum: 0.9, nesterov: true } };
  const controller = new AbortController();
  const onEpoch = ({ epoch }) => epoch === 2 && controller.abort();
  const options = { epochs: 7, batchSize: 7 };
  await net.fit(data, { ...options, optimizer: sgd(optimizer.sgd), signal: controller.signal, onEpoch });
  save("aborted.model", net.save({ resume: true }));
  const before = answersOf(net);
  await net.fit(data, { ...options, optimizer: sgd(optimizer.sgd), resume: true });
  return { ...before, resume: { optimizer, options: { ...options, resume: true }, after: answersOf(net) } };
}

/** Single updates, between two of which the model was saved. */
async function inTraining() {
  const net = await MLP.create({ layers: [3, 4, 1], output: "sigmoid", seed: 4 });
  const optimizer = { adam: { learningRate: 0.05 } };
  const options = { dropout: { hidden: 0.25 } };
  const trainer = net.trainer({ ...options, optimizer: adam(optimizer.adam) });
  const step = (from, part) => part.step(x.slice(3 * from, 3 * from + 12), y.slice(from, from + 4));
  for (const from of [0, 4, 8]) step(from, trainer);
  save("in-training.model", net.save({ resume: true }));
  const before = answersOf(net);
  const losses = [12, 16, 20].map((from) => step(from, trainer));
  return { ...before, resume: { optimizer, options, losses, after: answersOf(net) } };
}

const TOWNS = ["Bern", "Zürich", "東京", "a b", "x1"];

/** Rows with all kinds of columns and of cells; null and what is left out are missing. */
const rows = Array.from({ length: 30 }, (_, i) => ({
  id: 1000 + ((i * 17) % 30),
  age: i % 7 === 3 ? null : 20 + ((i * 13) % 41) / 4,
  height: `${150 + ((i * 29) % 40)}`,
  member: i % 11 === 5 ? undefined : i % 3 === 0,
  paid: i % 2 === 0,
  town: i % 10 === 9 ? "?" : TOWNS[(3 * i + (i % 4)) % 5],
  mixed: i % 4 === 0 ? "none" : i % 4,
  ticket: `T-${(i * 7) % 30}-${i}`,
  country: "CH",
  note: i,
  label: ["low", "größer", "high"][(i * 13) % 41 < 14 ? 0 : i % 3 === 0 ? 1 : 2],
  value: ((i * 13) % 41) / 4 - (i % 3 === 0 ? 2.5 : 0),
}));
const reading = { columns: { note: "ignore" }, maxCategories: 3, missing: ["?"] };

/** What a model of a table answers. */
const tableAnswers = (model) => ({
  target: model.target,
  columns: model.columns,
  featureNames: model.featureNames,
  layers: model.net.layers,
  history: historyOf(model),
  features: bits(model.encode(rows)),
  parameters: parametersOf(model.net),
  scores: model.evaluate(rows),
});

const classifierAnswers = (model) => ({
  ...tableAnswers(model),
  labels: model.labels,
  predictions: model.predict(rows),
  probabilities: bits(model.predictProba(rows, new Float32Array(rows.length * model.labels.length))),
});

const without = (name) => rows.map(({ [name]: _, ...row }) => row);

/** The sentence that a file is refused with. */
const refusal = (promise) =>
  promise.then(
    () => "read",
    ({ message }) => message,
  );

async function classifier() {
  const optimizer = { adam: { learningRate: 0.05 } };
  const options = { ...reading, target: "label", hidden: [4], epochs: 30, seed: 5, classWeights: "balanced" };
  const model = await Classifier.fit(without("value"), { ...options, optimizer: adam(optimizer.adam) });
  save("classifier.model", model.save());
  save("classifier.onnx", toOnnx(model));
  save("classifier-resume.model", model.save({ resume: true }));
  const before = { ...classifierAnswers(model), onnx: await refusal(fromOnnx(toOnnx(model))) };

  // The fit goes on; the same model elsewhere learns from rows that keep coming.
  const other = await Classifier.load(model.save({ resume: true }));
  const losses = [0, 10, 20].map((from) => other.partialFit(rows.slice(from, from + 10), { batchSize: 4 }));
  const online = { batchSize: 4, losses, after: classifierAnswers(other) };
  const goOn = { epochs: 40, l2: 0.01, classWeights: [1, 2, 1], resume: true };
  await model.net.fit(model.dataset(rows), { ...goOn, optimizer: adam(optimizer.adam) });
  return { ...before, online, resume: { optimizer, options: goOn, after: classifierAnswers(model) } };
}

async function regressor() {
  const model = await Regressor.fit(without("label"), {
    ...reading,
    target: "value",
    hidden: [4],
    epochs: 30,
    seed: 6,
  });
  save("regressor.model", model.save());
  save("regressor.onnx", toOnnx(model));
  const onnx = await refusal(fromOnnx(toOnnx(model)));
  return { ...tableAnswers(model), predictions: model.predict(rows), onnx };
}

const answers = {
  version,
  data: { x, y },
  rows,
  ...(await network()),
  stoppedEarly: await stoppedEarly(),
  aborted: await aborted(),
  inTraining: await inTraining(),
  classifier: await classifier(),
  regressor: await regressor(),
};
save("answers.json", `${JSON.stringify(answers, null, 2)}\n`);
console.log(`Wrote what wasmlp ${version} saves and answers to tests/old.`);

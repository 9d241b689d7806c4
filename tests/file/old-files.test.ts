/**
 * What earlier releases saved still loads: the same answers to the bit, and the same future. scripts/write-old-files.mjs wrote
 * the files of tests/old with the release that their folder names, and answers.json with what that release answered.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  adam,
  Classifier,
  Dataset,
  type FitOptions,
  type Label,
  MLP,
  type Output,
  Regressor,
  sgd,
} from "../../src/index.js";
import { fromOnnx } from "../../src/onnx.js";
import { difference, feed, RuntimeTensor, runtime } from "../exchange/onnx-cases.js";

const folder = new URL("../old/0.1/", import.meta.url);
const file = (name: string) => new Uint8Array(readFileSync(new URL(name, folder)));
const told = JSON.parse(readFileSync(new URL("answers.json", folder), "utf8"));
const { x, y } = told.data as { x: number[]; y: number[] };
const data = Dataset.from({ x, y, rows: y.length });
const rows: Record<string, unknown>[] = told.rows;

/** Every bit of numbers in memory, as the script writes them. */
const bits = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  Buffer.from(buffer, byteOffset, byteLength).toString("hex");

const numbersOf = (hex: string) => new Float32Array(Uint8Array.from(Buffer.from(hex, "hex")).buffer);

const parametersOf = (net: MLP<Output>) => net.parameters().map(({ weights, biases }) => bits(weights) + bits(biases));

/** What a network answers, as far as the release told it. */
const answersOf = (net: MLP<Output>, { history } = net) => ({
  layers: net.layers,
  activation: net.activation,
  output: net.output,
  ...(history && { history }),
  parameters: parametersOf(net),
  probabilities: bits(net.predictProba(data)),
  predictions: bits(net.predict(data)),
  scores: net.evaluate(data),
});

const tableAnswers = (model: Classifier | Regressor) => ({
  target: model.target,
  columns: model.columns,
  featureNames: model.featureNames,
  layers: model.net.layers,
  history: model.history,
  features: bits(model.encode(rows)),
  parameters: parametersOf(model.net as MLP<Output>),
  scores: model.evaluate(rows),
});

const classifierAnswers = (model: Classifier<Label>) => ({
  ...tableAnswers(model),
  labels: model.labels,
  predictions: model.predict(rows),
  probabilities: bits(model.predictProba(rows, new Float32Array(rows.length * model.labels.length))),
});

interface Told {
  resume: { optimizer: { adam?: object; sgd?: object }; options: FitOptions; losses?: number[]; after: object };
}

/** What was told of a model, without its future. */
const present = ({ resume, online, onnx, options, ...rest }: Record<string, unknown>) => rest;

const optimizerOf = ({ optimizer }: Told["resume"]) =>
  optimizer.adam ? adam(optimizer.adam) : sgd(optimizer.sgd as Parameters<typeof sgd>[0]);

const reload = (name: string) => MLP.load(file(`${name}.model`));

describe("a network of 0.1", () => {
  it("answers what it answered", async () => {
    expect(answersOf(await reload("network"))).toEqual(told.network);
  });

  it("is the same as a PyTorch state dict", async () => {
    const { options } = told.stateDict;
    expect(answersOf(await MLP.fromSafetensors(file("network.safetensors"), options))).toEqual(present(told.stateDict));
  });

  it("is the same as an ONNX file", async () => {
    expect(answersOf((await fromOnnx(file("network.onnx"))).net)).toEqual(told.onnx);
  });

  it.each([
    ["a fit that stopped early", "stopped-early", told.stoppedEarly],
    ["a fit that its signal ended", "aborted", told.aborted],
  ])("goes on with %s, to the same bits", async (_, name, wanted: Told) => {
    const net = await reload(name);
    expect(answersOf(net)).toEqual(present({ ...wanted }));
    await net.fit(data, { ...wanted.resume.options, optimizer: optimizerOf(wanted.resume) });
    expect(answersOf(net)).toEqual(wanted.resume.after);
  });

  it("goes on with single updates, to the same bits", async () => {
    const net = await reload("in-training");
    const { resume, ...wanted } = told.inTraining;
    expect(answersOf(net)).toEqual(wanted);
    const trainer = net.trainer({ ...resume.options, optimizer: optimizerOf(resume), resume: true });
    const losses = [12, 16, 20].map((from) => trainer.step(x.slice(3 * from, 3 * from + 12), y.slice(from, from + 4)));
    expect(losses).toEqual(resume.losses);
    expect(answersOf(net)).toEqual(resume.after);
  });

  it("control: a bit of a weight, a fit that starts anew and another rate are noticed", async () => {
    const net = await reload("network");
    const parameters = net.parameters();
    new Uint32Array(parameters[0].weights.buffer, parameters[0].weights.byteOffset)[0] ^= 1;
    net.setParameters(parameters);
    expect(parametersOf(net)).not.toEqual(told.network.parameters);
    const { optimizer, options, after } = told.aborted.resume;
    for (const change of [{ resume: false }, { optimizer: sgd({ ...optimizer.sgd, learningRate: 0.1001 }) }]) {
      const other = await reload("aborted");
      await other.fit(data, { ...options, optimizer: optimizerOf(told.aborted.resume), ...change });
      expect(parametersOf(other)).not.toEqual(after.parameters);
    }
  });
});

/** The columns that count, as onnxruntime takes them: a tensor [rows, 1] each. */
function feeds(model: Classifier | Regressor): Record<string, RuntimeTensor> {
  const dims = [rows.length, 1];
  const given = model.columns.filter(({ kind }) => kind !== "ignore");
  return Object.fromEntries(
    given.map(({ name, kind }) => {
      const cells = rows.map((row) => row[name]);
      if (kind === "text")
        return [
          name,
          new RuntimeTensor(
            "string",
            cells.map((cell) => `${cell ?? ""}`),
            dims,
          ),
        ];
      return [
        name,
        feed(
          cells.map((cell) => (cell === undefined || cell === null ? Number.NaN : Number(cell))),
          dims,
        ),
      ];
    }),
  );
}

describe("a classifier of 0.1", () => {
  const load = (name = "classifier") => Classifier.load(file(`${name}.model`));

  it("answers what it answered, with its columns, its labels and its history", async () => {
    expect(classifierAnswers(await load())).toEqual(present(told.classifier));
    expect(classifierAnswers(await load("classifier-resume"))).toEqual(present(told.classifier));
  });

  it("goes on with its fit, to the same bits", async () => {
    const model = await load("classifier-resume");
    const { resume } = told.classifier;
    await model.net.fit(model.dataset(rows), { ...resume.options, optimizer: optimizerOf(resume) });
    expect(classifierAnswers(model)).toEqual(resume.after);
  });

  it("goes on learning from rows that keep coming, to the same bits", async () => {
    const model = await load("classifier-resume");
    const { batchSize, losses, after } = told.classifier.online;
    expect([0, 10, 20].map((from) => model.partialFit(rows.slice(from, from + 10), { batchSize }))).toEqual(losses);
    expect(classifierAnswers(model)).toEqual(after);
  });

  it("says the same as its ONNX file in onnxruntime", async () => {
    const model = await load();
    const { label, probabilities } = await runtime(file("classifier.onnx"), feeds(model));
    expect(difference(probabilities.data as Float32Array, numbersOf(told.classifier.probabilities))).toBeLessThan(1e-6);
    expect([...(label.data as Iterable<unknown>)]).toEqual(told.classifier.predictions);
    const { model: again } = await fromOnnx(file("classifier.onnx"));
    expect(classifierAnswers(again as Classifier).probabilities).toEqual(told.classifier.probabilities);
  });

  it("control: other rows, and one update more, are noticed", async () => {
    const model = await load("classifier-resume");
    const { features } = told.classifier;
    expect(bits(model.encode([...rows].reverse()))).not.toBe(features);
    model.partialFit(rows.slice(0, 1));
    expect(classifierAnswers(model).probabilities).not.toBe(told.classifier.probabilities);
  });
});

describe("a regressor of 0.1", () => {
  const load = () => Regressor.load(file("regressor.model"));
  const regressorAnswers = (model: Regressor) => ({ ...tableAnswers(model), predictions: model.predict(rows) });

  it("answers what it answered, with its columns and its history", async () => {
    expect(regressorAnswers(await load())).toEqual(present(told.regressor));
  });

  it("says the same as its ONNX file in onnxruntime", async () => {
    const outputs = await runtime(file("regressor.onnx"), feeds(await load()));
    const [{ data: values }] = Object.values(outputs);
    expect(difference(values as Float32Array, told.regressor.predictions)).toBeLessThan(1e-5);
    const { model: again } = await fromOnnx(file("regressor.onnx"));
    expect((again as Regressor).predict(rows)).toEqual(told.regressor.predictions);
  });

  it("control: one update more is noticed", async () => {
    const model = await load();
    model.partialFit(rows.slice(0, 1));
    expect(regressorAnswers(model).predictions).not.toEqual(told.regressor.predictions);
  });
});

/** ONNX files of PyTorch's exporter and scikit-learn's converter give what their makers say they give. */
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { fromOnnx } from "../../src/onnx.js";
import { readmeFigures } from "../claims.js";
import { difference } from "./onnx-cases.js";

/** How far off an answer may be: the README says it. */
const [BOUND] = readmeFigures(/\| models of PyTorch, .* \| within (\S+) of their own answers \|/);

interface Expected {
  rows: number;
  x: number[];
  expected: { output?: number[]; probabilities?: number[]; labels?: number[] };
}

const FILES: [name: string, layers: number[], activation: string | string[], output: string][] = [
  ["torch-mlp", [4, 8, 3], "relu", "linear"],
  ["torch-mlp-softmax", [6, 10, 4], "tanh", "softmax"],
  ["sklearn-multiclass", [4, 16, 3], "relu", "softmax"],
  ["sklearn-binary", [5, 8, 2], "sigmoid", "softmax"],
  ["torch-deep-nobias", [5, 12, 7, 2], ["sigmoid", "relu"], "linear"],
];

const file = (name: string) => new URL(`../models/${name}`, import.meta.url);
const read = (name: string) => readFileSync(file(`${name}.onnx`));
const expected = (name: string) => JSON.parse(readFileSync(file(`${name}.json`), "utf8")) as Expected;

interface TorchGraph {
  title: string;
  /** What it ends in. */
  end: string;
  /** Base64. */
  file: string;
  rows: number;
  x: number[];
  /** PyTorch's own answers. */
  y: number[];
}

/** Made by scripts/make-torch-graphs.py. */
const torchGraphs = (): TorchGraph[] => JSON.parse(gunzipSync(readFileSync(file("torch-graphs.json.gz"))).toString());

/** The largest difference from PyTorch's answers, relative where they are beyond 1. */
async function offBy({ file: text, end, rows, x, y }: TorchGraph): Promise<number> {
  const { net, scaling } = await fromOnnx(Buffer.from(text, "base64"));
  const width = x.length / rows;
  const scaled = x.map((value, i) =>
    scaling ? (value - scaling.mean[i % width]) / scaling.deviation[i % width] : value,
  );
  const own = end === "argmax" ? net.predict(scaled) : net.predictProba(scaled);
  const wanted = end === "logsoftmax" ? y.map(Math.exp) : y;
  if (own.length !== wanted.length) return Number.POSITIVE_INFINITY;
  return Math.max(...wanted.map((value, i) => Math.abs(value - own[i]) / Math.max(1, Math.abs(value))));
}

describe("graphs of PyTorch's exporter", () => {
  it("150, of operator sets 9 to 17, answer as PyTorch does", async () => {
    const graphs = torchGraphs();
    expect(graphs.length).toBe(150);
    for (const graph of graphs) expect(await offBy(graph), graph.title).toBeLessThanOrEqual(1e-5);
  });

  it("control: other answers are noticed", async () => {
    const [graph] = torchGraphs();
    expect(await offBy({ ...graph, y: graph.y.map((value) => value + 0.001) })).toBeGreaterThan(1e-5);
  });
});

describe("files of other programs", () => {
  for (const [name, layers, activation, output] of FILES) {
    it(`${name} predicts what is expected of it, to ${BOUND}`, async () => {
      const { net, labels } = await fromOnnx(read(name));
      expect([net.layers, net.activation, net.output]).toEqual([layers, activation, output]);
      const { x, rows, expected: wanted } = expected(name);
      expect(x.length).toBe(rows * layers[0]);
      expect(difference(net.predictProba(x), wanted.output ?? wanted.probabilities ?? [])).toBeLessThanOrEqual(BOUND);
      if (!wanted.labels) expect(labels).toBeUndefined();
      else expect(Array.from(net.predict(x), (id) => labels?.[id])).toEqual(wanted.labels);
    });
  }

  it("control: a weight moved by a hundred-thousandth is noticed", async () => {
    const { net } = await fromOnnx(read("torch-mlp"));
    const parameters = net.parameters();
    parameters[0].weights[0] += 1e-5;
    net.setParameters(parameters);
    const { x, expected: wanted } = expected("torch-mlp");
    expect(difference(net.predictProba(x), wanted.output ?? [])).toBeGreaterThan(BOUND);
  });
});

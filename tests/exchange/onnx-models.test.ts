/** ONNX files of PyTorch's exporter and scikit-learn's converter give what their makers say they give. */
import { readFileSync } from "node:fs";
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

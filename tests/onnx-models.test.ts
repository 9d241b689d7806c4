/** ONNX files of PyTorch's exporter and scikit-learn's converter give what their makers say they give. */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { fromOnnx } from "../src/onnx.js";
import { difference } from "./onnx-cases.js";

const MODELS = new URL("../../shared/models/", import.meta.url);

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

const there = existsSync(MODELS);
if (!there) console.warn(`${MODELS.pathname} is not there: the files of other programs are not read.`);

describe.skipIf(!there)("files of other programs", () => {
  const read = (name: string) => readFileSync(new URL(`${name}.onnx`, MODELS));
  const expected = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, MODELS), "utf8")) as Expected;

  for (const [name, layers, activation, output] of FILES) {
    it(`${name} predicts what is expected of it, to 1e-5`, async () => {
      const { net, labels } = await fromOnnx(read(name));
      expect([net.layers, net.activation, net.output]).toEqual([layers, activation, output]);
      const { x, expected: wanted } = expected(name);
      expect(difference(net.predictProba(x), wanted.output ?? wanted.probabilities ?? [])).toBeLessThanOrEqual(1e-5);
      if (!wanted.labels) expect(labels).toBeUndefined();
      else expect(Array.from(net.predict(x), (id) => labels?.[id])).toEqual(wanted.labels);
    });
  }

  it("control: a weight moved by a thousandth is noticed", async () => {
    const { net } = await fromOnnx(read("torch-mlp"));
    const parameters = net.parameters();
    parameters[0].weights[0] += 0.01;
    net.setParameters(parameters);
    const { x, expected: wanted } = expected("torch-mlp");
    expect(difference(net.predictProba(x), wanted.output ?? [])).toBeGreaterThan(1e-5);
  });
});

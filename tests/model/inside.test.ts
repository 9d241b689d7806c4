/** What a network shows of its inside: logits, activations of layers, logarithms of probabilities. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { Dataset, MLP, type Output } from "../../src/index.js";

function rowsOf(rows: number): Float32Array {
  const random = new Random(8);
  return Float32Array.from({ length: rows * 4 }, () => 3 * random.normal());
}

describe("the inside of a network", () => {
  it("layer by layer is what the next makes its sums of; the last layer's are the predictions", async () => {
    const net = await MLP.create({ layers: [4, 7, 5, 3], activation: ["gelu", "tanh"], seed: 3 });
    const x = rowsOf(300);
    const [first, second] = [net.activations(x, 1), net.activations(x, 2)];
    const [, , last] = net.parameters();
    expect(first.length).toBe(300 * 7);
    const logits = net.logits(x);
    for (let r = 0; r < 300; r++) {
      for (let c = 0; c < 3; c++) {
        let sum = last.biases[c];
        for (let i = 0; i < 5; i++) sum += second[5 * r + i] * last.weights[3 * i + c];
        expect(logits[3 * r + c]).toBeCloseTo(sum, 5);
      }
    }
    expect(net.activations(x, 3)).toEqual(net.predictProba(x));
    expect(net.activations(Dataset.from({ x, rows: 300 }), 2)).toEqual(second);
    expect(net.loss).toBe("cross-entropy");
  });

  it("gives log p within 1e-6 of the probabilities, and where these are 0", async () => {
    for (const output of ["softmax", "sigmoid"] as const) {
      const net = await MLP.create<Output>({ layers: [4, 8, 3], output, seed: 5 });
      const x = rowsOf(50);
      const p = net.predictProba(x);
      net.predictLogProba(x).forEach((value, i) => {
        expect(value).toBeCloseTo(Math.log(p[i]), 5);
      });
      net.setParameters([
        { weights: new Float32Array(32), biases: new Float32Array(8) },
        { weights: new Float32Array(24), biases: [-500, 0, 500] },
      ]);
      const [unlikely] = net.predictLogProba([[0, 0, 0, 0]]);
      expect(unlikely).toBe(output === "softmax" ? -1000 : -500);
    }
  });

  it("refuses a layer that is none, and logarithms of values, in one sentence", async () => {
    const net = await MLP.create<Output>({ layers: [4, 2], output: "softplus" });
    expect(() => net.activations([[1, 2, 3, 4]], 0)).toThrow(
      "activations: layer must be a whole number from 1 to 1, got 0.",
    );
    expect(() => net.activations([[1, 2, 3]], 1)).toThrow(
      "activations: x[0] must be a row of 4 numbers, got 3 numbers.",
    );
    expect(() => net.predictLogProba([[1, 2, 3, 4]])).toThrow(
      "predictLogProba: the output must be softmax or sigmoid, got softplus. Use predictProba for values.",
    );
  });
});

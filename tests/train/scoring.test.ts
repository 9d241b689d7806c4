/** Scores of a network on a dataset against their definitions, worked by hand or naively in float64. */
import { describe, expect, it } from "vitest";
import { Dataset, MLP } from "../../src/index.js";
import { sigmoidCrossEntropy, softmaxCrossEntropy } from "../reference.js";

/** A model without hidden layers whose logits are its inputs. */
async function passThrough<O extends "softmax" | "sigmoid" | "linear">(output: O, width: number): Promise<MLP<O>> {
  const net = await MLP.create({ layers: [width, width], output });
  const weights = Float32Array.from({ length: width * width }, (_, i) => (i % (width + 1) === 0 ? 1 : 0));
  net.setParameters([{ weights, biases: new Float32Array(width) }]);
  return net;
}

describe("evaluate", () => {
  it("softmax: mean cross-entropy and the share of rows right; the first of equals is predicted", async () => {
    const net = await passThrough("softmax", 3);
    const x = [
      [1, 2, 3],
      [5, 5, 0],
      [0, 0, 0],
      [-1, -2, -3],
    ];
    const y = [2, 1, 0, 0];
    const { loss, accuracy } = net.evaluate(Dataset.from({ x, y }));
    expect([...net.predict(x)]).toEqual([2, 0, 0, 0]);
    expect(accuracy).toBe(0.75);
    expect(loss).toBeCloseTo(softmaxCrossEntropy(x.flat(), y, 4, 3, 1).loss / 4, 6);
  });

  it("sigmoid: cross-entropy summed over outputs, mean over rows, and the share of outputs right", async () => {
    const net = await passThrough("sigmoid", 2);
    const x = [
      [1, -1],
      [0, 2],
      [-3, 0.5],
    ];
    const y = [
      [1, 1],
      [0, 1],
      [0, 0],
    ];
    const { loss, accuracy } = net.evaluate(Dataset.from({ x, y }));
    // A probability of just ½ counts as 0.
    expect([...net.predict(x)]).toEqual([1, 0, 0, 1, 0, 1]);
    expect(accuracy).toBeCloseTo(4 / 6, 12);
    expect(loss).toBeCloseTo(sigmoidCrossEntropy(x.flat(), y.flat(), 6, 1).loss / 3, 6);
  });

  it("linear: half the squared error, its mean, the mean absolute error and R²", async () => {
    const net = await passThrough("linear", 2);
    const x = [
      [1, 10],
      [2, 20],
      [3, 30],
    ];
    const y = [
      [1, 12],
      [2, 20],
      [5, 26],
    ];
    const scores = net.evaluate(Dataset.from({ x, y }));
    expect(scores.loss).toBeCloseTo((4 + 4 + 16) / 2 / 3, 6);
    expect(scores.meanSquaredError).toBeCloseTo((4 + 4 + 16) / 6, 6);
    expect(scores.meanAbsoluteError).toBeCloseTo((2 + 2 + 4) / 6, 6);
    const r2 = [1 - 4 / (26 / 3), 1 - 20 / (296 / 3)];
    expect(scores.r2).toBeCloseTo((r2[0] + r2[1]) / 2, 6);
  });

  it("linear: R² of a target that never varies is 1 if it is predicted exactly, else 0", async () => {
    const net = await passThrough("linear", 1);
    const y = new Float32Array(6).fill(0.1);
    for (const [miss, wanted] of [
      [0, 1],
      [1e-3, 0],
    ]) {
      const x = y.map((value, r) => value + (r === 3 ? miss : 0));
      expect(net.evaluate(Dataset.from({ x, y, rows: 6 })).r2).toBe(wanted);
    }
  });

  it("gives the same scores whatever lies between the pieces, over more rows than pass at a time", async () => {
    const net = await passThrough("softmax", 2);
    const x = Float32Array.from({ length: 1400 }, (_, i) => ((i * 37) % 101) / 50 - 1);
    const y = Int32Array.from({ length: 700 }, (_, i) => i % 2);
    const { loss, accuracy } = net.evaluate(Dataset.from({ x, y }));
    expect(loss).toBeCloseTo(softmaxCrossEntropy(x, y, 700, 2, 1).loss / 700, 6);
    const right = net.predict(x).filter((id, r) => id === y[r]).length;
    expect(accuracy).toBe(right / 700);
  });

  it("control: a loss that forgets a row is noticed", async () => {
    const net = await passThrough("softmax", 3);
    const x = [
      [1, 2, 3],
      [5, 5, 0],
    ];
    const { loss } = net.evaluate(Dataset.from({ x, y: [2, 1] }));
    expect(loss).not.toBeCloseTo(softmaxCrossEntropy(x.flat(), [2, 1], 1, 3, 1).loss / 2, 6);
  });
});

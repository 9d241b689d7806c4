/**
 * Losses of the caller's own: forward, derivatives by the outputs, backward, update. Against what `step` makes of the same loss,
 * against central differences, and against PyTorch's gradients by parameters and inputs.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { adam, MLP, type MLPOptions, type Output, sgd, type TrainerOptions } from "../../src/index.js";
import { relativeError } from "../twin.js";

const LAYERS = [5, 9, 4];
const ROWS = 600;
const optimizer = sgd({ learningRate: 0.1 });

function rowsOf(rows = ROWS): { x: Float32Array; ids: number[]; targets: Float32Array } {
  const random = new Random(3);
  const x = Float32Array.from({ length: rows * 5 }, () => random.normal());
  return {
    x,
    ids: Array.from({ length: rows }, () => random.below(4)),
    targets: Float32Array.from({ length: rows * 4 }, () => random.normal()),
  };
}

/** Whose own losses are written again here. */
const NETS: readonly Partial<MLPOptions<Output>>[] = [
  { output: "softmax" },
  { output: "linear" },
  { output: "gelu", activation: "mish" },
  { output: "tanh", activation: "silu" },
];

describe("a loss of one's own", () => {
  for (const options of NETS) {
    it(`makes the update of step where it is the same: ${JSON.stringify(options)}`, async () => {
      const data = rowsOf();
      const [own, given] = [
        await MLP.create({ layers: LAYERS, ...options, seed: 4 }),
        await MLP.create({ layers: LAYERS, ...options, seed: 4 }),
      ];
      const settings: TrainerOptions = { optimizer, l2: 0.01, dropout: 0.25 };
      const [trainer, other] = [own.trainer(settings), given.trainer(settings)];
      for (let t = 0; t < 3; t++) {
        const outputs = trainer.forward(data.x);
        const list = options.output === "softmax" ? data.ids : data.targets;
        const gradient = outputs.map((_, i) => {
          if (options.output !== "softmax") return (outputs[i] - data.targets[i]) / ROWS;
          return data.ids[Math.floor(i / 4)] === i % 4 ? -1 / outputs[i] / ROWS : 0;
        });
        // What is computed in between takes nothing away.
        if (t === 1) own.predictProba(data.x.subarray(0, 50));
        trainer.backward(gradient);
        trainer.update();
        other.step(data.x, list);
      }
      const flat = (net: MLP<Output>) => net.parameters().flatMap(({ weights, biases }) => [...weights, ...biases]);
      expect(relativeError(flat(own), flat(given))).toBeLessThan(2e-6);
      expect(trainer.steps).toBe(3);
    });
  }

  it("has the gradients of central differences, by parameters and by inputs, also for two batches added", async () => {
    const net = await MLP.create({ layers: [3, 6, 2], activation: "gelu", output: "softmax", seed: 2 });
    const trainer = net.trainer({ optimizer });
    const x = [0.3, -1.2, 0.8, 1.5, 0.2, -0.4];
    // Its loss: Σ p² of the first class's probability, row by row.
    const loss = (rows: number[]) =>
      [...net.predictProba(rows)].reduce((sum, p, i) => sum + (i % 2 === 0 ? p * p : 0), 0);
    const slopes = (p: Float32Array) => p.map((value, i) => (i % 2 === 0 ? 2 * value : 0));
    const byInputs = trainer.backward(slopes(trainer.forward(x)), { inputs: true });
    const h = 1e-2;
    x.forEach((_, i) => {
      const moved = (by: number) => loss(x.map((value, j) => (j === i ? value + by : value)));
      expect(byInputs[i]).toBeCloseTo((moved(h) - moved(-h)) / (2 * h), 3);
    });
    const once = trainer.gradients();
    trainer.backward(slopes(trainer.forward(x)));
    trainer.gradients().forEach(({ weights }, l) => {
      for (const [i, value] of weights.entries()) expect(value).toBeCloseTo(2 * once[l].weights[i], 5);
    });
    const parameters = net.parameters();
    parameters.forEach(({ weights }, l) => {
      for (const i of [0, 3, weights.length - 1]) {
        const moved = (by: number) => {
          const other = net.parameters();
          other[l].weights[i] += by;
          net.setParameters(other);
          const value = loss(x);
          net.setParameters(parameters);
          return value;
        };
        expect(once[l].weights[i]).toBeCloseTo((moved(h) - moved(-h)) / (2 * h), 3);
      }
    });
  });

  it("has PyTorch's gradients by parameters and inputs", async () => {
    const file = new URL("../traces/gradients.json", import.meta.url);
    const { nets } = JSON.parse(readFileSync(file, "utf8"));
    for (const { layers, activation, output, initial, X, y, gradients } of nets) {
      const net = await MLP.create<Output>({ layers, activation, output });
      net.setParameters(initial.W.map((weights: number[], l: number) => ({ weights, biases: initial.b[l] })));
      const trainer = net.trainer({ optimizer });
      const outputs = trainer.forward(X);
      const width = layers[layers.length - 1];
      const rows = outputs.length / width;
      const isHit = (i: number) => y[Math.floor(i / width)] === i % width;
      const d = outputs.map((value, i) => (output === "softmax" ? value - Number(isHit(i)) : value - y[i]) / rows);
      const byInputs = trainer.backward(d, { by: "logits", inputs: true });
      expect(relativeError(byInputs, gradients.X)).toBeLessThan(1e-6);
      trainer.gradients().forEach(({ weights, biases }, l) => {
        expect(relativeError(weights, gradients.W[l])).toBeLessThan(1e-6);
        expect(relativeError(biases, gradients.b[l])).toBeLessThan(1e-6);
      });
      // Control: another row is noticed.
      trainer.forward(X);
      const off = d.map((value, i) => (i === 0 ? value + 0.01 : value));
      const wrong = trainer.backward(off, { by: "logits", inputs: true });
      expect(relativeError(wrong, gradients.X)).toBeGreaterThan(1e-4);
    }
  });

  it("refuses what does not fit, in one sentence, and the model is as it was", async () => {
    const net = await MLP.create({ layers: LAYERS, seed: 1 });
    const trainer = net.trainer({ optimizer: adam() });
    const before = net.save();
    const x = rowsOf(2).x;
    expect(() => trainer.update()).toThrow("update: it must come after backward, got no gradients.");
    expect(() => trainer.backward([[1, 2, 3, 4]])).toThrow("backward: it must come after forward, got no outputs.");
    expect(() => trainer.forward([[1, 2]])).toThrow("forward: x[0] must be a row of 5 numbers, got 2 numbers.");
    expect(() => trainer.forward([[1, 2, Number.NaN, 4, 5]])).toThrow("forward: x must hold finite numbers, got NaN");
    trainer.forward(x);
    expect(() => trainer.backward([1, 2, 3, 4])).toThrow("backward: derivatives must be of 2 rows, got 1.");
    expect(() => trainer.backward([[1, 2, 3, Number.POSITIVE_INFINITY]])).toThrow(
      "backward: derivatives must hold finite",
    );
    expect(() => trainer.backward(new Float32Array(8), { by: "sums" } as never)).toThrow("backward: by must be");
    trainer.backward(new Float32Array(8));
    for (let t = 0; t < 2; t++) {
      trainer.forward(x);
      trainer.backward(new Float32Array(8).fill(3e38), { by: "logits" });
    }
    expect(() => trainer.update()).toThrow(
      /^update: the (gradients|parameters) must (be|stay) finite, got others at step 0/,
    );
    expect(net.save()).toEqual(before);
    const later = net.trainer({ optimizer });
    expect(() => trainer.forward(x)).toThrow("forward: the trainer must be its model's latest");
    expect(later.step(x, [0, 1])).toBeGreaterThan(0);
  });
});

/** N5: laws that need no oracle. A row's prediction depends on that row alone, and inputs are never written. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCore } from "../../src/core/core.js";
import { order, Random } from "../../src/ground/random.js";
import { Dataset, MLP, type Output, sgd } from "../../src/index.js";
import { Network } from "../../src/net/network.js";
import { trainerOf } from "../trainers.js";

const OUTPUTS: Output[] = ["softmax", "sigmoid", "linear"];
const SHAPES = [
  [3, 5, 2],
  [17, 33, 7],
  [8, 64, 31, 1],
  [30, 10],
  [2, 10, 2],
  [5, 3, 3],
];

function rowsOf(count: number, width: number, seed: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: count * width }, () => random.normal());
}

/** How many predictions of a batch differ in any bit from those of its rows alone, in the order given. */
async function differing(net: MLP, x: Float32Array, indices: ArrayLike<number>): Promise<number> {
  const [inputs] = net.layers;
  const outputs = net.layers[net.layers.length - 1];
  const batch = new Float32Array(indices.length * inputs);
  for (let r = 0; r < indices.length; r++) {
    batch.set(x.subarray(indices[r] * inputs, (indices[r] + 1) * inputs), r * inputs);
  }
  const together = new Int32Array(net.predictProba(batch).buffer);
  let count = 0;
  for (let r = 0; r < indices.length; r++) {
    const alone = new Int32Array(net.predictProba(x.slice(indices[r] * inputs, (indices[r] + 1) * inputs)).buffer);
    if (alone.some((bits, j) => bits !== together[r * outputs + j])) count++;
  }
  return count;
}

describe("predict(batch)[i] is predict(row i), bit for bit", () => {
  for (const layers of SHAPES) {
    for (const output of OUTPUTS) {
      it(`${layers.join("-")} ${output}, batches of 1 to 65 rows and of 600`, async () => {
        const net = await MLP.create({ layers, output, activation: output === "linear" ? "tanh" : "relu", seed: 5 });
        const x = rowsOf(600, layers[0], 6);
        for (let rows = 1; rows <= 65; rows++) expect(await differing(net, x, order(rows))).toBe(0);
        expect(await differing(net, x, order(600))).toBe(0);
      });
    }
  }

  it("in any order of rows", async () => {
    const net = await MLP.create({ layers: [6, 19, 5], seed: 5 });
    const x = rowsOf(40, 6, 7);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(39), { minLength: 1, maxLength: 80 }), async (indices) => {
        expect(await differing(net, x, indices)).toBe(0);
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  it("control: a sum taken in another order is noticed", async () => {
    // The same weights with inputs listed backwards: mathematically equal, other roundings.
    const net = await MLP.create({ layers: [30, 10], output: "linear", seed: 5 });
    const turned = await MLP.create({ layers: [30, 10], output: "linear" });
    const [{ weights, biases }] = net.parameters();
    const backwards = Float32Array.from(weights, (_, i) => weights[(29 - Math.floor(i / 10)) * 10 + (i % 10)]);
    turned.setParameters([{ weights: backwards, biases }]);
    const x = rowsOf(1, 30, 8);
    expect(turned.predictProba(x.slice().reverse())).not.toEqual(net.predictProba(x));
  });
});

describe("training", () => {
  it("gives the same bytes however a mini-batch is cut into pieces", async () => {
    const layers = [9, 21, 13, 4];
    const x = rowsOf(100, 9, 9);
    const y = Int32Array.from({ length: 100 }, (_, i) => (i * 7) % 4);
    const weights: Float32Array[] = [];
    for (const rows of [256, 64, 33, 1]) {
      const network = new Network(
        await createCore(),
        { layers, activation: "relu", output: "softmax" },
        undefined,
        rows,
      );
      const random = new Random(10);
      network.parameters.forEach((_, i) => {
        network.parameters[i] = 0.3 * random.normal();
      });
      const options = {
        optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }),
        l1: 1e-4,
        l2: 1e-3,
        dropout: { input: 0.1, hidden: 0.3 },
        classWeights: [1, 2, 0.5, 1],
        clipNorm: 1,
      };
      const trainer = trainerOf(network, options, [11, 12]);
      for (let step = 0; step < 10; step++) trainer.step(x, y);
      weights.push(network.parameters.slice());
    }
    for (const other of weights.slice(1)) expect(other).toEqual(weights[0]);
  });

  it("never writes what it was given", async () => {
    const net = await MLP.create({ layers: [4, 8, 3] });
    const x = rowsOf(50, 4, 11);
    const y = Float32Array.from({ length: 50 }, (_, i) => i % 3);
    const before = [x.slice(), y.slice()];
    const data = Dataset.from({ x, y });
    await net.fit(data, { epochs: 2 });
    net.trainer({ optimizer: sgd() }).step(x, y);
    net.predict(x);
    net.predictProba(x);
    net.evaluate(data);
    data.standardise();
    expect([x, y]).toEqual(before);
  });

  it("does not move when its rows are predicted between updates", async () => {
    const fitted: Float32Array[] = [];
    for (const asks of [false, true]) {
      const net = await MLP.create({ layers: [4, 8, 3], seed: 2 });
      const x = rowsOf(32, 4, 12);
      const y = Array.from({ length: 32 }, (_, i) => i % 3);
      const trainer = net.trainer({ optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }) });
      for (let step = 0; step < 5; step++) {
        trainer.step(x, y);
        if (asks) net.predict(rowsOf(300, 4, step));
      }
      fitted.push(net.parameters()[1].weights);
    }
    expect(fitted[1]).toEqual(fitted[0]);
  });
});

/** Rows one by one, by a plan in the network's memory: the bits of many rows, whatever has changed in between. */
import { describe, expect, it } from "vitest";
import { createCore } from "../../src/core/core.js";
import { Random } from "../../src/ground/random.js";
import { adamw, Dataset, lbfgs, MLP, sgd } from "../../src/index.js";
import type { Activation, Output } from "../../src/net/activations.js";
import { Network } from "../../src/net/network.js";
import { setLayerParameters } from "../../src/net/parameters.js";
import { predictLogits, predictProbabilities } from "../../src/net/predict.js";

/** A network with random parameters. */
async function networkOf(layers: number[], activation: Activation = "relu", output: Output = "softmax") {
  const network = new Network(await createCore(), { layers, activation, output });
  const random = new Random(layers.length + layers[0]);
  for (const [l, { inputs, outputs }] of network.layout.layers.entries()) {
    const draw = (count: number, size: number) => Float32Array.from({ length: count }, () => size * random.normal());
    setLayerParameters(network, l, { weights: draw(inputs * outputs, inputs ** -0.5), biases: draw(outputs, 0.1) });
  }
  return network;
}

/** Rows whose inputs are 0 in so many places of a hundred. */
function rowsOf(count: number, width: number, zeros: number): Float32Array {
  const random = new Random(count * width);
  return Float32Array.from({ length: count * width }, () => (random.below(100) < zeros ? 0 : random.normal()));
}

/** Of three rows that come one by one, the numbers whose bits are not those of the three together. */
function differing(network: Network, zeros = 0): number {
  const [width, outputs] = [network.sizes[0], network.sizes[network.sizes.length - 1]];
  const x = rowsOf(3, width, zeros);
  let wrong = 0;
  for (const predict of [predictProbabilities, predictLogits]) {
    const wanted = predict(network, x);
    for (let r = 0; r < 3; r++) {
      const row = predict(network, x.slice(r * width, (r + 1) * width));
      wrong += row.reduce((sum, value, c) => sum + Number(!Object.is(value, wanted[r * outputs + c])), 0);
    }
  }
  return wrong;
}

const SHAPES = [
  [2, 10, 2],
  [7, 5],
  [1, 1],
  [40, 33, 9, 3],
  [64, 64, 10],
  [257, 300, 10], // Panels, the last one of columns that are in two.
  [2100, 32, 33, 4],
  [300, 256, 257, 1],
];

describe.each(["relu", "sigmoid", "tanh", "identity"] as const)("hidden layers of %s", (activation) => {
  it.each(["softmax", "sigmoid", "linear"] as const)("output %s", async (output) => {
    for (const layers of SHAPES) {
      const network = await networkOf(layers, activation, output);
      for (const zeros of [0, 50, 70, 100]) {
        expect([layers, zeros, differing(network, zeros)]).toEqual([layers, zeros, 0]);
        // All rows by panels, where there are some.
        expect([layers, zeros, differing(network, zeros)]).toEqual([layers, zeros, 0]);
      }
    }
  });
});

it("narrow tiles and wide ones give the same bits", async () => {
  const network = await networkOf([257, 300, 10]);
  const { plan, layers } = network.layout;
  const words = new Int32Array(network.parameters.buffer, plan, 7 + 7 * layers.length);
  for (const rowPanel of [0, 1]) {
    words[6] = rowPanel;
    expect(differing(network) + differing(network)).toBe(0);
  }
});

it("control: panels of weights that have changed are noticed", async () => {
  const network = await networkOf([257, 300, 10]);
  expect(differing(network)).toBe(0);
  const { rowsSince } = network;
  expect(rowsSince).toBe(2);
  setLayerParameters(network, 0, { weights: new Float32Array(257 * 300).fill(0.01), biases: new Float32Array(300) });
  expect(network.rowsSince).toBe(0);
  network.rowsSince = rowsSince;
  expect(differing(network)).toBeGreaterThan(0);
});

const LAYERS = [300, 256, 3];
const random = new Random(8);
const x = Float32Array.from({ length: 60 * 300 }, () => random.normal());
const y = Int32Array.from({ length: 60 }, (_, r) => r % 3);
const data = Dataset.from({ x, y });
const rowAt = (r: number) => x.slice(300 * r, 300 * (r + 1));

/** Rows 0 to 2 one by one have the bits of the three together. */
function expectSame(net: MLP): number[] {
  const wanted = net.predictProba(x.slice(0, 900));
  const got = [0, 1, 2].flatMap((r) => [...net.predictProba(rowAt(r))]);
  expect(got).toEqual([...wanted]);
  return got;
}

/** Everything that changes parameters. */
const CHANGES: Record<string, (net: MLP) => unknown> = {
  "a step": (net) => net.trainer({ optimizer: sgd({ learningRate: 0.1 }) }).step(x, y),
  "a step with decay, a largest norm, an average": (net) =>
    net.trainer({ optimizer: adamw({ weightDecay: 0.1 }), maxNorm: 0.5, average: 0.9 }).step(x, y),
  "gradients of one's own": (net) => {
    const trainer = net.trainer({ optimizer: sgd({ learningRate: 0.1 }) });
    trainer.forward(x.slice(0, 900));
    trainer.backward(Float32Array.of(0.1, 0, 0, 0.1, 0, 0, 0.1, 0, 0));
    trainer.update();
  },
  setParameters: (net) =>
    net.setParameters(net.parameters().map((own) => ({ ...own, weights: own.weights.fill(0.01) }))),
  "a fit": (net) => net.fit(data, { epochs: 2, batchSize: 16 }),
  "L-BFGS": (net) => net.fit(data, { epochs: 3, optimizer: lbfgs() }),
  "a fit that keeps its best epoch": (net) =>
    net.fit(data, { epochs: 5, validation: 0.3, optimizer: sgd({ learningRate: 2 }), earlyStopping: { patience: 2 } }),
  "a fit that fails": (net) =>
    net.fit(data, { epochs: 3, optimizer: sgd({ learningRate: 1e30 }) }).then(
      () => expect.fail("it must fail"),
      () => undefined,
    ),
};

describe("nothing stale after", () => {
  it.each(Object.entries(CHANGES))("%s", async (name, change) => {
    const net = await MLP.create({ layers: LAYERS, seed: 3 });
    const before = expectSame(net);
    await change(net);
    const after = expectSame(net);
    if (name === "a fit that fails") expect(after).toEqual(before);
    else expect(after).not.toEqual(before);
    expectSame(net);
  });
});

it("rows that come between the turns of a fit have the parameters of that moment", async () => {
  const net = await MLP.create({ layers: LAYERS, seed: 3 });
  const seen = new Set<string>();
  let isDone = false;
  const ask = async () => {
    for (; !isDone; await new Promise((resolve) => setImmediate(resolve))) seen.add(expectSame(net).join());
  };
  const asking = ask();
  await net.fit(data, { epochs: 6, batchSize: 8, onEpoch: () => void seen.add(expectSame(net).join()) });
  isDone = true;
  await asking;
  expect(seen.size).toBeGreaterThan(6);
  expectSame(net);
});

it("says what is wrong with a row as it does of many, and goes on", async () => {
  const net = await MLP.create({ layers: [3, 4, 2], seed: 1 });
  const wanted = net.predictProba([1, 2, 3]);
  expect(() => net.predictProba(Float32Array.of(1, Number.NaN, 3))).toThrow(
    "predictProba: x must hold finite numbers, got NaN at row 0, column 1.",
  );
  const layers = net.parameters();
  const large = layers.map((own) => ({ ...own, weights: own.weights.map(() => 2) }));
  net.setParameters(large);
  expect(() => net.predictProba(Float32Array.of(3e38, 3e38, 3e38))).toThrow(/sums float32 holds, got others at row 0/);
  net.setParameters(layers);
  expect(net.predictProba(Float32Array.of(1, 2, 3))).toEqual(wanted);
});

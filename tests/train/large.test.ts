/**
 * Networks so large that their passes are cut: the parts make the bits of the whole, and what others do to the network between
 * two parts changes nothing.
 */
import { describe, expect, it } from "vitest";
import "../../src/core/inline.js";
import { countParameters, LARGE } from "../../src/core/layout.js";
import { Random } from "../../src/ground/random.js";
import { runThrough } from "../../src/ground/turn.js";
import { adam, adamw, Dataset, lbfgs, lion, MLP, nadam, sgd } from "../../src/index.js";
import type { Activation, Output } from "../../src/net/activations.js";
import { Dropout } from "../../src/net/dropout.js";
import { clipSlices, penaltySlices } from "../../src/net/gradient-slices.js";
import { clipGradients, penalise } from "../../src/net/gradients.js";
import { backwardSlices, forwardSlices } from "../../src/net/large-passes.js";
import { lossPass } from "../../src/net/losses.js";
import type { Network } from "../../src/net/network.js";
import { activateOutputs, backwardPass, forwardPass } from "../../src/net/passes.js";
import { writeTargets } from "../../src/net/write-targets.js";
import { networkOf } from "../networks.js";

const SIZES: number[][] = [
  [1100, 960, 10],
  [1030, 1033, 33, 3],
  [7, 70_000, 5, 140_001],
];

async function network(sizes: number[], activation: Activation, output: Output = "softmax"): Promise<Network> {
  const net = await networkOf({ layers: sizes, activation, output });
  expect(net.layout.parameterCount).toBeGreaterThan(LARGE);
  const random = new Random(4);
  for (let i = 0; i < net.parameters.length; i++) net.parameters[i] = (random.uniform() - 0.5) / 8;
  return net;
}

function putRows(net: Network, rows: number, share: number, weights?: number[]): void {
  const random = new Random(rows);
  const x = Float32Array.from({ length: rows * net.sizes[0] }, () =>
    random.uniform() < share ? random.uniform() - 0.5 : 0,
  );
  net.writeInputs(x, 0, rows, 1);
  const perRow = net.targetsPerRow;
  const y = Array.from({ length: rows * perRow }, (_, i) => i % 3);
  writeTargets(net, y, perRow, weights, 0, rows);
}

/** The gradients of two pieces of a mini-batch. */
function gradients(net: Network, isCut: boolean, share: number, between = () => {}, dropout?: Dropout): Uint8Array {
  const run = (work: Generator<number, void>) => {
    for (;;) {
      if (work.next().done) return;
      between();
    }
  };
  net.gradients.fill(Number.NaN);
  for (const [i, rows] of [net.layout.rows, 5, 1].entries()) {
    putRows(net, rows, share);
    if (dropout) dropout.row = 32 * i;
    if (isCut) run(forwardSlices(net, rows, dropout));
    else forwardPass(net, rows, dropout);
    lossPass(net, rows, 40, true);
    if (isCut) run(backwardSlices(net, rows, i === 0, dropout));
    else backwardPass(net, rows, i === 0, dropout);
  }
  return new Uint8Array(net.gradients.slice().buffer);
}

describe.each(SIZES)("a network of %s", (...sizes) => {
  it.each(["relu", "tanh", "sigmoid", "identity"] as const)(
    "of %s has the gradients of the whole",
    async (activation) => {
      const net = await network(sizes, activation);
      for (const share of [1, 0.2]) {
        const whole = gradients(net, false, share);
        expect(Buffer.from(gradients(net, true, share)).equals(whole)).toBe(true);
      }
      const dropout = new Dropout(net.kernels, { input: 0.2, hidden: sizes.slice(2).map(() => 0.5) }, [1, 2]);
      const whole = gradients(net, false, 1, undefined, dropout);
      expect(Buffer.from(gradients(net, true, 1, undefined, dropout)).equals(whole)).toBe(true);
    },
  );
});

it.each([
  ["gelu", "softplus"],
  ["elu", "hard-tanh"],
  ["relu6", "linear"],
] as const)("of %s and %s as output has the gradients of the whole", async (activation, output) => {
  const net = await network([1030, 1033, 33, 3], activation, output);
  for (const share of [1, 0.2]) {
    const whole = gradients(net, false, share);
    expect(whole.some((byte) => byte !== 0)).toBe(true);
    expect(Buffer.from(gradients(net, true, share)).equals(whole)).toBe(true);
  }
  const dropout = new Dropout(net.kernels, { input: 0.2, hidden: [0.5, 0.5] }, [1, 2]);
  const whole = gradients(net, false, 1, undefined, dropout);
  expect(Buffer.from(gradients(net, true, 1, undefined, dropout)).equals(whole)).toBe(true);
});

it.each([
  ["relu", "softmax"],
  ["gelu", "softplus"],
  ["elu", "hard-tanh"],
] as const)("predictions between two parts change nothing: %s, %s", async (activation, output) => {
  const net = await network([1100, 960, 10], activation, output);
  const whole = gradients(net, false, 1);
  let predicted = 0;
  const predict = () => {
    if (predicted++ % 3 === 0) return;
    net.writeInputs(new Float32Array(3300).fill(predicted % 2), 0, 3, 1);
    forwardPass(net, 3);
    activateOutputs(net, 3);
  };
  expect(Buffer.from(gradients(net, true, 1, predict)).equals(whole)).toBe(true);
  expect(predicted).toBeGreaterThan(10);
});

it("scores between two parts change nothing: weights and soft targets of the rows at hand stay theirs", async () => {
  const net = await network([1100, 960, 10], "gelu");
  const probabilities = Array.from({ length: 5 }, () => [0.2, 0.5, 0.3, ...new Array(7).fill(0)]).flat();
  const lossWith = (between: () => void) => {
    putRows(net, 5, 1);
    writeTargets(net, probabilities, 10, [1, 0, 2, 0.5, 3], 0, 5);
    let parts = 0;
    for (const _ of forwardSlices(net, 5)) if (parts++ < 2) between();
    expect(parts).toBeGreaterThan(2);
    return lossPass(net, 5, 6.5);
  };
  const alone = lossWith(() => {});
  expect(lossWith(() => putRows(net, 3, 1))).toBe(alone);
  expect(lossWith(() => putRows(net, 3, 1, [7, 7, 7]))).toBe(alone);
});

it("control: rows that nobody sets aside are noticed", async () => {
  const net = await network([1100, 960, 10], "relu");
  const whole = gradients(net, false, 1);
  const disturb = () => void net.inputs.fill(1);
  expect(Buffer.from(gradients(net, true, 1, disturb)).equals(whole)).toBe(false);
});

it("penalties and the clipped gradient are those of the whole", async () => {
  const net = await network([1030, 1023, 3], "relu");
  const random = new Random(9);
  const start = Float32Array.from(net.gradients, () => random.normal());
  const both = (work: (isCut: boolean) => number) => {
    const results = [false, true].map((isCut) => {
      net.gradients.set(start);
      return [work(isCut), Buffer.from(net.gradients.slice().buffer)] as const;
    });
    expect(results[1][0]).toBe(results[0][0]);
    expect(results[1][1].equals(results[0][1])).toBe(true);
    expect(results[0][1].equals(Buffer.from(start.buffer))).toBe(false);
  };
  const penalties = { l1: [1e-3, 2e-3], l2: [0.1, 0.2] };
  both((isCut) => (isCut ? runThrough(penaltySlices(net, penalties)) : penalise(net, penalties)));
  both((isCut) => {
    if (isCut) runThrough(clipSlices(net, 3));
    else clipGradients(net, 3);
    return 0;
  });
});

describe("a fit of a large network", () => {
  const layers = [1100, 960, 10];
  const random = new Random(2);
  const x = Float32Array.from({ length: 40 * 1100 }, () => random.uniform() - 0.5);
  const data = Dataset.from({ x, y: Array.from({ length: 40 }, (_, r) => r % 10) });

  const bytes = (net: MLP) => Buffer.concat(net.parameters().map(({ weights }) => Buffer.from(weights.buffer)));

  const layered = { layerRates: [0.5, 0, 1], l2: [1e-3, 1, 0], average: 0.9, maxNorm: 0.9 };
  const clipped = { l2: 1e-3, clipNorm: 1 };

  it.each([
    ["adam", adam(), clipped, layers],
    ["momentum", sgd({ learningRate: 0.01, momentum: 0.9 }), clipped, layers],
    ["adamw amsgrad, a frozen layer", adamw({ amsgrad: true }), { ...layered, clipNorm: 1 }, [1100, 940, 20, 10]],
    ["nadam, gradients that are cut", nadam(), { ...layered, clipValue: 1e-4 }, [1100, 940, 20, 10]],
    ["the first layers frozen", lion(), { layerRates: [0, 0, 1], l1: 1e-4 }, [1100, 940, 20, 10]],
  ])("makes the weights that steps of its trainer make: %s", async (_, optimizer, more, layers) => {
    const options = { optimizer, ...more };
    const [fitted, stepped] = await Promise.all([1, 1].map((seed) => MLP.create({ layers, seed })));
    await fitted.fit(data, { ...options, epochs: 2, batchSize: 25, shuffle: false });
    const trainer = stepped.trainer(options);
    for (let epoch = 0; epoch < 2; epoch++) {
      for (const batch of data.batches({ size: 25 })) trainer.step(batch.x, batch.y);
    }
    const own = "average" in more ? trainer.averagedParameters() : stepped.parameters();
    expect(bytes(fitted).equals(Buffer.concat(own.map(({ weights }) => Buffer.from(weights.buffer))))).toBe(true);
    const [file, other] = [fitted, stepped].map((net) => net.save({ resume: true }));
    expect(file.length - other.length).toBeGreaterThan(0);
  });

  it("of all rows at once ends below where it began", async () => {
    const net = await MLP.create({ layers, seed: 1 });
    const { epochs } = await net.fit(data, { optimizer: lbfgs(), epochs: 3 });
    expect(net.evaluate(data).loss).toBeLessThan(epochs[0].loss / 2);
  });

  it("is not disturbed by predictions at every turn, which never see half of an update", async () => {
    const options = { epochs: 2, batchSize: 20, earlyStopping: { patience: 1 }, validation: data };
    const [alone, asked] = await Promise.all([1, 1].map((seed) => MLP.create({ layers, seed })));
    await alone.fit(data, options);
    const seen = new Set<string>();
    let isFitting = true;
    const row = x.subarray(0, 1100);
    const ask = () => {
      seen.add(asked.predictProba(row).join());
      asked.parameters();
      if (isFitting) setImmediate(ask);
    };
    ask();
    await asked.fit(data, options);
    isFitting = false;
    expect(bytes(asked).equals(bytes(alone))).toBe(true);
    // Four updates: five networks, whenever it was asked.
    expect(seen.size).toBeLessThanOrEqual(5);
    expect(seen.size).toBeGreaterThan(1);
  });
});

it("control: the sizes are such that passes are cut", () => {
  for (const sizes of SIZES) expect(countParameters(sizes)).toBeGreaterThan(LARGE);
  expect(countParameters([784, 128, 10])).toBeLessThan(LARGE);
});

/**
 * Optimizers and the options of an update against PyTorch in float64: the traces of tests/traces/make.py that are about them, through
 * `trainer().step`. Skipped where they are not there.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  type Activation,
  adagrad,
  adam,
  adamw,
  lion,
  MLP,
  nadam,
  type Optimizer,
  type Output,
  rmsprop,
  sgd,
  type TrainerOptions,
} from "../../src/index.js";

const MAKERS = { adagrad, adam, adamw, lion, nadam, rmsprop, sgd };

interface Parameters {
  W: number[][];
  b: number[][];
}

interface Trace extends Omit<TrainerOptions, "optimizer" | "average"> {
  name: string;
  layers: number[];
  activation: Activation;
  output: Output;
  optimizer: { name: keyof typeof MAKERS };
  average?: number;
  batch: number;
  steps: number;
  rows: number;
  initial: Parameters;
  X: number[];
  y: number[];
  losses: number[];
  final: Parameters;
  averaged?: Parameters;
  predictions: number[];
}

const ABOUT = /^(optimizer|clip-value|max-norm|layer-rates|layer-penalties|average)/;
const folder = new URL("../traces/", import.meta.url);
const traces: Trace[] = readdirSync(folder)
  .filter((file) => ABOUT.test(file) && file.endsWith(".json"))
  .map((file) => JSON.parse(readFileSync(new URL(file, folder), "utf8")));

const maker = (name: keyof typeof MAKERS) => MAKERS[name] as (options: object) => Optimizer;

/** How far losses (relative) and parameters (absolute) are off at worst. */
async function replay(trace: Trace, other: object = {}): Promise<{ loss: number; parameters: number }> {
  const { layers, activation, output, initial, batch, rows, X, y } = trace;
  const { l1, l2, clipValue, maxNorm, layerRates, average } = trace;
  const { name, ...constants } = trace.optimizer;
  const net = await MLP.create({ layers, activation, output });
  net.setParameters(initial.W.map((weights, l) => ({ weights, biases: initial.b[l] })));
  const optimizer = maker(name)({ ...constants, ...other });
  const options = { l1, l2, clipValue, maxNorm, layerRates, average };
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  const trainer = net.trainer({ optimizer, ...Object.fromEntries(given) });
  const take = (values: number[], indices: number[]) => {
    const width = values.length / rows;
    return indices.flatMap((r) => values.slice(r * width, (r + 1) * width));
  };
  let loss = 0;
  for (let s = 0; s < trace.steps; s++) {
    const indices = Array.from({ length: batch }, (_, j) => (s * batch + j) % rows);
    loss = Math.max(loss, Math.abs(trainer.step(take(X, indices), take(y, indices)) / trace.losses[s] - 1));
  }
  let parameters = distance(net.parameters(), trace.final);
  if (trace.averaged) parameters = Math.max(parameters, distance(trainer.averagedParameters(), trace.averaged));
  return { loss, parameters };
}

function distance(got: { weights: Float32Array; biases: Float32Array }[], { W, b }: Parameters): number {
  const worst = (values: ArrayLike<number>, wanted: number[]) =>
    wanted.reduce((most, value, i) => Math.max(most, Math.abs(values[i] - value)), 0);
  return Math.max(...got.map(({ weights, biases }, l) => Math.max(worst(weights, W[l]), worst(biases, b[l]))));
}

describe.skipIf(traces.length === 0)("PyTorch's traces of optimizers and options", () => {
  for (const trace of traces) {
    it(`${trace.name}: losses within 2e-6, parameters within 5e-6`, async () => {
      const { loss, parameters } = await replay(trace);
      expect(loss).toBeLessThanOrEqual(2e-6);
      expect(parameters).toBeLessThanOrEqual(5e-6);
      // Control: a rate that is off by a thousandth is noticed.
      const { learningRate } = trace.optimizer as unknown as { learningRate: number };
      expect((await replay(trace, { learningRate: learningRate * 1.001 })).parameters).toBeGreaterThan(5e-6);
    });
  }
});

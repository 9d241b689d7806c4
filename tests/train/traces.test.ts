/**
 * The whole vocabulary against PyTorch in float64: the traces that tests/traces/make.py wrote, an activation, a loss, an optimizer or
 * an option each, replayed through `trainer().step`: losses before each update, weights and predictions after the last.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as library from "../../src/index.js";
import {
  type Activations,
  type ClassWeights,
  type LayerParameters,
  type Loss,
  MLP,
  type Optimizer,
  type Output,
} from "../../src/index.js";

/** How far losses (relative) and weights and predictions (absolute) may be off: float32 against float64. */
const [LOSS, WEIGHTS] = [2e-6, 5e-6];

interface Trace {
  name: string;
  layers: number[];
  activation: Activations;
  output: Output;
  loss?: Loss;
  optimizer: { name: string; learningRate: number };
  l1: number | number[];
  l2: number | number[];
  labelSmoothing?: number;
  classWeights?: ClassWeights;
  weights?: number[];
  maxNorm?: number;
  clipValue?: number;
  layerRates?: number[];
  bias?: boolean | boolean[];
  average?: number;
  averaged?: { W: number[][]; b: number[][] };
  normalization?: string;
  batch: number;
  steps: number;
  rows: number;
  initial: { W: number[][]; b: number[][] };
  X: number[];
  y: number[];
  losses: number[];
  final: { W: number[][]; b: number[][] };
  finalDataLoss: number;
  predictions: number[];
}

const folder = new URL("../traces/", import.meta.url);
const traces: Trace[] = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => JSON.parse(readFileSync(new URL(file, folder), "utf8")))
  .filter(({ program, losses }) => program === "make.py" && losses);

/** What is not here yet. */
const isKnown = ({ normalization }: Trace) => !normalization;

function optimizerOf({ optimizer: { name, ...constants } }: Trace): Optimizer {
  return (library as unknown as Record<string, (options: object) => Optimizer>)[name](constants);
}

interface Errors {
  loss: number;
  weights: number;
  predictions: number;
}

async function replay(trace: Trace, changes: Partial<Trace> = {}): Promise<Errors> {
  const given = { ...trace, ...changes };
  const { layers, activation, output, loss, bias, l1, l2, labelSmoothing, classWeights, weights } = given;
  const { maxNorm, clipValue, layerRates, average, initial, batch, rows, X, y } = given;
  const net = await MLP.create({ layers, activation, output, loss, bias });
  net.setParameters(initial.W.map((own, l) => ({ weights: own, biases: initial.b[l] })));
  const options = { l1, l2, labelSmoothing, classWeights, maxNorm, clipValue, layerRates, average };
  const trainer = net.trainer({ optimizer: optimizerOf(given), ...options });
  const errors: Errors = { loss: 0, weights: 0, predictions: 0 };
  const take = (values: number[], indices: number[]) => {
    const width = values.length / rows;
    return indices.flatMap((r) => values.slice(r * width, (r + 1) * width));
  };
  for (let s = 0; s < trace.steps; s++) {
    const indices = Array.from({ length: batch }, (_, j) => (s * batch + j) % rows);
    const own = trainer.step(take(X, indices), take(y, indices), weights && take(weights, indices));
    errors.loss = Math.max(errors.loss, Math.abs(own / trace.losses[s] - 1));
  }
  const worst = (got: ArrayLike<number>, wanted: number[]) =>
    wanted.reduce((most, value, i) => Math.max(most, Math.abs(got[i] - value)), 0);
  const compare = (got: LayerParameters[], { W, b }: Trace["final"]) =>
    got.forEach((own, l) => {
      errors.weights = Math.max(errors.weights, worst(own.weights, W[l]), worst(own.biases, b[l]));
    });
  compare(net.parameters(), trace.final);
  if (trace.averaged) compare(trainer.averagedParameters(), trace.averaged);
  errors.predictions = worst(net.predictProba(X), trace.predictions);
  return errors;
}

const accepts = ({ loss, weights, predictions }: Errors) =>
  loss <= LOSS && weights <= WEIGHTS && predictions <= WEIGHTS;

describe("PyTorch's traces of the whole vocabulary, in float64", () => {
  for (const trace of traces.filter(isKnown)) {
    it(trace.name, async () => {
      const errors = await replay(trace);
      expect(accepts(errors), JSON.stringify(errors)).toBe(true);
      // Control: a rate that is off by a thousandth is noticed.
      const { learningRate } = trace.optimizer;
      const off = { ...trace.optimizer, learningRate: 1.001 * learningRate };
      expect(accepts(await replay(trace, { optimizer: off }))).toBe(false);
    });
  }
});

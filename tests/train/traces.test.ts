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
  type LayerParametersLike,
  type Loss,
  MLP,
  type Normalization,
  type Optimizer,
  type Output,
} from "../../src/index.js";

/** How far losses (relative) and weights and predictions (absolute) may be off: float32 against float64. */
const [LOSS, WEIGHTS] = [2e-6, 5e-6];

/** One list a layer; of what normalises them, one a hidden layer. */
type Parameters = { W: number[][]; b: number[][] } & {
  [name in "gain" | "shift" | "mean" | "variance"]?: number[][];
};

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
  normalization?: Normalization;
  batch: number;
  steps: number;
  rows: number;
  initial: Parameters;
  X: number[];
  y: number[];
  losses: number[];
  final: Parameters;
  finalDataLoss: number;
  predictions: number[];
}

const folder = new URL("../traces/", import.meta.url);
const traces: Trace[] = readdirSync(folder)
  .filter((file) => file.endsWith(".json"))
  .map((file) => JSON.parse(readFileSync(new URL(file, folder), "utf8")))
  .filter(({ program, losses }) => program === "make.py" && losses);

function optimizerOf({ optimizer: { name, ...constants } }: Trace): Optimizer {
  return (library as unknown as Record<string, (options: object) => Optimizer>)[name](constants);
}

/** A trace's parameters as the library has them. */
function layersOf({ W, b, gain, shift, mean, variance }: Parameters): LayerParametersLike[] {
  return W.map((weights, l) => {
    const normalized = Object.entries({ gain, shift, mean, variance }).filter(([, lists]) => lists?.[l]);
    return { weights, biases: b[l], ...Object.fromEntries(normalized.map(([name, lists]) => [name, lists?.[l]])) };
  });
}

interface Errors {
  loss: number;
  weights: number;
  predictions: number;
}

async function replay(trace: Trace, changes: Partial<Trace> = {}): Promise<Errors> {
  const given = { ...trace, ...changes };
  const { layers, activation, output, loss, bias, l1, l2, labelSmoothing, classWeights, weights } = given;
  const { maxNorm, clipValue, layerRates, average, initial, batch, rows, X, y, normalization } = given;
  const net = await MLP.create({ layers, activation, output, loss, bias, normalization });
  net.setParameters(layersOf(initial));
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
  const compare = (got: LayerParameters[], wanted: LayerParametersLike[]) =>
    got.forEach(({ inputs, outputs, ...own }, l) => {
      expect(Object.keys(own)).toEqual(Object.keys(wanted[l]));
      for (const [name, values] of Object.entries(own)) {
        errors.weights = Math.max(errors.weights, worst(values, wanted[l][name as keyof typeof own] as number[]));
      }
    });
  compare(net.parameters(), layersOf(trace.final));
  if (trace.averaged) compare(trainer.averagedParameters(), layersOf(trace.averaged));
  errors.predictions = worst(net.predictProba(X), trace.predictions);
  return errors;
}

const accepts = ({ loss, weights, predictions }: Errors) =>
  loss <= LOSS && weights <= WEIGHTS && predictions <= WEIGHTS;

describe("PyTorch's traces of the whole vocabulary, in float64", () => {
  for (const trace of traces) {
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

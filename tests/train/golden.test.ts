/**
 * N4: training follows the mathematics. Traces made by PyTorch in float64 (tests/traces): every loss of 60 updates and the
 * weights after them, through `trainer().step` and the schedules.
 */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  type Activation,
  adam,
  cosineDecay,
  MLP,
  type Optimizer,
  type Output,
  sgd,
  stepDecay,
} from "../../src/index.js";
import { readmeFigures } from "../claims.js";

/** What the README says: updates, configurations, and how far losses (relative) and weights (absolute) may be off. */
const [STEPS, CONFIGURATIONS, LOSS, WEIGHTS] = readmeFigures(
  /\| (\d+) updates against PyTorch in float64, (\d+) configurations \| losses within (\S+), weights within (\S+) \|/,
);

interface Trace {
  name: string;
  layers: number[];
  activation: Activation;
  output: Output;
  optimizer: { type: "sgd" | "adam"; learningRate: number; momentum?: number; nesterov?: boolean };
  l1: number;
  l2: number;
  schedule: { type: string; rate?: number; every?: number; steps?: number };
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

interface Errors {
  /** Relative, the worst of all steps. */
  loss: number;
  /** Absolute, the worst of all weights and biases. */
  parameters: number;
  /** Absolute, the worst of all rows. */
  predictions: number;
}

const folder = new URL("../traces/", import.meta.url);
const read = (file: string) => JSON.parse(readFileSync(new URL(file, folder), "utf8"));
const traces: Trace[] = readdirSync(folder)
  .filter((file) => file.endsWith(".json") && file !== "xor-notebook.json")
  .map(read)
  // What tests/traces/make.py writes has other fields.
  .filter(({ program }) => program === undefined);

function learningRate({ optimizer: { learningRate: initial }, schedule }: Trace) {
  const { type, rate = 0, every = 0, steps = 0 } = schedule;
  if (type === "stepDecay") return stepDecay({ initial, rate, every, unit: "step" });
  if (type === "cosineDecay") return cosineDecay({ initial, over: steps, unit: "step" });
  if (type === "constant") return initial;
  throw new Error(`unknown schedule ${type}`);
}

function optimizerOf(trace: Trace): Optimizer {
  const { type, momentum, nesterov } = trace.optimizer;
  const rate = learningRate(trace);
  return type === "adam" ? adam({ learningRate: rate }) : sgd({ learningRate: rate, momentum, nesterov });
}

async function replay(trace: Trace, optimizer = optimizerOf(trace)): Promise<Errors> {
  const { layers, activation, output, initial, l1, l2, batch, rows, X, y } = trace;
  const net = await MLP.create({ layers, activation, output });
  net.setParameters(initial.W.map((weights, l) => ({ weights, biases: initial.b[l] })));
  const trainer = net.trainer({ optimizer, l1, l2 });
  const take = (values: number[], indices: number[]) => {
    const width = values.length / rows;
    return indices.flatMap((r) => values.slice(r * width, (r + 1) * width));
  };
  const errors: Errors = { loss: 0, parameters: 0, predictions: 0 };
  for (let s = 0; s < trace.steps; s++) {
    const indices = Array.from({ length: batch }, (_, j) => (s * batch + j) % rows);
    const loss = trainer.step(take(X, indices), take(y, indices));
    errors.loss = Math.max(errors.loss, Math.abs(loss / trace.losses[s] - 1));
  }
  const worst = (got: ArrayLike<number>, wanted: number[]) =>
    wanted.reduce((most, value, i) => Math.max(most, Math.abs(got[i] - value)), 0);
  net.parameters().forEach(({ weights, biases }, l) => {
    errors.parameters = Math.max(errors.parameters, worst(weights, trace.final.W[l]), worst(biases, trace.final.b[l]));
  });
  errors.predictions = worst(net.predictProba(X), trace.predictions);
  return errors;
}

function accepts({ loss, parameters, predictions }: Errors): boolean {
  return loss <= LOSS && parameters <= WEIGHTS && predictions <= WEIGHTS;
}

describe("PyTorch's traces in float64", () => {
  it("are all there, of as many updates as the README says", () => {
    expect(traces.map(({ steps }) => steps)).toEqual(Array(CONFIGURATIONS).fill(STEPS));
  });

  for (const trace of traces) {
    it(`${trace.name}: losses within ${LOSS}, weights within ${WEIGHTS}`, async () => {
      const errors = await replay(trace);
      expect(accepts(errors), JSON.stringify(errors)).toBe(true);
    });
  }

  it("control: a momentum of 0.8999 for 0.9 is noticed", async () => {
    const trace = traces.find(({ name }) => name === "momentum")!;
    expect(accepts(await replay(trace, sgd({ learningRate: 0.05, momentum: 0.8999 })))).toBe(false);
  });

  it("control: a cosine that counts one step too many is noticed", async () => {
    const trace = traces.find(({ name }) => name === "cosine")!;
    const late = cosineDecay({ initial: 0.3, over: 61, unit: "step" });
    expect(accepts(await replay(trace, sgd({ learningRate: late })))).toBe(false);
  });
});

interface NotebookRun {
  seed: number;
  W1: number[];
  W2: number[];
  lossAfterUpdate: Record<string, number>;
  predictions: number[];
  probabilities: number[];
}

/** The XOR notebook, 1000 updates of the whole batch; the worst relative error of the losses printed. */
async function replayNotebook(run: NotebookRun, rate: number): Promise<number> {
  const x = [0, 0, 0, 1, 1, 0, 1, 1];
  const y = [0, 1, 1, 0];
  const net = await MLP.create({ layers: [2, 10, 2] });
  net.setParameters([
    { weights: run.W1, biases: new Array(10).fill(0) },
    { weights: run.W2, biases: [0, 0] },
  ]);
  const trainer = net.trainer({ optimizer: sgd({ learningRate: rate }) });
  let worst = 0;
  trainer.step(x, y);
  for (let epoch = 0; epoch < 1000; epoch++) {
    // A step returns the loss before it, which is the loss after the update before.
    const after = trainer.step(x, y);
    const wanted = run.lossAfterUpdate[epoch];
    if (wanted !== undefined) worst = Math.max(worst, Math.abs(after / wanted - 1));
  }
  expect([...net.predict(x)]).toEqual(run.predictions);
  return worst;
}

describe("the XOR notebook, float64, five starts", () => {
  const { runs } = read("xor-notebook.json") as { runs: NotebookRun[] };

  it("has five starts", () => expect(runs.length).toBe(5));

  for (const run of runs) {
    it(`start ${run.seed}: every printed loss within 1e-5, predictions 0 1 1 0`, async () => {
      // The notebook sums gradients over its four rows, this library takes their mean.
      expect(await replayNotebook(run, 0.4)).toBeLessThanOrEqual(1e-5);
    });
  }

  it("control: a rate of 0.4001 is noticed", async () => {
    expect(await replayNotebook(runs[0], 0.4001)).toBeGreaterThan(1e-5);
  });
});

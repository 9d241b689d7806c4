/**
 * `npm run bench:threads` (-- COUNT): updates, predictions and an epoch of MNIST on several threads beside one, as ratios in one run.
 * `-- --quick`: results only. Models made before `threads()` run alone, so both stand side by side in one process.
 */
import { existsSync } from "node:fs";
import { cpus } from "node:os";
import { adam, type Dataset, MLP, sgd } from "../src/index.js";
import { threads } from "../src/threads.js";
import { turbo } from "../src/turbo.js";
import { loadMnist } from "./learning/mnist.js";
import { check, figure, finish, measure, QUICK, type Subject } from "./measure.js";
import { flatParameters, prepare } from "./nets.js";
import { twoCores } from "./two-cores.js";

const count = Number(process.argv.find((word) => /^\d+$/.test(word)) ?? 2);

/** What is wanted of two threads on two cores. */
const UPDATES = [
  { layers: [2, 10, 2], batch: 4, goal: 0.97 },
  { layers: [30, 64, 2], batch: 32, goal: 0.97 },
  { layers: [64, 64, 10], batch: 64, goal: 1.4 },
  { layers: [784, 128, 10], batch: 64, goal: 1.8 },
  { layers: [784, 800, 10], batch: 128, goal: 1.9 },
] as const;
const PREDICTIONS = [
  { layers: [64, 64, 10], rows: 1024, goal: 1.9 },
  { layers: [784, 128, 10], rows: 1024, goal: 1.9 },
  { layers: [784, 800, 10], rows: 1024, goal: 1.9 },
  { layers: [784, 128, 10], rows: 1, goal: 0.97 },
] as const;

/** The same work alone and shared, and what both must agree on. */
interface Pair {
  readonly name: string;
  readonly goal: number;
  readonly alone: Subject;
  shared?: Subject;
  /** What must be the same bytes of both. */
  readonly left: (() => ArrayLike<number>)[];
}

async function update(own: (typeof UPDATES)[number]): Promise<[() => unknown, () => ArrayLike<number>]> {
  const { net, x, y } = await prepare(own.layers, own.batch);
  const trainer = net.trainer({ optimizer: sgd({ learningRate: 1e-3 }) });
  const weights = await updated(own);
  return [() => trainer.step(x, y), () => weights];
}

async function prediction({
  layers,
  rows,
}: (typeof PREDICTIONS)[number]): Promise<[() => unknown, () => ArrayLike<number>]> {
  const { net, x } = await prepare(layers, rows);
  const out = new Float32Array(rows * layers[layers.length - 1]);
  return [() => net.predictProba(x, out), () => out];
}

const works = [
  ...UPDATES.map((own) => ({
    ...{ name: `update ${own.layers.join("-")} batch ${own.batch}`, goal: own.goal, make: () => update(own) },
  })),
  ...PREDICTIONS.map((own) => ({
    ...{ name: `${own.rows} rows ${own.layers.join("-")}`, goal: own.goal, make: () => prediction(own) },
  })),
];

const isTurbo = process.argv.includes("--turbo") && (await turbo());
const pairs: Pair[] = [];
for (const { name, goal, make } of works) {
  const [call, left] = await make();
  pairs.push({ name, goal, alone: { name: "alone", call }, left: [left] });
}
const digits =
  existsSync(new URL("../../shared/data/mnist/", import.meta.url)) && !QUICK ? await loadMnist("train") : undefined;
const epochs = { alone: digits && (await epochOf(digits)), shared: undefined as (() => Promise<number>) | undefined };

const capacity = await twoCores();
const used = await threads({ count });
for (const [i, { make }] of works.entries()) {
  const [call, left] = await make();
  pairs[i].shared = { name: "shared", call };
  pairs[i].left.push(left);
}
epochs.shared = digits && (await epochOf(digits));

console.log(
  `${used} threads beside one${isTurbo ? ", turbo" : ""}: Node ${process.versions.node}, ${cpus().length} cores, ${cpus()[0]?.model}; µs, median and least of 25 rounds`,
);
if (!QUICK) await printCapacity();
for (const { name, goal, alone, shared, left } of pairs) {
  const [one, more] = measure([alone, shared!]);
  check(name, differing(left[0](), left[1]()), 0.5);
  console.log(
    `${name.padEnd(30)} ${figure(one.median)} ${figure(more.median)}  ${figure(one.median / more.median, 2, 5)} times as fast (least: ${figure(one.least / more.least, 2, 5)}), goal ${goal}`,
  );
}
if (epochs.alone && epochs.shared) await printEpochs(epochs.alone, epochs.shared);
if (!QUICK) await printCapacity();
finish();

/** What nothing that shares work can exceed on this machine, at this moment. */
async function printCapacity(): Promise<void> {
  console.log(`two threads that share nothing do ${figure(await capacity(), 2, 4)} times as much as one`);
}

/** How many numbers differ. */
function differing(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let count = a.length === b.length ? 0 : 1;
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) count++;
  return count;
}

/** The weights after three updates by adam. */
async function updated({ layers, batch }: (typeof UPDATES)[number]): Promise<number[]> {
  const { net, x, y } = await prepare(layers, batch);
  const trainer = net.trainer({ optimizer: adam() });
  for (let i = 0; i < 3; i++) trainer.step(x, y);
  return flatParameters(net);
}

/** One epoch of 784-128-10 in mini-batches of 64; a call gives its milliseconds. */
async function epochOf(data: Dataset): Promise<() => Promise<number>> {
  const net = await MLP.create({ layers: [784, 128, 10], seed: 1 });
  return async () => {
    const start = performance.now();
    await net.fit(data, { epochs: 1, batchSize: 64, optimizer: sgd({ learningRate: 0.01 }) });
    return performance.now() - start;
  };
}

async function printEpochs(alone: () => Promise<number>, shared: () => Promise<number>): Promise<void> {
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < 7; round++) {
    times[0].push(await alone());
    times[1].push(await shared());
  }
  const [one, more] = times.map((list) => list.sort((a, b) => a - b)[3]);
  console.log(
    `an epoch of MNIST, 784-128-10  ${figure(one)} ${figure(more)} ms  ${figure(one / more, 2, 5)} times as fast, goal 1.7`,
  );
}

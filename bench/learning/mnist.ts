/**
 * `tsx bench/learning/mnist.ts`: MNIST against published figures, and seconds an epoch beside PyTorch's where the system's python3 has it.
 * `-- --large`: the largest net instead, an hour on Node 24 with `wasmlp/turbo`. `-- --choose`: how the settings were chosen, on 10,000
 * rows of the training set; the test set had no say.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readIdx } from "../../src/idx.js";
import { cosineDecay, Dataset, type FitOptions, MLP, sgd } from "../../src/index.js";
import { turbo } from "../../src/turbo.js";

const folder = new URL("../../../shared/data/mnist/", import.meta.url);

/** Pictures and digits of one part, bytes as they come. */
export async function loadMnist(part: "train" | "t10k"): Promise<Dataset> {
  const read = (name: string) => readIdx(readFileSync(new URL(`${part}-${name}-ubyte.gz`, folder)));
  const [images, labels] = await Promise.all([read("images-idx3"), read("labels-idx1")]);
  return Dataset.from({ x: images.data, y: labels.data, rows: images.shape[0], scale: 1 / 255 });
}

export interface Case {
  readonly name: string;
  readonly layers: readonly number[];
  readonly epochs: number;
  readonly batchSize: number;
  /** Of the first epoch; falls to 0 as half a cosine. */
  readonly rate: number;
  readonly l2: number;
  readonly dropout?: FitOptions["dropout"];
  readonly maxNorm?: number;
  /** Error in per cent that is to be reached, and who says so. */
  readonly reference?: readonly [error: number, source: string];
}

/** The system's own: where Debian puts its packages. */
export const PYTHON = "/usr/bin/python3";

const dropout = { input: 0.2, hidden: 0.5 };

export const CASES: readonly Case[] = [
  { name: "784-128-10", layers: [784, 128, 10], epochs: 20, batchSize: 64, rate: 0.1, l2: 1e-4 },
  {
    name: "784-800-10",
    layers: [784, 800, 10],
    epochs: 30,
    batchSize: 64,
    rate: 0.05,
    l2: 1e-4,
    reference: [1.6, "Simard et al. 2003"],
  },
  {
    name: "784-800-10, dropout",
    layers: [784, 800, 10],
    epochs: 150,
    batchSize: 128,
    rate: 0.1,
    l2: 0,
    dropout,
    reference: [1.3, "goal"],
  },
];

/** An hour: not among those that are run together. */
export const LARGE: Case = {
  name: "784-1024-1024-1024-10, dropout, max-norm",
  layers: [784, 1024, 1024, 1024, 10],
  epochs: 130,
  batchSize: 128,
  rate: 0.1,
  l2: 0,
  dropout,
  maxNorm: 2,
  reference: [1.06, "Srivastava et al. 2014"],
};

/** What else was tried. */
const REJECTED: readonly Case[] = [
  { ...CASES[1], name: "784-800-10, larger batch, more L2", batchSize: 128, rate: 0.1, l2: 2e-4 },
  { ...CASES[2], name: "784-800-10, dropout, 60 epochs", epochs: 60 },
  { ...CASES[2], name: "784-800-10, dropout, smaller batch, L2", epochs: 60, batchSize: 64, rate: 0.05, l2: 1e-5 },
];

export async function train(
  data: Dataset,
  { layers, epochs, batchSize, rate, l2, dropout, maxNorm }: Case,
): Promise<MLP<"softmax">> {
  const net = await MLP.create({ layers, seed: 1 });
  const optimizer = sgd({ learningRate: cosineDecay({ initial: rate, over: epochs }), momentum: 0.9 });
  await net.fit(data, { epochs, batchSize, optimizer, l2, dropout, maxNorm });
  return net;
}

/** Seconds an epoch of the same net, rows and settings in PyTorch on one thread; none where the system's python3 has no torch. */
function torchSeconds({ layers, batchSize, rate, l2, dropout, maxNorm }: Case): number | undefined {
  const script = fileURLToPath(new URL("mnist.py", import.meta.url));
  const settings = JSON.stringify({
    layers,
    batchSize,
    rate,
    l2,
    dropout: dropout ?? { input: 0, hidden: 0 },
    maxNorm,
  });
  // This process may run under settings of a linear algebra library that are meant for another one.
  const { OPENBLAS_CORETYPE, OPENBLAS_L2_SIZE, ...env } = process.env;
  try {
    const output = execFileSync(PYTHON, [script, fileURLToPath(folder), settings], {
      env: { ...env, OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" },
      stdio: ["ignore", "pipe", "ignore"],
    });
    return Number(output.toString());
  } catch {
    return undefined;
  }
}

async function report(cases: readonly Case[], rows: Dataset, test: Dataset, on: string): Promise<void> {
  console.log(
    `| net (SGD, momentum 0.9, cosine to 0) | epochs | error on ${on} | to reach | s an epoch | PyTorch | ratio |`,
  );
  console.log("|---|---|---|---|---|---|---|");
  for (const each of cases) {
    const start = performance.now();
    const net = await train(rows, each);
    const seconds = (performance.now() - start) / 1000 / each.epochs;
    const error = 100 * (1 - net.evaluate(test).accuracy);
    const [limit, source] = each.reference ?? [];
    const peer = torchSeconds(each);
    const cells = [
      `${each.name}, batch ${each.batchSize}, rate ${each.rate}, L2 ${each.l2}`,
      each.epochs,
      `${error.toFixed(2)} %`,
      limit ? `${limit} % (${source})` : "",
      seconds.toFixed(2),
      peer?.toFixed(2) ?? "not here",
      peer ? (peer / seconds).toFixed(1) : "",
    ];
    console.log(`| ${cells.join(" | ")} |`);
    if (limit && on === "the test set" && error > limit) process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!existsSync(folder)) console.log("MNIST must lie in ../shared/data/mnist, got nothing there: nothing to do.");
  else if (process.argv.includes("--choose")) {
    // The test set is not even read.
    const { train: rows, test: held } = (await loadMnist("train")).split({ test: 1 / 6, seed: 1, stratify: true });
    await report([...CASES, ...REJECTED], rows, held, "10,000 training rows held out");
  } else if (process.argv.includes("--large")) {
    await turbo();
    await report([LARGE], await loadMnist("train"), await loadMnist("t10k"), "the test set");
  } else await report(CASES, await loadMnist("train"), await loadMnist("t10k"), "the test set");
}

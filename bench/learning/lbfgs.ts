/**
 * `tsx bench/learning/lbfgs.ts`: L-BFGS beside Adam on the tables with classes: the training loss of softmax nets [features, 16,
 * classes] with l2 = 1e-3 after as many passes over the rows, from three starts. Adam's best of three rates and two batch sizes. Exits with 1 if
 * L-BFGS is above anywhere.
 */
import { adam, Classifier, Dataset, lbfgs, MLP, type Optimizer } from "../../src/index.js";
import type { Network } from "../../src/net/network.js";
import { haveTables, loadRows, meanOf, SETS } from "./load-tables.js";

const PASSES = 100;
const L2 = 1e-3;

interface Outcome {
  readonly loss: number;
  readonly passes: number;
}

/** The loss with its penalty over all rows after this many passes over them, or just beyond. */
async function train(
  layers: number[],
  seed: number,
  data: Dataset,
  optimizer: Optimizer,
  batchSize: number,
): Promise<Outcome> {
  const net = await MLP.create({ layers, seed });
  const { network } = net as unknown as { network: Network };
  const { softmaxCrossEntropyBackward } = network.kernels;
  let rows = 0;
  network.kernels.softmaxCrossEntropyBackward = (d, z, labels, weights, B, O, scale) => {
    rows += B;
    return softmaxCrossEntropyBackward(d, z, labels, weights, B, O, scale);
  };
  const controller = new AbortController();
  const onEpoch = () => rows >= PASSES * data.rows && controller.abort();
  await net.fit(data, { optimizer, batchSize, l2: L2, epochs: 10 * PASSES, onEpoch, signal: controller.signal });
  const squares = net.parameters().flatMap(({ weights }) => [...weights].map((w) => w * w));
  const penalty = (L2 / 2) * squares.reduce((sum, square) => sum + square, 0);
  const passes = rows / data.rows;
  return { loss: net.evaluate(data).loss + penalty, passes };
}

async function table(name: string): Promise<boolean> {
  const set = SETS.find((one) => one.name === name);
  if (!set) throw new Error(name);
  const rows = loadRows(set);
  const model = await Classifier.fit(rows, { ...set.options, target: set.target, hidden: [], epochs: 1 });
  const { encoder, net } = model as unknown as {
    encoder: { encode(call: string, rows: object[]): Float32Array };
    net: MLP;
  };
  const labels = model.labels.map((label) => `${label}`);
  const x = encoder.encode("bench", rows);
  const data = Dataset.from({ x, y: rows.map((row) => labels.indexOf(row[set.target])), rows: rows.length });
  const layers = [net.layers[0], 16, labels.length];
  const seeds = [1, 2, 3];
  const over = async (optimizer: Optimizer, batchSize: number) => {
    const outcomes: Outcome[] = [];
    for (const seed of seeds) outcomes.push(await train(layers, seed, data, optimizer, batchSize));
    return {
      loss: meanOf(outcomes.map(({ loss }) => loss)),
      passes: Math.max(...outcomes.map(({ passes }) => passes)),
    };
  };
  const newton = await over(lbfgs(), rows.length);
  let best = { loss: Number.POSITIVE_INFINITY, what: "" };
  for (const rate of [1e-3, 3e-3, 1e-2, 3e-2]) {
    for (const batchSize of [32, rows.length]) {
      const { loss } = await over(adam({ learningRate: rate }), batchSize);
      if (loss < best.loss) best = { loss, what: `rate ${rate}, ${batchSize} rows an update` };
    }
  }
  const shown = (loss: number) => loss.toPrecision(5);
  const about = `${name} (${rows.length} rows, ${layers.join("-")})`;
  console.log(
    `${about}: L-BFGS ${shown(newton.loss)} in ${newton.passes} passes, Adam ${shown(best.loss)} (${best.what})`,
  );
  return newton.loss <= best.loss;
}

if (haveTables) {
  let isBelow = true;
  for (const name of ["iris", "wine", "breast_cancer", "penguins", "titanic", "digits"])
    isBelow = (await table(name)) && isBelow;
  process.exitCode = isBelow ? 0 : 1;
} else console.log("The tables are not there.");

/** Weights of a fitted network as halves: half the file, and answers that are as good as the same. */
import { roundToHalf } from "../file/half-floats.js";
import { fillSlices, forEachSlice } from "../ground/slices.js";
import { square } from "../ground/statistics.js";
import { turn } from "../ground/turn.js";
import type { LayerParameters } from "../net/layer-views.js";

/** A network whose weights can be replaced. */
interface Net {
  parameters(): LayerParameters[];
  setParameters(layers: readonly LayerParameters[]): void;
}

/** Answers may change by so much of their variance, in the mean of squares: of the open sets' networks they do by 10⁻⁸ at most. */
const MOST_CHANGE = 1e-6;

/**
 * Rounds all weights and biases to halves. They stay as they are where answers would change, or no half is as large.
 * @param answer has the network answer to rows that it was not trained on
 */
export async function roundWeights(net: Net, answer: () => Promise<Float32Array>): Promise<void> {
  const exact = net.parameters();
  const rounded: LayerParameters[] = [];
  for (const { weights, biases, ...layer } of exact) {
    rounded.push({ ...layer, weights: await toHalves(weights), biases: await toHalves(biases) });
  }
  const areHalves = rounded.every(
    ({ weights, biases }) => weights.every(Number.isFinite) && biases.every(Number.isFinite),
  );
  if (!areHalves) return;
  const before = await answer();
  net.setParameters(rounded);
  const change = await turn.run(changeOf(before, await answer()));
  // Where answers are all alike there is no such share.
  if (!(change <= MOST_CHANGE)) net.setParameters(exact);
}

const toHalves = (numbers: Float32Array) =>
  turn.run(fillSlices(new Float32Array(numbers.length), (i) => roundToHalf(numbers[i])));

/** The squared distance of two lists of answers, as a share of that of the first from their mean. */
function* changeOf(before: Float32Array, after: Float32Array): Generator<number, number> {
  let [sum, change, variance] = [0, 0, 0];
  yield* forEachSlice(before.length, (from, to) => {
    for (let i = from; i < to; i++) sum += before[i];
  });
  const mean = sum / before.length;
  yield* forEachSlice(before.length, (from, to) => {
    for (let i = from; i < to; i++) {
      change += square(after[i] - before[i]);
      variance += square(before[i] - mean);
    }
  });
  return change / variance;
}

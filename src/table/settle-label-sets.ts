/** What held-out rows say where rows have several labels: each label of each row is a question of its own, yes or no. */
import { log } from "../ground/math.js";
import { forEachSlice, repeatSlices } from "../ground/slices.js";
import { sumOver } from "../ground/statistics.js";

/** What encodes sets of labels as zeros and ones, [rows, outputs]. */
interface SetEncoder {
  readonly outputs: number;
  encode(targets: ArrayLike<number>): Generator<number, Float32Array>;
}

/** Questions with two answers each. */
interface Questions {
  /** Which is right: 0 for yes. */
  readonly truth: Float64Array;
  /** Of yes and no, [questions, 2]. */
  readonly probabilities: Float32Array;
  /** What each counts, if they do not count alike. */
  readonly weights?: Float64Array | undefined;
}

/** Numbers of sets of labels, and answers of the network that held them out, [rows, labels]. */
interface Held {
  readonly targets: Float64Array;
  readonly answers: Float32Array;
  /** What each row counts, if they do not count alike. */
  readonly weights?: Float64Array | undefined;
}

/** Float32 holds no probability between 1 less this and 1. */
const LEAST = 2 ** -25;

/** Each answer as a question of its own. */
export function* askEachLabel(
  targetEncoder: SetEncoder,
  { targets, answers, weights }: Held,
): Generator<number, Questions> {
  const encoded = yield* targetEncoder.encode(targets);
  const truth = new Float64Array(answers.length);
  const probabilities = new Float32Array(2 * answers.length);
  yield* forEachSlice(answers.length, (from, to) => {
    for (let i = from; i < to; i++) {
      truth[i] = 1 - encoded[i];
      probabilities[2 * i] = answers[i];
      probabilities[2 * i + 1] = Math.max(LEAST, 1 - answers[i]);
    }
  });
  return { truth, probabilities, weights: weights && (yield* repeatSlices(weights, targetEncoder.outputs)) };
}

/** The smallest probability whose logarithm counts. */
const SMALLEST = 1e-15;

/**
 * How much each row's answer leaves: the summed log-loss of its labels, and which part that is of what a constant answer leaves, each
 * label's share of the rows.
 */
export function* judgeLabelSets(
  targetEncoder: SetEncoder,
  { targets, answers, weights }: Held,
): Generator<number, { losses: Float64Array; entropy: number }> {
  const encoded = yield* targetEncoder.encode(targets);
  const [rows, width] = [targets.length, targetEncoder.outputs];
  const losses = new Float64Array(rows);
  const counts = new Float64Array(width);
  yield* forEachSlice(encoded.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const isOwn = encoded[i] === 1;
      const r = Math.floor(i / width);
      if (isOwn) counts[i % width] += weights ? weights[r] : 1;
      losses[r] -= log(Math.max(SMALLEST, isOwn ? answers[i] : 1 - answers[i]));
    }
  });
  const total = weights ? yield* sumOver(rows, (r) => weights[r]) : rows;
  let entropy = 0;
  for (const count of counts) {
    for (const own of [count, total - count]) if (own > 0) entropy -= (own / total) * log(own / total);
  }
  return { losses, entropy };
}

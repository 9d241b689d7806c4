/** One temperature for all probabilities, found on rows that were held out. */
import { exp, log } from "../ground/math.js";
import { WORTH_A_LOOK } from "../ground/turn.js";

/** Answers to rows that no network was trained on. */
export interface Answered {
  /** Class ids. */
  readonly truth: Float64Array;
  /** [rows, classes], row-major. */
  readonly probabilities: Float32Array;
  /** What each row counts, if they do not count alike. */
  readonly weights?: ArrayLike<number> | undefined;
}

/** The smallest probability whose logarithm counts. */
const LEAST = 1e-30;

/** How far a temperature is expected to be from 1, in its logarithm: few rows are not believed against it. */
const SPREAD = 0.25;

/** Beyond these no temperature is looked for. */
const [COLDEST, HOTTEST] = [0.05, 20];

/** Rows between two looks at the clock. */
const SLICE = 256;

/**
 * The temperature T > 0 of which `softmax(logits / T)` has the least log-loss (Guo et al. 2017), and a Gaussian prior on log T,
 * mean 0, that counts where rows are few. Newton's method on the inverse of T, in which the loss is convex.
 */
export function* findTemperature({ truth, probabilities, weights }: Answered): Generator<number, number> {
  const rows = truth.length;
  const classes = probabilities.length / rows;
  const logs = new Float64Array(probabilities.length);
  for (let i = 0; i < logs.length; i++) {
    logs[i] = log(Math.max(LEAST, probabilities[i]));
    if (i % (16 * SLICE) === 0) yield WORTH_A_LOOK;
  }
  let [low, high] = [1 / HOTTEST, 1 / COLDEST];
  let inverse = 1;
  for (let step = 0; step < 40; step++) {
    const { slope, curvature } = yield* slopeAt(inverse, truth, logs, classes, weights);
    const prior = log(inverse) / (SPREAD * SPREAD * inverse);
    const priorCurvature = (1 - log(inverse)) / (SPREAD * SPREAD * inverse * inverse);
    const total = slope + prior;
    if (total > 0) high = inverse;
    else low = inverse;
    const next = inverse - total / (curvature + Math.max(0, priorCurvature));
    // What leaves the bracket, or is no number, gives way to its middle.
    const safe = next > low && next < high ? next : (low + high) / 2;
    if (Math.abs(safe - inverse) <= 1e-9 * inverse) break;
    inverse = safe;
  }
  return 1 / inverse;
}

/** Slope and curvature of the summed log-loss by the inverse temperature. */
function* slopeAt(
  inverse: number,
  truth: Float64Array,
  logs: Float64Array,
  classes: number,
  weights: ArrayLike<number> | undefined,
): Generator<number, { slope: number; curvature: number }> {
  let [slope, curvature] = [0, 0];
  for (let r = 0; r < truth.length; r++) {
    const base = r * classes;
    let largest = Number.NEGATIVE_INFINITY;
    for (let c = 0; c < classes; c++) largest = Math.max(largest, logs[base + c]);
    let [sum, first, second] = [0, 0, 0];
    for (let c = 0; c < classes; c++) {
      const own = logs[base + c];
      const weight = exp(inverse * (own - largest));
      sum += weight;
      first += weight * own;
      second += weight * own * own;
    }
    const mean = first / sum;
    const own = weights ? weights[r] : 1;
    slope += own * (mean - logs[base + truth[r]]);
    curvature += own * (second / sum - mean * mean);
    if (r % SLICE === 0) yield WORTH_A_LOOK;
  }
  return { slope, curvature };
}

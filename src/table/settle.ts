/** What is made of a model's networks once they are fitted, by the answers of each to rows that it held out. */
import { roundToHalf } from "../file/half-floats.js";
import { logLossSlices } from "../ground/class-scores.js";
import { calibrationErrorOf } from "../ground/probability-metrics.js";
import { weightsBefore } from "../ground/quantiles.js";
import { fillSlices, forEachSlice } from "../ground/slices.js";
import { sortSlices } from "../ground/sort-slices.js";
import { turn } from "../ground/turn.js";
import type { LayerParameters } from "../net/layer-views.js";
import {
  type Band,
  type Calibration,
  type CalibrationScores,
  type Conformity,
  type HeldFacts,
  keepScores,
  pairLevels,
} from "./held-facts.js";
import { askEachLabel } from "./settle-label-sets.js";
import type { TargetEncoder } from "./target-encoder.js";
import { type Answered, findTemperature } from "./temperature.js";

/** What is calibrated. */
interface Net {
  parameters(): LayerParameters[];
  setParameters(layers: readonly LayerParameters[]): void;
}

/** Targets, as they are scored, and answers of the network that held them out. */
export interface HeldAnswers {
  readonly targets: Float64Array;
  /** [rows, outputs], row-major. */
  readonly answers: Float32Array;
  /** What each row counts, if they do not count alike. */
  readonly weights?: Float64Array | undefined;
}

/**
 * Calibrates probabilities, if that is asked for, and keeps by how much answers were wrong.
 * @param ask has the networks answer to the rows that they held out, one after the other
 * @param isOfMean whether it gives the mean answer of all of them instead, to rows that none was trained on
 * @param isCalibrated whether probabilities are to be right; not where labels are given weights
 */
export async function settle<E extends TargetEncoder>(
  members: readonly Net[],
  targetEncoder: E,
  ask: () => Promise<HeldAnswers>,
  isOfMean: boolean,
  isCalibrated: boolean,
): Promise<HeldFacts | undefined> {
  const held = await ask();
  const isOfSets = targetEncoder.output === "sigmoid";
  // Their sets of labels have no scores.
  if (isOfSets && !isCalibrated) return undefined;
  if (!isOfSets && targetEncoder.output !== "softmax") {
    if (targetEncoder.fitMean) await turn.run(targetEncoder.fitMean(held.targets, held.answers, held.weights));
    return settleValues(targetEncoder as unknown as TargetEncoder & HeldValues, held);
  }
  if (!isCalibrated) return { conformity: await sorted(labelScores(held), held.weights) };
  const questions = async (own: HeldAnswers): Promise<Answered> =>
    isOfSets
      ? turn.run(askEachLabel(targetEncoder, own))
      : { truth: own.targets, probabilities: own.answers, weights: own.weights };
  const answered = await questions(held);
  const found = await turn.run(findTemperature(answered));
  // A mean of networks is less sure than each of them: what cools each fully makes too little of the mean.
  const temperature = members.length > 1 && !isOfMean ? Math.sqrt(found) : found;
  for (const net of members) cool(net, temperature);
  const after = await ask();
  const calibration: Calibration = {
    temperature,
    rows: held.targets.length,
    before: await scoresOf(answered),
    after: await scoresOf(await questions(after)),
  };
  if (isOfSets) return { calibration };
  return { calibration, conformity: await sorted(labelScores(after), held.weights) };
}

/** Divides the logits by the temperature: whatever reads or writes the network has them so. */
function cool(net: Net, temperature: number): void {
  const layers = net.parameters();
  const last = layers[layers.length - 1];
  for (const numbers of [last.weights, last.biases]) {
    // What was halves is halves again.
    const areHalves = numbers.every((number) => roundToHalf(number) === number);
    for (let i = 0; i < numbers.length; i++) {
      numbers[i] /= temperature;
      if (areHalves) numbers[i] = roundToHalf(numbers[i]);
    }
  }
  net.setParameters(layers);
}

async function scoresOf({ truth, probabilities, weights }: Answered): Promise<CalibrationScores> {
  return {
    logLoss: await turn.run(logLossSlices(truth, probabilities, weights)),
    calibrationError: await turn.run(calibrationErrorOf(truth, probabilities, undefined, weights)),
  };
}

async function sorted(scores: Generator<number, Float64Array>, weights: Float64Array | undefined): Promise<Conformity> {
  const own = await turn.run(scores);
  const ascending = await turn.run(sortSlices(weights ? own.slice() : own));
  if (!weights) return keepScores(ascending);
  return keepScores(ascending, await turn.run(weightsBefore(ascending, own, (i) => weights[i])));
}

/** 1 less the probability of the right label (Sadinle, Lei and Wasserman 2019). */
function* labelScores({ targets, answers }: HeldAnswers): Generator<number, Float64Array> {
  const classes = answers.length / targets.length;
  const scores = new Float64Array(targets.length);
  yield* forEachSlice(targets.length, (from, to) => {
    for (let r = from; r < to; r++) scores[r] = 1 - answers[r * classes + targets[r]];
  });
  return scores;
}

/** What answers are of values: a TargetScaler says it. */
interface HeldValues {
  readonly outputs: number;
  pointAt(answers: Float32Array, r: number): number;
  sortedAt(answers: Float32Array, r: number): ArrayLike<number>;
  spreadAt(answer: number): number;
}

/** What is right less what was answered, as the network learns it; of quantiles also how far it lies beyond pairs of them. */
async function settleValues(targetEncoder: TargetEncoder & HeldValues, held: HeldAnswers): Promise<HeldFacts> {
  const { answers, weights } = held;
  const encoded = await turn.run(targetEncoder.encode(held.targets));
  const scoreAll = (of: (r: number) => number) => sorted(fillSlices(new Float64Array(encoded.length), of), weights);
  const conformity = await scoreAll((r) => {
    const answer = targetEncoder.pointAt(answers, r);
    return (encoded[r] - answer) / targetEncoder.spreadAt(answer);
  });
  const bands: Band[] = [];
  for (const { low, high } of pairLevels(targetEncoder.outputs)) {
    const own = await scoreAll((r) => {
      const quantiles = targetEncoder.sortedAt(answers, r);
      return Math.max(quantiles[low] - encoded[r], encoded[r] - quantiles[high]);
    });
    bands.push({ low, high, conformity: own });
  }
  return { conformity, ...(bands.length > 0 && { bands }) };
}

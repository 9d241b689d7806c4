/** What is made of a model's networks once they are fitted, by the answers of each to rows that it held out. */
import { logLossSlices } from "../ground/class-scores.js";
import { calibrationError } from "../ground/probability-metrics.js";
import { forEachSlice } from "../ground/slices.js";
import { sortSlices } from "../ground/sort-slices.js";
import { turn } from "../ground/turn.js";
import type { LayerParameters } from "../net/layer-views.js";
import { type Calibration, type CalibrationScores, type Conformity, type HeldFacts, keepScores } from "./held-facts.js";
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
  if (targetEncoder.output === "linear") {
    targetEncoder.fitMean?.(held.targets, held.answers);
    return { conformity: await sorted(valueScores(targetEncoder, held)) };
  }
  if (!isCalibrated) return { conformity: await sorted(labelScores(held)) };
  const questions = async (own: HeldAnswers): Promise<Answered> =>
    isOfSets ? turn.run(askEachLabel(targetEncoder, own)) : { truth: own.targets, probabilities: own.answers };
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
  return { calibration, conformity: await sorted(labelScores(after)) };
}

/** Divides the logits by the temperature: whatever reads or writes the network has them so. */
function cool(net: Net, temperature: number): void {
  const layers = net.parameters();
  const last = layers[layers.length - 1];
  for (const numbers of [last.weights, last.biases]) for (let i = 0; i < numbers.length; i++) numbers[i] /= temperature;
  net.setParameters(layers);
}

async function scoresOf({ truth, probabilities }: Answered): Promise<CalibrationScores> {
  return {
    logLoss: await turn.run(logLossSlices(truth, probabilities)),
    calibrationError: calibrationError(truth, probabilities),
  };
}

async function sorted(scores: Generator<number, Float64Array>): Promise<Conformity> {
  const own = await turn.run(scores);
  await turn.run(sortSlices(own));
  return keepScores(own);
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

/** What is right less what was answered, as the network learns it. */
function* valueScores(
  targetEncoder: TargetEncoder,
  { targets, answers }: HeldAnswers,
): Generator<number, Float64Array> {
  const encoded = yield* targetEncoder.encode(targets);
  const scores = new Float64Array(targets.length);
  yield* forEachSlice(targets.length, (from, to) => {
    for (let r = from; r < to; r++) scores[r] = encoded[r] - answers[r];
  });
  return scores;
}

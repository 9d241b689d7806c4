/** What rows that were held out say of a model's answers: how sure they may be, and how far off they are. */
import { isRecord } from "../file/json.js";
import { show } from "../ground/check.js";

/** How well the probabilities fit, on rows that what answered was not trained on. */
export interface CalibrationScores {
  /** Mean of -log of the probability given to the right label. */
  logLoss: number;
  /** The expected calibration error in 15 bins, as {@link calibrationError} has it. */
  calibrationError: number;
}

/** How a Classifier was calibrated. */
export interface Calibration {
  /** What all logits were divided by: > 1 if the networks were too sure. */
  temperature: number;
  /** How many rows it was found on: each was held out by the network that answered, or given as `validation`. */
  rows: number;
  before: CalibrationScores;
  after: CalibrationScores;
}

/**
 * Scores of rows that were held out, ascending, by which sets and intervals are drawn (split conformal prediction; Vovk, Gammerman and
 * Shafer 2005; Lei et al. 2018): of labels 1 less the probability of the right one, of values the right one less the answer.
 */
export interface Conformity {
  /** How many rows there were. */
  readonly rows: number;
  /** All their scores, or as many as are kept, evenly spaced, the least and the largest among them. */
  readonly scores: readonly number[];
}

export interface HeldFacts {
  readonly calibration?: Calibration;
  /** Sets of several labels a row have none. */
  readonly conformity?: Conformity;
}

/** So many scores are kept at most: what lies between two of them counts as the outer one. */
const KEPT = 512;

/** @param sorted ascending */
export function keepScores(sorted: Float64Array): Conformity {
  const rows = sorted.length;
  const kept = Math.min(KEPT, rows);
  const place = (i: number) => (kept === 1 ? 0 : Math.round((i * (rows - 1)) / (kept - 1)));
  return { rows, scores: Array.from({ length: kept }, (_, i) => sorted[place(i)]) };
}

/**
 * What a file holds of it.
 * @param isOfSets whether it is of several labels a row
 * @throws Error saying what is wrong with it
 */
export function readHeldFacts(call: string, data: unknown, isOfSets = false): HeldFacts | undefined {
  if (data === undefined) return undefined;
  const refuse = (wanted: string, value: unknown) =>
    new Error(`${call}: the file must hold ${wanted}, got ${show(value)}.`);
  if (!isRecord(data)) throw refuse("what held-out rows say", data);
  const { calibration, conformity } = data;
  if (isOfSets) return { calibration: readCalibration(calibration, refuse) };
  if (!isRecord(conformity)) throw refuse("what held-out rows say", data);
  const { rows, scores } = conformity;
  if (!Number.isSafeInteger(rows) || (rows as number) < 1) throw refuse("how many rows were held out", rows);
  const isSorted = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((score, i) => Number.isFinite(score) && (i === 0 || list[i - 1] <= score));
  if (!isSorted(scores) || scores.length !== Math.min(KEPT, rows as number)) {
    throw refuse("as many scores as are kept of held-out rows, ascending", scores);
  }
  const facts = { conformity: { rows: rows as number, scores } };
  return calibration === undefined ? facts : { calibration: readCalibration(calibration, refuse), ...facts };
}

function readCalibration(calibration: unknown, refuse: (wanted: string, value: unknown) => Error): Calibration {
  const isScores = (value: unknown) =>
    isRecord(value) && Number.isFinite(value.logLoss) && Number.isFinite(value.calibrationError);
  if (!isRecord(calibration) || !isScores(calibration.before) || !isScores(calibration.after)) {
    throw refuse("a calibration with its scores", calibration);
  }
  const { temperature } = calibration;
  const isTemperature = Number.isFinite(temperature) && (temperature as number) > 0;
  if (!isTemperature || !Number.isSafeInteger(calibration.rows)) throw refuse("a temperature > 0", temperature);
  return calibration as unknown as Calibration;
}

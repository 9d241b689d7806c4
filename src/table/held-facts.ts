/** What rows that were held out say of a model's answers: how sure they may be, and how far off they are. */
import { isRecord } from "../file/json.js";
import { show } from "../ground/check.js";
import { firstAbove } from "../ground/quantiles.js";

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
  /** How many rows there were; with weights what they count together, rounded down, 1 at least. */
  readonly rows: number;
  /** All their scores, or as many as are kept, evenly spaced, the least and the largest among them. */
  readonly scores: readonly number[];
}

/**
 * Of two quantiles, by their places among ascending levels, how far right values lay beyond them, below 0 between them (conformalised
 * quantile regression; Romano, Patterson and Candès 2019).
 */
export interface Band {
  readonly low: number;
  readonly high: number;
  readonly conformity: Conformity;
}

export interface HeldFacts {
  readonly calibration?: Calibration;
  /** Sets of several labels a row have none. */
  readonly conformity?: Conformity;
  /** Of quantiles, two or more: the outer pairs first. */
  readonly bands?: readonly Band[];
}

/** So many pairs of quantiles at most. */
const PAIRS = 8;

/** Pairs of levels, each as far from the lowest as from the highest: the outermost, the innermost, and some evenly between. */
export function pairLevels(levels: number): Omit<Band, "conformity">[] {
  const all = levels >> 1;
  const kept = Math.min(PAIRS, all);
  return Array.from({ length: kept }, (_, i) => {
    const low = kept === 1 ? 0 : Math.round((i * (all - 1)) / (kept - 1));
    return { low, high: levels - 1 - low };
  });
}

/** So many scores are kept at most: what lies between two of them counts as the outer one. */
const KEPT = 512;

/**
 * @param sorted ascending
 * @param before what the scores before each place count together and, last, all: each score is there so many times, and a new row once
 * (weighted conformal prediction; Tibshirani, Barber, Candès and Ramdas 2019). Default: each once
 */
export function keepScores(sorted: Float64Array, before?: Float64Array): Conformity {
  const rows = before ? Math.max(1, Math.floor(before[sorted.length])) : sorted.length;
  const kept = Math.min(KEPT, rows);
  const place = (i: number) => (kept === 1 ? 0 : Math.round((i * (rows - 1)) / (kept - 1)));
  const at = (place: number) => (before ? Math.min(sorted.length, firstAbove(before, place)) - 1 : place);
  return { rows, scores: Array.from({ length: kept }, (_, i) => sorted[at(place(i))]) };
}

/**
 * What a file holds of it.
 * @param levels quantiles that the model answers with, 1 of other answers
 * @param isOfSets whether it is of several labels a row
 * @throws Error saying what is wrong with it
 */
export function readHeldFacts(call: string, data: unknown, levels: number, isOfSets = false): HeldFacts | undefined {
  if (data === undefined) return undefined;
  const refuse = (wanted: string, value: unknown) =>
    new Error(`${call}: the file must hold ${wanted}, got ${show(value)}.`);
  if (!isRecord(data)) throw refuse("what held-out rows say", data);
  const { calibration, conformity, bands } = data;
  if (isOfSets) return { calibration: readCalibration(calibration, refuse) };
  if (!isRecord(conformity)) throw refuse("what held-out rows say", data);
  const facts: HeldFacts = {
    conformity: readConformity(conformity, refuse),
    ...(bands !== undefined && { bands: readBands(bands, levels, refuse) }),
  };
  return calibration === undefined ? facts : { calibration: readCalibration(calibration, refuse), ...facts };
}

type Refuse = (wanted: string, value: unknown) => Error;

function readCalibration(calibration: unknown, refuse: Refuse): Calibration {
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

function readConformity({ rows, scores }: Record<string, unknown>, refuse: Refuse): Conformity {
  if (!Number.isSafeInteger(rows) || (rows as number) < 1) throw refuse("how many rows were held out", rows);
  const isSorted = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((score, i) => Number.isFinite(score) && (i === 0 || list[i - 1] <= score));
  if (!isSorted(scores) || scores.length !== Math.min(KEPT, rows as number)) {
    throw refuse("as many scores as are kept of held-out rows, ascending", scores);
  }
  return { rows: rows as number, scores };
}

function readBands(bands: unknown, levels: number, refuse: Refuse): Band[] {
  const pairs = pairLevels(levels);
  if (!Array.isArray(bands) || bands.length !== pairs.length) throw refuse("scores of pairs of quantiles", bands);
  return pairs.map(({ low, high }, i) => {
    const band: unknown = bands[i];
    if (!isRecord(band) || band.low !== low || band.high !== high || !isRecord(band.conformity)) {
      throw refuse(`scores of quantiles ${low} and ${high}`, band);
    }
    return { low, high, conformity: readConformity(band.conformity, refuse) };
  });
}

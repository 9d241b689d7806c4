/** Which settings do best: a search over settings drawn at random, each judged by cross-validation. */
import { checkCallback, checkWhole, show } from "../ground/check.js";
import { Random } from "../ground/random.js";
import { turn } from "../ground/turn.js";
import {
  type Candidates,
  type MeanScores,
  type ReadCandidates,
  type Settings,
  scoreFolds,
} from "./cross-validation.js";
import { checkTable } from "./options.js";
import { apply, checkChoices, checkSpace, draw, type SearchSpace } from "./search-space.js";

export type { SearchRange, SearchSpace } from "./search-space.js";

/** What a search takes beside the options of a fit. */
export interface SearchOptions<S> {
  /** How many settings to try, >= 1. Default: 20. */
  trials?: number;
  /** How many folds the cross-validation of each trial has, from 2 to the number of rows. Default: 3. */
  folds?: number;
  /** The score that settings are ranked by. Default: `"logLoss"` (Classifier) or `"r2"` (Regressor). */
  rankBy?: keyof MeanScores<S> & string;
  /**
   * Called after each trial; awaited when it returns a promise. `bestTrial` is the first one, which has an `error`, until a trial
   * is scored.
   */
  onTrial?: (progress: { trial: SearchTrial<S>; trials: number; bestTrial: SearchTrial<S> }) => unknown;
}

/** Settings that were tried. */
export interface SearchTrial<S> {
  /** Counted from 0. */
  trial: number;
  /** What was drawn from the space; nothing in trial 0, which tries the options as they are. */
  settings: Record<string, unknown>;
  /** Means and standard deviations over the folds; of a trial that failed there are none. */
  mean: MeanScores<S>;
  deviation: MeanScores<S>;
  /**
   * Why there are no means: the message of what a fold's fit threw, such as that its loss became NaN. Not there in a trial that
   * was scored.
   */
  readonly error?: string;
}

/** What a search returns. */
export interface SearchResult<M, S> {
  /**
   * Fitted on all rows with the best settings. When the signal ended the search, the model of the best trial's first fold, which
   * saw the other folds alone; of a search without a trial, what `fit` gives when its signal ends it.
   */
  model: M;
  /**
   * The trial of the best score, the first of equals; of a search that the signal ended before there was one, the first, without
   * scores.
   */
  bestTrial: SearchTrial<S>;
  trials: SearchTrial<S>[];
  /** `"aborted"` if the signal ended it. */
  stopped: "done" | "aborted";
}

/** Scores of which less is better. */
const FALLING: readonly string[] = [
  "logLoss",
  "brier",
  "meanSquaredError",
  "meanAbsoluteError",
  "poissonDeviance",
  "pinballLoss",
];

/**
 * Settings are drawn by `seed`; each trial sees the same folds. `ranking` is the score that is ranked by unless told otherwise.
 * @throws what a fit would throw at its door for one of the options or a choice of the space, before the first trial; what the
 * first trial threw if every trial threw; what a callback throws
 */
export async function search<M, S, T extends Settings>(
  call: string,
  { read, ranking }: { read: ReadCandidates<M, S, T>; ranking: keyof MeanScores<S> & string },
  rows: readonly object[],
  space: SearchSpace,
  options: T & SearchOptions<S>,
): Promise<SearchResult<M, S>> {
  await turn.run(checkTable(call, rows, options, ["trials", "folds", "rankBy", "onTrial"]));
  const choices = checkSpace(call, space);
  const { trials: count = 20, folds = 3, rankBy = ranking, onTrial, signal } = options;
  checkWhole(call, "trials", count, 1);
  checkCallback(call, "onTrial", onTrial);
  checkWhole(call, "folds", folds, 2, rows.length);
  const candidates = await read(call, rows, options);
  // Of what was read each warning is told once: fits that only check, on few rows, must not use it up.
  await checkChoices(options.onWarning ? await read(call, rows, options) : candidates, choices, options);
  const { trials, best } = await tryAll(call, candidates, choices, {
    ...options,
    trials: count,
    folds,
    rankBy,
    onTrial,
  });
  const { trial: bestTrial, model } = best ?? { trial: unscored<S>() };
  if (signal?.aborted) {
    return { model: model ?? (await candidates.fit(options)), bestTrial, trials, stopped: "aborted" };
  }
  const fitted = await candidates.fit(apply(options, bestTrial.settings));
  // Aborted while the last model is fitted: that of a fold is fitted better.
  const isWhole = !signal?.aborted;
  return { model: isWhole ? fitted : (model as M), bestTrial, trials, stopped: isWhole ? "done" : "aborted" };
}

/** A trial, and the model of its first fold. */
interface Tried<M, S> {
  readonly trial: SearchTrial<S>;
  readonly model: M | undefined;
}

async function tryAll<M, S, T extends Settings>(
  call: string,
  candidates: Candidates<M, S, T>,
  space: SearchSpace,
  options: T & SearchOptions<S> & { trials: number; folds: number; rankBy: string },
): Promise<{ trials: SearchTrial<S>[]; best: Tried<M, S> | undefined }> {
  const { trials: count, rankBy, onTrial, seed = 0 } = options;
  const random = new Random(seed);
  const trials: SearchTrial<S>[] = [];
  const reasons: unknown[] = [];
  let best: Tried<M, S> | undefined;
  while (trials.length < count) {
    // The first trial shows what searching was worth.
    const settings = trials.length === 0 ? {} : draw(space, random);
    const tried = await tryOne(candidates, { ...unscored<S>(), trial: trials.length, settings }, options, reasons);
    if (!tried) break;
    const { trial } = tried;
    if (trial.error === undefined) checkRanking(call, rankBy, trial.mean);
    trials.push(trial);
    if (!best || isBetter(trial, best.trial, rankBy)) best = tried;
    await onTrial?.({ trial, trials: count, bestTrial: best.trial });
  }
  if (reasons.length === count) throw reasons[0];
  return { trials, best };
}

/**
 * The cross-validation of a trial's settings. What its fits throw is the trial's, and the search goes on; what a callback throws
 * ends the search.
 * @param reasons takes what the trial failed by
 * @returns undefined when the signal ended it
 */
async function tryOne<M, S, T extends Settings>(
  candidates: Candidates<M, S, T>,
  trial: SearchTrial<S>,
  options: T & { folds: number },
  reasons: unknown[],
): Promise<Tried<M, S> | undefined> {
  const told: unknown[] = [];
  const { onEpoch, onWarning } = options as T & { onEpoch?: unknown };
  const watched = { ...options, onEpoch: noting(onEpoch, told), onWarning: noting(onWarning, told) };
  try {
    const { result, first: model } = await scoreFolds(candidates, apply(watched, trial.settings), options.folds);
    const { mean, deviation, stopped } = result;
    return stopped === "aborted" ? undefined : { trial: { ...trial, mean, deviation }, model };
  } catch (error) {
    if (told.includes(error)) throw error;
    reasons.push(error);
    return { trial: { ...trial, error: error instanceof Error ? error.message : String(error) }, model: undefined };
  }
}

/** The callback, which adds what it throws to `thrown`; what is none is refused by the fit. */
function noting<F>(callback: F, thrown: unknown[]): F {
  if (typeof callback !== "function") return callback;
  const note = (error: unknown) => {
    thrown.push(error);
    throw error;
  };
  const call = (...given: unknown[]) => {
    try {
      const answer = callback(...given) as PromiseLike<unknown> | undefined;
      return typeof answer?.then === "function" ? answer.then(undefined, note) : answer;
    } catch (error) {
      return note(error);
    }
  };
  return call as F;
}

/** The options as they are, before they were tried. */
function unscored<S>(): SearchTrial<S> {
  return { trial: 0, settings: {}, mean: {} as MeanScores<S>, deviation: {} as MeanScores<S> };
}

function checkRanking(call: string, rankBy: string, mean: object): void {
  if (typeof rankBy === "string" && Object.hasOwn(mean, rankBy)) return;
  throw new RangeError(`${call}: rankBy must be one of ${Object.keys(mean).join(", ")}, got ${show(rankBy)}.`);
}

/** Trials that failed come last. */
function isBetter<S>(trial: SearchTrial<S>, than: SearchTrial<S>, rankBy: string): boolean {
  if (trial.error !== undefined || than.error !== undefined) return trial.error === undefined;
  const score = ({ mean }: SearchTrial<S>) => (mean as Record<string, number>)[rankBy];
  return FALLING.includes(rankBy) ? score(trial) < score(than) : score(trial) > score(than);
}

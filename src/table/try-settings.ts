/** One trial of a search: settings judged by cross-validation, here or wherever the caller has that done. */
import { show } from "../ground/check.js";
import type { Candidates, Settings } from "./candidates.js";
import { isLost } from "./fit-pool.js";
import { type CrossValidation, type MeanScores, scoreFolds } from "./score-folds.js";
import { apply } from "./search-space.js";
import type { SearchStudy } from "./search-study.js";

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
   * Where the search found its own space, of trial 0 and of the few best: the same on other folds, of as many networks as the
   * model has.
   */
  confirmed?: { mean: MeanScores<S>; deviation: MeanScores<S> };
  /**
   * Why there are no means: the message of what a fold's fit threw, such as that its loss became NaN. Not there in a trial that
   * was scored.
   */
  readonly error?: string;
}

/** A trial, the model of its first fold, and the scores of all folds. */
export interface Tried<M, S> {
  readonly trial: SearchTrial<S>;
  readonly model: M | undefined;
  readonly folds: readonly S[];
  /** What it failed by. */
  readonly reason?: unknown;
}

/**
 * Judges settings elsewhere: given the options of a cross-validation of the search's rows, it comes to what that would; or to `{ error }` where
 * that would throw. It ends by `options.signal`, as `"aborted"`.
 */
export type JudgeElsewhere<S, T> = (
  options: T & { readonly folds: number },
) => PromiseLike<CrossValidation<S> | { readonly error: string }>;

/** What trials are judged by. */
export interface Judging<S, T> {
  readonly trials: number;
  readonly folds: number;
  readonly rankBy: string;
  /** Whether one network a fold is to do, whatever the settings say. */
  readonly isSingle?: boolean;
  readonly parallel?: number;
  readonly crossValidate?: JudgeElsewhere<S, T>;
  readonly onTrial?: (progress: { trial: SearchTrial<S>; trials: number; bestTrial: SearchTrial<S> }) => unknown;
}

/** Trial t: the first one shows what searching was worth. */
export async function tryNext<M, S, T extends Settings>(
  candidates: Candidates<M, S, T>,
  trial: number,
  study: SearchStudy,
  options: T & Judging<S, T>,
): Promise<Tried<M, S> | undefined> {
  const settings = trial === 0 ? {} : await study.ask();
  return settings && tryOne(candidates, { ...unscored<S>(), trial, settings }, options);
}

/**
 * The cross-validation of a trial's settings. What its fits throw is the trial's, and the search goes on; what a callback throws
 * ends the search.
 * @returns undefined when the signal ended it
 */
export async function tryOne<M, S, T extends Settings>(
  candidates: Candidates<M, S, T>,
  trial: SearchTrial<S>,
  options: T & Judging<S, T>,
): Promise<Tried<M, S> | undefined> {
  const settings = options.isSingle ? { ...trial.settings, ensemble: 1 } : trial.settings;
  if (options.crossValidate) return tryElsewhere(trial, options.crossValidate, apply(options, settings));
  const told: unknown[] = [];
  const { onEpoch, onWarning } = options as T & { onEpoch?: unknown };
  const watched = { ...options, onEpoch: noting(onEpoch, told), onWarning: noting(onWarning, told) };
  try {
    const { result, first: model } = await scoreFolds(candidates, apply(watched, settings), options.folds);
    const { mean, deviation, stopped, folds } = result;
    return stopped === "aborted" ? undefined : { trial: { ...trial, mean, deviation }, model, folds };
  } catch (error) {
    if (told.includes(error) || isLost(error)) throw error;
    return {
      trial: { ...trial, error: error instanceof Error ? error.message : String(error) },
      model: undefined,
      folds: [],
      reason: error,
    };
  }
}

/** As {@link tryOne}, by what the caller has it judged by: what that throws ends the search. */
async function tryElsewhere<M, S, T extends Settings>(
  trial: SearchTrial<S>,
  judge: JudgeElsewhere<S, T>,
  options: T & Judging<S, T>,
): Promise<Tried<M, S> | undefined> {
  // Of the search, and of this thread.
  const { trials, rankBy, isSingle, parallel, crossValidate, onTrial, onEpoch, onWarning, time, pool, ...rest } =
    options as T & Judging<S, T> & { onEpoch?: unknown };
  const result: Partial<CrossValidation<S>> & { error?: string } = Object(await judge(rest as never));
  const { error, stopped, folds, mean, deviation } = result;
  if (typeof error === "string")
    return { trial: { ...trial, error }, model: undefined, folds: [], reason: new Error(error) };
  if (stopped === "aborted") return undefined;
  if (!Array.isArray(folds) || !mean || !deviation) {
    throw new TypeError(`search: crossValidate must come to what a cross-validation does, got ${show(result)}.`);
  }
  return { trial: { ...trial, mean, deviation }, model: undefined, folds };
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
export function unscored<S>(): SearchTrial<S> {
  return { trial: 0, settings: {}, mean: {} as MeanScores<S>, deviation: {} as MeanScores<S> };
}

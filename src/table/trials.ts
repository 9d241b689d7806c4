/** Trials of a search: settings drawn, judged by cross-validation, ranked; and whether the best are better than none. */
import { show } from "../ground/check.js";
import { Random } from "../ground/random.js";
import { runThrough } from "../ground/slices.js";
import { meanAndDeviationSlices } from "../ground/statistics.js";
import type { Candidates, Settings } from "./candidates.js";
import { isLost } from "./fit-pool.js";
import { InOrder, laneOf, resultsOf } from "./in-order.js";
import { type MeanScores, scoreFolds } from "./score-folds.js";
import { apply, type SearchSpace } from "./search-space.js";
import { SearchStudy } from "./search-study.js";
import type { TimeBudget } from "./time-budget.js";

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

/** What trials are judged by. */
interface Judging<S> {
  readonly trials: number;
  readonly folds: number;
  readonly rankBy: string;
  /** Whether one network a fold is to do, whatever the settings say. */
  readonly isSingle?: boolean;
  readonly onTrial?: (progress: { trial: SearchTrial<S>; trials: number; bestTrial: SearchTrial<S> }) => unknown;
}

/** Scores of which less is better. */
const FALLING: readonly string[] = [
  ...["logLoss", "brier", "meanSquaredError", "meanAbsoluteError"],
  ...["poissonDeviance", "pinballLoss", "hammingLoss"],
];

/** Shares of the time by whose ends trials are done, and the best are judged again; the rest is for the last fit. */
export const TRIED = 0.4;
export const JUDGED = 0.8;

/** The options of fits that are ended by a share of the time, not each by all of it. */
function within<T extends Settings>(options: T, budget: TimeBudget | undefined, share: number): T {
  return budget ? { ...options, time: undefined, signal: budget.signal(options.signal, share) } : options;
}

/** Has a study settle what is tried, and judges it, as many as there is time for; the first settings are none. */
export async function tryAll<M, S, T extends Settings>(
  call: string,
  candidates: Candidates<M, S, T>,
  space: SearchSpace,
  options: T & Judging<S>,
  budget: TimeBudget | undefined,
  share: number,
): Promise<{ trials: SearchTrial<S>[]; best: Tried<M, S> | undefined }> {
  const limited = within(options, budget, share);
  const { trials: count, rankBy, onTrial, seed = 0 } = options;
  const study = new SearchStudy(space, seed, !FALLING.includes(rankBy));
  const trials: SearchTrial<S>[] = [];
  const reasons: unknown[] = [];
  let best: Tried<M, S> | undefined;
  const outer = laneOf(options.pool);
  const pieces = new InOrder(outer, (t, lane) => {
    if (t >= count || budget?.hasTimeForAnother(share) === false) return undefined;
    const judge = () => tryNext(candidates, t, study, { ...limited, pool: lane });
    return budget ? budget.timed(judge) : judge();
  });
  try {
    for await (const tried of resultsOf(pieces)) {
      // One that went ahead may have ended before.
      if (!tried || (outer && options.signal?.aborted)) break;
      const { trial } = tried;
      if (trial.error === undefined) checkRanking(call, rankBy, trial.mean);
      else reasons.push(tried.reason);
      if (trial.trial > 0) study.tell((trial.mean as Record<string, number>)[rankBy]);
      trials.push(trial);
      if (!best || isBetter(trial, best.trial, rankBy)) best = tried;
      await onTrial?.({ trial, trials: count, bestTrial: best.trial });
    }
  } finally {
    study.end();
  }
  if (reasons.length === count) throw reasons[0];
  return { trials, best };
}

/** Trial t: the first one shows what searching was worth. */
async function tryNext<M, S, T extends Settings>(
  candidates: Candidates<M, S, T>,
  trial: number,
  study: SearchStudy,
  options: T & Judging<S>,
): Promise<Tried<M, S> | undefined> {
  const settings = trial === 0 ? {} : await study.ask();
  return settings && tryOne(candidates, { ...unscored<S>(), trial, settings }, options);
}

/**
 * The cross-validation of a trial's settings. What its fits throw is the trial's, and the search goes on; what a callback throws
 * ends the search.
 * @returns undefined when the signal ended it
 */
async function tryOne<M, S, T extends Settings>(
  candidates: Candidates<M, S, T>,
  trial: SearchTrial<S>,
  options: T & Judging<S>,
): Promise<Tried<M, S> | undefined> {
  const told: unknown[] = [];
  const { onEpoch, onWarning } = options as T & { onEpoch?: unknown };
  const watched = { ...options, onEpoch: noting(onEpoch, told), onWarning: noting(onWarning, told) };
  try {
    const settings = options.isSingle ? { ...trial.settings, ensemble: 1 } : trial.settings;
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

/**
 * So many of the best trials are judged again, and must be better by so many standard errors. Of three folds an error is uncertain
 * itself (t with two degrees of freedom): one that is no better than the first passes 2 of them in 9 % of cases, 1 in 21 %.
 */
const FINALISTS = 2;
const SURE = 2;

/**
 * Judges the best trials again, and the first beside them, on folds that had no part in the choice: the best of many scores is
 * lucky, too. Of those that are better than the first by more than two standard errors of the differences, fold by fold, the best.
 * @param trials the first of which are the options as they are
 * @param otherwise what is taken if none can be fitted
 * @returns the first if none is, or it was ended
 */
export async function confirm<M, S, T extends Settings>(
  candidates: Candidates<M, S, T>,
  trials: readonly SearchTrial<S>[],
  otherwise: SearchTrial<S>,
  options: T & Judging<S>,
  budget: TimeBudget | undefined,
): Promise<SearchTrial<S>> {
  const { rankBy, seed = 0 } = options;
  const [first, ...others] = trials;
  const better = (a: SearchTrial<S>, b: SearchTrial<S>) => isBetter(a, b, rankBy);
  const ranked = others
    .filter((trial) => better(trial, first))
    .sort((a, b) => Number(better(b, a)) - Number(better(a, b)));
  if (ranked.length === 0) return first;
  const judged: Tried<M, S>[] = [];
  const again = { ...within(options, budget, JUDGED), seed: new Random(seed).word() };
  const chosen = [first, ...ranked.slice(0, FINALISTS)];
  const pieces = new InOrder(laneOf(options.pool), (i, lane) => {
    if (i >= chosen.length) return undefined;
    const { trial, settings } = chosen[i];
    return tryOne(candidates, { ...unscored<S>(), trial, settings }, { ...again, pool: lane });
  });
  for await (const tried of resultsOf(pieces)) {
    if (!tried) return first;
    const { mean, deviation, error } = tried.trial;
    if (error === undefined) chosen[judged.length].confirmed = { mean, deviation };
    judged.push(tried);
  }
  const [own, ...finalists] = judged;
  const sure = finalists.filter(
    ({ folds }) => isSure(gains(folds, own.folds, rankBy)) || own.trial.error !== undefined,
  );
  const [best] = sure.sort((a, b) => Number(better(b.trial, a.trial)) - Number(better(a.trial, b.trial)));
  if (best && best.trial.error === undefined) return trials[best.trial.trial];
  return own.trial.error === undefined ? first : otherwise;
}

/** By how much the scores of folds are better than those of the same folds. */
function gains<S>(folds: readonly S[], than: readonly S[], rankBy: string): number[] {
  const score = (scores: S) => (scores as Record<string, number>)[rankBy];
  const sign = FALLING.includes(rankBy) ? -1 : 1;
  return folds.length === than.length ? folds.map((scores, f) => sign * (score(scores) - score(than[f]))) : [];
}

/** Whether the mean is above 0 by more than chance would have it. */
function isSure(gained: readonly number[]): boolean {
  const { mean, deviation } = runThrough(meanAndDeviationSlices(gained));
  return gained.length > 1 && mean > (SURE * deviation) / Math.sqrt(gained.length - 1);
}

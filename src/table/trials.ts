/** Trials of a search: settings drawn, judged by cross-validation, ranked; and whether the best are better than none. */
import { show } from "../ground/check.js";
import { Random } from "../ground/random.js";
import { runThrough } from "../ground/slices.js";
import { meanAndDeviationSlices } from "../ground/statistics.js";
import type { Candidates, Settings } from "./candidates.js";
import { InOrder, Lane, laneOf, resultsOf } from "./in-order.js";
import type { SearchSpace } from "./search-space.js";
import { PARALLEL, SearchStudy } from "./search-study.js";
import { SideBySide } from "./side-by-side.js";
import type { TimeBudget } from "./time-budget.js";
import { type Judging, type SearchTrial, type Tried, tryNext, tryOne, unscored } from "./try-settings.js";

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
  options: T & Judging<S, T>,
  budget: TimeBudget | undefined,
  share: number,
): Promise<{ trials: SearchTrial<S>[]; best: Tried<M, S> | undefined }> {
  const limited = within(options, budget, share);
  const { trials: count, rankBy, onTrial, seed = 0 } = options;
  const study = new SearchStudy(space, seed, !FALLING.includes(rankBy), options.parallel);
  const trials: SearchTrial<S>[] = [];
  const reasons: unknown[] = [];
  let best: Tried<M, S> | undefined;
  const outer = outerLane(options);
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

/** What trials are parts of, of which several go on at once: those of a pool, or elsewhere. */
function outerLane<S, T extends Settings>({
  crossValidate,
  parallel = PARALLEL,
  pool,
}: T & Judging<S, T>): Lane | undefined {
  return crossValidate ? new Lane(new SideBySide(parallel)) : laneOf(pool);
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
  options: T & Judging<S, T>,
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
  const pieces = new InOrder(outerLane(options), (i, lane) => {
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

/** Which settings do best: a search over settings drawn at random, each judged by cross-validation. */
import { checkCallback, checkWhole } from "../ground/check.js";
import { clock } from "../ground/turn.js";
import type { ReadCandidates, Settings } from "./candidates.js";
import type { TableRows } from "./given-rows.js";
import { openTable } from "./open-table.js";
import { ownSpace } from "./own-space.js";
import type { MeanScores } from "./score-folds.js";
import { apply, checkChoices, checkSpace, type SearchSpace } from "./search-space.js";
import { TimeBudget } from "./time-budget.js";
import { confirm, JUDGED, TRIED, tryAll } from "./trials.js";
import { type JudgeElsewhere, type SearchTrial, unscored } from "./try-settings.js";

export type { SearchRange, SearchSpace } from "./search-space.js";
export type { JudgeElsewhere, SearchTrial } from "./try-settings.js";

/** What a search takes beside the options of a fit. */
export interface SearchOptions<S, T = Record<string, unknown>> {
  /** How many settings to try, >= 1. Default: 20. */
  trials?: number;
  /** How many folds the cross-validation of each trial has, from 2 to the number of rows. Default: 3. */
  folds?: number;
  /** The score that settings are ranked by. Default: `"logLoss"` (Classifier) or `"r2"` (Regressor). */
  rankBy?: keyof MeanScores<S> & string;
  /**
   * How many trials may be open at once, >= 1: the settings of trial t follow from trials 0 to t - parallel. So results depend on it, but
   * not on how many trials do go on at once. Default: 4.
   */
  parallel?: number;
  /** Has settings judged elsewhere, such as on other machines (wasmlp-bullmq does it), `parallel` at once. Default: here. */
  crossValidate?: JudgeElsewhere<S, T>;
  /**
   * Called after each trial; awaited when it returns a promise. `bestTrial` is the first one, which has an `error`, until a trial
   * is scored.
   */
  onTrial?: (progress: { trial: SearchTrial<S>; trials: number; bestTrial: SearchTrial<S> }) => unknown;
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
  /** What was searched: the space that was given, or the search's own. */
  space: SearchSpace;
  /** `"aborted"` if the signal ended it. */
  stopped: "done" | "aborted";
}

const OWN = ["trials", "folds", "rankBy", "onTrial", "parallel", "crossValidate"];

/** What a search is given after the rows: the options, or a space and the options. */
export type SearchArguments<T, S> =
  | readonly [options: Omit<T, "resume"> & SearchOptions<S, T>]
  | readonly [space: SearchSpace | undefined, options: Omit<T, "resume"> & SearchOptions<S, T>];

/**
 * Settings are drawn by `seed`; each trial sees the same folds. `ranking` is the score that is ranked by unless told otherwise. Of a
 * space of its own a search judges settings by one network a fold, since more take as many times as long, and then the best again.
 * @throws what a fit would throw at its door for one of the options or a choice of the space, before the first trial; what the
 * first trial threw if every trial threw; what a callback throws
 */
export async function search<M, S, T extends Settings>(
  call: string,
  { read, ranking }: { read: ReadCandidates<M, S, T>; ranking: keyof MeanScores<S> & string },
  rows: TableRows,
  given: readonly unknown[],
): Promise<SearchResult<M, S>> {
  const begun = clock();
  // Two arguments after the rows are a space, which may be left open, and options.
  const [named, asked] = (given.length > 1 ? given : [undefined, given[0]]) as [
    SearchSpace | undefined,
    T & SearchOptions<S, T>,
  ];
  const table = await openTable(call, rows, asked, OWN);
  const { options } = table;
  const told = named === undefined ? undefined : checkSpace(call, named);
  const { trials: count = 20, folds = 3, rankBy = ranking, onTrial, signal, time } = options;
  checkSearch(call, { ...options, trials: count, folds }, table.rows.length);
  const candidates = await read(call, table.rows, options);
  const space = told ?? ownSpace(candidates, options);
  await checkChoices(candidates, space, options);
  const budget = time === undefined ? undefined : new TimeBudget(time, begun);
  const judging = { ...options, trials: count, folds, rankBy, onTrial };
  const trying = { ...judging, isSingle: told === undefined };
  const { trials, best } = await tryAll(call, candidates, space, trying, budget, told ? JUDGED : TRIED);
  const { trial, model } = best ?? { trial: unscored<S>() };
  const isOpen = told === undefined && trials.length > 0 && !signal?.aborted;
  const bestTrial = isOpen ? await confirm(candidates, trials, trial, judging, budget) : trial;
  const done = { bestTrial, trials, space };
  if (signal?.aborted) return { ...done, model: model ?? (await candidates.fit(options)), stopped: "aborted" };
  const fitted = await candidates.fit(apply(options, bestTrial.settings), undefined, begun);
  // Aborted while the last model is fitted: that of a fold is fitted better.
  const isWhole = !signal?.aborted;
  return { ...done, model: isWhole ? fitted : (model ?? fitted), stopped: isWhole ? "done" : "aborted" };
}

function checkSearch<S, T>(call: string, options: SearchOptions<S, T>, rows: number): void {
  const { trials, folds, onTrial, parallel, crossValidate } = options;
  checkWhole(call, "trials", trials, 1);
  checkCallback(call, "onTrial", onTrial);
  if (parallel !== undefined) checkWhole(call, "parallel", parallel, 1);
  checkCallback(call, "crossValidate", crossValidate);
  checkWhole(call, "folds", folds, 2, rows);
}

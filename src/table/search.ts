/** Which settings do best: a search over settings drawn at random, each judged by cross-validation. */
import { checkCallback, checkNumber, checkOptions, checkWhole, isWalkable, show } from "../ground/check.js";
import { exp, log } from "../ground/math.js";
import { Random } from "../ground/random.js";
import { turn } from "../ground/turn.js";
import { adam } from "../train/optimizers.js";
import {
  type Candidates,
  type MeanScores,
  type ReadCandidates,
  type Settings,
  scoreFolds,
} from "./cross-validation.js";
import { checkTable } from "./options.js";

/** Numbers between two bounds. */
export interface SearchRange {
  low: number;
  high: number;
  /** Whether each factor is as likely as each other: for rates and penalties. Needs low > 0. */
  log?: boolean;
  /** Whether only whole numbers are drawn. */
  whole?: boolean;
}

const SEARCHED = [
  ...["hidden", "activation", "init", "learningRate", "l1", "l2", "dropout", "clipNorm", "batchSize", "epochs"],
  ...["classWeights", "maxCategories"],
] as const;

/**
 * What a search may try: by option a list to choose from, or a range of numbers. `learningRate` is that of the optimizer in
 * the options. Default: `adam()`.
 */
export type SearchSpace = { readonly [K in (typeof SEARCHED)[number]]?: readonly unknown[] | SearchRange };

/** What a search takes beside the options of a fit. */
export interface SearchOptions<S> {
  /** How many settings to try, >= 1. Default: 20. */
  trials?: number;
  /** How many folds the cross-validation of each trial has, from 2 to the number of rows. Default: 3. */
  folds?: number;
  /** The score that settings are ranked by. Default: `"logLoss"` (Classifier) or `"r2"` (Regressor). */
  rankBy?: keyof MeanScores<S> & string;
  /** Called after each trial; awaited when it returns a promise. */
  onTrial?: (progress: { trial: SearchTrial<S>; trials: number; bestTrial: SearchTrial<S> }) => unknown;
}

/** Settings that were tried. */
export interface SearchTrial<S> {
  /** Counted from 0. */
  trial: number;
  /** What was drawn from the space; nothing in trial 0, which tries the options as they are. */
  settings: Record<string, unknown>;
  /** Means and standard deviations over the folds. */
  mean: MeanScores<S>;
  deviation: MeanScores<S>;
}

/** What a search returns. */
export interface SearchResult<M, S> {
  /**
   * Fitted on all rows with the best settings. When the signal ended the search, the model of the best trial's first fold, which
   * saw the other folds alone; of a search without a trial, what `fit` gives when its signal ends it.
   */
  model: M;
  /** The trial of the best score, the first of equals; of a search that ended before the first, that one, without scores. */
  bestTrial: SearchTrial<S>;
  trials: SearchTrial<S>[];
  /** `"aborted"` if the signal ended it. */
  stopped: "done" | "aborted";
}

/** Scores of which less is better. */
const FALLING: readonly string[] = ["logLoss", "brier", "meanSquaredError", "meanAbsoluteError"];

/** Settings are drawn by `seed`; each trial sees the same folds. `ranking` is the score that is ranked by unless told otherwise. */
export async function search<M, S, T extends Settings>(
  call: string,
  { read, ranking }: { read: ReadCandidates<M, S, T>; ranking: keyof MeanScores<S> & string },
  rows: readonly object[],
  space: SearchSpace,
  options: T & SearchOptions<S>,
): Promise<SearchResult<M, S>> {
  await turn.run(checkTable(call, rows, options, ["trials", "folds", "rankBy", "onTrial"]));
  const choices = checkSpace(call, space);
  const { trials: count = 20, folds = 3, rankBy = ranking, signal } = options;
  checkWhole(call, "trials", count, 1);
  checkCallback(call, "onTrial", options.onTrial);
  checkWhole(call, "folds", folds, 2, rows.length);
  const candidates = await read(call, rows, options);
  const { trials, best } = await tryAll(call, candidates, choices, { ...options, trials: count, folds, rankBy });
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
  const { trials: count, folds, rankBy, onTrial, seed = 0 } = options;
  const random = new Random(seed);
  const trials: SearchTrial<S>[] = [];
  let best: Tried<M, S> | undefined;
  while (trials.length < count) {
    // The first trial shows what searching was worth.
    const settings = trials.length === 0 ? {} : draw(space, random);
    const { result, first: model } = await scoreFolds(candidates, apply(options, settings), folds);
    const { mean, deviation, stopped } = result;
    if (stopped === "aborted") break;
    const trial = { trial: trials.length, settings, mean, deviation };
    checkRanking(call, rankBy, mean);
    trials.push(trial);
    if (!best || isBetter(trial, best.trial, rankBy)) best = { trial, model };
    await onTrial?.({ trial, trials: count, bestTrial: best.trial });
  }
  return { trials, best };
}

/** The options as they are, before they were tried. */
function unscored<S>(): SearchTrial<S> {
  return { trial: 0, settings: {}, mean: {} as MeanScores<S>, deviation: {} as MeanScores<S> };
}

function checkRanking(call: string, rankBy: string, mean: object): void {
  if (typeof rankBy === "string" && Object.hasOwn(mean, rankBy)) return;
  throw new RangeError(`${call}: rankBy must be one of ${Object.keys(mean).join(", ")}, got ${show(rankBy)}.`);
}

function isBetter<S>(trial: SearchTrial<S>, than: SearchTrial<S>, rankBy: string): boolean {
  const score = ({ mean }: SearchTrial<S>) => (mean as Record<string, number>)[rankBy];
  return FALLING.includes(rankBy) ? score(trial) < score(than) : score(trial) > score(than);
}

/** Copies of the lists and ranges: what is read twice could say something else the second time. */
function checkSpace(call: string, space: unknown): SearchSpace {
  checkOptions(call, space, SEARCHED);
  const entries = Object.entries(space);
  if (entries.length === 0) throw new RangeError(`${call}: the space must name an option to search over, got none.`);
  const checked = entries.map(([name, values]) => {
    if (Array.isArray(values)) {
      if (values.length === 0) throw new RangeError(`${call}: ${name} must list something to choose from, got none.`);
      return [name, isWalkable(values) ? values.slice() : values];
    }
    checkOptions(call, values, ["low", "high", "log", "whole"], name);
    const range = { ...(values as unknown as SearchRange) };
    checkNumber(call, `${name}.low`, range.low, range.log ? Number.MIN_VALUE : undefined);
    checkNumber(call, `${name}.high`, range.high, range.low);
    return [name, range];
  });
  return Object.fromEntries(checked);
}

function draw(space: SearchSpace, random: Random): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  // In the order of the list, so that the order of the space's keys changes nothing.
  for (const name of SEARCHED) {
    const values = space[name];
    if (values === undefined) continue;
    settings[name] = Array.isArray(values)
      ? values[random.below(values.length)]
      : drawNumber(values as SearchRange, random);
  }
  return settings;
}

function drawNumber({ low, high, log: isLog, whole }: SearchRange, random: Random): number {
  const share = random.uniform();
  const value = isLog ? exp(log(low) + share * (log(high) - log(low))) : low + share * (high - low);
  return Math.min(high, Math.max(low, whole ? Math.round(value) : value));
}

/** The options with what was drawn; a learning rate becomes the optimizer's. */
function apply<T extends Settings>(options: T, settings: Record<string, unknown>): T {
  const { learningRate, ...rest } = settings;
  if (learningRate === undefined) return { ...options, ...rest };
  const { optimizer = adam() } = options;
  return { ...options, ...rest, optimizer: { ...optimizer, learningRate } };
}

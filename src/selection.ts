/** Which settings are best: k-fold cross-validation, and a search over settings drawn at random. */
import { checkNumber, checkOptions, checkWhole, show } from "./check.js";
import { checkTable, TABLE_KEYS } from "./fit-table.js";
import type { TargetCode } from "./labels.js";
import { exp, log } from "./math.js";
import { adam, type Optimizer } from "./optimizers.js";
import { Random } from "./random.js";
import { foldRows } from "./splits.js";
import { meanAndDeviation } from "./statistics.js";

/** The part of a table's options that matters here. */
interface Settings {
  target: string;
  seed?: number;
  signal?: AbortSignal;
  optimizer?: Optimizer;
}

/** What cross-validation and search need of a kind of model. */
export interface Selection<M, S, T extends Settings> {
  /** @param part numbers of the rows to train on; all if left out */
  fit(
    call: string,
    rows: readonly object[],
    options: T,
    part?: Uint32Array,
  ): Promise<M & { evaluate(rows: readonly object[]): S }>;
  learn(call: string, rows: readonly object[], target: string): TargetCode;
  /** The score that settings are ranked by unless told otherwise. */
  readonly ranking: keyof MeanScores<S> & string;
}

/** What cross-validation takes beside the options of a fit. */
export interface CrossValidationOptions<S> {
  /** Parts the rows are dealt into, from 2 to the count of rows; 5 if left out. */
  folds?: number;
  /** Called after each fold; awaited when it returns a promise. */
  onFold?: (fold: { fold: number; folds: number; scores: S }) => unknown;
}

/** The scores of S that are numbers. */
export type MeanScores<S> = { [K in keyof S as NonNullable<S[K]> extends number ? K : never]: number };

/** What cross-validation returns. */
export interface CrossValidation<S> {
  /** The scores of each fold, on rows its model was not trained on. */
  folds: S[];
  /** Means over the folds; of scores that some folds do not have, over the others. */
  mean: MeanScores<S>;
  /** Standard deviations over the folds. */
  deviation: MeanScores<S>;
  /** `"aborted"` if the signal ended it: then the folds are those that were done. */
  stopped: "done" | "aborted";
}

/** Rows are dealt by `seed`, each label evenly; each fold's model learns means and categories from its own rows. */
export async function crossValidate<M, S, T extends Settings>(
  call: string,
  selection: Selection<M, S, T>,
  rows: readonly object[],
  options: T & CrossValidationOptions<S>,
): Promise<CrossValidation<S>> {
  checkOptions(call, options, [...TABLE_KEYS, "classWeights", "folds", "onFold"]);
  const { folds: count = 5, onFold, ...settings } = options;
  const { target, seed = 0, signal } = options;
  checkTable(call, rows, options);
  checkWhole(call, "folds", count, 2, rows.length);
  checkCallback(call, "onFold", onFold);
  const code = selection.learn(call, rows, target);
  const classes = code.output === "softmax" ? code.encode(call, rows) : undefined;
  const folds: S[] = [];
  for (const { train, test } of foldRows(rows.length, count, seed, classes)) {
    if (signal?.aborted) break;
    const model = await selection.fit(call, rows, settings as unknown as T, train);
    if (signal?.aborted) break;
    const scores = model.evaluate(Array.from(test, (r) => rows[r]));
    folds.push(scores);
    await onFold?.({ fold: folds.length - 1, folds: count, scores });
  }
  return { folds, ...summarise(folds), stopped: folds.length === count ? "done" : "aborted" };
}

function summarise<S>(folds: readonly S[]): Pick<CrossValidation<S>, "mean" | "deviation"> {
  const mean: Record<string, number> = {};
  const deviation: Record<string, number> = {};
  for (const name of Object.keys(folds[0] ?? {})) {
    const values = folds
      .map((scores) => (scores as Record<string, unknown>)[name])
      .filter((value) => typeof value === "number");
    if (values.length > 0) ({ mean: mean[name], deviation: deviation[name] } = meanAndDeviation(values));
  }
  return { mean: mean as MeanScores<S>, deviation: deviation as MeanScores<S> };
}

/** Numbers between two bounds. */
export interface Range {
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
 * the options, `adam()` if left out.
 */
export type SearchSpace = { readonly [K in (typeof SEARCHED)[number]]?: readonly unknown[] | Range };

/** What a search takes beside the options of a fit. */
export interface SearchOptions<S> {
  /** Settings to try, >= 1; 20 if left out. */
  trials?: number;
  /** Folds of each trial's cross-validation; 3 if left out. */
  folds?: number;
  /** The score that settings are ranked by; `"logLoss"` (Classifier) or `"r2"` (Regressor) if left out. */
  rankBy?: keyof MeanScores<S> & string;
  /** Called after each trial; awaited when it returns a promise. */
  onTrial?: (progress: { trial: Trial<S>; trials: number; best: Trial<S> }) => unknown;
}

/** Settings that were tried. */
export interface Trial<S> {
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
  /** Fitted on all rows with the best settings. */
  model: M;
  /** The trial of the best score, the first of equals. */
  best: Trial<S>;
  trials: Trial<S>[];
  /** `"aborted"` if the signal ended it. */
  stopped: "done" | "aborted";
}

/** Scores of which less is better. */
const FALLING: readonly string[] = ["logLoss", "brier", "meanSquaredError", "meanAbsoluteError"];

/** Settings are drawn by `seed`; each trial sees the same folds. */
export async function search<M, S, T extends Settings>(
  call: string,
  selection: Selection<M, S, T>,
  rows: readonly object[],
  space: SearchSpace,
  options: T & SearchOptions<S>,
): Promise<SearchResult<M, S>> {
  checkOptions(call, options, [...TABLE_KEYS, "classWeights", "trials", "folds", "rankBy", "onTrial"]);
  const { trials: count = 20, folds = 3, rankBy = selection.ranking, onTrial, ...base } = options;
  const { seed = 0 } = options;
  checkTable(call, rows, options);
  checkSpace(call, space);
  checkWhole(call, "trials", count, 1);
  checkCallback(call, "onTrial", onTrial);
  const random = new Random(seed);
  const trials: Trial<S>[] = [];
  let best: Trial<S> | undefined;
  const score = ({ mean }: Trial<S>) => (mean as Record<string, number>)[rankBy] * (FALLING.includes(rankBy) ? -1 : 1);
  while (trials.length < count) {
    // The first trial shows what searching was worth.
    const settings = trials.length === 0 ? {} : draw(space, random);
    const { mean, deviation, stopped } = await crossValidate(call, selection, rows, {
      ...apply(base, settings),
      folds,
    });
    if (stopped === "aborted") break;
    const trial = { trial: trials.length, settings, mean, deviation };
    if (!(rankBy in mean)) {
      throw new RangeError(`${call}: rankBy must be one of ${Object.keys(mean).join(", ")}, got ${show(rankBy)}.`);
    }
    trials.push(trial);
    if (!best || score(trial) > score(best)) best = trial;
    await onTrial?.({ trial, trials: count, best });
  }
  if (!best) throw new Error(`${call}: the signal must leave time for one trial, got none done.`);
  // Stopped or not: the settings that were found are worth nothing without a model.
  const model = await selection.fit(call, rows, { ...apply(base, best.settings), signal: undefined } as unknown as T);
  return { model, best, trials, stopped: trials.length === count ? "done" : "aborted" };
}

function checkSpace(call: string, space: unknown): void {
  checkOptions(call, space, SEARCHED);
  const entries = Object.entries(space);
  if (entries.length === 0) throw new RangeError(`${call}: the space must name an option to search over, got none.`);
  for (const [name, values] of entries) {
    if (Array.isArray(values)) {
      if (values.length === 0) throw new RangeError(`${call}: ${name} must list something to choose from, got none.`);
      continue;
    }
    checkOptions(call, values, ["low", "high", "log", "whole"]);
    const { low, high, log: isLog } = values as unknown as Range;
    checkNumber(call, `${name}.low`, low, isLog ? Number.MIN_VALUE : undefined);
    checkNumber(call, `${name}.high`, high, low);
  }
}

function draw(space: SearchSpace, random: Random): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  // In the order of the list, so that the order of the space's keys changes nothing.
  for (const name of SEARCHED) {
    const values = space[name];
    if (values === undefined) continue;
    settings[name] = Array.isArray(values) ? values[random.below(values.length)] : drawNumber(values as Range, random);
  }
  return settings;
}

function drawNumber({ low, high, log: isLog, whole }: Range, random: Random): number {
  const share = random.uniform();
  const value = isLog ? exp(log(low) + share * (log(high) - log(low))) : low + share * (high - low);
  return Math.min(high, Math.max(low, whole ? Math.round(value) : value));
}

function apply<T extends Settings>(base: object, settings: Record<string, unknown>): T {
  const { learningRate, ...rest } = settings;
  const { optimizer = adam() } = base as Settings;
  const drawn = learningRate === undefined ? {} : { optimizer: { ...optimizer, learningRate } };
  return { ...base, ...rest, ...drawn } as unknown as T;
}

function checkCallback(call: string, name: string, callback: unknown): void {
  if (callback === undefined || typeof callback === "function") return;
  throw new TypeError(`${call}: ${name} must be a function, got ${show(callback)}.`);
}

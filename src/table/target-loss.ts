/** What a Regressor makes small: losses by the words of tables, and what they are worth. */
import { checkNumber, isWalkable, show } from "../ground/check.js";
import { log } from "../ground/math.js";
import { firstAbove, weightsBefore } from "../ground/quantiles.js";
import { fillSlices } from "../ground/slices.js";
import { sortSlices } from "../ground/sort-slices.js";
import { meanOver } from "../ground/statistics.js";
import type { Loss } from "../net/design.js";

/**
 * What is made small, which says what is predicted.
 *
 * | loss | of a value t and its prediction p, in the unit that is learned | what is predicted |
 * |---|---|---|
 * | `"squared"` | ½(t - p)² | the mean |
 * | `"absolute"` | \|t - p\| | the median |
 * | `"huber"` | ½e² where \|e\| <= 1, else \|e\| - ½: 1 is the target's standard deviation (Huber 1964) | between both: the mean but for outliers |
 * | `"poisson"` | p - t·log p: of counts >= 0, which are divided by their mean; p = exp of the network's sum | the mean, > 0 |
 * | `{ quantiles: [q, ...] }` | max(q·(t - p), (q - 1)·(t - p)), summed over the levels 0 < q < 1 (Koenker and Bassett 1978) | these quantiles |
 */
export type RegressorLoss = "squared" | "absolute" | "huber" | "poisson" | { readonly quantiles: readonly number[] };

/** The same as models keep it: none for squares, levels ascending. */
export type KeptLoss = Exclude<RegressorLoss, "squared"> | undefined;

/** A target's encoder that says what the network makes small, if it is not what belongs to its output. */
export interface HasLoss {
  readonly networkLoss?: Loss | undefined;
}

const NAMES = ["squared", "absolute", "huber", "poisson"] as const;

/** Beyond these a network takes no levels. */
const LEAST_LEVEL = 2 ** -20;
const MOST_LEVELS = 256;

/** @throws TypeError, RangeError on what is no loss */
export function checkLoss(call: string, loss: unknown = "squared"): KeptLoss {
  if (NAMES.includes(loss as (typeof NAMES)[number])) return loss === "squared" ? undefined : (loss as KeptLoss);
  const isRecord = typeof loss === "object" && loss !== null && Object.keys(loss).join() === "quantiles";
  const { quantiles } = Object(loss) as { quantiles?: unknown };
  if (!isRecord || !isWalkable(quantiles)) {
    const names = NAMES.map(show).join(", ");
    throw new TypeError(`${call}: loss must be one of ${names} or { quantiles: [...] }, got ${show(loss)}.`);
  }
  const levels = quantiles.slice();
  if (levels.length === 0 || levels.length > MOST_LEVELS) {
    throw new RangeError(`${call}: loss.quantiles must hold 1 to ${MOST_LEVELS} levels, got ${levels.length}.`);
  }
  for (const [i, level] of levels.entries()) {
    checkNumber(call, `loss.quantiles[${i}]`, level, LEAST_LEVEL, 1 - LEAST_LEVEL);
  }
  const ascending = (levels as number[]).sort((a, b) => a - b);
  const twice = ascending.find((level, i) => level === ascending[i - 1]);
  if (twice === undefined) return { quantiles: ascending };
  throw new RangeError(`${call}: loss.quantiles must hold each level once, got ${twice} twice.`);
}

/** Whether it is what a file keeps of a loss. */
export function isKeptLoss(data: unknown): data is KeptLoss {
  if (data === "squared") return false;
  try {
    return data === undefined || JSON.stringify(checkLoss("load", data)) === JSON.stringify(data);
  } catch {
    return false;
  }
}

/** The levels of quantiles, ascending; undefined of other losses. */
export function levelsOf(loss: KeptLoss): readonly number[] | undefined {
  return typeof loss === "object" ? loss.quantiles : undefined;
}

/** The network's loss; undefined for the one that belongs to its output. */
export function networkLoss(loss: KeptLoss): Loss | undefined {
  if (loss === "absolute") return "absolute-error";
  return loss === "poisson" ? undefined : loss;
}

/** max(q·e, (q - 1)·e) of an error e. */
export const pinball = (level: number, error: number) => Math.max(level * error, (level - 1) * error);

/** 2(t·log(t/p) - t + p) of a count and its mean: 0 where they are equal (McCullagh and Nelder 1989). */
export function devianceOf(truth: number, mean: number): number {
  const likely = Math.max(mean, Number.MIN_VALUE);
  return 2 * ((truth > 0 ? truth * (log(truth) - log(likely)) : 0) - truth + mean);
}

/** The loss of a value, >= 0, and its answers, both as they are learned: of counts half the deviance. */
function lossOfValue(loss: KeptLoss, truth: number, answers: ArrayLike<number>): number {
  const levels = levelsOf(loss);
  if (levels) return levels.reduce((sum, level, i) => sum + pinball(level, truth - answers[i]), 0);
  if (loss === "poisson") return devianceOf(truth, answers[0]) / 2;
  const error = Math.abs(truth - answers[0]);
  if (loss === "absolute") return error;
  return loss === "huber" && error > 1 ? error - 0.5 : 0.5 * error * error;
}

/**
 * The loss of each answer, and the mean loss of a constant one: quantiles of the targets, their mean for counts, else their median. Slice
 * by slice.
 * @param learned targets as they are learned
 * @param answersTo row `r`, quantiles ascending
 * @param weights what each row counts. Default: all alike
 */
export function* judgeLosses(
  loss: KeptLoss,
  learned: ArrayLike<number>,
  answersTo: (r: number) => ArrayLike<number>,
  weights?: ArrayLike<number>,
): Generator<number, { losses: Float64Array; constant: number }> {
  const rows = learned.length;
  const mean = (of: (r: number) => number) => meanOver(rows, of, weights);
  const best =
    loss === "poisson"
      ? [yield* mean((r) => learned[r])]
      : yield* quantilesOf(learned, levelsOf(loss) ?? [0.5], weights);
  const constant = yield* mean((r) => lossOfValue(loss, learned[r], best));
  const lossAt = (r: number) => lossOfValue(loss, learned[r], answersTo(r));
  return { losses: yield* fillSlices(new Float64Array(rows), lossAt), constant };
}

/** Of numbers that are there as many times as their weights say, the one below which each share lies. */
function* quantilesOf(
  numbers: ArrayLike<number>,
  shares: readonly number[],
  weights: ArrayLike<number> | undefined,
): Generator<number, number[]> {
  const own = yield* fillSlices(new Float64Array(numbers.length), (r) => numbers[r]);
  const sorted = yield* sortSlices(own.slice());
  if (!weights) return shares.map((share) => sorted[Math.floor(share * sorted.length)]);
  const before = yield* weightsBefore(sorted, own, (r) => weights[r]);
  const total = before[sorted.length];
  return shares.map((share) => sorted[Math.min(sorted.length, firstAbove(before, Math.floor(share * total))) - 1]);
}

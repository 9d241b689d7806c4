/** Intervals of values, from the answers of networks and what rows said that were held out. */
import { type CoverageOptions, coveredScores, readCoverage } from "./conformal.js";
import type { HeldFacts } from "./held-facts.js";
import { type KeptLoss, levelsOf } from "./target-loss.js";

/** What {@link Regressor.predictInterval} returns, in the target's unit. */
export interface Interval {
  low: number;
  high: number;
}

/** Two quantiles, by their places among the levels, and how far beyond them right values lie. */
interface CoveredBand {
  readonly low: number;
  readonly high: number;
  readonly margin: number;
}

/**
 * The quantiles whose levels are next to those that leave out `(1 - coverage) / 2` on each side, and how far an interval is to reach
 * beyond both, or, below 0, to end before them (Romano, Patterson and Candès 2019).
 * @param levels of the quantiles, ascending
 * @returns undefined of models that have no pairs of quantiles
 * @throws as {@link coveredScores}
 */
function coveredBand(
  call: string,
  held: HeldFacts | undefined,
  options: CoverageOptions,
  levels: readonly number[] = [],
): CoveredBand | undefined {
  const { coverage, bands = [] } = readCoverage(call, held, options);
  if (bands.length === 0) return undefined;
  const outside = (1 - coverage) / 2;
  const distance = ({ low, high }: Omit<CoveredBand, "margin">) =>
    Math.max(Math.abs(levels[low] - outside), Math.abs(1 - levels[high] - outside));
  // Of equals the first, which is the outer one.
  const { low, high, conformity } = bands.reduce((a, b) => (distance(b) < distance(a) ? b : a));
  return { low, high, margin: coveredScores(call, { conformity }, { coverage }, 1).high };
}

/** What makes values of the answers of networks: a TargetScaler. */
interface Decoder {
  readonly loss?: KeptLoss;
  pointAt(answers: Float32Array, r: number): number;
  sortedAt(answers: Float32Array, r: number): ArrayLike<number>;
  spreadAt(answer: number): number;
  plain(answer: number): number;
}

/**
 * How intervals are made of answers to rows.
 * @returns makes that of row `r` of answers, [rows, outputs]
 * @throws TypeError, RangeError on other options; Error if no rows were held out, RangeError if too few were
 */
export function intervals(
  call: string,
  targetEncoder: Decoder,
  held: HeldFacts | undefined,
  options: CoverageOptions,
): (answers: Float32Array, r: number) => Interval {
  const { loss } = targetEncoder;
  const band = coveredBand(call, held, options, levelsOf(loss));
  if (band) {
    return (answers, r) => {
      const quantiles = targetEncoder.sortedAt(answers, r);
      const [low, high] = [quantiles[band.low] - band.margin, quantiles[band.high] + band.margin];
      // What is to end before both may be nothing: then it is the point between them.
      const middle = (low + high) / 2;
      return { low: targetEncoder.plain(Math.min(low, middle)), high: targetEncoder.plain(Math.max(high, middle)) };
    };
  }
  const { low, high } = coveredScores(call, held, options, 2);
  // There are no counts below 0.
  const least = loss === "poisson" ? 0 : Number.NEGATIVE_INFINITY;
  return (answers, r) => {
    const answer = targetEncoder.pointAt(answers, r);
    const spread = targetEncoder.spreadAt(answer);
    return {
      low: Math.max(least, targetEncoder.plain(answer + spread * low)),
      high: Math.max(least, targetEncoder.plain(answer + spread * high)),
    };
  };
}

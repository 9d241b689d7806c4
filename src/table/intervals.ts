/** Intervals of values, from the answers of networks and what rows said that were held out. */
import { type CoverageOptions, coveredBand, coveredScores } from "./conformal.js";
import type { HeldFacts } from "./held-facts.js";
import { levelsOf } from "./target-loss.js";
import type { TargetScaler } from "./target-scaler.js";

/** What {@link Regressor.predictInterval} returns, in the target's unit. */
export interface Interval {
  low: number;
  high: number;
}

/**
 * How intervals are made of answers to rows.
 * @returns makes that of row `r` of answers, [rows, outputs]
 * @throws TypeError, RangeError on other options; Error if no rows were held out, RangeError if too few were
 */
export function intervals(
  call: string,
  targetEncoder: TargetScaler,
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

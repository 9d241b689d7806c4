/** How well values are predicted. */
import type { Sort } from "../ground/class-scores.js";
import { meanErrorSlices, r2Slices } from "../ground/regression-metrics.js";
import { fillSlices } from "../ground/slices.js";
import { meanOver, square } from "../ground/statistics.js";
import { devianceOf, type KeptLoss, levelsOf, pinball } from "./target-loss.js";

/** What {@link Regressor.evaluate} returns, in the target's unit. */
export interface RegressorScores {
  /** 1 - residual/total sum of squares. */
  r2: number;
  meanSquaredError: number;
  meanAbsoluteError: number;
  /** Of `loss: "poisson"`: the mean of 2(t·log(t/p) - t + p), 0 where all counts are predicted exactly. */
  poissonDeviance?: number;
  /** Of `loss: { quantiles }`: the mean over rows and levels q of max(q·e, (q - 1)·e), e being the error below the truth. */
  pinballLoss?: number;
}

/** What makes values of the answers of networks: a TargetScaler. */
interface Decoder {
  readonly loss?: KeptLoss;
  valueAt(answers: Float32Array, r: number): number;
  quantilesAt(answers: Float32Array, r: number): readonly number[];
}

/**
 * Scores the answers of networks, slice by slice.
 * @param truth values in their own unit
 * @param answers [rows, outputs], row-major
 * @param weights what each row counts, >= 0, some above 0. Default: all alike
 */
export function* scoreValues(
  targetEncoder: Decoder,
  truth: ArrayLike<number>,
  answers: Float32Array,
  _sort?: Sort,
  weights?: ArrayLike<number>,
): Generator<number, RegressorScores> {
  const rows = truth.length;
  const predicted = yield* fillSlices(new Float64Array(rows), (r) => targetEncoder.valueAt(answers, r));
  const scores: RegressorScores = {
    r2: yield* r2Slices(truth, predicted, weights),
    meanSquaredError: yield* meanErrorSlices("meanSquaredError", truth, predicted, square, weights),
    meanAbsoluteError: yield* meanErrorSlices("meanAbsoluteError", truth, predicted, Math.abs, weights),
  };
  const { loss } = targetEncoder;
  const levels = levelsOf(loss);
  if (loss === "poisson") {
    scores.poissonDeviance = yield* meanOver(rows, (r) => devianceOf(truth[r], predicted[r]), weights);
  }
  if (levels) {
    const lossAt = (r: number) => {
      const values = targetEncoder.quantilesAt(answers, r);
      return levels.reduce((sum, level, i) => sum + pinball(level, truth[r] - values[i]), 0) / levels.length;
    };
    scores.pinballLoss = yield* meanOver(rows, lossAt, weights);
  }
  return scores;
}

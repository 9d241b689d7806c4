/** What a fit reports: scores by kind of output, a report for each epoch, and the history of them all. */
import type { Output } from "../net/activations.js";

/** What {@link MLP.evaluate} returns for softmax and sigmoid outputs. */
export interface ClassificationScores {
  /** As defined for the output, without penalties: the mean over rows. */
  loss: number;
  /** The share of rows (softmax) or of single outputs (sigmoid) predicted right, from 0 to 1. */
  accuracy: number;
}

/**
 * What {@link MLP.evaluate} returns for outputs that are values. Errors are those of a row's own prediction: of a Gaussian loss the
 * mean, of quantiles the level next to the median.
 */
export interface RegressionScores {
  /** As defined for the loss, summed over outputs; the mean over rows. */
  loss: number;
  /** The mean over rows and outputs. */
  meanSquaredError: number;
  /** The mean over rows and outputs. */
  meanAbsoluteError: number;
  /** 1 - residual/total sum of squares, mean over outputs; for a target that never varies 1 if predicted exactly, else 0. */
  r2: number;
}

/** Scores by kind of output. */
export type Scores<O extends Output = Output> = O extends "softmax" | "sigmoid"
  ? ClassificationScores
  : RegressionScores;

/** What `onEpoch` of {@link MLP.fit} is told. */
export interface EpochReport<O extends Output = Output> {
  /** Counted from 0, of `epochs` in all. */
  epoch: number;
  epochs: number;
  /** The mean, over the epoch's rows, of the loss before each update, penalties included. */
  loss: number;
  /** The same without penalties. */
  dataLoss: number;
  /** The rate of the epoch's last update. */
  learningRate: number;
  /** Scores on the validation rows after the epoch, and those of your own that the fit watches, by their names. */
  validation?: Scores<O> & { readonly [own: string]: number | undefined };
}

/** What {@link MLP.fit} returns. */
export interface History<O extends Output = Output> {
  /** One report for each whole epoch. */
  epochs: EpochReport<O>[];
  /** Updates made. */
  steps: number;
  /** The epoch whose weights the model holds, if the fit had early stopping. */
  bestEpoch?: number;
  /** `"early"` if the score had stopped getting better, `"aborted"` if the signal or an error of `onEpoch` ended it. */
  stopped: "done" | "early" | "aborted";
}

/** The scores of an epoch on its validation rows, and what one of the user's own failed by, if one did. */
export interface ValidationScores {
  readonly scores: EpochReport["validation"];
  readonly failure?: { readonly error: unknown };
}

/** The score of an epoch that is watched: of the validation rows, or the training loss where there are none; none if it failed. */
export function watchedScore(
  { loss, validation }: EpochReport,
  monitor: string | { readonly name: string },
): number | undefined {
  return validation ? validation[typeof monitor === "string" ? monitor : monitor.name] : loss;
}

/** The options of a fit, and what it does: as src/train/plan.ts has checked it and src/train/loop.ts runs it. */
import type { Dataset } from "../data/dataset.js";
import type { Signal } from "../ground/web.js";
import type { Output } from "../net/activations.js";
import type { EpochReport } from "./history.js";
import type { ClassWeights, Optimizer, TrainerOptions, TrainingPlan } from "./optimizer-kinds.js";
import type { CheckedEarlyStopping, EarlyStopping, ReduceOnPlateau, ScoreMonitor } from "./watch.js";

/** How {@link MLP.fit} trains. */
export interface FitOptions<O extends Output = Output>
  extends Omit<Partial<TrainerOptions>, "optimizer" | "classWeights" | "resume"> {
  /** From `sgd()`, `adam()` or another of these functions. Default: `adam()`. */
  optimizer?: Optimizer;
  /** Passes over the data, >= 1. Default: 10. */
  epochs?: number;
  /**
   * Rows an update, >= 1. The last batch of an epoch may be short. Default: 32. With batch normalization 2 to 256, and a single row
   * that would be left for the last batch joins the one before, or has one of its rows if that has 256.
   */
  batchSize?: number;
  /** Whether each epoch takes the rows in a new random order, from the model's generator. Default: true. */
  shuffle?: boolean;
  /**
   * Rows to score after each epoch: a dataset, or the share (0 to 1) of the data to hold out, drawn at random, with each
   * class's share where the output is softmax. Default: none.
   */
  validation?: Dataset | number;
  /**
   * What a row counts by its class: as of a trainer, or `"balanced"`: rows / (classes · rows of the class), of sigmoid for each output.
   * Default: 1 for each.
   */
  classWeights?: ClassWeights | "balanced";
  /** Ends the fit when the score has stopped getting better; the model then holds the weights of the best epoch. Default: never. */
  earlyStopping?: EarlyStopping;
  /** Lowers the learning rate, whatever its schedule, when the score has stopped getting better. Default: never. */
  reduceOnPlateau?: ReduceOnPlateau;
  /**
   * Called after each epoch; awaited when it returns a promise. What it throws ends the fit as the signal does, after this
   * epoch: the promise of `fit` is rejected with it, the model keeps what it has learned, the history says `"aborted"`, and
   * `resume` goes on after it. `save()` gives the bytes of a checkpoint: of the model as if the fit ended here, and of all that
   * `resume` needs to go on from here, bit for bit.
   */
  onEpoch?: (epoch: EpochReport<O>, save: () => Promise<Uint8Array<ArrayBuffer>>) => unknown;
  /** Ends the fit before its next update; the model keeps what it has learned. */
  signal?: Signal;
  /**
   * Goes on with this model's latest fit as if it had never stopped, bit for bit; `data` and options must be the same, but
   * `epochs` may be more, and `onEpoch` and `signal` others. Default: false.
   */
  resume?: boolean;
}

/** Options with their defaults, checked against the data and the network. */
export interface FitPlan {
  readonly train: Dataset;
  readonly validation: Dataset | undefined;
  readonly epochs: number;
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly training: TrainingPlan;
  /** What drew the rows that are held out, for a fit that goes on. */
  readonly splitSeed: number | undefined;
  readonly earlyStopping: CheckedEarlyStopping | undefined;
  readonly reduceOnPlateau: Required<ReduceOnPlateau> | undefined;
  /** Scores of the user's own that these watch. */
  readonly ownScores: readonly ScoreMonitor[];
  readonly onEpoch: FitOptions["onEpoch"];
  readonly signal: Signal | undefined;
}

/**
 * Where training stands: with a model's parameters and what its optimizer keeps, all that is needed to go on. Plain data,
 * which a file keeps as it is (src/file/saved-training.ts).
 */
import type { RandomState } from "../ground/random.js";
import type { DropoutSeed } from "../net/dropout.js";
import type { History } from "./history.js";
import type { WatchState } from "./watch.js";

/** Whether an optimizer of this label keeps three numbers a parameter, not two or less. */
export function keepsThree(label: string): boolean {
  return label.endsWith("amsgrad") || label.endsWith("centered momentum");
}

/** Where the updates of one trainer stand. The trainer itself counts in it. */
export interface TrainerState {
  /** The optimizer's label (src/train/optimizer-kinds.ts gives it, src/file/saved-training.ts knows them all). */
  readonly optimizer: string;
  /** Updates done. */
  steps: number;
  /** Epochs done, for schedules that count epochs. */
  epoch: number;
  /** Of the units left out at each update; none without dropout. */
  readonly dropoutSeed: DropoutSeed | undefined;
  /** The average of the parameters, in their order, once an update was made. */
  average?: Float32Array | undefined;
}

/** Where a trainer stands that has not begun. */
export function newTrainerState(optimizer: string, dropoutSeed?: DropoutSeed): TrainerState {
  return { optimizer, steps: 0, epoch: 0, dropoutSeed };
}

/** Where a fit stands. */
export interface FitState {
  /** What the fit was given, by which it is recognised: another fit must not go on with it. */
  readonly rows: number;
  readonly batchSize: number;
  readonly optimizer: string;
  /** What drew the rows that are held out. */
  readonly splitSeed: number | undefined;
  readonly dropoutSeed: DropoutSeed | undefined;
  readonly history: History;
  /** The epoch at hand, the generator before its rows were shuffled, its rows done and their losses. */
  epoch: number;
  random: RandomState;
  rowsDone: number;
  sum: number;
  dataSum: number;
  /** What the scheduled rate is multiplied by, since the loss stopped falling. */
  rateFactor: number;
  readonly early: WatchState;
  readonly plateau: WatchState;
  /** Parameters of the best epoch while the fit runs. */
  bestParameters: Float32Array | undefined;
  /** Parameters to go on from when the model was given those of the best epoch. */
  lastParameters: Float32Array | undefined;
}

/** Where the training of a model stands. */
export interface TrainingState {
  /** The latest updates, those of the latest fit too; their average lies beside it. */
  readonly trainer: TrainerState;
  /** The latest fit, unless something else has changed the parameters since. */
  readonly fit?: FitState;
  /** What the optimizer keeps, in the order of the parameters: velocity or means, means of squares. */
  readonly state1: Float32Array;
  readonly state2: Float32Array;
  /** Of optimizers that keep three numbers of each parameter. */
  readonly state3?: Float32Array | undefined;
  readonly average?: Float32Array | undefined;
}

/** All of a model that training changes. */
export interface ModelState {
  readonly random: RandomState;
  /** All that was learned in the inner order of the network's slab: W1 b1 W2 b2 ..., then running means and variances. */
  readonly parameters: Float32Array;
  /** Of the latest fit. */
  readonly history?: History;
  /** What is needed to go on training bit for bit. */
  readonly training?: TrainingState;
}

/** The door of `fit`: its options, what it reports, and the plan that src/loop.ts runs. */
import { checkNumber, checkOptions, checkWhole, show } from "./check.js";
import { Dataset } from "./dataset.js";
import type { Network, Output } from "./network.js";
import { adam } from "./optimizers.js";
import type { Random } from "./random.js";
import type { Scores } from "./scoring.js";
import { checkTargets } from "./targets.js";
import {
  checkHasClasses,
  checkTrainerOptions,
  TRAINER_KEYS,
  type TrainerOptions,
  type TrainingPlan,
} from "./trainer.js";
import { checkEarlyStopping, checkPlateau, type EarlyStopping, type Monitor, type ReduceOnPlateau } from "./watch.js";

/** How {@link MLP.fit} trains. */
export interface FitOptions<O extends Output = Output>
  extends Omit<Partial<TrainerOptions>, "classWeights" | "resume"> {
  /** Passes over the data, >= 1; 10 if left out. */
  epochs?: number;
  /** Rows an update, >= 1; 32 if left out. The last batch of an epoch may be short. */
  batchSize?: number;
  /** Whether each epoch takes the rows in a new random order, from the model's generator; true if left out. */
  shuffle?: boolean;
  /**
   * Rows to score after each epoch: a dataset, or the share (0 to 1) of the data to hold out, drawn at random, with each
   * class's share where the output is softmax.
   */
  validation?: Dataset | number;
  /** What a row counts by its class: one number a class, or `"balanced"`: rows / (classes · rows of the class). */
  classWeights?: readonly number[] | "balanced";
  /** Ends the fit when the score has stopped getting better; the model then holds the weights of the best epoch. */
  earlyStopping?: EarlyStopping;
  /** Lowers the learning rate, whatever its schedule, when the score has stopped getting better. */
  reduceOnPlateau?: ReduceOnPlateau;
  /** Called after each epoch; awaited when it returns a promise. What it throws ends the fit. */
  onEpoch?: (epoch: EpochReport<O>) => unknown;
  /** Ends the fit before its next update; the model keeps what it has learned. */
  signal?: AbortSignal;
  /**
   * Goes on with this model's latest fit as if it had never stopped, bit for bit; `data` and options must be the same, but
   * `epochs` may be more, and `onEpoch` and `signal` others.
   */
  resume?: boolean;
}

/** What {@link FitOptions.onEpoch} is told. */
export interface EpochReport<O extends Output = Output> {
  /** Counted from 0, of `epochs` in all. */
  epoch: number;
  epochs: number;
  /** Mean over the epoch's rows of the loss before each update, penalties included. */
  loss: number;
  /** The same without penalties. */
  dataLoss: number;
  /** The rate of the epoch's last update. */
  learningRate: number;
  /** Scores on the validation rows after the epoch. */
  validation?: Scores<O>;
}

/** What {@link MLP.fit} returns. */
export interface History<O extends Output = Output> {
  /** One report for each whole epoch. */
  epochs: EpochReport<O>[];
  /** Updates made. */
  steps: number;
  /** The epoch whose weights the model holds, with {@link FitOptions.earlyStopping}. */
  best?: number;
  /** `"early"` if the score had stopped getting better, `"aborted"` if the signal ended it. */
  stopped: "done" | "early" | "aborted";
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
  readonly earlyStopping: Required<EarlyStopping> | undefined;
  readonly reduceOnPlateau: Required<ReduceOnPlateau> | undefined;
  readonly onEpoch: FitOptions["onEpoch"];
  readonly signal: AbortSignal | undefined;
}

const FIT_KEYS = [
  ...["epochs", "batchSize", "shuffle", "validation", "earlyStopping", "reduceOnPlateau", "onEpoch", "signal"],
  ...TRAINER_KEYS,
];

/**
 * @internal The door of `fit`.
 * @param splitSeed of the fit that goes on, if one does
 */
export function planFit(
  network: Network,
  random: Random,
  data: Dataset,
  options: FitOptions,
  splitSeed?: number,
): FitPlan {
  const call = "fit";
  checkDataset(call, "data", data, network);
  checkOptions(call, options, FIT_KEYS);
  const { epochs = 10, batchSize = 32, shuffle = true, onEpoch, signal, optimizer = adam(), validation } = options;
  checkWhole(call, "epochs", epochs, 1);
  checkWhole(call, "batchSize", batchSize, 1);
  if (typeof shuffle !== "boolean") throw new TypeError(`fit: shuffle must be true or false, got ${show(shuffle)}.`);
  if (onEpoch !== undefined && typeof onEpoch !== "function") {
    throw new TypeError(`fit: onEpoch must be a function, got ${show(onEpoch)}.`);
  }
  if (signal !== undefined && typeof signal?.aborted !== "boolean") {
    throw new TypeError(`fit: signal must be an AbortSignal, got ${show(signal)}.`);
  }
  const earlyStopping = options.earlyStopping && checkEarlyStopping(call, options.earlyStopping);
  const reduceOnPlateau = options.reduceOnPlateau && checkPlateau(call, options.reduceOnPlateau);
  for (const watch of [earlyStopping, reduceOnPlateau]) checkMonitor(call, watch?.monitor, network, validation);
  const balanced = options.classWeights === "balanced";
  if (balanced) checkHasClasses(call, network);
  const given = options.classWeights as readonly number[] | undefined;
  const training = checkTrainerOptions(
    call,
    { ...options, optimizer, classWeights: balanced ? undefined : given },
    network,
  );
  const held = holdOut(call, network, random, data, validation, splitSeed);
  const classWeights = balanced ? balance(held.train, network) : training.classWeights;
  return {
    ...held,
    epochs,
    batchSize,
    shuffle,
    training: { ...training, classWeights },
    earlyStopping,
    reduceOnPlateau,
    onEpoch,
    signal,
  };
}

function checkMonitor(
  call: string,
  monitor: Monitor | undefined,
  { output }: Network,
  validation: Dataset | number | undefined,
): void {
  if (monitor === undefined || monitor === "loss") return;
  if (validation === undefined) {
    throw new TypeError(
      `${call}: monitor must be "loss" without validation rows, got ${show(monitor)}. Give validation.`,
    );
  }
  if ((monitor === "accuracy") === (output === "linear")) {
    throw new TypeError(`${call}: monitor must be a score of a ${output} output, got ${show(monitor)}.`);
  }
}

/** Weights that give every class the same say: rows / (classes · rows of the class), as scikit-learn has it. */
function balance(data: Dataset, { sizes }: Network): number[] {
  const counts = new Array<number>(sizes[sizes.length - 1]).fill(0);
  for (let r = 0; r < data.rows; r++) counts[data.y[r]]++;
  const present = counts.filter((count) => count > 0).length;
  return counts.map((count) => (count > 0 ? data.rows / (present * count) : 1));
}

function holdOut(
  call: string,
  network: Network,
  random: Random,
  data: Dataset,
  validation: Dataset | number | undefined,
  splitSeed: number | undefined,
): Pick<FitPlan, "train" | "validation" | "splitSeed"> {
  if (typeof validation === "number") {
    checkNumber(call, "validation", validation, 0, 1);
    if (data.rows < 2)
      throw new RangeError(`${call}: data must have at least 2 rows to hold some out, got ${data.rows}.`);
    const seed = splitSeed ?? random.word();
    const { train, test } = data.split({ test: validation, seed, stratify: network.output === "softmax" });
    return { train, validation: test, splitSeed: seed };
  }
  if (validation !== undefined) checkDataset(call, "validation", validation, network);
  return { train: data, validation, splitSeed: undefined };
}

/** Refuses what is no dataset with inputs and targets for this network. */
export function checkDataset(call: string, name: string, data: unknown, network: Network): asserts data is Dataset {
  if (!(data instanceof Dataset)) {
    throw new TypeError(`${call}: ${name} must be a Dataset, got ${show(data)}. Make one with Dataset.from({ x, y }).`);
  }
  const { sizes, output } = network;
  if (data.inputs !== sizes[0]) {
    throw new RangeError(`${call}: ${name} must have ${sizes[0]} inputs a row, got ${data.inputs}.`);
  }
  checkTargets(call, data.y, data.rows, output, sizes[sizes.length - 1]);
}

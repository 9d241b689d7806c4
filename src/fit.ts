/** The training loop: epochs of shuffled mini-batches that leave the event loop its turn. */
import { checkNumber, checkOptions, checkWhole, show } from "./check.js";
import { Dataset } from "./dataset.js";
import type { Network, Output } from "./network.js";
import { adam } from "./optimizers.js";
import { order, type Random } from "./random.js";
import { type Scores, scorePieces } from "./scoring.js";
import { checkTargets, gatherTargets } from "./targets.js";
import { checkTrainerOptions, type Trainer, type TrainerOptions } from "./trainer.js";
import { Turn } from "./turn.js";

export interface FitOptions<O extends Output = Output> extends Partial<TrainerOptions> {
  /** Passes over the data, >= 1; 10 if left out. */
  epochs?: number;
  /** Rows an update, >= 1; 32 if left out. The last batch of an epoch may be short. */
  batchSize?: number;
  /** Whether each epoch takes the rows in a new random order, from the model's generator; true if left out. */
  shuffle?: boolean;
  /** Rows to score after each epoch: a dataset, or the share (0 to 1) of the data to hold out, drawn at random. */
  validation?: Dataset | number;
  /** Called after each epoch; awaited when it returns a promise. What it throws ends the fit. */
  onEpoch?: (epoch: EpochReport<O>) => unknown;
  /** Ends the fit before its next update; the model keeps what it has learned. */
  signal?: AbortSignal;
}

/** What {@link FitOptions.onEpoch} is told. */
export interface EpochReport<O extends Output = Output> {
  /** Counted from 0, of `epochs` in all. */
  epoch: number;
  epochs: number;
  /** Mean over the epoch's rows of the loss before each update, penalties included. */
  loss: number;
  /** The same without penalties: what validation scores compare with. */
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
  /** `"aborted"` if the signal ended it. */
  stopped: "done" | "aborted";
}

/** @internal Options with their defaults, checked against the data and the network. */
export interface FitPlan {
  readonly train: Dataset;
  readonly validation: Dataset | undefined;
  readonly epochs: number;
  readonly batchSize: number;
  readonly shuffle: boolean;
  readonly training: Required<TrainerOptions>;
  readonly onEpoch: FitOptions["onEpoch"];
  readonly signal: AbortSignal | undefined;
}

const FIT_KEYS = ["epochs", "batchSize", "shuffle", "validation", "onEpoch", "signal", "optimizer", "l1", "l2"];

/** @internal The door of `fit`. */
export function planFit(network: Network, random: Random, data: Dataset, options: FitOptions): FitPlan {
  const call = "fit";
  checkDataset(call, "data", data, network);
  checkOptions(call, options, FIT_KEYS);
  const { epochs = 10, batchSize = 32, shuffle = true, onEpoch, signal, optimizer = adam() } = options;
  checkWhole(call, "epochs", epochs, 1);
  checkWhole(call, "batchSize", batchSize, 1);
  if (typeof shuffle !== "boolean") throw new TypeError(`fit: shuffle must be true or false, got ${show(shuffle)}.`);
  if (onEpoch !== undefined && typeof onEpoch !== "function") {
    throw new TypeError(`fit: onEpoch must be a function, got ${show(onEpoch)}.`);
  }
  if (signal !== undefined && typeof signal?.aborted !== "boolean") {
    throw new TypeError(`fit: signal must be an AbortSignal, got ${show(signal)}.`);
  }
  const training = checkTrainerOptions(call, { ...options, optimizer });
  const { train, validation } = holdOut(call, network, random, data, options.validation);
  return { train, validation, epochs, batchSize, shuffle, training, onEpoch, signal };
}

function holdOut(
  call: string,
  network: Network,
  random: Random,
  data: Dataset,
  validation: Dataset | number | undefined,
): { train: Dataset; validation: Dataset | undefined } {
  if (validation === undefined) return { train: data, validation };
  if (typeof validation === "number") {
    checkNumber(call, "validation", validation, 0, 1);
    const { train, test } = data.split({ test: validation, seed: random.word() });
    return { train, validation: test };
  }
  checkDataset(call, "validation", validation, network);
  return { train: data, validation };
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

/**
 * @internal Runs the plan with a fresh trainer.
 * @throws Error when the loss is not finite, RangeError when a schedule gives no rate: parameters and generator are then as
 * before the fit
 */
export async function runFit(network: Network, random: Random, trainer: Trainer, plan: FitPlan): Promise<History> {
  const history: History = { epochs: [], steps: 0, stopped: "done" };
  const turn = new Turn();
  const before = { parameters: network.parameters.slice(), random: random.state };
  for (let epoch = 0; epoch < plan.epochs; epoch++) {
    trainer.epoch = epoch;
    let report: EpochReport | undefined;
    try {
      report = await runEpoch(network, random, trainer, plan, turn);
    } catch (error) {
      network.parameters.set(before.parameters);
      random.state = before.random;
      throw error;
    }
    history.steps = trainer.steps;
    if (!report) {
      history.stopped = "aborted";
      break;
    }
    if (plan.validation) report.validation = await score(network, plan.validation, turn);
    history.epochs.push(report);
    const answer = plan.onEpoch?.({ ...report });
    if (answer instanceof Promise) await answer;
  }
  return history;
}

/** One pass over the rows; nothing when the signal ended it. */
async function runEpoch(
  network: Network,
  random: Random,
  trainer: Trainer,
  plan: FitPlan,
  turn: Turn,
): Promise<EpochReport | undefined> {
  const { train, batchSize, epochs, signal } = plan;
  const { epoch } = trainer;
  const { rows: atATime, parameterCount } = network.layout;
  const indices = order(train.rows, plan.shuffle ? random : undefined);
  let sum = 0;
  let dataSum = 0;
  for (let from = 0; from < train.rows; from += batchSize) {
    if (signal?.aborted) return undefined;
    const batchRows = Math.min(batchSize, train.rows - from);
    trainer.begin();
    for (let piece = 0; piece < batchRows; piece += atATime) {
      const count = Math.min(atATime, batchRows - piece);
      network.gatherInputs(train.x, train.scale, indices, from + piece, count);
      gatherTargets(network, train.y, indices, from + piece, count);
      trainer.piece(count, batchRows);
      if (turn.due(3 * count * parameterCount)) await turn.give();
    }
    const loss = trainer.finish(batchRows);
    if (!Number.isFinite(loss)) {
      throw new Error(
        `fit: the loss became ${loss} at epoch ${epoch}, step ${trainer.steps} (learning rate ${trainer.learningRate}). Lower the learning rate or standardise the inputs; the model is as it was before the fit.`,
      );
    }
    sum += loss * batchRows;
    dataSum += trainer.dataLoss;
  }
  const { learningRate } = trainer;
  return { epoch, epochs, loss: sum / train.rows, dataLoss: dataSum / train.rows, learningRate };
}

async function score(network: Network, data: Dataset, turn: Turn): Promise<Scores> {
  const pieces = scorePieces(network, data);
  for (;;) {
    const next = pieces.next();
    if (next.done) return next.value;
    if (turn.due(next.value)) await turn.give();
  }
}

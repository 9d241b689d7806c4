/** One update: pieces of a mini-batch forward and backward, then one optimizer step over all parameters. */
import { checkNumber, show } from "./check.js";
import { checkDropout, Dropout, type DropoutRates, type DropoutSeed } from "./dropout.js";
import { power } from "./math.js";
import type { Network } from "./network.js";
import { checkOptimizer, type Optimizer } from "./optimizers.js";
import { checkFinite, flatten, type Rows } from "./rows.js";
import { rateAt } from "./schedules.js";
import { checkTargets, targetsPerRow, writeTargets } from "./targets.js";

/** What an update is made of. */
export interface TrainerOptions {
  /** From `sgd()` or `adam()`. */
  optimizer: Optimizer;
  /** Weight of Σ|W|, >= 0; 0 if left out. Biases are not penalised. */
  l1?: number;
  /** Weight of ½·ΣW², >= 0; 0 if left out. */
  l2?: number;
  /** The share of units left out at each update, of the hidden layers if a number; nothing if left out. */
  dropout?: number | DropoutRates;
  /** What a row counts by its class, > 0, one number a class (softmax): the loss is the mean of weight · loss. */
  classWeights?: readonly number[];
  /** The length to which the gradient of all parameters together is shortened when it is longer, > 0. */
  clipNorm?: number;
  /** Goes on with what the optimizer kept in this model's latest training, as if it had never stopped. */
  resume?: boolean;
}

/** Where training by a trainer stands, beside parameters and what the optimizer keeps. Plain data. */
export interface TrainerState {
  readonly optimizer: Optimizer["name"];
  readonly steps: number;
  readonly epoch: number;
  readonly dropoutSeed: DropoutSeed | undefined;
}

export const TRAINER_KEYS = ["optimizer", "l1", "l2", "dropout", "classWeights", "clipNorm", "resume"];

/** Options with their defaults, checked. */
export interface TrainingPlan {
  readonly optimizer: Optimizer;
  readonly l1: number;
  readonly l2: number;
  readonly dropout: Required<DropoutRates>;
  readonly classWeights: readonly number[] | undefined;
  readonly clipNorm: number | undefined;
}

/** Refuses options that no trainer of this network takes; fills in what was left out. */
export function checkTrainerOptions(call: string, options: Partial<TrainerOptions>, network: Network): TrainingPlan {
  const { optimizer, l1 = 0, l2 = 0, dropout = 0, classWeights, clipNorm } = options;
  checkOptimizer(call, optimizer);
  checkNumber(call, "l1", l1, 0);
  checkNumber(call, "l2", l2, 0);
  if (classWeights !== undefined) checkClassWeights(call, classWeights, network);
  if (clipNorm !== undefined) checkNumber(call, "clipNorm", clipNorm, Number.MIN_VALUE);
  return { optimizer, l1, l2, dropout: checkDropout(call, dropout), classWeights, clipNorm };
}

/** Only where a row has one class can its class say what it counts. */
export function checkHasClasses(call: string, { output }: Network): void {
  if (output === "softmax") return;
  throw new TypeError(`${call}: classWeights must come with a softmax output, got ${output}.`);
}

function checkClassWeights(call: string, weights: unknown, network: Network): void {
  checkHasClasses(call, network);
  const { sizes } = network;
  const classes = sizes[sizes.length - 1];
  if (!Array.isArray(weights) || weights.length !== classes) {
    throw new TypeError(`${call}: classWeights must be ${classes} numbers, one a class, got ${show(weights)}.`);
  }
  // Smaller ones vanish in float32, and a class without weight would still count in the mean.
  for (let c = 0; c < classes; c++) checkNumber(call, `classWeights[${c}]`, weights[c], 2 ** -100, 2 ** 100);
}

/**
 * Updates a model one mini-batch at a time, made by {@link MLP.trainer}. What the optimizer keeps (velocity, means) lies
 * in the model's memory, so only the latest trainer of a model can be used.
 */
export class Trainer {
  /** Epochs done, for schedules that count epochs: yours to set when you step by hand. */
  epoch = 0;
  private readonly time = { step: 0, epoch: 0 };
  private rate = 0;
  /** @internal The loss without penalties, summed over the mini-batch's rows so far. */
  dataLoss = 0;
  /** @internal Set when the loss stopped falling: the scheduled rate times `factor`, but not below `minRate`. */
  readonly plateau = { factor: 1, minRate: 0 };
  private rowsSoFar = 0;
  private readonly dropout: Dropout | undefined;

  /**
   * @internal
   * @param dropoutSeed needed with dropout alone
   * @param goOn leaves what the optimizer kept as it is, after so many updates and epochs
   */
  constructor(
    private readonly network: Network,
    private readonly isLatest: (trainer: Trainer) => boolean,
    readonly options: TrainingPlan,
    private readonly dropoutSeed?: DropoutSeed,
    goOn?: { readonly steps: number; readonly epoch: number },
  ) {
    if (goOn) {
      this.time.step = goOn.steps;
      this.epoch = goOn.epoch;
    } else network.clearStates();
    const { dropout, classWeights } = options;
    if (dropoutSeed && (dropout.input > 0 || dropout.hidden > 0)) this.dropout = new Dropout(dropout, dropoutSeed);
    if (classWeights) network.classWeights.set(classWeights);
    else network.classWeights.fill(1);
  }

  /** Updates done. */
  get steps(): number {
    return this.time.step;
  }

  /** Whether it can step: its model has no newer trainer and is not inside fit. */
  get isCurrent(): boolean {
    return this.isLatest(this);
  }

  /** @internal */
  get state(): TrainerState {
    return {
      optimizer: this.options.optimizer.name,
      steps: this.steps,
      epoch: this.epoch,
      dropoutSeed: this.dropoutSeed,
    };
  }

  /** The learning rate of the latest update, or of the one that failed; 0 before the first. */
  get learningRate(): number {
    return this.rate;
  }

  /**
   * Makes one update from one mini-batch, synchronously.
   * @param x inputs, [rows, inputs], flat or one array a row; finite
   * @param y class ids (softmax), zeros and ones (sigmoid) or numbers (linear), flat or one array a row
   * @returns the loss, penalties included, before the update
   * @throws TypeError, RangeError on wrong kinds, sizes or values, Error if the loss is not finite; the model is then as
   * it was
   * @example
   * const net = await MLP.create({ layers: [2, 2], init: { gaussian: 0 } });
   * const trainer = net.trainer({ optimizer: sgd({ learningRate: 0.1 }) });
   * trainer.step([[0, 0], [0, 1]], [0, 1]); // 0.693, the loss of a guess
   */
  step(x: Rows, y: Rows): number {
    const { network } = this;
    if (!this.isCurrent) {
      throw new Error(
        "step: the trainer must be its model's latest and the model must not be inside fit, got one that was replaced. Make a new trainer.",
      );
    }
    const inputs = network.sizes[0];
    const outputs = network.sizes[network.sizes.length - 1];
    const flat = flatten("step", "x", x, inputs);
    const rows = flat.length / inputs;
    const targets = flatten("step", "y", y, targetsPerRow(network.output, outputs));
    checkTargets("step", targets, rows, network.output, outputs);
    this.begin();
    for (let from = 0; from < rows; from += network.layout.rows) {
      const count = Math.min(network.layout.rows, rows - from);
      if (!network.writeInputs(flat, from, count, 1)) checkFinite("step", "x", flat, inputs);
      writeTargets(network, targets, from, count);
      this.piece(count, rows);
    }
    const loss = this.finish(rows);
    if (!Number.isFinite(loss)) {
      throw new Error(
        `step: the loss must be finite, got ${loss} at step ${this.steps} (learning rate ${this.learningRate}). Lower the learning rate or standardise the inputs.`,
      );
    }
    return loss;
  }

  /** @internal Starts a mini-batch. */
  begin(): void {
    this.dataLoss = 0;
    this.rowsSoFar = 0;
    if (this.dropout) this.dropout.step = this.time.step;
  }

  /** @internal Forward and backward for the `count` rows in the batch slab, a piece of a mini-batch of `batchRows`. */
  piece(count: number, batchRows: number): void {
    const { network } = this;
    const { dropout } = this;
    if (dropout) dropout.row = this.rowsSoFar;
    network.forward(count, dropout);
    this.dataLoss += network.loss(count, batchRows, true);
    network.backward(count, this.rowsSoFar === 0, dropout);
    this.rowsSoFar += count;
  }

  /** @internal The update itself, left out if the loss is not finite; returns that loss, before the update. */
  finish(batchRows: number): number {
    let loss = this.dataLoss / batchRows;
    const { l1, l2, clipNorm } = this.options;
    if (l1 > 0 || l2 > 0) loss += this.network.penalise(l1, l2);
    if (clipNorm !== undefined) this.network.clipGradients(clipNorm);
    this.time.epoch = this.epoch;
    const scheduled = rateAt(this.options.optimizer.learningRate, this.time);
    checkNumber("step", "the learning rate", scheduled, 0);
    const { factor, minRate } = this.plateau;
    // As it is unless reduced: every number made here is 16 bytes of garbage.
    const rate = factor === 1 ? scheduled : Math.max(scheduled * factor, Math.min(scheduled, minRate));
    this.rate = rate;
    if (!Number.isFinite(loss)) return loss;
    this.update(rate);
    this.time.step++;
    return loss;
  }

  private update(rate: number): void {
    const { kernels, layout } = this.network;
    const { params, grads, state1, state2, parameterCount } = layout;
    const { optimizer } = this.options;
    if (optimizer.name === "adam") {
      const { beta1, beta2, epsilon } = optimizer;
      const t = this.time.step + 1;
      const corrected = rate / (1 - power(beta1, t));
      const root = 1 / Math.sqrt(1 - power(beta2, t));
      kernels.adamStep(
        params,
        grads,
        state1,
        state2,
        parameterCount,
        corrected,
        beta1,
        1 - beta1,
        beta2,
        1 - beta2,
        root,
        epsilon,
      );
    } else if (optimizer.momentum === 0) kernels.sgdStep(params, grads, parameterCount, rate);
    else if (optimizer.nesterov) kernels.nesterovStep(params, grads, state1, parameterCount, rate, optimizer.momentum);
    else kernels.momentumStep(params, grads, state1, parameterCount, rate, optimizer.momentum);
  }
}

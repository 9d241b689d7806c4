/** One update: pieces of a mini-batch forward and backward, then one optimizer step over all parameters. */
import { checkNumber } from "./check.js";
import { power } from "./math.js";
import type { Network } from "./network.js";
import { checkOptimizer, type Optimizer } from "./optimizers.js";
import { checkFinite, flatten, type Rows } from "./rows.js";
import { rateAt } from "./schedules.js";
import { checkTargets, targetsPerRow, writeTargets } from "./targets.js";

export interface TrainerOptions {
  /** From `sgd()` or `adam()`. */
  optimizer: Optimizer;
  /** Weight of Σ|W|, >= 0; 0 if left out. Biases are not penalised. */
  l1?: number;
  /** Weight of ½·ΣW², >= 0; 0 if left out. */
  l2?: number;
}

/** Refuses options that no trainer takes; the optimizer and the penalties, filled in. */
export function checkTrainerOptions(call: string, options: Partial<TrainerOptions>): Required<TrainerOptions> {
  const { optimizer, l1 = 0, l2 = 0 } = options;
  checkOptimizer(call, optimizer);
  checkNumber(call, "l1", l1, 0);
  checkNumber(call, "l2", l2, 0);
  return { optimizer, l1, l2 };
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
  private pieces = 0;

  /** @internal */
  constructor(
    private readonly network: Network,
    private readonly isCurrent: (trainer: Trainer) => boolean,
    readonly options: Required<TrainerOptions>,
  ) {
    network.clearStates();
  }

  /** Updates done. */
  get steps(): number {
    return this.time.step;
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
   * const trainer = net.trainer({ optimizer: sgd({ learningRate: 0.1 }) });
   * const loss = trainer.step([[0, 0], [0, 1]], [0, 1]);
   */
  step(x: Rows, y: Rows): number {
    const { network } = this;
    if (!this.isCurrent(this)) {
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
    this.pieces = 0;
  }

  /** @internal Forward and backward for the `count` rows in the batch slab, a piece of a mini-batch of `batchRows`. */
  piece(count: number, batchRows: number): void {
    const { network } = this;
    network.forward(count);
    this.dataLoss += network.loss(count, 1 / batchRows);
    network.backward(count, this.pieces === 0);
    this.pieces++;
  }

  /** @internal The update itself, left out if the loss is not finite; returns that loss, before the update. */
  finish(batchRows: number): number {
    let loss = this.dataLoss / batchRows;
    const { l1, l2 } = this.options;
    if (l1 > 0 || l2 > 0) loss += this.network.penalise(l1, l2);
    this.time.epoch = this.epoch;
    const rate = rateAt(this.options.optimizer.learningRate, this.time);
    checkNumber("step", "the learning rate", rate, 0);
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

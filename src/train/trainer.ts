/** One update: pieces of a mini-batch forward and backward, then one optimizer step over all parameters. */

import { checkFinite, checkWeights, flatten, type Rows } from "../data/rows.js";
import { show } from "../ground/check.js";
import { power } from "../ground/math.js";
import { runThrough } from "../ground/turn.js";
import { Dropout } from "../net/dropout.js";
import { lossPass } from "../net/losses.js";
import type { Network } from "../net/network.js";
import { backwardPass, forwardPass, stepMoments } from "../net/passes.js";
import { remember } from "../net/shared.js";
import { checkTargets } from "../net/targets.js";
import { shapeTargets, sumWeights, writeTargets } from "../net/write-targets.js";
import { checkBatchRows } from "./batches.js";
import type { TrainingPlan } from "./optimizers.js";
import { checkRate, MAX_RATE } from "./schedules.js";
import type { TrainerState } from "./training-state.js";

/** Refuses weights that are none of rows; returns how many rows they count as. */
function sumChecked(call: string, weights: ArrayLike<number>, rows: number): number {
  checkWeights(call, weights, rows);
  return sumWeights(weights, 0, rows);
}

/** What a fit makes of the scheduled rate when the loss has stopped falling: the rate times `factor`, not below `minRate`. */
export interface RateReduction {
  readonly factor: number;
  readonly minRate: number;
}

/** Of networks of up to so many parameters each step is looked at. */
const SMALL = 2 ** 14;

/** Gradients and rates up to this size make updates that need not be looked at. */
const ORDINARY = 2 ** 60;

/**
 * Updates a model one mini-batch at a time, made by {@link MLP.trainer}. What the optimizer keeps (velocity, means) lies
 * in the model's memory, so only the latest trainer of a model can be used.
 */
export class Trainer {
  private readonly time = { step: 0, epoch: 0 };
  private rate = 0;
  /** @internal The loss without penalties, summed over the mini-batch's rows so far. */
  dataLoss = 0;
  /** @internal Of the mini-batch at hand. */
  rowsSoFar = 0;
  /** @internal */
  readonly dropout: Dropout | undefined;

  /**
   * @internal
   * @param mayStep whether the trainer given is the one that its model may be stepped by at the moment
   * @param state counted in; what the optimizer keeps must be of the same moment
   */
  constructor(
    private readonly network: Network,
    private readonly mayStep: (trainer: Trainer) => boolean,
    readonly options: TrainingPlan,
    private readonly state: TrainerState,
  ) {
    const { dropout, classWeights } = options;
    if (state.dropoutSeed && (dropout.input > 0 || dropout.hidden > 0))
      this.dropout = new Dropout(network.kernels, dropout, state.dropoutSeed);
    network.hasPairWeights = network.output === "sigmoid" && classWeights !== undefined;
    if (classWeights) network.classWeights.set(classWeights);
    else network.classWeights.fill(1);
  }

  /** Updates done. */
  get steps(): number {
    return this.state.steps;
  }

  /** Epochs done, for schedules that count epochs: yours to set when you step by hand. */
  get epoch(): number {
    return this.state.epoch;
  }

  set epoch(epoch: number) {
    if (typeof epoch !== "number") throw new TypeError(`epoch: it must be a number, got ${show(epoch)}.`);
    this.state.epoch = epoch;
  }

  /** Whether it can step: its model has no newer trainer and is not inside fit. */
  get isCurrent(): boolean {
    return this.mayStep(this);
  }

  /** The learning rate of the latest update, or of the one that failed; 0 before the first. */
  get learningRate(): number {
    return this.rate;
  }

  /**
   * Makes one update from one mini-batch, synchronously.
   * @param x inputs, [rows, inputs], flat or one array a row; finite
   * @param y class ids or probabilities of all classes (softmax), zeros and ones or probabilities (sigmoid), or numbers, flat or
   * one array a row
   * @param weights what each row counts, >= 0: the loss is the mean weighted by them. Default: all alike
   * @returns the loss, penalties included, before the update
   * @throws TypeError, RangeError on wrong kinds, sizes or values, Error if the loss is not finite or, of a network of up to
   * 16,384 parameters, would leave parameters that are not; the model is then as it was
   * @example
   * const net = await MLP.create({ layers: [2, 2], init: { gaussian: 0 } });
   * const trainer = net.trainer({ optimizer: sgd({ learningRate: 0.1 }) });
   * trainer.step([[0, 0], [0, 1]], [0, 1]); // 0.693, the loss of a guess
   */
  step(x: Rows, y: Rows, weights?: ArrayLike<number>): number {
    const { network } = this;
    if (!this.isCurrent) {
      throw new Error(
        "step: the trainer must be its model's latest and the model must not be inside fit, got one that was replaced. Make a new trainer after the fit.",
      );
    }
    const inputs = network.sizes[0];
    const flat = flatten("step", "x", x, inputs);
    const rows = flat.length / inputs;
    checkBatchRows("step", "x", rows, network);
    // Of classes there may be one id a row or the probabilities of all.
    const targets = flatten("step", "y", y, network.output === "softmax" ? undefined : network.targetsPerRow);
    checkTargets("step", targets, rows, network);
    const perRow = targets.length / rows;
    const total = weights === undefined ? rows : sumChecked("step", weights, rows);
    // Whatever the schedule does happens before this update, not inside it.
    const rate = this.nextRate("step");
    this.begin();
    for (let from = 0; from < rows; from += network.layout.rows) {
      const count = Math.min(network.layout.rows, rows - from);
      if (!network.writeInputs(flat, from, count, 1)) checkFinite("step", "x", flat, inputs);
      writeTargets(network, targets, perRow, weights, from, count);
      this.piece(count, total);
    }
    const loss = this.close(total);
    if (!Number.isFinite(loss)) throw this.refuse("the loss must be finite", `${loss}`);
    if (!this.updateWithCare(rate)) throw this.refuse("the parameters must stay finite", "others");
    return loss;
  }

  private refuse(what: string, got: string): Error {
    return new Error(
      `step: ${what}, got ${got} at step ${this.steps} (learning rate ${this.rate}). Lower the learning rate or standardise the inputs.`,
    );
  }

  /**
   * @internal The rate of the next update.
   * @param reduced what becomes of the scheduled rate
   * @throws TypeError, RangeError if a schedule gives no number >= 0 that float32 holds
   */
  nextRate(call: string, reduced?: RateReduction): number {
    const { learningRate } = this.options.optimizer;
    let scheduled = learningRate;
    if (typeof scheduled === "function") {
      this.time.step = this.state.steps;
      this.time.epoch = this.state.epoch;
      scheduled = scheduled(this.time);
      checkRate(call, "the learning rate", scheduled);
    }
    // A number was checked when the optimizer was made, but for what float32 holds.
    else if (scheduled > MAX_RATE) checkRate(call, "the learning rate", scheduled);
    // As it is unless reduced: every number made here is 16 bytes of garbage.
    this.rate = reduced ? Math.max(scheduled * reduced.factor, Math.min(scheduled, reduced.minRate)) : scheduled;
    return this.rate;
  }

  /** @internal Starts a mini-batch. */
  begin(): void {
    this.dataLoss = 0;
    this.rowsSoFar = 0;
    if (this.dropout) this.dropout.step = this.state.steps;
  }

  /** @internal Forward and backward for the `count` rows in the batch slab, a piece of a mini-batch of weight `total`. */
  piece(count: number, total: number): void {
    const { network } = this;
    const { dropout } = this;
    if (dropout) dropout.row = this.rowsSoFar;
    forwardPass(network, count, dropout, true);
    this.measure(count, total);
    backwardPass(network, count, this.rowsSoFar === 0, dropout);
    this.rowsSoFar += count;
  }

  /** @internal The loss of the rows at hand, and its derivative. */
  measure(count: number, total: number): void {
    const { network, options } = this;
    if (options.labelSmoothing > 0 || (network.hasSoftTargets && options.classWeights)) {
      shapeTargets(network, count, options);
    }
    this.dataLoss += lossPass(network, count, total, true);
  }

  /**
   * @internal Ends a mini-batch: penalties, and the length of the gradient.
   * @returns the loss
   */
  close(total: number): number {
    this.network.dropBiases();
    const { l1, l2, clipNorm } = this.options;
    let loss = total > 0 ? this.dataLoss / total : 0;
    if (l1 > 0 || l2 > 0) loss += this.network.penalise(l1, l2);
    if (clipNorm !== undefined) this.network.clipGradients(clipNorm);
    return loss;
  }

  /** Updates unless something would become infinite; returns whether it did. */
  private updateWithCare(rate: number): boolean {
    const { kernels, layout } = this.network;
    // Of large networks the look alone would cost a hundredth of the update; fit looks at the end of each epoch.
    const isLarge = layout.parameterCount > SMALL;
    const largest = isLarge ? 0 : kernels.gradientLargest(layout.grads, layout.parameterCount);
    // Squares of these, and sums of them with velocities, are far from what float32 cannot hold.
    if (rate <= ORDINARY && largest <= ORDINARY && rate * largest <= ORDINARY) {
      this.update(rate);
      return true;
    }
    const undo = runThrough(remember(this.network));
    this.update(rate);
    if (runThrough(this.network.isFinite())) return true;
    runThrough(undo());
    this.state.steps--;
    return false;
  }

  /** @internal One optimizer step over all parameters. */
  update(rate: number): void {
    this.updateStretch(rate, 0, this.network.layout.parameterCount);
    this.countStep();
  }

  /** @internal The optimizer step of `count` parameters from `from` on, a multiple of 4: stretch by stretch, the bits of the whole. */
  updateStretch(rate: number, from: number, count: number): void {
    const { kernels, layout } = this.network;
    const { optimizer } = this.options;
    const params = layout.params + 4 * from;
    const grads = layout.grads + 4 * from;
    const state1 = layout.state1 + 4 * from;
    if (optimizer.name === "adam") {
      const { beta1, beta2, epsilon } = optimizer;
      const t = this.state.steps + 1;
      const corrected = rate / (1 - power(beta1, t));
      const root = 1 / Math.sqrt(1 - power(beta2, t));
      kernels.adamStep(
        params,
        grads,
        state1,
        layout.state2 + 4 * from,
        count,
        corrected,
        beta1,
        1 - beta1,
        beta2,
        1 - beta2,
        root,
        epsilon,
      );
    } else if (optimizer.momentum === 0) kernels.sgdStep(params, grads, count, rate);
    else if (optimizer.nesterov) kernels.nesterovStep(params, grads, state1, count, rate, optimizer.momentum);
    else kernels.momentumStep(params, grads, state1, count, rate, optimizer.momentum);
  }

  /** @internal All parameters had their step: what holds of them is seen to. */
  countStep(): void {
    const { kernels, layout, extras } = this.network;
    const { maxNorm } = this.options;
    if (extras) stepMoments(this.network, this.rowsSoFar);
    if (maxNorm) {
      layout.layers.forEach(({ w, inputs, outputs }, l) => {
        kernels.maxNormStep(w, inputs, outputs, maxNorm[l]);
      });
    }
    this.state.steps++;
  }
}

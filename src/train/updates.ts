/** Updates as fits and trainers make them: pieces of a mini-batch forward and backward, then one optimizer step over all parameters. */
import { show } from "../ground/check.js";
import { runThrough } from "../ground/turn.js";
import { Dropout, leavesOut } from "../net/dropout.js";
import { clipGradients, penalise } from "../net/gradients.js";
import { type LossPass, lossPass } from "../net/losses.js";
import type { Rule } from "../net/pass-plan.js";
import { backwardPass, forwardPass, stepMoments } from "../net/passes.js";
import { shapeTargets } from "../net/write-targets.js";
import { decayOf, kindOf, type TrainingPlan } from "./optimizer-kinds.js";
import { checkRate, MAX_RATE } from "./schedules.js";
import { averageSlices, limitWeights, ruleByLayer } from "./step.js";
import type { TrainerState } from "./training-state.js";

/** What a fit makes of the scheduled rate when the loss has stopped falling: the rate times `factor`, not below `minRate`. */
export interface RateReduction {
  readonly factor: number;
  readonly minRate: number;
}

/** What updates need of a network (src/net/network.ts). */
export interface Trained extends LossPass {
  rowsSince: number;
  readonly sizes: readonly number[];
  readonly parameters: Float32Array;
  readonly targets: Float32Array;
  readonly labels: Int32Array;
  readonly classWeights: Float32Array;
  rowWeights: Float32Array | undefined;
  hasSoftTargets: boolean;
  hasPairWeights: boolean;
  dropBiases(): void;
}

/** What an update is made of, step by step. Its parts are called in order: who calls them has checked all. */
export class Updates<N extends Trained = Trained> {
  private readonly time = { step: 0, epoch: 0 };
  protected rate = 0;
  /** @internal The loss without penalties, summed over the mini-batch's rows so far. */
  dataLoss = 0;
  /** @internal Of the mini-batch at hand. */
  rowsSoFar = 0;
  /** @internal */
  readonly dropout: Dropout | undefined;
  private readonly rule: Rule | undefined;

  /**
   * @internal
   * @param state counted in; what the optimizer keeps must be of the same moment
   */
  constructor(
    /** @internal */
    readonly network: N,
    readonly options: TrainingPlan,
    /** @internal */
    readonly state: TrainerState,
  ) {
    const { dropout, classWeights, optimizer, layerRates } = options;
    const rule = kindOf(optimizer).rule?.(optimizer as never);
    this.rule = rule && ruleByLayer(rule, decayOf(optimizer), layerRates);
    if (state.dropoutSeed && leavesOut(dropout))
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

  /** The learning rate of the latest update, or of the one that failed; 0 before the first. */
  get learningRate(): number {
    return this.rate;
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
    const { network, dropout } = this;
    if (dropout) dropout.row = this.rowsSoFar;
    forwardPass(network, count, dropout, true);
    this.measure(count, total);
    backwardPass(network, count, this.rowsSoFar === 0, dropout, this.options.layerRates);
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
    const { network } = this;
    const { penalties, clipNorm, clipValue, layerRates } = this.options;
    network.dropBiases();
    let loss = total > 0 ? this.dataLoss / total : 0;
    if (penalties) loss += penalise(network, penalties, layerRates);
    if (clipNorm !== undefined) clipGradients(network, clipNorm);
    const { grads, parameterCount } = network.layout;
    if (clipValue !== undefined) network.kernels.clampStep(grads, parameterCount, clipValue);
    return loss;
  }

  /** @internal One optimizer step over all parameters, and what the average makes of it. */
  apply(rate: number): void {
    this.move(rate);
    if (this.options.average !== undefined) runThrough(this.averageSlices());
  }

  /** @internal */
  protected move(rate: number): void {
    this.updateStretch(rate, 0, this.network.layout.parameterCount);
    this.countStep();
  }

  /** @internal The optimizer step of `count` parameters from `from` on, a multiple of 4: stretch by stretch, the bits of the whole. */
  updateStretch(rate: number, from: number, count: number): void {
    this.network.rowsSince = 0;
    this.rule?.(this.network, 4 * from, count, rate, this.state.steps + 1);
  }

  /** @internal All parameters had their step: what holds of them is seen to. */
  countStep(): void {
    if (this.network.extras) stepMoments(this.network, this.rowsSoFar);
    limitWeights(this.network, this.options);
    this.state.steps++;
  }

  /** @internal The average, if there is one, takes the parameters in, slice by slice. */
  *averageSlices(): Generator<number, void> {
    const { average } = this.options;
    if (average !== undefined) yield* averageSlices(this.state, this.network.parameters, average);
  }
}

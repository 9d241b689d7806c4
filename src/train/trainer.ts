/** The trainer that users hold: an update from a mini-batch, or from derivatives of the caller's own. */
import { checkFinite, checkWeights, flatten, type Rows } from "../data/rows.js";
import { checkFlag, checkName, checkOptions } from "../ground/check.js";
import { runThrough } from "../ground/turn.js";
import type { LayerParameters } from "../net/layer-views.js";
import type { Network } from "../net/network.js";
import { copyParameters } from "../net/parameters.js";
import { remember } from "../net/shared.js";
import { checkTargets } from "../net/targets.js";
import { sumWeights, writeTargets } from "../net/write-targets.js";
import { checkBatchRows, checkOneBatch } from "./batches.js";
import { decayOf, type TrainingPlan } from "./optimizer-kinds.js";
import { type Ahead, type BackwardOptions, backwardRows, forwardRows } from "./own-loss.js";
import type { TrainerState } from "./training-state.js";
import { Updates } from "./updates.js";

/** Refuses weights that are none of rows; returns how many rows they count as. */
function sumChecked(call: string, weights: ArrayLike<number>, rows: number): number {
  checkWeights(call, weights, rows);
  return sumWeights(weights, 0, rows);
}

/** Of networks of up to so many parameters each step is looked at. */
const SMALL = 2 ** 14;

/** Gradients and rates up to this size make updates that need not be looked at. */
const ORDINARY = 2 ** 60;

/**
 * Updates a model one mini-batch at a time, made by {@link MLP.trainer}. What the optimizer keeps (velocity, means) lies
 * in the model's memory, so only the latest trainer of a model can be used.
 */
export class Trainer extends Updates<Network> {
  /** Of the mini-batch whose outputs were asked for, until its derivatives are given. */
  private ahead: Ahead | undefined;
  /** Whether gradients of the caller's own losses are being added up. */
  private isOpen = false;

  /**
   * @internal
   * @param mayStep whether the trainer given is the one that its model may be stepped by at the moment
   * @param state counted in; what the optimizer keeps must be of the same moment
   */
  constructor(
    network: Network,
    private readonly mayStep: (trainer: Trainer) => boolean,
    options: TrainingPlan,
    state: TrainerState,
  ) {
    super(network, options, state);
  }

  /** Whether it can step: its model has no newer trainer and is not inside fit. */
  get isCurrent(): boolean {
    return this.mayStep(this);
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
    this.refuseReplaced("step");
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
    this.forget();
    for (let from = 0; from < rows; from += network.layout.rows) {
      const count = Math.min(network.layout.rows, rows - from);
      if (!network.writeInputs(flat, from, count, 1)) checkFinite("step", "x", flat, inputs);
      writeTargets(network, targets, perRow, weights, from, count);
      this.piece(count, total);
    }
    const loss = this.close(total);
    if (!Number.isFinite(loss)) throw this.refuse("the loss must be finite", `${loss}`);
    if (!this.updateWithCare(rate)) throw this.refuse("the parameters must stay finite", "others");
    if (this.options.average !== undefined) runThrough(this.averageSlices());
    return loss;
  }

  private refuseReplaced(call: string): void {
    if (this.isCurrent) return;
    throw new Error(
      `${call}: the trainer must be its model's latest and the model must not be inside fit, got one that was replaced. Make a new trainer after the fit.`,
    );
  }

  /**
   * Computes outputs of a mini-batch for a loss of your own, units left out as the options say: what `predictProba` gives otherwise.
   * {@link Trainer.backward} takes the derivatives of your loss by them, {@link Trainer.update} makes the step. For policy gradients,
   * contrastive or ranking losses, penalties on outputs, adversarial rows. With batch normalization an update is of one mini-batch.
   * @param x inputs, [rows, inputs], flat or one array a row; finite
   * @returns [rows, outputs], a copy
   * @throws TypeError, RangeError on wrong kinds, sizes or values, Error if a newer trainer or a fit has the model
   * @example
   * const net = await MLP.create({ layers: [2, 3, 1], output: "linear" });
   * const trainer = net.trainer({ optimizer: adam() });
   * const values = trainer.forward([[1, 2], [3, 4]]);
   * trainer.backward(values.map((value) => Math.sign(value - 1) / 2)); // mean of |value - 1|
   * trainer.update();
   */
  forward(x: Rows): Float32Array {
    const call = "forward";
    this.refuseReplaced(call);
    const { network } = this;
    const flat = flatten(call, "x", x, network.sizes[0]);
    checkBatchRows(call, "x", flat.length / network.sizes[0], network);
    checkOneBatch(call, this.isOpen ? this.rowsSoFar : 0, network);
    if (!this.isOpen) this.begin();
    this.isOpen = true;
    this.ahead = forwardRows(call, this, Float32Array.from(flat));
    return this.ahead.outputs.slice();
  }

  /**
   * Adds the gradients of the loss whose derivatives by the latest outputs of {@link Trainer.forward} are given to those since the
   * last update.
   * @param derivatives [rows, outputs] of the loss as a whole: of a mean over rows, divided by their number; finite
   * @returns with `inputs: true` the derivative by the inputs, [rows, inputs]
   * @throws TypeError, RangeError on wrong kinds, sizes or values, Error without outputs before
   */
  backward(derivatives: Rows, options: BackwardOptions & { inputs: true }): Float32Array;
  backward(derivatives: Rows, options?: BackwardOptions): Float32Array | undefined;
  backward(derivatives: Rows, options: BackwardOptions = {}): Float32Array | undefined {
    const call = "backward";
    this.refuseReplaced(call);
    checkOptions(call, options, ["by", "inputs"]);
    const { by = "outputs", inputs = false } = options;
    checkName(call, "by", by, ["outputs", "logits"]);
    checkFlag(call, "inputs", inputs);
    const { ahead, network } = this;
    if (!ahead) throw new Error("backward: it must come after forward, got no outputs. Call forward(x) first.");
    const { sizes } = network;
    const outputs = sizes[sizes.length - 1];
    const flat = flatten(call, "derivatives", derivatives, outputs);
    checkFinite(call, "derivatives", flat, outputs);
    if (flat.length !== ahead.rows * outputs) {
      throw new RangeError(`backward: derivatives must be of ${ahead.rows} rows, got ${flat.length / outputs}.`);
    }
    this.ahead = undefined;
    return backwardRows(this, ahead, flat, { by, inputs });
  }

  /**
   * Makes one update from the gradients that {@link Trainer.backward} has added since the last: penalties, clipping, one step of the
   * optimizer.
   * @returns what the penalties add to your loss
   * @throws Error without gradients, or where they or parameters would not be finite: the model is then as it was
   */
  update(): number {
    const call = "update";
    this.refuseReplaced(call);
    if (!this.isOpen || this.rowsSoFar === 0) {
      throw new Error(
        "update: it must come after backward, got no gradients. Call forward(x), then backward(derivatives).",
      );
    }
    const rate = this.nextRate(call);
    this.forget();
    const penalty = this.close(1);
    const { kernels, layout } = this.network;
    const largest = kernels.gradientLargest(layout.grads, layout.parameterCount);
    if (!Number.isFinite(largest)) throw this.refuse("the gradients must be finite", "others", call);
    if (!this.updateWithCare(rate)) throw this.refuse("the parameters must stay finite", "others", call);
    if (this.options.average !== undefined) runThrough(this.averageSlices());
    return penalty;
  }

  /** @internal What was computed with parameters that the model has no more, or was overwritten. */
  forget(): void {
    this.isOpen = false;
    this.ahead = undefined;
  }

  /**
   * Copies the gradients: those that {@link Trainer.backward} has added since the last update, or those of the latest
   * {@link Trainer.step}, penalties and clipping included.
   * @returns layer by layer, as {@link MLP.parameters}
   */
  gradients(): LayerParameters[] {
    return copyParameters(this.network, this.network.gradients, false);
  }

  private refuse(what: string, got: string, call = "step"): Error {
    return new Error(
      `${call}: ${what}, got ${got} at step ${this.steps} (learning rate ${this.rate}). Lower the learning rate or standardise the inputs.`,
    );
  }

  /** Updates unless something would become infinite; returns whether it did. */
  private updateWithCare(rate: number): boolean {
    const { kernels, layout } = this.network;
    // Of large networks the look alone would cost a hundredth of the update; fit looks at the end of each epoch.
    const isLarge = layout.parameterCount > SMALL;
    const largest = isLarge ? 0 : kernels.gradientLargest(layout.grads, layout.parameterCount);
    // Squares of these, and sums of them with velocities, are far from what float32 cannot hold.
    const isMild = rate * decayOf(this.options.optimizer) <= 1;
    if (isMild && rate <= ORDINARY && largest <= ORDINARY && rate * largest <= ORDINARY) {
      this.move(rate);
      return true;
    }
    const undo = runThrough(remember(this.network));
    this.move(rate);
    if (runThrough(this.network.isFinite())) return true;
    runThrough(undo());
    this.state.steps--;
    return false;
  }

  /**
   * Copies the average of the parameters that the option `average` keeps; before the first update, the parameters.
   * @returns layer by layer, as {@link MLP.parameters}; running means and variances are those of the model
   * @throws Error without that option
   * @example
   * const trainer = net.trainer({ optimizer: adam(), average: 0.99 });
   * trainer.averagedParameters()[0].weights.length; // that of net.parameters()[0].weights
   */
  averagedParameters(): LayerParameters[] {
    if (this.options.average !== undefined) return copyParameters(this.network, this.state.average);
    throw new Error("averagedParameters: the trainer must have the option average, got none. Set it, 0.999 say.");
  }
}

/** The training loop: epochs of shuffled mini-batches that leave the event loop its turn, stop, and go on. */
import type { Dataset } from "../data/dataset.js";
import { orderSlices, type Random } from "../ground/random.js";
import { copySlices, copyTo } from "../ground/slices.js";
import { turn } from "../ground/turn.js";
import { gatherTargets } from "../net/gather-targets.js";
import { pieceSlices } from "../net/large-passes.js";
import type { Network } from "../net/network.js";
import { changeWhole } from "../net/shared.js";
import { sumWeights } from "../net/write-targets.js";
import { rowsOfBatch } from "./epoch-batches.js";
import type { FitPlan } from "./fit-plan.js";
import { copyState, settle } from "./fit-state.js";
import { type EpochReport, type History, type ValidationScores, watchedScore } from "./history.js";
import type { Iterate } from "./objective.js";
import { changed } from "./scoring.js";
import type { FitState } from "./training-state.js";
import { closeSlices, updateSlices } from "./update-slices.js";
import type { RateReduction, Updates } from "./updates.js";
import { observe, observePlateau } from "./watch.js";

/** One fit, from `state` to its end: the plan's epochs, early stopping, the signal, or an error. */
export class Loop {
  /** Whether an epoch ended in an error: there is nothing to go on from. */
  failed = false;
  /** Whether `onEpoch` is being called, between two epochs. */
  private isBetween = false;
  /** Whether the optimizer has found no way further down. */
  private isDone = false;
  /** The parameters as updates left them, while the model has their average. */
  private raw: Float32Array | undefined;

  constructor(
    private readonly network: Network,
    private readonly random: Random,
    private readonly trainer: Updates<Network>,
    private readonly plan: FitPlan,
    private readonly state: FitState,
    /** What `onEpoch` is given. */
    private readonly save: () => Promise<Uint8Array<ArrayBuffer>>,
    private readonly validate: (data: Dataset) => Generator<number, ValidationScores>,
    /** Of an optimizer that goes by all rows at once. */
    private readonly iterate?: Iterate,
  ) {}

  /**
   * @throws Error when the loss is not finite, RangeError when a schedule gives no rate: the loop has `failed` then, and
   * what it changed is to be put back
   */
  async run(): Promise<void> {
    await this.restoreParameters();
    // Until it comes to its end: what `onEpoch` throws ends it as the signal does.
    this.state.history.stopped = "aborted";
    try {
      this.state.history.stopped = await this.epochs();
    } finally {
      this.isBetween = false;
      if (!this.failed) await this.keepBest();
    }
  }

  /** @returns what ended them */
  private async epochs(): Promise<History["stopped"]> {
    const { plan, state, trainer, validate, iterate } = this;
    while (state.epoch < plan.epochs && !this.isDone) {
      if (this.isStale()) return "early";
      // Until the epoch comes to its end.
      this.failed = true;
      if (this.raw) await this.setParameters(this.raw);
      this.raw = undefined;
      const report = await (iterate ? this.iteration(iterate) : this.epoch());
      this.failed = false;
      state.history.steps = trainer.steps;
      if (!report) return "aborted";
      if (trainer.state.average) await this.showAverage(trainer.state.average);
      let failure: ValidationScores["failure"];
      if (plan.validation) {
        ({ scores: report.validation, failure } = await turn.run(validate(plan.validation)));
      }
      const closed = this.close(report);
      if (closed) await closed;
      if (failure) throw failure.error;
      this.isBetween = true;
      const answer = plan.onEpoch?.({ ...report }, this.save) as PromiseLike<unknown> | undefined;
      // Promises of other realms and of libraries are of other classes.
      if (typeof answer?.then === "function") await answer;
      this.isBetween = false;
    }
    return "done";
  }

  /** The parameters that the fit goes on from; those of its best epoch are set aside. */
  private async restoreParameters(): Promise<void> {
    const { network, random, state, plan } = this;
    random.state = state.random;
    const { lastParameters } = state;
    if (plan.earlyStopping && state.early.best) state.bestParameters = await turn.run(copySlices(network.learned));
    state.lastParameters = undefined;
    if (lastParameters) await this.setParameters(lastParameters);
  }

  private setParameters(parameters: Float32Array): void | Promise<void> {
    return turn.run(changeWhole(this.network, copyTo(parameters, this.network.learned)));
  }

  private async showAverage(average: Float32Array): Promise<void> {
    this.raw = await turn.run(copySlices(this.network.learned));
    await this.setParameters(average);
  }

  /** The model gets the parameters of its best epoch, or their average; those to go on from are set aside. */
  private async keepBest(): Promise<void> {
    const { average } = this.trainer.state;
    if (average && !this.raw) await this.showAverage(average);
    const { learned: parameters } = this.network;
    const kept = settle(this.state, parameters, this.raw);
    if (kept === parameters) return;
    if (!this.raw) this.state.lastParameters = await turn.run(copySlices(parameters));
    await this.setParameters(kept);
  }

  /** What a fit that ended now would leave, as views: only between two epochs. */
  pause(): { fit: FitState; parameters: Float32Array } | undefined {
    if (!this.isBetween) return undefined;
    const fit = copyState(this.state);
    fit.history.stopped = "aborted";
    return { parameters: settle(fit, this.network.learned, this.raw), fit };
  }

  private isStale(): boolean {
    const { earlyStopping } = this.plan;
    return earlyStopping !== undefined && this.state.early.wait >= earlyStopping.patience;
  }

  /** What follows from an epoch's scores: the history, the best epoch, the reduced rate. */
  private close(report: EpochReport): void | Promise<void> {
    const { random, state } = this;
    const { earlyStopping, reduceOnPlateau } = this.plan;
    const { epoch } = report;
    state.history.epochs.push(report);
    Object.assign(state, { epoch: state.epoch + 1, random: random.state, rowsDone: 0, sum: 0, dataSum: 0 });
    if (reduceOnPlateau) {
      const score = watchedScore(report, reduceOnPlateau.monitor);
      if (observePlateau(state.plateau, epoch, score, reduceOnPlateau)) state.rateFactor *= reduceOnPlateau.factor;
    }
    if (!earlyStopping) return;
    if (observe(state.early, epoch, watchedScore(report, earlyStopping.monitor), earlyStopping))
      return this.setBestAside();
  }

  private async setBestAside(): Promise<void> {
    const { network, state } = this;
    state.bestParameters = await turn.run(copySlices(network.learned, state.bestParameters));
  }

  private reduction(): RateReduction | undefined {
    const { rateFactor: factor } = this.state;
    return factor === 1 ? undefined : { factor, minRate: this.plan.reduceOnPlateau?.minRate ?? 0 };
  }

  /** One pass over the rows, or the rest of one that was stopped. Undefined if the signal ended it. */
  private async epoch(): Promise<EpochReport | undefined> {
    const { network, random, trainer, state } = this;
    const { train, batchSize, signal, shuffle } = this.plan;
    trainer.epoch = state.epoch;
    const reduced = this.reduction();
    const { rows: atATime, parameterCount, isCut } = network.layout;
    const order = turn.run(orderSlices(train.rows, shuffle ? random : undefined));
    const indices = order instanceof Uint32Array ? order : await order;
    while (state.rowsDone < train.rows) {
      if (signal?.aborted) {
        await this.checkParameters();
        return undefined;
      }
      const from = state.rowsDone;
      const batchRows = rowsOfBatch(network, batchSize, train.rows - from);
      const weight = train.weights ? sumWeights(train.weights, from, batchRows, indices) : batchRows;
      const rate = trainer.nextRate("fit", reduced);
      trainer.begin();
      for (let piece = 0; piece < batchRows; piece += atATime) {
        const count = Math.min(atATime, batchRows - piece);
        this.gather(indices, from + piece, count);
        if (isCut) await turn.run(pieceSlices(trainer, network, count, weight));
        else trainer.piece(count, weight);
        if (turn.due(3 * count * parameterCount)) await turn.give();
      }
      const loss = isCut ? await turn.run(closeSlices(trainer, network, weight)) : trainer.close(weight);
      if (!Number.isFinite(loss)) throw this.refuse("loss", loss);
      if (isCut) await turn.run(updateSlices(trainer, network, rate));
      else trainer.apply(rate);
      state.sum += loss * weight;
      state.dataSum += trainer.dataLoss;
      state.rowsDone += batchRows;
    }
    const checked = this.checkParameters();
    if (checked) await checked;
    return this.report();
  }

  /** Puts rows `indices[from .. from+count)` and their targets into the network's memory. */
  private gather(indices: Uint32Array, from: number, count: number): void {
    const { network, plan } = this;
    const { train } = plan;
    network.gatherInputs(train.maker ?? train.x, train.scale, indices, from, count);
    if (!gatherTargets(network, train, indices, from, count)) throw changed("fit", network);
  }

  /** What an epoch of mini-batches has to tell. */
  private report(): EpochReport {
    const { trainer, state, plan } = this;
    const { weights, rows } = plan.train;
    const total = weights ? sumWeights(weights, 0, rows) : rows;
    const [loss, dataLoss] = [state.sum / total, state.dataSum / total];
    return { epoch: state.epoch, epochs: plan.epochs, loss, dataLoss, learningRate: trainer.learningRate };
  }

  /** One iteration over all rows at once. Undefined if the signal ended it. */
  private async iteration(iterate: Iterate): Promise<EpochReport | undefined> {
    const { trainer, state, plan } = this;
    const { epoch } = state;
    trainer.epoch = epoch;
    const done = await turn.run(iterate());
    if (!done) return undefined;
    const { loss, dataLoss, step, isDone } = done;
    if (!Number.isFinite(loss)) throw this.refuse("loss", loss);
    if (step > 0) trainer.countStep();
    this.isDone = isDone;
    return { epoch, epochs: plan.epochs, loss, dataLoss, learningRate: step };
  }

  /** Each update is judged by the loss of the next one; the latest has none yet. */
  private checkParameters(): void | Promise<void> {
    const judge = (areFinite: boolean) => {
      if (!areFinite) throw this.refuse("parameters", Number.NaN);
    };
    const looked = turn.run(this.network.isFinite());
    return typeof looked === "boolean" ? judge(looked) : looked.then(judge);
  }

  private refuse(what: "loss" | "parameters", value: number): Error {
    const { steps, learningRate } = this.trainer;
    return new Error(
      `fit: the ${what} became ${value} at epoch ${this.state.epoch}, step ${steps} (learning rate ${learningRate}). Lower the learning rate or standardise the inputs; the model is as it was before the fit.`,
    );
  }
}

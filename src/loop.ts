/** The training loop: epochs of shuffled mini-batches that leave the event loop its turn, stop, and go on. */
import { show } from "./check.js";
import type { DropoutSeed } from "./dropout.js";
import type { EpochReport, FitPlan, History } from "./fit.js";
import type { Network } from "./network.js";
import { order, type Random, type RandomState } from "./random.js";
import { scorePieces } from "./scoring.js";
import { gatherTargets } from "./targets.js";
import type { Trainer } from "./trainer.js";
import { Turn } from "./turn.js";
import { observe, type WatchState } from "./watch.js";

/**
 * Where a fit stands: with the model's parameters and what its optimizer keeps, all that is needed to go on. Plain data.
 */
export interface FitState {
  /** What the fit was given, to be recognised by. */
  readonly rows: number;
  readonly batchSize: number;
  readonly optimizer: string;
  readonly splitSeed: number | undefined;
  readonly dropoutSeed: DropoutSeed | undefined;
  readonly history: History;
  /** The epoch at hand, the generator before its rows were shuffled, its rows done and their losses. */
  epoch: number;
  random: RandomState;
  rowsDone: number;
  sum: number;
  dataSum: number;
  rateFactor: number;
  readonly early: WatchState;
  readonly plateau: WatchState;
  /** Parameters of the best epoch while the fit runs. */
  best: Float32Array | undefined;
  /** Parameters to go on from when the model was given those of the best epoch. */
  last: Float32Array | undefined;
}

export function startState(plan: FitPlan, random: Random, dropoutSeed: DropoutSeed | undefined): FitState {
  return {
    rows: plan.train.rows,
    batchSize: plan.batchSize,
    optimizer: plan.training.optimizer.name,
    splitSeed: plan.splitSeed,
    dropoutSeed,
    history: { epochs: [], steps: 0, stopped: "done" },
    epoch: 0,
    random: random.state,
    rowsDone: 0,
    sum: 0,
    dataSum: 0,
    rateFactor: 1,
    early: { best: undefined, wait: 0 },
    plateau: { best: undefined, wait: 0 },
    best: undefined,
    last: undefined,
  };
}

/** Refuses to go on with another fit than the one that was stopped. */
export function checkResume(state: FitState, plan: FitPlan): void {
  const { input, hidden } = plan.training.dropout;
  const some = (isThere: boolean) => (isThere ? "some" : "none");
  const given = [plan.train.rows, plan.batchSize, plan.training.optimizer.name, some(input > 0 || hidden > 0)];
  const wanted = [state.rows, state.batchSize, state.optimizer, some(state.dropoutSeed !== undefined)];
  ["rows to train on", "batchSize", "optimizer", "dropout"].forEach((name, i) => {
    if (given[i] === wanted[i]) return;
    throw new RangeError(
      `fit: resume must have the ${name} of the fit it goes on with (${wanted[i]}), got ${show(given[i])}.`,
    );
  });
}

/** One fit, from `state` to its end: the plan's epochs, early stopping, the signal, or an error. */
export class Loop {
  /** Whether the loss failed: there is nothing to go on from. */
  failed = false;
  private readonly turn = new Turn();

  constructor(
    private readonly network: Network,
    private readonly random: Random,
    private readonly trainer: Trainer,
    private readonly plan: FitPlan,
    readonly state: FitState,
  ) {
    trainer.plateau.minRate = plan.reduceOnPlateau?.minRate ?? 0;
  }

  /**
   * @throws Error when the loss is not finite, RangeError when a schedule gives no rate: parameters and generator are then
   * as before the call
   */
  async run(): Promise<void> {
    const { network, random, plan, state } = this;
    const before = { parameters: network.parameters.slice(), random: random.state };
    this.takeUp();
    const { history } = state;
    history.stopped = "done";
    try {
      while (state.epoch < plan.epochs) {
        if (this.isStale()) {
          history.stopped = "early";
          break;
        }
        let report: EpochReport | undefined;
        try {
          report = await this.epoch();
        } catch (error) {
          network.parameters.set(before.parameters);
          random.state = before.random;
          this.failed = true;
          state.best = undefined;
          throw error;
        }
        history.steps = this.trainer.steps;
        if (!report) {
          history.stopped = "aborted";
          break;
        }
        if (plan.validation) report.validation = await this.turn.run(scorePieces(network, plan.validation));
        this.close(report);
        const answer = plan.onEpoch?.({ ...report });
        if (answer instanceof Promise) await answer;
      }
    } finally {
      this.settle();
    }
  }

  /** The parameters that the fit goes on from; those of its best epoch are put by. */
  private takeUp(): void {
    const { network, random, state, plan } = this;
    random.state = state.random;
    if (plan.earlyStopping && state.early.best) state.best = network.parameters.slice();
    if (state.last) network.parameters.set(state.last);
    state.last = undefined;
  }

  /** The model gets the parameters of its best epoch; those to go on from are put by. */
  private settle(): void {
    const { network, state } = this;
    if (!state.best || !state.early.best) return;
    state.history.best = state.early.best.epoch;
    const isLatest = state.early.best.epoch === state.epoch - 1 && state.rowsDone === 0;
    if (!isLatest) {
      state.last = network.parameters.slice();
      network.parameters.set(state.best);
    }
    state.best = undefined;
  }

  private isStale(): boolean {
    const { earlyStopping } = this.plan;
    return earlyStopping !== undefined && this.state.early.wait >= earlyStopping.patience;
  }

  /** What follows from an epoch's scores. */
  private close(report: EpochReport): void {
    const { network, random, state } = this;
    const { earlyStopping, reduceOnPlateau } = this.plan;
    state.history.epochs.push(report);
    Object.assign(state, { epoch: state.epoch + 1, random: random.state, rowsDone: 0, sum: 0, dataSum: 0 });
    if (earlyStopping && observe(state.early, report, earlyStopping.monitor, earlyStopping.minDelta)) {
      if (state.best) state.best.set(network.parameters);
      else state.best = network.parameters.slice();
    }
    if (!reduceOnPlateau) return;
    observe(state.plateau, report, reduceOnPlateau.monitor, reduceOnPlateau.minDelta);
    if (state.plateau.wait >= reduceOnPlateau.patience) {
      state.rateFactor *= reduceOnPlateau.factor;
      state.plateau.wait = 0;
    }
  }

  /** One pass over the rows, or the rest of one; nothing when the signal ended it. */
  private async epoch(): Promise<EpochReport | undefined> {
    const { network, random, trainer, state, turn } = this;
    const { train, batchSize, epochs, signal, shuffle } = this.plan;
    const { epoch } = state;
    trainer.epoch = epoch;
    trainer.plateau.factor = state.rateFactor;
    const { rows: atATime, parameterCount } = network.layout;
    const indices = order(train.rows, shuffle ? random : undefined);
    while (state.rowsDone < train.rows) {
      if (signal?.aborted) return undefined;
      const from = state.rowsDone;
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
      state.sum += loss * batchRows;
      state.dataSum += trainer.dataLoss;
      state.rowsDone += batchRows;
    }
    const { learningRate } = trainer;
    return { epoch, epochs, loss: state.sum / train.rows, dataLoss: state.dataSum / train.rows, learningRate };
  }
}

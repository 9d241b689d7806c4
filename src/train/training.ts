/** All that a model knows of its training: who may update it, where that stands, what the latest fit reported. */
import { checkFlag, checkOptions } from "../ground/check.js";
import type { Random } from "../ground/random.js";
import { copySlices, copyTo } from "../ground/slices.js";
import { runThrough } from "../ground/turn.js";
import { type DropoutSeed, leavesOut } from "../net/dropout.js";
import type { LayerParametersLike } from "../net/layer-views.js";
import type { Network } from "../net/network.js";
import { checkParameters, setLayerParameters } from "../net/parameters.js";
import { clearStates, remember } from "../net/shared.js";
import { Exclusive } from "./exclusive.js";
import type { FitOptions } from "./fit-plan.js";
import type { History } from "./history.js";
import { checkSteps, makeRoom, putInPlace, stateToResume, trainingOf } from "./kept.js";
import { labelOf, type TrainerOptions, type TrainingPlan } from "./optimizer-kinds.js";
import { clearFrozen } from "./step.js";
import { Trainer } from "./trainer.js";
import { checkTrainerOptions, readFitOptions, TRAINER_KEYS } from "./trainer-options.js";
import { type FitState, type ModelState, newTrainerState, type TrainerState } from "./training-state.js";

/** A fit that runs: what it would leave if it ended now, between two epochs. */
interface Pausable {
  pause(): { fit: FitState; parameters: Float32Array } | undefined;
}

/** The training of one network. Only one thing updates it at a time: the latest trainer, or a fit. */
export class Training extends Exclusive {
  /** What the latest fit reported. */
  history: History | undefined;
  /** Of the fit that runs here. */
  loop: Pausable | undefined;
  /** The trainer made last, or the one of the latest fit. */
  private latest: Trainer | undefined;
  /** Where the latest updates stand, those of a file too: what the optimizer keeps in the network is of that moment. */
  trainerState: TrainerState | undefined;
  /** Where the latest fit ended, until something else changes the parameters. */
  fitState: FitState | undefined;

  constructor(
    readonly network: Network,
    readonly random: Random,
  ) {
    super();
  }

  /**
   * Has `run` train as {@link MLP.fit} says (src/train/run-fit.ts). From the call on nothing else may, and options are those of the
   * call, also if `run` has yet to be loaded.
   */
  async fit(options: FitOptions, run: (options: FitOptions) => Promise<History>): Promise<History> {
    this.refuseInside("fit");
    const given = readFitOptions("fit", options);
    return this.alone("fit", () => run(given));
  }

  /** Makes the model's trainer as {@link MLP.trainer} says. */
  trainer(options: TrainerOptions): Trainer {
    this.refuseInside("trainer");
    checkOptions("trainer", options, TRAINER_KEYS);
    const plan = checkTrainerOptions("trainer", options, this.network);
    checkSteps("trainer", plan.optimizer);
    const mayStep = (trainer: Trainer) => trainer === this.latest && !this.inside;
    const { resume = false } = options;
    checkFlag("trainer", "resume", resume);
    const resumed = resume && stateToResume(this.trainerState, plan.optimizer);
    makeRoom("trainer", this.network, plan.optimizer);
    runThrough(clearFrozen(this.network, plan));
    if (resumed) return this.start(plan, resumed, mayStep);
    const dropoutSeed = this.drawDropoutSeed(plan);
    runThrough(clearStates(this.network));
    return this.start(plan, newTrainerState(labelOf(plan.optimizer), dropoutSeed), mayStep);
  }

  /** From now on this trainer alone updates the model; what was trained before cannot go on. */
  start(plan: TrainingPlan, state: TrainerState, mayStep: (trainer: Trainer) => boolean): Trainer {
    this.latest = new Trainer(this.network, mayStep, plan, state);
    this.trainerState = state;
    this.fitState = undefined;
    return this.latest;
  }

  /**
   * Does `work`, which updates the network; puts everything back if it throws or leaves parameters that are not finite. Trainers
   * may step between two slices, and nothing else.
   */
  *updateOrUndo<T>(call: string, work: Generator<number, T>): Generator<number, T> {
    const putBack = this.remember();
    const restore = yield* remember(this.network, this.trainerState !== undefined);
    const average = this.trainerState?.average;
    const before = average && (yield* copySlices(average));
    try {
      const result = yield* work;
      if (yield* this.network.isFinite()) return result;
      throw new Error(`${call}: the parameters must stay finite, got others. Lower the learning rate.`);
    } catch (error) {
      yield* restore();
      if (before) yield* copyTo(before, average);
      putBack();
      throw error;
    }
  }

  /** Remembers what training changes beside the network. What is returned puts it back. */
  remember(): () => void {
    const { random, history, latest, trainerState, fitState } = this;
    const generator = random.state;
    const counts = { ...trainerState };
    return () => {
      random.state = generator;
      // A trainer counts in its state: it is the same object still.
      Object.assign(trainerState ?? {}, counts);
      Object.assign(this, { history, latest, trainerState, fitState });
      // Gradients that it added up are no more.
      latest?.forget();
    };
  }

  /** Drawn for dropout only: one more draw would change everything that is drawn later. */
  drawDropoutSeed({ dropout }: TrainingPlan): DropoutSeed | undefined {
    return leavesOut(dropout) ? [this.random.word(), this.random.word()] : undefined;
  }

  /**
   * All that training has made of the model, as views: to be written before anything goes on.
   * @param resume whether to include what is needed to go on
   * @param isInside whether the call comes from what has the model to itself
   * @throws Error between the start of a fit and its end, with `resume`, unless `onEpoch` is being called
   */
  save(call: string, resume = false, isInside = false): ModelState {
    checkFlag(call, "resume", resume);
    const pause = resume ? this.loop?.pause() : undefined;
    if (resume && !pause && !isInside)
      this.refuseInside(call, "Await fit, or call the function save that onEpoch is given.");
    this.network.beforeUse?.();
    const { fit, parameters } = pause ?? { fit: this.fitState, parameters: this.network.learned };
    const training = resume && this.trainerState ? trainingOf(this.network, this.trainerState, fit) : undefined;
    return { random: this.random.state, parameters, history: pause?.fit.history ?? this.history, training };
  }

  /** Becomes what training made of a model of the same layers. */
  restore(state: ModelState): void {
    const { random, history, training } = state;
    putInPlace(this.network, state);
    this.random.state = random;
    this.history = history;
    this.latest = undefined;
    this.trainerState = training && { ...training.trainer, average: training.average };
    this.fitState = training?.fit;
  }

  /**
   * Becomes what comes back from elsewhere, from another thread; stays as it is if nothing does. Until then nothing here may
   * train.
   * @param elsewhere is told the place of what the optimizer keeps, with a third slab or without, which may be filled bit by bit
   */
  async restoreFrom(
    elsewhere: (room: (third: boolean) => Network["states"]) => Promise<ModelState | undefined>,
  ): Promise<void> {
    const room = (third: boolean) => {
      if (third) this.network.addState("fit");
      return this.network.states;
    };
    await this.alone("fit", async () => {
      const state = await elsewhere(room);
      if (state) this.restore(state);
    });
  }

  /** Gives the network other parameters, from which the latest fit cannot go on. */
  replaceParameters(call: string, layers: readonly LayerParametersLike[]): void {
    this.refuseInside(call);
    checkParameters(call, layers, this.network.design);
    this.fitState = undefined;
    this.latest?.forget();
    layers.forEach((layer, l) => {
      setLayerParameters(this.network, l, layer);
    });
  }
}

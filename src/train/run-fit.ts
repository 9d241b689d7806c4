/** A fit from its options to the model that it leaves, loaded when the first one begins: who only predicts does not carry it. */
import type { Dataset } from "../data/dataset.js";
import { checkFlag } from "../ground/check.js";
import type { Random } from "../ground/random.js";
import { copySlices } from "../ground/slices.js";
import { runThrough, turn } from "../ground/turn.js";
import type { DropoutSeed } from "../net/dropout.js";
import { forwardSlices } from "../net/large-passes.js";
import type { Network } from "../net/network.js";
import { clearStates, remember } from "../net/shared.js";
import type { FitOptions, FitPlan } from "./fit-plan.js";
import { copyState } from "./fit-state.js";
import type { History } from "./history.js";
import { makeRoom } from "./kept.js";
import { Loop } from "./loop.js";
import { type Iterations, kindOf, type TrainingPlan } from "./optimizer-kinds.js";
import { planFit } from "./plan.js";
import { checkResume, startState } from "./resume.js";
import { changed } from "./scoring.js";
import { clearFrozen } from "./step.js";
import type { Trainer } from "./trainer.js";
import type { FitState, TrainerState } from "./training-state.js";
import { validationPieces } from "./validation.js";

/** What a model's training has of it (src/train/training.ts). */
export interface Trained {
  readonly network: Network;
  readonly random: Random;
  history: History | undefined;
  loop: Pick<Loop, "pause"> | undefined;
  fitState: FitState | undefined;
  readonly trainerState: TrainerState | undefined;
  drawDropoutSeed(plan: TrainingPlan): DropoutSeed | undefined;
  remember(): () => void;
  start(plan: TrainingPlan, state: TrainerState, mayStep: (trainer: Trainer) => boolean): Trainer;
}

/**
 * Trains as {@link MLP.fit} says, while nothing else does.
 * @param options read before
 * @param save what `onEpoch` is given
 */
export async function runFit(
  training: Trained,
  data: Dataset,
  options: FitOptions,
  save: () => Promise<Uint8Array<ArrayBuffer>>,
): Promise<History> {
  const { network, random } = training;
  const stopped = stoppedFit(training, options);
  const putBack = training.remember();
  const plan = await turn.run(planAfter(training, data, options, stopped));
  const iterations = await loadIterations(plan, putBack);
  const restore = await turn.run(remember(network, training.trainerState !== undefined));
  const state = stopped ? copyState(stopped) : startState(plan, random, training.drawDropoutSeed(plan.training));
  const trainer = await startTrainer(training, plan, state, stopped !== undefined);
  const validate = (held: Dataset) => validationPieces(network, held, plan.ownScores, forwardSlices);
  const fit = { network, trainer, plan, changed: () => changed("fit", network) };
  const iterate = iterations?.(plan.training.optimizer as never, fit as never);
  const loop = new Loop(network, random, trainer, plan, state, save, validate, iterate);
  training.loop = loop;
  try {
    await loop.run();
  } finally {
    if (loop.failed) {
      await turn.run(restore());
      putBack();
    } else {
      const { history } = state;
      training.fitState = state;
      training.history = { ...history, epochs: [...history.epochs] };
    }
    training.loop = undefined;
  }
  return training.history as History;
}

/** What makes the iterations of an optimizer that goes by all rows at once. Where that cannot be loaded, nothing has happened. */
async function loadIterations({ training }: FitPlan, putBack: () => void): Promise<Iterations | undefined> {
  try {
    return await kindOf(training.optimizer).iterations?.();
  } catch (error) {
    putBack();
    throw error;
  }
}

/** The trainer of a fit, which its loop alone steps. */
async function startTrainer(
  training: Trained,
  { training: plan }: FitPlan,
  { optimizer, dropoutSeed, history }: FitState,
  goesOn: boolean,
): Promise<Trainer> {
  const { network, trainerState } = training;
  if (!goesOn && trainerState) await turn.run(clearStates(network));
  await turn.run(clearFrozen(network, plan));
  // Each epoch sets it; where none is left it stays what it was.
  const { epoch = 0, average: before } = (goesOn && trainerState) || {};
  const isAveraged = before && plan.average !== undefined;
  const average = isAveraged ? await turn.run(copySlices(before)) : undefined;
  return training.start(plan, { optimizer, steps: history.steps, epoch, dropoutSeed, average }, () => false);
}

/** Refuses what {@link runFit} would refuse; nothing has happened then, nor otherwise. */
export function checkFit(training: Trained, data: Dataset, options: FitOptions): void {
  const before = training.random.state;
  runThrough(planAfter(training, data, options, stoppedFit(training, options)));
  training.random.state = before;
}

/** The fit that is to be resumed; undefined for a new one. */
function stoppedFit({ fitState }: Trained, { resume = false }: FitOptions): FitState | undefined {
  checkFlag("fit", "resume", resume);
  if (!resume) return undefined;
  if (fitState) return fitState;
  throw new Error("fit: resume must come after a fit of this model, got none. Leave it out to start one.");
}

/** What a fit shall do, if need be as the one that was stopped; the generator is as it was if that is refused. */
function* planAfter(
  { network, random }: Trained,
  data: Dataset,
  options: FitOptions,
  stopped: FitState | undefined,
): Generator<number, FitPlan> {
  const before = random.state;
  try {
    const plan = yield* planFit(network, random, data, options, stopped?.splitSeed);
    if (stopped) checkResume(stopped, plan);
    makeRoom("fit", network, plan.training.optimizer);
    return plan;
  } catch (error) {
    random.state = before;
    throw error;
  }
}

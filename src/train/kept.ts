/** What optimizers keep of each parameter: room for it, what a file has of it, and whether a trainer may go on with it. */
import { show } from "../ground/check.js";
import type { Network } from "../net/network.js";
import { setLearned } from "../net/parameters.js";
import { kindOf, labelOf, type Optimizer } from "./optimizer-kinds.js";
import { type FitState, keepsThree, type ModelState, type TrainerState, type TrainingState } from "./training-state.js";

/**
 * Memory for what the optimizer keeps.
 * @throws RangeError if the machine refuses; nothing has happened then
 */
export function makeRoom(call: string, network: Network, optimizer: Optimizer): void {
  if (keepsThree(labelOf(optimizer))) network.addState(call);
}

/** Refuses optimizers that only `fit` can use. */
export function checkSteps(call: string, optimizer: Optimizer): void {
  if (kindOf(optimizer).rule) return;
  throw new TypeError(
    `${call}: optimizer must make updates from mini-batches, got ${show(optimizer.name)}. Use it with fit.`,
  );
}

/** Where a trainer of this optimizer goes on; with an average of its own. */
export function stateToResume(state: TrainerState | undefined, optimizer: Optimizer): TrainerState {
  if (!state) throw new Error("trainer: resume must come after training of this model, got none.");
  const label = labelOf(optimizer);
  if (state.optimizer === label) return { ...state, average: state.average?.slice() };
  throw new RangeError(
    `trainer: resume must have the optimizer of the training it goes on with (${state.optimizer}), got ${show(label)}.`,
  );
}

/** Where training stands, as views. */
export function trainingOf(
  { states }: Network,
  { average, ...trainer }: TrainerState,
  fit: FitState | undefined,
): TrainingState {
  const [state1, state2, third] = states;
  // A slab that another optimizer left is of no use to this one.
  return { trainer, fit, state1, state2, state3: keepsThree(trainer.optimizer) ? third : undefined, average };
}

/** The network gets the parameters, and what the optimizer keeps unless that is in its place. */
export function putInPlace(network: Network, { parameters, training }: ModelState): void {
  setLearned(network, parameters);
  if (!training) return;
  const { state1, state2, state3 } = training;
  if (state3) network.addState("MLP.load");
  for (const [i, kept] of [state1, state2, state3].entries()) {
    if (kept && kept !== network.states[i]) network.states[i].set(kept);
  }
}

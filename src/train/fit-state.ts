/** What becomes of the state of a fit: a copy while it runs, and its end. */
import type { FitState } from "./training-state.js";

/** A copy of what a fit changes while it runs: one that fails must leave the place to go on from. */
export function copyState(state: FitState): FitState {
  const { history, early, plateau } = state;
  return {
    ...state,
    history: { ...history, epochs: [...history.epochs] },
    early: { ...early },
    plateau: { ...plateau },
  };
}

/**
 * Ends the state of a fit whose network has these parameters.
 * @param raw what updates left, where the network has their average
 * @returns the parameters that the model is to have, those of the best epoch if there is one
 */
export function settle(state: FitState, parameters: Float32Array, raw = parameters): Float32Array {
  const { bestParameters, early, history, epoch, rowsDone } = state;
  state.bestParameters = undefined;
  if (raw !== parameters) state.lastParameters = raw;
  if (!bestParameters || !early.best) return parameters;
  history.bestEpoch = early.best.epoch;
  if (early.best.epoch === epoch - 1 && rowsDone === 0) return parameters;
  state.lastParameters = raw;
  return bestParameters;
}

/** Where a fit begins, and what a fit that goes on must have in common with the one that was stopped. */
import { show } from "../ground/check.js";
import type { Random } from "../ground/random.js";
import { type DropoutSeed, leavesOut } from "../net/dropout.js";
import type { FitPlan } from "./fit-plan.js";
import { labelOf } from "./optimizer-kinds.js";
import type { FitState } from "./training-state.js";

export function startState(plan: FitPlan, random: Random, dropoutSeed: DropoutSeed | undefined): FitState {
  return {
    rows: plan.train.rows,
    batchSize: plan.batchSize,
    optimizer: labelOf(plan.training.optimizer),
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
    bestParameters: undefined,
    lastParameters: undefined,
  };
}

/** Refuses to go on with another fit than the one that was stopped. */
export function checkResume(state: FitState, plan: FitPlan): void {
  const { dropout, optimizer } = plan.training;
  const some = (isThere: boolean) => (isThere ? "some" : "none");
  const given = [plan.train.rows, plan.batchSize, labelOf(optimizer), some(leavesOut(dropout))];
  const wanted = [state.rows, state.batchSize, state.optimizer, some(state.dropoutSeed !== undefined)];
  ["rows to train on", "batchSize", "optimizer", "dropout"].forEach((name, i) => {
    if (given[i] === wanted[i]) return;
    throw new RangeError(
      `fit: resume must have the ${name} of the fit it goes on with (${wanted[i]}), got ${show(given[i])}.`,
    );
  });
}

/** What training needs to go on from a file bit for bit: plain JSON beside the tensors of src/file/saved-model.ts. */

import type { RandomState } from "../ground/random.js";
import type { DropoutSeed } from "../net/dropout.js";
import type { History } from "../train/history.js";
import type { FitState, TrainerState } from "../train/training-state.js";
import type { WatchState } from "../train/watch.js";
import type { Fields } from "./fields.js";

/** What a file may say of the optimizer: its name, and what decides of the meaning of what it keeps. */
const LABELS = [
  ...["sgd", "adam", "adam amsgrad", "adamw", "adamw amsgrad", "rmsprop", "rmsprop centered"],
  ...["rmsprop centered momentum", "adagrad", "nadam", "lion", "lbfgs"],
];

/**
 * @param history the model's, which is the fit's
 * @param last parameters to go on from where they are not the model's
 * @throws Error saying what is wrong with it
 */
export function readFitState(state: Fields, history: History, last: Float32Array | undefined): FitState {
  return {
    rows: state.whole("rows", 1),
    batchSize: state.whole("batchSize", 1),
    optimizer: state.name("optimizer", LABELS),
    splitSeed: state.has("splitSeed") ? state.whole("splitSeed") : undefined,
    dropoutSeed: readSeed(state),
    history,
    epoch: state.whole("epoch"),
    random: state.words<RandomState>("random", 4),
    rowsDone: state.whole("rowsDone"),
    sum: state.score("sum"),
    dataSum: state.score("dataSum"),
    rateFactor: state.number("rateFactor"),
    early: readWatch(state.fields("early")),
    plateau: readWatch(state.fields("plateau")),
    bestParameters: undefined,
    lastParameters: last,
  };
}

function readSeed(state: Fields): DropoutSeed | undefined {
  return state.has("dropoutSeed") ? state.words<DropoutSeed>("dropoutSeed", 2) : undefined;
}

function readWatch(watch: Fields): WatchState {
  const wait = watch.whole("wait");
  const rest = { wait, ...(watch.has("cooldown") && { cooldown: watch.whole("cooldown") }) };
  if (!watch.has("best")) return { best: undefined, ...rest };
  const best = watch.fields("best");
  return { best: { score: best.score("score"), epoch: best.whole("epoch") }, ...rest };
}

/**
 * @throws Error saying what is wrong with it
 */
export function readTrainerState(state: Fields): TrainerState {
  return {
    optimizer: state.name("optimizer", LABELS),
    steps: state.whole("steps"),
    epoch: state.score("epoch"),
    dropoutSeed: readSeed(state),
  };
}

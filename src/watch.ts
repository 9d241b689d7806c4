/** Has a score stopped getting better? What early stopping and the plateau's learning rate ask after each epoch. */
import { checkName, checkNumber, checkOptions, checkWhole } from "./check.js";
import type { EpochReport } from "./fit.js";

const MONITORS = {
  loss: "falls",
  accuracy: "rises",
  r2: "rises",
  meanSquaredError: "falls",
  meanAbsoluteError: "falls",
} as const;

/** A score that is watched: of the validation rows; `"loss"` is the training loss where there are none. */
export type Monitor = keyof typeof MONITORS;

/** When a fit ends by itself. */
export interface EarlyStopping {
  /** Epochs without a better score before the fit ends, >= 1; 10 if left out. */
  patience?: number;
  /** How much better counts as better, >= 0; 0 if left out. */
  minDelta?: number;
  /** `"loss"` if left out. */
  monitor?: Monitor;
}

/** When the learning rate is lowered. */
export interface ReduceOnPlateau {
  /** What the rate is multiplied by, 0 < factor < 1; 0.1 if left out. */
  factor?: number;
  /** Epochs without a better score before each reduction, >= 1; 5 if left out. */
  patience?: number;
  /** How much better counts as better, >= 0; 0 if left out. */
  minDelta?: number;
  /** The rate is not reduced below this, >= 0; 0 if left out. */
  minRate?: number;
  /** `"loss"` if left out. */
  monitor?: Monitor;
}

export function checkEarlyStopping(call: string, options: unknown): Required<EarlyStopping> {
  checkOptions(call, options, ["patience", "minDelta", "monitor"]);
  const { patience = 10, minDelta = 0, monitor = "loss" } = options as EarlyStopping;
  checkWhole(call, "earlyStopping.patience", patience, 1);
  checkNumber(call, "earlyStopping.minDelta", minDelta, 0);
  checkName(call, "earlyStopping.monitor", monitor, MONITOR_NAMES);
  return { patience, minDelta, monitor };
}

export function checkPlateau(call: string, options: unknown): Required<ReduceOnPlateau> {
  checkOptions(call, options, ["factor", "patience", "minDelta", "minRate", "monitor"]);
  const { factor = 0.1, patience = 5, minDelta = 0, minRate = 0, monitor = "loss" } = options as ReduceOnPlateau;
  checkNumber(call, "reduceOnPlateau.factor", factor, Number.MIN_VALUE, 1 - Number.EPSILON);
  checkWhole(call, "reduceOnPlateau.patience", patience, 1);
  checkNumber(call, "reduceOnPlateau.minDelta", minDelta, 0);
  checkNumber(call, "reduceOnPlateau.minRate", minRate, 0);
  checkName(call, "reduceOnPlateau.monitor", monitor, MONITOR_NAMES);
  return { factor, patience, minDelta, minRate, monitor };
}

const MONITOR_NAMES = Object.keys(MONITORS) as Monitor[];

/** What a watch remembers: plain data, kept with a fit that is stopped. */
export interface WatchState {
  /** The best score so far and its epoch; none before the first. */
  best: { score: number; epoch: number } | undefined;
  /** Epochs since then, or since the last reduction. */
  wait: number;
}

/** Updates what is remembered; true if the epoch's score is the best so far. */
export function observe(state: WatchState, epoch: EpochReport, monitor: Monitor, minDelta: number): boolean {
  const score = monitored(epoch, monitor);
  const better =
    state.best === undefined ||
    (MONITORS[monitor] === "falls" ? score < state.best.score - minDelta : score > state.best.score + minDelta);
  if (better) state.best = { score, epoch: epoch.epoch };
  state.wait = better ? 0 : state.wait + 1;
  return better;
}

function monitored(epoch: EpochReport, monitor: Monitor): number {
  const scores = epoch.validation as Partial<Record<Monitor, number>> | undefined;
  return scores ? (scores[monitor] as number) : epoch.loss;
}

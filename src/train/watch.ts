/** Has a score stopped getting better? What early stopping and the plateau's learning rate ask after each epoch. */
import { checkName, checkNumber, checkOptions, checkWhole } from "../ground/check.js";

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
  /** Epochs without a better score before the fit ends, >= 1. Default: 10. */
  patience?: number;
  /** How much better counts as better, >= 0; also which weights are kept. Default: 0. */
  minDelta?: number;
  /** The same as a share of the best score so far, >= 0; the smaller of both counts. Default: none. */
  relativeDelta?: number;
  /** The score that is watched. Default: `"loss"`. */
  monitor?: Monitor;
}

/** When the learning rate is lowered. */
export interface ReduceOnPlateau {
  /** What the rate is multiplied by, 0 < factor < 1. Default: 0.1. */
  factor?: number;
  /** Epochs without a better score before each reduction, >= 1. Default: 5. */
  patience?: number;
  /** How much better counts as better, >= 0. Default: 0. */
  minDelta?: number;
  /** The rate is not reduced below this, >= 0. Default: 0. */
  minRate?: number;
  /** The score that is watched. Default: `"loss"`. */
  monitor?: Monitor;
}

/** Early stopping with its defaults. */
export type CheckedEarlyStopping = Required<Omit<EarlyStopping, "relativeDelta">> &
  Pick<EarlyStopping, "relativeDelta">;

export function checkEarlyStopping(call: string, options: unknown): CheckedEarlyStopping {
  checkOptions(call, options, ["patience", "minDelta", "relativeDelta", "monitor"], "earlyStopping");
  const { patience = 10, minDelta = 0, relativeDelta, monitor = "loss" } = options as EarlyStopping;
  checkWhole(call, "earlyStopping.patience", patience, 1);
  checkNumber(call, "earlyStopping.minDelta", minDelta, 0);
  if (relativeDelta !== undefined) checkNumber(call, "earlyStopping.relativeDelta", relativeDelta, 0);
  checkName(call, "earlyStopping.monitor", monitor, MONITOR_NAMES);
  return { patience, minDelta, relativeDelta, monitor };
}

export function checkPlateau(call: string, options: unknown): Required<ReduceOnPlateau> {
  checkOptions(call, options, ["factor", "patience", "minDelta", "minRate", "monitor"], "reduceOnPlateau");
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

/**
 * Updates what is remembered.
 * @returns whether the epoch's score is the best so far
 */
export function observe(
  state: WatchState,
  epoch: number,
  score: number,
  { monitor, minDelta, relativeDelta }: Pick<CheckedEarlyStopping, "monitor" | "minDelta" | "relativeDelta">,
): boolean {
  const { best } = state;
  const share = best && relativeDelta !== undefined ? relativeDelta * Math.abs(best.score) : minDelta;
  const delta = Math.min(minDelta, share);
  const better = !best || (MONITORS[monitor] === "falls" ? score < best.score - delta : score > best.score + delta);
  if (better) state.best = { score, epoch };
  state.wait = better ? 0 : state.wait + 1;
  return better;
}

/** Has a score stopped getting better? What early stopping and the plateau's learning rate ask after each epoch. */
import { checkName, checkNumber, checkOptions, checkWhole, show } from "../ground/check.js";

const MONITORS = {
  loss: "falls",
  accuracy: "rises",
  r2: "rises",
  meanSquaredError: "falls",
  meanAbsoluteError: "falls",
} as const;

/** A score that is watched: of the validation rows; `"loss"` is the training loss where there are none. */
export type Monitor = keyof typeof MONITORS;

/**
 * A score of your own that is watched, any metric for example. It stands in the epoch's report beside the others, as
 * `validation[name]`. What it throws ends the fit as what `onEpoch` throws does: after this epoch, whose score is then not watched,
 * and so does a score that is no finite number. For `fit` alone: a function cannot travel to a worker.
 * @example
 * const monitor = { name: "rocAuc", score: rocAuc, better: "higher" } as const;
 * const { epochs } = await net.fit(train, { epochs: 3, validation: 0.2, earlyStopping: { monitor } });
 * epochs[2].validation; // { loss, accuracy, rocAuc }
 */
export interface ScoreMonitor {
  /** What the score is called in reports: no name of a score that is there anyway. */
  name: string;
  /**
   * Called after each epoch, at once: no promise is awaited.
   * @param targets of the validation rows, flat, the dataset's own: read them, change nothing. Those of a `Regressor` are
   * standardised, as is what it answers here.
   * @param outputs what `predictProba` gives for these rows, [rows, outputs] row-major
   */
  score: (targets: ArrayLike<number>, outputs: Float32Array) => number;
  /** Which scores are better. */
  better: "higher" | "lower";
}

/** When a fit ends by itself. */
export interface EarlyStopping {
  /** Epochs without a better score before the fit ends, >= 1. Default: 10. */
  patience?: number;
  /** How much better counts as better, >= 0; also which weights are kept. Default: 0. */
  minDelta?: number;
  /** The same as a share of the best score so far, >= 0; the smaller of both counts. Default: none. */
  relativeDelta?: number;
  /** The score that is watched, by its name or as a function. Default: `"loss"`. */
  monitor?: Monitor | ScoreMonitor;
  /** Epochs at the start that are not watched, and of which none is the best, >= 0. Default: 0. */
  start?: number;
  /**
   * A score to be bettered, by `minDelta` too: until one is, epochs that are the best so far are waited through like any other, and
   * the fit ends after `patience` of them. Default: none.
   */
  baseline?: number;
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
  /** The score that is watched, by its name or as a function. Default: `"loss"`. */
  monitor?: Monitor | ScoreMonitor;
  /** Epochs after each reduction in which waiting does not count, >= 0. Default: 0. */
  cooldown?: number;
}

/** Early stopping with its defaults. */
export type CheckedEarlyStopping = Required<Omit<EarlyStopping, "relativeDelta" | "baseline">> &
  Pick<EarlyStopping, "relativeDelta" | "baseline">;

export function checkEarlyStopping(call: string, options: unknown): CheckedEarlyStopping {
  const known = ["patience", "minDelta", "relativeDelta", "monitor", "start", "baseline"];
  checkOptions(call, options, known, "earlyStopping");
  const { patience = 10, minDelta = 0, relativeDelta, monitor, start = 0, baseline } = options as EarlyStopping;
  checkWhole(call, "earlyStopping.patience", patience, 1);
  checkNumber(call, "earlyStopping.minDelta", minDelta, 0);
  if (relativeDelta !== undefined) checkNumber(call, "earlyStopping.relativeDelta", relativeDelta, 0);
  checkWhole(call, "earlyStopping.start", start, 0);
  if (baseline !== undefined) checkNumber(call, "earlyStopping.baseline", baseline);
  const checked = checkMonitor(call, "earlyStopping.monitor", monitor);
  return { patience, minDelta, relativeDelta, monitor: checked, start, baseline };
}

export function checkPlateau(call: string, options: unknown): Required<ReduceOnPlateau> {
  const known = ["factor", "patience", "minDelta", "minRate", "monitor", "cooldown"];
  checkOptions(call, options, known, "reduceOnPlateau");
  const { factor = 0.1, patience = 5, minDelta = 0, minRate = 0, monitor, cooldown = 0 } = options as ReduceOnPlateau;
  checkNumber(call, "reduceOnPlateau.factor", factor, Number.MIN_VALUE, 1 - Number.EPSILON);
  checkWhole(call, "reduceOnPlateau.patience", patience, 1);
  checkNumber(call, "reduceOnPlateau.minDelta", minDelta, 0);
  checkNumber(call, "reduceOnPlateau.minRate", minRate, 0);
  checkWhole(call, "reduceOnPlateau.cooldown", cooldown, 0);
  const checked = checkMonitor(call, "reduceOnPlateau.monitor", monitor);
  return { factor, patience, minDelta, minRate, monitor: checked, cooldown };
}

const MONITOR_NAMES = Object.keys(MONITORS) as Monitor[];

function checkMonitor(call: string, option: string, monitor: unknown = "loss"): Monitor | ScoreMonitor {
  if (typeof monitor !== "object" || monitor === null) {
    checkName(call, option, monitor, MONITOR_NAMES);
    return monitor;
  }
  checkOptions(call, monitor, ["name", "score", "better"], option);
  const { name, score, better } = monitor as ScoreMonitor;
  if (typeof name !== "string" || name === "" || MONITOR_NAMES.includes(name as Monitor)) {
    const Kind = typeof name === "string" ? RangeError : TypeError;
    throw new Kind(`${call}: ${option}.name must be a text other than ${MONITOR_NAMES.join(", ")}, got ${show(name)}.`);
  }
  if (typeof score !== "function") {
    throw new TypeError(`${call}: ${option}.score must be a function, got ${show(score)}.`);
  }
  checkName(call, `${option}.better`, better, ["higher", "lower"]);
  return { name, score, better };
}

/**
 * The scores of the user's own among what is watched, each once.
 * @throws TypeError if two have one name
 */
export function ownScores(call: string, monitors: readonly (Monitor | ScoreMonitor | undefined)[]): ScoreMonitor[] {
  const own = new Map<string, ScoreMonitor>();
  for (const monitor of monitors) {
    if (typeof monitor !== "object") continue;
    const { name, score } = own.get(monitor.name) ?? monitor;
    if (score !== monitor.score) {
      throw new TypeError(`${call}: monitor must have another name for another score, got ${show(name)} twice.`);
    }
    own.set(name, monitor);
  }
  return [...own.values()];
}

/** What a watch remembers: plain data, kept with a fit that is stopped. */
export interface WatchState {
  /** The best score so far and its epoch; none before the first. */
  best: { score: number; epoch: number } | undefined;
  /** Epochs since then, or since the last reduction. */
  wait: number;
  /** Epochs left in which waiting does not count; none unless the plateau has a cooldown. */
  cooldown?: number;
}

/** What is watched, and what counts as better. */
type Rule = Pick<CheckedEarlyStopping, "monitor" | "minDelta" | "relativeDelta" | "baseline"> &
  Pick<EarlyStopping, "start">;

/**
 * Updates what is remembered; nothing if there is no score.
 * @returns whether the epoch's score is the best so far
 */
export function observe(state: WatchState, epoch: number, score: number | undefined, rule: Rule): boolean {
  const { monitor, minDelta, relativeDelta, baseline, start = 0 } = rule;
  if (score === undefined || epoch < start) return false;
  const falls = typeof monitor === "object" ? monitor.better === "lower" : MONITORS[monitor] === "falls";
  const isBetter = (than: number) => {
    const share = relativeDelta === undefined ? minDelta : relativeDelta * Math.abs(than);
    const delta = Math.min(minDelta, share);
    return falls ? score < than - delta : score > than + delta;
  };
  const better = !state.best || isBetter(state.best.score);
  if (better) state.best = { score, epoch };
  state.wait = better && (baseline === undefined || isBetter(baseline)) ? 0 : state.wait + 1;
  return better;
}

/**
 * Updates what the plateau's watch remembers, as PyTorch's ReduceLROnPlateau does: bad epochs of a cooldown are forgotten.
 * @returns whether the rate is to be reduced
 */
export function observePlateau(
  state: WatchState,
  epoch: number,
  score: number | undefined,
  rule: Required<ReduceOnPlateau>,
): boolean {
  if (score === undefined) return false;
  observe(state, epoch, score, rule);
  if (state.cooldown) {
    state.cooldown--;
    state.wait = 0;
  }
  if (state.wait < rule.patience) return false;
  state.wait = 0;
  if (rule.cooldown > 0) state.cooldown = rule.cooldown;
  return true;
}

/** Learning rates over time: each schedule is a function of the count of steps and epochs done. */
import { checkName, checkNumber, checkOptions, show } from "../ground/check.js";
import { cosPi, power } from "../ground/math.js";

/** What a schedule sees: updates and epochs done so far, both counted from 0. */
export interface ScheduleTime {
  readonly step: number;
  readonly epoch: number;
}

/** A learning rate for every moment. */
export type Schedule = (time: ScheduleTime) => number;

/** A constant rate, or one that changes. */
export type LearningRate = number | Schedule;

/** What a schedule counts. */
export type ScheduleUnit = "epoch" | "step";

/** What {@link stepDecay}, {@link exponentialDecay} and {@link inverseTimeDecay} take. */
export interface DecayOptions {
  /** The rate at the start, >= 0. */
  initial: number;
  /** The factor (exponential, step) or the strength (inverse time), >= 0. */
  rate: number;
  /** Counts between two factors, > 0. */
  every: number;
  /** What is counted. Default: `"epoch"`. */
  unit?: ScheduleUnit;
}

/** What {@link cosineDecay} takes. */
export interface CosineOptions {
  /** The rate at the start, >= 0. */
  initial: number;
  /** The rate at the end and after it, >= 0. Default: 0. */
  final?: number;
  /** Counts until the end, > 0. */
  over: number;
  /** What is counted. Default: `"epoch"`. */
  unit?: ScheduleUnit;
}

/** What {@link warmup} takes. */
export interface WarmupOptions {
  /** Counts until the full rate, > 0. */
  over: number;
  /**
   * The rate that is warmed up to, and what follows. A schedule goes on counting from the very start; with `from` it counts from
   * the end of the warm-up, and must have its unit.
   */
  then: LearningRate;
  /** The rate at count 0, >= 0. Default: `then / over`, and the last count of the warm-up has `then`. */
  from?: number;
  /** What is counted. Default: `"epoch"`. */
  unit?: ScheduleUnit;
}

const DECAY_KEYS = ["initial", "rate", "every", "unit"];

/**
 * Steps down: `initial · rate^floor(t / every)`, t counting epochs (or steps).
 * @throws TypeError, RangeError on options outside their domain
 * @example
 * const learningRate = stepDecay({ initial: 0.1, rate: 0.5, every: 100 });
 * learningRate({ epoch: 250, step: 0 }); // 0.025
 */
export function stepDecay(options: DecayOptions): Schedule {
  const { initial, rate, every, unit } = checkDecay("stepDecay", options);
  return remember("stepDecay", options, unit, (t) => initial * power(rate, Math.floor(t / every)));
}

/**
 * Falls smoothly: `initial · rate^(t / every)`.
 * @throws TypeError, RangeError on options outside their domain
 * @example
 * const learningRate = exponentialDecay({ initial: 0.1, rate: 0.25, every: 10 });
 * learningRate({ epoch: 5, step: 0 }); // 0.05
 */
export function exponentialDecay(options: DecayOptions): Schedule {
  const { initial, rate, every, unit } = checkDecay("exponentialDecay", options);
  if (rate === 0) throw new RangeError("exponentialDecay: rate must be > 0, got 0.");
  return remember("exponentialDecay", options, unit, (t) => initial * power(rate, t / every));
}

/**
 * Falls ever more slowly: `initial / (1 + rate · t / every)`.
 * @throws TypeError, RangeError on options outside their domain
 * @example
 * const learningRate = inverseTimeDecay({ initial: 0.1, rate: 1, every: 10 });
 * learningRate({ epoch: 30, step: 0 }); // 0.025
 */
export function inverseTimeDecay(options: DecayOptions): Schedule {
  const { initial, rate, every, unit } = checkDecay("inverseTimeDecay", options);
  return remember("inverseTimeDecay", options, unit, (t) => initial / (1 + (rate * t) / every));
}

/**
 * Half a cosine from `initial` to `final`: `final + (initial - final) · (1 + cos(π · min(1, t / over))) / 2`
 * (Loshchilov and Hutter 2017, without restarts).
 * @throws TypeError, RangeError on options outside their domain
 * @example
 * const learningRate = cosineDecay({ initial: 0.1, over: 50 });
 * learningRate({ epoch: 25, step: 0 }); // 0.05
 */
export function cosineDecay(options: CosineOptions): Schedule {
  const call = "cosineDecay" as const;
  checkOptions(call, options, ["initial", "final", "over", "unit"]);
  const { initial, final = 0, over, unit = "epoch" } = options;
  checkNumber(call, "initial", initial, 0);
  checkNumber(call, "final", final, 0);
  checkPositive(call, "over", over);
  checkUnit(call, unit);
  return remember(call, options, unit, (t) => final + ((initial - final) * (1 + cosPi(Math.min(1, t / over)))) / 2);
}

/**
 * Rises in a line, then follows another rate: `then · (t + 1) / over` while t < over, `then` from there on. With `from` the line
 * goes from that rate to the first of `then`, `from + (then(0) - from) · t / over`, and `then` begins where it ends: `then(t - over)`,
 * as Keras' CosineDecay has it with a `warmup_target`.
 * @throws TypeError, RangeError on options outside their domain, or if `then` has another unit than a warm-up with `from`
 * @example
 * const learningRate = warmup({ over: 5, then: cosineDecay({ initial: 0.1, over: 50 }) });
 * learningRate({ epoch: 0, step: 0 }); // 0.02
 * const likeKeras = warmup({ from: 0.01, over: 5, then: cosineDecay({ initial: 0.1, over: 50 }) });
 * likeKeras({ epoch: 0, step: 0 }); // 0.01
 * likeKeras({ epoch: 5, step: 0 }); // 0.1
 */
export function warmup(options: WarmupOptions): Schedule {
  const call = "warmup" as const;
  checkOptions(call, options, ["over", "then", "from", "unit"]);
  const { over, then, from, unit = "epoch" } = options;
  checkPositive(call, "over", over);
  checkLearningRate(call, "then", then);
  checkUnit(call, unit);
  if (from === undefined) {
    return remember(call, options, unit, (t, time) => rateAt(then, time) * Math.min(1, (t + 1) / over));
  }
  checkNumber(call, "from", from, 0);
  const recipe = recipeOf(then);
  const { unit: other = "epoch" } = (typeof recipe === "object" ? recipe.options : { unit }) as Partial<WarmupOptions>;
  if (other !== unit) {
    throw new RangeError(`warmup: then must have the unit "${unit}" of a warm-up with from, got "${other}".`);
  }
  const after = (t: number, time: ScheduleTime) => rateAt(then, { ...time, [unit]: t });
  return remember(call, options, unit, (t, time) =>
    t < over ? from + ((after(0, time) - from) * t) / over : after(t - over, time),
  );
}

/** The schedules whose recipes src/train/recipes.ts can follow. */
export type ScheduleName =
  | ("stepDecay" | "exponentialDecay" | "inverseTimeDecay" | "cosineDecay" | "polynomialDecay" | "warmup")
  | ("cosineRestarts" | "piecewise" | "oneCycle");

/** How a rate was made: plain data, from which another thread makes it again. */
export type Recipe = number | { readonly name: ScheduleName; readonly options: object; readonly then?: Recipe };

const recipes = new WeakMap<Schedule, Recipe>();

/** The schedule of a rate by count, with its recipe. */
export function remember(
  name: ScheduleName,
  options: object,
  unit: ScheduleUnit,
  rate: (t: number, time: ScheduleTime) => number,
): Schedule {
  const schedule: Schedule = (time) => {
    const t = time?.[unit];
    if (typeof t !== "number") throw new TypeError(`${name}: time must hold the ${unit} as a number, got ${show(t)}.`);
    return rate(t, time);
  };
  const { then, ...rest } = options as Partial<WarmupOptions>;
  const inner = then === undefined ? undefined : recipeOf(then);
  // What a function of the user's own is warmed up to cannot be told.
  if (then === undefined || inner !== undefined) recipes.set(schedule, { name, options: rest, then: inner });
  return schedule;
}

/** How a rate was made; undefined for functions that are none of the schedules here. */
export function recipeOf(rate: LearningRate): Recipe | undefined {
  return typeof rate === "function" ? recipes.get(rate) : rate;
}

/** The rate at a moment. */
export function rateAt(rate: LearningRate, time: ScheduleTime): number {
  return typeof rate === "number" ? rate : rate(time);
}

/** The largest float32: what a kernel is given. A larger rate would be infinite there. */
export const MAX_RATE = (2 - 2 ** -23) * 2 ** 127;

/** A number >= 0 or a function; what becomes of it is checked again when it is used. */
export function checkLearningRate(call: string, name: string, rate: unknown): asserts rate is LearningRate {
  if (typeof rate !== "function") checkNumber(call, name, rate, 0);
}

/** A rate as a kernel is given it: a number from 0 to the largest float32. */
export function checkRate(call: string, name: string, rate: unknown): asserts rate is number {
  checkNumber(call, name, rate, 0);
  if (rate > MAX_RATE) throw new RangeError(`${call}: ${name} must be a number that float32 holds, got ${rate}.`);
}

function checkDecay(call: string, options: DecayOptions): Required<DecayOptions> {
  checkOptions(call, options, DECAY_KEYS);
  const { initial, rate, every, unit = "epoch" } = options;
  checkNumber(call, "initial", initial, 0);
  checkNumber(call, "rate", rate, 0);
  checkPositive(call, "every", every);
  checkUnit(call, unit);
  return { initial, rate, every, unit };
}

/** Refuses what nothing counts. */
export function checkUnit(call: string, unit: unknown): asserts unit is ScheduleUnit {
  checkName(call, "unit", unit, ["epoch", "step"]);
}

/** Checks that a value is a finite number above 0. */
export function checkPositive(call: string, name: string, value: unknown): asserts value is number {
  checkNumber(call, name, value, 0);
  if (value === 0) throw new RangeError(`${call}: ${name} must be > 0, got 0.`);
}

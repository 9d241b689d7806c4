/** Further learning rates over time: powers, restarts, steps at given counts, one rise and fall. */
import { checkNumber, checkOptions, checkShare, isWalkable, show } from "../ground/check.js";
import { cosPi, log, power } from "../ground/math.js";
import { checkPositive, checkUnit, remember, type Schedule, type ScheduleUnit } from "./schedules.js";

/** What {@link polynomialDecay} takes. */
export interface PolynomialOptions {
  /** The rate at the start, >= 0. */
  initial: number;
  /** The rate at the end and after it, >= 0. Default: 0. */
  final?: number;
  /** The exponent, > 0: 1 is a line, more falls faster at first. Default: 1. */
  power?: number;
  /** Counts until the end, > 0. */
  over: number;
  /** What is counted. Default: `"epoch"`. */
  unit?: ScheduleUnit;
}

/** What {@link cosineRestarts} takes. */
export interface RestartOptions {
  /** The rate at the start of each period, >= 0. */
  initial: number;
  /** The rate that each period falls to, >= 0. Default: 0. */
  final?: number;
  /** Counts of the first period, > 0. */
  period: number;
  /** How many times as long as the one before each period is: 1, or 1.001 at least. Default: 1. */
  factor?: number;
  /** What is counted. Default: `"epoch"`. */
  unit?: ScheduleUnit;
}

/** What {@link piecewise} takes. */
export interface PiecewiseOptions {
  /** The rates, each >= 0: one more than there are boundaries. */
  rates: readonly number[];
  /** The last count of each rate but the last one, >= 0 and rising. */
  boundaries: readonly number[];
  /** What is counted. Default: `"epoch"`. */
  unit?: ScheduleUnit;
}

/** What {@link oneCycle} takes. */
export interface OneCycleOptions {
  /** The highest rate, >= 0. */
  peak: number;
  /** Counts in all, > 0: of epochs what `epochs` of the fit says, of steps that times the updates of an epoch. */
  over: number;
  /** The share of the counts in which the rate rises, between 0 and 1. Default: 0.3. */
  rise?: number;
  /** What the peak is divided by at the start, > 0. Default: 25. */
  initialDivisor?: number;
  /** What the rate of the start is divided by at the end, > 0. Default: 10,000. */
  finalDivisor?: number;
  /** What is counted. Default: `"epoch"`. */
  unit?: ScheduleUnit;
}

/**
 * Falls as a power of what is left: `final + (initial - final) · (1 - min(1, t / over))^power`, as Keras' PolynomialDecay without
 * cycles.
 * @throws TypeError, RangeError on options outside their domain
 * @example
 * const learningRate = polynomialDecay({ initial: 0.1, power: 2, over: 50 });
 * learningRate({ epoch: 25, step: 0 }); // 0.025
 */
export function polynomialDecay(options: PolynomialOptions): Schedule {
  const call = "polynomialDecay" as const;
  checkOptions(call, options, ["initial", "final", "power", "over", "unit"]);
  const { initial, final = 0, power: exponent = 1, over, unit = "epoch" } = options;
  checkNumber(call, "initial", initial, 0);
  checkNumber(call, "final", final, 0);
  checkPositive(call, "power", exponent);
  checkPositive(call, "over", over);
  checkUnit(call, unit);
  return remember(call, options, unit, (t) => {
    const left = 1 - Math.min(1, t / over);
    return left === 0 ? final : final + (initial - final) * power(left, exponent);
  });
}

/**
 * Half a cosine from `initial` to `final` in each period, then `initial` again (SGDR; Loshchilov and Hutter 2017): `final + (initial -
 * final) · (1 + cos(π · p)) / 2`, p being the share of the period that is over, so that the count that begins a period has `initial`.
 * Period n, from 0 on, has `period · factor^n` counts.
 * @throws TypeError, RangeError on options outside their domain
 * @example
 * const learningRate = cosineRestarts({ initial: 0.1, period: 10, factor: 2 });
 * learningRate({ epoch: 5, step: 0 }); // 0.05
 * learningRate({ epoch: 10, step: 0 }); // 0.1
 * learningRate({ epoch: 20, step: 0 }); // 0.05
 */
export function cosineRestarts(options: RestartOptions): Schedule {
  const call = "cosineRestarts" as const;
  checkOptions(call, options, ["initial", "final", "period", "factor", "unit"]);
  const { initial, final = 0, period, factor = 1, unit = "epoch" } = options;
  checkNumber(call, "initial", initial, 0);
  checkNumber(call, "final", final, 0);
  checkPositive(call, "period", period);
  checkNumber(call, "factor", factor, 1);
  // Between them sums of powers lose the digits that tell where a period begins.
  if (factor > 1 && factor < 1.001)
    throw new RangeError(`${call}: factor must be 1, or 1.001 at least, got ${factor}.`);
  checkUnit(call, unit);
  const made = { initial, final, period, factor, unit };
  return remember(call, made, unit, (t) => anneal(initial, final, shareOver(Math.max(0, t / period), factor)));
}

/**
 * A rate that is constant between boundaries, as Keras' PiecewiseConstantDecay: `rates[0]` up to and with the count
 * `boundaries[0]`, `rates[1]` from the next one up to and with `boundaries[1]`, and so on; the last rate after the last boundary.
 * @throws TypeError, RangeError on options outside their domain, or if the counts of rates and boundaries do not fit
 * @example
 * const learningRate = piecewise({ rates: [0.1, 0.01, 0.001], boundaries: [30, 60] });
 * learningRate({ epoch: 30, step: 0 }); // 0.1
 * learningRate({ epoch: 31, step: 0 }); // 0.01
 */
export function piecewise(options: PiecewiseOptions): Schedule {
  const call = "piecewise" as const;
  checkOptions(call, options, ["rates", "boundaries", "unit"]);
  const { unit = "epoch" } = options;
  const rates = copyNumbers(call, "rates", options.rates);
  const boundaries = copyNumbers(call, "boundaries", options.boundaries);
  if (rates.length !== boundaries.length + 1) {
    throw new RangeError(
      `${call}: rates must hold one number more than boundaries, got ${rates.length} and ${boundaries.length}.`,
    );
  }
  const fall = boundaries.findIndex((boundary, i) => i > 0 && boundary <= boundaries[i - 1]);
  if (fall > 0) {
    throw new RangeError(`${call}: boundaries must rise, got ${boundaries[fall]} after ${boundaries[fall - 1]}.`);
  }
  checkUnit(call, unit);
  return remember(call, { rates, boundaries, unit }, unit, (t) => {
    const next = boundaries.findIndex((boundary) => t <= boundary);
    return rates[next < 0 ? boundaries.length : next];
  });
}

/**
 * One rise to `peak` and one fall, each half a cosine (Smith and Topin 2018), with the conventions of PyTorch's OneCycleLR: from
 * `peak / initialDivisor` at count 0 to `peak` at count `rise · over - 1`, from there to `peak / initialDivisor / finalDivisor` at
 * count `over - 1`, the last one, and that rate after it. The momentum is left as it is.
 * @throws TypeError, RangeError on options outside their domain
 * @example
 * const learningRate = oneCycle({ peak: 0.5, over: 100 });
 * learningRate({ epoch: 0, step: 0 }); // 0.02
 * learningRate({ epoch: 29, step: 0 }); // 0.5
 * learningRate({ epoch: 99, step: 0 }); // 0.000002
 */
export function oneCycle(options: OneCycleOptions): Schedule {
  const call = "oneCycle" as const;
  checkOptions(call, options, ["peak", "over", "rise", "initialDivisor", "finalDivisor", "unit"]);
  const { peak, over, rise = 0.3, initialDivisor = 25, finalDivisor = 1e4, unit = "epoch" } = options;
  checkNumber(call, "peak", peak, 0);
  checkPositive(call, "over", over);
  checkShare(call, "rise", rise);
  checkPositive(call, "initialDivisor", initialDivisor);
  checkPositive(call, "finalDivisor", finalDivisor);
  checkUnit(call, unit);
  const initial = peak / initialDivisor;
  const final = initial / finalDivisor;
  const top = rise * over - 1;
  return remember(call, { peak, over, rise, initialDivisor, finalDivisor, unit }, unit, (t) =>
    t < top
      ? anneal(initial, peak, Math.max(0, t / top))
      : anneal(peak, final, Math.min(1, (t - top) / (over - 1 - top))),
  );
}

/** Half a cosine from one rate to another, of which a share from 0 to 1 is over. */
function anneal(from: number, to: number, share: number): number {
  return to + ((from - to) * (1 + cosPi(share))) / 2;
}

/**
 * The share of its period that is over after so many first periods; 1 where periods are too short for any number to tell. Period n
 * begins after (factor^n - 1) / (factor - 1) of them.
 */
function shareOver(periods: number, factor: number): number {
  if (!(periods < Number.POSITIVE_INFINITY)) return periods > 0 ? 1 : periods;
  if (factor === 1) return periods % 1;
  const start = (n: number) => (power(factor, n) - 1) / (factor - 1);
  const reached = Math.min(periods * (factor - 1) + 1, Number.MAX_VALUE);
  let n = Math.floor(log(reached) / log(factor));
  // The logarithm is rounded: where a period begins it may be one off.
  if (periods < start(n)) n--;
  else if (periods >= start(n + 1)) n++;
  return Math.min(1, Math.max(0, (periods - start(n)) / power(factor, n)));
}

function copyNumbers(call: string, name: string, list: unknown): number[] {
  if (!Array.isArray(list) || !isWalkable(list)) {
    throw new TypeError(`${call}: ${name} must be a list of numbers, got ${show(list)}.`);
  }
  return Array.from(list as unknown[], (value, i) => {
    checkNumber(call, `${name}[${i}]`, value, 0);
    return value;
  });
}

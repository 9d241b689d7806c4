/** The search along a line for a step that meets the strong Wolfe conditions (Nocedal and Wright 2006, algorithms 3.5 and 3.6). */

/** What is known of one step along the line. */
export interface Trial {
  readonly step: number;
  readonly loss: number;
  readonly dataLoss: number;
  /** The derivative of the loss along the line. */
  readonly slope: number;
  /** Parameters and gradient there. */
  readonly x: Float64Array;
  readonly gradient: Float64Array;
}

type At = (step: number) => Generator<number, Trial | undefined>;

/** c₁ and c₂: the share of the slope's promise that a step must keep, and of the slope that may be left. */
const DECREASE = 1e-4;
const CURVATURE = 0.9;

/** What float32 leaves open of a loss: a share of it. */
export const ROUNDING = 2 ** -23;

/**
 * @param at tries a step
 * @param start step 0, whose slope is negative
 * @param first the step to try first
 * @param most trials
 * @returns a trial that meets the conditions, or the best there was if it made the loss smaller; "none" if none did; undefined if
 * a trial was ended by the signal
 */
export function* searchLine(
  at: At,
  start: Trial,
  first: number,
  most: number,
): Generator<number, Trial | "none" | undefined> {
  let before = start;
  let step = first;
  for (let left = most; left > 0; left--) {
    const trial = yield* at(step);
    if (!trial) return undefined;
    if (!isLess(trial, start) || (before !== start && trial.loss >= before.loss)) {
      return yield* zoom(at, start, before, trial, left - 1);
    }
    if (isFlat(trial, start)) return trial;
    if (trial.slope >= 0) return yield* zoom(at, start, trial, before, left - 1);
    const guess = minimumBetween(before, trial);
    step = guess > 1.5 * trial.step ? Math.min(guess, 10 * trial.step) : 2 * trial.step;
    before = trial;
  }
  return before;
}

/** Between a low end, the best so far, and a high end there is a step that meets the conditions. */
function* zoom(
  at: At,
  start: Trial,
  low: Trial,
  high: Trial,
  left: number,
): Generator<number, Trial | "none" | undefined> {
  for (; left > 0; left--) {
    const width = high.step - low.step;
    const share = (minimumBetween(low, high) - low.step) / width;
    const trial = yield* at(low.step + width * (share >= 0.1 && share <= 0.9 ? share : share < 0.1 ? 0.1 : 0.5));
    if (!trial) return undefined;
    if (!isLess(trial, start) || trial.loss >= low.loss) high = trial;
    else {
      if (isFlat(trial, start)) return trial;
      if (trial.slope * width >= 0) high = low;
      low = trial;
    }
  }
  return low.step > 0 && low.loss < start.loss ? low : "none";
}

/** The first condition; not met by a loss that is not finite. */
function isLess({ step, loss }: Trial, start: Trial): boolean {
  return loss <= start.loss + DECREASE * step * start.slope + ROUNDING * Math.abs(start.loss);
}

/** The second condition. */
function isFlat({ slope }: Trial, start: Trial): boolean {
  return Math.abs(slope) <= -CURVATURE * start.slope;
}

/** Where the cubic through two losses and their slopes is least (equation 3.59); NaN where there is no such place. */
function minimumBetween(a: Trial, b: Trial): number {
  const d1 = a.slope + b.slope - (3 * (a.loss - b.loss)) / (a.step - b.step);
  const d2 = Math.sign(b.step - a.step) * Math.sqrt(d1 * d1 - a.slope * b.slope);
  return b.step - ((b.step - a.step) * (b.slope + d2 - d1)) / (b.slope - a.slope + 2 * d2);
}

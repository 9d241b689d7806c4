/** Checks of what metrics take. */
import { checkNumber, checkWhole, show } from "./check.js";
import { forEachSlice } from "./slices.js";

type Numbers = ArrayLike<number>;

/** What a metric takes as prediction: its name, the range of its numbers, and how many each row may have. */
export interface Form {
  readonly name: string;
  readonly whole?: boolean;
  readonly low: number;
  readonly high: number;
  readonly most: number;
  readonly least?: number;
}

export const IDS: Form = { name: "predicted", whole: true, low: 0, high: Number.MAX_SAFE_INTEGER, most: 1 };
export const SCORES: Form = { name: "scores", low: -Infinity, high: Infinity, most: Infinity };
// Written out: what is spread some bundlers keep, also where nothing needs it.
export const VALUES: Form = { name: "predicted", low: -Infinity, high: Infinity, most: 1 };
export const PROBABILITIES: Form = { name: "probabilities", low: 0, high: 1, most: Infinity };

/** Checks the arguments of every metric but confusionMatrix; returns how many numbers of the prediction each row has. */
export function* checkPair(call: string, truth: Numbers, predicted: Numbers, form: Form): Generator<number, number> {
  const { name, most, least = 1 } = form;
  for (const [label, list] of Object.entries({ truth, [name]: predicted })) {
    const length = typeof list === "object" ? list?.length : undefined;
    if (length === undefined) throw new TypeError(`${call}: ${label} must be a list of numbers, got ${show(list)}.`);
    if (!(length > 0)) throw new RangeError(`${call}: ${label} must hold at least one number, got ${show(list)}.`);
  }
  const width = predicted.length / truth.length;
  if (!Number.isInteger(width) || width < least || width > most) {
    const few = ["", "one number", "one number or two"][most];
    const wanted = few ?? `the same count of numbers${least > 1 ? `, at least ${least},` : ""}`;
    throw new RangeError(
      `${call}: ${name} must hold ${wanted} for each row of truth, got ${predicted.length} for ${truth.length} rows.`,
    );
  }
  // A single probability or score is that of class 1 of two.
  yield* checkEach(call, "truth", truth, most === 1 ? form : { ...IDS, high: Math.max(width, 2) - 1 });
  yield* checkEach(call, name, predicted, form);
  return width;
}

function checkEach(call: string, name: string, list: Numbers, { whole, low, high }: Form): Generator<number, void> {
  const passes = whole ? Number.isSafeInteger : Number.isFinite;
  return forEachSlice(list.length, (from, to) => {
    for (let i = from; i < to; i++) {
      if (passes(list[i]) && list[i] >= low && list[i] <= high) continue;
      // Only here: to name every number would cost more than the metric.
      if (whole) checkWhole(call, `${name}[${i}]`, list[i], low, high);
      else checkNumber(call, `${name}[${i}]`, list[i], low, high);
    }
  });
}

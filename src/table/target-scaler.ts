/** Values as networks learn them: standardised numbers. */
import { isRecord } from "../file/json.js";
import { checkName, show } from "../ground/check.js";
import { LongList } from "../ground/long-list.js";
import { exp, log } from "../ground/math.js";
import { fillSlices, forEachSlice } from "../ground/slices.js";
import { square, standardisationSlices } from "../ground/statistics.js";
import { type Form, readForm } from "./forms.js";
import { targetForm } from "./infer-kind.js";
import { locate } from "./locate.js";
import { pickWeights } from "./row-weights.js";
import { readTargets, type TargetCells, type TargetEncoder } from "./target-encoder.js";

/** In which form values are learned: their logarithms, as they are, or as rows that are held out choose. */
export type Transform = "log" | "none" | "auto";

/** How a network learns amounts whose errors are the larger the larger they are. */
export interface LogScale {
  /** Added before the logarithm is taken: 0, or where there are values of 0 the smallest other one. */
  readonly offset: number;
  /** The smallest value of the fit: less counts as that. */
  readonly least: number;
  /** What answers are multiplied by: a mean of logarithms is the logarithm of less than the mean (smearing; Duan 1983). */
  factor: number;
}

/**
 * Turns values in their own unit into what a network learns, `(value - mean) / deviation`, and back; or the logarithm of values, mean and
 * deviation being those of the logarithms.
 */
export class TargetScaler implements TargetEncoder {
  readonly output = "linear";
  readonly outputs = 1;

  constructor(
    readonly target: string,
    readonly mean: number,
    /** 1 if the values do not vary. */
    readonly deviation: number,
    /** How values are written where they are text: "$10,300"; undefined for plain numbers. */
    readonly form?: Form,
    readonly log?: LogScale,
  ) {}

  read(call: string, rows: readonly object[], markers: ReadonlySet<string>): Generator<number, Float64Array> {
    const { target, form } = this;
    return readTargets(call, rows, target, markers, (value, r) => readValue(call, target, form, value, r));
  }

  encode(values: ArrayLike<number>): Generator<number, Float32Array> {
    return fillSlices(new Float32Array(values.length), (i) => (this.curve(values[i]) - this.mean) / this.deviation);
  }

  /** The value, or its logarithm. */
  private curve(value: number): number {
    const scale = this.log;
    return scale ? log(Math.max(value, scale.least) + scale.offset) : value;
  }

  stretch(values: ArrayLike<number>, weights?: ArrayLike<number>): number {
    const own = log(this.deviation);
    if (!this.log) return own;
    let [sum, total] = [0, 0];
    for (let i = 0; i < values.length; i++) {
      const weight = weights ? weights[i] : 1;
      sum += weight * this.curve(values[i]);
      total += weight;
    }
    return own + sum / total;
  }

  /** Has answers be right in the mean over the values that they are for: only logarithms need it. */
  fitMean(values: ArrayLike<number>, answers: ArrayLike<number>, weights?: ArrayLike<number>): void {
    const scale = this.log;
    if (!scale) return;
    let [truth, answered] = [0, 0];
    for (let i = 0; i < values.length; i++) {
      const weight = weights ? weights[i] : 1;
      truth += weight * (Math.max(values[i], scale.least) + scale.offset);
      answered += weight * (this.plain(answers[i]) + scale.offset);
    }
    const factor = truth / answered;
    if (factor > 0 && factor < Number.POSITIVE_INFINITY) scale.factor = factor;
  }

  /** What a network answers, in the target's own unit. */
  decode(answer: number): number {
    const scale = this.log;
    return scale ? exp(this.mean + answer * this.deviation) * scale.factor - scale.offset : this.plain(answer);
  }

  /** The same of what is no mean: the end of an interval. */
  plain(answer: number): number {
    const learned = this.mean + answer * this.deviation;
    return this.log ? exp(learned) - this.log.offset : learned;
  }

  toJSON(): { mean: number; deviation: number; form?: Form; log?: LogScale } {
    const { mean, deviation, form, log } = this;
    return { mean, deviation, ...(form && { form }), ...(log && { log: { ...log } }) };
  }
}

/**
 * Reads the values of the rows: finite numbers, or text that is one, all written in one form.
 * @throws TypeError on other targets
 */
export function* readValues(
  call: string,
  rows: readonly object[],
  target: string,
  markers: ReadonlySet<string>,
  transform: Transform = "auto",
): Generator<number, TargetCells<TargetScaler>> {
  checkName(call, "transform", transform, ["auto", "log", "none"]);
  const values = new LongList<unknown>();
  const keep = (value: unknown) => {
    values.push(value);
    return 0;
  };
  yield* readTargets(call, rows, target, markers, keep);
  const { form, guess } = yield* targetForm(call, target, values);
  const targets = yield* fillSlices(new Float64Array(rows.length), (r) =>
    readValue(call, target, form, values.at(r), r),
  );
  return {
    targets,
    guess,
    *learn(rowNumbers, all) {
      const known = yield* fillSlices(new Float64Array(rowNumbers.length), (i) => targets[rowNumbers[i]]);
      const weights = yield* pickWeights(all, rowNumbers);
      const plain = transform === "log" ? [] : [yield* learnPlain(target, known, form, weights)];
      const logs = transform === "none" ? undefined : yield* learnLogs(call, target, known, form, transform, weights);
      return logs ? [...plain, logs] : plain;
    },
  };
}

/** Mean and standard deviation over rows, not rows - 1. */
function* learnPlain(
  target: string,
  values: Float64Array,
  form: Form | undefined,
  weights: Float64Array | undefined,
): Generator<number, TargetScaler> {
  const { mean, deviation } = yield* standardisationSlices(values, weights);
  return new TargetScaler(target, mean, deviation, form);
}

/** Amounts so much skewed at least are tried as logarithms: those of an exponential distribution are by 2. */
const SKEWED = 1;

/**
 * @returns undefined if it is for the fit to choose, and logarithms are not worth a try
 * @throws RangeError if they are asked for and there are none
 */
function* learnLogs(
  call: string,
  target: string,
  values: Float64Array,
  form: Form | undefined,
  transform: Transform,
  weights: Float64Array | undefined,
): Generator<number, TargetScaler | undefined> {
  const { mean, deviation } = yield* standardisationSlices(values, weights);
  let [least, positive, cubes, total] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 0];
  yield* forEachSlice(values.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const value = values[i];
      if (value < least) least = value;
      if (value > 0 && value < positive) positive = value;
      const weight = weights ? weights[i] : 1;
      cubes += weight * (square((value - mean) / deviation) * ((value - mean) / deviation));
      total += weight;
    }
  });
  const hasLogs = least >= 0 && positive < Number.POSITIVE_INFINITY;
  if (transform === "log" && !hasLogs) {
    throw new RangeError(
      `${call}: target ${show(target)} must be >= 0 for transform: "log", got ${least}. Pass "none".`,
    );
  }
  if (!hasLogs || (transform === "auto" && !(cubes / total > SKEWED))) return undefined;
  const offset = least > 0 ? 0 : positive;
  const logs = yield* fillSlices(new Float64Array(values.length), (i) => log(values[i] + offset));
  const own = yield* standardisationSlices(logs, weights);
  return new TargetScaler(target, own.mean, own.deviation, form, { offset, least, factor: 1 });
}

/** Whether it is what a file keeps of logarithms. */
export function isLogScale(data: unknown): data is LogScale {
  if (!isRecord(data)) return false;
  const { offset, least, factor } = data as unknown as LogScale;
  const areNumbers = [offset, least, factor].every(Number.isFinite);
  return areNumbers && offset >= 0 && least >= 0 && offset + least > 0 && factor > 0;
}

/** A number, or a text that is one. */
function readValue(call: string, target: string, form: Form | undefined, value: unknown, r: number): number {
  const number = typeof value === "string" ? readForm(value, form) : value;
  if (typeof number === "number" && Number.isFinite(Math.fround(number))) return number;
  const remedy = typeof value === "bigint" ? " Convert it by Number()." : "";
  const message = `${call}: targets must be finite numbers, got ${show(value)} at row ${r}.${remedy}`;
  throw locate(new TypeError(message), r, target);
}

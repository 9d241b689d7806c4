/** Values as networks learn them: standardised numbers. */
import { isRecord } from "../file/json.js";
import { show } from "../ground/check.js";
import { exp, log } from "../ground/math.js";
import { fillSlices } from "../ground/slices.js";
import { meanOver } from "../ground/statistics.js";
import { type Loss, pointPlaces } from "../net/design.js";
import type { CoverageOptions } from "./conformal.js";
import { type Form, isForm, readForm } from "./forms.js";
import type { HeldFacts } from "./held-facts.js";
import { intervals } from "./intervals.js";
import { locate } from "./locate.js";
import { isKnownMarker, isMissingNumber } from "./missing.js";
import { type RegressorScores, scoreValues } from "./regressor-scores.js";
import type { Scorer } from "./score-rows.js";
import { type Columns, readTargets, refuseMissing, type TargetEncoder } from "./target-encoder.js";
import { type HasLoss, isKeptLoss, judgeLosses, type KeptLoss, levelsOf, networkLoss } from "./target-loss.js";

/** Targets, answers to their rows, what sorts, and what rows count. */
type Scored = Parameters<Scorer<RegressorScores>["score"]>;

/** In which form values are learned: their logarithms, as they are, or as rows that are held out choose. */
export type Transform = "log" | "none" | "auto";

/** Answers below count as this where their square root is divided by. */
const LEAST_MEAN = 1e-6;

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
 * deviation being those of the logarithms; or, of counts, `value / mean`: then the mean here is 0, and the deviation theirs.
 */
export class TargetScaler implements TargetEncoder, HasLoss {
  readonly output: "linear" | "exponential";
  /** One, or one for each quantile. */
  readonly outputs: number;
  /** The output that is the prediction: of quantiles that of the level next to a half, the lower one of two. */
  private readonly point: number;

  constructor(
    readonly target: string,
    readonly mean: number,
    /** 1 if the values do not vary. */
    readonly deviation: number,
    /** How values are written where they are text: "$10,300"; undefined for plain numbers. */
    readonly form?: Form,
    readonly log?: LogScale,
    /** What is made small, if it is not squares. */
    readonly loss?: KeptLoss,
  ) {
    this.output = loss === "poisson" ? "exponential" : "linear";
    const levels = levelsOf(loss);
    this.outputs = levels?.length ?? 1;
    this.point = levels ? pointPlaces({ quantiles: levels })[0] : 0;
  }

  /** The network's; undefined for the one that belongs to its output. */
  get networkLoss(): Loss | undefined {
    return networkLoss(this.loss);
  }

  read(call: string, rows: Columns, markers: ReadonlySet<string>): Generator<number, Float64Array> {
    const { target, form, loss } = this;
    const reading = { target, form, loss, markers };
    return readTargets(call, rows, target, markers, (value, r) => readValue(call, reading, value, r));
  }

  encode(values: ArrayLike<number>): Generator<number, Float32Array> {
    return fillSlices(new Float32Array(values.length), (i) => (this.curve(values[i]) - this.mean) / this.deviation);
  }

  /** The value, or its logarithm. */
  private curve(value: number): number {
    const scale = this.log;
    return scale ? log(Math.max(value, scale.least) + scale.offset) : value;
  }

  *stretch(values: ArrayLike<number>, weights?: ArrayLike<number>): Generator<number, number> {
    const own = log(this.deviation);
    return this.log ? own + (yield* meanOver(values.length, (i) => this.curve(values[i]), weights)) : own;
  }

  /** Has answers be right in the mean over the values that they are for: only logarithms need it. */
  *fitMean(
    values: ArrayLike<number>,
    answers: ArrayLike<number>,
    weights?: ArrayLike<number>,
  ): Generator<number, void> {
    const scale = this.log;
    // Medians and quantiles of logarithms are logarithms of such.
    if (!scale || this.loss) return;
    const { length } = values;
    const truth = yield* meanOver(length, (i) => Math.max(values[i], scale.least) + scale.offset, weights);
    const answered = yield* meanOver(length, (i) => this.plain(answers[i]) + scale.offset, weights);
    const factor = truth / answered;
    if (factor > 0 && factor < Number.POSITIVE_INFINITY) scale.factor = factor;
  }

  get judge(): TargetEncoder["judge"] {
    const { loss } = this;
    return (
      loss && ((learned, answers, weights) => judgeLosses(loss, learned, (r) => this.sortedAt(answers, r), weights))
    );
  }

  /** The predictions among answers to rows, [rows, outputs], as they are learned. */
  *points(answers: Float32Array): Generator<number, Float32Array> {
    const { outputs } = this;
    if (outputs === 1) return answers;
    return yield* fillSlices(new Float32Array(answers.length / outputs), (r) => this.pointAt(answers, r));
  }

  /** The prediction among the answers to row `r`, as it is learned. */
  pointAt(answers: Float32Array, r: number): number {
    return this.outputs === 1 ? answers[r] : this.sortedAt(answers, r)[this.point];
  }

  /** What is learned of the quantiles of row `r`, ascending: outputs may cross, their order may not. */
  sortedAt(answers: Float32Array, r: number): Float32Array {
    return answers.slice(r * this.outputs, (r + 1) * this.outputs).sort();
  }

  /** The prediction of row `r`, in the target's own unit. */
  valueAt(answers: Float32Array, r: number): number {
    return this.decode(this.pointAt(answers, r));
  }

  /** Quantiles of row `r` in the target's own unit, ascending as their levels are. */
  quantilesAt(answers: Float32Array, r: number): number[] {
    return Array.from(this.sortedAt(answers, r), (answer) => this.decode(answer));
  }

  /** As {@link scoreValues}: an app that loads no such model need not carry it. */
  score(...given: Scored): Generator<number, RegressorScores> {
    return scoreValues(this, ...given);
  }

  intervals(call: string, held: HeldFacts | undefined, options: CoverageOptions): ReturnType<typeof intervals> {
    return intervals(call, this, held, options);
  }

  /** The levels of quantiles, ascending; undefined of other losses. */
  get levels(): readonly number[] | undefined {
    return levelsOf(this.loss);
  }

  /** How far from an answer right values lie, up to a factor: of counts the square root of their mean, else as far everywhere. */
  spreadAt(answer: number): number {
    return this.loss === "poisson" ? Math.sqrt(Math.max(answer, LEAST_MEAN)) : 1;
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

  /** Itself in a few words. */
  toString(): string {
    const { mean, deviation, log, loss } = this;
    const [middle, spread] = [mean, deviation].map((number) => Number(number.toPrecision(4)));
    if (loss === "poisson") return `counts, in the mean ${spread}`;
    const lost = loss ? `, loss ${typeof loss === "string" ? loss : `of quantiles ${loss.quantiles.join(", ")}`}` : "";
    return `${middle} ± ${spread}${log ? ", in logarithms" : ""}${lost}`;
  }

  toJSON(): { mean: number; deviation: number; form?: Form; log?: LogScale; loss?: KeptLoss } {
    const { mean, deviation, form, log, loss } = this;
    return { mean, deviation, ...(form && { form }), ...(log && { log: { ...log } }), ...(loss && { loss }) };
  }
}

/**
 * What a file holds of it.
 * @throws Error saying what is wrong with it
 */
export function readScaler(call: string, target: string, data: unknown): TargetScaler {
  const { mean, deviation, form, log, loss } = (data ?? {}) as Partial<TargetScaler>;
  const isUnit = Number.isFinite(mean) && Number.isFinite(deviation) && (deviation as number) > 0;
  if (!isKeptLoss(loss)) throw new Error(`${call}: the file must hold a loss of values, got ${show(loss)}.`);
  if (isUnit && (form === undefined || isForm(form)) && (log === undefined || isLogScale(log))) {
    return new TargetScaler(target, mean as number, deviation as number, form, log, loss);
  }
  throw new Error(
    `${call}: the file must hold the target's mean and deviation > 0, got ${show(mean)} and ${show(deviation)}.`,
  );
}

/** Whether it is what a file keeps of logarithms. */
function isLogScale(data: unknown): data is LogScale {
  if (!isRecord(data)) return false;
  const { offset, least, factor } = data as unknown as LogScale;
  const areNumbers = [offset, least, factor].every(Number.isFinite);
  return areNumbers && offset >= 0 && least >= 0 && offset + least > 0 && factor > 0;
}

/** How targets are read. */
interface TargetReading {
  readonly target: string;
  readonly form: Form | undefined;
  readonly loss: KeptLoss;
  readonly markers: ReadonlySet<string>;
}

/**
 * A number, or a text that is one; for counts >= 0.
 * @throws TypeError, RangeError on what is none, or stands for a missing one, naming its row
 */
export function readValue(
  call: string,
  { target, form, loss, markers }: TargetReading,
  value: unknown,
  r: number,
): number {
  const number = typeof value === "string" ? readForm(value, form) : value;
  if (typeof number === "number" && Number.isFinite(Math.fround(number))) {
    if (isMissingNumber(number, markers)) throw refuseMissing(call, target, value, r);
    if (number >= 0 || loss !== "poisson") return number;
    throw locate(
      new RangeError(`${call}: targets must be >= 0 for loss: "poisson", got ${show(value)} at row ${r}.`),
      r,
      target,
    );
  }
  // As in columns of numbers.
  if (typeof value === "string" && isKnownMarker(value.trim())) throw refuseMissing(call, target, value, r);
  const remedy = typeof value === "bigint" ? " Convert it by Number()." : "";
  const isLarge = typeof number === "number" && Number.isFinite(number);
  const must = isLarge ? "numbers that are finite in float32" : "finite numbers";
  const message = `${call}: targets must be ${must}, got ${show(value)} at row ${r}.${remedy}`;
  throw locate(new TypeError(message), r, target);
}

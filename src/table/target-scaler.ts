/** Values as networks learn them: standardised numbers. */
import { show } from "../ground/check.js";
import { LongList } from "../ground/long-list.js";
import { fillSlices } from "../ground/slices.js";
import { standardisationSlices } from "../ground/statistics.js";
import { type Form, readForm } from "./forms.js";
import { targetForm } from "./infer-kind.js";
import { locate } from "./locate.js";
import { NO_MARKERS, readTargets, type TargetCells, type TargetEncoder } from "./target-encoder.js";

/** Turns values in their own unit into what a network learns, `(value - mean) / deviation`, and back. */
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
  ) {}

  read(call: string, rows: readonly object[]): Generator<number, Float64Array> {
    const { target, form } = this;
    return readTargets(call, rows, target, NO_MARKERS, (value, r) => readValue(call, target, form, value, r));
  }

  encode(values: ArrayLike<number>): Generator<number, Float32Array> {
    return fillSlices(new Float32Array(values.length), (i) => (values[i] - this.mean) / this.deviation);
  }

  /** What a network answers, in the target's own unit. */
  decode(answer: number): number {
    return this.mean + answer * this.deviation;
  }

  toJSON(): { mean: number; deviation: number; form?: Form } {
    const { mean, deviation, form } = this;
    return { mean, deviation, ...(form && { form }) };
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
): Generator<number, TargetCells<TargetScaler>> {
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
    *learn(rowNumbers) {
      const known = yield* fillSlices(new Float64Array(rowNumbers.length), (i) => targets[rowNumbers[i]]);
      // Mean and standard deviation over rows, not rows - 1.
      const { mean, deviation } = yield* standardisationSlices(known);
      return new TargetScaler(target, mean, deviation, form);
    },
  };
}

/** A number, or a text that is one. */
function readValue(call: string, target: string, form: Form | undefined, value: unknown, r: number): number {
  const number = typeof value === "string" ? readForm(value, form) : value;
  if (typeof number === "number" && Number.isFinite(Math.fround(number))) return number;
  const remedy = typeof value === "bigint" ? " Convert it by Number()." : "";
  const message = `${call}: targets must be finite numbers, got ${show(value)} at row ${r}.${remedy}`;
  throw locate(new TypeError(message), r, target);
}

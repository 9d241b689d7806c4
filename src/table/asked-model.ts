/** What explanations ask of a fitted table: answers to some of many rows, as numbers of one output. */
import type { Predictor } from "../model/answer-slices.js";
import type { ColumnWriter } from "./cell-writer.js";
import { checkRowSlices } from "./check-row-slices.js";
import type { Column } from "./columns.js";
import type { Label } from "./label.js";

/** A fitted table: a Classifier or a Regressor fits. */
export interface AskedModel {
  readonly ensemble: Predictor;
  readonly encoder: AskedEncoder;
  readonly targetEncoder: AskedLabels | AskedValues;
}

/** What reads rows: an Encoder fits. */
export interface AskedEncoder {
  readonly width: number;
  readonly columns: readonly Column[];
  readonly readers: readonly ColumnWriter[];
  encodeSlices(call: string, rows: readonly object[]): Generator<number, Float32Array>;
  encodeOne(call: string, row: object, out: Float32Array): Float32Array;
}

interface AskedLabels {
  readonly target: string;
  readonly output: "softmax" | "sigmoid";
  readonly labels: readonly Label[];
}

interface AskedValues {
  readonly target: string;
  readonly output: "linear" | "exponential";
  /** The predictions among answers to rows, as they are learned. */
  points(answers: Float32Array): Generator<number, Float32Array>;
  /** The value in the target's unit, of what the network answers to row `r`. */
  valueAt(answers: Float32Array, r: number): number;
}

/** Whether answers are probabilities of labels. */
export function hasLabels(targetEncoder: AskedLabels | AskedValues): targetEncoder is AskedLabels {
  return targetEncoder.output === "softmax" || targetEncoder.output === "sigmoid";
}

/** Reads answers, [rows, outputs]: to row `r` the probability of the label with class id `id`, or the value in its unit. */
export function answerReader(
  targetEncoder: AskedModel["targetEncoder"],
): (answers: Float32Array, r: number, id: number) => number {
  if (!hasLabels(targetEncoder)) return (answers, r) => targetEncoder.valueAt(answers, r);
  const { length } = targetEncoder.labels;
  return (answers, r, id) => answers[r * length + id];
}

/** Some of many rows. */
export interface SomeRows {
  readonly rows: readonly object[];
  /** The place of each among all. */
  readonly numbers: readonly number[];
}

/**
 * Chooses `most` of the rows at most: all, or as many at equal distances, of which the first is the first of all.
 * @throws TypeError, RangeError on what is no list of rows
 */
export function* chooseSome(call: string, rows: readonly object[], most: number): Generator<number, SomeRows> {
  yield* checkRowSlices(call, rows);
  const count = Math.min(most, rows.length);
  const numbers = Array.from({ length: count }, (_, i) => Math.floor((i * rows.length) / count));
  return { rows: numbers.map((r) => rows[r]), numbers };
}

/**
 * The features of some rows, row-major.
 * @throws TypeError, RangeError naming the row and the column of a value that does not fit
 */
export function* encodeSome(
  call: string,
  encoder: AskedEncoder,
  { rows, numbers }: SomeRows,
): Generator<number, Float32Array> {
  try {
    return yield* encoder.encodeSlices(call, rows);
  } catch (error) {
    throw amongAll(error, numbers);
  }
}

/** An error that names the row by its place among all rows, not among some. */
function amongAll(error: unknown, numbers: readonly number[]): unknown {
  const { row, message } = Object(error) as { row?: unknown; message?: unknown };
  if (!(error instanceof Error) || typeof row !== "number" || typeof message !== "string") return error;
  const [some, all] = [row, numbers[row]].map((r) => ` at row ${r}.`);
  const at = message.lastIndexOf(some);
  if (at >= 0) error.message = message.slice(0, at) + all + message.slice(at + some.length);
  return Object.assign(error, { row: numbers[row] });
}

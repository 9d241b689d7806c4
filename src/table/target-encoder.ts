/** What a table predicts, as numbers: read from its rows, and made what a network learns. */
import { show } from "../ground/check.js";
import { fillSlices } from "../ground/slices.js";
import { locate } from "./locate.js";
import { isMissing } from "./missing.js";

/** What targets are read from: a {@link TableSource} fits. */
export interface Columns {
  readonly length: number;
  take(name: string): Generator<number, { at(r: number): unknown }>;
}

/** How targets become what a network learns: class ids for labels, standardised numbers for values. */
export interface TargetEncoder {
  /** The column that is predicted. */
  readonly target: string;
  readonly output: "softmax" | "sigmoid" | "linear" | "exponential";
  /** Outputs of the network. */
  readonly outputs: number;
  /**
   * Reads the targets of rows as they are scored, slice by slice: class ids, or values in their own unit.
   * @param markers further texts of missing values, as of the fit
   * @throws TypeError, RangeError on a target that is missing or no such target, naming its row
   */
  read(call: string, rows: Columns, markers: ReadonlySet<string>): Generator<number, ArrayLike<number>>;
  /** What a network learns for targets that were read. */
  encode(targets: ArrayLike<number>): Generator<number, Float32Array>;
  /**
   * The mean logarithm of the unit that a network learns at each of the targets: of two forms the one has the likelier targets that has
   * less of this and of the logarithm of the errors. None where there is but one form.
   * @param weights what each target counts. Default: all alike
   */
  stretch?(targets: ArrayLike<number>, weights?: ArrayLike<number>): Generator<number, number>;
  /**
   * Of other losses than squares: the loss of each answer, and the mean loss of the best constant answer.
   * @param learned targets as the network learns them
   */
  readonly judge?:
    | ((
        learned: ArrayLike<number>,
        answers: Float32Array,
        weights?: ArrayLike<number>,
      ) => Generator<number, { losses: Float64Array; constant: number }>)
    | undefined;
  /** Has answers be right in the mean over targets that they are for, where their form does not see to that. */
  fitMean?(
    targets: ArrayLike<number>,
    answers: ArrayLike<number>,
    weights?: ArrayLike<number>,
  ): Generator<number, void>;
  /** What a file keeps of it: plain data. */
  toJSON(): unknown;
}

/** What bins of columns are cut by: the targets of a table's rows, values, or class ids below `classes`. */
export interface Guide {
  readonly targets: ArrayLike<number>;
  /** Absent for values. */
  readonly classes?: number;
  /** Where rows have several classes each: targets are numbers of sets of them. */
  readonly sets?: { readonly size: number; ids(number: number): readonly number[] };
}

/** The targets of a table's rows, read once. */
export interface TargetCells<E extends TargetEncoder> {
  /** By row: class ids, numbers of sets of labels, or values in their own unit. */
  readonly targets: Float64Array;
  /** Class ids by row, where there are classes whose shares a split can keep. */
  readonly classes?: ArrayLike<number>;
  /** What bins of columns are cut by. Default: the targets, or the classes. */
  readonly guide?: Guide;
  /** A value whose reading is a guess: its point or comma may be before decimals or between thousands. */
  readonly guess?: string;
  /**
   * The forms that a network may learn them in, the plain one first.
   * @param rowNumbers of the rows that a model may see
   * @param weights by row what it counts, as if it were there so many times. Default: all alike
   */
  learn(rowNumbers: Uint32Array, weights?: Float64Array): Generator<number, readonly E[]>;
}

/**
 * Reads the targets of rows, slice by slice, as cells are read: texts trimmed. Missing ones are refused: what they should be cannot be guessed.
 * @param markers further texts of missing values
 * @param parse makes a number of the target of row `r`, or refuses it
 * @throws TypeError naming the first row without a target
 */
export function* readTargets(
  call: string,
  rows: Columns,
  name: string,
  markers: ReadonlySet<string>,
  parse: (target: unknown, r: number) => number,
): Generator<number, Float64Array> {
  const values = yield* rows.take(name);
  return yield* fillSlices(new Float64Array(rows.length), (r) => {
    const value = values.at(r);
    if (isMissing(value, markers)) throw refuseMissing(call, name, value, r);
    return parse(typeof value === "string" ? value.trim() : value, r);
  });
}

/** What a missing target is refused by. */
export function refuseMissing(call: string, name: string, value: unknown, r: number): TypeError {
  const message = `${call}: each row must hold its target ${show(name)}, got ${show(value)} at row ${r}. Leave such rows out.`;
  return locate(new TypeError(message), r, name);
}

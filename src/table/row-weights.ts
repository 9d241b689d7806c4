/** What each row of a table counts, as people give it: a column of the rows, or a list. */
import { checkOptions, describe, own, show } from "../ground/check.js";
import { orderSlices } from "../ground/random.js";
import { fillSlices, forEachSlice } from "../ground/slices.js";
import { NUMERAL } from "./forms.js";
import { locate } from "./locate.js";
import { numberList } from "./table-rows.js";
import type { Columns } from "./target-encoder.js";
import type { Target } from "./target-names.js";

/** A column's name, or a number for each row. */
export type Weights = string | ArrayLike<number>;

/** Weights of rows that were read. */
export interface RowWeights {
  /** By row, as they are given: finite, >= 0, some above 0. */
  readonly given: Float64Array;
  /**
   * By row, how many rows it is learned from as: whole weights as they are; others scaled so that the mean of those above 0 is 1,
   * for what is learned of a table depends on how many rows there are.
   */
  readonly counts: Float64Array;
}

/** Larger ones are none: their sums must be float32. */
const MOST = 2 ** 100;

/**
 * Refuses what is neither the name of another column nor a list.
 * @param columns as the options declare them
 */
export function checkWeights(call: string, weights: unknown, target: Target, columns?: unknown): void {
  if (weights === undefined || numberList(weights)) return;
  if (typeof weights !== "string") {
    throw new TypeError(`${call}: weights must be a column's name or an array of numbers, got ${describe(weights)}.`);
  }
  if ([target].flat().includes(weights)) {
    throw new RangeError(`${call}: weights must be another column than the target, got ${show(weights)}.`);
  }
  const kind = typeof columns === "object" && columns !== null ? own(columns, weights) : undefined;
  if (kind === undefined || kind === "ignore") return;
  throw new RangeError(
    `${call}: columns must not name ${show(weights)}, whose values are the weights, got ${show(kind)}. Leave it out.`,
  );
}

/**
 * Reads the weights of rows, slice by slice.
 * @param weights what {@link checkWeights} lets pass
 * @throws TypeError, RangeError naming the row, and the column if there is one; RangeError if there are more or fewer than rows, or
 * none is above 0
 */
export function* readWeights(
  call: string,
  rows: Columns,
  weights: Weights | undefined,
): Generator<number, RowWeights | undefined> {
  if (weights === undefined) return undefined;
  const list = typeof weights === "string" ? undefined : (numberList(weights) as ArrayLike<unknown>);
  if (list && list.length !== rows.length) {
    throw new RangeError(`${call}: weights must hold one number for each of ${rows.length} rows, got ${list.length}.`);
  }
  const column = list ? undefined : (weights as string);
  const cells = column === undefined ? undefined : yield* rows.take(column);
  if (cells && !(yield* holdsAny(cells, rows.length))) {
    const message = `${call}: weights must name a column of the rows, got ${show(column)}.`;
    throw locate(new RangeError(message), 0, column as string);
  }
  const cellOf = (r: number) => (cells ? cells.at(r) : list?.[r]);
  const given = yield* fillSlices(new Float64Array(rows.length), (r) => readWeight(call, column, cellOf(r), r));
  let [total, positive, areWhole] = [0, 0, true];
  yield* forEachSlice(given.length, (from, to) => {
    for (let r = from; r < to; r++) {
      total += given[r];
      if (given[r] > 0) positive++;
      areWhole &&= Number.isInteger(given[r]);
    }
  });
  if (positive === 0) throw new RangeError(`${call}: weights must be above 0 in a row at least, got 0 in all.`);
  if (areWhole) return { given, counts: given };
  return { given, counts: yield* fillSlices(new Float64Array(given.length), (r) => (given[r] / total) * positive) };
}

/** Whether a row has a value: a name that was misspelt has none. */
function* holdsAny(cells: { at(r: number): unknown }, rows: number): Generator<number, boolean> {
  let is = false;
  yield* forEachSlice(rows, (from, to) => {
    for (let r = from; !is && r < to; r++) is = cells.at(r) !== undefined;
  });
  return is;
}

/** A number >= 0, of a column a text too that is one. */
function readWeight(call: string, column: string | undefined, value: unknown, r: number): number {
  const text = column !== undefined && typeof value === "string" ? value.trim() : undefined;
  const weight = text !== undefined && NUMERAL.test(text) ? Number(text) : value;
  // + 0: -0 is 0.
  if (typeof weight === "number" && weight >= 0 && weight <= MOST) return weight + 0;
  const Kind = typeof weight === "number" && !Number.isNaN(weight) ? RangeError : TypeError;
  const where = column === undefined ? `row ${r}` : `row ${r}, column ${show(column)}`;
  const must = typeof weight === "number" && weight > MOST ? `numbers from 0 to ${MOST}` : "finite numbers >= 0";
  const error = new Kind(`${call}: weights must be ${must}, got ${show(value)} at ${where}.`);
  throw column === undefined ? Object.assign(error, { row: r }) : locate(error, r, column);
}

/** How rows are scored. */
export interface EvaluateOptions {
  /** What each row counts, >= 0: a column's name, or a number for each row. Default: all alike. */
  weights?: Weights;
}

/**
 * The weights of rows that are scored, slice by slice.
 * @throws TypeError, RangeError on options that are none, or as {@link readWeights}
 */
export function* readScoreWeights(
  call: string,
  rows: Columns,
  target: string,
  options: unknown = {},
): Generator<number, Float64Array | undefined> {
  checkOptions(call, options, ["weights"]);
  const { weights } = options as EvaluateOptions;
  checkWeights(call, weights, target);
  return (yield* readWeights(call, rows, weights))?.given;
}

/** Of some rows. */
export function* pickWeights(
  weights: Float64Array | undefined,
  rowNumbers: Uint32Array,
): Generator<number, Float64Array | undefined> {
  return weights && (yield* fillSlices(new Float64Array(rowNumbers.length), (i) => weights[rowNumbers[i]]));
}

/**
 * The rows that count: one of weight 0 is as good as not there.
 * @param among the numbers of rows, or how many there are
 * @throws RangeError if there is none
 */
export function* countingRows(
  call: string,
  weights: Float64Array | undefined,
  among: Uint32Array | number,
): Generator<number, Uint32Array> {
  const rowNumbers = typeof among === "number" ? yield* orderSlices(among) : among;
  if (!weights) return rowNumbers;
  const kept = new Uint32Array(rowNumbers.length);
  let count = 0;
  yield* forEachSlice(rowNumbers.length, (from, to) => {
    for (let i = from; i < to; i++) if (weights[rowNumbers[i]] > 0) kept[count++] = rowNumbers[i];
  });
  if (count > 0) return count === rowNumbers.length ? rowNumbers : kept.subarray(0, count);
  throw new RangeError(`${call}: the rows to train on must count, got weights that are 0 in all ${rowNumbers.length}.`);
}

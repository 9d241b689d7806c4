/** Reads rows as people have them (typed arrays, flat arrays, arrays of rows) as one flat, row-major list of numbers. */
import { checkNumber, isWalkable, ownRealm, show } from "../ground/check.js";

/** Rows of numbers: one flat list, row after row, or one array per row. */
export type Rows = ArrayLike<number> | readonly ArrayLike<number>[];

/** The options of `Dataset.from`. */
export interface DatasetOptions {
  /** Inputs: one flat, row-major list of numbers, or one array per row. A Uint8Array stays bytes. */
  x: Rows;
  /**
   * Targets: one class id per row, rows of probabilities of all classes, rows of zeros and ones, or rows of numbers. Rows to predict
   * need none.
   */
  y?: Rows;
  /** What each row counts, >= 0, as if it were there so many times: one number a row. Default: all alike. */
  weights?: ArrayLike<number>;
  /** How many rows a flat `x` holds. Not needed if `x` or `y` is an array of rows, or if `y` has one number per row. */
  rows?: number;
  /** Bytes are read as `scale · byte`: 1/255 turns pixels into numbers from 0 to 1. Default: 1. */
  scale?: number;
}

/**
 * Returns the numbers row after row. A typed array is returned as it is: nothing is copied or allocated.
 * @param name what errors call the argument
 * @param width how many numbers a row must have, if known
 * @throws TypeError if `x` holds no numbers, RangeError if it is empty, its rows differ in length or are not `width` long
 */
export function flatten(call: string, name: string, x: unknown, width?: number): ArrayLike<number> {
  // A copy: what is read twice could say something else the second time.
  const list = isWalkable(x) ? x.slice() : x;
  const flat =
    rowsIn(list) === undefined ? flatArray(call, name, list) : flattenNested(call, name, list as unknown[], width);
  if (flat.length === 0) throw new RangeError(`${call}: ${name} must hold at least one row, got none.`);
  if (width !== undefined && flat.length % width !== 0) {
    throw new RangeError(`${call}: ${name} must hold rows of ${width} numbers, got ${flat.length} numbers.`);
  }
  // What is not typed may hold anything; typed arrays are checked by a kernel once they are in memory.
  if (width !== undefined && Array.isArray(flat)) checkFinite(call, name, flat, width);
  return flat;
}

/** The number of rows if `x` is an array of rows; else undefined. */
export function rowsIn(x: unknown): number | undefined {
  return Array.isArray(x) && typeof x[0] === "object" ? x.length : undefined;
}

/** How many numbers each row of `x` has; `flat` holds all of them. */
export function rowWidth(call: string, name: string, x: unknown, flat: ArrayLike<number>, rows: number): number {
  const given = rowsIn(x) ?? rows;
  if (given !== rows) throw new RangeError(`${call}: ${name} must hold ${rows} rows, got ${given}.`);
  if (flat.length % rows !== 0) {
    throw new RangeError(
      `${call}: ${name} must hold the same count of numbers for each of ${rows} rows, got ${flat.length}.${name === "x" ? " Without `rows`, a flat y is one number a row." : ""}`,
    );
  }
  return flat.length / rows;
}

function flatArray(
  call: string,
  name: string,
  x: unknown,
  kinds = ", an array of numbers or an array of rows",
): ArrayLike<number> {
  if (x instanceof Float32Array || Array.isArray(x)) return x;
  const view = ownRealm(x);
  if (ArrayBuffer.isView(view) && !(view instanceof DataView)) {
    const numbers = view as unknown as ArrayLike<number | bigint>;
    if (typeof numbers[0] !== "bigint") return numbers as ArrayLike<number>;
  }
  throw new TypeError(`${call}: ${name} must be a typed array${kinds}, got ${show(x)}.`);
}

function flattenNested(call: string, name: string, x: ArrayLike<unknown>, known?: number): number[] {
  const first = x[0];
  const width = known ?? (isList(first) ? first.length : 0);
  const flat: number[] = [];
  for (let r = 0; r < x.length; r++) {
    const row = x[r];
    if (!isList(row)) {
      throw new TypeError(`${call}: ${name}[${r}] must be a row of ${width} numbers, got ${show(row)}.`);
    }
    if (row.length !== width) {
      throw new RangeError(`${call}: ${name}[${r}] must be a row of ${width} numbers, got ${row.length} numbers.`);
    }
    for (let c = 0; c < width; c++) flat.push(row[c]);
  }
  return flat;
}

/** An array or a typed array. What merely says that it is long, as JSON may, is none. */
function isList(row: unknown): row is ArrayLike<number> {
  return isWalkable(row) || (ArrayBuffer.isView(row) && !(row instanceof DataView));
}

/**
 * Refuses NaN, infinities, what float32 rounds to infinity, and anything that is not a number.
 * @throws TypeError, RangeError naming the row and the column
 */
export function checkFinite(call: string, name: string, flat: ArrayLike<number>, width: number): void {
  for (let i = 0; i < flat.length; i++) {
    const value = flat[i];
    if (Number.isFinite(value) && Number.isFinite(Math.fround(value))) continue;
    const kind = typeof value === "number" ? RangeError : TypeError;
    const [row, column] = [Math.floor(i / width), i % width];
    const remedy = typeof value === "bigint" ? " Convert it by Number()." : "";
    throw Object.assign(
      new kind(
        `${call}: ${name} must hold finite numbers, got ${show(value)} at row ${row}, column ${column}.${remedy}`,
      ),
      { row, column },
    );
  }
}

/** Refuses weights unless they are one finite number >= 0 for each row. */
export function checkWeights(call: string, weights: unknown, rows: number): asserts weights is ArrayLike<number> {
  const flat = flatArray(call, "weights", weights, " or an array of numbers");
  if (flat.length !== rows) {
    throw new RangeError(`${call}: weights must hold one number for each of ${rows} rows, got ${flat.length}.`);
  }
  for (let r = 0; r < rows; r++) checkNumber(call, `weights[${r}]`, flat[r], 0, 2 ** 100);
}

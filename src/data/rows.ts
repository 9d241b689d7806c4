/** Reads rows as people have them (typed arrays, flat arrays, arrays of rows) as one flat, row-major list of numbers. */
import { checkNumber, isWalkable, ownRealm, show } from "../ground/check.js";
import { forEachSlice } from "../ground/slices.js";

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

/** A mini-batch as copies: `x` [rows, inputs], `y` [rows, targets], both row-major; `weights` [rows] if rows have some. */
export interface Batch {
  x: Float32Array;
  y: Float32Array;
  weights?: Float32Array;
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

/** Up to this many numbers are copied one by one: `set` costs more than that to call. */
const NARROW = 32;

/** Copies `count` numbers of `source` from index `from` on to `target` from index `to` on. */
export function copySlice(
  source: ArrayLike<number>,
  from: number,
  count: number,
  target: Float32Array | Uint8Array,
  to = 0,
): void {
  if (count > NARROW && ArrayBuffer.isView(source)) {
    const view = source as Float32Array;
    target.set(count === view.length ? view : view.subarray(from, from + count), to);
  } else for (let i = 0; i < count; i++) target[to + i] = source[from + i];
}

/** Copies rows `indices[from .. from+count)` of `source`, `width` numbers each, one after the other to the start of `target`. */
export function copyRows(
  source: Float32Array | Uint8Array,
  width: number,
  indices: ArrayLike<number>,
  from: number,
  count: number,
  target: Float32Array | Uint8Array,
): void {
  if (width > NARROW) {
    touchRows(source, width, indices, from, count);
    for (let r = 0; r < count; r++) {
      const start = indices[from + r] * width;
      target.set(source.subarray(start, start + width), r * width);
    }
    return;
  }
  let to = 0;
  for (let r = 0; r < count; r++) {
    const start = indices[from + r] * width;
    for (let c = 0; c < width; c++) target[to++] = source[start + c];
  }
}

/** Numbers of rows copied between two looks at the clock. */
const TAKEN = 2 ** 14;

/** Returns rows `indices` of `source`, `width` numbers each, slice by slice. */
export function* takeRows<A extends Float32Array | Uint8Array>(
  source: A,
  width: number,
  indices: ArrayLike<number>,
): Generator<number, A> {
  // Not by the array's own class: a Buffer is a Uint8Array too.
  const target = new (source instanceof Uint8Array ? Uint8Array : Float32Array)(indices.length * width) as A;
  const copy = (from: number, to: number) =>
    copyRows(source, width, indices, from, to - from, target.subarray(from * width));
  yield* forEachSlice(indices.length, copy, Math.ceil(TAKEN / Math.max(width, 1)));
  return target;
}

const CACHE_LINE = 64;

/** The last sum read. It is exported so that the engine cannot optimise the reads away. */
export let touched = 0;

/**
 * Reads a number of every cache line of the rows. Rows drawn at random come from main memory; a loop of reads has a dozen
 * of them in flight at once, a call of `set` per row barely two: gathering 64 rows of 784 bytes takes 14 µs, not 21.
 */
function touchRows(
  source: Float32Array | Uint8Array,
  width: number,
  indices: ArrayLike<number>,
  from: number,
  count: number,
): void {
  const step = CACHE_LINE / source.BYTES_PER_ELEMENT;
  let sum = 0;
  for (let r = 0; r < count; r++) {
    const start = indices[from + r] * width;
    for (let i = start; i < start + width; i += step) sum += source[i];
  }
  touched = sum;
}

/** What a dataset has of it (src/data/dataset.ts). */
interface Data {
  readonly x: Float32Array | Uint8Array;
  readonly y: Float32Array;
  readonly rows: number;
  readonly inputs: number;
  readonly targets: number;
  readonly scale: number;
  readonly weights?: Float32Array;
}

/** `size` rows at a time, in this order. */
export function* miniBatches(data: Data, size: number, rows: Uint32Array): Generator<Batch> {
  const { weights } = data;
  for (let from = 0; from < data.rows; from += size) {
    const count = Math.min(size, data.rows - from);
    const x = new Float32Array(count * data.inputs);
    const y = new Float32Array(count * data.targets);
    copyRows(data.x, data.inputs, rows, from, count, x);
    copyRows(data.y, data.targets, rows, from, count, y);
    // Two roundings to float32, as the core makes them from bytes.
    if (data.x instanceof Uint8Array) for (let i = 0; i < x.length; i++) x[i] *= Math.fround(data.scale);
    if (weights) yield { x, y, weights: Float32Array.from(rows.subarray(from, from + count), (row) => weights[row]) };
    else yield { x, y };
  }
}

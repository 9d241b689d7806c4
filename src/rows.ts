/** Rows as people have them (typed arrays, flat arrays, arrays of rows) read as one flat, row-major list of numbers. */
import { show } from "./check.js";

/** Numbers row after row, or one array a row. */
export type Rows = ArrayLike<number> | readonly ArrayLike<number>[];

/** What was read: `flat` is the array itself when it was flat already, so nothing is copied. */
export interface FlatRows {
  readonly flat: ArrayLike<number>;
  /** Known when rows came one array each. */
  readonly rows: number | undefined;
}

/**
 * @param name how the argument is called in errors
 * @throws TypeError if `x` holds no numbers, RangeError if it is empty or its rows differ in length
 */
export function flatten(call: string, name: string, x: unknown): FlatRows {
  if (ArrayBuffer.isView(x) && !(x instanceof DataView)) {
    const view = x as unknown as ArrayLike<number | bigint>;
    if (view.length === 0) throw empty(call, name);
    if (typeof view[0] === "number") return { flat: view as ArrayLike<number>, rows: undefined };
  }
  if (!Array.isArray(x)) {
    throw new TypeError(
      `${call}: ${name} must be a typed array, an array of numbers or an array of rows, got ${show(x)}.`,
    );
  }
  if (x.length === 0) throw empty(call, name);
  return typeof x[0] === "object" ? flattenNested(call, name, x) : { flat: x, rows: undefined };
}

function flattenNested(call: string, name: string, x: readonly unknown[]): FlatRows {
  const width = (x[0] as ArrayLike<number> | null)?.length ?? 0;
  if (width === 0) throw empty(call, `${name}[0]`);
  const flat = new Array<number>(x.length * width);
  for (let r = 0; r < x.length; r++) {
    const row = x[r] as ArrayLike<number> | null | undefined;
    if (typeof row !== "object" || row === null) {
      throw new TypeError(`${call}: ${name}[${r}] must be a row of ${width} numbers, got ${show(row)}.`);
    }
    if (row.length !== width) {
      throw new RangeError(`${call}: ${name}[${r}] must hold ${width} numbers as row 0 does, got ${row.length}.`);
    }
    for (let c = 0; c < width; c++) flat[r * width + c] = row[c];
  }
  return { flat, rows: x.length };
}

/**
 * Rows of a known width.
 * @returns how many rows `flat` holds
 * @throws RangeError if it is not a whole number of rows
 */
export function countRows(call: string, name: string, read: FlatRows, width: number): number {
  const rows = read.rows ?? read.flat.length / width;
  if (rows * width !== read.flat.length || !Number.isInteger(rows)) {
    const given = read.rows ? `rows of ${read.flat.length / read.rows}` : `${read.flat.length}`;
    throw new RangeError(`${call}: ${name} must hold rows of ${width} numbers, got ${given}.`);
  }
  return rows;
}

/**
 * Refuses NaN, infinities, what float32 rounds to infinity, and what is no number at all.
 * @throws TypeError, RangeError naming the row and the column
 */
export function checkFinite(call: string, name: string, flat: ArrayLike<number>, width: number): void {
  for (let i = 0; i < flat.length; i++) {
    const value = flat[i];
    if (Number.isFinite(value) && Number.isFinite(Math.fround(value))) continue;
    const kind = typeof value === "number" ? RangeError : TypeError;
    throw new kind(
      `${call}: ${name} must hold finite numbers, got ${show(value)} at row ${Math.floor(i / width)}, column ${i % width}.`,
    );
  }
}

function empty(call: string, name: string): RangeError {
  return new RangeError(`${call}: ${name} must hold at least one row, got none.`);
}

/** Up to this many numbers are copied one by one: `set` costs more than that to call. */
const NARROW = 32;

/** Copies `count` numbers of `source` from index `from` on to the start of `target`. */
export function copySlice(
  source: ArrayLike<number>,
  from: number,
  count: number,
  target: Float32Array | Uint8Array,
): void {
  if (count > NARROW && ArrayBuffer.isView(source)) {
    const view = source as Float32Array;
    target.set(count === view.length ? view : view.subarray(from, from + count));
  } else for (let i = 0; i < count; i++) target[i] = source[from + i];
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

/** Rows as people have them (typed arrays, flat arrays, arrays of rows) read as one flat, row-major list of numbers. */
import { show } from "./check.js";

/** Numbers row after row, or one array a row. */
export type Rows = ArrayLike<number> | readonly ArrayLike<number>[];

/**
 * The numbers row after row; a typed array or a flat array is returned as it is, nothing copied or allocated.
 * @param name how the argument is called in errors
 * @param width numbers a row must have, where that is known
 * @throws TypeError if `x` holds no numbers, RangeError if it is empty, its rows differ in length or are not `width` long
 */
export function flatten(call: string, name: string, x: unknown, width?: number): ArrayLike<number> {
  const flat = rowsIn(x) === undefined ? flatArray(call, name, x) : flattenNested(call, name, x as unknown[], width);
  if (flat.length === 0) throw new RangeError(`${call}: ${name} must hold at least one row, got none.`);
  if (width !== undefined && flat.length % width !== 0) {
    throw new RangeError(`${call}: ${name} must hold rows of ${width} numbers, got ${flat.length} numbers.`);
  }
  // What is not typed may hold anything; typed arrays are checked by a kernel once they are in memory.
  if (width !== undefined && Array.isArray(flat)) checkFinite(call, name, flat, width);
  return flat;
}

/** How many rows `x` says it has: known when it is an array of rows. */
export function rowsIn(x: unknown): number | undefined {
  return Array.isArray(x) && typeof x[0] === "object" ? x.length : undefined;
}

function flatArray(call: string, name: string, x: unknown): ArrayLike<number> {
  if (x instanceof Float32Array || Array.isArray(x)) return x;
  if (ArrayBuffer.isView(x) && !(x instanceof DataView)) {
    const view = x as unknown as ArrayLike<number | bigint>;
    if (typeof view[0] !== "bigint") return view as ArrayLike<number>;
  }
  throw new TypeError(
    `${call}: ${name} must be a typed array, an array of numbers or an array of rows, got ${show(x)}.`,
  );
}

function flattenNested(call: string, name: string, x: readonly unknown[], known?: number): number[] {
  const width = known ?? (x[0] as ArrayLike<number> | null)?.length ?? 0;
  const flat = new Array<number>(x.length * width);
  for (let r = 0; r < x.length; r++) {
    const row = x[r] as ArrayLike<number> | null | undefined;
    if (typeof row !== "object" || row === null) {
      throw new TypeError(`${call}: ${name}[${r}] must be a row of ${width} numbers, got ${show(row)}.`);
    }
    if (row.length !== width) {
      throw new RangeError(`${call}: ${name}[${r}] must be a row of ${width} numbers, got ${row.length} numbers.`);
    }
    for (let c = 0; c < width; c++) flat[r * width + c] = row[c];
  }
  return flat;
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

const CACHE_LINE = 64;

/** What was read last; written so that the engine cannot leave the reading out. */
export let touched = 0;

/**
 * Reads a number of every cache line of the rows. Rows drawn at random come from main memory; a loop of reads has a dozen
 * of them under way at once, a call of `set` per row hardly two: gathering 64 rows of 784 bytes takes 14 µs, not 21.
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

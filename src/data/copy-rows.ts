/** Copies of rows, from the arrays of callers and datasets to memory of the core and back. */
import { copies } from "../ground/put.js";
import { forEachSlice } from "../ground/slices.js";

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
    copies.put(target, to, count === view.length ? view : view.subarray(from, from + count));
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
      copies.put(target, r * width, source.subarray(start, start + width));
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

/** A mini-batch as copies: `x` [rows, inputs], `y` [rows, targets], both row-major; `weights` [rows] if rows have some. */
export interface Batch {
  x: Float32Array;
  y: Float32Array;
  weights?: Float32Array;
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

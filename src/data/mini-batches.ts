/** Rows in mini-batches, as copies. */
import { type Batch, copyRows } from "./rows.js";

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

/** Copies come to where they belong, wherever both lie: in memory of one thread or of several, at any byte. */
import { describe, expect, it } from "vitest";
import { putShared } from "../../src/core/put-shared.js";
import { copyRows, copySlice } from "../../src/data/copy-rows.js";
import { copies } from "../../src/ground/put.js";

// As threads() does.
copies.put = putShared;

const BYTES = 80_000;
const memories = {
  one: () => new ArrayBuffer(BYTES),
  several: () => new SharedArrayBuffer(BYTES) as unknown as ArrayBuffer,
};
const arrays = { Float32Array, Uint8Array };

const cases = Object.keys(memories).flatMap((to) =>
  Object.keys(memories).flatMap((from) => Object.keys(arrays).map((kind) => ({ to, from, kind }))),
) as { to: keyof typeof memories; from: keyof typeof memories; kind: keyof typeof arrays }[];

describe.each(cases)("from memory of $from thread to that of $to: $kind", ({ to, from, kind }) => {
  const Kind = arrays[kind];
  const size = Kind.BYTES_PER_ELEMENT;
  const source = new Kind(memories[from](), 0, BYTES / size).map((_, i) => (i * 37) % 251);
  const shared = new Kind(memories[from](), 0, BYTES / size);
  shared.set(source);

  it.each([1, 31, 33, 4095, 4096, 4097, 9001])("%i numbers, at any place, and nothing beside them", (count) => {
    for (let start = 0; start < 8; start++) {
      for (let at = 0; at < 8; at++) {
        const target = new Kind(memories[to](), 8, BYTES / size - 8).fill(7);
        copySlice(shared, start, count, target, at);
        const wanted = new Kind(target.length).fill(7);
        for (let i = 0; i < count; i++) wanted[at + i] = source[start + i];
        expect(Buffer.compare(Buffer.from(target.buffer, 8, size * target.length), bytesOf(wanted))).toBe(0);
      }
    }
  });

  it("rows of an odd number of numbers, in another order", () => {
    const [width, order] = [101, [5, 2, 2, 9, 0]];
    const target = new Kind(memories[to](), 0, BYTES / size);
    copyRows(shared, width, order, 1, 4, target);
    const wanted = order.slice(1).flatMap((r) => [...source.subarray(r * width, (r + 1) * width)]);
    expect([...target.subarray(0, 4 * width)]).toEqual(wanted);
    expect(target[4 * width]).toBe(0);
  });
});

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array | Uint8Array) =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);

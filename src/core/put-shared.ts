/** Copies to and from memory that threads share. */
import type { Put } from "../ground/put.js";

/** Numbers that {@link move} has a copy of at a time. */
const MOVED = 2 ** 12;
const MOVERS = { 1: new Uint8Array(MOVED + 7), 4: new Float32Array(MOVED + 1) };

/**
 * `target.set(source, to)`. To and from memory that threads share V8 copies eight bytes at a time, or one by one, ten times as slowly,
 * where the two do not begin at the same place of eight bytes: there a copy that does lies between them.
 */
export const putShared: Put = (target, to, source) => {
  const size = target.BYTES_PER_ELEMENT as keyof typeof MOVERS;
  const start = target.byteOffset + size * to;
  const isAligned = ((start - source.byteOffset) & 7) === 0 || size !== source.BYTES_PER_ELEMENT;
  if (isAligned || !(isShared(target) || isShared(source))) target.set(source, to);
  else move(target, to, source, MOVERS[size]);
};

function move(
  target: Float32Array | Uint8Array,
  to: number,
  source: Float32Array | Uint8Array,
  mover: Float32Array | Uint8Array,
): void {
  // What lies in memory of one thread is copied fast from and to any place.
  const { byteOffset, BYTES_PER_ELEMENT } = isShared(target) ? target.subarray(to) : source;
  const shift = (byteOffset & 7) / BYTES_PER_ELEMENT;
  for (let from = 0; from < source.length; from += MOVED) {
    const piece = source.subarray(from, from + MOVED);
    mover.set(piece, shift);
    target.set(mover.subarray(shift, shift + piece.length), to + from);
  }
}

const isShared = ({ buffer }: Float32Array | Uint8Array) => buffer instanceof SharedArrayBuffer;

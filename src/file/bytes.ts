/** Bytes in pieces, as files are written. */
import { isBuffer } from "../ground/check.js";

/** The bytes of what lies in memory, not copied. */
export function bytesOf(data: ArrayBuffer | ArrayBufferView): Uint8Array {
  // Of a buffer that was transferred nothing can be made.
  if (data.byteLength === 0) return new Uint8Array(0);
  return isBuffer(data) ? new Uint8Array(data) : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** How many bytes the pieces are together. */
export function countBytes(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

/** The pieces one after the other, copied. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(countBytes(pieces));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

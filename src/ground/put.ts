/** How numbers are copied. */
/** Puts all numbers of `source` into `target`, from index `to` on. */
export type Put = (target: Float32Array | Uint8Array, to: number, source: Float32Array | Uint8Array) => void;

/** `target.set(source, to)`; threads put what is fast for memory that they share here (src/core/put-shared.ts). */
export const copies: { put: Put } = { put: (target, to, source) => target.set(source, to) };

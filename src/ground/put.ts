/** `target.set(source, to)`, which threads replace by what is fast for memory that they share (src/core/put-shared.ts). */
export let put: Put = (target, to, source) => target.set(source, to);

export type Put = (target: Float32Array | Uint8Array, to: number, source: Float32Array | Uint8Array) => void;

export function putBy(own: Put): void {
  put = own;
}

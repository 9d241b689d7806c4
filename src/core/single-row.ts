/**
 * What dense kernels are given as scratch of a single row, which they do not read: 0 asks for tiles of 16 columns. V8 before version 13 (Node 20
 * and 22) keeps the 17 vectors of a tile of 32 in no registers: tiles of 16 are 1.3 to 1.7 times as fast there, and slower elsewhere
 * (bench/NOTES.md). The bits are the same. Of other engines no version is known: NaN is below nothing.
 */
export const ROW_PANEL = Number(!(Number.parseFloat(globalThis.process?.versions?.v8) < 13));

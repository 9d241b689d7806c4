/** The kernels of single rows, whose time goes into products of a vector with a matrix. */
import type { Kernels } from "./kernels.js";

/**
 * V8 before version 13 (Node 20 and 22) keeps the 17 vectors of a tile of 32 columns in no registers: tiles of 16 are 1.3 to 1.7 times as fast
 * there, and slower elsewhere (bench/NOTES.md). The bits are the same.
 */
const SPILLS = Number.parseFloat(globalThis.process?.versions?.v8 ?? "13") < 13;

/** The same kernels; where the engine wants it with narrow tiles. */
export function singleRowKernels(kernels: Kernels, spills = SPILLS): Kernels {
  if (!spills) return kernels;
  const own = { ...kernels };
  for (const name of ["denseForward", "denseReluForward"] as const) {
    const forward = kernels[name];
    own[name] = (y, x, w, b, _, rows, inputs, outputs) => forward(y, x, w, b, 0, rows, inputs, outputs);
  }
  return own;
}

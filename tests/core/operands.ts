/** What the suites of products share: sizes of a layer, and numbers to fill it with. */
import type { Random } from "../../src/ground/random.js";

/** Rows, inputs, outputs. */
export type Sizes = [B: number, I: number, O: number];

/** Numbers from -scale to scale. */
export function uniform(count: number, random: Random, scale = 1): Float32Array {
  return Float32Array.from({ length: count }, () => (random.word() / 2 ** 31 - 1) * scale);
}

/** A number as features: clipped, and by bins. */

/** No clipped value reaches beyond. */
export const MOST = 3;

/** So far from the median the clipped value is the same to float32, and squares are far from what float64 can hold. */
export const FAR = 1e9;

/** `u / sqrt(1 + (u / 3)^2)`: about u near 0, rising, never beyond 3 (Holzmüller, Grinsztajn, Steinwart 2024). */
export function clipped(u: number): number {
  const near = Math.max(-FAR, Math.min(FAR, u));
  const third = near / MOST;
  return near / Math.sqrt(1 + third * third);
}

/**
 * Writes a feature a bin from `place` on, where zeros are: 1 if the number is above the bin, 0 if it is below, in it the share of
 * the bin that lies below the number (Gorishniy, Rubachev, Babenko 2022).
 * @param edges ascending: where bins begin, and where the last one ends; none if there are no bins
 */
export function writeBins(edges: Float64Array, number: number, out: Float32Array, place: number): void {
  // No search: all the ones have to be written anyway.
  const count = edges.length - 1;
  let k = 0;
  while (k < count && number >= edges[k + 1]) out[place + k++] = 1;
  if (k < count && number > edges[k]) out[place + k] = (number - edges[k]) / (edges[k + 1] - edges[k]);
}

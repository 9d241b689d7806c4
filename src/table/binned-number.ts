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

/** The bins of a column. */
export interface Bins {
  /** Ascending: where bins begin, and where the last one ends; none if there are no bins. */
  readonly edges: Float64Array;
  /** The mean of each bin's feature over the training rows, float32: less it, features are learned from faster. */
  readonly means: Float64Array;
}

/** The share of a bin that lies below a number: 1 if the number is above the bin, 0 if it is below. */
export function shareBelow(number: number, low: number, high: number): number {
  return number >= high ? 1 : number > low ? (number - low) / (high - low) : 0;
}

/** Writes a feature a bin from `place` on: its share below the number (Gorishniy, Rubachev, Babenko 2022), less the mean of that. */
export function writeBins({ edges, means }: Bins, number: number, out: Float32Array, place: number): void {
  for (let k = 0; k < means.length; k++) out[place + k] = shareBelow(number, edges[k], edges[k + 1]) - means[k];
}

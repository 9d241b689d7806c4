/** What the memory of a normalised layer has beside the usual (src/core/layout.ts). */

/** How the sums of a hidden layer are normalised: over the rows of a mini-batch, over the units of a row, or not. */
export type Normalization = "batch" | "layer" | "none";

/** Rows of batch normalisation, whose mini-batch must pass as a whole. */
export const BATCH_ROWS = 256;

/** The addresses of a normalised layer's own numbers, each [outputs]. */
export interface NormalizationPlan {
  readonly gain: number;
  readonly shift: number;
  readonly dgain: number;
  readonly dshift: number;
  /** Running mean and variance, of batch normalisation alone. */
  readonly mean: number;
  readonly variance: number;
  /** Float64: the mini-batch's means and variances [2, outputs], or each row's variance [rows]. */
  readonly moments: number;
}

/**
 * @param gain where the gain is inside the slabs of parameters and gradients, in bytes
 * @param running where this layer's running mean and variance would be
 */
export function planNormalization(
  normalization: Normalization | undefined,
  outputs: number,
  gain: number,
  { params, grads }: { readonly params: number; readonly grads: number },
  running: number,
  moments: number,
): NormalizationPlan | undefined {
  if (!hasGain(normalization)) return undefined;
  const shift = gain + 4 * outputs;
  return {
    ...{ gain: params + gain, shift: params + shift, dgain: grads + gain, dshift: grads + shift },
    ...{ mean: running, variance: running + 4 * outputs, moments },
  };
}

/** Whether a layer is normalised, and so has gain and shift. */
export function hasGain(normalization: Normalization | undefined): boolean {
  return normalization === "batch" || normalization === "layer";
}

/** Counts running means and variances. */
export function countRunning(sizes: readonly number[], normalizations: readonly Normalization[]): number {
  return normalizations.reduce((sum, own, l) => (own === "batch" ? sum + 2 * sizes[l + 1] : sum), 0);
}

/** What is done with gradients between the backward pass and the step: penalties, clipping, and what frozen layers are spared. */
import type { Network } from "./network.js";

/** Weights of Σ|W| and ½·ΣW², one of each a layer. */
export interface Penalties {
  readonly l1: readonly number[];
  readonly l2: readonly number[];
}

/** Adds the penalties' gradient and returns the penalties, l1·Σ|W| + l2/2·ΣW² over the weights of all layers not frozen. */
export function penalise({ kernels, layout }: Network, { l1, l2 }: Penalties, rates?: readonly number[]): number {
  let penalty = 0;
  layout.layers.forEach(({ dw, w, inputs, outputs }, l) => {
    if (isPenalised(l, l1, l2, rates)) penalty += kernels.penaltyAccumulate(dw, w, inputs * outputs, l1[l], l2[l]);
  });
  return penalty;
}

/** Whether layer `l` has a penalty that matters: those of frozen layers are constants. */
export function isPenalised(
  l: number,
  l1: readonly number[],
  l2: readonly number[],
  rates: readonly number[] | undefined,
): boolean {
  return (l1[l] > 0 || l2[l] > 0) && rates?.[l] !== 0;
}

/** Shortens the whole gradient to the length `limit` if it is longer (Pascanu et al. 2013). */
export function clipGradients({ kernels, layout: { grads, parameterCount } }: Network, limit: number): void {
  const norm = kernels.gradientNorm(grads, parameterCount);
  if (norm > limit) kernels.clipStep(grads, parameterCount, limit / norm);
}

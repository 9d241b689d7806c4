/** What is done with gradients between the backward pass and the step: penalties and clipping. */
import type { Pass, Penalties } from "./pass-plan.js";

type Gradients = Pick<Pass, "kernels" | "layout">;

/**
 * Adds the penalties' gradient and returns the penalties, l1·Σ|W| + l2/2·ΣW² over the weights of all layers. Those of frozen layers
 * are constants: the gradient there stays 0.
 */
export function penalise({ kernels, layout }: Gradients, { l1, l2 }: Penalties, rates?: readonly number[]): number {
  let penalty = 0;
  for (let l = 0; l < layout.layers.length; l++) {
    if (l1[l] === 0 && l2[l] === 0) continue;
    const { dw, w, inputs, outputs } = layout.layers[l];
    penalty += kernels.penaltyAccumulate(dw, w, inputs * outputs, l1[l], l2[l]);
    if (rates?.[l] === 0) kernels.clipStep(dw, inputs * outputs, 0);
  }
  return penalty;
}

/** Shortens the whole gradient to the length `limit` if it is longer (Pascanu et al. 2013). */
export function clipGradients({ kernels, layout: { grads, parameterCount } }: Gradients, limit: number): void {
  const norm = kernels.gradientNorm(grads, parameterCount);
  if (norm > limit) kernels.clipStep(grads, parameterCount, limit / norm);
}

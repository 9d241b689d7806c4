/** What is done with gradients between the backward pass and the step: penalties and clipping. */
import { isPenalised, type Pass, type Penalties } from "./passes.js";

type Gradients = Pick<Pass, "kernels" | "layout">;

/** Adds the penalties' gradient and returns the penalties, l1·Σ|W| + l2/2·ΣW² over the weights of all layers not frozen. */
export function penalise({ kernels, layout }: Gradients, penalties: Penalties, rates?: readonly number[]): number {
  const { l1, l2 } = penalties;
  let penalty = 0;
  for (let l = 0; l < layout.layers.length; l++) {
    const { dw, w, inputs, outputs } = layout.layers[l];
    if (!isPenalised(l, penalties, rates)) continue;
    penalty += kernels.penaltyAccumulate(dw, w, inputs * outputs, l1[l], l2[l]);
  }
  return penalty;
}

/** Shortens the whole gradient to the length `limit` if it is longer (Pascanu et al. 2013). */
export function clipGradients({ kernels, layout: { grads, parameterCount } }: Gradients, limit: number): void {
  const norm = kernels.gradientNorm(grads, parameterCount);
  if (norm > limit) kernels.clipStep(grads, parameterCount, limit / norm);
}

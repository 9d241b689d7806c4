/**
 * The ABI: the exports of the core, nothing else. Pointers are byte addresses in linear memory, sizes count elements.
 * Kernels allocate nothing, keep nothing and import nothing; the host plans all memory from `base` up (src/core/layout.ts).
 */
export { expForward, logForward, sigmoidBackward, sigmoidForward, tanhBackward, tanhForward } from "./activations";
export { adagradStep, amsgradStep, lionStep, nadamStep, rmspropStep } from "./adaptive";
export { bytesForward, scanForward } from "./batch";
export {
  biasesAccumulate, biasesBackward, denseForward, denseReluForward, inputsBackward, inputsReluBackward, weightsAccumulate, weightsBackward,
} from "./dense";
export {
  sigmoidCrossEntropyBackward, sigmoidPairsBackward, softmaxCrossEntropyBackward, softmaxForward,
  softmaxTargetsBackward, squaredErrorBackward,
} from "./loss";
export { dropoutForward } from "./dropout";
export { penaltyAccumulate } from "./penalty";
export { rowForward } from "./row";
export { sparseForward, sparseReluForward, sparseWeightsAccumulate, sparseWeightsBackward } from "./sparse";
export {
  adamStep, clampStep, clipStep, gradientLargest, gradientNorm, maxNormStep, momentumStep, nesterovStep, sgdStep,
} from "./optimizers";

/** The first byte that is free for the host. */
export const base: usize = __heap_base;

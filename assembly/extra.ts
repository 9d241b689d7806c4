/**
 * The ABI of the second module, which is loaded when a model first asks for what it has: kernels on the memory of an instance of
 * the core, which it imports. As in index.ts they allocate nothing and keep nothing.
 */
export {
  geluBackward, geluForward, geluTanhBackward, geluTanhForward, mishBackward, mishForward, siluBackward, siluForward,
  softplusBackward, softplusForward,
} from "./curves";
export { absoluteErrorBackward, gaussianBackward, huberBackward, poissonBackward, quantileBackward } from "./errors";
export {
  clampBackward, clampForward, eluBackward, eluForward, expBackward, hardSigmoidForward, leakyReluBackward, leakyReluForward,
  softsignBackward, softsignForward,
} from "./piecewise";
export {
  batchNormalizationBackward, batchNormalizationForward, gainsAccumulate, gainsBackward, layerNormalizationBackward,
  layerNormalizationForward, runningMomentsStep, runningNormalizationForward,
} from "./normalization";

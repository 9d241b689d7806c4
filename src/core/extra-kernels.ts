/** The kernels that assembly/extra.ts exports, as in src/core/kernels.ts. */

/** y = f(x) for n floats. */
type Forward<Constants extends number[] = []> = (y: number, x: number, n: number, ...constants: Constants) => void;
/** dz = dy·f' for n floats, f' from what the forward pass kept. */
type Backward<Constants extends number[] = []> = (
  dz: number,
  dy: number,
  kept: number,
  n: number,
  ...constants: Constants
) => void;
/** The loss of n values, and its derivative. */
type Error<Constants extends number[] = []> = (
  d: number,
  z: number,
  t: number,
  ...sizes: [...Constants, scale: number]
) => number;

export interface ExtraKernels {
  geluForward: Forward;
  geluBackward: Backward;
  geluTanhForward: Forward;
  geluTanhBackward: Backward;
  siluForward: Forward;
  siluBackward: Backward;
  mishForward: Forward;
  mishBackward: Backward;
  softplusForward: Forward;
  softplusBackward: Backward;
  softsignForward: Forward;
  softsignBackward: Backward;
  hardSigmoidForward: Forward;
  expBackward: Backward;
  eluForward: Forward<[scale: number, alpha: number]>;
  eluBackward: Backward<[scale: number, alpha: number]>;
  leakyReluForward: Forward<[slope: number]>;
  leakyReluBackward: Backward<[slope: number]>;
  clampForward: Forward<[low: number, high: number]>;
  clampBackward: Backward<[low: number, high: number, slope: number]>;
  absoluteErrorBackward: Error<[n: number]>;
  huberBackward: Error<[n: number, delta: number]>;
  poissonBackward: Error<[n: number]>;
  gaussianBackward: Error<[B: number, K: number]>;
  quantileBackward: Error<[levels: number, n: number, Q: number]>;
  batchNormalizationForward: (
    y: number,
    h: number,
    moments: number,
    x: number,
    gain: number,
    shift: number,
    B: number,
    O: number,
    n: number,
  ) => void;
  batchNormalizationBackward: (
    dx: number,
    dgain: number,
    dshift: number,
    dy: number,
    h: number,
    moments: number,
    gain: number,
    B: number,
    O: number,
    n: number,
  ) => void;
  runningMomentsStep: (mean: number, variance: number, moments: number, B: number, O: number) => void;
  runningNormalizationForward: (
    y: number,
    x: number,
    mean: number,
    variance: number,
    gain: number,
    shift: number,
    B: number,
    O: number,
  ) => void;
  layerNormalizationForward: (
    y: number,
    h: number,
    variances: number,
    x: number,
    gain: number,
    shift: number,
    B: number,
    O: number,
  ) => void;
  layerNormalizationBackward: (
    dx: number,
    dy: number,
    h: number,
    variances: number,
    gain: number,
    B: number,
    O: number,
  ) => void;
  gainsBackward: (dgain: number, dy: number, h: number, B: number, O: number) => void;
  gainsAccumulate: (dgain: number, dy: number, h: number, B: number, O: number) => void;
}

/**
 * The kernels that assembly/index.ts exports; the files there give formulas, shapes and error bounds. Pointers are byte
 * addresses in the memory of the core; B rows, I inputs, O outputs and n are counts of elements.
 */
export interface Kernels {
  expForward(y: number, x: number, n: number): void;
  logForward(y: number, x: number, n: number): void;
  sigmoidForward(y: number, x: number, n: number): void;
  tanhForward(y: number, x: number, n: number): void;
  sigmoidBackward(dz: number, dy: number, y: number, n: number): void;
  tanhBackward(dz: number, dy: number, y: number, n: number): void;
  denseForward(y: number, x: number, w: number, b: number, panel: number, B: number, I: number, O: number): void;
  denseReluForward(y: number, x: number, w: number, b: number, panel: number, B: number, I: number, O: number): void;
  weightsBackward(
    dw: number,
    x: number,
    dy: number,
    panel: number,
    B: number,
    I: number,
    O: number,
    gap?: number,
  ): void;
  weightsAccumulate(
    dw: number,
    x: number,
    dy: number,
    panel: number,
    B: number,
    I: number,
    O: number,
    gap?: number,
  ): void;
  sparseForward(y: number, x: number, w: number, b: number, lists: number, B: number, I: number, O: number): void;
  sparseReluForward(y: number, x: number, w: number, b: number, lists: number, B: number, I: number, O: number): void;
  sparseWeightsBackward(
    dw: number,
    x: number,
    dy: number,
    lists: number,
    B: number,
    I: number,
    O: number,
    gap?: number,
  ): void;
  sparseWeightsAccumulate(
    dw: number,
    x: number,
    dy: number,
    lists: number,
    B: number,
    I: number,
    O: number,
    gap?: number,
  ): void;
  biasesBackward(db: number, dy: number, B: number, O: number): void;
  biasesAccumulate(db: number, dy: number, B: number, O: number): void;
  inputsBackward(dx: number, dy: number, w: number, panel: number, B: number, I: number, O: number): void;
  inputsReluBackward(
    dx: number,
    dy: number,
    w: number,
    h: number,
    panel: number,
    B: number,
    I: number,
    O: number,
  ): void;
  softmaxForward(p: number, z: number, B: number, O: number): void;
  softmaxCrossEntropyBackward(
    d: number,
    z: number,
    labels: number,
    weights: number,
    B: number,
    O: number,
    scale: number,
  ): number;
  sigmoidCrossEntropyBackward(d: number, z: number, targets: number, n: number, scale: number): number;
  softmaxTargetsBackward(d: number, z: number, targets: number, B: number, O: number, scale: number): number;
  sigmoidPairsBackward(
    d: number,
    z: number,
    targets: number,
    weights: number,
    B: number,
    O: number,
    scale: number,
  ): number;
  squaredErrorBackward(d: number, z: number, targets: number, n: number, scale: number): number;
  dropoutForward(
    y: number,
    x: number,
    n: number,
    from: number,
    key1: number,
    key2: number,
    threshold: number,
    scale: number,
  ): void;
  gradientNorm(g: number, n: number): number;
  gradientLargest(g: number, n: number): number;
  clipStep(g: number, n: number, factor: number): void;
  clampStep(g: number, n: number, limit: number): void;
  penaltyAccumulate(dw: number, w: number, n: number, l1: number, l2: number): number;
  maxNormStep(w: number, I: number, O: number, limit: number): void;
  sgdStep(w: number, g: number, n: number, rate: number): void;
  momentumStep(w: number, g: number, v: number, n: number, rate: number, momentum: number): void;
  nesterovStep(w: number, g: number, v: number, n: number, rate: number, momentum: number): void;
  adamStep(
    w: number,
    g: number,
    m: number,
    v: number,
    n: number,
    rate: number,
    beta1: number,
    rest1: number,
    beta2: number,
    rest2: number,
    root: number,
    epsilon: number,
  ): void;
  amsgradStep(
    w: number,
    g: number,
    m: number,
    v: number,
    x: number,
    n: number,
    rate: number,
    beta1: number,
    rest1: number,
    beta2: number,
    rest2: number,
    root: number,
    epsilon: number,
  ): void;
  nadamStep(
    w: number,
    g: number,
    m: number,
    v: number,
    n: number,
    slopeRate: number,
    meanRate: number,
    beta1: number,
    rest1: number,
    beta2: number,
    rest2: number,
    root: number,
    epsilon: number,
  ): void;
  rmspropStep(
    w: number,
    g: number,
    s: number,
    v: number,
    m: number,
    n: number,
    rate: number,
    decay: number,
    rest: number,
    momentum: number,
    epsilon: number,
  ): void;
  adagradStep(w: number, g: number, s: number, n: number, rate: number, initial: number, epsilon: number): void;
  lionStep(
    w: number,
    g: number,
    m: number,
    n: number,
    rate: number,
    beta1: number,
    rest1: number,
    beta2: number,
    rest2: number,
  ): void;
  rowForward(plan: number, output: number, panels: number): number;
  bytesForward(y: number, x: number, n: number, scale: number): number;
  scanForward(found: number, x: number, n: number): void;
}

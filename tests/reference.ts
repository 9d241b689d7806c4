/**
 * Every kernel again: naive, float64, one formula a function. The definition of what assembly/ must compute and the oracle
 * of its tests. Matrices are row-major; B rows, I inputs, O outputs; arguments in the order of the kernels' sizes.
 */

export type Vector = ArrayLike<number>;

/** C[m×n] = start + A[m×k]·B[k×n], `start` a row added to every row, or nothing. */
export function product(a: Vector, b: Vector, m: number, n: number, k: number, start?: Vector): Float64Array {
  const c = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++) {
      let sum = start ? start[j] : 0;
      for (let p = 0; p < k; p++) sum += a[i * k + p] * b[p * n + j];
      c[i * n + j] = sum;
    }
  }
  return c;
}

/** Aᵀ[n×m] of A[m×n]. */
export function transpose(a: Vector, m: number, n: number): Float64Array {
  const t = new Float64Array(m * n);
  for (let i = 0; i < m; i++) for (let j = 0; j < n; j++) t[j * m + i] = a[i * n + j];
  return t;
}

/** Y = X·W + b */
export function dense(x: Vector, w: Vector, b: Vector, B: number, I: number, O: number): Float64Array {
  return product(x, w, B, O, I, b);
}

/** dW = Xᵀ·dY */
export function weightsGradient(x: Vector, dy: Vector, B: number, I: number, O: number): Float64Array {
  return product(transpose(x, B, I), dy, I, O, B);
}

/** db = column sums of dY */
export function biasesGradient(dy: Vector, B: number, O: number): Float64Array {
  return product(new Float64Array(B).fill(1), dy, 1, O, B);
}

/** dX = dY·Wᵀ */
export function inputsGradient(dy: Vector, w: Vector, B: number, I: number, O: number): Float64Array {
  return product(dy, transpose(w, I, O), B, I, O);
}

export type ActivationName = "relu" | "sigmoid" | "tanh" | "identity";

/** Each activation, and its derivative from the OUTPUT y. */
export const activations: Record<ActivationName, { f(x: number): number; slope(y: number): number }> = {
  relu: { f: (x) => Math.max(x, 0), slope: (y) => (y > 0 ? 1 : 0) },
  sigmoid: { f: sigmoid, slope: (y) => y * (1 - y) },
  tanh: { f: Math.tanh, slope: (y) => 1 - y * y },
  identity: { f: (x) => x, slope: () => 1 },
};

export function sigmoid(x: number): number {
  return x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x));
}

/** Row by row. */
export function softmax(z: Vector, B: number, O: number): Float64Array {
  const p = new Float64Array(B * O);
  for (let r = 0; r < B; r++) {
    const row = Array.from({ length: O }, (_, j) => z[r * O + j]);
    const peak = Math.max(...row);
    const total = row.reduce((sum, value) => sum + Math.exp(value - peak), 0);
    for (let j = 0; j < O; j++) p[r * O + j] = Math.exp(row[j] - peak) / total;
  }
  return p;
}

/** A loss summed over rows, and its derivative by z times `scale`. */
export interface LossAndGradient {
  loss: number;
  d: Float64Array;
}

/** `weights`: what a row counts by its class. */
export function softmaxCrossEntropy(
  z: Vector,
  labels: Vector,
  B: number,
  O: number,
  scale: number,
  weights: Vector = new Float64Array(O).fill(1),
): LossAndGradient {
  const p = softmax(z, B, O);
  let loss = 0;
  const d = p.map((value, i) => value * scale * weights[labels[Math.floor(i / O)]]);
  for (let r = 0; r < B; r++) {
    const own = r * O + labels[r];
    let beside = 0;
    for (let j = 0; j < O; j++) if (j !== labels[r]) beside += Math.exp(z[r * O + j] - z[own]);
    loss += weights[labels[r]] * Math.log1p(beside);
    d[own] = (-beside / (1 + beside)) * scale * weights[labels[r]];
  }
  return { loss, d };
}

export function sigmoidCrossEntropy(z: Vector, targets: Vector, n: number, scale: number): LossAndGradient {
  let loss = 0;
  const d = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const sign = 1 - 2 * targets[i];
    loss += Math.max(sign * z[i], 0) + Math.log1p(Math.exp(-Math.abs(z[i])));
    d[i] = sign * sigmoid(sign * z[i]) * scale;
  }
  return { loss, d };
}

/** For targets of all classes, >= 0, that need not sum to 1. */
export function softmaxTargets(z: Vector, targets: Vector, B: number, O: number, scale: number): LossAndGradient {
  const p = softmax(z, B, O);
  let loss = 0;
  const d = new Float64Array(B * O);
  for (let r = 0; r < B; r++) {
    const row = Array.from({ length: O }, (_, j) => z[r * O + j]);
    const peak = Math.max(...row);
    const beside = row.reduce((sum, value) => sum + Math.exp(value - peak), 0) - 1;
    const all = row.reduce((sum, _, j) => sum + targets[r * O + j], 0);
    for (let j = 0; j < O; j++) {
      const t = targets[r * O + j];
      loss += t * (peak - row[j] + Math.log1p(beside));
      d[r * O + j] = scale * (all * p[r * O + j] - t);
    }
  }
  return { loss, d };
}

/** For targets from 0 to 1 whose zeros and ones count `weights[2j]` and `weights[2j + 1]` in output j: by default 1. */
export function sigmoidPairs(
  z: Vector,
  targets: Vector,
  n: number,
  O: number,
  scale: number,
  weights: Vector = new Float64Array(2 * O).fill(1),
): LossAndGradient {
  const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  let loss = 0;
  const d = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const ones = weights[2 * (i % O) + 1] * targets[i];
    const zeros = weights[2 * (i % O)] * (1 - targets[i]);
    loss += ones * softplus(-z[i]) + zeros * softplus(z[i]);
    d[i] = scale * (zeros * sigmoid(z[i]) - ones * sigmoid(-z[i]));
  }
  return { loss, d };
}

export function squaredError(z: Vector, targets: Vector, n: number, scale: number): LossAndGradient {
  let loss = 0;
  const d = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    loss += (z[i] - targets[i]) ** 2 / 2;
    d[i] = (z[i] - targets[i]) * scale;
  }
  return { loss, d };
}

/** Whether unit `place` of a mini-batch is kept: MurmurHash3's finalizer (Appleby 2011), the key in two halves. */
export function isKept(place: number, key1: number, key2: number, threshold: number): boolean {
  let h = (Math.imul(place, 0x9e3779b9) + key1) | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13) ^ key2, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0 >= threshold;
}

/** l1·Σ|W| + l2/2·ΣW² and its gradient. */
export function penalty(w: Vector, n: number, l1: number, l2: number): LossAndGradient {
  let loss = 0;
  const d = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    loss += l1 * Math.abs(w[i]) + (l2 / 2) * w[i] * w[i];
    d[i] = l1 * Math.sign(w[i]) + l2 * w[i];
  }
  return { loss, d };
}

/** Parameters and what their optimizer keeps, updated in place. */
export interface OptimizerState {
  w: Float64Array;
  /** Velocity (momentum, nesterov), or Adam's mean. */
  state1: Float64Array;
  /** Adam's mean of squares. */
  state2: Float64Array;
}

export function momentumStep(
  state: OptimizerState,
  g: Vector,
  rate: number,
  momentum: number,
  nesterov: boolean,
): void {
  const { w, state1: v } = state;
  for (let i = 0; i < w.length; i++) {
    v[i] = momentum * v[i] + g[i];
    w[i] -= rate * (nesterov ? g[i] + momentum * v[i] : v[i]);
  }
}

/** The t-th step, t from 1 on, as Kingma and Ba write it; v is what float32 holds at most. */
export function adamStep(
  state: OptimizerState,
  g: Vector,
  rate: number,
  beta1: number,
  beta2: number,
  epsilon: number,
  t: number,
): void {
  const { w, state1: m, state2: v } = state;
  for (let i = 0; i < w.length; i++) {
    m[i] = beta1 * m[i] + (1 - beta1) * g[i];
    v[i] = Math.min(beta2 * v[i] + (1 - beta2) * g[i] ** 2, (2 - 2 ** -23) * 2 ** 127);
    const mean = m[i] / (1 - beta1 ** t);
    const square = v[i] / (1 - beta2 ** t);
    w[i] -= (rate * mean) / (Math.sqrt(square) + epsilon);
  }
}

/** As {@link adamStep}, with the largest v so far, x, in its place. */
export function amsgradStep(
  state: OptimizerState,
  x: Float64Array,
  g: Vector,
  rate: number,
  beta1: number,
  beta2: number,
  epsilon: number,
  t: number,
): void {
  const { w, state1: m, state2: v } = state;
  for (let i = 0; i < w.length; i++) {
    m[i] = beta1 * m[i] + (1 - beta1) * g[i];
    v[i] = beta2 * v[i] + (1 - beta2) * g[i] ** 2;
    x[i] = Math.max(x[i], v[i]);
    w[i] -= (rate * m[i]) / (1 - beta1 ** t) / (Math.sqrt(x[i] / (1 - beta2 ** t)) + epsilon);
  }
}

/** The t-th step as PyTorch writes it; `product` is that of the momenta of all steps up to this one. */
export function nadamStep(
  state: OptimizerState,
  g: Vector,
  rate: number,
  beta1: number,
  beta2: number,
  epsilon: number,
  momentumDecay: number,
  t: number,
): void {
  const { w, state1: m, state2: v } = state;
  const momentum = (at: number) => beta1 * (1 - 0.5 * 0.96 ** (at * momentumDecay));
  let product = 1;
  for (let at = 1; at <= t; at++) product *= momentum(at);
  for (let i = 0; i < w.length; i++) {
    m[i] = beta1 * m[i] + (1 - beta1) * g[i];
    v[i] = beta2 * v[i] + (1 - beta2) * g[i] ** 2;
    const size = Math.sqrt(v[i] / (1 - beta2 ** t)) + epsilon;
    w[i] -= ((rate * (1 - momentum(t))) / (1 - product)) * (g[i] / size);
    w[i] -= ((rate * momentum(t + 1)) / (1 - product * momentum(t + 1))) * (m[i] / size);
  }
}

/** Without a mean it is not centered; without a velocity it has no momentum. */
export function rmspropStep(
  w: Float64Array,
  [s, velocity, mean]: readonly [Float64Array, Float64Array?, Float64Array?],
  g: Vector,
  rate: number,
  decay: number,
  momentum: number,
  epsilon: number,
): void {
  for (let i = 0; i < w.length; i++) {
    s[i] = decay * s[i] + (1 - decay) * g[i] ** 2;
    if (mean) mean[i] = decay * mean[i] + (1 - decay) * g[i];
    const variance = mean ? s[i] - mean[i] ** 2 : s[i];
    let step = g[i] / (Math.sqrt(variance) + epsilon);
    if (velocity) step = velocity[i] = momentum * velocity[i] + step;
    w[i] -= rate * step;
  }
}

export function adagradStep({ w, state1: s }: OptimizerState, g: Vector, rate: number, epsilon: number): void {
  for (let i = 0; i < w.length; i++) {
    s[i] += g[i] ** 2;
    w[i] -= (rate * g[i]) / (Math.sqrt(s[i]) + epsilon);
  }
}

export function lionStep(
  { w, state1: m }: OptimizerState,
  g: Vector,
  rate: number,
  beta1: number,
  beta2: number,
): void {
  for (let i = 0; i < w.length; i++) {
    w[i] -= rate * Math.sign(beta1 * m[i] + (1 - beta1) * g[i]);
    m[i] = beta2 * m[i] + (1 - beta2) * g[i];
  }
}

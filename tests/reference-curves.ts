/** Every activation again, naive, float64: its value and its slope, both from the sum; and every loss of values. */
import { type Activation, type ActivationName, partsOf } from "../src/net/activations.js";
import type { Loss } from "../src/net/design.js";
import { type LossAndGradient, sigmoid, type Vector } from "./reference.js";

/** A function and its derivative. */
export interface Curve {
  f(x: number): number;
  slope(x: number): number;
}

/** erfc(t) for t >= 0: the series near 0, the continued fraction further out. */
function erfc(t: number): number {
  if (t < 2) {
    let [term, sum] = [t, t];
    for (let k = 1; k < 80; k++) {
      term *= (-t * t) / k;
      sum += term / (2 * k + 1);
    }
    return 1 - (2 / Math.sqrt(Math.PI)) * sum;
  }
  let fraction = 0;
  for (let k = 120; k > 0; k--) fraction = k / 2 / (t + fraction);
  return Math.exp(-t * t) / Math.sqrt(Math.PI) / (t + fraction);
}

/** Φ(x), the share of the normal distribution below x. */
export const normalShare = (x: number) => (x < 0 ? erfc(-x / Math.SQRT2) / 2 : 1 - erfc(x / Math.SQRT2) / 2);
/** φ(x) */
const density = (x: number) => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);

const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const clamp = (low: number, high: number): Curve => ({
  f: (x) => Math.min(Math.max(x, low), high),
  slope: (x) => (x > low && x < high ? 1 : 0),
});
const elu = (scale: number, alpha: number): Curve => ({
  f: (x) => scale * (x > 0 ? x : alpha * Math.expm1(x)),
  slope: (x) => scale * (x > 0 ? 1 : alpha * Math.exp(x)),
});
const leaky = (slope: number): Curve => ({ f: (x) => (x > 0 ? x : slope * x), slope: (x) => (x > 0 ? 1 : slope) });
/** x·sigmoid(v(x)) */
const gated = (v: (x: number) => number, dv: (x: number) => number): Curve => ({
  f: (x) => x * sigmoid(v(x)),
  slope: (x) => sigmoid(v(x)) + x * dv(x) * sigmoid(v(x)) * sigmoid(-v(x)),
});
const C = 2 * Math.sqrt(2 / Math.PI);

const CURVES: Record<ActivationName, (number: number | undefined) => Curve> = {
  relu: () => leaky(0),
  sigmoid: () => ({ f: sigmoid, slope: (x) => sigmoid(x) * sigmoid(-x) }),
  tanh: () => ({ f: Math.tanh, slope: (x) => 4 * sigmoid(2 * x) * sigmoid(-2 * x) }),
  identity: () => ({ f: (x) => x, slope: () => 1 }),
  "leaky-relu": (slope = 0.01) => leaky(slope),
  elu: (alpha = 1) => elu(1, alpha),
  selu: () => elu(1.0507009873554805, 1.6732632423543772),
  gelu: () => ({ f: (x) => x * normalShare(x), slope: (x) => normalShare(x) + x * density(x) }),
  "gelu-tanh": () =>
    gated(
      (x) => C * (x + 0.044715 * x ** 3),
      (x) => C * (1 + 3 * 0.044715 * x * x),
    ),
  silu: () =>
    gated(
      (x) => x,
      () => 1,
    ),
  mish: () => ({
    f: (x) => x * Math.tanh(softplus(x)),
    slope: (x) => Math.tanh(softplus(x)) + x * sigmoid(x) * (4 * sigmoid(2 * softplus(x)) * sigmoid(-2 * softplus(x))),
  }),
  softplus: () => ({ f: softplus, slope: sigmoid }),
  softsign: () => ({ f: (x) => x / (1 + Math.abs(x)), slope: (x) => 1 / (1 + Math.abs(x)) ** 2 }),
  "hard-sigmoid": () => ({
    f: (x) => Math.min(Math.max((x + 3) / 6, 0), 1),
    slope: (x) => (x > -3 && x < 3 ? 1 / 6 : 0),
  }),
  "hard-tanh": () => clamp(-1, 1),
  relu6: () => clamp(0, 6),
  exponential: () => ({ f: Math.exp, slope: Math.exp }),
};

export function curveOf(activation: Activation): Curve {
  const [name, number] = partsOf(activation);
  return CURVES[name](number);
}

/** A loss of values z, or of sums where it is computed from these, and its derivative by them times `scale`, row by row. */
export function valueLoss(loss: Loss, z: Vector, t: Vector, rows: number, outputs: number): LossAndGradient {
  const d = new Float64Array(rows * outputs);
  let sum = 0;
  const add = (i: number, value: number, slope: number) => {
    sum += value;
    d[i] += slope;
  };
  for (let i = 0; i < rows * outputs; i++) {
    const e = z[i] - t[i];
    if (loss === "squared-error") add(i, (e * e) / 2, e);
    else if (loss === "absolute-error") add(i, Math.abs(e), Math.sign(e));
    else if (loss === "poisson") add(i, Math.exp(z[i]) - t[i] * z[i], Math.exp(z[i]) - t[i]);
    else if (loss === "gaussian") {
      const half = outputs / 2;
      const [r, k] = [Math.floor(i / outputs), i % outputs];
      if (k >= half) continue;
      const [error, s] = [z[i] - t[r * half + k], z[i + half]];
      add(i, (s + error * error * Math.exp(-s)) / 2, error * Math.exp(-s));
      d[i + half] += 0.5 - (error * error * Math.exp(-s)) / 2;
    } else if (typeof loss === "object" && "quantiles" in loss) {
      const level = loss.quantiles[i % loss.quantiles.length];
      const u = t[Math.floor(i / loss.quantiles.length)] - z[i];
      add(i, Math.max(level * u, (level - 1) * u), u > 0 ? -level : u < 0 ? 1 - level : 0);
    } else {
      const delta = typeof loss === "object" ? (loss as { huber: number }).huber : 1;
      const isInside = Math.abs(e) <= delta;
      add(i, isInside ? (e * e) / 2 : delta * (Math.abs(e) - delta / 2), isInside ? e : delta * Math.sign(e));
    }
  }
  return { loss: sum, d };
}

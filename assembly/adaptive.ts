/**
 * The less common updates, by the conventions of optimizers.ts: one step of n parameters in place, state zero before the first,
 * scalars that depend on the step from the caller. Sums of squares are MAX at most, since an infinite one would stop its weight.
 */
import { loadLanes, storeLanes } from "./lanes";
import { flushTiny } from "./math";

/** decay·s + rest·g², MAX at most. */
// @ts-ignore: decorator
@inline
function squaresOf(s: v128, slope: v128, decay: v128, rest: v128): v128 {
  const sum = f32x4.add(f32x4.mul(decay, s), f32x4.mul(rest, f32x4.mul(slope, slope)));
  return f32x4.pmin(sum, f32x4.splat(f32.MAX_VALUE));
}

/** As adamStep, with the largest v so far, x, in place of v: x = max(x, v)  (AMSGrad: Reddi et al. 2018) */
export function amsgradStep(
  w: usize, g: usize, m: usize, v: usize, x: usize, n: i32,
  rate: f32, beta1: f32, rest1: f32, beta2: f32, rest2: f32, root: f32, epsilon: f32,
): void {
  const a = f32x4.splat(rate), b1 = f32x4.splat(beta1), r1 = f32x4.splat(rest1);
  const b2 = f32x4.splat(beta2), r2 = f32x4.splat(rest2), c = f32x4.splat(root), eps = f32x4.splat(epsilon);
  for (; n > 0; n -= 4, w += 16, g += 16, m += 16, v += 16, x += 16) {
    const lanes = min(n, 4);
    const slope = loadLanes(g, lanes);
    const mean = flushTiny(f32x4.add(f32x4.mul(b1, loadLanes(m, lanes)), f32x4.mul(r1, slope)));
    const square = flushTiny(squaresOf(loadLanes(v, lanes), slope, b2, r2));
    const largest = f32x4.max(loadLanes(x, lanes), square);
    storeLanes(m, mean, lanes);
    storeLanes(v, square, lanes);
    storeLanes(x, largest, lanes);
    const size = f32x4.add(f32x4.mul(f32x4.sqrt(largest), c), eps);
    storeLanes(w, f32x4.sub(loadLanes(w, lanes), f32x4.div(f32x4.mul(a, mean), size)), lanes);
  }
}

/**
 * m = β₁·m + (1-β₁)·g;  v = β₂·v + (1-β₂)·g²;  w -= (slopeRate·g + meanRate·m) / (√v·root + ε)  (NAdam: Dozat 2016)
 *
 * The caller folds Nesterov's momentum and the corrections in: root = 1/√(1 - β₂ᵗ).
 */
export function nadamStep(
  w: usize, g: usize, m: usize, v: usize, n: i32,
  slopeRate: f32, meanRate: f32, beta1: f32, rest1: f32, beta2: f32, rest2: f32, root: f32, epsilon: f32,
): void {
  const a = f32x4.splat(slopeRate), b = f32x4.splat(meanRate), b1 = f32x4.splat(beta1), r1 = f32x4.splat(rest1);
  const b2 = f32x4.splat(beta2), r2 = f32x4.splat(rest2), c = f32x4.splat(root), eps = f32x4.splat(epsilon);
  for (; n >= 4; n -= 4, w += 16, g += 16, m += 16, v += 16) nadamAt(w, g, m, v, 4, a, b, b1, r1, b2, r2, c, eps);
  if (n > 0) nadamAt(w, g, m, v, n, a, b, b1, r1, b2, r2, c, eps);
}

// @ts-ignore: decorator
@inline
function nadamAt(
  w: usize, g: usize, m: usize, v: usize, lanes: i32,
  a: v128, b: v128, b1: v128, r1: v128, b2: v128, r2: v128, c: v128, eps: v128,
): void {
  const slope = loadLanes(g, lanes);
  const mean = flushTiny(f32x4.add(f32x4.mul(b1, loadLanes(m, lanes)), f32x4.mul(r1, slope)));
  const square = flushTiny(squaresOf(loadLanes(v, lanes), slope, b2, r2));
  storeLanes(m, mean, lanes);
  storeLanes(v, square, lanes);
  const size = f32x4.add(f32x4.mul(f32x4.sqrt(square), c), eps);
  const step = f32x4.add(f32x4.mul(a, slope), f32x4.mul(b, mean));
  storeLanes(w, f32x4.sub(loadLanes(w, lanes), f32x4.div(step, size)), lanes);
}

/**
 * s = decay·s + (1-decay)·g²;  u = g / (√s + ε);  w -= rate·u  (RMSProp: Tieleman and Hinton 2012)
 *
 * m, unless it is 0: m = decay·m + (1-decay)·g, and √max(s - m², 0) takes the place of √s (centered: Graves 2013).
 * v, unless it is 0: v = momentum·v + u, and w -= rate·v.
 */
export function rmspropStep(
  w: usize, g: usize, s: usize, v: usize, m: usize, n: i32,
  rate: f32, decay: f32, rest: f32, momentum: f32, epsilon: f32,
): void {
  const a = f32x4.splat(rate), d = f32x4.splat(decay), r = f32x4.splat(rest);
  const mu = f32x4.splat(momentum), eps = f32x4.splat(epsilon), zero = f32x4.splat(0);
  for (let at: usize = 0; n > 0; n -= 4, at += 16) {
    const lanes = min(n, 4);
    const slope = loadLanes(g + at, lanes);
    let size = flushTiny(squaresOf(loadLanes(s + at, lanes), slope, d, r));
    storeLanes(s + at, size, lanes);
    if (m != 0) {
      const mean = flushTiny(f32x4.add(f32x4.mul(d, loadLanes(m + at, lanes)), f32x4.mul(r, slope)));
      storeLanes(m + at, mean, lanes);
      size = f32x4.max(f32x4.sub(size, f32x4.mul(mean, mean)), zero);
    }
    let step = f32x4.div(slope, f32x4.add(f32x4.sqrt(size), eps));
    if (v != 0) {
      step = flushTiny(f32x4.add(f32x4.mul(mu, loadLanes(v + at, lanes)), step));
      storeLanes(v + at, step, lanes);
    }
    storeLanes(w + at, f32x4.sub(loadLanes(w + at, lanes), f32x4.mul(a, step)), lanes);
  }
}

/** s = s + initial + g²;  w -= rate·g / (√s + ε)  (AdaGrad: Duchi et al. 2011); initial is 0 after the first step. */
export function adagradStep(w: usize, g: usize, s: usize, n: i32, rate: f32, initial: f32, epsilon: f32): void {
  const a = f32x4.splat(rate), eps = f32x4.splat(epsilon), one = f32x4.splat(1), start = f32x4.splat(initial);
  for (; n >= 4; n -= 4, w += 16, g += 16, s += 16) adagradAt(w, g, s, 4, a, eps, one, start);
  if (n > 0) adagradAt(w, g, s, n, a, eps, one, start);
}

// @ts-ignore: decorator
@inline
function adagradAt(w: usize, g: usize, s: usize, lanes: i32, a: v128, eps: v128, one: v128, start: v128): void {
  const slope = loadLanes(g, lanes);
  const sum = squaresOf(f32x4.add(loadLanes(s, lanes), start), slope, one, one);
  storeLanes(s, sum, lanes);
  const step = f32x4.div(f32x4.mul(a, slope), f32x4.add(f32x4.sqrt(sum), eps));
  storeLanes(w, f32x4.sub(loadLanes(w, lanes), step), lanes);
}

/** w -= rate·sign(β₁·m + (1-β₁)·g);  m = β₂·m + (1-β₂)·g  (Lion: Chen et al. 2023); the sign of 0 is 0. */
export function lionStep(
  w: usize, g: usize, m: usize, n: i32, rate: f32, beta1: f32, rest1: f32, beta2: f32, rest2: f32,
): void {
  const a = f32x4.splat(rate), b1 = f32x4.splat(beta1), r1 = f32x4.splat(rest1);
  const b2 = f32x4.splat(beta2), r2 = f32x4.splat(rest2);
  for (; n >= 4; n -= 4, w += 16, g += 16, m += 16) lionAt(w, g, m, 4, a, b1, r1, b2, r2);
  if (n > 0) lionAt(w, g, m, n, a, b1, r1, b2, r2);
}

// @ts-ignore: decorator
@inline
function lionAt(
  w: usize, g: usize, m: usize, lanes: i32, a: v128, b1: v128, r1: v128, b2: v128, r2: v128,
): void {
  const slope = loadLanes(g, lanes), mean = loadLanes(m, lanes);
  const way = f32x4.add(f32x4.mul(b1, mean), f32x4.mul(r1, slope));
  storeLanes(m, flushTiny(f32x4.add(f32x4.mul(b2, mean), f32x4.mul(r2, slope))), lanes);
  const step = v128.and(v128.bitselect(way, a, f32x4.splat(-0.0)), f32x4.ne(way, f32x4.splat(0)));
  storeLanes(w, f32x4.sub(loadLanes(w, lanes), step), lanes);
}

/**
 * Further activations over a flat slab of n floats, and dz = dy times their slope. What the slope is computed from is kept by the
 * caller: the output y, or the sum z where the output does not tell it. Forward may run in place; backward too (dz = dy).
 *
 * Computed in float64 and rounded once: values within 0.51 ulp over every float32 (`npm run accuracy`), slopes within 1.02·2⁻²⁴ of
 * max(1, |slope|). NaN stays NaN; at infinity is what the limits are: 0 below and x above.
 */
import { lower, narrow, upper } from "./doubles";
import { loadLanes, storeLanes } from "./lanes";
import { log1p } from "./math";
import { exp, normalShare, sigmoid } from "./wide";

const GELU = 0, GELU_TANH = 1, SILU = 2, MISH = 3, SOFTPLUS = 4;

/** y = x·Φ(x), Φ the share of the normal distribution below x (GELU: Hendrycks and Gimpel 2016) */
export function geluForward(y: usize, x: usize, n: i32): void {
  smoothForward(GELU, y, x, n);
}

/** y = x·sigmoid(2u), u = √(2/π)·(x + 0.044715·x³): the same by tanh (Hendrycks and Gimpel 2016) */
export function geluTanhForward(y: usize, x: usize, n: i32): void {
  smoothForward(GELU_TANH, y, x, n);
}

/** y = x·sigmoid(x) (SiLU: Elfwing et al. 2018; swish: Ramachandran et al. 2017) */
export function siluForward(y: usize, x: usize, n: i32): void {
  smoothForward(SILU, y, x, n);
}

/** y = x·tanh(softplus(x)) (Misra 2019) */
export function mishForward(y: usize, x: usize, n: i32): void {
  smoothForward(MISH, y, x, n);
}

/** y = log(1 + exp(x)) (Dugas et al. 2001) */
export function softplusForward(y: usize, x: usize, n: i32): void {
  smoothForward(SOFTPLUS, y, x, n);
}

/** dz = dy·(Φ(z) + z·φ(z)) */
export function geluBackward(dz: usize, dy: usize, z: usize, n: i32): void {
  smoothBackward(GELU, dz, dy, z, n);
}

export function geluTanhBackward(dz: usize, dy: usize, z: usize, n: i32): void {
  smoothBackward(GELU_TANH, dz, dy, z, n);
}

export function siluBackward(dz: usize, dy: usize, z: usize, n: i32): void {
  smoothBackward(SILU, dz, dy, z, n);
}

export function mishBackward(dz: usize, dy: usize, z: usize, n: i32): void {
  smoothBackward(MISH, dz, dy, z, n);
}

/** dz = dy·sigmoid(z) */
export function softplusBackward(dz: usize, dy: usize, z: usize, n: i32): void {
  smoothBackward(SOFTPLUS, dz, dy, z, n);
}

// `kind` is known where these are called, so one branch of `value` and `slope` is left.

// @ts-ignore: decorator
@inline
function smoothForward(kind: i32, y: usize, x: usize, n: i32): void {
  for (; n > 0; n -= 4, x += 16, y += 16) {
    const lanes = min(n, 4);
    const v = loadLanes(x, lanes);
    storeLanes(y, narrow(value(kind, lower(v)), value(kind, upper(v))), lanes);
  }
}

// @ts-ignore: decorator
@inline
function smoothBackward(kind: i32, dz: usize, dy: usize, z: usize, n: i32): void {
  for (; n > 0; n -= 4, dz += 16, dy += 16, z += 16) {
    const lanes = min(n, 4);
    const d = loadLanes(dy, lanes), v = loadLanes(z, lanes);
    storeLanes(dz, narrow(f64x2.mul(lower(d), slope(kind, lower(v))), f64x2.mul(upper(d), slope(kind, upper(v)))), lanes);
  }
}

// @ts-ignore: decorator
@inline
function value(kind: i32, x: v128): v128 {
  // Long 0 in float32, and of -∞ 0 too.
  x = f64x2.pmax(x, f64x2.splat(-1000));
  if (kind == GELU) return f64x2.mul(x, normalShare(x, bell(x)));
  if (kind == GELU_TANH) return f64x2.mul(x, sigmoid(twiceU(x)));
  if (kind == SILU) return f64x2.mul(x, sigmoid(x));
  if (kind == MISH) return f64x2.mul(x, tanhSoftplus(exp(belowOverflow(x))));
  return softplus(x);
}

// @ts-ignore: decorator
@inline
function slope(kind: i32, x: v128): v128 {
  const one = f64x2.splat(1);
  x = f64x2.pmax(f64x2.pmin(x, f64x2.splat(1000)), f64x2.splat(-1000));
  if (kind == GELU) {
    const e = bell(x);
    return f64x2.add(normalShare(x, e), f64x2.mul(f64x2.mul(x, e), f64x2.splat(0.3989422804014327)));
  }
  if (kind == MISH) {
    const e = exp(belowOverflow(x));
    const w = f64x2.mul(e, f64x2.add(e, f64x2.splat(2))), next = f64x2.add(w, f64x2.splat(2));
    // 1 - tanh², and the slope of softplus.
    const rest = f64x2.div(f64x2.mul(f64x2.splat(4), f64x2.add(w, one)), f64x2.mul(next, next));
    return f64x2.add(f64x2.div(w, next), f64x2.mul(f64x2.mul(x, rest), f64x2.div(e, f64x2.add(one, e))));
  }
  if (kind == SOFTPLUS) return sigmoid(x);
  // x·sigmoid(v): s + x·v'·s·(1 - s), with 1 - s = e·s.
  const v = kind == GELU_TANH ? twiceU(x) : x;
  const e = exp(f64x2.neg(v));
  const s = f64x2.div(one, f64x2.add(one, e));
  const inner = kind == GELU_TANH
    ? f64x2.add(f64x2.splat(1.5957691216057308), f64x2.mul(f64x2.splat(0.2140644488178507), f64x2.mul(x, x)))
    : one;
  return f64x2.add(s, f64x2.mul(f64x2.mul(x, inner), f64x2.mul(f64x2.mul(e, s), s)));
}

/** exp(-x²/2) */
// @ts-ignore: decorator
@inline
function bell(x: v128): v128 {
  return exp(f64x2.mul(f64x2.mul(x, x), f64x2.splat(-0.5)));
}

/** 2·√(2/π)·(x + 0.044715·x³) */
// @ts-ignore: decorator
@inline
function twiceU(x: v128): v128 {
  const cubic = f64x2.mul(f64x2.splat(0.044715), f64x2.mul(f64x2.mul(x, x), x));
  return f64x2.mul(f64x2.splat(1.5957691216057308), f64x2.add(x, cubic));
}

/** tanh(log(1 + e)) = w/(w + 2) with w = (1 + e)² - 1 = e·(e + 2) */
// @ts-ignore: decorator
@inline
function tanhSoftplus(e: v128): v128 {
  const w = f64x2.mul(e, f64x2.add(e, f64x2.splat(2)));
  return f64x2.div(w, f64x2.add(w, f64x2.splat(2)));
}

/** Further up tanh(softplus) is 1, and the square of exp is still finite here. */
// @ts-ignore: decorator
@inline
function belowOverflow(x: v128): v128 {
  return f64x2.pmin(x, f64x2.splat(300));
}

/** max(x, 0) + log(1 + exp(-|x|)) */
// @ts-ignore: decorator
@inline
function softplus(x: v128): v128 {
  const e = exp(f64x2.neg(f64x2.abs(x)));
  const logs = f64x2.replace_lane(f64x2.splat(log1p(f64x2.extract_lane(e, 0))), 1, log1p(f64x2.extract_lane(e, 1)));
  return f64x2.add(v128.and(x, f64x2.gt(x, f64x2.splat(0))), logs);
}

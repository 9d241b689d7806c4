/**
 * Activations in pieces, as in curves.ts. Slopes are taken from the output y, of those held between two corners from the sum z.
 *
 * Errors of values are the largest over EVERY float32 (`npm run accuracy`), those of slopes are in units of 2⁻²⁴·max(1, |slope|). NaN
 * stays NaN; infinities have their limits.
 */
import { lower, narrow, upper } from "./doubles";
import { loadLanes, storeLanes } from "./lanes";
import { expLess } from "./wide";

/** y = scale·x for x > 0, scale·alpha·(exp(x) - 1) otherwise; error <= 0.51 ulp (ELU: Clevert et al. 2016; SELU: Klambauer et al. 2017) */
export function eluForward(y: usize, x: usize, n: i32, scale: f64, alpha: f64): void {
  for (; n > 0; n -= 4, x += 16, y += 16) {
    const lanes = min(n, 4);
    const v = loadLanes(x, lanes);
    storeLanes(y, narrow(elu(lower(v), scale, alpha), elu(upper(v), scale, alpha)), lanes);
  }
}

/** dz = dy·scale where y > 0, dy·(y + scale·alpha) otherwise; error <= 1 for ELU of alpha 1, 1.5 for SELU */
export function eluBackward(dz: usize, dy: usize, y: usize, n: i32, scale: f64, alpha: f64): void {
  for (; n > 0; n -= 4, dz += 16, dy += 16, y += 16) {
    const lanes = min(n, 4);
    const d = loadLanes(dy, lanes), v = loadLanes(y, lanes);
    const low = f64x2.mul(lower(d), eluSlope(lower(v), scale, alpha));
    storeLanes(dz, narrow(low, f64x2.mul(upper(d), eluSlope(upper(v), scale, alpha))), lanes);
  }
}

/** y = x for x > 0, slope·x otherwise; error <= 0.5 ulp (leaky ReLU: Maas et al. 2013) */
export function leakyReluForward(y: usize, x: usize, n: i32, slope: f32): void {
  leakyReluBackward(y, x, x, n, slope);
}

/** dz = dy where y > 0, slope·dy otherwise */
export function leakyReluBackward(dz: usize, dy: usize, y: usize, n: i32, slope: f32): void {
  const s = f32x4.splat(slope), zero = f32x4.splat(0);
  for (; n > 0; n -= 4, dz += 16, dy += 16, y += 16) {
    const lanes = min(n, 4);
    const d = loadLanes(dy, lanes);
    storeLanes(dz, v128.bitselect(d, f32x4.mul(d, s), f32x4.gt(loadLanes(y, lanes), zero)), lanes);
  }
}

/** y = x/(1 + |x|); error <= 1.5 ulp (Bergstra et al. 2009) */
export function softsignForward(y: usize, x: usize, n: i32): void {
  for (; n > 0; n -= 4, x += 16, y += 16) {
    const lanes = min(n, 4);
    // Infinities have the value that large numbers have.
    const v = clamp(loadLanes(x, lanes), -f32.MAX_VALUE, f32.MAX_VALUE);
    storeLanes(y, f32x4.div(v, f32x4.add(f32x4.splat(1), f32x4.abs(v))), lanes);
  }
}

/** dz = dy·(1 - |y|)²; error <= 2 */
export function softsignBackward(dz: usize, dy: usize, y: usize, n: i32): void {
  for (; n > 0; n -= 4, dz += 16, dy += 16, y += 16) {
    const lanes = min(n, 4);
    const rest = f32x4.sub(f32x4.splat(1), f32x4.abs(loadLanes(y, lanes)));
    storeLanes(dz, f32x4.mul(loadLanes(dy, lanes), f32x4.mul(rest, rest)), lanes);
  }
}

/** y = min(max((x + 3)/6, 0), 1); error <= 1 ulp (Howard et al. 2019) */
export function hardSigmoidForward(y: usize, x: usize, n: i32): void {
  const three = f32x4.splat(3), six = f32x4.splat(6);
  for (; n > 0; n -= 4, x += 16, y += 16) {
    const lanes = min(n, 4);
    storeLanes(y, clamp(f32x4.div(f32x4.add(loadLanes(x, lanes), three), six), 0, 1), lanes);
  }
}

/** y = min(max(x, low), high), exact: ReLU6 (Krizhevsky 2010), hard tanh (Collobert 2004) */
export function clampForward(y: usize, x: usize, n: i32, low: f32, high: f32): void {
  for (; n > 0; n -= 4, x += 16, y += 16) {
    const lanes = min(n, 4);
    storeLanes(y, clamp(loadLanes(x, lanes), low, high), lanes);
  }
}

/** dz = dy·slope where low < z < high, 0 elsewhere */
export function clampBackward(dz: usize, dy: usize, z: usize, n: i32, low: f32, high: f32, slope: f32): void {
  const s = f32x4.splat(slope), bottom = f32x4.splat(low), top = f32x4.splat(high);
  for (; n > 0; n -= 4, dz += 16, dy += 16, z += 16) {
    const lanes = min(n, 4);
    const v = loadLanes(z, lanes);
    const inside = v128.and(f32x4.gt(v, bottom), f32x4.lt(v, top));
    storeLanes(dz, v128.and(f32x4.mul(loadLanes(dy, lanes), s), inside), lanes);
  }
}

/** dz = dy·y, the slope of y = exp(z) */
export function expBackward(dz: usize, dy: usize, y: usize, n: i32): void {
  for (; n > 0; n -= 4, dz += 16, dy += 16, y += 16) {
    const lanes = min(n, 4);
    storeLanes(dz, f32x4.mul(loadLanes(dy, lanes), loadLanes(y, lanes)), lanes);
  }
}

// @ts-ignore: decorator
@inline
function elu(x: v128, scale: f64, alpha: f64): v128 {
  const positive = f64x2.gt(x, f64x2.splat(0));
  return f64x2.mul(f64x2.splat(scale), v128.bitselect(x, f64x2.mul(f64x2.splat(alpha), expLess(x, 1)), positive));
}

// @ts-ignore: decorator
@inline
function eluSlope(y: v128, scale: f64, alpha: f64): v128 {
  const s = f64x2.splat(scale);
  return v128.bitselect(s, f64x2.add(y, f64x2.splat(scale * alpha)), f64x2.gt(y, f64x2.splat(0)));
}

// @ts-ignore: decorator
@inline
function clamp(x: v128, low: f32, high: f32): v128 {
  return f32x4.pmax(f32x4.pmin(x, f32x4.splat(high)), f32x4.splat(low));
}

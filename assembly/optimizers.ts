/**
 * One update of a flat slab of n parameters, in place. g is the gradient; v, m are the optimizer's own slabs, zero before
 * the first step. Scalars that depend on the step are computed by the caller. State below 2⁻¹⁰⁰
 * becomes 0 (flushTiny). Slabs do not overlap.
 */
import { loadLanes, storeLanes } from "./lanes";
import { flushTiny } from "./math";

/** √Σg² of n floats, summed in float64: four strands, then together. */
export function gradientNorm(g: usize, n: i32): f64 {
  let low = f64x2.splat(0), high = low;
  for (; n > 0; n -= 4, g += 16) {
    const x = n < 4 ? loadLanes(g, n) : v128.load(g);
    const first = f64x2.promote_low_f32x4(x), second = f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1));
    low = f64x2.add(low, f64x2.mul(first, first));
    high = f64x2.add(high, f64x2.mul(second, second));
  }
  const pair = f64x2.add(low, high);
  return sqrt<f64>(f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1));
}

/**
 * max |g| of n floats; Infinity or NaN if one of them is. Floats without their sign are ordered as their bits are, NaN
 * last: whole numbers are compared, one instruction where the float maximum takes several.
 */
export function gradientLargest(g: usize, n: i32): f32 {
  const magnitude = i32x4.splat(0x7fffffff);
  let a = i32x4.splat(0), b = a, c = a, d = a;
  for (; n >= 16; n -= 16, g += 64) {
    a = i32x4.max_s(a, v128.and(v128.load(g), magnitude));
    b = i32x4.max_s(b, v128.and(v128.load(g, 16), magnitude));
    c = i32x4.max_s(c, v128.and(v128.load(g, 32), magnitude));
    d = i32x4.max_s(d, v128.and(v128.load(g, 48), magnitude));
  }
  for (; n > 0; n -= 4, g += 16) a = i32x4.max_s(a, v128.and(loadLanes(g, min(n, 4)), magnitude));
  const four = i32x4.max_s(i32x4.max_s(a, b), i32x4.max_s(c, d));
  const two = i32x4.max_s(four, v128.shuffle<i32>(four, four, 2, 3, 0, 1));
  return reinterpret<f32>(max(i32x4.extract_lane(two, 0), i32x4.extract_lane(two, 1)));
}

/** g *= factor: clips a gradient whose norm is larger than allowed (Pascanu et al. 2013). */
export function clipStep(g: usize, n: i32, factor: f32): void {
  const f = f32x4.splat(factor);
  for (; n >= 4; n -= 4, g += 16) v128.store(g, f32x4.mul(v128.load(g), f));
  if (n > 0) storeLanes(g, f32x4.mul(loadLanes(g, n), f), n);
}

/** g = min(max(g, -limit), limit): each component of a gradient is at most so large. */
export function clampStep(g: usize, n: i32, limit: f32): void {
  const high = f32x4.splat(limit), low = f32x4.neg(high);
  for (; n >= 4; n -= 4, g += 16) v128.store(g, f32x4.max(f32x4.min(v128.load(g), high), low));
  if (n > 0) storeLanes(g, f32x4.max(f32x4.min(loadLanes(g, n), high), low), n);
}

/**
 * Each unit's incoming weights, a column of W [I×O], are shortened to the length `limit` if they are longer (max-norm: Srivastava
 * et al. 2014). Squares are summed in float64, in the order of the inputs.
 */
export function maxNormStep(w: usize, I: i32, O: i32, limit: f32): void {
  const rowBytes = <usize>(4 * O);
  const square = f64x2.splat(<f64>limit * <f64>limit), length = f64x2.splat(<f64>limit), one = f64x2.splat(1);
  for (let j = 0; j < O; j += 4, w += 16) {
    const lanes = min(O - j, 4);
    let low = f64x2.splat(0), high = low;
    for (let i = 0, at = w; i < I; ++i, at += rowBytes) {
      const x = loadLanes(at, lanes);
      const first = f64x2.promote_low_f32x4(x), second = f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1));
      low = f64x2.add(low, f64x2.mul(first, first));
      high = f64x2.add(high, f64x2.mul(second, second));
    }
    const longLow = f64x2.gt(low, square), longHigh = f64x2.gt(high, square);
    if (!v128.any_true(v128.or(longLow, longHigh))) continue;
    low = v128.bitselect(f64x2.div(length, f64x2.sqrt(low)), one, longLow);
    high = v128.bitselect(f64x2.div(length, f64x2.sqrt(high)), one, longHigh);
    const factors = v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
    for (let i = 0, at = w; i < I; ++i, at += rowBytes) {
      storeLanes(at, f32x4.mul(loadLanes(at, lanes), factors), lanes);
    }
  }
}

/** w -= rate·g */
export function sgdStep(w: usize, g: usize, n: i32, rate: f32): void {
  const a = f32x4.splat(rate);
  for (; n >= 4; n -= 4, w += 16, g += 16) v128.store(w, f32x4.sub(v128.load(w), f32x4.mul(a, v128.load(g))));
  if (n > 0) storeLanes(w, f32x4.sub(loadLanes(w, n), f32x4.mul(a, loadLanes(g, n))), n);
}

/** v = momentum·v + g;  w -= rate·v  (Polyak 1964, as PyTorch writes it: the rate outside the velocity) */
export function momentumStep(w: usize, g: usize, v: usize, n: i32, rate: f32, momentum: f32): void {
  const a = f32x4.splat(rate), mu = f32x4.splat(momentum);
  for (; n >= 4; n -= 4, w += 16, g += 16, v += 16) momentumAt(w, g, v, 4, a, mu);
  if (n > 0) momentumAt(w, g, v, n, a, mu);
}

// @ts-ignore: decorator
@inline
function momentumAt(w: usize, g: usize, v: usize, lanes: i32, a: v128, mu: v128): void {
  const velocity = flushTiny(f32x4.add(f32x4.mul(mu, loadLanes(v, lanes)), loadLanes(g, lanes)));
  storeLanes(v, velocity, lanes);
  storeLanes(w, f32x4.sub(loadLanes(w, lanes), f32x4.mul(a, velocity)), lanes);
}

/** v = momentum·v + g;  w -= rate·(g + momentum·v)  (Nesterov 1983, in the form of Sutskever et al. 2013) */
export function nesterovStep(w: usize, g: usize, v: usize, n: i32, rate: f32, momentum: f32): void {
  const a = f32x4.splat(rate), mu = f32x4.splat(momentum);
  for (; n >= 4; n -= 4, w += 16, g += 16, v += 16) nesterovAt(w, g, v, 4, a, mu);
  if (n > 0) nesterovAt(w, g, v, n, a, mu);
}

// @ts-ignore: decorator
@inline
function nesterovAt(w: usize, g: usize, v: usize, lanes: i32, a: v128, mu: v128): void {
  const slope = loadLanes(g, lanes);
  const velocity = flushTiny(f32x4.add(f32x4.mul(mu, loadLanes(v, lanes)), slope));
  storeLanes(v, velocity, lanes);
  const ahead = f32x4.add(slope, f32x4.mul(mu, velocity));
  storeLanes(w, f32x4.sub(loadLanes(w, lanes), f32x4.mul(a, ahead)), lanes);
}

/**
 * m = β₁·m + (1-β₁)·g;  v = β₂·v + (1-β₂)·g²;  w -= rate·m / (√v·root + ε)  (Adam: Kingma and Ba 2015)
 *
 * The caller folds the bias corrections in: rate = learning rate / (1 - β₁ᵗ), root = 1/√(1 - β₂ᵗ). v is MAX at most: a gradient
 * beyond 1.8e19 has a square that float32 cannot hold, and a weight whose v is infinite would never move again.
 */
export function adamStep(
  w: usize, g: usize, m: usize, v: usize, n: i32,
  rate: f32, beta1: f32, rest1: f32, beta2: f32, rest2: f32, root: f32, epsilon: f32,
): void {
  const a = f32x4.splat(rate), b1 = f32x4.splat(beta1), r1 = f32x4.splat(rest1);
  const b2 = f32x4.splat(beta2), r2 = f32x4.splat(rest2), c = f32x4.splat(root), eps = f32x4.splat(epsilon);
  for (; n >= 4; n -= 4, w += 16, g += 16, m += 16, v += 16) adamAt(w, g, m, v, 4, a, b1, r1, b2, r2, c, eps);
  if (n > 0) adamAt(w, g, m, v, n, a, b1, r1, b2, r2, c, eps);
}

// @ts-ignore: decorator
@inline
function adamAt(
  w: usize, g: usize, m: usize, v: usize, lanes: i32, a: v128, b1: v128, r1: v128, b2: v128, r2: v128, c: v128, eps: v128,
): void {
  const slope = loadLanes(g, lanes);
  const mean = flushTiny(f32x4.add(f32x4.mul(b1, loadLanes(m, lanes)), f32x4.mul(r1, slope)));
  const squares = f32x4.add(f32x4.mul(b2, loadLanes(v, lanes)), f32x4.mul(r2, f32x4.mul(slope, slope)));
  const square = flushTiny(f32x4.pmin(squares, f32x4.splat(f32.MAX_VALUE)));
  storeLanes(m, mean, lanes);
  storeLanes(v, square, lanes);
  const size = f32x4.add(f32x4.mul(f32x4.sqrt(square), c), eps);
  storeLanes(w, f32x4.sub(loadLanes(w, lanes), f32x4.div(f32x4.mul(a, mean), size)), lanes);
}

/** Four floats as two pairs of float64 and back, and what normalization.ts computes with such pairs. */

/** The first two. */
// @ts-ignore: decorator
@inline
export function lower(x: v128): v128 {
  return f64x2.promote_low_f32x4(x);
}

/** The last two. */
// @ts-ignore: decorator
@inline
export function upper(x: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1));
}

/** Both pairs, each lane rounded once. */
// @ts-ignore: decorator
@inline
export function narrow(low: v128, high: v128): v128 {
  return v128.shuffle<i64>(f32x4.demote_f64x2_zero(low), f32x4.demote_f64x2_zero(high), 0, 2);
}

/** Stores the first `lanes` (1..4) of four float64. */
// @ts-ignore: decorator
@inline
export function storeWide(p: usize, low: v128, high: v128, lanes: i32): void {
  if (lanes == 1) v128.store64_lane(p, low, 0);
  else v128.store(p, low);
  if (lanes == 4) v128.store(p, high, 16);
  else if (lanes == 3) v128.store64_lane(p, high, 0, 16);
}

/** Float64 number `first` and the next of the first `lanes` at `p`; those beyond are 0. */
// @ts-ignore: decorator
@inline
export function loadWide(p: usize, first: i32, lanes: i32): v128 {
  if (lanes <= first) return f64x2.splat(0);
  return lanes == first + 1 ? v128.load64_zero(p + <usize>(8 * first)) : v128.load(p + <usize>(8 * first));
}

/** Four strands together. */
// @ts-ignore: decorator
@inline
export function total(low: v128, high: v128): f64 {
  const pair = f64x2.add(low, high);
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
}

/** Σ (x - mean) of n floats, or of their squares: four strands together, then the floats after the last four one by one. */
// @ts-ignore: decorator
@inline
export function sumOf(x: usize, n: i32, mean: v128, squared: bool): f64 {
  let low = f64x2.splat(0), high = low;
  for (; n >= 4; n -= 4, x += 16) {
    const v = v128.load(x);
    const a = f64x2.sub(lower(v), mean), b = f64x2.sub(upper(v), mean);
    low = f64x2.add(low, squared ? f64x2.mul(a, a) : a);
    high = f64x2.add(high, squared ? f64x2.mul(b, b) : b);
  }
  let sum = total(low, high);
  for (; n > 0; --n, x += 4) {
    const rest = <f64>load<f32>(x) - f64x2.extract_lane(mean, 0);
    sum += squared ? rest * rest : rest;
  }
  return sum;
}

/** gain·(a, b) + shift of four floats each, rounded once. */
// @ts-ignore: decorator
@inline
export function affine(a: v128, b: v128, gain: v128, shift: v128): v128 {
  const low = f64x2.add(f64x2.mul(a, lower(gain)), lower(shift));
  return narrow(low, f64x2.add(f64x2.mul(b, upper(gain)), upper(shift)));
}

/** d - mean - h·meanOfH */
// @ts-ignore: decorator
@inline
export function centred(d: v128, mean: v128, h: v128, meanOfH: v128): v128 {
  return f64x2.sub(f64x2.sub(d, mean), f64x2.mul(h, meanOfH));
}

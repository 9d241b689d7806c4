/**
 * Elementary functions on pairs of float64, for kernels whose result is rounded once to float32: what is lost here does not
 * show there. From +, -, ×, ÷ and bit operations alone, as in math.ts.
 */

/**
 * exp(x) - less, two lanes, for less = 0 or 1. Relative error < 10⁻¹² (less = 1: however small x is). Arguments are held between
 * -708 and 708; NaN stays NaN.
 *
 * x = n·ln 2 + r with n whole and |r| <= ln 2 / 2; exp(r) - 1 by Taylor's series up to r¹⁰, so that 2ⁿ - less and it are added
 * without cancelling.
 */
export function expLess(x: v128, less: f64): v128 {
  x = f64x2.pmax(f64x2.pmin(x, f64x2.splat(708)), f64x2.splat(-708));
  // Adding 1.5·2⁵² leaves no bit behind the point: n is the rounded quotient, and the sum's low bits are n as an integer.
  const shifted = f64x2.add(f64x2.mul(x, f64x2.splat(1.4426950408889634)), f64x2.splat(6755399441055744));
  const n = f64x2.sub(shifted, f64x2.splat(6755399441055744));
  const r = f64x2.sub(
    f64x2.sub(x, f64x2.mul(n, f64x2.splat(0.693147180369123816490))),
    f64x2.mul(n, f64x2.splat(1.90821492927058770002e-10)),
  );
  let p = f64x2.splat(1 / 3628800.0);
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1 / 362880.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1 / 40320.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1 / 5040.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1 / 720.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1 / 120.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1 / 24.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1 / 6.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(0.5));
  p = f64x2.add(r, f64x2.mul(f64x2.mul(r, r), p));
  const scale = i64x2.shl(i64x2.add(shifted, i64x2.splat(1023)), 52);
  return f64x2.add(f64x2.mul(scale, p), f64x2.sub(scale, f64x2.splat(less)));
}

// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  return expLess(x, 0);
}

/** 1/(1 + exp(-x)), two lanes, relative error < 10⁻¹². */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  const one = f64x2.splat(1);
  return f64x2.div(one, f64x2.add(one, exp(f64x2.neg(x))));
}

/**
 * Φ(x), the share of the normal distribution below x, two lanes, relative error < 10⁻¹⁰; e = exp(-x²/2).
 *
 * Φ(-t·√2) = ½·exp(-t²)·q(3/(3+t)) for t >= 0, q the minimax polynomial of degree 12 up to t = 11 (own fit, 4·10⁻¹¹), further
 * out float32 holds only 0.
 */
export function normalShare(x: v128, e: v128): v128 {
  const t = f64x2.mul(f64x2.abs(x), f64x2.splat(0.7071067811865476));
  // 3/(3+t) falls from 1 to 3/14 at t = 11; u is that from 1 to -1.
  const s = f64x2.div(f64x2.splat(3), f64x2.add(f64x2.splat(3), t));
  const u = f64x2.sub(f64x2.mul(s, f64x2.splat(28 / 11.0)), f64x2.splat(17 / 11.0));
  let q = f64x2.splat(-3.7454880963949203e-07);
  q = f64x2.add(f64x2.mul(q, u), f64x2.splat(-5.396063258543607e-07));
  q = f64x2.add(f64x2.mul(q, u), f64x2.splat(5.9443990284833615e-06));
  q = f64x2.add(f64x2.mul(q, u), f64x2.splat(1.179978774886161e-05));
  q = f64x2.add(f64x2.mul(q, u), f64x2.splat(-7.845505384089215e-05));
  q = f64x2.add(f64x2.mul(q, u), f64x2.splat(-0.0003187057068097615));
  q = f64x2.add(f64x2.mul(q, u), f64x2.splat(0.0005723829068836168));
  q = f64x2.add(f64x2.mul(q, u), f64x2.splat(0.008643761588804127));
  q = f64x2.add(f64x2.mul(q, u), f64x2.splat(0.038267242820384045));
  q = f64x2.add(f64x2.mul(q, u), f64x2.splat(0.10841879742342214));
  q = f64x2.add(f64x2.mul(q, u), f64x2.splat(0.22494787617575698));
  q = f64x2.add(f64x2.mul(q, u), f64x2.splat(0.35770458911605685));
  q = f64x2.add(f64x2.mul(q, u), f64x2.splat(0.261825680663337));
  const tail = f64x2.mul(f64x2.mul(f64x2.splat(0.5), e), q);
  return v128.bitselect(tail, f64x2.sub(f64x2.splat(1), tail), f64x2.lt(x, f64x2.splat(0)));
}

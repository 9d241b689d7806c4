/**
 * Elementary functions from +, -, ×, ÷ and bit operations alone, so that every engine returns the same bits.
 *
 * Errors are the largest over EVERY float32 against float64, in units in the last place of the exact result
 * (`npm run accuracy` goes through all of them; tests/ground/math.test.ts through a sample).
 */

/**
 * exp(x), four lanes. Error <= 0.99 ulp. +∞ from 88.72284 up, subnormal below -87.34, 0 below -103.98; NaN stays NaN.
 *
 * x = n·ln 2 + r with n whole and |r| <= ln 2 / 2, ln 2 in two words (Cody and Waite 1980); exp(r) = 1 + r + r²·q(r),
 * q the minimax polynomial of degree 4 (own Remez, 0.05 ulp of the result); then times 2ⁿ in two factors, so that
 * subnormal results round once.
 */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  x = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89)), f32x4.splat(-104));
  // Adding 1.5·2²³ leaves no bit behind the point: n is the rounded quotient, and the sum's low bits are n as an integer.
  const shifted = f32x4.add(f32x4.mul(x, f32x4.splat(1.44269504)), f32x4.splat(12582912));
  const n = f32x4.sub(shifted, f32x4.splat(12582912));
  // The first word of ln 2 has 15 bits, so n times it is exact.
  const r = f32x4.sub(
    f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693145751953125))),
    f32x4.mul(n, f32x4.splat(1.42860677e-6)),
  );
  let q = f32x4.splat(0.001381446706137542);
  q = f32x4.add(f32x4.mul(q, r), f32x4.splat(0.008368780411121084));
  q = f32x4.add(f32x4.mul(q, r), f32x4.splat(0.04166839421084993));
  q = f32x4.add(f32x4.mul(q, r), f32x4.splat(0.16666520107820257));
  q = f32x4.add(f32x4.mul(q, r), f32x4.splat(0.49999993412501803));
  const p = f32x4.add(f32x4.splat(1), f32x4.add(r, f32x4.mul(f32x4.mul(r, r), q)));
  const exponent = i32x4.sub(shifted, i32x4.splat(0x4b400000));
  const half = i32x4.shr_s(exponent, 1);
  return f32x4.mul(f32x4.mul(p, powerOfTwo(half)), powerOfTwo(i32x4.sub(exponent, half)));
}

/** 2ᵏ for whole -126 <= k <= 127. */
// @ts-ignore: decorator
@inline
function powerOfTwo(k: v128): v128 {
  return i32x4.shl(i32x4.add(k, i32x4.splat(127)), 23);
}

/**
 * 1/(1 + exp(-x)), four lanes. Error <= 1.87 ulp down to the smallest subnormal; NaN stays NaN.
 *
 * With e = exp(-|x|) no branch overflows: 1/(1+e) for x >= 0, and below e - e·(e/(1+e)) in place of e/(1+e), since the
 * rounding of a small correction costs less than that of the quotient.
 */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1);
  const e = exp(f32x4.neg(f32x4.abs(x)));
  const negative = f32x4.lt(x, f32x4.splat(0));
  const quotient = f32x4.div(v128.bitselect(e, one, negative), f32x4.add(one, e));
  return v128.bitselect(f32x4.sub(e, f32x4.mul(e, quotient)), quotient, negative);
}

/**
 * tanh(x), four lanes. Error <= 1.34 ulp; NaN stays NaN, the sign of zero too.
 *
 * |x| < 0.625: x + x³·p(x²), p the minimax polynomial of degree 4 (own Remez, 0.07 ulp); above: 1 - 2/(exp(2|x|) + 1).
 */
// @ts-ignore: decorator
@inline
export function tanh(x: v128): v128 {
  const one = f32x4.splat(1);
  const a = f32x4.abs(x);
  const large = f32x4.sub(one, f32x4.div(f32x4.splat(2), f32x4.add(exp(f32x4.add(a, a)), one)));
  const t = f32x4.mul(x, x);
  let p = f32x4.splat(-0.005717045068080803);
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(0.020650587308701705));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-0.05374349808489278));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(0.13331491287035777));
  p = f32x4.add(f32x4.mul(p, t), f32x4.splat(-0.33333283925285906));
  const small = f32x4.add(a, f32x4.mul(f32x4.mul(a, t), p));
  const magnitude = v128.bitselect(small, large, f32x4.lt(a, f32x4.splat(0.625)));
  return v128.bitselect(x, magnitude, i32x4.splat(0x80000000));
}

/** 2·artanh(s) = log((1+s)/(1-s)) for |s| <= 0.2, relative error < 2·10⁻¹²: the series up to s¹³. */
// @ts-ignore: decorator
@inline
function twiceArtanh(s: f64): f64 {
  const t = s * s;
  return 2 * s * (1 + t * (1 / 3.0 + t * (1 / 5.0 + t * (1 / 7.0 + t * (1 / 9.0 + t * (1 / 11.0 + t / 13))))));
}

/** log(x) in float64 for normal x > 0, absolute error < 10⁻¹² : x = 2ᵉ·m with m in [√½, √2), log m = 2·artanh((m-1)/(m+1)). */
function logPositive(x: f64): f64 {
  const bits = reinterpret<u64>(x);
  let e = <i32>(bits >> 52) - 1023;
  let m = reinterpret<f64>((bits & 0x000fffffffffffff) | 0x3ff0000000000000);
  if (m > 1.4142135623730951) {
    m *= 0.5;
    e += 1;
  }
  return <f64>e * 0.6931471805599453 + twiceArtanh((m - 1) / (m + 1));
}

/** log(x) of a float32. Error <= 0.51 ulp. log 0 = -∞, log(x < 0) = NaN, log ∞ = ∞. */
export function log(x: f32): f32 {
  if (!(x > 0)) return x == 0 ? -Infinity : NaN;
  if (x == Infinity) return x;
  return <f32>logPositive(<f64>x);
}

/** log(1 + x) in float64 for x >= 0, relative error < 10⁻¹¹ however small x is; ∞ and NaN go through. */
export function log1p(x: f64): f64 {
  if (x < 0.5) return twiceArtanh(x / (2 + x));
  return x < Infinity ? logPositive(1 + x) : x;
}

/**
 * x, with magnitudes below 2⁻¹⁰⁰ made 0; NaN stays NaN. For what decays or fades (velocities, means, probabilities of
 * all but impossible classes): it would end as subnormal numbers, each of which costs x64 about a hundred cycles.
 */
// @ts-ignore: decorator
@inline
export function flushTiny(x: v128): v128 {
  return v128.andnot(x, f32x4.lt(f32x4.abs(x), f32x4.splat(7.888609052210118e-31)));
}

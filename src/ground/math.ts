/**
 * exp, log, cos and powers in float64 from + - × ÷ alone. Engines differ in the last bit of Math.exp and the like, and the
 * values computed here (learning rates, initial weights) reach the weights: these functions give the same bits everywhere.
 * Errors over the ranges stated: exp, log and cosPi within 4 ulp; power within 1 + |n| ulp for a whole exponent n, else
 * 5 + 4.5·|e·log b| ulp (tests/ground/math.test.ts).
 */

const LN2_HIGH = 0.6931471803691238; // 33 bits, so that small multiples are exact
const LN2_LOW = 1.9082149292705877e-10;

/** exp(x), -700 <= x <= 700, Infinity above and 0 below the range of float64: x = n·ln 2 + r, the Taylor series in r (|r| <= 0.35), times 2ⁿ. */
export function exp(x: number): number {
  if (x > 710) return Number.POSITIVE_INFINITY;
  if (x < -746) return 0;
  const n = Math.round(x / Math.LN2);
  const r = x - n * LN2_HIGH - n * LN2_LOW;
  let sum = 1;
  for (let k = 14; k > 0; k--) sum = 1 + (r / k) * sum;
  return sum * integerPower(2, n);
}

/** log(x), x > 0: x = 2ᵉ·m with m in [√½, √2], log m = 2·artanh((m-1)/(m+1)) as a series. */
export function log(x: number): number {
  let m = x;
  let e = 0;
  for (; m > Math.SQRT2; m /= 2) e++;
  for (; m < Math.SQRT1_2; m *= 2) e--;
  const s = (m - 1) / (m + 1);
  const t = s * s;
  let sum = 0;
  for (let k = 25; k > 0; k -= 2) sum = 1 / k + t * sum;
  return e * LN2_HIGH + (2 * s * sum + e * LN2_LOW);
}

/** cos(π·t), 0 <= t <= 1, folded so that the Taylor series sees at most π/4; exact at 0, ½ and 1. */
export function cosPi(t: number): number {
  if (t > 0.75) return -cosSeries(Math.PI * (1 - t));
  if (t > 0.25) return sinSeries(Math.PI * (0.5 - t));
  return cosSeries(Math.PI * t);
}

function cosSeries(x: number): number {
  const t = x * x;
  let sum = 1;
  for (let k = 18; k > 0; k -= 2) sum = 1 - (t / (k * (k - 1))) * sum;
  return sum;
}

function sinSeries(x: number): number {
  const t = x * x;
  let sum = 1;
  for (let k = 19; k > 1; k -= 2) sum = 1 - (t / (k * (k - 1))) * sum;
  return x * sum;
}

/** base^exponent, base > 0 and any exponent but NaN; by squaring when the exponent is whole, else exp(exponent·log base). */
export function power(base: number, exponent: number): number {
  if (!Number.isFinite(exponent)) return base === 1 ? 1 : exponent > 0 === base > 1 ? Number.POSITIVE_INFINITY : 0;
  return Number.isInteger(exponent) ? integerPower(base, exponent) : exp(exponent * log(base));
}

function integerPower(base: number, exponent: number): number {
  let result = 1;
  let square = exponent < 0 ? 1 / base : base;
  for (let k = Math.abs(exponent); k > 0; k = Math.floor(k / 2)) {
    if (k % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}

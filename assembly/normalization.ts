/**
 * Normalisation of a layer's sums X [B×O], and the affine map after it, gain and shift [O]:
 *
 *   Ĥ = (X - mean)/√(variance + ε)     Y = gain·Ĥ + shift     ε = 10⁻⁵     the variance is that of a population
 *
 *   batch     mean and variance of each unit over the rows of the mini-batch (Ioffe and Szegedy 2015)
 *   running   the means of these over updates, for predictions
 *   layer     mean and variance of each row over its units (Ba et al. 2016)
 *
 * All is computed in float64, in the order of the rows (batch) or in the strands of `sumOf` (layer), and rounded once. Bounds
 * (k numbers summed, v = 2⁻⁵³, u = 2⁻²⁴, E = (k+8)·v·(max|x|/√(variance + ε) + |Ĥ|)):
 *
 *   |error of Ĥ| <= u·|Ĥ| + E     |error of Y| <= u·|Y| + |gain|·E + 4·v·(|gain·Ĥ| + |shift|)
 *
 * Nothing here calls a function that is not inlined: exports of a model take kernels one by one (src/exchange/standalone).
 */
import { affine, centred, loadWide, lower, narrow, storeWide, sumOf, total, upper } from "./doubles";
import { loadLanes, storeLanes } from "./lanes";

const EPSILON: f64 = 1e-5;

/** What a running mean moves by at an update. */
const MOMENTUM: f64 = 0.1;

/**
 * Ĥ, Y and the moments, float64: O means, then O variances. `n` of the O columns of the matrices, those at the pointers; Y and Ĥ may
 * be X, and Y is what stays if both are.
 */
export function batchNormalizationForward(
  y: usize, h: usize, moments: usize, x: usize, gain: usize, shift: usize, B: i32, O: i32, n: i32,
): void {
  const rowBytes = <usize>(4 * O), rows = f64x2.splat(<f64>B), variances = moments + 2 * rowBytes;
  for (let j = 0; j < n; j += 4) {
    const lanes = min(n - j, 4), from = <usize>(4 * j), wide = <usize>(8 * j);
    let low = f64x2.splat(0), high = low;
    for (let r = B, at = x + from; r > 0; --r, at += rowBytes) {
      const v = loadLanes(at, lanes);
      low = f64x2.add(low, lower(v));
      high = f64x2.add(high, upper(v));
    }
    const meanLow = f64x2.div(low, rows), meanHigh = f64x2.div(high, rows);
    low = high = f64x2.splat(0);
    for (let r = B, at = x + from; r > 0; --r, at += rowBytes) {
      const v = loadLanes(at, lanes);
      const a = f64x2.sub(lower(v), meanLow), b = f64x2.sub(upper(v), meanHigh);
      low = f64x2.add(low, f64x2.mul(a, a));
      high = f64x2.add(high, f64x2.mul(b, b));
    }
    low = f64x2.div(low, rows);
    high = f64x2.div(high, rows);
    storeWide(moments + wide, meanLow, meanHigh, lanes);
    storeWide(variances + wide, low, high, lanes);
    const first = reciprocal(low), second = reciprocal(high);
    const g = loadLanes(gain + from, lanes), s = loadLanes(shift + from, lanes);
    for (let r = B, at = from; r > 0; --r, at += rowBytes) {
      const v = loadLanes(x + at, lanes);
      const a = f64x2.mul(f64x2.sub(lower(v), meanLow), first), b = f64x2.mul(f64x2.sub(upper(v), meanHigh), second);
      storeLanes(h + at, narrow(a, b), lanes);
      storeLanes(y + at, affine(a, b, g, s), lanes);
    }
  }
}

/**
 * dX = gain/√(variance + ε)·(dY - mean of dY - Ĥ·mean of dY·Ĥ), means over the rows; dgain = Σ rows of dY·Ĥ, dshift = Σ rows of
 * dY. dX may be dY; `n` columns, as above.
 * |error of dX| <= γ4·|gain|/√(variance + ε)·(|dY| + mean|dY| + |Ĥ|·mean|dY·Ĥ|), of dgain γ2·Σ|dY·Ĥ|, of dshift γ2·Σ|dY|.
 */
export function batchNormalizationBackward(
  dx: usize, dgain: usize, dshift: usize, dy: usize, h: usize, moments: usize, gain: usize, B: i32, O: i32, n: i32,
): void {
  const rowBytes = <usize>(4 * O), rows = f64x2.splat(<f64>B), variances = moments + 2 * rowBytes;
  for (let j = 0; j < n; j += 4) {
    const lanes = min(n - j, 4), from = <usize>(4 * j), wide = variances + <usize>(8 * j);
    let low = f64x2.splat(0), high = low, lowOfH = low, highOfH = low;
    for (let r = B, at = from; r > 0; --r, at += rowBytes) {
      const d = loadLanes(dy + at, lanes), v = loadLanes(h + at, lanes);
      low = f64x2.add(low, lower(d));
      high = f64x2.add(high, upper(d));
      lowOfH = f64x2.add(lowOfH, f64x2.mul(lower(d), lower(v)));
      highOfH = f64x2.add(highOfH, f64x2.mul(upper(d), upper(v)));
    }
    storeLanes(dshift + from, narrow(low, high), lanes);
    storeLanes(dgain + from, narrow(lowOfH, highOfH), lanes);
    low = f64x2.div(low, rows);
    high = f64x2.div(high, rows);
    lowOfH = f64x2.div(lowOfH, rows);
    highOfH = f64x2.div(highOfH, rows);
    const g = loadLanes(gain + from, lanes);
    const first = f64x2.mul(lower(g), reciprocal(loadWide(wide, 0, lanes)));
    const second = f64x2.mul(upper(g), reciprocal(loadWide(wide, 2, lanes)));
    for (let r = B, at = from; r > 0; --r, at += rowBytes) {
      const d = loadLanes(dy + at, lanes), v = loadLanes(h + at, lanes);
      const a = f64x2.mul(first, centred(lower(d), low, lower(v), lowOfH));
      const b = f64x2.mul(second, centred(upper(d), high, upper(v), highOfH));
      storeLanes(dx + at, narrow(a, b), lanes);
    }
  }
}

/**
 * mean += 0.1·(the mini-batch's - mean) and so the variance, for which the mini-batch's is that of a sample of B >= 2 rows. A
 * variance that float32 cannot hold is MAX. Rounded once each.
 */
export function runningMomentsStep(mean: usize, variance: usize, moments: usize, B: i32, O: i32): void {
  const sample = <f64>B / <f64>(B - 1);
  for (let j = O; j > 0; --j, mean += 4, variance += 4, moments += 8) {
    const own = load<f64>(moments + <usize>(8 * O)) * sample;
    store<f32>(mean, <f32>((1 - MOMENTUM) * <f64>load<f32>(mean) + MOMENTUM * load<f64>(moments)));
    const next = (1 - MOMENTUM) * <f64>load<f32>(variance) + MOMENTUM * own;
    store<f32>(variance, next > <f64>f32.MAX_VALUE ? f32.MAX_VALUE : <f32>next);
  }
}

/** Y = gain·(X - mean)/√(variance + ε) + shift of running moments [O], float32. Y may be X. */
export function runningNormalizationForward(
  y: usize, x: usize, mean: usize, variance: usize, gain: usize, shift: usize, B: i32, O: i32,
): void {
  const rowBytes = <usize>(4 * O);
  for (let j = 0; j < O; j += 4) {
    const lanes = min(O - j, 4), from = <usize>(4 * j);
    const m = loadLanes(mean + from, lanes), v = loadLanes(variance + from, lanes);
    const g = loadLanes(gain + from, lanes), s = loadLanes(shift + from, lanes);
    const first = reciprocal(lower(v)), second = reciprocal(upper(v));
    for (let r = B, at = from; r > 0; --r, at += rowBytes) {
      const z = loadLanes(x + at, lanes);
      const a = f64x2.mul(f64x2.sub(lower(z), lower(m)), first), b = f64x2.mul(f64x2.sub(upper(z), upper(m)), second);
      storeLanes(y + at, affine(a, b, g, s), lanes);
    }
  }
}

/** Ĥ, Y and the variance of each row, float64 [B]. Y and Ĥ may be X, and Y is what stays if both are. */
export function layerNormalizationForward(
  y: usize, h: usize, variances: usize, x: usize, gain: usize, shift: usize, B: i32, O: i32,
): void {
  for (let row: usize = 0; B > 0; --B, row += <usize>(4 * O), variances += 8) {
    const mean = sumOf(x + row, O, f64x2.splat(0), false) / <f64>O, wide = f64x2.splat(mean);
    const variance = sumOf(x + row, O, wide, true) / <f64>O, factor = reciprocal(f64x2.splat(variance));
    store<f64>(variances, variance);
    for (let j = 0; j < O; j += 4) {
      const lanes = min(O - j, 4), from = <usize>(4 * j);
      const v = loadLanes(x + row + from, lanes);
      const a = f64x2.mul(f64x2.sub(lower(v), wide), factor), b = f64x2.mul(f64x2.sub(upper(v), wide), factor);
      storeLanes(h + row + from, narrow(a, b), lanes);
      storeLanes(y + row + from, affine(a, b, loadLanes(gain + from, lanes), loadLanes(shift + from, lanes)), lanes);
    }
  }
}

/**
 * dX = (D - mean of D - Ĥ·mean of D·Ĥ)/√(variance + ε), D = gain·dY, means over the units of the row. dX may be dY.
 * |error| <= γ4·(|D| + mean|D| + |Ĥ|·mean|D·Ĥ|)/√(variance + ε).
 */
export function layerNormalizationBackward(
  dx: usize, dy: usize, h: usize, variances: usize, gain: usize, B: i32, O: i32,
): void {
  for (let row: usize = 0; B > 0; --B, row += <usize>(4 * O), variances += 8) {
    let low = f64x2.splat(0), high = low, lowOfH = low, highOfH = low;
    for (let j = 0; j < O; j += 4) {
      const lanes = min(O - j, 4), from = <usize>(4 * j), at = row + from;
      const d = loadLanes(dy + at, lanes), v = loadLanes(h + at, lanes), g = loadLanes(gain + from, lanes);
      const a = f64x2.mul(lower(d), lower(g)), b = f64x2.mul(upper(d), upper(g));
      low = f64x2.add(low, a);
      high = f64x2.add(high, b);
      lowOfH = f64x2.add(lowOfH, f64x2.mul(a, lower(v)));
      highOfH = f64x2.add(highOfH, f64x2.mul(b, upper(v)));
    }
    const mean = f64x2.splat(total(low, high) / <f64>O), ofH = f64x2.splat(total(lowOfH, highOfH) / <f64>O);
    const factor = reciprocal(f64x2.splat(load<f64>(variances)));
    for (let j = 0; j < O; j += 4) {
      const lanes = min(O - j, 4), from = <usize>(4 * j), at = row + from;
      const d = loadLanes(dy + at, lanes), v = loadLanes(h + at, lanes), g = loadLanes(gain + from, lanes);
      const a = f64x2.mul(factor, centred(f64x2.mul(lower(d), lower(g)), mean, lower(v), ofH));
      const b = f64x2.mul(factor, centred(f64x2.mul(upper(d), upper(g)), mean, upper(v), ofH));
      storeLanes(dx + at, narrow(a, b), lanes);
    }
  }
}

/** dgain = Σ rows of dY·Ĥ, in float32 and in the order of the rows: |error| <= γ(B+1)·Σ|dY·Ĥ|. */
export function gainsBackward(dgain: usize, dy: usize, h: usize, B: i32, O: i32): void {
  for (let j = 0; j < O; j += 4) storeLanes(dgain + <usize>(4 * j), f32x4.splat(0), min(O - j, 4));
  gainsAccumulate(dgain, dy, h, B, O);
}

/** dgain += Σ rows of dY·Ĥ; the bits of gainsBackward over all rows when the rows come in order, some at a time. */
export function gainsAccumulate(dgain: usize, dy: usize, h: usize, B: i32, O: i32): void {
  const rowBytes = <usize>(4 * O);
  for (let j = 0; j < O; j += 4) {
    const lanes = min(O - j, 4), from = <usize>(4 * j);
    let sum = loadLanes(dgain + from, lanes);
    for (let r = B, at = from; r > 0; --r, at += rowBytes) {
      sum = f32x4.add(sum, f32x4.mul(loadLanes(dy + at, lanes), loadLanes(h + at, lanes)));
    }
    storeLanes(dgain + from, sum, lanes);
  }
}

/** 1/√(variance + ε) */
// @ts-ignore: decorator
@inline
function reciprocal(variance: v128): v128 {
  return f64x2.div(f64x2.splat(1), f64x2.sqrt(f64x2.add(variance, f64x2.splat(EPSILON))));
}

/**
 * Further losses of values z against targets t, each with its derivative, as in loss.ts: the loss is a SUM over rows, returned in
 * float64 and summed in the order of the slab; d = scale·∂loss/∂z; d may be z. n = B·O.
 */
import { exp } from "./wide";

/** loss = Σ |z - t|;  d = scale·sign(z - t), 0 where they are equal. */
export function absoluteErrorBackward(d: usize, z: usize, t: usize, n: i32, scale: f32): f64 {
  let loss: f64 = 0;
  for (; n > 0; --n, d += 4, z += 4, t += 4) {
    const error = <f64>load<f32>(z) - <f64>load<f32>(t);
    loss += abs(error);
    store<f32>(d, error == 0 ? 0 : error > 0 ? scale : error < 0 ? -scale : <f32>error);
  }
  return loss;
}

/** loss = Σ ½e² where |e| <= delta, delta·(|e| - ½·delta) elsewhere, e = z - t (Huber 1964);  d = scale·(e held in ±delta). */
export function huberBackward(d: usize, z: usize, t: usize, n: i32, delta: f64, scale: f32): f64 {
  let loss: f64 = 0;
  for (; n > 0; --n, d += 4, z += 4, t += 4) {
    const error = <f64>load<f32>(z) - <f64>load<f32>(t);
    const size = abs(error);
    const inside = size <= delta;
    loss += inside ? 0.5 * error * error : delta * (size - 0.5 * delta);
    store<f32>(d, <f32>(inside ? error : error > 0 ? delta : error < 0 ? -delta : error) * scale);
  }
  return loss;
}

/** loss = Σ exp(z) - t·z, the Poisson deviance of rate exp(z) but for what t alone decides;  d = scale·(exp(z) - t). */
export function poissonBackward(d: usize, z: usize, t: usize, n: i32, scale: f32): f64 {
  let loss: f64 = 0;
  for (; n > 0; --n, d += 4, z += 4, t += 4) {
    const x = <f64>load<f32>(z), target = <f64>load<f32>(t);
    const rate = expOf(x);
    loss += rate - target * x;
    store<f32>(d, <f32>((rate - target) * <f64>scale));
  }
  return loss;
}

/**
 * loss = Σ ½(s + (m - t)²·exp(-s)), the negative log-likelihood of a normal distribution of mean m and variance exp(s) (Nix and
 * Weigend 1994) but for ½·log 2π; z [B×2K]: K means, then K log variances s, a row; t [B×K].
 */
export function gaussianBackward(d: usize, z: usize, t: usize, B: i32, K: i32, scale: f32): f64 {
  const half = <usize>(4 * K);
  let loss: f64 = 0;
  for (; B > 0; --B, d += half, z += half) {
    for (let k = 0; k < K; ++k, d += 4, z += 4, t += 4) {
      const error = <f64>load<f32>(z) - <f64>load<f32>(t), s = <f64>load<f32>(z + half);
      const precision = expOf(-s);
      loss += 0.5 * (s + error * error * precision);
      store<f32>(d, <f32>(error * precision * <f64>scale));
      store<f32>(d + half, <f32>((0.5 - 0.5 * error * error * precision) * <f64>scale));
    }
  }
  return loss;
}

/**
 * loss = Σ max(q·(t - z), (q - 1)·(t - z)), the quantile loss (Koenker and Bassett 1978); z [B×T·Q]: for each of T targets its
 * Q levels; levels f32 [Q]; t [B×T];  d = scale·(1 - q) where z > t, -scale·q where z < t.
 */
export function quantileBackward(d: usize, z: usize, t: usize, levels: usize, n: i32, Q: i32, scale: f32): f64 {
  let loss: f64 = 0;
  for (; n > 0; --n, t += 4) {
    const target = <f64>load<f32>(t);
    for (let k = 0; k < Q; ++k, d += 4, z += 4) {
      const level = <f64>load<f32>(levels + 4 * k);
      const error = target - <f64>load<f32>(z);
      const slope = error > 0 ? level : error < 0 ? level - 1 : error;
      loss += slope * error;
      store<f32>(d, <f32>(-slope * <f64>scale));
    }
  }
  return loss;
}

/** exp of one float64; infinite where float32 would be, as predictions are. */
function expOf(x: f64): f64 {
  const e = f64x2.extract_lane(exp(f64x2.splat(x)), 0);
  return e > <f64>f32.MAX_VALUE ? Infinity : e;
}

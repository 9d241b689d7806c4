/**
 * Losses from the raw outputs z of the last layer (logits), each with its gradient.
 *
 *   B rows, O outputs     z, d [B×O]     labels i32 [B]     targets f32 [B×O]
 *
 * Losses are SUMS over rows, returned in float64 and summed in the order of the slab; d = scale·∂loss/∂z, where the
 * caller passes 1/(rows of the mini-batch). d may be z. A NaN or infinite z gives a loss that is not finite.
 * Probabilities below 2⁻¹⁰⁰ are 0, in softmax's result and in both cross-entropies' gradients (flushTiny).
 */
import { loadLanes, storeLanes } from "./lanes";
import { exp, flushTiny, log1p, sigmoid } from "./math";

/** p = softmax(z), row by row. Rows sum to 1 within O·2⁻²⁴; p may be z. */
export function softmaxForward(p: usize, z: usize, B: i32, O: i32): void {
  subtractPeaks(p, z, B, O);
  exponentials(p, B * O);
  for (let r = 0; r < B; ++r, p += 4 * O) scaleRow(p, <f32>(1 / (1 + sumBesidePeak(p, O))), O);
}

/**
 * loss = Σ -v·log softmax(z)[label];  d = v·scale·(softmax(z) - one-hot(label));  v = weights[label], f32 [O], all ones if
 * classes have equal weights.
 *
 * log Σ exp(z) = max + log(1 + s), s the sum over all but the largest: a confident row keeps its digits, in the loss
 * and in the gradient of its label, to what rounding z - max to float32 leaves (4·10⁻⁶ relative up to a gap of 69); from a
 * gap of 70 on, where exp(-gap) is below 2⁻¹⁰⁰, both are 0.
 */
export function softmaxCrossEntropyBackward(
  d: usize, z: usize, labels: usize, weights: usize, B: i32, O: i32, scale: f32,
): f64 {
  const rowBytes = <usize>(4 * O);
  let loss: f64 = 0;
  subtractPeaks(d, z, B, O);
  for (let r = 0, to = d; r < B; ++r, to += rowBytes) {
    const label = 4 * load<i32>(labels + 4 * r);
    loss -= <f64>load<f32>(weights + label) * <f64>load<f32>(to + label);
  }
  exponentials(d, B * O);
  for (let r = 0; r < B; ++r, d += rowBytes) {
    const s = sumBesidePeak(d, O);
    const total = 1 + s;
    const label = 4 * load<i32>(labels + 4 * r);
    const weight = <f64>load<f32>(weights + label);
    loss += weight * log1p(s);
    const own = d + label;
    const e = <f64>load<f32>(own);
    const share = weight * <f64>scale;
    scaleRow(d, <f32>(share / total), O);
    // e - total = -s when the label is the peak (e = 1): no cancellation.
    store<f32>(own, <f32>((e == 1 ? -s : e - total) / total * share));
  }
  return loss;
}

/**
 * loss = Σ -t·log softmax(z);  d = scale·(Σt·softmax(z) - t): the same for targets t >= 0 of all classes, f32 [B×O], which a
 * smoothed or weighted row has, and need not sum to 1.
 */
export function softmaxTargetsBackward(d: usize, z: usize, targets: usize, B: i32, O: i32, scale: f32): f64 {
  const rowBytes = <usize>(4 * O);
  let loss: f64 = 0;
  subtractPeaks(d, z, B, O);
  for (let r = 0, to = d, t = targets; r < B; ++r, to += rowBytes, t += rowBytes) {
    for (let j = 0; j < O; ++j) {
      const target = <f64>load<f32>(t + 4 * j);
      // What is not wanted counts nothing, also where it is infinitely unlikely.
      if (target != 0) loss -= target * <f64>load<f32>(to + 4 * j);
    }
  }
  exponentials(d, B * O);
  for (let r = 0; r < B; ++r, d += rowBytes, targets += rowBytes) {
    let all: f64 = 0;
    for (let j = 0; j < O; ++j) all += <f64>load<f32>(targets + 4 * j);
    const s = sumBesidePeak(d, O);
    loss += all * log1p(s);
    const share = all / (1 + s);
    for (let j = 0; j < O; ++j) {
      const slope = share * <f64>load<f32>(d + 4 * j) - <f64>load<f32>(targets + 4 * j);
      store<f32>(d + 4 * j, <f32>(slope * <f64>scale));
    }
  }
  return loss;
}

/**
 * loss = Σ log(1 + exp(±z)), the binary cross-entropy of targets 0 and 1, or -t·log p - (1 - t)·log(1 - p) of t in between,
 * p = sigmoid(z);  d = scale·(p - t); n = B·O.
 */
export function sigmoidCrossEntropyBackward(d: usize, z: usize, targets: usize, n: i32, scale: f32): f64 {
  let loss: f64 = 0;
  for (; n > 0; n -= 4, d += 16, z += 16, targets += 16) {
    const lanes = min(n, 4);
    const t = loadLanes(targets, lanes);
    const x = loadLanes(z, lanes);
    // sign = 1 - 2·target turns both cases into one: loss = softplus(sign·z), slope sign·sigmoid(sign·z).
    const sign = f32x4.sub(f32x4.splat(1), f32x4.add(t, t));
    const u = f32x4.mul(sign, x);
    const e = exp(f32x4.neg(f32x4.abs(u)));
    storeLanes(d, f32x4.mul(flushTiny(f32x4.mul(sign, sigmoid(u))), f32x4.splat(scale)), lanes);
    if (v128.any_true(v128.and(f32x4.gt(t, f32x4.splat(0)), f32x4.lt(t, f32x4.splat(1))))) {
      loss += mixedLoss(d, x, t, u, e, lanes, scale);
      continue;
    }
    loss += softplus(f32x4.extract_lane(u, 0), f32x4.extract_lane(e, 0));
    if (lanes > 1) loss += softplus(f32x4.extract_lane(u, 1), f32x4.extract_lane(e, 1));
    if (lanes > 2) loss += softplus(f32x4.extract_lane(u, 2), f32x4.extract_lane(e, 2));
    if (lanes > 3) loss += softplus(f32x4.extract_lane(u, 3), f32x4.extract_lane(e, 3));
  }
  return loss;
}

/** The loss of four targets of which some are between 0 and 1; their slopes overwrite what is there, others' bits stay. */
function mixedLoss(d: usize, x: v128, t: v128, u: v128, e: v128, lanes: i32, scale: f32): f64 {
  let loss: f64 = 0;
  for (; lanes > 0; --lanes, d += 4) {
    const target = <f64>f32x4.extract_lane(t, 0);
    loss += target > 0 && target < 1
      ? pairLoss(d, f32x4.extract_lane(x, 0), target, 1 - target, scale)
      : softplus(f32x4.extract_lane(u, 0), f32x4.extract_lane(e, 0));
    x = next(x), t = next(t), u = next(u), e = next(e);
  }
  return loss;
}

// @ts-ignore: decorator
@inline
function next(lanes: v128): v128 {
  return v128.shuffle<i32>(lanes, lanes, 1, 2, 3, 0);
}

/**
 * The same where a target's zeros and ones count differently: loss = Σ -w₁·t·log p - w₀·(1 - t)·log(1 - p); weights f32 [O×2]: w₀
 * and w₁ of each output.
 */
export function sigmoidPairsBackward(
  d: usize, z: usize, targets: usize, weights: usize, B: i32, O: i32, scale: f32,
): f64 {
  let loss: f64 = 0;
  for (; B > 0; --B) {
    for (let j = 0; j < O; ++j, d += 4, z += 4, targets += 4) {
      const t = <f64>load<f32>(targets);
      const ones = <f64>load<f32>(weights + 8 * j, 4) * t, zeros = <f64>load<f32>(weights + 8 * j) * (1 - t);
      loss += pairLoss(d, load<f32>(z), ones, zeros, scale);
    }
  }
  return loss;
}

/** loss = -a·log p - b·log(1 - p) with p = sigmoid(z);  d = scale·(b·p - a·(1 - p)) */
function pairLoss(d: usize, z: f32, a: f64, b: f64, scale: f32): f64 {
  const e = <f64>f32x4.extract_lane(exp(f32x4.splat(-abs(z))), 0);
  const near = 1 / (1 + e), far = e < 7.888609052210118e-31 ? 0 : e / (1 + e);
  store<f32>(d, <f32>((z > 0 ? b * near - a * far : b * far - a * near) * <f64>scale));
  // Whichever side z is wrong by costs |z|, both sides log(1 + exp(-|z|)).
  return (z > 0 ? b : a) * <f64>abs(z) + (a + b) * log1p(e);
}

/** loss = Σ ½(z - target)²;  d = scale·(z - target); n = B·O. */
export function squaredErrorBackward(d: usize, z: usize, targets: usize, n: i32, scale: f32): f64 {
  let loss: f64 = 0;
  for (; n > 0; --n, d += 4, z += 4, targets += 4) {
    const difference = <f64>load<f32>(z) - <f64>load<f32>(targets);
    store<f32>(d, <f32>difference * scale);
    loss += 0.5 * difference * difference;
  }
  return loss;
}

/** log(1 + exp(u)) from u and e = exp(-|u|). */
// @ts-ignore: decorator
@inline
function softplus(u: f32, e: f32): f64 {
  return max<f64>(<f64>u, 0) + log1p(<f64>e);
}

/** Each row less its largest. */
function subtractPeaks(to: usize, from: usize, B: i32, O: i32): void {
  for (; B > 0; --B) {
    const peak = largest(from, O);
    let left = O;
    // By whole vectors, as they are read again at once: processors wait where four stores make one load.
    for (; left >= 4; left -= 4, from += 16, to += 16) v128.store(to, f32x4.sub(v128.load(from), peak));
    if (left > 0) storeLanes(to, f32x4.sub(loadLanes(from, left), peak), left);
    from += 4 * left; to += 4 * left;
  }
}

/** The largest of a row, in all lanes. What is not a number may be passed over: it makes the row's sum of exponentials none anyway. */
// @ts-ignore: decorator
@inline
function largest(z: usize, O: i32): v128 {
  if (O < 4) {
    let peak = v128.load32_splat(z);
    for (let j = 1; j < O; ++j) peak = f32x4.pmax(peak, v128.load32_splat(z + 4 * j));
    return peak;
  }
  let four = v128.load(z);
  for (let j = 4; j < O; j += 4) four = f32x4.pmax(four, v128.load(z + 4 * min(j, O - 4)));
  const two = f32x4.pmax(four, v128.shuffle<i32>(four, four, 2, 3, 0, 1));
  return f32x4.pmax(two, v128.shuffle<i32>(two, two, 1, 0, 3, 2));
}

/** exp in place over the whole slab, tiny results being made 0; rows do not have to end on a vector. */
// @ts-ignore: decorator
@inline
function exponentials(p: usize, n: i32): void {
  for (; n >= 4; n -= 4, p += 16) v128.store(p, flushTiny(exp(v128.load(p))));
  if (n > 0) storeLanes(p, flushTiny(exp(loadLanes(p, n))), n);
}

/** Σ of a row of exponentials without its first 1, which is that of the largest logit. */
// @ts-ignore: decorator
@inline
function sumBesidePeak(p: usize, O: i32): f64 {
  let sum: f64 = 0;
  let seen = false;
  for (let j = 0; j < O; ++j) {
    const e = load<f32>(p + 4 * j);
    if (!seen && e == 1) seen = true;
    else sum += <f64>e;
  }
  return sum;
}

// @ts-ignore: decorator
@inline
function scaleRow(p: usize, factor: f32, O: i32): void {
  const four = f32x4.splat(factor);
  for (; O >= 4; O -= 4, p += 16) v128.store(p, f32x4.mul(v128.load(p), four));
  if (O > 0) storeLanes(p, f32x4.mul(loadLanes(p, O), four), O);
}

/** The penalties of a loss on weights. */
import { loadLanes, storeLanes } from "./lanes";

/** dW += l1·sign(W) + l2·W (sign 0 = 0); returns l1·Σ|W| + l2/2·ΣW², summed in four float64 strands, then together. */
export function penaltyAccumulate(dw: usize, w: usize, n: i32, l1: f32, l2: f32): f64 {
  let absLow = f64x2.splat(0), absHigh = absLow, squareLow = absLow, squareHigh = absLow;
  for (; n > 0; n -= 4, dw += 16, w += 16) {
    const lanes = min(n, 4);
    const x = loadLanes(w, lanes);
    const low = f64x2.promote_low_f32x4(x);
    const high = f64x2.promote_low_f32x4(v128.shuffle<i64>(x, x, 1, 1));
    absLow = f64x2.add(absLow, f64x2.abs(low));
    absHigh = f64x2.add(absHigh, f64x2.abs(high));
    squareLow = f64x2.add(squareLow, f64x2.mul(low, low));
    squareHigh = f64x2.add(squareHigh, f64x2.mul(high, high));
    const zero = f32x4.splat(0);
    const sign = v128.or(
      v128.and(f32x4.gt(x, zero), f32x4.splat(1)),
      v128.and(f32x4.lt(x, zero), f32x4.splat(-1)),
    );
    const slope = f32x4.add(f32x4.mul(f32x4.splat(l1), sign), f32x4.mul(f32x4.splat(l2), x));
    storeLanes(dw, f32x4.add(loadLanes(dw, lanes), slope), lanes);
  }
  return <f64>l1 * sumOfFour(absLow, absHigh) + 0.5 * <f64>l2 * sumOfFour(squareLow, squareHigh);
}

// @ts-ignore: decorator
@inline
function sumOfFour(low: v128, high: v128): f64 {
  const pair = f64x2.add(low, high);
  return f64x2.extract_lane(pair, 0) + f64x2.extract_lane(pair, 1);
}

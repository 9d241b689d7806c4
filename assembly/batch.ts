/** What happens to rows on their way in. */
import { loadLanes } from "./lanes";

/** y = scale·x for n bytes x (0..255) to n floats y; the two may not overlap. */
export function bytesForward(y: usize, x: usize, n: i32, scale: f32): void {
  const s = f32x4.splat(scale);
  for (; n >= 8; n -= 8, x += 8, y += 32) {
    const words = v128.load_ext<u8>(x);
    v128.store(y, f32x4.mul(f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(words)), s));
    v128.store(y, f32x4.mul(f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(words)), s), 16);
  }
  for (; n > 0; --n, ++x, y += 4) store<f32>(y, <f32>load<u8>(x) * scale);
}

/** 1 if all n floats are finite, else 0. */
export function allFinite(x: usize, n: i32): i32 {
  const zero = f32x4.splat(0);
  let finite = f32x4.eq(zero, zero);
  for (; n > 0; n -= 4, x += 16) {
    const v = loadLanes(x, min(n, 4));
    // x - x is 0 for every finite x and NaN for the others.
    finite = v128.and(finite, f32x4.eq(f32x4.sub(v, v), zero));
  }
  return i32(v128.all_true<i32>(finite));
}

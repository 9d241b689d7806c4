/** Prepares rows of inputs: bytes become floats, values that are not 0 are counted. */
import { loadLanes } from "./lanes";

/** y = scale·x for n bytes x (0..255) to n floats y, which do not overlap; returns how many bytes are not 0. */
export function bytesForward(y: usize, x: usize, n: i32, scale: f32): i32 {
  const s = f32x4.splat(scale), zero = i8x16.splat(0);
  let dark = 0;
  let left = n;
  for (; left >= 16; left -= 16, x += 16, y += 64) {
    const bytes = v128.load(x);
    dark += popcnt(i8x16.bitmask(i8x16.eq(bytes, zero)));
    const low = i16x8.extend_low_i8x16_u(bytes), high = i16x8.extend_high_i8x16_u(bytes);
    // Signed conversion is one instruction on x64, unsigned is six; bytes fit both.
    v128.store(y, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(low)), s));
    v128.store(y, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(low)), s), 16);
    v128.store(y, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_u(high)), s), 32);
    v128.store(y, f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_u(high)), s), 48);
  }
  for (; left > 0; --left, ++x, y += 4) {
    const byte = load<u8>(x);
    dark += i32(byte == 0);
    store<f32>(y, <f32>byte * scale);
  }
  return n - dark;
}

/** found [2] (i32): how many of n floats x are not ±0 (NaN is not), and whether all are finite, 1 or 0. */
export function scanForward(found: usize, x: usize, n: i32): void {
  const zero = f32x4.splat(0);
  // Each true lane of a comparison is -1.
  let nonZero = i32x4.splat(0), finite = f32x4.eq(zero, zero);
  for (; n >= 16; n -= 16, x += 64) {
    const a = v128.load(x), b = v128.load(x, 16), c = v128.load(x, 32), d = v128.load(x, 48);
    const low = i32x4.add(f32x4.ne(a, zero), f32x4.ne(b, zero)), high = i32x4.add(f32x4.ne(c, zero), f32x4.ne(d, zero));
    nonZero = i32x4.add(nonZero, i32x4.add(low, high));
    // x - x is 0 for every finite x and NaN for others, and so are sums of that.
    const differences = f32x4.add(f32x4.add(f32x4.sub(a, a), f32x4.sub(b, b)), f32x4.add(f32x4.sub(c, c), f32x4.sub(d, d)));
    finite = v128.and(finite, f32x4.eq(differences, zero));
  }
  for (; n > 0; n -= 4, x += 16) {
    const a = loadLanes(x, min(n, 4));
    nonZero = i32x4.add(nonZero, f32x4.ne(a, zero));
    finite = v128.and(finite, f32x4.eq(f32x4.sub(a, a), zero));
  }
  const pairs = i32x4.add(nonZero, v128.shuffle<i32>(nonZero, nonZero, 2, 3, 0, 1));
  store<i32>(found, -(i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1)));
  store<i32>(found, i32(v128.all_true<i32>(finite)), 4);
}

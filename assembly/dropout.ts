/**
 * Dropout (Srivastava et al. 2014), inverted: kept units are scaled up while training, and prediction leaves all as they are.
 *
 * Whether a unit is kept depends on its place, not on earlier draws: mask(i) = hash(from + i, key) >= threshold.
 * So the backward pass computes the mask again and none is stored, and cutting a mini-batch into pieces changes no bit.
 */
import { loadLanes, storeLanes } from "./lanes";

/** 2³² divided by the golden ratio: consecutive places become words far apart (Knuth, TAOCP 6.4). */
const GOLDEN: i32 = 0x9e3779b9;

/**
 * y = x·scale where kept, 0 elsewhere, for n floats (y = x allowed), the first of which is number `from` of its layer in
 * the mini-batch, row-major. Kept with probability 1 - threshold/2³². The hash is the finalizer of MurmurHash3 (Appleby
 * 2011) with half of the key added before it and half in its middle, so that the masks of two keys are not shifts of each other.
 */
export function dropoutForward(
  y: usize, x: usize, n: i32, from: i32, key1: i32, key2: i32, threshold: i32, scale: f32,
): void {
  const s = f32x4.splat(scale), limit = i32x4.splat(threshold), middle = i32x4.splat(key2);
  const first = i32x4.splat(from * GOLDEN + key1);
  let place = i32x4.add(first, i32x4(0, GOLDEN, 2 * GOLDEN, 3 * GOLDEN));
  const next = i32x4.splat(4 * GOLDEN);
  for (; n > 0; n -= 4, x += 16, y += 16) {
    const lanes = min(n, 4);
    let h = v128.xor(place, i32x4.shr_u(place, 16));
    h = i32x4.mul(h, i32x4.splat(0x85ebca6b));
    h = v128.xor(v128.xor(h, i32x4.shr_u(h, 13)), middle);
    h = i32x4.mul(h, i32x4.splat(0xc2b2ae35));
    h = v128.xor(h, i32x4.shr_u(h, 16));
    storeLanes(y, v128.and(f32x4.mul(loadLanes(x, lanes), s), i32x4.ge_u(h, limit)), lanes);
    place = i32x4.add(place, next);
  }
}

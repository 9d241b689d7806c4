/**
 * Part of a vector: the 1 to 3 floats left where a row or a slab ends, so that no kernel reads or writes past it.
 */

/** The first `lanes` (1..4) floats at `p`; the other lanes are 0. */
// @ts-ignore: decorator
@inline
export function loadLanes(p: usize, lanes: i32): v128 {
  if (lanes == 4) return v128.load(p);
  if (lanes == 1) return v128.load32_zero(p);
  const two = v128.load64_zero(p);
  return lanes == 2 ? two : v128.load_lane<f32>(p, two, 2, 8);
}

/** Stores the first `lanes` (1..4) floats of `x` at `p`. */
// @ts-ignore: decorator
@inline
export function storeLanes(p: usize, x: v128, lanes: i32): void {
  if (lanes == 4) v128.store(p, x);
  else if (lanes == 1) v128.store_lane<f32>(p, x, 0);
  else {
    v128.store_lane<i64>(p, x, 0);
    if (lanes == 3) v128.store_lane<f32>(p, x, 2, 8);
  }
}

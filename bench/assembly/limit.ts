/**
 * What 128-bit SIMD can do here without touching memory: n rounds of `chains` independent products and sums, 8·chains flop
 * a round. The bench takes the fastest; which one that is depends on how many registers the engine keeps free and on the
 * processor's latencies. The factor comes from outside (-1, so that nothing grows or fades), or the engine would fold it.
 */

export function limit4(n: i32, factor: f32): f32 {
  const f = f32x4.splat(factor);
  let x0 = f32x4.splat(1), x1 = f32x4.splat(2), x2 = f32x4.splat(3), x3 = f32x4.splat(4);
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
  for (; n > 0; --n) {
    x0 = f32x4.mul(x0, f); s0 = f32x4.add(s0, x0); x1 = f32x4.mul(x1, f); s1 = f32x4.add(s1, x1);
    x2 = f32x4.mul(x2, f); s2 = f32x4.add(s2, x2); x3 = f32x4.mul(x3, f); s3 = f32x4.add(s3, x3);
  }
  return f32x4.extract_lane(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)), 0);
}

export function limit5(n: i32, factor: f32): f32 {
  const f = f32x4.splat(factor);
  let x0 = f32x4.splat(1), x1 = f32x4.splat(2), x2 = f32x4.splat(3), x3 = f32x4.splat(4), x4 = f32x4.splat(5);
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0;
  for (; n > 0; --n) {
    x0 = f32x4.mul(x0, f); s0 = f32x4.add(s0, x0); x1 = f32x4.mul(x1, f); s1 = f32x4.add(s1, x1);
    x2 = f32x4.mul(x2, f); s2 = f32x4.add(s2, x2); x3 = f32x4.mul(x3, f); s3 = f32x4.add(s3, x3);
    x4 = f32x4.mul(x4, f); s4 = f32x4.add(s4, x4);
  }
  return f32x4.extract_lane(f32x4.add(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)), s4), 0);
}

export function limit6(n: i32, factor: f32): f32 {
  const f = f32x4.splat(factor);
  let x0 = f32x4.splat(1), x1 = f32x4.splat(2), x2 = f32x4.splat(3), x3 = f32x4.splat(4), x4 = f32x4.splat(5);
  let x5 = f32x4.splat(6);
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0;
  for (; n > 0; --n) {
    x0 = f32x4.mul(x0, f); s0 = f32x4.add(s0, x0); x1 = f32x4.mul(x1, f); s1 = f32x4.add(s1, x1);
    x2 = f32x4.mul(x2, f); s2 = f32x4.add(s2, x2); x3 = f32x4.mul(x3, f); s3 = f32x4.add(s3, x3);
    x4 = f32x4.mul(x4, f); s4 = f32x4.add(s4, x4); x5 = f32x4.mul(x5, f); s5 = f32x4.add(s5, x5);
  }
  return f32x4.extract_lane(f32x4.add(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)), f32x4.add(s4, s5)), 0);
}

export function limit7(n: i32, factor: f32): f32 {
  const f = f32x4.splat(factor);
  let x0 = f32x4.splat(1), x1 = f32x4.splat(2), x2 = f32x4.splat(3), x3 = f32x4.splat(4), x4 = f32x4.splat(5);
  let x5 = f32x4.splat(6), x6 = f32x4.splat(7);
  let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0;
  for (; n > 0; --n) {
    x0 = f32x4.mul(x0, f); s0 = f32x4.add(s0, x0); x1 = f32x4.mul(x1, f); s1 = f32x4.add(s1, x1);
    x2 = f32x4.mul(x2, f); s2 = f32x4.add(s2, x2); x3 = f32x4.mul(x3, f); s3 = f32x4.add(s3, x3);
    x4 = f32x4.mul(x4, f); s4 = f32x4.add(s4, x4); x5 = f32x4.mul(x5, f); s5 = f32x4.add(s5, x5);
    x6 = f32x4.mul(x6, f); s6 = f32x4.add(s6, x6);
  }
  const all = f32x4.add(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)), f32x4.add(f32x4.add(s4, s5), s6));
  return f32x4.extract_lane(all, 0);
}

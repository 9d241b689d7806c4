/**
 * What 128-bit SIMD can do here: the bench takes the fastest of these loops. Which one that is depends on how many registers the engine
 * keeps free and on the processor's latencies.
 *
 * limit4 to limit7 touch no memory: n rounds of so many independent products and sums. The factor comes from outside (-1, so that nothing
 * grows or fades), or the engine would fold it. On processors with ports of their own for sums these chains leave some idle.
 *
 * tile2x4 to tile5x2 are what tiles do, without what keeps tiles from their limit: rows x vectors of a product whose 1.3 KB at `data` never
 * leave the first cache, and nothing is packed or stored. So no product can do more.
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

export function tile2x4(n: i32, data: usize): f32 {
  let c00 = f32x4.splat(0), c01 = c00, c02 = c00, c03 = c00, c10 = c00, c11 = c00, c12 = c00, c13 = c00;
  for (let at: usize = 0; n > 0; --n, at = (at + 64) & 1023) {
    const p = data + at;
    const b0 = v128.load(p, 0), b1 = v128.load(p, 16), b2 = v128.load(p, 32), b3 = v128.load(p, 48);
    const x0 = v128.load32_splat(p, 256);
    c00 = f32x4.add(c00, f32x4.mul(x0, b0)); c01 = f32x4.add(c01, f32x4.mul(x0, b1));
    c02 = f32x4.add(c02, f32x4.mul(x0, b2)); c03 = f32x4.add(c03, f32x4.mul(x0, b3));
    const x1 = v128.load32_splat(p, 260);
    c10 = f32x4.add(c10, f32x4.mul(x1, b0)); c11 = f32x4.add(c11, f32x4.mul(x1, b1));
    c12 = f32x4.add(c12, f32x4.mul(x1, b2)); c13 = f32x4.add(c13, f32x4.mul(x1, b3));
  }
  let sum = c00;
  sum = f32x4.add(sum, c01); sum = f32x4.add(sum, c02); sum = f32x4.add(sum, c03); sum = f32x4.add(sum, c10);
  sum = f32x4.add(sum, c11); sum = f32x4.add(sum, c12); sum = f32x4.add(sum, c13);
  return f32x4.extract_lane(sum, 0);
}

export function tile3x3(n: i32, data: usize): f32 {
  let c00 = f32x4.splat(0), c01 = c00, c02 = c00, c10 = c00, c11 = c00, c12 = c00, c20 = c00, c21 = c00, c22 = c00;
  for (let at: usize = 0; n > 0; --n, at = (at + 64) & 1023) {
    const p = data + at;
    const b0 = v128.load(p, 0), b1 = v128.load(p, 16), b2 = v128.load(p, 32);
    const x0 = v128.load32_splat(p, 256);
    c00 = f32x4.add(c00, f32x4.mul(x0, b0)); c01 = f32x4.add(c01, f32x4.mul(x0, b1));
    c02 = f32x4.add(c02, f32x4.mul(x0, b2));
    const x1 = v128.load32_splat(p, 260);
    c10 = f32x4.add(c10, f32x4.mul(x1, b0)); c11 = f32x4.add(c11, f32x4.mul(x1, b1));
    c12 = f32x4.add(c12, f32x4.mul(x1, b2));
    const x2 = v128.load32_splat(p, 264);
    c20 = f32x4.add(c20, f32x4.mul(x2, b0)); c21 = f32x4.add(c21, f32x4.mul(x2, b1));
    c22 = f32x4.add(c22, f32x4.mul(x2, b2));
  }
  let sum = c00;
  sum = f32x4.add(sum, c01); sum = f32x4.add(sum, c02); sum = f32x4.add(sum, c10); sum = f32x4.add(sum, c11);
  sum = f32x4.add(sum, c12); sum = f32x4.add(sum, c20); sum = f32x4.add(sum, c21); sum = f32x4.add(sum, c22);
  return f32x4.extract_lane(sum, 0);
}

export function tile5x2(n: i32, data: usize): f32 {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00, c40 = c00, c41 = c00;
  for (let at: usize = 0; n > 0; --n, at = (at + 64) & 1023) {
    const p = data + at;
    const b0 = v128.load(p, 0), b1 = v128.load(p, 16);
    const x0 = v128.load32_splat(p, 256);
    c00 = f32x4.add(c00, f32x4.mul(x0, b0)); c01 = f32x4.add(c01, f32x4.mul(x0, b1));
    const x1 = v128.load32_splat(p, 260);
    c10 = f32x4.add(c10, f32x4.mul(x1, b0)); c11 = f32x4.add(c11, f32x4.mul(x1, b1));
    const x2 = v128.load32_splat(p, 264);
    c20 = f32x4.add(c20, f32x4.mul(x2, b0)); c21 = f32x4.add(c21, f32x4.mul(x2, b1));
    const x3 = v128.load32_splat(p, 268);
    c30 = f32x4.add(c30, f32x4.mul(x3, b0)); c31 = f32x4.add(c31, f32x4.mul(x3, b1));
    const x4 = v128.load32_splat(p, 272);
    c40 = f32x4.add(c40, f32x4.mul(x4, b0)); c41 = f32x4.add(c41, f32x4.mul(x4, b1));
  }
  let sum = c00;
  sum = f32x4.add(sum, c01); sum = f32x4.add(sum, c10); sum = f32x4.add(sum, c11); sum = f32x4.add(sum, c20);
  sum = f32x4.add(sum, c21); sum = f32x4.add(sum, c30); sum = f32x4.add(sum, c31); sum = f32x4.add(sum, c40);
  sum = f32x4.add(sum, c41);
  return f32x4.extract_lane(sum, 0);
}

/**
 * The tile of the turbo build: 4 rows x 16 columns, 16 accumulators. Twice what 128-bit registers hold, and just what is
 * wanted where the engine runs pairs of 128-bit operations as one of 256 bits ("revectorization", V8 on x64): 8 wide
 * accumulators keep processors busy whose additions take four cycles, and every load, product, sum and store has its
 * neighbour to pair with. Contract as in microkernel.ts; the same sums in the same order, so the same bits.
 */
import { SLOPE, finish, keepWhere, multiplyAdd } from "./microkernel";

/** Panel of 16 columns. */
// @ts-ignore: decorator
@inline
export function tallPanel16(
  c: usize, cRow: usize, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, s: usize, sRow: usize,
  m: i32, k: i32, start: bool, end: i32, toH: usize, by: f32,
): void {
  for (let i = 0; i < m; i += 4) {
    const second = i + 1 < m, third = i + 2 < m, fourth = i + 3 < m;
    let c00 = f32x4.splat(0), c01 = c00, c02 = c00, c03 = c00, c10 = c00, c11 = c00, c12 = c00, c13 = c00;
    let c20 = c00, c21 = c00, c22 = c00, c23 = c00, c30 = c00, c31 = c00, c32 = c00, c33 = c00;
    if (start) {
      let si = s;
      c00 = v128.load(si); c01 = v128.load(si, 16); c02 = v128.load(si, 32); c03 = v128.load(si, 48);
      si += second ? sRow : 0;
      c10 = v128.load(si); c11 = v128.load(si, 16); c12 = v128.load(si, 32); c13 = v128.load(si, 48);
      si += third ? sRow : 0;
      c20 = v128.load(si); c21 = v128.load(si, 16); c22 = v128.load(si, 32); c23 = v128.load(si, 48);
      si += fourth ? sRow : 0;
      c30 = v128.load(si); c31 = v128.load(si, 16); c32 = v128.load(si, 32); c33 = v128.load(si, 48);
    }
    let a0 = a, a1 = a0 + (second ? aRow : 0), a2 = a1 + (third ? aRow : 0), a3 = a2 + (fourth ? aRow : 0);
    let bp = b;
    // Two places of k a turn: 1.1 times as fast as one, and four are slower than either (bench/NOTES.md).
    for (let p = k; p > 0; p -= 2) {
      const b0 = v128.load(bp), b1 = v128.load(bp, 16), b2 = v128.load(bp, 32), b3 = v128.load(bp, 48);
      const x0 = v128.load32_splat(a0);
      c00 = multiplyAdd(c00, x0, b0); c01 = multiplyAdd(c01, x0, b1);
      c02 = multiplyAdd(c02, x0, b2); c03 = multiplyAdd(c03, x0, b3);
      const x1 = v128.load32_splat(a1);
      c10 = multiplyAdd(c10, x1, b0); c11 = multiplyAdd(c11, x1, b1);
      c12 = multiplyAdd(c12, x1, b2); c13 = multiplyAdd(c13, x1, b3);
      const x2 = v128.load32_splat(a2);
      c20 = multiplyAdd(c20, x2, b0); c21 = multiplyAdd(c21, x2, b1);
      c22 = multiplyAdd(c22, x2, b2); c23 = multiplyAdd(c23, x2, b3);
      const x3 = v128.load32_splat(a3);
      c30 = multiplyAdd(c30, x3, b0); c31 = multiplyAdd(c31, x3, b1);
      c32 = multiplyAdd(c32, x3, b2); c33 = multiplyAdd(c33, x3, b3);
      a0 += aStep; a1 += aStep; a2 += aStep; a3 += aStep; bp += bStep;
      if (p == 1) break;
      const d0 = v128.load(bp), d1 = v128.load(bp, 16), d2 = v128.load(bp, 32), d3 = v128.load(bp, 48);
      const y0 = v128.load32_splat(a0);
      c00 = multiplyAdd(c00, y0, d0); c01 = multiplyAdd(c01, y0, d1);
      c02 = multiplyAdd(c02, y0, d2); c03 = multiplyAdd(c03, y0, d3);
      const y1 = v128.load32_splat(a1);
      c10 = multiplyAdd(c10, y1, d0); c11 = multiplyAdd(c11, y1, d1);
      c12 = multiplyAdd(c12, y1, d2); c13 = multiplyAdd(c13, y1, d3);
      const y2 = v128.load32_splat(a2);
      c20 = multiplyAdd(c20, y2, d0); c21 = multiplyAdd(c21, y2, d1);
      c22 = multiplyAdd(c22, y2, d2); c23 = multiplyAdd(c23, y2, d3);
      const y3 = v128.load32_splat(a3);
      c30 = multiplyAdd(c30, y3, d0); c31 = multiplyAdd(c31, y3, d1);
      c32 = multiplyAdd(c32, y3, d2); c33 = multiplyAdd(c33, y3, d3);
      a0 += aStep; a1 += aStep; a2 += aStep; a3 += aStep; bp += bStep;
    }
    let ci = c;
    store16(ci, c00, c01, c02, c03, end, toH, by);
    ci += second ? cRow : 0; store16(ci, c10, c11, c12, c13, end, toH, by);
    ci += third ? cRow : 0; store16(ci, c20, c21, c22, c23, end, toH, by);
    ci += fourth ? cRow : 0; store16(ci, c30, c31, c32, c33, end, toH, by);
    a += 4 * aRow; c += 4 * cRow;
    if (start) s += 4 * sRow;
  }
}

// @ts-ignore: decorator
@inline
function store16(p: usize, x0: v128, x1: v128, x2: v128, x3: v128, end: i32, toH: usize, by: f32): void {
  if (end == SLOPE) {
    // One address with four offsets, and not four addresses: else the engine does not know that they are neighbours.
    const h = p + toH;
    x0 = keepWhere(x0, v128.load(h), by); x1 = keepWhere(x1, v128.load(h, 16), by);
    x2 = keepWhere(x2, v128.load(h, 32), by); x3 = keepWhere(x3, v128.load(h, 48), by);
  } else { x0 = finish(x0, end, 0, by); x1 = finish(x1, end, 0, by); x2 = finish(x2, end, 0, by); x3 = finish(x3, end, 0, by); }
  v128.store(p, x0); v128.store(p, x1, 16); v128.store(p, x2, 32); v128.store(p, x3, 48);
}

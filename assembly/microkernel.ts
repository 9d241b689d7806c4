/**
 * The hot tiles. Every product of the network ends here.
 *
 *            w columns                     One panel is w <= 16 columns of the result, all its rows.
 *          +-----------+                   One tile is MR rows of it, held in MR·w/4 accumulators:
 *     k    |  B (k×w)  |                     16 columns: 2 rows, 8 accumulators + 4 of B + 1 splat
 *          +-----------+                     9..12     : 2 rows, 6 accumulators + 3 of B + 1 splat
 *     k                                      5..8      : 4 rows, 8 accumulators + 2 of B + 1 splat
 *  +-----+ +-----------+                     1..4      : 4 rows, 4 accumulators + 1 of B + 1 splat
 *  |  A  | | C (m×w)   |  m              so no tile needs more than the 15 vectors that x64 has free.
 *  +-----+ +-----------+
 *
 * Contract, for 0 <= i < m and 0 <= j < w:
 *
 *     C[i,j] = finish( start[i,j] + A[i,0]·B[0,j] + A[i,1]·B[1,j] + ... + A[i,k-1]·B[k-1,j] )
 *
 *  - The sum runs in that order, one rounding a product and one a sum, in one accumulator: an element's bits depend
 *    neither on m, nor on w, nor on which tile computed it. This is what makes one row and a batch bit-equal.
 *  - A[i,p] lies at a + i·aRow + p·aStep, B[p,j] at b + p·bStep + 4j, C[i,j] at c + i·cRow + 4j, start[i,j] at
 *    s + i·sRow + 4j; steps are in bytes. sRow = 0 starts every row from the same one (a bias); s = c with
 *    sRow = cRow adds to what C holds.
 *  - Rows past the last: a tile with fewer than MR rows left computes its last row more than once and stores the same
 *    bits to the same place; every start is read before anything is stored, so adding to C stays right.
 *  - Columns past the last: the last vector of a panel is moved left until it ends with the panel (`last`, in bytes
 *    from the panel's first column); inside a tile again everything is read before it is stored. Panels of 1 to 3
 *    columns load and store single lanes. Nothing outside A, B, start, C and H is read, nothing outside C is
 *    written.
 *  - C may be start; otherwise C overlaps nothing. k may be 0. NaN and infinities go through as IEEE 754 has it;
 *    FLOOR keeps NaN.
 */

import { loadLanes, storeLanes } from "./lanes";

/** Where the sums start: from 0, or from the rows at `s`. */
export const FROM_ZERO: bool = false;
export const FROM_START: bool = true;

/** How k is walked: every place by its step, or the places of a list. */
export const STEPPED: bool = false;
export const LISTED: bool = true;

/**
 * What happens before the store: nothing; max(sum, by); or the slope of ReLU, for sums that are derivatives: 0 where its output H,
 * `toH` bytes from C, is not above 0. `by` is a number that a function is given, so that one function does for several ends: of
 * FLOOR 0 is ReLU and -Infinity nothing, of SLOPE 0 is the slope and KEEP_ALL nothing.
 */
export const IDENTITY = 0;
export const FLOOR = 1;
export const SLOPE = 2;

/** All bits set: a NaN that is moved and never computed with, so its bits stay. */
export const KEEP_ALL = reinterpret<f32>(-1);

// @ts-ignore: decorator
@inline
export function multiplyAdd(sum: v128, x: v128, w: v128): v128 {
  // Two roundings, never a fused one: engines and processors must agree on every bit.
  return f32x4.add(sum, f32x4.mul(x, w));
}

/** The sum as it is stored; `h` is where its H lies, read for SLOPE alone. */
// @ts-ignore: decorator
@inline
export function finish(sum: v128, end: i32, h: usize, by: f32): v128 {
  // pmax(x, 0) is one instruction on x64 (max is eight) and is x when x is NaN, or -0.
  if (end == FLOOR) return f32x4.pmax(sum, f32x4.splat(by));
  return end == SLOPE ? keepWhere(sum, v128.load(h), by) : sum;
}

/** A derivative where ReLU gave its output h, else 0; all of it if `by` is KEEP_ALL. */
// @ts-ignore: decorator
@inline
export function keepWhere(sum: v128, h: v128, by: f32): v128 {
  return v128.and(sum, isAbove(h, by));
}

/** Bits to keep of derivatives where ReLU gave H. */
// @ts-ignore: decorator
@inline
function isAbove(h: v128, by: f32): v128 {
  return v128.or(f32x4.gt(h, f32x4.splat(0)), f32x4.splat(by));
}

/** The same for a vector of `lanes` columns. */
// @ts-ignore: decorator
@inline
function finishLanes(sum: v128, end: i32, h: usize, lanes: i32, by: f32): v128 {
  return end == SLOPE ? keepWhere(sum, loadLanes(h, lanes), by) : finish(sum, end, h, by);
}

/** Panel of 13..16 columns (`last` = 4w - 16), or of exactly 16 when `edge` is false. */
// @ts-ignore: decorator
@inline
export function panel16(
  c: usize, cRow: usize, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, s: usize, sRow: usize,
  m: i32, k: i32, last: usize, edge: bool, start: bool, end: i32, toH: usize, by: f32,
): void {
  for (let i = 0; i < m; i += 2) {
    const second = i + 1 < m;
    const toA1 = second ? aRow : 0;
    let c00 = f32x4.splat(0), c01 = c00, c02 = c00, c03 = c00;
    let c10 = c00, c11 = c00, c12 = c00, c13 = c00;
    if (start) {
      c00 = v128.load(s); c01 = v128.load(s, 16); c02 = v128.load(s, 32);
      c03 = edge ? v128.load(s + last) : v128.load(s, 48);
      const s1 = s + (second ? sRow : 0);
      c10 = v128.load(s1); c11 = v128.load(s1, 16); c12 = v128.load(s1, 32);
      c13 = edge ? v128.load(s1 + last) : v128.load(s1, 48);
    }
    let ap = a, bp = b;
    for (let p = k; p > 0; --p) {
      const b0 = v128.load(bp), b1 = v128.load(bp, 16), b2 = v128.load(bp, 32);
      const b3 = edge ? v128.load(bp + last) : v128.load(bp, 48);
      const x0 = v128.load32_splat(ap);
      c00 = multiplyAdd(c00, x0, b0); c01 = multiplyAdd(c01, x0, b1);
      c02 = multiplyAdd(c02, x0, b2); c03 = multiplyAdd(c03, x0, b3);
      const x1 = v128.load32_splat(ap + toA1);
      c10 = multiplyAdd(c10, x1, b0); c11 = multiplyAdd(c11, x1, b1);
      c12 = multiplyAdd(c12, x1, b2); c13 = multiplyAdd(c13, x1, b3);
      ap += aStep; bp += bStep;
    }
    v128.store(c, finish(c00, end, c + toH, by)); v128.store(c, finish(c01, end, c + toH + 16, by), 16); v128.store(c, finish(c02, end, c + toH + 32, by), 32);
    if (edge) v128.store(c + last, finish(c03, end, c + last + toH, by)); else v128.store(c, finish(c03, end, c + toH + 48, by), 48);
    const c1 = c + (second ? cRow : 0);
    v128.store(c1, finish(c10, end, c1 + toH, by)); v128.store(c1, finish(c11, end, c1 + toH + 16, by), 16); v128.store(c1, finish(c12, end, c1 + toH + 32, by), 32);
    if (edge) v128.store(c1 + last, finish(c13, end, c1 + last + toH, by)); else v128.store(c1, finish(c13, end, c1 + toH + 48, by), 48);
    a += 2 * aRow; c += 2 * cRow;
    if (start) s += 2 * sRow;
  }
}

/** Panel of 9..12 columns (`last` = 4w - 16). */
// @ts-ignore: decorator
@inline
export function panel12(
  c: usize, cRow: usize, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, s: usize, sRow: usize,
  m: i32, k: i32, last: usize, start: bool, end: i32, toH: usize, by: f32,
): void {
  for (let i = 0; i < m; i += 2) {
    const second = i + 1 < m;
    const toA1 = second ? aRow : 0;
    let c00 = f32x4.splat(0), c01 = c00, c02 = c00, c10 = c00, c11 = c00, c12 = c00;
    if (start) {
      c00 = v128.load(s); c01 = v128.load(s, 16); c02 = v128.load(s + last);
      const s1 = s + (second ? sRow : 0);
      c10 = v128.load(s1); c11 = v128.load(s1, 16); c12 = v128.load(s1 + last);
    }
    let ap = a, bp = b;
    for (let p = k; p > 0; --p) {
      const b0 = v128.load(bp), b1 = v128.load(bp, 16), b2 = v128.load(bp + last);
      const x0 = v128.load32_splat(ap);
      c00 = multiplyAdd(c00, x0, b0); c01 = multiplyAdd(c01, x0, b1); c02 = multiplyAdd(c02, x0, b2);
      const x1 = v128.load32_splat(ap + toA1);
      c10 = multiplyAdd(c10, x1, b0); c11 = multiplyAdd(c11, x1, b1); c12 = multiplyAdd(c12, x1, b2);
      ap += aStep; bp += bStep;
    }
    v128.store(c, finish(c00, end, c + toH, by)); v128.store(c, finish(c01, end, c + toH + 16, by), 16); v128.store(c + last, finish(c02, end, c + last + toH, by));
    const c1 = c + (second ? cRow : 0);
    v128.store(c1, finish(c10, end, c1 + toH, by)); v128.store(c1, finish(c11, end, c1 + toH + 16, by), 16); v128.store(c1 + last, finish(c12, end, c1 + last + toH, by));
    a += 2 * aRow; c += 2 * cRow;
    if (start) s += 2 * sRow;
  }
}

/** Panel of 5..8 columns (`last` = 4w - 16). */
// @ts-ignore: decorator
@inline
export function panel8(
  c: usize, cRow: usize, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, s: usize, sRow: usize,
  m: i32, k: i32, last: usize, start: bool, end: i32, toH: usize, by: f32,
): void {
  for (let i = 0; i < m; i += 4) {
    const second = i + 1 < m, third = i + 2 < m, fourth = i + 3 < m;
    let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
    if (start) {
      let si = s;
      c00 = v128.load(si); c01 = v128.load(si + last);
      si += second ? sRow : 0; c10 = v128.load(si); c11 = v128.load(si + last);
      si += third ? sRow : 0; c20 = v128.load(si); c21 = v128.load(si + last);
      si += fourth ? sRow : 0; c30 = v128.load(si); c31 = v128.load(si + last);
    }
    let a0 = a, a1 = a0 + (second ? aRow : 0), a2 = a1 + (third ? aRow : 0), a3 = a2 + (fourth ? aRow : 0);
    let bp = b;
    for (let p = k; p > 0; --p) {
      const b0 = v128.load(bp), b1 = v128.load(bp + last);
      const x0 = v128.load32_splat(a0);
      c00 = multiplyAdd(c00, x0, b0); c01 = multiplyAdd(c01, x0, b1);
      const x1 = v128.load32_splat(a1);
      c10 = multiplyAdd(c10, x1, b0); c11 = multiplyAdd(c11, x1, b1);
      const x2 = v128.load32_splat(a2);
      c20 = multiplyAdd(c20, x2, b0); c21 = multiplyAdd(c21, x2, b1);
      const x3 = v128.load32_splat(a3);
      c30 = multiplyAdd(c30, x3, b0); c31 = multiplyAdd(c31, x3, b1);
      a0 += aStep; a1 += aStep; a2 += aStep; a3 += aStep; bp += bStep;
    }
    let ci = c;
    v128.store(ci, finish(c00, end, ci + toH, by)); v128.store(ci + last, finish(c01, end, ci + last + toH, by));
    ci += second ? cRow : 0; v128.store(ci, finish(c10, end, ci + toH, by)); v128.store(ci + last, finish(c11, end, ci + last + toH, by));
    ci += third ? cRow : 0; v128.store(ci, finish(c20, end, ci + toH, by)); v128.store(ci + last, finish(c21, end, ci + last + toH, by));
    ci += fourth ? cRow : 0; v128.store(ci, finish(c30, end, ci + toH, by)); v128.store(ci + last, finish(c31, end, ci + last + toH, by));
    a += 4 * aRow; c += 4 * cRow;
    if (start) s += 4 * sRow;
  }
}

/** Panel of exactly `lanes` columns, a constant 1..4. */
// @ts-ignore: decorator
@inline
export function panel4(
  c: usize, cRow: usize, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, s: usize, sRow: usize,
  m: i32, k: i32, lanes: i32, start: bool, end: i32, toH: usize, by: f32,
): void {
  for (let i = 0; i < m; i += 4) {
    const second = i + 1 < m, third = i + 2 < m, fourth = i + 3 < m;
    let c0 = f32x4.splat(0), c1 = c0, c2 = c0, c3 = c0;
    if (start) {
      let si = s;
      c0 = loadLanes(si, lanes);
      si += second ? sRow : 0; c1 = loadLanes(si, lanes);
      si += third ? sRow : 0; c2 = loadLanes(si, lanes);
      si += fourth ? sRow : 0; c3 = loadLanes(si, lanes);
    }
    let a0 = a, a1 = a0 + (second ? aRow : 0), a2 = a1 + (third ? aRow : 0), a3 = a2 + (fourth ? aRow : 0);
    let bp = b;
    for (let p = k; p > 0; --p) {
      const b0 = loadLanes(bp, lanes);
      c0 = multiplyAdd(c0, v128.load32_splat(a0), b0);
      c1 = multiplyAdd(c1, v128.load32_splat(a1), b0);
      c2 = multiplyAdd(c2, v128.load32_splat(a2), b0);
      c3 = multiplyAdd(c3, v128.load32_splat(a3), b0);
      a0 += aStep; a1 += aStep; a2 += aStep; a3 += aStep; bp += bStep;
    }
    let ci = c;
    storeLanes(ci, finishLanes(c0, end, ci + toH, lanes, by), lanes);
    ci += second ? cRow : 0; storeLanes(ci, finishLanes(c1, end, ci + toH, lanes, by), lanes);
    ci += third ? cRow : 0; storeLanes(ci, finishLanes(c2, end, ci + toH, lanes, by), lanes);
    ci += fourth ? cRow : 0; storeLanes(ci, finishLanes(c3, end, ci + toH, lanes, by), lanes);
    a += 4 * aRow; c += 4 * cRow;
    if (start) s += 4 * sRow;
  }
}

/**
 * One row against `n` columns: with a single row of A the time goes into loading B and into waiting for each sum, so
 * what counts is the number of independent sums. Tiles of 32 columns (8 accumulators), the last one moved left until it
 * ends with the row; under 32 columns, or with `narrow`, tiles of 16; under 16 one tile whose four vectors overlap as they
 * must. Contract as above with m = 1, start = the row at `s`, except that C must not be start: columns are computed twice.
 *
 * With `listed` the k places are those of a list of (offset into A, offset into B) in bytes, two words an entry: see
 * sparse.ts. Without, `list` is not read.
 */
// @ts-ignore: decorator
@inline
export function row(
  c: usize, a: usize, b: usize, bStep: usize, s: usize, list: usize, n: i32, k: i32, narrow: bool, listed: bool, end: i32,
  by: f32,
): void {
  if (n >= 32 && !narrow) {
    for (let j = 0; j < n; j += 32) {
      const at = <usize>(4 * min(j, n - 32));
      row32(c + at, a, b + at, bStep, s + at, list, k, listed, end, by);
    }
  } else if (n >= 16) {
    for (let j = 0; j < n; j += 16) {
      const at = <usize>(4 * min(j, n - 16));
      row16(c + at, a, b + at, bStep, s + at, list, k, 16, 32, 48, listed, end, by);
    }
  } else if (n >= 4) {
    const last = <usize>(4 * n - 16);
    row16(c, a, b, bStep, s, list, k, min<usize>(16, last), min<usize>(32, last), last, listed, end, by);
  } else if (n == 3) rowLanes(c, a, b, bStep, s, list, k, 3, listed, end, by);
  else if (n == 2) rowLanes(c, a, b, bStep, s, list, k, 2, listed, end, by);
  else if (n == 1) rowLanes(c, a, b, bStep, s, list, k, 1, listed, end, by);
}

// @ts-ignore: decorator
@inline
function row32(
  c: usize, a: usize, b: usize, bStep: usize, s: usize, list: usize, k: i32, listed: bool, end: i32, by: f32,
): void {
  let c0 = v128.load(s), c1 = v128.load(s, 16), c2 = v128.load(s, 32), c3 = v128.load(s, 48);
  let c4 = v128.load(s, 64), c5 = v128.load(s, 80), c6 = v128.load(s, 96), c7 = v128.load(s, 112);
  let ap = a, bp = b;
  for (let p = k; p > 0; --p) {
    if (listed) { ap = a + load<u32>(list); bp = b + load<u32>(list, 4); list += 8; }
    const x = v128.load32_splat(ap);
    c0 = multiplyAdd(c0, x, v128.load(bp)); c1 = multiplyAdd(c1, x, v128.load(bp, 16));
    c2 = multiplyAdd(c2, x, v128.load(bp, 32)); c3 = multiplyAdd(c3, x, v128.load(bp, 48));
    c4 = multiplyAdd(c4, x, v128.load(bp, 64)); c5 = multiplyAdd(c5, x, v128.load(bp, 80));
    c6 = multiplyAdd(c6, x, v128.load(bp, 96)); c7 = multiplyAdd(c7, x, v128.load(bp, 112));
    if (!listed) { ap += 4; bp += bStep; }
  }
  v128.store(c, finish(c0, end, 0, by)); v128.store(c, finish(c1, end, 0, by), 16);
  v128.store(c, finish(c2, end, 0, by), 32); v128.store(c, finish(c3, end, 0, by), 48);
  v128.store(c, finish(c4, end, 0, by), 64); v128.store(c, finish(c5, end, 0, by), 80);
  v128.store(c, finish(c6, end, 0, by), 96); v128.store(c, finish(c7, end, 0, by), 112);
}

/** Four vectors, at 0 and at the byte offsets o1 <= o2 <= o3. */
// @ts-ignore: decorator
@inline
function row16(
  c: usize, a: usize, b: usize, bStep: usize, s: usize, list: usize, k: i32, o1: usize, o2: usize, o3: usize,
  listed: bool, end: i32, by: f32,
): void {
  let c0 = v128.load(s), c1 = v128.load(s + o1), c2 = v128.load(s + o2), c3 = v128.load(s + o3);
  let ap = a, bp = b;
  for (let p = k; p > 0; --p) {
    if (listed) { ap = a + load<u32>(list); bp = b + load<u32>(list, 4); list += 8; }
    const x = v128.load32_splat(ap);
    c0 = multiplyAdd(c0, x, v128.load(bp)); c1 = multiplyAdd(c1, x, v128.load(bp + o1));
    c2 = multiplyAdd(c2, x, v128.load(bp + o2)); c3 = multiplyAdd(c3, x, v128.load(bp + o3));
    if (!listed) { ap += 4; bp += bStep; }
  }
  v128.store(c, finish(c0, end, 0, by)); v128.store(c + o1, finish(c1, end, 0, by));
  v128.store(c + o2, finish(c2, end, 0, by)); v128.store(c + o3, finish(c3, end, 0, by));
}

// @ts-ignore: decorator
@inline
function rowLanes(
  c: usize, a: usize, b: usize, bStep: usize, s: usize, list: usize, k: i32, lanes: i32, listed: bool, end: i32, by: f32,
): void {
  let sum = loadLanes(s, lanes);
  let ap = a, bp = b;
  for (let p = k; p > 0; --p) {
    if (listed) { ap = a + load<u32>(list); bp = b + load<u32>(list, 4); list += 8; }
    sum = multiplyAdd(sum, v128.load32_splat(ap), loadLanes(bp, lanes));
    if (!listed) { ap += 4; bp += bStep; }
  }
  storeLanes(c, finish(sum, end, 0, by), lanes);
}

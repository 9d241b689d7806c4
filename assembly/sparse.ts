/**
 * Products that skip zeros: the dense tiles with a list in place of the steps. For two rows of A (or one) the list names
 * the places along k where either is not zero, as pairs of byte offsets (into A, into B), 8 bytes an entry; the sums then
 * run over the list in ascending order, with the roundings of the dense path.
 *
 * Bit-equal to the dense path when B is finite: a skipped term is ±0, and adding it changes no sum that is not -0; sums
 * start from +0, or from biases and gradients, which are never -0 (the host makes sure of the biases). One row and a batch agree
 * for the same reason.
 *
 *   Y = X·W      pairs of rows of X       A = X, k = I, W row-major
 *   dW = Xᵀ·dY   pairs of columns of X    A = Xᵀ, k = B, dY row-major
 */
import { loadLanes, storeLanes } from "./lanes";
import { FLOOR, FROM_START, FROM_ZERO, IDENTITY, LISTED, finish, multiplyAdd, row } from "./microkernel";

/** Appends (aAt, bAt) to the list if `bits` is not ±0. Written in any case, kept if it counts: no branch to mispredict. */
// @ts-ignore: decorator
@inline
function append(list: usize, aAt: usize, bAt: usize, bits: u32): usize {
  store<u32>(list, <u32>aAt);
  store<u32>(list, <u32>bAt, 4);
  return list + select<usize>(8, 0, bits << 1 != 0);
}

/**
 * Lists the columns p < k in which either of two rows of A is not ±0, as (4p, p·bStep); returns the end of the list. The
 * second row is the first again if `toA1` is 0. Four columns at a time: where pixels are dark, all four mostly are 0.
 */
function listRows(list: usize, a: usize, toA1: usize, bStep: usize, k: i32): usize {
  const a1 = a + toA1, end = <usize>(4 * k);
  const zero = f32x4.splat(0);
  let at: usize = 0, bAt: usize = 0;
  for (; at + 16 <= end; at += 16, bAt += 4 * bStep) {
    const either = v128.or(f32x4.ne(v128.load(a + at), zero), f32x4.ne(v128.load(a1 + at), zero));
    if (!v128.any_true(either)) continue;
    list = append(list, at, bAt, i32x4.extract_lane(either, 0));
    list = append(list, at + 4, bAt + bStep, i32x4.extract_lane(either, 1) );
    list = append(list, at + 8, bAt + 2 * bStep, i32x4.extract_lane(either, 2));
    list = append(list, at + 12, bAt + 3 * bStep, i32x4.extract_lane(either, 3));
  }
  for (; at < end; at += 4, bAt += bStep) list = append(list, at, bAt, load<u32>(a + at) | load<u32>(a1 + at));
  return list;
}

/** The same for two columns of X as rows of A = Xᵀ: places are rows of X, as (p·aStep, p·bStep). */
function listColumns(list: usize, a: usize, toA1: usize, aStep: usize, bStep: usize, k: i32): usize {
  let aAt: usize = 0, bAt: usize = 0;
  for (let p = k; p > 0; --p, aAt += aStep, bAt += bStep) {
    list = append(list, aAt, bAt, load<u32>(a + aAt) | load<u32>(a + toA1 + aAt));
  }
  return list;
}

/** Two rows (one twice, if toA1, toS1 and toC1 are 0), four vectors at 0 and the byte offsets o1 <= o2 <= o3. */
// @ts-ignore: decorator
@inline
function pairTile(
  c: usize, toC1: usize, a: usize, toA1: usize, b: usize, s: usize, toS1: usize, list: usize, stop: usize,
  o1: usize, o2: usize, o3: usize, start: bool, end: i32, by: f32,
): void {
  let c00 = f32x4.splat(0), c01 = c00, c02 = c00, c03 = c00;
  let c10 = c00, c11 = c00, c12 = c00, c13 = c00;
  if (start) {
    c00 = v128.load(s); c01 = v128.load(s + o1); c02 = v128.load(s + o2); c03 = v128.load(s + o3);
    const s1 = s + toS1;
    c10 = v128.load(s1); c11 = v128.load(s1 + o1); c12 = v128.load(s1 + o2); c13 = v128.load(s1 + o3);
  }
  for (; list < stop; list += 8) {
    const ap = a + load<u32>(list), bp = b + load<u32>(list, 4);
    const b0 = v128.load(bp), b1 = v128.load(bp + o1), b2 = v128.load(bp + o2), b3 = v128.load(bp + o3);
    const x0 = v128.load32_splat(ap);
    c00 = multiplyAdd(c00, x0, b0); c01 = multiplyAdd(c01, x0, b1);
    c02 = multiplyAdd(c02, x0, b2); c03 = multiplyAdd(c03, x0, b3);
    const x1 = v128.load32_splat(ap + toA1);
    c10 = multiplyAdd(c10, x1, b0); c11 = multiplyAdd(c11, x1, b1);
    c12 = multiplyAdd(c12, x1, b2); c13 = multiplyAdd(c13, x1, b3);
  }
  v128.store(c, finish(c00, end, 0, by)); v128.store(c + o1, finish(c01, end, 0, by));
  v128.store(c + o2, finish(c02, end, 0, by)); v128.store(c + o3, finish(c03, end, 0, by));
  const c1 = c + toC1;
  v128.store(c1, finish(c10, end, 0, by)); v128.store(c1 + o1, finish(c11, end, 0, by));
  v128.store(c1 + o2, finish(c12, end, 0, by)); v128.store(c1 + o3, finish(c13, end, 0, by));
}

/** Two rows of 1 to 3 columns. */
// @ts-ignore: decorator
@inline
function pairLanes(
  c: usize, toC1: usize, a: usize, toA1: usize, b: usize, s: usize, toS1: usize, list: usize, stop: usize,
  lanes: i32, start: bool, end: i32, by: f32,
): void {
  let c0 = f32x4.splat(0), c1 = c0;
  if (start) {
    c0 = loadLanes(s, lanes);
    c1 = loadLanes(s + toS1, lanes);
  }
  for (; list < stop; list += 8) {
    const ap = a + load<u32>(list);
    const b0 = loadLanes(b + load<u32>(list, 4), lanes);
    c0 = multiplyAdd(c0, v128.load32_splat(ap), b0);
    c1 = multiplyAdd(c1, v128.load32_splat(ap + toA1), b0);
  }
  storeLanes(c, finish(c0, end, 0, by), lanes);
  storeLanes(c + toC1, finish(c1, end, 0, by), lanes);
}

/** One pair of rows, all columns. */
// @ts-ignore: decorator
@inline
function pairPanel(
  c: usize, toC1: usize, a: usize, toA1: usize, b: usize, s: usize, toS1: usize, list: usize, stop: usize,
  n: i32, start: bool, end: i32, by: f32,
): void {
  if (n >= 16) pairTile(c, toC1, a, toA1, b, s, toS1, list, stop, 16, 32, 48, start, end, by);
  else if (n >= 4) {
    const last = <usize>(4 * n - 16);
    pairTile(c, toC1, a, toA1, b, s, toS1, list, stop, min<usize>(16, last), min<usize>(32, last), last, start, end, by);
  } else if (n == 3) pairLanes(c, toC1, a, toA1, b, s, toS1, list, stop, 3, start, end, by);
  else if (n == 2) pairLanes(c, toC1, a, toA1, b, s, toS1, list, stop, 2, start, end, by);
  else pairLanes(c, toC1, a, toA1, b, s, toS1, list, stop, 1, start, end, by);
}

/** Pairs whose lists are made before their products: a panel of B then serves all of them from the L1 cache. */
const BLOCK = 8;

/** C = finish(start + A·B), a block of pairs of rows at a time; `lists` is scratch for where they end, 8 words, and 8·k entries. */
// @ts-ignore: decorator
@inline
function pairs(
  c: usize, cRow: usize, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, s: usize, sRow: usize,
  lists: usize, m: i32, n: i32, k: i32, start: bool, end: i32, by: f32,
): void {
  const listBytes = <usize>(8 * k), stops = lists;
  lists += 4 * BLOCK;
  for (let i = 0; i < m; i += 2 * BLOCK) {
    const rows = <usize>min(m - i, 2 * BLOCK);
    for (let r: usize = 0; r < rows; r += 2) {
      const list = lists + (r >> 1) * listBytes, first = a + r * aRow, toA1 = r + 1 < rows ? aRow : 0;
      const stop = aStep == 4 ? listRows(list, first, toA1, bStep, k) : listColumns(list, first, toA1, aStep, bStep, k);
      store<u32>(stops + 2 * r, <u32>stop);
    }
    for (let j = 0; j < n; j += 16) {
      const at = <usize>(4 * j);
      for (let r: usize = 0; r < rows; r += 2) {
        const second = r + 1 < rows;
        pairPanel(
          c + r * cRow + at, second ? cRow : 0, a + r * aRow, second ? aRow : 0, b + at, s + r * sRow + at,
          second ? sRow : 0, lists + (r >> 1) * listBytes, load<u32>(stops + 2 * r), n - j, start, end, by,
        );
      }
    }
    a += 2 * BLOCK * aRow; c += 2 * BLOCK * cRow;
    if (start) s += 2 * BLOCK * sRow;
  }
}

/** C = max(start + A·B, floor) */
function pairsFrom(
  c: usize, cRow: usize, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, s: usize, sRow: usize,
  lists: usize, m: i32, n: i32, k: i32, floor: f32,
): void {
  pairs(c, cRow, a, aRow, aStep, b, bStep, s, sRow, lists, m, n, k, FROM_START, FLOOR, floor);
}

/** Y = max(b + X·W, floor). */
export function sparseXW(y: usize, x: usize, w: usize, b: usize, lists: usize, B: i32, I: i32, O: i32, floor: f32): void {
  const wRow = <usize>(4 * O);
  if (B > 1) pairsFrom(y, wRow, x, <usize>(4 * I), 4, w, wRow, b, 0, lists, B, O, I, floor);
  else {
    const count = <i32>((listRows(lists, x, 0, wRow, I) - lists) >> 3);
    row(y, x, w, wRow, b, lists, O, count, false, LISTED, FLOOR, floor);
  }
}

/** Y = X·W + b, zeros of X skipped; `lists` is scratch for 8 + 16·I words. */
export function sparseForward(y: usize, x: usize, w: usize, b: usize, lists: usize, B: i32, I: i32, O: i32): void {
  sparseXW(y, x, w, b, lists, B, I, O, -Infinity);
}

/** Y = max(X·W + b, 0), zeros of X skipped. */
export function sparseReluForward(y: usize, x: usize, w: usize, b: usize, lists: usize, B: i32, I: i32, O: i32): void {
  sparseXW(y, x, w, b, lists, B, I, O, 0);
}

/**
 * dW = Xᵀ·dY, zeros of X skipped, for I columns of an X whose rows have `gap` floats more; `lists` is scratch for 8 + 16·B words.
 */
export function sparseWeightsBackward(
  dw: usize, x: usize, dy: usize, lists: usize, B: i32, I: i32, O: i32, gap: i32,
): void {
  const dRow = <usize>(4 * O);
  pairs(dw, dRow, x, 4, <usize>(4 * (I + gap)), dy, dRow, dw, dRow, lists, I, O, B, FROM_ZERO, IDENTITY, 0);
}

/** dW += Xᵀ·dY, zeros of X skipped. */
export function sparseWeightsAccumulate(
  dw: usize, x: usize, dy: usize, lists: usize, B: i32, I: i32, O: i32, gap: i32,
): void {
  const dRow = <usize>(4 * O);
  pairsFrom(dw, dRow, x, 4, <usize>(4 * (I + gap)), dy, dRow, dw, dRow, lists, I, O, B, -Infinity);
}

/**
 * The three products of a dense layer, for every shape, by panels of 16 columns and a last one that may be narrower.
 *
 *   B rows of a batch, I inputs, O outputs      X [B×I]   W [I×O]   Y, D [B×O]   (row-major, no padding)
 *
 *   forward           Y  = X·W     m = B, n = O, k = I
 *   weight gradient   dW = Xᵀ·D    m = I, n = O, k = B    A is read down its columns: same tiles, other steps
 *   input gradient    dX = D·Wᵀ    m = B, n = I, k = O    16 rows of W at a time are transposed into a panel of Wᵀ
 *
 * Sums run over k in ascending order everywhere (see microkernel.ts), so splitting the batch and adding with
 * FROM_START gives the bits of the whole.
 */
import { FLOOR, FROM_START, FROM_ZERO, IDENTITY, SLOPE, STEPPED, panel12, panel16, panel4, panel8, row } from "./microkernel";
import { tallPanel16 } from "./tall";

/** Whether this is the turbo build (asconfig.json names it), whose tiles are twice as tall. */
// @ts-ignore: known to the compiler alone
const TALL: bool = isDefined(TURBO);

/** A panel of 16 columns. */
// @ts-ignore: decorator
@inline
function fullPanel(
  c: usize, cRow: usize, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, s: usize, sRow: usize,
  m: i32, k: i32, start: bool, end: i32, toH: usize, by: f32,
): void {
  if (TALL) tallPanel16(c, cRow, a, aRow, aStep, b, bStep, s, sRow, m, k, start, end, toH, by);
  else panel16(c, cRow, a, aRow, aStep, b, bStep, s, sRow, m, k, 48, false, start, end, toH, by);
}

/**
 * All columns of C = finish(start + A·B), panel after panel; arguments as in microkernel.ts. If `panel` is not 0 it holds
 * 16·k floats of scratch, into which each 16 columns of B are copied together first.
 */
// @ts-ignore: decorator
@inline
function panels(
  c: usize, cRow: usize, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, s: usize, sRow: usize,
  panel: usize, m: i32, n: i32, k: i32, start: bool, end: i32, toH: usize, by: f32,
): void {
  for (; n >= 16; n -= 16) {
    if (panel != 0) {
      packPanel(panel, b, bStep, k);
      fullPanel(c, cRow, a, aRow, aStep, panel, 64, s, sRow, m, k, start, end, toH, by);
    } else fullPanel(c, cRow, a, aRow, aStep, b, bStep, s, sRow, m, k, start, end, toH, by);
    c += 64; b += 64;
    if (start) s += 64;
  }
  lastPanel(c, cRow, a, aRow, aStep, b, bStep, s, sRow, m, n, k, start, end, toH, by);
}

/** Copies 16 columns of `rows` rows together. */
function packPanel(panel: usize, from: usize, fromRow: usize, rows: i32): void {
  for (; rows > 0; --rows, from += fromRow, panel += 64) {
    v128.store(panel, v128.load(from)); v128.store(panel, v128.load(from, 16), 16);
    v128.store(panel, v128.load(from, 32), 32); v128.store(panel, v128.load(from, 48), 48);
  }
}

/** The panel of the n < 16 columns that are left. */
// @ts-ignore: decorator
@inline
function lastPanel(
  c: usize, cRow: usize, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, s: usize, sRow: usize,
  m: i32, n: i32, k: i32, start: bool, end: i32, toH: usize, by: f32,
): void {
  const last = <usize>(4 * n - 16);
  if (n > 12) panel16(c, cRow, a, aRow, aStep, b, bStep, s, sRow, m, k, last, true, start, end, toH, by);
  else if (n > 8) panel12(c, cRow, a, aRow, aStep, b, bStep, s, sRow, m, k, last, start, end, toH, by);
  else if (n > 4) panel8(c, cRow, a, aRow, aStep, b, bStep, s, sRow, m, k, last, start, end, toH, by);
  else if (n == 4) panel4(c, cRow, a, aRow, aStep, b, bStep, s, sRow, m, k, 4, start, end, toH, by);
  else if (n == 3) panel4(c, cRow, a, aRow, aStep, b, bStep, s, sRow, m, k, 3, start, end, toH, by);
  else if (n == 2) panel4(c, cRow, a, aRow, aStep, b, bStep, s, sRow, m, k, 2, start, end, toH, by);
  else if (n == 1) panel4(c, cRow, a, aRow, aStep, b, bStep, s, sRow, m, k, 1, start, end, toH, by);
}

/** C = A·B */
function product(
  c: usize, cRow: usize, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, panel: usize,
  m: i32, n: i32, k: i32,
): void {
  panels(c, cRow, a, aRow, aStep, b, bStep, c, cRow, panel, m, n, k, FROM_ZERO, IDENTITY, 0, 0);
}

/** C = max(start + A·B, floor); C += A·B when start is C and floor -Infinity. */
function productFrom(
  c: usize, cRow: usize, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, s: usize, sRow: usize,
  panel: usize, m: i32, n: i32, k: i32, floor: f32,
): void {
  panels(c, cRow, a, aRow, aStep, b, bStep, s, sRow, panel, m, n, k, FROM_START, FLOOR, 0, floor);
}

/**
 * How many places along k are multiplied at a time: so many rows of a panel of W (64 bytes each) stay in the L1 cache while
 * all rows of X pass by.
 */
const DEPTH = 320;

/** With fewer rows of the result, a panel is used too seldom to be worth copying. */
const PACKING_ROWS = 8;

/** With fewer columns W's rows lie close enough for caches and address translation; 256-bit loads want them packed anyway. */
const PACKING_COLUMNS = TALL ? 32 : 256;

/**
 * Y = max(bias + X·W, floor): the sums of one stretch of k start where those of the stretch before ended. `panel` holds 16·min(I, DEPTH)
 * floats of scratch; 0 has a single row multiplied by narrow tiles.
 */
export function gemmXW(
  y: usize, x: usize, w: usize, bias: usize, panel: usize, B: i32, I: i32, O: i32, floor: f32,
): void {
  const xRow = <usize>(4 * I), wRow = <usize>(4 * O);
  if (B == 1) return row(y, x, w, wRow, bias, 0, O, I, panel == 0, STEPPED, FLOOR, floor);
  if (B < PACKING_ROWS || O < PACKING_COLUMNS) panel = 0;
  const stretches = (I + DEPTH - 1) / DEPTH;
  const depth = (I + stretches - 1) / stretches;
  let s = bias, sRow: usize = 0;
  for (; I > depth; I -= depth) {
    productFrom(y, wRow, x, xRow, 4, w, wRow, s, sRow, panel, B, O, depth, -Infinity);
    x += <usize>(4 * depth);
    w += <usize>depth * wRow;
    s = y;
    sRow = wRow;
  }
  productFrom(y, wRow, x, xRow, 4, w, wRow, s, sRow, panel, B, O, I, floor);
}

/** Weights beyond which dW is made in blocks of rows: all its pages at once would outrun the processor's translations. */
const LARGE = 1 << 20;
const ROW_BLOCK = 32;

/**
 * dW = Xᵀ·D, or dW += Xᵀ·D with FROM_START, for I columns of an X whose rows have `gap` floats more; `panel` holds 16·B floats
 * of scratch. Columns of X and a panel of D both go
 * from page to page along k; with the panel copied together, X has the address translations to itself.
 */
// @ts-ignore: decorator
@inline
export function gemmXtD(
  dw: usize, x: usize, d: usize, panel: usize, B: i32, I: i32, O: i32, gap: i32, start: bool,
): void {
  const xRow = <usize>(4 * (I + gap)), dRow = <usize>(4 * O);
  if (I < PACKING_ROWS) panel = 0;
  if (I * O > LARGE) {
    for (; I > ROW_BLOCK; I -= ROW_BLOCK) {
      if (start) productFrom(dw, dRow, x, 4, xRow, d, dRow, dw, dRow, panel, ROW_BLOCK, O, B, -Infinity);
      else product(dw, dRow, x, 4, xRow, d, dRow, panel, ROW_BLOCK, O, B);
      dw += <usize>ROW_BLOCK * dRow;
      x += <usize>(4 * ROW_BLOCK);
    }
  }
  if (start) productFrom(dw, dRow, x, 4, xRow, d, dRow, dw, dRow, panel, I, O, B, -Infinity);
  else product(dw, dRow, x, 4, xRow, d, dRow, panel, I, O, B);
}

/**
 * dX = D·Wᵀ, 0 where H, `toH` bytes from dX, is not above 0 and `keep` is 0; all of it if that is KEEP_ALL. `panel` holds 16·O
 * floats of scratch.
 */
export function gemmDWt(
  dx: usize, d: usize, w: usize, panel: usize, B: i32, I: i32, O: i32, toH: usize, keep: f32,
): void {
  const dxRow = <usize>(4 * I), dRow = <usize>(4 * O);
  for (; I >= 16; I -= 16) {
    packTransposed(panel, w, 16, O);
    fullPanel(dx, dxRow, d, dRow, 4, panel, 64, 0, 0, B, O, FROM_ZERO, SLOPE, toH, keep);
    dx += 64; w += 16 * dRow;
  }
  if (I > 0) {
    packTransposed(panel, w, I, O);
    lastPanel(dx, dxRow, d, dRow, 4, panel, 64, 0, 0, B, I, O, FROM_ZERO, SLOPE, toH, keep);
  }
}

/** panel[o, i] = W[i, o] for `rows` <= 16 rows of W; a row of the panel is 16 floats long whatever `rows` is. */
function packTransposed(panel: usize, w: usize, rows: i32, O: i32): void {
  const wRow = <usize>(4 * O);
  const count = <usize>rows;
  let i: usize = 0;
  for (; i + 4 <= count; i += 4) {
    let to = panel + 4 * i;
    let from = w + i * wRow;
    let o = 0;
    for (; o + 4 <= O; o += 4) {
      const r0 = v128.load(from), r1 = v128.load(from + wRow);
      const r2 = v128.load(from + 2 * wRow), r3 = v128.load(from + 3 * wRow);
      const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
      const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
      v128.store(to, v128.shuffle<i64>(low01, low23, 0, 2));
      v128.store(to, v128.shuffle<i64>(low01, low23, 1, 3), 64);
      v128.store(to, v128.shuffle<i64>(high01, high23, 0, 2), 128);
      v128.store(to, v128.shuffle<i64>(high01, high23, 1, 3), 192);
      from += 16; to += 256;
    }
    for (; o < O; ++o) {
      store<f32>(to, load<f32>(from));
      store<f32>(to, load<f32>(from + wRow), 4);
      store<f32>(to, load<f32>(from + 2 * wRow), 8);
      store<f32>(to, load<f32>(from + 3 * wRow), 12);
      from += 4; to += 64;
    }
  }
  for (; i < count; ++i) {
    for (let o: usize = 0; o < <usize>O; ++o) store<f32>(panel + 64 * o + 4 * i, load<f32>(w + i * wRow + 4 * o));
  }
}

/** sums = 1·D, the column sums of D [B×O] in the order of the rows, or sums += 1·D with FROM_START. */
// @ts-ignore: decorator
@inline
export function gemm1D(sums: usize, d: usize, B: i32, O: i32, start: bool): void {
  const dRow = <usize>(4 * O);
  if (start) productFrom(sums, dRow, ONE, 0, 0, d, dRow, sums, dRow, 0, 1, O, B, -Infinity);
  else product(sums, dRow, ONE, 0, 0, d, dRow, 0, 1, O, B);
}

/** The number 1, as a matrix whose every element lies in one place (steps of 0). */
const ONE = memory.data<f32>([1]);

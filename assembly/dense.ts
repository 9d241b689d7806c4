/**
 * One dense layer, fused: the sums start from the bias, and ReLU is applied before the store.
 *
 *   B rows, I inputs, O outputs     X [B×I]  W [I×O]  b [O]  Y [B×O]     dY, dX, dW, db shaped like Y, X, W, b
 *
 * Bound (each result, u = 2⁻²⁴): |error| <= γ(k+2)·(|A|·|B| + |start|), k the summed dimension.
 * Outputs overlap no input. Sizes are counts of elements, all >= 1.
 */
import { gemm1D, gemmDWt, gemmXW, gemmXtD } from "./gemm";
import { FROM_START, FROM_ZERO, KEEP_ALL } from "./microkernel";

/**
 * Y = X·W + b; `panel` is scratch for 16·min(I, 320) floats. Of one row it is not read: 0 says that the engine keeps tiles of 16 columns in
 * registers and wider ones not. The bits are the same.
 */
export function denseForward(y: usize, x: usize, w: usize, b: usize, panel: usize, B: i32, I: i32, O: i32): void {
  gemmXW(y, x, w, b, panel, B, I, O, -Infinity);
}

/** Y = max(X·W + b, 0); NaN stays NaN, and a sum of -0 stays -0. */
export function denseReluForward(y: usize, x: usize, w: usize, b: usize, panel: usize, B: i32, I: i32, O: i32): void {
  gemmXW(y, x, w, b, panel, B, I, O, 0);
}

/** dW = Xᵀ·dY, for I columns of an X whose rows have `gap` floats more; `panel` is scratch for 16·B floats. */
export function weightsBackward(
  dw: usize, x: usize, dy: usize, panel: usize, B: i32, I: i32, O: i32, gap: i32,
): void {
  gemmXtD(dw, x, dy, panel, B, I, O, gap, FROM_ZERO);
}

/** dW += Xᵀ·dY; the bits of weightsBackward over all rows when the rows come in order, some at a time. */
export function weightsAccumulate(
  dw: usize, x: usize, dy: usize, panel: usize, B: i32, I: i32, O: i32, gap: i32,
): void {
  gemmXtD(dw, x, dy, panel, B, I, O, gap, FROM_START);
}

/** db = Σ rows of dY */
export function biasesBackward(db: usize, dy: usize, B: i32, O: i32): void {
  gemm1D(db, dy, B, O, FROM_ZERO);
}

/** db += Σ rows of dY */
export function biasesAccumulate(db: usize, dy: usize, B: i32, O: i32): void {
  gemm1D(db, dy, B, O, FROM_START);
}

/** dX = dY·Wᵀ; `panel` is scratch for 16·O floats. */
export function inputsBackward(dx: usize, dy: usize, w: usize, panel: usize, B: i32, I: i32, O: i32): void {
  gemmDWt(dx, dy, w, panel, B, I, O, 0, KEEP_ALL);
}

/** dX = dY·Wᵀ where H > 0, else 0: the derivative by the sums of which ReLU made H [B×I], the layer's input. */
export function inputsReluBackward(
  dx: usize, dy: usize, w: usize, h: usize, panel: usize, B: i32, I: i32, O: i32,
): void {
  gemmDWt(dx, dy, w, panel, B, I, O, h - dx, 0);
}

/**
 * Activations over a flat slab of n floats, and their derivatives, computed from the OUTPUT: only that must be kept.
 * Forward may run in place (y = x); backward may too (dz = dy). ReLU, forward and backward, is fused into dense.ts.
 */
import { loadLanes, storeLanes } from "./lanes";
import { exp, log, sigmoid, tanh } from "./math";

/** y = exp(x); error <= 0.99 ulp */
export function expForward(y: usize, x: usize, n: i32): void {
  for (; n >= 4; n -= 4, x += 16, y += 16) v128.store(y, exp(v128.load(x)));
  if (n > 0) storeLanes(y, exp(loadLanes(x, n)), n);
}

/** y = log(x); error <= 0.51 ulp */
export function logForward(y: usize, x: usize, n: i32): void {
  for (; n > 0; --n, x += 4, y += 4) store<f32>(y, log(load<f32>(x)));
}

/** y = 1/(1 + exp(-x)); error <= 1.87 ulp */
export function sigmoidForward(y: usize, x: usize, n: i32): void {
  for (; n >= 4; n -= 4, x += 16, y += 16) v128.store(y, sigmoid(v128.load(x)));
  if (n > 0) storeLanes(y, sigmoid(loadLanes(x, n)), n);
}

/** y = tanh(x); error <= 1.34 ulp */
export function tanhForward(y: usize, x: usize, n: i32): void {
  for (; n >= 4; n -= 4, x += 16, y += 16) v128.store(y, tanh(v128.load(x)));
  if (n > 0) storeLanes(y, tanh(loadLanes(x, n)), n);
}

/** dz = dy·y·(1 - y) */
export function sigmoidBackward(dz: usize, dy: usize, y: usize, n: i32): void {
  for (; n >= 4; n -= 4, dz += 16, dy += 16, y += 16) v128.store(dz, sigmoidSlope(v128.load(dy), v128.load(y)));
  if (n > 0) storeLanes(dz, sigmoidSlope(loadLanes(dy, n), loadLanes(y, n)), n);
}

/** dz = dy·(1 - y²) */
export function tanhBackward(dz: usize, dy: usize, y: usize, n: i32): void {
  for (; n >= 4; n -= 4, dz += 16, dy += 16, y += 16) v128.store(dz, tanhSlope(v128.load(dy), v128.load(y)));
  if (n > 0) storeLanes(dz, tanhSlope(loadLanes(dy, n), loadLanes(y, n)), n);
}

// @ts-ignore: decorator
@inline
function sigmoidSlope(dy: v128, y: v128): v128 {
  return f32x4.mul(dy, f32x4.mul(y, f32x4.sub(f32x4.splat(1), y)));
}

// @ts-ignore: decorator
@inline
function tanhSlope(dy: v128, y: v128): v128 {
  // (1-y)·(1+y) keeps its digits where 1-y² would cancel.
  return f32x4.mul(dy, f32x4.mul(f32x4.sub(f32x4.splat(1), y), f32x4.add(f32x4.splat(1), y)));
}

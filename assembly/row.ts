/**
 * A whole prediction of one row in one call, by a plan that the host writes (src/net/row-plan.ts), 32-bit words:
 *
 *   x | inputs | found | scratch | few | layers | panel      and of each layer      y | w | b | I | O | activation | panels
 *
 * x [inputs] is the row, y [O] what a layer gives, w [I×O], b [O]. Fewer than `few` inputs that are not 0, and they are skipped. `panel` is
 * what the dense kernels have for one row, 0 or not (dense.ts); `panels`, if not 0, has room for 32 floats an input and each 32 columns begun.
 */
import { sigmoidForward, tanhForward } from "./activations";
import { scanForward } from "./batch";
import { gemmXW } from "./gemm";
import { softmaxForward } from "./loss";
import { sparseXW } from "./sparse";

const HEAD = 28;
const LAYER = 28;

/** Activations of hidden layers, and what outputs make of the last sums: 0 is nothing. */
const RELU = 1;
const SIGMOID = 2;
const TANH = 3;
const SOFTMAX = 4;

/** What is done with panels: they are not read, weights are copied into them first, or they hold the weights of now. */
const COPIED = 1;

/**
 * From the row to the last layer's y, of which `output` makes probabilities in place; the bits of the kernels that are called one by one.
 * Returns 0, or 1 if an input is not finite, 2 if a sum of the last layer is not: nothing is made of those.
 */
export function rowForward(plan: usize, output: i32, panels: i32): i32 {
  const found = load<usize>(plan, 8), scratch = load<usize>(plan, 12), panel = load<usize>(plan, 24);
  let x = load<usize>(plan);
  scanForward(found, x, load<i32>(plan, 4));
  if (load<i32>(found, 4) == 0) return 1;
  let skips = load<i32>(found) < load<i32>(plan, 16);
  let O = 0;
  let at = plan + HEAD;
  for (let left = load<i32>(plan, 20); left > 0; --left, at += LAYER) {
    const y = load<usize>(at), w = load<usize>(at, 4), b = load<usize>(at, 8), I = load<i32>(at, 12), activation = load<i32>(at, 20);
    const packed = panels != 0 ? load<usize>(at, 24) : 0;
    O = load<i32>(at, 16);
    if (packed != 0 && panels == COPIED) packColumns(packed, w, I, O);
    const floor: f32 = activation == RELU ? 0 : -Infinity;
    if (skips) sparseXW(y, x, w, b, scratch, 1, I, O, floor);
    else {
      const width = packed != 0 ? 32 : O;
      let from = packed != 0 ? packed : w;
      for (let j = 0; j < O; j += width, from += <usize>(4 * width) * I) {
        const column = <usize>(4 * min(j, O - width));
        gemmXW(y + column, x, from, b + column, panel, 1, I, width, floor);
      }
    }
    activate(y, O, activation);
    skips = false;
    x = y;
  }
  scanForward(found, x, O);
  if (load<i32>(found, 4) == 0) return 2;
  activate(x, O, output);
  return 0;
}

function activate(y: usize, n: i32, how: i32): void {
  if (how == SIGMOID) sigmoidForward(y, y, n);
  else if (how == TANH) tanhForward(y, y, n);
  else if (how == SOFTMAX) softmaxForward(y, y, 1, n);
}

/** Copies each 32 columns together, the last ones of W again where fewer are left: O >= 32. One row's way through them is without a jump. */
function packColumns(to: usize, w: usize, I: i32, O: i32): void {
  const row = <usize>(4 * O);
  for (let j = 0; j < O; j += 32) {
    let from = w + 4 * min(j, O - 32);
    for (let i = 0; i < I; ++i, from += row, to += 128) memory.copy(to, from, 128);
  }
}

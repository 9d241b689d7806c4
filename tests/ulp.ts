/**
 * How far results are from exact values: in ulps, or as shares of a derived bound. One set of checks for the tests, for
 * their controls and for scripts/accuracy.ts.
 */
import type { Kernels } from "../src/core/kernels.js";
import { type LossAndGradient, sigmoid, softmax, softmaxCrossEntropy, type Vector } from "./reference.js";
import { type Slab, type Slabs, UNIT_ROUNDOFF } from "./slabs.js";

/** The smallest positive float32. */
export const SMALLEST = 2 ** -149;

/** Exponentials of softmax, sigmoids in a gradient and optimizer state are 0 below this (flushTiny in assembly/math.ts). */
export const TINY = 2 ** -100;

/** The four elementary kernels, what they compute, and the error in ulp that assembly/math.ts states. */
export const elementary = [
  { name: "exp", kernel: "expForward", exact: Math.exp, stated: 0.99 },
  { name: "log", kernel: "logForward", exact: Math.log, stated: 0.51 },
  { name: "sigmoid", kernel: "sigmoidForward", exact: sigmoid, stated: 1.87 },
  { name: "tanh", kernel: "tanhForward", exact: Math.tanh, stated: 1.34 },
] as const satisfies readonly { name: string; kernel: keyof Kernels; exact(x: number): number; stated: number }[];

/** Distances between float32 values, by the exponent field of a float64 between them. */
const SPACINGS = Float64Array.from({ length: 2048 }, (_, field) => Math.max(2 ** (field - 1023 - 23), SMALLEST));
const double = new Float64Array(1);
const doubleWords = new Uint32Array(double.buffer);

/** The spacing of float32 at `exact`: 2⁻¹⁴⁹ among subnormals and below. */
export function ulp(exact: number): number {
  double[0] = exact;
  return SPACINGS[(doubleWords[1] >>> 20) & 0x7ff];
}

/** The error of a float32 in ulps of the exact value; Infinity for what no rounding explains. */
export function ulpError(result: number, exact: number): number {
  if (Number.isNaN(result) || Number.isNaN(exact)) return Number.isNaN(result) && Number.isNaN(exact) ? 0 : Infinity;
  const size = Math.abs(exact);
  if (Math.abs(result) === Infinity) {
    // From half an ulp past the largest float32 on, Infinity is the right rounding; below, it stands for 2¹²⁸.
    if (size >= 2 ** 128 - 2 ** 103) return result > 0 === exact > 0 ? 0 : Infinity;
    return Math.abs(Math.sign(result) * 2 ** 128 - exact) / ulp(exact);
  }
  if (size >= 2 ** 128) return Infinity;
  if (result === 0 && 1 / result < 0 !== (exact < 0 || Object.is(exact, -0))) return Infinity;
  return Math.abs(result - exact) / ulp(exact);
}

/** The largest error met, and where. */
export interface Worst {
  error: number;
  x: number;
}

/** The worst of y = f(x) in ulps; hand in the worst so far to go on. */
export function worstUlps(x: Float32Array, y: Float32Array, f: (x: number) => number, soFar?: Worst): Worst {
  let { error: worst, x: at } = soFar ?? { error: 0, x: Number.NaN };
  for (let i = 0; i < x.length; i++) {
    const exact = f(x[i]);
    // Rounded rightly is half an ulp at most; the sign of 0 is looked at.
    if (worst >= 0.5 && y[i] === Math.fround(exact) && y[i] !== 0) continue;
    const error = ulpError(y[i], exact);
    if (error > worst) {
      worst = error;
      at = x[i];
    }
  }
  return { error: worst, x: at };
}

/** Fills `x` with the float32 of bit patterns first, first + stride, ..., modulo 2³². */
export function fillPatterns(x: Float32Array, first: number, stride: number): void {
  const bits = new Uint32Array(x.buffer, x.byteOffset, x.length);
  for (let i = 0, pattern = first; i < bits.length; i++, pattern += stride) bits[i] = pattern;
}

/** The largest |result - exact| as a share of its bound: at most 1 if all is well, Infinity for a NaN. */
export function worstShare(results: Vector, exact: Vector, bound: (index: number) => number): number {
  let worst = 0;
  for (let i = 0; i < exact.length; i++) {
    const error = Math.abs(results[i] - exact[i]);
    if (error === 0) continue;
    const share = error / bound(i);
    if (!(share <= worst)) worst = Number.isNaN(share) ? Infinity : share;
  }
  return worst;
}

export function sameBits(a: Float32Array, b: Float32Array): boolean {
  return bytes(a).equals(bytes(b));
}

/** What a kernel must leave in a slab, or return. */
export interface Expected {
  result: Vector;
  exact: Vector;
  bound(index: number): number;
}

/** Runs a kernel and says what is wrong: its results, what it wrote beside them, what it did to its inputs. */
export function faults(slabs: Slabs, inputs: readonly Slab[], run: () => Expected[]): string[] {
  const copies = inputs.map(({ floats }) => floats.slice());
  const expected = run();
  const found: string[] = [];
  if (!expected.every(({ result, exact, bound }) => worstShare(result, exact, bound) <= 1)) found.push("wrong");
  if (!slabs.intact) found.push("overrun");
  if (!inputs.every(({ floats }, i) => sameBits(floats, copies[i]))) found.push("input written");
  return found;
}

/** The floats and one more: what a kernel that counts wrong would write to. */
export function oneMore(floats: Float32Array): Float32Array {
  return new Float32Array(floats.buffer, floats.byteOffset, floats.length + 1);
}

function bytes(floats: Float32Array): Buffer {
  return Buffer.from(floats.buffer, floats.byteOffset, floats.byteLength);
}

/** What rounding does to one row of softmax. Everything in units of u, relative unless it says otherwise. */
export interface SoftmaxRow {
  /** Float64. */
  p: Float64Array;
  /** For each e = exp(z - peak): z - peak is off by u times itself, exp by 0.99 ulp <= 1.98u; the peak's 1 is exact. */
  exponential: Float64Array;
  /** For 1 + s, the sum of the exponentials. */
  total: number;
  /** For p: its exponential, the sum, the rounded factor 1/(1 + s) and the product; 0.04 for terms of higher order. */
  bounds: Float64Array;
}

export function softmaxRow(z: Vector): SoftmaxRow {
  const p = softmax(z, 1, z.length);
  const peak = Math.max(...Array.from(z));
  const exponential = p.map((_, j) => (z[j] === peak ? 0 : peak - z[j] + 1.98));
  const total = p.reduce((sum, value, j) => sum + (value === 0 ? 0 : value * exponential[j]), 0);
  return { p, exponential, total, bounds: exponential.map((e) => (e + total + 2.04) * UNIT_ROUNDOFF) };
}

/** What a loss kernel was asked for, and how far rounding may carry its answers. */
export interface LossBounds {
  exact: LossAndGradient;
  lossBound: number;
  bound(index: number): number;
  scale: number;
}

/** Relative bound on a loss of n terms summed in float64: the roundings here, those of the reference, a few each besides. */
export function doubleRoundings(n: number): number {
  return (2 * n + 8) * 2 ** -53;
}

/** For softmaxCrossEntropyBackward. */
export function softmaxBounds(
  z: Float32Array,
  labels: number[],
  B: number,
  O: number,
  scale: number,
  weights: Vector,
): LossBounds {
  const exact = softmaxCrossEntropy(z, labels, B, O, scale, weights);
  const bounds = new Float64Array(B * O);
  let lossBound = exact.loss * (1e-11 + doubleRoundings(B)) + B * O * TINY;
  for (let r = 0; r < B; r++) {
    const row = z.subarray(r * O, (r + 1) * O);
    const { p, exponential, total, bounds: relative } = softmaxRow(row);
    // What is subtracted rounds, log1p passes on what the sum is off by.
    const weight = weights[labels[r]];
    lossBound += weight * (Math.max(...row) - row[labels[r]] + total) * UNIT_ROUNDOFF * 1.001;
    // Own: -beside / (beside + own), the exponentials of `beside` weighted, then one rounding.
    const beside = p.reduce((sum, value, j) => sum + (j === labels[r] ? 0 : value), 0);
    const besides = p.reduce((sum, value, j) => sum + (j === labels[r] || value === 0 ? 0 : value * exponential[j]), 0);
    for (let j = 0; j < O; j++) {
      const own = (besides + beside * (total + 1.04)) * UNIT_ROUNDOFF;
      // Each exponential below TINY is off by that at most.
      bounds[r * O + j] = weight * scale * (j === labels[r] ? own : relative[j] * p[j]) + (1 + weight) * O * TINY;
    }
  }
  return { exact, lossBound, bound: (i) => bounds[i], scale };
}

/** Normalisation again, naive, float64: over the rows of a mini-batch, for each unit, or over the units of a row. */
import type { Vector } from "./reference.js";

export const EPSILON = 1e-5;

export type Kind = "batch" | "layer";

/** What is normalised together, as lists of places: a column for each unit, or each row. */
function groups(kind: Kind, B: number, O: number): number[][] {
  const rows = Array.from({ length: B }, (_, r) => Array.from({ length: O }, (_, j) => r * O + j));
  return kind === "layer" ? rows : Array.from({ length: O }, (_, j) => rows.map((row) => row[j]));
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of each group the mean and the variance of a population. */
export function momentsOf(kind: Kind, x: Vector, B: number, O: number): { mean: number[]; variance: number[] } {
  const lists = groups(kind, B, O).map((places) => places.map((i) => x[i]));
  const mean = lists.map(meanOf);
  return { mean, variance: lists.map((list, g) => meanOf(list.map((value) => (value - mean[g]) ** 2))) };
}

/** Ĥ = (X - mean)/√(variance + ε) */
export function normalized(kind: Kind, x: Vector, B: number, O: number): Float64Array {
  const { mean, variance } = momentsOf(kind, x, B, O);
  const h = new Float64Array(B * O);
  groups(kind, B, O).forEach((places, g) => {
    for (const i of places) h[i] = (x[i] - mean[g]) / Math.sqrt(variance[g] + EPSILON);
  });
  return h;
}

/** gain·Ĥ + shift */
export function affine(h: Vector, gain: Vector, shift: Vector, O: number): Float64Array {
  return Float64Array.from(h as ArrayLike<number>, (value, i) => gain[i % O] * value + shift[i % O]);
}

export interface Gradients {
  dx: Float64Array;
  dgain: Float64Array;
  dshift: Float64Array;
  /** What bounds are multiples of: the sizes of what each result is a sum of. */
  sizes: { dx: Float64Array; dgain: Float64Array; dshift: Float64Array };
}

export function normalizationBackward(
  kind: Kind,
  dy: Vector,
  h: Vector,
  variance: Vector,
  gain: Vector,
  B: number,
  O: number,
): Gradients {
  const [dgain, dshift, dgainSize, dshiftSize] = Array.from({ length: 4 }, () => new Float64Array(O));
  for (let i = 0; i < B * O; i++) {
    dgain[i % O] += dy[i] * h[i];
    dshift[i % O] += dy[i];
    dgainSize[i % O] += Math.abs(dy[i] * h[i]);
    dshiftSize[i % O] += Math.abs(dy[i]);
  }
  const [dx, dxSize] = [new Float64Array(B * O), new Float64Array(B * O)];
  groups(kind, B, O).forEach((places, g) => {
    const d = (i: number) => dy[i] * gain[i % O];
    const average = (of: (i: number) => number) => meanOf(places.map(of));
    const factor = 1 / Math.sqrt(variance[g] + EPSILON);
    const [mean, meanOfH] = [average(d), average((i) => d(i) * h[i])];
    const [size, sizeOfH] = [average((i) => Math.abs(d(i))), average((i) => Math.abs(d(i) * h[i]))];
    for (const i of places) {
      dx[i] = factor * (d(i) - mean - h[i] * meanOfH);
      dxSize[i] = factor * (Math.abs(d(i)) + size + Math.abs(h[i]) * sizeOfH);
    }
  });
  return { dx, dgain, dshift, sizes: { dx: dxSize, dgain: dgainSize, dshift: dshiftSize } };
}

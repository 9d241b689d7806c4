/** Places and quantiles among numbers in ascending order. */
import { forEachSlice } from "./slices.js";

/** The place of the first of ascending numbers that is not below `number`. */
export function firstNotBelow(sorted: Float64Array, number: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < number) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The place of the first of ascending numbers that is above `number`. */
export function firstAbove(sorted: Float64Array, number: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= number) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What the numbers before each place of the ascending ones count together, and, last, all of them: equal ones count where the first is. */
export function* weightsBefore(
  sorted: Float64Array,
  numbers: Float64Array,
  weightOf: (i: number) => number,
): Generator<number, Float64Array> {
  const before = new Float64Array(sorted.length + 1);
  yield* forEachSlice(numbers.length, (from, to) => {
    for (let i = from; i < to; i++) before[firstNotBelow(sorted, numbers[i]) + 1] += weightOf(i);
  });
  yield* forEachSlice(sorted.length, (from, to) => {
    for (let i = from; i < to; i++) before[i + 1] += before[i];
  });
  return before;
}

/** {@link quantile} of numbers that are there as many times as their weights say. */
export function weightedQuantile(sorted: Float64Array, before: Float64Array, share: number): number {
  const total = before[before.length - 1];
  const place = share * Math.max(0, total - 1);
  const low = Math.floor(place);
  const at = (rank: number) => sorted[Math.min(sorted.length, firstAbove(before, rank)) - 1];
  return interpolate(at(low), at(Math.min(low + 1, Math.max(low, total - 1))), place - low);
}

/** A quantile of ascending numbers as numpy computes it unless told otherwise: between two of them in proportion. */
export function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const [a, b] = [sorted[low], sorted[Math.min(low + 1, sorted.length - 1)]];
  return interpolate(a, b, place - low);
}

function interpolate(a: number, b: number, t: number): number {
  return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
}

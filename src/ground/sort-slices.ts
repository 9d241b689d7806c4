/** Sorting as a generator that stops after each slice: a million numbers take a tenth of a second. */
import { forEachSlice } from "./slices.js";

/** Numbers sorted at a time, and merged between two looks at the clock. */
const SORTED = 2 ** 13;

/**
 * Sorts numbers in place, none of them NaN, in ascending order: stretch by stretch, which are then merged two by two.
 */
export function* sortSlices(numbers: Float64Array): Generator<number, Float64Array> {
  const { length } = numbers;
  yield* forEachSlice(length, (from, to) => void numbers.subarray(from, to).sort(), SORTED);
  let sorted = numbers;
  let merged = length > SORTED ? new Float64Array(length) : numbers;
  for (let size = SORTED; size < length; size *= 2) {
    for (let from = 0; from < length; from += 2 * size) {
      yield* mergeSlices(sorted, merged, from, Math.min(from + size, length), Math.min(from + 2 * size, length));
    }
    [sorted, merged] = [merged, sorted];
  }
  if (sorted !== numbers)
    yield* forEachSlice(length, (from, to) => numbers.set(sorted.subarray(from, to), from), 2 * SORTED);
  return numbers;
}

/** Merges the sorted stretches `from .. middle` and `middle .. to` of `source` into the same places of `target`. */
function* mergeSlices(
  source: Float64Array,
  target: Float64Array,
  from: number,
  middle: number,
  to: number,
): Generator<number, void> {
  let left = from;
  let right = middle;
  yield* forEachSlice(
    to - from,
    (begin, end) => {
      for (let i = from + begin; i < from + end; i++) {
        // Of equals the left one: -0 and 0 stay as sorted.
        target[i] = right >= to || (left < middle && source[left] <= source[right]) ? source[left++] : source[right++];
      }
    },
    SORTED,
  );
}

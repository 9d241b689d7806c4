/**
 * Loops over many items as generators that stop after each slice: `turn.run` gives the event loop its turn in between, and
 * `runThrough` runs them at once. What is computed is the same either way.
 */

/** Multiply-adds between two looks at the clock: 10 to 100 microseconds. Other work is counted by how long it takes. */
export const WORTH_A_LOOK = 500_000;

/** Runs a generator to its end without a pause. */
export function runThrough<T>(work: Generator<number, T>): T {
  for (;;) {
    const next = work.next();
    if (next.done) return next.value;
  }
}

/** Items of a slice unless told otherwise: of a microsecond each they take a millisecond. */
export const SLICE = 1024;

/** Numbers copied at a time: a megabyte of float32, whose pages a machine may have to find first. */
const COPIED = 2 ** 18;

/** Does `work` for all items, `size` at a time: from `from` up to, not including, `to`. */
export function* forEachSlice(
  count: number,
  work: (from: number, to: number) => void,
  size = SLICE,
): Generator<number, void> {
  for (let from = 0; from < count; from += size) {
    work(from, Math.min(from + size, count));
    yield WORTH_A_LOOK;
  }
}

/** Puts what `of` makes of each index into a typed array. */
export function* fillSlices<A extends Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array>(
  target: A,
  of: (i: number) => number,
  size = SLICE,
): Generator<number, A> {
  yield* forEachSlice(
    target.length,
    (from, to) => {
      for (let i = from; i < to; i++) target[i] = of(i);
    },
    size,
  );
  return target;
}

/** Copies all of `source` to the start of `target`. */
export function copyTo(source: Float32Array, target: Float32Array): Generator<number, void> {
  return forEachSlice(source.length, (from, to) => target.set(source.subarray(from, to), from), COPIED);
}

/** Returns a copy of `source`, in `target` if that is given. */
export function* copySlices(
  source: Float32Array,
  target: Float32Array = new Float32Array(source.length),
): Generator<number, Float32Array> {
  yield* copyTo(source, target);
  return target;
}

/** Sets all of `target` to 0. */
export function clearSlices(target: Float32Array): Generator<number, void> {
  return forEachSlice(target.length, (from, to) => void target.fill(0, from, to), COPIED);
}

/** Each number of a list so many times, one after the other. */
export function repeatSlices(numbers: ArrayLike<number>, times: number): Generator<number, Float64Array> {
  return fillSlices(new Float64Array(numbers.length * times), (i) => numbers[Math.floor(i / times)]);
}

/** Lists made slice by slice. */
import { forEachSlice } from "../ground/slices.js";

/** The list of what `of` makes of 0 to `count - 1`, in that order. */
export function* mapSlices<T>(count: number, of: (i: number) => T): Generator<number, T[]> {
  // Grown, not made whole: a long array of no numbers yet is a slow one.
  const list: T[] = [];
  yield* forEachSlice(count, (from, to) => {
    for (let i = from; i < to; i++) list.push(of(i));
  });
  return list;
}

/** Splits into training and test rows, at random or stratified by class, as row indices: generators, since rows may be millions. */
import { fillSlices, forEachSlice, SLICE } from "../ground/slices.js";

/** The indices of rows. */
export interface Split {
  readonly train: Uint32Array;
  readonly test: Uint32Array;
}

/**
 * Draws the rows to test on; all others are training rows.
 * @param shuffled the indices of all rows, two at least, in random order
 * @param share of the rows to test on; at least one row goes to either side
 * @param classes class ids by row, to keep each class's share
 * @param part from 0, below {@link countParts}: parts of the same rows have no test row in common
 */
export function* drawSplit(
  shuffled: Uint32Array,
  share: number,
  classes?: ArrayLike<number>,
  part = 0,
): Generator<number, Split> {
  const rows = shuffled.length;
  const count = countTest(rows, share);
  if (!classes) return yield* apart(shuffled, shuffled.subarray(part * count, (part + 1) * count));
  // Every (rows/count)-th row of the list sorted by class: each class gets its share, rounded up or down.
  const sorted = yield* byClass(shuffled, classes);
  // Half a step into the list, each further part by a step's share further; in whole numbers, whose quotients are never rounded over one.
  const parts = countParts(rows, share);
  const first = (parts + 2 * part) % (2 * parts);
  const place = (i: number) => Math.floor(((2 * parts * i + first) * rows) / (2 * parts * count));
  const chosen = yield* fillSlices(new Uint32Array(count), (i) => sorted[place(i)]);
  return yield* apart(shuffled, chosen);
}

/** How many rows are tested on. */
function countTest(rows: number, share: number): number {
  return Math.min(rows - 1, Math.max(1, Math.round(share * rows)));
}

/** How many parts of this share, each to test on, rows have. */
export function countParts(rows: number, share: number): number {
  return Math.floor(rows / countTest(rows, share));
}

/**
 * Splits rows for k-fold cross-validation: each is in the test rows of one split. Their sizes differ by one at most.
 * @param shuffled the indices of all rows in random order
 * @param folds from 2 to the number of rows
 * @param classes class ids by row, to spread each class evenly over the folds
 */
export function* foldRows(
  shuffled: Uint32Array,
  folds: number,
  classes?: ArrayLike<number>,
): Generator<number, Split[]> {
  const ordered = classes ? yield* byClass(shuffled, classes) : shuffled;
  const splits: Split[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const test = new Uint32Array(Math.ceil((ordered.length - fold) / folds));
    yield* fillSlices(test, (i) => ordered[fold + i * folds]);
    splits.push(yield* apart(shuffled, test));
  }
  return splits;
}

function* apart(shuffled: Uint32Array, test: Uint32Array): Generator<number, Split> {
  const isTest = new Uint8Array(shuffled.length);
  const train = new Uint32Array(shuffled.length - test.length);
  yield* eachOf(test, (row) => {
    isTest[row] = 1;
  });
  let at = 0;
  yield* eachOf(shuffled, (row) => {
    if (isTest[row] === 0) train[at++] = row;
  });
  return { train, test };
}

/** The rows class after class, each class's in the shuffled order. */
function* byClass(shuffled: Uint32Array, classes: ArrayLike<number>): Generator<number, Uint32Array> {
  const counts = new Map<number, number>();
  yield* eachOf(shuffled, (row) => void counts.set(classes[row], (counts.get(classes[row]) ?? 0) + 1));
  // Where the next row of each class goes.
  const next = new Map<number, number>();
  let start = 0;
  for (const [id, count] of [...counts].sort(([a], [b]) => a - b)) {
    next.set(id, start);
    start += count;
  }
  const sorted = new Uint32Array(shuffled.length);
  yield* eachOf(shuffled, (row) => {
    const at = next.get(classes[row]) as number;
    sorted[at] = row;
    next.set(classes[row], at + 1);
  });
  return sorted;
}

function eachOf(rows: Uint32Array, work: (row: number) => void): Generator<number, void> {
  return forEachSlice(
    rows.length,
    (from, to) => {
      for (let i = from; i < to; i++) work(rows[i]);
    },
    4 * SLICE,
  );
}

/** Which rows go where: the numbers of rows to train on and to test on, at random, by class where asked. */
import { checkNumber, checkOptions, checkWhole, own, show } from "./check.js";
import { order, Random } from "./random.js";

/** Numbers of rows. */
export interface Split {
  readonly train: Uint32Array;
  readonly test: Uint32Array;
}

/**
 * @param rows at least 2
 * @param share of the rows to test on; at least one row goes to either side
 * @param classes class ids by row, to keep each class's share
 */
export function drawSplit(rows: number, share: number, seed: number, classes?: ArrayLike<number>): Split {
  const shuffled = order(rows, new Random(seed));
  const count = Math.min(rows - 1, Math.max(1, Math.round(share * rows)));
  if (!classes) return apart(shuffled, shuffled.subarray(0, count));
  // Every (rows/count)-th row of the list sorted by class: each class gets its share, rounded up or down.
  const sorted = byClass(shuffled, classes);
  const chosen = new Uint32Array(count);
  for (let i = 0; i < count; i++) chosen[i] = sorted[Math.floor(((i + 0.5) * rows) / count)];
  return apart(shuffled, chosen);
}

/**
 * Splits rows of objects at random.
 * @param options `test`: the share of rows in the second, 0 < test < 1 (at least one row in each); `seed`: 0 if left out;
 * `stratify`: a column each of whose values keeps its share in both
 * @throws TypeError, RangeError if there are fewer than two rows or an option is out of its domain
 * @example
 * const { train, test } = splitRows(passengers, { test: 0.2, seed: 1, stratify: "survived" });
 */
export function splitRows<R extends object>(
  rows: readonly R[],
  options: { test: number; seed?: number; stratify?: string },
): { train: R[]; test: R[] } {
  const call = "splitRows";
  if (!Array.isArray(rows)) throw new TypeError(`${call}: rows must be an array of objects, got ${show(rows)}.`);
  checkOptions(call, options, ["test", "seed", "stratify"]);
  const { test, seed = 0, stratify } = options;
  checkNumber(call, "test", test, 0, 1);
  checkWhole(call, "seed", seed, 0);
  if (rows.length < 2) throw new RangeError(`${call}: rows must be 2 at least, got ${rows.length}.`);
  const split = drawSplit(rows.length, test, seed, stratify === undefined ? undefined : classesOf(rows, stratify));
  const pick = (numbers: Uint32Array) => Array.from(numbers, (r) => rows[r] as R);
  return { train: pick(split.train), test: pick(split.test) };
}

/** The same number for the same value of a column, in the order they first occur. */
function classesOf(rows: readonly object[], column: string): number[] {
  const ids = new Map<unknown, number>();
  return rows.map((row) => {
    const value = own(row, column);
    if (!ids.has(value)) ids.set(value, ids.size);
    return ids.get(value) as number;
  });
}

/**
 * k-fold cross-validation: each row is tested on once, in one of `folds` splits whose sizes differ by one at most.
 * @param folds from 2 to `rows`
 * @param classes class ids by row: each class is dealt out evenly
 */
export function foldRows(rows: number, folds: number, seed: number, classes?: ArrayLike<number>): Split[] {
  const shuffled = order(rows, new Random(seed));
  const dealt = classes ? byClass(shuffled, classes) : shuffled;
  return Array.from({ length: folds }, (_, fold) =>
    apart(
      shuffled,
      dealt.filter((_, i) => i % folds === fold),
    ),
  );
}

function apart(shuffled: Uint32Array, test: Uint32Array): Split {
  const inTest = new Set(test);
  return { train: shuffled.filter((row) => !inTest.has(row)), test };
}

/** The rows class after class, each class's in the shuffled order. */
function byClass(shuffled: Uint32Array, classes: ArrayLike<number>): Uint32Array {
  const rows = new Map<number, number[]>();
  for (const row of shuffled) {
    const own = rows.get(classes[row]);
    if (own) own.push(row);
    else rows.set(classes[row], [row]);
  }
  return Uint32Array.from([...rows.keys()].sort((a, b) => a - b).flatMap((id) => rows.get(id) as number[]));
}

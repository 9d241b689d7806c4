/** Rows of objects, split at random into those to train on and those to test on. */
import { drawSplit } from "../data/splits.js";
import { checkOptions, checkShare, checkWhole, own, show } from "../ground/check.js";
import { order, Random } from "../ground/random.js";
import { runThrough } from "../ground/turn.js";
import { checkRows } from "./table-rows.js";

/**
 * Splits rows of objects at random.
 * @param options `test`: the share of the rows that `test` gets, from 0 to 1, at least one row in each. `seed`: a whole
 * number >= 0. Default: 0. `stratify`: a column each of whose values keeps its share in both. Default: none.
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
  checkShare(call, "test", test);
  checkWhole(call, "seed", seed, 0);
  if (rows.length < 2) throw new RangeError(`${call}: rows must be 2 at least, got ${rows.length}.`);
  checkRows(call, rows);
  if (stratify !== undefined && typeof stratify !== "string") {
    throw new TypeError(`${call}: stratify must be a column's name, got ${show(stratify)}.`);
  }
  const classes = stratify === undefined ? undefined : classesOf(rows, stratify);
  const split = runThrough(drawSplit(order(rows.length, new Random(seed)), test, classes));
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

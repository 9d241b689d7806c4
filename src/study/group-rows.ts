/** Rows by the value of a column: one group for each. */
import { drawSplit } from "../data/splits.js";
import { own, show } from "../ground/check.js";
import { order, Random } from "../ground/random.js";
import { forEachSlice, runThrough } from "../ground/slices.js";

/** A value that rows may be grouped by. */
export type GroupKey = string | number | boolean;

/** The numbers of the rows of each group, in the order in which groups first occur. */
export interface Groups {
  readonly keys: readonly GroupKey[];
  /** Row numbers, group after group; group g's are those from `starts[g]` to `starts[g + 1]`. */
  readonly rows: Uint32Array;
  readonly starts: Uint32Array;
}

const isKey = (value: unknown): value is GroupKey =>
  (typeof value === "string" && value !== "") || typeof value === "boolean" || Number.isFinite(value);

/** @throws TypeError naming the row that is no object, or has nothing to be grouped by */
export function* groupRows(call: string, rows: readonly unknown[], by: string): Generator<number, Groups> {
  const numbers = new Map<GroupKey, number>();
  const groupOf = new Uint32Array(rows.length);
  yield* forEachSlice(rows.length, (from, to) => {
    for (let r = from; r < to; r++) {
      const row = rows[r];
      if (typeof row !== "object" || row === null)
        throw new TypeError(`${call}: row ${r} must be an object, got ${show(row)}.`);
      const key = own(row, by);
      if (!isKey(key)) throw new TypeError(`${call}: row ${r}, column "${by}" must say a group, got ${show(key)}.`);
      if (!numbers.has(key)) numbers.set(key, numbers.size);
      groupOf[r] = numbers.get(key) as number;
    }
  });
  const starts = new Uint32Array(numbers.size + 1);
  for (const g of groupOf) starts[g + 1]++;
  for (let g = 0; g < numbers.size; g++) starts[g + 1] += starts[g];
  const sorted = new Uint32Array(rows.length);
  const next = starts.slice();
  yield* forEachSlice(rows.length, (from, to) => {
    for (let r = from; r < to; r++) sorted[next[groupOf[r]]++] = r;
  });
  return { keys: [...numbers.keys()], rows: sorted, starts };
}

/** Rows to train on and to test on; of labels each has its share in both. */
export function splitGroup(
  rows: readonly object[],
  share: number,
  seed: number,
  target: string,
): { train: readonly object[]; test: readonly object[] } {
  if (share === 0 || rows.length < 2) return { train: rows, test: [] };
  const targets = rows.map((row) => own(row, target));
  const ids = new Map<unknown, number>();
  for (const value of targets) if (!ids.has(value)) ids.set(value, ids.size);
  const hasLabels = targets.some((value) => typeof value !== "number");
  const classes = hasLabels ? targets.map((value) => ids.get(value) as number) : undefined;
  const split = runThrough(drawSplit(order(rows.length, new Random(seed)), share, classes));
  const pick = (numbers: Uint32Array) => Array.from(numbers, (r) => rows[r]);
  return { train: pick(split.train), test: pick(split.test) };
}

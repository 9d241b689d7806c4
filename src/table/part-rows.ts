/** The rows of a table that one of its networks trains on, and those that it is watched by. */
import { countParts, drawSplit, type Split } from "../data/splits.js";
import { checkShare } from "../ground/check.js";
import { orderSlices, Random } from "../ground/random.js";
import { fillSlices } from "../ground/slices.js";

/** What features of rows are for. */
export type Purpose = "to train" | "to watch" | "to score";

/** Held out where nothing is said: a share of the rows, if there are enough of them to tell anything. */
const SHARE = 0.1;
const LEAST_ROWS = 40;

/** The share of so many rows that is held out; 0 if none is, or if they are watched by others. */
export function shareOf(call: string, rows: number, validation: unknown): number {
  if (validation === undefined) return rows < LEAST_ROWS ? 0 : SHARE;
  if (typeof validation !== "number" || validation === 0) return 0;
  checkShare(call, "validation", validation);
  if (rows < 2) throw new RangeError(`${call}: rows must be 2 at least to hold some out, got ${rows}.`);
  return validation;
}

/** Numbers of the rows that a network trains on and, if a share is held out, of those that it is watched by. */
export type Part = Pick<Split, "train"> & Partial<Split>;

/**
 * The rows of a network of an ensemble: each holds out others, until all have been; then they are drawn anew.
 * @param classes class ids by row, if each network is to have its share of each
 * @param rowNumbers of the rows to be parted
 * @param member counted from 0
 */
export function* drawPart(
  classes: ArrayLike<number> | undefined,
  rowNumbers: Uint32Array,
  share: number,
  member: number,
  seed: number,
): Generator<number, Part> {
  if (share === 0) return { train: rowNumbers };
  const count = rowNumbers.length;
  const parts = countParts(count, share);
  const random = new Random(seed);
  let shuffled = yield* orderSlices(count, random);
  for (let i = parts; i <= member; i += parts) shuffled = yield* orderSlices(count, random);
  const own = classes && (yield* fillSlices(new Float64Array(count), (i) => classes[rowNumbers[i]]));
  const { train, test } = yield* drawSplit(shuffled, share, own, member % parts);
  // What a split numbers is the place of a row among these.
  yield* fillSlices(train, (i) => rowNumbers[train[i]]);
  yield* fillSlices(test, (i) => rowNumbers[test[i]]);
  return { train, test };
}

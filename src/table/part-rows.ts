/** The rows of a table that one of its networks trains on, and those that it is watched by. */
import { countParts, drawSplit, type Split } from "../data/splits.js";
import { checkShare } from "../ground/check.js";
import { orderSlices, Random } from "../ground/random.js";
import { fillSlices } from "../ground/slices.js";
import { turn } from "../ground/turn.js";
import type { Cells } from "./columns.js";
import type { Encoder } from "./encoder.js";
import { clearRoom, encodeCells, type Purpose } from "./learn-encoder.js";
import { checkRowSlices, type TableOptions } from "./options.js";
import type { TargetCells, TargetEncoder } from "./target-encoder.js";

/** A table whose rows were read. */
export interface ReadTable<E extends TargetEncoder> {
  readonly call: string;
  readonly cells: Cells;
  readonly targets: TargetCells<E>;
  /** Where features lie, by what they are for: those of a fit that has ended make room for the next. */
  readonly rooms: Map<Purpose, Float32Array>;
  /** What was told already: of several fits to the same rows each thing once. */
  readonly told: Set<string>;
}

/** Held out where nothing is said: a share of the rows, if there are enough of them to tell anything. */
const SHARE = 0.1;
const LEAST_ROWS = 40;

/** The share of so many rows that is held out; 0 if none is, or if they are watched by others. */
export function shareOf(call: string, rows: number, validation: TableOptions["validation"]): number {
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
 * @param rowNumbers of the rows to be parted
 * @param member counted from 0
 */
export function* drawPart(
  { targets: { classes } }: ReadTable<TargetEncoder>,
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

/** Features of rows, and targets as they were read. */
export interface EncodedRows {
  readonly x: Float32Array;
  readonly targets: ArrayLike<number>;
}

export async function encodeRows<E extends TargetEncoder>(
  { call, cells, rooms, targets: { targets } }: ReadTable<E>,
  encoder: Encoder,
  rowNumbers: Uint32Array,
  purpose: Purpose,
): Promise<EncodedRows> {
  const room = await turn.run(clearRoom(rooms, purpose, rowNumbers.length * encoder.width));
  const x = await turn.run(encodeCells(call, encoder, cells, rowNumbers, room));
  const own = new Float64Array(rowNumbers.length);
  return { x, targets: await turn.run(fillSlices(own, (i) => targets[rowNumbers[i]])) };
}

/** Validation rows that are no rows of the table. */
export async function encodeOthers<E extends TargetEncoder>(
  table: ReadTable<E>,
  encoder: Encoder,
  targetEncoder: E,
  { validation }: { validation?: unknown },
): Promise<EncodedRows | undefined> {
  if (validation === undefined || typeof validation === "number") return undefined;
  const call = `${table.call}, validation`;
  await turn.run(checkRowSlices(call, validation));
  const rows = validation as readonly object[];
  const targets = await turn.run(targetEncoder.read(call, rows));
  return { x: await turn.run(encoder.encodeSlices(call, rows)), targets };
}

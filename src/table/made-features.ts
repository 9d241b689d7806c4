/** Features of rows: all at once, or made a mini-batch at a time where those of all rows would take too much memory. */
import type { RowMaker } from "../data/row-maker.js";
import type { Listed } from "../ground/long-list.js";
import { clearSlices, forEachSlice } from "../ground/slices.js";
import { turn, WORTH_A_LOOK } from "../ground/turn.js";
import type { Cells, ColumnCells } from "./columns.js";
import { type Encoder, SLICE } from "./encoder.js";
import type { Purpose } from "./part-rows.js";
import { StoredRows } from "./stored-rows.js";
import { writeCells } from "./write-cells.js";

/** Numbers that features of rows may be at once, 64 MB: up to here they are made once, which is faster. */
export const ROOM = { most: 2 ** 24 };

/** Rows of the table that a model learns from. */
export class MadeFeatures implements RowMaker {
  readonly inputs: number;
  private readonly cells: readonly ColumnCells["cells"][];
  /** Row numbers of a mini-batch. */
  private own = new Uint32Array(0);

  constructor(
    private readonly call: string,
    private readonly encoder: Encoder,
    { columns }: Cells,
    private readonly rowNumbers: Uint32Array,
  ) {
    this.inputs = encoder.width;
    const byName = new Map(columns.map(({ name, cells }) => [name, cells]));
    this.cells = encoder.readers.map(({ name }) => byName.get(name) as ColumnCells["cells"]);
  }

  get rows(): number {
    return this.rowNumbers.length;
  }

  make(out: Float32Array, from: number, count: number, indices?: Uint32Array): void {
    const { call, encoder, cells, rowNumbers, inputs } = this;
    if (this.own.length !== count) this.own = new Uint32Array(count);
    const { own } = this;
    for (let i = 0; i < count; i++) own[i] = rowNumbers[indices ? indices[from + i] : from + i];
    out.fill(0, 0, count * inputs);
    for (const [k, reader] of encoder.readers.entries()) writeCells(call, reader, cells[k], own, out, inputs);
  }
}

/** Rows that are none of the table's. */
class MadeFromRows implements RowMaker {
  readonly inputs: number;

  constructor(
    private readonly call: string,
    private readonly encoder: Encoder,
    private readonly own: StoredRows,
  ) {
    this.inputs = encoder.width;
  }

  get rows(): number {
    return this.own.length;
  }

  make(out: Float32Array, from: number, count: number, indices?: Uint32Array): void {
    const { call, encoder, own, inputs } = this;
    out.fill(0, 0, count * inputs);
    for (let i = 0; i < count; i++) {
      const r = indices ? indices[from + i] : from + i;
      encoder.writeRows(call, own, r, r + 1, out, i);
    }
  }
}

/**
 * Features of rows that were checked: all at once, or made by and by; what is odd is told, or refused, now.
 * @returns the features, or what makes them
 */
export function* featuresOfRows(
  call: string,
  encoder: Encoder,
  rows: Listed<object>,
): Generator<number, Float32Array | RowMaker> {
  const { length } = rows;
  if (length * encoder.width <= ROOM.most) return yield* encoder.encodeSlices(call, rows);
  // Each value is read once.
  const stored = rows instanceof StoredRows ? rows : new StoredRows({ target: "", isIgnored: () => false });
  if (stored !== rows) {
    yield* forEachSlice(length, (from, to) => {
      for (let r = from; r < to; r++) stored.add(rows.at(r) as object);
    });
  }
  const made = new MadeFromRows(call, encoder, stored);
  const scratch = new Float32Array(SLICE * encoder.width);
  yield* forEachSlice(length, (from, to) => made.make(scratch, from, to - from), SLICE);
  return made;
}

/** Zeros: new memory, or that of a fit before, since a hundred megabytes for each would keep the collector at work. */
function* clearRoom(
  rooms: Map<Purpose, Float32Array>,
  purpose: Purpose,
  length: number,
): Generator<number, Float32Array> {
  const last = rooms.get(purpose);
  if (last && last.length >= length) {
    const room = last.subarray(0, length);
    yield* clearSlices(room);
    return room;
  }
  // Parts of a table differ by a row.
  const room = new Float32Array(Math.ceil(1.01 * length));
  rooms.set(purpose, room);
  return room.subarray(0, length);
}

/**
 * Computes the features of some rows of the table that the columns were learned from, slice by slice; to the bit those
 * that `encode` gives for the rows as objects.
 * @param out [rows, width], holding zeros
 * @throws RangeError naming the row and the column of a number that float32 cannot hold once standardised
 */
export function* encodeCells(
  call: string,
  { readers, width }: Encoder,
  { columns }: Cells,
  rowNumbers: Uint32Array,
  out: Float32Array,
): Generator<number, Float32Array> {
  const byName = new Map(columns.map(({ name, cells }) => [name, cells]));
  for (let from = 0; from < rowNumbers.length; from += SLICE) {
    const slice = rowNumbers.subarray(from, from + SLICE);
    const place = out.subarray(from * width);
    for (const reader of readers) writeCells(call, reader, byName.get(reader.name)!, slice, place, width);
    yield WORTH_A_LOOK;
  }
  return out;
}

/** Features of rows of a table, where they lie, and how they are made: on whichever thread its cells are. */
export class FeatureRooms {
  /** By what they are for: those of a fit that has ended make room for the next. */
  private readonly rooms = new Map<Purpose, Float32Array>();

  /** @param isShared whether several fits are made at once: then each has rooms of its own */
  constructor(
    private readonly cells: Cells,
    private readonly isShared = false,
  ) {}

  /** Those of some rows: written, or what makes them where they would take too much memory. */
  async encode(
    call: string,
    encoder: Encoder,
    rowNumbers: Uint32Array,
    purpose: Purpose,
  ): Promise<Float32Array | RowMaker> {
    const { cells, isShared } = this;
    const length = rowNumbers.length * encoder.width;
    if (length > ROOM.most) return new MadeFeatures(call, encoder, cells, rowNumbers);
    const rooms = isShared ? new Map<Purpose, Float32Array>() : this.rooms;
    const room = await turn.run(clearRoom(rooms, purpose, length));
    return turn.run(encodeCells(call, encoder, cells, rowNumbers, room));
  }
}

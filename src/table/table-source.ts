/** Where a fit takes the values of a table from: column after column, each value once. */
import { own } from "../ground/check.js";
import { type Listed, LongList } from "../ground/long-list.js";
import { forEachSlice } from "../ground/slices.js";

/** The rows of a table that were checked, as columns. */
export interface TableSource {
  /** How many rows there are. */
  readonly length: number;
  /** A row, or one that has the same names: for errors. */
  readonly first: object;
  /** The names of all columns, in no order. */
  names(): Generator<number, Set<string>>;
  /** Whether one of the rows has this column. */
  has(name: string): Generator<number, boolean>;
  /**
   * Takes a column, which can be done once: its values by row, undefined in rows that lack it. They may be looked at again and again,
   * until the next column is taken.
   */
  take(name: string): Generator<number, Listed<unknown>>;
}

/** An array of objects as it came: a value is asked for when its column is taken. */
export class RowList implements TableSource {
  // Of one column after the other: a million numbers are memory that the collector must hear of.
  private readonly room = new LongList<unknown>();

  constructor(private readonly rows: readonly object[]) {}

  get length(): number {
    return this.rows.length;
  }

  get first(): object {
    return this.rows[0];
  }

  *names(): Generator<number, Set<string>> {
    const { rows } = this;
    const names = new Set<string>();
    yield* forEachSlice(rows.length, (from, to) => {
      for (let r = from; r < to; r++) for (const name of Object.keys(rows[r])) names.add(name);
    });
    return names;
  }

  *has(name: string): Generator<number, boolean> {
    const { rows } = this;
    let is = false;
    yield* forEachSlice(rows.length, (from, to) => {
      for (let r = from; !is && r < to; r++) is = Object.hasOwn(rows[r], name);
    });
    return is;
  }

  *take(name: string): Generator<number, Listed<unknown>> {
    const { rows, room } = this;
    room.clear();
    yield* forEachSlice(rows.length, (from, to) => {
      for (let r = from; r < to; r++) room.push(own(rows[r], name));
    });
    return room;
  }
}

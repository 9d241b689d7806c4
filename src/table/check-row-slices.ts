/** The door of all that reads many rows in turns. */
import { forEachSlice } from "../ground/slices.js";
import { checkRows, isRow } from "./table-rows.js";

/** Refuses what is no list of objects, one at least, slice by slice. */
export function* checkRowSlices(call: string, rows: unknown): Generator<number, void> {
  if (!Array.isArray(rows) || rows.length === 0) return checkRows(call, rows);
  yield* forEachSlice(rows.length, (from, to) => {
    // The door of all rows knows how to say which one is none.
    for (let r = from; r < to; r++) if (!isRow(rows[r])) checkRows(call, rows);
  });
}

/** What counts as a row, and as rows. */
import { describe, isWalkable, ownRealm } from "../ground/check.js";

/** Plain objects and instances of people's own classes; not those of the language, whose contents are no properties. */
export function isRow(row: unknown): row is object {
  if (typeof row !== "object" || row === null) return false;
  const prototype = Object.getPrototypeOf(row);
  if (prototype === Object.prototype || prototype === null) return true;
  return Object.prototype.toString.call(row) === "[object Object]";
}

/** What to do about rows of a class whose columns are getters, as those of many databases' libraries are. */
export const OF_GETTERS = " A getter of its class is no column: pass plain rows (row.toJSON(), row.toObject()).";

/** A value that is no row as it stands in an error, and what to do about it. */
export function describeNoRow(value: unknown): string {
  const got = describe(value);
  if (typeof value === "string") return `${got}. Parse it first.`;
  if (Array.isArray(value)) return `${got}. Name its values: { column: value }.`;
  return got === "a Map" ? `${got}. Pass Object.fromEntries(map).` : `${got}.`;
}

/** The list as it is now, whatever becomes of it while its rows are read in turns; what is no list is refused later. */
export function listNow(rows: readonly object[]): readonly object[] {
  return isWalkable(rows) ? rows.slice() : rows;
}

/** A list of numbers that is safe to walk through, or nothing. */
export function numberList(weights: unknown): ArrayLike<unknown> | undefined {
  if (isWalkable(weights)) return weights;
  const view = ownRealm(weights);
  return ArrayBuffer.isView(view) && !(view instanceof DataView) ? (view as unknown as ArrayLike<unknown>) : undefined;
}

/** Refuses what is no list of objects, one at least. */
export function checkRows(call: string, rows: unknown): asserts rows is readonly object[] {
  if (!Array.isArray(rows)) throw new TypeError(`${call}: rows must be an array of objects, got ${describe(rows)}.`);
  if (rows.length === 0) throw new RangeError(`${call}: rows must hold at least one row, got none.`);
  for (let r = 0; r < rows.length; r++) {
    if (isRow(rows[r])) continue;
    const message = `${call}: rows[${r}] must be an object, got ${describeNoRow(rows[r])}`;
    throw Object.assign(new TypeError(message), { row: r });
  }
}

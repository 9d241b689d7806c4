/** Rows as people have them, for a fit. */
import { isWalkable, own } from "../ground/check.js";
import { listNow, numberList } from "./table-rows.js";

/** Columns by name, each with the values of all rows: typed arrays, arrays, or vectors of Apache Arrow. */
export type TableColumns = Readonly<Record<string, ArrayLike<unknown> | ArrowVector>>;

/** What is needed of a column of Apache Arrow: its `Vector` fits. */
export interface ArrowVector {
  readonly length: number;
  /** The value of a row. */
  get(index: number): unknown;
}

/** What is needed of a table of Apache Arrow: its `Table` fits. */
export interface ArrowTable {
  readonly numRows: number;
  readonly schema: { readonly fields: readonly { readonly name: string }[] };
  /** The column of a name. */
  getChild(name: string): ArrowVector | null;
}

/**
 * Rows of objects: an array, what can be walked through once (a generator, a Set), or what comes by and by (a stream of objects, an
 * asynchronous generator); or columns, all of one length: `{ age: Float64Array, sex: string[] }`, or a table of Apache Arrow. The same
 * values make the same model, to the byte. Each value is read once.
 */
export type TableRows = readonly object[] | Iterable<object> | AsyncIterable<object> | TableColumns | ArrowTable;

export const isArrow = (rows: object): rows is ArrowTable => typeof (rows as ArrowTable).getChild === "function";

/** An object of columns; or of anything: whether these are columns is looked at later. */
export function areColumns(rows: unknown): rows is TableColumns {
  if (typeof rows !== "object" || rows === null || Array.isArray(rows)) return false;
  const isWalked = Symbol.iterator in rows || Symbol.asyncIterator in rows;
  // Rows that were read already are columns of another kind.
  const isRead = typeof (rows as { take?: unknown }).take === "function";
  return !isWalked && !isRead && !isArrow(rows) && Object.prototype.toString.call(rows) === "[object Object]";
}

/** The list or the columns as they are now, whatever becomes of them while rows are read in turns; what is neither is refused later. */
export function rowsNow<R>(rows: R): R {
  return areColumns(rows) ? ({ ...(rows as object) } as R) : (listNow(rows as readonly object[]) as R);
}

/** Objects of any realm that are of no class. */
function isPlain(value: unknown): value is object {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Lists and plain objects anew, so deep; all else as it is, for others to refuse. */
function copyPlain(value: unknown, depth = 4): unknown {
  if (depth === 0) return value;
  if (isWalkable(value)) return value.map((item) => copyPlain(item, depth - 1));
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, copyPlain(item, depth - 1)]));
}

/** What is no data, or is known by what it is. */
const AS_GIVEN = new Set(["optimizer", "signal", "resume"]);

/** The options as they are now, each read once, whatever becomes of them while rows are read in turns; what are none is refused later. */
export function optionsNow<T>(options: T): T {
  if (!isPlain(options)) return options;
  const now = Object.entries(options).map(([name, value]) => {
    if (AS_GIVEN.has(name)) return [name, value];
    if (name === "validation") return [name, typeof value === "object" && value !== null ? rowsNow(value) : value];
    const list = name === "weights" && !Array.isArray(value) ? numberList(value) : undefined;
    return [name, list ? (list as Float64Array).slice() : name === "weights" ? copyPlain(value, 1) : copyPlain(value)];
  });
  return Object.fromEntries(now) as T;
}

/** Whether options say of a column that it is not to be read: one of weights is. */
export function ignoredBy(options: {
  readonly columns?: unknown;
  readonly weights?: unknown;
}): (name: string) => boolean {
  const { columns, weights } = options;
  if (typeof columns !== "object" || columns === null) return () => false;
  return (name) => name !== weights && own(columns, name) === "ignore";
}

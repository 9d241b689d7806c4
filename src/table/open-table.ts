/** The door of all that fits tables: options and rows checked, rows in whatever form made columns. */
import { turn } from "../ground/turn.js";
import type { TableRows } from "./given-rows.js";
import { checkTableOptions, checkTarget, type TableOptions } from "./options.js";
import { readRows } from "./read-rows.js";
import { readingOf } from "./stored-rows.js";
import type { TableSource } from "./table-source.js";

/** What was checked. */
export interface OpenTable<T> {
  readonly rows: TableSource;
  readonly options: T;
}

/**
 * Checks options, then reads rows.
 * @param further names of options that `call` takes too
 * @param hasSeveral whether the target is a list of names, which were looked at
 * @throws TypeError, RangeError on options and rows that no table takes; what a stream of rows ends with
 */
export async function openTable<T extends object>(
  call: string,
  given: TableRows,
  options: T,
  further: readonly string[],
  hasSeveral = false,
): Promise<OpenTable<T>> {
  checkTableOptions(call, options, further, !hasSeveral);
  const { target, validation, signal } = options as T & TableOptions;
  const reading = readingOf(options as T & TableOptions);
  const rows = await readRows(call, given, reading, signal);
  for (const name of [target].flat()) await turn.run(checkTarget(call, rows, name));
  const isRead = typeof validation !== "object" || validation === null || Array.isArray(validation);
  if (isRead) return { rows, options };
  // Of several fits each is watched by them.
  const kept = { ...reading, isKept: true };
  return { rows, options: { ...options, validation: await readRows(`${call}, validation`, validation, kept, signal) } };
}

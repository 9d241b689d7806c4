/** The door of all that fits tables: options and rows checked, rows in whatever form made columns. */
import { turn } from "../ground/turn.js";
import { checkRowSlices } from "./check-row-slices.js";
import type { TableRows } from "./given-rows.js";
import { checkTableOptions, checkTarget, type TableOptions } from "./options.js";
import { RowList, type TableSource } from "./table-source.js";

/** What was checked. */
export interface OpenTable<T> {
  readonly rows: TableSource;
  readonly options: T;
}

/**
 * Checks options, then reads rows.
 * @param further names of options that `call` takes too
 * @throws TypeError, RangeError on options and rows that no table takes; what a stream of rows ends with
 */
export async function openTable<T extends object>(
  call: string,
  given: TableRows,
  options: T,
  further: readonly string[],
): Promise<OpenTable<T>> {
  checkTableOptions(call, options, further);
  const { target } = options as T & TableOptions;
  await turn.run(checkRowSlices(call, given));
  const rows = new RowList(given as readonly object[]);
  await turn.run(checkTarget(call, rows, target));
  return { rows, options };
}

/** Tables that are read whole before something is learned or scored. */
import type { TableOptions } from "../read/open-table.js";
import { badUsage } from "../refusal.js";
import { progress, say } from "../say/terminal.js";
import { readTable, type StoredTable } from "../table/stored-table.js";

/** Refuses to read one stream twice. */
export function checkTables(paths: readonly string[]): void {
  if (paths.filter((path) => path === "-").length < 2) return;
  throw badUsage('"-" must stand once among the files: standard input is read once. Write one of them to a file.');
}

/** Reads tables, and says how far that is. */
export async function readTables(paths: readonly string[], options: TableOptions): Promise<StoredTable> {
  checkTables(paths);
  const table = await readTable(paths, options, (rows) => progress(() => `reading: ${rows} rows`));
  say(`${table.size} rows, ${table.names.length} columns read.`);
  return table;
}

/** Tables that are read whole before something is learned or scored. */
import { stdin } from "node:process";
import type { TableOptions } from "../read/open-table.js";
import { badUsage } from "../refusal.js";
import { progress, say } from "../say/terminal.js";
import { readTable, type StoredTable } from "../table/stored-table.js";

/** Refuses to wait for what nobody types, and to read one stream twice. */
export function checkTables(paths: readonly string[]): void {
  const inputs = paths.filter((path) => path === "-").length;
  if (inputs > 1)
    throw badUsage(
      '"-" must stand once among the files: standard input can be read once. Write one of them to a file.',
    );
  if (inputs === 1 && stdin.isTTY) {
    throw badUsage(
      '"-" is standard input, which is a terminal here. Pipe a file into it, as in: wasmlp predict churn.model - < new.csv; wasmlp --help has more.',
    );
  }
}

/** Reads tables, and says how far that is. */
export async function readTables(paths: readonly string[], options: TableOptions): Promise<StoredTable> {
  checkTables(paths);
  const table = await readTable(paths, options, (rows) => progress(() => `reading: ${rows} rows`));
  say(`${table.size} rows, ${table.names.length} columns read.`);
  return table;
}

/** A table in memory, for what looks at rows more than once: columns, no object a row. */
import type { TableColumns } from "wasmlp";
import type { Batch, CellSink } from "../read/batch.js";
import { openTable, type TableOptions } from "../read/open-table.js";
import { nameOf } from "../read/sources.js";
import { badData } from "../refusal.js";
import { StoredColumn } from "./stored-column.js";

/** Where some rows came from. */
interface Origin {
  readonly name: string;
  readonly first: number;
  readonly isCsv: boolean;
}

export class StoredTable implements CellSink {
  size = 0;
  readonly names: string[] = [];
  private readonly columns: StoredColumn[] = [];
  private readonly places = new Map<string, number>();
  private readonly origins: Origin[] = [];

  place(name: string): number {
    const known = this.places.get(name);
    if (known !== undefined) return known;
    this.places.set(name, this.names.length);
    this.columns.push(new StoredColumn());
    return this.names.push(name) - 1;
  }

  putSlice(place: number, text: string, start: number, end: number): void {
    const column = this.columns[place];
    if (column.length < this.size) column.skipTo(this.size);
    column.putSlice(text, start, end);
  }

  put(place: number, value: unknown): void {
    const column = this.columns[place];
    if (column.length < this.size) column.skipTo(this.size);
    column.put(value);
  }

  endRow(): void {
    this.size++;
  }

  /** Adds rows of a file that begins here. */
  begin(name: string, isCsv: boolean): void {
    this.origins.push({ name, first: this.size, isCsv });
  }

  add(batch: Batch): void {
    batch.store(this);
  }

  /** The cells of a column as they came. */
  column(name: string): Pick<StoredColumn, "at" | "counts"> | undefined {
    const place = this.places.get(name);
    return place === undefined ? undefined : this.columns[place];
  }

  /** What messages call a row. */
  origin(row: number): string {
    const origin = this.origins.filter(({ first }) => first <= row).at(-1);
    return `${origin?.name}, row ${row - (origin?.first ?? 0) + 1}${origin?.isCsv ? " below the header" : ""}`;
  }

  /**
   * Rows as columns for a fit, which walks through each of them once; a cell of one column is not asked for before those of another.
   * @param rows which, in their order
   * @param asWritten columns whose cells must be the texts that they are: what is numerals alone is given as numbers otherwise, which are read alike
   * @param isLast whether the cells may be forgotten once they were read
   */
  columnsOf(rows: Int32Array, asWritten: ReadonlySet<string>, isLast = false): TableColumns {
    const entries = this.names.map((name, c): [string, TableColumns[string]] => {
      const column = this.columns[c];
      const isNumeric = column.hasOnlyNumerals && !asWritten.has(name);
      const get = (i: number) => {
        const value = isNumeric ? column.numberAt(rows[i]) : column.at(rows[i]);
        if (isLast && i === rows.length - 1) column.clear();
        return value;
      };
      return [name, { length: rows.length, get }];
    });
    return Object.fromEntries(entries);
  }

  /** Rows as objects: of few at a time. */
  objectsOf(rows: Int32Array): object[] {
    const { names, columns } = this;
    return Array.from(rows, (row) => {
      const entries = names.map((name, c) => [name, columns[c].at(row)] as const);
      return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
    });
  }
}

/**
 * Reads all rows of files.
 * @param onRows is told how many there are so far
 */
export async function readTable(
  paths: readonly string[],
  options: TableOptions,
  onRows: (rows: number) => void,
): Promise<StoredTable> {
  const table = new StoredTable();
  for (const path of paths) {
    const { name, format, batches } = await openTable(path, options);
    table.begin(name, format === "csv");
    for await (const batch of batches) {
      table.add(batch);
      onRows(table.size);
    }
  }
  if (table.size > 0) return table;
  throw badData(`${paths.map(nameOf).join(", ")}: there must be a row at least, got none below the header.`);
}

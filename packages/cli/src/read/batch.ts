/** Some rows on their way from a file to a model. */

/** What is done with the cells of a column: read as plain numbers where they are such, kept as they are, or left out. */
export type Use = "number" | "value" | undefined;

/** Takes the cells of rows, one after the other. */
export interface CellSink {
  /** The place of a column, the same for all rows. */
  place(name: string): number;
  /** A text that is `start` to `end` of another. */
  putSlice(place: number, text: string, start: number, end: number): void;
  put(place: number, value: unknown): void;
  /** The row is over. */
  endRow(): void;
}

/** Consecutive rows of one file; they hold until the next ones are asked for. */
export interface Batch {
  readonly size: number;
  /** Where a row is: "line 17", "row 3". */
  place(row: number): string;
  /** The row as the file has it, without its end of line; undefined where that is no text. */
  raw(row: number): string | undefined;
  /** The rows as objects; those of the batch before may be used again. */
  objects(useOf: (name: string) => Use): object[];
  /** Hands on all cells. */
  store(sink: CellSink): void;
}

/** How rows are written in a file. */
export type Format = "csv" | "jsonl" | "json" | "parquet";

/** A file of rows, as it is read. */
export interface TableFile {
  /** What messages call it. */
  readonly name: string;
  readonly format: Format;
  /** The columns, where the file says them before its rows. */
  readonly names?: readonly string[];
  /** Of CSV: what stands between cells, and the header as it stands. */
  readonly delimiter?: string;
  readonly header?: string;
  /** The rows, once. */
  readonly batches: AsyncIterable<Batch>;
}

/** Rows of a batch. */
export const BATCH = 1024;

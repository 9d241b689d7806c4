/** A table as it was read, and refusals in a sentence. */
import type { Values } from "./cells.js";

/** Columns by name, all of one length. */
export interface Table {
  readonly name: string;
  readonly size: number;
  readonly names: readonly string[];
  /** By column. Of CSV texts ("" for a gap) or numbers (NaN for a gap). */
  readonly columns: readonly Values[];
  /** The column as the file has it, for labels: texts of CSV stay texts. */
  asWritten(column: number): readonly unknown[];
  /** One cell as the file has it: of all cells at once texts may be more than a page can hold. */
  cellAt(column: number, row: number): unknown;
  /** What a reader should know of how the file was read. */
  readonly notes: readonly string[];
}

/** What is told of a file or a table instead of an answer. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** Whether a cell holds nothing. */
export const isGap = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === "" ||
  (typeof value === "number" && Number.isNaN(value)) ||
  (typeof value === "string" && value.trim() === "");

/** Names of columns, each once: a second "x" is "x (2)", one without a name "column 3". */
export function distinctNames(given: readonly string[]): { names: string[]; notes: string[] } {
  const seen = new Set<string>();
  const notes: string[] = [];
  const names = given.map((raw, i) => {
    const plain = raw.trim() || `column ${i + 1}`;
    let name = plain;
    for (let k = 2; seen.has(name); k++) name = `${plain} (${k})`;
    if (name !== plain) notes.push(`Two columns are called “${plain}”: the later one is “${name}” here.`);
    seen.add(name);
    return name;
  });
  return { names, notes };
}

/** Makes columns of rows of objects. */
export function fromObjects(name: string, rows: readonly unknown[], notes: readonly string[] = []): Table {
  const places = new Map<string, unknown[]>();
  for (const [r, row] of rows.entries()) {
    if (typeof row !== "object" || row === null || Array.isArray(row)) {
      const got = row === null ? "null" : Array.isArray(row) ? "a list" : `a ${typeof row}`;
      throw new Refusal(`Row ${r + 1} of ${name} is ${got}. Each row must be an object: {"name": value, …}.`);
    }
    for (const [key, value] of Object.entries(row)) {
      let column = places.get(key);
      if (!column) {
        column = new Array(rows.length).fill(undefined);
        places.set(key, column);
      }
      column[r] = flat(value);
    }
  }
  if (places.size === 0) throw new Refusal(`${name} holds no rows with columns.`);
  return fromColumns(name, [...places.keys()], [...places.values()], notes);
}

/** Cells that are lists or objects are shown and read as their JSON. */
export function flat(value: unknown): unknown {
  return typeof value === "object" && value !== null && !(value instanceof Date) ? JSON.stringify(value) : value;
}

export function fromColumns(
  name: string,
  given: readonly string[],
  columns: readonly Values[],
  notes: readonly string[] = [],
): Table {
  const found = distinctNames(given);
  const size = columns[0]?.length ?? 0;
  const asWritten = (column: number) => Array.from(columns[column]);
  const cellAt = (column: number, row: number) => columns[column][row];
  return { name, size, names: found.names, columns, asWritten, cellAt, notes: [...notes, ...found.notes] };
}

/** A row as an object, gaps left out. */
export function rowAt(table: Table, row: number, left?: string): Record<string, unknown> {
  const entries: [string, unknown][] = [];
  for (const [c, name] of table.names.entries()) {
    const value = table.columns[c][row];
    if (name !== left) entries.push([name, isGap(value) ? null : value]);
  }
  return Object.fromEntries(entries);
}

/** JSON: a list of rows, columns by name, or a row a line. */
import { flat, fromColumns, fromObjects, Refusal, type Table } from "./table.js";

export const looksLikeJson = (text: string): boolean => /^\s*[[{]/.test(text);

export function readJson(name: string, text: string, notes: readonly string[] = []): Table {
  const whole = parsed(text);
  if (whole.error === undefined) return fromValue(name, whole.value, notes);
  const lines = text.split("\n");
  const rows: unknown[] = [];
  for (const [l, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const { value, error } = parsed(line);
    if (error === undefined) rows.push(value);
    // One line that is JSON shows that each should be.
    else if (rows.length > 0) throw new Refusal(`${name}, line ${l + 1}: the line is no JSON: ${error}`);
    else throw new Refusal(`${name} is neither JSON nor a row of JSON a line: ${whole.error}`);
  }
  return fromObjects(name, rows, notes);
}

function parsed(text: string): { value?: unknown; error?: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { error: `${(error as Error).message.replace(/\.$/, "")}.` };
  }
}

function fromValue(name: string, value: unknown, notes: readonly string[]): Table {
  if (Array.isArray(value)) {
    if (value.length === 0) throw new Refusal(`${name} is an empty list: there are no rows in it.`);
    return fromObjects(name, value, notes);
  }
  if (typeof value !== "object" || value === null) throw new Refusal(`${name} is a single ${typeof value}, no table.`);
  const columns = Object.entries(value);
  const lists = columns.filter((column): column is [string, unknown[]] => Array.isArray(column[1]));
  const { columns: names, data } = value as { columns?: unknown; data?: unknown };
  if (Array.isArray(names) && Array.isArray(data) && Array.isArray(data[0])) return fromSplit(name, names, data, notes);
  // { "data": [...] }, as many services answer.
  const rows = lists.filter(([, list]) => isRecord(list[0]));
  if (rows.length === 1 && (lists.length === 1 || lists.length < columns.length)) {
    return fromObjects(name, rows[0][1], notes);
  }
  if (lists.length === columns.length && columns.length > 0) return fromLists(name, lists, notes);
  if (columns.length > 0 && columns.every(([, cells]) => isRecord(cells))) return fromCells(name, columns, notes);
  return fromObjects(name, [value], notes);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function fromLists(name: string, columns: readonly [string, unknown[]][], notes: readonly string[]): Table {
  const sizes = new Set(columns.map(([, list]) => list.length));
  if (sizes.size > 1) throw new Refusal(`${name} holds columns of different lengths.`);
  if (sizes.has(0)) throw new Refusal(`${name} holds columns without rows.`);
  const names = columns.map(([key]) => key);
  const lists = columns.map(([, list]) => list.map(flat));
  return fromColumns(name, names, lists, notes);
}

/** { "columns": [names], "data": [[cells], …] }, as pandas splits a table. */
function fromSplit(name: string, names: readonly unknown[], data: readonly unknown[], notes: readonly string[]): Table {
  const wrong = data.findIndex((row) => !Array.isArray(row) || row.length !== names.length);
  if (wrong >= 0)
    throw new Refusal(`Row ${wrong + 1} of ${name} must be a list of ${names.length} cells, as “columns” names.`);
  const columns = names.map((_, c) => data.map((row) => flat((row as unknown[])[c])));
  return fromColumns(name, names.map(String), columns, notes);
}

const isNumber = (text: string) => /^\d+$/.test(text);

/** { "age": { "0": 31, "1": 27 }, … }: columns of cells by the row's name, as pandas writes them; or rows by their numbers. */
function fromCells(name: string, columns: readonly [string, unknown][], notes: readonly string[]): Table {
  if (columns.every(([key]) => isNumber(key)) && !Object.keys(columns[0][1] as object).every(isNumber)) {
    return fromObjects(
      name,
      columns.map(([, row]) => row),
      notes,
    );
  }
  const rows = [...new Set(columns.flatMap(([, cells]) => Object.keys(cells as object)))];
  if (rows.length === 0) throw new Refusal(`${name} holds columns without rows.`);
  const names = columns.map(([key]) => key);
  const lists = columns.map(([, cells]) => {
    const known = new Map(Object.entries(cells as object));
    return rows.map((row) => flat(known.get(row)));
  });
  return fromColumns(name, names, lists, notes);
}

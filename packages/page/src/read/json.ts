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
  const lists = columns.filter(([, list]) => Array.isArray(list));
  if (lists.length === columns.length && columns.length > 0) {
    const sizes = new Set(lists.map(([, list]) => (list as unknown[]).length));
    if (sizes.size > 1) throw new Refusal(`${name} holds columns of different lengths.`);
    if (!sizes.has(0))
      return fromColumns(
        name,
        columns.map(([key]) => key),
        columns.map(([, list]) => (list as unknown[]).map(flat)),
        notes,
      );
    throw new Refusal(`${name} holds columns without rows.`);
  }
  if (columns.length > 0 && columns.every(([, cells]) => isRecord(cells))) return fromCells(name, columns, notes);
  // { "data": [...] }, as many services answer.
  const rows = lists.filter(([, list]) => typeof (list as unknown[])[0] === "object");
  if (rows.length === 1) return fromObjects(name, rows[0][1] as unknown[], notes);
  return fromObjects(name, [value], notes);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** { "age": { "0": 31, "1": 27 }, … }: columns of cells by the row's name, as pandas writes them. */
function fromCells(name: string, columns: readonly [string, unknown][], notes: readonly string[]): Table {
  const rows = [...new Set(columns.flatMap(([, cells]) => Object.keys(cells as object)))];
  if (rows.length === 0) throw new Refusal(`${name} holds columns without rows.`);
  const names = columns.map(([key]) => key);
  const lists = columns.map(([, cells]) => {
    const known = new Map(Object.entries(cells as object));
    return rows.map((row) => flat(known.get(row)));
  });
  return fromColumns(name, names, lists, notes);
}

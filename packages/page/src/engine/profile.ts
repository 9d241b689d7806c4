/** What a column holds, beside how the library reads it: gaps, different values, a histogram. */
import type { Column } from "wasmlp";
import { isGap, type Table } from "../read/table.js";
import type { ColumnView, Reading } from "../talk.js";
import { readerOf, spell } from "./numbers.js";

const BARS = 24;
const TOP = 8;
/** Different values are counted up to here, and looked for in so many rows. */
const MOST_DISTINCT = 10_000;
const LOOKED_AT = 100_000;
/** Or in so many cells of all columns. */
const LOOKED_CELLS = 3_000_000;

type Counts = Pick<ColumnView, "gaps" | "distinct" | "isDistinctMore" | "bars" | "low" | "high" | "top">;

export function viewColumn(
  table: Table,
  column: number,
  learned: Column | undefined,
  remarks: readonly string[],
  overruled?: Reading,
): ColumnView {
  const name = table.names[column];
  const kind = learned?.kind ?? "ignore";
  return { name, kind, remarks, ...(overruled && { overruled }), ...count(table, column, learned) };
}

function count(table: Table, column: number, learned: Column | undefined): Counts {
  const values = table.columns[column];
  let gaps = 0;
  if (values instanceof Float64Array) {
    for (const value of values) if (Number.isNaN(value)) gaps++;
  } else for (const value of values) if (isGap(value)) gaps++;
  const seen = new Map<unknown, number>();
  const looked = Math.max(LOOKED_AT, Math.floor(LOOKED_CELLS / table.names.length));
  const stride = Math.max(1, Math.ceil(values.length / looked));
  let isDistinctMore = stride > 1;
  for (let r = 0; r < values.length; r += stride) {
    const value = values[r];
    const known = seen.get(value);
    if (known !== undefined) seen.set(value, known + 1);
    else if (isGap(value)) continue;
    else if (seen.size < MOST_DISTINCT) seen.set(value, 1);
    else isDistinctMore = true;
  }
  const common = { gaps, distinct: seen.size, isDistinctMore };
  const read = readerOf(learned);
  return { ...common, ...(read && seen.size > 2 ? histogram(values, stride, read, learned!) : frequent(seen)) };
}

function frequent(seen: ReadonlyMap<unknown, number>): Pick<Counts, "bars" | "top"> {
  const sorted = [...seen].sort((a, b) => b[1] - a[1]).slice(0, TOP);
  return { bars: sorted.map(([, n]) => n), top: sorted.map(([value, n]) => [textOf(value), n] as const) };
}

export const textOf = (value: unknown): string =>
  isGap(value) ? "" : value instanceof Date ? value.toISOString() : String(value);

function histogram(
  values: ArrayLike<unknown>,
  stride: number,
  read: (value: unknown) => number,
  learned: Column,
): Pick<Counts, "bars" | "low" | "high" | "top"> {
  const numbers = new Float64Array(Math.ceil(values.length / stride));
  let [size, low, high] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let r = 0; r < values.length; r += stride) {
    const number = read(values[r]);
    if (!Number.isFinite(number)) continue;
    numbers[size++] = number;
    if (number < low) low = number;
    if (number > high) high = number;
  }
  const bars = new Array<number>(BARS).fill(0);
  for (let i = 0; i < size; i++)
    bars[Math.min(BARS - 1, Math.floor((BARS * (numbers[i] - low)) / (high - low || 1)))]++;
  return size === 0 ? { bars: [], top: [] } : { bars, top: [], low: spell(low, learned), high: spell(high, learned) };
}

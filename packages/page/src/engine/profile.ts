/** What a column holds, beside how the library reads it: gaps, different values, a histogram. */
import type { Column } from "wasmlp";
import type { Values } from "../read/cells.js";
import { isGap, type Table } from "../read/table.js";
import type { ColumnView, Reading } from "../talk.js";
import { spell } from "./numbers.js";

const BARS = 24;
const TOP = 8;
/** Different values are counted up to here, and looked for in so many rows. */
const MOST_DISTINCT = 10_000;
const LOOKED_AT = 100_000;
/** Or in so many cells of all columns. */
const LOOKED_CELLS = 3_000_000;

type Counts = Pick<
  ColumnView,
  "gaps" | "distinct" | "isDistinctMore" | "bars" | "low" | "high" | "range" | "areWhole" | "top"
>;

/** What was found out about a column. */
export interface Found {
  readonly learned: Column | undefined;
  readonly remarks: readonly string[];
  readonly overruled: Reading | undefined;
  /** The numbers of some of its cells, where they are read as numbers. */
  numbersOf(cells: ArrayLike<unknown>): Float64Array;
}

export function viewColumn(table: Table, column: number, found: Found): ColumnView {
  const { learned, remarks, overruled } = found;
  const name = table.names[column];
  const kind = learned?.kind ?? "ignore";
  return { name, kind, remarks, ...(overruled && { overruled }), ...count(table, column, found) };
}

function count(table: Table, column: number, { learned, numbersOf }: Found): Counts {
  const values = table.columns[column];
  let gaps = 0;
  if (values instanceof Float64Array) {
    for (const value of values) if (Number.isNaN(value)) gaps++;
  } else for (const value of values) if (isGap(value)) gaps++;
  const seen = new Map<unknown, number>();
  const most = Math.max(LOOKED_AT, Math.floor(LOOKED_CELLS / table.names.length));
  const stride = Math.max(1, Math.ceil(values.length / most));
  let isDistinctMore = stride > 1;
  for (let r = 0; r < values.length; r += stride) {
    const value = values[r];
    const known = seen.get(value);
    if (known !== undefined) seen.set(value, known + 1);
    else if (isGap(value)) continue;
    else if (seen.size < MOST_DISTINCT) seen.set(value, 1);
    else isDistinctMore = true;
  }
  // What the library counts as missing too: "n/a" among numbers.
  const missing = learned && "missingShare" in learned ? Math.round((learned.missingShare ?? 0) * values.length) : 0;
  const common = { gaps: Math.max(gaps, missing), distinct: seen.size, isDistinctMore };
  const isDrawn = seen.size > 2 && (learned?.kind === "number" || learned?.kind === "date");
  const looked = stride === 1 ? values : thinned(values, stride);
  return { ...common, ...(isDrawn ? histogram(numbersOf(looked), learned) : frequent(seen)) };
}

function frequent(seen: ReadonlyMap<unknown, number>): Pick<Counts, "bars" | "top"> {
  const sorted = [...seen].sort((a, b) => b[1] - a[1]).slice(0, TOP);
  return { bars: sorted.map(([, n]) => n), top: sorted.map(([value, n]) => [textOf(value), n] as const) };
}

export const textOf = (value: unknown): string =>
  isGap(value) ? "" : value instanceof Date ? value.toISOString() : String(value);

function histogram(
  numbers: Float64Array,
  learned: Column,
): Pick<Counts, "bars" | "low" | "high" | "range" | "areWhole" | "top"> {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const number of numbers) {
    if (number < low) low = number;
    if (number > high) high = number;
  }
  if (!(Math.abs(low) < Number.POSITIVE_INFINITY && Math.abs(high) < Number.POSITIVE_INFINITY))
    return { bars: [], top: [] };
  const areWhole = numbers.every((number) => Number.isNaN(number) || Number.isInteger(number));
  // Of few whole numbers each has a bar of its own.
  const isWhole = areWhole && high - low < BARS;
  const size = isWhole ? high - low + 1 : BARS;
  const bars = new Array<number>(size).fill(0);
  for (const number of numbers) {
    const place = isWhole ? number - low : Math.min(size - 1, Math.floor((size * (number - low)) / (high - low)));
    if (!Number.isNaN(number)) bars[place]++;
  }
  return { bars, top: [], low: spell(low, learned), high: spell(high, learned), range: [low, high], areWhole };
}

/** Cells at equal distances. */
export function thinned(values: Values, stride: number): Values {
  const size = Math.ceil(values.length / stride);
  const pick = (_: unknown, i: number) => values[i * stride];
  if (values instanceof Float64Array) return Float64Array.from({ length: size }, pick as () => number);
  return Array.from({ length: size }, pick);
}

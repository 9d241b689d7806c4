/** Which rows are trained on and which are kept for scores. */
import type { Values } from "../read/cells.js";
import { isGap, Refusal, rowAt, type Table } from "../read/table.js";
import type { TrainSettings } from "../talk.js";
import type { Survey } from "./survey.js";

/** More rows than this scores do not need. */
const MOST_HELD = 5000;
const MOST_LABELS = 1000;
const FEWEST_ROWS = 10;

/** The rows of a table by their part in a fit. */
export interface Split {
  readonly target: string;
  readonly kind: "labels" | "values";
  /** By row, as the file has it. */
  readonly targets: readonly unknown[];
  readonly train: Uint32Array;
  readonly held: Uint32Array;
  readonly columns: Record<string, Values>;
}

/** Rows whose target is there, and is a number if values are predicted, shuffled by the seed; each label has a row to train on. */
export function splitTable(
  table: Table,
  { target, kind, seed, held: share }: TrainSettings,
  { numbersOf }: Survey,
): Split {
  const place = table.names.indexOf(target);
  const cells = table.columns[place];
  const targets = kind === "labels" ? table.asWritten(place) : Array.from(cells);
  const numbers = kind === "labels" ? undefined : numbersOf(target, cells);
  const isKnown = (r: number) => (numbers ? !Number.isNaN(numbers[r]) : !isGap(targets[r]));
  const known = shuffled(Array.from(targets.keys()).filter(isKnown), seed);
  if (known.length < FEWEST_ROWS) {
    throw new Refusal(
      `There are ${known.length} rows with a value of “${target}”. A network needs ${FEWEST_ROWS} at least to learn from.`,
    );
  }
  const most = Math.max(1, Math.min(MOST_HELD, Math.floor(known.length * share)));
  const [train, held] =
    kind === "labels" ? splitLabels(known, targets, most) : [known.slice(most), known.slice(0, most)];
  if (held.length === 0) {
    throw new Refusal(
      `Each label of “${target}” is in one row alone: none is left to score by. Choose another column.`,
    );
  }
  const columns: Record<string, Values> = Object.fromEntries(
    table.names.map((name, c) => [
      name,
      name === target ? train.map((r) => targets[r]) : take(table.columns[c], train),
    ]),
  );
  return { target, kind, targets, train: Uint32Array.from(train), held: Uint32Array.from(held), columns };
}

function splitLabels(known: readonly number[], targets: readonly unknown[], most: number): [number[], number[]] {
  const seen = new Set<unknown>();
  const [train, held]: [number[], number[]] = [[], []];
  for (let i = known.length - 1; i >= 0; i--) {
    const r = known[i];
    const isFirst = !seen.has(targets[r]);
    if (isFirst) seen.add(targets[r]);
    (isFirst || held.length >= most || i >= 2 * most ? train : held).push(r);
  }
  return [train, held];
}

/** In an order that the seed alone decides (Fisher and Yates; a generator of 32 bits, mulberry32). */
export function shuffled(rows: number[], seed: number): number[] {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  for (let i = rows.length - 1; i > 0; i--) {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    const j = Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * (i + 1));
    [rows[i], rows[j]] = [rows[j], rows[i]];
  }
  return rows;
}

function take(values: Values, rows: readonly number[]): Values {
  if (values instanceof Float64Array) return Float64Array.from(rows, (r) => values[r]);
  return rows.map((r) => values[r]);
}

/** Rows as objects, for questions; at most so many, evenly. */
export function rowsOf(table: Table, numbers: Uint32Array, most: number, left?: string): Record<string, unknown>[] {
  const stride = Math.max(1, numbers.length / most);
  const size = Math.min(most, numbers.length);
  return Array.from({ length: size }, (_, i) => rowAt(table, numbers[Math.floor(i * stride)], left));
}

/** Refuses labels of which nothing can be learned. */
export function checkLabels(target: string, labels: number): void {
  if (labels < 2)
    throw new Refusal(`“${target}” is the same in every row: there is nothing to learn. Choose another column.`);
  if (labels > MOST_LABELS) {
    throw new Refusal(
      `“${target}” has ${labels.toLocaleString("en")} different labels, and ${MOST_LABELS} are the most that a page learns. Choose another column.`,
    );
  }
}

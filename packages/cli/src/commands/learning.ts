/** What train, cv and tune share: what is to be learned, and how. */
import { availableParallelism } from "node:os";
import {
  Classifier,
  type ClassifierOptions,
  type ColumnKind,
  Regressor,
  type RegressorOptions,
  type TableWarning,
} from "wasmlp";
import { createPool } from "wasmlp/pool";
import type { TableOptions } from "../read/open-table.js";
import { badData, badUsage, Refusal } from "../refusal.js";
import { inFlags } from "../say/remedies.js";
import { say, warn } from "../say/terminal.js";
import { labelBaseline, valueBaseline } from "../table/hold-out.js";
import type { StoredTable } from "../table/stored-table.js";

/** Flags of a fit. */
export interface FitFlags extends TableOptions {
  readonly target: string;
  readonly kind?: "classifier" | "regressor";
  readonly column: Readonly<Record<string, string>>;
  readonly missing: readonly string[];
  readonly weights?: string;
  readonly balanced?: boolean;
  readonly loss?: "squared" | "absolute" | "huber" | "poisson";
  readonly hidden?: readonly number[];
  readonly ensemble?: number;
  readonly epochs?: number;
  readonly seed?: number;
  readonly workers?: number;
  readonly json?: boolean;
}

/** What is learned, by which class. */
export interface Task {
  readonly kind: "classifier" | "regressor";
  readonly options: ClassifierOptions & RegressorOptions;
  /** Columns whose cells are texts, whatever they look like. */
  readonly asWritten: ReadonlySet<string>;
}

/** Both classes are asked alike. */
export const classOf = ({ kind }: Task) => (kind === "classifier" ? Classifier : Regressor) as typeof Classifier;

/** A table of more rows is fitted on one thread unless told otherwise: each has a copy of it. */
const MOST_SHARED = 1_000_000;

/** Up to so many different whole numbers are labels. */
const FEW_LABELS = 10;

/** Settles what is to be learned, and says so. */
export function taskOf(table: StoredTable, flags: FitFlags): Task {
  const { target, column, missing, weights, balanced, loss, hidden, ensemble, epochs, seed } = flags;
  if (!table.names.includes(target)) {
    const names = table.names
      .slice(0, 20)
      .map((name) => JSON.stringify(name))
      .join(", ");
    throw badData(
      `The table must have the target ${JSON.stringify(target)}, got ${names}${table.names.length > 20 ? ", ..." : ""}. Pass one of them as --target.`,
    );
  }
  const kind = flags.kind ?? (loss ? "regressor" : kindOf(table, target));
  if (kind === "regressor" && balanced)
    throw badUsage("--balanced is for labels. Leave it out, or pass --kind classifier.");
  if (kind === "classifier" && loss) throw badUsage("--loss is for numbers. Leave it out, or pass --kind regressor.");
  const workers = flags.workers ?? (table.size > MOST_SHARED ? 1 : availableParallelism());
  const options = {
    ...{ target, weights, hidden, ensemble, epochs, seed, missing, loss },
    columns: column as Record<string, ColumnKind>,
    classWeights: balanced ? ("balanced" as const) : undefined,
    pool: workers > 1 ? createPool({ workers }) : undefined,
  };
  const asWritten = new Set([...Object.keys(column), ...(kind === "classifier" ? [target] : [])]);
  return { kind, options: given(options) as Task["options"], asWritten };
}

/** Says what the library warns of, with the file and the row. What columns are left out is said of all of them together. */
export function warningsOf(table: StoredTable, rows: Int32Array): (warning: TableWarning) => void {
  return ({ code, message, row }) => {
    if (code === "ignored") return;
    // Values are quoted before the row is named.
    const [said, at] = [` in row ${row}`, message.lastIndexOf(` in row ${row}`)];
    const text =
      row === undefined || at < 0
        ? message
        : `${message.slice(0, at)} in ${table.origin(rows[row])}${message.slice(at + said.length)}`;
    warn(inFlags(text));
  };
}

/** Options without those that were left open. */
export const given = <O extends object>(options: O): O =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as O;

/** Labels, or numbers: by what the target's values look like. */
function kindOf(table: StoredTable, target: string): Task["kind"] {
  const column = table.column(target);
  const values = new Set<unknown>();
  let areNumbers = table.isNumeric(target);
  let areWhole = true;
  for (let row = 0; row < table.size && (values.size <= FEW_LABELS || !areNumbers); row++) {
    const value = column?.at(row);
    if (typeof value === "number" && row === 0) areNumbers = true;
    areWhole &&= Number.isInteger(Number(value));
    values.add(value);
    if (values.size > 1000) break;
  }
  const isRegressor = areNumbers && (values.size > FEW_LABELS || !areWhole);
  const other = isRegressor ? "classifier" : "regressor";
  const found = isRegressor ? "numbers" : `${values.size > 1000 ? "more than 1000" : values.size} labels`;
  say(`${target} is learned as ${found}: pass --kind ${other} if it is none.`);
  return isRegressor ? "regressor" : "classifier";
}

/** The values of some rows, in their order. */
export function* valuesOf(table: StoredTable, name: string, rows: Int32Array): Generator<unknown> {
  const column = table.column(name);
  for (const row of rows) yield column?.at(row);
}

/** What the same answer to all rows would score. */
export function baselineOf(
  table: StoredTable,
  { kind, options: { target } }: Task,
  train: Int32Array,
  test: Int32Array,
) {
  const baseline = kind === "classifier" ? labelBaseline : valueBaseline;
  return baseline(valuesOf(table, target, train), valuesOf(table, target, test));
}

/** Does what the library may refuse, and names the file and the row of it. */
export async function telling<T>(table: StoredTable, rows: Int32Array, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { row, message } = error as Error & { row?: number };
    const isOurs = error instanceof TypeError || error instanceof RangeError;
    if (error instanceof Refusal || !isOurs) throw error;
    const what = inFlags(message.replace(/^(?:\w+\.)?\w+: /, ""));
    if (row === undefined || row >= rows.length) throw badData(capital(what), error);
    throw badData(`${table.origin(rows[row])}: ${what.replace(/ at row \d+/, "")}`, error);
  }
}

const capital = (text: string): string => text[0].toUpperCase() + text.slice(1);

/** All rows, in their order. */
export const allRows = (count: number): Int32Array => Int32Array.from({ length: count }, (_, row) => row);

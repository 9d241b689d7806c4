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
  readonly target: readonly string[];
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
  readonly targets: readonly string[];
  readonly kind: "classifier" | "regressor";
  readonly options: ClassifierOptions & RegressorOptions;
  /** Columns whose cells are texts, whatever they look like. */
  readonly asWritten: ReadonlySet<string>;
}

/** Both classes are asked alike. */
export const classOf = ({ kind }: Task) => (kind === "classifier" ? Classifier : Regressor) as typeof Classifier;

/** A table of more rows is fitted on one thread unless told otherwise: each has a copy of it. */
const MOST_SHARED = 1_000_000;

/** Different values are counted up to here. */
const MOST_COUNTED = 1000;

/** Up to so many different whole numbers are labels. */
const FEW_LABELS = 10;

/** The columns that are asked for: each by its name, or several with commas between them. */
function targetsOf(table: StoredTable, asked: readonly string[]): string[] {
  const targets = asked.flatMap((name) => (table.names.includes(name) ? [name] : name.split(",")));
  const strange = targets.find((target) => !table.names.includes(target));
  if (strange !== undefined) {
    const names = table.names
      .slice(0, 20)
      .map((name) => JSON.stringify(name))
      .join(", ");
    throw badData(
      `The table must have the target ${JSON.stringify(strange)}, got ${names}${table.names.length > 20 ? ", ..." : ""}. Pass one of them as --target.`,
    );
  }
  const twice = targets.find((target, t) => targets.indexOf(target) < t);
  if (twice !== undefined) throw badUsage(`--target must name each column once, got ${twice} twice.`);
  return targets;
}

/** Labels, or numbers: all targets of a model are one or the other. */
function kindOfAll(table: StoredTable, targets: readonly string[]): Task["kind"] {
  const kinds = targets.map((target) => kindOf(table, target));
  const odd = kinds.findIndex((kind) => kind !== kinds[0]);
  if (odd < 0) return kinds[0];
  const what = (kind: Task["kind"]) => (kind === "classifier" ? "labels" : "numbers");
  throw badUsage(
    `Targets of one model must be all labels or all numbers, got ${what(kinds[0])} in ${targets[0]}, ${what(kinds[odd])} in ${targets[odd]}. Train a model of each, or pass --kind.`,
  );
}

/** Refuses several targets where a command asks for one. */
export function checkOneTarget(call: string, { targets }: Task): void {
  if (targets.length === 1) return;
  throw badUsage(`wasmlp ${call} takes one target, got ${targets.join(", ")}. Call it for each of them.`);
}

/** Settles what is to be learned, and says so. */
export function taskOf(table: StoredTable, flags: FitFlags): Task {
  const { column, missing, weights, balanced, loss, hidden, ensemble, epochs, seed } = flags;
  const targets = targetsOf(table, flags.target);
  const kind = flags.kind ?? (loss ? "regressor" : kindOfAll(table, targets));
  if (kind === "regressor" && balanced)
    throw badUsage("--balanced is for labels. Leave it out, or pass --kind classifier.");
  if (kind === "classifier" && loss) throw badUsage("--loss is for numbers. Leave it out, or pass --kind regressor.");
  const workers = flags.workers ?? (table.size > MOST_SHARED ? 1 : availableParallelism());
  const options = {
    ...{ target: targets.length > 1 ? targets : targets[0], weights, hidden, ensemble, epochs, seed, missing, loss },
    columns: column as Record<string, ColumnKind>,
    classWeights: balanced ? ("balanced" as const) : undefined,
    pool: workers > 1 ? createPool({ workers }) : undefined,
  };
  const asWritten = new Set([...Object.keys(column), ...(kind === "classifier" ? targets : [])]);
  return { targets, kind, options: given(options) as never, asWritten };
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

/** Labels, or numbers: by what all of the target's values look like. */
function kindOf(table: StoredTable, target: string): Task["kind"] {
  const column = table.column(target);
  const { numbers = 0, texts = 0, booleans = 0, others = 0 } = column?.counts() ?? {};
  const areNumbers = numbers > 0 && texts + booleans + others === 0;
  const values = new Set<unknown>();
  let areWhole = true;
  for (let row = 0; row < table.size && values.size <= MOST_COUNTED; row++) {
    const value = column?.at(row);
    if (value === undefined || value === null || value === "") continue;
    areWhole &&= Number.isInteger(Number(value));
    values.add(value);
  }
  const isRegressor = areNumbers && (values.size > FEW_LABELS || !areWhole);
  const other = isRegressor ? "classifier" : "regressor";
  const found = isRegressor
    ? "numbers"
    : `${values.size > MOST_COUNTED ? `more than ${MOST_COUNTED}` : values.size} labels`;
  const mixed = [
    [numbers, "numbers"],
    [texts, "texts"],
    [booleans, "true or false"],
    [others, "other values"],
  ].filter(([count]) => count);
  const why = mixed.length < 2 ? "" : `, as it holds ${mixed.map(([count, what]) => `${count} ${what}`).join(" and ")}`;
  say(`${target} is learned as ${found}${why}: pass --kind ${other} if it is none.`);
  return isRegressor ? "regressor" : "classifier";
}

/** The values of some rows, in their order. */
export function* valuesOf(table: StoredTable, name: string, rows: Int32Array): Generator<unknown> {
  const column = table.column(name);
  for (const row of rows) yield column?.at(row);
}

/** What the same answer to all rows would score. */
export type Baseline = ReturnType<typeof labelBaseline> | ReturnType<typeof valueBaseline>;

/** By target. */
export function baselinesOf(
  table: StoredTable,
  { kind, targets }: Pick<Task, "kind" | "targets">,
  train: Int32Array,
  test: Int32Array,
): Baseline[] {
  const baseline = kind === "classifier" ? labelBaseline : valueBaseline;
  return targets.map((target) => baseline(valuesOf(table, target, train), valuesOf(table, target, test)));
}

/** What there is of each target as JSON: itself where there is one, else by target. */
export const byTarget = <T>(targets: readonly string[], values: readonly T[]): unknown =>
  targets.length === 1 ? values[0] : Object.fromEntries(targets.map((target, t) => [target, values[t]]));

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

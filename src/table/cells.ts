/**
 * The cells of a table: every value of its rows, read once, column by column. What models learn of columns, and the features
 * of any of the rows, come from here, however many models are fitted.
 */
import type { Listed } from "../ground/long-list.js";
import { fillSlices } from "../ground/slices.js";
import { type Reading, readNumber, readText } from "./cell-reader.js";
import { type ColumnKind, checkKinds, type EncoderOptions } from "./column-options.js";
import type { Cells, ColumnCells } from "./columns.js";
import { inferKind } from "./infer-kind.js";
import type { TableSource } from "./table-source.js";
import type { Target } from "./target-names.js";
import { Vocabulary } from "./vocabulary.js";

/**
 * Reads every column but the target, in slices: a caller with many rows lets others run in between.
 * @param kinds as the options give them
 * @param markers further texts of missing values
 * @throws TypeError, RangeError naming the row and the column of the first value that does not fit, or on options that do not
 */
export function* readCells(
  call: string,
  rows: TableSource,
  target: Target,
  kinds: EncoderOptions["columns"] = {},
  markers: ReadonlySet<string> = new Set(),
): Generator<number, Cells> {
  const names = yield* rows.names();
  for (const name of [target].flat()) names.delete(name);
  const declaredKinds = checkKinds(call, kinds, names, target);
  const columns: ColumnCells[] = [];
  for (const name of [...names].sort()) {
    const declared = declaredKinds.get(name);
    columns.push(yield* readColumn(call, { name, markers, declared }, rows));
  }
  return { columns, markers, target };
}

/** The columns as they are declared, and one of weights, which is no feature. */
export function columnsOf({
  columns,
  weights,
}: Pick<EncoderOptions, "columns"> & { readonly weights?: unknown }): EncoderOptions["columns"] {
  if (typeof weights !== "string") return columns;
  // Not by assignment: a column may be called "__proto__".
  return Object.fromEntries([...Object.entries(columns ?? {}), [weights, "ignore" as const]]);
}

/** Reads a column: it is of the kind that is declared, or of that which all its values together have. */
function* readColumn(
  call: string,
  { name, markers, declared }: { name: string; markers: ReadonlySet<string>; declared: ColumnKind | undefined },
  rows: TableSource,
): Generator<number, ColumnCells> {
  const isDeclared = declared !== undefined;
  const values: Listed<unknown> = declared === "ignore" ? [] : yield* rows.take(name);
  const inferred = yield* inferKind(call, { name, markers }, values, declared);
  const { kind } = inferred;
  if (kind === "ignore") return { name, isDeclared, ...inferred, cells: new Float64Array(0) };
  const reading: Reading = { name, markers, ...inferred, kind };
  if (kind !== "text") {
    const cells = yield* fillSlices(new Float64Array(rows.length), (r) => readNumber(call, reading, r, values.at(r)));
    return { name, isDeclared, ...inferred, cells };
  }
  const vocabulary = new Vocabulary();
  const numberOf = (r: number) => vocabulary.number(readText(call, reading, r, values.at(r)));
  const numbers = yield* fillSlices(new Uint32Array(rows.length), numberOf);
  return { name, isDeclared, ...inferred, cells: { numbers, vocabulary } };
}

/**
 * The cells of a table: every value of its rows, read once, column by column. What models learn of columns, and the features
 * of any of the rows, come from here, however many models are fitted.
 */
import { own } from "../ground/check.js";
import { LongList } from "../ground/long-list.js";
import { fillSlices, forEachSlice } from "../ground/slices.js";
import { type Reading, readNumber, readText } from "./cell-reader.js";
import { type ColumnKind, checkKinds, type EncoderOptions } from "./column-options.js";
import type { Cells, ColumnCells, Target } from "./columns.js";
import { inferKind } from "./infer-kind.js";
import { Vocabulary } from "./vocabulary.js";

/**
 * Reads every column but the target, in slices: a caller with many rows lets others run in between.
 * @param rows that were checked
 * @param kinds as the options give them
 * @param markers further texts of missing values
 * @throws TypeError, RangeError naming the row and the column of the first value that does not fit, or on options that do not
 */
export function* readCells(
  call: string,
  rows: readonly object[],
  target: Target,
  kinds: EncoderOptions["columns"] = {},
  markers: ReadonlySet<string> = new Set(),
): Generator<number, Cells> {
  const names = new Set<string>();
  yield* forEachSlice(rows.length, (from, to) => {
    for (let r = from; r < to; r++) for (const name of Object.keys(rows[r])) names.add(name);
  });
  for (const name of [target].flat()) names.delete(name);
  checkKinds(call, kinds, names, target);
  const columns: ColumnCells[] = [];
  // Of one column after the other: a million numbers are memory that the collector must hear of.
  const values = new LongList<unknown>();
  for (const name of [...names].sort()) {
    values.clear();
    const declared = own(kinds, name) as ColumnKind | undefined;
    columns.push(yield* readColumn(call, { name, markers, declared }, rows, values));
  }
  return { columns, markers, target };
}

/** Reads a column: it is of the kind that is declared, or of that which all its values together have. */
function* readColumn(
  call: string,
  { name, markers, declared }: { name: string; markers: ReadonlySet<string>; declared: ColumnKind | undefined },
  rows: readonly object[],
  values: LongList<unknown>,
): Generator<number, ColumnCells> {
  const isDeclared = declared !== undefined;
  yield* forEachSlice(declared === "ignore" ? 0 : rows.length, (from, to) => {
    for (let r = from; r < to; r++) values.push(own(rows[r], name));
  });
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

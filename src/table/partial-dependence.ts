/** How the answers depend on one column. Loaded when it is first asked for. */
import { checkOptions, checkWhole, own, show } from "../ground/check.js";
import { forEachSlice } from "../ground/slices.js";
import { meanOver } from "../ground/statistics.js";
import { probabilitySlices } from "../model/answer-slices.js";
import {
  type AskedEncoder,
  type AskedModel,
  answerReader,
  chooseSome,
  encodeSome,
  hasLabels,
  type SomeRows,
} from "./asked-model.js";
import { readNumber, takesNumbers } from "./cell-reader.js";
import type { Column, IgnoredColumn, PresentColumn, TextColumn } from "./columns.js";
import type { ColumnReader } from "./row-reader.js";

/** At which values a column is tried. */
export interface PartialDependenceOptions {
  /** How many values of a column of numbers or dates at most, >= 2. Default: 20. */
  points?: number;
}

/** A value that a row may hold. */
export type PossibleValue = number | string | boolean | Date | null;

/** How the values that a Regressor predicts depend on a column. */
export interface PartialDependence {
  readonly column: string;
  readonly kind: Exclude<Column["kind"], "ignore">;
  /**
   * Values of the column, as `predict` takes them. Of numbers quantiles of the rows' own values, in ascending order, from the smallest
   * to the largest, each once (of percents and of values that have an order as the rows have them: "12 %"); of dates the same, as Date objects; false and true;
   * categories of text in the order of their features, then "(other)" if there is such a feature; of a column that holds one value or
   * none that value. Last, where training rows had missing values, null.
   */
  readonly values: readonly PossibleValue[];
  /** By value: the mean over the rows of what is predicted if all of them hold it, in the target's unit. */
  readonly means: readonly number[];
}

/** How the probabilities of a Classifier depend on a column. */
export interface LabelPartialDependence extends Omit<PartialDependence, "means"> {
  /** By label: by value, the mean over the rows of the label's probability if all of them hold it. */
  readonly means: Readonly<Record<string, readonly number[]>>;
}

const MOST_ROWS = 1000;

/** Features copied between two looks at the clock. */
const COPIED = 2 ** 18;

/** A fitted table whose cells are read as its columns say. */
export interface DependenceModel extends AskedModel {
  readonly encoder: Omit<AskedModel["encoder"], "readers"> & { readonly readers: readonly ColumnReader[] };
}

/** The mean answer to the rows for each of some values of a column, all else being as it is (Friedman 2001). */
export function* dependenceSlices(
  model: DependenceModel,
  rows: readonly object[],
  name: string,
  options: PartialDependenceOptions,
): Generator<number, PartialDependence | LabelPartialDependence> {
  const call = "partialDependence";
  const { encoder, targetEncoder } = model;
  checkOptions(call, options, ["points"]);
  const { points = 20 } = options;
  checkWhole(call, "points", points, 2);
  const column = findColumn(call, encoder, targetEncoder.target, name);
  const some = yield* chooseSome(call, rows, MOST_ROWS);
  const values = possibleValues(call, column, encoder, some, points);
  const x = yield* encodeSome(call, encoder, some);
  const means = yield* meansOf(model, column, x, values, valueWriter(call, encoder, column, some.rows[0]));
  const found = { column: name, kind: column.kind as PartialDependence["kind"], values };
  if (!hasLabels(targetEncoder)) return { ...found, means: means[0] };
  // Not by assignment: a label may be called "__proto__".
  return { ...found, means: Object.fromEntries(targetEncoder.labels.map((label, id) => [label, means[id]])) };
}

const WHY: Record<IgnoredColumn["reason"], string> = {
  constant: "it was the same in all rows of the fit",
  identifier: "it tells rows apart rather than describing them",
  mixed: "its texts look like numbers, but not all in one form",
  declared: "the options of the fit say so",
};

function findColumn(call: string, { columns }: AskedEncoder, target: string, name: unknown): Column {
  if (typeof name !== "string") throw new TypeError(`${call}: column must be a column's name, got ${show(name)}.`);
  const found = columns.find((column) => column.name === name);
  if (found?.kind === "ignore") {
    throw new RangeError(
      `${call}: column must be one that the model reads, got ${show(name)}, which is ignored: ${WHY[found.reason]}.`,
    );
  }
  if (found) return found;
  const read = columns.filter(({ width }) => width > 0).map((column) => show(column.name));
  const names = `${read.slice(0, 30).join(", ")}${read.length > 30 ? ", ..." : ""}`;
  const got = name === target ? `${show(name)}, the target` : show(name);
  throw new RangeError(`${call}: column must be among ${names}, got ${got}.`);
}

function possibleValues(
  call: string,
  column: Column,
  { readers }: DependenceModel["encoder"],
  some: SomeRows,
  points: number,
): PossibleValue[] {
  switch (column.kind) {
    case "text":
      return withMissing(
        column,
        textsOf(
          column,
          readers.find(({ name }) => name === column.name),
        ),
      );
    case "boolean":
      return withMissing(column, [false, true]);
    case "present":
      return [presentValue(column), null];
    case "ignore":
      return [];
    default: {
      const reader = readers.find(({ name }) => name === column.name) as ColumnReader;
      return withMissing(column, quantiles(call, reader, some, points));
    }
  }
}

const withMissing = ({ hasMissing }: { readonly hasMissing: boolean }, values: PossibleValue[]) =>
  hasMissing ? [...values, null] : values;

function textsOf({ categories, hasOther }: TextColumn, reader: ColumnReader | undefined): string[] {
  if (!hasOther) return [...categories];
  // Rows may hold this very text.
  let other = "(other)";
  while (categories.includes(other) || reader?.markers.has(other)) other = `(${other})`;
  return [...categories, other];
}

const presentValue = ({ of, value }: PresentColumn) => (of === "boolean" ? value === 1 : value);

/** Quantiles of the values of a column of numbers or dates: those of the rows themselves, none in between, which may be none. */
function quantiles(call: string, reader: ColumnReader, { rows, numbers }: SomeRows, points: number): PossibleValue[] {
  const isDate = reader.kind === "date";
  const known: number[] = [];
  /** How the rows have them. */
  const written = new Map<number, unknown>();
  for (const [i, row] of rows.entries()) {
    const value = own(row, reader.name);
    const number = readNumber(call, reader, numbers[i], value);
    if (Number.isNaN(number)) continue;
    // Of dates milliseconds, as Date objects count. + 0: not -0.
    known.push((isDate ? Math.round(number * 86_400_000) : number) + 0);
    written.set(known[known.length - 1], value);
  }
  if (known.length === 0) {
    throw new RangeError(`${call}: rows must hold a value in column ${show(reader.name)}, got missing ones alone.`);
  }
  known.sort((a, b) => a - b);
  const distinct = [...written.keys()].sort((a, b) => a - b);
  const place = (i: number) => Math.round((i * (known.length - 1)) / (points - 1));
  const chosen =
    distinct.length <= points ? distinct : new Set(Array.from({ length: points }, (_, i) => known[place(i)]));
  const asGiven = (number: number) =>
    !takesNumbers(reader.form) && !isDate ? String(written.get(number)).trim() : number;
  return [...chosen].map((number) => (isDate ? new Date(number) : asGiven(number)));
}

/** Makes a row's features of a column of each value that it may hold, which are there until the next are made. */
function valueWriter(
  call: string,
  encoder: DependenceModel["encoder"],
  { name, start, width }: Column,
  row: object,
): (value: PossibleValue) => Float32Array {
  // Whatever else this row holds was taken before: a strict model takes it, too.
  const others = encoder.readers.filter((reader) => Object.hasOwn(row, reader.name));
  const cells = others.map((reader) => [reader.name, own(row, reader.name)]);
  const x = new Float32Array(encoder.width);
  return (value) => {
    // Not by assignment: a column may be called "__proto__".
    encoder.encodeOne(call, Object.fromEntries([...cells, [name, value]]), x);
    return x.subarray(start, start + width);
  };
}

/** By output: by value, the mean answer to the rows if the column's features are those of the value. */
function* meansOf(
  { ensemble, targetEncoder, encoder }: AskedModel,
  { start, width }: Column,
  x: Float32Array,
  values: readonly PossibleValue[],
  write: (value: PossibleValue) => Float32Array,
): Generator<number, number[][]> {
  const count = x.length / encoder.width;
  const read = answerReader(targetEncoder);
  const outputs = hasLabels(targetEncoder) ? targetEncoder.labels.length : 1;
  const means: number[][] = Array.from({ length: outputs }, () => []);
  for (const value of values) {
    const own = write(value);
    const replace = (from: number, to: number) => {
      for (let r = from; r < to; r++) x.set(own, r * encoder.width + start);
    };
    yield* forEachSlice(count, replace, Math.max(1, Math.floor(COPIED / width)));
    const answers = yield* probabilitySlices(ensemble, x);
    for (const [id, list] of means.entries()) list.push(yield* meanOver(count, (r) => read(answers, r, id)));
  }
  return means;
}

/** One column of rows as numbers. */
import { own, show } from "../ground/check.js";
import { fillSlices } from "../ground/slices.js";
import { type Reading as ColumnReading, readNumber } from "./cell-reader.js";
import type { Column } from "./columns.js";
import type { TargetEncoder } from "./target-encoder.js";

/** What reads columns of rows, and brings the function below along. */
export interface ReadingEncoder {
  readonly columns: readonly Column[];
  readonly readers: readonly ColumnReading[];
  readonly markers: ReadonlySet<string>;
  readonly columnValues: typeof columnValues;
}

/** A model of a table fits. */
interface Reading {
  readonly encoder: Omit<ReadingEncoder, "columnValues">;
  readonly targetEncoder: Pick<TargetEncoder, "target" | "output" | "read">;
}

/**
 * Reads a column of numbers, dates or booleans, or the target if it is a value, as the fit read it; nothing is warned of.
 * @param rows that were checked
 * @throws RangeError if the column is none of these; TypeError, RangeError naming the row of a cell that does not fit
 */
export function* columnValues(
  { encoder, targetEncoder }: Reading,
  rows: readonly object[],
  name: string,
): Generator<number, Float64Array> {
  const [call, { markers }] = ["valuesOf", encoder];
  const values = new Float64Array(rows.length);
  if (name === targetEncoder.target && ["linear", "exponential"].includes(targetEncoder.output)) {
    const at = (r: number) => own(rows[r], name);
    // biome-ignore lint/correctness/useYield: there is nothing to wait for
    const take = function* () {
      return { at };
    };
    const read = yield* targetEncoder.read(call, { length: rows.length, take }, markers);
    return yield* fillSlices(values, (r) => read[r]);
  }
  const column = encoder.columns.find((one) => one.name === name);
  if (column?.kind !== "number" && column?.kind !== "date" && column?.kind !== "boolean") {
    const got = column ? `${show(name)} (${column.kind})` : show(name);
    const message = `${call}: column must be one of numbers, dates or booleans, or a target of values, got ${got}.`;
    throw new RangeError(message);
  }
  const found = encoder.readers.find((one) => one.name === name)!;
  const reader = { ...found, onMarker: undefined, onUnreadable: undefined };
  return yield* fillSlices(values, (r) => readNumber(call, reader, r, own(rows[r], name)));
}

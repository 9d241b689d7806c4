/** One column of rows as numbers. */
import { own, show } from "../ground/check.js";
import { fillSlices } from "../ground/slices.js";
import { readNumber } from "./cell-reader.js";
import type { Column } from "./columns.js";
import { makeReader } from "./row-reader.js";
import { RowList } from "./table-source.js";
import type { TargetEncoder } from "./target-encoder.js";

/** What reads rows: a model of a table fits. */
interface Reading {
  readonly encoder: { readonly columns: readonly Column[]; readonly markers: ReadonlySet<string> };
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
    const read = yield* targetEncoder.read(call, new RowList(rows), markers);
    return yield* fillSlices(values, (r) => read[r]);
  }
  const column = encoder.columns.find((one) => one.name === name);
  if (column?.kind !== "number" && column?.kind !== "date" && column?.kind !== "boolean") {
    const got = column ? `${show(name)} (${column.kind})` : show(name);
    const message = `${call}: column must be one of numbers, dates or booleans, or a target of values, got ${got}.`;
    throw new RangeError(message);
  }
  const reader = makeReader(column, markers);
  return yield* fillSlices(values, (r) => readNumber(call, reader, r, own(rows[r], name)));
}

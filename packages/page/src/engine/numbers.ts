/** Numbers of cells, read as the library reads them. */
import type { Classifier, Column, Regressor } from "wasmlp";
import { isGap } from "../read/table.js";

const DAY = 86_400_000;

/**
 * The cells of a column of numbers, dates or booleans, or of a target, as numbers.
 * @param model of a fit that has read the column
 * @returns NaN where a cell is missing, or is no such text
 */
export function numbersOf(
  model: Pick<Classifier | Regressor, "valuesOf">,
  name: string,
  cells: ArrayLike<unknown>,
): Float64Array {
  if (cells instanceof Float64Array) return cells;
  const rows = Array.from(cells, (cell) => ({ [name]: isGap(cell) ? null : cell }));
  try {
    return model.valuesOf(rows, name);
  } catch {
    return Float64Array.from(rows, (row) => {
      try {
        return model.valuesOf([row], name)[0];
      } catch {
        return Number.NaN;
      }
    });
  }
}

/** A number of a column: to six digits or to one, days as dates, minutes of a clock as its time, ranks as what they are of. */
export function spell(number: number, learned?: Column): string {
  if (learned?.kind === "date") return new Date(number * DAY).toISOString().slice(0, 10);
  const form = learned?.kind === "number" ? learned.form : undefined;
  if (form?.type === "ordered") return form.values[Math.round(number)] ?? "";
  if (form?.type === "clock") return new Date(number * 60_000).toISOString().slice(11, 16);
  return String(Math.abs(number) >= 1e5 ? Math.round(number) : Number(number.toPrecision(6)));
}

/** The place of the largest of a row's numbers, of `size` a row: of probabilities, the answer. */
export function largestAt(numbers: Float32Array, row: number, size: number): number {
  const own = numbers.subarray(row * size, (row + 1) * size);
  return own.indexOf(Math.max(...own));
}

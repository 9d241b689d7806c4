/** Which parts of dates are features: those that vary in the training rows. */
import { forEachSlice } from "../ground/slices.js";
import { type ColumnCells, type LearnedColumn, nameFeatures } from "./columns.js";
import { DATE_PARTS, DAY, type DatePart, millisecondsOf, monthOfDay, weekdayOfDay } from "./date-parts.js";

/**
 * Adds to columns of dates the parts that vary, in slices.
 * @param mayHave whether the column of this number may have parts
 * @param limit features of all columns together at most: beyond it hours are left out, then weekdays, then months
 */
export function* learnParts(
  cells: readonly ColumnCells[],
  learned: readonly LearnedColumn[],
  mayHave: (column: number) => boolean,
  rowNumbers: Uint32Array,
  limit: number,
): Generator<number, LearnedColumn[]> {
  const found: DatePart[][] = [];
  for (const [c, { kind }] of learned.entries()) {
    const days = cells[c].cells;
    const isParted = kind === "date" && days instanceof Float64Array && mayHave(c);
    found.push(isParted ? yield* varying(days, rowNumbers) : []);
  }
  for (let most: number = DATE_PARTS.length; ; most--) {
    const columns = learned.map((column, c) => {
      const parts = found[c].filter((part) => DATE_PARTS.indexOf(part) < most);
      return parts.length > 0 ? { ...column, parts } : column;
    });
    if (most === 0 || columns.reduce((sum, column) => sum + nameFeatures(column).length, 0) <= limit) return columns;
  }
}

/** The parts that take two different values at least among the known dates. */
function* varying(days: Float64Array, rowNumbers: Uint32Array): Generator<number, DatePart[]> {
  // The first of each: month, weekday, time of day.
  const first = new Float64Array(DATE_PARTS.length).fill(Number.NaN);
  const varies = new Uint8Array(DATE_PARTS.length);
  const note = (part: number, value: number) => {
    if (Number.isNaN(first[part])) first[part] = value;
    else if (value !== first[part]) varies[part] = 1;
  };
  yield* forEachSlice(rowNumbers.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const own = days[rowNumbers[i]];
      if (Number.isNaN(own)) continue;
      const time = millisecondsOf(own);
      const day = Math.floor(time / DAY);
      note(0, monthOfDay(day));
      note(1, weekdayOfDay(day));
      note(2, time - DAY * day);
    }
  });
  return DATE_PARTS.filter((_, part) => varies[part] === 1);
}

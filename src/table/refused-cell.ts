/** The sentence that refuses a value of a column, and what is told of values that are taken. */
import { describe, show } from "../ground/check.js";
import { locate } from "./locate.js";

export interface Named {
  readonly name: string;
}

/** Takes the column's name, and the text of a cell. */
export type Tell = (column: string, text: string) => void;

/** What lies beyond is no finite feature. */
export const MAX_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

/** The sentence that refuses a value. */
export function refusal(call: string, { name }: Named, row: number, value: unknown, wanted: string, remedy = "") {
  return `${call}: column ${show(name)} must hold ${wanted}, got ${describe(value)} at row ${row}.${remedy}`;
}

/** Refuses a number that is too large. */
export function refusedSize(call: string, column: Named, row: number, value: unknown, wanted: string): RangeError {
  return locate(new RangeError(refusal(call, column, row, value, wanted)), row, column.name);
}

/** One value of a row, read as its column is read: a number, a date, true or false, or text; missing or refused. */
import { show } from "../ground/check.js";
import { type Form, type OrderedForm, rankOf, readForm } from "./forms.js";
import { locate } from "./locate.js";
import { isKnownMarker, isMissing, isMissingNumber } from "./missing.js";
import { MAX_FLOAT32, type Named, refusal, refusedSize, type Tell } from "./refused-cell.js";

/** What there is to know when a value of a column is read. */
export interface Reading extends Named {
  readonly kind: "number" | "boolean" | "date" | "text";
  /** Further texts of missing values. */
  readonly markers: ReadonlySet<string>;
  /** Whether a column of text refuses numbers and booleans. */
  readonly textOnly: boolean;
  /** How its numbers are written; undefined for plain ones. */
  readonly form?: Form;
  /** Whether texts that are no numbers count as missing, as some did in training. */
  readonly lenient?: boolean;
  /** Is told of a text that stands for a missing value, where training had none. */
  readonly onMarker?: Tell;
  /** Is told of a text that is no number in a column of numbers, and counts as missing. */
  readonly onUnreadable?: Tell;
}

/** Numbers, booleans and text are wrong in this column; objects, functions, symbols and unsafe bigints in every one. */
export function refused(
  call: string,
  column: Named,
  row: number,
  value: unknown,
  wanted: string,
  remedy = "",
): TypeError {
  const foreign = ` Make it a number or text first, or pass columns: { ${show(column.name)}: "ignore" } when fitting.`;
  const isOdd = !isPlain(value) && !isDate(value);
  return locate(new TypeError(refusal(call, column, row, value, wanted, isOdd ? foreign : remedy)), row, column.name);
}

export function isPlain(value: unknown): value is string | number | boolean | bigint {
  if (typeof value === "bigint") return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

/** Of this realm or another; an object that says it were a date is none. */
export function isDate(value: unknown): value is Date {
  if (typeof value !== "object" || value === null) return false;
  if (Object.prototype.toString.call(value) !== "[object Date]") return false;
  try {
    getTime.call(value);
    return true;
  } catch {
    return false;
  }
}

const { getTime } = Date.prototype;

/** true or false as text, in any case. */
export function readWord(text: string): boolean | undefined {
  const word = text.toLowerCase();
  return word === "true" ? true : word === "false" ? false : undefined;
}

/**
 * A value of a column of numbers, dates or booleans.
 *
 * Numbers are numbers, safe bigints, and texts in the column's form, or in decimal or exponent form. Leading zeros may keep a
 * column from being inferred to be one of numbers; in one that is, "007" is 7. Dates are Date objects, and texts. Booleans are
 * true, false, and either word as text. Known markers ("NA", "?") are missing values.
 * @returns the number, days since 1970-01-01 UTC, 1 for true, 0 for false, NaN if it is missing
 * @throws TypeError if it is none, RangeError if float32 cannot hold it
 */
export function readNumber(call: string, column: Reading, row: number, value: unknown): number {
  if (column.form?.type === "ordered") return readRank(call, column, row, value, column.form);
  if (typeof value === "string") return readNumberText(call, column, row, value.trim());
  const { kind } = column;
  if (value === null || value === undefined || Number.isNaN(value)) return Number.NaN;
  if (kind === "boolean") {
    if (typeof value === "boolean") return value ? 1 : 0;
    throw refused(call, column, row, value, "true or false");
  }
  if (kind === "date") {
    // An invalid date is NaN: missing, as the number is.
    if (isDate(value)) return getTime.call(value) / 86_400_000;
    throw refused(call, column, row, value, "dates", " Pass a Date or a text.");
  }
  if (!isPlain(value) || typeof value === "boolean") throw refused(call, column, row, value, "numbers");
  if (isMissingNumber(Number(value), column.markers)) return Number.NaN;
  if (isPercent(column.form)) return readShare(call, column, row, value);
  return checkSize(call, column, row, value, Number(value));
}

/** The place of a value in its column's order. Ranks are no numbers of the rows: markers are compared with the value. */
function readRank(call: string, column: Reading, row: number, value: unknown, form: OrderedForm): number {
  if (isMissing(value, column.markers)) return Number.NaN;
  if (!isPlain(value) || typeof value === "boolean") throw refused(call, column, row, value, "values of its order");
  const text = String(value).trim();
  const rank = rankOf(text, form);
  if (!Number.isNaN(rank)) return rank;
  if (isKnownMarker(text) || column.lenient) {
    (isKnownMarker(text) ? column.onMarker : column.onUnreadable)?.(column.name, text);
    return Number.NaN;
  }
  const names = form.values.slice(0, 20).join(", ");
  const wanted = `values of its order (${names}${form.values.length > 20 ? ", ..." : ""})`;
  throw refused(call, column, row, value, wanted, " Add it to the order, or name it in missing when fitting.");
}

/** Whether numbers of rows are its numbers as they stand. */
export const takesNumbers = (form: Form | undefined) => !isPercent(form) && form?.type !== "ordered";

/** In a column of percents 0.5 may be 50 %. */
function readShare(call: string, column: Reading, row: number, value: unknown): number {
  if (!column.lenient)
    throw refused(call, column, row, value, "numbers with a percent sign", " Write it as text, with it.");
  column.onUnreadable?.(column.name, String(value));
  return Number.NaN;
}

/** Whether numbers have a percent sign, and are none without. */
export const isPercent = (form: Form | undefined) => form?.type === "amount" && form.suffix === "%";

function readNumberText(call: string, column: Reading, row: number, text: string): number {
  const { kind, form, markers, lenient, onMarker, onUnreadable } = column;
  if (text === "" || markers.has(text)) return Number.NaN;
  if (kind === "boolean") {
    const word = readWord(text);
    if (word !== undefined) return word ? 1 : 0;
  } else {
    const number = readForm(text, form);
    if (isMissingNumber(number, markers)) return Number.NaN;
    if (!Number.isNaN(number)) return checkSize(call, column, row, text, number);
  }
  if (isKnownMarker(text) || lenient) {
    (isKnownMarker(text) ? onMarker : onUnreadable)?.(column.name, text);
    return Number.NaN;
  }
  if (kind === "boolean") throw refused(call, column, row, text, "true or false");
  const remedy = " If it stands for a missing value, name it in missing when fitting.";
  throw refused(call, column, row, text, kind === "date" ? `dates (${orderOf(form)})` : "numbers", remedy);
}

const orderOf = (form: Form | undefined) => (form?.type === "date" ? form.order : "year-first");

function checkSize(call: string, column: Named, row: number, value: unknown, number: number): number {
  if (Math.abs(number) <= MAX_FLOAT32) return number;
  throw refusedSize(call, column, row, value, "numbers that are finite in float32");
}

/**
 * A value of a text column, trimmed; numbers and booleans as `String(value)` unless it is `textOnly`.
 * @returns "" if it is missing
 * @throws TypeError if it is no text, RangeError if it is infinite
 */
export function readText(call: string, column: Reading, row: number, value: unknown): string {
  if (isMissing(value, column.markers)) return "";
  if (typeof value === "string") return value.trim();
  if (!isPlain(value) || column.textOnly) {
    const declared = column.textOnly ? `, or pass columns: { ${show(column.name)}: "text" } when fitting` : "";
    const remedy = ` Write it as text${declared}.`;
    throw refused(call, column, row, value, "text", remedy);
  }
  if (value !== Number.POSITIVE_INFINITY && value !== Number.NEGATIVE_INFINITY) return String(value);
  throw refusedSize(call, column, row, value, "finite numbers or text");
}

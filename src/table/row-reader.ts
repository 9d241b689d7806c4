/**
 * One row of a table, from an object to the features that a network reads. This is all that a row needs once the columns
 * are known: a module that `toModule` writes holds this file and what it imports.
 */
import { own, show } from "../ground/check.js";
import { type Reading, readNumber, readText, takesNumbers } from "./cell-reader.js";
import { type ColumnWriter, writeClipped, writeNumber, writeText } from "./cell-writer.js";
import { type DatePart, placeParts } from "./date-parts.js";
import { type Form, NUMERAL } from "./forms.js";
import { locate } from "./locate.js";
import { MAX_FLOAT32, type Tell } from "./refused-cell.js";
import { describeNoRow, isRow, OF_GETTERS } from "./table-rows.js";

/** A column that makes features, `width` of them from `start` on. Each kind has the fields that it needs. */
export interface ReadColumn {
  readonly name: string;
  readonly kind: "number" | "boolean" | "date" | "present" | "text";
  readonly start: number;
  readonly width: number;
  readonly hasMissing?: boolean;
  readonly missingShare?: number;
  readonly mean?: number;
  readonly deviation?: number;
  readonly bound?: number;
  readonly median?: number;
  readonly spread?: number;
  readonly bins?: readonly number[];
  readonly means?: readonly number[];
  readonly parts?: readonly DatePart[];
  readonly form?: Form;
  readonly lenient?: boolean;
  readonly categories?: readonly string[];
  readonly hasOther?: boolean;
  readonly textOnly?: boolean;
  readonly of?: "number" | "boolean" | "text";
  readonly value?: number | string;
  readonly share?: number;
}

/** A column, prepared for reading its cells and writing their features. */
export interface ColumnReader extends Reading, ColumnWriter {
  readonly kind: ColumnWriter["kind"];
  /** Is told of a missing value where training had none, and of a text that is none of those that it had. */
  readonly onMissing?: Tell;
  readonly onUnknown?: Tell;
}

/** What is told of cells that training did not have. */
export interface LateTellers {
  readonly marker: Tell;
  readonly unreadable: Tell;
  readonly missing: Tell;
  readonly unknown: Tell;
  /** Of a value that is none of its column's order. */
  readonly unordered: Tell;
}

/**
 * Prepares a column for reading: places are counted once, and categories are found by their text.
 * @param markers further texts of missing values
 * @param tell is told of cells that training did not have
 */
export function makeReader(column: ReadColumn, markers: ReadonlySet<string>, tell?: LateTellers): ColumnReader {
  const { name, kind, start, width, hasMissing = false, missingShare = 0, mean = 0, deviation = 1, form } = column;
  const { categories = [], hasOther = false, textOnly = false, bound = Number.POSITIVE_INFINITY, lenient } = column;
  const { of = "number", value = 1, share = 0, median, spread = 1, bins = [], means = [], parts = [] } = column;
  const isClipped = median !== undefined;
  const isOrdered = form?.type === "ordered";
  return {
    name,
    markers,
    textOnly,
    kind: kind === "present" ? of : kind,
    form,
    lenient: lenient || isOrdered,
    onMarker: hasMissing || kind === "present" ? undefined : tell?.marker,
    onUnreadable: isOrdered ? tell?.unordered : tell?.unreadable,
    onMissing: hasMissing || kind === "present" ? undefined : tell?.missing,
    onUnknown: hasOther || kind === "present" ? undefined : tell?.unknown,
    centre: isClipped ? median : mean,
    scale: isClipped ? spread : deviation,
    bins: isClipped ? { edges: Float64Array.from(bins), means: Float64Array.from(means) } : undefined,
    parts: placeParts(parts, start + 1 + means.length),
    missingShare,
    bound,
    most: kind === "number" && takesNumbers(form) && !hasNumeral(markers) ? Math.min(bound, MAX_FLOAT32) : 0,
    categories: new Map(categories.map((category, i) => [category, start + i])),
    value: start,
    other: hasOther ? start + categories.length : -1,
    missing: hasMissing ? start + width - 1 : -1,
    present: kind === "present" ? { value, share } : undefined,
  };
}

function hasNumeral(markers: ReadonlySet<string>): boolean {
  for (const marker of markers) if (NUMERAL.test(marker)) return true;
  return false;
}

/**
 * Writes the features of one row to `features`, all of it.
 * @param strictNames the names that a row may have, if it may have no other and must have all that are read
 * @throws TypeError if `row` is no object or has none of the columns; TypeError, RangeError naming the column of a value
 * that does not fit
 */
export function readRow(
  call: string,
  readers: readonly ColumnReader[],
  row: unknown,
  features: Float32Array,
  strictNames?: ReadonlySet<string>,
): void {
  if (!isRow(row)) throw new TypeError(`${call}: row must be an object, got ${describeNoRow(row)}`);
  if (strictNames) checkStrict(call, readers, strictNames, 0, row);
  features.fill(0);
  writeFeatures(call, readers, 0, row, features, 0);
}

/**
 * Writes the features of row `r` to `out` from `base` on, where zeros are.
 * @throws TypeError, RangeError naming the row and the column of a value that does not fit
 */
export function writeFeatures(
  call: string,
  readers: readonly ColumnReader[],
  r: number,
  row: object,
  out: Float32Array,
  base: number,
): void {
  let isKnown = false;
  for (const reader of readers) {
    const value = own(row, reader.name);
    if (value !== undefined) isKnown = true;
    if (typeof value === "number" && reader.most > 0 && writePlain(reader, value, out, base)) continue;
    if (reader.kind === "text") writeTextCell(call, reader, r, value, out, base);
    else {
      const number = readNumber(call, reader, r, value);
      writeNumber(call, reader, r, number, out, base);
      if (Number.isNaN(number)) reader.onMissing?.(reader.name, "");
    }
  }
  if (!isKnown) refuseForeign(call, readers, r, row);
}

/** Writes a number that is none of the markers; returns whether it is within bounds: no more need be asked of most numbers. */
function writePlain(reader: ColumnReader, number: number, out: Float32Array, base: number): boolean {
  // Not of NaN either.
  if (!(Math.abs(number) <= MAX_FLOAT32)) return false;
  if (reader.bins) writeClipped(reader, reader.bins, number, out, base);
  else {
    const feature = (number - reader.centre) / reader.scale;
    if (!(Math.abs(feature) <= reader.most)) return false;
    out[base + reader.value] = feature;
  }
  if (reader.missing >= 0) out[base + reader.missing] = 0 - reader.missingShare;
  return true;
}

function writeTextCell(
  call: string,
  reader: ColumnReader,
  r: number,
  value: unknown,
  out: Float32Array,
  base: number,
): void {
  // Most texts are categories as they stand: those need no trimming.
  const place = typeof value === "string" ? reader.categories.get(value) : undefined;
  if (place !== undefined) {
    out[base + place] = 1;
    if (reader.missing >= 0) out[base + reader.missing] = 0 - reader.missingShare;
    return;
  }
  const text = readText(call, reader, r, value);
  if (writeText(reader, text, out, base)) return;
  (text === "" ? reader.onMissing : reader.onUnknown)?.(reader.name, text);
}

/** A row that has none of the columns is another object than was meant, or is named otherwise: no answer would be right. */
function refuseForeign(call: string, readers: readonly ColumnReader[], r: number, row: object): void {
  if (readers.some(({ name }) => Object.hasOwn(row, name))) return;
  const [columns, keys] = [readers.map(({ name }) => name), Object.keys(row)].map(show);
  const remedy = readers.some(({ name }) => name in row) ? OF_GETTERS : "";
  const message = `${call}: a row must have a column among ${columns}, got one with ${keys} at row ${r}.${remedy}`;
  throw Object.assign(new TypeError(message), { row: r });
}

/**
 * The door of a strict model: a row has every column that is read, and none that the fit did not see.
 * @param names of all columns of the fit, and of the target
 * @throws TypeError naming the row and the column
 */
export function checkStrict(
  call: string,
  readers: readonly ColumnReader[],
  names: ReadonlySet<string>,
  r: number,
  row: object,
): void {
  for (const name of Object.keys(row)) {
    if (names.has(name)) continue;
    const message = `${call}: a row must have columns of the fit alone, got ${show(name)} at row ${r}. Leave it out.`;
    throw locate(new TypeError(message), r, name);
  }
  for (const { name } of readers) {
    if (Object.hasOwn(row, name)) continue;
    const message = `${call}: a row must have column ${show(name)}, got none at row ${r}. Pass null if it is missing.`;
    throw locate(new TypeError(message), r, name);
  }
}

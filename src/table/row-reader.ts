/**
 * One row of a table, from an object to the features that a network reads. This is all that a row needs once the columns
 * are known: a module that `toModule` writes holds this file and no other of the table's.
 */
import { locate, own, show } from "../ground/check.js";
import { isPercent, MAX_FLOAT32, type Reading, readNumber, readText, refusedSize, type Tell } from "./cell-reader.js";
import { type Form, NUMERAL } from "./forms.js";
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
  readonly form?: Form;
  readonly lenient?: boolean;
  readonly categories?: readonly string[];
  readonly hasOther?: boolean;
  readonly textOnly?: boolean;
  readonly of?: "number" | "boolean" | "text";
  readonly value?: number | string;
  readonly share?: number;
}

/** A column, prepared for reading. Features are given by their place in the row, -1 where there is none. */
export interface ColumnReader extends Reading {
  readonly mean: number;
  readonly deviation: number;
  /** What is added to the feature that tells of missing values. */
  readonly missingShare: number;
  readonly bound: number;
  /** Numbers up to here are features as they are once standardised; 0 if values are no numbers. */
  readonly most: number;
  readonly categories: ReadonlyMap<string, number>;
  readonly value: number;
  readonly other: number;
  readonly missing: number;
  /** Of a column that is present or not: its value, and the share of rows that have it. */
  readonly present?: { readonly value: number | string; readonly share: number };
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
}

/**
 * Prepares a column for reading: places are counted once, and categories are found by their text.
 * @param markers further texts of missing values
 * @param tell is told of cells that training did not have
 */
export function makeReader(column: ReadColumn, markers: ReadonlySet<string>, tell?: LateTellers): ColumnReader {
  const { name, kind, start, width, hasMissing = false, missingShare = 0, mean = 0, deviation = 1, form } = column;
  const { categories = [], hasOther = false, textOnly = false, bound = Number.POSITIVE_INFINITY, lenient } = column;
  const { of = "number", value = 1, share = 0 } = column;
  return {
    name,
    markers,
    textOnly,
    kind: kind === "present" ? of : kind,
    form,
    lenient,
    onMarker: hasMissing || kind === "present" ? undefined : tell?.marker,
    onUnreadable: tell?.unreadable,
    onMissing: hasMissing || kind === "present" ? undefined : tell?.missing,
    onUnknown: hasOther || kind === "present" ? undefined : tell?.unknown,
    mean,
    deviation,
    missingShare,
    bound,
    most: kind === "number" && !isPercent(form) && !hasNumeral(markers) ? Math.min(bound, MAX_FLOAT32) : 0,
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
    if (typeof value === "number" && reader.most > 0 && Math.abs(value) <= MAX_FLOAT32) {
      // Most numbers are within bounds: no more need be asked of them.
      const feature = (value - reader.mean) / reader.deviation;
      if (Math.abs(feature) <= reader.most) {
        out[base + reader.value] = feature;
        if (reader.missing >= 0) out[base + reader.missing] = 0 - reader.missingShare;
        continue;
      }
    }
    if (reader.kind === "text") {
      // Most texts are categories as they stand: those need no trimming.
      const place = typeof value === "string" ? reader.categories.get(value) : undefined;
      if (place === undefined) writeText(reader, readText(call, reader, r, value), out, base);
      else {
        out[base + place] = 1;
        if (reader.missing >= 0) out[base + reader.missing] = 0 - reader.missingShare;
      }
    } else writeNumber(call, reader, r, readNumber(call, reader, r, value), out, base);
  }
  if (!isKnown) refuseForeign(call, readers, r, row);
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

/**
 * Writes a number of row `r`, standardised and bounded, or as missing if it is NaN.
 * @throws RangeError naming the row and the column if float32 cannot hold it once standardised, which only columns without a
 * bound need
 */
export function writeNumber(
  call: string,
  reader: ColumnReader,
  r: number,
  number: number,
  out: Float32Array,
  base: number,
): void {
  const { present, missing, missingShare } = reader;
  const isMissing = Number.isNaN(number);
  if (present) {
    // A number other than the one that was seen is there, too; 0 is as good as none.
    const isPresent =
      reader.kind === "number" ? !isMissing && (number !== 0 || present.value === 0) : number === present.value;
    out[base + reader.value] = Number(isPresent) - present.share;
    return;
  }
  if (!isMissing) out[base + reader.value] = standardise(call, reader, r, number);
  else reader.onMissing?.(reader.name, "");
  if (missing >= 0) out[base + missing] = Number(isMissing) - missingShare;
}

/** Writes a text, trimmed: as its category, as another text, or as missing if it is "". */
export function writeText(reader: ColumnReader, text: string, out: Float32Array, base: number): void {
  const { present, missing, missingShare, categories, other } = reader;
  if (present) {
    out[base + reader.value] = Number(text === present.value) - present.share;
    return;
  }
  if (missing >= 0) out[base + missing] = Number(text === "") - missingShare;
  const place = text === "" ? -1 : (categories.get(text) ?? other);
  if (place >= 0) out[base + place] = 1;
  else if (text === "") reader.onMissing?.(reader.name, "");
  else reader.onUnknown?.(reader.name, text);
}

function standardise(call: string, reader: ColumnReader, row: number, number: number): number {
  const feature = bounded((number - reader.mean) / reader.deviation, reader.bound);
  if (Math.abs(feature) <= MAX_FLOAT32) return feature;
  throw refusedSize(call, reader, row, number, "numbers that are finite in float32 once standardised");
}

/** `x` up to the bound b; beyond it ±(b + u / (1 + u / b)) with u = |x| - b: smooth, rising, never beyond 2 b. */
export function bounded(x: number, bound: number): number {
  const beyond = Math.abs(x) - bound;
  if (!(beyond > 0)) return x;
  return Math.sign(x) * (bound + beyond / (1 + beyond / bound));
}

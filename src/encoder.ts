/** Rows of objects, as databases, CSV parsers and APIs give them, as rows of numbers that a network can read. */
import { checkName, checkWhole, own, show } from "./check.js";
import {
  type ColumnKind,
  describe,
  type IgnoredColumn,
  isTexts,
  KINDS,
  type LearnedColumn,
  learnColumn,
  MAX_FLOAT32,
  nameFeatures,
  type Reading,
  readBoolean,
  readNumber,
  readText,
  refusal,
} from "./columns.js";
import { type EncoderData, parseEncoder, refuseFile } from "./formats/encoder.js";
import { runThrough, WORTH_A_LOOK } from "./turn.js";

/** How the columns of rows are read. */
export interface EncoderOptions {
  /** Kinds of columns by name, where what would be inferred is not what is meant; nothing else decides about those. */
  columns?: Readonly<Record<string, ColumnKind>>;
  /** Categories of a text column that get a feature of their own, 20 if left out; all others share one. */
  maxCategories?: number;
  /** Further texts that stand for a missing value, say "NA" or "?"; compared after trimming. */
  missing?: readonly string[];
}

/** A column of the training rows, what was learned of it, and which features of a row are its own. */
export type Column = LearnedColumn & { readonly start: number; readonly width: number };

/** A column as rows are encoded by it; features by their place in the row, -1 where there is none. */
interface Reader extends Reading {
  readonly kind: "number" | "boolean" | "text";
  readonly mean: number;
  readonly deviation: number;
  readonly categories: ReadonlyMap<string, number>;
  readonly value: number;
  readonly other: number;
  readonly missing: number;
}

const MOST_FEATURES = 2 ** 20;

/**
 * Turns rows of objects into rows of features, by what the training rows taught it of their columns.
 *
 * A column's kind is inferred from its values. Numbers, as text too ("3.5", "1e3", not "007"), are standardised by mean
 * and deviation. Booleans are 0 and 1. Text, and any mix, has a feature for each of its most frequent values. null,
 * undefined, an absent key, NaN, blank text and the markers of the options are missing values: they count as the mean,
 * as 0, as no category, and where the training rows had any, a further feature tells. Only own properties count; the
 * order of keys does not.
 *
 * Ignored are columns that say the same of every row, and identifiers: text with more distinct values than
 * `maxCategories` and than half its values; and twenty or more whole numbers without a repetition, if the name
 * says id, index, row or key. `columns` in the options overrides all of this.
 */
export class Encoder {
  /** Every column of the training rows but the target, ignored ones too, sorted by name (UTF-16 code units). */
  readonly columns: readonly Column[];
  /** What each feature tells: "age", "age is missing", "sex = female", "cabin = (other)". */
  readonly featureNames: readonly string[];
  /** Features a row. */
  readonly width: number;
  private readonly readers: readonly Reader[];

  private constructor(
    learned: readonly LearnedColumn[],
    private readonly markers: ReadonlySet<string>,
  ) {
    let start = 0;
    this.columns = learned.map((column) => {
      const width = nameFeatures(column).length;
      start += width;
      return { ...column, start: start - width, width };
    });
    this.width = start;
    this.featureNames = learned.flatMap(nameFeatures);
    this.readers = this.columns.flatMap((column) => makeReader(column, markers));
  }

  /**
   * Learns the columns of the training rows, all but the target.
   * @throws TypeError, RangeError on rows, values or options that do not fit; Error if every column would be ignored
   */
  static learn(call: string, rows: readonly object[], target: string, options: EncoderOptions): Encoder {
    return runThrough(Encoder.learnColumns(call, rows, target, options));
  }

  /**
   * The same column by column, for a caller with many rows who lets others run in between.
   * @param part numbers of the rows that means, deviations and categories are of; the kinds of columns are of all rows
   */
  static *learnColumns(
    call: string,
    rows: readonly object[],
    target: string,
    options: EncoderOptions,
    part?: Uint32Array,
  ): Generator<number, Encoder> {
    checkRows(call, rows);
    const { columns: kinds = {}, maxCategories = 20, missing = [] } = options;
    checkWhole(call, "maxCategories", maxCategories, 1);
    if (!isTexts(missing)) throw new TypeError(`${call}: missing must be a list of texts, got ${describe(missing)}.`);
    const markers = new Set(missing.map((text) => text.trim()));
    const keys = new Set<string>();
    for (const row of rows) for (const key of Object.keys(row)) keys.add(key);
    keys.delete(target);
    checkKinds(call, kinds, keys, target);
    const learned: LearnedColumn[] = [];
    for (const name of [...keys].sort()) {
      yield WORTH_A_LOOK;
      const values = rows.map((row) => own(row, name));
      const kind = own(kinds, name) as ColumnKind | undefined;
      learned.push(learnColumn(call, { name, markers }, values, kind, maxCategories, part));
    }
    const encoder = new Encoder(learned, markers);
    if (encoder.width === 0) throw new Error(nothingLeft(call, learned));
    if (encoder.width <= MOST_FEATURES) return encoder;
    throw new RangeError(`${call}: the columns must make ${MOST_FEATURES} features at most, got ${encoder.width}.`);
  }

  /**
   * The features of rows, [rows, width], row-major. Columns that training did not see are not looked at, those that a row
   * does not have are missing in it, and a text that training did not see is "(other)" where there is that, else no
   * category.
   * @param out written into, all of it, rows · width numbers long; allocated if left out
   * @throws TypeError, RangeError naming the row and the column of a value that does not fit
   */
  encode(call: string, rows: readonly object[], out?: Float32Array): Float32Array {
    checkRows(call, rows);
    const features = out ?? new Float32Array(rows.length * this.width);
    checkOut(call, features, rows.length, this.width);
    features.fill(0);
    this.encodeRows(call, rows, 0, rows.length, features);
    return features;
  }

  /** The features of one row into `out`, [width]: the way of a service, which allocates nothing. */
  encodeOne(call: string, row: object, out: Float32Array): Float32Array {
    if (!isRow(row)) throw new TypeError(`${call}: row must be an object, got ${describe(row)}.`);
    out.fill(0);
    this.encodeRow(call, 0, row, out);
    return out;
  }

  /** Encodes rows `from .. from+count` to their place in `out`, [rows, width], which holds zeros. */
  encodeRows(call: string, rows: readonly object[], from: number, count: number, out: Float32Array): void {
    for (let r = from; r < from + count; r++) this.encodeRow(call, r, rows[r], out);
  }

  /** Writes what is not 0. */
  private encodeRow(call: string, r: number, row: object, out: Float32Array): void {
    const base = r * this.width;
    for (const reader of this.readers) {
      const value = own(row, reader.name);
      if (reader.kind === "text") {
        const place = placeText(call, reader, r, value);
        if (place >= 0) out[base + place] = 1;
        continue;
      }
      const number =
        reader.kind === "number" ? readNumber(call, reader, r, value) : readBoolean(call, reader, r, value);
      if (!Number.isNaN(number)) out[base + reader.value] = standardise(call, reader, r, number);
      else if (reader.missing >= 0) out[base + reader.missing] = 1;
    }
  }

  /** Plain data that `fromJSON` makes an encoder of the same bits from. */
  toJSON(): EncoderData {
    return { missing: [...this.markers], columns: this.columns.map(({ start, width, ...learned }) => learned) };
  }

  /**
   * The encoder whose `toJSON` gave the data. Nothing in it is trusted; what else it holds is left out.
   * @throws Error saying what is wrong with it
   */
  static fromJSON(call: string, data: unknown): Encoder {
    const { missing, columns } = parseEncoder(call, data);
    const encoder = new Encoder(columns, new Set(missing));
    if (encoder.width >= 1 && encoder.width <= MOST_FEATURES) return encoder;
    throw refuseFile(call, `columns of 1 to ${MOST_FEATURES} features together`, encoder.width);
  }
}

/** Objects, one at least. */
export function checkRows(call: string, rows: unknown): asserts rows is readonly object[] {
  if (!Array.isArray(rows)) throw new TypeError(`${call}: rows must be an array of objects, got ${describe(rows)}.`);
  if (rows.length === 0) throw new RangeError(`${call}: rows must hold at least one row, got none.`);
  for (let r = 0; r < rows.length; r++) {
    if (!isRow(rows[r])) throw new TypeError(`${call}: rows[${r}] must be an object, got ${describe(rows[r])}.`);
  }
}

/** Plain objects and instances of people's own classes; not those of the language, whose contents are no properties. */
function isRow(row: unknown): row is object {
  if (typeof row !== "object" || row === null) return false;
  const prototype = Object.getPrototypeOf(row);
  if (prototype === Object.prototype || prototype === null) return true;
  return Object.prototype.toString.call(row) === "[object Object]";
}

function checkOut(call: string, out: unknown, rows: number, width: number): void {
  if (!(out instanceof Float32Array)) throw new TypeError(`${call}: out must be a Float32Array, got ${describe(out)}.`);
  if (out.length !== rows * width) {
    throw new RangeError(`${call}: out must hold ${rows} rows of ${width} numbers, got ${out.length}.`);
  }
}

function checkKinds(call: string, kinds: unknown, keys: ReadonlySet<string>, target: string): void {
  if (!isRow(kinds)) {
    throw new TypeError(`${call}: columns must be an object of kinds by name, got ${describe(kinds)}.`);
  }
  for (const [name, kind] of Object.entries(kinds)) {
    checkName(call, `columns[${show(name)}]`, kind, KINDS);
    if (keys.has(name)) continue;
    const names = name === target ? "other columns than the target" : `columns among ${list([...keys].map(show))}`;
    throw new RangeError(`${call}: columns must name ${names}, got ${show(name)}.`);
  }
}

function makeReader(column: Column, markers: ReadonlySet<string>): Reader[] {
  if (column.kind === "ignore") return [];
  const { name, kind, start, width } = column;
  const text = kind === "text" ? column : { categories: [], hasOther: false, textOnly: false };
  return [
    {
      name,
      markers,
      textOnly: text.textOnly,
      kind,
      mean: kind === "number" ? column.mean : 0,
      deviation: kind === "number" ? column.deviation : 1,
      categories: new Map(text.categories.map((category, i) => [category, start + i])),
      value: start,
      other: text.hasOther ? start + text.categories.length : -1,
      missing: column.hasMissing ? start + width - 1 : -1,
    },
  ];
}

/** The feature that a text makes 1, or -1. */
function placeText(call: string, reader: Reader, row: number, value: unknown): number {
  // Most texts are categories as they stand: those need no trimming.
  const place = typeof value === "string" ? reader.categories.get(value) : undefined;
  if (place !== undefined) return place;
  const text = readText(call, reader, row, value);
  return text === "" ? reader.missing : (reader.categories.get(text) ?? reader.other);
}

function standardise(call: string, reader: Reader, row: number, number: number): number {
  const feature = (number - reader.mean) / reader.deviation;
  if (Math.abs(feature) <= MAX_FLOAT32) return feature;
  const wanted = "numbers that are finite in float32 once standardised";
  throw new RangeError(refusal(call, reader, row, number, wanted));
}

function nothingLeft(call: string, columns: readonly LearnedColumn[]): string {
  const ignored = columns.map((column) => `${show(column.name)} (${(column as IgnoredColumn).reason})`);
  const remedy = ` Pass columns: { ${show(columns[0]?.name)}: "text" } to use one nevertheless.`;
  return `${call}: the rows must hold a column to learn from, got ${list(ignored)}.${columns[0] ? remedy : ""}`;
}

/** Twenty of them at most: errors stay short. */
function list(items: readonly string[]): string {
  return items.length === 0 ? "none" : `${items.slice(0, 20).join(", ")}${items.length > 20 ? ", ..." : ""}`;
}

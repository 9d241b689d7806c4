/** Cells that were read, as the features of their columns. */
import { type Bins, clipped, writeBins } from "./binned-number.js";
import { type PartPlaces, writeParts } from "./date-parts.js";
import { MAX_FLOAT32, type Named, refusedSize } from "./refused-cell.js";

/** A column, prepared for writing. Features are given by their place in the row, -1 where there is none. */
export interface ColumnWriter extends Named {
  /** What it is read as. */
  readonly kind: "number" | "boolean" | "date" | "text";
  /** What numbers are counted from, and in what: median and spread, or mean and deviation. */
  readonly centre: number;
  readonly scale: number;
  /** Where numbers are counted from the median. */
  readonly bins?: Bins;
  /** Of dates. */
  readonly parts?: PartPlaces;
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
}

/**
 * Writes a number of row `r`, clipped and by bins and parts, or standardised and bounded; as missing if it is NaN.
 * @throws RangeError naming the row and the column if float32 cannot hold it once standardised, which only columns without a
 * bound need
 */
export function writeNumber(
  call: string,
  reader: ColumnWriter,
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
  if (!isMissing) {
    if (reader.bins) writeClipped(reader, reader.bins, number, out, base);
    else out[base + reader.value] = standardise(call, reader, r, number);
    if (reader.parts) writeParts(reader.parts, number, out, base);
  }
  if (missing >= 0) out[base + missing] = Number(isMissing) - missingShare;
}

/** Writes a number as it is counted from the median: clipped, then by bins. */
export function writeClipped(
  { centre, scale, value }: ColumnWriter,
  bins: Bins,
  number: number,
  out: Float32Array,
  base: number,
): void {
  out[base + value] = clipped((number - centre) / scale);
  writeBins(bins, number, out, base + value + 1);
}

/**
 * Writes a text, trimmed: as its category, as another text, or as missing if it is "".
 * @returns whether it has a feature, or is all that a feature tells of
 */
export function writeText(reader: ColumnWriter, text: string, out: Float32Array, base: number): boolean {
  const { present, missing, missingShare, categories, other } = reader;
  if (present) {
    out[base + reader.value] = Number(text === present.value) - present.share;
    return true;
  }
  if (missing >= 0) out[base + missing] = Number(text === "") - missingShare;
  const place = text === "" ? -1 : (categories.get(text) ?? other);
  if (place >= 0) out[base + place] = 1;
  return place >= 0;
}

function standardise(call: string, reader: ColumnWriter, row: number, number: number): number {
  const feature = bounded((number - reader.centre) / reader.scale, reader.bound);
  if (Math.abs(feature) <= MAX_FLOAT32) return feature;
  throw refusedSize(call, reader, row, number, "numbers that are finite in float32 once standardised");
}

/** `x` up to the bound b; beyond it ±(b + u / (1 + u / b)) with u = |x| - b: smooth, rising, never beyond 2 b. */
export function bounded(x: number, bound: number): number {
  const beyond = Math.abs(x) - bound;
  if (!(beyond > 0)) return x;
  return Math.sign(x) * (bound + beyond / (1 + beyond / bound));
}

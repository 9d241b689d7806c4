import { describe } from "../ground/check.js";
import type { Listed } from "../ground/long-list.js";
import { runThrough, WORTH_A_LOOK } from "../ground/turn.js";
import { describeColumns } from "./column-summary.js";
import { columnValues } from "./column-values.js";
import { type Column, type LearnedColumn, nameFeatures } from "./columns.js";
import type { ColumnReader } from "./row-reader.js";
import { checkStrict, type LateTellers, makeReader, readRow, writeFeatures } from "./row-reader.js";
import { describeRow, type RowSchema } from "./row-schema.js";
import { scoreRows } from "./score-rows.js";
import { checkRows } from "./table-rows.js";
import type { Target } from "./target-names.js";

/** What a file keeps of an encoder: plain JSON. */
export interface EncoderData {
  readonly missing: readonly string[];
  readonly columns: readonly LearnedColumn[];
  /** Of a strict model: the column that is predicted, or several, which rows may have too. */
  readonly strictTarget?: Target;
}

export const MOST_FEATURES = 2 ** 20;

/** How many rows are encoded between two looks at the clock. */
export const SLICE = 256;

/**
 * Turns rows of objects into rows of features, by what the training rows taught it of their columns.
 *
 * A column's kind is inferred from all its values. Numbers, as text too ("3.5", "1,080", "$95", "12 kg", "2h 50m", "22:20"), are
 * scaled by median and quartiles, and clipped at 3; further features tell in which of a few bins they lie, which the fit cut by the
 * target. In models of older files they are standardised by mean and deviation, and bounded beyond 8 deviations. Dates, as Date
 * objects or text, are days, treated alike; further features tell their third of a month, weekday and hour (UTC) where those vary.
 * Booleans are 0 and 1. Text, and any mix, has a feature for each of its most frequent values. null, undefined, an absent key,
 * NaN, blank text and the markers of the options are missing values, and where numbers, dates or booleans are expected "NA",
 * "?" and their like: they count as the median (in older files the mean), as 0, as no category, and where the training rows had any, a further feature
 * tells. A column that holds one value or none has one feature that tells which. Only own properties count; the order of keys
 * does not.
 *
 * Ignored are columns that say the same of every row, and identifiers: text with more distinct values than
 * `maxCategories` and than half its values; and twenty or more whole numbers without a repetition, if the name
 * says id, row or key. `columns` in the options overrides all of this.
 */
export class Encoder {
  /** Every column of the training rows but the target, ignored ones too, sorted by name (UTF-16 code units). */
  readonly columns: readonly Column[];
  /** What each feature tells: "age", "age 22..28", "age is missing", "born on Monday", "sex = female", "cabin = (other)". */
  readonly featureNames: readonly string[];
  /** Features a row. */
  readonly width: number;
  /** @internal What reads each column that makes features. */
  readonly readers: readonly ColumnReader[];
  /** The columns of which a cell was told of, and the cells that will be, once their rows are taken. */
  private readonly told = new Set<string>();
  private late: [what: keyof LateTellers, column: string, text: string][] = [];
  /** @internal Is told, once a column, of a cell that training had none like. */
  onLate: ((what: keyof LateTellers, column: string, text: string) => void) | undefined;

  /** Of a strict model: the names that a row may have. */
  private readonly strictNames: ReadonlySet<string> | undefined;

  /**
   * @internal
   * @param strictTarget the target of a strict model, whose rows must have every column that is read, and no others
   */
  constructor(
    learned: readonly LearnedColumn[],
    /** @internal Further texts of missing values. */
    readonly markers: ReadonlySet<string>,
    readonly strictTarget?: Target,
  ) {
    let start = 0;
    const names = learned.map(nameFeatures);
    this.columns = learned.map((column, c) => {
      const width = names[c].length;
      start += width;
      return { ...column, start: start - width, width };
    });
    this.width = start;
    this.featureNames = names.flat();
    if (strictTarget !== undefined) {
      this.strictNames = new Set([...[strictTarget].flat(), ...learned.map(({ name }) => name)]);
    }
    const teller = (what: keyof LateTellers) => (name: string, text: string) => {
      if (!this.told.has(name) && !this.late.some(([, column]) => column === name)) this.late.push([what, name, text]);
    };
    const tell = {
      marker: teller("marker"),
      unreadable: teller("unreadable"),
      missing: teller("missing"),
      unknown: teller("unknown"),
      unordered: teller("unordered"),
    };
    this.readers = this.columns.flatMap((column) =>
      column.kind === "ignore" ? [] : makeReader(column, markers, tell),
    );
  }

  /** @internal This comes with what a fit or a file loads: an app that has no model yet need not carry it. */
  readonly scoreRows = scoreRows;

  /** @internal As above. */
  readonly columnValues = columnValues;

  /**
   * Computes the features of rows, [rows, width], row-major. Columns that training did not see are not looked at, those that
   * a row does not have are missing in it, and a text that training did not see is "(other)" where there is that, else no
   * category. A row that has none of the columns is refused: it is another object than was meant.
   * @param out written into, all of it, rows · width numbers long. Default: a new array
   * @throws TypeError, RangeError naming that row, or the row and the column of a value that does not fit
   */
  encode(call: string, rows: readonly object[], out?: Float32Array): Float32Array {
    checkRows(call, rows);
    if (out) checkOut(call, out, rows.length, this.width);
    return runThrough(this.encodeSlices(call, rows, out?.fill(0)));
  }

  /**
   * The same of rows that were checked, slice by slice: a caller with many rows lets others run in between.
   * @param out of the right size, holding zeros
   */
  *encodeSlices(
    call: string,
    rows: Listed<object>,
    out: Float32Array = new Float32Array(rows.length * this.width),
  ): Generator<number, Float32Array> {
    for (let from = 0; from < rows.length; from += SLICE) {
      this.writeRows(call, rows, from, Math.min(from + SLICE, rows.length), out);
      yield WORTH_A_LOOK;
    }
    return out;
  }

  /** @param first which row of `out`, which holds zeros there, the first of these is */
  writeRows(call: string, rows: Listed<object>, from: number, to: number, out: Float32Array, first = from): void {
    const { readers, strictNames, width } = this;
    this.late.length = 0;
    for (let r = from; r < to; r++) {
      const row = rows.at(r) as object;
      if (strictNames) checkStrict(call, readers, strictNames, r, row);
      writeFeatures(call, readers, r, row, out, (first + r - from) * width);
    }
    if (this.late.length > 0) this.tellLate();
  }

  /** What was refused was not read: cells are told of once their rows are taken. */
  private tellLate(): void {
    const { late, told, onLate } = this;
    this.late = [];
    for (const [what, column, text] of late) {
      told.add(column);
      onLate?.(what, column, text);
    }
  }

  /** Writes the features of one row to `out`, [width]: the way of a service, which allocates nothing. */
  encodeOne(call: string, row: object, out: Float32Array): Float32Array {
    this.late.length = 0;
    readRow(call, this.readers, row, out, this.strictNames);
    if (this.late.length > 0) this.tellLate();
    return out;
  }

  /** What was learned of each column, as lines of text. Here, not in the model: apps that never fit need not carry it. */
  describe(): string[] {
    return describeColumns(this.columns);
  }

  /** What a row must be, as a JSON Schema. */
  schema(target: string): RowSchema {
    return describeRow(this.columns, target, this.strictTarget !== undefined);
  }

  /** Plain data that `readEncoder` makes an encoder of the same bits from. */
  toJSON(): EncoderData {
    const { markers, strictTarget } = this;
    const columns = this.columns.map(({ start, width, ...learned }) => learned);
    return { missing: [...markers], columns, ...(strictTarget !== undefined && { strictTarget }) };
  }
}

function checkOut(call: string, out: unknown, rows: number, width: number): void {
  if (!(out instanceof Float32Array)) throw new TypeError(`${call}: out must be a Float32Array, got ${describe(out)}.`);
  if (out.length !== rows * width) {
    throw new RangeError(`${call}: out must hold ${rows} rows of ${width} numbers, got ${out.length}.`);
  }
}

/** The columns of a table: the cells that are read of them, and what is learned of those, which is all that reads them later. */

import type { DatePart } from "./date-parts.js";
import { edgeTexts, partTexts, rankTexts } from "./edge-texts.js";
import type { Form } from "./forms.js";
import type { Target } from "./target-names.js";
import type { Tally, Vocabulary } from "./vocabulary.js";

/** What was odd about the cells of a column, for the model to tell. */
export interface ColumnNotes {
  /** Texts that stand for missing values and are not among those of the options. */
  readonly markers?: Tally;
  /** Texts that are no numbers or dates in a column of such: they count as missing. */
  readonly unreadable?: Tally;
  /** Whether years have two digits. */
  readonly shortYears?: boolean;
  /** A number whose point or comma may be before decimals or between thousands. */
  readonly guess?: string;
  /** The unit that only some of the numbers have. */
  readonly unit?: string;
  /** A number with leading zeros, which may be a code. */
  readonly padded?: string;
}

/** The cells of one column. */
export interface ColumnCells {
  readonly name: string;
  /** A column whose values are all missing is ignored, too. */
  readonly kind: "number" | "boolean" | "date" | "text" | "ignore";
  /** Whether the options say what kind it is; otherwise its values do. */
  readonly isDeclared: boolean;
  /** Whether it was inferred to be text from texts alone. */
  readonly textOnly: boolean;
  /** How its numbers or dates are written; undefined for plain ones. */
  readonly form?: Form;
  /** Whether texts that are no numbers count as missing. */
  readonly lenient?: boolean;
  readonly notes?: ColumnNotes;
  /** By row, read: a number, days, 1 or 0 for true or false, NaN if it is missing; of text a text. None if the column is ignored. */
  readonly cells: Float64Array | TextCells;
}

/** By row the number of its text, "" if it is missing. */
export interface TextCells {
  readonly numbers: Uint32Array;
  readonly vocabulary: Vocabulary;
}

/** The cells of a table. */
export interface Cells {
  /** All columns but the target, sorted by name (UTF-16 code units). */
  readonly columns: readonly ColumnCells[];
  /** Further texts of missing values. */
  readonly markers: ReadonlySet<string>;
  /** The target, or several: columns of the rows that are not among these. */
  readonly target: Target;
}

interface Named {
  readonly name: string;
}

/** A column any value of which may be missing. */
export interface Encoded extends Named {
  /** Whether values were missing in training: then its last feature is 1 where the value is missing, else 0, less their share. */
  readonly hasMissing: boolean;
  /** The share of training rows where it was missing, a float32; absent (0) in models of 0.1. */
  readonly missingShare?: number;
}

interface Scaled extends Encoded {
  /** Of the values that were not missing. */
  readonly mean: number;
  /** Of those values too, over n, not n - 1; 1 if they do not vary beyond rounding. */
  readonly deviation: number;
  /** Standardised values are bounded: as they are up to here, never beyond twice this (`bounded`); absent (no bound) in models of 0.1. */
  readonly bound?: number;
  /** Of those values: if it is there, features are made by it, not by the mean; absent in older files, and of fewer than 16 values. */
  readonly median?: number;
  /** From the lower quartile of those values to the upper, > 0; there if the median is. */
  readonly spread?: number;
  /** Ascending edges of bins, three at least, from the smallest of those values to the largest; absent if there are no two bins. */
  readonly bins?: readonly number[];
  /** The mean of each bin's feature over those values, a float32; there if bins are. */
  readonly means?: readonly number[];
  /** How it is written; absent for plain numbers. */
  readonly form?: Form;
  /** Whether texts that cannot be read count as missing, as some did in training. */
  readonly lenient?: boolean;
}

/**
 * A column of numbers: `(value - median) / spread`, clipped, then a feature a bin: 0 below it, 1 above it, in it the share of it
 * that lies below the value; less the mean of that. A missing value counts as the median, and as the mean of all bins. In older files `(value - mean) / deviation`, bounded, a
 * missing value counting as the mean.
 */
export interface NumberColumn extends Scaled {
  readonly kind: "number";
}

/**
 * A column of dates: as numbers, of days since 1970-01-01 UTC; then a feature for each third of a month, weekday and hour of those parts that
 * it has, all 0 where the date is missing.
 */
export interface DateColumn extends Scaled {
  readonly kind: "date";
  /** Parts that vary in the training rows, in the order of `DATE_PARTS`; absent if none does, without a median, and in older files. */
  readonly parts?: readonly DatePart[];
  readonly form: Extract<Form, { type: "date" }>;
}

/** A column of true and false: 1 and 0; 0 where missing. */
export interface BooleanColumn extends Encoded {
  readonly kind: "boolean";
}

/**
 * A column that holds one value or none, as `{ word: 1 }` does: one feature, 1 where it is present, else 0, less the share of
 * training rows where it was. Present is any number but 0, of text and booleans the value itself.
 */
export interface PresentColumn extends Named {
  readonly kind: "present";
  /** What it is read as. */
  readonly of: "number" | "boolean" | "text";
  /** The value, 1 or 0 for true or false. */
  readonly value: number | string;
  /** The share of training rows where it was present, a float32. */
  readonly share: number;
}

/** A column of text: one feature a category, 1 where it is the row's own; all 0 where missing. */
export interface TextColumn extends Encoded {
  readonly kind: "text";
  /** The most frequent texts of the training rows (of equals the first by code units), sorted by UTF-16 code units. */
  readonly categories: readonly string[];
  /** Whether there were more: then a feature after the categories is 1 for all other texts, those never seen too. */
  readonly hasOther: boolean;
  /** Whether it was inferred from texts alone: then it refuses numbers and booleans. */
  readonly textOnly: boolean;
}

/**
 * A column that makes no feature and is not looked at: it is the same in each row (or missing in each), it tells rows
 * apart rather than describing them, its texts look like numbers but are not in one form, or the options say so.
 */
export interface IgnoredColumn extends Named {
  readonly kind: "ignore";
  readonly reason: (typeof REASONS)[number];
}

export const REASONS = ["constant", "identifier", "mixed", "declared"] as const;

/** What is learned of a column. */
export type LearnedColumn = NumberColumn | DateColumn | BooleanColumn | PresentColumn | TextColumn | IgnoredColumn;

/** A column of the training rows, what was learned of it, and which features of a row are its own. */
export type Column = LearnedColumn & { readonly start: number; readonly width: number };

/** What each feature of a column tells. */
export function nameFeatures(column: LearnedColumn): string[] {
  const { name, kind } = column;
  if (kind === "ignore") return [];
  if (kind === "present") return [`${name} is present`];
  const names = kind === "text" ? column.categories.map((text) => `${name} = ${text}`) : [name];
  if (kind === "text" && column.hasOther) names.push(`${name} = (other)`);
  if (kind === "number" || kind === "date") {
    const { form, bins = [] } = column;
    if (form?.type === "ordered") names.push(...rankTexts(bins, form.values).map((text) => `${name} ${text}`));
    else {
      const edges = edgeTexts(bins, kind);
      for (let k = 1; k < edges.length; k++) names.push(`${name} ${edges[k - 1]}..${edges[k]}`);
    }
  }
  if (kind === "date") for (const text of partTexts(column.parts ?? [])) names.push(`${name} ${text}`);
  if (column.hasMissing) names.push(`${name} is missing`);
  return names;
}

/** How people say that columns are to be read, and what is refused of that. */
import { checkName, describe, isWalkable, show } from "../ground/check.js";
import type { Target } from "./columns.js";
import { NUMERAL } from "./forms.js";
import { isRow } from "./table-rows.js";

export const KINDS = ["number", "boolean", "text", "date", "day-first", "month-first", "ignore"] as const;

/**
 * How a column is read: as numbers, standardised; as 0 or 1; as one feature a category; as dates, where `"day-first"` and
 * `"month-first"` say what 1/2/2024 is; or not at all.
 */
export type ColumnKind = (typeof KINDS)[number];

/** How the columns of rows are read. */
export interface EncoderOptions {
  /** Kinds of columns by name, where what would be inferred is not what is meant. They win over every rule. Default: none. */
  columns?: Readonly<Record<string, ColumnKind>>;
  /**
   * How many categories of a text column get a feature of their own, >= 1; all others share one. Default: one for each 25 rows, but
   * 20 at least and 300 at most, and those beyond 20 have 4 rows or more.
   */
  maxCategories?: number;
  /**
   * Further texts and numbers that stand for a missing value, in columns of every kind; texts are compared after trimming, and
   * numbers, as text too, by their value: -999 is "-999.0". "NA", "N/A", "null",
   * "none", "nan", "-", "?" and the like need not be named: where numbers, dates or booleans are expected they are missing
   * values, and the model's warnings say so. Default: none.
   */
  missing?: readonly (string | number)[];
}

/** A list of texts. */
export const isTexts = (value: unknown): value is string[] =>
  isWalkable(value) && value.every((text) => typeof text === "string");

/** The texts of missing values, trimmed; numbers as `String` writes them too, however they are written. */
export function checkMarkers(call: string, missing: unknown): ReadonlySet<string> {
  const isMarker = (marker: unknown) => typeof marker === "string" || Number.isFinite(marker);
  // A copy: what is read twice could say something else the second time.
  const markers = isWalkable(missing) ? missing.slice() : undefined;
  if (!markers?.every(isMarker)) {
    throw new TypeError(`${call}: missing must be a list of texts and finite numbers, got ${describe(missing)}.`);
  }
  const texts = markers.map((marker) => String(marker).trim());
  return new Set(texts.flatMap((text) => (NUMERAL.test(text) ? [text, String(Number(text))] : text)));
}

/** Refuses kinds that are none, and those of columns that are not among `names`. */
export function checkKinds(call: string, kinds: unknown, names: ReadonlySet<string>, target: Target): void {
  if (!isRow(kinds)) {
    throw new TypeError(`${call}: columns must be an object of kinds by name, got ${describe(kinds)}.`);
  }
  for (const [name, kind] of Object.entries(kinds)) {
    checkName(call, `columns[${show(name)}]`, kind, KINDS);
    if (names.has(name)) continue;
    const among = [target].flat().includes(name)
      ? "other columns than the target"
      : `columns among ${list([...names].map(show))}`;
    throw new RangeError(`${call}: columns must name ${among}, got ${show(name)}.`);
  }
}

/** The first twenty items at most: errors stay short. */
export function list(items: readonly string[]): string {
  return items.length === 0 ? "none" : `${items.slice(0, 20).join(", ")}${items.length > 20 ? ", ..." : ""}`;
}

/** How people say that columns are to be read, and what is refused of that. */
import { checkName, checkOptions, describe, isWalkable, show } from "../ground/check.js";
import { NUMERAL, rankKey } from "./forms.js";
import { isRow } from "./table-rows.js";
import type { Target } from "./target-names.js";

export const KINDS = ["number", "boolean", "text", "date", "day-first", "month-first", "ignore"] as const;

/**
 * How a column is read: as numbers, standardised; as 0 or 1; as one feature a category; as dates, where `"day-first"` and
 * `"month-first"` say what 1/2/2024 is; or not at all; or as ranks, by an order that is given:
 * `{ ordered: ["small", "medium", "large"] }`.
 */
export type ColumnKind = (typeof KINDS)[number] | OrderedKind;

/** The values of a column in their order, the lowest first: "small", "medium", "large". */
export interface OrderedKind {
  /** 2 to 1000 texts and finite numbers, each once. Numbers are compared by their value, texts after trimming. */
  readonly ordered: readonly (string | number)[];
}

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

/**
 * Refuses kinds that are none, and those of columns that are not among `names`.
 * @returns the kinds by name, copies of those that are lists
 */
export function checkKinds(
  call: string,
  kinds: unknown,
  names: ReadonlySet<string>,
  target: Target,
): ReadonlyMap<string, ColumnKind> {
  if (!isRow(kinds)) {
    throw new TypeError(`${call}: columns must be an object of kinds by name, got ${describe(kinds)}.`);
  }
  const checked = new Map<string, ColumnKind>();
  for (const [name, kind] of Object.entries(kinds)) {
    if (isRow(kind)) checked.set(name, checkOrdered(call, name, kind));
    else {
      checkName(call, `columns[${show(name)}]`, kind, KINDS);
      checked.set(name, kind);
    }
    if (names.has(name)) continue;
    const among = [target].flat().includes(name)
      ? "other columns than the target"
      : `columns among ${list([...names].map(show))}`;
    throw new RangeError(`${call}: columns must name ${among}, got ${show(name)}.`);
  }
  return checked;
}

/** Values of an order. */
const MOST_RANKS = 1000;

/**
 * The kind with a list of its own, of trimmed texts.
 * @throws TypeError, RangeError on a list that is no order
 */
function checkOrdered(call: string, name: string, kind: object): { readonly ordered: readonly string[] } {
  const what = `columns[${show(name)}]`;
  checkOptions(call, kind, ["ordered"], what);
  const { ordered } = kind as Partial<OrderedKind>;
  // A copy: what is read twice could say something else the second time.
  const values = isWalkable(ordered) ? ordered.slice() : undefined;
  const isValue = (value: unknown) => (typeof value === "string" ? value.trim() !== "" : Number.isFinite(value));
  if (!values?.every(isValue)) {
    const got = values ? describe(values.find((value) => !isValue(value))) : describe(ordered);
    throw new TypeError(`${call}: ${what}.ordered must be a list of texts and finite numbers, got ${got}.`);
  }
  if (values.length < 2 || values.length > MOST_RANKS) {
    throw new RangeError(`${call}: ${what}.ordered must list 2 to ${MOST_RANKS} values, got ${values.length}.`);
  }
  const texts = values.map((value) => String(value).trim());
  const keys = texts.map(rankKey);
  const twice = keys.findIndex((key, i) => keys.indexOf(key) < i);
  if (twice < 0) return { ordered: texts };
  throw new RangeError(`${call}: ${what}.ordered must list each value once, got ${show(texts[twice])} twice.`);
}

/** The first twenty items at most: errors stay short. */
export function list(items: readonly string[]): string {
  return items.length === 0 ? "none" : `${items.slice(0, 20).join(", ")}${items.length > 20 ? ", ..." : ""}`;
}

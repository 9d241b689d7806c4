/** What columns hold: which values are missing, what kind a column is, what is learned of it and what it refuses. */
import { show } from "./check.js";
import { standardisation } from "./statistics.js";

export const KINDS = ["number", "boolean", "text", "ignore"] as const;

/** How a column is read: standardised, as 0 or 1, as one feature a category, or not at all. */
export type ColumnKind = (typeof KINDS)[number];

interface Named {
  readonly name: string;
}

interface Encoded extends Named {
  /** Whether values were missing in training: then its last feature is 1 where the value is missing, else 0. */
  readonly hasMissing: boolean;
}

/** A column of numbers: `(value - mean) / deviation`, a missing value counting as the mean. */
export interface NumberColumn extends Encoded {
  readonly kind: "number";
  /** Of the values that were not missing. */
  readonly mean: number;
  /** Of those values too, over n, not n - 1; 1 if they do not vary beyond rounding. */
  readonly deviation: number;
}

/** A column of true and false: 1 and 0; 0 where missing. */
export interface BooleanColumn extends Encoded {
  readonly kind: "boolean";
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
 * apart rather than describing them, or the options say so.
 */
export interface IgnoredColumn extends Named {
  readonly kind: "ignore";
  readonly reason: (typeof REASONS)[number];
}

export const REASONS = ["constant", "identifier", "declared"] as const;

/** What is learned of a column. */
export type LearnedColumn = NumberColumn | BooleanColumn | TextColumn | IgnoredColumn;

/** What there is to know when a value of a column is read. */
export interface Reading extends Named {
  /** Further texts of missing values. */
  readonly markers: ReadonlySet<string>;
  /** Whether a column of text refuses numbers and booleans. */
  readonly textOnly: boolean;
}

/** What lies beyond is no finite feature. */
export const MAX_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

/** Decimal or exponent form; not hexadecimal, "Infinity", "1,5". Matches in one way only: linear in the text. */
export const NUMERAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
/** "007": what is written with leading zeros is a code. */
const CODE = /^[+-]?0\d/;
/** user_id, ID, row, the nameless index that pandas writes; passengerId, userID. Not paid, humid, PAID. */
const IDENTIFIER = /^(?:|id|idx|index|key|row|row[ _]?(?:id|names?|number)|unnamed: ?0)$|[ _.-]id$/i;
const CAMEL_IDENTIFIER = /[a-z0-9]I[dD]$/;

/** A value as it stands in an error. Unlike `show` it asks an object nothing: one from outside may lie or throw. */
export function describe(value: unknown): string {
  if (typeof value !== "object" || value === null) return show(value);
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  return tag === "Object" || tag === "Array" ? `an ${tag.toLowerCase()}` : `a ${tag}`;
}

/** The sentence that refuses a value. */
export function refusal(call: string, { name }: Named, row: number, value: unknown, wanted: string, remedy = "") {
  return `${call}: column ${show(name)} must hold ${wanted}, got ${describe(value)} at row ${row}.${remedy}`;
}

/** Numbers, booleans and text are wrong in this column; objects, functions, symbols and unsafe bigints in every one. */
function refused(call: string, column: Named, row: number, value: unknown, wanted: string, remedy = ""): TypeError {
  const foreign = ` Make it a number or text first, or pass columns: { ${show(column.name)}: "ignore" } when fitting.`;
  return new TypeError(refusal(call, column, row, value, wanted, isPlain(value) ? remedy : foreign));
}

function isPlain(value: unknown): value is string | number | boolean | bigint {
  if (typeof value === "bigint") return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

/** null, undefined, NaN, blank text, and the texts that the options call missing. */
function isMissing(value: unknown, markers: ReadonlySet<string>): boolean {
  if (typeof value !== "string") return value === null || value === undefined || Number.isNaN(value);
  const text = value.trim();
  return text === "" || markers.has(text);
}

/**
 * A value of a number column: a number, a safe bigint, or text in decimal or exponent form. Leading zeros keep a column
 * from being inferred to be one of numbers; in one that is, "007" is 7.
 * @returns NaN if it is missing
 * @throws TypeError if it is no number, RangeError if float32 cannot hold it
 */
export function readNumber(call: string, column: Reading, row: number, value: unknown): number {
  if (isMissing(value, column.markers)) return Number.NaN;
  const text = typeof value === "string" ? value.trim() : undefined;
  if (text !== undefined && !NUMERAL.test(text)) {
    const remedy = " If it stands for a missing value, name it in missing when fitting.";
    throw refused(call, column, row, value, "numbers", remedy);
  }
  if (!isPlain(value) || typeof value === "boolean") throw refused(call, column, row, value, "numbers");
  const number = Number(text ?? value);
  if (Math.abs(number) <= MAX_FLOAT32) return number;
  throw new RangeError(refusal(call, column, row, value, "numbers that are finite in float32"));
}

/**
 * A value of a boolean column: true, false, or either word as text.
 * @returns 1, 0, or NaN if it is missing
 * @throws TypeError if it is neither
 */
export function readBoolean(call: string, column: Reading, row: number, value: unknown): number {
  if (isMissing(value, column.markers)) return Number.NaN;
  const word = typeof value === "string" ? value.trim() : value;
  if (word === true || word === "true") return 1;
  if (word === false || word === "false") return 0;
  throw refused(call, column, row, value, "true or false");
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
    const remedy = ` Write it as text, or pass columns: { ${show(column.name)}: "text" } when fitting.`;
    throw refused(call, column, row, value, "text", remedy);
  }
  if (value !== Number.POSITIVE_INFINITY && value !== Number.NEGATIVE_INFINITY) return String(value);
  throw new RangeError(refusal(call, column, row, value, "finite numbers or text"));
}

/** What the values of a column are: undefined if all are missing. */
function infer(call: string, column: Reading, values: readonly unknown[]) {
  const seen = new Set<string>();
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (isMissing(value, column.markers)) continue;
    if (!isPlain(value)) throw refused(call, column, row, value, "numbers, booleans or text");
    const text = typeof value === "string" ? value.trim() : undefined;
    if (text === undefined) seen.add(typeof value === "boolean" ? "boolean" : "number");
    else seen.add(NUMERAL.test(text) && !CODE.test(text) ? "numeral" : "text");
  }
  if (seen.size === 0) return { kind: undefined, textOnly: false };
  const textOnly = !seen.has("boolean") && !seen.has("number");
  if (seen.has("text") || (seen.has("boolean") && seen.size > 1)) return { kind: "text", textOnly } as const;
  return { kind: seen.has("boolean") ? "boolean" : "number", textOnly: false } as const;
}

/**
 * What there is to learn of a column from its values, one a row: its kind from all of them, its statistics from `part`.
 * @param declared the kind that the options give it; inferred if left out, and then a column that says nothing is ignored
 * @throws TypeError, RangeError naming the first value that does not fit
 */
export function learnColumn(
  call: string,
  { name, markers }: Omit<Reading, "textOnly">,
  values: readonly unknown[],
  declared: ColumnKind | undefined,
  maxCategories: number,
  part?: Uint32Array,
): LearnedColumn {
  const ignored = (reason: IgnoredColumn["reason"]) => ({ kind: "ignore", name, reason }) as const;
  if (declared === "ignore") return ignored("declared");
  const asked: Reading = { name, markers, textOnly: false };
  const { kind, textOnly } = declared ? { kind: declared, textOnly: false } : infer(call, asked, values);
  if (!kind) return ignored("constant");
  const reading = { ...asked, textOnly };
  const read = kind === "number" ? readNumber : kind === "boolean" ? readBoolean : readText;
  const all = values.map((value, row) => read(call, reading, row, value));
  const taken = part ? Array.from(part, (row) => all[row]) : all;
  const known = taken.filter((value) => value !== "" && !Number.isNaN(value));
  const hasMissing = known.length < taken.length;
  const counts = new Map<string | number, number>();
  for (const value of known) counts.set(value, (counts.get(value) ?? 0) + 1);
  if (!declared && (counts.size === 0 || (counts.size === 1 && !hasMissing))) return ignored("constant");
  if (kind === "boolean") return { kind, name, hasMissing };
  if (kind === "number") {
    const numbers = known as number[];
    const named = IDENTIFIER.test(name) || CAMEL_IDENTIFIER.test(name);
    if (!declared && named && areIds(numbers, counts.size)) return ignored("identifier");
    return { kind, name, ...standardisation(numbers), hasMissing };
  }
  if (!declared && counts.size > maxCategories && 2 * counts.size > known.length) return ignored("identifier");
  const categories = mostFrequent(counts as Map<string, number>, maxCategories);
  return { kind, name, categories, hasOther: counts.size > maxCategories, hasMissing, textOnly };
}

/** Whole numbers without a repetition: rows numbered, if there are twenty or more; fewer may well be a size. */
function areIds(numbers: readonly number[], distinct: number): boolean {
  // Not without a gap: rows held out leave gaps.
  return numbers.length >= 20 && distinct === numbers.length && numbers.every(Number.isInteger);
}

function mostFrequent(counts: ReadonlyMap<string, number>, most: number): string[] {
  // Sorting is stable: of equals the first by code units.
  const texts = [...counts.keys()].sort();
  return texts
    .sort((a, b) => counts.get(b)! - counts.get(a)!)
    .slice(0, most)
    .sort();
}

/** What each feature of a column tells. */
export function nameFeatures(column: LearnedColumn): string[] {
  const { name, kind } = column;
  if (kind === "ignore") return [];
  const names = kind === "text" ? column.categories.map((text) => `${name} = ${text}`) : [name];
  if (kind === "text" && column.hasOther) names.push(`${name} = (other)`);
  if (column.hasMissing) names.push(`${name} is missing`);
  return names;
}

/** A list of texts. */
export const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((text) => typeof text === "string");

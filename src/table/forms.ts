/**
 * Numbers as people write them: "1,080", "$95,442", "12 %", "13,6", "19M", "2h 50m", "22:20", 31/12/2024. A column has one form,
 * learned from all its values (src/table/learn-form.ts); here a text is read by it.
 */
import { DATE_ORDERS, type DateOrder, readDate, readPlainDate } from "./dates.js";

/** How the texts of a column of numbers are written, where that is not plain. Plain data: a file keeps it. */
export type Form =
  | {
      readonly type: "amount";
      /** What stands before and after the number, in lower case: a currency, a unit; "" for nothing. */
      readonly prefix: string;
      readonly suffix: string;
      /** What a comma is. A decimal comma has points between thousands. */
      readonly comma: "thousands" | "decimal";
      /** Whether k, M, bn and the like multiply. */
      readonly scaled: boolean;
    }
  /** "22:20", "9:05:30 pm": minutes since midnight. */
  | { readonly type: "clock" }
  /** "2h 50m", "3 days": minutes. */
  | { readonly type: "duration" }
  /** Days since 1970-01-01 UTC. */
  | { readonly type: "date"; readonly order: DateOrder }
  | OrderedForm;

/** Values in an order that the options give: each is read as its place, from 0 on. */
export interface OrderedForm {
  readonly type: "ordered";
  /** Trimmed texts, each once. */
  readonly values: readonly string[];
}

/** Decimal or exponent form; not hexadecimal, "Infinity", "1,5". Matches in one way only: linear in the text. */
export const NUMERAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Longer texts are no numbers that people write with units: the patterns below need not be fast on them. */
const MOST_CHARACTERS = 64;

/** With commas between thousands (Indian ones too), or apostrophes or blanks; with points, and a comma before decimals. */
// No thousand begins with a zero: "0,622" is less than one.
const THOUSANDS = /^[1-9](?:\d{0,2}(?:,\d{2,3})*,\d{3}|\d{0,2}(?:'\d{3})+|\d{0,2}(?: \d{3})+)(?:\.\d*)?$/;
const DECIMAL_COMMA = /^(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+|[1-9]\d{0,2}(?: \d{3})+)(?:,\d+)?$/;

/** What multiplies, in lower case; one letter alone as it is written: m is for metres and minutes. */
const SCALES: ReadonlyMap<string, number> = new Map([
  ...(["k", "K", "thousand"] as const).map((name) => [name, 1e3] as const),
  ...(["M", "mn", "million"] as const).map((name) => [name, 1e6] as const),
  ...(["B", "bn", "billion"] as const).map((name) => [name, 1e9] as const),
  ...([
    ["lakh", 1e5],
    ["lac", 1e5],
    ["cr", 1e7],
    ["crore", 1e7],
  ] as const),
]);

export const scaleOf = (suffix: string) => SCALES.get(suffix.length === 1 ? suffix : suffix.toLowerCase());

/** A text in one spelling: blanks of every width as one, a minus as a hyphen. */
export const normalise = (text: string) =>
  text
    .trim()
    .replace(/\s+/g, " ")
    .replace(/[\u2212\u2013]/g, "-");

const AFFIXED =
  /^([+-]?) ?([^\d+\-.,'()]*?|[A-Za-z]{1,3}\.) ?([+-]?)((?:\d[\d.,' ]*|\.\d+)(?:[eE][+-]?\d+)?) ?([^\p{N}\-()]*)$/u;

/** How accountants write less than nothing: (1,234), $(1,234). */
const IN_PARENTHESES = /^([^\d()]*)\(([^()]+)\)$/;

/** A text as what stands before its number, the number, and what stands after it; undefined if it has no one number. */
export function splitAffixes(text: string) {
  if (text.length > MOST_CHARACTERS) return undefined;
  const whole = normalise(text);
  const inside = IN_PARENTHESES.exec(whole);
  const match = AFFIXED.exec(inside ? inside[1] + inside[2] : whole);
  if (!match || [match[1], match[3], inside].filter(Boolean).length > 1) return undefined;
  const [, first, prefix, second, body, suffix] = match;
  // A blank, a point or a comma after the number belongs to what follows.
  const number = body.replace(/[ ,']+$/, "");
  return { prefix: prefix.trim().toLowerCase(), sign: inside ? "-" : first || second, number, suffix: suffix.trim() };
}

/** The number of digits and separators; NaN if it is none. */
export function readDigits(digits: string, comma: "thousands" | "decimal"): number {
  if (comma === "decimal") {
    return DECIMAL_COMMA.test(digits) ? Number(digits.replace(/[. ]/g, "").replace(",", ".")) : Number.NaN;
  }
  if (NUMERAL.test(digits)) return Number(digits);
  return THOUSANDS.test(digits) ? Number(digits.replace(/[,' ]/g, "")) : Number.NaN;
}

/**
 * The number that a text is in a form; NaN if it is none.
 * @param form of the column. Plain numerals are numbers in every form of amounts, but in none with a percent sign: "0.12" may
 * be 12 %
 */
export function readForm(text: string, form: Form | undefined): number {
  if (form === undefined) return NUMERAL.test(text) ? Number(text) : Number.NaN;
  if (form.type === "ordered") return rankOf(text, form);
  if (text.length > MOST_CHARACTERS) return form.type === "amount" && NUMERAL.test(text) ? Number(text) : Number.NaN;
  switch (form.type) {
    case "amount":
      return readAmount(text, form);
    case "clock":
      return readClock(normalise(text));
    case "duration":
      return readDuration(normalise(text));
    case "date": {
      const plain = readPlainDate(text);
      return Number.isNaN(plain) ? readDate(normalise(text), form.order) : plain;
    }
  }
}

/** By the list of values, made when it is first read by. */
const RANKS = new WeakMap<readonly string[], ReadonlyMap<string, number>>();

/** Values that are the same here are one: numbers by their value. */
export const rankKey = (text: string) => (NUMERAL.test(text) ? String(Number(text)) : text);

/** The place of a trimmed text among the values, from 0 on; NaN if it is none of them. */
export function rankOf(text: string, { values }: OrderedForm): number {
  let ranks = RANKS.get(values);
  if (!ranks) {
    ranks = new Map(values.map((value, rank) => [rankKey(value), rank]));
    RANKS.set(values, ranks);
  }
  return ranks.get(rankKey(text)) ?? Number.NaN;
}

function readAmount(text: string, { prefix, suffix, comma, scaled }: Extract<Form, { type: "amount" }>): number {
  const parts = splitAffixes(text);
  if (!parts) return Number.NaN;
  const isBare = parts.prefix === "" && parts.suffix === "";
  const scale = scaled ? (scaleOf(parts.suffix) ?? (isBare ? 1 : undefined)) : undefined;
  const fits = parts.prefix === prefix && (scaled ? scale !== undefined : parts.suffix.toLowerCase() === suffix);
  if (!fits && !(isBare && suffix !== "%")) return Number.NaN;
  const number = readDigits(parts.number, comma) * (scale ?? 1);
  return parts.sign === "-" ? -number : number;
}

const CLOCK = /^(\d{1,2})([:.])([0-5]\d)(?:\2([0-5]\d))?(?: ?([ap])\.?m\.?)?$/i;

function readClock(text: string): number {
  const match = CLOCK.exec(text);
  // "18.30" is a number.
  if (!match || (match[2] === "." && match[4] === undefined)) return Number.NaN;
  const [, hours, , minutes, seconds = "0", half] = match;
  if (half && (Number(hours) < 1 || Number(hours) > 12)) return Number.NaN;
  const hour = half ? (Number(hours) % 12) + (half.toLowerCase() === "p" ? 12 : 0) : Number(hours);
  return hour * 60 + Number(minutes) + Number(seconds) / 60;
}

const unit = (name: string) => `(?:(\\d+(?:\\.\\d+)?) ?(?:${name}) ?)?`;
const DURATION = new RegExp(
  `^${unit("d|days?")}${unit("h|hrs?|hours?")}${unit("m|mins?|minutes?")}${unit("s|secs?|seconds?")}$`,
  "i",
);

function readDuration(text: string): number {
  const match = DURATION.exec(text);
  if (!match || text === "") return Number.NaN;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return days * 1440 + hours * 60 + minutes + seconds / 60;
}

/** Whether what a file holds is a form. */
export function isForm(form: unknown): form is Form {
  if (typeof form !== "object" || form === null) return false;
  const { type, prefix, suffix, comma, scaled, order } = form as Record<string, unknown>;
  if (type === "clock" || type === "duration") return true;
  if (type === "ordered") return areRanked((form as Partial<OrderedForm>).values);
  if (type === "date") return DATE_ORDERS.some((known) => known === order);
  const affixes = [prefix, suffix].every((affix) => typeof affix === "string");
  return type === "amount" && affixes && (comma === "thousands" || comma === "decimal") && typeof scaled === "boolean";
}

/** Two trimmed texts or more, each once. */
function areRanked(values: unknown): boolean {
  if (!Array.isArray(values) || values.length < 2) return false;
  const isText = (value: unknown) => typeof value === "string" && value !== "" && value.trim() === value;
  return values.every(isText) && new Set(values.map(rankKey)).size === values.length;
}

/** How the texts of a column are written: what all of them together say. */
import { SLICE, WORTH_A_LOOK } from "../ground/slices.js";
import { beginsWithShortYear, DATE_ORDERS, hasShortYear } from "./dates.js";
import { type Form, normalise, readDigits, readForm, scaleOf, splitAffixes } from "./forms.js";
import type { Separators } from "./separators.js";
import { Tally, type Told } from "./vocabulary.js";

/** The texts of a column that are no plain numerals, and how many of its values are plain numbers. */
export interface Written {
  readonly others: Tally;
  /** Numbers and numerals. */
  readonly plain: number;
  /** Numerals with a decimal point or an exponent among them: where they are, a comma is no decimal comma. */
  readonly pointed: number;
  /** What the plain numerals say of points and commas; the other texts are added. */
  readonly separators: Separators;
}

/** Two readings fit all texts; or one is the likelier one: `guess`. */
export interface Doubt {
  readonly kind: "day or month" | "day or year" | "century" | "minutes or hours" | "point or comma" | "guess" | "unit";
  readonly texts: readonly string[];
}

/** A form, how many of the rows it reads, plain numbers too, and which texts it cannot read. */
export interface Learned {
  readonly form: Form | undefined;
  readonly readable: number;
  readonly unreadable: Tally;
  /** Why the form is in doubt, if it is, and texts that show it. */
  readonly doubt?: Doubt;
}

/** So many different texts show which forms are out of the question. */
const SHOWN = 1000;

/** The form that reads most of the rows, in slices; of equals the first: plain, amounts, dates, clocks, durations. */
export function* learnForm(written: Written, types: readonly Form["type"][]): Generator<number, Learned> {
  const { others, plain, separators } = written;
  let best: Learned = { form: undefined, readable: plain, unreadable: others };
  const forms = yield* candidates(written, types);
  if (others.size === 0 && !separators.havePointsBetweenThousands) return best;
  if (separators.havePointsBetweenThousands) best = { ...best, readable: plain - written.pointed };
  const shown = first(others, SHOWN);
  for (const form of forms) {
    if (others.size > 0 && shown.every((text) => Number.isNaN(readForm(text, form)))) continue;
    const learned = yield* tryForm(written, form);
    if (learned.readable > best.readable) best = learned;
  }
  return { ...best, doubt: yield* doubtOf(written, best) };
}

function first(texts: Tally, most: number): string[] {
  const found: string[] = [];
  for (const [text] of texts) if (found.push(text) === most) break;
  return found;
}

function* tryForm({ others, plain, pointed, separators }: Written, form: Form): Generator<number, Learned> {
  const unreadable = new Tally();
  let read = 0;
  yield* forEachText(others, (text, told) => {
    if (Number.isNaN(readForm(text, form))) unreadable.add(text, told);
    else read += told.count;
  });
  // A form that nothing is written in is none.
  if (read === 0 && others.size > 0) return { form, readable: 0, unreadable };
  const isAmount = form.type === "amount";
  const whole = separators.arePointsGroups ? plain : plain - pointed;
  const bare = !isAmount || form.suffix === "%" ? 0 : form.comma === "decimal" ? whole : plain;
  return { form, readable: read + bare, unreadable };
}

function* forEachText(texts: Written["others"], work: (text: string, told: Told) => void): Generator<number, void> {
  let count = 0;
  for (const [text, told] of texts) {
    work(text, told);
    if (++count % SLICE === 0) yield WORTH_A_LOOK;
  }
}

function* candidates(written: Written, types: readonly Form["type"][]): Generator<number, Form[]> {
  const forms: Form[] = types.includes("amount") ? yield* amounts(written) : [];
  if (types.includes("date")) forms.push(...DATE_ORDERS.map((order) => ({ type: "date", order }) as const));
  for (const type of ["clock", "duration"] as const) if (types.includes(type)) forms.push({ type });
  return forms;
}

/** Amounts with the affixes that most of the texts have, with either comma. */
function* amounts({ others, separators }: Written): Generator<number, Form[]> {
  const counts = new Map<string, number>();
  const add = (key: string, count: number) => counts.set(key, (counts.get(key) ?? 0) + count);
  yield* forEachText(others, (text, { count }) => {
    const parts = splitAffixes(text);
    if (!parts || !isCurrency(parts.prefix)) return;
    const { prefix, number, suffix } = parts;
    if (Number.isNaN(readDigits(number, "thousands")) && Number.isNaN(readDigits(number, "decimal"))) return;
    separators.add(number, count);
    add(JSON.stringify([prefix, suffix.toLowerCase(), false]), count);
    // Where several multiply, or some do and some do not.
    if (scaleOf(suffix) !== undefined || suffix === "") add(JSON.stringify([prefix, "", true]), count);
  });
  const isThousands = separators.havePointsBetweenThousands;
  if (isThousands) add(JSON.stringify(["", "", false]), 0);
  const commas = isThousands ? (["decimal"] as const) : (["thousands", "decimal"] as const);
  const kinds = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).slice(0, 4);
  return kinds.flatMap(([key]) => {
    const [prefix, suffix, scaled] = JSON.parse(key) as [string, string, boolean];
    return commas.map((comma) => ({ type: "amount", prefix, suffix, comma, scaled }) as const);
  });
}

/** Signs, and abbreviations: other letters before a number make a code of it. */
const isCurrency = (prefix: string) =>
  /^(?:[^\p{L}]{0,4}|\p{L}{0,3}\p{Sc}|rs\.?|inr|usd|eur|gbp|chf|cad|aud|jpy|cny|kr\.?|nok|sek|dkk|zł|pln|czk|huf|rub|brl|mxn|zar|try)$/u.test(
    prefix,
  );

/** What a form leaves open. */
function* doubtOf(written: Written, learned: Learned): Generator<number, Doubt | undefined> {
  const { form } = learned;
  if (form?.type === "date") return yield* doubtOfDates(written, learned);
  if (form?.type === "clock") return yield* doubtOfClocks(written);
  if (form?.type !== "amount") return undefined;
  const { separators } = written;
  const apart = separators.contradiction(form.comma);
  if (apart) return { kind: "point or comma", texts: apart };
  // A currency says that commas lie between thousands.
  const isBare = form.prefix + form.suffix === "";
  const guess = isBare || form.comma === "decimal" ? separators.guess(form.comma) : undefined;
  if (guess !== undefined) return { kind: "guess", texts: [guess] };
  // "628 BC" beside "300": a unit may be all that tells the two apart, as in "<5" beside "7". A currency is not.
  const isUnit = (text: string) => (/\p{L}/u.test(text) && !isCurrency(text)) || /[<>≤≥+]/.test(text);
  const unit = [form.suffix, form.prefix].find(isUnit);
  return unit !== undefined && written.plain > 0 ? { kind: "unit", texts: [unit] } : undefined;
}

/** Whether the day or the month comes first, or the year; and which century. */
function* doubtOfDates(written: Written, { form, readable }: Learned): Generator<number, Doubt | undefined> {
  let [differ, short, mayBeginWithYear] = ["", "", true];
  const other: Form = { type: "date", order: "month-first" };
  yield* forEachText(written.others, (text) => {
    const date = readForm(text, form);
    if (Number.isNaN(date)) return;
    if (date !== readForm(text, other)) differ ||= text;
    if (hasShortYear(normalise(text))) short ||= text;
    mayBeginWithYear &&= beginsWithShortYear(normalise(text));
  });
  const isDayFirst = form?.type === "date" && form.order === "day-first";
  if (isDayFirst && differ && (yield* tryForm(written, other)).readable === readable) {
    return { kind: "day or month", texts: [differ] };
  }
  if (!short) return undefined;
  return { kind: mayBeginWithYear ? "day or year" : "century", texts: [short] };
}

/** "52:30" beside "1:12:30": the first may be minutes and seconds. */
function* doubtOfClocks({ others }: Written): Generator<number, Doubt | undefined> {
  let [two, three] = ["", ""];
  yield* forEachText(others, (text) => {
    if (/^\d+[:.]\d+$/.test(text)) two ||= text;
    if (/^\d+[:.]\d+[:.]\d+$/.test(text)) three ||= text;
  });
  return two && three ? { kind: "minutes or hours", texts: [two, three] } : undefined;
}

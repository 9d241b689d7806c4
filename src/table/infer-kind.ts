/** What the values of a column are together: numbers, dates, booleans or text, and how they are written. */

import { show } from "../ground/check.js";
import type { Listed } from "../ground/long-list.js";
import { forEachSlice } from "../ground/slices.js";
import { sortSlices } from "../ground/sort-slices.js";
import { isDate, isPlain, readWord, refused } from "./cell-reader.js";
import type { ColumnKind } from "./column-options.js";
import type { ColumnNotes } from "./columns.js";
import { type Form, NUMERAL } from "./forms.js";
import { type Doubt, type Learned, learnForm } from "./learn-form.js";
import { locate } from "./locate.js";
import { isMissing } from "./missing.js";
import { orderedKind } from "./ordered.js";
import { FEW, Survey } from "./survey.js";
import { Tally } from "./vocabulary.js";

/** Of a column: what kind it is, and how it is read. */
export interface InferredKind {
  readonly kind: "number" | "boolean" | "date" | "text" | "ignore";
  /** Whether it was inferred to be text from texts alone. */
  readonly textOnly: boolean;
  readonly form?: Form;
  readonly lenient?: boolean;
  readonly notes?: ColumnNotes;
}

/** Up to this share of values that are no numbers, they are errors in a column of numbers. */
const ODD_SHARE = 0.05;

/**
 * Says what the values of a column are, in slices.
 * @param declared what the options say; then only how it is written is learned
 * @throws TypeError naming row and column of a value that no column can hold, or of dates or numbers that could be read in
 * two ways
 */
export function* inferKind(
  call: string,
  column: { readonly name: string; readonly markers: ReadonlySet<string> },
  values: Listed<unknown>,
  declared: ColumnKind | undefined,
): Generator<number, InferredKind> {
  if (declared === "ignore" || declared === "text" || declared === "boolean")
    return { kind: declared, textOnly: false };
  if (typeof declared === "object") return yield* orderedKind(column, values, declared);
  const survey = new Survey();
  const look = (value: unknown, row: number) => {
    if (isMissing(value, column.markers)) return;
    if (typeof value === "string") survey.text(value.trim(), row);
    else if (typeof value === "number") survey.number(value, row);
    else if (typeof value === "bigint" && isPlain(value)) survey.number(Number(value), row);
    else if (isDate(value)) survey.dates++;
    else if (isPlain(value)) survey.booleans++;
    else throw refused(call, column, row, value, "numbers, dates, booleans or text");
  };
  yield* forEachSlice(values.length, (from, to) => {
    for (let row = from; row < to; row++) look(values.at(row), row);
  });
  if (declared) return yield* declaredKind(call, column.name, survey, declared);
  return yield* kindOf(call, column.name, survey, values);
}

/** How a column is written whose kind the options give. */
function* declaredKind(
  call: string,
  name: string,
  survey: Survey,
  declared: ColumnKind,
): Generator<number, InferredKind> {
  if (declared !== "number" && declared !== "date") {
    const form: Form = { type: "date", order: declared as "day-first" };
    return { kind: "date", textOnly: false, form, ...notesOf(survey, undefined) };
  }
  const learned = yield* learnForm(counts(survey), declared === "date" ? ["date"] : ["amount", "clock", "duration"]);
  refuseDoubt(call, name, survey, learned);
  // What cannot be read is refused where it is read.
  const notes = notesOf(survey, { ...learned, unreadable: new Tally() });
  const form = learned.form ?? (declared === "date" ? YEAR_FIRST : undefined);
  return { kind: declared, textOnly: false, ...(form && { form }), ...notes };
}

const YEAR_FIRST: Form = { type: "date", order: "year-first" };

const counts = ({ others, plain, pointed, separators }: Survey) => ({ others, plain, pointed, separators });

function* kindOf(call: string, name: string, survey: Survey, values: Listed<unknown>): Generator<number, InferredKind> {
  const { booleans, dates, others, plain, markers } = survey;
  const text = { kind: "text", textOnly: booleans + survey.numbers === 0 } as const;
  if (plain + booleans + dates + others.size === 0)
    return { kind: markers.size > 1 ? "text" : "ignore", textOnly: true };
  if (booleans > 0) return plain + dates > 0 ? text : booleanKind(survey, text);
  if (dates > 0) {
    // Of Date objects and texts, texts that are none are refused where they are read.
    if (plain > 0) throw mixed(call, name, survey.firstPlain);
    return yield* declaredKind(call, name, survey, "date");
  }
  if (others.size > 0 && areWords(others)) {
    return plain > 0 ? text : booleanKind(survey, text);
  }
  return (yield* numberKind(call, name, survey, values)) ?? text;
}

/** How many different plain numbers there are, as numbers or as text. */
function* distinct(values: Listed<unknown>, count: number): Generator<number, number> {
  const numbers = new Float64Array(count);
  let next = 0;
  yield* forEachSlice(values.length, (from, to) => {
    for (let row = from; row < to; row++) {
      const value = values.at(row);
      const isPlainNumber = typeof value === "number" ? !Number.isNaN(value) : typeof value === "bigint";
      if (isPlainNumber || (typeof value === "string" && NUMERAL.test(value.trim()))) numbers[next++] = Number(value);
    }
  });
  yield* sortSlices(numbers);
  let different = 0;
  yield* forEachSlice(count, (from, to) => {
    for (let i = from; i < to; i++) if (i === 0 || numbers[i] !== numbers[i - 1]) different++;
  });
  return different;
}

function areWords(texts: Tally): boolean {
  for (const [text] of texts) if (readWord(text) === undefined) return false;
  return true;
}

/** Words that say true or false, alone or beside booleans. */
function booleanKind(survey: Survey, text: InferredKind): InferredKind {
  if (!areWords(survey.others)) return text;
  return { kind: "boolean", textOnly: false, ...notesOf(survey, undefined) };
}

/** Numbers or dates, if that is what all values are, or nearly all. */
function* numberKind(
  call: string,
  name: string,
  survey: Survey,
  values: Listed<unknown>,
): Generator<number, InferredKind | undefined> {
  const learned = yield* learnForm(counts(survey), ["amount", "date", "clock", "duration"]);
  const { form, readable, unreadable } = learned;
  if (readable === 0) return undefined;
  const isFew = survey.few.size + (survey.others.size - unreadable.size) <= FEW;
  // Codes (007; 12a): as categories, unless as such they would be told apart from each other alone.
  if (survey.padded > 0 && (isFew || 2 * (yield* distinct(values, survey.plain)) <= values.length)) return undefined;
  if (isFew && form?.type === "amount" && !form.scaled && /^\p{L}$/u.test(form.suffix)) return undefined;
  if (unreadable.size > 0 && (isFew || !areErrors(unreadable, readable))) return undefined;
  refuseDoubt(call, name, survey, learned);
  const lenient = unreadable.size > 0;
  const kind = form?.type === "date" ? "date" : "number";
  return { kind, textOnly: false, ...(form && { form }), ...(lenient && { lenient }), ...notesOf(survey, learned) };
}

/** Whether texts that cannot be read are errors in a column of numbers: few, or few different ones; not codes. */
function areErrors(unreadable: Tally, readable: number): boolean {
  let [count, codes] = [0, 0];
  for (const [text, told] of unreadable) {
    count += told.count;
    if (/^\p{L}[^ ]*\d/u.test(text) || /^\p{L}.*\d{3}/u.test(text)) codes += told.count;
  }
  const share = count / (count + readable);
  return (share <= ODD_SHARE || (unreadable.size <= 3 && share < 0.5)) && 2 * codes <= count;
}

/** What must hold where two readings fit all texts, what to do, and the kinds that can be declared instead. */
const UNDOUBTED: Readonly<Partial<Record<Doubt["kind"], readonly [must: string, remedy: string, kinds?: string]>>> = {
  "day or month": [
    "dates whose day and month can be told apart",
    "Write them as year-month-day",
    '"day-first" } or "month-first"',
  ],
  "day or year": [
    "dates whose day and year can be told apart",
    "Write them as year-month-day, with all four digits",
    '"day-first" }',
  ],
  "minutes or hours": ["times that are all of two parts or all of three", "Write them as hours:minutes:seconds"],
  "point or comma": [
    "numbers whose points and commas say alike what are decimals",
    "Write decimals with a point alone",
  ],
};

function refuseDoubt(call: string, name: string, { others }: Survey, { doubt }: Learned): void {
  const [must, remedy, kinds] = (doubt && UNDOUBTED[doubt.kind]) ?? [];
  if (!doubt || !must) return;
  const [text, beside] = doubt.texts;
  const row = rowOf(others, doubt.texts);
  const declared = kinds ? `, or pass columns: { ${show(name)}: ${kinds} when fitting` : "";
  const got = beside === undefined ? show(text) : `${show(text)} beside ${show(beside)}`;
  throw locate(
    new TypeError(`${call}: column ${show(name)} must hold ${must}, got ${got} at row ${row}. ${remedy}${declared}.`),
    row,
    name,
  );
}

/** The first row of one of the texts; digits alone may have had more around them. */
function rowOf(others: Tally, texts: readonly string[]): number {
  for (const [text, { row }] of others) if (texts.some((shown) => text.includes(shown))) return row;
  return 0;
}

function mixed(
  call: string,
  name: string,
  { value, row }: { readonly value: unknown; readonly row: number },
): TypeError {
  const message = `${call}: column ${show(name)} must hold dates alone, got ${show(value)} at row ${row}. Make them one kind first.`;
  return locate(new TypeError(message), row, name);
}

/** What a model will tell of the reading. */
function notesOf(survey: Survey, learned: Learned | undefined): { notes?: ColumnNotes } {
  const notes: ColumnNotes = {
    ...(survey.markers.size > 0 && { markers: survey.markers }),
    ...(learned && learned.unreadable.size > 0 && { unreadable: learned.unreadable }),
    ...(learned?.doubt?.kind === "century" && { shortYears: true }),
    ...(learned?.doubt?.kind === "guess" && { guess: learned.doubt.texts[0] }),
    ...(learned?.doubt?.kind === "unit" && { unit: learned.doubt.texts[0] }),
    ...(survey.padded > 0 && { padded: survey.firstPadded }),
  };
  return Object.keys(notes).length > 0 ? { notes } : {};
}

/**
 * How the texts among the values of a target are written; no form if not all in one, or plainly.
 * @throws TypeError on texts that could be read in two ways
 */
export function* targetForm(
  call: string,
  name: string,
  values: Listed<unknown>,
): Generator<number, { form?: Form; guess?: string }> {
  const survey = new Survey();
  yield* forEachSlice(values.length, (from, to) => {
    for (let row = from; row < to; row++) {
      const value = values.at(row);
      if (typeof value === "string") survey.text(value, row);
      else survey.number(value as number, row);
    }
  });
  // A text that stands for a missing value is no target.
  const learned = yield* learnForm(counts(survey), ["amount", "clock", "duration"]);
  if (learned.unreadable.size > 0) return {};
  refuseDoubt(call, name, survey, learned);
  return { form: learned.form, guess: learned.doubt?.kind === "guess" ? learned.doubt.texts[0] : undefined };
}

/** What a file keeps of an encoder, and reading it back: nothing in a file is trusted. */
import { show } from "../check.js";
import { type ColumnKind, describe, isTexts, KINDS, type LearnedColumn, REASONS } from "../columns.js";

/** What a file keeps of an encoder: plain JSON. */
export interface EncoderData {
  readonly missing: readonly string[];
  readonly columns: readonly LearnedColumn[];
}

/**
 * @throws Error saying what is wrong with it
 */
export function parseEncoder(call: string, data: unknown): EncoderData {
  const { missing, columns } = parseObject(call, "an encoder", data);
  if (!isTexts(missing)) throw refuseFile(call, "a list of the texts of missing values", missing);
  if (!Array.isArray(columns)) throw refuseFile(call, "a list of columns", columns);
  const learned = columns.map((column) => parseColumn(call, column));
  const unsorted = learned.find(({ name }, i) => i > 0 && name <= learned[i - 1].name);
  if (unsorted) throw refuseFile(call, "columns sorted by name, each once", unsorted.name);
  return { missing, columns: learned };
}

export function refuseFile(call: string, wanted: string, value: unknown): Error {
  return new Error(`${call}: the file must hold ${wanted}, got ${describe(value)}.`);
}

const isAscending = (texts: readonly string[]) => texts.every((text, i) => i === 0 || texts[i - 1] < text);

type Rule = [wanted: string, isRight: (value: unknown) => boolean];
const FINITE: Rule = ["a finite number", Number.isFinite];
const POSITIVE: Rule = ["a finite number > 0", (value) => Number.isFinite(value) && (value as number) > 0];
const FLAG: Rule = ["true or false", (value) => typeof value === "boolean"];
const TEXTS: Rule = ["sorted texts, each once,", (value) => isTexts(value) && isAscending(value)];
const REASON: Rule = [`one of ${REASONS.join(", ")}`, (value) => REASONS.some((reason) => reason === value)];

/** What a file must hold of a column, by its kind. */
const FIELDS: Record<ColumnKind, Record<string, Rule>> = {
  number: { mean: FINITE, deviation: POSITIVE, hasMissing: FLAG },
  boolean: { hasMissing: FLAG },
  text: { categories: TEXTS, hasOther: FLAG, hasMissing: FLAG, textOnly: FLAG },
  ignore: { reason: REASON },
};

function parseColumn(call: string, data: unknown): LearnedColumn {
  const { name, kind, ...fields } = parseObject(call, "an object for each column", data);
  if (typeof name !== "string") throw refuseFile(call, "the name of each column", name);
  const known = KINDS.find((candidate) => candidate === kind);
  if (!known) throw refuseFile(call, `one of ${KINDS.join(", ")} as the kind of column ${show(name)}`, kind);
  const parsed = Object.entries(FIELDS[known]).map(([field, [wanted, isRight]]) => {
    if (isRight(fields[field])) return [field, fields[field]];
    throw refuseFile(call, `${wanted} as ${field} of column ${show(name)}`, fields[field]);
  });
  return { kind: known, name, ...Object.fromEntries(parsed) };
}

function parseObject(call: string, wanted: string, data: unknown): Record<string, unknown> {
  if (typeof data !== "object" || data === null || Array.isArray(data)) throw refuseFile(call, wanted, data);
  return data as Record<string, unknown>;
}

/** What a file keeps of an encoder, and reading it back: nothing in a file is trusted. */
import { isRecord } from "../file/json.js";
import { describe, show } from "../ground/check.js";
import { isTexts } from "./column-options.js";
import { type LearnedColumn, type NumberColumn, REASONS } from "./columns.js";
import { DATE_PARTS } from "./date-parts.js";
import { Encoder, type EncoderData, MOST_FEATURES } from "./encoder.js";
import { type Form, isForm } from "./forms.js";
import type { Target } from "./target-names.js";

/**
 * The encoder whose `toJSON` gave the data. Nothing in it is trusted; what else it holds is left out.
 * @throws Error saying what is wrong with it
 */
export function readEncoder(call: string, data: unknown): Encoder {
  const { missing, columns, strictTarget } = parseEncoder(call, data);
  const encoder = new Encoder(columns, new Set(missing), strictTarget);
  if (encoder.width >= 1 && encoder.width <= MOST_FEATURES) return encoder;
  throw refuseFile(call, `columns of 1 to ${MOST_FEATURES} features together`, encoder.width);
}

function parseEncoder(call: string, data: unknown): EncoderData {
  const { missing, columns, strictTarget } = parseObject(call, "an encoder", data);
  if (!isTexts(missing)) throw refuseFile(call, "a list of the texts of missing values", missing);
  if (!Array.isArray(columns)) throw refuseFile(call, "a list of columns", columns);
  const learned = columns.map((column) => parseColumn(call, column));
  const unsorted = learned.find(({ name }, i) => i > 0 && name <= learned[i - 1].name);
  if (unsorted) throw refuseFile(call, "columns sorted by name, each once", unsorted.name);
  if (strictTarget !== undefined && !isTarget(strictTarget)) {
    throw refuseFile(call, "the name of the target as strictTarget", strictTarget);
  }
  return { missing, columns: learned, ...(strictTarget !== undefined && { strictTarget }) };
}

const isTarget = (data: unknown): data is Target => typeof data === "string" || isTexts(data);

function refuseFile(call: string, wanted: string, value: unknown): Error {
  return new Error(`${call}: the file must hold ${wanted}, got ${describe(value)}.`);
}

const isAscending = (texts: readonly string[]) => texts.every((text, i) => i === 0 || texts[i - 1] < text);

type Rule = [wanted: string, isRight: (value: unknown) => boolean];
const FINITE: Rule = ["a finite number", Number.isFinite];
const POSITIVE: Rule = ["a finite number > 0", (value) => Number.isFinite(value) && (value as number) > 0];
const FLAG: Rule = ["true or false", (value) => typeof value === "boolean"];
const TEXTS: Rule = ["sorted texts, each once,", (value) => isTexts(value) && isAscending(value)];
const REASON: Rule = [`one of ${REASONS.join(", ")}`, (value) => REASONS.some((reason) => reason === value)];

const SHARE: Rule = ["a float32 from 0 to 1", (value) => isShare(value)];
const BOUND: Rule = POSITIVE;
const FORM: Rule = ["a form of numbers", isForm];
const DATES: Rule = ["an order of dates", (value) => isForm(value) && (value as Form).type === "date"];
const CELL: Rule = ["a finite number or a text", (value) => Number.isFinite(value) || typeof value === "string"];
const READINGS = ["number", "boolean", "text"];
const OF: Rule = [`one of ${READINGS.join(", ")}`, (value) => READINGS.some((reading) => reading === value)];

/** So far apart at most that float64 holds the difference: what lies in a bin is divided by its width. */
const isEdges = (value: unknown) =>
  Array.isArray(value) &&
  value.length >= 3 &&
  value.every((edge, i) => Number.isFinite(edge) && (i === 0 || edge > value[i - 1])) &&
  Number.isFinite(value[value.length - 1] - value[0]);
const EDGES: Rule = ["three or more ascending finite numbers", isEdges];

const isShare = (value: unknown) =>
  Number.isFinite(value) && value === Math.fround(value as number) && value >= 0 && value <= 1;

const SHARES: Rule = ["float32 from 0 to 1", (value) => Array.isArray(value) && value.every(isShare)];

/** Some of them, in their order, each once. */
const isParts = (value: unknown) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((part, i) => DATE_PARTS.indexOf(part) > (i === 0 ? -1 : DATE_PARTS.indexOf(value[i - 1])));
const PARTS: Rule = [`some of ${DATE_PARTS.join(", ")} in this order`, isParts];

const MISSING = { hasMissing: FLAG, missingShare: SHARE };
const SCALED = { mean: FINITE, deviation: POSITIVE, bound: BOUND, ...MISSING, lenient: FLAG };
const MEDIAN = { median: FINITE, spread: POSITIVE, bins: EDGES, means: SHARES };

/** What a file must hold of a column, by its kind; in the order in which a fit learns it: a model that is saved again has the same bytes. */
const FIELDS: Record<LearnedColumn["kind"], Record<string, Rule>> = {
  number: { ...SCALED, form: FORM, ...MEDIAN },
  date: { ...SCALED, form: DATES, parts: PARTS, ...MEDIAN },
  boolean: MISSING,
  present: { of: OF, value: CELL, share: SHARE },
  text: { categories: TEXTS, hasOther: FLAG, ...MISSING, textOnly: FLAG },
  ignore: { reason: REASON },
};

/** What older files do not have, and columns that are plain. */
const OPTIONAL = ["missingShare", "bound", "lenient", "form", "median", "spread", "bins", "means", "parts"];

function parseColumn(call: string, data: unknown): LearnedColumn {
  const { name, kind, ...fields } = parseObject(call, "an object for each column", data);
  if (typeof name !== "string") throw refuseFile(call, "the name of each column", name);
  const kinds = Object.keys(FIELDS) as LearnedColumn["kind"][];
  const known = kinds.find((candidate) => candidate === kind);
  if (!known) throw refuseFile(call, `one of ${kinds.join(", ")} as the kind of column ${show(name)}`, kind);
  if (known === "number" || known === "date") checkMedian(call, name, fields);
  const parsed = Object.entries(FIELDS[known]).flatMap(([field, [wanted, isRight]]) => {
    const isLeftOut =
      fields[field] === undefined && OPTIONAL.includes(field) && !(known === "date" && field === "form");
    if (isLeftOut) return [];
    if (isRight(fields[field])) return [[field, fields[field]]];
    throw refuseFile(call, `${wanted} as ${field} of column ${show(name)}`, fields[field]);
  });
  const column = { kind: known, name, ...Object.fromEntries(parsed) };
  checkMeans(call, column);
  return column;
}

/** As many means as bins. */
function checkMeans(call: string, { name, bins = [], means = [] }: Partial<NumberColumn> & { name: string }): void {
  if (means.length === Math.max(0, bins.length - 1)) return;
  throw refuseFile(call, `a mean for each of the bins of column ${show(name)}`, means);
}

/** Values are counted from the median, in spreads, and then may have bins and parts; or from the mean. */
function checkMedian(
  call: string,
  name: string,
  { median, spread, bins, parts }: Readonly<Record<string, unknown>>,
): void {
  if ((median === undefined) !== (spread === undefined)) {
    throw refuseFile(call, `both median and spread of column ${show(name)} or neither`, undefined);
  }
  if (bins !== undefined && median === undefined) {
    throw refuseFile(call, `bins of column ${show(name)} with its median alone`, bins);
  }
  if (parts !== undefined && median === undefined) {
    throw refuseFile(call, `parts of column ${show(name)} with its median alone`, parts);
  }
}

function parseObject(call: string, wanted: string, data: unknown): Readonly<Record<string, unknown>> {
  if (isRecord(data)) return data;
  throw refuseFile(call, wanted, data);
}

/** What a model is asked: answers to single rows, why, what matters, how it depends, a second file. */
import { inTurns } from "wasmlp";
import { count, percent, short } from "../charts/spell.js";
import { isGap, Refusal, rowAt, type Table } from "../read/table.js";
import type { Answer, Answers, Dependence, Importance, Reason } from "../talk.js";
import { isClassifier } from "./fields.js";
import { largestAt, numbersOf, spell } from "./numbers.js";
import { textOf } from "./profile.js";
import { refuseAs } from "./sentence.js";
import type { Model } from "./train.js";

type Row = Readonly<Record<string, unknown>>;

/** Multiplications that importance may take. */
const MOST_WORK = 3e9;
/** That importance is measured on. */
const FEWEST_ROWS = 50;
const PREVIEW = 50;
const PREVIEW_COLUMNS = 8;
/** Rows answered between two looks at what else is asked. */
const CHUNK = 2000;

export function answerOf(model: Model, row: Row): Answer {
  if (!isClassifier(model)) {
    const value = model.predict(row);
    const range = quiet(() => model.predictInterval(row));
    return { answer: short(value), shares: [], ...range };
  }
  const probabilities = model.predictProba(row);
  const shares = Object.entries(probabilities).map(([label, probability]) => ({ label, probability }));
  shares.sort((a, b) => b.probability - a.probability);
  const set = quiet(() => model.predictSet(row).map(String));
  return { answer: String(model.predict(row)), shares, ...(set && { set }) };
}

/** Models that held no rows out, or too few, have no intervals. */
function quiet<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

export async function reasonOf(model: Model, row: Row, background: readonly object[]): Promise<Reason> {
  if (background.length === 0) {
    throw new Refusal(
      "Why an answer is what it is, is told beside other rows, and this page holds none: open a file of rows below.",
    );
  }
  const given = { background: background as object[], samples: 400 };
  const { base, answer, columns, ...more } = await (model.explain(row, given) as Promise<{
    base: number;
    answer: number;
    columns: readonly { name: string; value: unknown; mean: number }[];
    label?: unknown;
  }>);
  const told = columns.map(({ name, value, mean }) => ({ name, value: textOf(value) || "missing", mean }));
  return { of: "label" in more ? String(more.label) : model.target, base, answer, columns: told };
}

export async function importanceOf(model: Model, rows: readonly object[]): Promise<readonly Importance[]> {
  const columns = model.columns.filter(({ width }) => width > 0).length;
  const parameters = model.members.reduce((sum, { parameterCount }) => sum + parameterCount, 0);
  // It cannot be ended when another model is asked for.
  if (FEWEST_ROWS * columns * parameters > 30 * MOST_WORK) return [];
  const most = Math.max(FEWEST_ROWS, Math.floor(MOST_WORK / (columns * parameters)));
  const repeats = Math.max(1, Math.min(5, Math.floor(most / rows.length)));
  return model.importance(rows.slice(0, most), { repeats });
}

export async function dependenceOf(model: Model, rows: readonly object[], name: string): Promise<Dependence> {
  const parameters = model.members.reduce((sum, { parameterCount }) => sum + parameterCount, 0);
  const most = Math.max(50, Math.min(500, Math.floor(MOST_WORK / (20 * parameters))));
  const column = model.columns.find((one) => one.name === name);
  const found = await model.partialDependence(rows.slice(0, most), name, { points: 20 });
  const { kind, values: given } = found;
  const form = column?.kind === "number" ? column.form : undefined;
  const isOrdered = kind === "number" || kind === "date";
  const isPlain = form === undefined || form.type === "amount";
  const isNamed = !isOrdered || !isPlain || given.some((value) => value !== null && typeof value !== "number");
  const values = given.map((value) => {
    if (value === null) return "missing";
    if (value instanceof Date) return value.toISOString().slice(0, 10);
    return typeof value === "number" ? spell(value, column) : String(value);
  });
  const places = given.map((value, i) => (isNamed || value === null ? i : Number(value)));
  const told = { column: name, isOrdered, isNamed, values, places };
  const means = found.means as readonly number[] | Readonly<Record<string, readonly number[]>>;
  if (Array.isArray(means)) return { ...told, lines: [{ label: model.target, means }] };
  const lines = Object.entries(means as Record<string, readonly number[]>).map(([label, list]) => ({
    label,
    means: list,
  }));
  return { ...told, lines };
}

/** Answers to all rows of a table, as columns beside its own. */
export async function answersTo(model: Model, table: Table): Promise<Answers> {
  const note = missingColumns(model, table);
  const heads = [`predicted ${model.target}`, ...labelsOf(model).map((label) => `probability of ${label}`)];
  const parts: string[] = [lineOf([...table.names, ...heads])];
  const preview: string[][] = [];
  const given: string[] = [];
  const place = table.names.indexOf(model.target);
  const truth = place >= 0 ? table.asWritten(place) : undefined;
  for (let from = 0; from < table.size; from += CHUNK) {
    const rows = Array.from({ length: Math.min(CHUNK, table.size - from) }, (_, i) =>
      rowAt(table, from + i, model.target),
    );
    const lines: string[] = [];
    const answers = await answerRows(model, rows).catch((error: Error) => refuseAs(error, (r) => from + r));
    for (const [i, own] of answers.entries()) {
      const r = from + i;
      const cells = table.names.map((_, c) => textOf(table.cellAt(c, r)));
      lines.push(lineOf([...cells, ...own]));
      given.push(own[0]);
      if (preview.length < PREVIEW) preview.push([...own.map(shown), ...cells.slice(0, PREVIEW_COLUMNS)]);
    }
    parts.push(lines.join(""));
  }
  const names = [...heads, ...table.names.slice(0, PREVIEW_COLUMNS)];
  const score = truth && scoreOf(model, truth, given);
  return { rows: table.size, names, preview, csv: new Blob(parts), ...(score && { score }), ...(note && { note }) };
}

/** An answer, or a probability, as people read it. */
const shown = (text: string) => (Number.isNaN(Number(text)) || text.trim() === "" ? text : short(Number(text)));

const labelsOf = (model: Model) => (isClassifier(model) ? model.labels.map(String) : []);

/** Columns that the model reads and the file has not. @throws if it has none */
function missingColumns(model: Model, { name, names }: Table): string | undefined {
  const known = new Set(names);
  const needed = model.columns.filter(({ kind }) => kind !== "ignore").map((column) => column.name);
  const missing = needed.filter((column) => !known.has(column));
  const some = `${missing.slice(0, 6).join(", ")}${missing.length > 6 ? ", …" : ""}`;
  if (missing.length === needed.length) {
    throw new Refusal(`${name} has none of the columns that the model reads: ${some}.`);
  }
  return missing.length > 0 ? `The file has no ${some}: taken as missing in each row.` : undefined;
}

/** By the rows whose truth the file has. */
function scoreOf(model: Model, truth: readonly unknown[], given: readonly string[]): string | undefined {
  const { target } = model;
  const values = isClassifier(model) ? undefined : numbersOf(model, target, truth);
  const known = [...truth.keys()].filter((r) => (values ? !Number.isNaN(values[r]) : !isGap(truth[r])));
  if (known.length === 0) return undefined;
  const ofAll = known.length < truth.length ? `, in ${count(known.length, "row")} with it,` : "";
  const sum = (of: (r: number) => number) => known.reduce((all, r) => all + of(r), 0) / known.length;
  if (values)
    return `Its “${target}”${ofAll} is missed by ${short(sum((r) => Math.abs(values[r] - Number(given[r]))))} in the mean.`;
  const right = sum((r) => Number(textOf(truth[r]).trim() === given[r]));
  return `${percent(right)} of its “${target}”${ofAll} are predicted right.`;
}

async function answerRows(model: Model, rows: readonly object[]): Promise<string[][]> {
  if (!isClassifier(model)) return (await inTurns(model).predict(rows)).map((value) => [String(value)]);
  const labels = labelsOf(model);
  const probabilities = await inTurns(model).predictProba(rows, new Float32Array(rows.length * labels.length));
  return rows.map((_, r) => {
    const own = probabilities.subarray(r * labels.length, (r + 1) * labels.length);
    return [labels[largestAt(probabilities, r, labels.length)], ...Array.from(own, String)];
  });
}

/** Quoted where it must be; what a spreadsheet would take for a formula is left as it is: the values are the user's own. */
const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

const lineOf = (cells: readonly string[]) => `${cells.map(cell).join(",")}\r\n`;

/** What a model is asked: answers to single rows, why, what matters, how it depends, a second file. */
import { inTurns } from "wasmlp";
import { isGap, Refusal, rowAt, type Table } from "../read/table.js";
import type { Answer, Answers, Dependence, Importance, Reason } from "../talk.js";
import { isClassifier } from "./fields.js";
import { spell } from "./numbers.js";
import { textOf } from "./profile.js";
import type { Model } from "./train.js";

type Row = Readonly<Record<string, unknown>>;

/** Multiplications that importance may take. */
const MOST_WORK = 3e9;
const PREVIEW = 50;
const PREVIEW_COLUMNS = 8;
/** Rows answered between two looks at what else is asked. */
const CHUNK = 2000;

export function answerOf(model: Model, row: Row): Answer {
  if (!isClassifier(model)) {
    const value = model.predict(row);
    const range = quiet(() => model.predictInterval(row));
    return { answer: spell(value), shares: [], ...range };
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
  const most = Math.max(50, Math.floor(MOST_WORK / (columns * parameters)));
  const repeats = Math.max(1, Math.min(5, Math.floor(most / rows.length)));
  return model.importance(rows.slice(0, most), { repeats });
}

export async function dependenceOf(model: Model, rows: readonly object[], name: string): Promise<Dependence> {
  const parameters = model.members.reduce((sum, { parameterCount }) => sum + parameterCount, 0);
  const most = Math.max(50, Math.min(500, Math.floor(MOST_WORK / (20 * parameters))));
  const found = await model.partialDependence(rows.slice(0, most), name, { points: 20 });
  const values = found.values.map((value) =>
    value === null
      ? "missing"
      : value instanceof Date
        ? spell(value.getTime() / 864e5, { kind: "date" } as never)
        : String(value),
  );
  const isOrdered = found.kind === "number" || found.kind === "date";
  const places = found.values.map((value, i) => {
    const place = value instanceof Date ? value.getTime() : Number(value);
    return isOrdered && value !== null && Number.isFinite(place) ? place : i;
  });
  const means = found.means as readonly number[] | Readonly<Record<string, readonly number[]>>;
  if (Array.isArray(means)) return { column: name, isOrdered, values, places, lines: [{ label: model.target, means }] };
  const lines = Object.entries(means as Record<string, readonly number[]>).map(([label, list]) => ({
    label,
    means: list,
  }));
  return { column: name, isOrdered, values, places, lines };
}

/** Answers to all rows of a table, as columns beside its own. */
export async function answersTo(model: Model, table: Table): Promise<Answers> {
  const known = new Set(table.names);
  const needed = model.columns.filter(({ kind }) => kind !== "ignore").map(({ name }) => name);
  if (!needed.some((name) => known.has(name))) {
    const names = needed.slice(0, 6).join(", ");
    throw new Refusal(
      `${table.name} has none of the columns that the model reads: ${names}${needed.length > 6 ? ", …" : ""}.`,
    );
  }
  const labels = isClassifier(model) ? model.labels.map(String) : [];
  const heads = [`predicted ${model.target}`, ...labels.map((label) => `probability of ${label}`)];
  const lines: string[] = [[...table.names, ...heads].map(cell).join(",")];
  const preview: string[][] = [];
  let right = 0;
  const place = table.names.indexOf(model.target);
  const truth = place >= 0 ? table.asWritten(place) : undefined;
  for (let from = 0; from < table.size; from += CHUNK) {
    const rows = Array.from({ length: Math.min(CHUNK, table.size - from) }, (_, i) =>
      rowAt(table, from + i, model.target),
    );
    for (const [i, own] of (await answerRows(model, rows)).entries()) {
      const r = from + i;
      const cells = table.names.map((_, c) => (c === place ? textOf(truth![r]) : textOf(table.columns[c][r])));
      lines.push([...cells, ...own].map(cell).join(","));
      if (truth && textOf(truth[r]).trim() === own[0]) right++;
      if (preview.length < PREVIEW) preview.push([...own, ...cells.slice(0, PREVIEW_COLUMNS)]);
    }
  }
  const isScored = truth !== undefined && labels.length > 0 && !truth.some(isGap);
  const score = isScored
    ? `${((100 * right) / table.size).toFixed(1)} % of its “${model.target}” are predicted right.`
    : undefined;
  const names = [...heads, ...table.names.slice(0, PREVIEW_COLUMNS)];
  return { rows: table.size, names, preview, csv: `${lines.join("\r\n")}\r\n`, ...(score && { score }) };
}

async function answerRows(model: Model, rows: readonly object[]): Promise<string[][]> {
  if (!isClassifier(model)) return (await inTurns(model).predict(rows)).map((value) => [String(value)]);
  const { labels } = model;
  const probabilities = await inTurns(model).predictProba(rows, new Float32Array(rows.length * labels.length));
  return rows.map((_, r) => {
    const own = probabilities.subarray(r * labels.length, (r + 1) * labels.length);
    return [String(labels[own.indexOf(Math.max(...own))]), ...Array.from(own, String)];
  });
}

/** Quoted where it must be; what a spreadsheet would take for a formula is left as it is: the values are the user's own. */
const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

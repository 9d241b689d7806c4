/** Columns, scores and settings as lines of text. */
import type { Column } from "wasmlp";

/** A number in four significant digits. */
export function short(value: unknown): string {
  if (typeof value !== "number" || (Number.isInteger(value) && Math.abs(value) < 1e9)) return String(value);
  const text = value.toPrecision(4);
  // Beyond what people read at a glance it has an exponent.
  return text.includes("e") ? String(Number(text)) : text;
}

/** Cells in columns, as wide as the widest; numbers to the right. */
export function aligned(rows: readonly (readonly string[])[], indent = "  "): string[] {
  const widths = rows[0].map((_, c) => Math.max(...rows.map((row) => row[c].length)));
  const isNumber = widths.map((_, c) => rows.slice(1).every((row) => /^[-+\d.]*$/.test(row[c])));
  return rows.map((row) => {
    const cells = row.map((cell, c) => (isNumber[c] ? cell.padStart(widths[c]) : cell.padEnd(widths[c])));
    return `${indent}${cells.join("  ")}`.trimEnd();
  });
}

/** Of a text that others wrote no more than fits into a line. */
function shortened(text: string, most = 24): string {
  return text.length > most ? `${text.slice(0, most - 3)}...` : text;
}

/** How each column was read, and why some were not. */
export function describeColumns(columns: readonly Column[]): string[] {
  const rows = columns.map((column) => [
    shortened(column.name, 40),
    column.kind === "ignore" ? "left out" : column.kind,
    detail(column),
  ]);
  return aligned([["column", "read as", ""], ...rows]);
}

const listed = (texts: readonly string[], between: string) => texts.map((text) => shortened(text)).join(between);

function detail(column: Column): string {
  switch (column.kind) {
    case "number":
    case "date": {
      const isDate = column.kind === "date";
      const middle = column.median ?? column.mean;
      const about = isDate ? new Date(middle * 86_400_000).toISOString().slice(0, 10) : short(middle);
      const ranks =
        column.form?.type === "ordered" ? `, ranks of ${listed(column.form.values.slice(0, 4), " < ")}` : "";
      return `about ${about}${ranks}${column.bins ? `, ${column.bins.length - 1} bins` : ""}${column.hasMissing ? ", some missing" : ""}`;
    }
    case "boolean":
      return column.hasMissing ? "some missing" : "";
    case "present":
      return `there in ${short(100 * column.share)} % of rows`;
    case "text": {
      const more = column.categories.length > 4 || column.hasOther ? ", ..." : "";
      return `${listed(column.categories.slice(0, 4), ", ")}${more}${column.hasMissing ? "; some missing" : ""}`;
    }
    case "ignore":
      return column.reason;
  }
}

/** What people call scores. */
const NAMES: Readonly<Record<string, string>> = {
  accuracy: "accuracy",
  balancedAccuracy: "balanced accuracy",
  logLoss: "log-loss",
  brier: "Brier score",
  rocAuc: "ROC AUC",
  precision: "precision",
  recall: "recall",
  f1: "F1",
  r2: "R²",
  meanSquaredError: "mean squared error",
  meanAbsoluteError: "mean absolute error",
  poissonDeviance: "Poisson deviance",
  pinballLoss: "pinball loss",
  loss: "loss",
};

/** Scores that are single numbers, each beside that of a baseline or its deviation. */
export function describeScores(scores: object, heads: readonly string[], ...beside: (object | undefined)[]): string[] {
  const names = Object.entries(scores).flatMap(([name, value]) => (typeof value === "number" ? [name] : []));
  const cell = (of: object | undefined, name: string) => {
    const value = (of as Record<string, unknown> | undefined)?.[name];
    return typeof value === "number" ? short(value) : "";
  };
  const rows = names.map((name) => [NAMES[name] ?? name, ...[scores, ...beside].map((of) => cell(of, name))]);
  return aligned([["", ...heads], ...rows]);
}

/** The columns of a table on a page of plain text. */
import { alignTable, short } from "../model/summary.js";
import type { Column, DateColumn } from "./columns.js";
import type { Form } from "./forms.js";

/** What was learned of each column. */
export function describeColumns(columns: readonly Column[]): string[] {
  const rows = columns.map((column) => [
    column.name,
    column.kind,
    column.width === 0 ? "" : `${column.width}`,
    tell(column),
  ]);
  return [
    `columns: ${columns.filter(({ width }) => width > 0).length} read, ${columns.filter(({ width }) => width === 0).length} ignored`,
    ...alignTable([["column", "kind", "features", ""], ...rows], [false, false, true, false]),
  ];
}

function tell(column: Column): string {
  switch (column.kind) {
    case "number":
      return `${short(column.mean)} ± ${short(column.deviation)}${describeForm(column.form)}${tellBins(column)}${column.hasMissing ? ", some missing" : ""}`;
    case "date": {
      const [first, last] = [column.mean - column.deviation, column.mean + column.deviation].map(dayOf);
      return `about ${first} to ${last}${column.form.order === "year-first" ? "" : `, ${column.form.order}`}${tellBins(column)}${tellParts(column)}${column.hasMissing ? ", some missing" : ""}`;
    }
    case "boolean":
      return column.hasMissing ? "some missing" : "";
    case "present":
      return `${short(100 * column.share)} % of rows`;
    case "text": {
      const names = column.categories.slice(0, 6).join(", ");
      const more = column.categories.length > 6 || column.hasOther ? ", ..." : "";
      return `${names}${more}${column.hasMissing ? "; some missing" : ""}`;
    }
    case "ignore":
      return column.reason;
  }
}

function tellBins({ bins }: { readonly bins?: readonly number[] }): string {
  return bins ? `, ${bins.length - 1} bins` : "";
}

/** ", by month and weekday". */
function tellParts({ parts = [] }: DateColumn): string {
  if (parts.length === 0) return "";
  const [last, ...others] = [...parts].reverse();
  return others.length > 0 ? `, by ${others.reverse().join(", ")} and ${last}` : `, by ${last}`;
}

/** A day as year-month-day; "" if it is none that dates reach. */
function dayOf(days: number): string {
  const date = new Date(days * 86_400_000);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString().slice(0, 10);
}

/** How numbers are written, as an example: " as $1". */
function describeForm(form: Form | undefined): string {
  if (form === undefined) return "";
  if (form.type === "ordered") return `, ranks of ${shorten(form.values, " < ")}`;
  if (form.type !== "amount") return form.type === "clock" ? " minutes, as 22:20" : " minutes, as 2h 50m";
  const number = form.comma === "decimal" ? "1.000,5" : "1,000.5";
  return `, as ${form.prefix}${number}${form.scaled ? "k" : ""}${form.suffix && ` ${form.suffix}`}`;
}

/** The first six. */
const shorten = (values: readonly string[], separator: string) =>
  [...values.slice(0, 6), ...(values.length > 6 ? ["..."] : [])].join(separator);

/** Numbers and days of cells, for pictures alone: what the models compute with the library reads itself. */
import type { Column } from "wasmlp";

const DAY = 86_400_000;

/** How the cells of a column become numbers to draw; undefined where they do not. */
export function readerOf(learned: Column | undefined): ((value: unknown) => number) | undefined {
  if (learned?.kind === "date") return readDay;
  if (learned?.kind !== "number") return undefined;
  const { form } = learned;
  if (form === undefined) return readPlain;
  if (form.type === "ordered") return (value) => form.values.indexOf(String(value).trim());
  if (form.type === "amount") return form.comma === "decimal" ? readDecimalComma : readAmount;
  return undefined;
}

function readPlain(value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || value.trim() === "") return Number.NaN;
  return Number(value);
}

function readAmount(value: unknown): number {
  if (typeof value === "number") return value;
  const digits = /-?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?/.exec(String(value ?? ""));
  return digits ? Number(digits[0].replaceAll(",", "")) : Number.NaN;
}

function readDecimalComma(value: unknown): number {
  if (typeof value === "number") return value;
  const digits = /-?\d[\d.]*(?:,\d+)?/.exec(String(value ?? ""));
  return digits ? Number(digits[0].replaceAll(".", "").replace(",", ".")) : Number.NaN;
}

function readDay(value: unknown): number {
  if (value instanceof Date) return value.getTime() / DAY;
  if (typeof value === "number") return value / DAY;
  if (typeof value !== "string") return Number.NaN;
  const time = /^\d{4}-\d\d-\d\d$/.test(value) ? Date.parse(`${value}T00:00:00Z`) : Date.parse(value);
  return time / DAY;
}

/** As people read it. */
export function spell(number: number, learned?: Column): string {
  if (learned?.kind === "date") return new Date(number * DAY).toISOString().slice(0, 10);
  return String(Number(number.toPrecision(6)));
}

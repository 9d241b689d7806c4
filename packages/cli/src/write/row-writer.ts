/** Rows with their answers as text, in the format that the rows came in. */
import type { Batch, TableFile } from "../read/batch.js";
import { badUsage } from "../refusal.js";
import type { Answerer, Cell } from "./answers.js";

/** Makes text of rows and answers. */
export interface RowWriter {
  /** What stands before all rows. */
  readonly head: string;
  /** A row, with the end of line before or behind it. */
  row(batch: Batch, rows: object[], r: number): string;
  /** What stands behind all rows. */
  readonly tail: string;
}

/** What the columns of answers are called. */
export interface AnswerNames {
  readonly prediction: string;
  /** Of the probability of each label, or of each output; empty for predictions alone. */
  readonly further: readonly string[];
}

/** @param asJson an object a line, whatever the rows were */
export function writerFor(file: TableFile, answerer: Answerer, names: AnswerNames, asJson: boolean): RowWriter {
  if (file.format === "csv" && !asJson) return new CsvWriter(file, answerer, names);
  return new JsonWriter(answerer, names, file.format === "json" && !asJson);
}

/** The row as it stands, then the answer. */
class CsvWriter implements RowWriter {
  readonly head: string;
  readonly tail = "";
  private readonly delimiter: string;
  /** By label, as it stands in a cell. */
  private readonly written = new Map<Cell, string>();

  constructor(
    file: TableFile,
    private readonly answerer: Answerer,
    private readonly names: AnswerNames,
  ) {
    const { header = "", delimiter = "," } = file;
    this.delimiter = delimiter;
    this.head = `${[header, ...[names.prediction, ...names.further].map((name) => this.quoted(name))].join(delimiter)}\n`;
  }

  row(batch: Batch, _rows: object[], r: number): string {
    const { answerer, names, delimiter } = this;
    let text = `${batch.raw(r)}${delimiter}${this.cell(answerer.prediction(r))}`;
    for (let label = 0; label < names.further.length; label++) text += delimiter + answerer.further(r, label);
    return `${text}\n`;
  }

  private cell(value: Cell): string {
    if (typeof value === "number") return String(value);
    let text = this.written.get(value);
    if (text === undefined) {
      text = this.quoted(String(value));
      this.written.set(value, text);
    }
    return text;
  }

  private quoted(text: string): string {
    const isPlain = !text.includes(this.delimiter) && !/["\r\n]/.test(text);
    return isPlain ? text : `"${text.replaceAll('"', '""')}"`;
  }
}

/** The object as it stands, with properties more. */
class JsonWriter implements RowWriter {
  readonly head: string;
  readonly tail: string;
  private isFirst = true;
  private readonly keys: readonly string[];

  constructor(
    private readonly answerer: Answerer,
    private readonly names: AnswerNames,
    private readonly isArray: boolean,
  ) {
    this.head = isArray ? "[" : "";
    this.tail = isArray ? "\n]\n" : "";
    this.keys = [names.prediction, ...names.further].map((name) => `${JSON.stringify(name)}:`);
  }

  row(batch: Batch, rows: object[], r: number): string {
    const { answerer, keys, isArray, names } = this;
    for (const name of [names.prediction, ...names.further]) if (Object.hasOwn(rows[r], name)) throw nameTaken(name);
    const raw = batch.raw(r);
    const text = raw?.startsWith("{") && raw.endsWith("}") ? raw : JSON.stringify(rows[r], plain);
    const inside = text.slice(1, -1).trimEnd();
    const answer = [
      JSON.stringify(answerer.prediction(r)),
      ...keys.slice(1).map((_, label) => answerer.further(r, label)),
    ];
    const more = keys.map((key, k) => key + answer[k]).join(",");
    const before = isArray ? (this.isFirst ? "\n" : ",\n") : "";
    this.isFirst = false;
    return `${before}{${inside}${inside.trim() === "" ? "" : ","}${more}}${isArray ? "" : "\n"}`;
  }
}

/** What to say of a table that has a column of answers already. */
export const nameTaken = (name: string) =>
  badUsage(
    `The table has a column ${JSON.stringify(name)} already. Choose another name with --as, or pass --no-probabilities.`,
  );

/** Parquet has whole numbers that JSON has not. */
const plain = (_: string, value: unknown) => (typeof value === "bigint" ? Number(value) : value);

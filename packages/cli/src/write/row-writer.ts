/** Rows with their answers as text, in the format that the rows came in. */
import type { Batch, TableFile } from "../read/batch.js";
import { badUsage } from "../refusal.js";
import type { Answer, Answerer, Cell } from "./answers.js";

/** Makes text of rows and answers. */
export interface RowWriter {
  /** What stands before all rows. */
  readonly head: string;
  /** A row, with the end of line before or behind it. */
  row(batch: Batch, rows: object[], r: number): string;
  /** What stands behind all rows. */
  readonly tail: string;
}

/** What the columns of an answer are called. */
export interface AnswerNames {
  readonly prediction: string;
  /** Of the probability of each label, or of each output; empty for predictions alone. */
  readonly further: readonly string[];
}

/** The columns of all answers, in their order. */
export const allNames = (names: readonly AnswerNames[]): string[] =>
  names.flatMap(({ prediction, further }) => [prediction, ...further]);

/**
 * @param names by answer
 * @param asJson an object a line, whatever the rows were
 */
export function writerFor(
  file: TableFile,
  { answers }: Answerer,
  names: readonly AnswerNames[],
  asJson: boolean,
): RowWriter {
  if (file.format === "csv" && !asJson) return new CsvWriter(file, answers, names);
  return new JsonWriter(answers, names, file.format === "json" && !asJson);
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
    private readonly answers: readonly Answer[],
    private readonly names: readonly AnswerNames[],
  ) {
    const { header = "", delimiter = "," } = file;
    this.delimiter = delimiter;
    this.head = `${[header, ...allNames(names).map((name) => this.quoted(name))].join(delimiter)}\n`;
  }

  row(batch: Batch, _rows: object[], r: number): string {
    const { answers, names, delimiter } = this;
    let text = `${batch.raw(r)}`;
    for (let a = 0; a < answers.length; a++) {
      text += delimiter + this.cell(answers[a].prediction(r));
      const { length } = names[a].further;
      for (let label = 0; label < length; label++) text += delimiter + answers[a].further(r, label);
    }
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
  private readonly names: readonly string[];
  /** By answer. */
  private readonly keys: readonly (readonly string[])[];

  constructor(
    private readonly answers: readonly Answer[],
    names: readonly AnswerNames[],
    private readonly isArray: boolean,
  ) {
    this.head = isArray ? "[" : "";
    this.tail = isArray ? "\n]\n" : "";
    this.names = allNames(names);
    this.keys = names.map((own) => allNames([own]).map((name) => `${JSON.stringify(name)}:`));
  }

  row(batch: Batch, rows: object[], r: number): string {
    const { answers, keys, isArray, names } = this;
    for (const name of names) if (Object.hasOwn(rows[r], name)) throw nameTaken(name);
    const raw = batch.raw(r);
    const text = raw?.startsWith("{") && raw.endsWith("}") ? raw : JSON.stringify(rows[r], plain);
    const inside = text.slice(1, -1).trimEnd();
    const more = answers
      .flatMap((answer, a) =>
        keys[a].map((key, k) => key + (k === 0 ? JSON.stringify(answer.prediction(r)) : answer.further(r, k - 1))),
      )
      .join(",");
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

/** `wasmlp predict`: rows of any number, in constant memory. */
import { loadModel, type Model } from "../model-file.js";
import type { Batch, TableFile } from "../read/batch.js";
import { openTable, type TableOptions } from "../read/open-table.js";
import { badData, Refusal } from "../refusal.js";
import { inFlags } from "../say/remedies.js";
import { progress, say, warn } from "../say/terminal.js";
import { type Answerer, answererOf } from "../write/answers.js";
import { checkFree, type Output, openOutput } from "../write/output.js";
import { type AnswerNames, allNames, nameTaken, type RowWriter, writerFor } from "../write/row-writer.js";
import type { QueueFlags } from "./machines.js";
import { checkTables } from "./tables.js";

export interface PredictFlags extends TableOptions, QueueFlags {
  readonly output?: string;
  readonly force?: boolean;
  readonly as?: string;
  readonly probabilities: boolean;
  readonly json?: boolean;
}

/** Characters that are written at once. */
const PIECE = 2 ** 16;

/** @returns how many rows were answered */
export async function predict(path: string, tables: readonly string[], flags: PredictFlags): Promise<number> {
  const { output: target = "-", force } = flags;
  checkTables([path, ...tables]);
  checkFree(target, force);
  const { model } = await loadModel(path);
  const first = await openTable(tables[0], flags);
  const answerer = answering(model, first);
  const known = "warnings" in model ? model.warnings.length : 0;
  const names = namesOf(answerer, flags);
  const writer = writerFor(first, answerer, names, flags.json === true);
  if (first.format === "parquet" && !flags.json)
    warn(`${first.name} is Parquet, which is read, not written: answers are an object a line.`);
  const output = await openOutput(target);
  try {
    const answers = new Answers(output, writer, answerer, flags.json === true);
    await answers.add(writer.head);
    for (const [t, table] of tables.entries()) {
      const file = t === 0 ? first : await openTable(table, flags);
      checkColumns(file, first, answerer, names);
      await answers.addRows(file);
    }
    await answers.end();
    await output.finish();
    // What the rows had that training had not.
    if ("warnings" in model) for (const { message } of model.warnings.slice(known)) warn(inFlags(message));
    say(`${answers.rows} rows answered${target === "-" ? "" : `: ${target}`}.`);
    return answers.rows;
  } catch (error) {
    await output.abandon();
    throw error;
  }
}

function answering(model: Model, { name, names }: TableFile): Answerer {
  try {
    return answererOf(model, names);
  } catch (error) {
    throw badData(`${name}: ${(error as Error).message}`, error);
  }
}

/** Of several targets each name says of which it is. */
function namesOf({ answers }: Answerer, { as = "prediction", probabilities }: PredictFlags): AnswerNames[] {
  return answers.map(({ target, labels }) => {
    const of = target === undefined ? "" : `_${target}`;
    return { prediction: as + of, further: probabilities ? labels.map((label) => `probability${of}_${label}`) : [] };
  });
}

/** Refuses a table that lacks what the model reads, or has what is to be written, or is otherwise than the first one. */
function checkColumns(file: TableFile, first: TableFile, { columns }: Answerer, answers: readonly AnswerNames[]): void {
  const { name, names, format } = file;
  if (format !== first.format)
    throw badData(
      `${name} must be of the format of ${first.name}, ${first.format}, got ${format}. Predict it on its own.`,
    );
  if (names === undefined) return;
  const lacking = columns?.filter((column) => !names.includes(column)) ?? [];
  if (lacking.length > 0) {
    const listed = lacking
      .slice(0, 5)
      .map((column) => JSON.stringify(column))
      .join(", ");
    throw badData(
      `${name} must have the columns that the model reads, and lacks ${listed}${lacking.length > 5 ? ` and ${lacking.length - 5} more` : ""}. Add them, with empty cells where nothing is known.`,
    );
  }
  const taken = allNames(answers).find((column) => names.includes(column));
  if (taken !== undefined) throw nameTaken(taken);
  if (format === "csv" && (file.header !== first.header || file.delimiter !== first.delimiter)) {
    throw badData(`${name} must have the header of ${first.name}. Predict it on its own.`);
  }
}

/** Rows with their answers, written piece by piece. */
class Answers {
  rows = 0;
  private text = "";
  /** The piece before, while it is written. */
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly output: Output,
    private readonly writer: RowWriter,
    private readonly answerer: Answerer,
    private readonly asJson: boolean,
  ) {}

  async add(text: string): Promise<void> {
    this.text += text;
    if (this.text.length >= PIECE) await this.flush();
  }

  async addRows(file: TableFile): Promise<void> {
    const { answerer, writer, asJson } = this;
    const useOf = asJson ? (name: string) => answerer.useOf(name) ?? "number" : (name: string) => answerer.useOf(name);
    for await (const batch of file.batches) {
      const rows = batch.objects(useOf);
      this.ask(file.name, batch, rows);
      for (let r = 0; r < rows.length; r++) this.text += writer.row(batch, rows, r);
      this.rows += rows.length;
      if (this.text.length >= PIECE) await this.flush();
      progress(() => `${this.rows} rows`);
    }
  }

  async end(): Promise<void> {
    this.text += this.writer.tail;
    await this.flush();
    await this.writing;
  }

  private ask(name: string, batch: Batch, rows: object[]): void {
    try {
      this.answerer.take(rows);
    } catch (error) {
      const { row, message } = error as Error & { row?: number };
      if (error instanceof Refusal || row === undefined) throw error;
      const what = inFlags(message.replace(/^\w+: /, "").replace(/ at row \d+/, ""));
      throw badData(`${name}, ${batch.place(row)}: ${what}`, error);
    }
  }

  /** Writes a piece while the next rows are answered; one at a time, so memory does not grow. */
  private async flush(): Promise<void> {
    const { text } = this;
    this.text = "";
    await this.writing;
    if (text === "") return;
    this.writing = this.output.write(text);
    // Whoever waits for it next is told.
    this.writing.catch(() => {});
  }
}

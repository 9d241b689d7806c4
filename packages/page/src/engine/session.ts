/** The one table and the one model that a page has. */
import { Classifier, Regressor } from "wasmlp";
import { Play } from "../play/play.js";
import { readTable, readText } from "../read/file.js";
import { Refusal, type Table } from "../read/table.js";
import type { Calls, EpochNews, ModelView, Readings, Source } from "../talk.js";
import { answerOf, answersTo, dependenceOf, importanceOf, reasonOf } from "./ask.js";
import { isClassifier, viewModel } from "./fields.js";
import { judgeLabels, judgeValues } from "./judge.js";
import { refuseAs } from "./sentence.js";
import { rowsOf, type Split, splitTable } from "./split.js";
import { type Survey, survey } from "./survey.js";
import { fileOf } from "./take-away.js";
import { taskOf } from "./task.js";
import { type Model, Run } from "./train.js";

const BACKGROUND = 60;
const ASKED_ROWS = 1000;

export class Session implements Omit<Calls, "licences"> {
  private table: Table | undefined;
  private found: Survey | undefined;
  private readings: Readings = new Map();
  private split: Split | undefined;
  private run: Run | undefined;
  private model: Model | undefined;
  /** Rows of another file, that answers of a model without a table are explained by. */
  private others: readonly object[] = [];
  private playing: Promise<Play> | undefined;
  /** Counts what takes the place of table or model: what was asked for before it must not, though it ends later. */
  private turn = 0;

  /** The last of what was asked of the model: it answers one question at a time. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly tell: (news: EpochNews) => void) {}

  async open(source: Source) {
    const turn = this.begin();
    const table = await read(source);
    const found = await survey(table, new Map());
    this.refuseLate(turn);
    [this.table, this.readings, this.found] = [table, new Map(), found];
    [this.split, this.model, this.others] = [undefined, undefined, []];
    return found.view;
  }

  async overrule(readings: Readings) {
    const turn = this.begin();
    const found = await survey(this.theTable, readings);
    this.refuseLate(turn);
    [this.found, this.readings] = [found, readings];
    return found.view;
  }

  async task(target: string, kind?: "labels" | "values") {
    const view = this.found?.view.columns.find(({ name }) => name === target);
    if (!view) throw new Refusal(`The table has no column “${target}”.`);
    return taskOf(this.theTable, this.found!, view, kind);
  }

  async train(settings: Parameters<Calls["train"]>[0]): Promise<ModelView> {
    const table = this.theTable;
    const turn = this.begin();
    const run = new Run(this.tell);
    this.run = run;
    const split = splitTable(table, settings, this.found!);
    const lineOf = (row: number) => split.train[row];
    const model = await run
      .fit(split, settings, new Map([...this.refused(), ...this.readings]))
      .catch((error: Error) => refuseAs(error, lineOf));
    this.refuseLate(turn);
    [this.model, this.split] = [model, split];
    const bytes = model.save().length;
    const { columns } = this.found!.view;
    return viewModel(model, { trainedOn: split.train.length, bytes, stopped: run.isStopped, lineOf, columns });
  }

  /** Columns that a fit would refuse are left out, as the table of columns says; others it leaves out itself, or finds good for something. */
  private refused(): [name: string, reading: "ignore"][] {
    const isDeclared = ({ kind, reason }: { kind: string; reason?: string }) =>
      kind === "ignore" && reason === "declared";
    return [...this.found!.learned.values()].filter(isDeclared).map(({ name }) => [name, "ignore"]);
  }

  async pause() {
    this.run?.pause();
  }

  async goOn() {
    this.run?.goOn();
  }

  async stop() {
    this.run?.stop();
  }

  async judge() {
    const [model, split] = [this.theModel, this.split];
    if (!split) throw new Refusal("A model that was opened from a file has no rows to be scored on.");
    const table = this.theTable;
    return this.inOrder(() =>
      isClassifier(model) ? judgeLabels(model, table, split) : judgeValues(model, table, split),
    );
  }

  async importance() {
    const split = this.split!;
    const rows = rowsOf(this.theTable, split.held, ASKED_ROWS, split.target);
    const given = rows.map((row, i) => {
      const stride = Math.max(1, split.held.length / ASKED_ROWS);
      return { ...row, [split.target]: split.targets[split.held[Math.floor(i * stride)]] };
    });
    const model = this.theModel;
    return this.inOrder(() => importanceOf(model, given));
  }

  async dependence(column: string) {
    const [model, rows] = [this.theModel, this.backgroundRows(ASKED_ROWS)];
    return this.inOrder(() => dependenceOf(model, rows, column));
  }

  async answer(row: Readonly<Record<string, unknown>>) {
    return answerOf(this.theModel, row);
  }

  async explain(row: Readonly<Record<string, unknown>>) {
    const [model, rows] = [this.theModel, this.backgroundRows(BACKGROUND)];
    return this.inOrder(() => reasonOf(model, row, rows));
  }

  private backgroundRows(most: number): readonly object[] {
    if (!this.split || !this.table) return this.others.slice(0, most);
    return rowsOf(this.table, this.split.train, most, this.split.target);
  }

  async answers(source: Source) {
    const model = this.theModel;
    const table = await read(source);
    const answers = await this.inOrder(() => answersTo(model, table));
    this.others = rowsOf(
      table,
      Uint32Array.from({ length: table.size }, (_, r) => r),
      ASKED_ROWS,
      model.target,
    );
    return answers;
  }

  async file(kind: Parameters<Calls["file"]>[0]) {
    return fileOf(this.theModel, kind);
  }

  async load(file: Blob): Promise<ModelView> {
    const turn = this.begin();
    const model = await loaded(new Uint8Array(await file.arrayBuffer()));
    this.refuseLate(turn);
    [this.table, this.split, this.found, this.others] = [undefined, undefined, undefined, []];
    this.model = model;
    return viewModel(model, { trainedOn: 0, bytes: file.size, stopped: false });
  }

  async playBegin(settings: Parameters<Calls["playBegin"]>[0]) {
    this.playing = Play.begin(settings);
    return (await this.playing).step(0, 0);
  }

  async playStep(epochs: number, batches: number) {
    if (!this.playing) throw new Refusal("There is no network yet: begin first.");
    return (await this.playing).step(epochs, batches);
  }

  private inOrder<T>(ask: () => Promise<T>): Promise<T> {
    const asked = this.last.then(ask);
    this.last = asked.catch(() => {});
    return asked;
  }

  private begin(): number {
    this.run?.stop();
    return ++this.turn;
  }

  private refuseLate(turn: number): void {
    if (turn !== this.turn) throw new Refusal("Something else was begun before this was done.");
  }

  private get theTable(): Table {
    if (!this.table) throw new Refusal("There is no table yet: open a file first.");
    return this.table;
  }

  private get theModel(): Model {
    if (!this.model) throw new Refusal("There is no model yet: train one first.");
    return this.model;
  }
}

async function read({ name, file, text = "" }: Source): Promise<Table> {
  if (!file) return readText(name, text);
  let bytes: ArrayBuffer;
  try {
    bytes = await file.arrayBuffer();
  } catch {
    throw new Refusal(`${name} cannot be read: it is a folder, or was changed or taken away after it was chosen.`);
  }
  return readTable(name, new Uint8Array(bytes));
}

async function loaded(bytes: Uint8Array): Promise<Model> {
  try {
    return await Classifier.load<string>(bytes);
  } catch (first) {
    // What is no classifier says itself what it is.
    if (!/got a regressor/.test((first as Error).message)) throw refused(first as Error);
    return await Regressor.load(bytes).catch((error: Error) => {
      throw refused(error);
    });
  }
}

/** The page is made without the parts of the library that such models need. */
const refused = (error: Error) =>
  /leaves out/.test(error.message)
    ? new Refusal("The model predicts several columns, or several labels a row: this page asks models of one.")
    : error;

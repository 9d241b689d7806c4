/** The one table and the one model that a page has. */
import { licences } from "licences";
import { Classifier, Regressor } from "wasmlp";
import { Play } from "../play/play.js";
import { readTable, readText } from "../read/file.js";
import { Refusal, type Table } from "../read/table.js";
import type { Calls, EpochNews, ModelView, Reading } from "../talk.js";
import { answerOf, answersTo, dependenceOf, importanceOf, reasonOf } from "./ask.js";
import { isClassifier, viewModel } from "./fields.js";
import { judgeLabels, judgeValues } from "./judge.js";
import { rowsOf, type Split, splitTable } from "./split.js";
import { type Survey, survey } from "./survey.js";
import { fileOf } from "./take-away.js";
import { taskOf } from "./task.js";
import { type Model, Run } from "./train.js";

const BACKGROUND = 60;
const ASKED_ROWS = 1000;

type Source = Parameters<Calls["open"]>[0];

export class Session implements Calls {
  private table: Table | undefined;
  private found: Survey | undefined;
  private readings: Readonly<Record<string, Reading>> = {};
  private split: Split | undefined;
  private run: Run | undefined;
  private model: Model | undefined;
  /** Rows of another file, that answers of a model without a table are explained by. */
  private others: readonly object[] = [];
  private playing: Promise<Play> | undefined;

  constructor(private readonly tell: (news: EpochNews) => void) {}

  async open(source: Source) {
    this.run?.stop();
    const table = await read(source);
    this.found = await survey(table, {});
    [this.table, this.readings, this.split, this.model, this.others] = [table, {}, undefined, undefined, []];
    return this.found.view;
  }

  async overrule(readings: Readonly<Record<string, Reading>>) {
    this.found = await survey(this.theTable, readings);
    this.readings = readings;
    return this.found.view;
  }

  async task(target: string, kind?: "labels" | "values") {
    const view = this.found?.view.columns.find(({ name }) => name === target);
    if (!view) throw new Refusal(`The table has no column “${target}”.`);
    return taskOf(this.theTable, view, kind);
  }

  async train(settings: Parameters<Calls["train"]>[0]): Promise<ModelView> {
    const table = this.theTable;
    this.run?.stop();
    const run = new Run(this.tell);
    this.run = run;
    const split = splitTable(table, settings.target, settings.kind, settings.seed, settings.held);
    const refused = (this.found?.view.columns ?? []).filter((column) => column.kind === "ignore" && !column.overruled);
    // What could not be read is left out, as the table of columns says.
    const ignored = Object.fromEntries(refused.map(({ name }) => [name, "ignore" as const]));
    const model = await run.fit(split, settings, { ...this.onlyRefused(ignored), ...this.readings });
    [this.model, this.split] = [model, split];
    return viewModel(model, split.train.length, model.save().length, run.isStopped);
  }

  /** Of columns that are not read, those that a fit would refuse: others it leaves out itself, or finds good for something. */
  private onlyRefused(ignored: Record<string, Reading>): Record<string, Reading> {
    const { learned } = this.found!;
    const isDeclared = (name: string) => {
      const column = learned.get(name);
      return column?.kind === "ignore" && column.reason === "declared";
    };
    return Object.fromEntries(Object.entries(ignored).filter(([name]) => isDeclared(name)));
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
    return isClassifier(model) ? judgeLabels(model, this.theTable, split) : judgeValues(model, this.theTable, split);
  }

  async importance() {
    const split = this.split!;
    const rows = rowsOf(this.theTable, split.held, ASKED_ROWS, split.target);
    const given = rows.map((row, i) => {
      const stride = Math.max(1, split.held.length / ASKED_ROWS);
      return { ...row, [split.target]: split.targets[split.held[Math.floor(i * stride)]] };
    });
    return importanceOf(this.theModel, given);
  }

  async dependence(column: string) {
    return dependenceOf(this.theModel, this.backgroundRows(ASKED_ROWS), column);
  }

  async answer(row: Readonly<Record<string, unknown>>) {
    return answerOf(this.theModel, row);
  }

  async explain(row: Readonly<Record<string, unknown>>) {
    return reasonOf(this.theModel, row, this.backgroundRows(BACKGROUND));
  }

  private backgroundRows(most: number): readonly object[] {
    if (!this.split || !this.table) return this.others.slice(0, most);
    return rowsOf(this.table, this.split.train, most, this.split.target);
  }

  async answers(source: Source) {
    const model = this.theModel;
    const table = await read(source);
    const answers = await answersTo(model, table);
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

  async licences() {
    return licences;
  }

  async load(bytes: Uint8Array): Promise<ModelView> {
    [this.table, this.split, this.found] = [undefined, undefined, undefined];
    this.model = await loaded(bytes);
    return viewModel(this.model, 0, bytes.length, false);
  }

  async playBegin(settings: Parameters<Calls["playBegin"]>[0]) {
    this.playing = Play.begin(settings);
    return (await this.playing).step(0, 0);
  }

  async playStep(epochs: number, batches: number) {
    if (!this.playing) throw new Refusal("There is no network yet: begin first.");
    return (await this.playing).step(epochs, batches);
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

const read = ({ name, bytes, text }: Source): Promise<Table> | Table =>
  bytes ? readTable(name, bytes) : readText(name, text ?? "");

async function loaded(bytes: Uint8Array): Promise<Model> {
  try {
    return await Classifier.load<string>(bytes);
  } catch (first) {
    try {
      return await Regressor.load(bytes);
    } catch {
      throw first;
    }
  }
}

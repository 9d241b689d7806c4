/** The models of tables: fitted networks with the columns they read. What Classifier and Regressor share. */
import { Dataset } from "../data/dataset.js";
import type { SavedTable, SaveOptions } from "../file/write-model.js";
import { runThrough } from "../ground/slices.js";
import type { MLP } from "../model/mlp.js";
import { describeHistory, describeNetwork } from "../model/summary.js";
import type { History } from "../train/history.js";
import type { AskedModel } from "./asked-model.js";
import type { Encoder } from "./encoder.js";
import type { HeldFacts } from "./held-facts.js";
import type { Label } from "./label.js";
import { Members } from "./members.js";
import type { MembersTraining, PartialFitOptions } from "./online-training.js";
import { type OfLabels, type OfValues, QuestionedModel } from "./questioned-model.js";
import type { RowSchema } from "./row-schema.js";
import type { EvaluateOptions } from "./row-weights.js";
import type { Scorer } from "./score-rows.js";
import type { TableParts } from "./table-parts.js";
import { checkRows } from "./table-rows.js";
import { RowList } from "./table-source.js";
import { type TableWarning, warnOfLate } from "./table-warning.js";
import type { TargetEncoder } from "./target-encoder.js";

/** Fitted networks with the columns they read and the target they predict. */
export abstract class TableModel<
  E extends TargetEncoder & AskedModel["targetEncoder"],
  S,
  Q extends OfLabels<Label> | OfValues,
> extends QuestionedModel<Q> {
  /** The networks, whose answers are averaged: each has everything an {@link MLP} has. */
  readonly members: readonly MLP<E["output"]>[];
  /** @internal What answers. */
  readonly ensemble: Members<MLP<E["output"]>>;
  /** @internal */
  readonly encoder: Encoder;
  /** @internal */
  readonly targetEncoder: E;
  /**
   * What a program should see of the fit, and of predictions since: columns that are ignored and why, texts read as missing, a
   * training that was cut off. Also in {@link summary}, and told to `onWarning` as they come up; a file keeps those of the fit.
   */
  readonly warnings: readonly TableWarning[] = [];
  /** @internal Is told of what predictions have to tell. */
  onWarning: ((warning: TableWarning) => void) | undefined;
  /** @internal What rows said that were held out. */
  held: HeldFacts | undefined;
  /** How many of them a file keeps. */
  private fitWarnings = 0;
  private readonly online: MembersTraining;
  private readonly write: TableParts<E, unknown>["save"];
  /** Of one row at a time: a service need not allocate them. */
  private readonly features: Float32Array;
  private readonly answers: Float32Array;

  /** @internal */
  protected constructor(parts: TableParts<E, MLP<E["output"]>>) {
    super(parts?.encoder !== undefined, `await ${new.target.name}.fit(rows, { target })`);
    const { members, encoder, save, targetEncoder, held, warnings, onWarning } = parts;
    this.held = held;
    this.write = save;
    this.members = members;
    this.online = parts.trainingOf(members);
    this.ensemble = new Members(members);
    this.encoder = encoder;
    this.targetEncoder = targetEncoder;
    this.onWarning = onWarning;
    this.keep(warnings);
    encoder.onLate = (what, column, text) => {
      const warning = warnOfLate(what, column, text);
      (this.warnings as TableWarning[]).push(warning);
      this.onWarning?.(warning);
    };
    this.features = new Float32Array(encoder.width);
    this.answers = new Float32Array(targetEncoder.outputs);
  }

  /** @internal Adds what the fit has to tell. */
  keep(warnings: readonly TableWarning[]): void {
    const known = new Set(this.warnings.map(({ message }) => message));
    const anew = warnings.filter(({ message }) => !known.has(message)).map(({ row, ...kept }) => kept);
    this.fitWarnings = (this.warnings as TableWarning[]).push(...anew);
  }

  /** @internal */
  abstract readonly kind: SavedTable["kind"];

  /** The first of the networks, the only one without an ensemble. */
  get net(): MLP<E["output"]> {
    return this.members[0];
  }

  /** What the latest fit reported of the first network; of each, its own `history`. */
  get history(): History<E["output"]> {
    return this.net.history as History<E["output"]>;
  }

  /** @internal */
  override toString(): string {
    return `${this.constructor.name} of ${JSON.stringify(this.target)} from ${this.columns.length} columns, ${this.ensemble}`;
  }

  /** The column that is predicted. */
  get target(): string {
    return this.targetEncoder.target;
  }

  /** What was learned of each column, sorted by name; ignored ones too, with the reason. */
  get columns(): Encoder["columns"] {
    return this.encoder.columns;
  }

  /** What each input of the network tells: "age", "age is missing", "sex = female". */
  get featureNames(): Encoder["featureNames"] {
    return this.encoder.featureNames;
  }

  /**
   * The rows as the network reads them, [rows, features] row-major, in the order of {@link featureNames}.
   * @throws TypeError, RangeError naming a row that has none of the columns, or the row and the column of a wrong value
   * @example
   * const features = model.encode(others);
   * features.length === others.length * model.featureNames.length; // true
   */
  encode(rows: readonly object[]): Float32Array {
    return this.encoder.encode("encode", rows);
  }

  /**
   * The rows with their targets as a dataset for {@link net}.
   * @throws TypeError, RangeError naming the row of a value or a target that does not fit
   * @example
   * model.net.evaluate(model.dataset(others)); // { loss, accuracy }
   */
  dataset(rows: readonly object[]): Dataset {
    return this.read("dataset", rows);
  }

  private read(call: string, rows: readonly object[]): Dataset {
    checkRows(call, rows);
    return runThrough(this.readSlices(call, rows));
  }

  /** @internal Rows that were checked, and their targets, slice by slice. */
  *readSlices(call: string, rows: readonly object[]): Generator<number, Dataset> {
    const { encoder, targetEncoder } = this;
    const x = yield* encoder.encodeSlices(call, rows);
    const targets = yield* targetEncoder.read(call, new RowList(rows), encoder.markers);
    return Dataset.trusted(x, yield* targetEncoder.encode(targets), rows.length);
  }

  /** @internal What the network answers to a row, into `out`, or where the next row's answer goes too. */
  protected answerOne(call: string, row: object, out = this.answers): Float32Array {
    return this.ensemble.predictProba(this.encoder.encodeOne(call, row, this.features), out);
  }

  /** @internal What the network answers to rows, [rows, outputs]. */
  protected answerAll(call: string, rows: readonly object[], out?: Float32Array): Float32Array {
    if (rows.length === 0) return out ?? new Float32Array(0);
    return this.ensemble.predictProba(this.encoder.encode(call, rows), out);
  }

  /**
   * Scores the model on rows with their targets. Synchronous: of many rows in turns, see {@link inTurns}.
   * @param options `weights`: what each row counts
   * @throws TypeError, RangeError naming the row of a value or a target that does not fit
   * @example
   * const scores = model.evaluate(others);
   */
  evaluate(rows: readonly object[], options?: EvaluateOptions): S {
    const answers = this.ensemble.predictProba(this.encoder.encode("evaluate", rows));
    return runThrough(this.encoder.scoreRows<S>(this, rows, answers, options));
  }

  /** @internal The scores of answers to rows, whose targets and weights were read, slice by slice. */
  abstract score(...given: Parameters<Scorer<S>["score"]>): Generator<number, S>;

  /**
   * Goes on learning from new rows, in the order given, one pass of each network: for data that keeps coming. Synchronous, like
   * {@link Trainer.step}; of many rows in turns, see {@link inTurns}. Columns and labels stay those of the fit. What the optimizer
   * keeps goes on from call to call, until options are given anew or the network is trained otherwise.
   * @param options those of a trainer and `batchSize`. Default: `adam()`, 32 rows an update
   * @returns the mean loss over the rows, before each update
   * @throws TypeError, RangeError on rows or options that do not fit, Error if the loss is not finite; the model is then as it was
   * @example
   * const loss = model.partialFit(others, { optimizer: adam({ learningRate: 1e-4 }) });
   */
  partialFit(rows: readonly object[], options?: PartialFitOptions): number {
    const data = this.read("partialFit", rows);
    for (const { training } of this.members) training.refuseInside("partialFit");
    return runThrough(this.learnSlices("partialFit", data, options));
  }

  /**
   * @internal One update after the other, one network after the other; if one of them fails, all are as they were.
   * @returns the mean loss over the networks
   */
  *learnSlices(call: string, data: Dataset, options: PartialFitOptions | undefined): Generator<number, number> {
    const loss = yield* this.online.learn(call, data, options);
    // What held-out rows said is of the networks as they were.
    this.held = undefined;
    return loss;
  }

  /**
   * What a row must be to be predicted, as a JSON Schema (draft 2020-12): for the door of a service, or its documentation.
   * @example
   * const { properties } = model.schema();
   * properties.age.type; // ["number", "string", "null"]
   */
  schema(): RowSchema {
    return this.encoder.schema(this.target);
  }

  /**
   * A page of plain text: layers, parameters, columns, target, warnings, and how the fit went.
   * @example
   * console.log(model.summary());
   */
  summary(): string {
    const parts = [
      [this.describeTarget()],
      this.encoder.describe(),
      ...(this.warnings.length > 0 ? [["warnings:", ...this.warnings.map(({ message }) => `  ${message}`)]] : []),
      ...(this.members.length > 1 ? [[`${this.members.length} networks, whose answers are averaged; the first:`]] : []),
      describeNetwork(this.net),
      describeHistory(this.history as History),
    ];
    return parts.map((lines) => lines.join("\n")).join("\n\n");
  }

  /** @internal The target in a line. */
  protected abstract describeTarget(): string;

  /** @internal */
  saved(): SavedTable {
    const { kind, target, encoder, targetEncoder } = this;
    const warnings = this.warnings.slice(0, this.fitWarnings);
    return { kind, target, encoder: encoder.toJSON(), code: targetEncoder.toJSON(), held: this.held, warnings };
  }

  /**
   * Writes the networks, their columns, target and histories as bytes for `load`; same model, same bytes.
   * @param options `resume`: also what is needed to go on training {@link members} bit for bit; or `weights`: `"int8"` for small files
   * @example
   * writeFileSync("titanic.model", model.save());
   */
  save(options: SaveOptions = {}): Uint8Array<ArrayBuffer> {
    return this.write(this as never, options);
  }
}

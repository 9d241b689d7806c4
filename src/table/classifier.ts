/** Labels for rows of objects. */

import { show } from "../ground/check.js";
import type { MLP } from "../model/mlp.js";
import type { Candidates, SharedReading } from "./candidates.js";
import type { ClassifierOptions, MultiTargetClassifierOptions } from "./classifier-options.js";
import { type ClassifierScores, scoreLabels } from "./classifier-scores.js";
import type { CoverageOptions } from "./conformal.js";
import type { DecisionOptions } from "./costs.js";
import { optionsNow, rowsNow, type TableRows } from "./given-rows.js";
import type { Calibration } from "./held-facts.js";
import type { Label } from "./label.js";
import type { LabelEncoder } from "./label-encoder.js";
import type { LabelSetEncoder } from "./label-set-encoder.js";
import type { OfSeveralLabels } from "./multi-label-scores.js";
import type { MultiTargetClassifier } from "./multi-target-models.js";
import type { OfLabels } from "./questioned-model.js";
import type { LabelCells } from "./read-labels.js";
import type { CrossValidation, CrossValidationOptions } from "./score-folds.js";
import type { Scorer } from "./score-rows.js";
import type { SearchArguments, SearchResult } from "./search.js";
import { TableModel } from "./table-model.js";
import type { TableParts } from "./table-parts.js";
import type { TableSource } from "./table-source.js";

/**
 * Learns labels from rows of objects: reads their columns, makes a network, trains it.
 * @example
 * const model = await Classifier.fit(passengers, { target: "survived", validation: 0.1 });
 * model.predict({ sex: "female", age: 29, pclass: 1 }); // "1", as CSV has it
 * model.predictProba({ sex: "female", age: 29, pclass: 1 }); // { "0": 0.04, "1": 0.96 }
 */
export class Classifier<L extends Label = Label> extends TableModel<LabelEncoder, ClassifierScores, OfLabels<L>> {
  /** @internal */
  get kind() {
    return this.hasSets ? "multi-label classifier" : "classifier";
  }

  /** Whether rows have several labels each: then the target's encoder is a {@link LabelSetEncoder}. */
  private get hasSets(): boolean {
    return (this.targetEncoder as { readonly output: string }).output === "sigmoid";
  }

  /** The same of several targets: of each a model of its own, all behind one interface. @throws as below */
  static async fit<N extends string>(
    rows: TableRows,
    options: MultiTargetClassifierOptions<N>,
  ): Promise<MultiTargetClassifier<N, Classifier>>;
  /** The same of rows whose targets are lists of labels, as the type of the model says. @throws as below */
  static async fit<M extends MultiLabelClassifier = never>(
    rows: TableRows,
    options: [M] extends [never] ? never : ClassifierOptions,
  ): Promise<NoInfer<M>>;
  /**
   * Makes and trains a model. Each row is an object; every property but the target is a column (see `columns`).
   * @param rows an array, an iterable or a stream of objects, or columns (see {@link TableRows}), with their targets, all text, all booleans or all whole numbers
   * @returns the model; when the signal ended the fit, the best so far
   * @throws TypeError, RangeError on rows or options that do not fit, naming row and column; Error if the loss is not finite
   * @example
   * const model = await Classifier.fit(flowers, { target: "species", hidden: [32], seed: 1 });
   */
  static async fit<L extends Label = Label>(rows: TableRows, options: ClassifierOptions): Promise<Classifier<L>>;
  static async fit(rows: TableRows, options: unknown): Promise<unknown> {
    const [now, given] = [rowsNow(rows), optionsNow(options)];
    const { fitOnce } = await import("./fit-table.js");
    return fitOnce("Classifier.fit", Classifier.read, Classifier.load, now, given as ClassifierOptions);
  }

  /** Reads the rows once, for any number of fits. */
  private static async read<L extends Label>(
    call: string,
    rows: TableSource,
    options: ClassifierOptions,
    shared?: SharedReading,
  ): Promise<Candidates<Classifier<L>, ClassifierScores, ClassifierOptions>> {
    const { readTable } = await import("./fit-table.js");
    const { readLabels } = await import("./read-labels.js");
    const { weightsOf } = await import("./class-weights.js");
    const readTargets = (markers: ReadonlySet<string>) => readLabels(call, rows, options.target, markers);
    const create = (parts: TableParts<LabelEncoder, MLP<"softmax">>) => new Classifier<L>(parts);
    const weigh = (own: ClassifierOptions, labels: LabelCells) => weightsOf(call, own.classWeights, labels);
    return readTable(call, rows, options, readTargets, create, weigh, shared);
  }

  /** The same as below of a model of several targets, or of several labels a row, named by its type. */
  static async load<M extends MultiTargetClassifier<string, Classifier> | MultiLabelClassifier = never>(
    bytes: [M] extends [never] ? never : Uint8Array,
  ): Promise<NoInfer<M>>;
  /**
   * Makes the model that {@link Classifier.save} wrote.
   * @throws TypeError if `bytes` is no Uint8Array, Error if it is no whole, undamaged classifier
   * @example
   * const again = await Classifier.load<string>(model.save());
   */
  static async load<L extends Label = Label>(bytes: Uint8Array): Promise<Classifier<L>>;
  static async load(bytes: Uint8Array): Promise<unknown> {
    const call = "Classifier.load";
    const { loadTable } = await import("./load-table.js");
    const { readLabelNames } = await import("./label-encoder.js");
    const parse = (target: string, names: unknown) => readLabelNames(call, target, names);
    return loadTable(call, bytes, "classifier", parse, (parts) => new Classifier(parts));
  }

  /**
   * Scores a model on each of `folds` parts of the rows, trained on the other parts (k-fold cross-validation, each label's
   * rows split evenly).
   * @throws as {@link Classifier.fit}
   * @example
   * const { mean } = await Classifier.crossValidate(flowers, { target: "species", folds: 5 });
   */
  static async crossValidate(
    rows: TableRows,
    options: Omit<ClassifierOptions, "resume"> & CrossValidationOptions<ClassifierScores>,
  ): Promise<CrossValidation<ClassifierScores>> {
    const [now, given] = [rowsNow(rows), optionsNow(options)];
    const { crossValidate } = await import("./cross-validation.js");
    return crossValidate("Classifier.crossValidate", Classifier.read, now, given);
  }

  /**
   * Tries settings drawn at random from a space (Bergstra and Bengio 2012), each by cross-validation, and fits the best of
   * them on all rows.
   * @param given a space, lists to choose from and ranges by option, and the options; or the options alone, for a space of its own
   * @returns the model, the best trial and all others; when the signal ended it, the best so far
   * @throws as {@link Classifier.fit}
   * @example
   * const space = { hidden: [[32], [64], [64, 32]], learningRate: { low: 1e-4, high: 1e-1, log: true } };
   * const { model, bestTrial } = await Classifier.search(flowers, space, { target: "species", trials: 10, folds: 3 });
   */
  static async search<L extends Label = Label>(
    rows: TableRows,
    ...given: SearchArguments<ClassifierOptions, ClassifierScores>
  ): Promise<SearchResult<Classifier<L>, ClassifierScores>> {
    const [now, asked] = [rowsNow(rows), given.map((own) => optionsNow(own)) as unknown as typeof given];
    const { search } = await import("./search.js");
    // Accuracy ties too often to choose by.
    return search("Classifier.search", { read: Classifier.read<L>, ranking: "logLoss" }, now, asked);
  }

  /** The labels, in the order of probabilities: numbers by size, texts by code units, false before true. */
  get labels(): readonly L[] {
    return this.targetEncoder.labels as readonly L[];
  }

  /**
   * Predicts the label of a row or of each row: the most probable one, or the one of the least expected cost. Synchronous: of many rows
   * in turns, see {@link inTurns}.
   * @param options `costs`: what mistakes cost
   * @throws TypeError, RangeError naming a row that has none of the columns, or the row and the column of a wrong value, or on costs that
   * are none
   * @example
   * model.predict([{ sex: "female", pclass: 1 }, { sex: "male", pclass: 3 }]); // ["1", "0"]
   * model.predict(passengers, { costs: { "1": { "0": 5 } } }); // to miss a survivor costs 5 times as much
   */
  predict(rows: readonly object[], options?: DecisionOptions): L[];
  predict(row: object, options?: DecisionOptions): L;
  predict(rows: object | readonly object[], options?: DecisionOptions): L | L[] {
    const { labels, targetEncoder } = this;
    const decide = targetEncoder.decider("predict", options) as (probabilities: Float32Array, from: number) => L;
    if (!Array.isArray(rows)) return decide(this.answerOne("predict", rows), 0);
    const probabilities = this.answerAll("predict", rows);
    return rows.map((_, r) => decide(probabilities, r * labels.length));
  }

  /**
   * Predicts a set of labels for a row or for each row, which holds the right one for the share `coverage` of rows like those of the fit
   * (split conformal prediction; Sadinle, Lei and Wasserman 2019), the most probable label first: one label where the model is sure,
   * several where it is not, none where no label is as probable as right ones are.
   * @param options `coverage`. Default: 0.9
   * @throws as {@link Classifier.predict}; Error if the fit held no rows out or the model has learned since, RangeError if it held out too few
   * @example
   * model.predictSet({ sex: "female", pclass: 3 }, { coverage: 0.95 }); // ["1", "0"]: not sure
   */
  predictSet(rows: readonly object[], options?: CoverageOptions): L[][];
  predictSet(row: object, options?: CoverageOptions): L[];
  predictSet(rows: object | readonly object[], options: CoverageOptions = {}): L[] | L[][] {
    const call = "predictSet";
    const { labels, targetEncoder } = this;
    type Among = (probabilities: Float32Array, from: number) => L[];
    const among = targetEncoder.among(call, this.held, options) as Among;
    if (!Array.isArray(rows)) return among(this.answerOne(call, rows), 0);
    const probabilities = this.answerAll(call, rows);
    return rows.map((_, r) => among(probabilities, r * labels.length));
  }

  /** How probabilities were calibrated by rows that were held out; undefined where none were, or labels had weights. */
  get calibration(): Calibration | undefined {
    return this.held?.calibration;
  }

  /**
   * Computes the probability of each label, of a row or of each row. Synchronous: of many rows in turns, see {@link inTurns}.
   * @param out takes the probabilities when given, [rows, labels] row-major in the order of {@link labels}, and is returned
   * @throws TypeError, RangeError naming a row that has none of the columns, or the row and the column of a wrong value, or on an `out` of a wrong size
   * @example
   * const out = new Float32Array(model.labels.length);
   * model.predictProba(passengers[0], out);
   */
  predictProba(rows: object | readonly object[], out: Float32Array): Float32Array;
  predictProba(rows: readonly object[]): Record<string, number>[];
  predictProba(row: object): Record<string, number>;
  predictProba(
    rows: object | readonly object[],
    out?: Float32Array,
  ): Record<string, number> | Record<string, number>[] | Float32Array {
    const call = "predictProba";
    const many = Array.isArray(rows);
    if (out !== undefined) return many ? this.answerAll(call, rows, out) : this.answerOne(call, rows, out);
    if (!many) return this.byLabel(this.answerOne(call, rows), 0);
    const probabilities = this.answerAll(call, rows);
    return rows.map((_, r) => this.byLabel(probabilities, r));
  }

  private byLabel(probabilities: Float32Array, r: number): Record<string, number> {
    // Not by assignment: a label may be called "__proto__".
    return Object.fromEntries(this.labels.map((label, id, { length }) => [label, probabilities[r * length + id]]));
  }

  /** @internal */
  score(...given: Parameters<Scorer<ClassifierScores>["score"]>): Generator<number, ClassifierScores> {
    // Sets of labels score themselves.
    const encoder = this.targetEncoder as { readonly score?: Scorer<ClassifierScores>["score"] };
    return encoder.score?.(...given) ?? scoreLabels(this.labels, ...given);
  }

  /** @internal */
  protected describeTarget(): string {
    const { labels, hasSets } = this;
    return `Classifier of ${show(this.target)}${hasSets ? ", several a row" : ""}: ${labels.length} labels, ${labels.slice(0, 8).join(", ")}${labels.length > 8 ? ", ..." : ""}`;
  }
}

/** A {@link Classifier} of rows that have several labels each, as {@link Classifier.fit} makes it where targets are lists. */
export type MultiLabelClassifier<L extends Label = Label> = OfSeveralLabels<Classifier<L>, L>;

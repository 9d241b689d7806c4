/** Labels for rows of objects. */
import { checkNumber, show } from "./check.js";
import { fitTable, loadTable, type TableOptions } from "./fit-table.js";
import { isLabels, type Label, Labels } from "./labels.js";
import {
  accuracy,
  argmax,
  balancedAccuracy,
  brierScore,
  type ClassScores,
  confusionMatrix,
  logLoss,
  precisionRecallF1,
  rocAuc,
} from "./metrics.js";
import {
  type CrossValidation,
  type CrossValidationOptions,
  crossValidate,
  type SearchOptions,
  type SearchResult,
  type SearchSpace,
  search,
} from "./selection.js";
import { Table, type TableParts } from "./table.js";

export interface ClassifierOptions extends TableOptions<"softmax"> {
  /** What a row counts by its label: a weight > 0 a label (1 for those left out), or `"balanced"`. */
  classWeights?: "balanced" | Readonly<Record<string, number>>;
}

/** What {@link Classifier.evaluate} returns. */
export interface ClassifierScores {
  /** The share of rows predicted right, 0 to 1. */
  accuracy: number;
  /** The mean, over the labels that occur, of the share of their rows predicted right. */
  balancedAccuracy: number;
  /** Mean of -log of the probability given to the right label. */
  logLoss: number;
  /** Mean squared error of the probabilities: how well they are calibrated and how sharp they are. */
  brier: number;
  /** The chance that a row of a label is given a higher probability of it than one of another; undefined if a label does not occur. */
  rocAuc: number | undefined;
  /** Means over the labels that occur or are predicted. */
  precision: number;
  recall: number;
  f1: number;
  /** The same for each label, in the order of {@link Classifier.labels}. */
  perLabel: (ClassScores & { label: Label })[];
  /** Row t, column p: rows of label t predicted as p. */
  confusion: number[][];
}

/**
 * Learns labels from rows of objects: reads their columns, makes a network, trains it.
 * @example
 * const model = await Classifier.fit(passengers, { target: "survived", validation: 0.1 });
 * model.predict({ sex: "female", age: 29, pclass: 1 }); // "1", as CSV has it
 * model.predictProba({ sex: "female", age: 29, pclass: 1 }); // { "0": 0.04, "1": 0.96 }
 */
export class Classifier<L extends Label = Label> extends Table<Labels, "softmax"> {
  /** @internal */
  readonly kind = "classifier";
  /** For one row at a time: a service need not allocate them. */
  private readonly features: Float32Array;
  private readonly probabilities: Float32Array;

  private constructor(parts: TableParts<Labels, "softmax">) {
    super(parts);
    this.features = new Float32Array(parts.encoder.width);
    this.probabilities = new Float32Array(parts.code.outputs);
  }

  /**
   * Makes and trains a model. Each row is an object; every property but the target is a column (see `columns`).
   * @param rows with their targets, all text, all booleans or all whole numbers
   * @returns the model; when the signal ended the fit, the best so far
   * @throws TypeError, RangeError on rows or options that do not fit, naming row and column; Error if the loss is not finite
   * @example
   * const model = await Classifier.fit(flowers, { target: "species", hidden: [32], seed: 1 });
   */
  static async fit<L extends Label = Label>(
    rows: readonly object[],
    options: ClassifierOptions,
  ): Promise<Classifier<L>> {
    return Classifier.fitPart<L>("Classifier.fit", rows, options);
  }

  private static async fitPart<L extends Label = Label>(
    call: string,
    rows: readonly object[],
    options: ClassifierOptions,
    part?: Uint32Array,
  ): Promise<Classifier<L>> {
    const complete = (code: Labels) => ({ classWeights: weightsById(call, options.classWeights, code) });
    return new Classifier<L>(await fitTable({ call, learn: Labels.learn, complete }, rows, options, part));
  }

  /**
   * Makes the model that {@link Classifier.save} wrote.
   * @throws TypeError if `bytes` is no Uint8Array, Error if it is no whole, undamaged classifier
   * @example
   * const again = await Classifier.load<string>(model.save());
   */
  static async load<L extends Label = Label>(bytes: Uint8Array): Promise<Classifier<L>> {
    const call = "Classifier.load";
    const parts = await loadTable(call, bytes, "classifier", (target, names) => {
      if (isLabels(names)) return new Labels(target, names);
      throw new Error(`${call}: the file must hold two labels at least, each once, got ${show(names)}.`);
    });
    return new Classifier<L>(parts as TableParts<Labels, "softmax">);
  }

  /**
   * Scores a model on each of `folds` parts of the rows, trained on the other parts (k-fold cross-validation, each label
   * dealt out evenly).
   * @throws as {@link Classifier.fit}
   * @example
   * const { mean } = await Classifier.crossValidate(flowers, { target: "species", folds: 5 });
   */
  static crossValidate(
    rows: readonly object[],
    options: ClassifierOptions & CrossValidationOptions<ClassifierScores>,
  ): Promise<CrossValidation<ClassifierScores>> {
    return crossValidate("Classifier.crossValidate", Classifier.selection(), rows, options);
  }

  /**
   * Tries settings drawn at random from a space (Bergstra and Bengio 2012), each by cross-validation, and fits the best of
   * them on all rows.
   * @param space lists to choose from and ranges, by option
   * @returns the model, the best trial and all others; when the signal ended it, the best so far
   * @throws as {@link Classifier.fit}
   * @example
   * const space = { hidden: [[32], [64], [64, 32]], learningRate: { low: 1e-4, high: 1e-1, log: true } };
   * const { model, best } = await Classifier.search(flowers, space, { target: "species", trials: 10, folds: 3 });
   */
  static search<L extends Label = Label>(
    rows: readonly object[],
    space: SearchSpace,
    options: ClassifierOptions & SearchOptions<ClassifierScores>,
  ): Promise<SearchResult<Classifier<L>, ClassifierScores>> {
    return search("Classifier.search", Classifier.selection(), rows, space, options) as Promise<
      SearchResult<Classifier<L>, ClassifierScores>
    >;
  }

  /** A method, not a field: bundlers leave out classes without side effects that nobody uses. */
  private static selection() {
    return {
      fit: Classifier.fitPart,
      learn: Labels.learn,
      // Accuracy ties too often to choose by.
      ranking: "logLoss",
    } as const;
  }

  get target(): string {
    return this.code.target;
  }

  /** The labels, in the order of probabilities: numbers by size, texts by code units, false before true. */
  get labels(): readonly L[] {
    return this.code.names as readonly L[];
  }

  /**
   * Predicts the label of a row or of each row.
   * @throws TypeError, RangeError naming the row and the column of a value of a wrong kind
   * @example
   * model.predict([{ sex: "female", pclass: 1 }, { sex: "male", pclass: 3 }]); // ["1", "0"]
   */
  predict(rows: readonly object[]): L[];
  predict(row: object): L;
  predict(rows: object | readonly object[]): L | L[] {
    const { labels } = this;
    const classes = labels.length;
    if (!Array.isArray(rows)) return labels[argmax(this.oneRow("predict", rows), 0, classes)];
    const probabilities = this.allRows("predict", rows);
    return rows.map((_, r) => labels[argmax(probabilities, r * classes, classes)]);
  }

  /**
   * Computes the probability of each label, of a row or of each row.
   * @param out takes the probabilities when given, [rows, labels] row-major in the order of {@link labels}, and is returned
   * @throws TypeError, RangeError naming the row and the column of a value of a wrong kind, or on an `out` of a wrong size
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
    if (out !== undefined) return many ? this.allRows(call, rows, out) : this.oneRow(call, rows, out);
    if (!many) return this.byLabel(this.oneRow(call, rows), 0);
    const probabilities = this.allRows(call, rows);
    return rows.map((_, r) => this.byLabel(probabilities, r));
  }

  /** Into `out`, or where the next row's go too. */
  private oneRow(call: string, row: object, out = this.probabilities): Float32Array {
    return this.net.predictProba(this.encoder.encodeOne(call, row, this.features), out);
  }

  private allRows(call: string, rows: readonly object[], out?: Float32Array): Float32Array {
    if (rows.length === 0) return out ?? new Float32Array(0);
    return this.net.predictProba(this.encoder.encode(call, rows), out);
  }

  private byLabel(probabilities: Float32Array, r: number): Record<string, number> {
    const { labels } = this;
    // Not by assignment: a label may be called "__proto__".
    return Object.fromEntries(labels.map((label, id) => [label, probabilities[r * labels.length + id]]));
  }

  /**
   * Scores the model on rows with their targets.
   * @throws TypeError, RangeError naming the row of a value or a target that does not fit
   * @example
   * const { accuracy, perLabel, confusion } = model.evaluate(others);
   */
  evaluate(rows: readonly object[]): ClassifierScores {
    const call = "evaluate";
    const classes = this.labels.length;
    const probabilities = this.net.predictProba(this.encoder.encode(call, rows));
    const truth = this.code.encode(call, rows);
    const predicted = Int32Array.from(truth, (_, r) => argmax(probabilities, r * classes, classes));
    const { perClass, macro } = precisionRecallF1(truth, predicted, classes);
    return {
      accuracy: accuracy(truth, predicted),
      balancedAccuracy: balancedAccuracy(truth, predicted),
      logLoss: logLoss(truth, probabilities),
      brier: brierScore(truth, probabilities),
      rocAuc: perClass.every(({ support }) => support > 0) ? rocAuc(truth, probabilities) : undefined,
      ...macro,
      perLabel: perClass.map((scores, id) => ({ label: this.labels[id], ...scores })),
      confusion: confusionMatrix(truth, predicted, classes),
    };
  }

  /** @internal */
  protected describeTarget(): string {
    const { labels } = this;
    return `Classifier of ${show(this.target)}: ${labels.length} labels, ${labels.slice(0, 8).join(", ")}${labels.length > 8 ? ", ..." : ""}`;
  }

  /** @internal */
  protected codeData(): readonly Label[] {
    return this.code.names;
  }
}

/** Weights in the order of class ids. */
function weightsById(
  call: string,
  weights: ClassifierOptions["classWeights"],
  { names }: Labels,
): readonly number[] | "balanced" | undefined {
  if (weights === undefined || weights === "balanced") return weights;
  if (typeof weights !== "object" || weights === null) {
    throw new TypeError(`${call}: classWeights must be "balanced" or a weight a label, got ${show(weights)}.`);
  }
  for (const [label, weight] of Object.entries(weights)) {
    checkNumber(call, `classWeights[${show(label)}]`, weight, 2 ** -100, 2 ** 100);
    if (!names.some((name) => String(name) === label)) {
      throw new RangeError(`${call}: classWeights must name labels among ${show([...names])}, got ${show(label)}.`);
    }
  }
  return names.map((name) => (Object.hasOwn(weights, String(name)) ? weights[String(name)] : 1));
}

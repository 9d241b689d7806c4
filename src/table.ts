/** The models of tables: a fitted network with the columns it reads. What Classifier and Regressor share. */
import { checkOptions, checkWhole } from "./check.js";
import { Dataset } from "./dataset.js";
import type { Encoder } from "./encoder.js";
import type { History } from "./fit.js";
import type { SavedTable } from "./formats/model.js";
import { type ColumnImportance, type ImportanceOptions, importances } from "./importance.js";
import type { TargetCode } from "./labels.js";
import type { MLP, SaveOptions } from "./mlp.js";
import type { Output } from "./network.js";
import { adam } from "./optimizers.js";
import { describeColumns, describeHistory, describeNetwork } from "./summary.js";
import type { Trainer, TrainerOptions } from "./trainer.js";

/** How {@link Classifier.partialFit} goes on learning. */
export interface PartialFitOptions extends Partial<Omit<TrainerOptions, "classWeights">> {
  /** Rows an update, >= 1; 32 if left out. */
  batchSize?: number;
}

/** What a fitted table consists of. */
export interface TableParts<C extends TargetCode, O extends Output> {
  readonly net: MLP<O>;
  readonly encoder: Encoder;
  readonly code: C;
}

/** What goes on from one `partialFit` to the next. */
interface Online {
  readonly trainer: Trainer;
  readonly batchSize: number;
  readonly options: PartialFitOptions;
}

/** A fitted network with the columns it reads and the target it predicts. */
export abstract class Table<C extends TargetCode, O extends Output> {
  /** The network: everything an {@link MLP} has. */
  readonly net: MLP<O>;
  /** @internal */
  protected readonly encoder: Encoder;
  /** @internal */
  protected readonly code: C;
  private online: Online | undefined;

  /** @internal */
  protected constructor({ net, encoder, code }: TableParts<C, O>) {
    this.net = net;
    this.encoder = encoder;
    this.code = code;
  }

  /** @internal */
  abstract readonly kind: SavedTable["kind"];

  /** What the latest fit reported. */
  get history(): History<O> {
    return this.net.history as History<O>;
  }

  /** The column that is predicted. */
  abstract get target(): string;

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
   * @throws TypeError, RangeError naming the row and the column of a value of a wrong kind
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
    return Dataset.from({ x: this.encoder.encode(call, rows), y: this.code.encode(call, rows), rows: rows.length });
  }

  /**
   * Goes on learning from new rows, in the order given, one pass: for data that keeps coming. Synchronous, like
   * {@link Trainer.step}. Columns and labels stay those of the fit. What the optimizer keeps goes on from call to call, until
   * options are given anew or the network is trained otherwise.
   * @param options as those of a trainer; `adam()` if left out
   * @returns the mean loss over the rows, before each update
   * @throws TypeError, RangeError on rows or options that do not fit, Error if the loss is not finite; the model is then as
   * it was
   * @example
   * const loss = model.partialFit(others, { optimizer: adam({ learningRate: 1e-4 }) });
   */
  partialFit(rows: readonly object[], options?: PartialFitOptions): number {
    const data = this.read("partialFit", rows);
    const { trainer, batchSize } = this.onlineTrainer(options);
    const before = this.net.parameters();
    let sum = 0;
    try {
      for (const { x, y } of data.batches({ size: batchSize })) sum += trainer.step(x, y) * y.length;
    } catch (error) {
      this.net.setParameters(before);
      this.online = undefined;
      throw error;
    }
    return sum / data.rows;
  }

  private onlineTrainer(options: PartialFitOptions | undefined): Online {
    if (!options && this.online?.trainer.isCurrent) return this.online;
    const given = options ?? this.online?.options ?? {};
    checkOptions("partialFit", given, ["optimizer", "l1", "l2", "dropout", "clipNorm", "batchSize"]);
    const { batchSize = 32, optimizer = adam(), ...rest } = given;
    checkWhole("partialFit", "batchSize", batchSize, 1);
    this.online = { trainer: this.net.trainer({ optimizer, ...rest }), batchSize, options: given };
    return this.online;
  }

  /**
   * How much worse the model predicts when a column's values are dealt out anew among the rows: what it relies on
   * (permutation importance, Breiman 2001).
   * @param rows with targets, other ones than it was fitted on if possible
   * @returns the columns it reads, the most important first
   * @throws TypeError, RangeError on rows or options that do not fit
   * @example
   * const [{ name, mean }] = await model.importance(others);
   */
  importance(rows: readonly object[], options: ImportanceOptions = {}): Promise<ColumnImportance[]> {
    return importances(this.net as unknown as MLP, this.columns, this.dataset(rows), options);
  }

  /**
   * A page of plain text: layers, parameters, columns, target, and how the fit went.
   * @example
   * console.log(model.summary());
   */
  summary(): string {
    const parts = [
      [this.describeTarget()],
      describeColumns(this.columns),
      describeNetwork(this.net),
      describeHistory(this.history as History),
    ];
    return parts.map((lines) => lines.join("\n")).join("\n\n");
  }

  /** @internal The target in a line. */
  protected abstract describeTarget(): string;

  /** @internal */
  saved(): SavedTable {
    const { kind, target, encoder } = this;
    return { kind, target, encoder: encoder.toJSON(), code: this.codeData() };
  }

  /** @internal The target's code as plain data. */
  protected abstract codeData(): unknown;

  /**
   * Writes the network, its columns, its target and its history as bytes for `load`; same model, same bytes.
   * @param options `resume`: also what is needed to go on training {@link net} bit for bit
   * @example
   * writeFileSync("titanic.model", model.save());
   */
  save(options: SaveOptions = {}): Uint8Array<ArrayBuffer> {
    return this.net.saveWith("save", options, this.saved());
  }
}

/** From rows of objects to a fitted network: what Classifier and Regressor share. */
import { checkNumber, checkOptions, checkWhole, show } from "./check.js";
import { Dataset } from "./dataset.js";
import { Encoder, type EncoderOptions } from "./encoder.js";
import type { FitOptions, History } from "./fit.js";
import { decodeModel, type SavedTable } from "./formats/model.js";
import { type ColumnImportance, type ImportanceOptions, importances } from "./importance.js";
import type { TargetCode } from "./labels.js";
import { MLP, type MLPOptions, type SaveOptions } from "./mlp.js";
import type { Output } from "./network.js";
import { adam } from "./optimizers.js";
import { drawSplit } from "./splits.js";
import { describeColumns, describeHistory, describeNetwork } from "./summary.js";
import type { Trainer, TrainerOptions } from "./trainer.js";
import { Turn } from "./turn.js";

/** What the fits of {@link Classifier} and {@link Regressor} share. */
export interface TableOptions<O extends Output = Output>
  extends Omit<FitOptions<O>, "validation" | "classWeights" | "resume">,
    EncoderOptions,
    Pick<MLPOptions, "activation" | "init" | "seed"> {
  /** The column to be predicted. */
  target: string;
  /** Sizes of the hidden layers; [64] if left out, [] for none. */
  hidden?: readonly number[];
  /** Rows to score after each epoch, or the share (0 to 1) of the rows to hold out, drawn at random. */
  validation?: readonly object[] | number;
}

/** How {@link Classifier.partialFit} goes on learning. */
export interface PartialFitOptions extends Partial<Omit<TrainerOptions, "classWeights">> {
  /** Rows an update, >= 1; 32 if left out. */
  batchSize?: number;
}

export const TABLE_KEYS = [
  ...["target", "hidden", "activation", "init", "seed", "validation", "columns", "maxCategories", "missing"],
  ...["epochs", "batchSize", "shuffle", "optimizer", "l1", "l2", "dropout", "clipNorm"],
  ...["earlyStopping", "reduceOnPlateau", "onEpoch", "signal"],
];

/** What a fitted table consists of. */
export interface TableParts<C extends TargetCode, O extends Output> {
  readonly net: MLP<O>;
  readonly encoder: Encoder;
  readonly code: C;
}

/** What `fit` does before and around the network's own. */
export interface TableDoor<C extends TargetCode, O extends Output> {
  readonly call: string;
  learn(call: string, rows: readonly object[], target: string): C;
  /** Options of the network's fit that need the targets' code. */
  complete?(code: C): Partial<FitOptions<O>>;
}

/** Rows encoded between two looks at the clock. */
const SLICE = 256;

/**
 * Learns the columns from the rows that are trained on, makes the network and fits it. Unless told otherwise: Adam at
 * 0.003, L2 of 1/rows (a unit Gaussian prior on the weights; 0.01 at most), 200 epochs at most, until the loss has not got
 * better by 10⁻³ for 10 epochs (bench/learning/tables.ts).
 * @throws TypeError, RangeError on rows or options that do not fit
 */
export async function fitTable<C extends TargetCode, O extends Output>(
  door: TableDoor<C, O>,
  rows: readonly object[],
  options: TableOptions<O>,
): Promise<TableParts<C, O>> {
  const { call } = door;
  checkOptions(call, options, [...TABLE_KEYS, "classWeights"]);
  const { hidden, seed } = checkTable(call, rows, options);
  const { target, validation, activation, init, columns, maxCategories, missing } = options;
  const code = door.learn(call, rows, target);
  const held = holdOut(call, rows, validation, seed, code);
  const turn = new Turn();
  const reading = { columns, maxCategories, missing };
  // What does not fit is refused under its own row's number, before rows are parted.
  if (typeof validation === "number") await learnSlowly(Encoder.learnColumns(call, rows, target, reading), turn);
  const encoder = await learnSlowly(Encoder.learnColumns(call, held.train, target, reading), turn);
  const layers = [encoder.width, ...hidden, code.outputs];
  const net = (await MLP.create({ layers, activation, init, seed, output: code.output })) as unknown as MLP<O>;
  const { epochs = 200, earlyStopping = { patience: 10, minDelta: 1e-3 } } = options;
  const { optimizer = adam({ learningRate: 3e-3 }), l2 = Math.min(0.01, 1 / held.train.length) } = options;
  await net.fit(await encodeSlowly(call, held.train, encoder, code, turn), {
    ...pick(options, ["batchSize", "shuffle", "l1", "dropout", "clipNorm", "reduceOnPlateau", "onEpoch", "signal"]),
    ...door.complete?.(code),
    ...{ epochs, optimizer, l2, earlyStopping },
    validation: held.test && (await encodeSlowly(`${call}, validation`, held.test, encoder, code, turn)),
  } as FitOptions<O>);
  return { net, encoder, code };
}

/** Refuses rows that are none and options that no table takes, under the name of `call`; defaults filled in. */
export function checkTable(
  call: string,
  rows: unknown,
  options: Pick<TableOptions, "target" | "hidden" | "seed">,
): { hidden: readonly number[]; seed: number } {
  if (!Array.isArray(rows)) throw new TypeError(`${call}: rows must be an array of objects, got ${show(rows)}.`);
  if (rows.length === 0) throw new RangeError(`${call}: rows must hold at least one row, got none.`);
  rows.forEach((row, r) => {
    if (typeof row === "object" && row !== null && !Array.isArray(row)) return;
    throw new TypeError(`${call}: rows[${r}] must be an object, got ${show(row)}.`);
  });
  const { target, hidden = [64], seed = 0 } = options;
  if (typeof target !== "string") throw new TypeError(`${call}: target must be a column's name, got ${show(target)}.`);
  if (!rows.some((row) => Object.hasOwn(row, target))) {
    const names = show(Object.keys(rows[0]).sort());
    throw new RangeError(`${call}: target must be a column of the rows, got ${show(target)} beside ${names}.`);
  }
  if (!Array.isArray(hidden)) {
    throw new TypeError(`${call}: hidden must be an array of layer sizes, got ${show(hidden)}.`);
  }
  hidden.forEach((size, l) => {
    checkWhole(call, `hidden[${l}]`, size, 1, 2 ** 30);
  });
  checkWhole(call, "seed", seed, 0);
  return { hidden, seed };
}

/** Rows to learn from and rows to be judged by; of a share, each label's. */
function holdOut(
  call: string,
  rows: readonly object[],
  validation: readonly object[] | number | undefined,
  seed: number,
  code: TargetCode,
): { train: readonly object[]; test?: readonly object[] } {
  if (validation === undefined) return { train: rows };
  if (typeof validation !== "number") return { train: rows, test: validation };
  checkNumber(call, "validation", validation, 0, 1);
  if (rows.length < 2) throw new RangeError(`${call}: rows must be 2 at least to hold some out, got ${rows.length}.`);
  const classes = code.output === "softmax" ? code.encode(call, rows) : undefined;
  const { train, test } = drawSplit(rows.length, validation, seed, classes);
  return { train: pickRows(rows, train), test: pickRows(rows, test) };
}

export function pickRows(rows: readonly object[], numbers: Uint32Array): object[] {
  return Array.from(numbers, (r) => rows[r]);
}

async function learnSlowly(columns: Generator<undefined, Encoder>, turn: Turn): Promise<Encoder> {
  for (;;) {
    const next = columns.next();
    if (next.done) return next.value;
    if (turn.due(Number.POSITIVE_INFINITY)) await turn.give();
  }
}

async function encodeSlowly(
  call: string,
  rows: readonly object[],
  encoder: Encoder,
  code: TargetCode,
  turn: Turn,
): Promise<Dataset> {
  const x = new Float32Array(rows.length * encoder.width);
  const y = code.encode(call, rows);
  for (let from = 0; from < rows.length; from += SLICE) {
    encoder.encodeRows(call, rows, from, Math.min(SLICE, rows.length - from), x);
    if (turn.due(Number.POSITIVE_INFINITY)) await turn.give();
  }
  return Dataset.from({ x, y, rows: rows.length });
}

/** The options of these names that were given. */
function pick<T extends object>(options: T, names: readonly (keyof T)[]): Partial<T> {
  const given: Partial<T> = {};
  for (const name of names) if (options[name] !== undefined) given[name] = options[name];
  return given;
}

/** The parts of a table that a file holds, checked against each other. */
export async function loadTable<C extends TargetCode, O extends Output>(
  call: string,
  bytes: unknown,
  kind: SavedTable["kind"],
  parseCode: (target: string, data: unknown) => C,
): Promise<TableParts<C, O>> {
  const saved = decodeModel(call, bytes);
  const { table, layers, output } = saved;
  if (table?.kind !== kind) {
    throw new Error(`${call}: the file must hold a ${kind}, got ${table ? `a ${table.kind}` : "a network alone"}.`);
  }
  const encoder = Encoder.fromJSON(call, table.encoder);
  const code = parseCode(table.target, table.code);
  const ends = [encoder.width, code.outputs, code.output];
  const given = [layers[0], layers[layers.length - 1], output];
  if (ends.join() !== given.join()) {
    throw new Error(
      `${call}: the file must hold a network of inputs, outputs and output ${show(ends)}, got ${show(given)}.`,
    );
  }
  if (!saved.history) throw new Error(`${call}: the file must hold the history of a fit, got none.`);
  return { net: await MLP.restore<O>(saved), encoder, code };
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

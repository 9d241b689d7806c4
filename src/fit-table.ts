/** From rows of objects to a fitted network, and from a file. */
import { checkNumber, checkOptions, checkWhole, show } from "./check.js";
import { Dataset } from "./dataset.js";
import { checkRows, Encoder, type EncoderOptions } from "./encoder.js";
import type { FitOptions } from "./fit.js";
import { decodeModel, type SavedTable } from "./formats/model.js";
import type { TargetCode } from "./labels.js";
import { MLP, type MLPOptions } from "./mlp.js";
import type { Output } from "./network.js";
import { adam } from "./optimizers.js";
import { order } from "./random.js";
import { drawSplit, type Split } from "./splits.js";
import type { TableParts } from "./table.js";
import { Turn, WORTH_A_LOOK } from "./turn.js";

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

export const TABLE_KEYS = [
  ...["target", "hidden", "activation", "init", "seed", "validation", "columns", "maxCategories", "missing"],
  ...["epochs", "batchSize", "shuffle", "optimizer", "l1", "l2", "dropout", "clipNorm"],
  ...["earlyStopping", "reduceOnPlateau", "onEpoch", "signal"],
];

/** What `fit` does before and around the network's own. */
export interface TableDoor<C extends TargetCode, O extends Output> {
  readonly call: string;
  /** @param part numbers of the rows that are trained on; all if left out */
  learn(call: string, rows: readonly object[], target: string, part?: Uint32Array): C;
  /** Options of the network's fit that need the targets' code. */
  complete?(code: C): Partial<FitOptions<O>>;
}

/** Rows encoded between two looks at the clock. */
const SLICE = 256;

/**
 * Learns the columns from the rows that are trained on, makes the network and fits it. Unless told otherwise: Adam at
 * 0.003, L2 of 1/rows (a unit Gaussian prior on the weights; 0.01 at most), 200 epochs at most, until the loss has not got
 * better by 10⁻³ for 10 epochs (bench/learning/tables.ts). What kind a column is, and which labels there are, all rows say;
 * means, deviations and categories are of those that are trained on.
 * @param part numbers of the rows that may be trained on; all if left out
 * @throws TypeError, RangeError on rows or options that do not fit
 */
export async function fitTable<C extends TargetCode, O extends Output>(
  door: TableDoor<C, O>,
  rows: readonly object[],
  options: TableOptions<O>,
  part?: Uint32Array,
): Promise<TableParts<C, O>> {
  const { call } = door;
  checkOptions(call, options, [...TABLE_KEYS, "classWeights"]);
  const { hidden, seed } = checkTable(call, rows, options);
  const { target, validation, activation, init, columns, maxCategories, missing } = options;
  const code = door.learn(call, rows, target, part);
  const { train, test } = holdOut(call, rows, validation, seed, code, part);
  const turn = new Turn();
  const reading = { columns, maxCategories, missing };
  const encoder = await turn.run(Encoder.learnColumns(call, rows, target, reading, train));
  const layers = [encoder.width, ...hidden, code.outputs];
  const net = (await MLP.create({ layers, activation, init, seed, output: code.output })) as unknown as MLP<O>;
  const { epochs = 200, earlyStopping = { patience: 10, minDelta: 1e-3 } } = options;
  const all = await turn.run(encodePieces(call, rows, encoder, code));
  const data = train ? all.take(train) : all;
  const { optimizer = adam({ learningRate: 3e-3 }), l2 = Math.min(0.01, 1 / data.rows) } = options;
  await net.fit(data, {
    ...pick(options, ["batchSize", "shuffle", "l1", "dropout", "clipNorm", "reduceOnPlateau", "onEpoch", "signal"]),
    ...door.complete?.(code),
    ...{ epochs, optimizer, l2, earlyStopping },
    validation: test
      ? all.take(test)
      : validation && (await turn.run(encodePieces(`${call}, validation`, validation as object[], encoder, code))),
  } as FitOptions<O>);
  return { net, encoder, code };
}

/** Refuses rows that are none and options that no table takes, under the name of `call`; defaults filled in. */
export function checkTable(
  call: string,
  rows: unknown,
  options: Pick<TableOptions, "target" | "hidden" | "seed">,
): { hidden: readonly number[]; seed: number } {
  checkRows(call, rows);
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

/** Numbers of the rows to learn from, all if undefined, and to be judged by; of a share, each label's. */
function holdOut(
  call: string,
  rows: readonly object[],
  validation: readonly object[] | number | undefined,
  seed: number,
  code: TargetCode,
  part: Uint32Array | undefined,
): Partial<Split> {
  if (typeof validation !== "number") return { train: part };
  checkNumber(call, "validation", validation, 0, 1);
  const among = part ?? order(rows.length);
  if (among.length < 2) {
    throw new RangeError(`${call}: rows must be 2 at least to hold some out, got ${among.length}.`);
  }
  const classes = code.output === "softmax" ? code.encode(call, rows) : undefined;
  const split = drawSplit(among.length, validation, seed, classes && among.map((r) => classes[r]));
  return { train: split.train.map((i) => among[i]), test: split.test.map((i) => among[i]) };
}

/** Rows as the network reads them, slice by slice. */
function* encodePieces(
  call: string,
  rows: readonly object[],
  encoder: Encoder,
  code: TargetCode,
): Generator<number, Dataset> {
  checkRows(call, rows);
  const x = new Float32Array(rows.length * encoder.width);
  const y = code.encode(call, rows);
  for (let from = 0; from < rows.length; from += SLICE) {
    encoder.encodeRows(call, rows, from, Math.min(SLICE, rows.length - from), x);
    yield WORTH_A_LOOK;
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

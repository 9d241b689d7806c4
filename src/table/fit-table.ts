/** From rows of objects to fitted networks: the rows are read once, however many fits there are. */
import { Dataset } from "../data/dataset.js";
import { drawSplit, type Split } from "../data/splits.js";
import { checkShare, underName } from "../ground/check.js";
import { orderSlices, Random } from "../ground/random.js";
import { fillSlices } from "../ground/slices.js";
import { sortSlices } from "../ground/sort-slices.js";
import { turn } from "../ground/turn.js";
import { probabilitySlices } from "../model/answer-slices.js";
import { MLP } from "../model/mlp.js";
import type { FitOptions } from "../train/fit-plan.js";
import { readCells } from "./cells.js";
import { type Checkpointed, readCheckpoint } from "./checkpoint.js";
import { checkMarkers } from "./column-options.js";
import type { Cells } from "./columns.js";
import type { Candidates, ReadCandidates } from "./cross-validation.js";
import type { Encoder } from "./encoder.js";
import { warnOfFar, warnOfFarTargets } from "./far-values.js";
import { completeOptions } from "./fit-options.js";
import { clearRoom, encodeCells, learnEncoder, type Purpose } from "./learn-encoder.js";
import { checkNetwork, checkRowSlices, checkTable, type TableOptions } from "./options.js";
import type { TableParts } from "./table-parts.js";
import type { TableWarning } from "./table-warning.js";
import type { TargetCells, TargetEncoder } from "./target-encoder.js";
import { warnOfColumns, warnOfTargets, warnOfTraining } from "./warnings.js";

/** A table whose rows were read. */
interface ReadTable<E extends TargetEncoder> {
  readonly call: string;
  readonly cells: Cells;
  readonly targets: TargetCells<E>;
  /** Where features lie, by what they are for: those of a fit that has ended make room for the next. */
  readonly rooms: Map<Purpose, Float32Array>;
  /** What was told already: of several fits to the same rows each thing once. */
  readonly told: Set<string>;
}

/** What scores the answers to rows. */
interface Scoring<S> {
  score(targets: ArrayLike<number>, answers: Float32Array, sort: typeof sortSlices): Generator<number, S>;
}

/** A model of a table whose network is fitted. */
type Fitted<E extends TargetEncoder> = TableParts<E, MLP<E["output"]>> &
  Checkpointed & { keep(warnings: readonly TableWarning[]): void };

/** Checks rows and options, reads the rows, and fits one model to them all. */
export async function fitOnce<M, S, T>(
  call: string,
  read: ReadCandidates<M, S, T>,
  rows: readonly object[],
  options: T,
): Promise<M> {
  await turn.run(checkTable(call, rows, options, ["resume"]));
  return (await read(call, rows, options)).fit(options);
}

/**
 * Reads rows that were checked, column by column, to fit models to them.
 * @param readTargets reads the targets, some texts of which stand for missing values
 * @param create makes a model of its parts
 * @param complete options of the network's fit that the options of the table's stand for
 * @throws TypeError, RangeError naming the row and the column of a value that does not fit
 */
export async function readTable<
  E extends TargetEncoder,
  M extends Fitted<E> & Scoring<S>,
  S,
  T extends TableOptions<E["output"]>,
  C extends TargetCells<E>,
>(
  call: string,
  rows: readonly object[],
  options: T,
  readTargets: (markers: ReadonlySet<string>) => Generator<number, C>,
  create: (parts: TableParts<E, MLP<E["output"]>>) => M,
  complete?: (options: T, targets: C) => Partial<FitOptions<E["output"]>>,
): Promise<Candidates<M, S, T>> {
  const { target, columns, missing = [] } = options;
  const markers = checkMarkers(call, missing);
  const targets = await turn.run(readTargets(markers));
  const cells = await turn.run(readCells(call, rows, target, columns, markers));
  const table = { call, cells, targets, told: new Set<string>(), rooms: new Map() };
  return {
    rows: rows.length,
    classes: targets.classes,
    fit: async (settings, rowNumbers) => {
      const numbers = rowNumbers ?? (await turn.run(orderSlices(rows.length)));
      const completed = complete?.(settings, targets);
      return fitTable(table, settings, numbers, create, completed).catch((error) => {
        throw underName(call, error);
      });
    },
    score: async (model, rowNumbers) => {
      const { x, targets } = await encodeRows(table, model.encoder, rowNumbers, "to score");
      return turn.run(model.score(targets, await turn.run(probabilitySlices(model.net, x)), sortSlices));
    },
  };
}

/**
 * Learns the columns from the rows that are trained on, makes a network and fits it. The defaults are those that did best in
 * bench/learning/tables.ts. What kind a column is, and which labels there are, all rows of the table say; means, deviations
 * and categories are of those that are trained on.
 * @param rowNumbers of the rows that may be trained on or held out
 */
async function fitTable<E extends TargetEncoder, M extends Fitted<E>>(
  table: ReadTable<E>,
  options: TableOptions<E["output"]>,
  rowNumbers: Uint32Array,
  create: (parts: TableParts<E, MLP<E["output"]>>) => M,
  completed: Partial<FitOptions<E["output"]>> | undefined,
): Promise<M> {
  const { train, test } = await turn.run(holdOut(table, rowNumbers, options.validation, options.seed ?? 0));
  const targetEncoder = await turn.run(table.targets.learn(rowNumbers));
  const model = await makeModel(table, options, train, targetEncoder, create);
  const { encoder } = model;
  const { resume, onEpoch } = options;
  const save = async () => model.save({ resume: true });
  const dataset = async ({ x, targets }: EncodedRows) =>
    Dataset.trusted(x, await turn.run(targetEncoder.encode(targets)), targets.length);
  const data = await dataset(await encodeRows(table, encoder, train, "to train"));
  const held = test
    ? await encodeRows(table, encoder, test, "to watch")
    : await encodeOthers(table, encoder, targetEncoder, options);
  const { l2 = Math.min(0.01, 1 / data.rows) } = options;
  const history = await model.net.fit(data, {
    ...completeOptions(options, data.rows, targetEncoder.output),
    ...completed,
    validation: held && (await dataset(held)),
    l2,
    // What is no function the network's fit refuses.
    onEpoch: typeof onEpoch === "function" ? (epoch) => onEpoch(epoch, save) : onEpoch,
    resume: resume !== undefined,
  });
  const ended = warnOfTraining(history);
  tell(table, options, ended);
  model.keep(ended);
  return model;
}

/** A model before its fit: the columns as the rows teach them, and a new network, or that of a checkpoint. */
async function makeModel<E extends TargetEncoder, M extends Fitted<E>>(
  table: ReadTable<E>,
  options: TableOptions<E["output"]>,
  rowNumbers: Uint32Array,
  targetEncoder: E,
  create: (parts: TableParts<E, MLP<E["output"]>>) => M,
): Promise<M> {
  const { call, cells, targets } = table;
  const { hidden, seed } = checkNetwork(call, options);
  const { activation, init, resume, onWarning } = options;
  const strictTarget = options.strict ? options.target : undefined;
  const encoder = await turn.run(learnEncoder(call, cells, rowNumbers, options.maxCategories, strictTarget));
  const warnings = [
    ...warnOfColumns(cells.columns, encoder.columns),
    ...(await turn.run(warnOfFar(cells.columns, encoder.columns))),
    ...warnOfTargets(targetEncoder, targets),
    ...(await turn.run(warnOfFarTargets(targetEncoder, targets.targets))),
  ];
  tell(table, options, warnings);
  const layers = [encoder.width, ...hidden, targetEncoder.outputs];
  const net = await MLP.create<E["output"]>({ layers, activation, init, seed, output: targetEncoder.output });
  const fresh = create({ net, encoder, targetEncoder, warnings, onWarning });
  if (resume === undefined) return fresh;
  const stopped = await MLP.restore<E["output"]>(readCheckpoint(call, resume, fresh), call);
  return create({ net: stopped, encoder, targetEncoder, warnings, onWarning });
}

function tell(
  { told }: ReadTable<TargetEncoder>,
  { onWarning }: Pick<TableOptions, "onWarning">,
  warnings: readonly TableWarning[],
): void {
  for (const warning of warnings) {
    if (told.has(warning.message)) continue;
    told.add(warning.message);
    if (typeof onWarning === "function") onWarning(warning);
  }
}

/** Numbers of the rows to train on and, if a share is to be held out, of those to score. */
function* holdOut(
  { call, targets: { classes } }: ReadTable<TargetEncoder>,
  rowNumbers: Uint32Array,
  validation: TableOptions["validation"],
  seed: number,
): Generator<number, Pick<Split, "train"> & Partial<Split>> {
  if (typeof validation !== "number") return { train: rowNumbers };
  checkShare(call, "validation", validation);
  const count = rowNumbers.length;
  if (count < 2) throw new RangeError(`${call}: rows must be 2 at least to hold some out, got ${count}.`);
  const own = classes && (yield* fillSlices(new Float64Array(count), (i) => classes[rowNumbers[i]]));
  const shuffled = yield* orderSlices(count, new Random(seed));
  const { train, test } = yield* drawSplit(shuffled, validation, own);
  // What a split numbers is the place of a row among these.
  yield* fillSlices(train, (i) => rowNumbers[train[i]]);
  yield* fillSlices(test, (i) => rowNumbers[test[i]]);
  return { train, test };
}

/** Features of rows, and targets as they were read. */
interface EncodedRows {
  readonly x: Float32Array;
  readonly targets: ArrayLike<number>;
}

async function encodeRows<E extends TargetEncoder>(
  { call, cells, rooms, targets: { targets } }: ReadTable<E>,
  encoder: Encoder,
  rowNumbers: Uint32Array,
  purpose: Purpose,
): Promise<EncodedRows> {
  const room = await turn.run(clearRoom(rooms, purpose, rowNumbers.length * encoder.width));
  const x = await turn.run(encodeCells(call, encoder, cells, rowNumbers, room));
  const own = new Float64Array(rowNumbers.length);
  return { x, targets: await turn.run(fillSlices(own, (i) => targets[rowNumbers[i]])) };
}

/** Validation rows that are no rows of the table. */
async function encodeOthers<E extends TargetEncoder>(
  table: ReadTable<E>,
  encoder: Encoder,
  targetEncoder: E,
  { validation }: { validation?: unknown },
): Promise<EncodedRows | undefined> {
  if (validation === undefined) return undefined;
  const call = `${table.call}, validation`;
  await turn.run(checkRowSlices(call, validation));
  const rows = validation as readonly object[];
  const targets = await turn.run(targetEncoder.read(call, rows));
  return { x: await turn.run(encoder.encodeSlices(call, rows)), targets };
}

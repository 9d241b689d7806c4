/** From rows of objects to fitted networks: the rows are read once, however many fits there are. */
import { isWalkable, underName } from "../ground/check.js";
import { orderSlices } from "../ground/random.js";
import { sortSlices } from "../ground/sort-slices.js";
import { turn } from "../ground/turn.js";
import { type Predictor, probabilitySlices } from "../model/answer-slices.js";
import { MLP } from "../model/mlp.js";
import type { FitOptions } from "../train/fit-plan.js";
import { readCells } from "./cells.js";
import { checkMarkers } from "./column-options.js";
import type { Candidates, ReadCandidates, ReadColumns } from "./cross-validation.js";
import type { Encoder } from "./encoder.js";
import { type Fitted, fitMembers } from "./fit-members.js";
import { completeOptions } from "./fit-options.js";
import type { ReadTable } from "./fit-work.js";
import type { TargetModel } from "./multi-target.js";
import { modelOfTargets } from "./multi-target-models.js";
import { checkTable, type TableOptions } from "./options.js";
import { TableReading } from "./read-table.js";
import type { TableParts } from "./table-parts.js";
import type { TargetCells, TargetEncoder } from "./target-encoder.js";

/** What answers to rows, and scores the answers. */
interface Scoring<S> {
  readonly ensemble: Predictor;
  score(targets: ArrayLike<number>, answers: Float32Array, sort: typeof sortSlices): Generator<number, S>;
}

/** A fitted model with scores S. */
export type Model<S> = Fitted & Scoring<S> & { readonly encoder: Encoder };

/**
 * Checks rows and options, reads the rows, and fits one model to them all; of several targets one to each.
 * @param load makes the model of one target that a file holds
 */
export async function fitOnce<M extends TargetModel, S, T>(
  call: string,
  read: ReadCandidates<M, S, T>,
  load: (bytes: Uint8Array) => Promise<M>,
  rows: readonly object[],
  options: T,
): Promise<unknown> {
  const { target, onWarning } = Object(options) as Partial<TableOptions>;
  if (isWalkable(target)) {
    const { fitTargets } = await import("./fit-targets.js");
    return modelOfTargets(await fitTargets(call, read, load, rows, { ...options, target: target.slice() }), onWarning);
  }
  await turn.run(checkTable(call, rows, options, ["resume"]));
  return (await read(call, rows, options)).fit(options);
}

/**
 * Reads rows that were checked, column by column, to fit models to them.
 * @param readTargets reads the targets, some texts of which stand for missing values
 * @param create makes a model of its parts
 * @param translate options of the network's fit that the options of the table's stand for
 * @param readColumns reads all columns but targets. Default: all but this target
 * @throws TypeError, RangeError naming the row and the column of a value that does not fit
 */
export async function readTable<
  E extends TargetEncoder,
  M extends Model<S>,
  S,
  T extends TableOptions<E["output"]>,
  C extends TargetCells<E>,
>(
  call: string,
  rows: readonly object[],
  options: T,
  readTargets: (markers: ReadonlySet<string>) => Generator<number, C>,
  create: (parts: TableParts<E, MLP<E["output"]>>) => M,
  translate?: (options: T, targets: C) => Partial<FitOptions<E["output"]>>,
  readColumns?: ReadColumns,
): Promise<Candidates<M, S, T>> {
  const { target, columns, missing = [] } = options;
  const markers = checkMarkers(call, missing);
  const targets = await turn.run(readTargets(markers));
  // Before others are fitted it is told what is wrong with it.
  translate?.(options, targets);
  const cells = await (readColumns?.() ?? turn.run(readCells(call, rows, target, columns, markers)));
  const reading = new TableReading(call, cells, targets);
  const table = tableOf(call, targets, reading, create);
  return {
    rows: rows.length,
    classes: targets.classes,
    fit: async (settings, rowNumbers) => {
      const numbers = rowNumbers ?? (await turn.run(orderSlices(rows.length)));
      const translated = translate?.(settings, targets);
      return fitMembers(table, settings, numbers, translated).catch((error) => {
        throw underName(call, error);
      });
    },
    score: async (model, rowNumbers) => {
      const { x, targets } = await reading.encode(model.encoder, rowNumbers, "to score");
      return turn.run(model.score(targets, await turn.run(probabilitySlices(model.ensemble, x)), sortSlices));
    },
  };
}

/** What the fits of networks are given of it. */
function tableOf<E extends TargetEncoder, M>(
  call: string,
  targets: TargetCells<E>,
  reading: TableReading<E>,
  create: (parts: TableParts<E, MLP<E["output"]>>) => M,
): ReadTable<E, MLP<E["output"]>, M> {
  return {
    call,
    targets,
    told: new Set(),
    make: (options) => MLP.create(options),
    restore: (saved) => MLP.restore(saved, call),
    complete: completeOptions,
    learn: async (options, rowNumbers, targetEncoder) => {
      const { encoder, ...learned } = await reading.learn(options, rowNumbers, targetEncoder);
      const { warnings } = learned;
      const { onWarning } = options;
      const parts = { encoder, warnings, onWarning };
      return { ...learned, create: (members, chosen) => create({ ...parts, members, targetEncoder: chosen }) };
    },
  };
}

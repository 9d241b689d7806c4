/** From rows of objects to fitted networks: the rows are read once, however many fits there are. */
import { isWalkable, underName } from "../ground/check.js";
import { sortSlices } from "../ground/sort-slices.js";
import { clock, turn } from "../ground/turn.js";
import { type Predictor, probabilitySlices } from "../model/answer-slices.js";
import { MLP } from "../model/mlp.js";
import type { FitOptions } from "../train/fit-plan.js";
import type { Candidates, ReadCandidates, SharedReading } from "./candidates.js";
import { decodeCheckpoint, settingsOf } from "./checkpoint.js";
import { checkMarkers } from "./column-options.js";
import type { Cells } from "./columns.js";
import type { Encoder } from "./encoder.js";
import { settingsFor } from "./first-networks.js";
import { beginWork, goOn, learnFromHeld } from "./fit-members.js";
import { type Filled, fitEach } from "./fit-networks.js";
import { completeOptions } from "./fit-options.js";
import { type Found, isOver, type Net, type ReadTable } from "./fit-work.js";
import type { TableRows } from "./given-rows.js";
import type { HeldFacts } from "./held-facts.js";
import type { TargetModel } from "./multi-target.js";
import { modelOfTargets } from "./multi-target-models.js";
import { trainingOf } from "./online-training.js";
import { openTable } from "./open-table.js";
import type { TableOptions } from "./options.js";
import { TableReading } from "./read-table.js";
import { countingRows, pickWeights } from "./row-weights.js";
import { saveTable } from "./save-table.js";
import { shareReading } from "./shared-reading.js";
import type { TableParts } from "./table-parts.js";
import type { TableSource } from "./table-source.js";
import type { TargetCells, TargetEncoder } from "./target-encoder.js";

/** What answers to rows, and scores the answers. */
interface Scoring<S> {
  readonly ensemble: Predictor;
  score(
    targets: ArrayLike<number>,
    answers: Float32Array,
    sort: typeof sortSlices,
    weights?: ArrayLike<number>,
  ): Generator<number, S>;
}

/** A fitted model with scores S. */
export type Model<S> = Fitted & Scoring<S> & { readonly encoder: Encoder };

/**
 * Checks rows and options, reads the rows, and fits one model to them all; of several targets one to each.
 * @param load makes the model of one target that a file holds
 */
export async function fitOnce<M extends TargetModel, S, T extends object>(
  call: string,
  read: ReadCandidates<M, S, T>,
  load: (bytes: Uint8Array) => Promise<M>,
  rows: TableRows,
  options: T,
): Promise<unknown> {
  const begun = clock();
  const { target, onWarning } = Object(options) as Partial<TableOptions>;
  if (isWalkable(target)) {
    const { fitTargets } = await import("./fit-targets.js");
    const own = { ...options, target: target.slice() };
    return modelOfTargets(await fitTargets(call, { read, load, share: shareReading }, rows, own, begun), onWarning);
  }
  const table = await openTable(call, rows, options, ["resume"]);
  return (await read(call, table.rows, table.options)).fit(table.options, undefined, begun);
}

/**
 * Reads rows that were checked, column by column, to fit models to them.
 * @param readTargets reads the targets, some texts of which stand for missing values
 * @param create makes a model of its parts
 * @param translate options of the network's fit that the options of the table's stand for
 * @param shared what is read once for several targets. Default: all is read here, all columns but this target
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
  rows: TableSource,
  options: T,
  readTargets: (markers: ReadonlySet<string>) => Generator<number, C>,
  create: (parts: TableParts<E, MLP<E["output"]>>) => M,
  translate?: (options: T, targets: C) => Partial<FitOptions<E["output"]>>,
  shared: SharedReading = shareReading(call, rows, options),
): Promise<Candidates<M, S, T>> {
  const own = await shared.weights();
  const targets = await turn.run(readTargets(checkMarkers(call, options.missing ?? [])));
  // Before others are fitted it is told what is wrong with it.
  translate?.(options, targets);
  const cells = await shared.cells();
  const reading = new TableReading(call, cells, targets, own?.counts, options.pool !== undefined);
  const table = tableOf(call, targets, reading, create, own?.counts);
  return {
    rows: rows.length,
    classes: targets.classes,
    mostTexts: mostTextsOf(cells),
    fit: async (settings, rowNumbers, begun) => {
      const numbers = await turn.run(countingRows(call, own?.counts, rowNumbers ?? rows.length));
      const translated = translate?.(settings, targets);
      return fitModel(table, settings, numbers, translated, begun).catch((error) => {
        throw underName(call, error);
      });
    },
    score: (model, rowNumbers) => scoreSome(call, reading, own?.given, model, rowNumbers),
  };
}

/** A model of a table whose networks are fitted. */
interface Fitted extends Filled {
  held: HeldFacts | undefined;
}

/**
 * Learns the columns, makes the networks and fits them. How the defaults were chosen bench/NOTES.md says.
 * @param rowNumbers of the rows that may be trained on or held out
 * @param begun when the time began that it may take. Default: now
 */
async function fitModel<E extends TargetEncoder, N extends Net<E["output"]>, M extends Fitted>(
  table: ReadTable<E, N, M>,
  given: TableOptions<E["output"]>,
  rowNumbers: Uint32Array,
  translated: Partial<FitOptions<E["output"]>> | undefined,
  begun?: number,
): Promise<M> {
  const { work, targetEncoders } = await beginWork(table, given, rowNumbers, translated, begun);
  const { options } = work;
  const members: N[] = [];
  const checkpoint = options.resume === undefined ? undefined : decodeCheckpoint(table.call, options.resume);
  const settings: Found<E, N> = checkpoint
    ? settingsOf(checkpoint, targetEncoders, options)
    : await settingsFor(work, targetEncoders);
  const model = work.columns.create(members, settings.targetEncoder);
  if (checkpoint) await goOn(work, settings, members, checkpoint, model);
  // It would be fitted again to the same bits, but for those who are told of its epochs.
  else if (settings.net && (options.onEpoch === undefined || isOver(work))) members.push(settings.net);
  await fitEach(work, settings, members, model);
  await learnFromHeld(work, settings, members, model);
  return model;
}

/** Scores a model on those of some rows that count. */
async function scoreSome<E extends TargetEncoder, S>(
  call: string,
  reading: TableReading<E>,
  given: Float64Array | undefined,
  model: Model<S>,
  rowNumbers: Uint32Array,
): Promise<S> {
  const counting = await turn.run(countingRows(call, given, rowNumbers));
  const weights = await turn.run(pickWeights(given, counting));
  const { x, targets } = await reading.encode(model.encoder, counting, "to score");
  const answers = await turn.run(probabilitySlices(model.ensemble, x));
  return turn.run(model.score(targets, answers, sortSlices, weights));
}

/** How many different texts there are in the column of text that has the most. */
function mostTextsOf({ columns }: Cells): number {
  return columns.reduce((most, { cells }) => Math.max(most, "vocabulary" in cells ? cells.vocabulary.size : 0), 0);
}

/** What the fits of networks are given of it. */
function tableOf<E extends TargetEncoder, M>(
  call: string,
  targets: TargetCells<E>,
  reading: TableReading<E>,
  create: (parts: TableParts<E, MLP<E["output"]>>) => M,
  weights: Float64Array | undefined,
): ReadTable<E, MLP<E["output"]>, M> {
  return {
    call,
    targets,
    weights,
    told: new Set(),
    make: (options) => MLP.create(options),
    restore: (saved) => MLP.restore(saved, call),
    complete: completeOptions,
    learn: async (options, rowNumbers, targetEncoder) => {
      const { encoder, ...learned } = await reading.learn(options, rowNumbers, targetEncoder);
      const { warnings } = learned;
      const { onWarning } = options;
      const parts = { encoder, save: saveTable, trainingOf, warnings, onWarning };
      return { ...learned, create: (members, chosen) => create({ ...parts, members, targetEncoder: chosen }) };
    },
  };
}

/** One network of a table's model: the rows that are its own, how it is made, how it is fitted. */
import type { Dataset } from "../data/dataset.js";
import type { RowMaker } from "../data/row-maker.js";
import type { SavedNetwork } from "../file/write-model.js";
import type { Listed } from "../ground/long-list.js";
import { Random } from "../ground/random.js";
import { fillSlices } from "../ground/slices.js";
import { sumOver } from "../ground/statistics.js";
import { turn } from "../ground/turn.js";
import { type Predictor, probabilitySlices } from "../model/answer-slices.js";
import type { Output } from "../net/activations.js";
import type { LayerParameters } from "../net/layer-views.js";
import type { MLPOptions } from "../net/mlp-options.js";
import type { FitOptions } from "../train/fit-plan.js";
import type { History } from "../train/history.js";
import type { Settings } from "./choose-settings.js";
import type { InOrder, Lane } from "./in-order.js";
import type { Member } from "./members.js";
import { type FitJob, fitTask, fitThere, type NetworkTask, type SentNet } from "./network-task.js";
import type { TableOptions } from "./options.js";
import { drawPart, type Part, type Purpose } from "./part-rows.js";
import type { HeldAnswers } from "./settle.js";
import type { TableWarning } from "./table-warning.js";
import type { TargetCells, TargetEncoder } from "./target-encoder.js";
import type { HasLoss } from "./target-loss.js";
import type { TimeBudget } from "./time-budget.js";

/** What is fitted. Every {@link MLP} fits. */
export interface Net<O extends Output> extends Member<O>, Pick<Predictor, "predict">, SentNet {
  readonly history: History<O> | undefined;
  fit(data: Dataset, options: FitOptions<O>): Promise<History<O>>;
  parameters(): LayerParameters[];
  setParameters(layers: readonly LayerParameters[]): void;
}

/** Features of rows, or what makes them, and targets as they were read. */
export interface EncodedRows {
  readonly x: Float32Array | RowMaker;
  readonly targets: ArrayLike<number>;
  /** What each row counts, if they do not count alike. */
  readonly weights?: Float64Array;
}

/** Rows of a table as features. */
interface Features {
  /** Features a row. */
  readonly width: number;
  /** Rows of the table, in the room that those before them of this purpose had. */
  encode(rowNumbers: Uint32Array, purpose: Purpose): Promise<EncodedRows>;
  /** All but their features, and these alone. */
  lookUp(rowNumbers: Uint32Array): Promise<Omit<EncodedRows, "x">>;
  features(rowNumbers: Uint32Array, purpose: Purpose): Promise<EncodedRows["x"]>;
  /** What makes them elsewhere. */
  readonly sent: Pick<FitJob, "cells" | "encoder">;
}

/** What was learned of the columns of a table, and its rows by it. */
export interface LearnedColumns<E extends TargetEncoder, N, M> extends Features {
  readonly warnings: readonly TableWarning[];
  /** Rows that are none of the table's. */
  encodeOthers(rows: unknown): Promise<EncodedRows>;
  /** Makes the model of these networks, which may be more by and by. */
  create(members: readonly N[], targetEncoder: E): M;
}

/** A table whose rows were read, for networks N and models M. */
export interface ReadTable<E extends TargetEncoder, N, M> {
  readonly call: string;
  readonly targets: TargetCells<E>;
  /** By row what it counts, if rows do not count alike: > 0 for all that are trained on or held out. */
  readonly weights?: Float64Array | undefined;
  /** What was told already: of several fits to the same rows each thing once. */
  readonly told: Set<string>;
  /** Makes a network. */
  make(options: MLPOptions<E["output"]>): Promise<N>;
  /** What a network's fit is given, where the options of the table's leave it open too. */
  complete(
    options: TableOptions<E["output"]>,
    rows: number,
    hiddenLayers: number,
    output: E["output"],
    isWatched: boolean,
    counted: number,
  ): FitOptions<E["output"]>;
  /** The network that a file holds. */
  restore(saved: SavedNetwork): Promise<N>;
  learn(
    options: TableOptions<E["output"]>,
    rowNumbers: Uint32Array,
    targetEncoder: E,
  ): Promise<LearnedColumns<E, N, M>>;
}

/** A fit of a table, under way. */
export interface Work<E extends TargetEncoder, N extends Net<E["output"]>> {
  readonly table: ReadTable<E, N, unknown>;
  readonly options: TableOptions<E["output"]>;
  readonly rowNumbers: Uint32Array;
  /** Of the rows, held out for each network. */
  readonly share: number;
  readonly columns: Features;
  /** Rows that all are watched by, if none are held out. */
  readonly others: EncodedRows | undefined;
  /** The time that all may take, if there is a limit. */
  readonly budget: TimeBudget | undefined;
  /** Where the networks are fitted, if not here. */
  readonly lane: Lane | undefined;
  /** Options that stand for others of the networks' fits. */
  readonly translated: Partial<FitOptions<E["output"]>> | undefined;
}

/** Settings, the first network if it was fitted to find them, and on a pool those after it if they were begun. */
export interface Found<E extends TargetEncoder, N> extends Settings<E> {
  readonly net?: N;
  readonly further?: InOrder<N> | undefined;
}

/** Does what takes the time of a network. */
export function timed<T>({ budget }: { readonly budget: TimeBudget | undefined }, work: () => Promise<T>): Promise<T> {
  return budget ? budget.timed(work) : work();
}

/** Whether no further network is to be fitted. */
export function isOver<E extends TargetEncoder, N extends Net<E["output"]>>({ budget, options }: Work<E, N>): boolean {
  return options.signal?.aborted === true || budget?.hasTimeForAnother() === false;
}

export async function partOf<E extends TargetEncoder, N extends Net<E["output"]>>(
  work: Work<E, N>,
  member: number,
): Promise<Part> {
  const { table, options, rowNumbers, share } = work;
  return turn.run(drawPart(table.targets.classes, rowNumbers, share, member, options.seed ?? 0));
}

/** The rows that a network is watched by. */
async function heldRows<E extends TargetEncoder, N extends Net<E["output"]>>(
  work: Work<E, N>,
  member: number,
): Promise<EncodedRows | undefined> {
  const { test } = await partOf(work, member);
  return test ? work.columns.encode(test, "to watch") : work.others;
}

/** What a network answers to the rows that it is watched by. */
export async function answerHeld<E extends TargetEncoder, N extends Net<E["output"]>>(
  work: Work<E, N>,
  net: N,
  member: number,
): Promise<HeldAnswers> {
  const { x, targets, weights } = (await heldRows(work, member)) as EncodedRows;
  const answers = await turn.run(probabilitySlices(net, x));
  return { targets: targets instanceof Float64Array ? targets : Float64Array.from(targets), answers, weights };
}

/** Networks differ by their seeds: the first has the fit's own, each of the others one drawn by it. */
function seedOf(seed: number, member: number): number {
  const random = new Random(seed);
  let own = seed;
  for (let m = 0; m < member; m++) own = random.word();
  return own;
}

export function newMember<E extends TargetEncoder, N extends Net<E["output"]>>(
  { table, options, columns }: Work<E, N>,
  { hidden, targetEncoder }: Settings<E>,
  member: number,
): Promise<N> {
  const { activation, init, seed = 0 } = options;
  return table.make({
    layers: [columns.width, ...hidden, targetEncoder.outputs],
    activation,
    init,
    seed: seedOf(seed, member),
    output: targetEncoder.output,
    loss: (targetEncoder as TargetEncoder & HasLoss).networkLoss,
  });
}

/** Fits one of the networks: here, or by a job of the lane. */
export async function fitMember<E extends TargetEncoder, N extends Net<E["output"]>>(
  work: Work<E, N>,
  net: N,
  member: number,
  targetEncoder: E,
  { onEpoch, resume }: Pick<FitOptions<E["output"]>, "onEpoch" | "resume">,
  lane = work.lane,
): Promise<void> {
  const { table, columns, others, options } = work;
  const task = await taskOf(work, net, member, targetEncoder, resume);
  if (lane) {
    const held = others && (options.validation as Listed<unknown>);
    const { signal } = options;
    const job = { call: table.call, lane, net, task, ...columns.sent, others: held, signal };
    return fitThere({ ...job, onEpoch: onEpoch as FitJob["onEpoch"] });
  }
  const given = { ...task, options: { ...task.options, onEpoch } as NetworkTask["options"] };
  await fitTask(net, given, async (rowNumbers, purpose) =>
    rowNumbers ? columns.features(rowNumbers, purpose) : (others as EncodedRows).x,
  );
}

/** What one of the networks is fitted to, and how. */
async function taskOf<E extends TargetEncoder, N extends Net<E["output"]>>(
  work: Work<E, N>,
  net: N,
  member: number,
  targetEncoder: E,
  resume: boolean | undefined,
): Promise<NetworkTask> {
  const { table, options, columns, others, translated } = work;
  const { train, test } = await partOf(work, member);
  const rowsOf = async ({ targets, weights }: Omit<EncodedRows, "x">, rowNumbers?: Uint32Array) => ({
    rows: targets.length,
    rowNumbers,
    y: await turn.run(targetEncoder.encode(targets)),
    weights: weights && (await turn.run(fillSlices(new Float32Array(weights.length), (r) => weights[r]))),
  });
  const { weights } = table;
  const counted = weights ? await turn.run(sumOver(train.length, (i) => weights[train[i]])) : train.length;
  const held = test ? await rowsOf(await columns.lookUp(test), test) : others && (await rowsOf(others));
  const hiddenLayers = net.layers.length - 2;
  const { output } = targetEncoder;
  const completed = table.complete(options, train.length, hiddenLayers, output, held !== undefined, counted);
  const { validation: _, ...given } = { ...completed, ...translated, resume } as FitOptions;
  return { train: await rowsOf(await columns.lookUp(train), train), held, options: given };
}

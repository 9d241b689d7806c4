/** What a model of a table relies on: how much worse it predicts when a column tells nothing any more. */

import type { Dataset } from "../data/dataset.js";
import type { Rows } from "../data/rows.js";
import { checkOptions, checkWhole } from "../ground/check.js";
import { accuracySlices } from "../ground/class-scores.js";
import { orderSlices, Random } from "../ground/random.js";
import { r2Slices } from "../ground/regression-metrics.js";
import { copySlices, forEachSlice } from "../ground/slices.js";
import { meanAndDeviationSlices } from "../ground/statistics.js";
import { turn } from "../ground/turn.js";
import { type Predictor, predictSlices } from "../model/answer-slices.js";
import { type AskedModel, hasLabels } from "./asked-model.js";
import { checkRowSlices } from "./check-row-slices.js";
import type { Column } from "./columns.js";
import { type AskedTable, checkPool, type Pool } from "./fit-pool.js";
import { InOrder, type Lane, laneOf, resultsOf } from "./in-order.js";

/** How importance is measured. */
export interface ImportanceOptions {
  /** How many times each column is shuffled, >= 1. Default: 5. */
  repeats?: number;
  /** A whole number >= 0: the same seed shuffles the same way. Default: 0. */
  seed?: number;
  /** Threads that score the model side by side (see {@link ClassifierOptions.pool}): the same numbers. Default: none. */
  pool?: Pool;
}

/** How much a column matters, in accuracy (Classifier; of several labels a row 1 - Hamming loss) or R² (Regressor). */
export interface ColumnImportance {
  readonly name: string;
  /** By how much the score falls without the column, mean over the repeats; about 0 or below for a useless one. */
  readonly mean: number;
  /** Standard deviation over the repeats. */
  readonly deviation: number;
}

/** A fitted table. */
export interface ShuffledModel {
  readonly ensemble: Predictor;
  readonly columns: readonly Column[];
  readonly targetEncoder: AskedModel["targetEncoder"];
}

interface Model extends ShuffledModel {
  /** As a file has it. */
  readonly kind?: string;
  readSlices(call: string, rows: readonly object[]): Generator<number, Dataset>;
  save?(): Uint8Array;
}

/** Permutation importance (Breiman 2001; Fisher et al. 2019) of the columns that make features, in descending order. */
export async function importances(
  model: Model,
  rows: readonly object[],
  options: ImportanceOptions,
): Promise<ColumnImportance[]> {
  const call = "importance";
  await turn.run(checkRowSlices(call, rows));
  const data = await turn.run(model.readSlices(call, rows));
  checkOptions(call, options, ["repeats", "seed", "pool"]);
  const { repeats = 5, seed = 0, pool } = options;
  checkWhole(call, "repeats", repeats, 1);
  checkWhole(call, "seed", seed, 0);
  checkPool(call, pool);
  const base = await turn.run(scoreSlices(model, data.y, data.x));
  const columns = model.columns.filter(({ width }) => width > 0);
  const found: ColumnImportance[] = [];
  let drops: number[] = [];
  for await (const score of await shuffledScores(model, data, columns, { repeats, seed, pool })) {
    drops.push(base - score);
    if (drops.length < repeats) continue;
    found.push({ name: columns[found.length].name, ...(await turn.run(meanAndDeviationSlices(drops))) });
    drops = [];
  }
  // Sorting is stable: columns that matter alike stay in the order of their names.
  return found.sort((a, b) => b.mean - a.mean);
}

/** The scores with each column in other orders, column after column. */
async function shuffledScores(
  model: Model,
  data: Dataset,
  columns: readonly Column[],
  { repeats, seed, pool }: Required<Omit<ImportanceOptions, "pool">> & Pick<ImportanceOptions, "pool">,
): Promise<AsyncGenerator<number>> {
  const scored = await scorer(model, data.x as Float32Array, data.y, pool);
  const random = new Random(seed);
  // Drawn one after the other, however many scores are computed at once.
  let drawn: Promise<unknown> = Promise.resolve();
  const shuffled = (column: Column, lane: Lane | undefined) => {
    const order = drawn.then(() => turn.run(orderSlices(data.rows, random)));
    drawn = order;
    return order.then((own) => scored(column, own, lane));
  };
  const begin = (i: number, lane: Lane | undefined) =>
    i < columns.length * repeats ? shuffled(columns[Math.floor(i / repeats)], lane) : undefined;
  return resultsOf(new InOrder(laneOf(pool), begin));
}

type Scored = (column: Column, order: Uint32Array, lane: Lane | undefined) => number | Promise<number>;

/** What scores the model with the values of a column in another order: here, or on a pool. */
async function scorer(model: Model, x: Float32Array, y: Float32Array, pool: Pool | undefined): Promise<Scored> {
  if (pool) {
    const kind = model.kind === "regressor" ? "Regressor" : "Classifier";
    const table: AskedTable = { bytes: (model as Required<Model>).save(), kind, x, y };
    return (column, order, lane) => pool.jobs.shuffle({ table, column, order, lane: lane as Lane });
  }
  // One for all: a copy for each column would be a gigabyte for the collector.
  const copy = await turn.run(copySlices(x));
  return (column, order) => turn.run(shuffledScore(model, y, x, copy, column, order));
}

/**
 * The score when the values of a column are in another order.
 * @param copy of `x`, which is one again in the end
 */
export function* shuffledScore(
  model: ShuffledModel,
  y: Float32Array,
  x: Float32Array,
  copy: Float32Array,
  column: Pick<Column, "start" | "width">,
  order: Uint32Array,
): Generator<number, number> {
  const rows = order.length;
  yield* copyColumn(x, column, rows, copy, (r) => order[r]);
  const score = yield* scoreSlices(model, y, copy);
  yield* copyColumn(x, column, rows, copy, (r) => r);
  return score;
}

function* scoreSlices({ ensemble, targetEncoder }: ShuffledModel, y: Float32Array, x: Rows): Generator<number, number> {
  const answers = yield* predictSlices(ensemble, x);
  if (hasLabels(targetEncoder)) return yield* accuracySlices(y, answers);
  return yield* r2Slices(y, yield* targetEncoder.points(answers as Float32Array));
}

/** Copies the features of a column to `target`, of each row those of another one. */
function copyColumn(
  x: Float32Array,
  { start, width }: Pick<Column, "start" | "width">,
  rows: number,
  target: Float32Array,
  rowFor: (r: number) => number,
): Generator<number, void> {
  const inputs = x.length / rows;
  return forEachSlice(rows, (from, to) => {
    for (let r = from; r < to; r++) {
      const row = rowFor(r);
      for (let c = start; c < start + width; c++) target[r * inputs + c] = x[row * inputs + c];
    }
  });
}

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

/** How importance is measured. */
export interface ImportanceOptions {
  /** How many times each column is shuffled, >= 1. Default: 5. */
  repeats?: number;
  /** A whole number >= 0: the same seed shuffles the same way. Default: 0. */
  seed?: number;
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
interface Model {
  readonly ensemble: Predictor;
  readonly columns: readonly Column[];
  readonly targetEncoder: AskedModel["targetEncoder"];
  readSlices(call: string, rows: readonly object[]): Generator<number, Dataset>;
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
  checkOptions(call, options, ["repeats", "seed"]);
  const { repeats = 5, seed = 0 } = options;
  checkWhole(call, "repeats", repeats, 1);
  checkWhole(call, "seed", seed, 0);
  const random = new Random(seed);
  const base = await turn.run(score(model, data, data.x));
  const found: ColumnImportance[] = [];
  // One for all: a copy for each column would be a gigabyte for the collector.
  const x = await turn.run(copySlices(data.x as Float32Array));
  for (const column of model.columns.filter(({ width }) => width > 0)) {
    const drops: number[] = [];
    for (let i = 0; i < repeats; i++) {
      await turn.run(copyColumn(data, column, await turn.run(orderSlices(data.rows, random)), x));
      drops.push(base - (await turn.run(score(model, data, x))));
    }
    await turn.run(copyColumn(data, column, undefined, x));
    found.push({ name: column.name, ...(await turn.run(meanAndDeviationSlices(drops))) });
  }
  // Sorting is stable: columns that matter alike stay in the order of their names.
  return found.sort((a, b) => b.mean - a.mean);
}

function* score({ ensemble, targetEncoder }: Model, { y }: Dataset, x: Rows): Generator<number, number> {
  const answers = yield* predictSlices(ensemble, x);
  if (hasLabels(targetEncoder)) return yield* accuracySlices(y, answers);
  return yield* r2Slices(y, yield* targetEncoder.points(answers as Float32Array));
}

/** Copies the features of a column to `target`, of rows in this order; of each row its own if there is none. */
function copyColumn(
  { x, rows, inputs }: Dataset,
  { start, width }: Column,
  order: Uint32Array | undefined,
  target: Float32Array,
): Generator<number, void> {
  return forEachSlice(rows, (from, to) => {
    for (let r = from; r < to; r++) {
      const row = order ? order[r] : r;
      for (let c = start; c < start + width; c++) target[r * inputs + c] = x[row * inputs + c];
    }
  });
}

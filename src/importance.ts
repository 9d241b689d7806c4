/** What a model of a table relies on: how much worse it predicts when a column tells nothing any more. */
import { checkOptions, checkWhole } from "./check.js";
import type { Dataset } from "./dataset.js";
import type { Column } from "./encoder.js";
import { accuracy, r2 } from "./metrics.js";
import type { MLP } from "./mlp.js";
import { order, Random } from "./random.js";
import { meanAndDeviation } from "./statistics.js";
import { Turn, WORTH_A_LOOK } from "./turn.js";

/** How importance is measured. */
export interface ImportanceOptions {
  /** Times each column is dealt out anew, >= 1; 5 if left out. */
  repeats?: number;
  /** 0 if left out. */
  seed?: number;
}

/** How much a column matters, in accuracy (Classifier) or R² (Regressor). */
export interface ColumnImportance {
  readonly name: string;
  /** By how much the score falls without the column, mean over the repeats; about 0 or below for a useless one. */
  readonly mean: number;
  /** Standard deviation over the repeats. */
  readonly deviation: number;
}

/** Permutation importance (Breiman 2001; Fisher et al. 2019) of the columns that make features, in descending order. */
export async function importances(
  net: MLP,
  columns: readonly Column[],
  data: Dataset,
  options: ImportanceOptions,
): Promise<ColumnImportance[]> {
  const call = "importance";
  checkOptions(call, options, ["repeats", "seed"]);
  const { repeats = 5, seed = 0 } = options;
  checkWhole(call, "repeats", repeats, 1);
  checkWhole(call, "seed", seed, 0);
  const score = net.output === "softmax" ? accuracy : r2;
  const turn = new Turn();
  const base = score(data.y, net.predict(data));
  const random = new Random(seed);
  const found: ColumnImportance[] = [];
  for (const { name, start, width } of columns.filter((column) => column.width > 0)) {
    const drops: number[] = [];
    for (let i = 0; i < repeats; i++) {
      const x = dealtOut(data, start, width, order(data.rows, random));
      drops.push(base - score(data.y, net.predict(x)));
      if (turn.due(WORTH_A_LOOK)) await turn.give();
    }
    found.push({ name, ...meanAndDeviation(drops) });
  }
  // Sorting is stable: columns that matter alike stay in the order of their names.
  return found.sort((a, b) => b.mean - a.mean);
}

/** The rows with features `start .. start+width` taken from the rows `dealt`. */
function dealtOut({ x, rows, inputs }: Dataset, start: number, width: number, dealt: Uint32Array): Float32Array {
  const copy = Float32Array.from(x);
  for (let r = 0; r < rows; r++) {
    for (let c = start; c < start + width; c++) copy[r * inputs + c] = x[dealt[r] * inputs + c];
  }
  return copy;
}

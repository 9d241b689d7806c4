/** How good models are on rows they have not seen: k-fold cross-validation. */
import { checkCallback, checkWhole } from "../ground/check.js";
import type { ReadCandidates, Settings } from "./candidates.js";
import type { TableRows } from "./given-rows.js";
import { openTable } from "./open-table.js";
import { type CrossValidation, type CrossValidationOptions, scoreFolds } from "./score-folds.js";

/** The rows are shuffled by `seed` and split, each class evenly; each fold's model learns means and categories from its own rows. */
export async function crossValidate<M, S, T extends Settings>(
  call: string,
  read: ReadCandidates<M, S, T>,
  rows: TableRows,
  options: T & CrossValidationOptions<S>,
): Promise<CrossValidation<S>> {
  const table = await openTable(call, rows, options, ["folds", "onFold"]);
  const { folds = 5, onFold } = options;
  checkWhole(call, "folds", folds, 2, table.rows.length);
  checkCallback(call, "onFold", onFold);
  return (await scoreFolds(await read(call, table.rows, table.options), table.options, folds, onFold)).result;
}

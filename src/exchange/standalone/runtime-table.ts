/** What a module of a Classifier or a Regressor does with a row, an object. A text is made of it: see runtime-network.ts. */
import { makeReader, type ReadColumn, readRow } from "../../table/row-reader.js";
import { type Run, startNetwork } from "./runtime-network.js";

export { exp } from "../../ground/math.js";
export { largest } from "./runtime-network.js";

/**
 * Starts the network, which reads the features of rows.
 * @param missing further texts of missing values
 * @param names of a strict model: those that a row may have
 */
export function startTable(
  wasm: string,
  columns: readonly ReadColumn[],
  missing: readonly string[],
  names?: readonly string[],
): Run {
  const markers = new Set(missing);
  const readers = columns.map((column) => makeReader(column, markers));
  const strictNames = names && new Set(names);
  return startNetwork(wasm, (call, row, features) => readRow(call, readers, row, features, strictNames));
}

/** An encoder learned from the cells of a table, and the features of any of the table's rows. */
import { checkWhole, show } from "../ground/check.js";
import { list } from "./column-options.js";
import type { Cells, IgnoredColumn, LearnedColumn } from "./columns.js";
import { Encoder, MOST_FEATURES } from "./encoder.js";
import { learnColumn } from "./learn-column.js";
import { learnMedians } from "./learn-median.js";
import type { Guide } from "./target-encoder.js";
import type { Target } from "./target-names.js";

/**
 * Learns the columns of a table, in slices: a caller with many rows lets others run in between.
 * @param rowNumbers of the rows that are trained on: means, deviations and categories are of those. What kind a column
 * is, all rows say
 * @param strictTarget the target, if rows must have all columns and no others
 * @param guide the targets, by which numbers get bins. Default: none, and numbers are counted from their mean, as by version 0.1
 * @param weights by row what it counts, > 0 for those that are trained on, as if it were there so many times. Default: all alike
 * @throws RangeError on `maxCategories` below 1 or too many features; Error if every column would be ignored
 */
export function* learnEncoder(
  call: string,
  { columns, markers }: Cells,
  rowNumbers: Uint32Array,
  maxCategories?: number,
  strictTarget?: Target,
  guide?: Guide,
  weights?: Float64Array,
): Generator<number, Encoder> {
  if (maxCategories !== undefined) checkWhole(call, "maxCategories", maxCategories, 1);
  const learned: LearnedColumn[] = [];
  const scratch = new Float64Array((weights ? 2 : 1) * rowNumbers.length);
  for (const cells of columns) learned.push(yield* learnColumn(cells, maxCategories, rowNumbers, scratch, weights));
  const binned = guide ? yield* learnMedians(columns, learned, rowNumbers, guide, weights) : learned;
  const encoder = new Encoder(binned, markers, strictTarget);
  if (encoder.width === 0) throw new Error(nothingLeft(call, learned));
  if (encoder.width <= MOST_FEATURES) return encoder;
  throw new RangeError(`${call}: the columns must make ${MOST_FEATURES} features at most, got ${encoder.width}.`);
}

function nothingLeft(call: string, columns: readonly LearnedColumn[]): string {
  const ignored = columns.map((column) => `${show(column.name)} (${(column as IgnoredColumn).reason})`);
  const remedy = ` Pass columns: { ${show(columns[0]?.name)}: "text" } to use one nevertheless.`;
  return `${call}: the rows must hold a column to learn from, got ${list(ignored)}.${columns[0] ? remedy : ""}`;
}

/** Mini-batches of networks with batch normalisation: they must have moments, and pass as a whole. */
import { BATCH_ROWS } from "../core/memory-map.js";
import type { NetworkShape } from "../net/design.js";

/** Refuses mini-batches that have no moments, or do not pass as a whole. */
export function checkBatchRows(call: string, name: string, rows: number, { hasBatchMoments }: NetworkShape): void {
  if (!hasBatchMoments || (rows >= 2 && rows <= BATCH_ROWS)) return;
  throw new RangeError(
    `${call}: ${name} must be 2 to ${BATCH_ROWS} rows with batch normalization, got ${rows}. For others normalise by "layer".`,
  );
}

/** Refuses data without a single whole mini-batch. */
export function checkTrainRows(call: string, rows: number, { hasBatchMoments }: NetworkShape): void {
  if (!hasBatchMoments || rows > 1) return;
  throw new RangeError(`${call}: data must have 2 rows to train on at least with batch normalization, got ${rows}.`);
}

/**
 * Rows of the next mini-batch, of `rest` that are left. A single row has no moments: where they are needed the last one joins the
 * rows before it, or has one of them if there are as many as there may be.
 */
export function rowsOfBatch({ hasBatchMoments }: NetworkShape, batchSize: number, rest: number): number {
  if (rest !== batchSize + 1 || !hasBatchMoments) return Math.min(batchSize, rest);
  return rest <= BATCH_ROWS ? rest : batchSize - 1;
}

/** Mini-batches of networks with batch normalisation: they must have moments, and pass as a whole. */
import { BATCH_ROWS, type NetworkShape } from "../net/design.js";

/** Refuses mini-batches that have no moments, or do not pass as a whole. */
export function checkBatchRows(call: string, name: string, rows: number, { hasBatchMoments }: NetworkShape): void {
  if (!hasBatchMoments || (rows >= 2 && rows <= BATCH_ROWS)) return;
  throw new RangeError(
    `${call}: ${name} must be 2 to ${BATCH_ROWS} rows with batch normalization, got ${rows}. For others normalise by "layer".`,
  );
}

/** Refuses a second mini-batch whose gradients were to be added to those of the first: each has moments of its own. */
export function checkOneBatch(call: string, rowsBefore: number, { hasBatchMoments }: NetworkShape): void {
  if (!hasBatchMoments || rowsBefore === 0) return;
  throw new Error(
    `${call}: an update must be of one mini-batch with batch normalization, got a second. Call update first, or normalise by "layer".`,
  );
}

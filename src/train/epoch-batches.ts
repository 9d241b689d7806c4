/** The mini-batches of an epoch where each must have moments: of networks with batch normalisation. */
import { BATCH_ROWS, type NetworkShape } from "../net/design.js";

/** Refuses data without a single whole mini-batch. */
export function checkTrainRows(call: string, rows: number, { hasBatchMoments }: NetworkShape): void {
  if (!hasBatchMoments || rows > 1) return;
  throw new RangeError(`${call}: data must have 2 rows to train on at least with batch normalization, got ${rows}.`);
}

/** Refuses optimizers that go by all rows at once. */
export function checkMakesBatches(call: string, name: string, makes: boolean, { hasBatchMoments }: NetworkShape): void {
  if (!hasBatchMoments || makes) return;
  throw new RangeError(
    `${call}: optimizer must make mini-batches with batch normalization, got ${name}. For others normalise by "layer".`,
  );
}

/**
 * Rows of the next mini-batch, of `rest` that are left. A single row has no moments: where they are needed the last one joins the
 * rows before it, or has one of them if there are as many as there may be.
 */
export function rowsOfBatch({ hasBatchMoments }: NetworkShape, batchSize: number, rest: number): number {
  if (rest !== batchSize + 1 || !hasBatchMoments) return Math.min(batchSize, rest);
  return rest <= BATCH_ROWS ? rest : batchSize - 1;
}

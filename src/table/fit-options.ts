/** What the fit of a table's network is given where the options of the table's fit leave it open. */

import type { Output } from "../net/activations.js";
import type { FitOptions } from "../train/fit-plan.js";
import { adam } from "../train/optimizers.js";
import type { TableOptions } from "./options.js";

/**
 * How many updates a fit may make at least, and how many without a better score before it ends. Values may follow from their
 * columns exactly; labels that seem to would be overlearned.
 */
const LIMITS = {
  linear: { updates: 4000, patience: 500, relativeDelta: 0.01 },
  softmax: { updates: 1000, patience: 100 },
} as const;

/**
 * Those of the options that the network's fit takes as they are, and what they are for tables if they are not given. Few rows
 * make few updates an epoch: limits are counted in updates then.
 */
export function completeOptions<O extends Output>(
  options: TableOptions<O>,
  rows: number,
  output: keyof typeof LIMITS,
): FitOptions<O> {
  const { optimizer = adam({ learningRate: 3e-3 }), batchSize = 32, shuffle, l1 } = options;
  const { dropout, clipNorm, reduceOnPlateau, signal } = options;
  // A size that is none is refused by the fit.
  const updates = typeof batchSize === "number" && batchSize >= 1 ? Math.ceil(rows / batchSize) : rows;
  const { updates: most, patience, ...exact } = LIMITS[output];
  const atMost = Math.max(200, Math.ceil(most / updates));
  const stop = { patience: Math.max(10, Math.ceil(patience / updates)), minDelta: 1e-3, ...exact };
  // What is given counts, null too: the fit refuses it.
  const { epochs = atMost, earlyStopping = stop } = options;
  return {
    epochs,
    optimizer,
    earlyStopping,
    batchSize,
    shuffle,
    l1,
    dropout,
    clipNorm,
    reduceOnPlateau,
    signal,
  };
}

/** How a pool is made. */
import { checkOptions, checkWhole } from "../ground/check.js";
import type { Pool } from "../table/fit-pool.js";
import { PoolThreads } from "./pool-threads.js";

/** What {@link createPool} takes. */
export interface PoolOptions {
  /** How many threads there are at most, a whole number from 1 to 1024. Default: as many as the machine has cores. */
  workers?: number;
}

const MOST = 1024;

/**
 * Makes a pool of worker threads for fits of tables: given as the option `pool`, it has the networks of an ensemble, of the folds of
 * a cross-validation, of the trials of a search and of several targets fitted side by side, and importance scored so. Results are the
 * same, bit for bit, however many threads there are. Threads start with the first job and end when they have had none for some
 * seconds: there is nothing to dispose, and in Node, Deno and Bun the process ends without waiting for them.
 * @throws TypeError, RangeError on options outside their domain
 * @example
 * import { createPool } from "wasmlp/pool";
 * const pool = createPool();
 * const { mean } = await Classifier.crossValidate(flowers, { target: "species", pool });
 */
export function createPool(options: PoolOptions = {}): Pool {
  checkOptions("createPool", options, ["workers"]);
  const { workers = cores() } = options;
  checkWhole("createPool", "workers", workers, 1, MOST);
  return new PoolThreads(workers);
}

function cores(): number {
  const own = globalThis.process?.getBuiltinModule?.("node:os")?.availableParallelism?.();
  return Math.min(MOST, Math.max(1, own ?? globalThis.navigator?.hardwareConcurrency ?? 1));
}

/** The entry `wasmlp/pool`: threads on which the fits of tables go on side by side, to the same bytes. */
export type { Pool } from "./table/fit-pool.js";
export { createPool, type PoolOptions } from "./worker/create-pool.js";

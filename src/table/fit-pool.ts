/** Work that may go on elsewhere, as tables ask for it; src/worker/pool-threads.ts does it on other threads. */
import { describe } from "../ground/check.js";

/** Worker threads that do work of fits side by side, as `createPool` of `wasmlp/pool` makes them. */
export interface Pool {
  /** How many threads it has at most. */
  readonly workers: number;
  /** @internal */
  readonly jobs: Jobs;
}

/** A piece of work, as a pool knows it: src/table/in-order.ts has them. */
export interface PoolLane {
  /** Whether nobody waits for its work any more. */
  readonly isOver: boolean;
  /** What it is part of. */
  readonly outer?: PoolLane | undefined;
  /** Whether a job was asked for: then it has begun. */
  hasAsked: boolean;
}

/** A fitted table that is asked, on other threads too. */
export interface AskedTable {
  /** The model as a file, features of rows and their targets. */
  readonly bytes: Uint8Array;
  readonly kind: "Classifier" | "Regressor";
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/** The score of a model when a column holds its values in another order. */
export interface ShuffleJob {
  readonly lane: PoolLane;
  readonly table: AskedTable;
  /** Its features. */
  readonly column: { readonly start: number; readonly width: number };
  readonly order: Uint32Array;
}

/** What a pool does, beside fits of networks (src/table/network-task.ts). */
export interface Jobs {
  readonly workers: number;
  /** @throws Error if the thread ends before */
  shuffle(job: ShuffleJob): Promise<number>;
  /**
   * Takes what begins a further piece of work, the lane of which it returns, while threads have nothing to do; nothing if there is none left.
   * @param isGuess whether it may turn out that the work was of no use: other work comes first
   * @returns what takes it back
   */
  feed(begin: () => PoolLane | undefined, isGuess?: boolean): () => void;
  /** Is told that the work of a lane has ended. */
  leave(lane: PoolLane): void;
  /** Is told that lanes were stopped. */
  review(): void;
}

const lost = new WeakSet<object>();

/** Marks the error of a thread that has ended on its way: it ends a call at once, whatever else goes on. */
export function markLost<T>(error: T): T {
  if (typeof error === "object" && error !== null) lost.add(error);
  return error;
}

export const isLost = (error: unknown): boolean => typeof error === "object" && error !== null && lost.has(error);

/** @throws TypeError if it is no pool */
export function checkPool(call: string, pool: unknown): void {
  if (pool === undefined || typeof (pool as Partial<Pool> | null)?.jobs?.feed === "function") return;
  throw new TypeError(`${call}: pool must be one that createPool of wasmlp/pool made, got ${describe(pool)}.`);
}

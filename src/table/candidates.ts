/** Rows that were read once, to fit any number of models to them. */
import type { TableOptions } from "./options.js";
import type { TableSource } from "./table-source.js";

/** The options of a fit that matter where several are made. */
export type Settings = Pick<TableOptions, "seed" | "signal" | "time" | "onWarning">;

/** Rows that were read once, to fit any number of models to them. */
export interface Candidates<M, S, T> {
  readonly rows: number;
  /** Class ids by row, where each fold is to have its share of each class. */
  readonly classes: ArrayLike<number> | undefined;
  /** How many different texts there are in the column of text that has the most. */
  readonly mostTexts: number;
  /**
   * @param rowNumbers of the rows to train on. Default: all
   * @param begun when the time began that it may take. Default: now
   */
  fit(options: T, rowNumbers?: Uint32Array, begun?: number): Promise<M>;
  score(model: M, rowNumbers: Uint32Array): Promise<S>;
}

/** Reads rows for models of a kind: what cross-validation and search need to know of it. */
export type ReadCandidates<M, S, T> = (call: string, rows: TableSource, options: T) => Promise<Candidates<M, S, T>>;

/** Rows that were read once, to fit any number of models to them. */
import type { Signal } from "../ground/web.js";
import type { Cells } from "./columns.js";
import type { Pool } from "./fit-pool.js";
import type { RowWeights } from "./row-weights.js";
import type { TableSource } from "./table-source.js";
import type { TableWarning } from "./table-warning.js";

/** The options of a fit that matter where several are made. */
export interface Settings {
  seed?: number;
  signal?: Signal;
  time?: number;
  pool?: Pool;
  onWarning?: (warning: TableWarning) => void;
}

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

/** What several targets of the same rows have in common: it is read once. */
export interface SharedReading {
  /** What the columns hold that are no targets. */
  cells(): Cells | Promise<Cells>;
  weights(): RowWeights | undefined | Promise<RowWeights | undefined>;
}

/**
 * Reads rows for models of a kind: what cross-validation and search need to know of it.
 * @param shared what is read once for several targets. Default: all is read for this one
 */
export type ReadCandidates<M, S, T> = (
  call: string,
  rows: TableSource,
  options: T,
  shared?: SharedReading,
) => Promise<Candidates<M, S, T>>;

/** A trial, from the question to its score: plain JSON, all of it. */

/** What a trial was worth at a step, such as an epoch. */
export interface TrialReport {
  readonly step: number;
  readonly value: number;
}

/** The value that a trial must reach at a step to go on. */
export interface TrialLimit {
  readonly step: number;
  readonly value: number;
}

/** Settings that are to be tried: what `ask` gives. */
export interface AskedTrial<T = Record<string, unknown>> {
  /** Counted from 0. */
  readonly trial: number;
  /** A value of each setting of the space. */
  readonly settings: T;
  /**
   * What `report` compares with, fixed when the trial is asked for: empty without a pruner. `isPruned(asked, reports)` judges by it
   * wherever the trial goes on, on another machine too.
   */
  readonly limits: readonly TrialLimit[];
  /** How `limits` are meant. */
  readonly pruner: "median" | "asha" | "none";
  readonly maximize: boolean;
}

/** How a trial ended: by a score, by an error, or stopped early by the pruner. */
export type TrialOutcome = number | { readonly error: string } | { readonly pruned: true };

/** What a study knows of a trial. */
export interface StudyTrial<T = Record<string, unknown>> {
  /** Counted from 0. */
  readonly trial: number;
  readonly settings: T;
  /** `"open"` until it is told. */
  readonly state: "open" | "done" | "pruned" | "failed";
  /** Of a trial that is done. */
  readonly score?: number;
  /** Why a trial failed. */
  readonly error?: string;
  /** In the order of their steps; of an open trial those of this process. */
  readonly reports: readonly TrialReport[];
}

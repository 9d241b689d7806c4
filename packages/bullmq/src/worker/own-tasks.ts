/** Tasks that every worker knows: fits and cross-validations of tables, and the trials of tasks that workers are given. */
import type { Classifier } from "wasmlp";
import type { Pool } from "wasmlp/pool";
import { isPruned, type TrialReport } from "wasmlp/study";
import type { JobData, JobResult } from "../jobs/job-form.js";
import { KINDS, type KindName } from "../jobs/kinds.js";
import type { RowsReference, TableFile } from "../jobs/table-files.js";
import { type Keys, Trouble } from "../redis/keys.js";
import { type KnownRows, Lacking, type Rows } from "./known-rows.js";
import { Refusal } from "./refusal.js";

/** What a task is given. */
export interface TaskJob {
  /** What whoever asked for it gave. */
  // biome-ignore lint/suspicious/noExplicitAny: JSON, of whatever shape the caller gave it
  readonly input: any;
  /** The settings of the trial, if it judges one of a study. */
  // biome-ignore lint/suspicious/noExplicitAny: JSON, of whatever shape the caller gave it
  readonly settings: any;
  /** The trial's number. */
  readonly trial: number | undefined;
  /** Reports what the trial is worth at a step, and returns whether it is pruned; `signal` ends then, and what the task gives does not count. */
  readonly report: (step: number, value: number) => boolean;
  /** Ends when the trial is pruned. */
  readonly signal: AbortSignal;
  /** Rows that the input names. */
  readonly rows: (reference: RowsReference) => Promise<Rows>;
  /** Bytes that `queue.put` put into Redis. */
  readonly get: (digest: string) => Promise<Uint8Array>;
  /** The place of a file that the input names, whose digest is right; else the job is another worker's. */
  readonly file: (file: TableFile) => Promise<string>;
  /** The threads of this worker, for fits of tables; undefined if there is one. */
  readonly pool: Pool | undefined;
}

/** Does a job; what it gives is plain JSON: of a trial, its score. */
export type Task = (job: TaskJob) => unknown;

/** What tasks work with. */
export interface Means {
  readonly keys: Keys;
  readonly rows: KnownRows;
  readonly pool: Pool | undefined;
}

interface TableInput {
  readonly kind: KindName;
  readonly rows: RowsReference;
  readonly options: Record<string, unknown>;
}

/**
 * @returns what the task came to; what it throws is what it came to, too
 * @throws Refusal if this worker has not what the job needs; Trouble if Redis would not
 */
export async function doTask(task: Task, { input, asked }: JobData, { keys, rows, pool }: Means): Promise<JobResult> {
  const reports: TrialReport[] = [];
  const end = new AbortController();
  let pruned = false;
  const report = (step: number, value: number) => {
    // What comes after the end has no part in it.
    if (pruned) return true;
    checkReport(step, value, reports.at(-1)?.step ?? -1);
    reports.push({ step, value });
    pruned = asked !== undefined && isPruned(asked, reports);
    if (pruned) end.abort();
    return pruned;
  };
  const { settings, trial } = asked ?? {};
  const get = async (digest: string) => {
    const bytes = await keys.get(digest);
    if (bytes) return bytes;
    throw new Lacking(digest);
  };
  const means = { get, file: (file: TableFile) => rows.file(file), rows: (of: RowsReference) => rows.rows(of), pool };
  try {
    const value = await task({ input, settings, trial, report, signal: end.signal, ...means });
    if (!asked) return { value };
    if (!pruned) checkScore(value);
    return pruned ? { reports, pruned } : { value, reports };
  } catch (error) {
    if (error instanceof Refusal || error instanceof Trouble) throw error;
    if (error instanceof Lacking) return { lacks: error.digest };
    if (pruned) return { reports, pruned };
    return { error: error instanceof Error ? error.message : String(error), ...(asked && { reports }) };
  }
}

function checkScore(value: unknown): void {
  if (typeof value === "number" && Number.isFinite(value)) return;
  throw new TypeError(
    `run: the task must give a finite number, got ${typeof value === "number" ? value : typeof value}.`,
  );
}

function checkReport(step: number, value: number, last: number): void {
  if (!Number.isSafeInteger(step) || step <= last) {
    throw new RangeError(`report: step must be a whole number above ${last}, got ${String(step)}.`);
  }
  if (!Number.isFinite(value)) throw new RangeError(`report: value must be finite, got ${String(value)}.`);
}

/** Both classes are asked alike. */
const classOf = (kind: KindName) => KINDS[kind] as typeof Classifier;

/** The tasks of tables. */
export function ownTasks({ keys }: Pick<Means, "keys">): Record<string, Task> {
  const fit: Task = async ({ input, rows, pool }) => {
    const { kind, rows: of, options } = input as TableInput;
    const model = await classOf(kind).fit(
      (await rows(of)) as never,
      { ...options, pool, onWarning: () => {} } as never,
    );
    return { model: await keys.put(model.save()) };
  };
  const crossValidate: Task = async ({ input, rows, pool }) => {
    const { kind, rows: of, options } = input as TableInput;
    return classOf(kind).crossValidate((await rows(of)) as never, { ...options, pool, onWarning: () => {} } as never);
  };
  return { fit, crossValidate };
}

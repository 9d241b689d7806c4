/** A queue of jobs, as programs see it: rows, fits, judges of settings, tasks. */
import type { Redis } from "ioredis";
import type { Classifier, ClassifierOptions, Regressor, RegressorOptions } from "wasmlp";
import type { Objective } from "wasmlp/study";
import { AskedJobs, type WaitOptions } from "./asked-jobs.js";
import { checkJson } from "./job-form.js";
import { type KindName, nameOfKind, optionsThatTravel } from "./kinds.js";
import { textOfRows } from "./rows-text.js";
import { digestOfFile, type RowsReference, type TableFile } from "./table-files.js";

/** A class of models of tables, with what its fits take. */
export type TableKind = typeof Classifier | typeof Regressor;

type OptionsOf<K extends TableKind> = K extends typeof Classifier ? ClassifierOptions : RegressorOptions;

/** What it gives. */
type ModelOf<K extends TableKind> = InstanceType<K>;

/** What a cross-validation comes to. */
type ValidationOf<K extends TableKind> = Awaited<ReturnType<K["crossValidate"]>>;

/** A queue of jobs, for any number of workers. It holds connections until it is closed. */
export class JobQueue {
  private readonly jobs: AskedJobs;

  /** @internal */
  constructor(redis: Redis, name: string, keep: number, onWarning: (message: string) => void) {
    this.jobs = new AskedJobs(redis, name, keep, onWarning);
  }

  /**
   * Rows that jobs name, put into Redis: for tables of some megabytes. Cells may be texts, numbers, booleans, dates, lists of these, or missing.
   * @throws TypeError naming the row and column that cannot travel
   * @example
   * const rows = await queue.rows(flowers);
   */
  async rows(rows: readonly object[]): Promise<RowsReference> {
    if (!Array.isArray(rows)) throw new TypeError(`rows: rows must be an array of objects, got ${typeof rows}.`);
    return { stored: await this.jobs.put(Buffer.from(textOfRows("rows", rows))) };
  }

  /**
   * Files that jobs name, which workers read themselves: by a path that all of them have, or by a URL. A worker to which a file is another one
   * refuses the job, and ends.
   * @param as for the `read` of the workers, plain JSON. Without one they read JSON and JSON lines
   * @throws Error if a file cannot be read here
   * @example
   * const rows = await queue.files(["/data/flowers.jsonl"]);
   */
  async files(files: readonly string[], as?: unknown): Promise<RowsReference> {
    const isList = Array.isArray(files) && files.length > 0 && files.every((file) => typeof file === "string");
    if (!isList) throw new TypeError("files: files must be a list of paths and URLs, one at least.");
    const found = files.map(async (name): Promise<TableFile> => {
      const file = /^https?:\/\//.test(name) ? { url: name } : { path: name };
      return { ...file, digest: await digestOfFile("files", file) };
    });
    return { files: await Promise.all(found), ...(as !== undefined && { as: checkJson("files", "as", as) }) };
  }

  /**
   * Puts bytes into Redis, for tasks that `get` them: a model, say.
   * @returns their SHA-256, by which inputs name them
   */
  async put(bytes: Uint8Array): Promise<string> {
    if (!(bytes instanceof Uint8Array)) throw new TypeError(`put: bytes must be a Uint8Array, got ${typeof bytes}.`);
    return this.jobs.put(bytes);
  }

  /**
   * Has a task done by a worker that knows it. The same task of the same input is done once, and found again for as long as results are kept.
   * @param input plain JSON
   * @returns what the task gave
   * @throws Error with the message of what the task threw; TypeError if the input is no JSON
   * @example
   * const sum = await queue.run("sum", [1, 2, 3]); // by startWorker({ redis, tasks: { sum: ({ input }) => input[0] + input[1] + input[2] } })
   */
  async run(task: string, input?: unknown, options: WaitOptions = {}): Promise<unknown> {
    checkObject("run", "the options", options);
    const { signal } = options;
    const { value, error } = await this.jobs.result(task, input, { signal });
    if (error !== undefined) throw new Error(error);
    return value;
  }

  /**
   * An objective for `Study.run`: each trial is a job, of a task that gives its score. The worker judges by itself what is pruned.
   * @param input for the task, plain JSON
   * @example
   * const { bestTrial } = await study.run(queue.objective("digits", { epochs: 10 }), { trials: 100, workers: 8 });
   */
  objective<T>(task: string, input?: unknown): Objective<T> {
    return async ({ signal, report, ...asked }) => {
      const ends = signal as AbortSignal;
      const { value, error, reports = [], pruned } = await this.jobs.result(task, input, { asked, signal: ends });
      for (const { step, value: own } of reports) if (report(step, own)) break;
      if (error !== undefined) throw new Error(error);
      return pruned ? Number.NaN : (value as number);
    };
  }

  /**
   * Fits a model on a worker, to the bytes that a fit here would have.
   * @param rows those of {@link rows} or {@link files}, or objects, which go to Redis for this job alone
   * @param options those of `kind.fit`, plain JSON
   * @throws Error with the message of what the fit threw
   */
  async fit<K extends TableKind>(
    kind: K,
    rows: RowsReference | readonly object[],
    options: OptionsOf<K>,
  ): Promise<ModelOf<K>> {
    const name = nameOfKind("fit", kind);
    checkObject("fit", "options", options);
    const { signal } = options as WaitOptions;
    const isOwn = Array.isArray(rows);
    const of = isOwn ? await this.rows(rows) : checkRows("fit", rows);
    const input = { kind: name, rows: of, options: optionsThatTravel("fit", options) };
    for (;;) {
      const { value, error } = await this.jobs.result("fit", input, { signal });
      const { model } = Object(value) as { model?: string };
      const bytes = model === undefined ? undefined : await this.jobs.get(model);
      const isOver = bytes !== undefined || error !== undefined;
      const own = isOver && isOwn ? [of.stored as string] : [];
      await this.jobs.leave("fit", input, bytes ? [model as string, ...own] : own);
      if (error !== undefined) throw new Error(error);
      if (bytes) return (await (kind as typeof Classifier).load(bytes)) as ModelOf<K>;
    }
  }

  /** What `trainMany` fits by: each group is a job. Give it `workers`, so many groups at once. */
  fitter<K extends TableKind>(kind: K): { fit(rows: object[], options: OptionsOf<K>): Promise<ModelOf<K>> } {
    nameOfKind("fitter", kind);
    return { fit: (rows, options) => this.fit(kind, rows, options) };
  }

  /**
   * What judges the settings of a `search`, each trial a job: pass it as its `crossValidate`.
   * @example
   * const rows = await queue.rows(flowers);
   * await Classifier.search(flowers, { target: "species", trials: 40, crossValidate: queue.crossValidation(Classifier, rows) });
   */
  crossValidation<K extends TableKind>(kind: K, rows: RowsReference) {
    const name: KindName = nameOfKind("crossValidation", kind);
    checkRows("crossValidation", rows);
    return async (
      options: OptionsOf<K> & { readonly folds?: number },
    ): Promise<ValidationOf<K> | { error: string }> => {
      const { signal } = options as WaitOptions;
      const input = { kind: name, rows, options: optionsThatTravel("crossValidation", options) };
      try {
        const { value, error } = await this.jobs.result("crossValidate", input, { signal });
        return error === undefined ? (value as ValidationOf<K>) : { error };
      } catch (error) {
        if (!signal?.aborted) throw error;
        return { folds: [], mean: {}, deviation: {}, stopped: "aborted" } as never;
      }
    };
  }

  /** Ends the connections. Jobs that are under way go on, and are found again. */
  close(): Promise<void> {
    return this.jobs.close();
  }
}

function checkObject(call: string, name: string, value: unknown): void {
  if (typeof value === "object" && value !== null) return;
  throw new TypeError(`${call}: ${name} must be an object, got ${value === null ? "null" : typeof value}.`);
}

/** What workers find rows by. */
function checkRows(call: string, rows: unknown): RowsReference {
  const { stored, files } = Object(rows) as RowsReference;
  if (typeof stored === "string" || (Array.isArray(files) && files.length > 0)) return rows as RowsReference;
  const also = call === "fit" ? ", or an array of objects" : "";
  throw new TypeError(
    `${call}: rows must be what queue.rows or queue.files gave${also}, got ${rows === null ? "null" : typeof rows}.`,
  );
}

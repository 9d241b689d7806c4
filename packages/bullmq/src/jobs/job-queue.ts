/** A queue of jobs, as whoever has them done sees it. */
import { randomUUID } from "node:crypto";
import { Queue, QueueEvents } from "bullmq";
import type { Redis } from "ioredis";
import type { Classifier, ClassifierOptions, Regressor, RegressorOptions } from "wasmlp";
import type { AskedTrial, Objective } from "wasmlp/study";
import { connect, type RedisAddress } from "../redis/connect.js";
import { Keys, PREFIX, sha256 } from "../redis/keys.js";
import { checkJson, idOf, type JobData, type JobResult, VERSION } from "./job-form.js";
import { type KindName, nameOfKind, OWN_TASKS, optionsThatTravel } from "./kinds.js";
import { OpenJobs } from "./open-jobs.js";
import { textOfRows } from "./rows-text.js";
import { digestOfFile, type RowsReference, type TableFile } from "./table-files.js";

/** What {@link openQueue} takes. */
export interface QueueOptions {
  /** Where Redis is: `"redis://:password@host:6379"`, or options of ioredis. */
  redis: RedisAddress;
  /** The name of the queue, which its workers have too. Default: `"wasmlp"`. */
  queue?: string;
  /** Seconds that results stay in Redis: the same job is not done again before. Default: a day. */
  keep?: number;
  /** Is told of workers that refuse jobs, and why. Default: `process.emitWarning` is. */
  onWarning?: (message: string) => void;
}

/** What ends the wait for a job. */
export interface WaitOptions {
  signal?: AbortSignal;
}

/** A class of models of tables, with what its fits take. */
export type TableKind = typeof Classifier | typeof Regressor;

type OptionsOf<K extends TableKind> = K extends typeof Classifier ? ClassifierOptions : RegressorOptions;

/** What it gives. */
type ModelOf<K extends TableKind> = InstanceType<K>;

/** What a cross-validation comes to. */
type ValidationOf<K extends TableKind> = Awaited<ReturnType<K["crossValidate"]>>;

/** Looks without a worker before that is told of. */
const LONELY = 5;

/** Seconds of a day. */
const DAY = 86_400;

/** Connects to Redis. @throws Error in a sentence if it is not there, or will not have us */
export async function openQueue(options: QueueOptions): Promise<JobQueue> {
  const { redis, queue = "wasmlp", keep = DAY, onWarning = warn, ...others } = Object(options) as QueueOptions;
  const call = "openQueue";
  const strange = Object.keys(others)[0];
  if (strange !== undefined) {
    throw new TypeError(`${call}: the options must be among redis, queue, keep, onWarning, got "${strange}".`);
  }
  checkQueueName(call, queue);
  if (!Number.isSafeInteger(keep) || keep < 60) {
    throw new RangeError(`${call}: keep must be a whole number of seconds >= 60, got ${String(keep)}.`);
  }
  if (typeof onWarning !== "function")
    throw new TypeError(`${call}: onWarning must be a function, got ${typeof onWarning}.`);
  return new JobQueue(await connect(call, redis), queue, keep, onWarning);
}

export function checkQueueName(call: string, queue: unknown): void {
  if (typeof queue === "string" && /^[\w.-]{1,100}$/.test(queue)) return;
  throw new TypeError(`${call}: queue must be a name of letters, digits, _, - and ., got ${JSON.stringify(queue)}.`);
}

const warn = (message: string) => process.emitWarning(message, "WasmlpWarning");

/** A queue of jobs, for any number of workers. It holds connections until it is closed. */
export class JobQueue {
  private readonly jobs: OpenJobs;
  private readonly queue: Queue;
  private readonly events: QueueEvents;
  private readonly keys: Keys;
  /** What was put into Redis from here: it is brought again if Redis has lost it. */
  private readonly brought = new Map<string, Uint8Array>();
  private readonly heard = new Set<string>();
  /** Jobs that were asked for here. */
  private readonly asked = new Set<string>();
  private readonly session = randomUUID();
  private isClosed = false;
  /** Looks at jobs that found no worker; -1 once there was one. */
  private looks = 0;

  /** @internal */
  constructor(
    private readonly redis: Redis,
    name: string,
    keep: number,
    private readonly onWarning: (message: string) => void,
  ) {
    const given = { connection: redis as never, prefix: PREFIX };
    this.queue = new Queue(name, given);
    this.events = new QueueEvents(name, given);
    this.keys = new Keys(redis, name, keep);
    // What they asked for in vain is asked for again.
    this.queue.on("error", () => {});
    this.events.on("error", () => {});
    this.jobs = new OpenJobs(this.queue, this.events, keep, () => this.hear());
  }

  /**
   * Rows that jobs name, put into Redis: for tables of some megabytes. Cells may be texts, numbers, booleans, dates, lists of these, or missing.
   * @throws TypeError naming the row and column that cannot travel
   * @example
   * const rows = await queue.rows(flowers);
   */
  async rows(rows: readonly object[]): Promise<RowsReference> {
    if (!Array.isArray(rows)) throw new TypeError(`rows: rows must be an array of objects, got ${typeof rows}.`);
    return { stored: await this.put(Buffer.from(textOfRows("rows", rows))) };
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
    const digest = sha256(bytes);
    this.brought.set(digest, bytes);
    return this.keys.put(bytes, digest);
  }

  /**
   * Has a task done by a worker that knows it. The same task of the same input is done once, and found again for as long as results are kept.
   * @param input plain JSON
   * @returns what the task gave
   * @throws Error with the message of what the task threw; TypeError if the input is no JSON
   * @example
   * const sum = await queue.run("sum", [1, 2, 3]); // by startWorker({ redis, tasks: { sum: ({ input }) => input[0] + input[1] + input[2] } })
   */
  async run(task: string, input?: unknown, { signal }: WaitOptions = {}): Promise<unknown> {
    const { value, error } = await this.result(task, input, { signal });
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
      const { value, error, reports = [], pruned } = await this.result(task, input, { asked, signal: ends });
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
    const { signal } = options as WaitOptions;
    const isOwn = Array.isArray(rows);
    const of = isOwn ? await this.rows(rows) : (rows as RowsReference);
    const input = { kind: name, rows: of, options: optionsThatTravel("fit", options) };
    for (;;) {
      const { value, error } = await this.result("fit", input, { signal });
      if (error !== undefined) throw new Error(error);
      const { model } = value as { model: string };
      const bytes = await this.keys.get(model);
      await this.leave("fit", input, bytes ? [model, ...(isOwn ? [of.stored as string] : [])] : []);
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
    return async (
      options: OptionsOf<K> & { readonly folds?: number },
    ): Promise<ValidationOf<K> | { error: string }> => {
      const { signal } = options as WaitOptions;
      const input = { kind: name, rows, options: optionsThatTravel("crossValidation", options) };
      try {
        const { value, error } = await this.result("crossValidate", input, { signal });
        return error === undefined ? (value as ValidationOf<K>) : { error };
      } catch (error) {
        if (!signal?.aborted) throw error;
        return { folds: [], mean: {}, deviation: {}, stopped: "aborted" } as never;
      }
    };
  }

  private async result(
    task: string,
    input: unknown,
    { asked, signal }: WaitOptions & { asked?: AskedTrial<unknown> },
  ): Promise<JobResult> {
    if (typeof task !== "string" || task === "")
      throw new TypeError(`run: task must be the name of a task, got ${String(task)}.`);
    const data = this.dataOf(task, input, asked);
    const id = idOf(data);
    this.asked.add(id);
    for (;;) {
      if (this.isClosed) throw closed();
      const result = await this.until(this.jobs.result(id, data), signal, id);
      if (result.lacks === undefined) return result;
      await this.bring(result.lacks);
      await this.queue.remove(id);
    }
  }

  private dataOf(task: string, input: unknown, asked?: AskedTrial<unknown>): JobData {
    const session = Object.hasOwn(OWN_TASKS, task) ? undefined : this.session;
    const data = { version: VERSION, task, input: checkJson("run", "input", input), session, asked };
    return JSON.parse(JSON.stringify(data));
  }

  /** Waits for as long as the signal lets it; a job that nobody has begun is taken back then. */
  private async until<T>(result: Promise<T>, signal: AbortSignal | undefined, id: string): Promise<T> {
    if (!signal) return result;
    const ended = new Error("run: the job must be waited for, got an end by the signal.");
    let abort = () => {};
    const aborted = new Promise<never>((_, reject) => {
      abort = () => {
        this.jobs.fail(id, ended);
        // One that is being done is done, and found again.
        this.queue.remove(id).catch(() => {});
        reject(ended);
      };
      if (signal.aborted) abort();
      else signal.addEventListener("abort", abort, { once: true });
    });
    try {
      return await Promise.race([result, aborted]);
    } finally {
      signal.removeEventListener("abort", abort);
    }
  }

  private async bring(digest: string): Promise<void> {
    const bytes = this.brought.get(digest);
    if (!bytes)
      throw new Error(
        `run: Redis must have the bytes ${digest.slice(0, 12)}..., got none. Put them there again, by queue.rows or queue.put.`,
      );
    await this.keys.put(bytes, digest);
  }

  /** A job whose result was taken, and bytes that nobody needs any more. */
  private async leave(task: string, input: unknown, digests: readonly string[]): Promise<void> {
    const id = idOf(this.dataOf(task, input));
    for (const digest of digests) this.brought.delete(digest);
    await Promise.all([this.queue.remove(id), this.keys.forget(id), this.keys.drop(...digests)]);
  }

  /** Tells of what workers refused, and of jobs that came to two results. */
  private async hear(): Promise<void> {
    for (const { worker, job, why, isConflict } of await this.keys.words()) {
      const word = `${worker} ${why}`;
      if (!this.asked.has(job) || this.heard.has(word)) continue;
      this.heard.add(word);
      if (isConflict) this.jobs.failAll(new Error(why));
      else this.onWarning(`${worker} refuses jobs: ${why}`);
    }
    this.looks = this.looks < 0 || (await this.queue.getWorkersCount()) > 0 ? -1 : this.looks + 1;
    if (this.looks === LONELY)
      this.onWarning("No worker is there for the jobs that wait. Start one: wasmlp worker --redis URL.");
  }

  /** Ends the connections. Jobs that are under way go on, and are found again. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.jobs.close(closed());
    await Promise.allSettled([this.events.close(), this.queue.close()]);
    this.redis.disconnect();
  }
}

const closed = () => new Error("run: the queue must be open, got one that is closed. Open it again by openQueue.");

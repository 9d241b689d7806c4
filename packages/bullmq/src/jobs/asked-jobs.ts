/** Jobs as whoever asks for them has them: begun once, waited for, brought what they lack, and what workers say of them. */
import { randomUUID } from "node:crypto";
import { Queue, QueueEvents } from "bullmq";
import type { Redis } from "ioredis";
import type { AskedTrial } from "wasmlp/study";
import { atMost } from "../redis/at-most.js";
import { Keys, PREFIX, sha256 } from "../redis/keys.js";
import { checkJson, idOf, type JobData, type JobResult, VERSION } from "./job-form.js";
import { OWN_TASKS } from "./kinds.js";
import { OpenJobs } from "./open-jobs.js";

/** What ends the wait for a job. */
export interface WaitOptions {
  signal?: AbortSignal;
}

/** Milliseconds that the end may take. */
const GRACE = 3000;

/** Looks without a worker before that is told of. */
const LONELY = 5;

/** Workers that may refuse a job. */
const MOST_REFUSED = 3;

export class AskedJobs {
  private readonly jobs: OpenJobs;
  private readonly queue: Queue;
  private readonly events: QueueEvents;
  private readonly keys: Keys;
  /** What was put into Redis from here, and how often: it is brought again if Redis has lost it. */
  private readonly brought = new Map<string, { readonly bytes: Uint8Array; uses: number }>();
  private readonly heard = new Set<string>();
  /** Jobs that were asked for here. */
  private readonly asked = new Set<string>();
  private readonly session = randomUUID();
  /** Workers that refused a job. */
  private readonly refusals = new Map<string, Set<string>>();
  /** What was said before this was opened is for others. */
  private readonly ready: Promise<void>;
  private isClosed = false;
  /** Looks, one after the other, that found no worker. */
  private lonely = 0;

  constructor(
    private readonly redis: Redis,
    private readonly name: string,
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
    const silent = (why: string) => onWarning(`Redis must answer, got ${why}: jobs wait until it does.`);
    this.jobs = new OpenJobs(this.queue, this.events, keep, { look: () => this.hear(), silent });
    this.ready = this.keys.words().then(
      (words) => {
        for (const { worker, why } of words) this.heard.add(`${worker} ${why}`);
      },
      () => {},
    );
  }

  /** Puts bytes into Redis, where jobs find them by their digest. */
  async put(bytes: Uint8Array): Promise<string> {
    if (this.isClosed) throw closed();
    const digest = sha256(bytes);
    const { uses } = this.brought.get(digest) ?? { uses: 0 };
    this.brought.set(digest, { bytes, uses: uses + 1 });
    return this.keys.put(bytes, digest);
  }

  get(digest: string): Promise<Uint8Array | undefined> {
    return this.keys.get(digest);
  }

  /** Has a job done, unless it was. @throws Error of the signal, or if the queue is closed */
  async result(
    task: string,
    input: unknown,
    { asked, signal }: WaitOptions & { asked?: AskedTrial<unknown> },
  ): Promise<JobResult> {
    if (typeof task !== "string" || task === "")
      throw new TypeError(`run: task must be the name of a task, got ${String(task)}.`);
    if (signal !== undefined && typeof signal?.aborted !== "boolean")
      throw new TypeError(`run: signal must be an AbortSignal, got ${String(signal)}.`);
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
        // One that is being done is done, and found again.
        if (this.jobs.leave(id)) this.queue.remove(id).catch(() => {});
        reject(ended);
      };
    });
    // Some signals say nothing by themselves.
    const timer = setInterval(() => signal.aborted && abort(), 50);
    signal.addEventListener?.("abort", abort, { once: true });
    if (signal.aborted) abort();
    try {
      return await Promise.race([result, aborted]);
    } finally {
      clearInterval(timer);
      signal.removeEventListener?.("abort", abort);
    }
  }

  private async bring(digest: string): Promise<void> {
    const bytes = this.brought.get(digest)?.bytes;
    if (!bytes)
      throw new Error(
        `run: Redis must have the bytes ${digest.slice(0, 12)}..., got none. Put them there again, by queue.rows or queue.put.`,
      );
    await this.keys.put(bytes, digest);
  }

  /** A job whose result was taken, and bytes that nobody needs any more. */
  async leave(task: string, input: unknown, digests: readonly string[]): Promise<void> {
    const id = idOf(this.dataOf(task, input));
    // Others may have put the same bytes, and need them.
    const over = digests.filter((digest) => {
      const own = this.brought.get(digest);
      if (own && --own.uses > 0) return false;
      this.brought.delete(digest);
      return true;
    });
    await Promise.all([this.queue.remove(id), this.keys.forget(id), this.keys.drop(...over)]);
  }

  /** Tells of what workers refused, and of jobs that came to two results. */
  private async hear(): Promise<void> {
    await this.ready;
    for (const { worker, job, why, isOfAll = false, isConflict } of await this.keys.words()) {
      const word = `${worker} ${why}`;
      if (!this.asked.has(job) || this.heard.has(word)) continue;
      this.heard.add(word);
      if (isConflict) this.jobs.failAll(new Error(why));
      else await this.refused(worker, job, why, isOfAll);
    }
    this.lonely = (await this.queue.getWorkersCount()) > 0 ? 0 : this.lonely + 1;
    const queue = this.name === "wasmlp" ? "" : ` --queue ${this.name}`;
    if (this.lonely === LONELY) {
      this.onWarning(`No worker is there for the jobs that wait. Start one: wasmlp worker --redis URL${queue}.`);
    }
  }

  /** A name of a task that none knows would end one worker after the other. */
  private async refused(worker: string, job: string, why: string, isOfAll: boolean): Promise<void> {
    this.onWarning(`${worker} refuses jobs: ${why}`);
    const workers = this.refusals.get(job) ?? new Set();
    this.refusals.set(job, workers.add(worker));
    if (!isOfAll || workers.size < MOST_REFUSED) return;
    this.jobs.fail(job, new Error(`run: a job must be done by a worker, got ${workers.size} that refuse it. ${why}`));
    await this.queue.remove(job);
  }

  /** Ends the connections. Jobs that are under way go on, and are found again. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.jobs.close(closed());
    await atMost(GRACE, Promise.allSettled([this.events.close(), this.queue.close()]));
    this.redis.disconnect();
  }
}

const closed = () => new Error("run: the queue must be open, got one that is closed. Open it again by openQueue.");

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

export class AskedJobs {
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

  /** Puts bytes into Redis, where jobs find them by their digest. */
  async put(bytes: Uint8Array): Promise<string> {
    const digest = sha256(bytes);
    this.brought.set(digest, bytes);
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
  async leave(task: string, input: unknown, digests: readonly string[]): Promise<void> {
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
    await atMost(GRACE, Promise.allSettled([this.events.close(), this.queue.close()]));
    this.redis.disconnect();
  }
}

const closed = () => new Error("run: the queue must be open, got one that is closed. Open it again by openQueue.");

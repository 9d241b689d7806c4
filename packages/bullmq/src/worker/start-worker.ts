/** A worker: takes jobs of a queue one after the other, on all cores of its machine, until it is closed. */
import { randomUUID } from "node:crypto";
import { availableParallelism, hostname } from "node:os";
import { cwd } from "node:process";
import { Worker as BullWorker, type Job, WaitingError } from "bullmq";
import type { Redis } from "ioredis";
import { createPool } from "wasmlp/pool";
import { checkJson, type JobData, type JobResult, VERSION } from "../jobs/job-form.js";
import { OWN_TASKS } from "../jobs/kinds.js";
import { checkQueueName } from "../jobs/open-queue.js";
import { atMost } from "../redis/at-most.js";
import { connect, type RedisAddress } from "../redis/connect.js";
import { Keys, PREFIX, sha256 } from "../redis/keys.js";
import { KnownRows, type ReadFiles, readJson } from "./known-rows.js";
import { doTask, type Means, ownTasks, type Task } from "./own-tasks.js";
import { Refusal } from "./refusal.js";

/** What {@link startWorker} takes. */
export interface WorkerOptions {
  /** Where Redis is: `"redis://:password@host:6379"`, or options of ioredis. */
  redis: RedisAddress;
  /** The name of the queue. Default: `"wasmlp"`. */
  queue?: string;
  /** Tasks beside fits and cross-validations, by the names that jobs have. */
  tasks?: Readonly<Record<string, Task>>;
  /** Jobs at once, each of which has a thread for fits of tables, from 1 to 1024. Default: as many as there are cores. */
  workers?: number;
  /** What paths of jobs start from, if they are not absolute. Default: the working directory. */
  folder?: string;
  /** Reads the files of jobs, whose digests were right. Default: JSON and JSON lines. */
  read?: ReadFiles;
  /** Seconds after which a job of a worker that says nothing is given to another one, from 1 to 3600. Default: 30. */
  lock?: number;
  /** Seconds that what jobs come to stays in Redis, >= 60. Default: a day. */
  keep?: number;
  /** Called after each job. */
  onJob?: (job: { task: string; id: string; milliseconds: number }) => unknown;
}

/** A worker that was started. */
export interface RunningWorker {
  /** By which it is known to others: its machine and process. */
  readonly name: string;
  /** Fulfilled when it is closed; rejected, in a sentence, if it cannot do a job that it was given: another worker can have that. */
  readonly ended: Promise<void>;
  /** Takes no further job, and ends when those are done that it has. */
  close(): Promise<void>;
}

const OPTIONS = ["redis", "queue", "tasks", "workers", "folder", "read", "lock", "keep", "onJob"];

/** Milliseconds that the end of a worker may take when its jobs are done. */
const GRACE = 3000;

/** How often a job may take its worker with it before it counts as failed. */
const MOST_LOST = 20;

/**
 * Starts one, which takes jobs until it is closed.
 * @throws TypeError, RangeError on options outside their domain; Error in a sentence if Redis is not there, or will not have us
 * @example
 * const worker = await startWorker({ redis: "redis://localhost:6379" });
 * await worker.ended;
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const checked = checkWorker("startWorker", options);
  const { redis, queue, keep, folder, read, workers } = checked;
  const client = await connect("startWorker", redis);
  const keys = new Keys(client, queue, keep);
  const rows = new KnownRows(keys, folder, read);
  const pool = workers > 1 ? createPool({ workers }) : undefined;
  return new Running(client, checked, { keys, rows, pool });
}

type Checked = Required<Omit<WorkerOptions, "onJob">> & Pick<WorkerOptions, "onJob">;

function checkWorker(call: string, options: WorkerOptions): Checked {
  const given = { ...(Object(options) as WorkerOptions) };
  const strange = Object.keys(given).find((name) => !OPTIONS.includes(name));
  if (strange !== undefined) {
    throw new TypeError(`${call}: the options must be among ${OPTIONS.join(", ")}, got "${strange}".`);
  }
  if (typeof (given.tasks ?? {}) !== "object" || given.tasks === null)
    throw new TypeError(`${call}: tasks must be an object of functions, got ${String(given.tasks)}.`);
  const { queue = "wasmlp", tasks = {}, folder = cwd(), read = readJson, onJob } = given;
  const { workers = availableParallelism(), lock = 30, keep = 86_400 } = given;
  checkQueueName(call, queue);
  checkWhole(call, "workers", workers, 1, 1024);
  checkWhole(call, "lock", lock, 1, 3600);
  checkWhole(call, "keep", keep, 60, 2 ** 31);
  if (typeof folder !== "string") throw new TypeError(`${call}: folder must be a path, got ${typeof folder}.`);
  for (const [name, own] of Object.entries({ read, ...(onJob && { onJob }), ...tasks })) {
    if (typeof own !== "function") throw new TypeError(`${call}: ${name} must be a function, got ${typeof own}.`);
    if (Object.hasOwn(tasks, name) && Object.hasOwn(OWN_TASKS, name)) {
      throw new TypeError(
        `${call}: tasks must have other names than ${Object.keys(OWN_TASKS).join(" and ")}, got ${name}.`,
      );
    }
  }
  return { redis: given.redis, queue, tasks, folder, read, workers, lock, keep, onJob };
}

function checkWhole(call: string, name: string, value: unknown, least: number, most: number): void {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return;
  throw new RangeError(`${call}: ${name} must be a whole number from ${least} to ${most}, got ${String(value)}.`);
}

class Running implements RunningWorker {
  readonly name = `${hostname()}-${process.pid}-${randomUUID().slice(0, 8)}`;
  readonly ended: Promise<void>;
  private readonly worker: BullWorker;
  private readonly tasks: Record<string, Task>;
  private end: (error?: Error) => void = () => {};
  private closing: Promise<void> | undefined;
  private readonly doing = new Set<Promise<JobResult>>();

  constructor(
    private readonly client: Redis,
    private readonly given: Checked,
    private readonly means: Means,
  ) {
    const { queue, lock, workers, tasks } = given;
    this.tasks = { ...tasks, ...ownTasks(means) };
    this.ended = new Promise((resolve, reject) => {
      this.end = (error) => (error ? reject(error) : resolve());
    });
    // Whoever asks is told.
    this.ended.catch(() => {});
    this.worker = new BullWorker(queue, (job, token) => this.begin(job, token), {
      ...{ connection: client as never, prefix: PREFIX, name: this.name, concurrency: workers },
      ...{ lockDuration: 1000 * lock, stalledInterval: 500 * lock, maxStalledCount: MOST_LOST },
    });
    // Connections are taken up again. A job whose lock was lost is somebody else's: a task that gives no turns loses all of its own.
    this.worker.on("error", ({ message }) => {
      if (/lock/i.test(message))
        process.emitWarning(`${this.name}: ${message}. Tasks must give the event loop its turn.`, "WasmlpWarning");
    });
  }

  private begin(job: Job<JobData>, token: string | undefined): Promise<JobResult> {
    const work = this.do(job, token);
    this.doing.add(work);
    return work.finally(() => this.doing.delete(work));
  }

  private async do(job: Job<JobData>, token: string | undefined): Promise<JobResult> {
    const begun = performance.now();
    const { data, id = "" } = job;
    try {
      const task = this.taskOf(data);
      const result = JSON.parse(JSON.stringify(checkResult(await doTask(task, data, this.means)) ?? {}));
      if (result.lacks === undefined) await this.note(id, data, result);
      await this.given.onJob?.({ task: data.task, id, milliseconds: performance.now() - begun });
      return result;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      await this.refuse(job, token, error);
      throw new WaitingError();
    }
  }

  private taskOf({ version, task }: JobData): Task {
    if (version !== VERSION) {
      throw new Refusal(
        `The worker must be of the job's versions, ${String(version)}, got ${VERSION}. Install those here.`,
      );
    }
    if (Object.hasOwn(this.tasks, task)) return this.tasks[task];
    const known = Object.keys(this.tasks).join(", ");
    throw new Refusal(
      `The worker must know the task "${task}", got ${known}. Pass it to startWorker among the tasks.`,
      true,
    );
  }

  /** A job that is done twice must come to the same. */
  private async note(job: string, { task }: JobData, result: JobResult): Promise<void> {
    const digest = sha256(JSON.stringify(result));
    const before = await this.means.keys.note(job, digest);
    if (before === undefined || before === digest) return;
    const why = `run: a job done twice must come to the same, got ${before.slice(0, 12)}... and ${digest.slice(0, 12)}... for ${job} (${task}). Look for what differs between the machines, or is random in the task.`;
    await this.means.keys.say({ worker: this.name, job, why, isConflict: true });
    throw new Error(why);
  }

  /** Gives a job back for others, and takes no more. */
  private async refuse(
    job: Job<JobData>,
    token: string | undefined,
    { message: why, isOfAll }: Refusal,
  ): Promise<void> {
    await this.worker.pause(true);
    await job.moveToWait(token);
    await this.means.keys.say({ worker: this.name, job: job.id ?? "", why, isOfAll });
    this.close(new Error(why)).catch(() => {});
  }

  close(error?: Error): Promise<void> {
    this.closing ??= this.leave().finally(() => {
      this.client.disconnect();
      this.end(error);
    });
    return this.closing;
  }

  private async leave(): Promise<void> {
    const closed = this.worker.close();
    await Promise.allSettled(this.doing);
    await atMost(GRACE, closed);
  }
}

function checkResult(result: JobResult): JobResult {
  const { value, ...rest } = result;
  try {
    return { ...rest, ...(value !== undefined && { value: checkJson("run", "what the task gives", value) }) };
  } catch (error) {
    return { error: (error as Error).message };
  }
}

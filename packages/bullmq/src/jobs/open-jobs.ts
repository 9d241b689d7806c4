/** Jobs that somebody waits for: told of by events, and looked after by ourselves, since events get lost where connections do. */
import type { Job, Queue, QueueEvents } from "bullmq";
import type { JobData, JobResult } from "./job-form.js";

/** A job that somebody waits for. */
interface OpenJob {
  readonly data: JobData;
  readonly result: Promise<JobResult>;
  readonly resolve: (result: JobResult) => void;
  readonly reject: (error: Error) => void;
  /** How many wait for it. */
  waiting: number;
}

/** Who is told of how it goes. */
export interface Listener {
  /** At each look. */
  look(): Promise<void>;
  /** Redis has not answered for some time, or refuses. */
  silent(why: string): void;
}

/** Milliseconds between two looks at what is open, and looks in vain before that is told of. */
const LOOK = 1000;
const SILENT = 5;

export class OpenJobs {
  private readonly open = new Map<string, OpenJob>();
  private readonly timer: ReturnType<typeof setInterval>;
  private isLooking = false;
  /** Looks, one after the other, that came to nothing. */
  private inVain = 0;

  /** @param keep seconds that jobs which are done stay */
  constructor(
    private readonly queue: Queue,
    events: QueueEvents,
    private readonly keep: number,
    private readonly listener: Listener,
  ) {
    events.on("completed", ({ jobId, returnvalue }) => this.end(jobId, returnvalue as unknown as JobResult));
    events.on("failed", ({ jobId }) => {
      if (this.open.has(jobId)) this.look(jobId).catch(() => {});
    });
    this.timer = setInterval(() => this.lookAtAll(), LOOK);
    this.timer.unref();
  }

  /** Has a job done, unless that is done or under way: then it comes to what that comes to. */
  result(id: string, data: JobData): Promise<JobResult> {
    const before = this.open.get(id);
    if (before) {
      before.waiting++;
      return before.result;
    }
    const { promise, resolve, reject } = withResolvers<JobResult>();
    promise.catch(() => {});
    this.open.set(id, { data, result: promise, resolve, reject, waiting: 1 });
    // Not waited for: without Redis it takes for ever, and whoever waits may be told of an end meanwhile. One of this name may have been
    // done before: nobody tells of it again. What failed then is begun again.
    this.add(id, data)
      .then(() => this.look(id, true))
      .catch((error) => this.fail(id, error));
    return promise;
  }

  private async add(id: string, data: JobData): Promise<void> {
    const kept = { age: this.keep };
    await this.queue.add(data.task, data, { jobId: id, removeOnComplete: kept, removeOnFail: kept });
  }

  /** Finds out what has become of a job that is open. */
  private async look(id: string, isFirst = false): Promise<void> {
    const state = await this.queue.getJobState(id);
    const own = this.open.get(id);
    if (!own) return;
    if (state === "completed") {
      const job: Job<JobData, JobResult> | undefined = await this.queue.getJob(id);
      if (job?.returnvalue) this.end(id, job.returnvalue);
    } else if (state === "failed") {
      const job = await this.queue.getJob(id);
      if (!isFirst) return this.fail(id, failure(id, own.data, job?.failedReason ?? ""));
      await job?.remove();
      await this.add(id, own.data);
    } else if (state === "unknown") {
      // Redis has lost it, as when its machine was cut off.
      await this.add(id, own.data);
    }
  }

  private lookAtAll(): void {
    if (this.open.size === 0) return;
    // The look before is still waiting for Redis.
    if (this.isLooking) {
      this.wait("no answer");
      return;
    }
    this.isLooking = true;
    const looks = [...this.open.keys()].map((id) => this.look(id));
    Promise.allSettled([...looks, this.listener.look()])
      .then((ends) => {
        const failed = ends.find((end) => end.status === "rejected");
        if (failed && ends.every(({ status }) => status === "rejected")) this.wait(String(failed.reason?.message));
        else this.inVain = 0;
      })
      .finally(() => {
        this.isLooking = false;
      });
  }

  private wait(why: string): void {
    if (++this.inVain === SILENT) this.listener.silent(why);
  }

  private end(id: string, result: JobResult): void {
    this.open.get(id)?.resolve(result);
    this.open.delete(id);
  }

  /** Somebody no longer waits. @returns whether nobody does */
  leave(id: string): boolean {
    const own = this.open.get(id);
    if (!own || --own.waiting > 0) return false;
    this.open.delete(id);
    return true;
  }

  fail(id: string, error: Error): void {
    this.open.get(id)?.reject(error);
    this.open.delete(id);
  }

  failAll(error: Error): void {
    for (const id of [...this.open.keys()]) this.fail(id, error);
  }

  close(error: Error): void {
    clearInterval(this.timer);
    this.failAll(error);
  }
}

function failure(id: string, { task }: JobData, reason: string): Error {
  const isLost = /stalled/.test(reason);
  const got = isLost
    ? "one whose workers died, or were silent for longer than their lock, again and again"
    : `"${reason}"`;
  return new Error(`run: the job ${id.slice(0, 8)} (${task}) must end on a worker, got ${got}.`);
}

function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((own, other) => {
    resolve = own;
    reject = other;
  });
  return { promise, resolve, reject };
}

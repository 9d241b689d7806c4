/** Jobs that somebody waits for: told of by events, and looked after by ourselves, since events get lost where connections do. */
import type { Job, Queue, QueueEvents } from "bullmq";
import type { JobData, JobResult } from "./job-form.js";

/** A job that somebody waits for. */
interface OpenJob {
  readonly data: JobData;
  readonly result: Promise<JobResult>;
  readonly resolve: (result: JobResult) => void;
  readonly reject: (error: Error) => void;
  /** How often it had failed when it was found, and was begun again. */
  again: number;
}

/** Milliseconds between two looks at what is open. */
const LOOK = 1000;

export class OpenJobs {
  private readonly open = new Map<string, OpenJob>();
  private readonly timer: ReturnType<typeof setInterval>;
  private isLooking = false;

  /**
   * @param keep seconds that jobs which are done stay
   * @param onLook called at each look, while jobs are open
   */
  constructor(
    private readonly queue: Queue,
    events: QueueEvents,
    private readonly keep: number,
    private readonly onLook: () => Promise<void>,
  ) {
    events.on("completed", ({ jobId, returnvalue }) => this.end(jobId, returnvalue as unknown as JobResult));
    events.on("failed", ({ jobId }) => {
      if (this.open.has(jobId)) this.look(jobId).catch(() => {});
    });
    this.timer = setInterval(() => this.lookAtAll(), LOOK);
    this.timer.unref();
  }

  /** Has a job done, unless that is done or under way: then it comes to what that comes to. */
  async result(id: string, data: JobData): Promise<JobResult> {
    const before = this.open.get(id);
    if (before) return before.result;
    const { promise, resolve, reject } = withResolvers<JobResult>();
    promise.catch(() => {});
    this.open.set(id, { data, result: promise, resolve, reject, again: 0 });
    try {
      await this.add(id, data);
      // One of this name may have been done before: nobody tells of it again.
      await this.look(id);
    } catch (error) {
      this.fail(id, error as Error);
    }
    return promise;
  }

  private async add(id: string, data: JobData): Promise<void> {
    const kept = { age: this.keep };
    await this.queue.add(data.task, data, { jobId: id, removeOnComplete: kept, removeOnFail: kept });
  }

  /** Finds out what has become of a job that is open. */
  private async look(id: string): Promise<void> {
    const state = await this.queue.getJobState(id);
    if (state === "completed") {
      const job: Job<JobData, JobResult> | undefined = await this.queue.getJob(id);
      if (job?.returnvalue) this.end(id, job.returnvalue);
    } else if (state === "failed") {
      await this.tryAgain(id);
    } else if (state === "unknown") {
      // Redis has lost it, as when its machine was cut off.
      const own = this.open.get(id);
      if (own) await this.add(id, own.data);
    }
  }

  /** What failed before this run is begun again; what fails now is told of. */
  private async tryAgain(id: string): Promise<void> {
    const own = this.open.get(id);
    if (!own) return;
    const job = await this.queue.getJob(id);
    if (own.again++ > 0) {
      return this.fail(
        id,
        new Error(`run: the job ${id} (${own.data.task}) must end on a worker, got "${job?.failedReason}".`),
      );
    }
    await job?.remove();
    await this.add(id, own.data);
  }

  private lookAtAll(): void {
    if (this.isLooking || this.open.size === 0) return;
    this.isLooking = true;
    const looks = [...this.open.keys()].map((id) => this.look(id));
    // What fails now is looked at again.
    Promise.allSettled([...looks, this.onLook()]).finally(() => {
      this.isLooking = false;
    });
  }

  private end(id: string, result: JobResult): void {
    this.open.get(id)?.resolve(result);
    this.open.delete(id);
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

function withResolvers<T>() {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((own, other) => {
    resolve = own;
    reject = other;
  });
  return { promise, resolve, reject };
}

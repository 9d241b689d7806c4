/** What the command asks of wasmlp-bullmq: jobs for other machines, and workers that do them. */
import { Refusal } from "../refusal.js";
import { warn } from "../say/terminal.js";
import { given } from "./learning.js";
import { optionalPackage } from "./optional-package.js";

/** Flags of what goes to other machines. */
export interface QueueFlags {
  readonly redis?: string;
  readonly queue?: string;
}

/** A file of a job. */
export interface JobFile {
  readonly path: string;
  readonly digest: string;
}

/** Rows of a job. */
interface RowsReference {
  readonly files?: readonly JobFile[];
}

/** A queue of jobs. */
export interface Queue {
  files(paths: readonly string[], as?: unknown): Promise<RowsReference>;
  put(bytes: Uint8Array): Promise<string>;
  run(task: string, input: unknown): Promise<unknown>;
  crossValidation(kind: unknown, rows: RowsReference): (options: never) => Promise<unknown>;
  close(): Promise<void>;
}

/** What a task is given. */
export interface TaskJob {
  readonly input: unknown;
  get(digest: string): Promise<Uint8Array>;
  file(file: JobFile): Promise<string>;
}

interface WorkerOptions extends QueueFlags {
  readonly workers?: number;
  readonly folder?: string;
  readonly lock?: number;
  readonly read: (paths: readonly string[], as: unknown) => unknown;
  readonly tasks: Readonly<Record<string, (job: TaskJob) => unknown>>;
  readonly onJob: (job: { task: string; id: string; milliseconds: number }) => void;
}

/** A worker that goes on. */
export interface Worker {
  readonly name: string;
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

interface Bullmq {
  openQueue(options: QueueFlags & { onWarning: (message: string) => void }): Promise<Queue>;
  startWorker(options: WorkerOptions): Promise<Worker>;
}

const bullmq = () => optionalPackage<Bullmq>("wasmlp-bullmq");

/** What it refuses, in the words of the command. */
export function refused(error: unknown): never {
  const message = (error as Error).message.replace(/^(?:openQueue|startWorker|files|run): /, "");
  throw new Refusal(
    message
      .replace(/^redis must be (\S+), or options of ioredis, got another text/, "--redis must be $1, got another text")
      .replace(/^queue must be/, "--queue must be"),
    "failure",
    { cause: error },
  );
}

/** Does something by a queue, which is closed after it. */
export async function withQueue<T>({ redis, queue }: QueueFlags, work: (queue: Queue) => Promise<T>): Promise<T> {
  const { openQueue } = await bullmq();
  const opened = await openQueue({ ...given({ redis, queue }), onWarning: warn }).catch(refused);
  try {
    return await work(opened);
  } finally {
    await opened.close();
  }
}

export async function openWorker(options: WorkerOptions): Promise<Worker> {
  const { startWorker } = await bullmq();
  return startWorker(given(options)).catch(refused);
}

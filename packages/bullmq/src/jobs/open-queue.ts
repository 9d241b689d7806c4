/** A queue is opened: its options, and the connection. */
import { connect, type RedisAddress } from "../redis/connect.js";
import { JobQueue } from "./job-queue.js";

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

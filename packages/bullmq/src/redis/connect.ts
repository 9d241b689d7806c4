/** Connections to Redis: tried before anything is begun, and taken up again for as long as it takes after that. */
import { Redis, type RedisOptions } from "ioredis";

/** Where Redis is: `"redis://:password@host:6379/0"`, `"rediss://..."` with TLS, or options of ioredis. */
export type RedisAddress = string | RedisOptions;

/** Milliseconds that Redis has for the first answer, and for one to whether it is there still. */
const PATIENCE = 10_000;

/** Milliseconds between two tries to connect again, at most. */
const LONGEST_PAUSE = 2000;

/**
 * A connection that answered once.
 * @throws Error, in a sentence without the password, if Redis is not there or will not have us
 */
export async function connect(call: string, address: RedisAddress): Promise<Redis> {
  const options = optionsOf(call, address);
  const where = options.path ?? `${options.host ?? "localhost"}:${options.port ?? 6379}`;
  await probe(call, options, where);
  const client = new Redis({ ...options, ...LASTING });
  // Told of by whoever asks in vain; without a listener it would end the process.
  client.on("error", () => {});
  await client.ping();
  watch(client);
  return client;
}

/** A connection that is dead and has not said so is taken up again: what was asked of it is asked once more. */
function watch(client: Redis): void {
  const timer = setInterval(() => {
    if (client.status !== "ready") return;
    const late = setTimeout(() => client.disconnect(true), PATIENCE);
    late.unref();
    client.ping().then(
      () => clearTimeout(late),
      () => clearTimeout(late),
    );
  }, PATIENCE);
  timer.unref();
  client.once("end", () => clearInterval(timer));
}

/** What is asked waits for Redis to come back. */
const LASTING: RedisOptions = {
  maxRetriesPerRequest: null,
  retryStrategy: (tries) => Math.min(50 * 2 ** Math.min(tries, 10), LONGEST_PAUSE),
  connectTimeout: PATIENCE,
};

async function probe(call: string, options: RedisOptions, where: string): Promise<void> {
  const client = new Redis({ ...options, lazyConnect: true, connectTimeout: PATIENCE, retryStrategy: () => null });
  let last: NodeJS.ErrnoException | undefined;
  client.on("error", (error) => {
    last ??= error;
  });
  try {
    await inTime(client.connect());
    await inTime(client.ping());
    // ioredis goes on with the first database if this one is none.
    if (options.db) await inTime(client.select(options.db));
    const version = /redis_version:(\d+)\.(\d+)/.exec(await inTime(client.info("server")));
    if (version && Number(version[1]) < 6) {
      throw new Error(`Redis must be 6 or newer, got ${version[1]}.${version[2]} at ${where}. Update it.`);
    }
  } catch (error) {
    throw new Error(`${call}: ${sentenceOf(last ?? (error as Error), where)}`, { cause: last ?? error });
  } finally {
    client.disconnect();
  }
}

/** Somebody may take the connection and say nothing. */
function inTime<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`no answer in ${PATIENCE / 1000} s`));
    const timer = setTimeout(late, PATIENCE);
    answer.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function sentenceOf({ message, code }: NodeJS.ErrnoException, where: string): string {
  const word = /\b(?:WRONGPASS|NOAUTH|NOPERM|MISCONF|LOADING|READONLY)\b/.exec(message)?.[0];
  if (word === "WRONGPASS" || word === "NOAUTH") {
    const got = word === "NOAUTH" ? "none" : "one that it does not know";
    return `Redis at ${where} must be given its password, got ${got}. Pass redis://:PASSWORD@${where}, or redis://USER:PASSWORD@${where}.`;
  }
  if (word) return `Redis at ${where} must be ready, got ${JSON.stringify(message)}. Look at its log.`;
  if (message.startsWith("Redis must ")) return message;
  if (/DB index/.test(message))
    return `Redis at ${where} must have the database, got ${JSON.stringify(message)}. Pass another number.`;
  const why = code ?? message.replace(/[\s.]+$/, "");
  return `Redis must answer at ${where}, got ${why}. Start it there, or pass its address.`;
}

function optionsOf(call: string, address: unknown): RedisOptions {
  if (typeof address === "object" && address !== null && !Array.isArray(address)) return address as RedisOptions;
  const url = typeof address === "string" && URL.canParse(address) ? new URL(address) : undefined;
  if (!url || !["redis:", "rediss:"].includes(url.protocol) || url.hostname === "") {
    // What is no URL may hold a password all the same.
    const got = typeof address === "string" ? "another text" : address === null ? "null" : typeof address;
    const remedy =
      typeof address === "string"
        ? " What is neither letter nor digit in a password is written as encodeURIComponent does."
        : "";
    throw new TypeError(`${call}: redis must be redis://HOST:PORT, or options of ioredis, got ${got}.${remedy}`);
  }
  const database = url.pathname.replace(/^\//, "");
  if (!/^\d*$/.test(database)) {
    throw new TypeError(`${call}: redis must name its database by a number, got ${JSON.stringify(database)}.`);
  }
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port || 6379),
    ...(url.username && { username: decode(url.username) }),
    ...(url.password && { password: decode(url.password) }),
    ...(database && { db: Number(database) }),
    ...(url.protocol === "rediss:" && { tls: {} }),
  };
}

/** A percent sign may be one. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

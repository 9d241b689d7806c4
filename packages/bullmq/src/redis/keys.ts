/** What is kept in Redis beside BullMQ's own: bytes by their digest, what jobs came to, what workers refuse. */
import { createHash } from "node:crypto";
import type { Redis } from "ioredis";

/** Before all names of ours; in braces, so that a cluster keeps all of it in one place. */
export const PREFIX = "{wasmlp}";

/** What a worker tells whoever waits for a job. */
export interface Word {
  readonly worker: string;
  readonly job: string;
  /** Why it would not do it, or what is wrong with what it came to. */
  readonly why: string;
  /** Whether others are likely to refuse it, too. */
  readonly isOfAll?: boolean;
  /** Whether the job has come to two results. */
  readonly isConflict?: boolean;
}

/** Words of workers that are kept. */
const MOST_WORDS = 1000;

export const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");

/** Redis would not: that is no result of a job, which is begun again when somebody asks. */
export class Trouble extends Error {}

function trouble({ message }: Error): never {
  const why = /^OOM/.test(message) ? "that its memory is full" : JSON.stringify(message.replace(/ script: .*/, ""));
  throw new Trouble(`Redis must take and give what jobs need, got ${why}. Look at its maxmemory, disk and password.`);
}

/** The keys of a queue. */
export class Keys {
  /** @param keep seconds that what is written stays */
  constructor(
    private readonly redis: Redis,
    private readonly queue: string,
    private readonly keep: number,
  ) {}

  private name(kind: string, rest = ""): string {
    return `${PREFIX}:${this.queue}:own:${kind}${rest && `:${rest}`}`;
  }

  /** Keeps bytes, for as long again if they are there. @returns their SHA-256 */
  async put(bytes: Uint8Array, digest = sha256(bytes)): Promise<string> {
    const name = this.name("bytes", digest);
    const isThere = await this.redis.expire(name, this.keep).catch(trouble);
    if (isThere === 0) await this.redis.set(name, Buffer.from(bytes), "EX", this.keep).catch(trouble);
    return digest;
  }

  /** Bytes by their digest; nothing if they are not there, or others are. */
  async get(digest: string): Promise<Uint8Array | undefined> {
    const bytes = await this.redis.getBuffer(this.name("bytes", digest)).catch(trouble);
    return bytes && sha256(bytes) === digest ? bytes : undefined;
  }

  async drop(...digests: string[]): Promise<void> {
    if (digests.length > 0) await this.redis.del(...digests.map((digest) => this.name("bytes", digest)));
  }

  /**
   * Notes what a job came to.
   * @returns the digest of what it had come to before, if it was done before
   */
  async note(job: string, digest: string): Promise<string | undefined> {
    return (
      (await this.redis.set(this.name("done", job), digest, "EX", this.keep, "NX", "GET").catch(trouble)) ?? undefined
    );
  }

  async forget(job: string): Promise<void> {
    await this.redis.del(this.name("done", job));
  }

  /** Says something to whoever waits for jobs. */
  async say(word: Word): Promise<void> {
    const name = this.name("words");
    await this.redis.multi().rpush(name, JSON.stringify(word)).ltrim(name, -MOST_WORDS, -1).expire(name, this.keep).exec(); // biome-ignore format: one line
  }

  async words(): Promise<Word[]> {
    const words = await this.redis.lrange(this.name("words"), 0, -1);
    return words.map((word) => JSON.parse(word));
  }
}

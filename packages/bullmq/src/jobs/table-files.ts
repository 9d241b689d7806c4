/** Where the rows of a job are: files that workers read themselves, or rows in Redis; each by its digest. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";

/** A file, by a path that is the same for all workers or by a URL, and the SHA-256 that it must have. */
export interface TableFile {
  readonly path?: string;
  readonly url?: string;
  readonly digest: string;
}

/** Rows, for jobs: made by `queue.rows` or `queue.files`, plain JSON. */
export interface RowsReference {
  /** The digest of rows that are in Redis. */
  readonly stored?: string;
  /** Or files, whose rows follow one another. */
  readonly files?: readonly TableFile[];
  /** How whoever reads the files is to read them. */
  readonly as?: unknown;
}

/** The bytes of a file or of what a URL answers, piece by piece. */
export async function openBytes({ path, url }: Omit<TableFile, "digest">): Promise<AsyncIterable<Uint8Array>> {
  if (path !== undefined) return createReadStream(path);
  const answer = await fetch(url as string);
  if (!answer.ok || !answer.body) throw new Error(`the server answered ${answer.status}`);
  return Readable.fromWeb(answer.body as never);
}

/** The SHA-256 of bytes that come in pieces. */
export async function digestOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of pieces) hash.update(piece);
  return hash.digest("hex");
}

const nameOf = ({ path, url }: Omit<TableFile, "digest">): string => (path ?? url) as string;

/** @throws Error naming the file that cannot be read */
export async function digestOfFile(call: string, file: Omit<TableFile, "digest">): Promise<string> {
  try {
    return await digestOf(await openBytes(file));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new Error(`${call}: ${nameOf(file)} must be readable, got ${code ?? message}. Look at the name again.`, {
      cause: error,
    });
  }
}

/** Rows that jobs name, as a worker has them: read once, checked by their digest, the last few kept. */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { rowsOfText } from "../jobs/rows-text.js";
import { digestOf, openBytes, type RowsReference, type TableFile } from "../jobs/table-files.js";
import { type Keys, sha256 } from "../redis/keys.js";
import { Refusal } from "./refusal.js";

/** Rows, or columns, as fits take them. */
export type Rows = readonly object[] | Readonly<Record<string, unknown>>;

/** Reads files whose digests were right; `as` is what the job says of how. */
export type ReadFiles = (paths: readonly string[], as: unknown) => Promise<Rows> | Rows;

/** What is no longer in Redis. */
export class Lacking extends Error {
  constructor(readonly digest: string) {
    super("what it names is not in Redis");
  }
}

/** How many tables are kept. */
const MOST = 2;

/** Milliseconds after which a URL is asked again. */
const PAUSES = [500, 2000];

export class KnownRows {
  private readonly known = new Map<string, Promise<Rows>>();

  /** @param folder what paths of jobs start from, if they are not absolute */
  constructor(
    private readonly keys: Keys,
    private readonly folder: string,
    private readonly readFiles: ReadFiles,
  ) {}

  /** @throws Refusal if a file is not the one that the job means; Lacking if rows are not in Redis */
  rows(reference: RowsReference): Promise<Rows> {
    const name = JSON.stringify(reference);
    const before = this.known.get(name);
    const rows = before ?? this.read(reference);
    // The last one asked for comes last.
    this.known.delete(name);
    this.known.set(name, rows);
    rows.catch(() => this.known.delete(name));
    for (const oldest of this.known.keys()) if (this.known.size > MOST) this.known.delete(oldest);
    return rows;
  }

  private async read({ stored, files, as }: RowsReference): Promise<Rows> {
    if (stored !== undefined) {
      const bytes = await this.keys.get(stored);
      if (!bytes) throw new Lacking(stored);
      return rowsOfText(Buffer.from(bytes).toString());
    }
    const folder = await mkdtemp(join(tmpdir(), "wasmlp-rows-"));
    try {
      const paths: string[] = [];
      for (const [f, file] of (files ?? []).entries()) paths.push(await this.pathOf(file, join(folder, String(f))));
      return await this.readFiles(paths, as);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  /** The place of a file of this machine. */
  async file(file: TableFile): Promise<string> {
    if (file.path === undefined) throw new TypeError("file: it must be a path, got a URL. Take its rows.");
    return this.pathOf(file, "");
  }

  /** @param place where what a URL answers goes */
  private async pathOf({ path, url, digest }: TableFile, place: string): Promise<string> {
    const name = path === undefined ? (url as string) : resolve(this.folder, path);
    const found =
      path === undefined
        ? await this.load(name, place)
        : await digestOf(await openBytes({ path: name })).catch((error) => unreadable(name, error));
    const [got, at] = typeof found === "string" ? [found, name] : found;
    if (got === digest) return at;
    throw new Refusal(
      `${name} must be the file of the job, with the SHA-256 ${digest.slice(0, 12)}..., got ${got.slice(0, 12)}.... Bring the same file here.`,
    );
  }

  private async load(url: string, place: string): Promise<[string, string]> {
    for (let tries = 0; ; tries++) {
      try {
        const pieces: Uint8Array[] = [];
        for await (const piece of await openBytes({ url })) pieces.push(piece);
        const bytes = Buffer.concat(pieces);
        // Its ending says what it is.
        const path = `${place}-${basename(new URL(url).pathname)}`;
        await writeFile(path, bytes);
        return [sha256(bytes), path];
      } catch (error) {
        if (tries === PAUSES.length) return unreadable(url, error);
        await new Promise((done) => setTimeout(done, PAUSES[tries]));
      }
    }
  }
}

function unreadable(name: string, error: unknown): never {
  const { code, message } = error as NodeJS.ErrnoException;
  throw new Refusal(
    `${name} must be readable on this machine, got ${code ?? message}. Bring the file here, or name a URL.`,
  );
}

/** Reads JSON and JSON lines. */
export async function readJson(paths: readonly string[]): Promise<Rows> {
  const tables = await Promise.all(paths.map(async (path) => jsonRows(path, await readFile(path, "utf8"))));
  return tables.flat();
}

function jsonRows(path: string, text: string): object[] {
  const isList = text.trimStart().startsWith("[");
  // What another worker may be able to read.
  const isOther = !isList && !/^\s*(?:\{|$)/.test(text);
  try {
    return isList
      ? JSON.parse(text)
      : text.split("\n").flatMap((line) => (line.trim() === "" ? [] : [JSON.parse(line)]));
  } catch (error) {
    const why = `${path} must be JSON or JSON lines, got what cannot be read as that (${(error as Error).message}).`;
    throw isOther
      ? new Refusal(`${why} Give startWorker a read for other tables, or start wasmlp worker.`)
      : new TypeError(why);
  }
}

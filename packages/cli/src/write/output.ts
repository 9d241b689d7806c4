/** Where results go: standard output, or a file that is there whole or not at all. */
import { randomUUID } from "node:crypto";
import { accessSync, constants, existsSync, rmSync, statSync } from "node:fs";
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { stdout } from "node:process";
import { gzipSync } from "node:zlib";
import { aboutFile, badUsage } from "../refusal.js";

/** Takes data, piece by piece. */
export interface Output {
  write(data: string | Uint8Array): Promise<void>;
  /** All was written: only now a file has its name. */
  finish(): Promise<void>;
  /** Something failed: no file is left behind. */
  abandon(): Promise<void>;
}

/** Files that are being written, to be removed when the command is ended from outside. */
const unfinished = new Set<string>();

/** Removes what is not whole, at once. */
export function removeUnfinished(): void {
  for (const path of unfinished) rmSync(path, { force: true });
}

/** Refuses to replace a file that was not asked to be, and a folder that nothing can be written to: before any work is done. */
export function checkFree(path: string, force: boolean | undefined): void {
  if (path === "") throw badUsage('-o must be a file\'s name, got "".');
  if (path === "-" || path.startsWith("/dev/")) return;
  if (existsSync(path) && statSync(path).isDirectory())
    throw aboutFile("written", path, Object.assign(new Error(), { code: "EISDIR" }));
  if (!force && existsSync(path)) {
    throw badUsage(`${path} is there already. Pass --force to replace it, or another name with -o.`);
  }
  try {
    accessSync(dirname(path), constants.W_OK);
  } catch (error) {
    throw aboutFile("written", path, error);
  }
}

/** Opens a file, packed where its name ends in .gz, or standard output for "-". */
export async function openOutput(path: string): Promise<Output> {
  if (path === "-") return new StandardOutput();
  try {
    const file = await WholeFile.open(path);
    return path.endsWith(".gz") ? new Packed(file) : file;
  } catch (error) {
    throw aboutFile("written", path, error);
  }
}

class StandardOutput implements Output {
  write(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      stdout.write(data, (error) => (error ? reject(aboutFile("written", "standard output", error)) : resolve()));
    });
  }

  async finish(): Promise<void> {}
  async abandon(): Promise<void> {}
}

/** Written beside its place, flushed, renamed. A device or a pipe is written to as it is. */
class WholeFile implements Output {
  private constructor(
    private readonly path: string,
    private readonly temporary: string,
    private readonly file: FileHandle,
  ) {}

  static async open(path: string): Promise<WholeFile> {
    const old = await stat(path).catch(() => undefined);
    if (old && !old.isFile()) return new WholeFile(path, path, await open(path, "w"));
    const temporary = join(dirname(path), `${basename(path).slice(0, 40)}.${randomUUID()}.tmp`);
    const file = await open(temporary, "wx", old?.mode ?? 0o666);
    unfinished.add(temporary);
    return new WholeFile(path, temporary, file);
  }

  async write(data: string | Uint8Array): Promise<void> {
    try {
      await this.file.appendFile(data);
    } catch (error) {
      throw aboutFile("written", this.path, error);
    }
  }

  async finish(): Promise<void> {
    const { file, path, temporary } = this;
    try {
      if (temporary !== path) await file.sync();
      await file.close();
      if (temporary !== path) await rename(temporary, path);
    } catch (error) {
      throw aboutFile("written", path, error);
    }
    unfinished.delete(temporary);
  }

  async abandon(): Promise<void> {
    const { file, path, temporary } = this;
    await file.close().catch(() => {});
    if (temporary !== path) await rm(temporary, { force: true });
    unfinished.delete(temporary);
  }
}

/** Each piece is a member of a gzip file: together they are the file of all of them. */
class Packed implements Output {
  constructor(private readonly file: Output) {}

  write(data: string | Uint8Array): Promise<void> {
    return this.file.write(gzipSync(data));
  }

  finish(): Promise<void> {
    return this.file.finish();
  }

  abandon(): Promise<void> {
    return this.file.abandon();
  }
}

/** Writes all of it at once. */
export async function writeAll(path: string, data: string | Uint8Array): Promise<void> {
  const output = await openOutput(path);
  try {
    await output.write(data);
    await output.finish();
  } catch (error) {
    await output.abandon();
    throw error;
  }
}

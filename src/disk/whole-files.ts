/** Files that are written whole: what is cut short leaves the old file or the new. */
import { type FileHandle, open, readlink, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { show } from "../ground/check.js";
import type { FileUrl } from "../ground/web.js";

/**
 * Written beside the file, flushed to the disk, renamed over it, the folder flushed. It keeps its mode.
 * @param path the file's; a link keeps pointing where it points; a device or a pipe is written to
 */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const old = await stat(path).catch(unless("ENOENT"));
  if (old && !old.isFile()) return withFile(await open(path, "w"), (file) => file.writeFile(bytes));
  const target = await resolved(path);
  // Short, whatever the file's name: file systems take 255 bytes. The random part is nobody else's, in no thread or container.
  const temporary = join(dirname(target), `${basename(target).slice(0, 40)}.${crypto.randomUUID()}.tmp`);
  const file = await open(temporary, "wx", old ? 0o600 : 0o666);
  try {
    await withFile(file, async () => {
      if (old) {
        // Another's file stays another's, for those who may give files away.
        await file.chown(old.uid, old.gid).catch(unless("EPERM"));
        await file.chmod(old.mode & 0o7777);
      }
      await file.writeFile(bytes);
      await file.sync();
    });
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(target));
}

async function withFile(file: FileHandle, work: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await work(file);
  } finally {
    await file.close();
  }
}

/** Passes over errors of these codes. */
export function unless(...codes: string[]): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (!codes.includes(error.code as string)) throw error;
  };
}

export function pathOf(call: string, path: string | FileUrl): string {
  if (typeof path === "string" && path !== "") return path;
  // Of another realm too, as in Jest.
  const isUrl = Object.prototype.toString.call(path) === "[object URL]";
  if (isUrl && (path as FileUrl).href.startsWith("file:")) return fileURLToPath(path);
  throw new TypeError(`${call}: path must be a file's name or a file: URL, got ${show(path)}.`);
}

/** Where a link points, though nothing is there yet; a file is itself. */
async function resolved(path: string): Promise<string> {
  const found = await realpath(path).catch(unless("ENOENT"));
  if (found !== undefined) return found;
  const link = await readlink(path).catch(unless("ENOENT", "EINVAL"));
  return link === undefined ? path : resolved(resolve(await realpath(dirname(path)), link));
}

/**
 * A rename lasts when the folder's own entry is on the disk. Windows cannot open folders, and needs it not; nor can those who
 * may write into a folder and not read it, and some file systems flush no folders: the file is there all the same.
 */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const excused = unless("EACCES", "EPERM", "EINVAL", "ENOTSUP", "ENOSYS");
  const folder = await open(path, "r").catch(excused);
  if (folder) await withFile(folder, () => folder.sync().catch(excused));
}

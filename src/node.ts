/** The entry `wasmlp/node`: models in files, where a save that is cut short leaves the old file or the new. */
import "./core/inline.js";
import { type FileHandle, open, readFile, readlink, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { DecodedFile, decodeFile } from "./file/saved-model.js";
import type { SavedModel, SaveOptions } from "./file/write-model.js";
import { checkBytes, show, underName } from "./ground/check.js";
import type { FileUrl } from "./ground/web.js";
import { MLP } from "./model/mlp.js";
import { Classifier } from "./table/classifier.js";
import type { MultiTargetClassifier, MultiTargetRegressor } from "./table/multi-target-models.js";
import { Regressor } from "./table/regressor.js";

/** Anything that {@link saveFile} writes. */
export interface Saveable {
  /** The model as bytes. */
  save(options?: SaveOptions): Uint8Array;
}

/**
 * Saves a model: written beside the file, flushed to the disk, renamed over it, the folder flushed. Whatever happens, a
 * power cut or another save too, the file is then the old one or a new one, whole. It keeps its mode.
 * @param path the file's; its folder must be there; a link keeps pointing where it points; a device or a pipe is written to
 * @param model an MLP, a Classifier or a Regressor
 * @param options as those of the model's `save`
 * @throws TypeError if `model` is no model; Error of the file system
 * @example
 * await saveFile("titanic.model", model);
 */
export async function saveFile(path: string | FileUrl, model: Saveable, options?: SaveOptions): Promise<void> {
  if (typeof model?.save !== "function") throw new TypeError(`saveFile: model must be a model, got ${show(model)}.`);
  const bytes = bytesOf(model, options);
  const name = pathOf("saveFile", path);
  const old = await stat(name).catch(unless("ENOENT"));
  if (old && !old.isFile()) return write(await open(name, "w"), (file) => file.writeFile(bytes));
  const target = await resolved(name);
  // Short, whatever the file's name: file systems take 255 bytes. The random part is nobody else's, in no thread or container.
  const temporary = join(dirname(target), `${basename(target).slice(0, 40)}.${crypto.randomUUID()}.tmp`);
  const file = await open(temporary, "wx", old ? 0o600 : 0o666);
  try {
    await write(file, async () => {
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

function bytesOf(model: Saveable, options: SaveOptions | undefined): Uint8Array {
  try {
    return checkBytes("saveFile", "what save() of the model gives", model.save(options));
  } catch (error) {
    throw underName("saveFile", error);
  }
}

async function write(file: FileHandle, work: (file: FileHandle) => Promise<void>): Promise<void> {
  try {
    await work(file);
  } finally {
    await file.close();
  }
}

/** Passes over errors of these codes. */
function unless(...codes: string[]): (error: NodeJS.ErrnoException) => undefined {
  return (error) => {
    if (!codes.includes(error.code as string)) throw error;
  };
}

/** What a file may hold. */
export type AnyModel =
  | MLP
  | Classifier
  | Regressor
  | MultiTargetClassifier<string, Classifier>
  | MultiTargetRegressor<string, Regressor>;

/**
 * Loads what {@link saveFile} wrote: an MLP, a Classifier or a Regressor, of one target or of several, as the file says.
 * @throws Error of the file system, or saying what is wrong with the file
 * @example
 * await saveFile("titanic.model", model);
 * const again = await loadFile("titanic.model"); // a Classifier
 */
export async function loadFile(path: string | FileUrl): Promise<AnyModel>;
/**
 * Loads what {@link saveFile} wrote.
 * @param kind the class that it must be of
 * @throws Error of the file system, or saying what is wrong with the file
 * @example
 * await saveFile("titanic.model", model);
 * const again = await loadFile("titanic.model", Classifier);
 */
export async function loadFile<M>(path: string | FileUrl, kind: { load(bytes: Uint8Array): Promise<M> }): Promise<M>;
export async function loadFile<M>(
  path: string | FileUrl,
  kind?: { load(bytes: Uint8Array): Promise<M> },
): Promise<M | AnyModel> {
  if (kind !== undefined && typeof kind?.load !== "function") {
    throw new TypeError(`loadFile: kind must be MLP, Classifier or Regressor, got ${show(kind)}.`);
  }
  const bytes = await readFile(pathOf("loadFile", path));
  return kind === undefined ? loadAny(bytes) : kind.load(bytes);
}

/** The model of a file, which is decoded once. */
async function loadAny(bytes: Uint8Array): Promise<AnyModel> {
  const saved = decodeFile("loadFile", bytes);
  const { table } = "targets" in saved ? saved.targets[0] : saved;
  if (table === undefined) return MLP.restore(saved as SavedModel, "MLP.load");
  const file = new DecodedFile(saved) as never;
  return table.kind === "regressor" ? Regressor.load(file) : Classifier.load(file);
}

function pathOf(call: string, path: string | FileUrl): string {
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
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const excused = unless("EACCES", "EPERM", "EINVAL", "ENOTSUP", "ENOSYS");
  const folder = await open(path, "r").catch(excused);
  if (folder) await write(folder, () => folder.sync().catch(excused));
}

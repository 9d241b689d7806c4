/** The entry `wasmlp/node`: models in files, where a save that is cut short leaves the old file or the new. */
import "./inline.js";
import { open, readFile, realpath, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { show } from "./check.js";
import { Classifier } from "./classifier.js";
import { decodeModel } from "./formats/model.js";
import { MLP, type SaveOptions } from "./mlp.js";
import { Regressor } from "./regressor.js";

/** Anything that {@link saveFile} writes. */
export interface Saveable {
  /** The model as bytes. */
  save(options?: SaveOptions): Uint8Array;
}

let saves = 0;

/**
 * Saves a model: written beside the file, flushed to the disk, renamed over it, the folder flushed. Whatever happens, a
 * power cut too, the file is then the old one or the new one, whole.
 * @param path the file's; its folder must be there; a link keeps pointing where it points
 * @param model an MLP, a Classifier or a Regressor
 * @param options as those of the model's `save`
 * @throws TypeError if `model` is no model; Error of the file system
 * @example
 * await saveFile("titanic.model", model);
 */
export async function saveFile(path: string | URL, model: Saveable, options?: SaveOptions): Promise<void> {
  if (typeof model?.save !== "function") throw new TypeError(`saveFile: model must be a model, got ${show(model)}.`);
  const bytes = model.save(options);
  const target = await resolved(pathOf("saveFile", path));
  saves++;
  const temporary = `${target}.${process.pid}-${saves}.tmp`;
  try {
    const file = await open(temporary, "wx");
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(dirname(target));
}

/**
 * Loads what {@link saveFile} wrote: an MLP, a Classifier or a Regressor, as the file says.
 * @throws Error of the file system, or saying what is wrong with the file
 * @example
 * await saveFile("titanic.model", model);
 * const again = await loadFile("titanic.model"); // a Classifier
 */
export async function loadFile(path: string | URL): Promise<MLP | Classifier | Regressor>;
/**
 * Loads what {@link saveFile} wrote.
 * @param kind the class that it must be of
 * @throws Error of the file system, or saying what is wrong with the file
 * @example
 * await saveFile("titanic.model", model);
 * const again = await loadFile("titanic.model", Classifier);
 */
export async function loadFile<M>(path: string | URL, kind: { load(bytes: Uint8Array): Promise<M> }): Promise<M>;
export async function loadFile<M>(
  path: string | URL,
  kind?: { load(bytes: Uint8Array): Promise<M> },
): Promise<M | MLP | Classifier | Regressor> {
  const bytes = await readFile(pathOf("loadFile", path));
  if (kind) return kind.load(bytes);
  switch (decodeModel("loadFile", bytes).table?.kind) {
    case "classifier":
      return Classifier.load(bytes);
    case "regressor":
      return Regressor.load(bytes);
    default:
      return MLP.load(bytes);
  }
}

function pathOf(call: string, path: string | URL): string {
  if (typeof path === "string" && path !== "") return path;
  if (path instanceof URL) return fileURLToPath(path);
  throw new TypeError(`${call}: path must be a file's name or a file: URL, got ${show(path)}.`);
}

/** Where a link points; a file that is not there yet is itself. */
async function resolved(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return path;
  }
}

/** A rename lasts when the folder's own entry is on the disk. Windows cannot open folders, and needs it not. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** The entry `wasmlp/node`: models in files, where a save that is cut short leaves the old file or the new. */
import "./core/inline.js";
import { readFile } from "node:fs/promises";
import { type FileJournal, type JournalOptions, openFileJournal } from "./disk/file-journal.js";
import { type ModelFolder, openModelFolder } from "./disk/model-folder.js";
import { pathOf, writeWhole } from "./disk/whole-files.js";
import { DecodedFile, decodeFile } from "./file/saved-model.js";
import type { SavedModel, SaveOptions } from "./file/write-model.js";
import { checkBytes, show, underName } from "./ground/check.js";
import type { FileUrl } from "./ground/web.js";
import { MLP } from "./model/mlp.js";
import { Classifier } from "./table/classifier.js";
import type { MultiTargetClassifier, MultiTargetRegressor } from "./table/multi-target-models.js";
import { Regressor } from "./table/regressor.js";

export type { FileJournal, JournalOptions } from "./disk/file-journal.js";
export type { ModelFolder } from "./disk/model-folder.js";
export type { ModelStore } from "./study/group-journal.js";
export type { Journal } from "./study/journal.js";

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
  await writeWhole(pathOf("saveFile", path), bytes);
}

function bytesOf(model: Saveable, options: SaveOptions | undefined): Uint8Array {
  try {
    return checkBytes("saveFile", "what save() of the model gives", model.save(options));
  } catch (error) {
    throw underName("saveFile", error);
  }
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

/**
 * Opens the file of a study's journal, and makes it if it is not there: lines of JSON, each on the disk before the study goes on. A study
 * that was killed goes on from it. One process at a time has it: the file itself says which.
 * @param path the file's; its folder must be there
 * @throws Error if another process has it, or if it holds what is no journal; Error of the file system
 * @example
 * import { openJournal } from "wasmlp/node";
 * const journal = await openJournal("rates.jsonl");
 * const study = new Study({ space: { rate: { low: 0.001, high: 0.1, log: true } }, seed: 1, journal });
 * await study.run(({ settings }) => Math.abs(settings.rate - 0.01), { trials: 20 });
 * await journal.close();
 */
export async function openJournal(path: string | FileUrl, options?: JournalOptions): Promise<FileJournal> {
  return openFileJournal("openJournal", pathOf("openJournal", path), options);
}

/**
 * Opens a folder for the models of `trainMany` of `wasmlp/study`, and makes it if it is not there: a file a group, and a journal, `groups.jsonl`, from
 * which it goes on. One process at a time has it.
 * @throws Error if another process has it; Error of the file system
 * @example
 * import { openFolder } from "wasmlp/node";
 * const store = await openFolder("models");
 * const { groups } = await trainMany(Regressor, cars, { by: "origin", target: "mpg", hidden: [8], ensemble: 1, store });
 * await store.close();
 */
export async function openFolder(path: string | FileUrl, options?: JournalOptions): Promise<ModelFolder> {
  return openModelFolder("openFolder", pathOf("openFolder", path), options);
}

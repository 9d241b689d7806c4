/** The folder of models: which names and versions there are, and the file of each. */
import type { BigIntStats } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { Refusal } from "../ground/refusal.js";

/** What the file of a model is called. */
const ENDING = ".model";

/** Names that are folders' or files' own and lead nowhere else: letters of any language, digits, "_", "-", ".", blanks within, 100 characters. */
const NAME = /^[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N}_. -]{0,98}[\p{L}\p{M}\p{N}_-])?$/u;

/** Versions are whole numbers. */
const VERSION = /^(?:0|[1-9]\d{0,14})$/;

/** The file that answers for a name now. */
export interface ModelFile {
  readonly path: string;
  /** None for a model that has no versions. */
  readonly version: string | undefined;
  /** Another once the file is another. */
  readonly stamp: string;
}

/** A name of the folder and its versions, ascending; none for a file without versions. */
export interface ModelName {
  readonly name: string;
  readonly versions: readonly string[];
}

const isAbsent = (error: unknown) => ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "");

async function statOf(path: string): Promise<BigIntStats | undefined> {
  try {
    return await stat(path, { bigint: true });
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

const stampOf = ({ dev, ino, size, mtimeNs }: BigIntStats) => [dev, ino, size, mtimeNs].join(".");

/** The versions in a model's folder, ascending. */
async function versionsIn(folder: string): Promise<string[]> {
  try {
    const files = (await readdir(folder)).filter((file) => file.endsWith(ENDING));
    const versions = files.map((file) => file.slice(0, -ENDING.length)).filter((version) => VERSION.test(version));
    return versions.sort((a, b) => Number(a) - Number(b));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

/** The files of models in a folder, `NAME.model` and `NAME/VERSION.model`, or one file alone. */
export class ModelFiles {
  private constructor(
    private readonly path: string,
    /** The name of the only model, where `path` is a file. */
    private readonly single: string | undefined,
  ) {}

  /** @throws Error of the file system if nothing is there */
  static async open(path: string): Promise<ModelFiles> {
    const isFile = (await stat(path)).isFile();
    return new ModelFiles(path, isFile ? basename(path).replace(/\.[^.]*$/, "") || basename(path) : undefined);
  }

  /**
   * The file of a model, of its largest version where none is asked for.
   * @throws Refusal if there is none
   */
  async find(name: string, version?: string): Promise<ModelFile> {
    const isName = this.single === undefined ? NAME.test(name) : name === this.single;
    const found =
      isName && (version === undefined || VERSION.test(version)) ? await this.look(name, version) : undefined;
    if (found) return found;
    const what = version === undefined ? "" : ` of version ${JSON.stringify(version.slice(0, 40))}`;
    throw new Refusal(
      404,
      `there must be a model ${JSON.stringify(name.slice(0, 100))}${what}, got none of that name.`,
    );
  }

  private async look(name: string, version: string | undefined): Promise<ModelFile | undefined> {
    const plain = this.single === undefined ? join(this.path, name + ENDING) : this.path;
    if (version === undefined) {
      const found = await statOf(plain);
      if (found?.isFile()) return { path: plain, version, stamp: stampOf(found) };
    }
    if (this.single !== undefined) return undefined;
    const latest = version ?? (await versionsIn(join(this.path, name))).at(-1);
    if (latest === undefined) return undefined;
    const path = join(this.path, name, latest + ENDING);
    const found = await statOf(path);
    return found?.isFile() ? { path, version: latest, stamp: stampOf(found) } : undefined;
  }

  /** Whether the folder, or the file, is there. */
  async isThere(): Promise<boolean> {
    return (await statOf(this.path)) !== undefined;
  }

  /** The versions of a model, ascending; none without versions. */
  async versions(name: string): Promise<readonly string[]> {
    return this.single === undefined ? versionsIn(join(this.path, name)) : [];
  }

  /** All names, sorted. @throws Error of the file system if the folder is gone */
  async list(): Promise<ModelName[]> {
    if (this.single !== undefined) return (await statOf(this.path)) ? [{ name: this.single, versions: [] }] : [];
    const found = new Map<string, ModelName>();
    for (const entry of await readdir(this.path, { withFileTypes: true })) {
      const { name: file } = entry;
      const name = file.endsWith(ENDING) ? file.slice(0, -ENDING.length) : file;
      if (!NAME.test(name)) continue;
      if (name !== file) found.set(name, { name, versions: [] });
      else if (!entry.isFile() && !found.has(name)) {
        const versions = await versionsIn(join(this.path, name));
        if (versions.length > 0) found.set(name, { name, versions });
      }
    }
    return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

/** A folder of models, each a file that is written whole, with a journal of what they are. */
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ModelStore } from "../study/group-journal.js";
import { type FileJournal, type JournalOptions, openFileJournal } from "./file-journal.js";
import { unless, writeWhole } from "./whole-files.js";

/** A folder of models, of one process. */
export interface ModelFolder extends ModelStore {
  /** Closes it: another process may open it then. */
  close(): Promise<void>;
}

export async function openModelFolder(call: string, path: string, options?: JournalOptions): Promise<ModelFolder> {
  await mkdir(path, { recursive: true });
  const { lines, append, close }: FileJournal = await openFileJournal(call, join(path, "groups.jsonl"), options);
  const write = (file: string, bytes: Uint8Array) => writeWhole(join(path, file), bytes);
  const has = async (file: string) => (await stat(join(path, file)).catch(unless("ENOENT"))) !== undefined;
  return { lines, append, close, write, has };
}

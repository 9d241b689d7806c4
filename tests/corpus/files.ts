/**
 * The corpus: files from strangers, a folder a format, and in told.json what each is answered. scripts/make-corpus.ts makes
 * those that stand for a kind; `npm run fuzz` adds what it finds, under its checksum.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { crc32 } from "../../src/file/crc.js";
import { oneFile, type Target } from "../targets.js";

/** What each file is answered, by its format and its name: "read", or the sentence it is refused with. */
export type Told = Record<string, Record<string, string>>;

const HERE = new URL("./", import.meta.url);
const TOLD = new URL("told.json", HERE);

export const folderOf = (format: string, base = HERE): URL => new URL(`${format.replace(" ", "-")}/`, base);

/** A format's files by their names. A format without its folder is an error: tests over nothing prove nothing. */
export function corpus(format: string, base = HERE): Map<string, Uint8Array> {
  const folder = folderOf(format, base);
  const names = readdirSync(folder).sort();
  return new Map(names.map((name) => [name, new Uint8Array(readFileSync(new URL(name, folder)))]));
}

/** Writes a file to the corpus. */
export function keep(format: string, name: string, bytes: Uint8Array, base = HERE): void {
  const folder = folderOf(format, base);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(name, folder), bytes);
}

/** Writes what was found to the corpus, where `npm test` finds it again. Returns its name. */
export function keepFind(format: string, bytes: Uint8Array, base = HERE): string {
  const name = crc32(bytes).toString(16).padStart(8, "0");
  keep(format, name, bytes, base);
  return name;
}

export const readTold = (): Told => JSON.parse(readFileSync(TOLD, "utf8"));

export function writeTold(told: Told): void {
  writeFileSync(TOLD, `${JSON.stringify(told, null, 2)}\n`);
}

/**
 * "read", or the sentence that the file is refused with.
 * @throws what is thrown that is no such sentence, and an error if the bytes were written
 */
export async function answerTo(target: Target, bytes: Uint8Array): Promise<string> {
  const outcome = await oneFile(target, bytes);
  if (outcome === undefined) return "read";
  if (outcome !== "refused") throw outcome;
  return target.read(bytes).then(
    () => "read the second time",
    (error: Error) => error.message,
  );
}

/** Where files and what was told of them differ: one line each. */
export async function strays(
  target: Target,
  files: ReadonlyMap<string, Uint8Array>,
  told: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const found: string[] = [];
  for (const name of Object.keys(told)) if (!files.has(name)) found.push(`${name}: told of, but not there`);
  for (const [name, bytes] of files) {
    const answer = await answerTo(target, bytes).catch((error) => `neither read nor refused, but ${error}`);
    if (told[name] !== answer) found.push(`${name}: must be ${told[name] ?? "told of in told.json"}, got ${answer}`);
  }
  return found;
}

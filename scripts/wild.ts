/**
 * `npx tsx scripts/wild.ts [FOLDER]`: reads the models that others have trained, files of public repositories that are no part of this
 * project, and prints what came of each: its answers beside its own engine's, or the sentence that refuses it. A file a format
 * in scripts/wild/. The folder is ../shared/wild unless said otherwise. The exit code is 1 if an answer is wrong.
 */
import { existsSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** What came of one file. */
export interface Outcome {
  readonly file: string;
  /** The largest difference from the answers of its own engine; undefined if there is none to compare with, or it is refused. */
  readonly difference?: number;
  readonly refused?: string;
  /** What it is read as. */
  readonly as?: string;
}

/** Files of one format, each tried. */
export type Wild = (folder: string) => Promise<readonly Outcome[]> | AsyncIterable<Outcome>;

const BOUND = 1e-5;
const folder = resolve(process.argv[2] ?? fileURLToPath(new URL("../../shared/wild", import.meta.url)));
if (!existsSync(folder)) throw new Error(`wild: the first argument must be a folder, got ${folder}.`);
const formats = readdirSync(new URL("wild/", import.meta.url)).filter((name) => name.endsWith(".ts"));
let wrong = 0;
for (const format of formats.sort()) {
  const { wild } = (await import(new URL(`wild/${format}`, import.meta.url).href)) as { wild: Wild };
  const outcomes: Outcome[] = [];
  for await (const outcome of await wild(folder)) outcomes.push(outcome);
  const right = outcomes.filter(({ difference }) => difference !== undefined && difference <= BOUND);
  const refused = outcomes.filter(({ refused: sentence }) => sentence !== undefined);
  const off = outcomes.filter(({ difference }) => difference !== undefined && !(difference <= BOUND));
  console.log(
    `\n${format.slice(0, -3)}: ${outcomes.length} files, ${right.length} right, ${off.length} wrong, ${refused.length} refused`,
  );
  for (const { file, difference, refused: sentence, as } of outcomes) {
    console.log(
      `  ${file}: ${sentence ?? `${as ?? "read"}, ${difference === undefined ? "nothing to compare with" : difference}`}`,
    );
  }
  wrong += off.length;
}
if (wrong > 0) process.exitCode = 1;

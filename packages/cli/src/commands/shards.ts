/** Predictions of many files, each a job: answers are written beside their place and renamed, so they are there once and whole. */
import { createHash } from "node:crypto";
import { createReadStream, existsSync, rmSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { stdout } from "node:process";
import { openJournal } from "wasmlp/node";
import { loadModel } from "../model-file.js";
import { badUsage, Refusal } from "../refusal.js";
import { aligned } from "../say/tables.js";
import { progress, say } from "../say/terminal.js";
import { type JobFile, type Queue, type TaskJob, withQueue } from "./machines.js";
import { type PredictFlags, predict } from "./predict.js";

/** Flags that settle what is written. */
type ShardFlags = Pick<PredictFlags, "format" | "delimiter" | "as" | "probabilities" | "json">;

/** What a job says. */
interface ShardInput {
  /** The digest of the model's bytes, which are in Redis. */
  readonly model: string;
  readonly table: JobFile;
  readonly output: string;
  readonly flags: ShardFlags;
}

/** What became of one file: a line of the journal too. */
interface Shard {
  readonly table: string;
  /** Of the file, of the model, of the flags: what answers follow from. */
  readonly from: string;
  readonly output: string;
  readonly rows: number;
  /** SHA-256 of the answers. */
  readonly digest: string;
}

/** Of answers that are not in their place yet. */
const PREFIX = ".wasmlp-";

/** Files that are asked for at once. */
const AT_ONCE = 64;

const hashOf = (text: string) => createHash("sha256").update(text).digest("hex");

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path)) hash.update(piece);
  return hash.digest("hex");
}

/** Models of jobs, as files of this worker. */
const models = new Map<string, Promise<string>>();

async function modelFile({ get }: Pick<TaskJob, "get">, digest: string): Promise<string> {
  const before = models.get(digest);
  if (before) return before;
  const made = get(digest).then(async (bytes) => {
    const folder = await mkdtemp(join(tmpdir(), "wasmlp-model-"));
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, "a.model");
    await writeFile(path, bytes);
    return path;
  });
  models.set(digest, made);
  made.catch(() => models.delete(digest));
  return made;
}

/** The task of a worker. */
export async function predictShard(job: TaskJob): Promise<{ rows: number; digest: string }> {
  const { model, table, output, flags } = job.input as ShardInput;
  const path = await job.file(table);
  const rows = await predict(await modelFile(job, model), [path], { ...flags, output, force: true });
  return { rows, digest: await digestOfFile(output) };
}

/** `wasmlp predict --redis`: each table is a job. What the folder's journal says is done, and is there, is not done again. */
export async function predictShards(path: string, tables: readonly string[], flags: PredictFlags): Promise<void> {
  const folder = resolve(flags.output ?? "-");
  if (flags.output === undefined || flags.output === "-")
    throw badUsage("With --redis -o must be a folder, got none. Pass -o answers, say.");
  if ([path, ...tables].includes("-"))
    throw badUsage('With --redis tables and models must be files, got "-". Workers read them.');
  const outputs = outputsOf(tables, folder, flags.json === true);
  const { name, digest } = await loadModel(path);
  say(`${tables.length} tables for ${name}.`);
  await mkdir(folder, { recursive: true });
  const journal = await openJournal(join(folder, "shards.jsonl")).catch((error: Error) => {
    throw new Refusal(error.message.replace(/^openJournal: /, ""), "failure", { cause: error });
  });
  try {
    const shards: Shard[] = journal.lines.map((line) => JSON.parse(line));
    const done = new Map(shards.map((shard) => [shard.output, shard]));
    await withQueue(flags, async (queue) => {
      const model = await queue.put(await readFile(path));
      if (model !== digest)
        throw new Refusal(`${name} must stay as it is, got another one meanwhile. Begin again.`, "failure");
      const told = await shardsOf(queue, { tables, outputs, model, done, flags }, (shard) =>
        journal.append(JSON.stringify(shard)),
      );
      await removeLeftOver(folder);
      report(told, flags);
    });
  } finally {
    await journal.close();
  }
}

/** Where the answers to each table go. */
function outputsOf(tables: readonly string[], folder: string, isJson: boolean): string[] {
  const names = tables.map((table) => {
    const name = basename(table);
    // What is read and not written becomes an object a line.
    return /\.parquet$/i.test(name) || isJson
      ? `${name.replace(/\.(?:csv|tsv|jsonl?|parquet)(\.gz)?$/i, "")}.jsonl${/\.gz$/i.test(name) ? ".gz" : ""}`
      : name;
  });
  const twice = names.findIndex((name, i) => names.indexOf(name) < i);
  if (twice >= 0)
    throw badUsage(`Tables must have different names, got ${names[twice]} twice: answers to both would be one file.`);
  return names.map((name) => join(folder, name));
}

interface Work {
  readonly tables: readonly string[];
  readonly outputs: readonly string[];
  readonly model: string;
  readonly done: ReadonlyMap<string, Shard>;
  readonly flags: PredictFlags;
}

/** A file, or why there is none. */
type Told = Shard | { readonly table: string; readonly error: string };

async function shardsOf(queue: Queue, work: Work, keep: (shard: Shard) => Promise<void>): Promise<Told[]> {
  const { tables } = work;
  const told: Told[] = [];
  let next = 0;
  let count = 0;
  const take = async () => {
    while (next < tables.length) {
      const t = next++;
      told[t] = await shardOf(queue, work, t, keep).catch((error: Error) => ({
        table: tables[t],
        error: error.message,
      }));
      count++;
      progress(() => `${count} of ${tables.length} tables`);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, tables.length) }, take));
  if (told.every((shard) => "error" in shard))
    throw new Refusal(`No table was answered: ${(told[0] as { error: string }).error}`, "data");
  return told;
}

async function shardOf(
  queue: Queue,
  { tables, outputs, model, done, flags }: Work,
  t: number,
  keep: (shard: Shard) => Promise<void>,
): Promise<Shard> {
  const [table, output] = [resolve(tables[t]), outputs[t]];
  const { format, delimiter, as, probabilities, json } = flags;
  const own: ShardFlags = { format, delimiter, as, probabilities, json };
  const file = (await queue.files([table])).files?.[0] as JobFile;
  const from = hashOf(JSON.stringify([file.digest, model, own]));
  const before = done.get(output);
  if (before?.from === from && existsSync(output) && (await digestOfFile(output)) === before.digest) return before;
  // Not to its place: a job of somebody who is gone may be done late, and its answers must not be taken for these.
  const beside = join(dirname(output), `${PREFIX}${from.slice(0, 16)}-${basename(output)}`);
  const input: ShardInput = { model, table: file, output: beside, flags: JSON.parse(JSON.stringify(own)) };
  const { rows, digest } = (await queue.run("predict", input)) as { rows: number; digest: string };
  if ((await digestOfFile(beside).catch(() => undefined)) !== digest) {
    throw new Error(
      `${beside} must be what the worker wrote, got another file or none. Workers must have the same folder.`,
    );
  }
  await rename(beside, output);
  const shard = { table: tables[t], from, output, rows, digest };
  await keep(shard);
  return shard;
}

/** Answers that workers were writing when they were killed. */
async function removeLeftOver(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(PREFIX) || /\.[0-9a-f]{8}-[0-9a-f-]{27}\.tmp$/.test(name))
      await rm(join(folder, name), { force: true });
  }
}

function report(shards: readonly Told[], { json }: PredictFlags): void {
  if (json) for (const shard of shards) stdout.write(`${JSON.stringify(shard)}\n`);
  const failed = shards.flatMap((shard) => ("error" in shard ? [shard] : []));
  const done = shards.flatMap((shard) => ("error" in shard ? [] : [shard]));
  const lines = done.map(({ table, rows, digest }) => [table, String(rows), digest.slice(0, 12)]);
  for (const line of aligned([["table", "rows", "SHA-256"], ...lines])) say(line);
  if (failed.length === 0) return;
  const [{ table, error }] = failed;
  throw new Refusal(
    `${failed.length} of ${shards.length} tables were not answered, ${table} among them: ${error}`,
    "data",
  );
}

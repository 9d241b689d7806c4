/** `wasmlp worker`: does the jobs of others' searches and predictions, until it is told to end. */
import { stdout } from "node:process";
import { EXIT } from "../refusal.js";
import { say, voice } from "../say/terminal.js";
import { readTable } from "../table/stored-table.js";
import { allRows } from "./learning.js";
import { openWorker, type QueueFlags, refused } from "./machines.js";
import { predictShard } from "./shards.js";

export interface WorkerFlags extends QueueFlags {
  readonly workers?: number;
  readonly folder?: string;
  readonly lock?: number;
  readonly json?: boolean;
}

/** How a search has its tables read. */
export interface ReadAs {
  readonly format?: string;
  readonly delimiter?: string;
  /** Columns whose cells are texts, whatever they look like. */
  readonly asWritten: readonly string[];
}

export async function worker({ redis, queue, workers, folder, lock, json }: WorkerFlags): Promise<void> {
  const onJob = ({ task, id, milliseconds }: { task: string; id: string; milliseconds: number }) => {
    if (json) stdout.write(`${JSON.stringify({ task, job: id, milliseconds: Math.round(milliseconds) })}\n`);
    else speak(`${task} ${id.slice(0, 8)}: ${Math.round(milliseconds)} ms`);
  };
  const isQuiet = voice.isQuiet;
  // What jobs have to say is for whoever asked for them.
  const speak = (text: string) => {
    voice.isQuiet = isQuiet;
    say(text);
    voice.isQuiet = true;
  };
  const running = await openWorker({
    ...{ redis, queue, workers, folder, lock, onJob },
    read: readAs,
    tasks: { predict: predictShard },
  });
  speak(`${running.name} takes jobs; Ctrl-C ends it when those are done that it has.`);
  if (json) stdout.write(`${JSON.stringify({ worker: running.name })}\n`);
  let isAsked = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (isAsked) process.exit(EXIT.interrupted);
      isAsked = true;
      speak("Ending when the jobs are done that are under way. Ctrl-C again ends at once: others do them then.");
      running.close().catch(() => {});
    });
  }
  await running.ended.catch(refused);
  process.exit(0);
}

/** Reads tables as the search did that asks. */
async function readAs(paths: readonly string[], as: unknown): Promise<unknown> {
  const { asWritten = [], ...options } = Object(as) as Partial<ReadAs>;
  const table = await readTable(paths, options, () => {});
  return table.columnsOf(allRows(table.size), new Set(asWritten));
}

/** `wasmlp tune`: settings are tried for so many seconds. */
import { resolve } from "node:path";
import { badUsage } from "../refusal.js";
import { aligned, short } from "../say/tables.js";
import { progress, say } from "../say/terminal.js";
import { deliver, outputOf } from "./delivery.js";
import {
  allRows,
  checkOneTarget,
  classOf,
  type FitFlags,
  given,
  type Task,
  taskOf,
  telling,
  warningsOf,
} from "./learning.js";
import { type Queue, type QueueFlags, withQueue } from "./machines.js";
import { readTables } from "./tables.js";

export interface TuneFlags extends FitFlags, QueueFlags {
  readonly trials?: number;
  readonly seconds?: number;
  readonly folds?: number;
  readonly output?: string;
  readonly force?: boolean;
}

/** More than there is time for: the seconds end it. */
const MOST_TRIALS = 10_000;

export async function tune(paths: readonly string[], flags: TuneFlags): Promise<void> {
  const output = outputOf(flags);
  const table = await readTables(paths, flags);
  const task = taskOf(table, flags);
  checkOneTarget("tune", task);
  const { trials: count, seconds = count === undefined ? 600 : undefined, folds = 3 } = flags;
  const ranking = task.kind === "classifier" ? "logLoss" : "r2";
  const scoreOf = ({ scores }: { scores?: object }) => (scores as Record<string, number> | undefined)?.[ranking];
  const onTrial = ({
    trial,
    bestTrial,
  }: {
    trial: { trial: number; scores?: object };
    bestTrial: { scores?: object };
  }) => progress(() => `trial ${trial.trial}: ${ranking} ${short(scoreOf(trial))}, best ${short(scoreOf(bestTrial))}`);
  const rows = allRows(table.size);
  const columns = table.columnsOf(rows, task.asWritten, true);
  const options = {
    ...task.options,
    time: seconds,
    trials: count ?? MOST_TRIALS,
    folds,
    onTrial,
    onWarning: warningsOf(table, rows),
  };
  const search = (crossValidate?: unknown) =>
    telling(table, rows, () => classOf(task).search(columns, given({ ...options, crossValidate }) as never));
  const { model, bestTrial, trials } =
    flags.redis === undefined
      ? await search()
      : await withQueue(flags, async (queue) => search(await judgeOf(queue, paths, flags, task)));
  const settings = Object.entries(bestTrial.settings ?? {}).map(([name, value]) => [name, JSON.stringify(value)]);
  say(
    `${trials.length} settings tried. ${settings.length > 0 ? "The best of them:" : "None was better than leaving all as it is, beyond doubt."}`,
  );
  if (settings.length > 0) for (const line of aligned([["setting", "value"], ...settings])) say(line);
  await deliver(output, model.save(), flags, { kind: task.kind, trials: trials.length, bestTrial });
}

/** Has trials judged by workers, which read the same files. */
async function judgeOf(queue: Queue, paths: readonly string[], { format, delimiter }: TuneFlags, task: Task) {
  if (paths.includes("-")) throw badUsage('With --redis tables must be files, got "-". Workers read them.');
  const as = given({ format, delimiter, asWritten: [...task.asWritten] });
  const rows = await queue.files(
    paths.map((path) => resolve(path)),
    as,
  );
  return queue.crossValidation(classOf(task), rows);
}

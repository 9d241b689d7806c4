/** `wasmlp tune`: settings are tried for so many seconds. */
import { aligned, short } from "../say/tables.js";
import { progress, say } from "../say/terminal.js";
import { deliver, outputOf } from "./delivery.js";
import { allRows, checkOneTarget, classOf, type FitFlags, taskOf, telling, warningsOf } from "./learning.js";
import { readTables } from "./tables.js";

export interface TuneFlags extends FitFlags {
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
  const { seconds = 600, folds = 3 } = flags;
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
    trials: MOST_TRIALS,
    folds,
    onTrial,
    onWarning: warningsOf(table, rows),
  };
  const { model, bestTrial, trials } = await telling(table, rows, () =>
    classOf(task).search(columns, options as never),
  );
  const settings = Object.entries(bestTrial.settings ?? {}).map(([name, value]) => [name, JSON.stringify(value)]);
  say(
    `${trials.length} settings tried. ${settings.length > 0 ? "The best of them:" : "None was better than leaving all as it is, beyond doubt."}`,
  );
  if (settings.length > 0) for (const line of aligned([["setting", "value"], ...settings])) say(line);
  await deliver(output, model.save(), flags, { kind: task.kind, trials: trials.length, bestTrial });
}

/** `wasmlp cv`: how good models of a table are, on rows that they were not trained on. */
import { stdout } from "node:process";
import { describeScores, short } from "../say/tables.js";
import { progress, say } from "../say/terminal.js";
import {
  allRows,
  baselinesOf,
  checkOneTarget,
  classOf,
  type FitFlags,
  taskOf,
  telling,
  warningsOf,
} from "./learning.js";
import { readTables } from "./tables.js";

export interface CrossValidateFlags extends FitFlags {
  readonly folds?: number;
}

export async function crossValidate(paths: readonly string[], flags: CrossValidateFlags): Promise<void> {
  const table = await readTables(paths, flags);
  const task = taskOf(table, flags);
  checkOneTarget("cv", task);
  const rows = allRows(table.size);
  const [baseline] = baselinesOf(table, task, rows, rows);
  const { folds = 5 } = flags;
  const onFold = ({ fold, scores }: { fold: number; scores: object }) => {
    const [[name, value]] = Object.entries(scores);
    say(`fold ${fold + 1} of ${folds}: ${name} ${short(value)}`);
  };
  progress(() => `fold 1 of ${folds}`);
  const columns = table.columnsOf(rows, task.asWritten, true);
  const result = await telling(table, rows, () =>
    classOf(task).crossValidate(columns, { ...task.options, folds, onFold, onWarning: warningsOf(table, rows) }),
  );
  const { mean, deviation } = result;
  if (flags.json)
    stdout.write(
      `${JSON.stringify({ kind: task.kind, rows: rows.length, folds: result.folds, mean, deviation, baseline })}\n`,
    );
  else
    stdout.write(
      `${describeScores(mean, ["mean", "deviation", `always ${short(baseline?.always)}`], deviation, baseline).join("\n")}\n`,
    );
}

/** `wasmlp train`: a table in, a model out. */
import { stdout } from "node:process";
import type { Classifier, MemberEpoch, Regressor } from "wasmlp";
import { modelsOf, type TableModel } from "../model-file.js";
import { chunksOf, gather } from "../read/sources.js";
import { badData, EXIT } from "../refusal.js";
import { describeColumns, describeScores, short } from "../say/tables.js";
import { isLively, progress, say, styled } from "../say/terminal.js";
import { FEW, holdOut } from "../table/hold-out.js";
import type { StoredTable } from "../table/stored-table.js";
import { deliver, outputOf } from "./delivery.js";
import { Interruption } from "./interruption.js";
import {
  type Baseline,
  baselinesOf,
  byTarget,
  classOf,
  type FitFlags,
  given,
  type Task,
  taskOf,
  telling,
  warningsOf,
} from "./learning.js";
import { readTables } from "./tables.js";

export interface TrainFlags extends FitFlags {
  readonly output?: string;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly test?: number;
  readonly time?: number;
  readonly resume?: string;
}

export async function train(paths: readonly string[], flags: TrainFlags): Promise<void> {
  const output = flags.dryRun ? (flags.output ?? "-") : outputOf(flags);
  const resume = flags.resume === undefined ? undefined : await gather(chunksOf(flags.resume));
  const table = await readTables(paths, flags);
  const task = taskOf(table, flags);
  const { train, test } = partsOf(table, task, flags);
  if (flags.dryRun) return describePlan(table, task, { train, test }, output, flags);
  // Before the fit takes the columns away.
  const held = table.objectsOf(test);
  const baselines = held.length > 0 ? baselinesOf(table, task, train, test) : [];
  const interruption = new Interruption(output);
  const onWarning = warningsOf(table, train);
  const options = { ...task.options, time: flags.time, resume, onWarning, onEpoch: watching(interruption) };
  const columns = table.columnsOf(train, task.asWritten, true);
  progress(() => "first networks tell how wide all should be; they cannot be saved");
  const model = await interruption.during<TableModel>(() =>
    telling(table, train, () =>
      classOf(task)
        .fit(columns, given(options))
        .catch((error) => notResumed(error, flags)),
    ),
  );
  if (model === undefined) {
    process.exitCode = EXIT.interrupted;
    return;
  }
  const models = modelsOf(model);
  const scores = held.length > 0 ? await telling(table, test, () => models.map((own) => own.evaluate(held))) : [];
  reportAll(table.names, models, held.length, scores, baselines);
  const { targets } = task;
  const heldOut =
    held.length > 0
      ? { rows: held.length, scores: byTarget(targets, scores), baseline: byTarget(targets, baselines) }
      : { rows: 0 };
  const facts = byTarget(targets, models.map(factsOf)) as object;
  await deliver(output, model.save(), flags, { kind: task.kind, trainedOn: train.length, heldOut, ...facts });
  if (output !== "-") say(`Next: wasmlp predict ${output} new.csv; wasmlp inspect ${output}`);
}

/** Says of what was to be gone on from that it is none. */
function notResumed(error: Error, { resume }: TrainFlags): never {
  if (resume === undefined || !/^[\w.]+: the file must /.test(error.message)) throw error;
  const why = error.message.replace(/^[\w.]+: /, "");
  throw badData(`${resume} is nothing to go on from: ${why} Pass what an interrupted wasmlp train left.`, error);
}

/** What a program may want to know of the model. */
function factsOf({ columns, warnings, members }: Classifier | Regressor): object {
  return { networks: members.length, columns, warnings };
}

/** Which rows are trained on, and which are held out. */
function partsOf(table: StoredTable, { kind, targets }: Task, { test, seed = 0 }: TrainFlags) {
  const share = test ?? (table.size < FEW ? 0 : 0.1);
  if (share === 0)
    say(
      test === undefined
        ? `Of ${table.size} rows none are held out: wasmlp cv says how good models of them are.`
        : "No rows are held out: nothing says how good the model is.",
    );
  const columns = targets.map((target) => table.column(target));
  // Of several targets the labels of all together: of each label a row at least is then trained on.
  const [first] = columns;
  const labelOf = (row: number) =>
    columns.length === 1 ? first?.at(row) : JSON.stringify(columns.map((column) => column?.at(row) ?? null));
  return holdOut(table.size, share, seed, kind === "classifier" ? labelOf : undefined);
}

function describePlan(
  table: StoredTable,
  task: Task,
  { train, test }: { train: Int32Array; test: Int32Array },
  output: string,
  flags: TrainFlags,
): void {
  const plan = {
    kind: task.kind,
    target: byTarget(task.targets, task.targets),
    columns: table.names,
    trainOn: train.length,
    heldOut: test.length,
    output,
  };
  if (flags.json) stdout.write(`${JSON.stringify(plan)}\n`);
  else
    say(
      `Would train a ${task.kind} of ${task.targets.join(" and ")} on ${train.length} rows, score it on ${test.length}, and write ${output === "-" ? "it to standard output" : output}. Leave out --dry-run to do so.`,
    );
}

/** What a fit reports; where there are several targets, of which. */
type Epoch = MemberEpoch & { readonly target?: string };

/** Shows how far the fit is, and has it end where it was interrupted. */
function watching(interruption: Interruption) {
  const shown = new Set<string>();
  return async (report: Epoch, save: () => Promise<Uint8Array>) => {
    progress(() => describeEpoch(report));
    // Elsewhere than on a terminal a line a network.
    const network = `${report.target} ${report.member}`;
    if (!isLively() && !shown.has(network)) say(describeEpoch(report));
    shown.add(network);
    await interruption.look(save);
  };
}

function describeEpoch({ target, member, members, epoch, loss, validation, timeLeft }: Epoch): string {
  const held = validation ? `, held-out ${short(validation.loss)}` : "";
  const left = timeLeft === undefined ? "" : `, ${Math.ceil(timeLeft)} s left`;
  return `${target === undefined ? "" : `${target}: `}network ${member + 1} of ${members}, epoch ${epoch + 1}: loss ${short(loss)}${held}${left}`;
}

function reportAll(
  names: readonly string[],
  models: readonly (Classifier | Regressor)[],
  rows: number,
  scores: readonly object[],
  baselines: readonly Baseline[],
): void {
  say();
  for (const [t, model] of models.entries()) {
    if (models.length > 1) say(`${styled("bold", model.target)}:`);
    report(names, model, rows, scores[t], baselines[t]);
  }
}

function report(
  names: readonly string[],
  model: Classifier | Regressor,
  rows: number,
  scores: object | undefined,
  baseline: Baseline | undefined,
): void {
  const columns = [...model.columns].sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
  for (const line of describeColumns(columns)) say(line);
  say();
  if (scores === undefined) return;
  const always = baseline?.always;
  say(
    `Scores on ${rows} rows that no network has seen${always === undefined ? "" : `, beside those of always saying ${short(always)}`}:`,
  );
  for (const line of describeScores(scores, ["model", "always"], baseline)) say(line);
  say();
}

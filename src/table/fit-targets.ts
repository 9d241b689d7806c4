/** The fit of several targets: the rows' columns are read once, and of each target a model is fitted, one after the other. */

import { MOST_TARGETS } from "../file/most-networks.js";
import { decodeFile, decodeModel } from "../file/saved-model.js";
import type { SavedModel, SavedTargets } from "../file/write-model.js";
import { encodeTable, encodeTargets } from "../file/write-tables.js";
import { checkBytes, own, show } from "../ground/check.js";
import { turn } from "../ground/turn.js";
import type { Candidates, ReadCandidates, SharedReading } from "./candidates.js";
import { checkRowSlices } from "./check-row-slices.js";
import { checkMarkers } from "./column-options.js";
import type { Pool } from "./fit-pool.js";
import type { TableRows } from "./given-rows.js";
import { InOrder, laneOf, resultsOf } from "./in-order.js";
import { type TargetModel, warningOf } from "./multi-target.js";
import { openTable } from "./open-table.js";
import type { TableOptions } from "./options.js";
import { savedTable } from "./saved-table.js";
import { StoredRows } from "./stored-rows.js";
import { isRow } from "./table-rows.js";
import { RowList, type TableSource } from "./table-source.js";
import type { TableWarning } from "./table-warning.js";
import { readTargets } from "./target-encoder.js";
import type { TargetEpoch } from "./target-options.js";
import { TimeBudget } from "./time-budget.js";

/** Options of one target's fit, those among them that may be given by target. */
type Options = TableOptions & { readonly classWeights?: unknown; readonly transform?: unknown };

/** Options of all targets' fits together. */
type Given = Omit<Options, "target" | "onEpoch"> & {
  readonly target: readonly string[];
  readonly onEpoch?: (epoch: TargetEpoch, save: () => Promise<Uint8Array<ArrayBuffer>>) => unknown;
};

const BY_TARGET = ["classWeights", "transform"] as const;

/** Seconds for a target whose turn comes when the time is over: its first network is cut off at once. */
const LEAST_TIME = 1e-9;

/** How models M of one target are made. */
interface Making<M, S, T> {
  /** Reads targets of one column. */
  readonly read: ReadCandidates<M, S, T>;
  /** Makes the model of one target that a checkpoint holds. */
  readonly load: (bytes: Uint8Array) => Promise<M>;
  /** Reads the other columns, and what rows count. */
  readonly share: (call: string, rows: TableSource, options: Given) => SharedReading;
}

/**
 * Fits a model to each target. What is wrong with any target is told before the first is fitted. When the signal ends the fit, the
 * models of targets to come are those of fits that it ended before their first update. Time is shared evenly by the targets that are left.
 * @param asked a copy: they are read more than once
 * @param since when the time began that all may take
 */
export async function fitTargets<M extends TargetModel, S, T>(
  call: string,
  { read, load, share }: Making<M, S, T>,
  given: TableRows,
  asked: object,
  since: number,
): Promise<M[]> {
  const targets = checkTargets(call, asked as Given);
  const { rows, options } = await openTable(call, given, asked as Given, ["resume"], true);
  await turn.run(checkHeld(`${call}, validation`, options, checkMarkers(call, options.missing ?? [])));
  const begun = options.resume === undefined ? [] : decodeBegun(call, options.resume, targets);
  const shared = share(call, rows, options);
  const optionsOf = optionsByTarget(options);
  const candidates: Candidates<M, S, T>[] = [];
  for (const target of targets) candidates.push(await read(call, rows, optionsOf(target) as T, shared));
  const models: M[] = [];
  for (const saved of begun.slice(0, -1)) models.push(await load(encodeTable(saved)));
  const goesOn = begun.length > 0 && { resume: encodeTable(begun[begun.length - 1]) };
  const budget = options.time === undefined ? undefined : new TimeBudget(options.time, since);
  const known = models.length;
  const fitTarget = async (t: number, pool: Pool | undefined) => {
    const time = budget && { time: Math.max(LEAST_TIME, budget.left / (targets.length - t)) };
    const onEpoch = tellOf(targets[t], options.onEpoch, models);
    const further = { onEpoch, pool, ...time, ...(t === begun.length - 1 && goesOn) };
    const model = await candidates[t].fit({ ...optionsOf(targets[t]), ...further } as T);
    // Its features and targets are of no more use.
    delete candidates[t];
    return model;
  };
  // Where epochs are told of, what is told may end the fit of a target on its way: it must not have gone ahead. Time is for one after the other.
  const isAhead = options.onEpoch === undefined && budget === undefined;
  const outer = isAhead ? laneOf(options.pool) : undefined;
  const pieces = new InOrder(outer, (i, lane) =>
    known + i < targets.length ? fitTarget(known + i, lane ?? options.pool) : undefined,
  );
  for await (const model of resultsOf(pieces)) models.push(model);
  return models;
}

/** The door: names of targets, and what is given by target. */
function checkTargets(call: string, given: Given): readonly string[] {
  const { target: targets } = given;
  if (targets.length < 1 || targets.length > MOST_TARGETS) {
    throw new RangeError(`${call}: target must hold 1 to ${MOST_TARGETS} names of columns, got ${targets.length}.`);
  }
  for (const [t, target] of targets.entries()) {
    if (typeof target !== "string") {
      throw new TypeError(`${call}: target must be a column's name, got ${show(target)}.`);
    }
    if (targets.indexOf(target) === t) continue;
    throw new RangeError(`${call}: target must name each column once, got ${show(target)} twice.`);
  }
  for (const name of BY_TARGET) checkByTarget(call, name, given[name], targets);
  return targets;
}

/** Targets of rows to score: else those of the last would be missed when all others are fitted. */
function* checkHeld(
  call: string,
  { target: targets, validation: given }: Given,
  markers: ReadonlySet<string>,
): Generator<number, void> {
  const validation: unknown = given;
  if (validation === undefined || typeof validation === "number") return;
  if (!(validation instanceof StoredRows)) yield* checkRowSlices(call, validation);
  const rows = validation instanceof StoredRows ? validation : new RowList(validation as readonly object[]);
  for (const target of targets) yield* readTargets(call, rows, target, markers, () => 0);
}

/** The options of the fit of each target. */
function optionsByTarget(given: Given): (target: string) => object {
  const onWarning = tellOnce(given.onWarning);
  return (target) => {
    const told = onWarning && ((warning: TableWarning) => onWarning(warningOf(target, warning)));
    const { resume: _, ...others } = { ...given, ...byTarget(given, target), target, ...(told && { onWarning: told }) };
    return others;
  };
}

function checkByTarget(call: string, name: string, value: unknown, targets: readonly string[]): void {
  if (!isRow(value)) return;
  for (const key of Object.keys(value)) {
    if (targets.includes(key)) continue;
    throw new RangeError(`${call}: ${name} must be given by target, among ${show(targets)}, got ${show(key)}.`);
  }
}

/** Of options that are given by target, those of one. */
function byTarget(given: Given, target: string): object {
  const found = BY_TARGET.filter((name) => isRow(given[name]));
  return Object.fromEntries(found.map((name) => [name, own(given[name] as object, target)]));
}

/** Columns are told of by each target's fit. */
function tellOnce(onWarning: Options["onWarning"]): Options["onWarning"] {
  if (typeof onWarning !== "function") return onWarning;
  const told = new Set<string>();
  return (warning) => {
    if (told.has(warning.message)) return;
    told.add(warning.message);
    onWarning(warning);
  };
}

/** What is told of the epochs of one target, with checkpoints of those that are fitted and of its own. */
function tellOf(target: string, onEpoch: Given["onEpoch"], fitted: readonly TargetModel[]): Options["onEpoch"] {
  if (typeof onEpoch !== "function") return onEpoch;
  return (epoch, save) =>
    onEpoch({ ...epoch, target }, async () => {
      const { table, ...own } = decodeModel("save", await save());
      const targets = [
        ...fitted.map((model) => savedTable(model, { resume: true, weights: undefined })),
        { ...own, table },
      ];
      return encodeTargets({ targets } as SavedTargets);
    });
}

/** The models of a checkpoint: those that were fitted, and the one that was being fitted. */
function decodeBegun(call: string, resume: unknown, targets: readonly string[]): readonly SavedModel[] {
  const saved = decodeFile(call, checkBytes(call, "resume", resume));
  const begun = "targets" in saved ? saved.targets : [];
  if (begun.length > 0 && begun.every(({ table }, t) => table.target === targets[t])) return begun;
  const got = begun.length > 0 ? show(begun.map(({ table }) => table.target)) : "a model of one target";
  throw new RangeError(
    `${call}: resume must be a checkpoint of a fit of the targets ${show(targets)}, got ${got}. Pass the target of that fit.`,
  );
}

/** The fit of several targets: the rows' columns are read once, and of each target a model is fitted, one after the other. */
import { decodeFile, decodeModel } from "../file/saved-model.js";
import { encodeModel, encodeTargets, MOST_TARGETS, type SavedModel, type SavedTargets } from "../file/write-model.js";
import { checkBytes, own, show } from "../ground/check.js";
import { once } from "../ground/once.js";
import { turn } from "../ground/turn.js";
import { readCells } from "./cells.js";
import { checkRowSlices } from "./check-row-slices.js";
import { checkMarkers } from "./column-options.js";
import type { Cells } from "./columns.js";
import type { Candidates, ReadCandidates } from "./cross-validation.js";
import { savedOf, type TargetModel, warningOf } from "./multi-target.js";
import { checkTable, checkTarget, type TableOptions } from "./options.js";
import { isRow } from "./table-rows.js";
import type { TableWarning } from "./table-warning.js";
import { NO_MARKERS, readTargets } from "./target-encoder.js";
import type { TargetEpoch } from "./target-options.js";

/** Options of one target's fit, those among them that may be given by target. */
type Options = TableOptions & { readonly classWeights?: unknown; readonly transform?: unknown };

/** Options of all targets' fits together. */
type Given = Omit<Options, "target" | "onEpoch"> & {
  readonly target: readonly string[];
  readonly onEpoch?: (epoch: TargetEpoch, save: () => Promise<Uint8Array<ArrayBuffer>>) => unknown;
};

const BY_TARGET = ["classWeights", "transform"] as const;

/**
 * Fits a model to each target. What is wrong with any target is told before the first is fitted. When the signal ends the fit, the
 * models of targets to come are those of fits that it ended before their first update.
 * @param read reads targets of one column
 * @param load makes the model of one target that a checkpoint holds
 * @param options a copy: they are read more than once
 */
export async function fitTargets<M extends TargetModel, S, T>(
  call: string,
  read: ReadCandidates<M, S, T>,
  load: (bytes: Uint8Array) => Promise<M>,
  rows: readonly object[],
  options: unknown,
): Promise<M[]> {
  const given = options as Given;
  const targets = await turn.run(checkTargets(call, rows, given));
  const { columns, missing = [], resume } = given;
  const begun = resume === undefined ? [] : decodeBegun(call, resume, targets);
  const cells = once<Cells>(async () => turn.run(readCells(call, rows, targets, columns, checkMarkers(call, missing))));
  const onWarning = tellOnce(given.onWarning);
  const optionsOf = (target: string) => {
    const told = onWarning && ((warning: TableWarning) => onWarning(warningOf(target, warning)));
    const { resume: _, ...others } = { ...given, ...byTarget(given, target), target, ...(told && { onWarning: told }) };
    return others;
  };
  const candidates: Candidates<M, S, T>[] = [];
  for (const target of targets) candidates.push(await read(call, rows, optionsOf(target) as T, cells));
  const models: M[] = [];
  for (const saved of begun.slice(0, -1)) models.push(await load(encodeModel(saved)));
  const goesOn = begun.length > 0 && { resume: encodeModel(begun[begun.length - 1]) };
  for (const [t, target] of targets.entries()) {
    if (t < models.length) continue;
    const further = { onEpoch: tellOf(target, given.onEpoch, models), ...(t === begun.length - 1 && goesOn) };
    models.push(await candidates[t].fit({ ...optionsOf(target), ...further } as T));
    // Its features and targets are of no more use.
    delete candidates[t];
  }
  return models;
}

/** The door: names of targets, each a column of the rows, and all other options. */
function* checkTargets(call: string, rows: readonly object[], given: Given): Generator<number, readonly string[]> {
  const { target: targets } = given;
  yield* checkTable(call, rows, { ...given, target: targets[0] ?? "" }, ["resume"], targets.length > 0);
  if (targets.length < 1 || targets.length > MOST_TARGETS) {
    throw new RangeError(`${call}: target must hold 1 to ${MOST_TARGETS} names of columns, got ${targets.length}.`);
  }
  for (const [t, target] of targets.entries()) {
    yield* checkTarget(call, rows, target);
    if (targets.indexOf(target) === t) continue;
    throw new RangeError(`${call}: target must name each column once, got ${show(target)} twice.`);
  }
  for (const name of BY_TARGET) checkByTarget(call, name, given[name], targets);
  const { validation } = given;
  if (validation === undefined || typeof validation === "number") return targets;
  // Else those of the last target would be missed when all others are fitted.
  const held = `${call}, validation`;
  yield* checkRowSlices(held, validation);
  for (const target of targets) yield* readTargets(held, validation, target, NO_MARKERS, () => 0);
  return targets;
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
      const targets = [...fitted.map((model) => savedOf(model, { resume: true })), { ...own, table }];
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

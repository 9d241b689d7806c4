/** A fitted table from a file. */
import { decodeFile } from "../file/saved-model.js";
import type { SavedModel, SavedTable } from "../file/write-model.js";
import { show } from "../ground/check.js";
import { MLP } from "../model/mlp.js";
import { readHeldFacts } from "./held-facts.js";
import type { TargetModel } from "./multi-target.js";
import { trainingOf } from "./online-training.js";
import { saveTable } from "./save-table.js";
import { readEncoder } from "./saved-encoder.js";
import type { TableParts } from "./table-parts.js";
import { isWarnings } from "./table-warning.js";
import type { TargetEncoder } from "./target-encoder.js";

const SEVERAL = "multi-label classifier";

/**
 * The model that a file holds, or that of several targets.
 * @param parseTarget makes the target's encoder of what the file keeps of it, or refuses that
 * @param create makes a model of its parts
 * @throws TypeError if `bytes` is no Uint8Array, Error if it is no whole, undamaged table of this kind
 */
export async function loadTable<E extends TargetEncoder, M extends TargetModel>(
  call: string,
  bytes: unknown,
  kind: SavedTable["kind"],
  parseTarget: (target: string, data: unknown) => E,
  create: (parts: TableParts<E, MLP<E["output"]>>) => M,
): Promise<unknown> {
  const saved = decodeFile(call, bytes);
  const load = async (own: SavedModel): Promise<M> => {
    // Of several labels a row other things are kept.
    if (kind !== "classifier" || own.table?.kind !== SEVERAL) {
      return create(await loadParts(call, own, kind, parseTarget));
    }
    const { readLabelList } = await import("./label-set-encoder.js");
    const parse = (target: string, labels: unknown) => readLabelList(call, target, labels);
    return create((await loadParts(call, own, SEVERAL, parse)) as never);
  };
  if (!("targets" in saved)) return load(saved);
  const models: M[] = [];
  for (const own of saved.targets) models.push(await load(own));
  const names = models.map(({ target }) => target);
  if (new Set(names).size < names.length) {
    throw new Error(`${call}: the file must hold targets of different names, got ${show(names)}.`);
  }
  const { modelOfTargets } = await import("./multi-target-models.js");
  return modelOfTargets(models);
}

/** The parts of a table that a file holds, checked against each other. */
async function loadParts<E extends TargetEncoder>(
  call: string,
  saved: SavedModel,
  kind: SavedTable["kind"],
  parseTarget: (target: string, data: unknown) => E,
): Promise<TableParts<E, MLP<E["output"]>>> {
  const { table, further = [] } = saved;
  if (table?.kind !== kind) {
    throw new Error(`${call}: the file must hold a ${kind}, got ${table ? `a ${table.kind}` : "a network alone"}.`);
  }
  const encoder = readEncoder(call, table.encoder);
  const targetEncoder = parseTarget(table.target, table.code);
  const ends = [encoder.width, targetEncoder.outputs, targetEncoder.output];
  for (const { design } of [saved, ...further]) {
    const { layers, output } = design;
    const given = [layers[0], layers[layers.length - 1], output];
    if (ends.join() === given.join()) continue;
    throw new Error(
      `${call}: the file must hold a network of inputs, outputs and output ${show(ends)}, got ${show(given)}.`,
    );
  }
  if (!saved.history) throw new Error(`${call}: the file must hold the history of a fit, got none.`);
  const { warnings = [] } = table;
  if (!isWarnings(warnings)) throw new Error(`${call}: the file must hold a list of warnings, got ${show(warnings)}.`);
  const levels = targetEncoder.output === "linear" ? targetEncoder.outputs : 1;
  const members = [await MLP.restore<E["output"]>(saved, call)];
  for (const member of further) members.push(await MLP.restore<E["output"]>(member, call));
  const held = readHeldFacts(call, table.held, levels, kind === SEVERAL);
  return { members, encoder, save: saveTable, trainingOf, targetEncoder, held, warnings };
}

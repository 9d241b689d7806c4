/** The fit of a table that goes on from a checkpoint. */
import { decodeModel } from "../file/saved-model.js";
import type { SavedModel, SavedTable, SaveOptions } from "../file/write-model.js";
import { checkBytes, show } from "../ground/check.js";
import type { Design } from "../net/design.js";
import type { TableOptions } from "./options.js";

/** A model that can be saved while it is fitted, and what tells it from others. */
export interface Checkpointed {
  readonly members: readonly Pick<Design, "layers" | "activation">[];
  save(options: SaveOptions): Uint8Array<ArrayBuffer>;
  saved(): SavedTable;
}

/**
 * A table whose fit was saved.
 * @throws TypeError if `bytes` is no Uint8Array; Error if it is no checkpoint
 */
export function decodeCheckpoint(call: string, bytes: unknown): SavedModel & { table: SavedTable } {
  const checkpoint = decodeModel(call, checkBytes(call, "resume", bytes));
  const { table, training, further = [] } = checkpoint;
  if (!table || !(further.at(-1)?.training ?? training)?.fit) {
    throw new Error(
      `${call}: resume must be a checkpoint of a table's fit, got ${table ? "a model without one" : "a network alone"}. Pass what save() gave inside onEpoch.`,
    );
  }
  return { ...checkpoint, table };
}

/** What the fit that goes on had settled, where the options leave it open. */
export function settingsOf<E extends { toJSON(): unknown }>(
  { design, table }: SavedModel & { table: SavedTable },
  targetEncoders: readonly E[],
  { hidden = design.layers.slice(1, -1) }: Pick<TableOptions, "hidden">,
): { hidden: readonly number[]; targetEncoder: E } {
  const isSaved = (targetEncoder: E) => JSON.stringify(targetEncoder) === JSON.stringify(table.code);
  return { hidden, targetEncoder: targetEncoders.find(isSaved) ?? targetEncoders[0] };
}

/**
 * Refuses a checkpoint of another table, or of more networks.
 * @param fresh as the rows and the options make the model
 * @param count how many networks it will have
 * @throws RangeError saying what differs
 */
export function checkCheckpoint(call: string, checkpoint: SavedModel, fresh: Checkpointed, count: number): void {
  const { table, further = [] } = checkpoint;
  checkSame(call, checkpoint, table as SavedTable, fresh);
  if (further.length >= count) {
    throw new RangeError(
      `${call}: resume must have ${count} networks at most, got ${further.length + 1}. Pass the ensemble of that fit.`,
    );
  }
}

/** Refuses rows or options that make another model; the network's fit compares the numbers of rows and of a batch, and more. */
function checkSame(
  call: string,
  { design: { layers, activation } }: SavedModel,
  { kind, target, encoder, code }: SavedTable,
  fresh: Checkpointed,
): void {
  const wanted = fresh.saved();
  const [net] = fresh.members;
  const parts: [name: string, saved: unknown, given: unknown][] = [
    ["kind of model", kind, wanted.kind],
    ["target", target, wanted.target],
    ["values of the target", code, wanted.code],
    ["columns", encoder, wanted.encoder],
    ["layers", layers, net.layers],
    ["activation", activation, net.activation],
  ];
  for (const [name, saved, given] of parts) {
    // As the file has it: plain JSON, in which the order of keys is fixed.
    if (JSON.stringify(saved) === JSON.stringify(given)) continue;
    const got = name === "columns" ? "rows that make others" : show(given);
    throw new RangeError(
      `${call}: resume must have the ${name} of the fit it goes on with, got ${got}. Pass the rows and options of that fit.`,
    );
  }
}

/** A checkpoint of a table's fit whose networks are fitted on other threads. */
import { decodeModel } from "../file/saved-model.js";
import { checkSave } from "../file/write-model.js";
import { encodeTable } from "../file/write-tables.js";
import { type Kept, savedTable } from "./saved-table.js";

/**
 * The bytes that `save` gives where the fit goes on here.
 * @param m which of the networks is being fitted: those before it are there
 * @param save gives the bytes of its own checkpoint
 */
export async function checkpointOf(
  model: Kept,
  m: number,
  save: () => Promise<Uint8Array<ArrayBuffer>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const { further: _, ...own } = decodeModel("save", await save());
  if (m === 0) return encodeTable({ ...own, table: model.saved() });
  const before = { members: model.members.slice(0, m), saved: () => model.saved() };
  const { further = [], ...first } = savedTable(before, checkSave({ resume: true }));
  return encodeTable({ ...first, further: [...further, own] });
}

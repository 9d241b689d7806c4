/** A checkpoint of a table's fit whose networks are fitted on other threads. */
import { decodeModel } from "../file/saved-model.js";
import { encodeModel } from "../file/write-model.js";
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
  const { net, encoder, members } = model;
  if (m === 0) return encodeModel({ ...own, table: model.saved(), asHalves: encoder.asHalves });
  const before = { net, encoder, members: members.slice(0, m), saved: () => model.saved() };
  const { further = [], ...first } = savedTable(before, { resume: true });
  return encodeModel({ ...first, further: [...further, own] });
}

/** What a file keeps of the model of a table. */
import type { AskedFile, SavedModel, SavedTable, WrittenNetwork } from "../file/write-model.js";

/** What is kept of it: a model of a table fits. */
export interface Kept {
  /** One at least. */
  readonly members: readonly { savedWith(asked: AskedFile): WrittenNetwork }[];
  saved(): SavedTable;
}

/** All its networks, and what it knows beside them. */
export function savedTable(model: Kept, asked: AskedFile): SavedModel & { table: SavedTable } {
  const [first, ...further] = model.members.map((member) => member.savedWith(asked));
  return { ...first, further, table: model.saved() };
}

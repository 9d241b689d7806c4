/** What a file keeps of the model of a table. */
import type { SavedModel, SavedTable, SaveOptions } from "../file/write-model.js";

/** What is kept of it: a model of a table fits. */
export interface Kept {
  readonly net: { savedWith(call: string, options: SaveOptions, further: readonly never[]): SavedModel };
  readonly members: readonly unknown[];
  readonly encoder: Pick<Required<SavedModel>, "asHalves">;
  saved(): SavedTable;
}

/** All its networks, and what it knows beside them. */
export function savedTable(model: Kept, options: SaveOptions): SavedModel & { table: SavedTable } {
  const further = model.members.slice(1) as never[];
  return { ...model.net.savedWith("save", options, further), table: model.saved(), asHalves: model.encoder.asHalves };
}

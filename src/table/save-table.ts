/** The file of a table's model. */
import { checkSave, type SaveOptions } from "../file/write-model.js";
import { encodeTable } from "../file/write-tables.js";
import { type Kept, savedTable } from "./saved-table.js";

export function saveTable(model: Kept, options: SaveOptions): Uint8Array<ArrayBuffer> {
  return encodeTable(savedTable(model, checkSave(options)));
}

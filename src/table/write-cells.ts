/** Cells of one column, of many rows, as features. */
import { type ColumnWriter, writeNumber, writeText } from "./cell-writer.js";
import type { ColumnCells } from "./columns.js";

/** Writes the features of one column, of the rows of these numbers, to rows of `out`, [rows, width], that hold zeros. */
export function writeCells(
  call: string,
  reader: ColumnWriter,
  cells: ColumnCells["cells"],
  rowNumbers: Uint32Array,
  out: Float32Array,
  width: number,
): void {
  for (let i = 0; i < rowNumbers.length; i++) {
    const r = rowNumbers[i];
    if (cells instanceof Float64Array) writeNumber(call, reader, r, cells[r], out, i * width);
    else writeText(reader, cells.vocabulary.text(cells.numbers[r]), out, i * width);
  }
}

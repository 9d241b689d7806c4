/** What a fit learns of columns, without the fit. */

import { order } from "../../src/ground/random.js";
import { runThrough } from "../../src/ground/turn.js";
import { readCells } from "../../src/table/cells.js";
import { checkMarkers, type EncoderOptions } from "../../src/table/column-options.js";
import type { Encoder } from "../../src/table/encoder.js";
import { learnEncoder as learnFromCells } from "../../src/table/learn-encoder.js";
import { checkRows } from "../../src/table/table-rows.js";
import { RowList } from "../../src/table/table-source.js";
import type { Guide } from "../../src/table/target-encoder.js";

/** Checks rows, reads them, and learns their columns from those of these numbers; with bins if there is a guide. */
export function learnEncoder(
  rows: object[],
  target: string,
  options: EncoderOptions = {},
  rowNumbers: Uint32Array = order(rows.length),
  guide?: Guide,
): Encoder {
  checkRows("fit", rows);
  const cells = runThrough(
    readCells("fit", new RowList(rows), target, options.columns, checkMarkers("fit", options.missing ?? [])),
  );
  return runThrough(learnFromCells("fit", cells, rowNumbers, options.maxCategories, undefined, guide));
}

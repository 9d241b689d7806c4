/** The columns of rows and what the rows count, read when they are first asked for, and once. */
import { once } from "../ground/once.js";
import { turn } from "../ground/turn.js";
import type { SharedReading } from "./candidates.js";
import { columnsOf, readCells } from "./cells.js";
import { checkMarkers, type EncoderOptions } from "./column-options.js";
import type { Cells } from "./columns.js";
import { readWeights, type Weights } from "./row-weights.js";
import type { TableSource } from "./table-source.js";
import type { Target } from "./target-names.js";

/** The options that say how. */
interface Given extends Pick<EncoderOptions, "columns" | "missing"> {
  readonly target: Target;
  readonly weights?: Weights;
}

/** @throws TypeError, RangeError on markers that are none; when it is read, naming the row and the column of what does not fit */
export function shareReading(call: string, rows: TableSource, options: Given): SharedReading {
  const { target, weights, missing = [] } = options;
  const markers = checkMarkers(call, missing);
  const own = once(async () => ({ weights: await turn.run(readWeights(call, rows, weights)) }));
  return {
    cells: once<Cells>(async () => turn.run(readCells(call, rows, target, columnsOf(options), markers))),
    weights: async () => (await own()).weights,
  };
}

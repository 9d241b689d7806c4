/** A table whose rows were read: its columns learned, its rows encoded, as often as a fit asks. */
import { fillSlices } from "../ground/slices.js";
import { turn } from "../ground/turn.js";
import { checkRowSlices } from "./check-row-slices.js";
import type { Cells } from "./columns.js";
import type { Encoder } from "./encoder.js";
import { warnOfFar, warnOfFarTargets } from "./far-values.js";
import type { EncodedRows, LearnedColumns } from "./fit-work.js";
import { learnEncoder } from "./learn-encoder.js";
import { FeatureRooms, featuresOfRows } from "./made-features.js";
import type { TableOptions } from "./options.js";
import type { Purpose } from "./part-rows.js";
import { pickWeights, readWeights } from "./row-weights.js";
import { StoredRows } from "./stored-rows.js";
import { RowList } from "./table-source.js";
import type { TargetCells, TargetEncoder } from "./target-encoder.js";
import { warnOfColumns, warnOfTargets } from "./warnings.js";

/** Cells and targets of all rows. */
export class TableReading<E extends TargetEncoder> {
  private readonly rooms: FeatureRooms;

  constructor(
    private readonly call: string,
    private readonly cells: Cells,
    private readonly targets: TargetCells<E>,
    /** By row what it counts, if rows do not count alike. */
    private readonly weights?: Float64Array,
    /** Whether several models are fitted at once, to which no room can belong. */
    isShared = false,
  ) {
    this.rooms = new FeatureRooms(cells, isShared);
  }

  /** Features and targets of some of the rows. */
  async encode(encoder: Encoder, rowNumbers: Uint32Array, purpose: Purpose): Promise<EncodedRows> {
    const x = await this.rooms.encode(this.call, encoder, rowNumbers, purpose);
    return { x, ...(await this.lookUp(rowNumbers)) };
  }

  /** Targets of some of the rows, and what these count. */
  private async lookUp(rowNumbers: Uint32Array): Promise<Omit<EncodedRows, "x">> {
    const { targets } = this.targets;
    const own = new Float64Array(rowNumbers.length);
    const weights = await turn.run(pickWeights(this.weights, rowNumbers));
    return { targets: await turn.run(fillSlices(own, (i) => targets[rowNumbers[i]])), ...(weights && { weights }) };
  }

  /** What some of the rows teach of the columns. */
  async learn(
    options: TableOptions<E["output"]>,
    rowNumbers: Uint32Array,
    targetEncoder: E,
  ): Promise<Omit<LearnedColumns<E, unknown, unknown>, "create"> & { encoder: Encoder }> {
    const { call, cells, weights } = this;
    const { targets } = this.targets;
    const strictTarget = options.strict ? cells.target : undefined;
    // What bins are cut by: the values, or the ids of as many classes as there are outputs.
    const classes = targetEncoder.output === "softmax" ? targetEncoder.outputs : undefined;
    const guide = this.targets.guide ?? { targets, classes };
    const { maxCategories } = options;
    const encoder = await turn.run(learnEncoder(call, cells, rowNumbers, maxCategories, strictTarget, guide, weights));
    const warnings = [
      ...warnOfColumns(cells.columns, encoder.columns),
      ...(await turn.run(warnOfFar(cells.columns, encoder.columns))),
      ...warnOfTargets(targetEncoder, this.targets),
      ...(await turn.run(warnOfFarTargets(targetEncoder, targets))),
    ];
    return {
      encoder,
      width: encoder.width,
      warnings,
      sent: { cells, encoder },
      encode: (own, purpose) => this.encode(encoder, own, purpose),
      lookUp: (own) => this.lookUp(own),
      features: (own, purpose) => this.rooms.encode(call, encoder, own, purpose),
      encodeOthers: (rows) => encodeOthers(`${call}, validation`, encoder, targetEncoder, rows, options.weights),
    };
  }
}

/** Validation rows that are no rows of the table. */
async function encodeOthers(
  call: string,
  encoder: Encoder,
  targetEncoder: TargetEncoder,
  given: unknown,
  weights: TableOptions["weights"],
): Promise<EncodedRows> {
  if (!(given instanceof StoredRows)) await turn.run(checkRowSlices(call, given));
  const rows = given as StoredRows | readonly object[];
  const columns = rows instanceof StoredRows ? rows : new RowList(rows);
  const targets = await turn.run(targetEncoder.read(call, columns, encoder.markers));
  const own = typeof weights === "string" ? await turn.run(readWeights(call, columns, weights)) : undefined;
  return { x: await turn.run(featuresOfRows(call, encoder, rows)), targets, ...(own && { weights: own.counts }) };
}

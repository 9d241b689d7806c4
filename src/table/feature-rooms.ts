/** Features of rows of a table, where they lie, and how they are made: on whichever thread its cells are. */
import type { RowMaker } from "../data/row-maker.js";
import { turn } from "../ground/turn.js";
import type { Cells } from "./columns.js";
import type { Encoder } from "./encoder.js";
import { clearRoom, encodeCells } from "./learn-encoder.js";
import { MadeFeatures, ROOM } from "./made-features.js";
import type { Purpose } from "./part-rows.js";

export class FeatureRooms {
  /** By what they are for: those of a fit that has ended make room for the next. */
  private readonly rooms = new Map<Purpose, Float32Array>();

  /** @param isShared whether several fits are made at once: then each has rooms of its own */
  constructor(
    private readonly cells: Cells,
    private readonly isShared = false,
  ) {}

  /** Those of some rows: written, or what makes them where they would take too much memory. */
  async encode(
    call: string,
    encoder: Encoder,
    rowNumbers: Uint32Array,
    purpose: Purpose,
  ): Promise<Float32Array | RowMaker> {
    const { cells, isShared } = this;
    const length = rowNumbers.length * encoder.width;
    if (length > ROOM.most) return new MadeFeatures(call, encoder, cells, rowNumbers);
    const rooms = isShared ? new Map<Purpose, Float32Array>() : this.rooms;
    const room = await turn.run(clearRoom(rooms, purpose, length));
    return turn.run(encodeCells(call, encoder, cells, rowNumbers, room));
  }
}

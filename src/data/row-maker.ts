/** Inputs that are made when they are asked for: those of all rows at once would take too much memory. */

export interface RowMaker {
  readonly rows: number;
  /** Numbers a row. */
  readonly inputs: number;
  /**
   * Writes rows `from .. from+count`, or of a list of row numbers those, [count, inputs], over whatever `out` holds: finite numbers, the
   * same each time.
   */
  make(out: Float32Array, from: number, count: number, indices?: Uint32Array): void;
}

export const isMaker = (x: object): x is RowMaker => "make" in x;

/** Inputs of rows, however they are there. */
export type Inputs = Float32Array | Uint8Array | RowMaker;

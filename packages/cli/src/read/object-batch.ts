/** Rows that come as objects: of JSON, JSON lines and Parquet. */
import type { Batch, CellSink, Use } from "./batch.js";

/** A row, and where it comes from. */
export interface FoundRow {
  readonly row: object;
  readonly raw?: string;
  readonly place: string;
}

export class ObjectBatch implements Batch {
  constructor(private readonly found: readonly FoundRow[]) {}

  get size(): number {
    return this.found.length;
  }

  place(row: number): string {
    return this.found[row].place;
  }

  raw(row: number): string | undefined {
    return this.found[row].raw;
  }

  /** All of their cells: what a model does not read it does not look at. */
  objects(_useOf: (name: string) => Use): object[] {
    return this.found.map(({ row }) => row);
  }

  store(sink: CellSink): void {
    for (const { row } of this.found) {
      for (const [name, value] of Object.entries(row)) sink.put(sink.place(name), value);
      sink.endRow();
    }
  }
}

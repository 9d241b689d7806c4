/** Rows of objects on their way to another thread, slice by slice: names once a slice, then the values of all its rows. */
import type { Listed } from "../ground/long-list.js";
import { isRow } from "../table/table-rows.js";
import { type Packed, pack, unpack } from "./packed.js";

/** Some rows. */
export interface RowSlice {
  readonly kind: "rows";
  /** Rows to train on, or those to score. */
  readonly list: "rows" | "validation";
  /** Names of properties, and for each row which of these lists is its own: -1 for what is no row. */
  readonly shapes: (readonly string[])[];
  readonly shapeOf: number[];
  /** Values row after row, by the names of their shapes; in the place of one that does not travel as it is nothing. */
  readonly values: unknown[];
  readonly odd: [place: number, value: Packed][];
}

/** How many values, or characters of texts, make a slice; it ends with a row. */
const VALUES = 4096;
const CHARACTERS = 2 ** 16;

/** What there is to know of a table when its rows are read. */
export interface Reading {
  readonly target: unknown;
  /** Whether the values of a column are never asked for. */
  readonly isIgnored: (name: string) => boolean;
}

/** Reads rows as a fit in process reads them: own properties alone, and those of ignored columns not at all. */
export function* sliceRows(list: RowSlice["list"], rows: Listed<unknown>, reading: Reading): Generator<RowSlice> {
  for (let from = 0; from < rows.length; ) {
    const writer = new SliceWriter(list, reading);
    while (from < rows.length && !writer.isFull) writer.add(rows.at(from++));
    yield writer.slice;
  }
}

/** Names of properties that rows have, and what they mean here. */
interface Shape {
  readonly number: number;
  readonly names: readonly string[];
  readonly isIgnored: readonly boolean[];
  /** Targets that are not among them. */
  readonly missing: readonly string[];
}

class SliceWriter {
  readonly slice: RowSlice;
  private characters = 0;
  /** That of the row before, which is most often that of the next one too. */
  private latestShape: Shape | undefined;
  private readonly knownShapes = new Map<string, Shape>();
  private readonly targets: readonly string[];

  constructor(
    list: RowSlice["list"],
    private readonly reading: Reading,
  ) {
    this.targets = [reading.target].flat().filter((target) => typeof target === "string");
    this.slice = { kind: "rows", list, shapes: [], shapeOf: [], values: [], odd: [] };
  }

  get isFull(): boolean {
    const { values, shapeOf } = this.slice;
    return values.length + shapeOf.length >= VALUES || this.characters >= CHARACTERS;
  }

  add(row: unknown): void {
    const { shapeOf } = this.slice;
    if (!isRow(row)) {
      shapeOf.push(-1);
      this.put(row);
      return;
    }
    let shape = this.shapeFor(Object.keys(row));
    // A target is read wherever it is the row's own, listed or not.
    const further = shape.missing.filter((target) => Object.hasOwn(row, target));
    if (further.length > 0) shape = this.shapeFor([...shape.names, ...further]);
    shapeOf.push(shape.number);
    const { names, isIgnored } = shape;
    for (let i = 0; i < names.length; i++) {
      this.put(isIgnored[i] ? undefined : (row as Record<string, unknown>)[names[i]]);
    }
  }

  private shapeFor(names: readonly string[]): Shape {
    if (this.latestShape && isEqual(names, this.latestShape.names)) return this.latestShape;
    const key = JSON.stringify(names);
    const shape = this.knownShapes.get(key) ?? this.newShape(key, names);
    this.latestShape = shape;
    return shape;
  }

  private newShape(key: string, names: readonly string[]): Shape {
    const { targets } = this;
    const number = this.slice.shapes.push(names) - 1;
    const missing = targets.filter((target) => !names.includes(target));
    const shape = { number, names, isIgnored: names.map(this.reading.isIgnored), missing };
    this.knownShapes.set(key, shape);
    this.characters += key.length;
    return shape;
  }

  private put(value: unknown): void {
    const { values, odd } = this.slice;
    const type = typeof value;
    if (type === "string") this.characters += (value as string).length;
    else if ((type === "object" && value !== null) || type === "function" || type === "symbol") {
      const packed = pack(value);
      // Dates travel as they are.
      if (packed[0] !== "plain") {
        odd.push([values.length, packed]);
        values.push(undefined);
        return;
      }
    }
    values.push(value);
  }
}

function isEqual(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The rows of a slice as objects. */
export function readSlice({ shapes, shapeOf, values, odd }: RowSlice): unknown[] {
  for (const [place, value] of odd) values[place] = unpack(value);
  let at = 0;
  return shapeOf.map((shape) => {
    if (shape < 0) return values[at++];
    const row: Record<string, unknown> = {};
    for (const name of shapes[shape]) {
      const value = values[at++];
      if (name !== "__proto__") row[name] = value;
      else Object.defineProperty(row, name, { value, enumerable: true, configurable: true, writable: true });
    }
    return row;
  });
}

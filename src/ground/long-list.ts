/**
 * A list that grows by pieces: nothing is moved, where an array of a million items takes milliseconds to be moved at once. Numbers
 * lie side by side, where an array that once held something else keeps a million small things for the collector to look after.
 */

/** Items of a piece: engines keep so many with other small things. */
const PIECE = 2 ** 13;

/** Numbers that a list has room for at first. */
const FEW = 16;

export class LongList<T> {
  length = 0;
  /** Those of numbers alone are arrays of numbers. */
  private readonly pieces: (T[] | Float64Array)[] = [];

  push(item: T): void {
    const { pieces } = this;
    const last = Math.floor(this.length / PIECE);
    const place = this.length++ % PIECE;
    if (place === 0 && !(pieces[last] instanceof Float64Array)) {
      pieces[last] = typeof item === "number" ? new Float64Array(FEW) : [];
    }
    const piece = pieces[last];
    if (!(piece instanceof Float64Array)) piece.push(item);
    else if (typeof item === "number") {
      if (place === piece.length) pieces[last] = lengthened(piece);
      (pieces[last] as Float64Array)[place] = item;
    } else pieces[last] = [...(piece.subarray(0, place) as Iterable<T>), item];
  }

  /** Holds nothing any more, and keeps the memory of numbers for the next ones. */
  clear(): void {
    this.length = 0;
  }

  /** @param i below `length` */
  at(i: number): T {
    return this.pieces[Math.floor(i / PIECE)][i % PIECE] as T;
  }

  /** @param i below `length`, of a list of numbers alone */
  set(i: number, item: T & number): void {
    this.pieces[Math.floor(i / PIECE)][i % PIECE] = item;
  }
}

function lengthened(numbers: Float64Array): Float64Array {
  const longer = new Float64Array(2 * numbers.length);
  longer.set(numbers);
  return longer;
}

/** What an array and a long list have in common. */
export interface Listed<T> {
  readonly length: number;
  at(i: number): T | undefined;
}

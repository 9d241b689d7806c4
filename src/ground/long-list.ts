/** A list that grows by pieces: nothing is moved, where an array of a million items takes milliseconds to be moved at once. */

/** Items of a piece: engines keep so many with other small things. */
const PIECE = 2 ** 13;

export class LongList<T> {
  length = 0;
  private readonly pieces: T[][] = [];

  push(item: T): void {
    const place = this.length++ % PIECE;
    if (place === 0) this.pieces.push([item]);
    else this.pieces[this.pieces.length - 1].push(item);
  }

  /** @param i below `length` */
  at(i: number): T {
    return this.pieces[Math.floor(i / PIECE)][i % PIECE];
  }

  /** @param i below `length` */
  set(i: number, item: T): void {
    this.pieces[Math.floor(i / PIECE)][i % PIECE] = item;
  }
}

/** What an array and a long list have in common. */
export interface Listed<T> {
  readonly length: number;
  at(i: number): T | undefined;
}

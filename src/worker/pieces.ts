/**
 * Arrays on their way to another thread, in pieces: a message with all of a large one would be written at once, and the
 * thread that sends could do nothing else meanwhile. What is sent is a copy; the thread that receives allocates each array
 * once.
 */

import { LongList } from "../ground/long-list.js";

/** What travels in pieces. */
export type Numbers = Float32Array | Float64Array | Uint8Array | Uint32Array;

/** A part of an array. */
export interface Piece {
  readonly kind: "piece";
  /** Which array, counted from 0, and how long it is. */
  readonly array: number;
  readonly length: number;
  /** Where in it these numbers belong. */
  readonly from: number;
  readonly numbers: Numbers;
}

/** Some texts of a list. */
export interface TextPiece {
  readonly kind: "texts";
  /** Which list, counted from 0. */
  readonly list: number;
  readonly texts: readonly string[];
}

/** Bytes of a piece: what slow machines, where fresh memory costs more than the copy, copy in a millisecond or two. */
export const PIECE = 2 ** 18;

/** Arrays to be sent. */
export class Outbox {
  private readonly arrays: Numbers[] = [];

  /** Takes an array, which is copied when its turn comes; returns the number by which it is known on the other side. */
  add(array: Numbers): number {
    return this.arrays.push(array) - 1;
  }

  /**
   * Copies the arrays, piece after piece.
   * @throws RangeError if one has become shorter, as an array does whose memory was given to another thread
   */
  *pieces(call: string): Generator<Piece> {
    // All at once: what is added later would not be sent.
    const lengths = this.arrays.map(({ length }) => length);
    for (const [array, whole] of this.arrays.entries()) {
      const length = lengths[array];
      const atATime = PIECE / whole.BYTES_PER_ELEMENT;
      for (let from = 0; from === 0 || from < length; from += atATime) {
        if (whole.length !== length)
          throw changedWhileSent(call, `${length} numbers until they are sent`, whole.length);
        yield { kind: "piece", array, length, from, numbers: whole.slice(from, from + atATime) };
      }
    }
  }
}

/** Refuses data that was changed while it was sent. */
export function changedWhileSent(call: string, wanted: string, got: unknown): RangeError {
  return new RangeError(`${call}: data must keep its ${wanted}, got ${got}. Change a copy, not a dataset in use.`);
}

/** Arrays that have arrived. */
export class Inbox {
  private readonly arrays: Numbers[] = [];
  private readonly lists: LongList<string>[] = [];

  receive({ array, length, from, numbers }: Piece): void {
    this.arrays[array] ??= new (numbers.constructor as new (length: number) => Numbers)(length);
    this.arrays[array].set(numbers, from);
  }

  receiveTexts({ list, texts }: TextPiece): void {
    this.lists[list] ??= new LongList();
    for (const text of texts) this.lists[list].push(text);
  }

  /** The list of this number, which is not kept here either. */
  takeTexts(list: number): LongList<string> {
    const whole = this.lists[list] ?? new LongList();
    delete this.lists[list];
    return whole;
  }

  /** The array of this number, which is not kept here any longer. */
  take<T extends Numbers>(array: number): T {
    const whole = this.arrays[array] as T;
    delete this.arrays[array];
    return whole;
  }
}

/** Different texts and how often each occurs: of a million rows, too, without a pause. */
import { LongList } from "../ground/long-list.js";

/** So many texts are found by one map; as it grows, all of it is moved at once, which takes a millisecond here. */
const FIRST = 2 ** 13;
/** The others are found by 2⁸ maps. */
const OTHERS = 8;

/** Different texts, numbered in the order in which they first came. */
export class Vocabulary {
  private readonly texts = new LongList<string>();
  private readonly first = new Map<string, number>();
  private readonly others: Map<string, number>[] = [];

  get size(): number {
    return this.texts.length;
  }

  /** @param number below `size` */
  text(number: number): string {
    return this.texts.at(number);
  }

  /** The number of a text, `size` up to now if it is new. */
  number(text: string): number {
    const known = this.first.get(text);
    if (known !== undefined) return known;
    const { size } = this;
    const map = size < FIRST ? this.first : this.otherMap(text);
    const number = map.get(text) ?? size;
    if (number < size) return number;
    map.set(text, number);
    this.texts.push(text);
    return number;
  }

  /** Which of the other maps a text is in: as its beginning and its end say. */
  private otherMap(text: string): Map<string, number> {
    const { length } = text;
    let hash = length;
    for (let i = 0; i < 8 && i < length; i++) hash = Math.imul(hash, 31) + text.charCodeAt(i);
    for (let i = Math.max(8, length - 8); i < length; i++) hash = Math.imul(hash, 31) + text.charCodeAt(i);
    const place = Math.imul(hash, 0x9e3779b1) >>> (32 - OTHERS);
    this.others[place] ??= new Map();
    return this.others[place];
  }
}

/** How many rows have a text, and the first of them. */
export interface Told {
  readonly count: number;
  readonly row: number;
}

/** Texts, in how many rows each is, and the first of these rows. */
export class Tally {
  private readonly vocabulary = new Vocabulary();
  private readonly counts = new LongList<number>();
  private readonly rows = new LongList<number>();

  get size(): number {
    return this.counts.length;
  }

  add(text: string, { count, row }: Told): void {
    const number = this.vocabulary.number(text);
    if (number < this.size) this.counts.set(number, this.counts.at(number) + count);
    else {
      this.counts.push(count);
      this.rows.push(row);
    }
  }

  /** In the order in which they were first added. */
  *[Symbol.iterator](): Generator<[text: string, told: Told]> {
    for (let i = 0; i < this.size; i++) {
      yield [this.vocabulary.text(i), { count: this.counts.at(i), row: this.rows.at(i) }];
    }
  }
}

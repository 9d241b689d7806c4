/**
 * The values of one column as they came, row after row, before it is known what they are: nothing of them is lost, and they take four
 * bytes each where they are texts of a vocabulary or numbers that float32 has, eight where they are other numbers. Texts that numbers
 * are written as ("3.5", "10.00") are kept as these numbers: a million of them differ.
 */
import type { Listed } from "../ground/long-list.js";
import { LongList } from "../ground/long-list.js";
import { Vocabulary } from "./vocabulary.js";

/** Rows of a piece: none is moved once it is full. Smaller ones the machine would not give back once a column is taken. */
const PIECE = 2 ** 16;

/** Rows that a column has room for at first. */
const FEW = 16;

/** What a number stands for. */
const KINDS = {
  absent: 0,
  undefined: 1,
  null: 2,
  false: 3,
  true: 4,
  number: 5,
  /** A text: the shortest one that says the number. */
  numeral: 6,
  bigint: 7,
  date: 8,
  /** A text of the vocabulary. */
  text: 9,
  /** What no column can hold, to be refused by its row: one of a list. */
  other: 10,
  /** A text: the number with so many decimals, less this. */
  fixed: 11,
} as const;
const MOST_DECIMALS = 20;
/** Those whose number says nothing. */
const BARE = KINDS.true;

/** A piece that is full. */
interface Piece {
  /** None if none says anything. */
  readonly numbers: Float64Array | Float32Array | undefined;
  /** One for all rows if they are alike. */
  readonly kinds: Uint8Array | number;
}

const ABSENT: Piece = { numbers: undefined, kinds: KINDS.absent };

const { getTime } = Date.prototype;

/** The time of a date; undefined for what is none, or one of another realm or class, which errors may tell of by another name. */
function timeOf(value: unknown): number | undefined {
  if (typeof value !== "object" || Object.getPrototypeOf(value) !== Date.prototype) return undefined;
  try {
    return getTime.call(value);
  } catch {
    return undefined;
  }
}

export class ValueColumn implements Listed<unknown> {
  /** Rows so far; beyond the last that has the column its values are undefined. */
  private filled = 0;
  private readonly pieces: Piece[] = [];
  /** Of the piece that is being filled. */
  private numbers = new Float64Array(FEW);
  private kinds = new Uint8Array(FEW);
  private areAlike = true;
  private areBare = true;
  /** Whether float32 has all of its numbers. */
  private areShort = true;
  private readonly vocabulary = new Vocabulary();
  private readonly others = new LongList<unknown>();

  /** @param table whose rows these are */
  constructor(
    readonly name: string,
    private readonly table: { readonly length: number },
  ) {}

  get length(): number {
    return this.table.length;
  }

  /** Whether the row has a value so far. */
  has(row: number): boolean {
    return row < this.filled && this.kindAt(row) !== KINDS.absent;
  }

  at(row: number): unknown {
    if (row >= this.filled) return undefined;
    const piece = Math.floor(row / PIECE);
    const place = row % PIECE;
    const numbers = piece < this.pieces.length ? this.pieces[piece].numbers : this.numbers;
    return this.valueOf(this.kindAt(row), numbers === undefined ? 0 : numbers[place]);
  }

  /** @param row after all rows so far: those in between lack the column */
  set(row: number, value: unknown): void {
    while (this.filled < row) {
      const isWhole = this.filled % PIECE === 0 && row - this.filled >= PIECE;
      if (isWhole) {
        this.pieces.push(ABSENT);
        this.filled += PIECE;
      } else this.put(KINDS.absent, 0);
    }
    if (typeof value === "number") this.put(KINDS.number, value);
    else if (typeof value === "string") this.putText(value);
    else if (typeof value === "boolean") this.put(value ? KINDS.true : KINDS.false, 0);
    else if (value === undefined) this.put(KINDS.undefined, 0);
    else if (value === null) this.put(KINDS.null, 0);
    else if (typeof value === "bigint" && Number.isSafeInteger(Number(value))) this.put(KINDS.bigint, Number(value));
    else this.putObject(value);
  }

  private putObject(value: unknown): void {
    const time = timeOf(value);
    if (time !== undefined) this.put(KINDS.date, time);
    else {
      this.others.push(value);
      this.put(KINDS.other, this.others.length - 1);
    }
  }

  private putText(text: string): void {
    const first = text.charCodeAt(0);
    // A digit or a sign.
    const number = (first >= 48 && first <= 57) || first === 45 ? Number(text) : Number.NaN;
    const decimals = text.length - 1 - text.indexOf(".");
    if (String(number) === text) this.put(KINDS.numeral, number);
    else if (decimals <= MOST_DECIMALS && number.toFixed(decimals) === text) this.put(KINDS.fixed + decimals, number);
    else this.put(KINDS.text, this.vocabulary.number(text));
  }

  private put(kind: number, number: number): void {
    const place = this.filled++ % PIECE;
    if (place === this.numbers.length) this.grow();
    if (place === 0) [this.areAlike, this.areBare, this.areShort] = [true, true, true];
    this.numbers[place] = number;
    this.kinds[place] = kind;
    if (kind !== this.kinds[0]) this.areAlike = false;
    if (kind > BARE) this.areBare = false;
    // Of -0 it is -0.
    if (Math.fround(number) !== number && !Number.isNaN(number)) this.areShort = false;
    if (place === PIECE - 1) this.close();
  }

  private grow(): void {
    const { numbers, kinds } = this;
    this.numbers = new Float64Array(2 * numbers.length);
    this.numbers.set(numbers);
    this.kinds = new Uint8Array(2 * kinds.length);
    this.kinds.set(kinds);
  }

  /** Sets a full piece aside, as small as it gets, at once: all columns may do so in the same row. */
  private close(): void {
    const { numbers, kinds, areAlike, areBare, areShort } = this;
    const kept = areShort ? new Float32Array(numbers) : numbers;
    this.pieces.push({ numbers: areBare ? undefined : kept, kinds: areAlike ? kinds[0] : kinds });
    if (!areShort) this.numbers = new Float64Array(PIECE);
    if (!areAlike) this.kinds = new Uint8Array(PIECE);
  }

  private kindAt(row: number): number {
    const piece = Math.floor(row / PIECE);
    const kinds = piece < this.pieces.length ? this.pieces[piece].kinds : this.kinds;
    return typeof kinds === "number" ? kinds : kinds[row % PIECE];
  }

  private valueOf(kind: number, number: number): unknown {
    switch (kind) {
      case KINDS.absent:
      case KINDS.undefined:
        return undefined;
      case KINDS.null:
        return null;
      case KINDS.false:
      case KINDS.true:
        return kind === KINDS.true;
      case KINDS.number:
        return number;
      case KINDS.numeral:
        return String(number);
      case KINDS.bigint:
        return BigInt(number);
      case KINDS.date:
        return new Date(number);
      case KINDS.text:
        return this.vocabulary.text(number);
      case KINDS.other:
        return this.others.at(number);
      default:
        return number.toFixed(kind - KINDS.fixed);
    }
  }
}

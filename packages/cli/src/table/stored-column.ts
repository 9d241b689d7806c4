/** The cells of a column for training: numbers in typed arrays, texts once each. Nothing of them is lost. */
import { NumeralReader, numeralText } from "../read/numerals.js";

/** Rows of a piece: none is moved once it is full. */
const PIECE = 2 ** 16;

/** Rows that a column has room for at first. */
const FEW = 256;

/** What a number stands for; from `numeral` on a text, the number with so many decimals. */
const KIND = {
  absent: 0,
  null: 1,
  false: 2,
  true: 3,
  number: 4,
  bigint: 5,
  date: 6,
  empty: 7,
  text: 8,
  other: 9,
  numeral: 10,
} as const;

/** Texts of a map at most: engines have no larger ones. A text that comes again later is then kept again. */
const MOST_FOUND = 2 ** 23;

export class StoredColumn {
  /** Rows so far. */
  length = 0;
  private readonly numbers: Float64Array[] = [];
  private readonly kinds: Uint8Array[] = [];
  private readonly texts: string[] = [];
  private places = new Map<string, number>();
  private readonly others: unknown[] = [];
  private readonly numerals = new NumeralReader();
  /** Whether all cells are empty or numerals, and two of them differ. */
  private isPlain = true;
  private first = Number.NaN;
  private varies = false;

  /** A text that is `start` to `end` of another. */
  putSlice(text: string, start: number, end: number): void {
    const number = this.numerals.read(text, start, end);
    if (start === end) this.add(KIND.empty, 0);
    else if (Number.isNaN(number)) this.putText(text.slice(start, end));
    else this.add(KIND.numeral + this.numerals.decimals, number);
  }

  put(value: unknown): void {
    if (typeof value === "string") this.putSlice(value, 0, value.length);
    else if (typeof value === "number") this.add(KIND.number, value);
    else if (typeof value === "boolean") this.add(value ? KIND.true : KIND.false, 0);
    else if (value === null) this.add(KIND.null, 0);
    else if (value === undefined) this.add(KIND.absent, 0);
    else if (typeof value === "bigint" && Number.isSafeInteger(Number(value))) this.add(KIND.bigint, Number(value));
    else if (value instanceof Date) this.add(KIND.date, value.getTime());
    else this.add(KIND.other, this.others.push(value) - 1);
  }

  /** Leaves rows without a cell up to one. */
  skipTo(row: number): void {
    while (this.length < row) this.add(KIND.absent, 0);
  }

  /** The cell of a row as it came; undefined where the row has none. */
  at(row: number): unknown {
    if (row >= this.length) return undefined;
    const number = this.numbers[Math.floor(row / PIECE)][row % PIECE];
    const kind = this.kinds[Math.floor(row / PIECE)][row % PIECE];
    switch (kind) {
      case KIND.absent:
        return undefined;
      case KIND.null:
        return null;
      case KIND.false:
      case KIND.true:
        return kind === KIND.true;
      case KIND.number:
        return number;
      case KIND.bigint:
        return BigInt(number);
      case KIND.date:
        return new Date(number);
      case KIND.empty:
        return "";
      case KIND.text:
        return this.texts[number];
      case KIND.other:
        return this.others[number];
      default:
        return numeralText(number, kind - KIND.numeral);
    }
  }

  /** As {@link at}, numerals as the numbers that they are: whoever reads numbers reads the same, without a text being made. */
  numberAt(row: number): unknown {
    if (row >= this.length) return undefined;
    const kind = this.kinds[Math.floor(row / PIECE)][row % PIECE];
    return kind >= KIND.numeral ? this.numbers[Math.floor(row / PIECE)][row % PIECE] : this.at(row);
  }

  /** Of how many cells there are which: numerals are numbers; what is absent, null or empty counts as none. */
  counts(): { numbers: number; texts: number; booleans: number; others: number } {
    const found = { numbers: 0, texts: 0, booleans: 0, others: 0 };
    for (let row = 0; row < this.length; row++) {
      const kind = this.kinds[Math.floor(row / PIECE)][row % PIECE];
      if (kind === KIND.number || kind === KIND.bigint || kind >= KIND.numeral) found.numbers++;
      else if (kind === KIND.text) found.texts++;
      else if (kind === KIND.true || kind === KIND.false) found.booleans++;
      else if (kind === KIND.date || kind === KIND.other) found.others++;
    }
    return found;
  }

  /** Whether {@link numberAt} says all that there is to say: no text stands beside the numerals. */
  get hasOnlyNumerals(): boolean {
    return this.isPlain && this.varies;
  }

  private putText(text: string): void {
    let place = this.places.get(text);
    if (place === undefined) {
      if (this.places.size >= MOST_FOUND) this.places = new Map();
      // Of its own: a slice would keep all of what it was cut from.
      const own = Buffer.from(text).toString();
      place = this.texts.push(own) - 1;
      this.places.set(own, place);
    }
    this.add(KIND.text, place);
  }

  private add(kind: number, number: number): void {
    const place = this.length % PIECE;
    const last = Math.floor(this.length / PIECE);
    if (place === 0 || place === this.numbers[last].length) this.grow(last, place);
    this.numbers[last][place] = number;
    this.kinds[last][place] = kind;
    this.length++;
    if (kind >= KIND.numeral) {
      if (number !== this.first && !Number.isNaN(this.first)) this.varies = true;
      this.first = number;
    } else if (kind !== KIND.empty) this.isPlain = false;
  }

  /** Makes room: a new piece, or of a table of few rows a larger one. */
  private grow(last: number, place: number): void {
    const room = last > 0 ? PIECE : Math.max(FEW, 2 * place);
    const [numbers, kinds] = [new Float64Array(room), new Uint8Array(room)];
    if (place > 0) {
      numbers.set(this.numbers[last]);
      kinds.set(this.kinds[last]);
    }
    this.numbers[last] = numbers;
    this.kinds[last] = kinds;
  }

  /** Forgets all cells: they were read for the last time. */
  clear(): void {
    this.numbers.length = 0;
    this.kinds.length = 0;
    this.texts.length = 0;
    this.places.clear();
    this.others.length = 0;
    this.length = 0;
  }
}

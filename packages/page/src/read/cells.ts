/** The cells of one column as they come: numbers as long as all of them are plain numerals, else texts. */

const [MINUS, POINT, ZERO] = [45, 46, 48];

/** Digits that a double always holds: the text can be made from the number again. */
const MOST_DIGITS = 15;

const POWERS = Float64Array.from({ length: MOST_DIGITS + 1 }, (_, power) => Number(`1e${power}`));

/** Texts that come again and again are one string: so many are looked at. */
const PLACES = 512;
const LONGEST_KNOWN = 24;

/** What a cell may hold: of CSV a text, of JSON and Parquet anything. */
export type Values = Float64Array | unknown[];

/** Gathers the cells of a column of CSV. */
export class CellColumn {
  /** Plain numerals and gaps, until a cell is neither. */
  private numbers: Float64Array | undefined = new Float64Array(1024);
  /** Decimals of each, for its text; 255 for a gap. */
  private decimals = new Uint8Array(1024);
  private texts: string[] = [];
  private readonly known: string[] = new Array(PLACES).fill("");
  private size = 0;

  /** Adds the cell that is `start` to `end` of a text. */
  addSlice(text: string, start: number, end: number): void {
    if (this.numbers) {
      if (this.size === this.numbers.length) this.grow();
      if (this.addNumeral(text, start, end)) return;
      this.becomeTexts();
    }
    this.texts.push(this.knownText(text, start, end));
  }

  add(text: string): void {
    this.addSlice(text, 0, text.length);
  }

  /** Texts as the file has them, "" for a gap; or all numbers, NaN for a gap. */
  end(): Values {
    if (!this.numbers) return this.texts;
    if (this.decimals.subarray(0, this.size).every((decimals) => decimals === 255))
      return new Array(this.size).fill("");
    return this.numbers.slice(0, this.size);
  }

  /** As the file has them, of a column that answers are made of: "1.50" stays "1.50". */
  endTexts(): string[] {
    if (this.numbers) this.becomeTexts();
    return this.texts;
  }

  /** One of them, as the file has it. */
  textAt(row: number): string {
    const { numbers, decimals } = this;
    if (!numbers) return this.texts[row];
    return decimals[row] === 255 ? "" : numeralText(numbers[row], decimals[row]);
  }

  private addNumeral(text: string, start: number, end: number): boolean {
    const gap = end === start;
    const number = gap ? Number.NaN : readNumeral(text, start, end);
    if (!gap && Number.isNaN(number)) return false;
    this.decimals[this.size] = gap ? 255 : decimalsOf(text, start, end);
    this.numbers![this.size++] = number;
    return true;
  }

  private becomeTexts(): void {
    for (let i = 0; i < this.size; i++) this.texts.push(this.textAt(i));
    this.numbers = undefined;
  }

  private grow(): void {
    const numbers = new Float64Array(2 * this.size);
    numbers.set(this.numbers!);
    const decimals = new Uint8Array(2 * this.size);
    decimals.set(this.decimals);
    [this.numbers, this.decimals] = [numbers, decimals];
  }

  private knownText(text: string, start: number, end: number): string {
    const length = end - start;
    if (length === 0) return "";
    if (length > LONGEST_KNOWN) return text.slice(start, end);
    let hash = length;
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
    const place = (hash ^ (hash >>> 15)) & (PLACES - 1);
    const known = this.known[place];
    if (known.length === length && text.startsWith(known, start)) return known;
    const found = text.slice(start, end);
    this.known[place] = found;
    return found;
  }
}

/**
 * Reads `-12`, `0.50`, `3.25`: 15 digits at most, no leading zeros, no -0; the quotient of two exact whole numbers is the nearest
 * double (Clinger 1990).
 * @returns NaN for any other text
 */
function readNumeral(text: string, start: number, end: number): number {
  const isNegative = text.charCodeAt(start) === MINUS;
  const first = isNegative ? start + 1 : start;
  if (end <= first || end - first > MOST_DIGITS + 1) return Number.NaN;
  let [whole, point] = [0, -1];
  for (let at = first; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code >= ZERO && code <= ZERO + 9) whole = whole * 10 + code - ZERO;
    else if (code === POINT && point < 0) point = at;
    else return Number.NaN;
  }
  const before = (point < 0 ? end : point) - first;
  const decimals = point < 0 ? 0 : end - point - 1;
  if (before === 0 || (point >= 0 && decimals === 0) || before + decimals > MOST_DIGITS) return Number.NaN;
  if ((before > 1 && text.charCodeAt(first) === ZERO) || (isNegative && whole === 0)) return Number.NaN;
  const number = decimals === 0 ? whole : whole / POWERS[decimals];
  return isNegative ? -number : number;
}

/** Looks at the cell alone: a search in the text would go to its end if there is no point in it. */
function decimalsOf(text: string, start: number, end: number): number {
  for (let at = end - 1; at > start; at--) if (text.charCodeAt(at) === POINT) return end - at - 1;
  return 0;
}

const numeralText = (number: number, decimals: number) => (decimals === 0 ? String(number) : number.toFixed(decimals));

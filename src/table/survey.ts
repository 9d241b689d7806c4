/** What the values of a column are, one by one: counted, before they are judged together. */
import { NUMERAL } from "./forms.js";
import { isKnownMarker } from "./missing.js";
import { Separators } from "./separators.js";
import { Tally } from "./vocabulary.js";

/** So many different values, or fewer, lose nothing as categories. */
export const FEW = 20;

/** What was seen among the values of a column that are not missing. */
export class Survey {
  numbers = 0;
  booleans = 0;
  dates = 0;
  numerals = 0;
  pointed = 0;
  padded = 0;
  firstPadded = "";
  firstPlain = { value: undefined as unknown, row: -1 };
  /** Texts that are no numerals, and those of them that stand for missing values elsewhere. */
  readonly others = new Tally();
  readonly markers = new Tally();
  /** Plain numbers, as far as they matter: one more than a few. */
  readonly few = new Set<number>();
  readonly separators = new Separators();

  number(number: number, row: number): void {
    if (this.plain === 0) this.firstPlain = { value: number, row };
    this.numbers++;
    if (this.few.size <= FEW) this.few.add(number);
  }

  text(text: string, row: number): void {
    if (NUMERAL.test(text)) {
      if (this.plain === 0) this.firstPlain = { value: text, row };
      this.numerals++;
      if (this.few.size <= FEW) this.few.add(Number(text));
      if (/[.eE]/.test(text)) this.pointed++;
      this.separators.add(text.replace(/^[+-]/, ""), 1);
      if (PADDED.test(text)) {
        this.padded++;
        this.firstPadded ||= text;
      }
      return;
    }
    (isKnownMarker(text) ? this.markers : this.others).add(text, { count: 1, row });
  }

  get plain(): number {
    return this.numbers + this.numerals;
  }
}

/** "007": what is written with leading zeros may be a code. */
const PADDED = /^[+-]?0\d/;

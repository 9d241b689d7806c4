/** Numbers as most tables write them, read from the middle of a text without making a text of them. */

const [MINUS, POINT, ZERO] = [45, 46, 48];

/** Digits that a double always holds: the text can be made from the number again. */
const MOST_DIGITS = 15;

const POWERS = Float64Array.from({ length: MOST_DIGITS + 1 }, (_, power) => Number(`1e${power}`));

export class NumeralReader {
  /** How many decimals the latest numeral has. */
  decimals = 0;

  /**
   * Reads `-12`, `0.50`, `3.25`: digits, perhaps a minus, perhaps a point with digits on both sides; 15 digits at most, no leading zeros, no -0. Then
   * `number.toFixed(decimals)` is the text again, and the number is the nearest double: both whole numbers of the quotient are exact (Clinger 1990).
   * @returns NaN for any other text, to be looked at by those who know more forms
   */
  read(text: string, start: number, end: number): number {
    const isNegative = text.charCodeAt(start) === MINUS;
    const first = isNegative ? start + 1 : start;
    if (end - first > MOST_DIGITS + 1 || end <= first) return Number.NaN;
    let [whole, point] = [0, -1];
    for (let at = first; at < end; at++) {
      const code = text.charCodeAt(at);
      const digit = code - ZERO;
      if (digit >= 0 && digit <= 9) whole = whole * 10 + digit;
      else if (code === POINT && point < 0) point = at;
      else return Number.NaN;
    }
    const before = (point < 0 ? end : point) - first;
    const decimals = point < 0 ? 0 : end - point - 1;
    if (before === 0 || (point >= 0 && decimals === 0) || before + decimals > MOST_DIGITS) return Number.NaN;
    if ((before > 1 && text.charCodeAt(first) === ZERO) || (isNegative && whole === 0)) return Number.NaN;
    this.decimals = decimals;
    const number = decimals === 0 ? whole : whole / POWERS[decimals];
    return isNegative ? -number : number;
  }
}

/** The text of a number that was read so. */
export const numeralText = (number: number, decimals: number): string =>
  decimals === 0 ? String(number) : number.toFixed(decimals);

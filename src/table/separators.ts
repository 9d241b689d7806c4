/** What the points and commas in a column's numbers say of each other: which of the two is before decimals. */

/** A number in groups of three, and one of a single such group, which might as well be decimals. */
const POINTS = /^[1-9]\d{0,2}(?:\.\d{3})+$/;
const COMMAS = /^[1-9]\d{0,2},\d{3}$/;

/** Values that differ by more than this are hardly of one column: 30,886 beside 26.671. */
const FAR = 20;

export class Separators {
  /** Texts with points and no comma, those of them that may have them between thousands, and those that must. */
  private pointed = 0;
  private grouped = 0;
  private proven = 0;
  /** Texts with commas and no point, and those of them that may have one as a decimal one or between thousands. */
  private commas = 0;
  private either = 0;
  /** Texts with both. */
  private both = 0;
  /** Whole numbers without either, below a thousand and from there on. */
  private small = 0;
  private large = 0;
  private readonly smallest = { points: Number.POSITIVE_INFINITY, commas: Number.POSITIVE_INFINITY };
  private readonly largest = { points: 0, commas: 0 };
  private readonly first = { points: "", commas: "" };

  /** @param digits a number without what stands around it, in `count` rows */
  add(digits: string, count: number): void {
    const [hasPoint, hasComma] = [digits.includes("."), digits.includes(",")];
    if (hasPoint && hasComma) this.both += count;
    else if (hasPoint) this.addPoints(digits, count);
    else if (hasComma) this.addCommas(digits, count);
    else if (Number(digits) < 1000) this.small += count;
    else this.large += count;
  }

  private addPoints(digits: string, count: number): void {
    this.pointed += count;
    this.first.points ||= digits;
    this.largest.points = Math.max(this.largest.points, Number(digits) || 0);
    if (!POINTS.test(digits)) return;
    this.grouped += count;
    if (digits.split(".").length > 2) this.proven += count;
    this.smallest.points = Math.min(this.smallest.points, Number(digits.replaceAll(".", "")));
  }

  private addCommas(digits: string, count: number): void {
    this.commas += count;
    this.first.commas ||= digits;
    this.largest.commas = Math.max(this.largest.commas, Number(digits.replace(",", ".")) || 0);
    if (!COMMAS.test(digits)) return;
    this.either += count;
    this.smallest.commas = Math.min(this.smallest.commas, Number(digits.replace(",", "")));
  }

  /** Whether no point can be a decimal one for certain. */
  get arePointsGroups(): boolean {
    return this.pointed > 0 && this.pointed === this.grouped;
  }

  /** Whether points lie between thousands: one number says so, or all do beside smaller ones without, and none larger. */
  get havePointsBetweenThousands(): boolean {
    return this.arePointsGroups && (this.proven > 0 || (this.small > 0 && this.large === 0));
  }

  /** A number whose reading is a guess, once its form is chosen: others could tell, and there are none. */
  guess(comma: "thousands" | "decimal"): string | undefined {
    if (comma === "decimal") return this.commas === 0 && this.proven === 0 ? this.first.points || undefined : undefined;
    const isGuess = this.either > 0 && this.either === this.commas && this.both + this.pointed + this.small === 0;
    return isGuess ? this.first.commas : undefined;
  }

  /** Two numbers that contradict each other, once a form is chosen: by it they lie far apart, and not by the other one. */
  contradiction(comma: "thousands" | "decimal"): readonly [string, string] | undefined {
    if (this.both > 0 || this.pointed === 0 || this.commas === 0) return undefined;
    const isFar =
      comma === "thousands"
        ? this.either === this.commas && this.smallest.commas > FAR * this.largest.points
        : this.arePointsGroups && this.smallest.points > FAR * this.largest.commas;
    return isFar ? [this.first.points, this.first.commas] : undefined;
  }
}

/** Dates as days since 1970-01-01 UTC, by arithmetic alone: `Date.parse` differs between engines, and reads local time. */

/** Which part of a date comes first, where all three are numbers. With the year first there is no doubt. */
export type DateOrder = "day-first" | "month-first" | "year-first";

export const DATE_ORDERS = ["year-first", "day-first", "month-first"] as const;

// "7/5/1984, 12:00:00 AM" and "Thu Jul 05 1984 00:00:00 GMT+0000 (Coordinated Universal Time)" is what engines write.
const TIME =
  "(?:(?:T|,? )([01]?\\d|2[0-4])[:.]([0-5]\\d)(?:[:.]([0-5]\\d)(?:[.,](\\d{1,9}))?)?(?: ?([AaPp])\\.?[Mm]\\.?)?(?: ?(?:GMT(?=[+-]))?(Z|UTC|GMT|[+-]\\d{2}:?\\d{2})(?: \\([^()]*\\))?)?)?";
const WEEKDAY = "(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? )?";
const NAMES = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const MONTH = `(${NAMES.join("|")})[a-z]*\\.?`;

const YEAR_FIRST = new RegExp(`^(\\d{4})([-/.])(\\d{1,2})\\2(\\d{1,2})${TIME}$`);
const YEAR_LAST = new RegExp(`^(\\d{1,2})([-/.])(\\d{1,2})\\2(\\d{4}|\\d{2})${TIME}$`);
const DAY_MONTH_YEAR = new RegExp(
  `^${WEEKDAY}(\\d{1,2})(?:st|nd|rd|th)?[- /]${MONTH},?[- /](\\d{4}|\\d{2})${TIME}$`,
  "i",
);
const MONTH_DAY_YEAR = new RegExp(`^${WEEKDAY}${MONTH}[- ](\\d{1,2})(?:st|nd|rd|th)?,? (\\d{4})${TIME}$`, "i");
const YEAR_MONTH = new RegExp(`^(\\d{4})[-/](\\d{2})$|^${MONTH}[- ,]+(\\d{4})$`, "i");

/**
 * The days since 1970-01-01 UTC of a date, with its time as a fraction; NaN if it is none. Without an offset times are UTC.
 * Years of two digits are those from 1970 to 2069.
 * @param text its blanks single, none at its ends
 * @param order of dates like 1/2/2024; dates with points (1.2.2024) are never month-first
 */
export function readDate(text: string, order: DateOrder): number {
  let match = YEAR_FIRST.exec(text);
  if (match) return daysOf(Number(match[1]), Number(match[3]), Number(match[4]), match.slice(5));
  match = YEAR_LAST.exec(text);
  if (match) {
    const [, first, separator, second, year] = match;
    if (order === "year-first" || (order === "month-first" && separator === ".")) return Number.NaN;
    const [day, month] = order === "day-first" ? [first, second] : [second, first];
    return daysOf(fullYear(year), Number(month), Number(day), match.slice(5));
  }
  match = DAY_MONTH_YEAR.exec(text);
  if (match) return daysOf(fullYear(match[3]), monthOf(match[2]), Number(match[1]), match.slice(4));
  match = MONTH_DAY_YEAR.exec(text);
  if (match) return daysOf(Number(match[3]), monthOf(match[1]), Number(match[2]), match.slice(4));
  match = YEAR_MONTH.exec(text);
  if (!match) return Number.NaN;
  const [, year = match[4], number, name] = match;
  return daysOf(Number(year), number ? Number(number) : monthOf(name), 1, []);
}

/** Whether a date has a year of two digits, whose century is a guess. */
export const hasShortYear = (text: string) =>
  (YEAR_LAST.exec(text)?.[4] ?? DAY_MONTH_YEAR.exec(text)?.[3])?.length === 2;

/** Whether a date whose parts are numbers of two digits may as well be year, month and day: "17-04-12". */
export function beginsWithShortYear(text: string): boolean {
  const [, year, separator, month, day] = YEAR_LAST.exec(text) ?? [];
  return (
    separator !== undefined &&
    year.length === 2 &&
    day.length === 2 &&
    daysOf(2000 + Number(year), Number(month), Number(day), []) > 0
  );
}

const fullYear = (year: string) => (year.length > 2 ? Number(year) : Number(year) + (Number(year) < 70 ? 2000 : 1900));

const monthOf = (name: string) => NAMES.indexOf(name.slice(0, 3).toLowerCase()) + 1;

const [HYPHEN, ZERO] = [45, 48];

/** "2024-05-17", as most dates are, in no more than a look at each character; NaN of any other text, for {@link readDate} to read. */
export function readPlainDate(text: string): number {
  if (text.length !== 10 || text.charCodeAt(4) !== HYPHEN || text.charCodeAt(7) !== HYPHEN) return Number.NaN;
  return dayOf(digitsAt(text, 0, 4), digitsAt(text, 5, 7), digitsAt(text, 8, 10));
}

function digitsAt(text: string, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    number = digit >= 0 && digit <= 9 ? number * 10 + digit : Number.NaN;
  }
  return number;
}

function daysOf(year: number, month: number, day: number, time: readonly (string | undefined)[]): number {
  return dayOf(year, month, day) + timeOf(time);
}

/** Days from 1970-01-01 to a day; NaN if there is no such day. */
function dayOf(year: number, month: number, day: number): number {
  const isLeap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const last = month === 2 ? 28 + Number(isLeap) : 30 + ((month + (month >> 3)) & 1);
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= last)) return Number.NaN;
  return daysBefore(year, month) + day - 1;
}

/** Days from 1970-01-01 to the first of a month. */
function daysBefore(year: number, month: number): number {
  // Years begin in March, so that the day of leap years is a year's last.
  const y = month > 2 ? year : year - 1;
  const m = (month + 9) % 12;
  return (
    365 * y + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + Math.floor((153 * m + 2) / 5) - 719468
  );
}

/** The share of a day, less the offset from UTC. */
function timeOf([hours, minutes, seconds = "0", fraction = "0", half, offset]: readonly (
  | string
  | undefined
)[]): number {
  if (hours === undefined) return 0;
  if (half && (Number(hours) < 1 || Number(hours) > 12)) return Number.NaN;
  const hour = half ? (Number(hours) % 12) + (half.toLowerCase() === "p" ? 12 : 0) : Number(hours);
  const second = Number(`${seconds}.${fraction}`);
  const ahead = /^[+-]/.test(offset ?? "")
    ? Number(`${offset?.[0]}1`) * (Number(offset?.slice(1, 3)) * 60 + Number(offset?.slice(-2)))
    : 0;
  return (hour * 3600 + Number(minutes) * 60 + second - ahead * 60) / 86400;
}

/** Where a date lies in its year, its week and its day, by arithmetic alone: features that tell what a number of days hides. */

/** What features tell of a date, in their order. */
export const DATE_PARTS = ["month", "weekday", "hour"] as const;

export type DatePart = (typeof DATE_PARTS)[number];

/** How many features each has: one for every place around its circle, 1 there, falling to 0 at the two places beside it. */
export const CIRCLES: Readonly<Record<DatePart, number>> = { month: 36, weekday: 7, hour: 24 };

/** Milliseconds. */
export const DAY = 86_400_000;
export const HOUR = 3_600_000;

/** What a Date reaches, in days from 1970 on: so many milliseconds float64 counts exactly. */
export const MOST_DAYS = 1e8;

/** Days from 0000-03-01 to 1970-01-01. Years begin in March here, so that the day of leap years is a year's last. */
export const SINCE_MARCH_0 = 719_468;
export const DAYS_OF_400_YEARS = 146_097;

/** The whole milliseconds since 1970 that are next to a number of days: few fractions of a day are exact. */
export function millisecondsOf(days: number): number {
  return Math.floor(Math.max(-MOST_DAYS, Math.min(MOST_DAYS, days)) * DAY + 0.5);
}

/** February begins on this day of years that begin in March. Its days count 1/480 of a month more than others: it has fewer. */
export const FEBRUARY = 337;
export const LONGER_DAYS = 480;

/** Places of the year that each month has: its beginning, its first third and its second. */
export const PLACES_OF_MONTH = 3;

/** The month of a whole number of days since 1970, January 0. */
export function monthOfDay(day: number): number {
  return Math.floor(monthsOfDay(day));
}

/** The same with its fraction, which runs through the month, as `civil_from_days` finds it (Howard Hinnant 2013) before it rounds down. */
export function monthsOfDay(day: number): number {
  const days = day + SINCE_MARCH_0;
  const dayOf400Years = days - DAYS_OF_400_YEARS * Math.floor(days / DAYS_OF_400_YEARS);
  // Without the leap days that came before it, each year has 365.
  const leapDays =
    Math.floor(dayOf400Years / 1460) - Math.floor(dayOf400Years / 36_524) + Math.floor(dayOf400Years / 146_096);
  const year = Math.floor((dayOf400Years - leapDays) / 365);
  const dayOfYear = dayOf400Years - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  // Of five months from March on, and from August on, 153 days.
  const months = (5 * dayOfYear + 2) / 153 + 2 + Math.max(0, dayOfYear - FEBRUARY) / LONGER_DAYS;
  return months - 12 * Math.floor(months / 12);
}

/** The weekday of a whole number of days since 1970, which began on a Thursday; Monday is 0. */
export function weekdayOfDay(day: number): number {
  return day + 3 - 7 * Math.floor((day + 3) / 7);
}

/** Where the features of each part begin in a row, -1 if there are none. */
export type PartPlaces = Readonly<Record<DatePart, number>>;

/** The places of these parts, one after the other, from `start` on; undefined if there are none. */
export function placeParts(parts: readonly DatePart[], start: number): PartPlaces | undefined {
  if (parts.length === 0) return undefined;
  const places = { month: -1, weekday: -1, hour: -1 };
  let next = start;
  for (const part of parts) {
    places[part] = next;
    next += CIRCLES[part];
  }
  return places;
}

/** Writes the parts of a date, given in days since 1970, where zeros are. At 8:30 it is half 8 and half 9 o'clock; months are of whole days. */
export function writeParts({ month, weekday, hour }: PartPlaces, days: number, out: Float32Array, base: number): void {
  const time = millisecondsOf(days);
  const day = Math.floor(time / DAY);
  if (month >= 0) writePosition(monthsOfDay(day) * PLACES_OF_MONTH, CIRCLES.month, out, base + month);
  if (weekday >= 0) out[base + weekday + weekdayOfDay(day)] = 1;
  if (hour >= 0) writePosition((time - DAY * day) / HOUR, CIRCLES.hour, out, base + hour);
}

/** Shares a position on a circle between the two places beside it; the first feature is at `start`. */
function writePosition(position: number, around: number, out: Float32Array, start: number): void {
  const last = Math.floor(position);
  const share = position - last;
  out[start + last] = 1 - share;
  out[start + (last === around - 1 ? 0 : last + 1)] = share;
}

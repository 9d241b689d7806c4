/** Which values are missing: in every column, and in columns of numbers. */

/** null, undefined, NaN, blank text, and the texts and numbers that the options call missing. */
export function isMissing(value: unknown, markers: ReadonlySet<string>): boolean {
  if (typeof value === "number") return Number.isNaN(value) || isMissingNumber(value, markers);
  if (typeof value !== "string") return value === null || value === undefined;
  const text = value.trim();
  return text === "" || markers.has(text);
}

/** Whether the options call a number missing. */
export const isMissingNumber = (number: number, markers: ReadonlySet<string>) =>
  markers.size > 0 && markers.has(String(number));

const KNOWN_MARKERS: ReadonlySet<string> = new Set([
  ...["na", "n/a", "n.a.", "#n/a", "#na", "<na>", "null", "none", "nil", "nan", "-nan", "nat"],
  ...["-", "--", "?", "unknown", "missing"],
]);

/** Texts that stand for a missing value wherever a number, a date or a boolean is expected; in columns of text they are texts. */
export const isKnownMarker = (text: string) => text.length <= 7 && KNOWN_MARKERS.has(text.toLowerCase());

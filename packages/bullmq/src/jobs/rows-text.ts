/** Rows as a text, and back: all that cells may hold comes back as it was. */

/** What JSON has no words for is an object of this one key. */
const MARK = "$wasmlp";

/**
 * Writes rows.
 * @throws TypeError naming row and column of what cannot travel
 */
export function textOfRows(call: string, rows: readonly object[]): string {
  const texts = rows.map((row, r) => {
    if (typeof row !== "object" || row === null || Array.isArray(row)) {
      throw new TypeError(`${call}: row ${r} must be an object, got ${row === null ? "null" : typeof row}.`);
    }
    if (Object.hasOwn(row, MARK))
      throw new TypeError(`${call}: row ${r} must have no column "${MARK}", got one. Give it another name.`);
    const cells = Object.entries(row).map(([name, value]) => {
      const refuse = (what: string) =>
        new TypeError(
          `${call}: row ${r}, column ${JSON.stringify(name)} must be a text, number, boolean, date or list of these, got ${what}.`,
        );
      return `${JSON.stringify(name)}:${textOfCell(value, refuse)}`;
    });
    return `{${cells.join(",")}}`;
  });
  return `[${texts.join(",")}]`;
}

function textOfCell(value: unknown, refuse: (what: string) => Error): string {
  if (typeof value === "string" || typeof value === "boolean" || value === null) return JSON.stringify(value);
  if (typeof value === "number" && Number.isFinite(value) && !Object.is(value, -0)) return String(value);
  if (typeof value === "number") return marked(Object.is(value, -0) ? "-0" : String(value));
  if (typeof value === "bigint") return marked(`${value}n`);
  if (value === undefined) return marked("undefined");
  if (value instanceof Date) return marked(`date ${value.getTime()}`);
  if (Array.isArray(value)) return `[${Array.from(value, (own) => textOfCell(own, refuse)).join(",")}]`;
  throw refuse(typeof value === "object" ? "an object" : `a ${typeof value}`);
}

const marked = (text: string) => `{"${MARK}":${JSON.stringify(text)}}`;

/** Reads what {@link textOfRows} wrote. */
export function rowsOfText(text: string): object[] {
  // A reviver takes several times as long.
  return text.includes(`{"${MARK}":`) ? JSON.parse(text, revive) : JSON.parse(text);
}

function revive(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, MARK)) return keepUndefined(value);
  const text = (value as Record<string, unknown>)[MARK];
  if (typeof text !== "string") return value;
  if (text === "undefined") return UNDEFINED;
  if (text.startsWith("date ")) return new Date(Number(text.slice(5)));
  return /^-?\d+n$/.test(text) ? BigInt(text.slice(0, -1)) : Number(text);
}

/** Stands for undefined on the way: of that a reviver would make a column that is not there. */
const UNDEFINED = Symbol("undefined");

function keepUndefined(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  for (const [key, own] of Object.entries(value)) {
    if (own === UNDEFINED) (value as Record<string, unknown>)[key] = undefined;
  }
  return value;
}

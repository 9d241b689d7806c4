/** What is refused, and how senders hear of it. */

/** A request that is refused: a status of HTTP and one sentence. */
export class Refusal extends Error {
  /**
   * @param statusCode of the answer, 400 or more
   * @param message the sentence: what must hold, what came
   * @param row which of the request's rows is refused, from 0 on, if it is one of them
   */
  constructor(
    readonly statusCode: number,
    message: string,
    options?: ErrorOptions,
    readonly row?: number,
  ) {
    super(message, options);
  }

  /** The same of rows that lie behind so many others: row and sentence count from the first. */
  behind(count: number): Refusal {
    const { statusCode, message, row } = this;
    if (row === undefined || count === 0) return this;
    const moved = row + count;
    let text = message;
    for (const [said, says] of [
      [` at row ${row}`, ` at row ${moved}`],
      [`rows[${row}]`, `rows[${moved}]`],
    ]) {
      // A value that is quoted before may hold the same words.
      const at = text.lastIndexOf(said);
      if (at >= 0) text = text.slice(0, at) + says + text.slice(at + said.length);
    }
    return new Refusal(statusCode, text, { cause: this }, moved);
  }
}

/** A value from a request in a sentence: its text, cut short, or what it is. */
export function shown(value: unknown): string {
  if (value === undefined) return "none";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === "object" && value !== null) return "an object";
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** An object of JSON: neither null nor a list. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

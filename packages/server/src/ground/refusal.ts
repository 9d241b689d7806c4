/** What is refused, and how senders hear of it. */

/** A request that is refused: a status of HTTP and one sentence. */
export class Refusal extends Error {
  /**
   * @param statusCode of the answer, 400 or more
   * @param message the sentence: what must hold, what came
   */
  constructor(
    readonly statusCode: number,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
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

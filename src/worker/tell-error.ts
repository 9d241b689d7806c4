/** Errors on their way to another thread. */

/** An error as it travels. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  /** What else it tells, the row for example. */
  readonly fields: Readonly<Record<string, unknown>>;
}
const ERRORS = { TypeError, RangeError, Error };

export function tellError(error: unknown): SentError {
  const { name, message } = error as Error;
  const fields = Object.entries(error as object).filter(([, value]) => ["string", "number"].includes(typeof value));
  return { name, message, fields: Object.fromEntries(fields) };
}

export function remakeError({ name, message, fields }: SentError): Error {
  return Object.assign(new (ERRORS[name as keyof typeof ERRORS] ?? Error)(message), fields);
}

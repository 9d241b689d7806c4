/** How files are refused: every sentence of `fromOnnx` about a file has this form. It stands below all others here, and imports nothing. */

/** @param got as it stands in the sentence */
export function refuse(what: string, got: string, cause?: unknown): never {
  throw new Error(`fromOnnx: the file must ${what}, got ${got}.`, cause === undefined ? undefined : { cause });
}

/** What tells an engine of memory that it does not count. */

/** Of longer ones engines hear as well. */
const MOST = 2 ** 30;

/**
 * Engines collect when much was allocated, but count no memory that threads share: models that were dropped would stay. An array as long as
 * a model's memory, kept with it, is counted in its place; nobody writes to it, so it takes addresses and no memory.
 * @param times as long: a thread that makes little else collects seldom
 */
export function ballastFor({ buffer }: { readonly buffer: { readonly byteLength: number } }, times = 1): ArrayBuffer {
  try {
    return new ArrayBuffer(Math.min(times * buffer.byteLength, MOST));
  } catch {
    // Addresses are short: the engine collects anyhow.
    return new ArrayBuffer(0);
  }
}

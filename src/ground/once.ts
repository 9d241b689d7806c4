/** What is loaded when it is first needed. */

/**
 * Loads once: a promise until it is there, then itself, without a turn of the engine's loader; after a failure it is tried again.
 */
export function once<T extends object>(load: () => Promise<T>): () => T | Promise<T> {
  let loaded: T | Promise<T> | undefined;
  return () => {
    loaded ??= load().then(
      (value) => {
        loaded = value;
        return value;
      },
      (error) => {
        loaded = undefined;
        throw error;
      },
    );
    return loaded;
  };
}

/** What is loaded when it is first needed. */

/** Loads once: the same answer from then on, without a turn of the engine's loader; after a failure it is tried again. */
export function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loaded: Promise<T> | undefined;
  return () => {
    loaded ??= load().catch((error) => {
      loaded = undefined;
      throw error;
    });
    return loaded;
  };
}

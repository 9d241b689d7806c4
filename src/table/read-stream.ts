/** Rows that come by and by, read as they come: with turns of the event loop also where they come all at once. */
import { turn, WORTH_A_LOOK } from "../ground/turn.js";

/** What may end the reading: an `AbortSignal`. */
export interface Stopping {
  readonly aborted: boolean;
  addEventListener?(type: "abort", listener: () => void): void;
  removeEventListener?(type: "abort", listener: () => void): void;
}

/** What a fit ends with that the signal ended before there were rows to fit a model to. */
export function stopped(call: string, rows: number): Error {
  const message = `${call}: the signal must not end a fit before all rows are read, got an abort after ${rows} of them.`;
  return Object.assign(new Error(message), { name: "AbortError" });
}

/** Rows between two looks at the clock. */
const ROWS = 16;

/**
 * Hands on the rows of a stream. Whatever ends it early, the stream is closed; what it ends with itself is thrown as it is.
 * @param add takes a row, or refuses it
 */
export async function readStream(
  call: string,
  stream: AsyncIterable<unknown>,
  add: (row: unknown) => void,
  signal: Stopping | undefined,
): Promise<void> {
  const iterator = stream[Symbol.asyncIterator]();
  let count = 0;
  let isOver = false;
  let stop: (() => void) | undefined;
  const onAbort = () => stop?.();
  signal?.addEventListener?.("abort", onAbort);
  try {
    for (;;) {
      if (signal?.aborted) throw stopped(call, count);
      isOver = true;
      const next = await new Promise<IteratorResult<unknown>>((resolve, reject) => {
        // A stream may not say anything for a long time.
        stop = () => {
          isOver = false;
          reject(stopped(call, count));
        };
        Promise.resolve(iterator.next()).then(resolve, reject);
      });
      if (next.done) return;
      isOver = false;
      add(next.value);
      if (++count % ROWS === 0 && turn.due(WORTH_A_LOOK)) await turn.give();
    }
  } finally {
    stop = undefined;
    signal?.removeEventListener?.("abort", onAbort);
    if (!isOver) close(iterator);
  }
}

/** Closes a stream without waiting: it may be in the middle of something. */
function close(iterator: AsyncIterator<unknown>): void {
  try {
    Promise.resolve(iterator.return?.()).catch(() => {});
  } catch {
    // There is another error to tell of.
  }
}

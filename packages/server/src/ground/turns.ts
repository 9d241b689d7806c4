/** Long work leaves the event loop its turns, so that others are answered meanwhile. */

/** Milliseconds of work after which others have their turn. */
const TURN = 3;

/** What goes on when the event loop has run: one of them at each turn, in the order in which they came. */
const waiting: (() => void)[] = [];

function next(): void {
  waiting.shift()?.();
  if (waiting.length > 0) setImmediate(next);
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(next);
  });
}

/** Does work for each slice of so many items, with turns for others in between. */
export async function inTurns<T>(
  items: readonly T[],
  size: number,
  work: (slice: readonly T[], from: number) => void,
): Promise<void> {
  let began = performance.now();
  for (let from = 0; from < items.length; from += size) {
    if (from > 0 && performance.now() - began >= TURN) {
      await turn();
      began = performance.now();
    }
    work(items.slice(from, from + size), from);
  }
}

/** Goes on with a value at once, or when it is there. */
export function andThen<T, U>(value: T | Promise<T>, go: (value: T) => U): U | Promise<U> {
  return value instanceof Promise ? value.then(go) : go(value);
}

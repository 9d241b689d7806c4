/** The event loop's turn: long work looks at the clock now and then and steps aside before 10 ms are over. */

/** Milliseconds of work between two turns, with room for one more piece of it. */
const TURN = 3;

/** Multiply-adds between two looks at the clock, 10 to 100 microseconds' worth: other work of that length counts as much. */
export const WORTH_A_LOOK = 500_000;

/** No time measured here reaches a weight: it decides when others may run, never what is computed. */
export class Turn {
  private started = performance.now();
  private work = 0;

  /** Counts work done, in multiply-adds; true when it is time to `give`. */
  due(multiplyAdds: number): boolean {
    this.work += multiplyAdds;
    if (this.work < WORTH_A_LOOK) return false;
    this.work = 0;
    return performance.now() - this.started >= TURN;
  }

  /** Does all of some work that yields how much each piece was, in multiply-adds, and gives turns in between. */
  async run<T>(work: Generator<number, T>): Promise<T> {
    for (;;) {
      const next = work.next();
      if (next.done) return next.value;
      if (this.due(next.value)) await this.give();
    }
  }

  /** Lets timers, input and other tasks run, then resolves. */
  async give(): Promise<void> {
    await nextTask();
    this.started = performance.now();
  }
}

/** Does all of some work at once. */
export function runThrough<T>(work: Generator<number, T>): T {
  for (;;) {
    const next = work.next();
    if (next.done) return next.value;
  }
}

/** A task, not a microtask, and not a timer, which browsers delay by 4 ms. */
function nextTask(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (task: () => void) => void };
  return new Promise((resolve) => {
    if (setImmediate) setImmediate(resolve);
    else {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(undefined);
    }
  });
}

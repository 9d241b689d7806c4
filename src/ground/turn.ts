/**
 * Lets the event loop run during long work: all long work of a process looks at one clock, and when 3 ms have gone by since the
 * event loop last ran, what is at work waits for its next turn. Of several that wait one goes on at each turn, in the order in
 * which they came, so that twenty fits at once take no longer between two turns than one.
 */

import { runThrough, WORTH_A_LOOK } from "./slices.js";

/** Milliseconds of work between two turns of the event loop; one more piece of work still fits within 10 ms. */
const TURN = 3;

export { runThrough, WORTH_A_LOOK };

/** Milliseconds, for what may end when time is over: never for what is computed. */
export const clock = () => performance.now();

/** Decides when the event loop gets its turn. The clock decides only that, never what is computed. */
export class Turn {
  /** When the event loop is known to have run: never yet, so the first look at the clock leads to a turn. */
  private ran = Number.NEGATIVE_INFINITY;
  private work = 0;
  /** What goes on when the event loop has run: one of them at each turn. */
  private readonly waiting: (() => void)[] = [];

  /**
   * @param now the clock, in milliseconds
   * @param later calls what it is given after other tasks have run
   */
  constructor(
    private readonly now: () => number = clock,
    private readonly later: (task: () => void) => void = nextTask,
  ) {}

  /** Counts work done, in multiply-adds; returns whether it is time to call `give`. */
  due(multiplyAdds: number): boolean {
    this.work += multiplyAdds;
    if (this.work < WORTH_A_LOOK) return false;
    this.work = 0;
    return this.now() - this.ran >= TURN;
  }

  /**
   * Runs a generator to its end, with turns for the event loop. It yields the size of each piece, in multiply-adds.
   * @returns what the generator does, or a promise of it if a turn was due: a small net's epoch is over sooner than a promise
   */
  run<T>(work: Generator<number, T>): T | Promise<T> {
    for (;;) {
      const next = work.next();
      if (next.done) return next.value;
      if (this.due(next.value)) return this.goOn(work);
    }
  }

  private async goOn<T>(work: Generator<number, T>): Promise<T> {
    await this.give();
    for (;;) {
      const next = work.next();
      if (next.done) return next.value;
      if (this.due(next.value)) await this.give();
    }
  }

  /** Lets timers, input and other tasks run, then resolves: after those that have waited for longer, each in a turn of its own. */
  give(): Promise<void> {
    return new Promise((resolve) => {
      if (this.waiting.push(resolve) === 1) this.wait();
    });
  }

  private wait(): void {
    this.later(() => {
      this.ran = this.now();
      this.waiting.shift()?.();
      if (this.waiting.length > 0) this.wait();
    });
  }
}

/** The turns of all long work of a process. */
export const turn = new Turn();

/** Calls `task` in the next task: not in a microtask, and not by a timer, which browsers delay by 4 ms. */
function nextTask(task: () => void): void {
  const { setImmediate } = globalThis as { setImmediate?: (task: () => void) => void };
  if (setImmediate) setImmediate(task);
  // jsdom has neither.
  else if (typeof MessageChannel !== "function") setTimeout(task);
  else {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      task();
    };
    port2.postMessage(undefined);
  }
}

/** A thread of a pool: it does one job after the other, and keeps what several need. */
import { markLost } from "../table/fit-pool.js";
import { type End, talk } from "./conversation.js";
import { letterOf, type NumberOf, type Thing } from "./kept-things.js";
import type { Answer, Letter } from "./messages.js";
import { startThread, type Thread } from "./thread.js";

/** Milliseconds without a job after which a thread ends. */
const IDLE = 5000;

export class PoolThread {
  private readonly thread: Thread;
  isEnded = false;
  private readonly held = new Set<Thing>();
  private receive: ((answer: Answer) => void) | undefined;
  private fail: ((error: unknown) => void) | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** @param gone is told that it has ended */
  constructor(
    call: string,
    script: string,
    private readonly numberOf: NumberOf,
    private readonly gone: (thread: PoolThread) => void,
  ) {
    this.thread = startThread(call, script, (answer) => this.receive?.(answer), this.died, true);
  }

  private readonly died = (error: unknown): void => {
    this.end();
    this.fail?.(markLost(error));
  };

  /** Whatever it does. */
  end(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    clearTimeout(this.timer);
    this.thread.end();
    this.gone(this);
  }

  /**
   * Has it do a job, for which it is given what it has not got yet.
   * @param isNeeded whether another thing is still of use
   * @throws Error if it has ended before; what else is thrown leaves it ended too
   */
  async do(
    letter: Letter,
    things: readonly Thing[],
    told: Parameters<typeof talk>[2],
    isNeeded: (thing: Thing) => boolean,
  ): Promise<End> {
    clearTimeout(this.timer);
    this.thread.idle?.(false);
    try {
      for (const thing of things) await this.give(letter.call, thing, isNeeded);
      return await this.talk(letter, told);
    } finally {
      this.rest();
    }
  }

  private async give(call: string, thing: Thing, isNeeded: (thing: Thing) => boolean): Promise<void> {
    const { held, numberOf } = this;
    if (held.has(thing)) return;
    const over = [...held].filter((other) => !isNeeded(other));
    for (const other of over) held.delete(other);
    this.thread.send({ kind: "drop", things: over.map(numberOf) });
    const { failure } = await this.talk(letterOf(call, thing, numberOf(thing)), {});
    if (failure) throw failure.error;
    held.add(thing);
  }

  private async talk(letter: Letter, told: Parameters<typeof talk>[2]): Promise<End> {
    const open = (receive: (answer: Answer) => void, fail: (error: unknown) => void) => {
      Object.assign(this, { receive, fail });
      return { send: this.thread.send, end: () => Object.assign(this, { receive: undefined, fail: undefined }) };
    };
    try {
      return (await talk(open, letter, told, true)) as End;
    } catch (error) {
      // What it was told is not whole: the next job begins with another thread.
      this.end();
      throw error;
    }
  }

  private rest(): void {
    if (this.isEnded) return;
    this.thread.idle?.(true);
    this.timer = setTimeout(() => this.end(), IDLE);
    (this.timer as { unref?(): void }).unref?.();
  }
}

/**
 * The board on which the thread of a model writes a call of a kernel, and from which all threads take shares of it. It lies in
 * memory of its own that all of them share.
 *
 * One word says which call it is, how many shares it has, and which is the next: a share is taken by making it one more, which succeeds
 * only while the word is still the same. So a thread that comes late, or not at all, leaves its share to the others: those that are there
 * do all of the work, and nobody waits for one who has not begun.
 */
import type { Kernels } from "./kernels.js";
import { MOST_ARGUMENTS, SPLIT_NAMES, SPLITS, writeShare } from "./split.js";

/** What an index of the board means; what threads wait for lies in cache lines of its own. */
const CALL = 0;
const DONE = 16;
const SLEEPING = 32;
const MAIL = 48;
const WAITING = 64;
const MODEL = 80;
const KERNEL = 81;
const SCRATCH = 82;
const SUM = 83;
const FAILED = 84;
/** From here on: 1 for each share that was taken by a thread that does not know the model. */
const LEFT = 96;

/** The next share, the count of shares, and the number of the call: 8, 8 and 16 bits. */
const SHARE_BITS = 8;
export const MOST_SHARES = 2 ** SHARE_BITS - 1;

const WORDS = LEFT + MOST_SHARES + 1;
export const BOARD_BYTES = 4 * WORDS + 8 * (MOST_ARGUMENTS + 1);

/** Looks at a board before a thread sleeps, about a tenth of a millisecond: the pause between two kernels is shorter. */
const LOOKS = 4000;

/** How long a thread sleeps at a time, in milliseconds, unless it is woken. */
const NAP = 1000;

export type Kernel = (...all: number[]) => number | undefined;

export class Board {
  readonly all: Float64Array;
  private readonly words: Int32Array;
  private readonly own = new Float64Array(MOST_ARGUMENTS);
  private calls = 0;

  /**
   * @param kernelsOf a model's kernels on this thread, in the order of {@link SPLIT_NAMES}; undefined of models it does not know
   * @param patience how long a share of another thread may take, in milliseconds
   */
  constructor(
    memory: SharedArrayBuffer,
    private readonly kernelsOf: (model: number) => readonly Kernel[] | undefined,
    private readonly patience = 10_000,
  ) {
    this.words = new Int32Array(memory, 0, WORDS);
    this.all = new Float64Array(memory, 4 * WORDS, MOST_ARGUMENTS);
  }

  /**
   * Has a call done, whose arguments are in {@link all}, by this thread and all that come. One thread of all may write calls.
   * @param scratch the bytes of scratch that a share has
   * @returns the sum of what the shares returned
   * @throws Error if a share has failed, or does not end
   */
  call(model: number, kernel: number, shares: number, scratch: number): number {
    const { words } = this;
    words[MODEL] = model;
    words[KERNEL] = kernel;
    words[SCRATCH] = scratch;
    words[SUM] = 0;
    words[DONE] = 0;
    this.calls = (this.calls + 1) & 0xffff;
    Atomics.store(words, CALL, (this.calls << (2 * SHARE_BITS)) | (shares << SHARE_BITS));
    if (Atomics.load(words, SLEEPING) > 0) Atomics.notify(words, CALL);
    this.work();
    this.wait(shares);
    for (let share = 0; share < shares; share++) {
      if (words[LEFT + share] === 0) continue;
      words[LEFT + share] = 0;
      this.run(share, shares);
    }
    if (words[FAILED] === 0) return words[SUM];
    words[FAILED] = 0;
    throw new Error("threads: a kernel must run to its end on each thread, got one that failed.");
  }

  /** Does shares as long as there are any that nobody has taken. */
  work(): boolean {
    const { words } = this;
    let did = false;
    for (;;) {
      const word = Atomics.load(words, CALL);
      const shares = (word >>> SHARE_BITS) & MOST_SHARES;
      const share = word & MOST_SHARES;
      if (share >= shares) return did;
      if (Atomics.compareExchange(words, CALL, word, word + 1) !== word) continue;
      this.run(share, shares);
      did = true;
      if (Atomics.add(words, DONE, 1) + 1 === shares && Atomics.load(words, WAITING)) Atomics.notify(words, DONE);
    }
  }

  private run(share: number, shares: number): void {
    // What the call is stays as it is until this share is done.
    const { words, own } = this;
    const kernel = words[KERNEL];
    const call = this.kernelsOf(words[MODEL])?.[kernel];
    if (!call) {
      words[LEFT + share] = 1;
      return;
    }
    const split = SPLITS[SPLIT_NAMES[kernel]];
    if (!writeShare(split, this.all, own, share, shares, words[SCRATCH])) return;
    try {
      const got = callWith(call, own);
      if (split.adds) Atomics.add(words, SUM, got as number);
    } catch {
      Atomics.store(words, FAILED, 1);
    }
  }

  /** Waits for the shares that others have taken. */
  private wait(shares: number): void {
    const { words } = this;
    let looks = 0;
    while (Atomics.load(words, DONE) < shares && looks < LOOKS) looks++;
    if (looks === LOOKS) this.waitLong(shares);
  }

  /** A share takes some milliseconds at most; on a machine with other work its thread may have to wait for a processor. */
  private waitLong(shares: number): void {
    const { words } = this;
    let [waited, last] = [0, performance.now()];
    Atomics.store(words, WAITING, 1);
    for (let done = Atomics.load(words, DONE); done < shares; done = Atomics.load(words, DONE)) {
      if (canWait) Atomics.wait(words, DONE, done, Math.min(NAP, this.patience));
      const now = performance.now();
      // A machine that was asleep says that hours have passed.
      waited += Math.min(now - last, NAP);
      last = now;
      if (waited < this.patience) continue;
      throw new Error(
        `threads: each thread must end its share of a kernel, got one that did not in ${this.patience / 1000} seconds. It was killed, say; load the model again.`,
      );
    }
    Atomics.store(words, WAITING, 0);
  }

  /** Shares are done as they come until there is mail, which this thread can read only when it returns. */
  serve(read: number): void {
    const { words } = this;
    for (let looks = 0; Atomics.load(words, MAIL) === read; looks++) {
      if (this.work()) looks = 0;
      if (looks < LOOKS) continue;
      looks = 0;
      Atomics.add(words, SLEEPING, 1);
      const word = Atomics.load(words, CALL);
      if ((word & MOST_SHARES) >= ((word >>> SHARE_BITS) & MOST_SHARES)) Atomics.wait(words, CALL, word, NAP);
      Atomics.sub(words, SLEEPING, 1);
    }
  }

  /** How many letters were sent to each of the threads that serve. */
  get mail(): number {
    return Atomics.load(this.words, MAIL);
  }

  /** Tells them of one more. */
  announce(): void {
    Atomics.add(this.words, MAIL, 1);
    Atomics.notify(this.words, CALL);
  }
}

/** Kernels take no more numbers than they have arguments. A list of them would be garbage at every call. */
function callWith(kernel: Kernel, own: Float64Array): number | undefined {
  return kernel(
    own[0],
    own[1],
    own[2],
    own[3],
    own[4],
    own[5],
    own[6],
    own[7],
    own[8],
    own[9],
    own[10],
    own[11],
    own[12],
  );
}

/** Browsers' main threads may not wait. */
const canWait = typeof (globalThis as { document?: unknown }).document === "undefined";

/** The kernels that are split, in their order. */
export function splitKernels(kernels: Kernels): Kernel[] {
  return SPLIT_NAMES.map((name) => kernels[name] as Kernel);
}

/**
 * Whether it pays, at the moment, to share kernels. It does not where another program has the second processor, or where both are one
 * that does two things at once: then a share that another thread has begun may be waited for longer than all of the work takes. What is
 * lost is weighed against the time that the work would have taken alone, and the next calls are alone for as long as makes the loss a
 * small part of all. Clocks decide who does the work, never what comes of it: the bytes are the same.
 */

/** So many calls are weighed together: clocks of browsers tell no microseconds. */
const WINDOW = 16;

/** Or fewer, if so much is lost by them, in milliseconds. */
const GREAT = 1;

/** A loss of less, as part of the time alone, is none. */
const SLIGHT = 0.03;

/** Calls alone for each call's worth that is lost: the more often in a row, the more; then a 32nd part is lost at most. */
const MOST_CAUTION = 32;

/** A network that is idle for a day should try again. */
const MOST_REST = 2 ** 14;

/** Milliseconds that a window takes at least, as far as a clock can tell. */
const LEAST = 0.005;

export class Gains {
  private rest = 0;
  private caution = 1;
  private calls = 0;
  private alone = 0;
  private lost = 0;

  /** Asked before each call that could be shared. */
  allow(): boolean {
    if (this.rest === 0) return true;
    this.rest--;
    return false;
  }

  /**
   * Takes note of a call that was shared.
   * @param own how long this thread's shares took, in milliseconds
   * @param waited how long it waited for those of others
   * @param done how many shares this thread has done
   * @param shares how many there were
   */
  note(own: number, waited: number, done: number, shares: number): void {
    // Had it none of them, it is not known how long they take.
    const alone = done === 0 ? waited : (own * shares) / done;
    this.calls++;
    this.alone += alone;
    this.lost += own + waited - alone;
    if (this.calls === WINDOW || this.lost > GREAT) this.weigh();
  }

  private weigh(): void {
    const { calls, alone, lost } = this;
    if (lost > SLIGHT * alone) {
      this.rest = Math.min(MOST_REST, Math.round((this.caution * calls * lost) / Math.max(alone, LEAST)));
      this.caution = Math.min(2 * this.caution, MOST_CAUTION);
    } else this.caution = Math.max(1, this.caution / 2);
    this.calls = 0;
    this.alone = 0;
    this.lost = 0;
  }
}

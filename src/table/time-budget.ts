/** The seconds that a fit or a search may take. The clock decides when it ends, and how many networks it has: never what is in them. */
import { clock } from "../ground/turn.js";
import type { Signal } from "../ground/web.js";

/** Networks at most, if there is time for more than the options ask for. */
export const MOST_IN_TIME = 32;

export class TimeBudget {
  /** How long the latest piece of work took, in seconds. */
  private latest = 0;

  /**
   * @param seconds > 0
   * @param begun when it began, by the clock
   */
  constructor(
    readonly seconds: number,
    readonly begun = clock(),
  ) {}

  private get spent(): number {
    return (clock() - this.begun) / 1000;
  }

  /** Seconds left; 0 once it is over. */
  get left(): number {
    return Math.max(0, this.seconds - this.spent);
  }

  /** Does work, and keeps how long it took. */
  async timed<T>(work: () => Promise<T>): Promise<T> {
    const { spent } = this;
    const done = await work();
    this.latest = this.spent - spent;
    return done;
  }

  /** Whether as long a piece of work as the latest one would end within a share of the time. */
  hasTimeForAnother(share = 1): boolean {
    return this.spent + this.latest <= share * this.seconds;
  }

  /** A signal that ends what it is given to when a share of the time is over, or when another does; what is no signal is as it was. */
  signal(other: Signal | undefined, share = 1): Signal | undefined {
    if (other !== undefined && typeof other?.aborted !== "boolean") return other;
    const isOver = () => this.spent >= share * this.seconds;
    return {
      get aborted() {
        return other?.aborted === true || isOver();
      },
    } as Signal;
  }
}

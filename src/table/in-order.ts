/**
 * Work that is done piece after piece, or, with a pool, several pieces at once: results and all that there is to tell come in the order of
 * the pieces, whichever ends first.
 */
import { isLost, type Jobs, type Pool, type PoolLane } from "./fit-pool.js";

/** A piece of work that goes on beside others, itself a part of an outer one. What it has to tell waits for its turn. */
export class Lane implements Pool, PoolLane {
  hasAsked = false;
  private isStopped = false;
  private readonly tape: (() => unknown)[] = [];

  /** @param isOpen whether it is its turn */
  constructor(
    readonly jobs: Jobs,
    readonly outer?: Lane,
    private isOpen = true,
  ) {}

  get workers(): number {
    return this.jobs.workers;
  }

  get isOver(): boolean {
    return this.isStopped || this.outer?.isOver === true;
  }

  /** Ends its work. */
  stop(): void {
    this.isStopped = true;
    this.jobs.review();
  }

  /** Does what only this piece's turn allows: now, or when it comes; then nobody waits for it. */
  whenOpen(task: () => unknown): unknown {
    if (this.isOpen) return task();
    this.tape.push(task);
    return undefined;
  }

  /** Does what tells the caller something, in the turn of this piece and of all that it is part of; nothing once the call has ended. */
  tell(task: () => unknown): unknown {
    if (this.isOver) return undefined;
    return this.whenOpen(() => (this.outer ? this.outer.tell(task) : task()));
  }

  /** Its turn has come: what has waited is done in its order. */
  async open(): Promise<void> {
    for (let task = this.tape.shift(); task; task = this.tape.shift()) await task();
    this.isOpen = true;
  }
}

/** The lane of work that is given a pool, or is part of other work on it. */
export function laneOf(pool: Pool | undefined): Lane | undefined {
  return pool instanceof Lane ? pool : pool && new Lane(pool.jobs);
}

/** Tells the caller something: at once where there is no pool. */
export function tellIn(lane: Lane | undefined, task: () => unknown): unknown {
  return lane ? lane.tell(task) : task();
}

/** A piece that has begun. */
interface Begun<T> {
  readonly lane: Lane | undefined;
  readonly work: Promise<T>;
}

/** Pieces of work, of which more are begun while a pool has nothing else to do; without a pool one after the other. */
export class InOrder<T> {
  private readonly begun: (Begun<T> | undefined)[] = [];
  private place = 0;
  private isOver = false;
  private leave: (() => void) | undefined;
  /** Rejects with the first thread that is lost. */
  private readonly lost: Promise<never>;
  private lose: (error: unknown) => void = () => {};

  /**
   * @param outer what the pieces are parts of
   * @param start begins piece `i`, in its lane; nothing if there is none
   */
  constructor(
    private readonly outer: Lane | undefined,
    private readonly start: (i: number, lane: Lane | undefined) => Promise<T> | undefined,
    isGuess = false,
  ) {
    this.lost = new Promise((_, reject) => {
      this.lose = reject;
    });
    this.lost.catch(() => {});
    this.feed(isGuess);
  }

  /** Has the pool begin more, after all else if that may be of no use. */
  feed(isGuess = false): void {
    this.leave?.();
    this.leave = this.outer?.jobs.feed(() => this.begin()?.lane, isGuess);
  }

  private begin(): Begun<T> | undefined {
    const { outer, begun, place } = this;
    if (this.isOver || outer?.isOver) return undefined;
    const lane = outer && new Lane(outer.jobs, outer, begun.length === place);
    const work = this.start(begun.length, lane);
    if (!work) return undefined;
    const piece = { lane, work };
    begun.push(piece);
    const leave = () => lane?.jobs.leave(lane);
    // An error is that of the piece, when its turn comes.
    work.then(leave, (error) => {
      if (isLost(error)) this.lose(error);
      leave();
    });
    return piece;
  }

  /** The result of the next piece; nothing when there are no more. */
  async next(): Promise<{ readonly value: T } | undefined> {
    const { begun, place } = this;
    const piece = place < begun.length ? begun[place] : this.begin();
    if (!piece) return undefined;
    const { lane, work } = piece;
    if (lane) await Promise.race([lane.open(), this.lost]);
    const value = await (lane ? Promise.race([work, this.lost]) : work);
    begun[place] = undefined;
    this.place++;
    return { value };
  }

  /** Begins nothing more, and stops what nobody waits for. */
  end(): void {
    this.isOver = true;
    this.leave?.();
    for (const piece of this.begun) piece?.lane?.stop();
  }
}

/** Results of pieces of work in their order, as {@link InOrder} does them. What is left when the caller goes is stopped. */
export async function* resultsOf<T>(pieces: InOrder<T>): AsyncGenerator<T> {
  try {
    for (let next = await pieces.next(); next; next = await pieces.next()) yield next.value;
  } finally {
    pieces.end();
  }
}

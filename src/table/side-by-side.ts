/** Pieces of work that go on elsewhere, such as on other machines: so many at once, nothing of which is done here. */
import type { Jobs, PoolLane } from "./fit-pool.js";

type Begin = () => PoolLane | undefined;

export class SideBySide implements Jobs {
  private readonly feeders: Begin[] = [];
  private readonly running = new Set<PoolLane>();

  /** @param workers how many pieces go on at once */
  constructor(readonly workers: number) {}

  feed(begin: Begin): () => void {
    this.feeders.push(begin);
    this.goOn();
    return () => this.remove(begin);
  }

  leave(lane: PoolLane): void {
    this.running.delete(lane);
    this.goOn();
  }

  /** What goes on elsewhere sees its signal itself. */
  review(): void {}

  shuffle(): Promise<number> {
    throw new Error("importance is scored on threads of a pool.");
  }

  private goOn(): void {
    const { feeders, running, workers } = this;
    while (feeders.length > 0 && running.size < workers) {
      const lane = feeders[0]();
      if (lane) running.add(lane);
      else feeders.shift();
    }
  }

  private remove(begin: Begin): void {
    const place = this.feeders.indexOf(begin);
    if (place >= 0) this.feeders.splice(place, 1);
  }
}

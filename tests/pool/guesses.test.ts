/** Work that may turn out to be of no use goes on beside what is sure, and never in its way. */
import { describe, expect, it } from "vitest";
import type { PoolLane } from "../../src/table/fit-pool.js";
import { PoolThreads } from "../../src/worker/pool-threads.js";

/** Lanes that begin and ask for nothing. */
function beginner(most = 100) {
  const lanes: PoolLane[] = [];
  const begin = () => {
    if (lanes.length === most) return undefined;
    lanes.push({ isOver: false, hasAsked: false });
    return lanes[lanes.length - 1];
  };
  return { lanes, begin };
}

describe("A pool", () => {
  it.each([1, 2, 3, 8])("of %i threads leaves one of them free of guesses", (workers) => {
    const pool = new PoolThreads(workers);
    const { lanes, begin } = beginner();
    pool.feed(begin, true);
    expect(lanes).toHaveLength(workers - 1);
    if (workers === 1) return;
    pool.leave(lanes[0]);
    expect(lanes).toHaveLength(workers);
  });

  it("begins sure work first, one more than there are threads, and no guess beside it", () => {
    const pool = new PoolThreads(2);
    const [guesses, sure] = [beginner(), beginner(3)];
    pool.feed(sure.begin);
    pool.feed(guesses.begin, true);
    expect([sure.lanes.length, guesses.lanes.length]).toEqual([3, 0]);
    pool.leave(sure.lanes[0]);
    expect(guesses.lanes).toHaveLength(0);
    pool.leave(sure.lanes[1]);
    expect(guesses.lanes).toHaveLength(1);
    pool.leave(sure.lanes[2]);
    expect(guesses.lanes).toHaveLength(1);
  });

  it("counts a guess that is sure by now as one until it has ended", () => {
    const pool = new PoolThreads(2);
    const { lanes, begin } = beginner(3);
    const leave = pool.feed(begin, true);
    leave();
    pool.feed(begin);
    expect(lanes).toHaveLength(3);
    const other = beginner();
    pool.feed(other.begin, true);
    for (const lane of lanes.slice(1)) pool.leave(lane);
    expect(other.lanes).toHaveLength(0);
  });
});

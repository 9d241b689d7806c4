/** Timing in turns: every peer is asked in every round, one at a time, so that a slow spell of the machine hits all. */
import type { Worker } from "./worker.js";

const ROUNDS = 9;
/** For calls longer than `SLOW`. */
const FEW_ROUNDS = 3;
const SLOW = 150_000;
/** Microseconds: what a peer's turn should take, and what it is warmed for. */
const TURN = 20_000;
const WARM = 250_000;

interface Turns {
  readonly worker: Worker;
  readonly calls: number;
  readonly rounds: number;
  readonly times: number[];
}

/** Microseconds a call by peer, medians over the rounds; `quick`: one call each, which says only that it runs. */
export async function timeInTurns(
  name: string,
  workers: readonly Worker[],
  quick: boolean,
): Promise<Map<string, number>> {
  const turns: Turns[] = [];
  for (const worker of workers) turns.push(await warm(name, worker, quick));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { worker, calls, rounds, times } of turns) {
      if (round < rounds) times.push(await worker.time(name, calls));
    }
  }
  return new Map(turns.map(({ worker, times }) => [worker.peer.name, median(times)]));
}

/** Twice as many calls each time, for compilers work by the call; the last time says how many fill a turn. */
async function warm(name: string, worker: Worker, quick: boolean): Promise<Turns> {
  if (quick) return { worker, calls: 1, rounds: 1, times: [] };
  let spent = 0;
  let time = 0;
  for (let calls = 1; spent < WARM; calls *= 2) {
    time = await worker.time(name, calls);
    spent += time * calls;
  }
  return {
    worker,
    calls: Math.max(1, Math.round(TURN / time)),
    rounds: time > SLOW ? FEW_ROUNDS : ROUNDS,
    times: [],
  };
}

function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[times.length >> 1];
}

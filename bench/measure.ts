/**
 * Timing on noisy machines: every subject is warmed, then all take turns, round after round, so that a slow spell hits all
 * of them; what is compared are ratios within one run. A subject's time is the median of its rounds.
 */

/** Something timed: one call does the work once. */
export interface Subject {
  readonly name: string;
  readonly call: () => unknown;
}

export interface Timing {
  readonly name: string;
  /** Microseconds a call: median and least over the rounds. */
  readonly median: number;
  readonly least: number;
}

/** `--quick` on the command line: results are checked, times mean nothing. */
export const QUICK = process.argv.includes("--quick");

const ROUNDS = QUICK ? 1 : 25;
/** Microseconds that one round of one subject should take. */
const ROUND_TIME = QUICK ? 0 : 4000;
/** Microseconds of warming up: functions are optimised one by one, after some milliseconds of each. */
const WARM_TIME = QUICK ? 0 : 60_000;

const now = () => performance.now() * 1000;

export function measure(subjects: readonly Subject[]): Timing[] {
  const prepared = subjects.map(({ name, call }) => ({ name, call, calls: warm(call), times: [] as number[] }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const { call, calls, times } of prepared) {
      const start = now();
      for (let i = 0; i < calls; i++) call();
      times.push((now() - start) / calls);
    }
  }
  return prepared.map(({ name, times }) => {
    times.sort((a, b) => a - b);
    return { name, median: times[times.length >> 1], least: times[0] };
  });
}

/** Calls until warm; how many calls fill a round. */
function warm(call: () => unknown): number {
  const start = now();
  let calls = 0;
  let last = 0;
  do {
    const before = now();
    call();
    last = now() - before;
    calls++;
  } while (now() - start < WARM_TIME);
  // The mean of the warm-up counts slow first calls, the last call alone is noise: take the smaller.
  const perCall = Math.max(0.01, Math.min(last, (now() - start) / calls));
  return Math.max(1, Math.round(ROUND_TIME / perCall));
}

/** "  43.2" */
export function figure(value: number, digits = 1, width = 8): string {
  return value.toFixed(digits).padStart(width);
}

let passed = 0;
let failed = 0;

/** A result's error against its bound; counted, and printed where it does not hold. */
export function check(name: string, error: number, bound: number): string {
  const share = error / bound;
  if (share <= 1) passed++;
  else {
    failed++;
    console.log(`${name}: error ${error} exceeds its bound ${bound}`);
  }
  return `error ${share.toFixed(3)} of bound`;
}

/** Prints the count; the exit code says whether all results were right. */
export function finish(): void {
  console.log(`\nresults checked: ${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}

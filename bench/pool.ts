/**
 * How much sooner work on a pool is done: an ensemble, folds, a search, importance, without a pool and with 1 and 2 workers (or those that
 * are named), one after the other in each round, medians of the rounds, and ratios within this run. Results are compared, too: no time is
 * printed of work that gives others. Runs on what is built: `npm run build` first, on a machine that does nothing else.
 *
 *   npx tsx bench/pool.ts [workers...]
 */
import { availableParallelism, cpus } from "node:os";
import type * as wasmlp from "../src/index.js";
import type * as pools from "../src/pool.js";

const { Classifier, Regressor } = (await import("wasmlp")) as unknown as typeof wasmlp;
const { createPool } = (await import("wasmlp/pool")) as unknown as typeof pools;

const ROUNDS = 3;
const GOAL = 1.8;

let state = 9;
const random = () => {
  state = (state * 48271) % 2147483647;
  return state / 2147483647;
};

/** Rows of twelve columns, whose targets follow from some of them. */
const table = (count: number) =>
  Array.from({ length: count }, () => {
    const row: Record<string, unknown> = {};
    for (let k = 0; k < 9; k++) row[`n${k}`] = random();
    row.city = `c${Math.floor(30 * random())}`;
    row.flag = random() < 0.5;
    const sum = Number(row.n0) + Number(row.n1) * Number(row.n2) + (row.flag ? 0.3 : 0) + 0.3 * random();
    return { ...row, label: sum > 1 ? "a" : "b", value: sum };
  });

const [small, large] = [table(1200), table(10_000)];
const asked = await Classifier.fit(large, { target: "label", hidden: [128], epochs: 2, columns: { value: "ignore" } });

type Pool = pools.Pool | undefined;
const labels = { target: "label", columns: { value: "ignore" } } as const;
const values = { target: "value", columns: { label: "ignore" } } as const;
const hashable = (model: { save(): Uint8Array }) => Buffer.from(model.save()).toString("base64");

/** Each gives something to compare. */
const WORKS: Record<string, (pool: Pool) => Promise<unknown>> = {
  "Classifier.fit, 10,000 rows, 4 networks of [128]": async (pool) =>
    hashable(await Classifier.fit(large, { ...labels, hidden: [128], ensemble: 4, pool })),
  "Classifier.fit, 10,000 rows, no option set": async (pool) =>
    hashable(await Classifier.fit(large, { ...labels, pool })),
  "Classifier.fit, 1,200 rows, no option set": async (pool) =>
    hashable(await Classifier.fit(small, { ...labels, pool })),
  "Regressor.fit, 10,000 rows, no option set": async (pool) =>
    hashable(await Regressor.fit(large, { ...values, pool })),
  "Classifier.crossValidate, 10,000 rows, 10 folds of one network": (pool) =>
    Classifier.crossValidate(large, { ...labels, hidden: [128], ensemble: 1, folds: 10, pool }),
  "Classifier.crossValidate, 1,200 rows, 5 folds, no option set": (pool) =>
    Classifier.crossValidate(small, { ...labels, pool }),
  "Classifier.search, 1,200 rows, 8 trials of its own space": async (pool) => {
    const { trials, model } = await Classifier.search(small, { ...labels, trials: 8, pool });
    return { trials, model: hashable(model) };
  },
  "Classifier.search, 1,200 rows, 8 trials of a space": async (pool) => {
    const space = { hidden: [[32], [64]], learningRate: { low: 1e-3, high: 1e-2, log: true } };
    const { trials, model } = await Classifier.search(small, space, { ...labels, trials: 8, ensemble: 2, pool });
    return { trials, model: hashable(model) };
  },
  "importance, 10,000 rows": (pool) => asked.importance(large, { ...(pool && { pool }) }),
};

const median = (times: readonly number[]) => [...times].sort((a, b) => a - b)[times.length >> 1];

const counts = process.argv.slice(2).map(Number);
const workers = counts.length > 0 ? counts : [1, 2];
const ways: (readonly [name: string, pool: Pool])[] = [
  ["none", undefined],
  ...workers.map((count) => [`${count}`, createPool({ workers: count })] as const),
];
console.log(`${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.version}`);
console.log(`seconds, medians of ${ROUNDS} rounds; in brackets how many times as fast as without a pool\n`);
let missed = 0;
for (const [name, work] of Object.entries(WORKS)) {
  const times = ways.map((): number[] => []);
  const wanted = JSON.stringify(await work(undefined));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [w, [way, pool]] of ways.entries()) {
      // Threads that had nothing to do while others worked have ended: how long they take to start is not what is asked here.
      await work(pool);
      const began = performance.now();
      const result = await work(pool);
      times[w].push((performance.now() - began) / 1000);
      if (JSON.stringify(result) !== wanted) throw new Error(`${name}: ${way} workers gave another result.`);
    }
  }
  const medians = times.map(median);
  const cells = ways.map(([way], w) => `${way}: ${medians[w].toFixed(2)} (${(medians[0] / medians[w]).toFixed(2)})`);
  const two = ways.findIndex(([way]) => way === "2");
  const isMissed = two > 0 && medians[0] / medians[two] < GOAL;
  missed += Number(isMissed);
  console.log(`${name.padEnd(64)} ${cells.join("   ")}${isMissed ? `   below ${GOAL}` : ""}`);
}
if (missed > 0) process.exitCode = 1;

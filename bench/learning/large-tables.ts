/**
 * Memory and pauses of fits to large tables that come from a generator, row by row: of a million rows and 20 columns, a gigabyte of objects
 * if they were kept. Prints for each the memory of a process of its own at its peak, beyond what it has before the fit, the longest
 * time between two rounds of the event loop, and how long it took. Runs on what is built: `npm run build` first.
 *
 *   npx tsx bench/learning/large-tables.ts [millions of rows] [word...]     1 million, all works; or those whose name holds a word
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type * as wasmlp from "../../src/index.js";

const MEGABYTE = 2 ** 20;

let state = 9;
const random = () => {
  state = (state * 48271) % 2147483647;
  return state / 2147483647;
};

/** Rows of 20 columns and a target: numbers, texts, booleans, codes. */
function* table(count: number): Generator<Record<string, unknown>> {
  const numbers = Array.from({ length: 16 }, (_, k) => `n${k}`);
  for (let r = 0; r < count; r++) {
    const row: Record<string, unknown> = {};
    for (const name of numbers) row[name] = random();
    row.city = `c${Math.floor(30 * random())}`;
    row.flag = random() < 0.5;
    row.kind = `k${Math.floor(5 * random())}`;
    row.code = String(Math.floor(1000 * random()));
    row.y = (row.n0 as number) + random() < 0.8 ? "a" : "b";
    row.amount = 100 * (row.n1 as number) + random();
    yield row;
  }
}

/** The same as CSV has it: all texts. */
function* csv(count: number): Generator<Record<string, string>> {
  for (const row of table(count)) {
    yield Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)]));
  }
}

async function* stream<R>(rows: Iterable<R>): AsyncGenerator<R> {
  yield* rows;
}

type Library = typeof wasmlp;
const without = { columns: { amount: "ignore" } as const, target: "y" };

const WORKS: Record<string, (library: Library, rows: number) => Promise<unknown>> = {
  "one network, one epoch": ({ Classifier }, rows) =>
    Classifier.fit(table(rows), { ...without, epochs: 1, ensemble: 1, hidden: [32] }),
  "values, a stream, one network, one epoch": ({ Regressor }, rows) =>
    Regressor.fit(stream(table(rows)), { target: "amount", epochs: 1, ensemble: 1, hidden: [32] }),
  "texts as CSV has them, one network, one epoch": ({ Classifier }, rows) =>
    Classifier.fit(csv(rows), { ...without, epochs: 1, ensemble: 1, hidden: [32] }),
  "no option but one epoch": ({ Classifier }, rows) => Classifier.fit(table(rows), { ...without, epochs: 1 }),
};

async function watch(name: string, rows: number): Promise<void> {
  const library = (await import("wasmlp")) as unknown as Library;
  await library.Classifier.fit(table(500), { ...without, epochs: 1 });
  const before = process.memoryUsage().rss;
  let [peak, longest, last, isDone] = [before, 0, performance.now(), false];
  const tick = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (!isDone) setImmediate(tick);
  };
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 20);
  setImmediate(tick);
  const begun = performance.now();
  await WORKS[name](library, rows);
  isDone = true;
  clearInterval(timer);
  const whole = process.resourceUsage().maxRSS / 1024;
  const own = (Math.max(peak, whole * MEGABYTE) - before) / MEGABYTE;
  const seconds = (performance.now() - begun) / 1000;
  console.log(
    `${name}, ${rows} rows x 20: ${own.toFixed(0)} MB more (${whole.toFixed(0)} MB in all), longest pause ${longest.toFixed(1)} ms, ${seconds.toFixed(0)} s`,
  );
}

const [first, ...words] = process.argv.slice(2);
if (first === "--only") await watch(words[0], Number(words[1]));
else {
  const rows = Number(first ?? 1) * 1e6;
  for (const name of Object.keys(WORKS)) {
    if (words.length > 0 && !words.some((word) => name.includes(word))) continue;
    const self = [...process.execArgv, fileURLToPath(import.meta.url), "--only", name, String(rows)];
    spawnSync(process.execPath, self, { stdio: "inherit" });
  }
}

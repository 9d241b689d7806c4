/** Node: how late the event loop is while `fit` runs, beside work that gives turns as often and one that does not. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { Training } from "./training.js";

/** What the event loop waited while some work was done. */
export interface Delays {
  median: number;
  p99: number;
  most: number;
}

async function delays(work: () => Promise<unknown>): Promise<Delays> {
  // Its own resolution is in what it measures.
  const histogram = monitorEventLoopDelay({ resolution: 1 });
  histogram.enable();
  await work();
  histogram.disable();
  return { median: histogram.percentile(50) / 1e6, p99: histogram.percentile(99) / 1e6, most: histogram.max / 1e6 };
}

/** Blocks of work with no library in them, a turn after each. */
async function block(length: number, milliseconds: number): Promise<void> {
  for (const start = performance.now(); performance.now() - start < milliseconds; ) {
    for (const begun = performance.now(); performance.now() - begun < length; );
    await new Promise(setImmediate);
  }
}

const training = await Training.create();
await training.run("here", 200);
const seen = {
  fit: await delays(() => training.run("here", 4000)),
  // What this machine does to any work with turns like those of `fit`: others may take its time.
  blocks: await delays(() => block(7, 2000)),
  frozen: await delays(() => block(50, 500)),
};
console.log(JSON.stringify(seen));

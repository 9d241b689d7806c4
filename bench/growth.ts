/**
 * `npm run bench -- --growth`: how cost grows with rows, width and batch. Time per flop should stay level; where it does
 * not, bench/NOTES.md says why.
 */

import { planLayout, rowsAtATime } from "../src/core/layout.js";
import { Random } from "../src/ground/random.js";
import { Dataset, MLP, sgd } from "../src/index.js";
import { figure, measure, QUICK } from "./measure.js";
import { prepare } from "./nets.js";
import { flopOf } from "./step.js";

const ROWS = QUICK ? [1000] : [1000, 10_000, 100_000, 1_000_000];
const WIDTHS = QUICK ? [16, 64] : [16, 32, 64, 128, 256, 512, 1000, 1024, 1040, 2048];
const BATCHES = QUICK ? [1, 64] : [1, 4, 16, 64, 256, 1024, 4096];

function line(title: string, microseconds: number, flop: number, bytes: number): void {
  const time = `${figure(microseconds, 1, 12)} µs ${figure((microseconds * 1e6) / flop, 1)} ps/flop`;
  console.log(`${title.padEnd(22)} ${time} ${figure(bytes / 1e6, 2, 9)} MB`);
}

/** Bytes of a model's memory. */
function modelBytes(layers: readonly number[]): number {
  return planLayout(layers, rowsAtATime(layers), 0).end;
}

async function updates(layers: number[], batch: number): Promise<void> {
  const { net, x, y } = await prepare(layers, batch);
  const trainer = net.trainer({ optimizer: sgd({ learningRate: 1e-4 }) });
  const [{ median }] = measure([{ name: "step", call: () => trainer.step(x, y) }]);
  line(`${layers.join("-")} batch ${batch}`, median, flopOf(layers, batch), modelBytes(layers));
}

async function epochs(rows: number): Promise<void> {
  const layers = [64, 64, 10];
  const random = new Random(1);
  const x = Uint8Array.from({ length: rows * 64 }, () => random.below(256));
  const y = Uint8Array.from({ length: rows }, () => random.below(10));
  const data = Dataset.from({ x, y, scale: 1 / 255 });
  const net = await MLP.create({ layers });
  const options = { epochs: 1, batchSize: 64, optimizer: sgd({ learningRate: 0.01 }) };
  if (!QUICK) await net.fit(data.take(Array.from({ length: Math.min(rows, 10_000) }, (_, i) => i)), options);
  const times: number[] = [];
  for (let round = 0; round < (QUICK ? 1 : 5); round++) {
    const start = performance.now();
    await net.fit(data, options);
    times.push(performance.now() - start);
  }
  const bytes = modelBytes(layers) + x.byteLength + data.y.byteLength;
  line(`an epoch of ${rows} rows`, 1000 * times.sort((a, b) => a - b)[times.length >> 1], flopOf(layers, rows), bytes);
}

export async function benchGrowth(): Promise<void> {
  console.log("\nrows: 64-64-10, batch 64, through fit, rows as bytes and drawn at random; memory with the data");
  for (const rows of ROWS) await epochs(rows);
  console.log("\nwidth: an update of w-w-10, batch 64; memory of the model");
  for (const width of WIDTHS) await updates([width, width, 10], 64);
  console.log("\nbatch: an update of 64-64-10");
  for (const batch of BATCHES) await updates([64, 64, 10], batch);
}

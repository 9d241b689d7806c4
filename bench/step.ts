/** One whole update: forward, loss, backward, plain SGD, copying the rows in included. */
import { sgd } from "../src/index.js";
import { Twin } from "../tests/twin.js";
import { limitOf, limitSubjects } from "./gemm.js";
import { check, figure, measure } from "./measure.js";
import { flatParameters, NETS, prepare } from "./nets.js";

/** Multiply-adds count twice; the first layer has no input gradient. */
export function flopOf(layers: readonly number[], rows: number): number {
  let flop = 0;
  for (let l = 0; l + 1 < layers.length; l++) flop += (l === 0 ? 4 : 6) * layers[l] * layers[l + 1] * rows;
  return flop;
}

/** Bytes of JS heap that a call leaves behind, garbage included: the median of counts, since collections make some negative. */
function heapPerCall(call: () => unknown): number {
  const counts: number[] = [];
  for (let attempt = 0; attempt < 15; attempt++) {
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 1000; i++) call();
    counts.push((process.memoryUsage().heapUsed - before) / 1000);
  }
  return counts.sort((a, b) => a - b)[7];
}

export async function benchStep(): Promise<void> {
  console.log("\none update: µs, GF/s, share of the 128-bit limit in this run, error of the loss, heap");
  for (const { layers, batch } of NETS) {
    const { net, x, y } = await prepare(layers, batch);
    const plan = { sizes: layers, activation: "relu", output: "softmax", l1: 0, l2: 0, rows: batch } as const;
    const wanted = new Twin({ ...plan, sizes: [...layers] }, flatParameters(net)).lossAndGradient(x, y).loss;
    const trainer = net.trainer({ optimizer: sgd({ learningRate: 1e-3 }) });
    const title = `${layers.join("-")} batch ${batch}`;
    const error = check(title, Math.abs(trainer.step(x, y) / wanted - 1), 1e-6);
    const timings = measure([...limitSubjects(), { name: "step", call: () => trainer.step(x, y) }]);
    const { median } = timings.find(({ name }) => name === "step")!;
    const speed = flopOf(layers, batch) / median / 1e3;
    const limit = limitOf(timings);
    const heap = batch * layers[0] < 5000 ? `  ${heapPerCall(() => trainer.step(x, y)).toFixed(0)} B/step` : "";
    console.log(
      `${title.padEnd(23)} ${figure(median, 2, 9)} µs ${figure(speed)} GF/s  ${figure(speed / limit, 2, 5)} of ${limit.toFixed(1)}  ${error}${heap}`,
    );
  }
}

/**
 * What two cores of this machine give at this moment: the same work on one thread, and on two that have nothing to do with each
 * other. Virtual machines whose processors share a core, or have neighbours, give less than 2; nothing that shares work gains more.
 */
import { Worker } from "node:worker_threads";
import { sgd } from "../src/index.js";
import { prepare } from "./nets.js";

/** Milliseconds of work that are measured at a time. */
const WORK = 200;

/** Updates of 784-128-10 in a millisecond. */
async function speed(): Promise<() => number> {
  const { net, x, y } = await prepare([784, 128, 10], 64);
  const trainer = net.trainer({ optimizer: sgd({ learningRate: 1e-3 }) });
  return () => {
    const start = performance.now();
    let count = 0;
    for (; performance.now() - start < WORK; count++) trainer.step(x, y);
    return count / (performance.now() - start);
  };
}

/** Another thread that does the same without end, on what is built. */
const OTHER = `
const { parentPort } = require("node:worker_threads");
import("wasmlp").then(async ({ MLP, sgd }) => {
  const net = await MLP.create({ layers: [784, 128, 10], seed: 1 });
  const trainer = net.trainer({ optimizer: sgd({ learningRate: 1e-3 }) });
  const x = Float32Array.from({ length: 64 * 784 }, (_, i) => ((i * 7919) % 1000) / 500 - 1);
  const y = Uint8Array.from({ length: 64 }, (_, i) => i % 10);
  for (let i = 0; ; i++) {
    if (i === 500) parentPort.postMessage("warm");
    trainer.step(x, y);
  }
});`;

/** Made before `threads()`, which would share its work. @returns measures how many times as much two threads do as one */
export async function twoCores(): Promise<() => Promise<number>> {
  const own = await speed();
  own();
  return async () => {
    const before = own();
    const other = new Worker(OTHER, { eval: true });
    await new Promise((resolve) => other.once("message", resolve));
    const together = own();
    await other.terminate();
    return (2 * together) / Math.max(before, own());
  };
}

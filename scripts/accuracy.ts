/**
 * The worst error of each activation over EVERY float32, in ulps of float64's value. Takes some minutes; `tsx scripts/accuracy.ts
 * 1001` looks at one float32 in 1001, `tsx scripts/accuracy.ts 1 gelu mish` at these two. Exits with 1 if an error is larger than
 * stated.
 */
import { createCore, reserve } from "../src/core/core.js";
import { addExtra } from "../src/core/extra-core.js";
import "../src/core/inline.js";
import { curves } from "../tests/curves.js";
import { elementary, fillPatterns, type Worst, worstUlps } from "../tests/ulp.js";

const BLOCK = 2 ** 18;

const [stride, ...asked] = [Number(process.argv[2] ?? 1), ...process.argv.slice(3)];
if (!Number.isInteger(stride) || stride < 1 || stride > 2 ** 20) {
  throw new RangeError(`accuracy: the stride must be a whole number from 1 to 2^20, got ${process.argv[2]}.`);
}

const core = await addExtra(await createCore());
const { kernels } = core;
reserve(core, core.base + 8 * BLOCK);
const x = new Float32Array(core.memory.buffer, core.base, BLOCK);
const y = new Float32Array(core.memory.buffer, core.base + 4 * BLOCK, BLOCK);

type Forward = (to: number, from: number, count: number) => void;

const functions = [
  ...elementary.map((one) => ({ ...one, forward: kernels[one.kernel] as Forward })),
  ...curves.map((one) => ({ ...one, forward: ((...args) => one.curve.forward(kernels, ...args)) as Forward })),
].filter(({ name }) => asked.length === 0 || asked.includes(name));

for (const { name, forward, exact, stated } of functions) {
  let worst: Worst = { error: 0, x: Number.NaN };
  const start = performance.now();
  const patterns = Math.ceil(2 ** 32 / stride);
  for (let done = 0; done < patterns; done += BLOCK) {
    const count = Math.min(BLOCK, patterns - done);
    fillPatterns(x.subarray(0, count), done * stride, stride);
    forward(y.byteOffset, x.byteOffset, count);
    worst = worstUlps(x.subarray(0, count), y, exact, worst);
  }
  const passed = worst.error <= stated;
  if (!passed) process.exitCode = 1;
  console.log(
    `${name.padEnd(16)} ${worst.error.toFixed(4)} ulp at ${worst.x}; stated ${stated}: ${passed ? "holds" : "EXCEEDED"}` +
      ` (${patterns} float32, ${((performance.now() - start) / 1000).toFixed(0)} s)`,
  );
}

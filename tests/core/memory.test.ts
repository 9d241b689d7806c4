/** M1: memory stays flat. M2: what does not fit is refused and nothing is lost. */
import { describe, expect, it } from "vitest";
import { createCore, reserve } from "../../src/core/core.js";
import { planLayout, rowsAtATime } from "../../src/core/layout.js";
import { MLP, sgd } from "../../src/index.js";
import { Network } from "../../src/net/network.js";
import { XOR } from "../xor.js";

/** Bytes alive after collection: heap and array buffers, WebAssembly memories included. */
function alive(): number {
  for (let i = 0; i < 3; i++) (globalThis as unknown as { gc(): void }).gc();
  const { heapUsed, arrayBuffers, external } = process.memoryUsage();
  return heapUsed + arrayBuffers + external;
}

/** Slope of least squares through samples taken after every `work`, in bytes a sample; the first third is warm-up. */
async function slope(samples: number, work: () => unknown): Promise<number> {
  const sizes: number[] = [];
  for (let i = 0; i < samples; i++) {
    await work();
    await new Promise((resolve) => setTimeout(resolve, 1));
    sizes.push(alive());
  }
  const steady = sizes.slice(Math.floor(samples / 3));
  const middle = (steady.length - 1) / 2;
  let above = 0;
  let below = 0;
  steady.forEach((size, i) => {
    above += (i - middle) * size;
    below += (i - middle) ** 2;
  });
  return above / below;
}

const LONG = process.env.WASMLP_LONG === "1";

describe("M1: memory stays flat", () => {
  it("over models made, fitted, asked and dropped", async () => {
    const perSample = LONG ? 400 : 25;
    const growth = await slope(24, async () => {
      for (let i = 0; i < perSample; i++) {
        const net = await MLP.create({ layers: [2, 10, 2] });
        await net.fit(XOR, { epochs: 2 });
        net.predict(XOR);
      }
    });
    // A leak of one model each would be its 64 KiB page and more, `perSample` times.
    expect(Math.abs(growth)).toBeLessThan(perSample * 2000);
  });

  it("over predictions into a given array", async () => {
    const net = await MLP.create({ layers: [2, 10, 2] });
    const x = new Float32Array([0, 1]);
    const out = new Float32Array(2);
    const calls = LONG ? 50_000 : 20_000;
    const growth = await slope(20, () => {
      for (let i = 0; i < calls; i++) net.predictProba(x, out);
    });
    expect(Math.abs(growth)).toBeLessThan(calls / 10);
  });

  it("over updates", async () => {
    const net = await MLP.create({ layers: [2, 10, 2] });
    const trainer = net.trainer({ optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }) });
    const x = new Float32Array([0, 0, 0, 1, 1, 0, 1, 1]);
    const y = new Int32Array([0, 1, 1, 0]);
    const calls = 20_000;
    const growth = await slope(20, () => {
      for (let i = 0; i < calls; i++) trainer.step(x, y);
    });
    expect(Math.abs(growth)).toBeLessThan(calls / 10);
  });

  it("no page is added after the model is made, whatever the batch", async () => {
    const core = await createCore();
    const network = new Network(core, { layers: [4, 8, 3], activation: "relu", output: "softmax" });
    const bytes = core.memory.buffer.byteLength;
    expect(network.layout.end).toBeLessThanOrEqual(bytes);
    expect(bytes - network.layout.end).toBeLessThan(65536);
  });

  it("control: models that are kept are noticed", async () => {
    const kept: MLP[] = [];
    const growth = await slope(12, async () => {
      for (let i = 0; i < 25; i++) kept.push(await MLP.create({ layers: [2, 10, 2] }));
    });
    expect(growth).toBeGreaterThan(25 * 2000);
  });
});

describe("allocation", () => {
  /** Bytes allocated a call: the median of short counts, which seldom meet a collection. */
  function medianBytes(call: () => void): number {
    const calls = 500;
    const counts: number[] = [];
    for (let attempt = 0; attempt < 11; attempt++) {
      (globalThis as unknown as { gc(): void }).gc();
      const before = process.memoryUsage().heapUsed;
      for (let i = 0; i < calls; i++) call();
      counts.push((process.memoryUsage().heapUsed - before) / calls);
    }
    return counts.sort((a, b) => a - b)[5];
  }

  /** The least over stages of warming up, until it is `enough`: interpreted code boxes numbers that optimised code does not. */
  async function bytesPerCall(call: () => void, enough = 0): Promise<number> {
    let least = Number.POSITIVE_INFINITY;
    for (let stage = 0; stage < (enough > 0 ? 40 : 10) && least > enough; stage++) {
      for (let i = 0; i < 4000; i++) call();
      // The optimising compiler works on another thread, which a busy machine may keep waiting.
      await new Promise((resolve) => setTimeout(resolve, 30));
      least = Math.min(least, medianBytes(call));
    }
    return least;
  }

  it("predictProba into a given array: 0 bytes", async () => {
    const net = await MLP.create({ layers: [64, 64, 10] });
    const x = new Float32Array(64);
    const out = new Float32Array(10);
    expect(await bytesPerCall(() => net.predictProba(x, out))).toBeLessThan(8);
  });

  it("an update from typed arrays: boxed numbers of 16 bytes (the loss returned, the rate passed on), no object", async () => {
    const net = await MLP.create({ layers: [64, 64, 10] });
    const trainer = net.trainer({ optimizer: sgd({ learningRate: 1e-3, momentum: 0.9 }), l2: 1e-3 });
    const x = new Float32Array(8 * 64).fill(0.5);
    const y = new Int32Array(8);
    // 32 to 80 as the engine has inlined more or less; a view or an array would add a hundred.
    expect(await bytesPerCall(() => trainer.step(x, y), 96)).toBeLessThanOrEqual(96);
  }, 60_000);

  it("control: an update from rows in arrays is noticed", async () => {
    const net = await MLP.create({ layers: [64, 64, 10] });
    const trainer = net.trainer({ optimizer: sgd({ learningRate: 1e-3 }) });
    const x = Array.from({ length: 2 }, () => new Array<number>(64).fill(0.5));
    expect(await bytesPerCall(() => trainer.step(x, [0, 1]), 96)).toBeGreaterThan(96);
  }, 60_000);

  it("control: predictProba into a new array is noticed", async () => {
    const net = await MLP.create({ layers: [64, 64, 10] });
    const x = new Float32Array(64);
    expect(await bytesPerCall(() => net.predictProba(x))).toBeGreaterThan(8);
  });
});

describe("M2: what does not fit", () => {
  it("layers beyond 32-bit addresses: the figure is named, the next model works", async () => {
    await expect(MLP.create({ layers: [2 ** 30, 2 ** 30] })).rejects.toThrow(
      /must fit in 4294\.9 MB.*got layers that need \d/,
    );
    await expect(MLP.create({ layers: [40_000, 40_000, 10] })).rejects.toThrow(RangeError);
    expect((await MLP.create({ layers: [2, 2] })).predict([[0, 0]])).toHaveLength(1);
  });

  it("a machine that refuses memory: the figure is named, the memory is as it was", async () => {
    const core = await createCore();
    const refusing = {
      ...core,
      memory: {
        buffer: core.memory.buffer,
        grow: () => {
          throw new RangeError("no");
        },
      },
    };
    expect(() => reserve(refusing as unknown as typeof core, 1e8)).toThrow(/must have 100\.0 MB of free memory/);
    expect(core.memory.buffer.byteLength).toBe(65536);
  });
});

describe("the layout", () => {
  const shapes = [
    [2, 10, 2],
    [1, 1],
    [784, 800, 10],
    [3, 4, 5, 6, 7],
    [100, 1, 100],
  ];

  it("has slabs that start on 64 bytes, follow each other and never overlap", () => {
    for (const sizes of shapes) {
      const { params, grads, state1, state2, inputs, layers, targets, scratch, end } = planLayout(sizes, 16, 100);
      const starts = [params, grads, state1, state2, inputs, ...layers.map(({ y }) => y), targets, scratch];
      for (const start of starts) expect(start % 64).toBe(0);
      expect(starts).toEqual([...starts].sort((a, b) => a - b));
      expect(params).toBeGreaterThanOrEqual(100);
      expect(end).toBeGreaterThan(scratch);
    }
  });

  it("has scratch for every panel, list and byte that kernels may ask for", () => {
    for (const sizes of [...shapes, [40, 700, 9], [9, 700, 40]]) {
      const { rows, layers, inputs, scratch, end } = planLayout(sizes, 16, 0);
      expect(inputs).toBeLessThan(scratch);
      for (const { inputs: I, outputs: O } of layers) {
        for (const floats of [16 * Math.min(I, 320), 16 * O, 16 * rows])
          expect(end - scratch).toBeGreaterThanOrEqual(4 * floats);
      }
      // Eight lists of two words an entry, over the inputs or the rows; the batch as bytes.
      const lists = 8 * 8 * Math.max(sizes[0], rows);
      expect(end - scratch).toBeGreaterThanOrEqual(Math.max(lists, rows * sizes[0]));
    }
  });

  it("keeps a layer's delta apart from all that its computation reads", () => {
    for (const sizes of shapes) {
      const { layers } = planLayout(sizes, 16, 0);
      for (let l = 1; l < layers.length; l++) {
        expect(layers[l - 1].dy).not.toBe(layers[l].dy);
        for (const { y } of layers) expect(l < layers.length && layers[l - 1].dy === y).toBe(false);
      }
    }
  });

  it("takes at least 16 and at most 256 rows at a time, fewer for wide networks", () => {
    expect(rowsAtATime([2, 10, 2])).toBe(256);
    expect(rowsAtATime([784, 128, 10])).toBe(256);
    expect(rowsAtATime([784, 800, 10])).toBe(64);
    expect(rowsAtATime([4096, 4096, 4096])).toBe(16);
  });
});

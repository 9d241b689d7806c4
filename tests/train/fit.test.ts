/** `fit`: what it learns, reports, gives way to, and leaves behind. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { Dataset, MLP, type Output, sgd, stepDecay } from "../../src/index.js";
import { XOR } from "../xor.js";

/** Two moons' worth of points that a straight line does not part. */
function rings(rows: number, seed: number): Dataset {
  const random = new Random(seed);
  const y = Array.from({ length: rows }, (_, r) => r % 2);
  const x = y.map((ring) => {
    const [a, b] = [random.normal(), random.normal()];
    const radius = (ring === 0 ? 1 : 2.5) + 0.1 * random.normal();
    const length = Math.sqrt(a * a + b * b);
    return [(radius * a) / length, (radius * b) / length];
  });
  return Dataset.from({ x, y });
}

describe("what it learns", () => {
  it("XOR with 2-10-2, from every start and activation", async () => {
    for (const activation of ["relu", "sigmoid", "tanh"] as const) {
      for (const init of ["gaussian", "xavier-normal", "xavier-uniform", "he-normal", "he-uniform"] as const) {
        const net = await MLP.create({ layers: [2, 10, 2], activation, init, seed: 4 });
        await net.fit(XOR, { epochs: 2000, batchSize: 4, optimizer: sgd({ learningRate: 0.5, momentum: 0.9 }) });
        expect([...net.predict(XOR)], `${activation} ${init}`).toEqual([0, 1, 1, 0]);
      }
    }
  });

  it("rings, by each optimizer, above 0.98 on held-out rows", async () => {
    const { train, test } = rings(600, 1).split({ test: 0.25, seed: 2 });
    const net = await MLP.create({ layers: [2, 16, 2], seed: 3 });
    await net.fit(train, { epochs: 40, batchSize: 64, optimizer: sgd({ learningRate: 0.1, momentum: 0.9 }) });
    expect(net.evaluate(test).accuracy).toBeGreaterThan(0.98);
    const byDefault = await MLP.create({ layers: [2, 16, 2], seed: 3 });
    await byDefault.fit(train, { epochs: 200 });
    expect(byDefault.evaluate(test).accuracy).toBeGreaterThan(0.98);
  });

  it("bytes with a scale exactly as the floats they stand for", async () => {
    const random = new Random(4);
    const bytes = Uint8Array.from({ length: 50 * 40 }, () => random.below(256));
    const y = Array.from({ length: 50 }, (_, r) => r % 3);
    const floats = Float32Array.from(bytes, (byte) => byte * Math.fround(1 / 255));
    const results = [];
    for (const data of [Dataset.from({ x: bytes, y, scale: 1 / 255 }), Dataset.from({ x: floats, y })]) {
      const net = await MLP.create({ layers: [40, 12, 3], seed: 1 });
      await net.fit(data, { epochs: 3, batchSize: 16 });
      results.push([net.parameters(), net.predictProba(data), net.evaluate(data)]);
    }
    expect(results[0]).toEqual(results[1]);
  });

  it("control: another seed gives other weights", async () => {
    const [a, b] = await Promise.all([1, 2].map((seed) => MLP.create({ layers: [2, 3, 2], seed })));
    expect(a.parameters()).not.toEqual(b.parameters());
  });
});

describe("same seed, same bytes", () => {
  it("twice in one process, and split over two fits", async () => {
    const data = rings(100, 5);
    const train = async (...epochs: number[]) => {
      const net = await MLP.create({ layers: [2, 8, 2], seed: 6 });
      for (const count of epochs) await net.fit(data, { epochs: count, batchSize: 32, optimizer: sgd() });
      return net.parameters();
    };
    const whole = await train(6);
    expect(await train(6)).toEqual(whole);
    // Plain SGD keeps nothing between updates, and the generator goes on where it was.
    expect(await train(2, 4)).toEqual(whole);
  });

  it("is what mini-batches by hand give in the same order", async () => {
    const data = rings(50, 7);
    const fitted = await MLP.create({ layers: [2, 8, 2], seed: 8 });
    await fitted.fit(data, { epochs: 3, batchSize: 16, shuffle: false, optimizer: sgd({ momentum: 0.5 }) });
    const stepped = await MLP.create({ layers: [2, 8, 2], seed: 8 });
    const trainer = stepped.trainer({ optimizer: sgd({ momentum: 0.5 }) });
    for (let epoch = 0; epoch < 3; epoch++) for (const { x, y } of data.batches({ size: 16 })) trainer.step(x, y);
    expect(stepped.parameters()).toEqual(fitted.parameters());
    expect(trainer.steps).toBe(3 * 4);
  });
});

describe("what it reports", () => {
  it("each epoch's loss, rate and validation scores, in the history and to onEpoch", async () => {
    const net = await MLP.create({ layers: [2, 8, 2], seed: 1 });
    const told: unknown[] = [];
    const learningRate = stepDecay({ initial: 0.1, rate: 0.5, every: 2 });
    const history = await net.fit(rings(90, 9), {
      epochs: 5,
      batchSize: 32,
      optimizer: sgd({ learningRate }),
      validation: 0.2,
      onEpoch: async (report) => told.push(report),
    });
    expect(history.stopped).toBe("done");
    expect(history.steps).toBe(5 * Math.ceil(72 / 32));
    expect(told).toEqual(history.epochs);
    expect(history.epochs.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3, 4]);
    expect(history.epochs.map((report) => report.learningRate)).toEqual([0.1, 0.1, 0.05, 0.05, 0.025]);
    for (const { validation } of history.epochs) expect(validation!.accuracy).toBeGreaterThanOrEqual(0);
  });

  it("the loss as the mean over rows of the losses before each update, the short batch by its rows", async () => {
    const data = rings(50, 10);
    const net = await MLP.create({ layers: [2, 4, 2], seed: 1 });
    const options = { optimizer: sgd(), l1: 0.01, l2: 0.1 };
    const { epochs } = await net.fit(data, { ...options, epochs: 1, batchSize: 32, shuffle: false });
    const again = await MLP.create({ layers: [2, 4, 2], seed: 1 });
    const trainer = again.trainer(options);
    let sum = 0;
    for (const { x, y } of data.batches({ size: 32 })) sum += trainer.step(x, y) * y.length;
    expect(epochs[0].loss).toBe(sum / 50);
  });

  it("scores that fit the output", async () => {
    const y = Float32Array.from({ length: 20 }, (_, i) => i % 2);
    const x = Float32Array.from(y, (value, i) => value + 0.01 * i);
    for (const output of ["softmax", "sigmoid", "linear"] as Output[]) {
      const net = await MLP.create({ layers: [1, output === "softmax" ? 2 : 1], output });
      const { epochs } = await net.fit(Dataset.from({ x, y }), { epochs: 1, validation: Dataset.from({ x, y }) });
      expect(Object.keys(epochs[0].validation!)).toContain(output === "linear" ? "r2" : "accuracy");
    }
  });
});

describe("what it gives way to", () => {
  it("the event loop, at least every 10 ms or so while it works", async () => {
    const random = new Random(1);
    const x = Float32Array.from({ length: 4000 * 100 }, () => random.normal());
    const y = Array.from({ length: 4000 }, (_, r) => r % 10);
    const net = await MLP.create({ layers: [100, 64, 10] });
    let turns = 0;
    let running = true;
    const count = () => {
      turns++;
      if (running) setImmediate(count);
    };
    setImmediate(count);
    const start = performance.now();
    await net.fit(Dataset.from({ x, y }), { epochs: 4, batchSize: 64, validation: 0.5 });
    const elapsed = performance.now() - start;
    running = false;
    // How often is a promise; how fast is not, so no time is held against a bound.
    expect(turns).toBeGreaterThanOrEqual(Math.floor(elapsed / 40));
    expect(turns).toBeGreaterThan(0);
  });

  it("a signal: during training, in onEpoch, and before it began", async () => {
    const data = rings(200, 11);
    const net = await MLP.create({ layers: [2, 8, 2], seed: 1 });
    const timer = new AbortController();
    setTimeout(() => timer.abort(), 20);
    const long = await net.fit(data, { epochs: 1_000_000, signal: timer.signal });
    expect(long.stopped).toBe("aborted");
    expect(long.epochs.length).toBeLessThan(1_000_000);
    const third = new AbortController();
    const onEpoch = ({ epoch }: { epoch: number }) => {
      if (epoch === 2) third.abort();
    };
    const history = await net.fit(data, { epochs: 10, signal: third.signal, onEpoch });
    expect([history.stopped, history.epochs.length]).toEqual(["aborted", 3]);
    const before = net.parameters();
    const never = await net.fit(data, { signal: AbortSignal.abort() });
    expect([never.stopped, never.steps]).toEqual(["aborted", 0]);
    expect(net.parameters()).toEqual(before);
    expect(net.predict(data)).toHaveLength(200);
  });
});

describe("what it leaves behind", () => {
  it("when the loss explodes: an error with epoch, step, rate and remedy, and the model as before the fit", async () => {
    const net = await MLP.create({ layers: [2, 8, 2], output: "linear", seed: 1 });
    const data = Dataset.from({
      x: [
        [100, 200],
        [300, -400],
      ],
      y: [
        [1, 2],
        [3, 4],
      ],
    });
    const before = net.save();
    const fit = net.fit(data, { epochs: 500, batchSize: 1, optimizer: sgd({ learningRate: 0.5 }) });
    await expect(fit).rejects.toThrow(
      /^fit: the loss became (NaN|Infinity) at epoch \d+, step \d+ \(learning rate 0\.5\)\. Lower the learning rate or standardise the inputs/,
    );
    expect(net.save()).toEqual(before);
    await net.fit(data, { epochs: 1, optimizer: sgd({ learningRate: 1e-9 }) });
  });

  it("when onEpoch throws: its error, and a usable model", async () => {
    const net = await MLP.create({ layers: [2, 4, 2] });
    const stop = () => {
      throw new Error("enough");
    };
    await expect(net.fit(XOR, { epochs: 5, onEpoch: stop })).rejects.toThrow("enough");
    expect((await net.fit(XOR, { epochs: 1 })).stopped).toBe("done");
  });
});

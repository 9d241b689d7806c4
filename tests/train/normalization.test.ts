/** Networks whose hidden layers are normalised: laws, mini-batches, what travels with the parameters. PyTorch's numbers are in traces.test.ts. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { adam, adamw, Dataset, type FitOptions, lbfgs, MLP, type MLPOptions, sgd } from "../../src/index.js";
import { fitInWorker } from "../../src/worker/fit-in-worker.js";

const random = new Random(3);
const make = (rows: number) =>
  Dataset.from({
    x: Float32Array.from({ length: rows * 4 }, () => random.normal()),
    y: Array.from({ length: rows }, () => random.below(3)),
  });
const data = make(90);
const held = make(40);
const layers = [4, 9, 6, 3];

const DESIGNS: Record<string, Partial<MLPOptions<"softmax">>> = {
  batch: { normalization: "batch" },
  layer: { normalization: "layer", activation: "gelu" },
  "one a layer": { normalization: ["layer", "batch"], activation: ["tanh", "relu"] },
  "batch, then none": { normalization: ["batch", "none"], activation: "sigmoid", bias: [false, true, true] },
};
const create = (options: Partial<MLPOptions<"softmax">>) => MLP.create({ layers, seed: 4, ...options });
const bytesOf = (net: MLP<"softmax">) => Buffer.from(net.save({ resume: true }));
const mean = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

describe.each(Object.entries(DESIGNS))("a network of normalization %s", (_, design) => {
  it("predicts a row whatever the rows beside it, bit for bit", async () => {
    const net = await create(design);
    await net.fit(data, { epochs: 2 });
    const all = net.predictProba(data);
    for (let r = 0; r < data.rows; r++) {
      expect(net.predictProba(data.x.slice(4 * r, 4 * r + 4))).toEqual(all.slice(3 * r, 3 * r + 3));
    }
    const many = Float32Array.from({ length: 700 * 4 }, (__, i) => data.x[i % data.x.length]);
    expect(net.predictProba(many).slice(0, all.length)).toEqual(all);
  });

  it("is saved and loaded, and goes on, bit for bit", async () => {
    for (const options of [{ dropout: 0.3 }, { optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }), l2: 0.01 }]) {
      const [whole, first] = [await create(design), await create(design)];
      await whole.fit(data, { epochs: 5, batchSize: 16, ...options });
      await first.fit(data, { epochs: 2, batchSize: 16, ...options });
      const again = await MLP.load<"softmax">(first.save({ resume: true }));
      expect(again.parameters()).toEqual(first.parameters());
      expect(again.predictProba(data)).toEqual(first.predictProba(data));
      expect(again.normalization).toEqual(design.normalization);
      await again.fit(data, { epochs: 5, batchSize: 16, ...options, resume: true });
      await first.fit(data, { epochs: 5, batchSize: 16, ...options, resume: true });
      expect(bytesOf(again).equals(bytesOf(first))).toBe(true);
      // Reports of the first two epochs say of how many.
      expect(again.parameters()).toEqual(whole.parameters());
    }
  });

  it("keeps running moments with the best epoch, and goes on from those of the last", async () => {
    const stop: FitOptions<"softmax"> = {
      ...{ epochs: 30, validation: held, optimizer: adam({ learningRate: 0.05 }) },
      earlyStopping: { patience: 4 },
    };
    const [net, twin] = [await create(design), await create(design)];
    const { bestEpoch, epochs, stopped } = await net.fit(data, stop);
    expect([stopped, epochs.length > (bestEpoch as number) + 1]).toEqual(["early", true]);
    expect(net.evaluate(held)).toEqual(epochs[bestEpoch as number].validation);
    let checkpoint: Uint8Array | undefined;
    await twin.fit(data, {
      ...stop,
      onEpoch: async ({ epoch }, save) => {
        if (epoch === (bestEpoch as number) + 2) checkpoint = await save();
      },
    });
    const again = await MLP.load<"softmax">(checkpoint as Uint8Array);
    await again.fit(data, { ...stop, resume: true });
    expect(bytesOf(again).equals(bytesOf(net))).toBe(true);
  });

  it("is as it was after a fit that fails, and a step", async () => {
    const net = await create(design);
    await net.fit(data, { epochs: 2 });
    const before = bytesOf(net);
    let steps = 7;
    const optimizer = sgd({ learningRate: () => (steps-- > 0 ? 0.1 : Number.NaN) });
    await expect(net.fit(data, { batchSize: 16, optimizer })).rejects.toThrow("learning rate");
    expect(bytesOf(net).equals(before)).toBe(true);
    const trainer = net.trainer({ optimizer: sgd({ learningRate: 3e38 }) });
    const start = bytesOf(net);
    expect(() => trainer.step([[1, 2, 3, 4], [3e38, 3e38, -3e38, 3e38]], [0, 1])).toThrow("finite"); // biome-ignore format: two rows
    expect(bytesOf(net).equals(start)).toBe(true);
  });

  it("has in parameters() what setParameters takes", async () => {
    const [net, other] = [await create(design), await create({ ...design, seed: 5 })];
    await net.fit(data, { epochs: 1 });
    other.setParameters(net.parameters());
    expect(other.parameters()).toEqual(net.parameters());
    expect(other.predictProba(data)).toEqual(net.predictProba(data));
    const counts = net
      .parameters()
      .map(({ inputs, outputs, mean: _mean, variance: _variance, ...own }) =>
        Object.values(own).reduce((sum, list) => sum + list.length, 0),
      );
    expect(net.parameterCount).toBe(counts.reduce((sum, count) => sum + count, 0));
    expect(net.summary()).toContain(`${net.parameterCount} parameters`);
  });

  it("is fitted on another thread to the same bytes", async () => {
    const [here, there] = [await create(design), await create(design)];
    const options: FitOptions<"softmax"> = { epochs: 6, validation: held, earlyStopping: { patience: 1 } };
    await here.fit(data, options);
    await fitInWorker(there, data, options);
    expect(bytesOf(there).equals(bytesOf(here))).toBe(true);
  });
});

describe("laws", () => {
  /** The loss of a mini-batch after the first layer's sums became `scale` times themselves plus `shift`. */
  async function lossOf(normalization: "batch" | "layer" | "none", scale: number, shift: number): Promise<number> {
    const net = await create({ normalization: [normalization, "none"] });
    const [first, ...rest] = net.parameters();
    const weights = first.weights.map((value) => scale * value);
    net.setParameters([{ ...first, weights, biases: first.biases.map((value) => scale * value + shift) }, ...rest]);
    return net.trainer({ optimizer: adam() }).step(data.x, data.y);
  }

  it("sums are normalised whatever their scale and what all of them are shifted by", async () => {
    for (const kind of ["batch", "layer"] as const) {
      const loss = await lossOf(kind, 1, 0);
      for (const [scale, shift] of [[4, 0], [1, 100], [30, -7]]) // biome-ignore format: three pairs
        expect(Math.abs((await lossOf(kind, scale, shift)) / loss - 1)).toBeLessThan(2e-5);
    }
  });

  it("control: those of a network that is not normalised are not", async () => {
    expect(Math.abs((await lossOf("none", 4, 0)) / (await lossOf("none", 1, 0)) - 1)).toBeGreaterThan(0.01);
  });

  it("running moments come to those of sums that stay as they are", async () => {
    const net = await create({ normalization: ["batch", "none"] });
    const trainer = net.trainer({ optimizer: sgd({ learningRate: 0 }) });
    for (let step = 0; step < 300; step++) trainer.step(data.x, data.y);
    const [{ weights, mean: means, variance }] = net.parameters();
    for (let j = 0; j < 9; j++) {
      const sums = Array.from({ length: 90 }, (_, r) =>
        [0, 1, 2, 3].reduce((sum, i) => sum + data.x[4 * r + i] * weights[9 * i + j], 0),
      );
      const own = mean(sums);
      expect(means?.[j]).toBeCloseTo(own, 5);
      expect(variance?.[j]).toBeCloseTo((mean(sums.map((sum) => (sum - own) ** 2)) * 90) / 89, 4);
    }
  });
});

describe("mini-batches of batch normalization", () => {
  const net = () => create({ normalization: ["batch", "none"] });
  const stepsOf = async (rows: number, batchSize: number) => {
    const own = make(rows);
    return (await (await net()).fit(own, { epochs: 1, batchSize })).steps;
  };

  it("a single row that is left joins those before it, or has one of them", async () => {
    expect(await stepsOf(33, 16)).toBe(2);
    expect(await stepsOf(34, 16)).toBe(3);
    expect(await stepsOf(5, 2)).toBe(2);
    expect(await stepsOf(257, 256)).toBe(2);
    expect(await stepsOf(256, 255)).toBe(1);
    expect(await stepsOf(2, 256)).toBe(1);
  });

  it("control: of other networks it is a mini-batch of its own", async () => {
    const own = await create({ normalization: "layer" });
    expect((await own.fit(make(33), { epochs: 1, batchSize: 16 })).steps).toBe(3);
  });

  it.each([
    ["fit: batchSize must be 2 to 256 rows", async () => (await net()).fit(data, { batchSize: 1 })],
    ["fit: batchSize must be 2 to 256 rows", async () => (await net()).fit(make(600), { batchSize: 257 })],
    ["fit: data must have 2 rows to train on", async () => (await net()).fit(make(1))],
    [
      "step: x must be 2 to 256 rows",
      async () => (await net()).trainer({ optimizer: adam() }).step([[1, 2, 3, 4]], [0]),
    ],
    [
      "step: x must be 2 to 256 rows",
      async () => (await net()).trainer({ optimizer: adam() }).step(new Float32Array(4 * 257), new Uint8Array(257)),
    ],
  ])("%s", async (message, work) => {
    await expect(work()).rejects.toThrow(message);
  });
});

describe("options of an update", () => {
  it("a frozen layer keeps gain and shift, and its gradients do not count in the length of the whole", async () => {
    const net = await create({ normalization: "layer" });
    const before = net.parameters();
    const trainer = net.trainer({ optimizer: adam(), layerRates: [1, 0, 1], clipNorm: 1 });
    for (let step = 0; step < 3; step++) trainer.step(data.x, data.y);
    const after = net.parameters();
    expect(after[1]).toEqual(before[1]);
    expect(after[0].gain).not.toEqual(before[0].gain);
    const gradients = trainer.gradients();
    expect([gradients[1].gain, gradients[1].shift].every((list) => list?.every((value) => value === 0))).toBe(true);
    expect(gradients[0].gain?.some((value) => value !== 0)).toBe(true);
  });

  it("weights alone decay and are penalised", async () => {
    const [plain, other] = [await create({ normalization: "batch" }), await create({ normalization: "batch" })];
    const rate = { learningRate: 0.01 };
    plain.trainer({ optimizer: adamw({ ...rate, weightDecay: 0 }) }).step(data.x, data.y);
    other.trainer({ optimizer: adamw({ ...rate, weightDecay: 0.9 }) }).step(data.x, data.y);
    const [first, second] = [plain.parameters(), other.parameters()];
    for (const [l, { weights, ...rest }] of first.entries()) {
      const { weights: decayed, ...others } = second[l];
      expect(others).toEqual(rest);
      expect(decayed).not.toEqual(weights);
    }
  });

  it("the average has gain and shift of its own, and the moments of the model", async () => {
    const net = await create({ normalization: "batch" });
    const trainer = net.trainer({ optimizer: sgd({ learningRate: 0.5 }), average: 0.9 });
    for (let step = 0; step < 4; step++) trainer.step(data.x, data.y);
    const [[averaged], [own]] = [trainer.averagedParameters(), net.parameters()];
    expect([averaged.mean, averaged.variance]).toEqual([own.mean, own.variance]);
    expect(averaged.gain).not.toEqual(own.gain);
  });

  it("a loss of one's own is normalised by its mini-batch, which is one an update", async () => {
    const [stepped, own] = [await create({ normalization: "batch" }), await create({ normalization: "batch" })];
    const options = { optimizer: sgd({ learningRate: 0.1 }) };
    stepped.trainer(options).step(data.x, data.y);
    const trainer = own.trainer(options);
    const outputs = trainer.forward(data.x);
    own.predict(data); // Meanwhile predictions are by running moments, and change nothing.
    trainer.backward(
      outputs.map((p, i) => (p - (data.y[Math.floor(i / 3)] === i % 3 ? 1 : 0)) / 90),
      { by: "logits" },
    );
    expect(() => trainer.forward(data.x)).toThrow("forward: an update must be of one mini-batch");
    trainer.update();
    for (const [l, layer] of stepped.parameters().entries()) {
      const got = own.parameters()[l];
      expect([got.mean, got.variance]).toEqual([layer.mean, layer.variance]);
      got.weights.forEach((value, i) => {
        expect(Math.abs(value - layer.weights[i])).toBeLessThan(1e-6);
      });
    }
  });

  it("optimizers that go by all rows at once are refused with batch normalization, and not with the other", async () => {
    const options = { optimizer: lbfgs(), epochs: 5 };
    await expect((await create({ normalization: "batch" })).fit(data, options)).rejects.toThrow("mini-batches");
    const { epochs } = await (await create({ normalization: "layer" })).fit(data, options);
    expect(epochs[4].loss).toBeLessThan(epochs[0].loss);
  });
});

describe("doors", () => {
  const any = (value: unknown) => value as never;
  const set = async (change: object) => {
    const net = await create({ normalization: ["batch", "layer"] });
    const before = bytesOf(net);
    const [first, ...rest] = net.parameters();
    expect(() => net.setParameters([{ ...first, ...change }, ...rest])).toThrow(
      /^setParameters: layers\[0\]\.\w+ must/,
    );
    expect(bytesOf(net).equals(before)).toBe(true);
  };

  it("normalization is a name or one for each hidden layer", async () => {
    for (const normalization of ["instance", null, 1, {}, ["batch"], ["batch", "layer", "none"], ["batch", "rms"]]) {
      await expect(create({ normalization: any(normalization) })).rejects.toThrow(/^MLP.create: normalization/);
    }
    expect((await create({ normalization: "none" })).normalization).toBe("none");
    expect((await create({})).normalization).toBe("none");
  });

  it("setParameters takes all that a layer has, finite, and variances >= 0", async () => {
    const nine = new Float32Array(9);
    for (const [name, wrong] of [
      ["gain", undefined],
      ["shift", nine.subarray(1)],
      ["mean", nine.map(() => Number.NaN)],
      ["variance", nine.map((_, j) => (j === 3 ? -1e-30 : 1))],
      ["gain", null],
    ] as const) {
      await set({ [name]: wrong });
    }
    const net = await create({ normalization: "layer" });
    const [first, ...rest] = net.parameters();
    net.setParameters([{ ...first, gain: any([[1, 2, 3], [4, 5, 6], [7, 8, 9]]) }, ...rest]); // biome-ignore format: rows
    expect(net.parameters()[0].gain).toEqual(Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9));
    const plain = await create({});
    const given = (await create({ normalization: "layer" })).parameters();
    expect(() => plain.setParameters(given)).toThrow("layers[0].gain must be left out");
  });
});

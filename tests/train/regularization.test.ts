/** Dropout, class weights and clipping: the kernels against their definitions, training against the float64 twin. */
import { describe, expect, it } from "vitest";
import { hashWords } from "../../src/ground/hash.js";
import { Random } from "../../src/ground/random.js";
import { type Activation, adam, Dataset, MLP, sgd, type TrainerOptions } from "../../src/index.js";
import { ACTIVATIONS } from "../../src/net/activations.js";
import { networkOf } from "../networks.js";
import { isKept } from "../reference.js";
import { curveOf } from "../reference-curves.js";
import { Slabs } from "../slabs.js";
import { trainerOf } from "../trainers.js";
import { type Case, makeRows, relativeError, Twin } from "../twin.js";
import { doubleRoundings } from "../ulp.js";

const slabs = await Slabs.create(2 ** 18);
const { kernels } = slabs;
const draw = (n: number, random: Random) => Float32Array.from({ length: n }, () => random.normal());

describe("dropoutForward", () => {
  /** What the kernel makes of `values`, the first of which is unit `from`. */
  function drop(values: Float32Array, from: number, keys: [number, number], rate: number): Float32Array {
    slabs.clear();
    const [x, y] = [slabs.input(values), slabs.output(values.length)];
    kernels.dropoutForward(y.address, x.address, values.length, from, ...keys, rate * 2 ** 32, 1 / (1 - rate));
    expect(slabs.intact && x.floats.every((value, i) => value === values[i])).toBe(true);
    return y.floats.slice();
  }

  it("keeps and scales the units that the definition keeps, for every length", () => {
    const random = new Random(1);
    for (let n = 1; n <= 70; n++) {
      const keys: [number, number] = [random.word(), random.word()];
      const [rate, from, values] = [random.uniform(), random.below(10_000), draw(n, random)];
      const scale = Math.fround(1 / (1 - rate));
      const wanted = values.map((value, i) => (isKept(from + i, ...keys, rate * 2 ** 32) ? value * scale : 0));
      expect(drop(values, from, keys, rate), `n = ${n}`).toEqual(wanted);
    }
  });

  it("leaves out the share asked for, and two updates' masks know nothing of each other", () => {
    const n = 16_384;
    const ones = new Float32Array(n).fill(1);
    for (const rate of [0.05, 0.2, 0.5, 0.9]) {
      const masks = [0, 1].map((step) =>
        drop(ones, 0, [hashWords(5, step, 1), hashWords(6, step, 1)], rate).map((value) => (value === 0 ? 1 : 0)),
      );
      const sigma = Math.sqrt((rate * (1 - rate)) / n);
      for (const mask of masks) {
        expect(Math.abs(mask.reduce((sum, value) => sum + value) / n - rate)).toBeLessThan(4 * sigma);
      }
      for (const shift of [0, 1, 128]) {
        const both = masks[0].subarray(0, n - shift).reduce((sum, value, i) => sum + value * masks[1][i + shift], 0);
        expect(Math.abs(both / (n - shift) - rate * rate)).toBeLessThan(4 * rate * Math.sqrt((1 - rate * rate) / n));
      }
    }
  });

  it("control: half a key that is not used is noticed", () => {
    const [values, keys] = [draw(64, new Random(2)), [7, 8] as [number, number]];
    const wanted = values.map((value, i) => (isKept(i, keys[0], 0, 2 ** 31) ? value * 2 : 0));
    expect(drop(values, 0, keys, 0.5)).not.toEqual(wanted);
  });
});

describe("gradientNorm and clipStep", () => {
  it("measure and shorten, for every length", () => {
    const random = new Random(3);
    for (let n = 1; n <= 70; n++) {
      slabs.clear();
      const g = slabs.input(draw(n, random));
      const before = g.floats.slice();
      const norm = Math.sqrt(before.reduce((sum, value) => sum + value * value, 0));
      expect(Math.abs(kernels.gradientNorm(g.address, n) / norm - 1)).toBeLessThan(doubleRoundings(n));
      kernels.clipStep(g.address, n, 0.3);
      expect(g.floats).toEqual(before.map((value) => value * Math.fround(0.3)));
      expect(slabs.intact).toBe(true);
    }
  });

  it("gradientLargest finds the largest magnitude, for every length and at every place", () => {
    for (let n = 1; n <= 70; n++) {
      for (const [at, value] of [n - 1, n >> 1, 0].flatMap((at) => [-7, 2 ** 127, Infinity].map((v) => [at, v]))) {
        slabs.clear();
        const g = slabs.input(new Float32Array(n).fill(-0.5).fill(value, at, at + 1));
        expect(kernels.gradientLargest(g.address, n)).toBe(Math.abs(value));
        g.floats[at] = Number.NaN;
        expect(kernels.gradientLargest(g.address, n)).toBe(Number.NaN);
        expect(slabs.intact).toBe(true);
      }
    }
  });

  it("control: gradientLargest does not see what lies behind", () => {
    slabs.clear();
    expect(kernels.gradientLargest(slabs.input([1, 2, 3, 4]).address, 3)).toBe(3);
  });

  it("control: a number more or less changes the norm", () => {
    slabs.clear();
    const g = slabs.input([3, 4, 12, 84]);
    expect(kernels.gradientNorm(g.address, 4)).toBe(Math.sqrt(9 + 16 + 144 + 7056));
    expect(kernels.gradientNorm(g.address, 3)).toBe(13);
  });
});

describe("one update against differences of the float64 loss, the mask held fixed, within 2e-5", () => {
  const rates = { input: 0.2, hidden: 0.4 };
  const seed = [21, 22] as const;
  const learningRate = 0.5;

  /** Mean loss of the network with these parameters in float64, units left out as in update 0, rows weighted. */
  function lossWith(plan: Case, w: Float64Array, x: Float32Array, y: Float32Array, weights: number[]): number {
    let loss = 0;
    for (let r = 0; r < plan.rows; r++) {
      const single: Case = { ...plan, rows: 1 };
      const twin = new Twin(single, w);
      const factor = (layer: number, unit: number, width: number) => {
        const rate = layer === 0 ? rates.input : rates.hidden;
        const [key1, key2] = seed.map((word) => hashWords(word, 0, layer));
        return isKept(r * width + unit, key1, key2, Math.round(rate * 2 ** 32)) ? 1 / (1 - rate) : 0;
      };
      loss += dropped(twin, x.subarray(r * plan.sizes[0], (r + 1) * plan.sizes[0]), factor, y[r]) * weights[y[r]];
    }
    return loss / plan.rows;
  }

  /** One row's loss, layer by layer, each a twin of a single layer. */
  function dropped(
    twin: Twin,
    row: Float32Array,
    factor: (layer: number, unit: number, width: number) => number,
    label: number,
  ): number {
    const { sizes, activation } = twin.plan;
    let values = Array.from(row, (value, unit) => value * factor(0, unit, row.length));
    let from = 0;
    for (let l = 0; l + 1 < sizes.length; l++) {
      const [inputs, outputs] = [sizes[l], sizes[l + 1]];
      const parameters = twin.w.subarray(from, from + (inputs + 1) * outputs);
      from += parameters.length;
      const isLast = l + 2 === sizes.length;
      // A twin of this layer and an identity behind it applies the layer's own activation.
      const layer = new Twin({ ...twin.plan, sizes: [inputs, outputs], rows: 1 }, parameters);
      const z = layer.forward(values)[1];
      if (isLast) {
        const peak = Math.max(...Array.from(z));
        return Math.log(Array.from(z).reduce((sum, value) => sum + Math.exp(value - peak), 0)) + peak - z[label];
      }
      const { f } = curveOf(activation as Activation);
      values = Array.from(z, (value, unit) => f(value) * factor(l + 1, unit, outputs));
    }
    return 0;
  }

  for (const activation of ACTIVATIONS) {
    for (const weighted of [false, true]) {
      it(`${activation}, ${weighted ? "weighted" : "all rows alike"}`, async () => {
        const plan: Case = { sizes: [5, 9, 6, 3], activation, output: "softmax", l1: 0, l2: 0, rows: 7 };
        const { x, y } = makeRows(plan, 4);
        const weights = weighted ? [0.5, 1, 2] : [1, 1, 1];
        // Three rows at a time: a piece's mask goes on where the one before ended.
        const network = await networkOf({ layers: plan.sizes, activation, output: "softmax" }, 3);
        const random = new Random(5);
        // Rows of exponentials of exponentials would have a gradient of their own alone.
        const size = activation === "exponential" ? 0.3 : 1;
        for (let i = 0; i < network.parameters.length; i++) network.parameters[i] = size * random.normal();
        const before = Float64Array.from(network.parameters);
        const options = { optimizer: sgd({ learningRate }), dropout: rates, classWeights: weights };
        const trainer = trainerOf(network, options, seed);
        expect(Math.abs(trainer.step(x, y) / lossWith(plan, before, x, y, weights) - 1)).toBeLessThan(1e-6);
        const slopes = before.map((value, i) => {
          const h = 1e-6;
          const w = before.slice();
          w[i] = value + h;
          const above = lossWith(plan, w, x, y, weights);
          w[i] = value - h;
          return (above - lossWith(plan, w, x, y, weights)) / (2 * h);
        });
        const moved = before.map((value, i) => (value - network.parameters[i]) / learningRate);
        expect(relativeError(moved, slopes)).toBeLessThan(2e-5);
        // Control: other masks give other gradients.
        const other = await networkOf({ layers: plan.sizes, activation, output: "softmax" }, 3);
        other.parameters.set(before);
        trainerOf(other, options, [1, 2]).step(x, y);
        const wrong = before.map((value, i) => (value - other.parameters[i]) / learningRate);
        expect(relativeError(wrong, slopes)).toBeGreaterThan(1e-2);
      });
    }
  }
});

describe("training options", () => {
  const { x, y } = makeRows({ sizes: [6, 3], activation: "relu", output: "softmax", l1: 0, l2: 0, rows: 40 }, 6);
  const data = Dataset.from({ x, y, rows: 40 });
  const create = () => MLP.create({ layers: [6, 12, 3], seed: 3 });

  async function trained(options: Omit<TrainerOptions, "optimizer">): Promise<Float32Array> {
    const net = await create();
    await net.fit(data, { epochs: 3, batchSize: 16, ...options });
    return net.parameters()[0].weights;
  }

  it("a dropout of 0, weights of 1, a norm never reached change no bit", async () => {
    const plain = await trained({});
    expect(await trained({ dropout: 0, classWeights: [1, 1, 1], clipNorm: 1e6 })).toEqual(plain);
    expect(await trained({ dropout: 0.1 })).not.toEqual(plain);
    expect(await trained({ classWeights: [1, 1, 1.01] })).not.toEqual(plain);
    expect(await trained({ clipNorm: 0.1 })).not.toEqual(plain);
  });

  it("a row that counts double is a row that is there twice", async () => {
    const two = Dataset.from({
      x: [
        [1, 2],
        [3, 4],
        [3, 4],
      ],
      y: [0, 1, 1],
    });
    const one = Dataset.from({
      x: [
        [1, 2],
        [3, 4],
      ],
      y: [0, 1],
    });
    const weights: Float32Array[] = [];
    for (const [rows, classWeights] of [
      [two, [1, 1]],
      [one, [2 / 3, 4 / 3]],
    ] as const) {
      const net = await MLP.create({ layers: [2, 4, 2], seed: 1 });
      await net.fit(rows, {
        epochs: 5,
        batchSize: 3,
        shuffle: false,
        optimizer: sgd({ learningRate: 0.1 }),
        classWeights,
      });
      weights.push(net.parameters()[0].weights);
    }
    expect(relativeError(weights[0], weights[1])).toBeLessThan(1e-6);
  });

  it('"balanced" weighs a class by rows / (classes · its rows)', async () => {
    const labels = Array.from({ length: 40 }, (_, i) => (i < 30 ? 0 : i < 38 ? 1 : 2));
    const skewed = data.withTargets(labels);
    const nets = [await create(), await create()];
    await nets[0].fit(skewed, { epochs: 2, classWeights: "balanced" });
    await nets[1].fit(skewed, { epochs: 2, classWeights: [40 / 90, 40 / 24, 40 / 6] });
    expect(nets[0].save()).toEqual(nets[1].save());
  });

  it("the clipped update has the length of the norm", async () => {
    const net = await create();
    const before = net.parameters().flatMap(({ weights, biases }) => [...weights, ...biases]);
    net.trainer({ optimizer: sgd({ learningRate: 1 }), clipNorm: 0.01, l2: 10 }).step(x, y);
    const after = net.parameters().flatMap(({ weights, biases }) => [...weights, ...biases]);
    const length = Math.sqrt(after.reduce((sum, value, i) => sum + (value - before[i]) ** 2, 0));
    expect(Math.abs(length / 0.01 - 1)).toBeLessThan(1e-4);
  });

  it("the same seed gives the same masks, another seed others; prediction leaves nothing out", async () => {
    const run = async (seed: number) => {
      const net = await MLP.create({ layers: [6, 12, 3], seed });
      const trainer = net.trainer({ optimizer: adam(), dropout: { input: 0.1, hidden: 0.5 } });
      const loss = trainer.step(x, y);
      expect(net.predictProba(x)).toEqual(net.predictProba(x));
      return loss;
    };
    expect(await run(1)).toBe(await run(1));
    expect(await run(1)).not.toBe(await run(2));
  });

  it("refuses what is outside its domain, in one sentence", async () => {
    const net = await create();
    const refused = (options: object) => expect(net.fit(data, options)).rejects;
    await refused({ dropout: 1 }).toThrow("fit: dropout must be a finite number from 0 to 0.999755859375, got 1.");
    await refused({ dropout: { inputs: 0.1 } }).toThrow(
      'fit: the keys of dropout must be among input, hidden, got "inputs".',
    );
    await refused({ dropout: "0.5" }).toThrow('fit: dropout must be an object, got "0.5". Pass {} for the defaults.');
    await refused({ classWeights: [1, 2] }).toThrow("fit: classWeights must be 3 numbers, one a class, got [1, 2].");
    await refused({ classWeights: [1, 2, 0] }).toThrow("fit: classWeights[2] must be");
    await refused({ clipNorm: 0 }).toThrow("fit: clipNorm must be");
    const values = await MLP.create({ layers: [6, 3], output: "linear" });
    const targets = Dataset.from({ x: [[1, 2, 3, 4, 5, 6]], y: [[1, 2, 3]] });
    for (const classWeights of [[1, 1, 1], "balanced"] as const) {
      await expect(values.fit(targets, { classWeights })).rejects.toThrow(
        "fit: classWeights must come with a softmax or sigmoid output, got linear.",
      );
    }
  });
});

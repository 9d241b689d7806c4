/** What options of an update promise: rates and penalties of layers, frozen layers, cut gradients, averages; and the new optimizers. */
import { describe, expect, it } from "vitest";
import { createCore } from "../../src/core/core.js";
import {
  adagrad,
  adam,
  adamw,
  Dataset,
  type FitOptions,
  lbfgs,
  lion,
  MLP,
  nadam,
  type Optimizer,
  rmsprop,
  sgd,
  type TrainerOptions,
} from "../../src/index.js";
import { Network } from "../../src/net/network.js";
import { trainerOf } from "../trainers.js";
import { type Case, makeRows, relativeError } from "../twin.js";

const plan: Case = { sizes: [6, 9, 7, 3], activation: "tanh", output: "softmax", l1: 0, l2: 0, rows: 40 };
const { x, y } = makeRows(plan, 6);
const data = Dataset.from({ x, y, rows: 40 });
const held = Dataset.from({ ...makeRows(plan, 7), rows: 40 });
const create = (layers = plan.sizes) => MLP.create({ layers, activation: "tanh", seed: 3 });
const flat = (net: MLP) => net.parameters().flatMap(({ weights, biases }) => [...weights, ...biases]);

const OPTIMIZERS: Record<string, Optimizer> = {
  sgd: sgd({ learningRate: 0.1 }),
  momentum: sgd({ learningRate: 0.1, momentum: 0.9 }),
  adam: adam({ learningRate: 0.01 }),
  amsgrad: adam({ learningRate: 0.01, amsgrad: true }),
  adamw: adamw({ learningRate: 0.01, weightDecay: 0.1 }),
  "adamw amsgrad": adamw({ learningRate: 0.01, amsgrad: true }),
  rmsprop: rmsprop(),
  "rmsprop centered": rmsprop({ centered: true }),
  "rmsprop centered momentum": rmsprop({ centered: true, momentum: 0.9, learningRate: 1e-3 }),
  adagrad: adagrad({ learningRate: 0.05 }),
  nadam: nadam(),
  lion: lion({ learningRate: 1e-3, weightDecay: 0.1 }),
};
const each = Object.entries(OPTIMIZERS);

describe.each(each)("%s", (_, optimizer) => {
  it("learns; a copy of it does the same; stopped at any step it goes on to the same bits", async () => {
    const options = { epochs: 12, batchSize: 16, optimizer, average: 0.9, layerRates: [1, 0.5, 1] };
    const whole = await create();
    const history = await whole.fit(data, options);
    expect(history.epochs[11].loss).toBeLessThan(history.epochs[0].loss);
    const copy = await create();
    await copy.fit(data, { ...options, optimizer: { ...optimizer } });
    expect(copy.save({ resume: true })).toEqual(whole.save({ resume: true }));
    for (const after of [0, 1, 2, 7, 16, 35]) {
      const net = await create();
      let asked = 0;
      const aborted = () => asked++ === after;
      const signal = Object.defineProperty({}, "aborted", { get: aborted }) as AbortSignal;
      await net.fit(data, { ...options, signal });
      const again = await MLP.load<"softmax">(net.save({ resume: true }));
      expect(again.save({ resume: true })).toEqual(net.save({ resume: true }));
      expect(await again.fit(data, { ...options, resume: true })).toEqual(history);
      expect(again.save({ resume: true })).toEqual(whole.save({ resume: true }));
    }
  });

  it("its trainer goes on from a file to the same bits", async () => {
    const [net, other] = [await create(), await create()];
    const trainer = net.trainer({ optimizer, average: 0.5 });
    for (let t = 0; t < 5; t++) trainer.step(x, y);
    other.trainer({ optimizer: adam({ amsgrad: true }) }).step(x, y);
    const again = await MLP.load<"softmax">(net.save({ resume: true }));
    const resumed = again.trainer({ optimizer, average: 0.5, resume: true });
    for (let t = 0; t < 3; t++) expect(resumed.step(x, y)).toBe(trainer.step(x, y));
    expect(again.save({ resume: true })).toEqual(net.save({ resume: true }));
    expect(resumed.averagedParameters()).toEqual(trainer.averagedParameters());
  });

  it("keeps the bits of frozen layers, and of what it keeps of them", async () => {
    const network = new Network(
      await createCore(),
      { layers: plan.sizes, activation: "tanh", output: "softmax" },
      undefined,
      16,
    );
    network.parameters.set(network.parameters.map((_, i) => Math.sin(i)));
    trainerOf(network, { optimizer }).step(x, y);
    const layer = (slab: Float32Array, l: number) => {
      const { w, inputs, outputs } = network.layout.layers[l];
      const start = (w - network.layout.params) / 4;
      return [...slab.subarray(start, start + (inputs + 1) * outputs)];
    };
    for (const layerRates of [
      [0, 0, 1],
      [0, 1, 0.5],
      [1, 0, 1],
    ]) {
      const slabs = () => [network.parameters, ...network.states];
      const before = slabs().map((slab) => layerRates.map((_, l) => layer(slab, l)));
      // Norms, penalties and lengths do not move them either.
      const trainer = trainerOf(network, { optimizer, layerRates, l2: 0.1, maxNorm: 0.5, clipNorm: 1 });
      for (let t = 0; t < 3; t++) trainer.step(x, y);
      const after = slabs().map((slab) => layerRates.map((_, l) => layer(slab, l)));
      layerRates.forEach((rate, l) => {
        if (rate === 0) for (const [i, slab] of after.entries()) expect(slab[l]).toEqual(before[i][l]);
        else expect(after[0][l]).not.toEqual(before[0][l]);
      });
    }
  });
});

describe("options of an update", () => {
  const trained = async (options: Omit<TrainerOptions, "optimizer">, optimizer: Optimizer = adam()) => {
    const net = await create();
    await net.fit(data, { epochs: 3, batchSize: 16, optimizer, ...options });
    return flat(net);
  };

  it("that change nothing change no bit", async () => {
    const plain = await trained({ l1: 0.001, l2: 0.01, dropout: 0.2 });
    const lists = { l1: [0.001, 0.001, 0.001], l2: [0.01, 0.01, 0.01], dropout: { hidden: [0.2, 0.2] } };
    expect(await trained(lists)).toEqual(plain);
    expect(await trained({ ...lists, layerRates: [1, 1, 1], clipValue: 1e6 })).toEqual(plain);
    expect(await trained({ ...lists, dropout: { hidden: [0.2, 0.3] } })).not.toEqual(plain);
    expect(await trained({ ...lists, l2: [0.01, 0.01, 0.02] })).not.toEqual(plain);
    expect(await trained({ ...lists, layerRates: [1, 1, 0.99] })).not.toEqual(plain);
  });

  it("adamw without decay is adam, and decays weights, not biases", async () => {
    expect(await trained({}, adamw({ weightDecay: 0 }))).toEqual(await trained({}, adam()));
    const net = await MLP.create({ layers: [2, 2], output: "linear" });
    net.setParameters([{ weights: [1, -2, 3, 4], biases: [5, 6] }]);
    // Without a gradient the decay is all there is.
    const optimizer = adamw({ learningRate: 0.5, weightDecay: 0.5 });
    net.trainer({ optimizer }).step([[0, 0]], [[5, 6]]);
    expect(net.parameters()[0]).toMatchObject({
      weights: Float32Array.of(0.75, -1.5, 2.25, 3),
      biases: Float32Array.of(5, 6),
    });
  });

  it("clipValue bounds each component of the update", async () => {
    const net = await create();
    const before = flat(net);
    net.trainer({ optimizer: sgd({ learningRate: 1 }), clipValue: 0.0078125, l2: 10 }).step(x, y);
    const moved = flat(net).map((value, i) => Math.abs(value - before[i]));
    expect(Math.max(...moved)).toBeLessThanOrEqual(0.0078125 + 1e-6);
    expect(moved.filter((size) => size > 0.0078).length).toBeGreaterThan(50);
    // Control: without it they are larger.
    const free = await create();
    free.trainer({ optimizer: sgd({ learningRate: 1 }), l2: 10 }).step(x, y);
    expect(Math.max(...flat(free).map((value, i) => Math.abs(value - before[i])))).toBeGreaterThan(0.1);
  });

  it("the norm that clipNorm measures is that of layers not frozen", async () => {
    const net = await create();
    const before = flat(net);
    const trainer = net.trainer({ optimizer: sgd({ learningRate: 1 }), clipNorm: 0.01, layerRates: [1, 0, 0], l2: 10 });
    for (let t = 1; t <= 3; t++) {
      const start = flat(net);
      trainer.step(x, y);
      const length = Math.sqrt(flat(net).reduce((sum, value, i) => sum + (value - start[i]) ** 2, 0));
      expect(Math.abs(length / 0.01 - 1)).toBeLessThan(1e-4);
    }
    expect(flat(net).slice(6 * 10)).not.toEqual(before);
  });

  it("a third slab is taken when it is needed, and leaves the model as it is", async () => {
    const net = await create();
    const before = [net.save(), net.predictProba(x)] as const;
    net.trainer({ optimizer: adam() });
    expect(net.save({ resume: true }).length).toBeLessThan(4000);
    net.trainer({ optimizer: adam({ amsgrad: true }) });
    expect(net.predictProba(x)).toEqual(before[1]);
    expect(net.trainer({ optimizer: sgd() }).steps).toBe(0);
    const [again, fresh] = [net, await create()];
    await again.fit(data, { epochs: 2 });
    await fresh.fit(data, { epochs: 2 });
    expect(again.save({ resume: true })).toEqual(fresh.save({ resume: true }));
  });
});

describe("an average", () => {
  const optimizer = sgd({ learningRate: 0.3, momentum: 0.9 });

  it("is the parameters after the first update, then d·average + (1 - d)·parameters", async () => {
    const net = await create();
    const trainer = net.trainer({ optimizer, average: 0.8 });
    const averaged = () => trainer.averagedParameters().flatMap(({ weights, biases }) => [...weights, ...biases]);
    expect(trainer.averagedParameters()).toEqual(net.parameters());
    let wanted: number[] = [];
    for (let t = 1; t <= 20; t++) {
      trainer.step(x, y);
      wanted = t === 1 ? flat(net) : wanted.map((value, i) => 0.8 * value + 0.2 * flat(net)[i]);
      expect(relativeError(averaged(), wanted)).toBeLessThan(t === 1 ? 1e-30 : 1e-6);
    }
    // Control: another decay is noticed.
    expect(relativeError(averaged(), flat(net))).toBeGreaterThan(1e-3);
  });

  it("is what a fit scores and leaves; what it goes on from is set aside", async () => {
    const options: FitOptions<"softmax"> = { epochs: 5, batchSize: 16, optimizer, average: 0.9, shuffle: false };
    const [net, stepped] = [await create(), await create()];
    const seen: unknown[] = [];
    const onEpoch = () => seen.push(net.parameters());
    const history = await net.fit(data, { ...options, validation: held, onEpoch });
    const trainer = stepped.trainer({ optimizer, average: 0.9 });
    for (let epoch = 0; epoch < 5; epoch++) {
      for (const batch of data.batches({ size: 16 })) trainer.step(batch.x, batch.y);
      expect(seen[epoch]).toEqual(trainer.averagedParameters());
    }
    expect(net.parameters()).toEqual(trainer.averagedParameters());
    expect(net.parameters()).not.toEqual(stepped.parameters());
    expect(net.evaluate(held)).toEqual(history.epochs[4].validation);
    // The updates are those of a fit without one.
    const plain = await create();
    const { epochs } = await plain.fit(data, { ...options, average: undefined } as FitOptions<"softmax">);
    expect(plain.parameters()).toEqual(stepped.parameters());
    expect(history.epochs.map(({ loss }) => loss)).toEqual(epochs.map(({ loss }) => loss));
  });

  it("is what early stopping keeps, and goes on from every checkpoint to the same bits", async () => {
    const options: FitOptions<"softmax"> = {
      ...{ epochs: 30, batchSize: 16, optimizer, average: 0.7, validation: held },
      earlyStopping: { patience: 4 },
    };
    const net = await create();
    const files: Uint8Array[] = [];
    const history = await net.fit(data, { ...options, onEpoch: async (_, save) => files.push(await save()) });
    const losses = history.epochs.map(({ validation }) => validation!.loss);
    expect(net.evaluate(held).loss).toBe(Math.min(...losses));
    for (const file of files) {
      const again = await MLP.load<"softmax">(file);
      expect(await again.fit(data, { ...options, resume: true })).toEqual(history);
      expect(again.save({ resume: true })).toEqual(net.save({ resume: true }));
    }
  });

  it("a step, and a fit, that fail leave it as it was", async () => {
    const net = await create();
    const trainer = net.trainer({ optimizer: sgd({ learningRate: 1 }), average: 0.5 });
    for (let t = 0; t < 3; t++) trainer.step(x, y);
    const [before, file] = [trainer.averagedParameters(), net.save({ resume: true })];
    await expect(net.fit(data, { optimizer: sgd({ learningRate: 1e38 }), average: 0.5, epochs: 9 })).rejects.toThrow();
    expect(trainer.averagedParameters()).toEqual(before);
    expect(net.save({ resume: true })).toEqual(file);
  });
});

describe("doors", () => {
  it("refuse in one sentence what is outside, and the model stays as it was", async () => {
    const net = await create();
    const before = net.save({ resume: true });
    const refused: [object, string][] = [
      [{ l1: [1, 2] }, "fit: l1 must hold one number for each of 3 layers, got [1, 2]."],
      [{ l2: [0, 0, -1] }, "fit: l2[2] must be a finite number >= 0, got -1."],
      [
        { dropout: { hidden: [0.1] } },
        "fit: dropout.hidden must hold one number for each of 2 hidden layers, got [0.1].",
      ],
      [{ dropout: { hidden: [0.1, 1] } }, "fit: dropout.hidden[1] must be"],
      [{ layerRates: 0.5 }, "fit: layerRates must be a list of one factor a layer, got 0.5."],
      [{ layerRates: [1, 1] }, "fit: layerRates must hold one number for each of 3 layers, got [1, 1]."],
      [{ layerRates: [0, 0, 0] }, "fit: layerRates must leave one layer unfrozen, got [0, 0, 0]."],
      [{ layerRates: [1, -1, 0] }, "fit: layerRates[1] must be"],
      [{ clipValue: 0 }, "fit: clipValue must be"],
      [{ clipValue: 1, clipNorm: 1 }, "fit: clipValue must come without clipNorm, got both. Leave one of them out."],
      [{ average: 1 }, "fit: average must be"],
      [{ average: 0 }, "fit: average must be"],
      [{ optimizer: { name: "adamw", beta1: 2 } }, "fit: beta1 must be"],
      [{ optimizer: { name: "adamax" } }, "fit: optimizer must come from sgd(), adam() or another of wasmlp's"],
      [{ optimizer: { ...rmsprop(), centered: 1 } }, "fit: centered must be true or false, got 1."],
      [{ optimizer: { ...lion(), weightDecay: -1 } }, "fit: weightDecay must be"],
      [{ optimizer: { ...nadam(), momentumDecay: "1" } }, "fit: momentumDecay must be a number"],
      [{ optimizer: { ...adagrad(), initialAccumulator: -1 } }, "fit: initialAccumulator must be"],
      [{ optimizer: { ...lbfgs(), memory: 0 } }, "fit: memory must be"],
      [{ optimizer: { ...lbfgs(), learningRate: 2 } }, "fit: learningRate must be"],
      [{ optimizer: lbfgs(), dropout: 0.5 }, "fit: dropout must be left out with lbfgs, got 0.5."],
      [{ optimizer: lbfgs(), clipNorm: 1 }, "fit: clipNorm must be left out with lbfgs, got 1."],
      [{ optimizer: lbfgs(), average: 0.5 }, "fit: average must be left out with lbfgs, got 0.5."],
      [{ optimizer: lbfgs(), layerRates: [1, 0.5, 1] }, "fit: layerRates must be 0 or 1 with lbfgs, got [1, 0.5, 1]."],
    ];
    for (const [options, sentence] of refused) await expect(net.fit(data, options)).rejects.toThrow(sentence);
    expect(() => net.trainer({ optimizer: lbfgs() })).toThrow(
      'trainer: optimizer must make updates from mini-batches, got "lbfgs". Use it with fit.',
    );
    expect(() => adamw({ weightDecay: Number.NaN })).toThrow(
      "adamw: weightDecay must be a finite number >= 0, got NaN.",
    );
    expect(() => rmsprop({ beta1: 1 } as object)).toThrow("rmsprop: the options must be among learningRate, decay,");
    expect(net.save({ resume: true })).toEqual(before);
    const trainer = net.trainer({ optimizer: adam() });
    expect(() => trainer.averagedParameters()).toThrow("averagedParameters: the trainer must have the option average");
    trainer.step(x, y);
    expect(() => net.trainer({ optimizer: adam({ amsgrad: true }), resume: true })).toThrow(
      'trainer: resume must have the optimizer of the training it goes on with (adam), got "adam amsgrad".',
    );
  });
});

/** Whatever `save` writes, `load` gives back, and what goes on from it goes on to the same bytes: of any scale, history, options. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson } from "../../src/file/json.js";
import { decodeSafetensors } from "../../src/file/safetensors.js";
import { Random } from "../../src/ground/random.js";
import {
  adam,
  Classifier,
  Dataset,
  type FitOptions,
  type History,
  MLP,
  type Monitor,
  type Output,
  Regressor,
  sgd,
} from "../../src/index.js";
import { fitInWorker } from "../../src/worker.js";

const scale = fc.integer({ min: -30, max: 38 }).map((exponent) => 10 ** exponent);
const activation = fc.constantFrom("relu", "sigmoid", "tanh", "identity") as fc.Arbitrary<"relu">;

const model = fc.record({
  layers: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 4 }),
  activation,
  output: fc.constantFrom<Output>("softmax", "sigmoid", "linear"),
  seed: fc.integer({ min: 0, max: 1000 }),
});

const watch = fc.option(fc.record({ patience: fc.integer({ min: 1, max: 3 }) }), { nil: undefined });

const training = fc.record({
  epochs: fc.integer({ min: 1, max: 6 }),
  batchSize: fc.integer({ min: 1, max: 9 }),
  optimizer: fc.record({
    kind: fc.constantFrom("sgd", "momentum", "adam"),
    learningRate: fc.constantFrom(1e-30, 0.001, 0.1, 0),
  }),
  dropout: fc.constantFrom(0, 0.3),
  validation: fc.constantFrom("none", "share", "dataset"),
  early: watch,
  plateau: watch,
  monitor: fc.nat(9),
  stopAfter: fc.option(fc.nat(3), { nil: undefined }),
  x: scale,
  y: scale,
  /** Of the validation rows alone: their loss may be infinite where the training's is not. */
  far: scale,
});
type Training = typeof training extends fc.Arbitrary<infer T> ? T : never;

function rowsOf(net: MLP<Output>, x: number, y: number): Dataset {
  const random = new Random(3);
  const [inputs, outputs] = [net.layers[0], net.layers[net.layers.length - 1]];
  const rows = 12;
  const draw = (count: number, by: number) =>
    Float32Array.from({ length: count }, () => (6 * random.uniform() - 3) * by);
  const targets = draw(net.output === "softmax" ? rows : rows * outputs, y);
  if (net.output === "softmax")
    targets.forEach((_, i) => {
      targets[i] = i % outputs;
    });
  if (net.output === "sigmoid")
    targets.forEach((_, i) => {
      targets[i] = i % 2;
    });
  return Dataset.from({ x: draw(rows * inputs, x), y: targets, rows });
}

function optionsOf(net: MLP<Output>, t: Training, stop?: AbortController): FitOptions<Output> {
  const { learningRate, kind } = t.optimizer;
  const monitors: Monitor[] =
    net.output === "linear" ? ["loss", "r2", "meanSquaredError", "meanAbsoluteError"] : ["loss", "accuracy"];
  const monitor = t.validation === "none" ? "loss" : monitors[t.monitor % monitors.length];
  return {
    epochs: t.epochs,
    batchSize: t.batchSize,
    dropout: t.dropout,
    optimizer: kind === "adam" ? adam({ learningRate }) : sgd({ learningRate, momentum: kind === "sgd" ? 0 : 0.9 }),
    ...(t.validation !== "none" && { validation: t.validation === "share" ? 0.25 : rowsOf(net, t.far, t.far) }),
    ...(t.early && { earlyStopping: { ...t.early, monitor } }),
    ...(t.plateau && { reduceOnPlateau: { ...t.plateau, monitor } }),
    ...(stop && {
      signal: stop.signal,
      onEpoch: ({ epoch }) => {
        if (epoch === t.stopAfter) stop.abort();
      },
    }),
  };
}

/** A model that was trained as far as its data lets it: a fit that fails leaves it as it was. */
async function trained(options: { layers: number[]; output: Output; seed: number }, t: Training) {
  const net = (await MLP.create(options)) as MLP<Output>;
  const data = rowsOf(net, t.x, t.y);
  await net.fit(data, optionsOf(net, t, new AbortController())).catch((error: Error) => {
    expect(error.message).toMatch(/^fit: .+ (became|must) /);
  });
  return { net, data };
}

/** What a call gives, or the sentence that it refuses with: huge weights make sums that float32 does not hold. */
function outcome(call: () => unknown): unknown {
  try {
    return call();
  } catch (error) {
    return (error as Error).message;
  }
}

const isSame = (a: unknown, b: unknown) => expect(a).toEqual(b);

describe("a file gives back what was saved", () => {
  it("an MLP of any options, trained on data of any scale, and its future", async () => {
    await fc.assert(
      fc.asyncProperty(model, training, async (options, t) => {
        const { net, data } = await trained(options, t);
        for (const resume of [false, true]) {
          const bytes = net.save({ resume });
          const again = await MLP.load(bytes);
          isSame(again.save({ resume }), bytes);
          isSame(again.history, net.history);
          isSame(again.summary(), net.summary());
          isSame(
            outcome(() => again.predictProba(data)),
            outcome(() => net.predictProba(data)),
          );
        }
        const again = await MLP.load(net.save({ resume: true }));
        const goOn = async (each: MLP<Output>) => {
          const said = await each
            .fit(data, { ...optionsOf(each, t), epochs: t.epochs + 3, resume: true })
            .catch(String);
          return [said, each.save({ resume: true })];
        };
        isSame(await goOn(again), await goOn(net));
      }),
      { numRuns: 150, seed: 1 },
    );
  }, 120_000);

  it("in a worker too", async () => {
    await fc.assert(
      fc.asyncProperty(model, training, async (options, t) => {
        const { net, data } = await trained(options, t);
        const again = await MLP.load(net.save({ resume: true }));
        const [here, there] = [optionsOf(net, t), optionsOf(again, t)];
        const told = await net.fit(data, here).catch(String);
        isSame(await fitInWorker(again, data, there).catch(String), told);
        isSame(again.save({ resume: true }), net.save({ resume: true }));
      }),
      { numRuns: 12, seed: 2 },
    );
  }, 120_000);

  const cell = fc.oneof(
    fc
      .tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.integer({ min: -300, max: 300 }))
      .map(([a, e]) => a * 10 ** e),
    fc.maxSafeInteger(),
    fc.constantFrom(2 ** 53, -(2 ** 60), 1.7e18, 1e21, 123456789012345680000, -0),
  );
  const label = fc.oneof(
    fc.uniqueArray(fc.string({ unit: "binary", minLength: 1 }), { minLength: 2, maxLength: 4 }),
    fc.uniqueArray(
      cell.map((value) => Math.trunc(value) + 0),
      { minLength: 2, maxLength: 4 },
    ),
    fc.constant([true, false]),
  );

  it("a Classifier of any numbers, texts and labels", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ n: cell, t: fc.string({ unit: "binary" }), b: fc.boolean() }), {
          minLength: 8,
          maxLength: 12,
        }),
        label,
        async (cells, labels) => {
          const rows = cells.map((row, i) => ({ ...row, y: labels[i % labels.length] }));
          const fitted = await Classifier.fit(rows, { target: "y", epochs: 1, hidden: [2] }).catch((error: Error) => {
            expect(error.message).toMatch(/^Classifier.fit: .+ (became|must) /);
          });
          if (!fitted) return;
          const again = await Classifier.load(fitted.save({ resume: true }));
          isSame(again.save({ resume: true }), fitted.save({ resume: true }));
          isSame(again.predict(rows), fitted.predict(rows));
          isSame(again.columns, fitted.columns);
          isSame(again.labels, fitted.labels);
        },
      ),
      { numRuns: 100, seed: 3 },
    );
  }, 120_000);

  it("a Regressor of any values", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ n: cell, y: cell }), { minLength: 3, maxLength: 12 }), async (rows) => {
        const fitted = await Regressor.fit(rows, { target: "y", epochs: 1, hidden: [2] }).catch((error: Error) => {
          expect(error.message).toMatch(/^Regressor.fit: .+ (became|must) /);
        });
        if (!fitted) return;
        const again = await Regressor.load(fitted.save({ resume: true }));
        isSame(again.save({ resume: true }), fitted.save({ resume: true }));
        isSame(again.predict(rows), fitted.predict(rows));
      }),
      { numRuns: 100, seed: 4 },
    );
  }, 120_000);

  it("infinite scores and the place of a trainer, as they were", async () => {
    const net = (await MLP.create({ layers: [1, 1], output: "linear", seed: 1 })) as MLP<Output>;
    const row = (x: number) => Dataset.from({ x: [[x]], y: [[1]] });
    net.setParameters([{ weights: [10], biases: [0] }]);
    const history = (await net.fit(row(0), { epochs: 2, validation: row(3e38), earlyStopping: {} })) as History;
    expect(history.epochs[0].validation?.loss).toBe(Infinity);
    net.trainer({ optimizer: adam(), resume: true }).epoch = Number.NEGATIVE_INFINITY;
    const again = await MLP.load(net.save({ resume: true }));
    expect(again.history).toEqual(net.history);
    expect(again.trainer({ optimizer: adam(), resume: true }).epoch).toBe(Number.NEGATIVE_INFINITY);
  });

  it("a history that was cut short by its holder", async () => {
    const net = await MLP.create({ layers: [1, 2], seed: 1 });
    const data = Dataset.from({ x: [[0], [1]], y: [0, 1] });
    await net.fit(data, { epochs: 3, earlyStopping: {} });
    net.history?.epochs.splice(1);
    expect((await MLP.load(net.save())).history?.epochs).toHaveLength(1);
  });

  it("10,000 layers, 500,000 categories of four letters", async () => {
    const layers = new Array(10_001).fill(1);
    expect((await MLP.load((await MLP.create({ layers })).save())).layers).toEqual(layers);
    const categories = Array.from({ length: 500_000 }, (_, i) => i.toString(36).padStart(4, "0"));
    expect(parseJson(JSON.stringify({ categories }))).toEqual({ categories });
  }, 60_000);

  it("a history of 100,000 epochs and texts of 8 MB", async () => {
    const net = await MLP.create({ layers: [1, 2], seed: 1 });
    await net.fit(Dataset.from({ x: [[0]], y: [0] }), { epochs: 100_000, optimizer: sgd() });
    expect((await MLP.load(net.save())).history).toEqual(net.history);
    const rows = ["a", "b"].map((y) => ({ t: y.repeat(4 << 20), y }));
    const table = await Classifier.fit(rows, { target: "y", epochs: 1, columns: { t: "text" } });
    expect((await Classifier.load(table.save())).columns).toEqual(table.columns);
  }, 60_000);

  it("control: some of these files hold whole numbers beyond 2^53, some infinities, which were once refused", async () => {
    for (const sign of [/[ :[]-?\d{17,}[,}\]]/, /\\?"-?Infinity\\?"/]) {
      const found = await fc.check(
        fc.asyncProperty(model, training, async (options, t) => {
          const { net } = await trained(options, t);
          const texts = [...decodeSafetensors("test", net.save({ resume: true })).metadata.values()];
          return !texts.some((text) => sign.test(text));
        }),
        { numRuns: 150, seed: 1, endOnFailure: true },
      );
      expect(found.failed).toBe(true);
    }
  }, 120_000);
});

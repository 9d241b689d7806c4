/**
 * After any error the model is as it was: the bytes of `save({ resume: true })`, so parameters, what the optimizer keeps, the
 * generator, the history and the place to resume from, from any state and by any failure.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { adam, Classifier, Dataset, MLP, sgd } from "../../src/index.js";

const x = Array.from({ length: 24 }, (_, r) => [Math.sin(r), Math.cos(3 * r)]);
const data = Dataset.from({ x, y: x.map((_, r) => r % 2) });
const momentum = sgd({ learningRate: 0.1, momentum: 0.9 });

/** A rate that is right for some updates and then is none, or ends in an error of its own. */
const breaksAfter = (steps: number, rate: () => number) => () => (steps-- > 0 ? 0.05 : rate());
const trip = () => {
  throw new Error("tripped");
};

type Net = MLP<"softmax">;

/** How a model may stand. */
const STATES: Record<string, (net: Net) => Promise<unknown>> = {
  fresh: async () => {},
  fitted: (net) => net.fit(data, { epochs: 3, batchSize: 5, dropout: 0.2, validation: 0.25 }),
  "stopped early": (net) =>
    net.fit(data, { epochs: 40, optimizer: momentum, validation: data, earlyStopping: { patience: 1, minDelta: 1 } }),
  "stepped by a trainer": async (net) => net.trainer({ optimizer: adam(), dropout: { input: 0.1 } }).step(x, data.y),
};

/** How it may fail. */
const FAILURES: Record<string, (net: Net) => Promise<unknown>> = {
  "fit, a rate that is too large": (net) => net.fit(data, { epochs: 9, optimizer: sgd({ learningRate: 1e30 }) }),
  "fit, a rate that becomes none": (net) =>
    net.fit(data, {
      batchSize: 4,
      validation: 0.3,
      optimizer: sgd({ learningRate: breaksAfter(8, () => Number.NaN) }),
    }),
  "fit, a schedule that throws": (net) =>
    net.fit(data, { batchSize: 4, dropout: 0.5, optimizer: adam({ learningRate: breaksAfter(3, trip) }) }),
  "fit, the last update": (net) =>
    net.fit(data, { epochs: 1, batchSize: 24, optimizer: sgd({ learningRate: 3e38 }), classWeights: [1e25, 1e25] }),
  "fit, options that are none": (net) => net.fit(data, { validation: 0.5, earlyStopping: null as never }),
  "fit, targets that change meanwhile": async (net) => {
    const own = Dataset.from({ x, y: data.y });
    return net.fit(own, { epochs: 5, onEpoch: () => void own.y.fill(7) });
  },
  "resume, another batch size": (net) => net.fit(data, { resume: true, batchSize: 7, epochs: 99 }),
  "trainer, options that are none": async (net) => net.trainer({ optimizer: { ...adam(), beta2: 2 } }),
  "setParameters, a wrong size": async (net) => net.setParameters([{ weights: [1], biases: [1] }]),
};

/** The bytes before and after something that fails; undefined if it did not. */
async function around(net: Net, fail: (net: Net) => Promise<unknown>) {
  const before = net.save({ resume: true });
  const error = await fail(net).then(
    () => undefined,
    (caught: Error) => caught,
  );
  return error && { before, after: net.save({ resume: true }) };
}

describe.each(Object.entries(STATES))("a model that is %s", (_, prepare) => {
  it.each(Object.entries(FAILURES))("is as it was after: %s", async (_, fail) => {
    const net = await MLP.create({ layers: [2, 6, 2], seed: 3 });
    await prepare(net);
    const bytes = await around(net, fail);
    expect(bytes).toBeDefined();
    expect(Buffer.from(bytes!.after).equals(bytes!.before)).toBe(true);
    // And goes on as a copy of it would.
    const twin = await MLP.load<"softmax">(bytes!.before);
    await Promise.all([net, twin].map((each) => each.fit(data, { epochs: 2, validation: 0.5 })));
    expect(net.save({ resume: true })).toEqual(twin.save({ resume: true }));
  });
});

it("control: what onEpoch throws ends a fit, and is no failure of it: the model keeps what it has learned", async () => {
  const net = await MLP.create({ layers: [2, 6, 2], seed: 3 });
  const bytes = await around(net, (each) => each.fit(data, { onEpoch: trip }));
  expect(Buffer.from(bytes!.after).equals(bytes!.before)).toBe(false);
});

it("a step that fails changes nothing, and the trainer goes on", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 20, max: 38 }),
      fc.boolean(),
      fc.integer({ min: 0, max: 3 }),
      async (e, isAdam, n) => {
        const net = await MLP.create({ layers: [2, 4, 1], output: "linear", seed: 1 });
        const trainer = net.trainer({ optimizer: isAdam ? adam() : momentum });
        for (let i = 0; i < n; i++) trainer.step([[1, 2]], [1]);
        const before = net.save({ resume: true });
        let failed = false;
        try {
          trainer.step([[10 ** e, 1]], [0]);
        } catch {
          failed = true;
        }
        if (failed) expect(net.save({ resume: true })).toEqual(before);
        // What is saved can be loaded, and the next step is one of numbers.
        const again = await MLP.load(net.save({ resume: true }));
        expect(again.parameters().every(({ weights }) => weights.every(Number.isFinite))).toBe(true);
        if (failed) expect(trainer.step([[1, 2]], [1])).toBeGreaterThanOrEqual(0);
      },
    ),
    { numRuns: 60, seed: 5 },
  );
});

it("a partialFit that fails in the middle changes nothing, and the next goes on with what the optimizer kept", async () => {
  const rows = Array.from({ length: 40 }, (_, r) => ({ a: r % 7, b: (r * 3) % 5, y: r % 2 ? "p" : "q" }));
  const model = await Classifier.fit(rows, { target: "y", epochs: 2, seed: 1 });
  model.partialFit(rows, { optimizer: momentum, batchSize: 8 });
  const twin = await Classifier.load(model.save({ resume: true }));
  const before = model.save({ resume: true });
  const failing = { optimizer: sgd({ learningRate: breaksAfter(3, trip) }), batchSize: 8 };
  expect(() => model.partialFit(rows, failing)).toThrow("tripped");
  expect(model.save({ resume: true })).toEqual(before);
  model.partialFit(rows);
  const trainer = twin.net.trainer({ optimizer: momentum, resume: true });
  for (const batch of twin.dataset(rows).batches({ size: 8 })) trainer.step(batch.x, batch.y);
  expect(model.net.parameters()).toEqual(twin.net.parameters());
});

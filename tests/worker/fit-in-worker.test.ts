/** The same fit on another thread: the same bytes, history, progress, abort and errors. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import {
  adam,
  adamw,
  cosineDecay,
  cosineRestarts,
  Dataset,
  type FitOptions,
  lbfgs,
  MLP,
  oneCycle,
  piecewise,
  polynomialDecay,
  rmsprop,
  sgd,
  stepDecay,
  warmup,
} from "../../src/index.js";
import { rateFrom } from "../../src/train/recipes.js";
import { recipeOf } from "../../src/train/schedules.js";
import { fitInWorker } from "../../src/worker/fit-in-worker.js";

const random = new Random(1);
const make = (rows: number) =>
  Dataset.from({
    x: Float32Array.from({ length: rows * 6 }, () => random.normal()),
    y: Array.from({ length: rows }, () => random.below(3)),
  });
const train = make(200);
const held = make(50);
const create = () => MLP.create({ layers: [6, 12, 3], seed: 4 });

const CASES: Record<string, FitOptions<"softmax">> = {
  defaults: {},
  "a schedule, dropout": {
    optimizer: sgd({ learningRate: warmup({ over: 2, then: cosineDecay({ initial: 0.1, over: 6 }) }), momentum: 0.9 }),
    dropout: 0.3,
  },
  "early stopping": { validation: held, earlyStopping: { patience: 2 }, optimizer: adam({ learningRate: 0.05 }) },
  "three states, an average, layers": {
    ...{ optimizer: adamw({ amsgrad: true }), average: 0.9, layerRates: [0.5, 1], l2: [0, 0.1], maxNorm: 1 },
    ...{ validation: held, earlyStopping: { patience: 2 } },
  },
  "the velocity of what is centered": { optimizer: rmsprop({ centered: true, momentum: 0.9 }), clipValue: 0.1 },
  "a share held out": { validation: 0.2, classWeights: "balanced", reduceOnPlateau: { patience: 1 } },
};

describe("fitInWorker", () => {
  for (const [name, options] of Object.entries(CASES)) {
    it(`gives the bytes of fit: ${name}`, async () => {
      const [here, there] = [await create(), await create()];
      const epochs: number[] = [];
      const wanted = await here.fit(train, { epochs: 6, ...options });
      const fitting = fitInWorker(there, train, {
        epochs: 6,
        ...options,
        onEpoch: ({ epoch, loss }) => {
          expect(loss).toBe(wanted.epochs[epoch].loss);
          epochs.push(epoch);
        },
      });
      // Meanwhile the model answers as before.
      expect(there.predict(held)).toEqual((await create()).predict(held));
      expect(() => there.trainer({ optimizer: adam() })).toThrow("the model must not be inside fit");
      expect(await fitting).toEqual(wanted);
      expect(epochs).toEqual(wanted.epochs.map(({ epoch }) => epoch));
      expect(there.save({ resume: true })).toEqual(here.save({ resume: true }));
      // And goes on alike, on either thread.
      await here.fit(train, { epochs: 8, ...options, resume: true });
      await fitInWorker(there, train, { epochs: 8, ...options, resume: true });
      expect(there.save({ resume: true })).toEqual(here.save({ resume: true }));
    });
  }

  it("gives the bytes of fit where the second module, a loss of values and weights of rows are needed", async () => {
    const x = Float32Array.from({ length: 400 }, () => random.normal());
    const weights = Float32Array.from({ length: 100 }, () => random.uniform());
    const rows = Dataset.from({
      x,
      y: Array.from({ length: 100 }, (_, i) => x[4 * i] * x[4 * i + 1]),
      rows: 100,
      weights,
    });
    const nets = () =>
      Promise.all(
        ["here", "there"].map(() =>
          MLP.create({ layers: [4, 8, 6, 1], activation: ["gelu", { elu: 1.5 }], output: "linear", loss: "huber" }),
        ),
      );
    const options: FitOptions<"linear"> = { epochs: 5, validation: 0.2, optimizer: adam({ learningRate: 0.01 }) };
    const [here, there] = await nets();
    const wanted = await here.fit(rows, options);
    expect(await fitInWorker(there, rows, options)).toEqual(wanted);
    expect(there.save({ resume: true })).toEqual(here.save({ resume: true }));
    // control: weights count, here and there
    const [plain, other] = await nets();
    const unweighted = Dataset.from({ x, y: rows.y, rows: 100 });
    await plain.fit(unweighted, options);
    await fitInWorker(other, unweighted, options);
    expect(other.save()).toEqual(plain.save());
    expect(other.save()).not.toEqual(there.save());
  });

  it("gives the bytes of fit: all rows at once", async () => {
    const [here, there] = [await create(), await create()];
    const wanted = await here.fit(train, { epochs: 6, optimizer: lbfgs() });
    expect(await fitInWorker(there, train, { epochs: 6, optimizer: { ...lbfgs() } })).toEqual(wanted);
    expect(there.save({ resume: true })).toEqual(here.save({ resume: true }));
    await expect(fitInWorker(there, train, { optimizer: lbfgs(), average: 0.5 })).rejects.toThrow(
      "fit: average must be left out with lbfgs, got 0.5.",
    );
  });

  it("gives the checkpoints of fit, from which either thread goes on", async () => {
    for (const [name, options] of Object.entries(CASES)) {
      const files: Record<"here" | "there", Uint8Array[]> = { here: [], there: [] };
      const saveTo = (list: Uint8Array[]) => ({
        onEpoch: async (_: unknown, save: () => Promise<Uint8Array>) => {
          // Two at a time, in their order.
          const [one, two] = await Promise.all([save(), save()]);
          expect(two).toEqual(one);
          list.push(one);
        },
      });
      const [here, there] = [await create(), await create()];
      await here.fit(train, { epochs: 5, ...options, ...saveTo(files.here) });
      await fitInWorker(there, train, { epochs: 5, ...options, ...saveTo(files.there) });
      expect(files.there, name).toEqual(files.here);
      for (const file of [files.there[0], files.there[3]]) {
        const again = await MLP.load<"softmax">(file);
        await fitInWorker(again, train, { epochs: 5, ...options, resume: true });
        expect(again.save({ resume: true })).toEqual(here.save({ resume: true }));
      }
    }
  });

  it("refuses a checkpoint at another moment, and the model here has none to give", async () => {
    const net = await create();
    let save: (() => Promise<Uint8Array>) | undefined;
    await fitInWorker(net, train, {
      epochs: 2,
      onEpoch: (_, given) => {
        save = given;
        expect(() => net.save({ resume: true })).toThrow("or call the function save that onEpoch is given.");
      },
    });
    await expect(save?.()).rejects.toThrow(
      "save: the fit in the worker must go on, got its end. Call save inside onEpoch, and await it there.",
    );
  });

  it("bytes with a scale travel too", async () => {
    const x = Uint8Array.from({ length: 600 }, () => random.below(256));
    const data = Dataset.from({ x, y: Array.from({ length: 100 }, (_, i) => i % 3), scale: 1 / 255 });
    const [here, there] = [await create(), await create()];
    await here.fit(data);
    await fitInWorker(there, data);
    expect(there.save()).toEqual(here.save());
  });

  it("obeys the signal, and ends with what onEpoch throws; both can be resumed", async () => {
    const whole = await create();
    await whole.fit(train, { epochs: 5 });
    const controller = new AbortController();
    const stopped = await create();
    const history = await fitInWorker(stopped, train, {
      epochs: 5,
      signal: controller.signal,
      onEpoch: ({ epoch }) => {
        if (epoch === 1) controller.abort();
      },
    });
    expect(history.stopped).toBe("aborted");
    expect(history.epochs.length).toBeLessThan(5);
    await fitInWorker(stopped, train, { epochs: 5, resume: true });
    expect(stopped.parameters()).toEqual(whole.parameters());
    const failing = await create();
    const reason = new Error("disk full");
    const onEpoch = async ({ epoch }: { epoch: number }) => {
      if (epoch === 2) throw reason;
    };
    await expect(fitInWorker(failing, train, { epochs: 5, onEpoch })).rejects.toBe(reason);
    await failing.fit(train, { epochs: 5, resume: true });
    expect(failing.parameters()).toEqual(whole.parameters());
  });

  it("refuses as fit does, and leaves the model as it was", async () => {
    const net = await create();
    const before = net.save();
    await expect(fitInWorker(net, train, { epochs: 0 })).rejects.toThrow(RangeError);
    await expect(fitInWorker(net, train, { epochs: 0 })).rejects.toThrow(
      "fit: epochs must be a whole number >= 1, got 0.",
    );
    await expect(fitInWorker(net, [] as never)).rejects.toThrow("fit: data must be a Dataset");
    await expect(fitInWorker(net, train, { optimizer: sgd({ learningRate: () => 0.1 }) })).rejects.toThrow(
      "fit: learningRate must be a number or one of wasmlp's schedules in a worker, got another function.",
    );
    await expect(fitInWorker(net, train, { optimizer: sgd({ learningRate: 1e30 }) })).rejects.toThrow(
      /^fit: the loss became .* as it was before the fit\.$/,
    );
    for (const [options, sentence] of [
      [null, "fit: the options must be an object, got null."],
      [{ onEpoch: 5 }, "fit: onEpoch must be a function, got 5."],
      [{ signal: "stop" }, 'fit: signal must be an AbortSignal, got "stop".'],
      [{ dropout: () => 0.5 }, "fit: dropout must be an object, got a function."],
    ] as const) {
      await expect(fitInWorker(net, train, options as never)).rejects.toThrow(sentence);
    }
    await expect(fitInWorker({} as never, train)).rejects.toThrow(
      "fitInWorker: the first argument must be an MLP, Classifier or Regressor, got an object.",
    );
    expect(net.save()).toEqual(before);
    const untouched = await fitInWorker(net, train, { epochs: 3, signal: AbortSignal.abort() });
    expect([untouched.stopped, untouched.steps]).toEqual(["aborted", 0]);
    await net.fit(train, { epochs: 1 });
  });
});

describe("a schedule's recipe", () => {
  it("makes the same rates again", () => {
    const schedules = [
      0.3,
      stepDecay({ initial: 0.1, rate: 0.5, every: 3, unit: "step" }),
      warmup({ over: 4, then: cosineDecay({ initial: 0.2, final: 0.01, over: 9 }) }),
      warmup({ over: 4, then: 0.2 }),
      warmup({ over: 4, from: 0.01, then: cosineRestarts({ initial: 0.2, final: 0.01, period: 3, factor: 1.5 }) }),
      polynomialDecay({ initial: 0.1, power: 2, over: 9, unit: "step" }),
      piecewise({ rates: [0.1, 0.01], boundaries: [4] }),
      oneCycle({ peak: 0.1, over: 20, rise: 0.4, unit: "step" }),
    ];
    for (const rate of schedules) {
      const recipe = JSON.parse(JSON.stringify(recipeOf(rate)));
      const again = rateFrom(recipe);
      for (let t = 0; t < 12; t++) {
        const at = (schedule: typeof rate) =>
          typeof schedule === "number" ? schedule : schedule({ step: 2 * t, epoch: t });
        expect(at(again)).toBe(at(rate));
      }
    }
    expect(recipeOf(() => 1)).toBeUndefined();
    expect(recipeOf(warmup({ over: 2, then: () => 1 }))).toBeUndefined();
  });
});

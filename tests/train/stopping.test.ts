/** Early stopping, the plateau's rate, and R2: stop and resume is never stopped, bit for bit. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import {
  adam,
  cosineDecay,
  Dataset,
  type EpochReport,
  type FitOptions,
  MLP,
  sgd,
  stepDecay,
  type Trainer,
} from "../../src/index.js";
import { watchedScore } from "../../src/train/history.js";
import { observe, type WatchState } from "../../src/train/watch.js";

/** Two noisy classes in the plane: the validation loss falls, then rises. */
function noisy(rows: number, seed: number): Dataset {
  const random = new Random(seed);
  const x: number[][] = [];
  const y: number[] = [];
  for (let r = 0; r < rows; r++) {
    y.push(random.below(2));
    x.push([random.normal() + 0.7 * y[r], random.normal()]);
  }
  return Dataset.from({ x, y });
}

const train = noisy(60, 1);
const held = noisy(200, 2);
const create = (seed = 3) => MLP.create({ layers: [2, 32, 2], seed });

describe("a watch", () => {
  it("remembers the best score and how long it has been the best", () => {
    const state: WatchState = { best: undefined, wait: 0 };
    const rule = { monitor: "loss", minDelta: 0.5 } as const;
    const better = [3, 2, 2, 1.9, 2.5].map((score, epoch) => observe(state, epoch, score, rule));
    expect(better).toEqual([true, true, false, false, false]);
    expect(state).toEqual({ best: { score: 2, epoch: 1 }, wait: 3 });
  });

  it("looks at the validation rows where there are any; accuracy rises", () => {
    const state: WatchState = { best: undefined, wait: 0 };
    const rule = { monitor: "accuracy", minDelta: 0 } as const;
    const better = [0.5, 0.7, 0.6].map((accuracy, epoch) => {
      const report: EpochReport = { epoch, epochs: 9, loss: epoch, dataLoss: epoch, learningRate: 1 };
      expect(watchedScore(report, "loss")).toBe(epoch);
      const validation = { loss: 0, accuracy };
      return observe(state, epoch, watchedScore({ ...report, validation }, rule.monitor), rule);
    });
    expect(better).toEqual([true, true, false]);
  });
});

describe("early stopping", () => {
  const options: FitOptions<"softmax"> = {
    epochs: 300,
    batchSize: 16,
    optimizer: adam({ learningRate: 0.03 }),
    validation: held,
    earlyStopping: { patience: 7 },
  };

  it("ends after `patience` epochs without a better score and leaves the weights of the best epoch", async () => {
    const net = await create();
    const history = await net.fit(train, options);
    const losses = history.epochs.map(({ validation }) => validation!.loss);
    const best = losses.indexOf(Math.min(...losses));
    expect(history).toMatchObject({ stopped: "early", bestEpoch: best });
    expect(losses).toHaveLength(best + 1 + 7);
    expect(net.evaluate(held).loss).toBe(losses[best]);
    // The same weights as a fit that ends there.
    const short = await create();
    await short.fit(train, { ...options, epochs: best + 1 });
    expect(net.parameters()).toEqual(short.parameters());
  });

  it("keeps the best weights also when the epochs run out or the signal ends the fit", async () => {
    for (const abort of [false, true]) {
      const net = await create();
      const controller = new AbortController();
      const history = await net.fit(train, {
        ...options,
        epochs: abort ? 300 : 20,
        earlyStopping: { patience: 100 },
        signal: controller.signal,
        onEpoch: ({ epoch }) => abort && epoch === 19 && controller.abort(),
      });
      expect(history.stopped).toBe(abort ? "aborted" : "done");
      const losses = history.epochs.map(({ validation }) => validation!.loss);
      expect(losses).toHaveLength(20);
      expect(history.bestEpoch).toBeLessThan(19);
      expect(net.evaluate(held).loss).toBe(Math.min(...losses));
    }
  });

  it("watches accuracy if told to, the training loss without validation rows", async () => {
    const net = await create();
    const history = await net.fit(train, { ...options, earlyStopping: { patience: 5, monitor: "accuracy" } });
    const accuracies = history.epochs.map(({ validation }) => validation!.accuracy);
    expect(history.bestEpoch).toBe(accuracies.indexOf(Math.max(...accuracies)));
    const { validation, ...rest } = options;
    const alone = await (await create()).fit(train, { ...rest, earlyStopping: { patience: 2 }, epochs: 500 });
    const losses = alone.epochs.map(({ loss }) => loss);
    expect(alone.bestEpoch).toBe(losses.indexOf(Math.min(...losses)));
  });

  it("control: without it the last weights stay", async () => {
    const net = await create();
    const { earlyStopping, ...rest } = options;
    const history = await net.fit(train, { ...rest, epochs: 40 });
    expect(history.bestEpoch).toBeUndefined();
    expect(net.evaluate(held).loss).toBe(history.epochs[39].validation!.loss);
  });

  it("refuses what it cannot watch, and the model stays usable", async () => {
    const net = await create();
    const before = net.save();
    const refused = (given: object) => expect(net.fit(train, given)).rejects;
    await refused({ earlyStopping: { monitor: "accuracy" } }).toThrow(
      'fit: monitor must be "loss" without validation rows, got "accuracy". Give validation.',
    );
    await refused({ validation: held, earlyStopping: { monitor: "r2" } }).toThrow(
      'fit: monitor must be a score of a softmax output, got "r2".',
    );
    await refused({ earlyStopping: { patience: 0 } }).toThrow("fit: earlyStopping.patience must be");
    await refused({ reduceOnPlateau: { factor: 1 } }).toThrow("fit: reduceOnPlateau.factor must be");
    await refused({ earlyStopping: { patient: 1 } }).toThrow(
      "must be among patience, minDelta, relativeDelta, monitor",
    );
    expect(net.save()).toEqual(before);
  });
});

describe("the plateau's learning rate", () => {
  it("falls by `factor` after each `patience` epochs without a better score, on top of the schedule", async () => {
    const net = await create();
    const schedule = stepDecay({ initial: 0.1, rate: 0.9, every: 4 });
    const history = await net.fit(train, {
      epochs: 80,
      batchSize: 16,
      optimizer: sgd({ learningRate: schedule, momentum: 0.9 }),
      validation: held,
      reduceOnPlateau: { factor: 0.5, patience: 3, minRate: 0.004 },
    });
    let [best, wait, factor] = [Number.POSITIVE_INFINITY, 0, 1];
    for (const { epoch, validation, learningRate } of history.epochs) {
      const rate = schedule({ epoch, step: 0 });
      expect(learningRate).toBe(Math.max(rate * factor, Math.min(rate, 0.004)));
      wait = validation!.loss < best ? 0 : wait + 1;
      best = Math.min(best, validation!.loss);
      if (wait >= 3) [wait, factor] = [0, factor * 0.5];
    }
    expect(factor).toBeLessThan(0.1);
  });
});

describe("validation as a share", () => {
  it("holds out each class's share", async () => {
    const y = Array.from({ length: 100 }, (_, i) => (i < 90 ? 0 : 1));
    const data = Dataset.from({ x: y.map((id, i) => [i / 100, id]), y });
    // A net that always says class 0: its accuracy on the rows held out is the share of class 0 among them.
    for (let seed = 0; seed < 5; seed++) {
      const net = await MLP.create({ layers: [2, 2], seed });
      net.setParameters([{ weights: [0, 0, 0, 0], biases: [50, -50] }]);
      const { epochs } = await net.fit(data, { epochs: 1, validation: 0.2, optimizer: sgd({ learningRate: 0 }) });
      expect(epochs[0].validation!.accuracy).toBe(0.9);
    }
  });
});

describe("stop and resume = never stopped", () => {
  const optimizers = {
    sgd: sgd({ learningRate: 0.05 }),
    momentum: sgd({ learningRate: cosineDecay({ initial: 0.1, over: 12 }), momentum: 0.9 }),
    nesterov: sgd({
      learningRate: stepDecay({ initial: 0.1, rate: 0.9, every: 7, unit: "step" }),
      momentum: 0.9,
      nesterov: true,
    }),
    adam: adam({ learningRate: 0.02 }),
  };
  const extras: Record<string, FitOptions<"softmax">> = {
    plain: {},
    "no shuffling": { shuffle: false },
    penalties: { l1: 1e-4, l2: 1e-3 },
    dropout: { dropout: { input: 0.1, hidden: 0.4 } },
    "balanced, clipped": { classWeights: "balanced", clipNorm: 0.5 },
    "early stopping": { validation: held, earlyStopping: { patience: 4 } },
    "a share held out, plateau": {
      validation: 0.25,
      earlyStopping: { patience: 6, minDelta: 1e-3 },
      reduceOnPlateau: { patience: 2, factor: 0.5 },
    },
  };
  const EPOCHS = 12;

  /** Stops at the given looks at the signal (one a batch) and goes on each time, with what `between` makes of the model. */
  async function interrupted(
    first: MLP<"softmax">,
    options: FitOptions<"softmax">,
    stops: number[],
    between: (net: MLP<"softmax">) => MLP<"softmax"> | Promise<MLP<"softmax">> = (net) => net,
  ) {
    let net = first;
    let looks = 0;
    const left = [...stops];
    const signal = {
      get aborted() {
        if (looks++ < (left[0] ?? Number.POSITIVE_INFINITY)) return false;
        left.shift();
        return true;
      },
    } as AbortSignal;
    let history = await net.fit(train, { ...options, signal });
    while (history.stopped === "aborted") {
      // What a service does in between changes nothing.
      net.predict(held);
      net.evaluate(held);
      net = await between(net);
      history = await net.fit(train, { ...options, signal, resume: true });
    }
    return { history, net };
  }

  /** Out into a file and back. */
  const throughFile = (net: MLP<"softmax">) => MLP.load<"softmax">(net.save({ resume: true }));

  for (const [name, optimizer] of Object.entries(optimizers)) {
    for (const [title, extra] of Object.entries(extras)) {
      it(`${name}, ${title}: 20 random stops`, async () => {
        const options = { epochs: EPOCHS, batchSize: 16, optimizer, ...extra };
        const whole = await create();
        const wanted = await whole.fit(train, options);
        const random = new Random(7);
        const stops = Array.from({ length: 20 }, () => random.below(60)).sort((a, b) => a - b);
        for (const between of [undefined, throughFile]) {
          const { history, net } = await interrupted(await create(), options, stops, between);
          expect(history).toEqual(wanted);
          expect(net.save({ resume: true })).toEqual(whole.save({ resume: true }));
        }
      });
    }
  }

  it("any stops, any number of them", async () => {
    const options: FitOptions<"softmax"> = { epochs: 6, batchSize: 25, optimizer: optimizers.adam, ...extras.dropout };
    const whole = await create();
    await whole.fit(train, options);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(30), { maxLength: 12 }), async (stops) => {
        const net = await create();
        await interrupted(
          net,
          options,
          stops.sort((a, b) => a - b),
        );
        expect(net.save()).toEqual(whole.save());
      }),
      { numRuns: 25, seed: 1 },
    );
  });

  it("a trainer goes on from a file, and from the one before it", async () => {
    const steps = (trainer: Trainer, from: number, to: number) => {
      for (let step = from; step < to; step++) {
        trainer.epoch = Math.floor(step / 4);
        trainer.step(train.x.subarray(0, 40), train.y.subarray(0, 20));
      }
    };
    for (const optimizer of Object.values(optimizers)) {
      const options = { optimizer, dropout: 0.3, l2: 1e-3 };
      const [whole, net] = [await create(), await create()];
      steps(whole.trainer(options), 0, 12);
      steps(net.trainer(options), 0, 5);
      const again = await throughFile(net);
      const trainer = again.trainer({ ...options, resume: true });
      expect([trainer.steps, trainer.epoch]).toEqual([5, 1]);
      steps(trainer, 5, 9);
      steps(again.trainer({ ...options, resume: true }), 9, 12);
      expect(again.save({ resume: true })).toEqual(whole.save({ resume: true }));
      // Control: without what the optimizer kept the way is another one.
      const fresh = await MLP.load<"softmax">(net.save());
      steps(fresh.trainer(options), 5, 12);
      expect(fresh.parameters()).not.toEqual(whole.parameters());
    }
    const other = await create();
    expect(() => other.trainer({ optimizer: adam(), resume: true })).toThrow(
      "trainer: resume must come after training",
    );
    other.trainer({ optimizer: adam() });
    expect(() => other.trainer({ optimizer: sgd(), resume: true })).toThrow(
      'trainer: resume must have the optimizer of the training it goes on with (adam), got "sgd".',
    );
  });

  it("more epochs after a fit that is done are the longer fit", async () => {
    for (const extra of [{}, extras["early stopping"]]) {
      const [short, long] = [await create(), await create()];
      const options = { batchSize: 16, optimizer: optimizers.momentum, ...extra };
      await short.fit(train, { ...options, epochs: 5 });
      const history = await short.fit(train, { ...options, epochs: EPOCHS, resume: true });
      const wanted = await long.fit(train, { ...options, epochs: EPOCHS });
      expect(history.epochs.map(({ loss }) => loss)).toEqual(wanted.epochs.map(({ loss }) => loss));
      expect(short.parameters()).toEqual(long.parameters());
    }
  });

  it("goes on after an error of onEpoch", async () => {
    const [net, whole] = [await create(), await create()];
    const options = { epochs: 6, batchSize: 16, ...extras["early stopping"] };
    let checkpoint = new Uint8Array();
    const failing = net.fit(train, {
      ...options,
      onEpoch: async ({ epoch }, save) => {
        if (epoch < 3) return;
        checkpoint = await save();
        throw new Error("disk full");
      },
    });
    await expect(failing).rejects.toThrow("disk full");
    expect(net.history).toMatchObject({ stopped: "aborted", epochs: { length: 4 } });
    expect(net.summary()).toContain("aborted");
    expect(net.save({ resume: true })).toEqual(checkpoint);
    await net.fit(train, { ...options, resume: true });
    await whole.fit(train, options);
    expect(net.save()).toEqual(whole.save());
    expect(net.history?.stopped).toBe("done");
  });

  it.each(["at once", "later"])("is aborted by an error of onEpoch in the last epoch too, thrown %s", async (when) => {
    const net = await create();
    const onEpoch = ({ epoch }: EpochReport) => {
      if (epoch < 2) return undefined;
      if (when === "later") return Promise.reject(new Error("disk full"));
      throw new Error("disk full");
    };
    await expect(net.fit(train, { epochs: 3, onEpoch })).rejects.toThrow("disk full");
    expect(net.history).toMatchObject({ stopped: "aborted", epochs: { length: 3 } });
    // Control: the same fit without the error is done, and there is nothing left to go on with.
    expect(await net.fit(train, { epochs: 3, resume: true })).toMatchObject({ stopped: "done", epochs: { length: 3 } });
  });

  it("control: a fit that starts anew instead of going on is noticed", async () => {
    const [net, whole] = [await create(), await create()];
    const options = { epochs: 6, batchSize: 16, optimizer: optimizers.momentum };
    await whole.fit(train, options);
    await net.fit(train, { ...options, epochs: 3 });
    await net.fit(train, { ...options, epochs: 3 });
    expect(net.save()).not.toEqual(whole.save());
  });

  it("refuses when there is nothing to go on with, or another fit", async () => {
    const net = await create();
    const none = "fit: resume must come after a fit of this model, got none. Leave it out to start one.";
    await expect(net.fit(train, { resume: true })).rejects.toThrow(none);
    await net.fit(train, { epochs: 1 });
    await expect(net.fit(train, { epochs: 2, batchSize: 8, resume: true })).rejects.toThrow(
      "fit: resume must have the batchSize of the fit it goes on with (32), got 8.",
    );
    await expect(net.fit(held, { epochs: 2, resume: true })).rejects.toThrow(
      "fit: resume must have the rows to train on of the fit it goes on with (60), got 200.",
    );
    await expect(net.fit(train, { epochs: 2, optimizer: sgd(), resume: true })).rejects.toThrow(
      'fit: resume must have the optimizer of the fit it goes on with (adam), got "sgd".',
    );
    await expect(net.fit(train, { epochs: 2, dropout: 0.5, resume: true })).rejects.toThrow(
      'fit: resume must have the dropout of the fit it goes on with (none), got "some".',
    );
    const before = net.save({ resume: true });
    await expect(net.fit(train, { epochs: 2, validation: 0.5, resume: true })).rejects.toThrow("rows to train on");
    expect(net.save({ resume: true })).toEqual(before);
    await net.fit(train, { epochs: 2, resume: true });
    net.setParameters(net.parameters());
    await expect(net.fit(train, { epochs: 3, resume: true })).rejects.toThrow(none);
    await net.fit(train, { epochs: 1 });
    net.trainer({ optimizer: adam() });
    await expect(net.fit(train, { epochs: 3, resume: true })).rejects.toThrow(none);
  });
});

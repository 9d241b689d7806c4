/** Early stopping's start and baseline, the plateau's cooldown, scores of the user's own; all of it resumed bit for bit. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import {
  accuracy,
  adam,
  Classifier,
  Dataset,
  type EarlyStopping,
  type EpochReport,
  type FitOptions,
  MLP,
  matthewsCorrelation,
  meanSquaredError,
  rocAuc,
  type ScoreMonitor,
  sgd,
} from "../../src/index.js";
import { checkEarlyStopping, checkPlateau, observe, observePlateau, type WatchState } from "../../src/train/watch.js";
import { fitInWorker } from "../../src/worker.js";

/** Two noisy classes in the plane. */
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
const auc: ScoreMonitor = { name: "auc", score: rocAuc, better: "higher" };
const options: FitOptions<"softmax"> = {
  epochs: 40,
  batchSize: 16,
  optimizer: adam({ learningRate: 0.03 }),
  validation: held,
};

/** Keras 3's EarlyStopping on losses, as its sources have it but for the early return; the epoch that ends the fit, or none. */
function keras(losses: readonly number[], given: Required<Pick<EarlyStopping, "patience" | "start">> & EarlyStopping) {
  let [wait, best, bestEpoch] = [0, Number.POSITIVE_INFINITY, -1];
  for (const [epoch, current] of losses.entries()) {
    if (epoch < given.start) continue;
    wait++;
    if (current < best) {
      [best, bestEpoch] = [current, epoch];
      if (given.baseline === undefined || current < given.baseline) wait = 0;
    }
    if (wait >= given.patience) return { bestEpoch, end: epoch };
  }
  return { bestEpoch, end: undefined };
}

/** The epochs after which PyTorch's ReduceLROnPlateau reduces, `patience` as it is here: of bad epochs that suffice. */
function torch(losses: readonly number[], patience: number, cooldown: number): number[] {
  let [best, bad, left] = [Number.POSITIVE_INFINITY, 0, 0];
  return losses.flatMap((current, epoch) => {
    if (current < best) [best, bad] = [current, 0];
    else bad++;
    if (left > 0) [left, bad] = [left - 1, 0];
    if (bad < patience) return [];
    [left, bad] = [cooldown, 0];
    return [epoch];
  });
}

const random = new Random(5);
const LOSSES = Array.from({ length: 40 }, () =>
  Array.from({ length: 30 }, (_, t) => Math.round(20 - t / 3 + 3 * random.normal()) / 20),
);

function stopsAt(losses: readonly number[], given: EarlyStopping) {
  const rule = checkEarlyStopping("fit", given);
  const state: WatchState = { best: undefined, wait: 0 };
  for (const [epoch, loss] of losses.entries()) {
    observe(state, epoch, loss, rule);
    if (state.wait >= rule.patience) return { bestEpoch: state.best?.epoch ?? -1, end: epoch };
  }
  return { bestEpoch: state.best?.epoch ?? -1, end: undefined };
}

function reducesAt(losses: readonly number[], patience: number, cooldown: number): number[] {
  const rule = checkPlateau("fit", { patience, cooldown });
  const state: WatchState = { best: undefined, wait: 0 };
  return losses.flatMap((loss, epoch) => (observePlateau(state, epoch, loss, rule) ? [epoch] : []));
}

describe("start and baseline", () => {
  it("are Keras'", () => {
    for (const losses of LOSSES) {
      for (const start of [0, 1, 7, 100]) {
        for (const baseline of [undefined, 0, 0.6, 0.9, 5]) {
          const given = { patience: 4, start, baseline };
          expect(stopsAt(losses, given)).toEqual(keras(losses, given));
        }
      }
    }
  });

  it("without them nothing is what it was not: an epoch before the start counts, no baseline is needed", () => {
    for (const losses of LOSSES)
      expect(stopsAt(losses, { patience: 3 })).toEqual(keras(losses, { patience: 3, start: 0 }));
  });

  it("the baseline must be bettered by minDelta, in the direction of the score", () => {
    const rises = { monitor: "accuracy", patience: 2, baseline: 0.8, minDelta: 0.1 } as const;
    expect(stopsAt([0.1, 0.3, 0.5], rises).end).toBe(1);
    expect(stopsAt([0.1, 0.95, 0.96], rises).end).toBeUndefined();
    expect(stopsAt([0.1, 0.85], rises).end).toBe(1);
  });

  it("a fit keeps no weights of the epochs before the start", async () => {
    const net = await create();
    const history = await net.fit(train, { ...options, earlyStopping: { patience: 5, start: 12 } });
    const losses = history.epochs.map(({ validation }) => validation!.loss);
    const watched = losses.slice(12);
    expect(losses.indexOf(Math.min(...losses))).toBeLessThan(12);
    expect(history).toMatchObject({ stopped: "early", bestEpoch: 12 + watched.indexOf(Math.min(...watched)) });
    expect(net.evaluate(held).loss).toBe(Math.min(...watched));
    // A start that is never reached watches nothing.
    const never = await create();
    const whole = await never.fit(train, { ...options, earlyStopping: { patience: 1, start: 1000 } });
    expect([whole.stopped, whole.epochs.length, whole.bestEpoch]).toEqual(["done", 40, undefined]);
    expect(never.evaluate(held).loss).toBe(whole.epochs[39].validation!.loss);
  });

  it("a fit that cannot better its baseline ends after `patience` epochs, with the best weights so far", async () => {
    const net = await create();
    const history = await net.fit(train, { ...options, earlyStopping: { patience: 3, baseline: 0 } });
    const losses = history.epochs.map(({ validation }) => validation!.loss);
    expect(history).toMatchObject({ stopped: "early", epochs: { length: 3 } });
    expect(net.evaluate(held).loss).toBe(Math.min(...losses));
  });

  it("control: a start and a baseline that are ignored are noticed", () => {
    const ignoring = (key: "start" | "baseline", value: number) =>
      LOSSES.filter((losses) => {
        const given = { patience: 4, start: 0, [key]: value };
        const { [key]: _, ...rest } = given as EarlyStopping;
        return JSON.stringify(stopsAt(losses, rest)) !== JSON.stringify(keras(losses, given));
      });
    expect(ignoring("start", 7).length).toBeGreaterThan(10);
    expect(ignoring("baseline", 0.6).length).toBeGreaterThan(10);
  });
});

describe("cooldown", () => {
  it("is PyTorch's", () => {
    for (const losses of LOSSES) {
      for (const patience of [1, 3]) {
        for (const cooldown of [0, 1, 2, 5]) {
          expect(reducesAt(losses, patience, cooldown)).toEqual(torch(losses, patience, cooldown));
        }
      }
    }
    expect(reducesAt([1, 1, 1, 1, 1, 1, 1, 1], 1, 2)).toEqual([1, 4, 7]);
  });

  it("delays the reductions of a fit", async () => {
    const history = await (await create()).fit(train, {
      ...options,
      optimizer: sgd({ learningRate: 0.3, momentum: 0.9 }),
      reduceOnPlateau: { factor: 0.5, patience: 2, cooldown: 3 },
    });
    const losses = history.epochs.map(({ validation }) => validation!.loss);
    const falls = history.epochs.flatMap(({ learningRate }, e, all) =>
      e > 0 && learningRate < all[e - 1].learningRate ? [e - 1] : [],
    );
    expect(falls.length).toBeGreaterThan(2);
    expect(falls).toEqual(torch(losses, 2, 3).filter((epoch) => epoch < losses.length - 1));
  });

  it("control: a cooldown that is ignored is noticed", () => {
    const changed = LOSSES.filter((losses) => `${reducesAt(losses, 1, 0)}` !== `${torch(losses, 1, 3)}`);
    expect(changed.length).toBeGreaterThan(10);
  });
});

describe("scores of the user's own", () => {
  it("are given targets and what predictProba gives, stand in the report, and decide", async () => {
    const seen: number[] = [];
    const net = await create();
    const monitor: ScoreMonitor = {
      name: "auc",
      better: "higher",
      score: (targets, outputs) => {
        expect(targets).toBe(held.y);
        expect(outputs).toEqual(net.predictProba(held));
        seen.push(rocAuc(targets, outputs));
        return seen[seen.length - 1];
      },
    };
    const told: (number | undefined)[] = [];
    const onEpoch = ({ validation }: EpochReport) => told.push(validation!.auc);
    const history = await net.fit(train, { ...options, earlyStopping: { patience: 6, monitor }, onEpoch });
    const scores = history.epochs.map(({ validation }) => validation!.auc!);
    expect(scores).toEqual(seen);
    expect(told).toEqual(seen);
    const best = scores.indexOf(Math.max(...scores));
    expect(history).toMatchObject({ stopped: "early", bestEpoch: best });
    expect(scores).toHaveLength(best + 7);
    expect(rocAuc(held.y, net.predictProba(held))).toBe(scores[best]);
    expect(history.epochs[0].validation).toMatchObject({ loss: expect.any(Number), accuracy: expect.any(Number) });
    expect(net.summary()).toContain("auc 0.");
  });

  it("change nothing of a fit whose end they do not decide", async () => {
    const [plain, watched] = [await create(), await create()];
    await plain.fit(train, { ...options, epochs: 6 });
    const never = { name: "never", score: () => 1, better: "lower" } as const;
    await watched.fit(train, { ...options, epochs: 6, reduceOnPlateau: { patience: 100, monitor: never } });
    expect(watched.parameters()).toEqual(plain.parameters());
  });

  it("of sigmoid and linear outputs, lower being better, on a share held out; two at once, one twice", async () => {
    const values = Dataset.from({ x: train.x, rows: 60, y: Array.from(train.x, (x) => x * x) });
    const net = await MLP.create({ layers: [2, 8, 2], output: "linear", seed: 1 });
    let calls = 0;
    const score = (targets: ArrayLike<number>, outputs: Float32Array) => {
      calls++;
      expect([targets.length, outputs.length]).toEqual([24, 24]);
      return meanSquaredError(targets, outputs);
    };
    const mse: ScoreMonitor = { name: "mse", score, better: "lower" };
    const watch = { monitor: mse, patience: 3 };
    const rest = { epochs: 30, validation: 0.2, optimizer: adam({ learningRate: 0.05 }) };
    const history = await net.fit(values, { ...rest, earlyStopping: watch, reduceOnPlateau: watch });
    expect(calls).toBe(history.epochs.length);
    const scores = history.epochs.map(({ validation }) => validation!);
    for (const each of scores) expect(each.mse! / each.meanSquaredError).toBeCloseTo(1, 5);
    const all = scores.map(({ mse: own }) => own!);
    expect(history.bestEpoch).toBe(all.indexOf(Math.min(...all)));

    const bits = Dataset.from({ x: train.x, rows: 60, y: Array.from(train.x, (x) => (x > 0 ? 1 : 0)) });
    const sigmoid = await MLP.create({ layers: [2, 8, 2], output: "sigmoid", seed: 1 });
    const decided = (outputs: Float32Array) => outputs.map((p) => (p > 0.5 ? 1 : 0));
    const monitors = { accuracy, matthewsCorrelation };
    const [one, two] = Object.entries(monitors).map(
      ([name, metric]): ScoreMonitor => ({
        ...{ name: `own ${name}`, better: "higher" },
        score: (targets, outputs) => metric(targets, decided(outputs)),
      }),
    );
    const both = await sigmoid.fit(bits, {
      ...rest,
      earlyStopping: { monitor: one, patience: 30 },
      reduceOnPlateau: { monitor: two },
    });
    for (const { validation } of both.epochs) {
      expect(validation!["own accuracy"]).toBe(validation!.accuracy);
      expect(Object.keys(validation!)).toEqual(["loss", "accuracy", "own accuracy", "own matthewsCorrelation"]);
    }
  });

  it("of a table are those of its rows", async () => {
    const rows = Array.from({ length: 60 }, (_, r) => ({ size: train.x[2 * r], kind: train.y[r] ? "b" : "a" }));
    const earlyStopping = { patience: 100, monitor: auc };
    const model = await Classifier.fit(rows, { target: "kind", epochs: 4, validation: 0.25, earlyStopping });
    for (const { validation } of model.history!.epochs) expect(validation!.auc).toBeGreaterThan(0.4);
    const again = await Classifier.load(model.save());
    expect(again.history).toEqual(model.history);
  });

  it("whose names are those of objects are kept as they are", async () => {
    for (const name of ["__proto__", "constructor", "toString"]) {
      const net = await create();
      const monitor = { ...auc, name };
      const { epochs } = await net.fit(train, { ...options, epochs: 2, earlyStopping: { monitor } });
      expect(Object.keys(epochs[1].validation!)).toEqual(["loss", "accuracy", name]);
      const again = await MLP.load(net.save());
      expect(JSON.stringify(again.history)).toBe(JSON.stringify(net.history));
    }
  });

  it("that throw, or are no finite number, end the fit after their epoch; it can be resumed", async () => {
    const own = new Error("no such class");
    const sentence = (value: string) =>
      `fit: the score "auc" must be a finite number, got ${value}. The model keeps what it has learned.`;
    const failing: [() => unknown, Error][] = [
      [
        () => {
          throw own;
        },
        own,
      ],
      [() => Number.NaN, new RangeError(sentence("NaN"))],
      [() => Number.POSITIVE_INFINITY, new RangeError(sentence("Infinity"))],
      [() => undefined, new TypeError(sentence("undefined"))],
      [() => "0.5", new TypeError(sentence('"0.5"'))],
      [async () => 0.5, new TypeError(sentence("a Promise"))],
    ];
    for (const [fail, error] of failing) {
      let calls = 0;
      let told = 0;
      const score = ((targets: never, outputs: never) =>
        calls++ === 3 ? fail() : rocAuc(targets, outputs)) as ScoreMonitor["score"];
      const net = await create();
      const given = { ...options, epochs: 8, earlyStopping: { monitor: { ...auc, score }, patience: 100 } };
      const fitting = net.fit(train, { ...given, onEpoch: () => told++ });
      await expect(fitting).rejects.toThrow(error);
      expect(told).toBe(3);
      expect(net.history).toMatchObject({ stopped: "aborted", epochs: { length: 4 } });
      expect(Object.keys(net.history!.epochs[3].validation!)).toEqual(["loss", "accuracy"]);
      const history = await net.fit(train, { ...given, resume: true });
      expect(history).toMatchObject({ stopped: "done", epochs: { length: 8 } });
      // The losses are those of a fit that never failed.
      const whole = await (await create()).fit(train, { ...options, epochs: 8 });
      expect(history.epochs.map(({ loss }) => loss)).toEqual(whole.epochs.map(({ loss }) => loss));
    }
  });

  it("control: the wrong direction and other rows are noticed", async () => {
    const watched = async (monitor: ScoreMonitor) =>
      (await create()).fit(train, { ...options, earlyStopping: { patience: 6, monitor } });
    const [right, wrong] = [await watched(auc), await watched({ ...auc, better: "lower" })];
    expect(wrong.bestEpoch).not.toBe(right.bestEpoch);
    const net = await create();
    await net.fit(train, { ...options, epochs: 1 });
    expect(rocAuc(train.y, net.predictProba(train))).not.toBe(rocAuc(held.y, net.predictProba(held)));
  });
});

describe("stop and resume = never stopped", () => {
  const watches: Record<string, FitOptions<"softmax">> = {
    "start, baseline": { earlyStopping: { patience: 4, start: 5, baseline: 0.6 } },
    cooldown: { reduceOnPlateau: { patience: 1, cooldown: 2, factor: 0.5 } },
    "scores of one's own": {
      earlyStopping: { patience: 5, monitor: auc, start: 2 },
      reduceOnPlateau: { patience: 1, cooldown: 3, monitor: { ...auc, name: "other", score: (t, o) => rocAuc(t, o) } },
    },
  };

  it.each(Object.entries(watches))("%s: after every epoch, out into a file and back", async (_, watch) => {
    const given = { ...options, epochs: 14, ...watch };
    const whole = await create();
    const wanted = await whole.fit(train, given);
    const files: Uint8Array[] = [];
    let net = await create();
    for (let epochs = 1; epochs <= 14; epochs++) {
      const history = await net.fit(train, { ...given, epochs, resume: epochs > 1 });
      files.push(net.save({ resume: true }));
      net = await MLP.load<"softmax">(files[files.length - 1]);
      expect(net.save({ resume: true })).toEqual(files[files.length - 1]);
      if (history.stopped === "early") break;
    }
    const scores = (history: typeof wanted) => history.epochs.map(({ epochs, ...rest }) => rest);
    expect(scores(net.history!)).toEqual(scores(wanted));
    expect(net.history!.bestEpoch).toBe(wanted.bestEpoch);
    expect(net.parameters()).toEqual(whole.parameters());
  });

  it("a file without a cooldown has none, and its bytes are as they were", async () => {
    const net = await create();
    await net.fit(train, { ...options, epochs: 3, reduceOnPlateau: { patience: 1 } });
    expect(Buffer.from(net.save({ resume: true })).includes("cooldown")).toBe(false);
    await net.fit(train, { ...options, reduceOnPlateau: { patience: 1, cooldown: 4 } });
    expect(Buffer.from(net.save({ resume: true })).includes("cooldown")).toBe(true);
  });

  it("control: a cooldown that is forgotten is noticed", async () => {
    const given = { ...options, epochs: 14, ...watches.cooldown };
    const [whole, net] = [await create(), await create()];
    await whole.fit(train, given);
    await net.fit(train, { ...given, epochs: 8 });
    const { reduceOnPlateau } = given;
    await net.fit(train, { ...given, reduceOnPlateau: { ...reduceOnPlateau, cooldown: 0 }, resume: true });
    expect(net.parameters()).not.toEqual(whole.parameters());
  });
});

describe("doors", () => {
  const names = "loss, accuracy, r2, meanSquaredError, meanAbsoluteError";
  const REFUSED: [FitOptions, Error][] = [
    [{ earlyStopping: { start: -1 } }, new RangeError("fit: earlyStopping.start must be a whole number >= 0, got -1.")],
    [
      { earlyStopping: { baseline: Number.NaN } },
      new RangeError("fit: earlyStopping.baseline must be a finite number, got NaN."),
    ],
    [
      { reduceOnPlateau: { cooldown: 0.5 } },
      new RangeError("fit: reduceOnPlateau.cooldown must be a whole number >= 0, got 0.5."),
    ],
    [
      { earlyStopping: { monitor: { ...auc, name: "r2" } } },
      new RangeError(`fit: earlyStopping.monitor.name must be a text other than ${names}, got "r2".`),
    ],
    [
      { reduceOnPlateau: { monitor: { ...auc, name: 5 as never } } },
      new TypeError(`fit: reduceOnPlateau.monitor.name must be a text other than ${names}, got 5.`),
    ],
    [
      { earlyStopping: { monitor: { ...auc, score: 1 as never } } },
      new TypeError("fit: earlyStopping.monitor.score must be a function, got 1."),
    ],
    [
      { earlyStopping: { monitor: { ...auc, better: "rises" as never } } },
      new RangeError('fit: earlyStopping.monitor.better must be one of "higher", "lower", got "rises".'),
    ],
    [
      { earlyStopping: { monitor: { ...auc, mode: "max" } as never } },
      new TypeError('fit: the keys of earlyStopping.monitor must be among name, score, better, got "mode".'),
    ],
    [
      { earlyStopping: { monitor: auc }, reduceOnPlateau: { monitor: { ...auc, score: () => 1 } } },
      new TypeError('fit: monitor must have another name for another score, got "auc" twice.'),
    ],
  ];

  it.each(REFUSED)("%j", async (given, error) => {
    const net = await create();
    const before = net.save();
    await expect(net.fit(train, { ...given, validation: held })).rejects.toThrow(error);
    expect(net.save()).toEqual(before);
  });

  it("a score of one's own needs validation rows", async () => {
    const net = await create();
    await expect(net.fit(train, { earlyStopping: { monitor: auc } })).rejects.toThrow(
      'fit: monitor must be "loss" without validation rows, got an object. Give validation.',
    );
  });

  it("and cannot travel to a worker", async () => {
    const net = await create();
    const rest =
      "monitor must be the name of one of wasmlp's scores in a worker, got a function. Use fit, or one of them.";
    for (const watch of [{ earlyStopping: { monitor: auc } }, { reduceOnPlateau: { monitor: auc } }]) {
      await expect(fitInWorker(net, train, { ...watch, validation: held })).rejects.toThrow(
        new TypeError(`fit: ${rest}`),
      );
      const rows = [{ size: 1, kind: "a" }, { size: 2, kind: "b" }]; // biome-ignore format: two rows
      const fitting = fitInWorker(Classifier, rows, { target: "kind", validation: rows, ...watch });
      await expect(fitting).rejects.toThrow(new TypeError(`Classifier.fit: ${rest}`));
    }
  });

  it("what is no score of one's own is refused there as here", async () => {
    const monitor = { name: "auc", better: "higher" } as never;
    const sentence = "fit: earlyStopping.monitor.score must be a function, got undefined.";
    const fitting = fitInWorker(await create(), train, { validation: held, earlyStopping: { monitor } });
    await expect(fitting).rejects.toThrow(new TypeError(sentence));
  });
});

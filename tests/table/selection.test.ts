/** Choosing between models: cross-validation, search, permutation importance. */
import { describe, expect, it } from "vitest";
import { foldRows } from "../../src/data/splits.js";
import { order, Random } from "../../src/ground/random.js";
import { runThrough } from "../../src/ground/slices.js";
import { adam, Classifier, Dataset, MLP, Regressor, type SearchSpace, type SearchTrial, sgd } from "../../src/index.js";
import { fitInWorker } from "../../src/worker.js";

/** y is the sign of 2a - b; c is noise; d says in words what b is. */
function rowsOf(count: number, seed: number) {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const [a, b, c] = [random.normal(), random.normal(), random.normal()];
    return { a, b, c, d: b > 0 ? "up" : "down", y: 2 * a - b > 0 ? "yes" : "no" };
  });
}

const rows = rowsOf(120, 1);
const options = { target: "y", hidden: [8], epochs: 15, optimizer: adam({ learningRate: 0.02 }), seed: 5 };

describe("crossValidate", () => {
  it("scores each fold's model on the rows it has not seen, each row once", async () => {
    const seen: number[] = [];
    const { folds, mean, deviation, stopped } = await Classifier.crossValidate(rows, {
      ...options,
      folds: 4,
      onFold: ({ fold, folds: count, scores }) => {
        expect(count).toBe(4);
        seen.push(fold);
        expect(scores.confusion.flat().reduce((sum, n) => sum + n)).toBe(30);
      },
    });
    expect([seen, stopped, folds.length]).toEqual([[0, 1, 2, 3], "done", 4]);
    const supports = folds.map(({ perLabel }) => perLabel.map(({ support }) => support));
    const total = (label: string) => rows.filter(({ y }) => y === label).length;
    for (const [id, label] of ["no", "yes"].entries()) {
      const counts = supports.map((support) => support[id]);
      expect(counts.reduce((sum, n) => sum + n)).toBe(total(label));
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }
    const accuracies = folds.map(({ accuracy }) => accuracy);
    const average = accuracies.reduce((sum, value) => sum + value) / 4;
    expect(mean.accuracy).toBeCloseTo(average, 12);
    const square = accuracies.reduce((sum, value) => sum + (value - average) ** 2, 0) / 4;
    expect(deviation.accuracy).toBeCloseTo(Math.sqrt(square), 12);
    expect(Object.keys(mean)).not.toContain("confusion");
    expect(mean.accuracy).toBeGreaterThan(0.85);
  });

  it("is the same for the same seed, and other folds for another", async () => {
    const first = await Classifier.crossValidate(rows, { ...options, folds: 3 });
    expect(await Classifier.crossValidate(rows, { ...options, folds: 3 })).toEqual(first);
    expect(await Classifier.crossValidate(rows, { ...options, folds: 3, seed: 6 })).not.toEqual(first);
  });

  it("control: labels shuffled at random are predicted no better than by chance", async () => {
    const random = new Random(3);
    const chance = rows.map((row) => ({ ...row, y: random.below(2) === 0 ? "no" : "yes" }));
    const { mean } = await Classifier.crossValidate(chance, { ...options, folds: 4 });
    expect(mean.accuracy).toBeLessThan(0.65);
  });

  it("takes labels that are too rare for every fold", async () => {
    const rare = [...rows.map((row) => ({ ...row })), { ...rows[0], y: "perhaps" }];
    const { folds } = await Classifier.crossValidate(rare, { ...options, folds: 3 });
    expect(folds.map(({ perLabel }) => perLabel.length)).toEqual([3, 3, 3]);
    // A label that a fold neither holds nor predicts is no part of its means.
    const without = folds.filter(({ perLabel }) => perLabel[1].support === 0);
    for (const { f1, perLabel } of without) expect(f1).toBeCloseTo((perLabel[0].f1 + perLabel[2].f1) / 2, 12);
    expect(without.length).toBe(2);
  });

  it("takes values too, and stops at the signal", async () => {
    const values = rows.map(({ y, ...row }) => ({ ...row, y: 100 + 5 * row.a - row.b }));
    const controller = new AbortController();
    const result = await Regressor.crossValidate(values, {
      ...options,
      epochs: 60,
      signal: controller.signal,
      onFold: ({ fold }) => fold === 1 && controller.abort(),
    });
    expect([result.stopped, result.folds.length]).toEqual(["aborted", 2]);
    expect(result.mean.r2).toBeGreaterThan(0.9);
  });

  it("refuses what it cannot do", async () => {
    const refused = (given: object, data: unknown = rows) =>
      expect(Classifier.crossValidate(data as object[], { ...options, ...given })).rejects;
    await refused({ folds: 1 }).toThrow("Classifier.crossValidate: folds must be a whole number from 2 to 120, got 1.");
    await refused({ folds: undefined }, "rows").toThrow(
      'Classifier.crossValidate: rows must be an array, an iterable or a stream of objects, or columns, got "rows".',
    );
    await refused({ onFold: 1 }).toThrow("Classifier.crossValidate: onFold must be a function, got 1.");
    await refused({ fold: 3 }).toThrow('got "fold".');
  });
});

describe("search", () => {
  const space = {
    hidden: [[], [4], [8, 4]],
    learningRate: { low: 1e-3, high: 1e-1, log: true },
    l2: { low: 0, high: 1e-3 },
    batchSize: { low: 8, high: 32, whole: true },
  } satisfies SearchSpace;
  const searching = { ...options, ensemble: 1, validation: 0, epochs: 6, trials: 6, folds: 2 };

  it("tries settings of the space and fits the best on all rows", async () => {
    const told: number[] = [];
    const { model, bestTrial, trials, stopped } = await Classifier.search(rows, space, {
      ...searching,
      // Hardly a step: what is drawn is better.
      optimizer: sgd({ learningRate: 1e-6, momentum: 0.9 }),
      onTrial: ({ trial, trials: count, bestTrial: soFar }) => {
        told.push(trial.trial);
        expect(count).toBe(6);
        expect(soFar.mean.logLoss).toBeLessThanOrEqual(trial.mean.logLoss);
      },
    });
    expect([told, stopped]).toEqual([[0, 1, 2, 3, 4, 5], "done"]);
    expect(trials[0].settings).toEqual({});
    for (const { settings } of trials.slice(1)) {
      expect(space.hidden).toContainEqual(settings.hidden);
      const { learningRate, l2, batchSize } = settings as Record<string, number>;
      expect(learningRate).toBeGreaterThanOrEqual(1e-3);
      expect(learningRate).toBeLessThanOrEqual(0.1);
      expect(l2).toBeGreaterThanOrEqual(0);
      expect(l2).toBeLessThanOrEqual(1e-3);
      expect(batchSize % 1).toBe(0);
    }
    const losses = trials.map(({ mean }) => mean.logLoss);
    expect(bestTrial).toBe(trials[losses.indexOf(Math.min(...losses))]);
    expect(bestTrial.trial).toBeGreaterThan(0);
    const { hidden, learningRate, l2, batchSize } = bestTrial.settings as never;
    const optimizer = sgd({ learningRate, momentum: 0.9 });
    const drawn = { ...options, ensemble: 1, validation: 0, epochs: 6, hidden, l2, batchSize, optimizer };
    const again = await Classifier.fit(rows, drawn);
    expect(model.save()).toEqual(again.save());
    // Each trial is a cross-validation that anyone can repeat.
    const alone = await Classifier.crossValidate(rows, { ...drawn, folds: 2 });
    expect([alone.mean, alone.deviation]).toEqual([bestTrial.mean, bestTrial.deviation]);
  });

  it("ranks by another score if told to", async () => {
    const { bestTrial, trials } = await Classifier.search(rows, space, { ...searching, rankBy: "accuracy" });
    expect(bestTrial.mean.accuracy).toBe(Math.max(...trials.map(({ mean }) => mean.accuracy)));
    await expect(Classifier.search(rows, space, { ...searching, rankBy: "luck" as never })).rejects.toThrow(
      /^Classifier\.search: rankBy must be one of accuracy, .*, got "luck"\.$/,
    );
  });

  it("is the same for the same seed, whatever the order of the space's keys", async () => {
    const first = await Classifier.search(rows, space, { ...searching, trials: 3 });
    const turned = Object.fromEntries(Object.entries(space).reverse());
    const second = await Classifier.search(rows, turned, { ...searching, trials: 3 });
    expect(second.trials).toEqual(first.trials);
    expect(second.model.save()).toEqual(first.model.save());
    expect((await Classifier.search(rows, space, { ...searching, trials: 3, seed: 9 })).trials).not.toEqual(
      first.trials,
    );
  });

  it("can be stopped: the model is that of the best trial so far", async () => {
    const controller = new AbortController();
    const { model, trials, stopped } = await Regressor.search(
      rows.map(({ y, ...row }) => ({ ...row, y: row.a })),
      { hidden: [[4], [8]] },
      { ...searching, signal: controller.signal, onTrial: ({ trial }) => trial.trial === 1 && controller.abort() },
    );
    expect([stopped, trials.length]).toEqual(["aborted", 2]);
    expect(model.history.stopped).toBe("done");
  });

  it("fits nothing more once it is stopped: the model is that of the best trial's first fold", async () => {
    const controller = new AbortController();
    let late = 0;
    const { model, bestTrial, stopped } = await Classifier.search(rows, space, {
      ...searching,
      signal: controller.signal,
      onTrial: ({ trial }) => trial.trial === 1 && controller.abort(),
      onEpoch: () => {
        late += Number(controller.signal.aborted);
      },
    });
    expect([stopped, late]).toEqual(["aborted", 0]);
    const { trials: _, folds: count, ...fitting } = searching;
    const classes = rows.map(({ y }) => Number(y === "yes"));
    const [{ train }] = runThrough(foldRows(order(rows.length, new Random(fitting.seed)), count, classes));
    const fold = Array.from(train, (r) => rows[r]);
    const { learningRate, ...settings } = bestTrial.settings as { learningRate?: number };
    const optimizer = learningRate === undefined ? fitting.optimizer : adam({ learningRate });
    const alone = await Classifier.fit(fold, { ...fitting, ...settings, optimizer });
    expect(alone.predictProba(rows)).toEqual(model.predictProba(rows));
  });

  it("a signal that was aborted before is answered alike by all: stopped, and nothing learned", async () => {
    const signal = AbortSignal.abort();
    const values = rows.map(({ y, ...row }) => ({ ...row, y: row.a }));
    const data = Dataset.from({ x: [[0], [1]], y: [0, 1] });
    const net = await MLP.create({ layers: [1, 2] });
    const before = net.save();
    expect(await net.fit(data, { signal })).toMatchObject({ stopped: "aborted", steps: 0 });
    expect(await fitInWorker(net, data, { signal })).toMatchObject({ stopped: "aborted", steps: 0 });
    expect((await MLP.load(before)).parameters).toEqual(net.parameters);
    const untrained = (model: Classifier | Regressor) => {
      expect(model.history).toMatchObject({ stopped: "aborted", steps: 0, epochs: [] });
      expect(model.warnings.map(({ code }) => code)).toContain("untrained");
    };
    untrained(await Classifier.fit(rows, { ...options, signal }));
    untrained(await Regressor.fit(values, { ...options, signal }));
    untrained(await fitInWorker(Classifier, rows, { ...options, signal }));
    untrained(await fitInWorker(Regressor, values, { ...options, signal }));
    for (const result of [
      await Classifier.crossValidate(rows, { ...options, signal }),
      await Regressor.crossValidate(values, { ...options, signal }),
    ]) {
      expect(result).toMatchObject({ stopped: "aborted", folds: [], mean: {} });
    }
    for (const result of [
      await Classifier.search(rows, space, { ...searching, signal }),
      await Regressor.search(values, { hidden: [[4], [8]] }, { ...searching, signal }),
    ]) {
      expect(result).toMatchObject({ stopped: "aborted", trials: [], bestTrial: { trial: 0, settings: {}, mean: {} } });
      untrained(result.model);
    }
  });

  it("refuses spaces that are none", async () => {
    const refused = (given: object) => expect(Classifier.search(rows, given, searching)).rejects;
    await refused({}).toThrow("Classifier.search: the space must name an option to search over, got none.");
    await refused({ rate: [1] }).toThrow('got "rate".');
    await refused({ hidden: [] }).toThrow("Classifier.search: hidden must list something to choose from, got none.");
    await refused({ l2: { low: 1, high: 0 } }).toThrow(
      "Classifier.search: l2.high must be a finite number >= 1, got 0.",
    );
    await refused({ l2: { low: 0, high: 1, log: true } }).toThrow("Classifier.search: l2.low must be");
  });
});

describe("search over settings some of which fail", () => {
  const values = rows.map(({ y, ...row }) => ({ ...row, v: 3 * row.a - row.b }));
  const searching = { target: "v", hidden: [8], trials: 6, folds: 2, epochs: 3, optimizer: sgd() };
  const learningRate = [0.01, 1e30];

  it("keeps a trial whose loss diverges as one that failed, ranks it last, and goes on", async () => {
    const told: unknown[] = [];
    const onTrial = ({ trial, bestTrial }: { trial: SearchTrial<unknown>; bestTrial: SearchTrial<unknown> }) => {
      told.push(trial);
      expect(bestTrial.error).toBe(undefined);
    };
    const { model, bestTrial, trials, stopped } = await Regressor.search(
      values,
      { learningRate },
      { ...searching, onTrial },
    );
    expect([stopped, trials.length, told]).toEqual(["done", 6, trials]);
    const failed = trials.filter(({ settings }) => settings.learningRate === 1e30);
    expect(failed.length).toBeGreaterThan(0);
    for (const trial of failed) {
      expect(trial).toMatchObject({
        mean: {},
        deviation: {},
        error: expect.stringMatching(/^Regressor.search: the \w+ became /),
      });
      expect(Object.keys({ ...trial.mean, ...trial.deviation })).toEqual([]);
    }
    const scored = trials.filter((trial) => !failed.includes(trial));
    for (const trial of scored) expect(Object.keys(trial)).toEqual(["trial", "settings", "mean", "deviation"]);
    expect(bestTrial.mean.r2).toBe(Math.max(...scored.map(({ mean }) => mean.r2)));
    expect(model.history.stopped).toBe("done");
    // Control: those that were scored are those of a search in which nothing fails.
    const alone = await Regressor.search(values, { learningRate: [0.01, 0.02] }, searching);
    expect(alone.trials[0]).toEqual(trials[0]);
    expect(alone.trials.map(({ error }) => error)).toEqual(new Array(6).fill(undefined));
  });

  it("goes on after a first trial that failed, and throws its error if all did", async () => {
    const diverging = { ...searching, optimizer: sgd({ learningRate: 1e30 }) };
    const { bestTrial, trials } = await Regressor.search(values, { learningRate: [0.01] }, diverging);
    expect(trials.map(({ error }) => error !== undefined)).toEqual([true, false, false, false, false, false]);
    expect(bestTrial).toBe(trials[1]);
    const tries: number[] = [];
    const all = Regressor.search(
      values,
      { l2: [0, 1e-3] },
      { ...diverging, onTrial: ({ trial }) => tries.push(trial.trial) },
    );
    await expect(all).rejects.toThrow(/^Regressor.search: the \w+ became .* at epoch 0/);
    expect(tries).toEqual([0, 1, 2, 3, 4, 5]);
    // Stopped before one was scored: what was tried, and what `fit` gives then.
    const controller = new AbortController();
    const ended = await Regressor.search(
      values,
      { l2: [0] },
      { ...diverging, signal: controller.signal, onTrial: () => controller.abort() },
    );
    expect(ended).toMatchObject({ stopped: "aborted", trials: { length: 1 }, bestTrial: { trial: 0, mean: {} } });
    expect(ended.model.history).toMatchObject({ stopped: "aborted", steps: 0 });
  });

  it("refuses before the first trial what a fit would refuse of any choice, or of the options", async () => {
    const CASES: [SearchSpace, object, string][] = [
      [{ epochs: [3, 0] }, {}, "Regressor.search: epochs must be a whole number >= 1, got 0."],
      [{ learningRate: [0.01, -1] }, {}, "learningRate must be"],
      [{ learningRate: { low: -1, high: 1 } }, {}, "learningRate must be"],
      [{ l2: { low: 0, high: 1e9 }, dropout: { low: 0, high: 1 } }, {}, "dropout"],
      [{ hidden: [[4], [0]] }, {}, "Regressor.search: hidden[0] must be"],
      [{ activation: ["relu", "rely"] }, {}, '"rely"'],
      [{ activation: ["relu", ["relu", "tanh"]] }, {}, "activation"],
      [{ maxCategories: [3, 0] }, {}, "Regressor.search: maxCategories must be"],
      [{ batchSize: { low: 8, high: 32 } }, {}, "Regressor.search: batchSize must be a whole number >= 1, got 22.8"],
      [{ l2: [0] }, { epochs: 0 }, "Regressor.search: epochs must be"],
      [{ epochs: [3] }, { epochs: 0 }, "Regressor.search: epochs must be"],
      [{ l2: [0] }, { signal: 7 }, "Regressor.search: signal must be an AbortSignal, got 7."],
    ];
    for (const [space, given, message] of CASES) {
      let epochs = 0;
      const onEpoch = () => void epochs++;
      const search = Regressor.search(values, space, { ...searching, onEpoch, ...given });
      await expect(search, message).rejects.toThrow(message);
      expect(epochs, message).toBe(0);
    }
    const weights = { classWeights: ["balanced", { maybe: 2 }] };
    await expect(Classifier.search(rows, weights, options)).rejects.toThrow(
      "Classifier.search: classWeights must name",
    );
  });

  it("control: choices that fit in company are taken, and so are rows of which few say little", async () => {
    const layered = { hidden: [[8], [4, 4]], activation: ["relu", ["relu", "tanh"]] };
    const { trials } = await Regressor.search(values, layered, { ...searching, trials: 12 });
    const kinds = new Set(trials.map(({ error }) => error !== undefined));
    expect(kinds).toEqual(new Set([true, false]));
    // All rows but each second: of those that are looked at every column is one value.
    const sparse = Array.from({ length: 2000 }, (_, r) => ({ a: r % 2 ? r / 2000 : 0, v: r % 2 ? r / 1000 : 0 }));
    const taken = await Regressor.search(sparse, { l2: [0] }, { ...searching, epochs: 1, trials: 1 });
    expect(taken.trials[0].error).toBe(undefined);
  });

  it("tells each warning of the rows once, and none of the fits that only check", async () => {
    const dull = values.map((row, r) => ({ ...row, dull: 1, id: `passenger ${r}` }));
    const told: string[] = [];
    const onWarning = ({ message }: { message: string }) => told.push(message);
    const { model } = await Regressor.search(dull, { l2: [0, 1e-3] }, { ...searching, trials: 2, onWarning });
    expect(new Set(told).size).toBe(told.length);
    expect(told.join()).not.toContain("aborted");
    for (const { message } of model.warnings) expect(told).toContain(message);
    expect(model.warnings.length).toBeGreaterThan(0);
  });

  it("ends with what a callback throws: that is no fault of the settings", async () => {
    const reason = new Error("disk full");
    const throws = () => {
      throw reason;
    };
    const dull = values.map((row, r) => ({ ...row, id: `passenger ${r}` }));
    for (const given of [
      { onEpoch: throws },
      { onEpoch: async () => throws() },
      { onWarning: throws },
      { onTrial: throws },
    ]) {
      await expect(Regressor.search(dull, { learningRate }, { ...searching, ...given })).rejects.toBe(reason);
    }
  });
});

describe("a list of rows that is changed after the call", () => {
  const values = rows.map(({ y, ...row }) => ({ ...row, y: row.a }));
  const space = { hidden: [[4], [8]] };
  const CALLS: [string, (list: object[]) => Promise<unknown>][] = [
    ["Classifier.fit", (list) => Classifier.fit(list, options).then((model) => model.save())],
    ["Regressor.fit", (list) => Regressor.fit(list, { ...options, target: "a" }).then((model) => model.save())],
    ["Classifier.crossValidate", (list) => Classifier.crossValidate(list, options)],
    ["Regressor.crossValidate", (list) => Regressor.crossValidate(list, { ...options, target: "a" })],
    ["Classifier.search", (list) => Classifier.search(list, space, { ...options, trials: 2 }).then((r) => r.trials)],
    [
      "Regressor.search",
      (list) => Regressor.search(list, space, { ...options, target: "a", trials: 2 }).then((r) => r.trials),
    ],
  ];

  it.each(CALLS)("is the list that it was for %s", async (_, call) => {
    const list = [...rows];
    const answer = call(list);
    list.length = 30;
    expect(await answer).toEqual(await call([...rows]));
    // Control: a list that was shorter before is another.
    expect(await answer).not.toEqual(await call(list));
  });

  it("is the list that it was for importance", async () => {
    const model = await Regressor.fit(values, options);
    const list = [...values];
    const answer = model.importance(list);
    list.length = 30;
    expect(await answer).toEqual(await model.importance([...values]));
    expect(await answer).not.toEqual(await model.importance(list));
  });
});

describe("importance", () => {
  it("finds the columns that matter, in order, and none in noise", async () => {
    const model = await Classifier.fit(rowsOf(400, 7), { ...options, epochs: 40, columns: { d: "ignore" } });
    const found = await model.importance(rowsOf(300, 8), { repeats: 10 });
    expect(found.map(({ name }) => name)).toEqual(["a", "b", "c"]);
    const [a, b, c] = found;
    expect(a.mean).toBeGreaterThan(0.25);
    expect(b.mean).toBeGreaterThan(0.08);
    expect(Math.abs(c.mean)).toBeLessThan(0.03);
    for (const { deviation } of found) expect(deviation).toBeGreaterThanOrEqual(0);
  });

  it("shuffles a column's features together, by its seed, and changes nothing", async () => {
    const model = await Classifier.fit(rows, options);
    const before = model.save();
    const first = await model.importance(rows, { seed: 1 });
    expect(await model.importance(rows, { seed: 1 })).toEqual(first);
    expect(await model.importance(rows, { seed: 2 })).not.toEqual(first);
    expect(model.save()).toEqual(before);
    // A column with one value in these rows cannot be shuffled otherwise.
    const still = await model.importance(rows.map((row) => ({ ...row, a: 0 })));
    expect(still.find(({ name }) => name === "a")).toEqual({ name: "a", mean: 0, deviation: 0 });
    await expect(model.importance(rows, { repeats: 0 })).rejects.toThrow("importance: repeats must be");
  });

  it("asks one model from its first question to its last: what would change it is refused meanwhile", async () => {
    const model = await Classifier.fit(rows, options);
    const before = model.save();
    const [measured, late] = await Promise.allSettled([
      model.importance(rowsOf(3000, 8), { repeats: 1 }),
      Promise.resolve()
        .then(() => new Promise((resolve) => setImmediate(resolve)))
        .then(() => model.partialFit(rows)),
    ]);
    expect(measured.status).toBe("fulfilled");
    expect(late).toMatchObject({ reason: { message: expect.stringContaining("must not be inside importance") } });
    expect(model.save()).toEqual(before);
    expect(model.partialFit(rows)).toBeGreaterThan(0);
  });
});

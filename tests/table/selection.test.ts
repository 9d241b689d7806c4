/** Choosing between models: cross-validation, search, permutation importance. */
import { describe, expect, it } from "vitest";
import { foldRows } from "../../src/data/splits.js";
import { order, Random } from "../../src/ground/random.js";
import { runThrough } from "../../src/ground/slices.js";
import { adam, Classifier, Dataset, MLP, Regressor, type SearchSpace, sgd } from "../../src/index.js";
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
      'Classifier.crossValidate: rows must be an array of objects, got "rows".',
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
  const searching = { ...options, epochs: 6, trials: 6, folds: 2 };

  it("tries settings of the space and fits the best on all rows", async () => {
    const told: number[] = [];
    const { model, bestTrial, trials, stopped } = await Classifier.search(rows, space, {
      ...searching,
      optimizer: sgd({ learningRate: 1, momentum: 0.9 }),
      onTrial: ({ trial, trials: count, bestTrial: soFar }) => {
        told.push(trial.trial);
        expect(count).toBe(6);
        expect(soFar.mean.logLoss).toBeLessThanOrEqual(trial.mean.logLoss);
      },
    });
    expect([told, stopped]).toEqual([[0, 1, 2, 3, 4, 5], "done"]);
    expect(trials[0].settings).toEqual({});
    for (const { settings } of trials.slice(1)) {
      expect(space.hidden).toContain(settings.hidden);
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
    const again = await Classifier.fit(rows, { ...options, epochs: 6, hidden, l2, batchSize, optimizer });
    expect(model.save()).toEqual(again.save());
    // Each trial is a cross-validation that anyone can repeat.
    const alone = await Classifier.crossValidate(rows, {
      ...options,
      epochs: 6,
      hidden,
      l2,
      batchSize,
      optimizer,
      folds: 2,
    });
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

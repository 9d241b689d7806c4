/** A search without a space: what it tries, when it leaves the defaults, and that what it tried can be fitted again. */
import { beforeAll, describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import {
  adam,
  adamw,
  Classifier,
  cosineDecay,
  lbfgs,
  Regressor,
  type RegressorScores,
  type SearchResult,
  sgd,
  warmup,
} from "../../src/index.js";

/** A sum of many columns. In few updates the rate of the defaults does not get there: that is to be found. */
function sums(count: number, seed: number) {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const x = Array.from({ length: 30 }, () => random.normal());
    const price = x.reduce((sum, value, i) => sum + value * ((i % 3) - 1), random.normal());
    return { ...Object.fromEntries(x.map((value, i) => [`x${i}`, value])), price };
  });
}

const rows = sums(120, 1);
const others = sums(1000, 2);
const options = { target: "price", epochs: 8, batchSize: 64 };

describe("a search without a space", () => {
  let found: SearchResult<Regressor, RegressorScores>;
  let plain: Regressor;
  beforeAll(async () => {
    found = await Regressor.search(rows, { ...options, trials: 20 });
    plain = await Regressor.fit(rows, options);
  }, 60_000);

  it("is better than the defaults where there is something to find, on rows that it has not seen", () => {
    const { model, bestTrial, trials } = found;
    expect(trials[0].settings).toEqual({});
    expect(bestTrial.trial).toBeGreaterThan(0);
    expect(1 - model.evaluate(others).r2).toBeLessThan(0.85 * (1 - plain.evaluate(others).r2));
  });

  it("judges the best trials and the first again, with as many networks as the model has", async () => {
    const { bestTrial, trials } = found;
    const again = trials.filter(({ confirmed }) => confirmed);
    expect(again).toContain(trials[0]);
    expect(again).toContain(bestTrial);
    expect(again.length).toBeLessThanOrEqual(3);
    expect(bestTrial.confirmed!.mean.r2).toBe(Math.max(...again.map(({ confirmed }) => confirmed!.mean.r2)));
    const seed = new Random(0).word();
    const alone = await Regressor.crossValidate(rows, { ...options, folds: 3, seed, ...bestTrial.settings });
    expect([alone.mean, alone.deviation]).toEqual([bestTrial.confirmed!.mean, bestTrial.confirmed!.deviation]);
    const single = await Regressor.crossValidate(rows, {
      ...options,
      folds: 3,
      ...bestTrial.settings,
      ensemble: 1,
    });
    expect(single.mean).toEqual(bestTrial.mean);
  });

  it("found settings that a fit takes, to the same bytes", async () => {
    const { model, bestTrial } = found;
    expect((await Regressor.fit(rows, { ...options, ...bestTrial.settings })).save()).toEqual(model.save());
    expect(model.members.length).toBe(8);
    expect(plain.members.length).toBe(8);
  });

  it("searches what the options leave open, and says what that is", async () => {
    const { space } = found;
    expect(Object.keys(space).sort()).toEqual([...["dropout", "ensemble", "hidden", "learningRate", "weightDecay"]]);
    const spaceOf = async (options: object, list: object[] = rows) =>
      Object.keys(
        (await Regressor.search(list, { target: "price", trials: 1, epochs: 1, folds: 2, ...options })).space,
      ).sort();
    expect(await spaceOf({ hidden: [4], optimizer: sgd() })).toEqual(["batchSize", "dropout"]);
    expect(await spaceOf({ validation: 0, ensemble: 2 })).toEqual([
      "batchSize",
      "dropout",
      "hidden",
      "l2",
      "learningRate",
    ]);
    const towns = rows.map((row, r) => ({ ...row, town: `town ${r % 40}` }));
    expect(await spaceOf({}, towns)).toContain("maxCategories");
    // Of one space or another, given or not, the trials are the same.
    const few = { target: "price", trials: 3, epochs: 2, folds: 2, ensemble: 1 };
    const own = await Regressor.search(rows, undefined, few);
    const given = await Regressor.search(rows, own.space, few);
    expect(given.trials.map(({ settings, mean }) => [settings, mean])).toEqual(
      own.trials.map(({ settings, mean }) => [settings, mean]),
    );
    // Control: what is confirmed is so of the search's own space alone.
    expect(given.trials.every(({ confirmed }) => confirmed === undefined)).toBe(true);
  });

  it("keeps the defaults where there is nothing to find", async () => {
    const random = new Random(4);
    const noise = rows.map((row) => ({ ...row, price: random.normal() }));
    const labels = noise.map((row) => ({ ...row, price: row.price > 0 ? "up" : "down" }));
    const { bestTrial, model, trials } = await Classifier.search(labels, {
      ...options,
      trials: 1,
      folds: 2,
      epochs: 3,
    });
    expect([bestTrial.trial, trials.length]).toEqual([0, 1]);
    expect(model.save()).toEqual((await Classifier.fit(labels, { ...options, epochs: 3 })).save());
    const searched = await Regressor.search(noise, { target: "price", trials: 4, epochs: 5, folds: 2 });
    const confirmed = searched.trials.filter((trial) => trial.confirmed && trial.trial > 0);
    // Whatever was lucky at first: it is left only for what is better on other folds too.
    if (searched.bestTrial.trial > 0) expect(confirmed).toContain(searched.bestTrial);
  });

  it("is refused without options, and with options that are none", async () => {
    const refused = (...given: unknown[]) =>
      expect((Regressor.search as (...given: unknown[]) => Promise<unknown>)(...given)).rejects;
    await refused(rows).toThrow("Regressor.search: the options must be an object, got undefined.");
    await refused(rows, { hidden: [[2]] }).toThrow("Regressor.search: target must be a column's name, got undefined.");
    await refused(rows, null, { target: "price" }).toThrow(
      "Regressor.search: the options must be an object, got null.",
    );
    await refused(rows, { target: "price", trails: 3 }).toThrow('got "trails"');
  });
});

describe("learningRate and weightDecay", () => {
  const short = { target: "price", epochs: 6, hidden: [4], ensemble: 1, validation: 0.2 };

  it("are those of the default optimizer, whose rate rises and falls as ever", async () => {
    const model = await Regressor.fit(rows, { ...short, learningRate: 0.01, weightDecay: 0.5 });
    const rates = model.history.epochs.map(({ learningRate }) => learningRate);
    expect(rates[rates.length - 1]).toBeLessThan(0.1 * Math.max(...rates));
    const learningRate = warmup({ over: 2, then: cosineDecay({ initial: 0.01, over: 6 }) });
    const written = adamw({ learningRate, beta2: 0.95, weightDecay: 0.5 });
    expect(model.save()).toEqual((await Regressor.fit(rows, { ...short, optimizer: written })).save());
    // Control: a constant rate of Adam is another fit.
    const constant = await Regressor.fit(rows, { ...short, optimizer: adam({ learningRate: 0.01 }) });
    expect(constant.save()).not.toEqual(model.save());
  });

  it("are searched that way, and by the optimizer that is given", async () => {
    const search = { ...short, trials: 2, folds: 2 };
    const { trials } = await Regressor.search(rows, { learningRate: [0.01] }, search);
    const { mean } = await Regressor.crossValidate(rows, { ...short, folds: 2, learningRate: 0.01 });
    expect(trials[1].mean).toEqual(mean);
    const own = { ...search, optimizer: sgd({ learningRate: 1e-6, momentum: 0.9 }) };
    const moved = await Regressor.search(rows, { learningRate: [0.01] }, own);
    const optimizer = sgd({ learningRate: 0.01, momentum: 0.9 });
    const alone = await Regressor.crossValidate(rows, { ...short, folds: 2, optimizer });
    expect(moved.trials[1].mean).toEqual(alone.mean);
  });

  it("with nothing held out are those of Adam and AdamW", async () => {
    const few = { ...short, validation: 0 };
    const bytes = async (options: object) => (await Regressor.fit(rows, { ...few, ...options })).save();
    expect(await bytes({ learningRate: 0.01 })).toEqual(await bytes({ optimizer: adam({ learningRate: 0.01 }) }));
    expect(await bytes({ learningRate: 0.003 })).toEqual(await bytes({}));
    const decaying = adamw({ learningRate: 0.003, weightDecay: 0.1 });
    expect(await bytes({ weightDecay: 0.1 })).toEqual(await bytes({ optimizer: decaying }));
  });

  it("are refused where they are none, or say again what the optimizer says", async () => {
    const refused = (options: object) => expect(Regressor.fit(rows, { ...short, ...options })).rejects;
    await refused({ learningRate: -1 }).toThrow("Regressor.fit: learningRate must be a finite number >= 0, got -1.");
    await refused({ weightDecay: "1" }).toThrow('Regressor.fit: weightDecay must be a number, got "1".');
    await refused({ weightDecay: 1, optimizer: adamw() }).toThrow(
      'Regressor.fit: weightDecay must stand without an optimizer, got "adamw". Give it to the optimizer.',
    );
    const scheduled = adam({ learningRate: cosineDecay({ initial: 0.1, over: 9 }) });
    await refused({ learningRate: 1, optimizer: scheduled }).toThrow(
      "Regressor.fit: learningRate must stand beside an optimizer with a constant rate, got one with a schedule. Leave out one of the two.",
    );
    await refused({ learningRate: 1, optimizer: lbfgs() }).toThrow("with a constant rate, got lbfgs.");
    await expect(
      Regressor.search(rows, { learningRate: [0.1] }, { ...short, optimizer: scheduled, trials: 2, folds: 2 }),
    ).rejects.toThrow("Regressor.search: learningRate must stand beside an optimizer with a constant rate");
  });
});

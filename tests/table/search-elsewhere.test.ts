/** A search whose trials are judged elsewhere: the same trials, and the same model, as one that judges them itself. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { Classifier, type ClassifierOptions, Regressor, type RegressorOptions } from "../../src/index.js";

const random = new Random(7);
const rows = Array.from({ length: 150 }, () => {
  const [a, b] = [random.normal(), random.normal()];
  return { a, b, kind: "uv"[Number(a * b > 0.2)], price: a + b * b };
});
const base = { folds: 2, epochs: 6, hidden: [8], ensemble: 1, seed: 3 } as const;
const space = { learningRate: { low: 0.001, high: 0.1, log: true }, batchSize: [16, 64] };

/** As `search` is told of other machines: some answers come late. */
function late<T extends object, R>(judge: (options: T) => Promise<R>) {
  let asked = 0;
  let most = 0;
  let under = 0;
  const crossValidate = async (options: T) => {
    const own = asked++;
    most = Math.max(most, ++under);
    await new Promise((resolve) => setTimeout(resolve, own % 3 === 0 ? 30 : 1));
    return judge(options).finally(() => under--);
  };
  return { crossValidate, most: () => most };
}

describe("a search whose trials are judged elsewhere", () => {
  it("has the trials and the model of one that judges them here, whichever ends first", async () => {
    const options = { ...base, target: "kind", trials: 14 };
    const alone = await Classifier.search(rows, space, options);
    const { crossValidate, most } = late((own: ClassifierOptions) => Classifier.crossValidate(rows, own));
    const told: number[] = [];
    const onTrial = ({ trial }: { trial: { trial: number } }) => told.push(trial.trial);
    const other = await Classifier.search(rows, space, { ...options, crossValidate, onTrial });
    expect(other.trials).toEqual(alone.trials);
    expect(other.bestTrial).toEqual(alone.bestTrial);
    expect(Buffer.compare(other.model.save(), alone.model.save())).toBe(0);
    expect(told).toEqual(alone.trials.map(({ trial }) => trial));
    expect(most()).toBe(4);
  });

  it("judges the best again there, where the space is its own", async () => {
    const options = { target: "price", folds: 2, epochs: 4, trials: 5, seed: 1 };
    const alone = await Regressor.search(rows, options);
    const { crossValidate } = late((own: RegressorOptions) => Regressor.crossValidate(rows, own));
    const other = await Regressor.search(rows, { ...options, crossValidate });
    expect(other.trials).toEqual(alone.trials);
    expect(Buffer.compare(other.model.save(), alone.model.save())).toBe(0);
  });

  it("has other settings with another number of open trials, and the same of each number", async () => {
    const options = { ...base, target: "kind", trials: 14 };
    const settings = async (parallel: number) =>
      (await Classifier.search(rows, space, { ...options, parallel })).trials.map((trial) => trial.settings);
    const [one, four] = [await settings(1), await settings(4)];
    expect(one.slice(0, 11)).toEqual(four.slice(0, 11));
    expect(one).not.toEqual(four);
    const { crossValidate, most } = late((own: ClassifierOptions) => Classifier.crossValidate(rows, own));
    const { trials } = await Classifier.search(rows, space, { ...options, parallel: 1, crossValidate });
    expect(trials.map((trial) => trial.settings)).toEqual(one);
    expect(most()).toBe(1);
  });

  it("goes on after a trial that failed there, and ends by what the way there throws", async () => {
    const options = { ...base, target: "kind", trials: 4 };
    let count = 0;
    const crossValidate = async (own: ClassifierOptions) =>
      count++ === 1 ? { error: "the loss became NaN" } : Classifier.crossValidate(rows, own);
    const { trials } = await Classifier.search(rows, space, { ...options, crossValidate });
    expect(trials.map(({ error }) => error)).toEqual([undefined, "the loss became NaN", undefined, undefined]);
    const lost = async () => {
      throw new Error("the way is cut");
    };
    await expect(Classifier.search(rows, space, { ...options, crossValidate: lost })).rejects.toThrow("the way is cut");
    const all = async () => ({ error: "no" });
    await expect(Classifier.search(rows, space, { ...options, crossValidate: all })).rejects.toThrow("no");
    const strange = async () => ({ mean: 1 }) as never;
    await expect(Classifier.search(rows, space, { ...options, crossValidate: strange })).rejects.toThrow(
      "search: crossValidate must come to what a cross-validation does",
    );
    await expect(Classifier.search(rows, space, { ...options, parallel: 0 })).rejects.toThrow(
      "Classifier.search: parallel must be",
    );
    await expect(Classifier.search(rows, space, { ...options, crossValidate: 5 as never })).rejects.toThrow(
      "Classifier.search: crossValidate must be a function, got 5.",
    );
  });

  it("is ended by its signal", async () => {
    const control = new AbortController();
    const crossValidate = (own: { signal?: AbortSignal }) => {
      setTimeout(() => control.abort(), 5);
      return new Promise<never>((resolve) => {
        own.signal?.addEventListener("abort", () => resolve({ folds: [], mean: {}, deviation: {}, stopped: "aborted" } as never)); // biome-ignore format: one line
      });
    };
    const { stopped, trials } = await Classifier.search(rows, space, {
      ...base,
      ...{ target: "kind", trials: 4, signal: control.signal, crossValidate: crossValidate as never },
    });
    expect([stopped, trials]).toEqual(["aborted", []]);
  });

  it("control: a judge of other folds is noticed", async () => {
    const options = { ...base, target: "kind", trials: 3 };
    const alone = await Classifier.search(rows, space, options);
    const crossValidate = (own: ClassifierOptions) => Classifier.crossValidate(rows, { ...own, seed: 4 });
    expect((await Classifier.search(rows, space, { ...options, crossValidate })).trials).not.toEqual(alone.trials);
  });
});

/** What a pool must not change: models, histories, scores, warnings, and the order in which all is told. */
import { describe, expect, it } from "vitest";
import {
  adam,
  Classifier,
  type ClassifierOptions,
  cosineDecay,
  Regressor,
  type RegressorOptions,
  type TableWarning,
} from "../../src/index.js";
import { createPool } from "../../src/pool.js";
import { ROOM } from "../../src/table/made-features.js";
import { bytesOf, cars, POOLS, passengers, withEach } from "./tables.js";

/** All are what the first is, which was made without a pool. */
function alike(results: readonly unknown[]): void {
  expect(results.length).toBe(POOLS.length);
  for (const [i, result] of results.entries()) {
    if (typeof result === "string") expect(result === results[0], POOLS[i][0]).toBe(true);
    else expect(result, POOLS[i][0]).toEqual(results[0]);
  }
}

const LABELS: Record<string, Partial<ClassifierOptions>> = {
  defaults: { epochs: 3 },
  "an ensemble of three": { ensemble: 3, hidden: [8], epochs: 4, seed: 2 },
  "weights of rows and of labels, a share held out": {
    ...{ weights: "count", classWeights: { yes: 2 }, validation: 0.25, ensemble: 3, hidden: [8], epochs: 4 },
    optimizer: adam({ learningRate: cosineDecay({ initial: 0.01, over: 4 }) }),
  },
  "other rows to score": { validation: passengers.slice(0, 30), ensemble: 2, hidden: [8], epochs: 4, dropout: 0.3 },
  "others as columns": {
    validation: Object.fromEntries(
      ["age", "sex", "fare", "survived"].map((name) => [name, passengers.map((row) => Object(row)[name])]),
    ) as never,
    ...{ ensemble: 2, hidden: [8], epochs: 3 },
  },
  "nothing held out, a strict model": { validation: 0, ensemble: 3, hidden: [], epochs: 5, strict: false },
};

describe("a fit on a pool", () => {
  it.each(Object.keys(LABELS))("of labels has the same bytes and tells the same: %s", async (name) => {
    const told: unknown[] = [];
    const models = await withEach(async (pool) => {
      const list: unknown[] = [];
      const { save, ...model } = await labelled(pool, LABELS[name], list);
      told.push(list);
      expect(model.warnings.length).toBeGreaterThan(0);
      return save;
    });
    alike(models);
    alike(told);
  });

  async function labelled(pool: ReturnType<typeof createPool> | undefined, options: object, list: unknown[]) {
    const rows = passengers.slice();
    const model = await Classifier.fit(rows, {
      ...options,
      target: "survived",
      ...(pool && { pool }),
      onWarning: (warning) => list.push(warning.message),
    } as ClassifierOptions);
    return { save: bytesOf(model), warnings: model.warnings as TableWarning[] };
  }

  it("of values has the same bytes, in whichever form they are learned", async () => {
    for (const options of [
      {},
      { loss: "poisson" },
      { loss: { quantiles: [0.1, 0.9] } },
    ] as Partial<RegressorOptions>[]) {
      alike(
        await withEach(async (pool) => {
          const given = { target: "price", columns: { weight: "ignore" }, epochs: 3, ensemble: 3, seed: 5 } as const;
          return bytesOf(await Regressor.fit(cars, { ...given, ...options, pool }));
        }),
      );
    }
  });

  it("of a wide table, whose features are made by mini-batches, has the same bytes", async () => {
    const { most } = ROOM;
    // The threads have a room of their own: there they are made at once, and they are the same.
    ROOM.most = 64;
    try {
      const wide = passengers.map((row, i) => ({
        ...row,
        ...Object.fromEntries(Array.from({ length: 60 }, (_, c) => [`c${c}`, (i * (c + 3)) % 17])),
      }));
      alike(
        await withEach(async (pool) =>
          bytesOf(await Classifier.fit(wide, { target: "survived", ensemble: 3, hidden: [8], epochs: 2, pool })),
        ),
      );
    } finally {
      ROOM.most = most;
    }
  });

  it("of several targets, and of several labels a row, has the same bytes", async () => {
    alike(
      await withEach(async (pool) =>
        bytesOf(await Regressor.fit(cars, { target: ["price", "weight"], ensemble: 2, epochs: 3, hidden: [8], pool })),
      ),
    );
    const tagged = passengers.map(({ survived, sex, ...row }) => ({ ...row, tags: [survived, sex].sort() }));
    alike(
      await withEach(async (pool) =>
        bytesOf(await Classifier.fit(tagged, { target: "tags", ensemble: 2, epochs: 3, hidden: [8], pool })),
      ),
    );
  });

  it("control: another seed is other bytes", async () => {
    const pool = createPool({ workers: 2 });
    const fitted = async (seed: number) =>
      bytesOf(
        await Classifier.fit(passengers, { target: "survived", ensemble: 2, hidden: [4], epochs: 2, pool, seed }),
      );
    expect((await fitted(1)) === (await fitted(2))).toBe(false);
  });
});

describe("on a pool", () => {
  it("folds have the same scores, told in their order", async () => {
    const told: unknown[] = [];
    alike(
      await withEach(async (pool) => {
        const list: unknown[] = [];
        told.push(list);
        return Classifier.crossValidate(passengers, {
          ...{ target: "survived", folds: 4, ensemble: 2, hidden: [8], epochs: 3, pool },
          onFold: ({ fold, scores }) => list.push([fold, scores]),
          onWarning: ({ message }) => list.push(message),
          onEpoch: ({ epoch, member, loss }) => list.push([epoch, member, loss]),
        });
      }),
    );
    alike(told);
    expect((told[0] as unknown[]).length).toBeGreaterThan(4 * 2 * 3);
  });

  it.each([true, false])("a search has the same trials and the same model, its space given: %s", async (isGiven) => {
    const space = { hidden: [[4], [6], [5, 4]], learningRate: { low: 1e-3, high: 1e200, log: true } } as const;
    const told: unknown[] = [];
    alike(
      await withEach(async (pool) => {
        const list: unknown[] = [];
        told.push(list);
        const options = {
          ...{ target: "price", trials: 6, folds: 2, epochs: 2, seed: 1, pool, ensemble: 2 },
          onTrial: ({ trial, bestTrial }: { trial: object; bestTrial: { trial: number } }) =>
            list.push([structuredClone(trial), bestTrial.trial]),
        };
        const { model, ...found } = isGiven
          ? await Regressor.search(cars, space, options)
          : await Regressor.search(cars, options);
        return { bytes: bytesOf(model), ...found };
      }),
    );
    alike(told);
    // Rates of 1e200 fail: those trials say why.
    if (isGiven) expect(JSON.stringify(told[0])).toContain('"error"');
  });

  it("columns have the same importance", async () => {
    const labels = await Classifier.fit(passengers, { target: "survived", ensemble: 2, hidden: [4], epochs: 2 });
    alike(await withEach(async (pool) => labels.importance(passengers, { repeats: 2, ...(pool && { pool }) })));
    const values = await Regressor.fit(cars, { target: ["price", "weight"], ensemble: 2, hidden: [4], epochs: 2 });
    alike(await withEach(async (pool) => values.importance(cars, { seed: 3, ...(pool && { pool }) })));
  });

  it("several calls at once have each its own result", async () => {
    const pool = createPool({ workers: 3 });
    const begin = (seed: number, own?: typeof pool) =>
      Classifier.fit(passengers, { target: "survived", ensemble: 3, hidden: [6], epochs: 3, seed, pool: own });
    const seeds = [1, 2, 3, 4];
    const there = await Promise.all(seeds.map((seed) => begin(seed, pool)));
    for (const [i, seed] of seeds.entries()) expect(bytesOf(there[i]) === bytesOf(await begin(seed))).toBe(true);
  });
});

/** Checkpoints of fits on a pool, and fits that a clock ends. */
import { describe, expect, it } from "vitest";
import { Classifier, type MemberEpoch, type MultiTargetRegressor, Regressor } from "../../src/index.js";
import { createPool, type Pool } from "../../src/pool.js";
import { bytesOf, cars, passengers } from "./tables.js";

const options = { target: "survived", ensemble: 3, hidden: [6], epochs: 4, seed: 3 } as const;

type Save = () => Promise<Uint8Array<ArrayBuffer>>;

/** A checkpoint of each epoch, in the order in which they were told of, and the model. */
async function checkpointsOf(pool: Pool | undefined, more: object = {}) {
  const told: [member: number, epoch: number][] = [];
  const saved: Uint8Array[] = [];
  const onEpoch = async ({ member, epoch }: MemberEpoch, save: Save) => {
    told.push([member, epoch]);
    saved.push(await save());
  };
  const model = await Classifier.fit(passengers, { ...options, ...more, pool, onEpoch: onEpoch as never });
  return { told, saved, bytes: bytesOf(model) };
}

describe("a checkpoint of a fit on a pool", () => {
  it.each([{}, { ensemble: 1 }, { validation: 0 }, { earlyStopping: { patience: 1 } }])(
    "goes on to the same bytes, here and on a pool: %j",
    async (more) => {
      const here = await checkpointsOf(undefined, more);
      for (const workers of [1, 3]) {
        const pool = createPool({ workers });
        const there = await checkpointsOf(pool, more);
        expect(there.told).toEqual(here.told);
        expect(there.bytes === here.bytes).toBe(true);
        // The first network waits for whoever is told of it: its checkpoints are those of the fit here.
        for (const [i, [member]] of there.told.entries()) {
          if (member === 0) expect(Buffer.compare(there.saved[i], here.saved[i])).toBe(0);
        }
        for (const [i, resume] of there.saved.entries()) {
          const own = i % 2 === 0 ? pool : undefined;
          const again = await Classifier.fit(passengers, { ...options, ...more, resume, pool: own });
          expect(bytesOf(again) === here.bytes, `${workers} workers, checkpoint ${i}`).toBe(true);
        }
      }
    },
  );

  it("of several targets goes on to the same bytes", async () => {
    const given = { target: ["price", "weight"], ensemble: 2, hidden: [5], epochs: 2 } as const;
    const here = bytesOf(await Regressor.fit(cars, given));
    const pool = createPool({ workers: 2 });
    const saved: Uint8Array[] = [];
    const onEpoch = async (_: object, save: Save) => void saved.push(await save());
    const there: MultiTargetRegressor<"price" | "weight", Regressor> = await Regressor.fit(cars, {
      ...given,
      pool,
      onEpoch,
    });
    expect(bytesOf(there) === here).toBe(true);
    expect(saved.length).toBeGreaterThanOrEqual(2 * 2 * 2);
    for (const resume of saved)
      expect(bytesOf(await Regressor.fit(cars, { ...given, pool, resume })) === here).toBe(true);
  });

  it("control: one of another epoch is other bytes", async () => {
    const { saved } = await checkpointsOf(createPool({ workers: 1 }), { ensemble: 1 });
    expect(Buffer.compare(saved[0], saved[1])).not.toBe(0);
  });
});

describe("time on a pool", () => {
  it("that does not run out changes no byte", async () => {
    const pool = createPool({ workers: 2 });
    const here = bytesOf(await Classifier.fit(passengers, options));
    expect(bytesOf(await Classifier.fit(passengers, { ...options, time: 1000, pool })) === here).toBe(true);
  });

  it("that runs out leaves as many networks as were fitted, which are those of so many", async () => {
    const pool = createPool({ workers: 3 });
    const given = { ...options, ensemble: undefined, epochs: 60 };
    const model = await Classifier.fit(passengers, { ...given, time: 2, pool });
    const count = model.members.length;
    expect(count).toBeGreaterThanOrEqual(1);
    if (count < 2) return;
    expect(bytesOf(model) === bytesOf(await Classifier.fit(passengers, { ...given, ensemble: count }))).toBe(true);
  });

  it("ends a search", async () => {
    const pool = createPool({ workers: 2 });
    const { model, trials } = await Classifier.search(passengers, {
      ...options,
      trials: 1000,
      folds: 2,
      time: 2,
      pool,
    });
    expect(trials.length).toBeLessThan(1000);
    expect(model.members.length).toBeGreaterThanOrEqual(1);
  });
});

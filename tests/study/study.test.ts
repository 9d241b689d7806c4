/** What a study promises: the same trials for any number of workers, in any order; better ones than at random; few epochs for those that are stopped. */
import { describe, expect, it } from "vitest";
import { type AskedTrial, isPruned, Study, type StudyOptions, type StudyTrial } from "../../src/study.js";
import { FUNCTIONS, type TestFunction } from "./functions.js";

const judge = ({ space, of }: TestFunction) => {
  const names = Object.keys(space);
  return (settings: Readonly<Record<string, unknown>>) => of(names.map((name) => settings[name] as number));
};

async function regret(name: keyof typeof FUNCTIONS, options: Partial<StudyOptions>, trials = 50): Promise<number> {
  const { space, best } = FUNCTIONS[name];
  const of = judge(FUNCTIONS[name]);
  const study = new Study({ ...options, space });
  const { bestTrial } = await study.run(({ settings }) => of(settings), { trials });
  return (bestTrial?.score as number) - best;
}

const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const SPACE = {
  rate: { low: 1e-4, high: 1, log: true },
  size: { low: 1, high: 9, whole: true },
  kind: ["a", "b", "c"],
  hidden: [[], [16], [64, 32]],
} as const;

const score = (settings: Record<string, unknown>) =>
  Math.abs(Math.log10(settings.rate as number) + 2) + (settings.size as number) / 9 + (settings.kind === "b" ? 0 : 1);

describe("a sampler", () => {
  it.each(["branin", "hartmann6", "rosenbrock2"] as const)(
    "tpe leaves less than random on %s, over seeds",
    async (name) => {
      const means: Record<string, number> = {};
      for (const sampler of ["random", "tpe"] as const) {
        const found = await Promise.all([1, 2, 3, 4, 5, 6].map((seed) => regret(name, { sampler, seed })));
        means[sampler] = found.reduce((sum, own) => sum + own, 0) / found.length;
      }
      expect(means.tpe).toBeLessThan(0.7 * means.random);
    },
  );

  it("tpe finds the best of a list, and of a range of whole numbers", async () => {
    const study = new Study({ space: SPACE, seed: 3 });
    const { bestTrial } = await study.run(({ settings }) => score(settings), { trials: 60 });
    expect(bestTrial?.settings.kind).toBe("b");
    expect(bestTrial?.settings.size).toBeLessThanOrEqual(2);
  });

  it("random shows what matters: not what the score has nothing of", async () => {
    const study = new Study({ space: SPACE, seed: 3, sampler: "random" });
    expect(study.importance()).toEqual([]);
    await study.run(({ settings }) => score(settings), { trials: 100 });
    const importance = study.importance();
    expect(importance.reduce((sum, own) => sum + own.importance, 0)).toBeCloseTo(1, 12);
    expect(importance.map(({ name }) => name).sort()).toEqual(Object.keys(SPACE).sort());
    expect(importance[0].name).toBe("kind");
    expect(importance[3].name).toBe("hidden");
  });

  it("draws whole numbers evenly, both ends too, and factors evenly on a log scale", async () => {
    const study = new Study({ space: SPACE, sampler: "random", seed: 5 });
    await study.run(() => 0, { trials: 1800 });
    const settings = study.trials.map((trial) => trial.settings);
    for (let size = 1; size <= 9; size++) {
      // 200 expected, with a deviation of 13.
      expect(Math.abs(settings.filter((own) => own.size === size).length - 200)).toBeLessThan(55);
    }
    expect(Math.abs(settings.filter(({ rate }) => rate < 0.01).length - 900)).toBeLessThan(90);
    for (const { rate } of settings) expect(rate >= 1e-4 && rate <= 1).toBe(true);
  });

  it("does not depend on the order of the space's keys", async () => {
    const { rate, size, kind, hidden } = SPACE;
    const run = async (study: Study) => {
      await study.run(({ settings }) => score(settings), { trials: 25 });
      return study.trials.map((trial) => Object.entries(trial.settings).sort());
    };
    const one = await run(new Study({ space: SPACE, seed: 1 }) as unknown as Study);
    expect(await run(new Study({ space: { hidden, kind, size, rate }, seed: 1 }) as unknown as Study)).toEqual(one);
  });

  it("with maximize gives the trials of the negated scores", async () => {
    const run = async (maximize: boolean) => {
      const study = new Study({ space: SPACE, seed: 2, maximize, pruner: "asha" });
      await study.run(
        ({ settings, report }) => {
          const value = (maximize ? -1 : 1) * score(settings);
          for (let step = 1; step <= 16; step++) if (report(step, value)) return 0;
          return value;
        },
        { trials: 30 },
      );
      return study.trials.map(({ settings, state }) => ({ settings, state }));
    };
    expect(await run(true)).toEqual(await run(false));
  });

  it("control: another seed gives other trials", async () => {
    expect(await regret("branin", { seed: 1 })).not.toBe(await regret("branin", { seed: 2 }));
  });
});

describe("results", () => {
  const options = { space: SPACE, pruner: "asha", seed: 7 } as const;

  /** Epochs whose values fall to the score; trials take as long as a hash of their number says. */
  const run = async (workers: number, parallel = 4): Promise<StudyTrial[]> => {
    const study = new Study({ ...options, parallel });
    await study.run(
      async ({ trial, settings, report, signal }) => {
        for (let step = 1; step <= 20; step++) {
          if (workers > 1) await later((trial * 7919) % 5 === 0 ? 1 : 0);
          report(step, score(settings) + 1 / step);
          if (signal.aborted) return Number.NaN;
        }
        return score(settings);
      },
      { trials: 40, workers },
    );
    return study.trials;
  };

  it("are the same for any number of workers", async () => {
    const alone = await run(1);
    expect(alone.filter(({ state }) => state === "pruned").length).toBeGreaterThan(10);
    expect(await run(2)).toEqual(alone);
    expect(await run(4)).toEqual(alone);
    expect(await run(9)).toEqual(alone);
  });

  it("control: they depend on how many trials may be open", async () => {
    expect(await run(1, 1)).not.toEqual(await run(1, 8));
  });

  it("are the same when trials are told in another order, by hand", async () => {
    const tellAll = async (pick: (open: number) => number) => {
      const study = new Study({ space: SPACE, seed: 7 });
      const open: AskedTrial[] = [];
      for (let told = 0; told < 40; ) {
        while (study.isReady && open.length < 4) open.push(await study.ask());
        const [{ trial, settings }] = open.splice(pick(open.length), 1);
        await study.tell(trial, score(settings));
        told++;
      }
      return study.trials.slice(0, 36);
    };
    const inOrder = await tellAll(() => 0);
    expect(await tellAll((open) => open - 1)).toEqual(inOrder);
  });
});

describe("a pruner", () => {
  /** A trial with reports of `value + 1 / step`. */
  const curve = (value: number, steps: number) =>
    Array.from({ length: steps }, (_, i) => ({ step: i + 1, value: value + 1 / (i + 1) }));

  it("asha lets the best quarter of each rung go on, ties too", async () => {
    const study = new Study({ space: { x: { low: 0, high: 1 } }, sampler: "random", pruner: "asha", parallel: 1 });
    const lengths: number[] = [];
    // Of 16 trials with falling values each is the best so far; of rising ones a quarter is.
    for (let t = 0; t < 16; t++) {
      const asked = await study.ask();
      const reports = curve(t, 16);
      const stop = reports.findIndex(({ step, value }) => study.report(asked.trial, step, value));
      lengths.push(stop < 0 ? 16 : stop + 1);
      await study.tell(asked.trial, stop < 0 ? t : { pruned: true });
    }
    expect(lengths).toEqual([16, 1, 1, 1, 1, 1, 1, ...[1, 1, 1, 1, 1, 1, 1, 1, 1]]);
    const { trial, limits } = await study.ask();
    expect(limits.map(({ step }) => step)).toEqual([1, 4, 16]);
    // 17 values with this one: four go on.
    expect(limits[0].value).toBe(3 + 1);
    expect(study.report(trial, 1, 4)).toBe(false);
    expect(study.report(trial, 3, 100)).toBe(false);
    expect(study.report(trial, 5, 100)).toBe(true);
  });

  it("median stops what is worse at a step than half of those that are done", async () => {
    const pruner = { name: "median", least: 2, trials: 3 } as const;
    const study = new Study({ space: { x: { low: 0, high: 1 } }, pruner, parallel: 1 });
    for (const value of [1, 2, 3]) {
      const { trial } = await study.ask();
      for (const { step, value: own } of curve(value, 3)) expect(study.report(trial, step, own)).toBe(false);
      await study.tell(trial, value);
    }
    const { trial, limits } = await study.ask();
    expect(limits).toEqual([
      { step: 2, value: 2.5 },
      { step: 3, value: 2 + 1 / 3 },
    ]);
    expect(study.report(trial, 1, 9)).toBe(false);
    expect(study.report(trial, 2, 2.5)).toBe(false);
    // Its best value so far counts, 2.5.
    expect(study.report(trial, 3, 9)).toBe(true);
  });

  it("says elsewhere what the study says", async () => {
    const study = new Study({ space: SPACE, pruner: "asha", seed: 4 });
    let stopped = 0;
    await study.run(({ settings }) => score(settings), { trials: 1 });
    for (let t = 1; t < 30; t++) {
      const asked = JSON.parse(JSON.stringify(await study.ask())) as AskedTrial;
      const reports = curve(score(asked.settings), 10);
      const end = reports.findIndex((_, i) => isPruned(asked, reports.slice(0, i + 1)));
      const here = reports.findIndex(({ step, value }) => study.report(asked.trial, step, value));
      expect(here).toBe(end);
      stopped += Number(end >= 0);
      await study.tell(asked.trial, end < 0 ? score(asked.settings) : { pruned: true });
    }
    expect(stopped).toBeGreaterThan(5);
  });

  it("asha comes to the same best with half the epochs or less", async () => {
    const run = async (pruner?: "asha") => {
      const study = new Study({ space: SPACE, seed: 11, sampler: "random", ...(pruner && { pruner }) });
      let epochs = 0;
      const { bestTrial } = await study.run(
        ({ settings, report, signal }) => {
          for (let step = 1; step <= 27 && !signal.aborted; step++, epochs++)
            report(step, score(settings) * (1 + 1 / step));
          return score(settings);
        },
        { trials: 60 },
      );
      return { best: bestTrial?.trial, epochs };
    };
    const [whole, pruned] = [await run(), await run("asha")];
    expect(pruned.best).toBe(whole.best);
    expect(pruned.epochs).toBeLessThan(whole.epochs / 2);
  });
});

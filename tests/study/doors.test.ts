/** What a study refuses: one sentence each, and nothing is lost. */
import { describe, expect, it, vi } from "vitest";
import { turn } from "../../src/ground/turn.js";
import { type Journal, Study, type StudyOptions } from "../../src/study.js";

const space = { x: { low: 0, high: 1 }, kind: ["a", "b"] } as const;
const made = (options: object) => () => new Study({ space, ...options } as unknown as StudyOptions);
const keep = (lines: string[] = []): Journal & { kept: string[] } => {
  const kept = [...lines];
  return { lines, kept, append: async (line) => void kept.push(line) };
};

describe("new Study refuses", () => {
  it.each<[string, object, string]>([
    [
      "a misspelt option",
      { sampelr: "tpe" },
      'new Study: the options must be among space, sampler, pruner, maximize, seed, parallel, journal, got "sampelr".',
    ],
    [
      "no space",
      { space: undefined },
      "new Study: space must be an object of lists and ranges by name, got undefined.",
    ],
    ["an empty space", { space: {} }, "new Study: the space must name a setting to search over, got none."],
    ["an empty list", { space: { x: [] } }, "new Study: x must list something to choose from, got none."],
    [
      "a misspelt range",
      { space: { x: { low: 0, hihg: 1 } } },
      'new Study: the keys of x must be among low, high, log, whole, got "hihg".',
    ],
    ["a range without its end", { space: { x: { low: 0 } } }, "new Study: x.high must be a number, got undefined."],
    [
      "a range the wrong way",
      { space: { x: { low: 1, high: 0 } } },
      "new Study: x.high must be a finite number >= 1, got 0.",
    ],
    [
      "a log scale from 0",
      { space: { x: { low: 0, high: 1, log: true } } },
      "new Study: x.low must be a finite number > 0, got 0.",
    ],
    [
      "whole numbers from half ones",
      { space: { x: { low: 0.5, high: 3, whole: true } } },
      "new Study: x.low must be a whole number where whole is true, got 0.5.",
    ],
    [
      "a range beyond float64",
      { space: { x: { low: -1e308, high: 1e308 } } },
      "new Study: x must span a finite range, got -1e+308 to 1e+308.",
    ],
    [
      "what is no flag",
      { space: { x: { low: 1, high: 2, log: 1 } } },
      "new Study: x.log must be true or false, got 1.",
    ],
    [
      "a function to choose",
      { space: { x: [() => 1] } },
      "new Study: x must list values that JSON has, got a function. List names of what cannot be written.",
    ],
    [
      "NaN to choose",
      { space: { x: [Number.NaN] } },
      "new Study: x must list values that JSON has, got NaN. List names of what cannot be written.",
    ],
    ["a choice twice", { space: { x: [[1], [1]] } }, "new Study: x must list each value once, got [1] twice."],
    ["another sampler", { sampler: "grid" }, 'new Study: sampler must be one of "random", "tpe", got "grid".'],
    ["another pruner", { pruner: "best" }, 'new Study: pruner must be one of "median", "asha", got "best".'],
    [
      "a misspelt option of one",
      { pruner: { name: "asha", ets: 3 } },
      'new Study: the keys of pruner must be among name, least, eta, trials, got "ets".',
    ],
    ["eta 1", { pruner: { name: "asha", eta: 1 } }, "new Study: pruner.eta must be a whole number >= 2, got 1."],
    ["half a seed", { seed: 0.5 }, "new Study: seed must be a whole number >= 0, got 0.5."],
    ["no trial at once", { parallel: 0 }, "new Study: parallel must be a whole number >= 1, got 0."],
    ["a direction", { maximize: "yes" }, 'new Study: maximize must be true or false, got "yes".'],
    [
      "a name as journal",
      { journal: "a.jsonl" },
      'new Study: journal must have lines and append, got "a.jsonl". Await openJournal of wasmlp/node for a file.',
    ],
  ])("%s", (_, options, message) => expect(made(options)).toThrow(message));

  it("a list with itself inside", () => {
    const list: unknown[] = [];
    list.push(list);
    expect(made({ space: { x: [list] } })).toThrow("new Study: x must list values that JSON has, got [[...]].");
  });
});

describe("a journal", () => {
  const written = async () => {
    const journal = keep();
    const study = new Study({ space, seed: 1, journal });
    await study.run(({ settings }) => settings.x, { trials: 3 });
    await study.ask();
    return { study, lines: journal.kept };
  };

  it("gives the study back, of which open trials are asked for first", async () => {
    const { study, lines } = await written();
    const again = new Study({ space, seed: 1, journal: keep(lines) });
    expect(again.trials).toEqual(study.trials);
    expect((await again.ask()).trial).toBe(3);
    expect((await again.ask()).trial).toBe(4);
    const told = new Study({ space, seed: 1, journal: keep(lines) });
    await told.tell(3, 0.25);
    expect((await told.ask()).trial).toBe(4);
  });

  it.each<[string, object, string]>([
    ["another seed", { seed: 2 }, "seed is 1"],
    [
      "another space",
      { space: { x: { low: 0, high: 2 } } },
      'space is {"kind":["a","b"],"x":{"low":0,"high":1,"log":false,"whole":false}}',
    ],
    ["another sampler", { sampler: "random" }, 'sampler is "tpe"'],
    ["another pruner", { pruner: "asha" }, "pruner is null"],
    ["another direction", { maximize: true }, "maximize is false"],
    ["as many at once", { parallel: 2 }, "parallel is 4"],
  ])("of %s is refused", async (_, options, what) => {
    const { lines } = await written();
    const remedy = "Name another file, or pass what it was begun with.";
    const message = `new Study: the journal must be of this study, got one whose ${what}. ${remedy}`;
    expect(made({ seed: 1, ...options, journal: keep(lines) })).toThrow(message);
  });

  it("of another version is refused, and what is none", async () => {
    const { lines } = await written();
    const newer = [lines[0].replace('"version":1', '"version":2'), ...lines.slice(1)];
    expect(made({ seed: 1, journal: keep(newer) })).toThrow(
      "new Study: the journal must be of this study, got one whose version is 2.",
    );
    expect(made({ journal: keep(["{}"]) })).toThrow(
      "new Study: the journal must begin with what a study is, got undefined.",
    );
    expect(made({ journal: keep(["a,b"]) })).toThrow(
      "new Study: the journal must begin with what a study is, got undefined.",
    );
    const odd = [
      "{",
      '{"op":"tell","trial":9,"score":1}',
      '{"op":"tell","trial":0,"score":1}',
      '{"op":"ask","trial":9,"settings":{}}',
    ];
    for (const line of odd) {
      const message =
        `new Study: the journal must hold what a study wrote, got ${JSON.stringify(line.slice(0, 40))}`.replace(
          /"$/,
          "",
        );
      expect(made({ seed: 1, journal: keep([...lines, line]) })).toThrow(message);
    }
  });

  it("serves one study", async () => {
    const journal = keep();
    made({ journal })();
    expect(made({ journal })).toThrow(
      "new Study: the journal must be that of one study alone, got one in use. Open it again.",
    );
  });

  it("that cannot be written leaves the trial open", async () => {
    let isFull = false;
    const journal: Journal = {
      lines: [],
      append: async () => {
        if (isFull) throw new Error("ENOSPC");
      },
    };
    const study = new Study({ space, journal });
    await study.ask();
    isFull = true;
    await expect(study.tell(0, 1)).rejects.toThrow("ENOSPC");
    await expect(study.ask()).rejects.toThrow("ENOSPC");
    expect(study.trials.map(({ state }) => state)).toEqual(["open"]);
    isFull = false;
    await study.tell(0, 1);
    expect((await study.ask()).trial).toBe(1);
    isFull = true;
    await expect(study.run(() => 1, { trials: 5 })).rejects.toThrow("ENOSPC");
  });
});

describe("tell, report and ask refuse", () => {
  it.each<[string, unknown, string]>([
    ["NaN", Number.NaN, "tell: the score must be a finite number, got NaN."],
    ["text", "0.5", 'tell: the outcome must be a score, { error: "why" } or { pruned: true }, got "0.5".'],
    ["nothing", undefined, 'tell: the outcome must be a score, { error: "why" } or { pruned: true }, got undefined.'],
    [
      "a trial without reports as pruned",
      { pruned: true },
      "tell: a trial that is pruned must have reports, got none of trial 0.",
    ],
  ])("%s", async (_, outcome, message) => {
    const study = new Study({ space });
    const { trial } = await study.ask();
    await expect(study.tell(trial, outcome as number)).rejects.toThrow(message);
    await study.tell(trial, 1);
    expect(study.bestTrial?.score).toBe(1);
  });

  it("a trial that was told, and one that nobody asked for", async () => {
    const study = new Study({ space });
    const { trial } = await study.ask();
    const both = await Promise.allSettled([study.tell(trial, 1), study.tell(trial, 2)]);
    expect(both.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    const message = "tell: trial must be the number of an open trial, got 0, one that is done.";
    await expect(study.tell(trial, 2)).rejects.toThrow(message);
    await expect(study.tell(7, 2)).rejects.toThrow(
      "tell: trial must be the number of an open trial, got 7, of 1 trials.",
    );
    await expect(study.tell(-1, 2)).rejects.toThrow("tell: trial must be a whole number >= 0, got -1.");
    expect(() => study.report(0, 1, 1)).toThrow(
      "report: trial must be the number of an open trial, got 0, one that is done.",
    );
    expect(study.bestTrial?.score).toBe(1);
  });

  it("steps that do not rise, and values that are none", async () => {
    const study = new Study({ space });
    await study.ask();
    study.report(0, 3, 0.5);
    expect(() => study.report(0, 3, 0.5)).toThrow("report: step must be above 3, the last of trial 0, got 3.");
    expect(() => study.report(0, 4, Number.NaN)).toThrow("report: value must be a finite number, got NaN.");
    expect(study.report(0, 4, 1)).toBe(false);
  });

  it("a trial that open ones settle", async () => {
    const study = new Study({ space, pruner: "median" });
    for (let t = 0; t < 4; t++) await study.ask();
    expect(study.isReady).toBe(false);
    const message =
      "ask: trials 0 to 0 must have ended before trial 4, got [0, 1, 2, 3] open. Tell them, or wait for isReady.";
    await expect(study.ask()).rejects.toThrow(message);
    await study.tell(0, 1);
    expect((await study.ask()).trial).toBe(4);
  });
});

describe("run", () => {
  const study = () => new Study({ space });

  it.each<[string, unknown, unknown, string]>([
    ["no function", 1, { trials: 1 }, "run: the objective must be a function, got 1."],
    [
      "no end",
      () => 1,
      {},
      "run: the options must have trials, time or signal, got none. Without an end it would go on for ever.",
    ],
    ["no trial", () => 1, { trials: 0 }, "run: trials must be a whole number >= 1, got 0."],
    ["no time", () => 1, { time: 0 }, "run: time must be a finite number > 0, got 0."],
    [
      "a misspelt option",
      () => 1,
      { trails: 1 },
      'run: the options must be among trials, time, signal, workers, onTrial, got "trails".',
    ],
    ["what is no signal", () => 1, { signal: true }, "run: signal must be an AbortSignal, got true."],
  ])("refuses %s", async (_, objective, options, message) => {
    await expect(study().run(objective as () => number, options as object)).rejects.toThrow(message);
  });

  it("goes on where trials fail, and throws what the first threw if all do", async () => {
    const some = study();
    const { trials, bestTrial } = await some.run(({ trial }) => (trial % 2 ? Number.NaN : trial), { trials: 6 });
    expect(trials.map(({ state }) => state)).toEqual(["done", "failed", "done", "failed", "done", "failed"]);
    expect(trials[1].error).toBe("run: the objective must give a finite number, got NaN.");
    expect(bestTrial?.trial).toBe(0);
    const first = new Error("trial 0");
    const fail = ({ trial }: { trial: number }) => {
      throw trial === 0 ? first : new Error("another");
    };
    await expect(study().run(fail, { trials: 6 })).rejects.toBe(first);
  });

  it("tells of trials in their order, and ends by what onTrial throws", async () => {
    const told: number[] = [];
    const late = async ({ trial }: { trial: number }) => {
      await new Promise((resolve) => setTimeout(resolve, trial % 4 === 0 ? 5 : 0));
      return trial;
    };
    await study().run(late, { trials: 12, workers: 4, onTrial: ({ trial }) => told.push(trial.trial) });
    expect(told).toEqual([...told.keys()]);
    expect(told.length).toBe(12);
    const enough = new Error("enough");
    const onTrial = ({ trial }: { trial: { trial: number } }) => {
      if (trial.trial === 3) throw enough;
    };
    const ended = study();
    await expect(ended.run(late, { trials: 12, workers: 4, onTrial })).rejects.toBe(enough);
    // It goes on: as if nothing had been.
    const [{ trials }, whole] = [await ended.run(late, { trials: 12 }), await study().run(late, { trials: 12 })];
    expect(trials).toEqual(whole.trials);
  });

  it("tells of trials that end while the event loop has its turn", async () => {
    const due = vi.spyOn(turn, "due").mockReturnValue(true);
    const give = vi.spyOn(turn, "give").mockImplementation(() => new Promise((resolve) => setTimeout(resolve, 20)));
    const told: number[] = [];
    const late = async ({ trial }: { trial: number }) => {
      await new Promise((resolve) => setTimeout(resolve, 5 * trial));
      return trial;
    };
    try {
      await study().run(late, { trials: 2, workers: 2, onTrial: ({ trial }) => void told.push(trial.trial) });
    } finally {
      due.mockRestore();
      give.mockRestore();
    }
    expect(told).toEqual([0, 1]);
  });

  it("ends by its signal and by its time, and goes on with what was open", async () => {
    const whole = await study().run(({ settings }) => settings.x, { trials: 20 });
    const ended = study();
    const control = new AbortController();
    const { stopped, trials } = await ended.run(
      ({ trial, settings, signal }) => {
        if (trial === 7) control.abort();
        return signal.aborted ? -1 : settings.x;
      },
      { trials: 20, signal: control.signal },
    );
    expect(stopped).toBe("aborted");
    expect(trials.map(({ state }) => state)).toEqual([...Array(7).fill("done"), "open"]);
    const hanging = await ended.run(
      ({ signal }) => new Promise<number>((resolve) => signal.addEventListener("abort", () => resolve(-1))),
      { time: 0.02, workers: 2 },
    );
    expect(hanging.stopped).toBe("done");
    expect(hanging.trials.filter(({ state }) => state === "open").length).toBe(2);
    expect((await ended.run(({ settings }) => settings.x, { trials: 20 })).trials).toEqual(whole.trials);
  });
});

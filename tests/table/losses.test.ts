/** Losses of a Regressor: what each predicts, its scores, its intervals, what a file keeps of it. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { adam, inTurns, lbfgs, Regressor, type RegressorLoss, type RegressorOptions, sgd } from "../../src/index.js";

interface Row {
  x: number;
  kind: string;
  y: number;
}

/** Counts, or values whose errors grow with x: skewed, so that mean, median and quantiles differ. */
function makeRows(count: number, seed: number, areCounts = false): Row[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const x = random.uniform();
    const kind = random.below(2) === 0 ? "a" : "b";
    const mean = Math.exp(0.5 + 2 * x + (kind === "a" ? 0.5 : 0));
    if (!areCounts) return { x, kind, y: 10 + mean + mean * Math.log(1 / (1 - random.uniform())) };
    // Knuth's way to draw a Poisson count.
    let [k, product] = [-1, 1];
    for (const limit = Math.exp(-mean); product > limit; k++) product *= random.uniform();
    return { x, kind, y: k };
  });
}

const LOSSES: RegressorLoss[] = ["absolute", "huber", "poisson", { quantiles: [0.05, 0.5, 0.95] }];
const LEVELS = { quantiles: [0.9, 0.1, 0.5] };
const small = { target: "y", hidden: [6], ensemble: 2, epochs: 12, batchSize: 16, seed: 3 } satisfies RegressorOptions;
/** A model of a constant and a line, as good as it gets. */
const exact = {
  target: "y",
  hidden: [],
  ensemble: 1,
  validation: 0,
  l2: 0,
  epochs: 3000,
  batchSize: 1000,
  earlyStopping: { patience: 3000 },
  optimizer: adam({ learningRate: 0.01 }),
} satisfies RegressorOptions;

describe("what is predicted", () => {
  const rows = makeRows(200, 1);
  const shareBelow = (values: readonly number[]) => rows.filter(({ y }, r) => y < values[r]).length / rows.length;

  it("by absolute errors: as many values lie above as below", async () => {
    const model = await Regressor.fit(rows, { ...exact, loss: "absolute" });
    expect(Math.abs(shareBelow(model.predict(rows)) - 0.5)).toBeLessThan(0.03);
    // Control: means are not medians.
    const means = await Regressor.fit(rows, { ...exact, epochs: 800 });
    expect(shareBelow(means.predict(rows))).toBeGreaterThan(0.55);
  });

  it("by quantiles: the share of values below each is its level, ascending in each row", async () => {
    const model = await Regressor.fit(rows, { ...exact, loss: LEVELS });
    expect(model.quantiles).toEqual([0.1, 0.5, 0.9]);
    const all = model.predictQuantiles(rows);
    for (const [i, level] of [0.1, 0.5, 0.9].entries()) {
      expect(Math.abs(shareBelow(all.map((own) => own[i])) - level)).toBeLessThan(0.03);
    }
    expect(model.predict(rows)).toEqual(all.map((own) => own[1]));
    expect(model.predictQuantiles(rows[7])).toEqual(all[7]);
  });

  it("by Huber's: between mean and median", async () => {
    const [means, between, medians] = await Promise.all(
      (["squared", "huber", "absolute"] as const).map(async (loss) => {
        const model = await Regressor.fit(rows, { ...exact, epochs: 1500, loss });
        return model.predict(rows).reduce((sum, value) => sum + value, 0) / rows.length;
      }),
    );
    expect(between).toBeLessThan(means);
    expect(between).toBeGreaterThan(medians);
  });

  it("of counts: their means, above 0, whose sum is that of the counts", async () => {
    const counts = makeRows(300, 2, true);
    const model = await Regressor.fit(counts, { ...exact, loss: "poisson" });
    const predicted = model.predict(counts);
    const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
    const truth = counts.map(({ y }) => y);
    expect(sum(predicted) / sum(truth)).toBeCloseTo(1, 3);
    // The score equations of the other feature too (McCullagh and Nelder 1989).
    const isA = (numbers: readonly number[]) => sum(numbers.filter((_, r) => counts[r].kind === "a"));
    expect(isA(predicted) / isA(truth)).toBeCloseTo(1, 2);
    expect(Math.min(...predicted)).toBeGreaterThan(0);
    expect(model.summary()).toContain("counts, in the mean");
  });

  it("in logarithms: medians and quantiles are those of the amounts, whose means need a factor", async () => {
    const share = async (loss: RegressorLoss, place: (model: Regressor) => number[]) => {
      const model = await Regressor.fit(rows, { ...exact, epochs: 2000, loss, transform: "log" });
      expect(model.targetEncoder.log?.factor).toBe(1);
      return shareBelow(place(model));
    };
    expect(Math.abs((await share("absolute", (model) => model.predict(rows))) - 0.5)).toBeLessThan(0.03);
    const high = (model: Regressor) => model.predictQuantiles(rows).map((own) => own[2]);
    expect(Math.abs((await share(LEVELS, high)) - 0.9)).toBeLessThan(0.03);
    const means = await Regressor.fit(rows, { ...small, transform: "log" });
    expect(means.targetEncoder.log?.factor).not.toBe(1);
  });

  it("without a word, or squared, is what it was", async () => {
    const given = await Regressor.fit(rows, { ...small, loss: "squared" });
    expect(given.save()).toEqual((await Regressor.fit(rows, small)).save());
    expect(Object.keys(given.evaluate(rows))).toEqual(["r2", "meanSquaredError", "meanAbsoluteError"]);
  });
});

describe("crossing outputs", () => {
  it("are put in order, and so are intervals", async () => {
    const quantiles = [0.3, 0.4, 0.5, 0.6, 0.7];
    const rows = makeRows(60, 4);
    const model = await Regressor.fit(rows, { ...small, epochs: 1, loss: { quantiles } });
    const raw = model.ensemble.predictProba(model.encode(rows));
    const crosses = rows.filter((_, r) => quantiles.some((_, i) => i > 0 && raw[5 * r + i] < raw[5 * r + i - 1]));
    expect(crosses.length).toBeGreaterThan(0);
    for (const own of model.predictQuantiles(rows)) expect(own).toEqual([...own].sort((a, b) => a - b));
    for (const { low, high } of model.predictInterval(rows, { coverage: 0.5 })) expect(low).toBeLessThanOrEqual(high);
  });
});

describe("intervals", () => {
  const [train, test] = [makeRows(900, 5), makeRows(1500, 6)];
  const shareIn = (model: Regressor, rows: readonly Row[], coverage: number) => {
    const found = model.predictInterval(rows, { coverage });
    return found.filter(({ low, high }, r) => low <= rows[r].y && rows[r].y <= high).length / rows.length;
  };

  it.each([0.5, 0.8, 0.9, 0.97])(
    "of quantiles hold %d of the values, and are wider where those vary more",
    async (coverage) => {
      const model = await Regressor.fit(train, { ...small, validation: 0.3, loss: { quantiles: [0.05, 0.5, 0.95] } });
      expect(Math.abs(shareIn(model, test, coverage) - coverage)).toBeLessThan(0.05);
      const widths = [0.05, 0.95].map((x) => {
        const { low, high } = model.predictInterval({ x, kind: "a" }, { coverage });
        return high - low;
      });
      expect(widths[1]).toBeGreaterThan(1.5 * widths[0]);
      // Control: those of means are as wide everywhere.
      const means = await Regressor.fit(train, { ...small, validation: 0.3, transform: "none" });
      const [first, last] = [0.05, 0.95].map((x) => means.predictInterval({ x, kind: "a" }, { coverage }));
      expect((last.high - last.low) / (first.high - first.low)).toBeCloseTo(1, 6);
    },
  );

  it("of counts hold as many, begin at 0 at least, and are wider where counts are larger", async () => {
    const [counts, others] = [makeRows(900, 7, true), makeRows(1500, 8, true)];
    const model = await Regressor.fit(counts, { ...small, validation: 0.3, loss: "poisson" });
    // Counts lie on the ends of intervals: they hold a little more.
    expect(shareIn(model, others, 0.9)).toBeGreaterThan(0.86);
    expect(shareIn(model, others, 0.9)).toBeLessThan(0.96);
    expect(Math.min(...model.predictInterval(others).map(({ low }) => low))).toBeGreaterThanOrEqual(0);
    const [few, many] = [0.05, 0.95].map((x) => model.predictInterval({ x, kind: "a" }, { coverage: 0.5 }));
    expect(many.high - many.low).toBeGreaterThan(1.5 * (few.high - few.low));
  });

  it("of one level are those of answers; of none held out there are none", async () => {
    const model = await Regressor.fit(train, { ...small, loss: { quantiles: [0.8] } });
    expect(Math.abs(shareIn(model, test, 0.8) - 0.8)).toBeLessThan(0.06);
    expect(model.predictQuantiles(test[0])).toEqual([model.predict(test[0])]);
    const other = await Regressor.fit(train.slice(0, 30), { ...small, loss: LEVELS });
    expect(() => other.predictInterval(test)).toThrow("that held rows out");
    expect(() => model.predictInterval(test, { coverage: 2 })).toThrow("coverage");
  });
});

describe("scores", () => {
  it("are those of the definition, weighted too", async () => {
    const rows = makeRows(80, 9, true);
    const counts = await Regressor.fit(rows, { ...small, loss: "poisson" });
    const weights = rows.map((_, r) => r % 3);
    const predicted = counts.predict(rows);
    const deviance = (r: number) =>
      2 * ((rows[r].y > 0 ? rows[r].y * Math.log(rows[r].y / predicted[r]) : 0) - rows[r].y + predicted[r]);
    const mean = (of: (r: number) => number, own = rows.map(() => 1)) =>
      own.reduce((sum, weight, r) => sum + weight * of(r), 0) / own.reduce((sum, weight) => sum + weight, 0);
    expect(counts.evaluate(rows).poissonDeviance).toBeCloseTo(mean(deviance), 10);
    expect(counts.evaluate(rows, { weights }).poissonDeviance).toBeCloseTo(mean(deviance, weights), 10);
    const model = await Regressor.fit(rows, { ...small, loss: LEVELS });
    const all = model.predictQuantiles(rows);
    const pinball = (r: number) =>
      [0.1, 0.5, 0.9].reduce(
        (sum, q, i) => sum + Math.max(q * (rows[r].y - all[r][i]), (q - 1) * (rows[r].y - all[r][i])),
        0,
      ) / 3;
    expect(model.evaluate(rows).pinballLoss).toBeCloseTo(mean(pinball), 10);
    expect(await inTurns(model).evaluate(rows, { weights })).toEqual(model.evaluate(rows, { weights }));
    const { mean: scores } = await Regressor.crossValidate(rows, { ...small, loss: LEVELS, folds: 3 });
    expect(scores.pinballLoss).toBeGreaterThan(0);
    const search = { ...small, loss: "poisson", trials: 2, folds: 2, rankBy: "poissonDeviance" } as const;
    const { trials, bestTrial } = await Regressor.search(rows, { hidden: [[2], [8]] }, search);
    expect(bestTrial.mean.poissonDeviance).toBe(
      Math.min(...trials.map((trial) => trial.mean.poissonDeviance as number)),
    );
  });
});

describe.each(LOSSES)("loss %j", (loss) => {
  const rows = makeRows(120, 10, true);

  it("is kept by files, goes on from checkpoints, and answers questions", async () => {
    let checkpoint: Uint8Array | undefined;
    const options = { ...small, loss };
    const model = await Regressor.fit(rows, {
      ...options,
      onEpoch: async ({ epoch, member }, save) => {
        if (epoch === 3 && member === 1) checkpoint = await save();
      },
    });
    const again = await Regressor.load(model.save());
    expect(again.save()).toEqual(model.save());
    expect(again.predict(rows)).toEqual(model.predict(rows));
    expect(again.predictInterval(rows)).toEqual(model.predictInterval(rows));
    expect(again.predict(rows[3])).toBe(model.predict(rows)[3]);
    expect((await Regressor.fit(rows, { ...options, resume: checkpoint })).save()).toEqual(model.save());
    await expect(Regressor.fit(rows, { ...small, resume: checkpoint })).rejects.toThrow("values of the target");
    expect((await model.importance(rows)).map(({ name }) => name).sort()).toEqual(["kind", "x"]);
    const { base, answer, columns } = await model.explain(rows[0], { background: rows });
    expect(answer).toBeCloseTo(model.predict(rows[0]), 10);
    expect(columns.reduce((sum, { mean }) => sum + mean, base)).toBeCloseTo(answer, 6);
    const { means } = await model.partialDependence(rows, "kind");
    expect(means.every((mean) => Number.isFinite(mean))).toBe(true);
    expect(model.partialFit(rows)).toBeTypeOf("number");
    expect(model.summary()).toContain(
      typeof loss === "string" ? (loss === "poisson" ? "counts" : loss) : "0.05, 0.5, 0.95",
    );
  });

  it("counts rows by their weights as if they were repeated", async () => {
    const whole = { ...exact, hidden: [4], epochs: 10, optimizer: sgd({ learningRate: 0.05 }), loss };
    const counted = rows.map((row, r) => ({ ...row, count: r % 3 }));
    const one = await Regressor.fit(counted, { ...whole, weights: "count" });
    const other = await Regressor.fit(
      counted.flatMap(({ count, ...row }) => new Array(count).fill(row)),
      whole,
    );
    expect(one.targetEncoder.deviation).toBeCloseTo(other.targetEncoder.deviation, 10);
    const [a, b] = [one.predict(rows), other.predict(rows)];
    for (const [r, value] of a.entries()) expect(Math.abs(value - b[r])).toBeLessThan(1e-3);
  });
});

describe("what is refused", () => {
  const rows = makeRows(60, 11, true);
  const learn = (further: object) => Regressor.fit(rows, { ...small, epochs: 1, ...further });

  it.each([
    [
      "squares",
      'loss must be one of "squared", "absolute", "huber", "poisson" or { quantiles: [...] }, got "squares".',
    ],
    [null, "loss must be one of"],
    [{ quantiles: 0.5 }, "loss must be one of"],
    [{ quantiles: [0.5], huber: 1 }, "loss must be one of"],
    [{ quantiles: [] }, "loss.quantiles must hold 1 to 256 levels, got 0."],
    [{ quantiles: [0.5, 1] }, "loss.quantiles[1] must be a finite number from"],
    [{ quantiles: [0.5, "0.7"] }, 'loss.quantiles[1] must be a number, got "0.7".'],
    [{ quantiles: [0.5, 0.1, 0.5] }, "loss.quantiles must hold each level once, got 0.5 twice."],
  ])("loss %j", async (loss, message) => {
    await expect(learn({ loss })).rejects.toThrow(message);
  });

  it("negative counts, by row, and their logarithms", async () => {
    const spoiled = rows.map((row, r) => (r === 4 ? { ...row, y: -1 } : row));
    const error = {
      message: 'Regressor.fit: targets must be >= 0 for loss: "poisson", got -1 at row 4.',
      row: 4,
      column: "y",
    };
    await expect(Regressor.fit(spoiled, { ...small, loss: "poisson" })).rejects.toMatchObject(error);
    await expect(learn({ loss: "poisson", transform: "log" })).rejects.toThrow(
      'transform must be "none" or "auto" for loss',
    );
    const model = await learn({ loss: "poisson" });
    expect(() => model.evaluate(spoiled)).toThrow("got -1 at row 4");
    expect(() => model.predictQuantiles(rows)).toThrow('fitted with loss: { quantiles: [...] }, got "poisson".');
  });

  it("a Classifier knows no loss, and lbfgs fits counts", async () => {
    const { Classifier } = await import("../../src/index.js");
    await expect(Classifier.fit(rows, { target: "kind", loss: "huber" } as never)).rejects.toThrow("loss");
    const model = await learn({
      loss: "poisson",
      optimizer: lbfgs(),
      epochs: 20,
      dropout: 0,
      batchSize: 60,
      validation: 0,
    });
    expect(model.evaluate(rows).r2).toBeGreaterThan(0);
  });
});

/** What rows count: weights are the same as to repeat rows, in what is learned, in the training, in the scores. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { runThrough } from "../../src/ground/slices.js";
import { Classifier, type ClassifierOptions, Regressor, type RegressorOptions, sgd } from "../../src/index.js";
import { judgeLosses, type KeptLoss } from "../../src/table/target-loss.js";

interface Row {
  [column: string]: unknown;
  count: number;
}

/** Numbers with missing ones and a far one, texts of many categories, dates, a flag, a present column. */
function makeRows(count: number, seed: number, kind: "label" | "value"): Row[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, i) => {
    const size = Math.round(100 * random.uniform());
    const place = `p${random.below(30)}`;
    const label = size + random.below(60) > 80 ? "big" : random.below(9) === 0 ? "odd" : "small";
    return {
      size: random.below(7) === 0 ? null : size,
      far: i === 5 ? 99999 : random.below(50),
      place: random.below(11) === 0 ? "" : place,
      day: `2024-0${1 + random.below(9)}-1${random.below(9)}`,
      isOld: random.below(3) === 0,
      ...(random.below(4) === 0 && { word: 1 }),
      target: kind === "label" ? label : size * 3 + random.below(20) + (i === 7 ? 4000 : 0),
      count: random.below(5) === 0 ? 0 : 1 + random.below(4),
    };
  });
}

const bare = (rows: readonly Row[]) => rows.map(({ count, ...row }) => row);
const repeated = (rows: readonly Row[]) =>
  rows.flatMap(({ count, ...row }) => Array.from({ length: count }, () => ({ ...row })));
const countsOf = (rows: readonly Row[]) => rows.map(({ count }) => count);

/** One update of all rows together at a time: the order of rows changes nothing but roundings. */
const whole = {
  target: "target",
  hidden: [5],
  ensemble: 1,
  validation: 0,
  batchSize: 1e6,
  epochs: 12,
  earlyStopping: { patience: 100 },
  optimizer: sgd({ learningRate: 0.1 }),
} as const;

/** Columns to as many digits as sums of float64 have. */
function round(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, own) => (typeof own === "number" ? Number(own.toPrecision(7)) : own));
}

const sameNumbers = (a: ArrayLike<number>, b: ArrayLike<number>, digits: number) => {
  expect(a.length).toBe(b.length);
  for (let i = 0; i < a.length; i++) expect(a[i]).toBeCloseTo(b[i], digits);
};

describe("whole weights are as rows that are repeated", () => {
  const labels = makeRows(160, 1, "label");
  const values = makeRows(160, 2, "value");

  it("in what is learned of columns, in an update of all rows, in predictions of a Classifier", async () => {
    const one = await Classifier.fit(bare(labels), { ...whole, weights: countsOf(labels) });
    const other = await Classifier.fit(repeated(labels), whole);
    expect(round(one.columns)).toEqual(round(other.columns));
    expect(one.columns.find(({ name }) => name === "size")).toHaveProperty("bins");
    const [a, b] = [one, other].map((model) => model.predictProba(bare(labels), new Float32Array(160 * 3)));
    sameNumbers(a, b, 4);
    const losses = [one, other].map(({ history }) => history.epochs.map(({ loss }) => loss));
    sameNumbers(losses[0], losses[1], 4);
  });

  it("control: rows that count alike learn something else", async () => {
    const one = await Classifier.fit(bare(labels), { ...whole, weights: countsOf(labels) });
    const other = await Classifier.fit(bare(labels), whole);
    expect(round(one.columns)).not.toEqual(round(other.columns));
  });

  it("of a Regressor, as it is or in logarithms, by a column's name", async () => {
    for (const transform of ["none", "log"] as const) {
      const options: RegressorOptions = { ...whole, transform };
      const one = await Regressor.fit(values, { ...options, weights: "count" });
      const other = await Regressor.fit(repeated(values), options);
      expect(one.columns.find(({ name }) => name === "count")).toMatchObject({ kind: "ignore", width: 0 });
      expect(round(one.columns.filter(({ name }) => name !== "count"))).toEqual(round(other.columns));
      expect(round(one.targetEncoder)).toEqual(round(other.targetEncoder));
      const [a, b] = [one, other].map((model) => model.predict(bare(values)));
      for (const [i, value] of a.entries()) expect(Math.abs(value / b[i] - 1)).toBeLessThan(1e-3);
    }
  });

  it("in scores", async () => {
    for (const kind of ["label", "value"] as const) {
      const rows = kind === "label" ? labels : values;
      const model = kind === "label" ? await Classifier.fit(bare(rows), whole) : await Regressor.fit(bare(rows), whole);
      const weighted = model.evaluate(rows, { weights: "count" });
      const again = model.evaluate(repeated(rows));
      const flat = (scores: object) =>
        JSON.parse(JSON.stringify(scores), (_, own) => (typeof own === "number" ? Number(own.toPrecision(12)) : own));
      expect(flat(weighted)).toEqual(flat(again));
      expect(model.evaluate(rows, { weights: countsOf(rows) })).toEqual(weighted);
      expect(model.evaluate(rows)).not.toEqual(weighted);
    }
  });

  it("in rows given as validation, their calibration and their sets", async () => {
    const held = makeRows(120, 9, "label");
    const options = { ...whole, dropout: 0, validation: undefined };
    const one = await Classifier.fit(labels, { ...options, weights: "count", validation: held });
    const other = await Classifier.fit(repeated(labels), { ...options, validation: repeated(held) });
    expect(one.calibration?.temperature).toBeCloseTo(other.calibration?.temperature as number, 4);
    expect(one.calibration?.before.logLoss).toBeCloseTo(other.calibration?.before.logLoss as number, 4);
    expect(one.held?.conformity?.rows).toBe(other.held?.conformity?.rows);
    sameNumbers(one.held?.conformity?.scores ?? [], other.held?.conformity?.scores ?? [], 4);
  });

  it("multiplied by what labels count", async () => {
    for (const classWeights of ["balanced", { big: 3, odd: 0.5 }] as const) {
      const options: ClassifierOptions = { ...whole, classWeights };
      const one = await Classifier.fit(labels, { ...options, weights: "count" });
      const other = await Classifier.fit(repeated(labels), options);
      const [a, b] = [one, other].map((model) => model.predictProba(bare(labels), new Float32Array(160 * 3)));
      sameNumbers(a, b, 4);
    }
  });
});

describe("other weights", () => {
  const rows = makeRows(120, 3, "value");
  const options = { ...whole, epochs: 3 };

  it("count in proportion: a factor changes nothing", async () => {
    const weights = rows.map((_, r) => 0.5 + (r % 3));
    const one = await Regressor.fit(bare(rows), { ...options, weights });
    const other = await Regressor.fit(bare(rows), { ...options, weights: weights.map((weight) => weight / 64) });
    expect(round(other.columns)).toEqual(round(one.columns));
    sameNumbers(other.predict(bare(rows)), one.predict(bare(rows)), 2);
  });

  it("that are all 1 leave all bits as they are", async () => {
    const one = await Regressor.fit(bare(rows), { ...options, weights: new Uint8Array(rows.length).fill(1) });
    const other = await Regressor.fit(bare(rows), options);
    expect(one.columns).toEqual(other.columns);
    expect(one.targetEncoder).toEqual(other.targetEncoder);
    sameNumbers(one.predict(bare(rows)), other.predict(bare(rows)), 2);
  });

  it("of 0 train nothing, whatever their rows hold", async () => {
    const spoiled = rows.map((row) => (row.count > 0 ? row : { ...row, size: 77, far: 3, target: -5000 }));
    const one = await Regressor.fit(rows, { ...options, weights: "count" });
    const other = await Regressor.fit(spoiled, { ...options, weights: "count" });
    const kept = await Regressor.fit(
      rows.filter(({ count }) => count > 0),
      { ...options, weights: "count" },
    );
    expect(other.predict(rows)).toEqual(one.predict(rows));
    expect(kept.predict(rows)).toEqual(one.predict(rows));
  });

  it("are copied at the call, texts are read as numbers, rows to predict need none", async () => {
    const weights = countsOf(rows);
    const full = rows.map((row) => ({ word: null, ...row }));
    const fit = Regressor.fit(bare(full), { ...options, weights });
    const expected = Regressor.fit(
      full.map((row) => ({ ...row, count: ` ${row.count}.0 ` })),
      { ...options, weights: "count", strict: true },
    );
    weights.fill(1);
    const [one, other] = [await fit, await expected];
    expect(one.predict(bare(full))).toEqual(other.predict(bare(full)));
    // A strict model lets the column pass.
    expect(other.predict(full)).toEqual(one.predict(full));
    expect((await Regressor.load(other.save())).predict(full)).toEqual(one.predict(full));
  });

  it("are each fold's own in cross-validation and search", async () => {
    const folds = { ...options, folds: 3, weights: "count" };
    const { mean } = await Regressor.crossValidate(rows, folds);
    const other = await Regressor.crossValidate(bare(rows), { ...folds, weights: countsOf(rows) });
    expect(other.mean).toEqual(mean);
    const alike = await Regressor.crossValidate(bare(rows), { ...options, folds: 3 });
    expect(alike.mean).not.toEqual(mean);
    const { model, trials } = await Regressor.search(rows, { hidden: [[3]] }, { ...folds, trials: 2 });
    expect(trials[0].mean).toEqual(mean);
    expect(model.columns.find(({ name }) => name === "count")?.width).toBe(0);
  });

  it("go on from a checkpoint to the same bytes", async () => {
    const held = { ...options, epochs: 6, validation: 0.2, weights: "count" };
    let checkpoint: Uint8Array | undefined;
    const expected = await Regressor.fit(rows, {
      ...held,
      onEpoch: async ({ epoch }, save) => {
        if (epoch === 2) checkpoint = await save();
      },
    });
    const again = await Regressor.fit(rows, { ...held, resume: checkpoint });
    expect(again.save()).toEqual(expected.save());
  });
});

describe("weights that are none", () => {
  const rows = makeRows(50, 4, "value");
  const learn = (weights: unknown, given: object[] = rows, further = {}) =>
    Regressor.fit(given, { ...whole, epochs: 1, weights: weights as string, ...further });
  const changed = (count: unknown) => rows.map((row, r) => (r === 3 ? { ...row, count } : row));

  it.each([
    [5, "weights must be a column's name or an array of numbers, got 5."],
    [{ length: 50 }, "weights must be a column's name or an array of numbers, got an object."],
    ["target", 'weights must be another column than the target, got "target".'],
    [[1, 2], "weights must hold one number for each of 50 rows, got 2."],
    [new Array(50).fill(0), "weights must be above 0 in a row at least, got 0 in all."],
    [rows.map((_, r) => (r === 4 ? -1 : 1)), "weights must be finite numbers >= 0, got -1 at row 4."],
    [rows.map((_, r) => (r === 4 ? "1" : 1)), 'weights must be finite numbers >= 0, got "1" at row 4.'],
    ["elsewhere", 'weights must name a column of the rows, got "elsewhere".'],
  ])("%j is refused", async (weights, message) => {
    await expect(learn(weights)).rejects.toThrow(`Regressor.fit: ${message}`);
  });

  it.each([null, undefined, Number.NaN, -0.5, "many", Number.POSITIVE_INFINITY])(
    "%j in a column is refused",
    async (count) => {
      await expect(learn("count", changed(count))).rejects.toMatchObject({ row: 3, column: "count" });
    },
  );

  it("a column of weights that is declared a feature is refused, and weights of validation rows are read", async () => {
    await expect(learn("count", rows, { columns: { count: "number" } })).rejects.toThrow("columns must not name");
    await expect(learn("count", rows, { validation: bare(rows) })).rejects.toMatchObject({ row: 0, column: "count" });
  });

  it("evaluate refuses them too", async () => {
    const model = await learn(undefined);
    expect(() => model.evaluate(rows, { weights: [1] })).toThrow("evaluate: weights must hold one number for each");
    expect(() => model.evaluate(rows, { wights: "count" } as object)).toThrow("wights");
  });
});

describe("what a network's width is chosen by", () => {
  it.each<[string, KeptLoss]>([
    ["absolute errors", "absolute"],
    ["Huber's loss", "huber"],
    ["counts", "poisson"],
    ["quantiles", { quantiles: [0.1, 0.6] }],
  ])("takes rows as repeated that count more: %s", (_, loss) => {
    const learned = Float64Array.from({ length: 60 }, (_, r) => ((r * 37) % 60) ** 1.5 / 50);
    const weights = Float64Array.from(learned, (_, r) => (r % 7 === 0 ? 9 : r % 3));
    const answers = learned.map((own) => own + 0.3);
    const to = (list: Float64Array) => (r: number) => [list[r], list[r] + 0.1];
    const own = runThrough(judgeLosses(loss, learned, to(answers), weights));
    const repeat = (list: Float64Array) =>
      Float64Array.from([...list].flatMap((number, r) => new Array<number>(weights[r]).fill(number)));
    const again = runThrough(judgeLosses(loss, repeat(learned), to(repeat(answers))));
    expect(repeat(own.losses)).toEqual(again.losses);
    expect(own.constant).toBeCloseTo(again.constant, 10);
    // Control: it does say something else than all alike.
    expect(own.constant).not.toBeCloseTo(runThrough(judgeLosses(loss, learned, to(answers))).constant, 3);
  });
});

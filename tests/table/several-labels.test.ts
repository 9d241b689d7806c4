/** Several labels a row: probabilities of their own, by the definitions, and the same wherever they are written. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { runThrough } from "../../src/ground/slices.js";
import {
  Classifier,
  inTurns,
  type MultiLabelClassifier,
  type MultiLabelScores,
  type MultiTargetClassifier,
  Regressor,
} from "../../src/index.js";
import { toOnnx } from "../../src/onnx.js";
import { toModule } from "../../src/standalone.js";
import { prepareGuide } from "../../src/table/guide.js";
import { NumberedSets } from "../../src/table/label-set-encoder.js";
import { learnCuts, MOST_BINS } from "../../src/table/learn-bins.js";
import { scoreLabelSets } from "../../src/table/multi-label-scores.js";
import { feed, RuntimeTensor, runtime } from "../exchange/onnx-cases.js";

const random = new Random(31);
const LABELS = ["blue", "red", "round"];
type Row = { size: number; town: string; tags: string[] };
const rowsOf = (count: number): Row[] =>
  Array.from({ length: count }, () => {
    const [size, town] = [Math.fround(random.normal()), ["Bern", "Ulm", "Wien"][random.below(3)]];
    const noise = () => 0.3 * random.normal();
    const tags = [
      ...(size + noise() > 0.5 ? ["round"] : []),
      ...(town === "Bern" || size + noise() < -1 ? ["blue"] : []),
      ...(Math.abs(size) + noise() < 0.5 ? ["red"] : []),
    ];
    return { size, town, tags };
  });
const rows = rowsOf(400);
const others = rowsOf(200);
const options = { target: "tags", epochs: 20, hidden: [16], ensemble: 2, seed: 4 } as const;
const model = await Classifier.fit<MultiLabelClassifier<string>>(rows, options);

describe("several labels a row", () => {
  it("are those whose probabilities, each its own, are a half or more", () => {
    expect(model.labels).toEqual(LABELS);
    expect(model).toBeInstanceOf(Classifier);
    const probabilities = model.predictProba(others);
    expect(probabilities.some((row) => Math.abs(row.blue + row.red + row.round - 1) > 0.2)).toBe(true);
    const predicted = model.predict(others);
    expect(predicted).toEqual(probabilities.map((row) => LABELS.filter((label) => row[label] >= 0.5)));
    expect(new Set(predicted.map(({ length }) => length)).size).toBeGreaterThan(2);
    expect(others.map((row) => model.predict(row))).toEqual(predicted);
    const out = new Float32Array(3 * others.length);
    expect([...model.predictProba(others, out).slice(0, 3)]).toEqual(Object.values(probabilities[0]));
  });

  it("are learned: far better than by what each label's share says", () => {
    const scores = model.evaluate(others);
    expect(scores.subsetAccuracy).toBeGreaterThan(0.6);
    expect(scores.hammingLoss).toBeLessThan(0.16);
    expect(scores.logLoss).toBeLessThan(0.4);
  });

  it("are scored by the definitions", () => {
    const { labels } = model;
    const scores = model.evaluate(others);
    const truth = others.map(({ tags }) => labels.map((label) => tags.includes(label)));
    const answers = model.predictProba(others).map((row) => labels.map((label) => row[label]));
    expect(scores).toEqual(expectedScores(truth, answers));
    const drawn = new Random(5);
    for (let t = 0; t < 20; t++) {
      const [count, width] = [1 + drawn.below(12), 1 + drawn.below(4)];
      const sets = Array.from({ length: count }, () => Array.from({ length: width }, () => drawn.below(3) === 0));
      const guesses = sets.map((set) => set.map(() => Math.fround(drawn.below(3) === 0 ? 0.5 : drawn.uniform())));
      const names = Array.from({ length: width }, (_, l) => `label ${l}`);
      const found = runThrough(
        scoreLabelSets(names, Float32Array.from(sets.flat(), Number), Float32Array.from(guesses.flat())),
      );
      const wanted = expectedScores(sets, guesses);
      expect({ ...found, perLabel: found.perLabel.map(({ label, ...scores }) => scores) }).toEqual({
        ...wanted,
        perLabel: wanted.perLabel.map(({ label, ...own }) => own),
      });
    }
  });

  it("are calibrated by one temperature, at which the slope of the loss of held-out rows and of its prior is 0", async () => {
    const { calibration } = model;
    expect(calibration?.after.logLoss).toBeLessThanOrEqual((calibration?.before.logLoss as number) + 1e-3);
    expect(calibration?.rows).toBe(80);
    // Of rows that none was trained on the mean answers are asked, and all of the temperature is used.
    const own = await Classifier.fit<MultiLabelClassifier<string>>(rows, {
      ...options,
      ensemble: 1,
      validation: others,
    });
    const temperature = own.calibration?.temperature as number;
    const lossAt = (factor: number) => {
      let loss = 0;
      const inverse = Math.log(factor / temperature);
      for (const [r, row] of own.predictProba(others).entries()) {
        for (const label of LABELS) {
          const logit = Math.log(row[label] / (1 - row[label])) * factor;
          loss += Math.log(1 + Math.exp(others[r].tags.includes(label) ? -logit : logit));
        }
      }
      return loss + (inverse * inverse) / (2 * 0.25 * 0.25);
    };
    const slope = (lossAt(1 + 1e-4) - lossAt(1 - 1e-4)) / 2e-4;
    expect(Math.abs(slope)).toBeLessThan(0.02);
    expect(Math.abs((lossAt(1.2) - lossAt(1.2 - 2e-4)) / 2e-4)).toBeGreaterThan(0.5);
  });

  it("count neither in their order nor in how often they stand there", async () => {
    const shuffled = rows.map((row) => ({ ...row, tags: [...row.tags, ...row.tags].reverse() }));
    const again = await Classifier.fit(shuffled, options);
    expect(again.save()).toEqual(model.save());
    expect(again.evaluate(others.map((row) => ({ ...row, tags: [...row.tags, ...row.tags] })))).toEqual(
      model.evaluate(others),
    );
  });

  it("of sets that the fit did not see are scored too", () => {
    const one = [{ ...others[0], tags: LABELS }];
    expect(model.evaluate(one).perLabel.map(({ support }) => support)).toEqual([1, 1, 1]);
    expect(() => model.evaluate([{ ...others[0], tags: ["green"] }])).toThrow(
      'evaluate: labels must be among ["blue", "red", "round"], got "green" at row 0. New labels need a new fit.',
    );
  });

  it("come back from a file, and go on from a checkpoint", async () => {
    for (const resume of [false, true]) {
      const again = await Classifier.load<MultiLabelClassifier<string>>(model.save({ resume }));
      expect(again.save({ resume })).toEqual(model.save({ resume }));
      expect(again.predict(others)).toEqual(model.predict(others));
      expect(again.evaluate(others)).toEqual(model.evaluate(others));
      expect(again.calibration).toEqual(model.calibration);
    }
    await expect(Regressor.load(model.save())).rejects.toThrow("got a multi-label classifier.");
    const files: Uint8Array[] = [];
    const short = { ...options, epochs: 2 };
    const whole = await Classifier.fit(rows, { ...short, onEpoch: async (_, save) => files.push(await save()) });
    for (const resume of files) {
      expect((await Classifier.fit(rows, { ...short, resume })).save({ resume: true })).toEqual(
        whole.save({ resume: true }),
      );
    }
  });

  it("answer in turns, learn further, and can be one of several targets", async () => {
    const predicted: string[][] = await inTurns(model).predict(others);
    expect(predicted).toEqual(model.predict(others));
    expect(await inTurns(model).evaluate(others)).toEqual(model.evaluate(others));
    const again = await Classifier.load<MultiLabelClassifier<string>>(model.save());
    const before = again.evaluate(others.slice(0, 50)).logLoss;
    for (let i = 0; i < 5; i++) again.partialFit(others.slice(0, 50));
    expect(again.evaluate(others.slice(0, 50)).logLoss).toBeLessThan(before);
    expect(again.calibration).toBeUndefined();
    const two = await Classifier.fit(rows, { ...options, target: ["tags", "town"], epochs: 2 });
    expect(Array.isArray(two.predict(others[0]).tags)).toBe(true);
    const loaded = await Classifier.load<MultiTargetClassifier<string, Classifier>>(two.save());
    expect(loaded.predict(others)).toEqual(two.predict(others));
  });

  it("are explained, and what they rely on is told", async () => {
    const { base, answer, columns, label } = await model.explain(others[0], { background: rows, label: "blue" });
    expect(label).toBe("blue");
    expect(answer).toBe(model.predictProba(others[0]).blue);
    expect(columns.reduce((sum, { mean }) => sum + mean, base)).toBeCloseTo(answer, 6);
    const probabilities = Object.entries(model.predictProba(others[0]));
    const [likeliest] = probabilities.sort((a, b) => b[1] - a[1])[0];
    expect((await model.explain(others[0], { background: rows })).label).toBe(likeliest);
    const importance = await model.importance(others);
    expect(importance[0].name).toBe("size");
    expect(importance.every(({ mean }) => mean > 0.05)).toBe(true);
    const { means } = await model.partialDependence(others, "town");
    expect(Object.keys(means)).toEqual(LABELS);
    expect(means.blue[0]).toBeGreaterThan(means.blue[1] + 0.3);
    expect(model.summary()).toContain('Classifier of "tags", several a row: 3 labels, blue, red, round');
  });

  it("may have weights: what a row counts in a label that it has", async () => {
    const short = { ...options, epochs: 8 };
    const plain = await Classifier.fit<MultiLabelClassifier<string>>(rows, short);
    const heavy = await Classifier.fit<MultiLabelClassifier<string>>(rows, { ...short, classWeights: { red: 8 } });
    const often = (own: MultiLabelClassifier<string>) =>
      own.predict(others).filter((tags) => tags.includes("red")).length;
    expect(often(heavy)).toBeGreaterThan(often(plain));
    expect(heavy.calibration).toBeUndefined();
    const balanced = await Classifier.fit<MultiLabelClassifier<string>>(rows, { ...short, classWeights: "balanced" });
    expect(balanced.evaluate(others).f1Macro).toBeGreaterThan(0.5);
    const again = await Classifier.load<MultiLabelClassifier<string>>(balanced.save());
    expect(again.predict(others)).toEqual(balanced.predict(others));
  });

  it("are cross-validated, and searched for", async () => {
    const short = { ...options, epochs: 4, ensemble: 1 };
    const { mean } = await Classifier.crossValidate(rows, { ...short, folds: 2 });
    expect((mean as unknown as MultiLabelScores).f1Micro).toBeGreaterThan(0.3);
    const { model: found } = await Classifier.search(rows, { hidden: [[4], [8]] }, { ...short, trials: 2, folds: 2 });
    expect(Array.isArray(found.predict(others[0]))).toBe(true);
    // Of some scores less is better.
    const rankBy = "hammingLoss" as never;
    const judged = await Classifier.search(
      rows,
      { learningRate: [1e-6, 0.01] },
      { ...short, trials: 4, folds: 2, rankBy },
    );
    const losses = judged.trials.map(({ mean }) => (mean as { hammingLoss?: number }).hammingLoss as number);
    expect(Math.max(...losses)).toBeGreaterThan(Math.min(...losses));
    expect(losses[judged.bestTrial.trial]).toBe(Math.min(...losses));
  });

  it("may be numbers, booleans, one alone, or a constant", async () => {
    for (const [tags, labels] of [
      [(row: Row) => (row.size > 0 ? [2, 10] : [10]), [2, 10]],
      [(row: Row) => (row.size > 0 ? [true] : []), [true]],
      [(row: Row) => (row.size > 0 ? [" a", "a ", "B"] : ["B"]), ["B", "a"]],
    ] as const) {
      const list = rows.slice(0, 60).map((row) => ({ ...row, tags: tags(row) }));
      const own = await Classifier.fit<MultiLabelClassifier>(list, { ...options, epochs: 2 });
      expect(own.labels).toEqual(labels);
      expect(own.evaluate(list).logLoss).toBeGreaterThan(0);
      expect((await Classifier.load(own.save())).predictProba(list)).toEqual(own.predictProba(list));
    }
  });
});

/** By the definitions of scikit-learn: accuracy_score, hamming_loss, precision_recall_fscore_support, log_loss of each label. */
function expectedScores(truth: boolean[][], answers: number[][]): MultiLabelScores {
  const width = truth[0].length;
  const pairs = truth.flatMap((set, r) =>
    set.map((has, l) => ({ has, p: answers[r][l], said: answers[r][l] >= 0.5, l })),
  );
  const mean = (list: number[]) => list.reduce((sum, x) => sum + x, 0) / list.length;
  const ratios = (list: typeof pairs) => {
    const both = list.filter(({ has, said }) => has && said).length;
    const [said, support] = [list.filter((pair) => pair.said).length, list.filter(({ has }) => has).length];
    const [precision, recall] = [said ? both / said : 0, support ? both / support : 0];
    const f1 = said + support ? (2 * both) / (said + support) : 0;
    return { precision, recall, f1, support, seen: said + support > 0 };
  };
  const each = Array.from({ length: width }, (_, l) => ratios(pairs.filter((pair) => pair.l === l)));
  const seen = each.filter((own) => own.seen);
  const macro = (name: "precision" | "recall" | "f1") => (seen.length ? mean(seen.map((own) => own[name])) : 0);
  const micro = ratios(pairs);
  return {
    logLoss: expect.closeTo(mean(pairs.map(({ has, p }) => -Math.log(Math.max(has ? p : 1 - p, 2 ** -23)))), 12),
    subsetAccuracy: mean(truth.map((set, r) => (set.every((has, l) => has === answers[r][l] >= 0.5) ? 1 : 0))),
    hammingLoss: expect.closeTo(mean(pairs.map(({ has, said }) => (has === said ? 0 : 1))), 12),
    precisionMicro: micro.precision,
    recallMicro: micro.recall,
    f1Micro: micro.f1,
    precisionMacro: expect.closeTo(macro("precision"), 12),
    recallMacro: expect.closeTo(macro("recall"), 12),
    f1Macro: expect.closeTo(macro("f1"), 12),
    perLabel: each.map(({ seen: _, ...own }, l) => ({ label: LABELS[l], ...own })),
  };
}

describe("bins of several labels", () => {
  it("are cut where the gains of all labels together are the largest: as by each label's zeros and ones", () => {
    const drawn = new Random(9);
    const numbers = Float64Array.from({ length: 300 }, () => drawn.below(40));
    const member = Array.from(numbers, (x) => [x > 12, x > 25 && drawn.below(4) > 0, drawn.below(2) === 0]);
    const sets = new NumberedSets();
    const targets = member.map((has) => sets.number([0, 1, 2].filter((l) => has[l])));
    const rowNumbers = Uint32Array.from(numbers.keys());
    const guides = runThrough(prepareGuide({ targets, classes: 3, sets }, rowNumbers));
    const sorted = numbers.slice().sort();
    const [first] = runThrough(
      learnCuts(numbers, rowNumbers, sorted, guides, { mostBins: MOST_BINS, significance: 0 }),
    );
    const gain = (cut: number) =>
      [0, 1, 2].reduce((sum, l) => {
        const sides = [true, false].map((above) => [...numbers.keys()].filter((r) => numbers[r] >= cut === above));
        return sum + sides.reduce((own, side) => own + side.filter((r) => member[r][l]).length ** 2 / side.length, 0);
      }, 0);
    const distinct = [...new Set(sorted)];
    const cuts = distinct.slice(1).map((x, i) => (x + distinct[i]) / 2);
    const allowed = cuts.filter((cut) => {
      const below = numbers.filter((x) => x < cut).length;
      return below >= 8 && numbers.length - below >= 8;
    });
    const best = allowed.reduce((a, b) => (gain(b) > gain(a) ? b : a));
    expect(first).toBe(best);
  });
});

describe("several labels, exported", () => {
  it("are the same in a module, to the bit", async () => {
    const folder = mkdtempSync(join(tmpdir(), "labels-"));
    const file = join(folder, "model.mjs");
    writeFileSync(file, toModule(model));
    const { predict, predictProba } = await import(pathToFileURL(file).href);
    for (const row of others.slice(0, 50)) {
      expect(predict(row)).toEqual(model.predict(row));
      expect(predictProba(row)).toEqual(model.predictProba(row));
    }
    rmSync(folder, { recursive: true });
  });

  it.each([1, 2])("are the same in ONNX, %i networks", async (ensemble) => {
    const own = await Classifier.fit<MultiLabelClassifier<string>>(rows, { ...options, ensemble, epochs: 3 });
    const few = others.slice(0, 40);
    const sizes = feed(
      few.map(({ size }) => size),
      [40, 1],
    );
    const town = new RuntimeTensor(
      "string",
      few.map((row) => row.town),
      [40, 1],
    );
    const answers = await runtime(toOnnx(own), { size: sizes, town });
    const probabilities = own.predictProba(few).flatMap((row) => Object.values(row));
    expect(answers.probabilities.dims).toEqual([40, 3]);
    for (const [i, value] of (answers.probabilities.data as Float32Array).entries()) {
      expect(Math.abs(value - probabilities[i])).toBeLessThan(1e-5);
    }
    const predicted = own.predict(few).flatMap((tags) => LABELS.map((label) => (tags.includes(label) ? 1 : 0)));
    expect(Array.from(answers.predicted.data as unknown as BigInt64Array, Number)).toEqual(predicted);
  });
});

describe("what several labels refuse", () => {
  const learn = (change: (row: Row, r: number) => object, further: object = {}) =>
    Classifier.fit(rows.slice(0, 50).map(change), { ...options, epochs: 1, ...further });
  const cases: [string, () => Promise<unknown>, string][] = [
    [
      "one label beside lists",
      () => learn((row, r) => (r === 7 ? { ...row, tags: "red" } : row)),
      'Classifier.fit: targets must be lists of labels in all rows if they are in one, got "red" at row 7. Pass ["red"] for one label.',
    ],
    [
      "a list beside single labels",
      () => learn((row, r) => ({ ...row, tags: r === 7 ? ["red"] : `${r % 2}` })),
      'Classifier.fit: targets must be all text, all numbers or all booleans, got ["red"] at row 7.',
    ],
    [
      "a missing label in a list",
      () => learn((row, r) => (r === 3 ? { ...row, tags: ["red", null] } : row)),
      "Classifier.fit: targets must be lists of labels, got one with null at row 3. Leave it out of the list.",
    ],
    [
      "labels of two kinds",
      () => learn((row, r) => (r === 3 ? { ...row, tags: [3] } : row)),
      "targets must be all text, all numbers or all booleans, got 3 at row 3.",
    ],
    ["no label at all", () => learn((row) => ({ ...row, tags: [] })), "the rows must hold a label at least"],
    ["a missing target", () => learn((row, r) => (r === 3 ? { ...row, tags: null } : row)), "got null at row 3."],
    [
      "weights of labels that there are not",
      () => learn((row) => row, { classWeights: { green: 2 } }),
      'classWeights must name labels among ["blue", "red", "round"], got "green".',
    ],
  ];

  it.each(cases)("is told in one sentence: %s", async (_, call, message) => {
    await expect(call()).rejects.toThrow(message);
  });

  it("is what is of one label a row", () => {
    const one = model as unknown as Classifier<string>;
    expect(() => one.predict(others, { costs: { red: { blue: 3 } } })).toThrow(
      "predict: costs must be of one label a row, got several. Use predictProba.",
    );
    expect(() => one.predictSet(others)).toThrow("predictSet: the answer must be of one label a row, got several.");
  });
});

/** Ensembles: their rows, their answers, their files, and what held-out rows make of them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countParts, drawSplit } from "../../src/data/splits.js";
import { exp, log } from "../../src/ground/math.js";
import { order, Random } from "../../src/ground/random.js";
import { runThrough } from "../../src/ground/slices.js";
import { Classifier, calibrationError, inTurns, Regressor, sgd, type TableWarning } from "../../src/index.js";
import { scoreAt } from "../../src/table/conformal.js";
import { keepScores } from "../../src/table/held-facts.js";
import { findTemperature } from "../../src/table/temperature.js";

const random = new Random(8);
const rowsOf = (count: number) =>
  Array.from({ length: count }, () => {
    const [size, weight] = [random.normal(), random.normal()];
    const colour = ["red", "green", "blue"][random.below(3)];
    const sum = size - weight + (colour === "red" ? 1 : 0);
    const kind = sum + random.normal() > 0 ? "yes" : "no";
    return { size, weight: random.below(9) === 0 ? null : weight, colour, kind, price: 10 + 3 * sum + random.normal() };
  });
const rows = rowsOf(400);
const others = rowsOf(300);
const without = (name: "kind" | "price", list: typeof rows) => list.map(({ [name]: _, ...row }) => row);
const [classified, priced] = [without("price", rows), without("kind", rows)];
const short = { epochs: 8, hidden: [12], seed: 3 } as const;
const classifier = await Classifier.fit<string>(classified, { target: "kind", ...short });
const regressor = await Regressor.fit(priced, { target: "price", ...short });

describe("parts to hold out", () => {
  const cases = fc.record({
    rows: fc.integer({ min: 2, max: 90 }),
    share: fc.double({ min: 0.02, max: 0.9, noNaN: true }),
    seed: fc.nat(99),
  });

  it("have no row in common, as many rows each, and with labels their share of each", () => {
    fc.assert(
      fc.property(cases, fc.integer({ min: 1, max: 4 }), ({ rows, share, seed }, classes) => {
        const shuffled = order(rows, new Random(seed));
        const labels = Uint32Array.from({ length: rows }, (_, r) => (r * r) % classes);
        const parts = countParts(rows, share);
        const seen = [new Set<number>(), new Set<number>()];
        for (let part = 0; part < parts; part++) {
          for (const [s, own] of [undefined, labels].entries()) {
            const { train, test } = runThrough(drawSplit(shuffled, share, own, part));
            expect(train.length + test.length).toBe(rows);
            expect(new Set([...train, ...test]).size).toBe(rows);
            for (const row of test) {
              expect(seen[s].has(row)).toBe(false);
              seen[s].add(row);
            }
            if (own) {
              const count = (list: Uint32Array, c: number) => list.filter((row) => own[row] === c).length;
              for (let c = 0; c < classes; c++) {
                const all = count(shuffled, c);
                expect(Math.abs(count(test, c) - (all * test.length) / rows)).toBeLessThan(1 + 1e-9);
              }
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("an ensemble", () => {
  it("answers by the mean of its networks, one row or many, in turns too", async () => {
    for (const [model, list] of [
      [classifier, without("price", others)],
      [regressor, without("kind", others)],
    ] as const) {
      expect(model.members).toHaveLength(4);
      expect(model.net).toBe(model.members[0]);
      const x = model.encode(list);
      const each = (model.members as readonly (typeof model.net)[]).map((net) => net.predictProba(x));
      const mean = each[0].map((_, i) => (each[0][i] + each[1][i] + each[2][i] + each[3][i]) / 4);
      expect(model.ensemble.predictProba(x)).toEqual(mean);
      // Control: without one of them it is another answer.
      expect(mean).not.toEqual(each[0].map((_, i) => (each[0][i] + each[1][i] + each[2][i]) / 3));
      const answers = await inTurns(model as never as Regressor).predict(list);
      expect(answers).toEqual(model.predict(list));
      expect(answers.slice(0, 9)).toEqual(list.slice(0, 9).map((row) => model.predict(row)));
    }
    const all = classifier.predictProba(others);
    expect(await inTurns(classifier).evaluate(others)).toEqual(classifier.evaluate(others));
    expect(Object.values(all[0]).reduce((sum, p) => sum + p)).toBeCloseTo(1, 6);
  });

  it("is of networks that differ, the first of which the fit's own seed makes", async () => {
    const files = classifier.members.map((net) => net.parameters()[0].weights.join());
    expect(new Set(files).size).toBe(4);
    const two = await Classifier.fit(classified, { target: "kind", ...short, ensemble: 2, classWeights: { yes: 1 } });
    const four = await Classifier.fit(classified, { target: "kind", ...short, classWeights: { yes: 1 } });
    expect(two.members.map((net) => net.parameters())).toEqual(four.members.slice(0, 2).map((net) => net.parameters()));
  });

  it("comes back from bytes, and goes on learning as it would have", async () => {
    for (const [load, model, list] of [
      [(bytes: Uint8Array) => Classifier.load(bytes), classifier, others],
      [(bytes: Uint8Array) => Regressor.load(bytes), regressor, others],
    ] as const) {
      const bytes = model.save({ resume: true });
      const [again, twin] = [await load(bytes), await load(bytes)];
      expect(again.save({ resume: true })).toEqual(bytes);
      expect(again.predict(list)).toEqual(model.predict(list));
      const loss = again.partialFit(rows.slice(0, 50), { optimizer: sgd({ learningRate: 0.01 }) });
      expect(loss).toBe(
        await inTurns(twin as never as Regressor).partialFit(rows.slice(0, 50), {
          optimizer: sgd({ learningRate: 0.01 }),
        }),
      );
      expect(again.save()).toEqual(twin.save());
      for (const [m, net] of again.members.entries())
        expect(net.parameters()).not.toEqual(model.members[m].parameters());
    }
  });

  it("comes back from bytes where columns have few known values, or none", async () => {
    for (const known of [0, 1, 2, 12, 15, 16, 17, 40]) {
      for (const count of [known + 2, 60]) {
        const list = Array.from({ length: count }, (_, i) => ({
          when: i < known ? new Date(Date.UTC(2024, i % 12, 1 + (i % 28), i)) : null,
          size: i < known ? i * i : null,
          keep: i,
          price: (i % 9) ** 2,
        }));
        const model = await Regressor.fit(list, { target: "price", ...short });
        const again = await Regressor.load(model.save());
        expect(again.predict(list)).toEqual(model.predict(list));
        expect(again.save()).toEqual(model.save());
        const [, , when] = model.columns;
        if (when.kind === "date") expect("parts" in when, `${known}`).toBe(known >= 16);
      }
    }
  });

  it("is as it was where one of its networks cannot learn", async () => {
    const model = await Regressor.load(regressor.save());
    const before = model.save();
    // The last of them fails after the others have learned.
    const { training } = model.members[3];
    const update = training.updateOrUndo;
    training.updateOrUndo = function* <T>(): Generator<number, T> {
      yield 1;
      throw new Error("no more");
    };
    expect(() => model.partialFit(priced.slice(0, 40))).toThrow("no more");
    training.updateOrUndo = update;
    expect(model.save()).toEqual(before);
    model.partialFit(priced.slice(0, 40));
    expect(model.save()).not.toEqual(before);
  });

  it("goes on from any checkpoint to the same bytes", async () => {
    for (const optimizer of [undefined, sgd({ learningRate: 0.02 })]) {
      const options = {
        target: "kind",
        ...short,
        epochs: 3,
        ensemble: 3,
        optimizer,
        validation: 0.2,
        earlyStopping: { patience: 1 },
      };
      const files: Uint8Array[] = [];
      const told: string[] = [];
      const whole = await Classifier.fit(classified, {
        ...options,
        onEpoch: async ({ member, members, epoch }, save) => {
          told.push(`${member} of ${members}: ${epoch}`);
          files.push(await save());
        },
      });
      expect(told[0]).toBe("0 of 3: 0");
      expect(told.at(-1)).toMatch(/^2 of 3/);
      for (const resume of files) {
        expect((await Classifier.fit(classified, { ...options, resume })).save()).toEqual(whole.save());
      }
      await expect(Classifier.fit(classified, { ...options, ensemble: 2, resume: files.at(-1) })).rejects.toThrow(
        "Classifier.fit: resume must have 2 networks at most, got 3. Pass the ensemble of that fit.",
      );
    }
  });

  it("is of the networks that were fitted whole where the signal ends the fit", async () => {
    const controller = new AbortController();
    const model = await Classifier.fit(classified, {
      target: "kind",
      ...short,
      onEpoch: ({ member, epoch }) => member === 2 && epoch === 3 && controller.abort(),
      signal: controller.signal,
    });
    expect(model.members).toHaveLength(2);
    expect(model.members[1].parameters().length).toBe(2);
    const none = await Classifier.fit(classified, { target: "kind", ...short, signal: AbortSignal.abort() });
    expect(none.members).toHaveLength(1);
    expect(none.warnings.map(({ code }: TableWarning) => code)).toContain("untrained");
  });
});

describe("rows that were held out", () => {
  it("find the temperature that probabilities were cooled by", () => {
    const draw = new Random(5);
    for (const temperature of [0.5, 1, 1.7, 3]) {
      const [count, classes] = [20_000, 3];
      const [truth, probabilities] = [new Float64Array(count), new Float32Array(count * classes)];
      for (let r = 0; r < count; r++) {
        const logits = Array.from({ length: classes }, () => 1.5 * draw.normal());
        const softmax = (t: number) => {
          const weights = logits.map((z) => exp(z / t));
          const sum = weights.reduce((a, b) => a + b);
          return weights.map((weight) => weight / sum);
        };
        let [id, left] = [0, draw.uniform()];
        for (const p of softmax(1)) {
          if (left < p) break;
          left -= p;
          id++;
        }
        truth[r] = Math.min(id, classes - 1);
        probabilities.set(softmax(1 / temperature), r * classes);
      }
      const found = runThrough(findTemperature({ truth, probabilities }));
      expect(Math.abs(log(found / temperature))).toBeLessThan(0.05);
      // Control: what is right already would be wrong by any other.
      if (temperature === 1) expect(Math.abs(log(found / 1.7))).toBeGreaterThan(0.4);
    }
  });

  it("calibrate: the loss on them falls, the answers are those of the networks, files keep what was found", async () => {
    const { calibration } = classifier;
    expect(calibration).toMatchObject({ rows: 160 });
    expect(calibration!.after.logLoss).toBeLessThanOrEqual(calibration!.before.logLoss + 1e-4);
    expect((await Classifier.load(classifier.save())).calibration).toEqual(calibration);
    const weighted = await Classifier.fit(classified, { target: "kind", ...short, classWeights: "balanced" });
    expect(weighted.calibration).toBeUndefined();
    const unheld = await Classifier.fit(classified, { target: "kind", ...short, validation: 0 });
    expect(unheld.calibration).toBeUndefined();
    const probabilities = new Float32Array(2 * others.length);
    classifier.predictProba(others, probabilities);
    const truth = others.map(({ kind }) => classifier.labels.indexOf(kind));
    expect(calibrationError(truth, probabilities)).toBeLessThan(0.15);
  });

  it("given as validation they are answered by all networks: the temperature is that of the mean, not its root", async () => {
    const held = without("price", others);
    const model = await Classifier.fit<string>(classified, { target: "kind", ...short, validation: held });
    const { temperature, rows: count } = model.calibration!;
    expect(count).toBe(held.length);
    for (const net of model.members) {
      const layers = net.parameters();
      const last = layers[layers.length - 1];
      net.setParameters([
        ...layers.slice(0, -1),
        { ...last, weights: last.weights.map((w) => w * temperature), biases: last.biases.map((b) => b * temperature) },
      ]);
    }
    const probabilities = model.predictProba(held, new Float32Array(2 * held.length));
    const truth = Float64Array.from(others, ({ kind }) => model.labels.indexOf(kind));
    const found = runThrough(findTemperature({ truth, probabilities }));
    expect(temperature / found).toBeCloseTo(1, 4);
    // Control: a root would be noticed.
    expect(Math.abs(Math.sqrt(found) / found - 1)).toBeGreaterThan(1e-3);
  });

  it("keep scores: every rank of few, and of many one that is not too near", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -9, max: 9, noNaN: true }), { minLength: 1, maxLength: 1500 }),
        (values) => {
          const sorted = Float64Array.from(values).sort();
          const kept = keepScores(sorted);
          for (const share of [0, 0.05, 0.1, 0.5, 0.9, 0.95, 1]) {
            const rank = Math.min(sorted.length, Math.max(1, Math.round(share * sorted.length)));
            const [up, down] = [scoreAt(kept, rank, "up"), scoreAt(kept, rank, "down")];
            expect(up).toBeGreaterThanOrEqual(sorted[rank - 1]);
            expect(down).toBeLessThanOrEqual(sorted[rank - 1]);
            if (sorted.length <= 512) expect([up, down]).toEqual([sorted[rank - 1], sorted[rank - 1]]);
            else {
              expect(up).toBeLessThanOrEqual(sorted[Math.min(sorted.length - 1, rank + 3)]);
              expect(down).toBeGreaterThanOrEqual(sorted[Math.max(0, rank - 5)]);
            }
          }
          expect(scoreAt(kept, sorted.length + 1, "up")).toBe(Number.POSITIVE_INFINITY);
          expect(scoreAt(kept, 0, "down")).toBe(Number.NEGATIVE_INFINITY);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("draw sets and intervals that cover as many as they say, within four standard errors", async () => {
    const many = rowsOf(4000);
    for (const coverage of [0.6, 0.8, 0.9]) {
      // Of the rows asked, and of those held out.
      const error = 4 * Math.sqrt(coverage * (1 - coverage) * (1 / 4000 + 1 / 160));
      const sets = classifier.predictSet(many, { coverage });
      const inSet = sets.filter((set, r) => set.includes(many[r].kind)).length / many.length;
      expect(Math.abs(inSet - coverage)).toBeLessThan(error);
      const intervals = regressor.predictInterval(many, { coverage });
      const inside = intervals.filter(({ low, high }, r) => low <= many[r].price && many[r].price <= high).length;
      expect(Math.abs(inside / many.length - coverage)).toBeLessThan(error);
      // Control: half as wide they cover less.
      const halves = intervals.filter(({ low, high }, r) => {
        const [middle, half] = [(low + high) / 2, (high - low) / 4];
        return Math.abs(many[r].price - middle) <= half;
      }).length;
      expect(halves / many.length).toBeLessThan(coverage - error);
      expect(classifier.predictSet(many[0], { coverage })).toEqual(sets[0]);
      expect(regressor.predictInterval(many[0], { coverage })).toEqual(intervals[0]);
    }
    const again = await Regressor.load(regressor.save());
    expect(again.predictInterval(many.slice(0, 9))).toEqual(regressor.predictInterval(many.slice(0, 9)));
  });

  it("are asked for where there are none or too few, and after the model has learned", async () => {
    const [row] = others;
    const call = (coverage: number) => () => classifier.predictSet(row, { coverage });
    expect(call(0.999)).toThrow("predictSet: coverage 0.999 must have 999 rows held out at least, got 160.");
    expect(call(0.3)).toThrow("predictSet: coverage must be");
    expect(() => regressor.predictInterval(row, { coverage: 0.99 })).toThrow("must have 199 rows held out at least");
    const model = await Regressor.load(regressor.save());
    model.partialFit(priced.slice(0, 9));
    expect(() => model.predictInterval(row)).toThrow(
      "predictInterval: the model must be as a fit left it that held rows out, got another. Fit it anew, without validation: 0.",
    );
  });
});

describe("costs of mistakes", () => {
  it("are a threshold of two labels, and choose the least expected cost of more", () => {
    const probabilities = classifier.predictProba(others);
    for (const cost of [0.1, 1, 9]) {
      const labels = classifier.predict(others, { costs: { yes: { no: cost } } });
      // "yes" costs its improbability, "no" the cost times the probability of "yes"; the first label of equals.
      const expected = probabilities.map(({ yes, no }) => (no < cost * yes ? "yes" : "no"));
      expect(labels).toEqual(expected);
      expect(classifier.predict(others[0], { costs: { yes: { no: cost } } })).toBe(labels[0]);
    }
    expect(classifier.predict(others, {})).toEqual(classifier.predict(others));
    expect(classifier.predict(others, { costs: {} })).toEqual(classifier.predict(others));
    // Control: dear misses are predicted oftener.
    const count = (cost: number) =>
      classifier.predict(others, { costs: { yes: { no: cost } } }).filter((label) => label === "yes").length;
    expect(count(9)).toBeGreaterThan(count(0.1));
  });

  it("are refused where they are none, or of labels that there are not", () => {
    const call = (costs: unknown) => () => classifier.predict(others[0], { costs: costs as never });
    expect(call({ maybe: {} })).toThrow('predict: the keys of costs must be among no, yes, got "maybe".');
    expect(call({ yes: { maybe: 1 } })).toThrow(
      'predict: the keys of costs["yes"] must be among no, yes, got "maybe".',
    );
    expect(call({ yes: { no: -1 } })).toThrow('predict: costs["yes"]["no"] must be');
    expect(call({ yes: 3 })).toThrow('predict: costs["yes"] must be an object, got 3.');
    expect(call(null)).toThrow("predict: costs must be an object, got null.");
  });
});

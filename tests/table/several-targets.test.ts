/** Several targets: of each the model that a fit to it alone gives, behind one interface. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import {
  Classifier,
  inTurns,
  MLP,
  type MultiTargetClassifier,
  type MultiTargetRegressor,
  Regressor,
  type TableWarning,
} from "../../src/index.js";
import { toOnnx } from "../../src/onnx.js";
import { toModule, toWasm } from "../../src/standalone.js";

const random = new Random(21);
const rowsOf = (count: number) =>
  Array.from({ length: count }, (_, r) => {
    const age = 2 + random.below(16);
    const sex = random.below(2) === 0 ? "female" : "male";
    const sum = age + (sex === "male" ? 2 : 0) + random.normal();
    return {
      age,
      sex,
      place: `place ${r}`,
      height: 60 + 6 * sum,
      weight: 5 + 3 * sum + random.normal(),
      size: sum > 12 ? "large" : sum > 7 ? "middle" : "small",
      tall: sum > 10,
    };
  });
type Row = ReturnType<typeof rowsOf>[number];
const rows = rowsOf(160);
const others = rowsOf(40);
const only = <K extends keyof Row>(list: readonly Row[], ...names: readonly K[]) =>
  list.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => names.includes(name as K))));
const READ = ["age", "sex", "place"] as const;
const measured = only(rows, ...READ, "height", "weight");
const sized = only(rows, ...READ, "size", "tall");
const short = { epochs: 6, hidden: [8], ensemble: 2, seed: 3 } as const;
const values = await Regressor.fit(measured, { target: ["height", "weight"], ...short });
const labels = await Classifier.fit(sized, { target: ["size", "tall"], ...short });

describe("several targets", () => {
  it("have each the model that a fit to it alone gives, the others being no columns: the same bytes", async () => {
    for (const target of ["height", "weight"] as const) {
      const alone = await Regressor.fit(only(rows, ...READ, target), { target, ...short });
      expect(values.models[target].save({ resume: true })).toEqual(alone.save({ resume: true }));
    }
    for (const target of ["size", "tall"] as const) {
      const alone = await Classifier.fit(only(rows, ...READ, target), { target, ...short });
      expect(labels.models[target].save({ resume: true })).toEqual(alone.save({ resume: true }));
    }
  });

  it("are answered by target, by the words of one", async () => {
    const { height, weight } = values.models;
    expect(values.targets).toEqual(["height", "weight"]);
    expect(values.predict(others[0])).toEqual({ height: height.predict(others[0]), weight: weight.predict(others[0]) });
    expect(values.predict(others)).toEqual(others.map((row) => values.predict(row)));
    expect(values.predictInterval(others[1], { coverage: 0.6 })).toEqual({
      height: height.predictInterval(others[1], { coverage: 0.6 }),
      weight: weight.predictInterval(others[1], { coverage: 0.6 }),
    });
    expect(values.evaluate(others)).toEqual({ height: height.evaluate(others), weight: weight.evaluate(others) });
    expect(values.columns.height).toBe(height.columns);
    expect(await values.importance(others, { repeats: 1 })).toEqual({
      height: await height.importance(others, { repeats: 1 }),
      weight: await weight.importance(others, { repeats: 1 }),
    });
    const { size, tall } = labels.models;
    const label: string | number | boolean = labels.predict(others[0]).size;
    expect(label).toBe(size.predict(others[0]));
    expect(labels.predictProba(others)[3]).toEqual({
      size: size.predictProba(others[3]),
      tall: tall.predictProba(others[3]),
    });
    expect(labels.predictSet(others, { coverage: 0.6 })[2].tall).toEqual(tall.predictSet(others[2], { coverage: 0.6 }));
    expect(labels.labels).toEqual({ size: ["large", "middle", "small"], tall: [false, true] });
    expect(labels.calibration).toEqual({ size: size.calibration, tall: tall.calibration });
    const asked = { background: others.slice(0, 5), samples: 10 };
    expect((await labels.explain(others[0], asked)).tall).toEqual(await tall.explain(others[0], asked));
    expect((await labels.partialDependence(others, "age")).size).toEqual(await size.partialDependence(others, "age"));
    expect(labels.summary()).toContain('2 targets: "size", "tall"');
    expect(labels.summary()).toContain(tall.summary());
    expect(`${labels}`).toBe('MultiTargetClassifier of "size", "tall"');
  });

  it("come back from one file, of their own kind alone", async () => {
    for (const options of [{}, { resume: true }]) {
      const again = await Regressor.load<MultiTargetRegressor<"height" | "weight", Regressor>>(values.save(options));
      expect(again.save(options)).toEqual(values.save(options));
      expect(again.predict(others)).toEqual(values.predict(others));
      expect(again.warnings).toEqual(values.warnings);
    }
    const again = await Classifier.load<MultiTargetClassifier<string, Classifier>>(labels.save());
    expect(again.predictProba(others)).toEqual(labels.predictProba(others));
    await expect(Classifier.load(values.save())).rejects.toThrow(
      "Classifier.load: the file must hold a classifier, got a regressor.",
    );
    await expect(MLP.load(labels.save())).rejects.toThrow(
      "MLP.load: the file must hold a model of one target, got 2 targets. Use Classifier.load.",
    );
  });

  it("may be one, or of names that objects have", async () => {
    const one = await Regressor.fit(measured, { target: ["height"], ...short });
    expect(one.predict(others[0])).toEqual({ height: one.models.height.predict(others[0]) });
    expect(one.models.height.columns.map(({ name }) => name)).toContain("weight");
    const odd = measured.map(({ height, weight, ...row }) => {
      Object.defineProperty(row, "__proto__", { value: height, enumerable: true });
      return { ...row, ["__proto__"]: height, constructor: weight };
    });
    const model = await Regressor.fit(odd, { target: ["__proto__", "constructor"], ...short });
    expect(Object.entries(model.predict(others[0])).map(([, value]) => value)).toEqual(
      Object.values(values.predict(others[0])),
    );
  });

  it("are told of by name: epochs, and warnings once", async () => {
    const told: TableWarning[] = [];
    const epochs: string[] = [];
    const model = await Regressor.fit(measured, {
      target: ["height", "weight"],
      ...short,
      onEpoch: ({ target, member, epoch }) => epochs.push(`${target} ${member} ${epoch}`),
      onWarning: (warning) => told.push(warning),
    });
    expect(epochs).toEqual(
      ["height", "weight"].flatMap((target) =>
        [0, 1].flatMap((member) => [0, 1, 2, 3, 4, 5].map((epoch) => `${target} ${member} ${epoch}`)),
      ),
    );
    expect(told.filter(({ column }) => column === "place")).toHaveLength(1);
    expect(model.warnings).toEqual(told);
    expect(new Set(told.map(({ message }) => message)).size).toBe(told.length);
    model.predict({ age: 3, sex: "other" });
    model.predict({ age: 3, sex: "other" });
    expect(told.filter(({ code }) => code === "late-text")).toHaveLength(1);
    expect(model.warnings).toEqual(told);
  });

  it("go on from a checkpoint of any epoch of any target to the same bytes", async () => {
    const options = { target: ["size", "tall"], ...short, epochs: 3 } as const;
    const files: Uint8Array[] = [];
    const whole = await Classifier.fit(sized, {
      ...options,
      onEpoch: async (_, save) => {
        files.push(await save());
      },
    });
    expect(files).toHaveLength(12);
    for (const resume of files) {
      const again = await Classifier.fit(sized, { ...options, resume });
      expect(again.save({ resume: true })).toEqual(whole.save({ resume: true }));
    }
    const begun = await Classifier.load<MultiTargetClassifier<string, Classifier>>(files[2]);
    expect(begun.targets).toEqual(["size"]);
    await expect(Classifier.fit(sized, { ...options, target: ["tall", "size"], resume: files[9] })).rejects.toThrow(
      'Classifier.fit: resume must be a checkpoint of a fit of the targets ["tall", "size"], got ["size", "tall"]. Pass the target of that fit.',
    );
    await expect(Classifier.fit(sized, { ...options, resume: labels.models.size.save() })).rejects.toThrow(
      "got a model of one target",
    );
    await expect(Classifier.fit(sized, { ...options, target: "size", resume: files[9] })).rejects.toThrow(
      "the file must hold a model of one target, got 2 targets",
    );
  });

  it("have all a model when the signal ends the fit", async () => {
    const controller = new AbortController();
    const model = await Regressor.fit(measured, {
      target: ["height", "weight"],
      ...short,
      signal: controller.signal,
      onEpoch: ({ epoch }) => epoch === 2 && controller.abort(),
    });
    const { height, weight } = model.models;
    expect(height.history.epochs).toHaveLength(3);
    expect(weight.history.steps).toBe(0);
    expect(model.warnings).toContainEqual({
      code: "untrained",
      column: "weight",
      message:
        'target "weight": the signal or the time ended the fit before its first update: the model has learned nothing. Fit it again.',
    });
    const aborted = await Regressor.fit(only(rows, ...READ, "weight"), {
      target: "weight",
      ...short,
      signal: AbortSignal.abort(),
    });
    expect(weight.save()).toEqual(aborted.save());
  });

  it("may have options of their own", async () => {
    const model = await Classifier.fit(sized, {
      target: ["size", "tall"],
      ...short,
      classWeights: { size: "balanced" },
    });
    expect(model.models.size.calibration).toBeUndefined();
    expect(model.models.tall.save()).toEqual(labels.models.tall.save());
    const logs = await Regressor.fit(measured, {
      target: ["height", "weight"],
      ...short,
      transform: { weight: "log" },
    });
    expect(logs.models.weight.summary()).toContain("in logarithms");
    expect(logs.models.height.save()).toEqual(values.models.height.save());
  });

  it("may all stand in the rows of a strict model, and none must", async () => {
    const model = await Regressor.fit(measured, { target: ["height", "weight"], ...short, strict: true });
    const again = await Regressor.load<typeof model>(model.save());
    for (const own of [model, again]) {
      expect(own.evaluate(measured)).toEqual(values.evaluate(measured));
      expect(own.predict(only(others, ...READ))).toEqual(values.predict(others));
      expect(() => own.predict(others)).toThrow('"size"');
    }
    expect(toModule(model.models.height)).toContain("weight");
  });
});

describe("what several targets refuse", () => {
  const learn = (target: unknown, further: object = {}, list: readonly object[] = measured) =>
    Regressor.fit(list, { target, ...short, ...further } as never);
  const cases: [string, () => Promise<unknown>, string][] = [
    ["none", () => learn([]), "Regressor.fit: target must hold 1 to 256 names of columns, got 0."],
    ["a name twice", () => learn(["height", "height"]), 'target must name each column once, got "height" twice.'],
    ["no column", () => learn(["height", "width"]), 'target must be a column of the rows, got "width" beside'],
    ["no name", () => learn(["height", 3]), "target must be a column's name, got 3."],
    [
      "a target's kind",
      () => learn(["height", "weight"], { columns: { weight: "number" } }),
      'columns must name other columns than the target, got "weight".',
    ],
    [
      "a missing target",
      () => learn(["height", "weight"], {}, [...measured, { age: 3, height: 100 }]),
      'each row must hold its target "weight", got undefined at row 160.',
    ],
    [
      "a missing target of a row to watch by",
      () => learn(["height", "weight"], { validation: [{ age: 3, height: 100 }] }),
      'Regressor.fit, validation: each row must hold its target "weight", got undefined at row 0.',
    ],
    [
      "options of no target",
      () => learn(["height", "weight"], { transform: { age: "log" } }),
      'transform must be given by target, among ["height", "weight"], got "age".',
    ],
    ["an unknown option", () => learn(["height", "weight"], { epoch: 3 }), "the options must be among"],
  ];

  it.each(cases)("is told in one sentence: %s", async (_, call, message) => {
    const error = await call().then(
      () => undefined,
      (thrown) => thrown,
    );
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toContain(message);
  });

  it("before any target is fitted", async () => {
    let epochs = 0;
    const further = { classWeights: { tall: { yes: 2 } }, onEpoch: () => epochs++ };
    await expect(Classifier.fit(sized, { target: ["size", "tall"], ...short, ...further })).rejects.toThrow(
      'classWeights must name labels among [false, true], got "yes".',
    );
    expect(epochs).toBe(0);
  });

  it("is what models of one target can do alone", async () => {
    for (const write of [toOnnx, toModule, toWasm]) {
      expect(() => write(values as never)).toThrow(
        `${write.name}: model must be an MLP, a Classifier or a Regressor, got a MultiTargetRegressor. Pass the model of one target, models["height"].`,
      );
    }
    expect(() => inTurns(labels as never)).toThrow('Pass the model of one target, models["size"].');
    const predict = labels.predict.bind(labels) as (rows: object, options: object) => unknown;
    expect(() => predict(others, { costs: {} })).toThrow(
      'predict: of several targets it must be given rows alone, got an object too. Ask the model of one target, models["size"].',
    );
    const target = ["height", "weight"] as never;
    const remedy = 'got ["height", "weight"]. Call it once for each, the others being "ignore" in columns.';
    await expect(Regressor.crossValidate(measured, { target, ...short })).rejects.toThrow(remedy);
    await expect(Regressor.search(measured, { hidden: [[2], [3]] }, { target, ...short })).rejects.toThrow(remedy);
  });
});

/** `inTurns`: the answers, the scores, the errors and the weights of the calls themselves, in turns, and never of two moments. */
import { afterEach, describe, expect, expectTypeOf, it, vi } from "vitest";
import { turn } from "../../src/ground/turn.js";
import {
  adam,
  Classifier,
  type ClassifierScores,
  Dataset,
  inTurns,
  MLP,
  type Predictions,
  Regressor,
  type RegressorScores,
  sgd,
} from "../../src/index.js";
import { fitInWorker } from "../../src/worker.js";

const rows = Array.from({ length: 3000 }, (_, r) => ({
  a: (r * 7) % 31,
  b: ["x", "y", "z"][r % 3],
  c: r % 11 === 0 ? null : r / 100,
  y: (r * 7) % 31 > 15 ? "p" : "q",
}));
const classifier = await Classifier.fit<string>(rows, { target: "y", epochs: 2, hidden: [8] });
const regressor = await Regressor.fit(rows, { target: "a", epochs: 2, hidden: [8] });
const x = Float32Array.from({ length: 3000 * 4 }, (_, i) => Math.sin(i));
const data = Dataset.from({ x, y: Array.from({ length: 3000 }, (_, r) => r % 3) });
const net = await MLP.create({ layers: [4, 9, 3], seed: 2 });
const values = await MLP.create({ layers: [4, 2], output: "linear" });
const errorOf = (call: () => unknown): Promise<Error> =>
  Promise.resolve()
    .then(call)
    .then(
      () => new Error("nothing was refused"),
      (error) => error,
    );

/** Gives a turn at each look at the clock, so that every piece is followed by one. */
const always = () => vi.spyOn(turn, "due").mockReturnValue(true);
afterEach(() => vi.restoreAllMocks());

describe("answers and scores", () => {
  it("of a network are those of its own calls", async () => {
    always();
    const nested = Array.from({ length: 1500 }, (_, r) => Array.from(x.subarray(4 * r, 4 * r + 4)));
    const bytes = Dataset.from({ x: new Uint8Array(8000).map((_, i) => i % 251), rows: 2000, scale: 1 / 255 });
    for (const each of [net, values]) {
      for (const input of [x, nested, Array.from(x), Float64Array.from(x), data, bytes, [[1, 2, 3, 4]]]) {
        expect(await inTurns(each).predict(input)).toEqual(each.predict(input));
        expect(await inTurns(each).predictProba(input)).toEqual(each.predictProba(input));
      }
    }
    const out = new Float32Array(9000);
    expect(await inTurns(net).predictProba(x, out)).toBe(out);
    expect(out).toEqual(net.predictProba(x));
    expect(await inTurns(net).evaluate(data)).toEqual(net.evaluate(data));
    const targets = data.withTargets(Array.from({ length: 6000 }, (_, i) => Math.cos(i)));
    expect(await inTurns(values).evaluate(targets)).toEqual(values.evaluate(targets));
  });

  it("of tables are those of their own calls", async () => {
    const own = {
      labels: classifier.predict(rows),
      probabilities: classifier.predictProba(rows),
      scores: classifier.evaluate(rows),
      values: regressor.predict(rows),
      errors: regressor.evaluate(rows),
    };
    const given = always();
    expect(await inTurns(classifier).predict(rows)).toEqual(own.labels);
    expect(await inTurns(classifier).predictProba(rows)).toEqual(own.probabilities);
    const out = new Float32Array(6000);
    expect(await inTurns(classifier).predictProba(rows, out)).toBe(out);
    expect(out).toEqual(classifier.predictProba(rows, new Float32Array(6000)));
    expect(await inTurns(classifier).evaluate(rows)).toEqual(own.scores);
    expect(await inTurns(regressor).predict(rows)).toEqual(own.values);
    expect(await inTurns(regressor).evaluate(rows)).toEqual(own.errors);
    expect(given.mock.calls.length).toBeGreaterThan(100);
  });

  it("come in turns: other tasks run in between", async () => {
    always();
    const ran: string[] = [];
    const timer = setImmediate(() => ran.push("task"));
    await inTurns(classifier)
      .predict(rows)
      .then(() => ran.push("answer"));
    clearImmediate(timer);
    expect(ran).toEqual(["task", "answer"]);
  });
});

describe("errors", () => {
  const spoilt = rows.map((row, r) => (r === 2001 ? { ...row, a: "seven" } : row)) as object[];
  const CALLS: [string, () => Promise<unknown>, () => unknown][] = [
    ["a cell", () => inTurns(classifier).predict(spoilt), () => classifier.predict(spoilt)],
    ["a cell, evaluate", () => inTurns(classifier).evaluate(spoilt), () => classifier.evaluate(spoilt)],
    ["a cell, partialFit", () => inTurns(classifier).partialFit(spoilt), () => classifier.partialFit(spoilt)],
    [
      "a target",
      () => inTurns(regressor).evaluate(rows.map((row) => ({ ...row, a: null }))),
      () => regressor.evaluate(rows.map((row) => ({ ...row, a: null }))),
    ],
    ["no rows", () => inTurns(classifier).evaluate([]), () => classifier.evaluate([])],
    ["no list", () => inTurns(regressor).predict(7 as never), () => regressor.predict(7 as never)],
    [
      "out",
      () => inTurns(classifier).predictProba(rows, new Float32Array(5999)),
      () => classifier.predictProba(rows, new Float32Array(5999)),
    ],
    ["numbers", () => inTurns(net).predict(infinite()), () => net.predict(infinite())],
    ["bytes", () => inTurns(net).predict(new Uint8Array(8000)), () => net.predict(new Uint8Array(8000))],
    [
      "out of a network",
      () => inTurns(net).predictProba(x, new Float32Array(1)),
      () => net.predictProba(x, new Float32Array(1)),
    ],
    ["width", () => inTurns(net).predict(x.subarray(1)), () => net.predict(x.subarray(1))],
    ["ragged", () => inTurns(net).predict(ragged()), () => net.predict(ragged())],
    ["no dataset", () => inTurns(net).evaluate(x as never), () => net.evaluate(x as never)],
  ];
  const infinite = () => x.map((value, i) => (i === 8001 ? Number.NaN : value));
  const ragged = () => Array.from({ length: 2500 }, (_, r) => (r === 1024 ? 5 : [1, 2, 3, 4])) as number[][];

  it.each(CALLS)("are those of the calls themselves: %s", async (_, inTurn, atOnce) => {
    const [given, wanted] = [await errorOf(inTurn), await errorOf(atOnce)];
    expect(wanted.message).not.toBe("nothing was refused");
    expect(given.message).toBe(wanted.message);
    expect(given.constructor).toBe(wanted.constructor);
  });

  it("control: rows that fit are not refused", async () => {
    expect((await errorOf(() => inTurns(classifier).predict(rows))).message).toBe("nothing was refused");
  });

  it("refuse what is no model", () => {
    for (const model of [undefined, null, {}, { predict() {} }, data]) {
      expect(() => inTurns(model as never)).toThrow("inTurns: model must be an MLP, Classifier or Regressor, got ");
    }
  });
});

describe("partialFit", () => {
  const options = { optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }), batchSize: 16 };
  const twins = async () => {
    const bytes = classifier.save({ resume: true });
    return Promise.all([Classifier.load<string>(bytes), Classifier.load<string>(bytes)]);
  };

  it("makes the weights, the loss and the file that the call itself makes, again and again", async () => {
    const [inTurn, atOnce] = await twins();
    always();
    expect(await inTurns(inTurn).partialFit(rows, options)).toBe(atOnce.partialFit(rows, options));
    expect(await inTurns(inTurn).partialFit(rows)).toBe(atOnce.partialFit(rows));
    expect(inTurn.save({ resume: true })).toEqual(atOnce.save({ resume: true }));
  });

  it("that fails in the middle changes nothing", async () => {
    const [model] = await twins();
    model.partialFit(rows, options);
    const before = model.save({ resume: true });
    let steps = 0;
    const learningRate = () => (steps++ < 40 ? 0.01 : Number.NaN);
    always();
    const error = await errorOf(() => inTurns(model).partialFit(rows, { optimizer: sgd({ learningRate }) }));
    expect(error.message).toContain("the learning rate");
    expect(steps).toBe(41);
    expect(model.save({ resume: true })).toEqual(before);
  });
});

describe("overlapping calls", () => {
  it("are worked off in order, so that each sees one moment", async () => {
    const [inTurn, atOnce] = await Promise.all([1, 2].map(() => Classifier.load<string>(classifier.save())));
    always();
    const calls = inTurns(inTurn);
    const results = await Promise.all([
      calls.evaluate(rows),
      calls.partialFit(rows, { optimizer: adam() }),
      calls.evaluate(rows),
      calls.predict(rows),
      // The network of the table is the same model.
      inTurns(inTurn.net).evaluate(inTurn.dataset(rows)),
    ]);
    const wanted = [atOnce.evaluate(rows), atOnce.partialFit(rows, { optimizer: adam() }), atOnce.evaluate(rows)];
    expect(results.slice(0, 3)).toEqual(wanted);
    expect(results[3]).toEqual(atOnce.predict(rows));
    expect(results[4]).toEqual(atOnce.net.evaluate(atOnce.dataset(rows)));
  });

  it("refuse what would change the model meanwhile, and are refused inside fit", async () => {
    const model = await Classifier.load<string>(classifier.save());
    const trainer = model.net.trainer({ optimizer: adam() });
    always();
    const reading = inTurns(model).evaluate(rows);
    await new Promise((resolve) => setImmediate(resolve));
    const wanted = "the model must not be inside inTurns, got a call before it ended. Await it first.";
    expect(() => model.partialFit(rows)).toThrow(`partialFit: ${wanted}`);
    expect(() => model.net.setParameters(model.net.parameters())).toThrow(`setParameters: ${wanted}`);
    expect((await errorOf(() => model.net.fit(model.dataset(rows)))).message).toBe(`fit: ${wanted}`);
    expect(() => trainer.step(x.subarray(0, model.featureNames.length), [0])).toThrow("step: ");
    // Its own calls answer.
    expect(model.predict(rows.slice(0, 2))).toEqual(classifier.predict(rows.slice(0, 2)));
    expect(await reading).toEqual(classifier.evaluate(rows));
    const fitting = model.net.fit(model.dataset(rows), { epochs: 1 });
    expect((await errorOf(() => inTurns(model).predict(rows))).message).toBe(
      "predict: the model must not be inside fit, got a call before it ended. Await fit or abort it first.",
    );
    await fitting;
    expect((await inTurns(model).predict(rows)).length).toBe(rows.length);
  });

  it("have the model to themselves from the moment of the first call to the end of the last", async () => {
    const model = await Classifier.load<string>(classifier.save());
    const { net: own } = model;
    const trainer = own.trainer({ optimizer: adam() });
    const before = own.parameters();
    const wanted = { probabilities: model.predictProba(rows), scores: model.evaluate(rows) };
    const changes: [string, () => unknown][] = [
      ["partialFit", () => model.partialFit(rows)],
      [
        "setParameters",
        () => own.setParameters(own.parameters().map((layer) => ({ ...layer, biases: layer.biases.fill(1) }))),
      ],
      ["fit", () => own.fit(model.dataset(rows), { epochs: 1 })],
      ["trainer", () => own.trainer({ optimizer: adam() })],
      ["importance", () => model.importance(rows)],
      ["fitInWorker", () => fitInWorker(own, model.dataset(rows))],
    ];
    const refused = async () => {
      for (const [, change] of changes) expect((await errorOf(change)).message).toContain("must not be inside inTurns");
      expect(() => trainer.step(x.subarray(0, model.featureNames.length), [0])).toThrow("step: ");
    };
    // All that waits for a turn gets it when the gate is opened.
    let open = () => {};
    const shut = () => new Promise<void>((resolve) => (open = resolve));
    let gate = shut();
    always();
    vi.spyOn(turn, "give").mockImplementation(() => gate);
    // In the same tick, before anything was loaded.
    const first = inTurns(model).predictProba(rows);
    expect(() => model.partialFit(rows)).toThrow(
      "partialFit: the model must not be inside inTurns, got a call before it ended. Await it first.",
    );
    await refused();
    open();
    expect(await first).toEqual(wanted.probabilities);
    // Between two calls of those that wait, and after one that trained or failed.
    const learning = inTurns(model).partialFit(rows, { optimizer: sgd({ learningRate: 0 }) });
    const failing = inTurns(own)
      .evaluate(7 as never)
      .catch((error) => error);
    const last = inTurns(model).evaluate(rows);
    await learning;
    gate = shut();
    await refused();
    expect((await failing).message).toContain("evaluate: data must be a Dataset");
    await refused();
    open();
    expect(await last).toEqual(wanted.scores);
    expect(own.parameters()).toEqual(before);
    vi.restoreAllMocks();
    // Control: once the last is done, all of it may change the model.
    for (const [, change] of changes) expect((await errorOf(change)).message).toBe("nothing was refused");
    expect(own.parameters()).not.toEqual(before);
  });

  it("control: one that failed alone leaves the model free, and one inside importance is refused", async () => {
    const model = await Classifier.load<string>(classifier.save());
    await errorOf(() => inTurns(model).evaluate([]));
    expect(model.partialFit(rows)).toBeGreaterThan(0);
    const measuring = model.importance(rows, { repeats: 1 });
    await new Promise((resolve) => setImmediate(resolve));
    const { message } = await errorOf(() => inTurns(model).predict(rows));
    expect(message).toContain("predict: the model must not be inside importance");
    await measuring;
    expect(await inTurns(model).predict(rows)).toEqual(model.predict(rows));
  });

  it("control: after one that failed the next is worked off", async () => {
    const calls = inTurns(regressor);
    const [failed, done] = await Promise.all([errorOf(() => calls.evaluate([])), calls.evaluate(rows)]);
    expect(failed.message).toContain("evaluate: rows must hold at least one row");
    expect(done).toEqual(regressor.evaluate(rows));
  });
});

it("has the types of the calls", () => {
  expectTypeOf(inTurns(net).predict).returns.resolves.toEqualTypeOf<Predictions<"softmax">>();
  expectTypeOf(inTurns(classifier).predict).returns.resolves.toEqualTypeOf<string[]>();
  expectTypeOf(inTurns(classifier).evaluate).returns.resolves.toEqualTypeOf<ClassifierScores>();
  expectTypeOf(inTurns(regressor).evaluate).returns.resolves.toEqualTypeOf<RegressorScores>();
  expect("predictProba" in inTurns(regressor)).toBe(false);
});

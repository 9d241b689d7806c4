/** Tables in a worker: what `Classifier.fit` and `Regressor.fit` make, say and refuse, byte for byte and word for word. */
import { inspect } from "node:util";
import { createContext, runInContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import {
  Classifier,
  type ClassifierOptions,
  cosineDecay,
  type EpochReport,
  Regressor,
  type RegressorOptions,
  sgd,
} from "../../src/index.js";
import { fitInWorker } from "../../src/worker/fit-in-worker.js";
import { readSlice, sliceRows } from "../../src/worker/row-slices.js";

const random = new Random(4);
const passengers = Array.from({ length: 300 }, (_, i) => ({
  age: random.below(9) === 0 ? null : 20 + random.below(50),
  sex: random.below(2) ? "female" : "male",
  fare: `${(100 * random.uniform()).toFixed(2)}`,
  ...(i % 3 === 0 && { cabin: `C${random.below(4)}` }),
  isAlone: random.below(2) === 0,
  seat: BigInt(random.below(100)),
  survived: random.below(2) ? "yes" : "no",
}));
const cars = passengers.map(({ survived, ...row }, i) => ({ ...row, price: 10 + i / 7 + random.normal() }));

const isSame = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

const CASES: Record<string, Partial<ClassifierOptions> & Partial<RegressorOptions>> = {
  defaults: {},
  "a share held out, options of all kinds": {
    validation: 0.2,
    optimizer: sgd({ learningRate: cosineDecay({ initial: 0.1, over: 9 }), momentum: 0.9 }),
    columns: { fare: "number", cabin: "ignore" },
    missing: ["NA"],
    init: { gaussian: 0.1 },
    hidden: [9, 5],
    dropout: { hidden: 0.2 },
    reduceOnPlateau: { patience: 1 },
    seed: 3,
  },
  "in order, no hidden layer": { shuffle: false, hidden: [], l1: 1e-4, clipNorm: 1 },
};

describe("fitInWorker of tables", () => {
  for (const [name, options] of Object.entries(CASES)) {
    it(`gives the bytes of fit: ${name}`, async () => {
      const told: Record<"here" | "there", EpochReport[]> = { here: [], there: [] };
      const given = { epochs: 9, ...options };
      const held = name === "defaults" ? { validation: passengers.slice(0, 40) } : {};
      const labels = (list: EpochReport[]): ClassifierOptions => ({
        ...(given as object),
        ...held,
        target: "survived",
        classWeights: { yes: 2 },
        onEpoch: (epoch) => list.push(epoch),
      });
      const here = await Classifier.fit(passengers, labels(told.here));
      const there = await fitInWorker(Classifier, passengers, labels(told.there));
      expect(there).toBeInstanceOf(Classifier);
      expect(told.there).toEqual(told.here);
      for (const resume of [false, true]) expect(isSame(there.save({ resume }), here.save({ resume }))).toBe(true);
      expect(there.predict(passengers)).toEqual(here.predict(passengers));
      const values: RegressorOptions = { ...(given as object), target: "price" };
      const priced = await Regressor.fit(cars, values);
      const pricedThere = await fitInWorker(Regressor, cars, values);
      expect(isSame(pricedThere.save({ resume: true }), priced.save({ resume: true }))).toBe(true);
    });
  }

  it("takes an order of a column's values, and a time, which ends it there", async () => {
    const options = { target: "survived", epochs: 3, ensemble: 2, columns: { sex: { ordered: ["male", "female"] } } };
    const here = await Classifier.fit(passengers, options);
    const there = await fitInWorker(Classifier, passengers, { ...options, time: 1000 });
    expect(isSame(there.save({ resume: true }), here.save({ resume: true }))).toBe(true);
    const short = await fitInWorker(Classifier, passengers, { ...options, time: 1e-3 });
    expect(short.members.length).toBe(1);
    expect(short.history.stopped).toBe("aborted");
  });

  it("takes weights, as a column or a list, and losses, and refuses what is none in the words of fit", async () => {
    const weights = Float64Array.from(cars, (_, r) => (r % 4) / 2);
    const counted = cars.map((row, r) => ({ ...row, count: weights[r] }));
    const options = { target: "price", epochs: 4, ensemble: 1 };
    for (const [rows, further] of [
      [cars, { weights }],
      [cars, { weights: [...weights], loss: "huber" }],
      [cars, { weights: Uint8Array.from(weights, (weight) => 2 * weight), loss: { quantiles: [0.9, 0.1] } }],
      // Ignored columns are not sent, those of weights are.
      [counted, { weights: "count", columns: { count: "ignore", cabin: "ignore" } }],
    ] as [object[], Partial<RegressorOptions>][]) {
      const here = await Regressor.fit(rows, { ...options, ...further });
      const there = await fitInWorker(Regressor, rows, { ...options, ...further });
      expect(isSame(there.save({ resume: true }), here.save({ resume: true }))).toBe(true);
    }
    const changed = [...weights];
    const fitting = fitInWorker(Regressor, cars, { ...options, weights: changed });
    changed.fill(1);
    expect(isSame((await fitting).save(), (await Regressor.fit(cars, { ...options, weights })).save())).toBe(true);
    for (const wrong of [
      [1],
      new Array(cars.length).fill(-1),
      5,
      "nowhere",
      { length: cars.length },
      ["1"],
    ] as never[]) {
      const messages = await Promise.all(
        [
          Regressor.fit(cars, { ...options, weights: wrong }),
          fitInWorker(Regressor, cars, { ...options, weights: wrong }),
        ].map((work) => work.then(String, (error: Error) => `${error.name}: ${error.message}`)),
      );
      expect(messages[1]).toBe(messages[0]);
      expect(messages[0]).toMatch(/^(Type|Range)Error: Regressor\.fit: .*weights/);
    }
  });

  it("gives checkpoints, and goes on from them", async () => {
    const options = { target: "survived", epochs: 6, validation: 0.2, ensemble: 4 };
    const files: Uint8Array[] = [];
    const onEpoch = async (_: unknown, save: () => Promise<Uint8Array>) => files.push(await save());
    const here = await Classifier.fit(passengers, { ...options, onEpoch });
    await fitInWorker(Classifier, passengers, { ...options, onEpoch });
    // Six epochs of each of four networks.
    expect(files.length).toBe(48);
    expect(files.slice(24)).toEqual(files.slice(0, 24));
    const again = await fitInWorker(Classifier, passengers, { ...options, resume: files[32] });
    expect(isSame(again.save({ resume: true }), here.save({ resume: true }))).toBe(true);
    await expect(fitInWorker(Classifier, passengers, { ...options, hidden: [3], resume: files[32] })).rejects.toThrow(
      "Classifier.fit: resume must have the layers of the fit it goes on with",
    );
  });

  it("obeys the signal: aborted before, it answers as fit does; later, with the best so far", async () => {
    const options = { target: "survived", epochs: 50, earlyStopping: { patience: 50 } };
    const signal = AbortSignal.abort();
    const here = await Classifier.fit(passengers, { ...options, signal });
    const there = await fitInWorker(Classifier, passengers, { ...options, signal });
    expect(there.history.stopped).toBe("aborted");
    expect(isSame(there.save({ resume: true }), here.save({ resume: true }))).toBe(true);
    const controller = new AbortController();
    const model = await fitInWorker(Classifier, passengers, {
      ...options,
      signal: controller.signal,
      onEpoch: ({ epoch }) => epoch === 3 && controller.abort(),
    });
    expect(model.history.stopped).toBe("aborted");
    expect(model.history.epochs.length).toBe(4);
    // While its rows are sent.
    const early = new AbortController();
    const many = Array.from({ length: 40 }, () => passengers).flat();
    const fitting = fitInWorker(Classifier, many, { target: "survived", epochs: 2, signal: early.signal });
    early.abort();
    expect((await fitting).history).toMatchObject({ stopped: "aborted", steps: 0 });
  });

  it("ends with what onEpoch throws", async () => {
    const reason = new Error("disk full");
    const onEpoch = () => {
      throw reason;
    };
    await expect(fitInWorker(Classifier, passengers, { target: "survived", onEpoch })).rejects.toBe(reason);
  });

  /** What a call is refused with. */
  const refusal = async (call: () => Promise<unknown>) => {
    const error = await call().then(
      () => new Error("not refused"),
      (caught: Error) => caught,
    );
    return { ...error, is: error.constructor.name, says: error.message };
  };

  it("refuses what fit refuses, in its words", async () => {
    const [first, ...others] = passengers;
    const odd = (value: unknown) => [...others, { ...first, age: value }];
    class Money {
      readonly amount = 3;
    }
    const foreign = runInContext("({ map: new Map(), row: { sex: 'male', survived: 'no' } })", createContext({}));
    const cases: [rows: unknown, options: unknown][] = [
      [[], {}],
      ["rows", {}],
      [undefined, undefined],
      [passengers, null],
      [passengers, { target: 3 }],
      [passengers, { target: "nobody" }],
      [passengers, { target: "sex", hidden: [0] }],
      [passengers, { target: "sex", depth: 3 }],
      [passengers, { target: "sex", epochs: 0 }],
      [passengers, { target: "sex", epochs: () => 3 }],
      [passengers, { target: "sex", optimizer: "adam" }],
      [passengers, { target: "sex", optimizer: { name: "adam", beta1: Symbol("b") } }],
      [passengers, { target: "sex", onEpoch: 5 }],
      [passengers, { target: "sex", signal: "stop" }],
      [passengers, { target: "sex", signal: new Map() }],
      [passengers, { target: "sex", validation: [{ age: () => 1, sex: "male" }] }],
      [passengers, { target: "sex", validation: [{ sex: "neither" }] }],
      [passengers, { target: "sex", validation: new Map() }],
      [passengers, { target: "sex", validation: 2 }],
      [passengers, { target: "sex", columns: { nobody: "text" } }],
      [passengers, { target: "sex", columns: { age: () => "text" } }],
      [passengers, { target: "sex", columns: [] }],
      [passengers, { target: "sex", missing: "NA" }],
      [passengers, { target: "sex", missing: [Symbol("NA")] }],
      [passengers, { target: "sex", earlyStopping: null }],
      [passengers, { target: "sex", epochs: null }],
      [passengers, { target: "sex", earlyStopping: new Money() }],
      [passengers, { target: "sex", classWeights: { male: new Date() } }],
      [passengers, { target: "sex", optimizer: sgd({ learningRate: 1e30 }) }],
      [passengers, { target: "sex", resume: new Float32Array(3) }],
      [[...others, undefined], { target: "sex" }],
      [[...others, new Map()], { target: "sex" }],
      [[...others, [1]], { target: "sex" }],
      [[...others, new Date(0)], { target: "sex" }],
      [[...others, () => 1], { target: "sex" }],
      [[...others, foreign.map], { target: "sex" }],
      [[...others, { age: 3 }], { target: "sex" }],
      ...[() => 1, Symbol("seven"), new Map(), new Money(), [1], { a: 1 }, new Uint8Array(3), /x/, 2n ** 70n, 1e39].map(
        (value): [unknown, unknown] => [odd(value), { target: "sex" }],
      ),
      [odd(new Error("no")), { target: "age" }],
    ];
    for (const [rows, options] of cases) {
      const here = await refusal(() => Classifier.fit(rows as object[], options as ClassifierOptions));
      const there = await refusal(() => fitInWorker(Classifier, rows as object[], options as ClassifierOptions));
      expect(there).toEqual(here);
      expect(here.says, inspect(options)).not.toBe("not refused");
    }
    // One of people's own classes, and one of another realm, are rows like any other.
    const rows = [...others, foreign.row, Object.assign(new Money(), first)];
    const options = { target: "sex", epochs: 2 };
    expect(
      isSame((await fitInWorker(Classifier, rows, options)).save(), (await Classifier.fit(rows, options)).save()),
    ).toBe(true);
  });

  it("refuses a rate of the user's own, and what is no model, with what to do", async () => {
    const optimizer = sgd({ learningRate: () => 0.1 });
    await expect(fitInWorker(Classifier, passengers, { target: "sex", optimizer })).rejects.toThrow(
      "Classifier.fit: learningRate must be a number or one of wasmlp's schedules in a worker, got another function. Use fit, or one of them.",
    );
    for (const [what, got] of [
      [undefined, "undefined"],
      ["Classifier", '"Classifier"'],
      [class extends Classifier {}, "a function"],
    ]) {
      await expect(fitInWorker(what as never, passengers, { target: "sex" })).rejects.toThrow(
        `fitInWorker: the first argument must be an MLP, Classifier or Regressor, got ${got}.`,
      );
    }
  });

  it("does not ask for the values of ignored columns, and tells what a getter throws", async () => {
    const asked: string[] = [];
    const rows = passengers.map((row) =>
      Object.defineProperty({ ...row }, "photo", {
        enumerable: true,
        get: () => asked.push("photo"),
      }),
    );
    const options = { target: "survived", epochs: 1, columns: { photo: "ignore" } } as const;
    const there = await fitInWorker(Classifier, rows, options);
    expect(asked).toEqual([]);
    expect(isSame(there.save(), (await Classifier.fit(rows, options)).save())).toBe(true);
    const reason = new Error("the connection is closed");
    const lazy = Object.defineProperty({ ...passengers[0] }, "photo", {
      enumerable: true,
      get: () => {
        throw reason;
      },
    });
    await expect(fitInWorker(Classifier, [...passengers, lazy], { target: "survived" })).rejects.toBe(reason);
  });
});

describe("slices of rows", () => {
  const reading = { target: "y", isIgnored: (name: string) => name === "photo" };
  const there = (rows: readonly unknown[]) =>
    [...sliceRows("rows", rows, reading)].flatMap((slice) => readSlice(structuredClone(slice)));

  it("arrive as they were: names, their order, what is absent and what is undefined", () => {
    const rows = [
      { b: 1, a: "two", y: null },
      { a: undefined },
      {},
      JSON.parse('{ "__proto__": 7, "constructor": 8 }'),
      { a: new Date(5), b: 2n, photo: undefined, y: Number.NaN },
      Object.assign(Object.create(null), { b: -0 }),
    ];
    const arrived = there(rows) as object[];
    expect(arrived.map((row) => Object.entries(row))).toEqual(rows.map((row) => Object.entries(row)));
    expect(arrived.every((row) => Object.getPrototypeOf(row) === Object.prototype)).toBe(true);
    // A target is the row's own also where it is hidden from lists.
    const hidden = Object.defineProperty({ a: 1 }, "y", { value: "secret" });
    expect(there([hidden])).toEqual([{ a: 1, y: "secret" }]);
  });

  it("are short, whether rows are many, wide, long or empty", () => {
    const lists = [
      Array.from({ length: 50_000 }, () => ({})),
      Array.from({ length: 5_000 }, (_, i) => ({ a: i, b: i, c: i })),
      Array.from({ length: 50 }, () => Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`word ${i}`, 1]))),
      Array.from({ length: 300 }, () => ({ text: "a".repeat(10_000) })),
      Array.from({ length: 5_000 }, (_, i) => ({ [`only ${i}`]: 1 })),
    ];
    for (const rows of lists) {
      const slices = [...sliceRows("rows", rows, reading)];
      expect(slices.length).toBeGreaterThan(1);
      for (const slice of slices) {
        expect(slice.values.length + slice.shapeOf.length).toBeLessThan(4096 + 1002);
        expect(JSON.stringify(slice.values).length).toBeLessThan(100_000);
      }
      expect(slices.reduce((sum, { shapeOf }) => sum + shapeOf.length, 0)).toBe(rows.length);
    }
  });

  it("control: a name that is lost is noticed", () => {
    const rows = [{ a: 1, b: 2 }];
    const slices = [...sliceRows("rows", rows, reading)].map((slice) => ({ ...slice, shapes: [["a", "c"]] }));
    expect(slices.flatMap(readSlice)).not.toEqual(rows);
  });
});

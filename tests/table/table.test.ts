/** Classifier and Regressor: from rows of objects to answers, whatever the rows are like. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { adam, Classifier, type ClassifierOptions, MLP, Regressor, sgd } from "../../src/index.js";

interface Row {
  size: number | null;
  colour: string;
  spotted: boolean;
  id: number;
  planet: string;
  kind?: string;
}

/** Mushrooms: the kind follows from size and colour, with some noise; `spotted` is chance, `planet` the same, `id` counts. */
function mushrooms(count: number, seed: number): Required<Row>[] {
  const random = new Random(seed);
  return Array.from({ length: count }, (_, id) => {
    const size = 5 + 2 * random.normal();
    const colour = ["red", "white", "brown"][random.below(3)];
    const score = size - 5 + { red: 2, white: 0, brown: -2 }[colour]! + 0.3 * random.normal();
    const kind = score > 1 ? "fly agaric" : score > -1 ? "russula" : "penny bun";
    const missing = random.below(10) === 0;
    return { size: missing ? null : size, colour, spotted: random.below(2) === 1, id, planet: "Earth", kind };
  });
}

const rows = mushrooms(200, 1);
const more = mushrooms(100, 2);
const options: ClassifierOptions = {
  target: "kind",
  ensemble: 1,
  validation: 0,
  hidden: [16],
  epochs: 60,
  l2: 0,
  optimizer: adam({ learningRate: 0.01 }),
  seed: 3,
};
const model = await Classifier.fit<string>(rows, options);

describe("Classifier", () => {
  it("learns labels from rows and predicts them for a row or for many", async () => {
    expect(model.labels).toEqual(["fly agaric", "penny bun", "russula"]);
    expect(model.target).toBe("kind");
    const { accuracy } = model.evaluate(more);
    expect(accuracy).toBeGreaterThan(0.8);
    // With nothing said it is better.
    const { accuracy: best } = (await Classifier.fit(rows, { target: "kind" })).evaluate(more);
    expect(best).toBeGreaterThan(0.85);
    const labels = model.predict(more);
    expect(labels).toHaveLength(100);
    expect(labels.filter((label, r) => label === more[r].kind)).toHaveLength(Math.round(accuracy * 100));
    for (const [r, row] of more.entries()) expect(model.predict(row)).toBe(labels[r]);
    expect(model.predict([])).toEqual([]);
  });

  it("gives probabilities by label, or in an array, the same ones for a row as for many", () => {
    const all = model.predictProba(more);
    const out = new Float32Array(300);
    expect(model.predictProba(more, out)).toBe(out);
    for (const [r, row] of more.entries()) {
      expect(model.predictProba(row)).toEqual(all[r]);
      expect(model.labels.map((label) => all[r][label])).toEqual([...out.subarray(3 * r, 3 * r + 3)]);
      expect(Object.values(all[r]).reduce((sum, p) => sum + p)).toBeCloseTo(1, 6);
    }
    expect(model.predictProba(more[0], new Float32Array(3))).toEqual(out.subarray(0, 3));
  });

  it("notices columns that tell nothing", () => {
    const ignored = model.columns.filter(({ kind }) => kind === "ignore");
    expect(ignored).toMatchObject([
      { name: "id", reason: "identifier" },
      { name: "planet", reason: "constant" },
    ]);
    expect(model.featureNames).toEqual([
      "colour = brown",
      "colour = red",
      "colour = white",
      "size",
      "size -0.587..4",
      "size 4..5.89",
      "size 5.89..10.8",
      "size is missing",
      "spotted",
    ]);
    expect(model.net.layers).toEqual([9, 16, 3]);
  });

  it("does not mind unseen categories and missing columns; a wrong kind it names by row and column", () => {
    const strange = [{ colour: "ultraviolet" }, { size: "" }, { size: null, colour: undefined, planet: "Mars" }];
    for (const label of model.predict(strange)) expect(model.labels).toContain(label);
    // A row that has none of the columns is another object than was meant.
    for (const foreign of [{}, { Size: 3 }, { row: more[0] }]) {
      const sentence = `predict: a row must have a column among`;
      expect(() => model.predict(foreign)).toThrow(sentence);
      expect(() => model.predict([more[0], foreign])).toThrow(/ got one with \[.*\] at row 1\.$/);
    }
    expect(() => model.predict([more[0], { ...more[1], size: "big" }])).toThrow(
      /^predict: column "size" must hold numbers, got "big" at row 1\./,
    );
    expect(() => model.predictProba({ ...more[0], colour: ["red"] })).toThrow(/column "colour" must hold .* at row 0/);
    expect(() => model.predict([more[0], null as never])).toThrow("predict: rows[1] must be an object, got null.");
    expect(() => model.evaluate([{ ...more[0], kind: "chanterelle" }])).toThrow(
      'evaluate: targets must be among ["fly agaric", "penny bun", "russula"], got "chanterelle" at row 0. New labels need a new fit.',
    );
    expect(model.predict(more[0])).toBe(model.predict([more[0]])[0]);
  });

  it("gives the same bytes for the same rows and seed, whatever the order of keys", async () => {
    const random = new Random(9);
    const shuffled = rows.map((row) => {
      const entries = Object.entries(row);
      const places = Uint32Array.from(entries, (_, i) => i);
      random.shuffle(places);
      return Object.fromEntries(Array.from(places, (i) => entries[i]));
    });
    const short = { ...options, epochs: 3, validation: 0.2 };
    const first = await Classifier.fit(rows, short);
    expect((await Classifier.fit(shuffled, short)).save()).toEqual(first.save());
    // Control: another seed, and a value that differs.
    expect((await Classifier.fit(rows, { ...short, seed: 4 })).save()).not.toEqual(first.save());
    const changed = [{ ...rows[0], colour: "red" === rows[0].colour ? "white" : "red" }, ...rows.slice(1)];
    expect((await Classifier.fit(changed, short)).save()).not.toEqual(first.save());
  });

  it("comes back from bytes as it was", async () => {
    const bytes = model.save();
    const loaded = await Classifier.load<string>(bytes);
    // What predictions had to tell since is no part of the file.
    const fitted = loaded.summary();
    expect(loaded.predictProba(more)).toEqual(model.predictProba(more));
    expect(loaded.save()).toEqual(bytes);
    const late = model.warnings.slice((await Classifier.load(bytes)).warnings.length);
    expect(fitted).toBe(late.reduce((page, { message }) => page.replace(`  ${message}\n`, ""), model.summary()));
    expect(loaded.history).toEqual(model.history);
    // Any reader of networks sees the network.
    const net = await MLP.load<"softmax">(bytes);
    expect(net.predictProba(model.encode(more))).toEqual(model.net.predictProba(model.encode(more)));
  });

  it("refuses other files", async () => {
    const net = await MLP.create({ layers: [2, 3] });
    await expect(Classifier.load(net.save())).rejects.toThrow(
      "Classifier.load: the file must hold a classifier, got a network alone.",
    );
    await expect(Regressor.load(model.save())).rejects.toThrow(
      "Regressor.load: the file must hold a regressor, got a classifier.",
    );
    const bytes = model.save();
    bytes[bytes.length - 1] ^= 1;
    await expect(Classifier.load(bytes)).rejects.toThrow("damaged");
    await expect(Classifier.load("model" as never)).rejects.toThrow(TypeError);
  });

  it.each([
    ["numbers", [3, 1, 2], [1, 2, 3]],
    ["booleans", [true, false, true], [false, true]],
    ["text of digits", ["10", "9"], ["10", "9"]],
    ["names that objects have", ["__proto__", "constructor"], ["__proto__", "constructor"]],
  ])("labels may be %s", async (_, values, labels) => {
    const data = Array.from({ length: 30 }, (_, i) => ({ x: i % values.length, y: values[i % values.length] }));
    const net = await Classifier.fit(data, {
      target: "y",
      hidden: [8],
      epochs: 80,
      optimizer: adam({ learningRate: 0.05 }),
    });
    expect(net.labels).toEqual(labels);
    expect(net.predict(data)).toEqual(data.map(({ y }) => y));
    expect(Object.keys(net.predictProba(data[0])).sort()).toEqual(labels.map(String).sort());
    const loaded = await Classifier.load(net.save());
    expect(loaded.predict(data)).toEqual(net.predict(data));
  });

  it("weighs labels", async () => {
    const rare = rows.filter(({ kind }, i) => kind !== "fly agaric" || i % 8 === 0);
    const recall = async (classWeights?: ClassifierOptions["classWeights"]) => {
      const net = await Classifier.fit<string>(rare, { ...options, epochs: 15, classWeights });
      return net.evaluate(more).perLabel[0].recall;
    };
    const plain = await recall();
    expect(await recall("balanced")).toBeGreaterThan(plain);
    expect(await recall({ "fly agaric": 8 })).toBeGreaterThan(plain);
    await expect(Classifier.fit(rows, { ...options, classWeights: { truffle: 2 } })).rejects.toThrow(
      'Classifier.fit: classWeights must name labels among ["fly agaric", "penny bun", "russula"], got "truffle".',
    );
  });

  it("goes on learning from new rows, keeping what the optimizer keeps", async () => {
    const fresh = await Classifier.fit<string>(rows.slice(0, 40), { ...options, epochs: 1 });
    const twin = await Classifier.load<string>(fresh.save());
    const first = fresh.partialFit(rows, { optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }), batchSize: 20 });
    let last = first;
    for (let pass = 0; pass < 20; pass++) last = fresh.partialFit(rows);
    expect(last).toBeLessThan(first / 2);
    expect(fresh.evaluate(more).accuracy).toBeGreaterThan(0.8);
    // One pass is what a trainer does in the rows' order.
    const data = twin.dataset(rows);
    const trainer = twin.net.trainer({ optimizer: sgd({ learningRate: 0.05, momentum: 0.9 }) });
    for (let pass = 0; pass < 21; pass++) for (const { x, y } of data.batches({ size: 20 })) trainer.step(x, y);
    expect(twin.net.parameters()).toEqual(fresh.net.parameters());
    // A new trainer in between, and the online one starts anew rather than fail.
    fresh.net.trainer({ optimizer: adam() });
    fresh.partialFit(rows);
    const before = fresh.save();
    expect(() => fresh.partialFit(rows, { optimizer: sgd({ learningRate: 1e30 }) })).toThrow("the loss must be finite");
    expect(fresh.save()).toEqual(before);
    expect(() => fresh.partialFit([{ ...rows[0], kind: "truffle" }])).toThrow("partialFit: targets must be among");
    expect(fresh.save()).toEqual(before);
  });

  it("is the best so far when the signal ends the fit", async () => {
    const controller = new AbortController();
    const stopped = await Classifier.fit<string>(rows, {
      ...options,
      validation: more,
      onEpoch: ({ epoch }) => epoch === 9 && controller.abort(),
      signal: controller.signal,
    });
    expect(stopped.history).toMatchObject({ stopped: "aborted" });
    const losses = stopped.history.epochs.map(({ validation }) => validation!.loss);
    expect(losses).toHaveLength(10);
    expect(stopped.evaluate(more).logLoss).toBeCloseTo(Math.min(...losses), 6);
  });

  it("tells of itself on a page", () => {
    expect(model.summary()).toBe(
      [
        'Classifier of "kind": 3 labels, fly agaric, penny bun, russula',
        "",
        "columns: 3 read, 2 ignored",
        "  column   kind     features",
        "  colour   text            3  brown, red, white",
        "  id       ignore             identifier",
        "  planet   ignore             constant",
        "  size     number          5  4.855 ± 2.111, 3 bins, some missing",
        "  spotted  boolean         1",
        "",
        "warnings:",
        '  column "id": it tells rows apart rather than describing them, and is ignored. If it describes them, pass columns: { "id": "number" }.',
        '  column "planet": it is the same in all rows, and is ignored.',
        "  training ended after 60 epochs while the loss still fell. Pass more epochs.",
        '  column "colour": "ultraviolet" is none of the texts of training rows, and counts as none of them.',
        '  column "spotted": a value is missing, of which training rows had none: it counts as one in the middle or as no text.',
        "",
        "9-16-3, 211 parameters",
        "  layer        size  activation  parameters",
        "  hidden 1  9 -> 16  relu               160",
        "  output    16 -> 3  softmax             51",
        "",
        "fitted: 60 epochs, 420 updates, done",
        "  epoch        loss  learning rate",
        "  1            1.04           0.01",
        "  59 (kept)  0.2063           0.01",
        "  60          0.207           0.01",
      ].join("\n"),
    );
    expect(model.net.summary().split("\n")[0]).toBe("9-16-3, 211 parameters");
  });
});

describe("Classifier.fit refuses", () => {
  const refused = (given: object, data: readonly object[] = rows) =>
    expect(Classifier.fit(data, { ...options, ...given } as ClassifierOptions)).rejects;

  it("options outside their domain", async () => {
    await refused({ target: 3 }).toThrow("Classifier.fit: target must be a column's name, got 3.");
    await refused({ target: "none" }).toThrow(
      'Classifier.fit: target must be a column of the rows, got "none" beside ["colour", "id", "kind", "planet", "size", "spotted"].',
    );
    await refused({ hidden: 64 }).toThrow("Classifier.fit: hidden must be an array of layer sizes, got 64.");
    await refused({ hidden: [0] }).toThrow("Classifier.fit: hidden[0] must be a whole number from 1");
    await refused({ hiden: [1] }).toThrow('got "hiden"');
    for (const validation of [-0.1, 1, 2]) {
      await refused({ validation }).toThrow(`Classifier.fit: validation must lie between 0 and 1, got ${validation}.`);
    }
    for (const ensemble of [0, 257, 1.5, "4"]) {
      await refused({ ensemble }).toThrow("Classifier.fit: ensemble must be a whole number");
    }
    await refused({ seed: -1 }).toThrow("Classifier.fit: seed must be");
  });

  it("a value that does not fit, under its own row's number, held out or not", async () => {
    for (const bad of [0, 77, 199]) {
      const data = rows.map((row, r) => (r === bad ? { ...row, size: "big" } : row));
      const message = `column "size" must hold numbers, got "big" at row ${bad}.`;
      const columns = { size: "number" };
      await refused({ columns, validation: 0.2 }, data).toThrow(`Classifier.fit: ${message}`);
      await refused({ validation: data }).toThrow(`Classifier.fit, validation: ${message}`);
      await expect(Classifier.crossValidate(data, { ...options, columns: { size: "number" } })).rejects.toThrow(
        `Classifier.crossValidate: ${message}`,
      );
    }
  });

  it("rows that are none, and targets that are no labels", async () => {
    await refused({}, []).toThrow("Classifier.fit: rows must hold at least one row, got none.");
    await refused({}, [1] as never).toThrow("Classifier.fit: rows[0] must be an object, got 1.");
    const xy = (values: unknown[]) => values.map((kind, i) => ({ kind, x: i }));
    await refused({}, xy(["a", "a"])).toThrow('Classifier.fit: the rows must hold two labels at least, got ["a"].');
    await refused({}, xy(["a", 1])).toThrow(
      "Classifier.fit: targets must be all text, all numbers or all booleans, got 1 at row 1.",
    );
    await refused({}, xy([1, 2.5])).toThrow(
      "Classifier.fit: labels must be text, booleans or whole numbers, got 2.5 at row 1. For values use Regressor.",
    );
    await refused({}, xy(["a", ""])).toThrow('Classifier.fit: each row must hold its target "kind", got "" at row 1.');
    await refused(
      {},
      xy(["a", "b"]).map(({ kind }) => ({ kind })),
    ).toThrow("Classifier.fit: the rows must hold a column");
  });
});

describe("Regressor", () => {
  /** Prices that are large, far from 0, and linear in what is known. */
  const houses = (count: number, seed: number) => {
    const random = new Random(seed);
    return Array.from({ length: count }, () => {
      const area = 60 + 20 * random.uniform();
      const town = ["Bonn", "Köln"][random.below(2)];
      return { area, town, price: `${200_000 + 3000 * area + (town === "Köln" ? 50_000 : 0)}` };
    });
  };
  const train = houses(150, 1);
  const test = houses(50, 2);

  it("learns values and gives them back in their unit", async () => {
    const net = await Regressor.fit(train, { target: "price", hidden: [16], optimizer: adam({ learningRate: 0.01 }) });
    const scores = net.evaluate(test);
    expect(scores.r2).toBeGreaterThan(0.99);
    expect(scores.meanAbsoluteError).toBeLessThan(3000);
    const values = net.predict(test);
    for (const [r, row] of test.entries()) {
      expect(net.predict(row)).toBe(values[r]);
      expect(Math.abs(values[r] / Number(row.price) - 1)).toBeLessThan(0.05);
    }
    expect(net.predict([])).toEqual([]);
    const loaded = await Regressor.load(net.save());
    expect(loaded.predict(test)).toEqual(values);
    expect(loaded.save()).toEqual(net.save());
    expect(net.summary()).toContain('Regressor of "price"');
    const before = net.evaluate(test).r2;
    net.partialFit(
      test.map((row) => ({ ...row, price: 0 })),
      { optimizer: sgd({ learningRate: 0.1 }) },
    );
    expect(net.evaluate(test).r2).toBeLessThan(before);
  });

  it("takes targets that do not vary", async () => {
    const net = await Regressor.fit(
      [
        { x: 1, y: 5 },
        { x: 2, y: 5 },
      ],
      { target: "y", epochs: 200 },
    );
    expect(net.predict({ x: 1.5 })).toBeCloseTo(5, 0);
  });

  it("refuses targets that are no finite numbers", async () => {
    const fitTo = (y: unknown) =>
      Regressor.fit(
        [
          { x: 1, y: 1 },
          { x: 2, y },
        ],
        { target: "y" },
      );
    for (const y of ["high", true, Infinity, 1e300, [1]]) {
      await expect(fitTo(y)).rejects.toThrow(
        /^Regressor\.fit: targets must be (?:finite numbers|numbers that are finite in float32), got .* at row 1\.$/,
      );
    }
    for (const y of [null, "", Number.NaN, undefined]) await expect(fitTo(y)).rejects.toThrow("must hold its target");
  });
});

describe("files that lie", () => {
  it("are refused in one sentence, or make a model that works", async () => {
    const { encodeTable } = await import("../../src/file/write-tables.js");
    const { decodeModel } = await import("../../src/file/saved-model.js");
    const saved = decodeModel("test", model.save());
    const table = JSON.parse(JSON.stringify(saved.table));
    const anything = fc.anything({ maxDepth: 2 });
    const outcomes = { refused: 0, loaded: 0 };
    await fc.assert(
      fc.asyncProperty(fc.nat(), anything, async (place, value) => {
        const other = JSON.parse(JSON.stringify(table));
        const places: [object, string][] = [];
        const walk = (node: unknown) => {
          if (typeof node !== "object" || node === null) return;
          for (const key of Object.keys(node)) {
            places.push([node, key]);
            walk((node as Record<string, unknown>)[key]);
          }
        };
        walk(other);
        const [node, key] = places[place % places.length];
        (node as Record<string, unknown>)[key] = value;
        let text: string | undefined;
        try {
          text = JSON.stringify(other);
        } catch {
          return;
        }
        const bytes = encodeTable({ ...saved, table: JSON.parse(text) });
        const loaded = await Classifier.load(bytes).catch((error: Error) => error);
        outcomes[loaded instanceof Error ? "refused" : "loaded"]++;
        if (loaded instanceof Error) {
          expect(loaded.message).toMatch(/^Classifier\.load: the file must [^\n]*\.$/);
          return;
        }
        // What a model that was loaded cannot do is no refusal.
        expect(loaded.labels).toContain(loaded.predict({ size: 3 }));
        expect(loaded.summary().split("\n")[0]).toMatch(/^Classifier of /);
        expect((await Classifier.load(loaded.save())).save()).toEqual(loaded.save());
      }),
      { numRuns: 400, seed: 1 },
    );
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    // Most changes are refused; of those that are not, say another target, some occur.
    expect(outcomes.refused).toBeGreaterThan(outcomes.loaded);
    expect(outcomes.loaded).toBeGreaterThan(0);
  });
});

/** Features of large tables are made a mini-batch at a time: to the bit those that are made at once. */
import { afterEach, describe, expect, it } from "vitest";
import { Dataset } from "../../src/data/dataset.js";
import { order, Random } from "../../src/ground/random.js";
import { runThrough } from "../../src/ground/turn.js";
import { Classifier, lbfgs, MLP, Regressor, type TableRows } from "../../src/index.js";
import { probabilitySlices } from "../../src/model/answer-slices.js";
import { readCells } from "../../src/table/cells.js";
import { featuresOfRows, MadeFeatures, ROOM } from "../../src/table/made-features.js";
import { RowList } from "../../src/table/table-source.js";
import { learnEncoder } from "./learn.js";

const { most } = ROOM;
afterEach(() => {
  ROOM.most = most;
});

const random = new Random(5);
const rows = Array.from({ length: 700 }, (_, r) => {
  const x = random.normal();
  return {
    x: r % 11 === 0 ? null : x,
    day: `2024-0${1 + (r % 9)}-1${r % 10}`,
    city: ["Rome", "Oslo", "", "Bern"][r % 4],
    flag: r % 2 === 0,
    rare: r % 40 === 0 ? 1 : undefined,
    y: x + (r % 3) > 1 ? "a" : "b",
    price: 3 * x + (r % 4),
  };
});
const others = rows.slice(0, 300).map((row, r) => (r === 5 ? { ...row, city: "Paris" } : row));

describe("features that are made", () => {
  it("are those of the encoder, whatever lay there before, for any rows in any order", () => {
    const numbers = Uint32Array.from({ length: 600 }, (_, i) => (i * 37) % 700);
    const cells = runThrough(readCells("fit", new RowList(rows), "y"));
    const guide = { targets: rows.map(({ price }) => price) };
    const encoder = learnEncoder(rows, "y", {}, order(700), guide);
    const made = new MadeFeatures("fit", encoder, cells, numbers);
    const { width } = encoder;
    const indices = Uint32Array.from({ length: 90 }, (_, i) => (i * 7) % 600);
    const out = new Float32Array(100 * width).fill(7);
    made.make(out, 10, 50, indices);
    const wanted = encoder.encode(
      "fit",
      Array.from({ length: 50 }, (_, i) => rows[numbers[indices[10 + i]]]),
    );
    expect(out.subarray(0, 50 * width)).toEqual(wanted);
    expect(out.subarray(50 * width).every((x) => x === 7)).toBe(true);
    made.make(out, 500, 100);
    expect(out).toEqual(
      encoder.encode(
        "fit",
        Array.from(numbers.subarray(500), (r) => rows[r]),
      ),
    );
    ROOM.most = 0;
    const own = runThrough(featuresOfRows("fit", encoder, rows)) as MadeFeatures;
    own.make(out, 20, 50, indices);
    expect(out.subarray(0, 50 * width)).toEqual(
      encoder.encode(
        "fit",
        Array.from({ length: 50 }, (_, i) => rows[indices[20 + i]]),
      ),
    );
  });

  it("are answered, scored and learned by a network as those that are there", async () => {
    const encoder = learnEncoder(rows, "y");
    const x = encoder.encode("fit", rows);
    ROOM.most = 0;
    const made = runThrough(featuresOfRows("fit", encoder, rows)) as MadeFeatures;
    const y = Float32Array.from(rows, ({ y }) => (y === "a" ? 1 : 0));
    const fitted = async (data: Dataset) => {
      const net = await MLP.create({ layers: [encoder.width, 6, 2], seed: 2 });
      await net.fit(data, { epochs: 2, validation: data, earlyStopping: {} });
      return { net, scores: net.evaluate(data) };
    };
    const there = await fitted(Dataset.trusted(x, y, 700));
    const later = await fitted(Dataset.trusted(made, y, 700));
    expect(later.net.save()).toEqual(there.net.save());
    expect(later.scores).toEqual(there.scores);
    expect(runThrough(probabilitySlices(later.net, made))).toEqual(there.net.predictProba(x));
  });
});

describe("a fit whose features have no room", () => {
  const options = { hidden: [5], epochs: 2, ensemble: 2, seed: 3 };
  const ways: [string, () => Promise<{ save(): Uint8Array }>][] = [
    ["of labels", () => Classifier.fit(rows, { ...options, target: "y", classWeights: "balanced" })],
    ["of values", () => Regressor.fit(rows, { ...options, target: "price", hidden: undefined })],
    ["watched by other rows", () => Classifier.fit(rows, { ...options, target: "y", validation: others })],
    [
      "watched by other rows as they come",
      () => Classifier.fit(rows, { ...options, target: "y", validation: new Set(others) as TableRows }),
    ],
    [
      "by all rows at once",
      () => Regressor.fit(rows, { ...options, target: "price", optimizer: lbfgs(), validation: 0 }),
    ],
  ];
  for (const [way, train] of ways) {
    it(`${way} gives the same model`, async () => {
      const wanted = await train();
      ROOM.most = 1000;
      expect((await train()).save()).toEqual(wanted.save());
    });
  }

  it("reads each value of the rows that it is watched by once, and refuses odd ones by their number", async () => {
    ROOM.most = 0;
    let reads = 0;
    const counted = others.map(({ x, ...row }) =>
      Object.defineProperty(row, "x", { enumerable: true, get: () => ++reads && x }),
    );
    await Classifier.fit(rows, { ...options, target: "y", validation: counted });
    expect(reads).toBe(300);
    const odd = others.map((row, r) => (r === 280 ? { ...row, flag: "maybe" } : row));
    await expect(Classifier.fit(rows, { ...options, target: "y", validation: odd })).rejects.toThrow(
      'Classifier.fit, validation: column "flag" must hold true or false, got "maybe" at row 280.',
    );
  });

  it("scores folds alike", async () => {
    const folds = () => Classifier.crossValidate(rows, { ...options, target: "y", folds: 3 });
    const wanted = await folds();
    ROOM.most = 0;
    expect(await folds()).toEqual(wanted);
  });
});

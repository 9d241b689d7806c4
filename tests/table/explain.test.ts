/** What each column added to an answer: Shapley values, against their definition and their laws. */
import { describe, expect, expectTypeOf, it } from "vitest";
import { order, Random } from "../../src/ground/random.js";
import { runThrough } from "../../src/ground/slices.js";
import {
  Classifier,
  type Explanation,
  inTurns,
  type LabelExplanation,
  type LabelPartialDependence,
  type PartialDependence,
  Regressor,
} from "../../src/index.js";
import { exactShares, type Game, sampledShares } from "../../src/table/shapley.js";

/** Numbers that act together, a text, a boolean, and an age that is missing now and then. */
function rowsOf(count: number, seed: number) {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const [size, heat] = [random.normal(), random.normal()];
    const colour = ["red", "green", "blue"][random.below(3)];
    const age = random.below(4) === 0 ? null : random.below(60);
    const price = 300 + 40 * size * heat + (colour === "red" ? 25 : 0) + (age ?? 20) + 3 * random.normal();
    return { size, heat, colour, age, price, kind: price > 330 ? "dear" : price > 300 ? "fair" : "cheap" };
  });
}

const rows = rowsOf(150, 1);
const background = rowsOf(12, 2);
const [row] = rowsOf(1, 3);
const fitting = { hidden: [6], epochs: 12, ensemble: 2, seed: 4 };
const priced = { ...fitting, target: "price", columns: { kind: "ignore" } } as const;
const regressor = await Regressor.fit(rows, priced);
const classifier = await Classifier.fit<string>(rows, { ...fitting, target: "kind", columns: { price: "ignore" } });
const NAMES = ["age", "colour", "heat", "size"] as const;

type Row = (typeof rows)[number];
type Predict = (row: object) => number;

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
const mean = (numbers: readonly number[]) => sum(numbers) / numbers.length;
const byName = ({ columns }: Explanation) => Object.fromEntries(columns.map((column) => [column.name, column.mean]));

/** All orders of a list. */
function ordersOf<T>(list: readonly T[]): T[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((first, i) =>
    ordersOf([...list.slice(0, i), ...list.slice(i + 1)]).map((rest) => [first, ...rest]),
  );
}

/** What columns add by the definition: over all orders, objects whose values are replaced one after the other. */
function naive(predict: Predict, explained: Row, others: readonly Row[]): Record<string, number> {
  const orders = ordersOf(NAMES);
  const totals: Record<string, number> = { age: 0, colour: 0, heat: 0, size: 0 };
  for (const other of others) {
    for (const names of orders) {
      let mixed: object = other;
      for (const name of names) {
        const next = { ...mixed, [name]: explained[name] };
        totals[name] += (predict(next) - predict(mixed)) / orders.length / others.length;
        mixed = next;
      }
    }
  }
  return totals;
}

function expectAlike(found: Record<string, number>, wanted: Record<string, number>, within: number) {
  expect(Object.keys(found).sort()).toEqual(Object.keys(wanted).sort());
  for (const [name, value] of Object.entries(wanted)) expect(Math.abs(found[name] - value), name).toBeLessThan(within);
}

describe("explain", () => {
  const value: Predict = (asked) => regressor.predict(asked);
  const probability =
    (label: string): Predict =>
    (asked) =>
      classifier.predictProba(asked)[label];

  it("is the mean over all orders of the columns, of values in their unit", async () => {
    const explanation = await regressor.explain(row, { background });
    expectAlike(byName(explanation), naive(value, row, background), 1e-9 * 300);
    expect(explanation.answer).toBe(regressor.predict(row));
    expect(explanation.base).toBeCloseTo(mean(background.map(value)), 9);
    expect(explanation.columns.map(({ error }) => error)).toEqual([0, 0, 0, 0]);
    for (const column of explanation.columns) expect(column.value).toBe(row[column.name as "age"]);
  });

  it("is that of the probability of each label, or of the one that is predicted", async () => {
    for (const label of classifier.labels) {
      const explanation = await classifier.explain(row, { background, label });
      expect(explanation.label).toBe(label);
      expect(explanation.answer).toBe(classifier.predictProba(row)[label]);
      expectAlike(byName(explanation), naive(probability(label), row, background), 1e-9);
    }
    const predicted = classifier.predict(row);
    const explanation = await classifier.explain(row, { background });
    expect(explanation).toEqual(await classifier.explain(row, { background, label: predicted }));
    expect(explanation.label).toBe(predicted);
  });

  it("control: values of another row, or of another background, are others", async () => {
    const found = byName(await regressor.explain(row, { background }));
    for (const wrong of [naive(value, rows[0], background), naive(value, row, background.slice(1))]) {
      expect(() => expectAlike(found, wrong, 1e-9 * 300)).toThrow();
    }
  });

  it("adds up to the answer, those first that added or took most", async () => {
    for (const explained of rows.slice(0, 10)) {
      for (const model of [regressor, classifier]) {
        const { base, answer, columns } = await model.explain(explained, { background: rows });
        expect(base + sum(columns.map((column) => column.mean))).toBeCloseTo(answer, 9);
        const sizes = columns.map((column) => Math.abs(column.mean));
        expect(sizes).toEqual([...sizes].sort((a, b) => b - a));
      }
    }
  });

  it("of a linear model is weight times distance from the mean", async () => {
    const linear = await Regressor.fit(rows, { ...priced, hidden: [], ensemble: 1 });
    const [{ weights }] = linear.net.parameters();
    const [own, others] = [linear.encode([row]), linear.encode(background)];
    const { deviation } = linear.targetEncoder;
    const width = own.length;
    const wanted = linear.columns
      .filter((column) => column.width > 0)
      .map(({ name, start, width: count }) => {
        const features = Array.from({ length: count }, (_, i) => start + i);
        const distance = (f: number) => own[f] - mean(background.map((_, r) => others[r * width + f]));
        return [name, deviation * sum(features.map((f) => weights[f] * distance(f)))] as const;
      });
    expectAlike(byName(await linear.explain(row, { background })), Object.fromEntries(wanted), 1e-3);
    expect(Math.max(...wanted.map(([, share]) => Math.abs(share)))).toBeGreaterThan(5);
  });

  it("gives columns that say the same alike, and those that say nothing to the network nothing", async () => {
    const twins = rows.map((own) => ({ ...own, twin: own.size }));
    const { kind: _, ...columns } = priced.columns;
    const model = await Regressor.fit(twins, { ...priced, columns: { ...columns, kind: "ignore" }, ensemble: 1 });
    const layers = model.net.parameters();
    const [{ weights, outputs }] = layers;
    const column = (name: string) => model.columns.find((own) => own.name === name)!;
    const [size, twin, heat] = ["size", "twin", "heat"].map(column);
    const end = (size.start + size.width) * outputs;
    weights.copyWithin(twin.start * outputs, size.start * outputs, end);
    weights.fill(0, heat.start * outputs, (heat.start + heat.width) * outputs);
    model.net.setParameters(layers);
    const explained = { ...row, twin: row.size };
    const found = byName(await model.explain(explained, { background: twins.slice(0, 12) }));
    // As far as float32 adds up in another order.
    expect(found.twin / found.size).toBeCloseTo(1, 6);
    expect(Math.abs(found.size)).toBeGreaterThan(0.1);
    expect(found.heat).toBeCloseTo(0, 9);
    expect(Math.abs(found.age)).toBeGreaterThan(1e-6);
  });

  it("reads a row as predict does: what is missing, and what is written otherwise", async () => {
    const { size, heat } = row;
    const odd = { heat: `${heat}`, size, age: "NA", colour: "violet", further: 1 };
    const explanation = await regressor.explain(odd, { background });
    expect(explanation.answer).toBe(regressor.predict(odd));
    expect(explanation.columns.find(({ name }) => name === "colour")?.value).toBe("violet");
    const { columns } = await regressor.explain({ size }, { background });
    expect(columns.find(({ name }) => name === "heat")).toMatchObject({ value: undefined });
    // Compared with itself there is nothing to explain.
    const same = await regressor.explain(row, { background: [row] });
    expect(same.columns.map((column) => [column.mean, column.error])).toEqual(NAMES.map(() => [0, 0]));
    expect(same.columns.map(({ name }) => name)).toEqual([...NAMES]);
    expect(same.base).toBe(same.answer);
  });

  it("uses a hundred rows of the background, at equal distances", async () => {
    const many = rowsOf(250, 9);
    const hundred = Array.from({ length: 100 }, (_, i) => many[Math.floor(2.5 * i)]);
    const found = await regressor.explain(row, { background: many });
    expect(found).toEqual(await regressor.explain(row, { background: hundred }));
    expect(found).not.toEqual(await regressor.explain(row, { background: many.slice(0, 100) }));
    // Row 1 is not used, row 5 is, and is named by its place among all.
    const unused = many.map((own, r) => (r === 1 ? { ...own, size: "?!" } : own));
    expect(await regressor.explain(row, { background: unused })).toEqual(found);
    const wrong = many.map((own, r) => (r === 5 ? { ...own, size: [1] } : own));
    await expect(regressor.explain(row, { background: wrong })).rejects.toMatchObject({
      message: expect.stringMatching(/^explain, background: column "size" must hold numbers, got an array at row 5\./),
      row: 5,
      column: "size",
    });
  });

  it("changes nothing, waits for other questions, and reads the lists of the moment of the call", async () => {
    const model = await Regressor.load(regressor.save());
    const before = model.save();
    const list = [...background];
    const asked = [model.explain(row, { background: list }), model.partialDependence(list, "colour")] as const;
    list.length = 1;
    expect(() => model.partialFit(rows)).toThrow("partialFit: the model must not be inside explain");
    const predicted = inTurns(model).predict(rows);
    expect(await asked[0]).toEqual(await regressor.explain(row, { background }));
    expect(await asked[1]).toEqual(await regressor.partialDependence(background, "colour"));
    expect(await predicted).toEqual(regressor.predict(rows));
    expect(model.save()).toEqual(before);
    expect(model.partialFit(rows)).toBeGreaterThan(0);
  });

  it("refuses what it cannot explain", async () => {
    const CASES: [unknown, unknown, string][] = [
      [[row], { background }, "explain: row must be an object, got an array."],
      [{ price: 1 }, { background }, "explain: a row must have a column among"],
      [{ size: {} }, { background }, 'explain: column "size" must hold numbers, got an object at row 0.'],
      [row, undefined, "explain: the options must be an object, got undefined."],
      [row, {}, "explain, background: rows must be an array of objects, got undefined."],
      [row, { background: [] }, "explain, background: rows must hold at least one row, got none."],
      [row, { background: [1] }, "explain, background: rows[0] must be an object, got 1."],
      [row, { background, samples: 0 }, "explain: samples must be a whole number >= 1, got 0."],
      [row, { background, seed: -1 }, "explain: seed must be a whole number >= 0, got -1."],
      [row, { background, repeats: 1 }, 'explain: the options must be among background, samples, seed, label, got "re'],
      [row, { background, label: "free" }, 'explain: label must be among ["cheap", "dear", "fair"], got "free".'],
      [row, { background, label: 1 }, 'explain: label must be among ["cheap", "dear", "fair"], got 1.'],
    ];
    for (const [asked, options, message] of CASES) {
      await expect(classifier.explain(asked as object, options as never), message).rejects.toThrow(message);
    }
    await expect(regressor.explain(row, { background, label: "dear" } as never)).rejects.toThrow(
      'explain: the options must be among background, samples, seed, got "label".',
    );
  });
});

describe("explain of more than ten columns", () => {
  const random = new Random(11);
  const wide = Array.from({ length: 120 }, () => {
    const numbers = Array.from({ length: 12 }, () => random.normal());
    const y = numbers[0] * numbers[1] + numbers[2] - (numbers[3] > 0 ? numbers[4] : 0);
    return { ...Object.fromEntries(numbers.map((x, i) => [`x${String(i).padStart(2, "0")}`, x])), y };
  });
  const others = wide.slice(0, 5);
  const explained = wide[7];

  it("is an estimate with its error, the same for the same seed, that adds up all the same", async () => {
    const model = await Regressor.fit(wide, { target: "y", hidden: [8], epochs: 40, seed: 1 });
    const found = await model.explain(explained, { background: others, seed: 1 });
    const exact = byName({ ...found, columns: exactly(model) });
    for (const { name, mean: share, error } of found.columns) {
      expect(error, name).toBeGreaterThan(0);
      expect(Math.abs(share - exact[name]), name).toBeLessThan(4 * error);
      // Control: errors that say something of shares such as these.
      expect(error, name).toBeLessThan(0.05);
    }
    expect(Math.max(...Object.values(exact).map(Math.abs))).toBeGreaterThan(0.1);
    expect(found.base + sum(found.columns.map((column) => column.mean))).toBeCloseTo(found.answer, 9);
    expect(await model.explain(explained, { background: others, seed: 1 })).toEqual(found);
    expect(await model.explain(explained, { background: others, seed: 2 })).not.toEqual(found);
    // Errors are neither too large nor too small.
    const squares: number[] = [];
    for (let seed = 0; seed < 30; seed++) {
      const { columns } = await model.explain(explained, { background: others, samples: 50, seed });
      for (const { name, mean: share, error } of columns) squares.push(((share - exact[name]) / error) ** 2);
    }
    expect(mean(squares)).toBeGreaterThan(0.6);
    expect(mean(squares)).toBeLessThan(1.6);
    // A hundredth of the orders: ten times the error, about.
    const rough = await model.explain(explained, { background: others, samples: 10 });
    expect(rough.columns[0].error).toBeGreaterThan(3 * found.columns[0].error);
  });

  /** By all 4096 sets of columns, asked one after the other. */
  function exactly(model: Regressor): Explanation["columns"] {
    const names = Object.keys(explained).filter((name) => name !== "y");
    const columns = names.map((name) => ({ name, value: undefined, mean: 0, error: 0 }));
    for (const other of others) {
      const mixed = Array.from({ length: 4096 }, (_, set) => {
        const chosen = names.filter((_, c) => (set >> c) & 1).map((name) => [name, explained[name as "y"]]);
        return { ...other, ...Object.fromEntries(chosen) };
      });
      const values: number[] = model.predict(mixed as readonly object[]);
      const worth = function* (count: number, has: (i: number, p: number) => boolean) {
        const sets = Array.from({ length: count }, (_, i) => sum(names.map((_, p) => Number(has(i, p)) << p)));
        yield 1;
        return Float64Array.from(sets, (set) => values[set]);
      };
      const shares = runThrough(exactShares({ players: 12, empty: values[0], full: values[4095], worth }));
      for (const [c, column] of columns.entries()) column.mean += shares[c] / others.length;
    }
    return columns;
  }
});

describe("shares of a game", () => {
  /** What coalitions win, by their numbers. */
  const gameOf = (players: number, value: (set: number) => number): Game => ({
    players,
    empty: value(0),
    full: value(2 ** players - 1),
    *worth(count, has) {
      const set = (i: number) => sum(Array.from({ length: players }, (_, p) => Number(has(i, p)) << p));
      yield 1;
      return Float64Array.from({ length: count }, (_, i) => value(set(i)));
    },
  });
  const random = new Random(5);
  const wins = Float64Array.from({ length: 2 ** 12 }, () => random.normal());
  const game = gameOf(12, (set) => wins[set]);

  it("of the glove game are those of the textbook: of one left glove and two right ones", () => {
    const pairs = gameOf(3, (set) => Number((set & 1) > 0 && (set & 6) > 0));
    const shares = runThrough(exactShares(pairs));
    for (const [p, share] of [2 / 3, 1 / 6, 1 / 6].entries()) expect(shares[p]).toBeCloseTo(share, 15);
  });

  it("of no player and of one are nothing and all", () => {
    expect(runThrough(exactShares(gameOf(0, () => 3)))).toEqual(new Float64Array(0));
    expect(runThrough(exactShares(gameOf(1, (set) => 3 + 4 * set)))).toEqual(Float64Array.of(4));
  });

  it("are met by samples as often as their errors say", () => {
    const exact = runThrough(exactShares(game));
    const squares: number[] = [];
    for (let seed = 0; seed < 100; seed++) {
      const { shares, variances } = runThrough(sampledShares(game, 60, new Random(seed)));
      expect(sum([...shares])).toBeCloseTo(game.full - game.empty, 9);
      for (const [p, share] of exact.entries()) squares.push((shares[p] - share) ** 2 / variances[p]);
    }
    expect(mean(squares)).toBeGreaterThan(0.9);
    expect(mean(squares)).toBeLessThan(1.15);
    expect(Math.max(...squares)).toBeLessThan(5 ** 2);
  });

  it("are known from two orders where players win in pairs: an order and its reverse make up for each other", () => {
    const pairs = Array.from({ length: 144 }, (_, i) => wins[i]);
    const of = (set: number) =>
      sum(pairs.map((won, i) => ((set >> (i % 12)) & 1 && (set >> Math.floor(i / 12)) & 1 ? won : 0)));
    const exact = runThrough(exactShares(gameOf(12, of)));
    const { shares, variances } = runThrough(sampledShares(gameOf(12, of), 2, new Random(1)));
    for (const [p, share] of exact.entries()) {
      expect(shares[p]).toBeCloseTo(share, 9);
      expect(variances[p]).toBeLessThan(1e-18);
    }
  });

  it("control: orders that are not drawn evenly miss them, and their errors do not tell", () => {
    // The generator that always draws the same order.
    const still = { shuffle: () => {} } as unknown as Random;
    const exact = runThrough(exactShares(game));
    const { shares, variances } = runThrough(sampledShares(game, 60, still));
    expect([...variances].every((variance) => variance < 1e-18)).toBe(true);
    expect(Math.max(...exact.map((share, p) => Math.abs(share - shares[p])))).toBeGreaterThan(0.1);
    expect(order(3, still)).toEqual(Uint32Array.of(0, 1, 2));
  });
});

it("has the types of the model's labels", () => {
  expectTypeOf(classifier.explain).returns.resolves.toEqualTypeOf<LabelExplanation<string>>();
  expectTypeOf(regressor.explain).returns.resolves.toEqualTypeOf<Explanation>();
  expectTypeOf(regressor.partialDependence).returns.resolves.toEqualTypeOf<PartialDependence>();
  expectTypeOf(classifier.partialDependence).returns.resolves.toEqualTypeOf<LabelPartialDependence>();
});

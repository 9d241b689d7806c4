/** What rows count: laws of weights, soft targets, smoothing and weights of classes, and the doors that look at them. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import {
  type Activation,
  adam,
  type ClassWeights,
  Dataset,
  type Loss,
  MLP,
  type Output,
  sgd,
  type TrainerOptions,
} from "../../src/index.js";

interface Head {
  name: string;
  output: Output;
  outputs: number;
  loss?: Loss;
  activation?: Activation;
  classWeights?: ClassWeights;
  /** The targets of a row. */
  targets(random: Random): number[];
}

/** Three probabilities that sum to 1. */
function probabilities(random: Random): number[] {
  const shares = [0, 1, 2].map(() => 0.1 + random.uniform());
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

const heads: Head[] = [
  { name: "class ids", output: "softmax", outputs: 3, targets: (random) => [random.below(3)] },
  {
    name: "class ids, weighted classes",
    output: "softmax",
    outputs: 3,
    classWeights: [0.5, 1, 2],
    targets: (random) => [random.below(3)],
  },
  { name: "probabilities of classes", output: "softmax", outputs: 3, targets: probabilities },
  {
    name: "zeros and ones",
    output: "sigmoid",
    outputs: 3,
    targets: (random) => [0, 1, 2].map(() => random.below(2)),
  },
  {
    name: "some probabilities, weighted",
    output: "sigmoid",
    outputs: 2,
    classWeights: [
      [1, 3],
      [0.5, 2],
    ],
    targets: (random) => [random.uniform(), random.below(2)],
  },
  {
    name: "zeros, ones and probabilities",
    output: "sigmoid",
    outputs: 3,
    targets: (random) => [random.below(2), random.uniform(), random.below(2)],
  },
  {
    name: "values",
    output: "linear",
    outputs: 2,
    activation: "gelu",
    targets: (random) => [random.normal(), random.normal()],
  },
  {
    name: "values of softplus by Huber",
    output: "softplus",
    outputs: 2,
    loss: { huber: 0.5 },
    activation: "elu",
    targets: (random) => [random.normal(), random.normal()],
  },
  { name: "counts", output: "exponential", outputs: 1, activation: "silu", targets: (random) => [random.below(5)] },
  {
    name: "a mean and a variance",
    output: "linear",
    outputs: 2,
    loss: "gaussian",
    targets: (random) => [random.normal()],
  },
  {
    name: "quantiles",
    output: "linear",
    outputs: 6,
    loss: { quantiles: [0.1, 0.5, 0.9] },
    targets: (random) => [random.normal(), random.normal()],
  },
];

/** More than pass through at a time. */
const ROWS = 300;

interface Rows {
  x: number[][];
  y: number[][];
}

function rowsOf({ targets }: Head, rows = ROWS, seed = 1): Rows {
  const random = new Random(seed);
  const x = Array.from({ length: rows }, () => [0, 1, 2, 3].map(() => random.normal()));
  return { x, y: x.map(() => targets(random).map(Math.fround)) };
}

const create = ({ output, outputs, loss, activation }: Head) =>
  MLP.create({ layers: [4, 9, 6, outputs], output, loss, activation: activation ?? "tanh", seed: 3 });

const flat = (net: MLP<Output>) =>
  Float32Array.from(net.parameters().flatMap(({ weights, biases }) => [...weights, ...biases]));

interface Step {
  loss: number;
  parameters: Float32Array;
}

/** One update of a fresh network; its gradient is how far its parameters went, divided by the rate. */
async function update(
  head: Head,
  { x, y }: Rows,
  weights?: ArrayLike<number>,
  options: Partial<TrainerOptions> = {},
): Promise<Step> {
  const net = await create(head);
  const { classWeights } = head;
  const trainer = net.trainer({ optimizer: sgd({ learningRate: 1 }), classWeights, ...options });
  const loss = trainer.step(x.flat(), y.flat(), weights);
  return { loss, parameters: flat(net) };
}

/** The largest difference of parameters, relative to the largest of them if that is over 1. */
function distance(a: Step, b: Step): number {
  const size = b.parameters.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  return a.parameters.reduce((most, value, i) => Math.max(most, Math.abs(value - b.parameters[i])), 0) / size;
}
const lossApart = (a: Step, b: Step) => Math.abs(a.loss / b.loss - 1);

/** Rows as often as their whole weight says. */
function repeat({ x, y }: Rows, counts: ArrayLike<number>): Rows {
  const times = <T>(list: T[]) => list.flatMap((row, r) => new Array<T>(counts[r]).fill(row));
  return { x: times(x), y: times(y) };
}

describe.each(heads)("$name", (head) => {
  const rows = rowsOf(head);
  const anyWeights = (seed: number) => {
    const random = new Random(seed);
    return Float32Array.from({ length: ROWS }, () => 2 * random.uniform());
  };

  it("weights of 1 give the bits of no weights, the loss within 10⁻¹⁵", async () => {
    const [plain, weighted] = [await update(head, rows), await update(head, rows, new Float32Array(ROWS).fill(1))];
    expect(weighted.parameters).toEqual(plain.parameters);
    // Sums in another order.
    expect(lossApart(weighted, plain)).toBeLessThanOrEqual(2e-15);
  });

  it("weights times a power of two change nothing", async () => {
    const weights = anyWeights(2);
    const one = await update(head, rows, weights);
    for (const factor of [0.25, 2, 2 ** 40]) {
      expect(
        await update(
          head,
          rows,
          weights.map((weight) => weight * factor),
        ),
      ).toEqual(one);
    }
  });

  it("a weight of 0 leaves the row out", async () => {
    const kept = Array.from({ length: ROWS }, (_, r) => Number(r % 3 !== 0 && r < 290));
    const [out, without] = [await update(head, rows, kept), await update(head, repeat(rows, kept))];
    expect(lossApart(out, without)).toBeLessThanOrEqual(1e-12);
    expect(distance(out, without)).toBeLessThanOrEqual(1e-6);
  });

  it("a weight of 2 or 3 is the row twice or thrice", async () => {
    const counts = Array.from({ length: ROWS }, (_, r) => r % 4);
    const [weighted, repeated] = [await update(head, rows, counts), await update(head, repeat(rows, counts))];
    expect(lossApart(weighted, repeated)).toBeLessThanOrEqual(1e-12);
    expect(distance(weighted, repeated)).toBeLessThanOrEqual(1e-6);
  });

  it("control: one weight off by a hundredth is noticed, and so is a row left out", async () => {
    const [short, counts] = [rowsOf(head, 20), Array.from({ length: 20 }, (_, r) => 1 + (r % 3))];
    const repeated = await update(head, repeat(short, counts));
    const off = await update(
      head,
      short,
      counts.map((count, r) => count + (r === 7 ? 0.01 : 0)),
    );
    expect(distance(off, repeated)).toBeGreaterThan(1e-6);
    expect(distance(await update(head, short), repeated)).toBeGreaterThan(1e-6);
    expect(lossApart(off, repeated)).toBeGreaterThan(1e-12);
  });

  it("rows that all count nothing leave the weights as they are under sgd, and have a loss of 0", async () => {
    const before = flat(await create(head));
    const { loss, parameters } = await update(head, rows, new Float32Array(ROWS));
    expect(loss).toBe(0);
    expect(parameters).toEqual(before);
  });

  it("a fit of weighted rows is steps of its trainer, weights of 1 no weights", async () => {
    const weights = anyWeights(5);
    const data = Dataset.from({ ...rows, weights });
    const options = { optimizer: adam(), classWeights: head.classWeights };
    const [fitted, stepped, plain, ones] = await Promise.all([1, 2, 3, 4].map(() => create(head)));
    const history = await fitted.fit(data, { ...options, epochs: 1, batchSize: 280, shuffle: false });
    const trainer = stepped.trainer(options);
    const losses = [...data.batches({ size: 280 })].map(
      (batch) => trainer.step(batch.x, batch.y, batch.weights) * sum(batch.weights ?? []),
    );
    expect(flat(fitted)).toEqual(flat(stepped));
    expect(history.epochs[0].loss).toBeCloseTo(sum(losses) / sum(weights), 12);
    await plain.fit(Dataset.from(rows), { ...options, epochs: 2 });
    await ones.fit(Dataset.from({ ...rows, weights: new Array(ROWS).fill(1) }), { ...options, epochs: 2 });
    expect(flat(ones)).toEqual(flat(plain));
  });

  it("evaluate of weighted rows is that of repeated rows, score by score", async () => {
    const net = await create(head);
    const counts = Array.from({ length: ROWS }, (_, r) => (r * 7) % 4);
    const weighted: Record<string, number> = { ...net.evaluate(Dataset.from({ ...rows, weights: counts })) };
    const repeated: Record<string, number> = { ...net.evaluate(Dataset.from(repeat(rows, counts))) };
    expect(Object.keys(weighted)).toEqual(Object.keys(repeated));
    for (const [score, value] of Object.entries(repeated)) {
      expect(Math.abs(weighted[score] - value), score).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(value)));
    }
    const alike: Record<string, number> = { ...net.evaluate(Dataset.from(rows)) };
    // Control: the weights matter, and weights of 1 do not.
    expect(Object.keys(alike).filter((score) => alike[score] === weighted[score])).toEqual([]);
    const ones: Record<string, number> = {
      ...net.evaluate(Dataset.from({ ...rows, weights: new Array(ROWS).fill(1) })),
    };
    for (const [score, value] of Object.entries(alike)) {
      expect(Math.abs(ones[score] - value), score).toBeLessThanOrEqual(1e-14 * Math.max(1, Math.abs(value)));
    }
  });
});

const sum = (list: ArrayLike<number>) => Array.from(list).reduce((total, value) => total + value, 0);

describe("targets of classes", () => {
  const [ids, , soft, bits] = heads;

  it("one-hot probabilities are class ids", async () => {
    const rows = rowsOf(ids);
    const oneHot = { x: rows.x, y: rows.y.map(([id]) => [0, 1, 2].map((c) => Number(c === id))) };
    for (const weights of [undefined, rows.x.map((_, r) => r % 5)]) {
      for (const options of [{}, { classWeights: [0.5, 1, 2] }, { labelSmoothing: 0.1 }]) {
        const [one, other] = [await update(ids, rows, weights, options), await update(ids, oneHot, weights, options)];
        expect(lossApart(one, other)).toBeLessThanOrEqual(1e-6);
        expect(distance(one, other)).toBeLessThanOrEqual(1e-6);
      }
    }
    const net = await create(ids);
    const [byIds, byHot] = [rows, oneHot].map((own) => net.evaluate(Dataset.from(own)) as Record<"loss", number>);
    expect(byHot).toEqual({ ...byIds, loss: expect.closeTo(byIds.loss, 6) });
  });

  it.each([ids, soft, bits])("$name: a smoothing of 0 is none, more is targets drawn together", async (head) => {
    const rows = rowsOf(head);
    expect(await update(head, rows, undefined, { labelSmoothing: 0 })).toEqual(await update(head, rows));
    const isSigmoid = head.output === "sigmoid";
    const full = rows.y.map((own) => (own.length === 1 ? [0, 1, 2].map((c) => Number(c === own[0])) : own));
    const drawn = full.map((own) => own.map((t) => t * 0.8 + (isSigmoid ? 0.1 : 0.2 / 3)));
    const smoothed = await update(head, rows, undefined, { labelSmoothing: 0.2 });
    const given = await update(head, { x: rows.x, y: drawn });
    expect(lossApart(smoothed, given)).toBeLessThanOrEqual(1e-6);
    expect(distance(smoothed, given)).toBeLessThanOrEqual(1e-6);
    expect(distance(smoothed, await update(head, rows))).toBeGreaterThan(1e-3);
  });

  it("a sigmoid's weights of zeros and ones are rows of its targets as often", async () => {
    const head: Head = { ...bits, outputs: 1, targets: (random) => [random.below(2)] };
    const rows = rowsOf(head);
    const repeated = repeat(
      rows,
      rows.y.map(([t]) => (t === 1 ? 3 : 2)),
    );
    // The loss is the mean over rows, whatever their class counts.
    const learningRate = repeated.x.length / ROWS;
    const many = await update(head, repeated, undefined, { optimizer: sgd({ learningRate }) });
    for (const classWeights of [[2, 3], [[2, 3]]]) {
      const weighted = await update(head, rows, undefined, { classWeights });
      expect(Math.abs((weighted.loss * ROWS) / (many.loss * repeated.x.length) - 1)).toBeLessThanOrEqual(1e-6);
      expect(distance(weighted, many)).toBeLessThanOrEqual(2e-6);
    }
    expect(distance(await update(head, rows, undefined, { classWeights: [3, 2] }), many)).toBeGreaterThan(1e-3);
  });

  it("a sigmoid's pairs belong each to its output, one pair to all", async () => {
    const rows = rowsOf(bits);
    const [one, all] = [[2, 3], Array.from({ length: 3 }, () => [2, 3])];
    const apart = [
      [2, 3],
      [1, 1],
      [5, 0.5],
    ];
    const [shared, listed, other] = [
      await update(bits, rows, undefined, { classWeights: one }),
      await update(bits, rows, undefined, { classWeights: all }),
      await update(bits, rows, undefined, { classWeights: apart }),
    ];
    expect(listed).toEqual(shared);
    expect(distance(other, shared)).toBeGreaterThan(1e-3);
  });
});

describe("a dataset's weights", () => {
  /** Row r is [r, 10r], its class r mod 3, its weight r + ½. */
  const numbered = (rows: number) =>
    Dataset.from({
      x: Array.from({ length: rows }, (_, r) => [r, 10 * r]),
      y: Array.from({ length: rows }, (_, r) => r % 3),
      weights: Array.from({ length: rows }, (_, r) => r + 0.5),
    });
  const belong = ({ x, weights }: { x: ArrayLike<number>; weights?: ArrayLike<number> }) =>
    weights !== undefined &&
    2 * weights.length === x.length &&
    Array.from(weights).every((weight, r) => weight === x[2 * r] + 0.5);

  it("go with their rows: take, split, folds, batches, withTargets", () => {
    const data = numbered(20);
    const { train, test } = data.split({ test: 0.3, seed: 1, stratify: true });
    const folds = [...data.folds({ folds: 4, seed: 2 })].flatMap((fold) => [fold.train, fold.test]);
    const batches = [...data.batches({ size: 6, seed: 3 }), ...data.batches({ size: 7 })];
    const others = data.withTargets(Array.from({ length: 20 }, (_, r) => r));
    for (const part of [data, data.take([5, 5, 0]), train, test, ...folds, ...batches, others]) {
      expect(belong(part)).toBe(true);
    }
    // Control: weights of other rows are noticed.
    expect(belong({ x: data.x, weights: data.weights?.slice().reverse() })).toBe(false);
  });

  it("stay as they are when columns are scaled, and are a copy", () => {
    const data = numbered(6);
    expect(data.standardise().weights).toEqual(data.weights);
    expect(data.standardise(data.computeScaling()).weights).toEqual(data.weights);
    const given = Float32Array.of(1, 2);
    const own = Dataset.from({ x: [[1], [2]], y: [0, 1], weights: given });
    given[0] = 7;
    expect(own.weights).toEqual(Float32Array.of(1, 2));
    expect(Dataset.from({ x: [[1], [2]], y: [0, 1] }).weights).toBeUndefined();
  });
});

describe("weights that are none", () => {
  const x = [
    [0, 0],
    [0, 1],
    [1, 0],
  ];
  const y = [0, 1, 1];
  const bad: [unknown, typeof TypeError | typeof RangeError, RegExp][] = [
    [[1, 2], RangeError, /weights must hold one number for each of 3 rows, got 2\.$/],
    [[1, 2, 3, 4], RangeError, /weights must hold one number for each of 3 rows, got 4\.$/],
    [[1, -1, 1], RangeError, /weights\[1\] must be .*, got -1\.$/],
    [[1, 1, Number.NaN], RangeError, /weights\[2\] must be .*, got NaN\.$/],
    [[Infinity, 1, 1], RangeError, /weights\[0\] must be .*, got Infinity\.$/],
    [[1, 1e39, 1], RangeError, /weights\[1\] must be .*, got 1e\+39\.$/],
    [["1", 1, 1], TypeError, /weights\[0\] must be .*, got "1"\.$/],
    ["111", TypeError, /weights must be .*, got "111"\.$/],
    [3, TypeError, /weights must be .*, got 3\.$/],
    [{ length: 3 }, TypeError, /weights must be .*\.$/],
    [null, TypeError, /weights must be .*, got null\.$/],
  ];

  it.each(bad)("%j are refused in one sentence by both doors", async (weights, kind, words) => {
    const net = await MLP.create({ layers: [2, 3, 2] });
    const before = flat(net);
    const trainer = net.trainer({ optimizer: adam() });
    const doors: [string, () => unknown][] = [
      ["Dataset.from", () => Dataset.from({ x, y, weights: weights as number[] })],
      ["step", () => trainer.step(x, y, weights as number[])],
    ];
    for (const [call, door] of doors) {
      let error: unknown;
      try {
        door();
      } catch (caught) {
        error = caught;
      }
      expect(error, call).toBeInstanceOf(kind);
      expect((error as Error).message).toMatch(words);
      expect((error as Error).message.startsWith(`${call}: `)).toBe(true);
      expect((error as Error).message).not.toContain("\n");
    }
    expect(flat(net)).toEqual(before);
    expect(trainer.steps).toBe(0);
    expect(trainer.step(x, y, [1, 0, 2])).toBeGreaterThan(0);
  });
});

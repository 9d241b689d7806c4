/** scikit-learn's linear models as its converter writes them, and what else may stand in front of networks: each answers as onnxruntime does. */
import { describe, expect, it } from "vitest";
import { roundToFloat16 } from "../../src/exchange/onnx/numbers.js";
import { readFloat16 } from "../../src/file/half-floats.js";
import { Random } from "../../src/ground/random.js";
import { Classifier, Regressor } from "../../src/index.js";
import { fromOnnx } from "../../src/onnx.js";
import {
  difference,
  feed,
  floats,
  type GraphSpec,
  int64s,
  modelBytes,
  numbers,
  outcome,
  RuntimeTensor,
  runtime,
} from "./onnx-cases.js";

const ML = "ai.onnx.ml";
const negated = (list: ArrayLike<number>) => Array.from(list, (value) => -value);

interface Linear {
  readonly labels: string[] | bigint[];
  readonly inputs: number;
  readonly transform: "LOGISTIC" | "SOFTMAX" | "NONE";
  readonly normalized?: boolean;
  readonly scaled?: boolean;
}

/** Of two labels the second row of coefficients, and the same negated in front of it. */
function linear({ labels, inputs, transform, normalized, scaled }: Linear, seed: number): GraphSpec {
  const isPair = labels.length === 2;
  const rows = isPair ? 1 : labels.length;
  const [own, offsets] = [numbers(inputs * rows, seed), numbers(rows, seed + 1)];
  const coefficients = isPair ? [...negated(own), ...own] : [...own];
  const intercepts = isPair ? [...negated(offsets), ...offsets] : [...offsets];
  const names = typeof labels[0] === "string" ? { classlabels_strings: labels } : { classlabels_ints: labels };
  const attributes = { coefficients, intercepts, post_transform: transform, multi_class: 1n, ...names } as never;
  const before = [
    ["Scaler", "x", "s", { offset: [...numbers(inputs, seed + 2)], scale: [...numbers(inputs, seed + 3)] }, ML],
  ];
  return {
    shape: ["N", inputs],
    outputs: "label p",
    nodes: [
      ...((scaled ? before : []) as never[]),
      ["LinearClassifier", scaled ? "s" : "x", normalized ? "label q" : "label p", attributes, ML],
      ...((normalized ? [["Normalizer", "q", "p", { norm: "L1" }, ML]] : []) as never[]),
    ],
  };
}

async function distance(spec: GraphSpec, inputs: number): Promise<number> {
  const bytes = modelBytes(spec);
  const x = numbers(7 * inputs, 99);
  const { net, labels } = await fromOnnx(bytes);
  const given = await runtime(bytes, { x: feed(x, [7, inputs]) });
  const decided = Array.from(given.label.data as ArrayLike<unknown>, (label) =>
    typeof label === "bigint" ? Number(label) : label,
  );
  if (net.output === "softmax") expect(Array.from(net.predict(x), (id) => labels?.[id])).toEqual(decided);
  expect(net.layers[0]).toBe(inputs);
  return difference(net.predictProba(x), given.p.data as Float32Array);
}

describe("LinearClassifier", () => {
  const three = ["a", "b", "c"];
  it.each<[string, Linear]>([
    ["two labels", { labels: ["no", "yes"], inputs: 4, transform: "LOGISTIC" }],
    ["two labels, normalised", { labels: [0n, 1n], inputs: 4, transform: "LOGISTIC", normalized: true }],
    ["two labels by softmax", { labels: [3n, 7n], inputs: 3, transform: "SOFTMAX" }],
    ["three labels by softmax", { labels: three, inputs: 5, transform: "SOFTMAX", scaled: true }],
    ["the same, normalised", { labels: three, inputs: 5, transform: "SOFTMAX", normalized: true }],
    ["three labels, each beside the rest", { labels: three, inputs: 5, transform: "LOGISTIC", normalized: true }],
    [
      "the same, scaled",
      { labels: [1n, 2n, 3n, 4n], inputs: 5, transform: "LOGISTIC", normalized: true, scaled: true },
    ],
    ["sigmoids", { labels: three, inputs: 2, transform: "LOGISTIC" }],
    ["scores", { labels: three, inputs: 2, transform: "NONE" }],
  ])("%s: as onnxruntime", async (_, own) => {
    for (let seed = 1; seed < 6; seed++)
      expect(await distance(linear(own, 10 * seed), own.inputs)).toBeLessThanOrEqual(1e-5);
  });

  it("has no hidden layer where it needs none", async () => {
    const { net } = await fromOnnx(modelBytes(linear({ labels: three, inputs: 5, transform: "SOFTMAX" }, 1)));
    expect([net.layers, net.output]).toEqual([[5, 3], "softmax"]);
  });

  it("whole numbers and columns: a Classifier by names", async () => {
    const spec = linear({ labels: ["no", "yes"], inputs: 2, transform: "LOGISTIC" }, 3);
    const bytes = modelBytes({
      ...spec,
      inputs: { age: [7, "N", 1], size: [7, "N", 1] },
      nodes: [["Concat", "age size", "x", { axis: 1n }], ...spec.nodes],
    });
    const { model } = await fromOnnx(bytes);
    expect(model).toBeInstanceOf(Classifier);
    const random = new Random(1);
    const rows = Array.from({ length: 9 }, () => ({ age: random.below(9), size: random.below(9) - 4 }));
    const column = (name: "age" | "size") =>
      new RuntimeTensor(
        "int64",
        BigInt64Array.from(rows, (row) => BigInt(row[name])),
        [9, 1],
      );
    const given = await runtime(bytes, { age: column("age"), size: column("size") });
    expect(rows.map((row) => (model as Classifier).predict(row as never))).toEqual([...(given.label.data as never)]);
    const own = rows.flatMap((row) => Object.values((model as Classifier).predictProba(row as never) as object));
    expect(difference(own, given.p.data as Float32Array)).toBeLessThanOrEqual(1e-5);
  });

  it("control: another coefficient is noticed", async () => {
    const spec = linear({ labels: three, inputs: 5, transform: "SOFTMAX" }, 1);
    const other = linear({ labels: three, inputs: 5, transform: "SOFTMAX" }, 2);
    const { net } = await fromOnnx(modelBytes(spec));
    const x = numbers(5, 1);
    const given = await runtime(modelBytes(other), { x: feed(x, [1, 5]) });
    expect(difference(net.predictProba(x), given.p.data as Float32Array)).toBeGreaterThan(1e-3);
  });

  it.each<[string, object, RegExp]>([
    ["another transform", { post_transform: "PROBIT" }, /post_transform NONE, LOGISTIC or SOFTMAX, got "PROBIT"/],
    ["one row for two labels", { intercepts: [1] }, /intercepts of 3 labels, got 1/],
    ["half a row", { coefficients: [1, 2, 3, 4] }, /coefficients of 5 features for 3 outputs, got 4/],
    ["no labels", { classlabels_strings: undefined, classlabels_ints: undefined }, /labels of one kind, got none/],
    ["a label twice", { classlabels_strings: ["a", "a", "b"] }, /two labels at least, each once/],
  ])("refuses %s", async (_, changes, wrong) => {
    const { nodes, ...spec } = linear({ labels: three, inputs: 5, transform: "SOFTMAX" }, 1);
    const [[op, x, y, attributes, domain]] = nodes;
    const changed = Object.fromEntries(
      Object.entries({ ...attributes, ...changes }).filter(([, value]) => value !== undefined),
    );
    expect(await outcome(modelBytes({ ...spec, nodes: [[op, x, y, changed as never, domain]] }))).toMatch(wrong);
  });

  it("refuses rows divided by their own size, and says what to do", async () => {
    const constants = { w: floats([3, 2], numbers(6, 1)) };
    const nodes: GraphSpec["nodes"] = [
      ["Normalizer", "x", "n", { norm: "L2" }, ML],
      ["MatMul", "n w", "y"],
    ];
    expect(await outcome(modelBytes({ shape: ["N", 3], constants, nodes }))).toMatch(
      /give node "the Normalizer" \(Normalizer\) norm L1 of probabilities: rows divided by their own size are no MLP's, so scale them before, got "L2"/,
    );
  });
});

describe("LinearRegressor", () => {
  it.each([
    [1, "NONE"],
    [3, "NONE"],
    [3, "SOFTMAX"],
    [2, "LOGISTIC"],
  ] as const)("%i targets, %s: as onnxruntime", async (targets, post_transform) => {
    const attributes = {
      coefficients: [...numbers(4 * targets, 1)],
      intercepts: [...numbers(targets, 2)],
      targets: BigInt(targets),
      post_transform,
    };
    const bytes = modelBytes({ shape: ["N", 4], nodes: [["LinearRegressor", "x", "y", attributes, ML]] });
    const { net } = await fromOnnx(bytes);
    const x = numbers(20, 3);
    const { y } = await runtime(bytes, { x: feed(x, [5, 4]) });
    expect(net.layers).toEqual([4, targets]);
    expect(difference(net.predictProba(x), y.data as Float32Array)).toBeLessThanOrEqual(1e-5);
  });

  it.each(["LOGISTIC", "SOFTMAX"])("of one target %s is refused: onnxruntime leaves it out", async (post_transform) => {
    const attributes = { coefficients: [2, -1], intercepts: [0.5], post_transform };
    const bytes = modelBytes({ shape: ["N", 2], nodes: [["LinearRegressor", "x", "y", attributes, ML]] });
    const { y } = await runtime(bytes, { x: feed([1, 1], [1, 2]) });
    expect([...(y.data as Float32Array)]).toEqual([1.5]);
    expect(await outcome(bytes)).toMatch(/\(LinearRegressor\) post_transform NONE for one target, got/);
  });

  it("columns become a Regressor", async () => {
    const attributes = { coefficients: [2, -1], intercepts: [5] };
    const bytes = modelBytes({
      inputs: { a: [1, "N", 1], b: [1, "N", 1] },
      nodes: [
        ["Concat", "a b", "x", { axis: 1n }],
        ["LinearRegressor", "x", "y", attributes, ML],
      ],
    });
    const { model } = await fromOnnx(bytes);
    expect(model).toBeInstanceOf(Regressor);
    expect((model as Regressor).predict({ a: 3, b: 4 })).toBeCloseTo(7, 5);
  });
});

describe("Imputer of other markers than NaN", () => {
  const file = (marks: readonly number[], type = 1) => {
    const names = marks.map((_, i) => `c${i}`);
    const isWhole = type === 7;
    return modelBytes({
      inputs: Object.fromEntries(names.map((name) => [name, [type, "N", 1] as [number, string, number]])),
      constants: { w: floats([marks.length, 1], numbers(marks.length, 1)), one: int64s([1], [1n]) },
      nodes: [
        ...marks.map((mark, i): GraphSpec["nodes"][number] => {
          const own = isWhole
            ? { imputed_value_int64s: [BigInt(i + 2)], replaced_value_int64: BigInt(mark) }
            : { imputed_value_floats: [i + 0.5], replaced_value_float: mark };
          return ["Imputer", names[i], `i${i}`, own as never, ML];
        }),
        ["Concat", names.map((_, i) => `i${i}`).join(" "), "all", { axis: 1n }],
        ["Cast", "all", "f", { to: 1n }],
        ["MatMul", "f w", "y"],
      ],
    });
  };

  it.each([1, 7])("one number in all columns is missing there too, of data type %i", async (type) => {
    const bytes = file([-999, -999], type);
    const { model } = await fromOnnx(bytes);
    const rows = [
      [-999, 2],
      [1, -999],
      [-999, -999],
      [3, 4],
    ].map(([c0, c1]) => ({ c0, c1 }));
    const column = (name: "c0" | "c1") =>
      type === 7
        ? new RuntimeTensor(
            "int64",
            BigInt64Array.from(rows, (row) => BigInt(row[name])),
            [4, 1],
          )
        : feed(
            rows.map((row) => row[name]),
            [4, 1],
          );
    const { y } = await runtime(bytes, { c0: column("c0"), c1: column("c1") });
    const own = (model as Regressor).predict(rows) as unknown as number[];
    expect(difference(own, y.data as Float32Array)).toBeLessThanOrEqual(1e-5);
  });

  it("is refused where columns differ, and says what to do", async () => {
    expect(await outcome(file([-999, -1]))).toMatch(
      /replace one number as missing, in all columns of numbers, got -999 and -1 in some; put NaN in its place in the data and in the SimpleImputer\./,
    );
    expect(await outcome(file([-999, Number.NaN]))).toMatch(/in all columns of numbers, got -999 in some/);
  });
});

describe("constants of other types", () => {
  it("halves are the nearest, all of them and what lies between", () => {
    const wrong: number[] = [];
    for (let word = 0; word < 0x7bff; word++) {
      const [half, next] = [readFloat16(word), readFloat16(word + 1)];
      const middle = word % 2 === 0 ? half : next;
      const pairs = [
        [half, half],
        [-half, -half],
        [(half + next) / 2, middle],
        [half + 0.75 * (next - half), next],
      ];
      if (!pairs.every(([number, wanted]) => roundToFloat16(number) === wanted)) wrong.push(word);
    }
    expect(wrong).toEqual([]);
    expect([65_519, 65_520, -1e9].map(roundToFloat16)).toEqual([65_504, Infinity, -Infinity]);
    expect(roundToFloat16(Number.NaN)).toBeNaN();
  });

  it.each([
    [2, 0, 255],
    [3, -128, 127],
  ])("Cast to data type %i: what it holds, and nothing beyond", async (to, least, most) => {
    const file = (w: ReturnType<typeof floats>) =>
      modelBytes({
        shape: ["N", 2],
        constants: { w },
        nodes: [
          ["Cast", "w", "i", { to: BigInt(to) }],
          ["Cast", "i", "f", { to: 1n }],
          ["MatMul", "x f", "y"],
        ],
      });
    for (const whole of [true, false]) {
      const of = (a: number, b: number) => file(whole ? int64s([2, 1], [a, b].map(BigInt)) : floats([2, 1], [a, b]));
      const { net } = await fromOnnx(of(least, most));
      expect([...net.parameters()[0].weights]).toEqual([least, most]);
      for (const odd of [of(least - 1, 0), of(0, most + 1)]) {
        expect(await outcome(odd)).toMatch(/\(Cast\) whole numbers of its type, got/);
      }
    }
  });

  it.each([10, 16])("Cast to data type %i rounds as onnxruntime does", async (to) => {
    const w = numbers(12, 5);
    const bytes = modelBytes({
      shape: ["N", 4],
      constants: { w: floats([4, 3], w) },
      nodes: [
        ["Cast", "w", "h", { to: BigInt(to) }],
        ["Cast", "h", "v", { to: 1n }],
        ["MatMul", "x v", "y"],
      ],
    });
    const { net } = await fromOnnx(bytes);
    const x = numbers(20, 3);
    const { y } = await runtime(bytes, { x: feed(x, [5, 4]) });
    expect(difference(net.predictProba(x), y.data as Float32Array)).toBeLessThanOrEqual(1e-6);
    const plain = await runtime(
      modelBytes({ shape: ["N", 4], constants: { w: floats([4, 3], w) }, nodes: [["MatMul", "x w", "y"]] }),
      { x: feed(x, [5, 4]) },
    );
    expect(difference(net.predictProba(x), plain.y.data as Float32Array)).toBeGreaterThan(1e-4);
  });
});

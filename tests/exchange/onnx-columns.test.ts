/** Files of scikit-learn's converter made of a DataFrame, node by node as it writes them: models of tables that predict what onnxruntime does. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { Classifier, Regressor } from "../../src/index.js";
import { fromOnnx, toOnnx } from "../../src/onnx.js";
import {
  difference,
  floats,
  type GraphSpec,
  int64s,
  modelBytes,
  type NodeSpec,
  numbers,
  runtime,
  texts,
} from "./onnx-cases.js";
import { type ColumnFile, columnFile, ml, rowFeeds } from "./onnx-column-files.js";

/** The largest difference of scores; 9 if a label is another. */
async function distance({ bytes, rows, inputs, isClassifier }: ColumnFile): Promise<number> {
  const { model } = await fromOnnx(bytes);
  const given = await runtime(bytes, rowFeeds(inputs, rows));
  if (isClassifier) {
    expect(model).toBeInstanceOf(Classifier);
    const classifier = model as Classifier;
    const own = rows.flatMap((row) => Object.values(classifier.predictProba(row as object) as Record<string, number>));
    const labels = Array.from(given.label.data as ArrayLike<unknown>, (label) =>
      typeof label === "bigint" ? Number(label) : label,
    );
    expect(rows.map((row) => classifier.predict(row as never))).toEqual(labels);
    return difference(own, given.p.data as Float32Array);
  }
  expect(model).toBeInstanceOf(Regressor);
  const own = (model as Regressor).predict(rows as never) as unknown as number[];
  const wanted = given.y.data as Float32Array;
  return Math.max(...Array.from(own, (value, r) => Math.abs(value - wanted[r]) / Math.max(1, Math.abs(wanted[r]))));
}

describe("columns of a DataFrame", () => {
  const COUNT = 100;
  it(`${COUNT} files drawn at random`, async () => {
    const random = new Random(4);
    for (let n = 0; n < COUNT; n++) {
      const file = columnFile(random);
      expect(await distance(file), `file ${n}: ${file.title}`).toBeLessThanOrEqual(1e-5);
    }
  });

  it("control: a weight that is off is noticed", async () => {
    const file = columnFile(new Random(4));
    const other = columnFile(new Random(4), 0.01);
    expect(await distance({ ...file, bytes: other.bytes }).catch(() => 9)).toBeLessThanOrEqual(1e-5);
    const { model } = await fromOnnx(other.bytes);
    const given = await runtime(file.bytes, rowFeeds(file.inputs, file.rows));
    const own = file.rows.flatMap((row) =>
      file.isClassifier
        ? Object.values((model as Classifier).predictProba(row as object) as Record<string, number>)
        : [Number((model as Regressor).predict(row as never))],
    );
    expect(difference(own as number[], (given.p ?? given.y).data as Float32Array)).toBeGreaterThan(1e-5);
  });

  it("the model is saved, loaded and exported as any other", async () => {
    const random = new Random(11);
    let file = columnFile(random);
    while (!file.isClassifier) file = columnFile(random);
    const { model } = await fromOnnx(file.bytes);
    const classifier = model as Classifier;
    const again = await Classifier.load(classifier.save());
    expect(again.predictProba(file.rows as never)).toEqual(classifier.predictProba(file.rows as never));
    expect(toOnnx(classifier).length).toBeGreaterThan(100);
    expect(classifier.summary()).toContain("columns");
  });

  it("several numbers without classes are a net with the names of its inputs, and their scaling", async () => {
    const constants = { w: floats([2, 3], numbers(6, 1)), m: floats([2], [5000, 0]), s: floats([2], [2, 1]) };
    const bytes = modelBytes({
      constants,
      inputs: { price: [1, "N", 1], size: [1, "N", 1] },
      nodes: [
        ["Concat", "price size", "c", { axis: 1n }],
        ["Sub", "c m", "d"],
        ["Div", "d s", "f"],
        ["MatMul", "f w", "y"],
      ],
    });
    const { net, inputs, scaling, model } = await fromOnnx(bytes);
    expect([model, inputs]).toEqual([undefined, ["price", "size"]]);
    expect(scaling).toEqual({ mean: [5000, 0], deviation: [2, 1] });
    const rows = [{ price: 5003, size: 2 }];
    const { y } = await runtime(bytes, rowFeeds({ price: "float", size: "float" }, rows));
    expect(difference(net.predictProba([1.5, 2]), y.data as Float32Array)).toBeLessThanOrEqual(1e-5);
  });

  const REFUSED: [string, Parameters<typeof modelBytes>[0], RegExp][] = [
    [
      "texts without categories",
      { inputs: { a: [8, "N", 1], b: [1, "N", 1] }, nodes: [["Concat", "a b", "y", { axis: 1n }]] },
      /columns of one type and as many axes, got texts,floats/,
    ],
    [
      "several outputs of texts",
      {
        inputs: { a: [8, "N", 1] },
        constants: { w: floats([2, 3], numbers(6, 1)), s: int64s([2], [-1n, 2n]) },
        nodes: [
          ["OneHotEncoder", "a", "o", { cats_strings: ["x", "y"], zeros: 1n }, ml],
          ["Reshape", "o s", "f"],
          ["MatMul", "f w", "y"],
        ],
      },
      /predict classes or one value by its columns, got 3 outputs of linear/,
    ],
    [
      "one number in two ways",
      {
        inputs: { a: [1, "N", 1] },
        constants: { w: floats([2, 1], numbers(2, 1)) },
        nodes: [
          ["Binarizer", "a", "b", { threshold: 1 }, ml],
          ["Concat", "a b", "c", { axis: 1n }],
          ["MatMul", "c w", "y"],
        ],
      },
      /read "a" in one way/,
    ],
    [
      "texts in the place of numbers that are missing",
      {
        inputs: { a: [1, "N", 1] },
        constants: { w: floats([1, 1], [1]) },
        nodes: [
          ["Imputer", "a", "b", { imputed_value_int64s: [1n], replaced_value_int64: -1n }, ml],
          ["MatMul", "b w", "y"],
        ],
      },
      /values for the floats that are missing, got none/,
    ],
  ];
  const twice = (encoder: NodeSpec): GraphSpec => ({
    inputs: { a: [8, "N", 1] },
    constants: { w: floats([1, 1], [1]) },
    nodes: [encoder, ["MatMul", "b w", "y"]],
  });
  const values = { values_floats: [1, 2, 3], default_float: 0 };
  REFUSED.push(
    [
      "a category twice, of which runtimes take the first or the last",
      twice(["LabelEncoder", "a", "b", { keys_strings: ["x", "z", "x"], ...values }, ml]),
      /each category once, got one twice/,
    ],
    [
      "the same in OneHotEncoder",
      twice(["OneHotEncoder", "a", "b", { cats_strings: ["x", "z", "x"] }, ml]),
      /each category once, got one twice/,
    ],
  );
  for (const [name, spec, message] of REFUSED) {
    it(`refuses ${name}`, async () => {
      await expect(fromOnnx(modelBytes(spec))).rejects.toThrow(message);
      await expect(fromOnnx(modelBytes(spec))).rejects.toThrow(/^fromOnnx: the file must [^\n]*\.$/);
    });
  }

  it("a column named as the output is its own", async () => {
    const bytes = modelBytes({
      inputs: { y: [8, "N", 1] },
      outputs: "y2",
      constants: { w: floats([2, 1], numbers(2, 1)), s: int64s([2], [-1n, 2n]), n: texts(["a"]) },
      nodes: [
        ["OneHotEncoder", "y", "o", { cats_strings: ["x", ""], zeros: 1n }, ml],
        ["Reshape", "o s", "f"],
        ["MatMul", "f w", "y2"],
      ],
    });
    const { model } = await fromOnnx(bytes);
    const [x, none] = numbers(2, 1);
    const predict = (y: string | undefined) => (model as Regressor).predict({ y } as never);
    expect(predict("x")).toBeCloseTo(x, 6);
    // The empty text is a category of the file.
    expect([predict(""), predict(undefined), predict("other")].map((value) => Math.fround(value as never))).toEqual([
      none,
      none,
      0,
    ]);
  });
});

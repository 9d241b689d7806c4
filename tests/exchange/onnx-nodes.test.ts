/**
 * Operators one by one: cases of onnx's own node tests (onnx/backend/test/case/node of github.com/onnx/onnx, by their names)
 * as numbers, on rows. What is in scope predicts what float64 arithmetic and onnxruntime say; all else is refused by name.
 */
import { describe, expect, it } from "vitest";
import { fromOnnx } from "../../src/onnx.js";
import {
  bools,
  difference,
  doubles,
  feed,
  floats,
  type GraphSpec,
  int64s,
  modelBytes,
  type NodeSpec,
  numbers,
  runtime,
  unit,
} from "./onnx-cases.js";

type Matrix = number[][];

const rowsOf = (flat: ArrayLike<number>, width: number): Matrix =>
  Array.from({ length: flat.length / width }, (_, r) => Array.from({ length: width }, (_, c) => flat[r * width + c]));
const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0].map((_, o) => row.reduce((sum, value, i) => sum + value * b[i][o], 0)));
const each = (a: Matrix, f: (value: number, feature: number) => number): Matrix => a.map((row) => row.map(f));
const softmax = (a: Matrix): Matrix =>
  a.map((row) => {
    const powers = row.map((value) => Math.exp(value - Math.max(...row)));
    return powers.map((power) => power / powers.reduce((sum, other) => sum + other));
  });
const sigmoid = (z: number) => 1 / (1 + Math.exp(-z));

/** Rows that a graph of the node alone, or between layers that change nothing, reads; and what must come of them. */
interface Case extends GraphSpec {
  x: Matrix;
  y: Matrix;
  /** Axes as the file has them, where they are not [rows, features]. */
  dims?: number[];
  /** What the file gives as it gives it: logarithms. */
  inFile?: (value: number) => number;
}

/** A unit layer before the node, and after it if asked for: activations stand between weights. */
function between(op: string, width: number, attributes: NodeSpec[3] = {}, isHidden = true): GraphSpec {
  const node: NodeSpec = [op, "a", isHidden ? "b" : "y", attributes];
  const nodes: NodeSpec[] = [["Gemm", "x I", "a"], node, ...(isHidden ? [["Gemm", "b I", "y"] as NodeSpec] : [])];
  return { nodes, constants: { I: unit(width) } };
}

const a35 = rowsOf(numbers(15, 1), 5);
const b54 = numbers(20, 2);
const c4 = numbers(4, 3);
const B = rowsOf(b54, 4);
const gemm = (attributes: NodeSpec[3], constants: GraphSpec["constants"], y: Matrix): Case => ({
  nodes: [["Gemm", Object.keys(constants!).length > 1 ? "x b c" : "x b", "y", attributes]],
  constants,
  x: a35,
  y,
});
const b = floats([5, 4], b54);
const bT = floats(
  [4, 5],
  Array.from({ length: 20 }, (_, i) => B[i % 5][Math.floor(i / 5)]),
);
const ab = product(a35, B);

const GEMM: Record<string, Case> = {
  gemm_default_no_bias: gemm({}, { b }, ab),
  gemm_default_zero_bias: gemm({}, { b, c: floats([1, 4], [0, 0, 0, 0]) }, ab),
  gemm_default_scalar_bias: gemm(
    {},
    { b, c: floats([], [3.14]) },
    each(ab, (v) => v + 3.14),
  ),
  gemm_default_single_elem_vector_bias: gemm(
    {},
    { b, c: floats([1], [0.7]) },
    each(ab, (v) => v + 0.7),
  ),
  gemm_default_vector_bias: gemm(
    {},
    { b, c: floats([1, 4], c4) },
    each(ab, (v, o) => v + c4[o]),
  ),
  "a bias of one axis": gemm(
    {},
    { b, c: floats([4], c4, "typed") },
    each(ab, (v, o) => v + c4[o]),
  ),
  gemm_transposeB: gemm({ transB: 1n }, { b: bT, c: floats([1, 4], [0, 0, 0, 0]) }, ab),
  gemm_alpha: gemm(
    { alpha: 0.5 },
    { b, c: floats([1, 4], [0, 0, 0, 0]) },
    each(ab, (v) => v / 2),
  ),
  gemm_beta: gemm(
    { beta: 0.5 },
    { b, c: floats([1, 4], c4) },
    each(ab, (v, o) => v + c4[o] / 2),
  ),
  "gemm_all_attributes but transA": gemm(
    { alpha: 0.25, beta: 0.35, transB: 1n },
    { b: bT, c: floats([1, 4], c4) },
    each(ab, (v, o) => 0.25 * v + 0.35 * c4[o]),
  ),
  matmul_2d: { nodes: [["MatMul", "x b", "y"]], constants: { b }, x: a35, y: ab },
};

const bias = (op: string, order: string, f: (v: number, o: number) => number): Case => ({
  nodes: [
    ["MatMul", "x b", "m"],
    [op, order, "y"],
  ],
  constants: { b, c: floats([4], c4) },
  x: a35,
  y: each(ab, f),
});

const ELEMENTWISE: Record<string, Case> = {
  add_bcast: bias("Add", "m c", (v, o) => v + c4[o]),
  "add_bcast, constant first": bias("Add", "c m", (v, o) => c4[o] + v),
  sub_bcast: bias("Sub", "m c", (v, o) => v - c4[o]),
  "sub_bcast, constant first": bias("Sub", "c m", (v, o) => c4[o] - v),
  mul_bcast: bias("Mul", "m c", (v, o) => v * c4[o]),
  div_bcast: bias("Div", "m c", (v, o) => v / c4[o]),
  "input standardised": {
    nodes: [
      ["Sub", "x mean", "s"],
      ["Div", "s deviation", "d"],
      ["Gemm", "d b", "y"],
    ],
    constants: { b, mean: floats([5], [1, 2, 3, 4, 5]), deviation: floats([1, 5], [1, 2, 4, 2, 1]) },
    x: each(a35, (v, i) => v + i),
    y: product(
      each(a35, (v, i) => (v + i - [1, 2, 3, 4, 5][i]) / [1, 2, 4, 2, 1][i]),
      B,
    ),
  },
};

const three: Matrix = [[-1, 0, 1]];
const wild = rowsOf(numbers(12, 4), 4).map((row) => row.map((v) => 3 * v));
const large: Matrix = [
  [0, 1, 2, 3],
  [10000, 10001, 10002, 10003],
];

const ACTIVATIONS: Record<string, Case> = {
  relu: { ...between("Relu", 4), x: wild, y: each(wild, (v) => Math.max(v, 0)) },
  sigmoid_example: { ...between("Sigmoid", 3, {}, false), x: three, y: [[0.26894142, 0.5, 0.73105858]] },
  sigmoid: { ...between("Sigmoid", 4), x: wild, y: each(wild, sigmoid) },
  tanh_example: { ...between("Tanh", 3), x: three, y: [[-0.76159416, 0, 0.76159416]] },
  tanh: { ...between("Tanh", 4), x: wild, y: each(wild, Math.tanh) },
  softmax_example: { ...between("Softmax", 3, {}, false), x: three, y: [[0.09003058, 0.24472848, 0.66524094]] },
  softmax_large_number: { ...between("Softmax", 4, {}, false), x: large, y: softmax(large) },
  softmax_axis_1: { ...between("Softmax", 4, { axis: 1n }, false), x: wild, y: softmax(wild) },
  softmax_negative_axis: { ...between("Softmax", 4, { axis: -1n }, false), x: wild, y: softmax(wild) },
  "softmax_default_axis of opset 11": {
    ...between("Softmax", 4, {}, false),
    opset: 11,
    ir: 6,
    x: wild,
    y: softmax(wild),
  },
  logsoftmax_example_1: { ...between("LogSoftmax", 3, {}, false), x: three, y: softmax(three), inFile: Math.log },
  logsoftmax_axis_1: { ...between("LogSoftmax", 4, { axis: 1n }, false), x: wild, y: softmax(wild), inFile: Math.log },
};

const flattened = (axis: bigint | undefined): Case => ({
  nodes: [
    ["Flatten", "x", "f", axis === undefined ? {} : { axis }],
    ["Gemm", "f b", "y"],
  ],
  constants: { b: floats([6, 2], numbers(12, 5)) },
  shape: ["N", 3, 1, 2],
  dims: [2, 3, 1, 2],
  x: rowsOf(numbers(12, 6), 6),
  y: product(rowsOf(numbers(12, 6), 6), rowsOf(numbers(12, 5), 2)),
});
const through = (...nodes: NodeSpec[]): Case => ({
  nodes: [...nodes, ["Gemm", "f b", "y"]],
  constants: { b, r: floats([], [0.1]), t: bools([], [0]), rows: int64s([2], [-1n, 5n]), flat: int64s([2], [0n, -1n]) },
  x: a35,
  y: ab,
  shape: ["N", 5],
});
const [s, shift, mean, variance] = [
  [1, 1.5],
  [0, 1],
  [0, 3],
  [1, 1.5],
];
const normalised = (attributes: NodeSpec[3], epsilon: number): Case => ({
  nodes: [
    ["BatchNormalization", "x s shift mean variance", "n", attributes],
    ["Gemm", "n I", "y"],
  ],
  constants: {
    I: unit(2),
    s: floats([2], s),
    shift: floats([2], shift),
    mean: floats([2], mean),
    variance: floats([2], variance),
  },
  x: [
    [-1, 2],
    [0, 3],
    [1, 4],
  ],
  y: [
    [-1, 2],
    [0, 3],
    [1, 4],
  ].map((row) => row.map((v, i) => (s[i] * (v - mean[i])) / Math.sqrt(variance[i] + epsilon) + shift[i])),
});

const THROUGH: Record<string, Case> = {
  flatten_default_axis: flattened(undefined),
  flatten_axis1: flattened(1n),
  flatten_negative_axis3: flattened(-3n),
  identity: through(["Identity", "x", "f"]),
  dropout_default: through(["Dropout", "x", "f", { seed: 0n }]),
  dropout_default_ratio: through(["Dropout", "x r", "f", { seed: 0n }]),
  dropout_default_mask: through(["Dropout", "x", "f mask"]),
  "dropout with training_mode false": through(["Dropout", "x r t", "f"]),
  dropout_random_old: { ...through(["Dropout", "x", "f", { ratio: 0.2 }]), opset: 11, ir: 6 },
  reshape_negative_dim: through(["Reshape", "x rows", "f"]),
  reshape_zero_and_negative_dim: through(["Reshape", "x flat", "f"]),
  cast_FLOAT_to_DOUBLE: {
    ...through(["Cast", "x", "d", { to: 11n }], ["MatMul", "d b", "m"]),
    nodes: [
      ["Cast", "x", "d", { to: 11n }],
      ["MatMul", "d b", "m"],
      ["Cast", "m", "y", { to: 1n }],
    ],
    constants: { b: doubles([5, 4], b54) },
  },
  batchnorm_example: normalised({}, 1e-5),
  batchnorm_epsilon: normalised({ epsilon: 0.01 }, 0.01),
  transpose_default: {
    nodes: [
      ["Transpose", "b", "t"],
      ["MatMul", "x t", "y"],
    ],
    constants: { b: bT },
    x: a35,
    y: ab,
  },
  constant: {
    nodes: [
      ["Constant", "", "b", { value: { tensor: b } }],
      ["Gemm", "x b", "y"],
    ],
    x: a35,
    y: ab,
  },
  ai_onnx_ml_scaler: {
    nodes: [
      ["Scaler", "x", "s", { offset: [1, 0, -1, 2, 0.5], scale: [2, 1, 0.5, 3, 1] }, "ai.onnx.ml"],
      ["Gemm", "s b", "y"],
    ],
    constants: { b },
    x: a35,
    y: product(
      each(a35, (v, i) => (v - [1, 0, -1, 2, 0.5][i]) * [2, 1, 0.5, 3, 1][i]),
      B,
    ),
  },
  "batch normalization between layers, on both sides of the activation": {
    nodes: [
      ["Gemm", "x b", "g"],
      ["BatchNormalization", "g c c c one", "n"],
      ["Relu", "n", "r"],
      ["BatchNormalization", "r c c c one", "m"],
      ["Gemm", "m I", "y"],
    ],
    constants: { b, I: unit(4), c: floats([4], c4), one: floats([4], [1, 1, 1, 1]) },
    x: a35,
    y: each(
      each(
        each(ab, (v, o) => (c4[o] * (v - c4[o])) / Math.sqrt(1 + 1e-5) + c4[o]),
        (v) => Math.max(v, 0),
      ),
      (v, o) => (c4[o] * (v - c4[o])) / Math.sqrt(1 + 1e-5) + c4[o],
    ),
  },
};

async function check({ x, y, dims, inFile = (v) => v, ...spec }: Case): Promise<void> {
  const bytes = modelBytes(spec);
  const { net } = await fromOnnx(bytes);
  const predicted = net.predictProba(x.flat());
  expect(difference(predicted, y.flat())).toBeLessThanOrEqual(1e-5);
  const other = await runtime(bytes, { x: feed(x.flat(), dims ?? [x.length, x[0].length]) });
  expect(difference(other.y.data as Float32Array, y.flat().map(inFile))).toBeLessThanOrEqual(1e-5);
}

describe("node tests of onnx that are in scope", () => {
  const all = { ...GEMM, ...ELEMENTWISE, ...ACTIVATIONS, ...THROUGH };
  for (const [name, test] of Object.entries(all)) it(name, () => check(test));

  it("control: a default of another version is noticed", async () => {
    await expect(check({ ...GEMM.gemm_beta, nodes: [["Gemm", "x b c", "y"]] })).rejects.toThrow();
  });
});

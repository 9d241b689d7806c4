/** Operators and graphs that no MLP here can follow are refused by name, onnx's own node tests among them. */
import { describe, expect, it } from "vitest";
import { fromOnnx } from "../../src/onnx.js";
import { bools, floats, type GraphSpec, int64s, modelBytes, type NodeSpec, numbers, unit } from "./onnx-cases.js";

const b54 = numbers(20, 2);
const c4 = numbers(4, 3);
const b = floats([5, 4], b54);

describe("node tests of onnx that are out of scope", () => {
  const one = floats([1], [1]);
  const constants = {
    b,
    one,
    zero: floats([1], [0]),
    I: unit(5),
    c34: floats([3, 4], numbers(12, 7)),
    c4: floats([4], c4),
    yes: bools([], [1]),
  };
  const layer: NodeSpec = ["Gemm", "x b", "g"];
  const REFUSED: [name: string, nodes: NodeSpec[], message: string | RegExp, more?: Partial<GraphSpec>][] = [
    ["gemm_transposeA", [["Gemm", "x b", "y", { transA: 1n }]], 'give node "the Gemm" (Gemm) transA 0, got 1.'],
    ["gemm_default_matrix_bias", [["Gemm", "x b c34", "y"]], /one number a feature \(4\), got shape \[3,4\] of "c34"/],
    ["matmul_3d", [["MatMul", "x w", "y"]], /a matrix of floats as "w"/, { constants: { w: floats([1, 5, 4], b54) } }],
    ["matmul of two inputs", [["MatMul", "x x", "y"]], /a constant as input 1, got rows/],
    [
      "weights of another width",
      [["Gemm", "x c34", "y"]],
      /weights for 5 features, got 3 in "c34"/,
      { shape: ["N", 5] },
    ],
    ["softmax_axis_0", [layer, ["Softmax", "g", "y", { axis: 0n }]], /\(Softmax\) axis 1 or -1, got 0/],
    [
      "flatten_axis0",
      [
        ["Flatten", "x", "f", { axis: 0n }],
        ["Gemm", "f b", "y"],
      ],
      /\(Flatten\) axis 1, got 0/,
    ],
    [
      "reshape_one_dim",
      [
        ["Reshape", "x s", "f"],
        ["Gemm", "f b", "y"],
      ],
      /shape of rows, got \[-1\]/,
      { constants: { b, s: int64s([1], [-1n]) } },
    ],
    [
      "training_dropout_default",
      [
        ["Dropout", "x one yes", "f"],
        ["Gemm", "f b", "y"],
      ],
      /training_mode false, got true/,
    ],
    [
      "dropout's mask as an output",
      [layer, ["Dropout", "g", "h y"]],
      /predictions as its outputs, got a further output/,
    ],
    [
      "batchnorm_example_training_mode",
      [layer, ["BatchNormalization", "g c4 c4 c4 c4", "y m v", { training_mode: 1n }]],
      /training_mode 0, got 1/,
    ],
    ["cast_FLOAT_to_FLOAT16", [layer, ["Cast", "g", "y", { to: 10n }]], /\(Cast\) floats to cast to, got data type 10/],
    ["cast_FLOAT_to_STRING", [layer, ["Cast", "g", "y", { to: 8n }]], /\(Cast\) floats to cast to, got data type 8/],
    ["div by rows", [layer, ["Div", "c4 g", "y"]], /rows to divide, got rows to divide by/],
    ["div by zero", [layer, ["Div", "g zero", "y"]], /finite in float32 at node "the Gemm" \(Gemm\)/],
    ["concat_2d_axis_0", [layer, ["Concat", "g g", "y", { axis: 0n }]], /\(Concat\) the last axis as axis, got 0/],
    [
      "concat_2d_axis_1",
      [layer, ["Concat", "g g", "y", { axis: 1n }]],
      /two heads and residuals do, are no MLP's, got node "the Gemm"/,
    ],
    ["argmax_default_axis_example", [layer, ["ArgMax", "g", "y"]], /\(ArgMax\) axis 1 or -1, got 0/],
    [
      "argmax_negative_axis_keepdims_example_select_last_index",
      [layer, ["ArgMax", "g", "y", { axis: -1n, select_last_index: 1n }]],
      /select_last_index 0, got 1/,
    ],
    ["sum of two branches", [layer, ["Gemm", "x b", "h"], ["Add", "g h", "y"]], /got rows: branches .* residuals/],
    [
      "softmax inside",
      [
        ["Gemm", "x I", "g"],
        ["Softmax", "g", "s"],
        ["Gemm", "s b", "y"],
      ],
      /have an activation after each of its hidden layers, got node "the Softmax"/,
    ],
    ["no weights", [["Identity", "x", "y"]], /hold a Gemm or MatMul node, got none/],
  ];
  for (const [name, nodes, message, more] of REFUSED) {
    it(name, async () => {
      const outputs = nodes.some(([, , names]) => / ?y/.test(names)) ? "y" : "g";
      await expect(fromOnnx(modelBytes({ constants, outputs, nodes, ...more }))).rejects.toThrow(message);
    });
  }

  const OPERATORS =
    "ThresholdedRelu HardSwish Hardmax Mean Where Equal InstanceNormalization LpNormalization " +
    "QuantizeLinear DequantizeLinear Pad Split Expand Tile ReduceSum RandomNormal ImageDecoder";
  it.each(OPERATORS.split(" "))("%s is refused by name", async (op) => {
    const bytes = modelBytes({ constants, nodes: [layer, [op, "g", "y"]] });
    await expect(fromOnnx(bytes)).rejects.toThrow(
      `fromOnnx: the file must use the operators of an MLP alone, got node "the ${op}" (${op}).`,
    );
  });

  it.each([
    ["Conv MaxPool GlobalAveragePool", "convolutions are no MLP's"],
    ["Loop Scan LSTM GRU", "recurrence and loops are no MLP's"],
    ["Attention Einsum", "attention is no MLP's"],
  ])("%s are refused with what to use for them", async (operators, what) => {
    for (const op of operators.split(" ")) {
      const bytes = modelBytes({ constants, nodes: [layer, [op, "g", "y"]] });
      await expect(fromOnnx(bytes)).rejects.toThrow(`got node "the ${op}" (${op}); ${what}: use onnxruntime-web.`);
    }
  });

  it.each(["Abs", "Square"])("%s alone is no activation", async (name) => {
    const node: NodeSpec = name === "Abs" ? ["Abs", "g", "y"] : ["Mul", "g g", "y"];
    await expect(fromOnnx(modelBytes({ constants, nodes: [layer, node] }))).rejects.toThrow(
      /have an activation after each of its hidden layers/,
    );
  });

  it.each(["Sqrt", "Log", "Pow", "Squeeze", "Slice", "Unsqueeze", "ReduceMean"])(
    "%s of sums is refused, naming the node",
    async (op) => {
      const bytes = modelBytes({ constants, nodes: [layer, [op, "g", "y"]] });
      await expect(fromOnnx(bytes)).rejects.toThrow(`the file must give node "the ${op}" (${op}) `);
    },
  );

  it.each(["SVMClassifier", "TfIdfVectorizer"])("%s of ai.onnx.ml is refused by name", async (op) => {
    const bytes = modelBytes({
      constants,
      nodes: [
        [op, "x", "s", {}, "ai.onnx.ml"],
        ["Gemm", "s b", "g"],
      ],
      outputs: "g",
    });
    await expect(fromOnnx(bytes)).rejects.toThrow(`node "the ${op}" (${op}) of "ai.onnx.ml"`);
  });
});

it("control: the same graph without what is refused is read", async () => {
  const spec: GraphSpec = { constants: { b }, nodes: [["Gemm", "x b", "y", { transA: 0n }]] };
  expect((await fromOnnx(modelBytes(spec))).net.layers).toEqual([5, 4]);
});

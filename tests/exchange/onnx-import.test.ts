/** Graphs as other exporters write them: what they are read as predicts what onnxruntime does. */
import { describe, expect, it } from "vitest";
import { fromOnnx } from "../../src/onnx.js";
import {
  difference,
  feed,
  floats,
  type GraphSpec,
  int64s,
  modelBytes,
  type NodeSpec,
  numbers,
  runtime,
} from "./onnx-cases.js";

const b = floats([5, 4], numbers(20, 2));
const c = floats([4, 3], numbers(12, 3));
const layer: NodeSpec = ["Gemm", "x b", "g"];

interface Case extends Partial<GraphSpec> {
  nodes: NodeSpec[];
  /** Of the input; the first size is that of the rows. */
  dims?: number[];
  layers?: number[];
  scale?: number;
}

/** The largest difference between what the net and onnxruntime make of rows. */
async function check({ dims = [6, 5], layers, scale = 1, ...spec }: Case): Promise<void> {
  const bytes = modelBytes({ shape: ["N", ...dims.slice(1)], ...spec, constants: { b, c, ...spec.constants } });
  const { net, scaling } = await fromOnnx(bytes);
  expect(scaling).toBeUndefined();
  if (layers) expect(net.layers).toEqual(layers);
  const x = numbers(
    dims.reduce((product, size) => product * size),
    9,
  ).map((value) => value * scale);
  const { y } = await runtime(bytes, { x: feed(x, dims) });
  const own = y.type === "float32" ? net.predictProba(x) : net.predict(x);
  expect(difference(own, Array.from(y.data as Float32Array, Number))).toBeLessThanOrEqual(1e-5);
}

const one = floats([], [1]);
const SHAPES: Record<string, Case> = {
  "one row that a constant of two axes makes a matrix": {
    nodes: [
      ["MatMul", "x b", "m"],
      ["Max", "m k", "n"],
      ["Gather", "n all", "y", { axis: 0n }],
    ],
    shape: [5],
    constants: { k: floats([1, 4], numbers(4, 5)), all: int64s([1], [0n]) },
    dims: [5],
  },
  "Reshape with allowzero": {
    nodes: [
      ["Reshape", "x s", "r", { allowzero: 1n }],
      ["Gemm", "r b", "y"],
    ],
    constants: { s: int64s([2], [-1n, 5n]) },
    dims: [6, 5, 1],
  },
  "Reshape of one row to [1, -1]": {
    nodes: [
      ["Reshape", "x s", "r"],
      ["Gemm", "r b", "y"],
    ],
    constants: { s: int64s([2], [1n, -1n]) },
    shape: [1, 1, 5],
    dims: [1, 1, 5],
  },
  "a shape computed from Shape, Gather, Unsqueeze and Concat": {
    nodes: [
      ["Shape", "x", "s"],
      ["Gather", "s first", "n", { axis: 0n }],
      ["Unsqueeze", "n axis", "u"],
      ["Concat", "u rest", "shape", { axis: 0n }],
      ["Reshape", "x shape", "r"],
      ["Gemm", "r b", "y"],
    ],
    constants: { first: int64s([], [0n]), axis: int64s([1], [0n]), rest: int64s([1], [-1n]) },
    dims: [6, 5, 1],
  },
  "a product of sizes": {
    nodes: [
      ["Shape", "x", "s"],
      ["Slice", "s one two", "tail"],
      ["ReduceProd", "tail", "p", { keepdims: 1n, axes: [0n] }],
      ["Slice", "s zero one", "head"],
      ["Concat", "head p", "shape", { axis: 0n }],
      ["Reshape", "x shape", "r"],
      ["Gemm", "r b", "y"],
    ],
    constants: { zero: int64s([1], [0n]), one: int64s([1], [1n]), two: int64s([1], [3n]) },
    dims: [6, 5, 1],
  },
  "Squeeze to [N]": {
    nodes: [
      ["Gemm", "x w", "g"],
      ["Squeeze", "g axis", "y"],
    ],
    constants: { w: floats([5, 1], numbers(5, 4)), axis: int64s([1], [1n]) },
  },
  "Reshape to [N]": {
    nodes: [
      ["Gemm", "x w", "g"],
      ["Reshape", "g s", "y"],
    ],
    constants: { w: floats([5, 1], numbers(5, 4)), s: int64s([1], [-1n]) },
  },
  "MatMul by a list": { nodes: [["MatMul", "x w", "y"]], constants: { w: floats([5], numbers(5, 4)) } },
  "one row without an axis of rows": { nodes: [["MatMul", "x b", "y"]], shape: [5], dims: [5] },
  "weights before a column": {
    nodes: [
      ["MatMul", "w x", "m"],
      ["Add", "m k", "y"],
    ],
    constants: { w: floats([4, 5], numbers(20, 4)), k: floats([4, 1], numbers(4, 5)) },
    shape: [5, 1],
    dims: [5, 1],
    layers: [5, 4],
  },
  "axes in another order": {
    nodes: [
      ["Transpose", "x", "t", { perm: [0n, 2n, 1n] }],
      ["Flatten", "t", "f"],
      ["Gemm", "f w", "y"],
    ],
    constants: { w: floats([6, 4], numbers(24, 4)) },
    dims: [5, 2, 3],
  },
};

const FOLDED: Record<string, Case> = {
  "Neg, Sum and Sub": {
    nodes: [
      layer,
      ["Neg", "g", "n"],
      ["Sum", "n k", "s"],
      ["Sub", "k s", "r"],
      ["Relu", "r", "h"],
      ["Gemm", "h c", "y"],
    ],
    constants: { k: floats([4], numbers(4, 5)) },
    layers: [5, 4, 3],
  },
  "what is scaled after the last activation": {
    nodes: [layer, ["Tanh", "g", "t"], ["Mul", "t k", "y"]],
    constants: { k: floats([4], numbers(4, 5)) },
    layers: [5, 4, 4],
  },
  "two activations in a row": { nodes: [layer, ["Relu", "g", "r"], ["Sigmoid", "r", "y"]], layers: [5, 4, 4] },
  "an activation before weights": {
    nodes: [
      ["Tanh", "x", "t"],
      ["Gemm", "t b", "y"],
    ],
    layers: [5, 5, 4],
  },
  "some features, twice": {
    nodes: [
      ["Gather", "x places", "p", { axis: 1n }],
      ["Gemm", "p w", "y"],
    ],
    constants: { places: int64s([3], [4n, 0n, 4n]), w: floats([3, 2], numbers(6, 4)) },
    layers: [5, 2],
  },
  "some outputs": {
    nodes: [layer, ["Sigmoid", "g", "s"], ["Slice", "s from to axes", "y"]],
    constants: { from: int64s([1], [1n]), to: int64s([1], [3n]), axes: int64s([1], [1n]) },
    layers: [5, 2],
  },
  "parts of one input put together": {
    nodes: [
      ["Slice", "x zero two axes", "p"],
      ["Slice", "x two end axes", "q"],
      ["Mul", "p k", "s"],
      ["Concat", "q s", "t", { axis: 1n }],
      ["Gemm", "t b", "y"],
    ],
    constants: {
      zero: int64s([1], [0n]),
      two: int64s([1], [2n]),
      end: int64s([1], [2n ** 63n - 1n]),
      axes: int64s([1], [1n]),
      k: floats([], [0.5]),
    },
    layers: [5, 4],
  },
  "constants that are computed": {
    nodes: [
      ["Constant", "", "f", { value_float: 2 }],
      ["Constant", "", "fs", { value_floats: [1, 2, 3, 4] }],
      ["Constant", "", "i", { value_int: 3n }],
      ["Cast", "i", "j", { to: 1n }],
      ["Mul", "fs f", "k"],
      ["Sqrt", "k", "r"],
      ["Div", "r j", "d"],
      ["Transpose", "w", "t"],
      ["Mul", "t d", "v"],
      ["Gemm", "x v d", "y"],
    ],
    constants: { w: floats([4, 5], numbers(20, 4)) },
  },
  "powers of numbers of any sign, and of zero": {
    nodes: [
      ["Pow", "w three", "p"],
      ["Pow", "w none", "ones"],
      ["Pow", "size half", "h"],
      ["Mul", "p ones", "v"],
      ["Mul", "v h", "u"],
      ["Gemm", "x u", "y"],
    ],
    constants: {
      w: floats([5, 4], [0, -0, ...numbers(18, 4)]),
      size: floats([4], [0, 1, 2, 0.25]),
      three: floats([], [3]),
      none: floats([4], [0, 0, 0, 0]),
      half: floats([], [1.5]),
    },
  },
  "weights as whole numbers of 8 bits": {
    nodes: [
      ["DequantizeLinear", "w s z", "d", { axis: 1n }],
      ["Gemm", "x d", "y"],
    ],
    constants: {
      w: { dims: [5n, 2n], dataType: 3, rawData: Uint8Array.from({ length: 10 }, (_, i) => (i * 57) & 255) },
      s: floats([2], [0.01, 0.02]),
      z: { dims: [2n], dataType: 3, rawData: Uint8Array.of(3, 254) },
    },
  },
};

describe("graphs of other exporters", () => {
  for (const [name, test] of Object.entries({ ...SHAPES, ...FOLDED })) it(name, () => check(test));

  const CURVES: [name: string, node: NodeSpec, opset?: number][] = [
    ["Clip to 0 and 1", ["Clip", "g zero one", "h"]],
    ["Clip to -2 and 0.5", ["Clip", "g low half", "h"]],
    ["Clip to -2 and 0", ["Clip", "g low zero", "h"]],
    ["Clip from 0.5", ["Clip", "g half", "h"]],
    ["Clip up to 0.5", ["Clip", "g - half", "h"]],
    ["Max", ["Max", "g k", "h"]],
    ["Min", ["Min", "k g", "h"]],
    ["PRelu", ["PRelu", "g slope", "h"]],
    ["Celu", ["Celu", "g", "h", { alpha: 0.7 }]],
    ["Selu of other numbers", ["Selu", "g", "h", { alpha: 1.5, gamma: 2 }]],
    ["HardSigmoid of 0.2", ["HardSigmoid", "g", "h", { alpha: 0.2, beta: 0.4 }]],
    ["LayerNormalization", ["LayerNormalization", "g gain k", "h"]],
    ["LayerNormalization of another epsilon", ["LayerNormalization", "g gain", "h", { epsilon: 0.01 }]],
    ["LayerNormalization of axis 1", ["LayerNormalization", "g gain k", "h", { axis: 1n }]],
  ];
  for (const [name, node] of CURVES) {
    const constants = {
      zero: floats([], [0]),
      one,
      low: floats([], [-2]),
      half: floats([], [0.5]),
      k: floats([4], numbers(4, 5)),
      slope: floats([1], [0.25]),
      gain: floats([4], numbers(4, 6)),
    };
    it(`${name} between layers`, () => check({ nodes: [layer, node, ["Gemm", "h c", "y"]], constants, scale: 4 }));
    it(`${name} at the end`, () => check({ nodes: [layer, [node[0], node[1], "y", node[3]]], constants, scale: 4 }));
  }

  it("a branch that no output needs is not looked at", async () => {
    const nodes: NodeSpec[] = [layer, ["Conv", "x x", "u"], ["Softmax", "g", "y"]];
    expect((await fromOnnx(modelBytes({ nodes, constants: { b } }))).net.output).toBe("softmax");
  });

  it("the largest of scores alone is a softmax's", async () => {
    const nodes: NodeSpec[] = [layer, ["ArgMax", "g", "y", { axis: 1n, keepdims: 0n }]];
    await check({ nodes });
    await check({ nodes: [layer, ["Relu", "g", "r"], ["ArgMax", "r", "y", { axis: -1n }]], layers: [5, 4, 4] });
  });

  it("operator set 6 spreads constants where an attribute says so", async () => {
    const nodes: NodeSpec[] = [
      ["MatMul", "x b", "m"],
      ["Add", "m k", "a", { broadcast: 1n, axis: 1n }],
      ["BatchNormalization", "a k k k v", "n", { is_test: 1n }],
      ["Dropout", "n", "y", { is_test: 1n }],
    ];
    const constants = { b, k: floats([4], numbers(4, 5)), v: floats([4], [1, 1, 1, 1]) };
    const { net } = await fromOnnx(modelBytes({ nodes, constants, opset: 6, ir: 3 }));
    const x = numbers(10, 1);
    const modern: NodeSpec[] = [
      ["MatMul", "x b", "m"],
      ["Add", "m k", "a"],
      ["BatchNormalization", "a k k k v", "y"],
    ];
    const { y } = await runtime(modelBytes({ nodes: modern, constants }), { x: feed(x, [2, 5]) });
    expect(difference(net.predictProba(x), y.data as Float32Array)).toBeLessThanOrEqual(1e-5);
  });

  it("a file that computes in float16 is computed in float32", async () => {
    const halves = {
      dims: [5n, 4n],
      dataType: 10,
      rawData: new Uint8Array(Uint16Array.from({ length: 20 }, (_, i) => 0x3800 + 16 * i).buffer),
    };
    const nodes: NodeSpec[] = [
      ["Cast", "x", "h", { to: 10n }],
      ["MatMul", "h w", "m"],
      ["Cast", "m", "y", { to: 1n }],
    ];
    const { net } = await fromOnnx(modelBytes({ nodes, constants: { w: halves } }));
    expect([...net.parameters()[0].weights]).toEqual(Array.from({ length: 20 }, (_, i) => 0.5 + i / 128));
    const typed = await fromOnnx(
      modelBytes({ nodes: [["MatMul", "x w", "y"]], constants: { w: halves }, elemType: 10 }),
    );
    expect(typed.net.parameters()).toEqual(net.parameters());
  });
});

describe("options", () => {
  const logits = modelBytes({ nodes: [layer], constants: { b }, outputs: "g" });

  it("logits become a classifier's", async () => {
    const [plain, soft] = [await fromOnnx(logits), await fromOnnx(logits, { output: "softmax" })];
    expect([plain.net.output, soft.net.output]).toEqual(["linear", "softmax"]);
    const x = numbers(5, 1);
    const z = plain.net.predictProba(x).map(Math.exp);
    const sum = z.reduce((a, value) => a + value);
    expect(
      difference(
        soft.net.predictProba(x),
        z.map((value) => value / sum),
      ),
    ).toBeLessThanOrEqual(1e-6);
    expect((await fromOnnx(logits, { output: "sigmoid" })).net.output).toBe("sigmoid");
  });

  it("what ends otherwise does not", async () => {
    const bytes = modelBytes({ nodes: [layer, ["Tanh", "g", "y"]], constants: { b } });
    await expect(fromOnnx(bytes, { output: "softmax" })).rejects.toThrow(
      'fromOnnx: the file must end in logits for { output: "softmax" }, got node "the Tanh" (Tanh).',
    );
    await expect(fromOnnx(logits, { output: "relu" as never })).rejects.toThrow(/^fromOnnx: output must be/);
    await expect(fromOnnx(logits, { outputs: 1 } as never)).rejects.toThrow(/^fromOnnx: /);
  });
});

describe("weights beside the file", () => {
  const utf8 = (text: string) => new TextEncoder().encode(text);
  const entry = (key: string, value: string) =>
    Uint8Array.from([10, key.length, ...utf8(key), 18, value.length, ...utf8(value)]);
  const weights = numbers(20, 2);
  const beside = new Uint8Array([...new Uint8Array(16), ...new Uint8Array(weights.buffer)]);
  const stored = (...entries: [string, string][]) => ({
    dims: [5n, 4n],
    dataType: 1,
    dataLocation: 1,
    externalData: entries.map(([key, value]) => entry(key, value)),
  });
  const bytes = (...entries: [string, string][]) =>
    modelBytes({ nodes: [layer], constants: { b: stored(...entries) }, outputs: "g" });
  const location: [string, string] = ["location", "m.onnx.data"];
  const whole = bytes(location, ["offset", "16"], ["length", "80"]);

  it("are read of what is given", async () => {
    const { net } = await fromOnnx(whole, { external: { "m.onnx.data": beside } });
    expect([...net.parameters()[0].weights]).toEqual([...weights]);
    const rest = await fromOnnx(bytes(location, ["offset", "16"]), { external: { "m.onnx.data": beside } });
    expect(rest.net.parameters()).toEqual(net.parameters());
  });

  const REFUSED: [string, Uint8Array, unknown, RegExp][] = [
    [
      "without them",
      whole,
      undefined,
      /be read with \{ external: \{ "m\.onnx\.data": bytes \} \} for "b", got none\.$/,
    ],
    ["with others", whole, { "other.data": beside }, /"m\.onnx\.data": bytes \} \} for "b", got \["other\.data"\]/],
    ["of a prototype", bytes(["location", "toString"]), {}, /"toString": bytes/],
    [
      "that end too early",
      whole,
      { "m.onnx.data": beside.subarray(0, 90) },
      /find 80 bytes of "b" .* 90 bytes long, got offset "16"/,
    ],
    [
      "of another length",
      bytes(location, ["length", "84"]),
      { "m.onnx.data": beside },
      /got offset "0" and length "84"/,
    ],
    ["at no number", bytes(location, ["offset", "-4"]), { "m.onnx.data": beside }, /offset "-4"/],
    ["at a large number", bytes(location, ["offset", "9".repeat(15)]), { "m.onnx.data": beside }, /offset "9+"/],
    ["without a place", bytes(["offset", "0"]), {}, /name the file of "b"/],
    ["said twice", bytes(location, location), {}, /say "location" of "b" once/],
  ];
  for (const [name, file, external, message] of REFUSED) {
    it(`refuses them ${name}`, async () => {
      await expect(fromOnnx(file, { external } as never)).rejects.toThrow(message);
      await expect(fromOnnx(file, { external } as never)).rejects.toThrow(/^fromOnnx: the file must .*\.$/);
    });
  }

  it("refuses what are no bytes by their kind", async () => {
    await expect(fromOnnx(whole, { external: { a: "x" } } as never)).rejects.toThrow(
      'fromOnnx: external["a"] must be a Uint8Array, got "x".',
    );
    await expect(fromOnnx(whole, { external: beside } as never)).rejects.toThrow(/external must be an object/);
  });
});

/** Small files that reach what `fromOnnx` computes, folds and looks up, for mutants of them. */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  FunctionSchema,
  GraphSchema,
  ModelSchema,
  NodeSchema,
  OperatorSetSchema,
} from "../../src/exchange/onnx/onnx_pb.js";
import { Random } from "../../src/ground/random.js";
import { mutateTree, type Way } from "../mutator.js";
import { BINARY, bools, FULL, floats, type GraphSpec, int64s, modelBytes, numbers } from "./onnx-cases.js";
import { columnFile } from "./onnx-column-files.js";

const b = floats([5, 4], numbers(20, 2));
const c = floats([4, 3], numbers(12, 3));

/** Shapes and weights that are computed of constants, features that are chosen, layers that are added. */
export const COMPUTED: GraphSpec = {
  shape: ["N", 5, 1],
  constants: {
    b,
    c,
    first: int64s([1], [0n]),
    rest: int64s([1], [-1n]),
    two: floats([], [2]),
    places: int64s([3], [2n, 0n, 2n]),
    sizes: int64s([2], [4n, 3n]),
    low: floats([], [-0.5]),
    gain: floats([4], numbers(4, 5)),
  },
  nodes: [
    ["Shape", "x", "s"],
    ["Gather", "s first", "n", { axis: 0n }],
    ["Concat", "n rest", "shape", { axis: 0n }],
    ["Reshape", "x shape", "r"],
    ["Sqrt", "two", "root"],
    ["Mul", "b root", "w"],
    ["Tanh", "r", "t"],
    ["Gemm", "t w", "g"],
    ["LayerNormalization", "g gain", "l", { epsilon: 0.01 }],
    ["Clip", "l low two", "h"],
    ["Expand", "two sizes", "e"],
    ["Mul", "c e", "v"],
    ["MatMul", "h v", "m"],
    ["Neg", "m", "o"],
    ["Max", "o low", "k"],
    ["Gather", "k places", "y", { axis: 1n }],
  ],
};

/** Weights in float16, and as whole numbers of 8 bits. */
export const SMALL: GraphSpec = {
  shape: ["N", 5],
  constants: {
    w: { dims: [5n, 4n], dataType: 3, rawData: Uint8Array.from({ length: 20 }, (_, i) => (i * 57) & 255) },
    s: floats([], [0.01]),
    v: {
      dims: [4n, 2n],
      dataType: 10,
      rawData: new Uint8Array(Uint16Array.from({ length: 8 }, (_, i) => 0x3800 + 64 * i).buffer),
    },
  },
  nodes: [
    ["DequantizeLinear", "w s", "d"],
    ["MatMul", "x d", "m"],
    ["Relu", "m", "r"],
    ["Cast", "v", "f", { to: 1n }],
    ["MatMul", "r f", "y"],
  ],
};

const utf8 = (text: string) => new TextEncoder().encode(text);
/** A key and its value, as a message of external data. */
export const entry = (key: string, value: string) =>
  Uint8Array.from([10, key.length, ...utf8(key), 18, value.length, ...utf8(value)]);

export const BESIDE = new Uint8Array(numbers(24, 2).buffer);

/** Weights in "m.data", which is {@link BESIDE}. */
export const EXTERNAL: GraphSpec = {
  constants: {
    b: {
      dims: [5n, 4n],
      dataType: 1,
      dataLocation: 1,
      externalData: [entry("location", "m.data"), entry("offset", "16"), entry("length", "80")],
    },
  },
  nodes: [["MatMul", "x b", "y"]],
};

const ML = "ai.onnx.ml";
const plain = (count: number, seed: number) => [...numbers(count, seed)];

/** A linear model of three labels, each beside the rest, and one of two; weights that are rounded to bfloat16. */
const LINEAR: GraphSpec = {
  shape: ["N", 3],
  outputs: "label p",
  nodes: [
    ["Scaler", "x", "s", { offset: [1, 0, 2], scale: [1, 2, 0.5] }, ML],
    [
      "LinearClassifier",
      "s",
      "label q",
      {
        coefficients: plain(9, 1),
        intercepts: plain(3, 2),
        post_transform: "LOGISTIC",
        classlabels_ints: [1n, 2n, 3n],
        multi_class: 1n,
      },
      ML,
    ],
    ["Normalizer", "q", "p", { norm: "L1" }, ML],
  ],
};
const PAIR: GraphSpec = {
  shape: ["N", 3],
  outputs: "label p",
  nodes: [
    [
      "LinearClassifier",
      "x",
      "label p",
      {
        coefficients: [-0.5, 0.25, 1, 0.5, -0.25, -1],
        intercepts: [0.75, -0.75],
        post_transform: "LOGISTIC",
        classlabels_strings: ["no", "yes"],
      },
      ML,
    ],
  ],
};
const ROUNDED: GraphSpec = {
  shape: ["N", 5],
  constants: { b, c },
  nodes: [
    ["Cast", "b", "h", { to: 16n }],
    ["Cast", "h", "w", { to: 1n }],
    ["MatMul", "x w", "m"],
    ["Relu", "m", "r"],
    ["LinearRegressor", "r", "y", { coefficients: plain(8, 3), intercepts: plain(2, 4), targets: 2n }, ML],
  ],
};

/** A function of the file's own, called twice, and a branch whose condition is a constant. */
function inlined(): Uint8Array {
  const node = (opType: string, input: string[], output: string[], attribute: object[] = [], domain = "") =>
    create(NodeSchema, { opType, input, output, attribute: attribute as never, domain });
  const opsets = [
    create(OperatorSetSchema, { version: 17n }),
    create(OperatorSetSchema, { domain: "own", version: 1n }),
  ];
  const slope = { name: "alpha", type: 1, refAttrName: "slope" };
  const dense = create(FunctionSchema, {
    name: "Dense",
    domain: "own",
    input: ["a", "weight"],
    output: ["r"],
    attribute: ["slope"],
    node: [node("MatMul", ["a", "weight"], ["m"]), node("LeakyRelu", ["m"], ["r"], [slope])],
    opsetImport: opsets,
  });
  const branch = (opType: string) =>
    toBinary(GraphSchema, create(GraphSchema, { node: [node(opType, ["d"], ["o"])], output: [{ name: "o" }] }));
  const branches = [
    { name: "then_branch", type: 5, g: branch("Tanh") },
    { name: "else_branch", type: 5, g: branch("Relu") },
  ];
  const call = (input: string, weight: string, output: string, f: number) =>
    node("Dense", [input, weight], [output], [{ name: "slope", type: 1, f }], "own");
  const model = fromBinary(
    ModelSchema,
    modelBytes({ shape: ["N", 5], constants: { b, c, q: bools([], [1]) }, nodes: [] }),
  );
  Object.assign(model, { opsetImport: opsets, functions: [toBinary(FunctionSchema, dense)] });
  const nodes = [call("x", "b", "d", 0.25), node("If", ["q"], ["h"], branches), call("h", "c", "y", 0.5)];
  model.graph!.node = nodes;
  return toBinary(ModelSchema, model);
}

export const rowSeeds = () => [...[FULL, BINARY, COMPUTED, SMALL, LINEAR, PAIR, ROUNDED].map(modelBytes), inlined()];

/** Files of columns. */
export function columnSeeds(): Uint8Array[] {
  const random = new Random(3);
  return Array.from({ length: 6 }, () => columnFile(random).bytes);
}

/** Takes the message apart, changes a field of it, and puts it together; not where what comes of that cannot be written. */
export const changeField: Way = (file, random) => {
  try {
    const model = fromBinary(ModelSchema, file);
    mutateTree(model, random);
    return toBinary(ModelSchema, model);
  } catch {
    return undefined;
  }
};

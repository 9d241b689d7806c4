/** Small ONNX models for tests, made node by node, and the other runtime that runs them. */
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { InferenceSession, Tensor as RuntimeTensor } from "onnxruntime-web";
import { type AttributeSchema, ModelSchema, type TensorSchema } from "../../src/exchange/onnx/onnx_pb.js";
import { Random } from "../../src/ground/random.js";
import { fromOnnx, type OnnxModel } from "../../src/onnx.js";

type StoredTensor = MessageInitShape<typeof TensorSchema>;
type AttributeValue = number | bigint | string | string[] | number[] | bigint[] | { tensor: StoredTensor };

/** [operator, inputs, outputs, attributes (numbers are floats, bigints are ints), domain] */
export type NodeSpec = [
  op: string,
  inputs: string,
  outputs: string,
  attributes?: Record<string, AttributeValue>,
  domain?: string,
];

export interface GraphSpec {
  nodes: NodeSpec[];
  constants?: Record<string, StoredTensor>;
  /** Of the input "x"; the first size is that of the rows. */
  shape?: (number | string)[];
  elemType?: number;
  /** Several inputs in the place of "x": their types and shapes. */
  inputs?: Record<string, [elemType: number, ...shape: (number | string)[]]>;
  outputs?: string;
  opset?: number;
  ir?: number;
}

/** The message of a model; names are separated by spaces, and the outputs are "y" if left out. */
function modelOf(spec: GraphSpec): MessageInitShape<typeof ModelSchema> {
  const { nodes, constants = {}, shape = ["N", "F"], elemType = 1, outputs = "y", opset = 17, ir = 8 } = spec;
  const inputs = spec.inputs ?? { x: [elemType, ...shape] };
  return {
    irVersion: BigInt(ir),
    opsetImport: [
      { domain: "", version: BigInt(opset) },
      { domain: "ai.onnx.ml", version: 2n },
    ],
    graph: {
      name: "test",
      node: nodes.map(([opType, inputs, names, attributes = {}, domain = ""], i) => ({
        opType,
        domain,
        // Each once: "the Gemm", "the Gemm at 3".
        name: nodes.findIndex(([op]) => op === opType) === i ? `the ${opType}` : `the ${opType} at ${i}`,
        input: split(inputs),
        output: split(names),
        attribute: Object.entries(attributes).map(([name, value]) => attributeOf(name, value)),
      })),
      initializer: Object.entries(constants).map(([name, constant]) => ({ ...constant, name })),
      input: Object.entries(inputs).map(([name, [type, ...sizes]]) => describeInput(name, type, sizes)),
      output: split(outputs).map((name) => ({ name })),
    },
  };
}

function describeInput(name: string, elemType: number, sizes: (number | string)[]) {
  const dim = sizes.map((size) => ({
    value:
      typeof size === "number"
        ? { case: "dimValue" as const, value: BigInt(size) }
        : { case: "dimParam" as const, value: size },
  }));
  return { name, type: { tensorType: { elemType, shape: { dim } } } };
}

export function modelBytes(spec: GraphSpec): Uint8Array {
  return toBinary(ModelSchema, create(ModelSchema, modelOf(spec)));
}

/** "-" stands for one that is left out. */
const split = (names: string) => (names === "" ? [] : names.split(" ").map((name) => (name === "-" ? "" : name)));

function attributeOf(name: string, value: AttributeValue): MessageInitShape<typeof AttributeSchema> {
  if (typeof value === "number") return { name, type: 1, f: value };
  if (typeof value === "bigint") return { name, type: 2, i: value };
  if (typeof value === "string") return { name, type: 3, s: utf8(value) };
  if (!Array.isArray(value)) return { name, type: 4, t: value.tensor };
  if (typeof value[0] === "string") return { name, type: 8, strings: (value as string[]).map(utf8) };
  return typeof value[0] === "bigint"
    ? { name, type: 7, ints: value as bigint[] }
    : { name, type: 6, floats: value as number[] };
}

export const utf8 = (text: string) => new TextEncoder().encode(text);

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) => new Uint8Array(buffer, byteOffset, byteLength);

/** A float tensor; raw unless asked for otherwise. */
export function floats(dims: number[], numbers: ArrayLike<number>, storage: "raw" | "typed" = "raw"): StoredTensor {
  const data = bytesOf(Float32Array.from(numbers));
  return { dims: dims.map(BigInt), dataType: 1, ...(storage === "raw" ? { rawData: data } : { floatData: [data] }) };
}

export function doubles(dims: number[], numbers: ArrayLike<number>): StoredTensor {
  return { dims: dims.map(BigInt), dataType: 11, rawData: bytesOf(Float64Array.from(numbers)) };
}

export function int64s(dims: number[], numbers: bigint[]): StoredTensor {
  return { dims: dims.map(BigInt), dataType: 7, rawData: bytesOf(BigInt64Array.from(numbers)) };
}

export function texts(values: string[]): StoredTensor {
  return { dims: [BigInt(values.length)], dataType: 8, stringData: values.map(utf8) };
}

export function bools(dims: number[], values: number[]): StoredTensor {
  return { dims: dims.map(BigInt), dataType: 9, rawData: Uint8Array.from(values) };
}

/** Numbers from -1 to 1 that float32 holds, the same for the same seed. */
export function numbers(count: number, seed: number): Float32Array {
  const random = new Random(seed);
  return Float32Array.from({ length: count }, () => 2 * random.uniform() - 1);
}

/** The unit matrix. */
export function unit(size: number): StoredTensor {
  return floats(
    [size, size],
    Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0)),
  );
}

/** What onnxruntime makes of rows: every output by name but those that are no tensors, which it does not give here. */
export async function runtime(
  bytes: Uint8Array,
  feeds: Record<string, RuntimeTensor>,
): Promise<Record<string, RuntimeTensor>> {
  // Only what is fatal is logged: the rest is thrown.
  const session = await InferenceSession.create(bytes, { logSeverityLevel: 4 });
  try {
    const tensors = session.outputMetadata.filter(({ isTensor }) => isTensor).map(({ name }) => name);
    return (await session.run(feeds, tensors, { logSeverityLevel: 4 })) as Record<string, RuntimeTensor>;
  } finally {
    await session.release();
  }
}

export const feed = (data: ArrayLike<number>, dims: number[]) =>
  new RuntimeTensor("float32", Float32Array.from(data), dims);

export { RuntimeTensor };

/** The largest difference, infinite where one of them is no number. */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < a.length; i++) {
    const distance = Math.abs(a[i] - b[i]);
    if (!(distance <= worst)) worst = Number.isNaN(distance) ? Number.POSITIVE_INFINITY : distance;
  }
  return worst;
}

const ml = "ai.onnx.ml";

/** A network with all that a file may have: a scaler, folding, hidden layers, a tail of labels. */
export const FULL: GraphSpec = {
  shape: ["N", 3],
  outputs: "label p z",
  constants: {
    w: floats([3, 4], numbers(12, 1)),
    c: floats([1, 4], numbers(4, 2)),
    v: floats([2, 4], numbers(8, 3), "typed"),
    k: floats([4], [1, 2, 1, 2]),
    names: texts(["no", "yes"]),
    shape: int64s([1], [-1n]),
  },
  nodes: [
    ["Cast", "x", "f", { to: 1n }],
    ["Scaler", "f", "s", { offset: [1, 0, 2], scale: [1, 2, 0.5] }, ml],
    ["MatMul", "s w", "m"],
    ["Add", "m c", "a"],
    ["BatchNormalization", "a k k k k", "n", { epsilon: 0.01 }],
    ["Tanh", "n", "t"],
    ["Dropout", "t", "d mask"],
    ["Gemm", "d v", "g", { transB: 1n, alpha: 0.5 }],
    ["Softmax", "g", "p", { axis: 1n }],
    ["ArgMax", "p", "id", { axis: 1n }],
    ["ArrayFeatureExtractor", "names id", "found", {}, ml],
    ["Reshape", "found shape", "label"],
    ["ZipMap", "p", "z", { classlabels_strings: ["no", "yes"] }, ml],
  ],
};

/** scikit-learn's pair of probabilities from one sigmoid. */
export const BINARY: GraphSpec = {
  shape: ["N", 3],
  outputs: "p id",
  constants: { w: floats([3, 2], numbers(6, 4)), v: floats([2, 1], numbers(2, 5)), one: floats([], [1]) },
  nodes: [
    ["Gemm", "x w", "g"],
    ["Relu", "g", "r"],
    ["MatMul", "r v", "m"],
    ["Sigmoid", "m", "s"],
    ["Sub", "one s", "q"],
    ["Concat", "q s", "p", { axis: 1n }],
    ["ArgMax", "p", "id", { axis: 1n, keepdims: 0n }],
  ],
};

const SENTENCE = /^fromOnnx: the file must [^\n]{3,200}, got [^\n]{1,300}\.$/s;

/** What comes of a file: a model, or the sentence that refuses it. Anything else fails the test. */
export async function outcome(bytes: Uint8Array): Promise<OnnxModel | string> {
  try {
    return await fromOnnx(bytes);
  } catch (error) {
    if (error instanceof Error && error.constructor === Error && SENTENCE.test(error.message)) return error.message;
    throw error;
  }
}

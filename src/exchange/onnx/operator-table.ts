/** The operators that are read, by domain and name: their meaning is that of {@link OPSETS}. */
import * as activations from "./activation-operators.js";
import * as columns from "./column-features.js";
import * as casts from "./constant-casts.js";
import * as constants from "./constant-operators.js";
import * as shapes from "./constant-shapes.js";
import * as dense from "./dense-operators.js";
import type { Node } from "./graph-node.js";
import * as linear from "./linear-operators.js";
import * as normalization from "./normalization-operators.js";
import * as operators from "./operators.js";
import { extractFeatures, gatherFeatures, slice } from "./picking.js";
import * as rows from "./row-shapes.js";
import * as scaled from "./scaled-activations.js";
import * as tail from "./tail.js";
import type { Value } from "./values.js";

/** What its outputs are: one, or a list of them. */
export type Operator = (node: Node) => Value | readonly Value[];

/** What they make of rows. */
export const OPERATORS: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ["/Gemm", dense.gemm],
  ["/MatMul", dense.matMul],
  ["/Add", operators.add],
  ["/Sum", operators.sum],
  ["/Sub", operators.sub],
  ["/Mul", operators.mul],
  ["/Div", operators.div],
  ["/Neg", operators.neg],
  ["/Pow", operators.pow],
  ["/Max", operators.extreme("Max")],
  ["/Min", operators.extreme("Min")],
  ["/BatchNormalization", operators.batchNormalization],
  ["/LayerNormalization", normalization.layerNormalization],
  ["/ReduceMean", normalization.reduceMean],
  ["/Sqrt", normalization.root],
  ["/Relu", activations.plain("Relu", "relu")],
  ["/Sigmoid", activations.plain("Sigmoid", "sigmoid")],
  ["/Tanh", activations.plain("Tanh", "tanh")],
  ["/Softplus", activations.plain("Softplus", "softplus")],
  ["/Softsign", activations.plain("Softsign", "softsign")],
  ["/Exp", activations.plain("Exp", "exponential")],
  ["/Mish", activations.plain("Mish", "mish")],
  ["/Erf", activations.plain("Erf")],
  ["/Abs", activations.plain("Abs")],
  ["/LeakyRelu", activations.leakyRelu],
  ["/PRelu", activations.pRelu],
  ["/Elu", activations.elu],
  ["/Gelu", activations.gelu],
  ["/Selu", scaled.selu],
  ["/Celu", scaled.celu],
  ["/Swish", scaled.swish],
  ["/HardSigmoid", scaled.hardSigmoid],
  ["/Clip", scaled.clip],
  ["/Log", scaled.logOfSigmoid],
  ["/Softmax", activations.softmax("Softmax")],
  ["/LogSoftmax", activations.softmax("LogSoftmax")],
  ["/Identity", operators.identity],
  ["/Dropout", operators.dropout],
  ["/Flatten", tail.reshaping(rows.flatten)],
  ["/Squeeze", tail.reshaping(rows.squeeze)],
  ["/Unsqueeze", tail.reshaping(rows.unsqueeze)],
  ["/Transpose", (node) => rows.transposeRows(node, rows.rowsToShape(node))],
  ["/Shape", rows.shape],
  ["/Slice", slice],
  ["/Constant", operators.constant],
  ["/Cast", tail.cast],
  ["/CastLike", tail.castLike],
  ["/Reshape", tail.reshape],
  ["/Concat", tail.concat],
  ["/ArgMax", tail.argMax],
  ["/Gather", (node) => (node.inputs[1]?.kind === "decision" ? tail.gather : gatherFeatures)(node)],
  ["ai.onnx.ml/Scaler", operators.scaler],
  [
    "ai.onnx.ml/ArrayFeatureExtractor",
    (node) => (node.inputs[1]?.kind === "decision" ? tail.arrayFeatureExtractor : extractFeatures)(node),
  ],
  ["ai.onnx.ml/ZipMap", tail.zipMap],
  ["ai.onnx.ml/LinearClassifier", linear.linearClassifier],
  ["ai.onnx.ml/LinearRegressor", linear.linearRegressor],
  ["ai.onnx.ml/Normalizer", linear.normalizer],
  ["ai.onnx.ml/FeatureVectorizer", columns.featureVectorizer],
  ["ai.onnx.ml/Imputer", columns.imputer],
  ["ai.onnx.ml/OneHotEncoder", columns.oneHotEncoder],
  ["ai.onnx.ml/LabelEncoder", columns.labelEncoder],
  ["ai.onnx.ml/Binarizer", columns.binarizer],
]);

// Math.max and Math.min are of numbers alone.
const larger = (a: bigint, b: bigint) => {
  if (a > b) return a;
  return b;
};
const smaller = (a: bigint, b: bigint) => {
  if (a < b) return a;
  return b;
};
const sum = (a: number, b: number) => a + b;

/** What they make of constants alone. */
export const CONSTANT_OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ["/Add", constants.binary(sum, (a, b) => a + b)],
  ["/Sum", constants.several(sum, (a, b) => a + b)],
  [
    "/Sub",
    constants.binary(
      (a, b) => a - b,
      (a, b) => a - b,
    ),
  ],
  ["/Mul", constants.multiply],
  ["/Div", constants.divide],
  ["/Max", constants.several(Math.max, larger)],
  ["/Min", constants.several(Math.min, smaller)],
  ["/Pow", constants.raise],
  ["/Neg", constants.negate],
  ["/Abs", constants.absolute],
  ["/Sqrt", constants.squareRoot],
  ["/Exp", constants.exponential],
  ["/Log", constants.logarithm],
  ["/Reciprocal", constants.reciprocal],
  ["/Floor", constants.unary(Math.floor)],
  ["/Ceil", constants.unary(Math.ceil)],
  ["/Not", constants.not],
  ["/Equal", constants.comparison((a, b) => a === b)],
  ["/Greater", constants.comparison((a, b) => a > b)],
  ["/GreaterOrEqual", constants.comparison((a, b) => a >= b)],
  ["/Less", constants.comparison((a, b) => a < b)],
  ["/LessOrEqual", constants.comparison((a, b) => a <= b)],
  ["/Where", constants.where],
  ["/DequantizeLinear", constants.dequantize],
  ["/Reshape", shapes.reshapeConstant],
  ["/Flatten", shapes.flattenConstant],
  ["/Squeeze", shapes.squeezeConstant],
  ["/Unsqueeze", shapes.unsqueezeConstant],
  ["/Transpose", shapes.transposeConstant],
  ["/Expand", shapes.expand],
  ["/Tile", shapes.tile],
  ["/ConstantOfShape", shapes.constantOfShape],
  ["/Range", shapes.range],
  ["/Shape", shapes.shapeOfConstant],
  ["/Concat", shapes.concatConstants],
  ["/Cast", casts.cast],
  ["/CastLike", casts.castLike],
  ["/ReduceSum", casts.reduction(0, sum, (total) => total)],
  ["/ReduceMean", casts.reduction(0, sum, (total, count) => total / count)],
  [
    "/ReduceSumSquare",
    casts.reduction(
      0,
      (total, x) => total + x * x,
      (total) => total,
    ),
  ],
  ["/ReduceL2", casts.reduction(0, (total, x) => total + x * x, Math.sqrt)],
  [
    "/ReduceProd",
    casts.reduction(
      1,
      (total, x) => total * x,
      (total) => total,
    ),
  ],
  ["/ReduceMax", casts.reduction(Number.NEGATIVE_INFINITY, Math.max, (total) => total)],
  ["/ReduceMin", casts.reduction(Number.POSITIVE_INFINITY, Math.min, (total) => total)],
]);

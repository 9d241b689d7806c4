/**
 * The operators of a multilayer perceptron: what each makes of rows. Meanings, attributes and their defaults are those of
 * docs/Operators.md and docs/Changelog.md of github.com/onnx/onnx, for the operator sets of {@link OPSETS}.
 */
import { show } from "../../ground/check.js";
import { halved, product } from "./activation-operators.js";
import type { Node } from "./graph-node.js";
import { TYPES } from "./tensors.js";
import { after, type Constant, dimsOf, type Factor, nameOf, type Rows, type Value } from "./values.js";

const ONE: Factor = () => 1;
const NOTHING: Factor = () => 0;

function affine(node: Node, rows: Rows, scale: Factor, shift: Factor, size = 1): Rows {
  // One number says nothing about how many features there are.
  const width = size > 1 ? size : rows.width;
  return after(rows, node.title, { kind: "affine", scale, shift, isUniform: size === 1 }, width);
}

function dense(node: Node, rows: Rows, weights: Constant): Rows {
  const [inputs, outputs, ...further] = dimsOf(weights);
  const { name, isFloat } = weights.tensor;
  if (!isFloat || !outputs || !inputs || further.length > 0) {
    node.refuse(
      `a matrix of floats as ${show(name)}`,
      `shape [${weights.tensor.dims}] of data type ${weights.tensor.type}`,
    );
  }
  if (rows.width !== undefined && rows.width !== inputs) {
    node.refuse(`weights for ${rows.width} features`, `${inputs} in ${show(name)}`);
  }
  return after(rows, node.title, { kind: "dense", weights, inputs, outputs }, outputs);
}

/** alpha · A · B + beta · C; A is the rows. */
export function gemm(node: Node): Value {
  node.expect("transA", 0, 0);
  const alpha = node.float("alpha", 1);
  const beta = node.float("beta", 1);
  const isTransposed = node.int("transB", 0) !== 0;
  node.finish(3);
  const { tensor, transposed } = node.constant(1);
  let rows = dense(node, node.rows(0), { kind: "constant", tensor, transposed: transposed !== isTransposed });
  if (alpha !== 1) rows = affine(node, rows, () => alpha, NOTHING);
  if (!node.inputs[2]) return rows;
  const { at, size } = node.perFeature(node.constant(2), rows.width);
  return affine(node, rows, ONE, beta === 1 ? at : (feature) => beta * at(feature), size);
}

export function matMul(node: Node): Value {
  node.finish(2);
  return dense(node, node.rows(0), node.constant(1));
}

/** Rows and a constant, in either order. */
function operands(node: Node): { rows: Rows; at: Factor; size: number; isSwapped: boolean } {
  node.finish(2);
  const isSwapped = node.input(0).kind === "constant";
  const rows = node.rows(isSwapped ? 1 : 0);
  return { rows, isSwapped, ...node.perFeature(node.constant(isSwapped ? 0 : 1), rows.width) };
}

export function add(node: Node): Value {
  const { rows, at, size } = operands(node);
  return affine(node, rows, ONE, at, size);
}

/** By a constant, or a product that is an activation. */
export function mul(node: Node): Value {
  const [a, b] = node.inputs;
  if (a?.kind === "rows" && b?.kind === "rows") {
    node.finish(2);
    const known = product(node, node.rows(0), node.rows(1));
    if (known) return known;
  }
  const { rows, at, size } = operands(node);
  return (size === 1 && halved(node, rows, at(0))) || affine(node, rows, at, NOTHING, size);
}

/** Also 1 - p for the one output of a sigmoid, with which scikit-learn's converter begins a pair of probabilities. */
export function sub(node: Node): Value {
  const { rows, at, size, isSwapped } = operands(node);
  if (!isSwapped) return affine(node, rows, ONE, (feature) => -at(feature), size);
  const isSigmoid = rows.step?.kind === "activation" && rows.step.operator === "Sigmoid";
  if (isSigmoid && rows.width === 1 && size === 1 && at(0) === 1) return { kind: "complement", of: rows };
  return affine(node, rows, () => -1, at, size);
}

export function div(node: Node): Value {
  const { rows, at, size, isSwapped } = operands(node);
  if (isSwapped) node.refuse("rows to divide", "rows to divide by");
  return (
    (size === 1 && halved(node, rows, 1 / at(0))) || affine(node, rows, (feature) => 1 / at(feature), NOTHING, size)
  );
}

/** (x - mean) / √(variance + epsilon) · scale + bias, by the constants of the file. */
export function batchNormalization(node: Node): Value {
  const epsilon = node.float("epsilon", Math.fround(1e-5));
  node.expect("training_mode", 0, 0);
  node.expect("spatial", 1, 1);
  node.ignore("momentum");
  node.finish(5);
  const rows = node.rows(0);
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((i) => node.perFeature(node.constant(i), rows.width));
  const size = Math.max(scale.size, bias.size, mean.size, variance.size);
  const isOdd = [scale, bias, mean, variance].some((constants) => constants.size !== size);
  if (isOdd) node.refuse("constants of one size", "others");
  const factor: Factor = (i) => scale.at(i) / Math.sqrt(variance.at(i) + epsilon);
  return affine(node, rows, factor, (i) => bias.at(i) - mean.at(i) * factor(i), size);
}

/** ai.onnx.ml: (x - offset) · scale. */
export function scaler(node: Node): Value {
  const offset = node.floats("offset") ?? [];
  const scale = node.floats("scale") ?? [];
  node.finish(1);
  const rows = node.rows(0);
  const size = offset.length;
  if (size < 1 || scale.length !== size || (size > 1 && size !== (rows.width ?? size))) {
    node.refuse("an offset and a scale, one for all or one a feature", `${size} and ${scale.length}`);
  }
  const pick = (list: readonly number[], i: number) => (list.length === 1 ? list[0] : list[i]);
  return affine(
    node,
    rows,
    (i) => pick(scale, i),
    (i) => -pick(offset, i) * pick(scale, i),
    size,
  );
}

export function identity(node: Node): Value {
  node.finish(1);
  return node.input(0);
}

/** Outside of training it changes nothing. */
export function dropout(node: Node): Value {
  node.ignore("ratio", "seed");
  node.finish(3);
  const mode = node.inputs[2];
  if (mode && !(mode.kind === "constant" && mode.tensor.type === TYPES.BOOL && mode.tensor.count === 1)) {
    return node.refuse("a constant training_mode", nameOf(mode));
  }
  if (mode?.tensor.integers()[0]) node.refuse("training_mode false", "true");
  return node.input(0);
}

/** To float or double: rows are computed in float32 all the same. Labels are cast in the tail. */
export function castRows(node: Node, value: Rows | Constant, to: number): Value {
  if (to !== TYPES.FLOAT && to !== TYPES.DOUBLE) return node.refuse("to FLOAT or DOUBLE (1 or 11)", `${to}`);
  // The same rows as before where nothing changes: the tail compares.
  if (value.kind === "rows") return value.isFloat ? value : { ...value, isFloat: true };
  return value.tensor.isFloat ? value : node.refuse("floats to cast", `data type ${value.tensor.type}`);
}

export function transpose(node: Node): Value {
  const order = (node.ints("perm") ?? [1n, 0n]).join();
  node.finish(1);
  const { tensor, transposed } = node.constant(0);
  if (tensor.dims.length !== 2 || (order !== "1,0" && order !== "0,1")) {
    node.refuse("a matrix to transpose", `perm [${order}] of shape [${tensor.dims}]`);
  }
  return { kind: "constant", tensor, transposed: order === "1,0" ? !transposed : transposed };
}

/** [N, a, b, ...] to rows of a·b·... numbers. */
export function flatten(node: Node): Value {
  const axis = node.int("axis", 1);
  node.finish(1);
  const rows = node.input(0);
  if (rows.kind !== "rows") return node.refuse("rows to flatten", nameOf(rows));
  if (axis !== 1 && axis !== 1 - rows.rank) node.refuse("axis 1", `${axis}`);
  return asRows(rows);
}

const asRows = (rows: Rows): Rows => (rows.rank === 2 ? rows : { ...rows, rank: 2 });

/** To rows of numbers again: [-1, width], [0, width] or [0, -1]. */
export function reshapeRows(node: Node, rows: Rows, shape: readonly number[]): Value {
  const [items, width, ...further] = shape;
  const isWidth = width === -1 ? items === 0 : width >= 1 && width === rows.width;
  if ((items === 0 || items === -1) && isWidth && further.length === 0) return asRows(rows);
  return node.refuse("the shape of rows", `[${shape}]`);
}

/** A tensor in an attribute. */
export function constant(node: Node): Value {
  const tensor = node.tensor("value");
  node.finish(0);
  return tensor ? { kind: "constant", tensor, transposed: false } : node.refuse("a tensor as value", "none");
}

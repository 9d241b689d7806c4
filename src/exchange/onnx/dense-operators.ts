/** Weights: Gemm and MatMul of rows, from either side; and what scales and shifts. */
import { show } from "../../ground/check.js";
import type { Node } from "./graph-node.js";
import type { Tensor } from "./tensors.js";
import { after, type Factor, type Rows, type Value } from "./values.js";

export const ONE: Factor = () => 1;
export const NOTHING: Factor = () => 0;

/** Scales and shifts rows. */
export function affine(node: Node, rows: Rows, scale: Factor, shift: Factor, isUniform = true, axes = rows.axes): Rows {
  return after(rows, node.title, { kind: "affine", scale, shift, isUniform }, axes);
}

/** A matrix [inputs, outputs] for the last axis of rows. */
export function dense(node: Node, rows: Rows, weights: Tensor, axes: Rows["axes"]): Rows {
  const [inputs, outputs, ...further] = weights.dims;
  const { name, isFloat } = weights;
  if (!isFloat || !outputs || !inputs || further.length > 0) {
    node.refuse(`a matrix of floats as ${show(name)}`, `shape [${weights.dims}] of data type ${weights.type}`);
  }
  const { width } = rows;
  if (rows.axes.filter((size) => size !== 1).length > 1) {
    const count = rows.axes.length + Number(rows.hasBatch);
    node.refuse("rows of numbers as input 0", `${count} axes; put a Flatten before it`);
  }
  if (width !== undefined && width !== inputs) {
    node.refuse(`weights for ${width} features`, `${inputs} in ${show(name)}`);
  }
  return after(rows, node.title, { kind: "dense", weights, inputs, outputs }, axes);
}

/** Rows times weights: [N, inputs] · [inputs, outputs], or of rows that are one number an output, [inputs]. */
function times(node: Node, rows: Rows, weights: Tensor): Rows {
  const [inputs, ...rest] = weights.dims;
  if (rows.axes.length === 0) return node.refuse("rows of numbers as input 0", "one number a row without an axis");
  const others = rows.axes.slice(0, -1);
  if (rest.length === 0) return dense(node, rows, weights.view([inputs ?? 0, 1]), others);
  return dense(node, rows, weights, [...others, rest[0]]);
}

/** Weights times rows that are columns: [outputs, inputs] · [inputs] or · [inputs, 1]. */
function timesColumn(node: Node, given: Rows, weights: Tensor): Rows {
  const [outputs, inputs, ...further] = weights.dims;
  const rows = asColumn(given, inputs);
  const [first, last] = rows.axes.slice(-2);
  const isColumn = rows.axes.length === 1 ? !rows.hasBatch : last === 1 && first === inputs;
  if (further.length > 0 || !inputs || !isColumn)
    node.refuse("rows as input 0, a constant as input 1", "the other way");
  const turned = weights.view([inputs, outputs], (i) => (i % outputs) * inputs + Math.floor(i / outputs));
  const axes = rows.axes.length === 1 ? [outputs] : [...rows.axes.slice(0, -2), outputs, 1];
  return dense(node, rows, turned, axes);
}

/** The input as one column, where it has as many rows of one number as the weights have inputs. */
function asColumn(rows: Rows, inputs: number): Rows {
  const isColumn = rows.hasBatch && rows.items === inputs && rows.axes.length === 1 && rows.axes[0] === 1;
  return isColumn && !rows.step ? { ...rows, hasBatch: false, axes: [inputs, 1], width: inputs } : rows;
}

/** alpha · A · B + beta · C; A is the rows. */
export function gemm(node: Node): Value {
  node.expect("transA", 0, 0);
  const alpha = node.float("alpha", 1);
  const beta = node.float("beta", 1);
  const isTransposed = node.int("transB", 0) !== 0;
  node.ignore(...(node.opset < 7 ? ["broadcast"] : []));
  node.finish(3);
  const isColumn = node.input(0).kind === "constant" && !isTransposed;
  let rows: Rows;
  if (isColumn) rows = timesColumn(node, node.rows(1), node.constant(0));
  else {
    const tensor = node.constant(1);
    const [a, b] = tensor.dims;
    const turn = (i: number) => (i % a) * b + Math.floor(i / a);
    rows = times(node, node.rows(0), isTransposed && tensor.dims.length === 2 ? tensor.view([b, a], turn) : tensor);
  }
  if (alpha !== 1) rows = affine(node, rows, () => alpha, NOTHING);
  if (!node.inputs[2]) return rows;
  const { at, isUniform, axes } = node.spread(node.constant(2), rows);
  return affine(node, rows, ONE, beta === 1 ? at : (feature) => beta * at(feature), isUniform, axes);
}

export function matMul(node: Node): Value {
  node.finish(2);
  if (node.input(0).kind === "constant") return timesColumn(node, node.rows(1), node.constant(0));
  return times(node, node.rows(0), node.constant(1));
}

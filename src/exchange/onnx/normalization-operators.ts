/** Layer normalisation: as one operator, or as exporters write it out before operator set 17. */
import type { Node } from "./graph-node.js";
import { after, type Moment, nameOf, type Rows, type Value } from "./values.js";

/** Whether axes are those of the features of each row: all others are of size 1. */
export function isAlongFeatures(rows: Rows, axes: readonly bigint[]): boolean {
  const rank = rows.axes.length + Number(rows.hasBatch);
  const own = axes.map((axis) => Number(axis) + (axis < 0n ? rank : 0) - Number(rows.hasBatch));
  if (own.some((axis) => !(axis >= 0 && axis < rows.axes.length))) return false;
  return rows.axes.every((size, a) => own.includes(a) || size === 1);
}

/** x normalised, times a scale, plus a bias. */
export function layerNormalization(node: Node): Value {
  const epsilon = node.float("epsilon", Math.fround(1e-5));
  const axis = BigInt(node.int("axis", -1));
  node.expect("stash_type", 1, 1);
  node.finish(3);
  const rows = node.rows(0);
  const rank = rows.axes.length + Number(rows.hasBatch);
  const first = axis < 0n ? Number(axis) + rank : Number(axis);
  const axes = Array.from({ length: Math.max(0, Math.min(8, rank - first)) }, (_, i) => BigInt(first + i));
  if (axes.length === 0 || !isAlongFeatures(rows, axes)) node.refuse("the last axis of rows of numbers", `${axis}`);
  checkEpsilon(node, epsilon);
  const normal = after(rows, node.title, { kind: "normalise", epsilon });
  const [scale, bias] = [1, 2].map((i) => (node.inputs[i] ? node.spread(node.constant(i), normal) : undefined));
  if (!scale) return normal;
  const shift = bias ? bias.at : () => 0;
  return after(normal, node.title, { kind: "affine", scale: scale.at, shift, isUniform: false }, scale.axes);
}

/** Without, rows that are all alike would be divided by 0. */
function checkEpsilon(node: Node, epsilon: number): void {
  if (!(epsilon >= 1e-12 && epsilon <= 1)) node.refuse("an epsilon from 1e-12 to 1", `${epsilon}`);
}

const isCentred = (rows: Rows) => rows.step?.kind === "centre";

/** The rows whose centred numbers are squared, if that is what rows are. */
export function squareOfCentred(rows: Rows): Rows | undefined {
  const { step, from } = rows;
  const isSquare = step?.kind === "activation" && step.operator === "Square";
  return isSquare && from && isCentred(from) ? from.from : undefined;
}

/** The mean of each row, or that of squares about it. */
export function reduceMean(node: Node): Value {
  const isKept = node.int("keepdims", 1) === 1;
  node.expect("noop_with_empty_axes", 0, 0);
  const axes = node.list(1, "axes");
  node.finish(2);
  const rows = node.rows(0);
  if (!isKept || !axes || !isAlongFeatures(rows, axes)) {
    return node.refuse("the last axis of rows, which it keeps: a part of layer normalisation", "others");
  }
  const of = squareOfCentred(rows);
  return of ? { kind: "variance", of, epsilon: 0 } : { kind: "mean", of: rows, epsilon: 0 };
}

/** x less its mean. */
export function centred(node: Node): Value | undefined {
  const [x, mean] = node.inputs;
  if (x?.kind !== "rows" || mean?.kind !== "mean") return undefined;
  node.finish(2);
  if (mean.of !== x) node.refuse("the mean of input 0 as input 1", "another");
  return after(x, node.title, { kind: "centre" });
}

/** The variance and a small number. */
export function withEpsilon(node: Node): Value | undefined {
  const [a, b] = node.inputs;
  const i = a?.kind === "variance" ? 0 : 1;
  const variance = node.inputs[i];
  if (variance?.kind !== "variance" || (a && b && a.kind === b.kind)) return undefined;
  node.finish(2);
  const epsilon = node.constant(1 - i);
  if (epsilon.count !== 1 || variance.epsilon !== 0) node.refuse("one number beside the variance", `${epsilon.count}`);
  checkEpsilon(node, epsilon.at(0));
  return { ...variance, epsilon: epsilon.at(0) };
}

export function root(node: Node): Value {
  node.finish(1);
  const value = node.input(0);
  if (value.kind === "variance" && value.epsilon > 0) return { ...value, kind: "deviation" };
  return node.refuse("a variance with its epsilon: a part of layer normalisation", nameOf(value));
}

/** What is centred by its deviation. */
export function normalised(node: Node): Value | undefined {
  const [x, deviation] = node.inputs;
  if (deviation?.kind !== "deviation") return undefined;
  node.finish(2);
  const { of, epsilon } = deviation as Moment;
  if (x?.kind !== "rows" || !isCentred(x) || x.from !== of)
    return node.refuse("what the deviation is of as input 0", "others");
  return after(of, node.title, { kind: "normalise", epsilon });
}

/** Operators on constants alone: what they make is a constant, computed when it is read, or at once where it is a list of whole numbers. */

import { show } from "../../ground/check.js";
import { exp, log, power } from "../../ground/math.js";
import { broadcastDims, broadcastIndex } from "./broadcast.js";
import type { Node } from "./graph-node.js";
import { roundToBfloat16, roundToFloat16 } from "./numbers.js";
import { type Entry, Tensor, TYPES, UNKNOWN } from "./tensors.js";
import { constantOf, type Value } from "./values.js";

type OfFloats = (a: number, b: number) => number;
type OfIntegers = (a: bigint, b: bigint) => bigint;

/** Results are rounded as the file's type is. */
export function rounding(type: number): (value: number) => number {
  if (type === TYPES.DOUBLE) return (value) => value;
  if (type === TYPES.FLOAT16) return roundToFloat16;
  return type === TYPES.BFLOAT16 ? roundToBfloat16 : Math.fround;
}

/** What the output of a node is called in errors. */
export const titleOfOutput = (node: Node) => `the output of ${node.title}`;

/** A list of whole numbers that is made at once. */
export function listed(node: Node, dims: readonly number[], type: number, entryAt: (index: number) => Entry): Value {
  const count = dims.reduce((product, size) => product * size, 1);
  node.spend(count);
  return constantOf(
    Tensor.listed(
      titleOfOutput(node),
      dims,
      Array.from({ length: count }, (_, i) => entryAt(i)),
      type,
    ),
  );
}

/** Two constants in the shape that they have together. */
function together(node: Node, i = 0) {
  const [a, b] = [node.constant(i), node.constant(i + 1)];
  const dims = broadcastDims(a.dims, b.dims);
  if (!dims) return node.refuse("constants of shapes that fit together", `[${a.dims}] and [${b.dims}]`);
  return { a, b, dims, atA: broadcastIndex(a.dims, dims), atB: broadcastIndex(b.dims, dims) };
}

/** Logarithm and power of any number: those of src/ground are for numbers above 0, but for whole exponents. */
function logOf(x: number): number {
  if (!(x > 0) || x === Number.POSITIVE_INFINITY) return x === 0 ? Number.NEGATIVE_INFINITY : x > 0 ? x : Number.NaN;
  return log(x);
}

function powerOf(x: number, y: number): number {
  if (Number.isInteger(y)) return power(x, y);
  if (y === 0.5) return Math.sqrt(x);
  if (x === 0 && y > 0) return 0;
  return x > 0 && x < Number.POSITIVE_INFINITY && Number.isFinite(y) ? exp(y * log(x)) : Number.NaN;
}

/** An operator on two numbers. */
export const binary =
  (ofFloats: OfFloats, ofIntegers?: OfIntegers) =>
  (node: Node): Value => {
    node.ignore("axis", "broadcast");
    node.finish(2);
    const { a, b, dims, atA, atB } = together(node);
    if (a.type !== b.type) node.refuse("constants of one type", `${a.type} and ${b.type}`);
    if (a.isFloat) {
      const round = rounding(a.type);
      const at = (i: number) => round(ofFloats(a.at(atA(i)), b.at(atB(i))));
      return constantOf(Tensor.computed(titleOfOutput(node), dims, a.type, a.cost + b.cost, at));
    }
    if (!a.isInteger || !ofIntegers) return node.refuse("floats", `data type ${a.type}`);
    const [x, y] = [a.entries(), b.entries()];
    return listed(node, dims, a.type, (i) => combine(node, ofIntegers, x[atA(i)], y[atB(i)]));
  };

/** The number of rows times 1 is that; what else is computed of it is not known. */
function combine(node: Node, f: OfIntegers, a: Entry, b: Entry): Entry {
  if (typeof a === "bigint" && typeof b === "bigint") {
    try {
      return BigInt.asIntN(64, f(a, b));
    } catch {
      return node.refuse("whole numbers to divide by", `${b}`);
    }
  }
  const isAlone = (n: Entry) => n === 1n;
  if (f === times && isAlone(a)) return b;
  return (f === times || f === over) && isAlone(b) ? a : UNKNOWN;
}

const times: OfIntegers = (a, b) => a * b;
const over: OfIntegers = (a, b) => a / b;
export const multiply = binary((a, b) => a * b, times);
export const divide = binary((a, b) => a / b, over);

/** Several numbers, one after the other. */
export const several =
  (ofFloats: OfFloats, ofIntegers?: OfIntegers) =>
  (node: Node): Value => {
    if (node.inputs.length === 1) return node.input(0);
    if (node.inputs.length === 2) return binary(ofFloats, ofIntegers)(node);
    return node.refuse("two constants", `${node.inputs.length}`);
  };

/** True or false of two numbers. */
export const comparison =
  (isTrue: (a: number, b: number) => boolean) =>
  (node: Node): Value => {
    node.finish(2);
    const { a, b, dims, atA, atB } = together(node);
    if (a.type !== b.type || a.isText) node.refuse("numbers of one type", `${a.type} and ${b.type}`);
    return listed(node, dims, TYPES.BOOL, (i) => BigInt(isTrue(a.at(atA(i)), b.at(atB(i)))));
  };

export const unary =
  (ofFloat: (value: number) => number, ofInteger?: (value: bigint) => bigint) =>
  (node: Node): Value => {
    node.finish(1);
    const tensor = node.constant(0);
    const { dims, type, cost } = tensor;
    if (tensor.isFloat) {
      const round = rounding(type);
      return constantOf(
        Tensor.computed(titleOfOutput(node), dims, type, cost + 1, (i) => round(ofFloat(tensor.at(i)))),
      );
    }
    if (!tensor.isInteger || !ofInteger) return node.refuse("floats", `data type ${type}`);
    const entries = tensor.integers();
    return listed(node, dims, type, (i) => ofInteger(entries[i]));
  };

export const negate = unary(
  (value) => -value,
  (value) => -value,
);
export const absolute = unary(Math.abs, (value) => (value < 0n ? -value : value));
export const squareRoot = unary(Math.sqrt);
export const exponential = unary(exp);
export const logarithm = unary(logOf);
export const reciprocal = unary((value) => 1 / value);
export const not = unary(
  () => Number.NaN,
  (value) => (value === 0n ? 1n : 0n),
);

export function raise(node: Node): Value {
  node.finish(2);
  const { a, b, dims, atA, atB } = together(node);
  if (!a.isFloat || b.isText) return node.refuse("floats to raise", `data type ${a.type}`);
  const round = rounding(a.type);
  const at = (i: number) => round(powerOf(a.at(atA(i)), b.at(atB(i))));
  return constantOf(Tensor.computed(titleOfOutput(node), dims, a.type, a.cost + b.cost, at));
}

/** One or the other, by a condition. */
export function where(node: Node): Value {
  node.finish(3);
  const condition = node.constant(0);
  const { a, b, dims, atA, atB } = together(node, 1);
  const all = condition.type === TYPES.BOOL && a.type === b.type ? broadcastDims(condition.dims, dims) : undefined;
  if (!all)
    return node.refuse("a condition and two constants of one type that fit together", show([...condition.dims]));
  const [ifAt, at] = [broadcastIndex(condition.dims, all), broadcastIndex(dims, all)];
  const isTrue = (i: number) => condition.at(ifAt(i)) !== 0;
  if (a.isFloat) {
    const cost = a.cost + b.cost + condition.cost;
    const chosen = (i: number) => (isTrue(i) ? a.at(atA(at(i))) : b.at(atB(at(i))));
    return constantOf(Tensor.computed(titleOfOutput(node), all, a.type, cost, chosen));
  }
  const [x, y] = [a.entries(), b.entries()];
  return listed(node, all, a.type, (i) => (isTrue(i) ? x[atA(at(i))] : y[atB(at(i))]));
}

/** (x - zero point) · scale: weights that are stored as whole numbers of 8 bits. */
export function dequantize(node: Node): Value {
  const given = node.int("axis", 1);
  node.expect("block_size", 0, 0);
  node.expect("output_dtype", 0, 0, TYPES.FLOAT);
  node.finish(3);
  const [x, scale, zero] = [node.constant(0), node.constant(1), node.optional(2)];
  const axis = given < 0 ? given + x.dims.length : given;
  const isOne = scale.count === 1;
  if (!x.isInteger || !scale.isFloat || (zero && (!zero.isInteger || zero.count !== scale.count))) {
    node.refuse("whole numbers, floats as scale and as many zero points", `data type ${x.type} and ${scale.type}`);
  }
  if (!isOne && !(scale.dims.length === 1 && scale.count === x.dims[axis])) {
    node.refuse(`one scale, or one a place of axis ${axis}`, `shape [${scale.dims}]`);
  }
  const inner = x.dims.slice(axis + 1).reduce((product, size) => product * size, 1);
  const place = (i: number) => (isOne ? 0 : Math.floor(i / inner) % scale.count);
  const cost = x.cost + scale.cost + (zero?.cost ?? 0);
  const at = (i: number) => Math.fround((x.at(i) - (zero?.at(place(i)) ?? 0)) * scale.at(place(i)));
  return constantOf(Tensor.computed(titleOfOutput(node), x.dims, scale.type, cost, at));
}

/** Axes of a list, counted from the first. */
export function axesOf(node: Node, list: readonly bigint[], rank: number): Set<number> {
  const axes = list.map((axis) => Number(axis) + (axis < 0n ? rank : 0));
  if (axes.length > 8 || axes.some((axis) => !(axis >= 0 && axis < rank))) node.refuse(`axes of ${rank}`, `[${list}]`);
  return new Set(axes);
}

/** Operators that are activations, and the products of several that stand for one: what each makes of rows. */
import { show } from "../../ground/check.js";
import type { Activation } from "../../net/activations.js";
import type { Node } from "./graph-node.js";
import { type ActivationOperator, after, type Rows, type Value } from "./values.js";

/** Float32 has 7 digits, and some files compute their constants in it. */
const isClose = (value: number, wanted: number) => Math.abs(value - wanted) <= 1e-6 * Math.abs(wanted);

function apply(node: Node, operator: ActivationOperator, as?: Activation): Value {
  node.finish(1);
  const rows = node.rows(0);
  return after(rows, node.title, { kind: "activation", operator, as }, rows.width);
}

/** One without attributes; without a name of ours it is part of another, or an output. */
export const plain =
  (operator: ActivationOperator, as?: Activation) =>
  (node: Node): Value =>
    apply(node, operator, as);

/** Along the features; of two axes, what older versions make of axis 1 is the same. */
export const softmax =
  (operator: "Softmax" | "LogSoftmax") =>
  (node: Node): Value => {
    node.expect("axis", node.opset < 13 ? 1 : -1, 1, -1);
    return apply(node, operator);
  };

/** The shortest decimal of a float32: what was written as 0.2 is that again. */
function shortest(value: number): number {
  for (let digits = 1; digits < 10; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return short;
  }
  return value;
}

/** The number that an activation of ours has, within the limits of `MLP.create`. */
function alphaOf(node: Node, fallback: number, least: number, most: number): number {
  const alpha = shortest(node.float("alpha", Math.fround(fallback)));
  return alpha >= least && alpha <= most ? alpha : node.refuse(`alpha from ${least} to ${most}`, `${alpha}`);
}

export function leakyRelu(node: Node): Value {
  const alpha = alphaOf(node, 0.01, 0, 1);
  return apply(node, "LeakyRelu", alpha === 0.01 ? "leaky-relu" : { "leaky-relu": alpha });
}

export function elu(node: Node): Value {
  const alpha = alphaOf(node, 1, 2 ** -40, 2 ** 40);
  return apply(node, "Elu", alpha === 1 ? "elu" : { elu: alpha });
}

/** An attribute that has one value here. */
function expectFloat(node: Node, name: string, fallback: number, wanted: number): void {
  const value = node.float(name, fallback);
  if (!isClose(value, wanted)) node.refuse(`${name} ${Number(wanted.toPrecision(6))}`, `${shortest(value)}`);
}

/** Klambauer et al. 2017, as the standard has it. */
const SELU = { alpha: 1.6732632, gamma: 1.050701 };

export function selu(node: Node): Value {
  expectFloat(node, "alpha", SELU.alpha, SELU.alpha);
  expectFloat(node, "gamma", SELU.gamma, SELU.gamma);
  return apply(node, "Selu", "selu");
}

export function hardSigmoid(node: Node): Value {
  expectFloat(node, "alpha", 0.2, 1 / 6);
  expectFloat(node, "beta", 0.5, 0.5);
  return apply(node, "HardSigmoid", "hard-sigmoid");
}

export function gelu(node: Node): Value {
  const approximate = node.text("approximate", "none");
  if (approximate === "none") return apply(node, "Gelu", "gelu");
  if (approximate === "tanh") return apply(node, "Gelu", "gelu-tanh");
  return node.refuse('approximate "none" or "tanh"', show(approximate));
}

/** Between 0 and 6 or between -1 and 1; the bounds are attributes before operator set 11. */
export function clip(node: Node): Value {
  const given = ["min", "max"].map((name, i) => {
    if (node.opset < 11) return node.float(name, i === 0 ? -Math.fround(3.4028234663852886e38) : 3.4028234663852886e38);
    if (!node.inputs[i + 1]) return undefined;
    const { at, size } = node.perFeature(node.constant(i + 1), 1);
    return size === 1 ? at(0) : undefined;
  });
  const bounds = given.join(" and ");
  const as: Activation | undefined = ({ "0 and 6": "relu6", "-1 and 1": "hard-tanh" } as const)[bounds];
  if (!as) return node.refuse("bounds 0 and 6 or -1 and 1", bounds);
  node.finish(3);
  const rows = node.rows(0);
  return after(rows, node.title, { kind: "activation", operator: "Clip", as }, rows.width);
}

/** What an operator was applied to, if the last step is that operator. */
function below(rows: Rows | undefined, operator: ActivationOperator): Rows | undefined {
  const isLast = rows?.step?.kind === "activation" && rows.step.operator === operator;
  return isLast ? rows.from : undefined;
}

/** Scalings and shifts by one number for all features, two at most, and what they follow. */
function withoutAffine(rows: Rows, most = 2): { base: Rows; scale: number; shift: number } {
  const { step, from } = rows;
  if (most === 0 || step?.kind !== "affine" || !step.isUniform || !from) return { base: rows, scale: 1, shift: 0 };
  const { base, scale, shift } = withoutAffine(from, most - 1);
  const factor = step.scale(0);
  return { base, scale: scale * factor, shift: shift * factor + step.shift(0) };
}

/** The factor by which rows are x; not a number where they are something else. */
function factorOf(rows: Rows, x: Rows): number {
  if (rows === x) return 1;
  const { step, from } = rows;
  const isScaled = from === x && step?.kind === "affine" && step.isUniform && step.shift(0) === 0;
  return isScaled ? step.scale(0) : Number.NaN;
}

/** A product of rows that stands for an activation of x, the one or the other factor being x; undefined for all others. */
export function product(node: Node, a: Rows, b: Rows): Rows | undefined {
  const [operator, x, as] = productOf(a, b) ?? productOf(b, a) ?? [];
  return operator && x && after(x, node.title, { kind: "activation", operator, as }, x.width);
}

function productOf(x: Rows, b: Rows): [operator: ActivationOperator, x: Rows, as?: Activation] | undefined {
  if (b === x) return ["Square", x];
  const summed = below(b, "Sigmoid");
  if (summed === x) return ["Silu", x, "silu"];
  if (below(summed, "TwiceTanh") === x) return ["Gelu", x, "gelu-tanh"];
  if (below(below(b, "Tanh"), "Softplus") === x) return ["Mish", x, "mish"];
  const { base, scale, shift } = withoutAffine(b);
  // 2·√(2/π)·(x + 0.044715·x³)
  const isTwice = isClose(scale, 0.0713548162726) && isClose(shift, 1.5957691216057308);
  if (isTwice && below(base, "Square") === x) return ["TwiceTanh", x];
  return isClose(shift, scale) ? geluOf(x, below(base, "Erf"), scale) : undefined;
}

/** a·scale·(Erf(x/√2) + 1): GELU if a·scale is ½·x, twice that if it is x, of which a half is still to come. */
function geluOf(
  a: Rows,
  inner: Rows | undefined,
  scale: number,
): [operator: ActivationOperator, x: Rows, as?: Activation] | undefined {
  const x = inner?.from;
  if (!x || !isClose(factorOf(inner, x), Math.SQRT1_2)) return undefined;
  const total = scale * factorOf(a, x);
  if (isClose(total, 0.5)) return ["Gelu", x, "gelu"];
  return isClose(total, 1) ? ["TwiceGelu", x] : undefined;
}

/** Half of twice GELU. */
export function halved(node: Node, rows: Rows, factor: number): Rows | undefined {
  const x = below(rows, "TwiceGelu");
  if (!x || !isClose(factor, 0.5)) return undefined;
  return after(x, node.title, { kind: "activation", operator: "Gelu", as: "gelu" }, x.width);
}

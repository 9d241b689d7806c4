/** Activations of scaled rows, whose results are scaled: what that does is folded into the weights before and behind. */
import type { Activation } from "../../net/activations.js";
import type { Node } from "./graph-node.js";
import { isClose } from "./numbers.js";
import { type ActivationOperator, after, below, type Factor, type Rows, type Value } from "./values.js";

/** An activation of scaled rows, whose results are scaled: f(x · a + b) · c + d. */
export function between(
  node: Node,
  rows: Rows,
  [a, b]: readonly [Factor, Factor],
  [operator, as]: readonly [ActivationOperator, Activation],
  [c, d]: readonly [Factor, Factor],
): Rows {
  const scale = (own: Rows, factor: Factor, shift: Factor) =>
    after(own, node.title, { kind: "affine", scale: factor, shift, isUniform: false });
  const curve = after(scale(rows, a, b), node.title, { kind: "activation", operator, as });
  return scale(curve, c, d);
}

export const by =
  (value: number): Factor =>
  () =>
    value;

function plain(node: Node, operator: ActivationOperator, as: Activation): Value {
  node.finish(1);
  const rows = node.rows(0);
  return after(rows, node.title, { kind: "activation", operator, as });
}

/** Klambauer et al. 2017, as the standard has it. */
const SELU = { alpha: 1.6732632, gamma: 1.050701 };

export function selu(node: Node): Value {
  const [alpha, gamma] = [node.float("alpha", SELU.alpha), node.float("gamma", SELU.gamma)];
  if (isClose(alpha, SELU.alpha) && isClose(gamma, SELU.gamma)) return plain(node, "Selu", "selu");
  node.finish(1);
  if (!(alpha >= 2 ** -40 && alpha <= 2 ** 40)) node.refuse("alpha above 0", `${alpha}`);
  return between(node, node.rows(0), [by(1), by(0)], ["Selu", { elu: alpha }], [by(gamma), by(0)]);
}

/** Between 0 and 1, alpha · x + beta. */
export function hardSigmoid(node: Node): Value {
  const [alpha, beta] = [node.float("alpha", 0.2), node.float("beta", 0.5)];
  if (isClose(alpha, 1 / 6) && beta === 0.5) return plain(node, "HardSigmoid", "hard-sigmoid");
  node.finish(1);
  const [a, b] = [6 * alpha, 6 * (beta - 0.5)];
  return between(node, node.rows(0), [by(a), by(b)], ["HardSigmoid", "hard-sigmoid"], [by(1), by(0)]);
}

/** Max or Min of rows and constants, x or c: relu(x - c) + c, or c - relu(c - x). */
export function above(
  node: Node,
  operator: "Max" | "Min",
  { rows, at, isUniform }: { readonly rows: Rows; readonly at: Factor; readonly isUniform: boolean },
): Rows {
  const sign = operator === "Max" ? 1 : -1;
  const isNone = isUniform && at(0) === -sign * Number.POSITIVE_INFINITY;
  if (isNone) return rows;
  if (isUniform && at(0) === 0 && sign === 1)
    return after(rows, node.title, { kind: "activation", operator, as: "relu" });
  return between(node, rows, [by(sign), (i) => -sign * at(i)], [operator, "relu"], [by(sign), at]);
}

const LARGEST = 3.4028234663852886e38;

/** Between two bounds or above or below one; the bounds are attributes before operator set 11. */
export function clip(node: Node): Value {
  const isOld = node.opset < 11;
  const [low, high] = ["min", "max"].map((name, i) => {
    if (isOld) return node.optionalFloat(name) ?? Number.NaN;
    const bound = node.optional(i + 1);
    if (bound && bound.count !== 1) node.refuse(`one number as ${name}`, `${bound.count}`);
    return bound ? bound.at(0) : Number.NaN;
  });
  node.finish(3);
  const rows = node.rows(0);
  const [hasLow, hasHigh] = [low > -LARGEST, high < LARGEST];
  if (!hasLow && !hasHigh) return rows;
  if (!hasHigh) return above(node, "Max", { rows, at: by(low), isUniform: true });
  if (!hasLow) return above(node, "Min", { rows, at: by(high), isUniform: true });
  if (!(low < high)) return node.refuse("min below max", `${low} and ${high}`);
  return clipped(node, rows, low, high);
}

/** By the two that the library has: from 0 to 6 and from -1 to 1. */
export function clipped(node: Node, rows: Rows, low: number, high: number): Rows {
  const as = low === 0 && high === 6 ? "relu6" : low === -1 && high === 1 ? "hard-tanh" : undefined;
  if (as) return after(rows, node.title, { kind: "activation", operator: "Clip", as });
  if (low === 0) return between(node, rows, [by(6 / high), by(0)], ["Clip", "relu6"], [by(high / 6), by(0)]);
  if (high === 0) return between(node, rows, [by(6 / low), by(0)], ["Clip", "relu6"], [by(low / 6), by(0)]);
  const [middle, half] = [(low + high) / 2, (high - low) / 2];
  return between(node, rows, [by(1 / half), by(-middle / half)], ["Clip", "hard-tanh"], [by(half), by(middle)]);
}

/** α · ELU(x / α). */
export function celu(node: Node): Value {
  const alpha = node.float("alpha", 1);
  node.finish(1);
  if (!(alpha > 0)) node.refuse("alpha above 0", `${alpha}`);
  return between(node, node.rows(0), [by(1 / alpha), by(0)], ["Celu", "elu"], [by(alpha), by(0)]);
}

/** x · sigmoid(alpha · x). */
export function swish(node: Node): Value {
  const alpha = node.float("alpha", 1);
  node.finish(1);
  const rows = node.rows(0);
  if (alpha === 1) return after(rows, node.title, { kind: "activation", operator: "Swish", as: "silu" });
  if (alpha === 0) node.refuse("alpha other than 0", "0");
  return between(node, rows, [by(alpha), by(0)], ["Swish", "silu"], [by(1 / alpha), by(0)]);
}

/** log(sigmoid(x)) is -softplus(-x); other logarithms are no activation. */
export function logOfSigmoid(node: Node): Value {
  node.finish(1);
  const x = below(node.rows(0), "Sigmoid");
  if (!x) return node.refuse("a Sigmoid before it", "others");
  return between(node, x, [by(-1), by(0)], ["Softplus", "softplus"], [by(-1), by(0)]);
}

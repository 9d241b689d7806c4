/** Operators that are activations, and the products of several that stand for one: what each makes of rows. */
import { show } from "../../ground/check.js";
import type { Activation } from "../../net/activations.js";
import type { Node } from "./graph-node.js";
import { shortest } from "./numbers.js";
import { type ActivationOperator, after, type Value, widthOfAxes } from "./values.js";

function apply(node: Node, operator: ActivationOperator, as?: Activation): Value {
  node.finish(1);
  const rows = node.rows(0);
  return after(rows, node.title, { kind: "activation", operator, as });
}

/** One without attributes; without a name of ours it is part of another, or an output. */
export const plain =
  (operator: ActivationOperator, as?: Activation) =>
  (node: Node): Value =>
    apply(node, operator, as);

/** Along the features, which are the numbers of a row: others of its axes are of size 1. */
export const softmax =
  (operator: "Softmax" | "LogSoftmax") =>
  (node: Node): Value => {
    const given = node.int("axis", node.opset < 13 ? 1 : -1);
    node.finish(1);
    const rows = node.rows(0);
    const first = Number(rows.hasBatch);
    const axis = (given < 0 ? given + rows.axes.length + first : given) - first;
    // Older versions take all axes from this one on together.
    const along = node.opset < 13 ? rows.axes.slice(Math.max(0, axis)) : rows.axes.slice(axis, axis + 1);
    const others = rows.axes.length - along.length;
    const isAll = axis >= 0 && axis < rows.axes.length && rows.axes.filter((size) => size === 1).length >= others;
    if (!isAll || (along.length > 0 && others > 0 && widthOfAxes(along) !== rows.width)) {
      node.refuse("axis 1 or -1", `${given}`);
    }
    return after(rows, node.title, { kind: "activation", operator });
  };

/** The number that an activation of ours has, within the limits of `MLP.create`. */
function alphaOf(node: Node, fallback: number, least: number, most: number): number {
  const alpha = shortest(node.float("alpha", Math.fround(fallback)));
  return alpha >= least && alpha <= most ? alpha : node.refuse(`alpha from ${least} to ${most}`, `${alpha}`);
}

export function leakyRelu(node: Node): Value {
  const alpha = alphaOf(node, 0.01, 0, 1);
  return apply(node, "LeakyRelu", leaky(alpha));
}

export function elu(node: Node): Value {
  const alpha = alphaOf(node, 1, 2 ** -40, 2 ** 40);
  return apply(node, "Elu", alpha === 1 ? "elu" : { elu: alpha });
}

export function gelu(node: Node): Value {
  const approximate = node.text("approximate", "none");
  if (approximate === "none") return apply(node, "Gelu", "gelu");
  if (approximate === "tanh") return apply(node, "Gelu", "gelu-tanh");
  return node.refuse('approximate "none" or "tanh"', show(approximate));
}

/** One slope for all features below 0. */
export function pRelu(node: Node): Value {
  node.finish(2);
  const rows = node.rows(0);
  const { at, isUniform, axes } = node.spread(node.constant(1), rows);
  const first = shortest(at(0));
  const count = isUniform ? 1 : (rows.width ?? 1);
  for (let i = 1; i < count; i++)
    if (at(i) !== at(0)) node.refuse("one slope for all features", `${at(0)} and ${at(i)}`);
  if (!isUniform && rows.width === undefined) node.refuse("one slope for all features", "several");
  if (!(first >= 0 && first <= 1)) node.refuse("a slope from 0 to 1", `${first}`);
  return after(rows, node.title, { kind: "activation", operator: "PRelu", as: leaky(first) }, axes);
}

const leaky = (alpha: number): Activation => (alpha === 0.01 ? "leaky-relu" : { "leaky-relu": alpha });

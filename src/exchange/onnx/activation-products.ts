/** Several operators that stand for one activation, as exporters write what older operator sets do not have. */
import type { Activation } from "../../net/activations.js";
import type { Node } from "./graph-node.js";
import { isClose } from "./numbers.js";
import { type ActivationOperator, after, below, type Rows } from "./values.js";

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

const activation = (node: Node, x: Rows, operator: ActivationOperator, as?: Activation) =>
  after(x, node.title, { kind: "activation", operator, as });

/** A product of rows that stands for an activation of x, the one or the other factor being x; undefined for all others. */
export function product(node: Node, a: Rows, b: Rows): Rows | undefined {
  const [operator, x, as] = productOf(a, b) ?? productOf(b, a) ?? [];
  if (operator && x) return activation(node, x, operator, as);
  return swishOf(node, a, b) ?? swishOf(node, b, a);
}

/** √(2/π), by which GELU's approximation takes x + 0.044715·x³. */
const KAPPA = 0.7978845608028654;

function productOf(x: Rows, b: Rows): [operator: ActivationOperator, x: Rows, as?: Activation] | undefined {
  if (b === x) return ["Square", x];
  if (below(b, "Square") === x) return ["Cube", x];
  const summed = below(b, "Sigmoid");
  if (summed === x) return ["Silu", x, "silu"];
  if (below(summed, "TwiceTanh") === x) return ["Gelu", x, "gelu-tanh"];
  if (below(below(b, "Tanh"), "Softplus") === x) return ["Mish", x, "mish"];
  const { base, scale, shift } = withoutAffine(b);
  // 2·√(2/π)·(x + 0.044715·x³)
  const isTwice = isClose(scale, 2 * KAPPA * 0.044715) && isClose(shift, 2 * KAPPA);
  if (isTwice && below(base, "Square") === x) return ["TwiceTanh", x];
  return isClose(shift, scale) ? (geluOf(x, base, scale, "Erf") ?? geluOf(x, base, scale, "Tanh")) : undefined;
}

/**
 * a·scale·(Erf(x/√2) + 1): GELU if a·scale is ½·x, twice that if it is x, of which a half is still to come; or the same with
 * Tanh(√(2/π)·(x + 0.044715·x³)).
 */
function geluOf(
  a: Rows,
  base: Rows,
  scale: number,
  operator: "Erf" | "Tanh",
): [operator: ActivationOperator, x: Rows, as?: Activation] | undefined {
  const isExact = operator === "Erf";
  const inner = below(base, operator);
  const taken = inner?.from;
  if (!inner || !taken || !isClose(factorOf(inner, taken), isExact ? Math.SQRT1_2 : KAPPA)) return undefined;
  const x = isExact ? taken : below(taken, "GeluSum");
  if (!x) return undefined;
  const total = scale * factorOf(a, x);
  if (isClose(total, 0.5)) return ["Gelu", x, isExact ? "gelu" : "gelu-tanh"];
  return isClose(total, 1) ? [isExact ? "TwiceGelu" : "TwiceGeluTanh", x] : undefined;
}

/** x + 0.044715·x³. */
export function sumOfCube(node: Node, x: Rows, b: Rows): Rows | undefined {
  const cube = b.step?.kind === "affine" ? b.from : undefined;
  const isSum = cube && below(cube, "Cube") === x && isClose(factorOf(b, cube), 0.044715);
  return isSum ? activation(node, x, "GeluSum") : undefined;
}

/** x·sigmoid(β·x). */
function swishOf(node: Node, x: Rows, b: Rows): Rows | undefined {
  const inner = below(b, "Sigmoid");
  const beta = inner ? factorOf(inner, x) : Number.NaN;
  if (!(Math.abs(beta) > 0 && Math.abs(beta) < Number.POSITIVE_INFINITY)) return undefined;
  const scaled = (rows: Rows, by: number) =>
    after(rows, node.title, { kind: "affine", scale: () => by, shift: () => 0, isUniform: true });
  return scaled(activation(node, scaled(x, beta), "Silu", "silu"), 1 / beta);
}

/** x / (1 + |x|). */
export function softsignOf(node: Node, x: Rows, b: Rows): Rows | undefined {
  const { base, scale, shift } = withoutAffine(b);
  return scale === 1 && shift === 1 && below(base, "Abs") === x
    ? activation(node, x, "Softsign", "softsign")
    : undefined;
}

/** Half of twice GELU. */
export function halved(node: Node, rows: Rows, factor: number): Rows | undefined {
  if (!isClose(factor, 0.5)) return undefined;
  const [exact, other] = [below(rows, "TwiceGelu"), below(rows, "TwiceGeluTanh")];
  if (exact) return activation(node, exact, "Gelu", "gelu");
  return other && activation(node, other, "Gelu", "gelu-tanh");
}

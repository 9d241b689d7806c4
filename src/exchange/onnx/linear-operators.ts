/** ai.onnx.ml's linear models, as scikit-learn's converter writes them: one layer, and what is made of its scores. */
import { show } from "../../ground/check.js";
import { readClassLabels } from "./class-labels.js";
import { affine, dense, NOTHING, ONE } from "./dense-operators.js";
import type { Node } from "./graph-node.js";
import { Tensor, TYPES } from "./tensors.js";
import { type ActivationOperator, after, below, type Rows, type Scores, type Value } from "./values.js";

/** Rows of numbers of any kind: these operators take whole ones, too. */
function numbersOf(node: Node): Rows {
  const value = node.input(0);
  return value.kind === "rows" && value.elements === "integers" ? { ...value, elements: "floats" } : node.rows(0);
}

interface Linear {
  /** A row of coefficients an output. */
  readonly coefficients: readonly number[];
  readonly intercepts: readonly number[];
  readonly outputs: number;
}

/** x·Wᵀ + b. */
function sumsOf(node: Node, rows: Rows, { coefficients, intercepts, outputs }: Linear): Rows {
  const inputs = coefficients.length / outputs;
  if (!(Number.isSafeInteger(inputs) && inputs > 0) || (rows.width !== undefined && rows.width !== inputs)) {
    node.refuse(`coefficients of ${rows.width ?? "some"} features for ${outputs} outputs`, `${coefficients.length}`);
  }
  const at = (i: number) => coefficients[(i % outputs) * inputs + Math.floor(i / outputs)];
  const weights = Tensor.computed(`the coefficients of ${node.title}`, [inputs, outputs], TYPES.FLOAT, 1, at);
  const sums = dense(node, rows, weights, [...rows.axes.slice(0, -1), outputs]);
  return intercepts.length === 0 ? sums : affine(node, sums, ONE, (o) => intercepts[o], false);
}

function apply(node: Node, rows: Rows, operator: ActivationOperator): Rows {
  const as = operator === "Sigmoid" ? "sigmoid" : operator === "Softplus" ? "softplus" : undefined;
  return after(rows, node.title, { kind: "activation", operator, as });
}

type Transform = "NONE" | "LOGISTIC" | "SOFTMAX";

function transformOf(node: Node): Transform {
  const name = node.text("post_transform", "NONE");
  if (name === "NONE" || name === "LOGISTIC" || name === "SOFTMAX") return name;
  return node.refuse("post_transform NONE, LOGISTIC or SOFTMAX", show(name));
}

function transformed(node: Node, sums: Rows, transform: Transform): Rows {
  if (transform === "NONE") return sums;
  return apply(node, sums, transform === "LOGISTIC" ? "Sigmoid" : "Softmax");
}

export function linearRegressor(node: Node): Value {
  const coefficients = node.floats("coefficients") ?? [];
  const intercepts = node.floats("intercepts") ?? [];
  const outputs = node.int("targets", 1);
  const transform = transformOf(node);
  node.finish(1);
  if (!(outputs >= 1 && outputs <= coefficients.length) || ![0, outputs].includes(intercepts.length)) {
    node.refuse("coefficients, and an intercept for each of its targets", `${outputs} and ${intercepts.length}`);
  }
  // What becomes of one alone runtimes disagree on.
  if (outputs === 1 && transform !== "NONE") node.refuse("post_transform NONE for one target", transform);
  return transformed(node, sumsOf(node, numbersOf(node), { coefficients, intercepts, outputs }), transform);
}

/** Its labels, and their scores. */
export function linearClassifier(node: Node): readonly Value[] {
  const coefficients = node.floats("coefficients") ?? [];
  const intercepts = node.floats("intercepts") ?? [];
  const [texts, integers] = [node.strings("classlabels_strings"), node.ints("classlabels_ints")];
  const transform = transformOf(node);
  node.expect("multi_class", 0, 0, 1);
  node.finish(1);
  const labels = readClassLabels(node, texts, integers);
  const outputs = intercepts.length;
  // Of one row of coefficients for two labels runtimes disagree on what the scores are.
  if (outputs !== labels.length) node.refuse(`intercepts of ${labels.length} labels`, `${outputs}`);
  const linear = { coefficients, intercepts, outputs };
  const isPair = transform === "LOGISTIC" && outputs === 2 && isOpposite(linear);
  const own = isPair ? secondOf(linear) : linear;
  const rows = transformed(node, sumsOf(node, numbersOf(node), own), transform);
  const scores: Scores = isPair ? { kind: "pair", of: rows } : rows;
  return [{ kind: "decision", of: scores, labels }, scores];
}

/** Of two labels: one's sum is the other's, negated, so that what sigmoid makes of them are probabilities. */
function isOpposite({ coefficients, intercepts }: Linear): boolean {
  const half = coefficients.length / 2;
  return (
    intercepts[0] === -intercepts[1] &&
    coefficients.every((value, i) => value === -coefficients[(i + half) % (2 * half)])
  );
}

const secondOf = ({ coefficients, intercepts }: Linear): Linear => ({
  coefficients: coefficients.slice(coefficients.length / 2),
  intercepts: intercepts.slice(1),
  outputs: 1,
});

/**
 * Rows divided by the sum of their sizes: probabilities stay what they are, and of sigmoids they become those of a softmax, whose logits are
 * log σ(z) = -softplus(-z).
 */
export function normalizer(node: Node): Value {
  const norm = node.text("norm", "MAX");
  node.finish(1);
  const value = node.input(0);
  const isSum = norm === "L1";
  if (isSum && value.kind === "pair") return value;
  const rows = node.rows(0);
  if (isSum && below(rows, "Softmax")) return rows;
  const sums = isSum ? below(rows, "Sigmoid") : undefined;
  if (!sums) {
    return node.refuse(
      "norm L1 of probabilities: rows divided by their own size are no MLP's, so scale them before",
      show(norm),
    );
  }
  const negated = affine(node, sums, () => -1, NOTHING);
  const logits = affine(node, apply(node, negated, "Softplus"), () => -1, NOTHING);
  return { ...apply(node, logits, "Softmax"), like: rows };
}

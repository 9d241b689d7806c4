/** What follows the scores in files of scikit-learn's converters: a pair of probabilities, the largest, its label. */
import { show } from "../../ground/check.js";
import { isLabels, type Label } from "../../table/label.js";
import type { Node } from "./graph-node.js";
import { castRows, reshapeRows } from "./operators.js";
import { type Tensor, TYPES } from "./tensors.js";
import { type Constant, type Decision, dimsOf, nameOf, type Scores, type Value, widthOf } from "./values.js";

function scores(node: Node, i: number): Scores {
  const value = node.input(i);
  return value.kind === "pair" ? value : node.rows(i);
}

function decision(node: Node, i: number): Decision {
  const value = node.input(i);
  return value.kind === "decision" ? value : node.refuse(`a decision as input ${i}`, nameOf(value));
}

/** [1 - p, p] along the features. */
export function concat(node: Node): Value {
  node.expect("axis", Number.NaN, 1, -1);
  node.finish(2);
  const [rest, p] = [node.input(0), node.input(1)];
  if (rest.kind === "complement" && rest.of === p) return { kind: "pair", of: p };
  return node.refuse("1 - p and p of one sigmoid", `${nameOf(rest)} and ${nameOf(p)}`);
}

/** The first of the largest along the features. */
export function argMax(node: Node): Value {
  node.expect("axis", 0, 1, -1);
  node.expect("keepdims", 1, 0, 1);
  node.expect("select_last_index", 0, 0);
  node.finish(1);
  return { kind: "decision", of: scores(node, 0) };
}

/** More are no labels but work: each takes a hundred bytes while they are compared. */
const MOST_LABELS = 2 ** 16;

function checkCount(node: Node, count: number, of: Scores): void {
  const width = widthOf(of);
  if (count !== width) node.refuse(`${width} labels`, `${count}`);
  if (count > MOST_LABELS) node.refuse(`${MOST_LABELS} labels at most`, `${count}`);
}

function checkLabels(node: Node, labels: readonly Label[]): readonly Label[] {
  return isLabels(labels) ? labels : node.refuse("two labels at least, each once", show([...labels]));
}

/** Labels as numbers, which whole numbers beyond 2⁵³ would not be. */
function toNumbers(node: Node, integers: readonly bigint[]): number[] {
  const numbers = integers.map(Number);
  const unsafe = numbers.findIndex((number) => !Number.isSafeInteger(number));
  return unsafe < 0 ? numbers : node.refuse("labels within 2^53", `${integers[unsafe]}`);
}

/** Many nodes may ask one tensor. */
const known = new WeakMap<Tensor, readonly Label[]>();

function readLabels(node: Node, { tensor }: Constant, of: Scores): readonly Label[] {
  if (tensor.isFloat || tensor.type === TYPES.BOOL) node.refuse("texts or whole numbers as labels", show(tensor.name));
  // What may be long is not read before its length is known to be right.
  checkCount(node, tensor.count, of);
  const before = known.get(tensor);
  if (before) return before;
  const labels = checkLabels(node, tensor.isText ? tensor.texts() : toNumbers(node, tensor.integers()));
  known.set(tensor, labels);
  return labels;
}

/** ai.onnx.ml: labels by decision. */
export function arrayFeatureExtractor(node: Node): Value {
  node.finish(2);
  const { of, labels } = decision(node, 1);
  if (labels) node.refuse("numbers of classes as input 1", "labels");
  const names = node.constant(0);
  const further = dimsOf(names).slice(0, -1);
  if (further.some((size) => size !== 1)) node.refuse("a list of labels", show([...names.tensor.dims]));
  return { kind: "decision", of, labels: readLabels(node, names, of) };
}

/** The same in the core's words: labels [classes] by decision along axis 0. */
export function gather(node: Node): Value {
  node.expect("axis", 0, 0);
  const names = node.constant(0);
  if (names.tensor.dims.length !== 1) node.refuse("a list of labels", show([...names.tensor.dims]));
  return arrayFeatureExtractor(node);
}

/** ai.onnx.ml: scores by label. */
export function zipMap(node: Node): Value {
  const texts = node.strings("classlabels_strings");
  const integers = node.ints("classlabels_int64s");
  node.finish(1);
  if (!texts === !integers) node.refuse("labels of one kind", texts ? "two" : "none");
  const of = scores(node, 0);
  const labels = texts ?? toNumbers(node, integers ?? []);
  checkCount(node, labels.length, of);
  return { kind: "dictionary", of, labels: checkLabels(node, labels) };
}

/** Decisions are a list however they are shaped; rows stay rows. */
export function reshape(node: Node): Value {
  node.expect("allowzero", 0, 0);
  node.finish(2);
  const shape = readShape(node, node.constant(1).tensor);
  const value = node.input(0);
  if (value.kind === "rows") return reshapeRows(node, value, shape);
  const sizes = [...shape].sort((a, b) => a - b);
  if (sizes[0] !== -1 || sizes.slice(1).some((size) => size !== 1)) node.refuse("one size of -1", `[${shape}]`);
  return decision(node, 0);
}

function readShape(node: Node, tensor: Tensor): number[] {
  const { type, dims, count } = tensor;
  if (type === TYPES.INT64 && dims.length === 1 && count >= 1 && count <= 8) return tensor.integers().map(Number);
  return node.refuse("a list of one to eight sizes as its shape", show(tensor.name));
}

export function cast(node: Node): Value {
  const to = node.int("to", 0);
  node.ignore("saturate", "round_mode");
  node.finish(1);
  const value = node.input(0);
  if (value.kind === "rows" || value.kind === "constant") return castRows(node, value, to);
  if (value.kind === "pair" && (to === TYPES.FLOAT || to === TYPES.DOUBLE)) return value;
  if (value.kind !== "decision") return node.refuse("rows or labels to cast", nameOf(value));
  const isText = typeof value.labels?.[0] === "string";
  const fits = (label: Label) => to === TYPES.INT64 || Math.abs(Number(label)) < 2 ** 31;
  const isSame = isText ? to === TYPES.STRING : to === TYPES.INT64 || to === TYPES.INT32;
  return isSame && (isText || (value.labels ?? []).every(fits)) ? value : node.refuse("labels as they are", `to ${to}`);
}

/** What follows the scores in files of scikit-learn's converters: a pair of probabilities, the largest, its label. */
import { show } from "../../ground/check.js";
import type { Label } from "../../table/label.js";
import { checkCount, checkLabels, readClassLabels, toNumbers } from "./class-labels.js";
import { joinRows, truncate } from "./column-features.js";
import type { Node } from "./graph-node.js";
import { isAlongFeatures } from "./normalization-operators.js";
import { reshape as reshapeRows } from "./row-shapes.js";
import { type Entry, isFloat, isInteger, type Tensor, TYPES } from "./tensors.js";
import { type Decision, nameOf, type Rows, type Scores, type Value } from "./values.js";

function scores(node: Node, i: number): Scores {
  const value = node.input(i);
  return value.kind === "pair" ? value : node.rows(i);
}

function decision(node: Node, i: number): Decision {
  const value = node.input(i);
  return value.kind === "decision" ? value : node.refuse(`a decision as input ${i}`, nameOf(value));
}

/** [1 - p, p] along the features, or columns put together. */
export function concat(node: Node): Value {
  const [rest, p] = node.inputs;
  if (rest?.kind !== "complement") return joinRows(node);
  node.expect("axis", Number.NaN, 1, -1);
  node.finish(2);
  if (rest.of === p && p.kind === "rows" && p.axes.length === 1) return { kind: "pair", of: p };
  return node.refuse("1 - p and p of one sigmoid", `${nameOf(rest)} and ${p ? nameOf(p) : "none"}`);
}

/** The first of the largest along the features. */
export function argMax(node: Node): Value {
  const axis = node.int("axis", 0);
  node.expect("keepdims", 1, 0, 1);
  node.expect("select_last_index", 0, 0);
  node.finish(1);
  const of = scores(node, 0);
  if (!isAlongFeatures(of.kind === "pair" ? of.of : of, [BigInt(axis)])) node.refuse("axis 1 or -1", `${axis}`);
  return { kind: "decision", of };
}

/** Many nodes may ask one tensor. */
const known = new WeakMap<Tensor, readonly Label[]>();

function readLabels(node: Node, tensor: Tensor, of: Scores): readonly Label[] {
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
  const further = names.dims.slice(0, -1);
  if (further.some((size) => size !== 1)) node.refuse("a list of labels", show([...names.dims]));
  return { kind: "decision", of, labels: readLabels(node, names, of) };
}

/** The same in the core's words: labels [classes] by decision along axis 0. */
export function gather(node: Node): Value {
  node.expect("axis", 0, 0);
  const names = node.constant(0);
  if (names.dims.length !== 1) node.refuse("a list of labels", show([...names.dims]));
  return arrayFeatureExtractor(node);
}

/** ai.onnx.ml: scores by label. */
export function zipMap(node: Node): Value {
  const texts = node.strings("classlabels_strings");
  const integers = node.ints("classlabels_int64s");
  node.finish(1);
  const of = scores(node, 0);
  const labels = readClassLabels(node, texts, integers);
  checkCount(node, labels.length, of);
  return { kind: "dictionary", of, labels };
}

/** Decisions are a list however they are shaped; rows stay rows. */
export function reshape(node: Node): Value {
  const entries = readShape(node, node.constant(1));
  const value = node.input(0);
  if (value.kind === "rows") return reshapeRows(node, value, entries);
  node.expect("allowzero", 0, 0, 1);
  node.finish(2);
  const others = entries.filter((size) => size !== 1n);
  if (others.length > 1 || (others.length === 1 && others[0] !== -1n && typeof others[0] === "bigint")) {
    node.refuse("one size of -1", `[${entries.map(String)}]`);
  }
  return decision(node, 0);
}

function readShape(node: Node, tensor: Tensor): readonly Entry[] {
  const { type, dims, count } = tensor;
  if (type === TYPES.INT64 && dims.length === 1 && count >= 1 && count <= 8) return tensor.entries();
  return node.refuse("a list of one to eight sizes as its shape", show(tensor.name));
}

/** Another shape of rows; a list of decisions stays one. */
export const reshaping =
  (ofRows: (node: Node) => Value) =>
  (node: Node): Value =>
    node.input(0).kind === "decision" ? node.input(0) : ofRows(node);

export function cast(node: Node): Value {
  const to = node.int("to", 0);
  node.ignore("saturate", "round_mode");
  node.finish(1);
  return castTo(node, to);
}

/** To the type of another. */
export function castLike(node: Node): Value {
  node.ignore("saturate", "round_mode");
  node.finish(2);
  const like = node.input(1);
  if (like.kind === "constant") return castTo(node, like.tensor.type);
  if (like.kind !== "rows" || like.elements === "texts") return node.refuse("numbers as input 1", nameOf(like));
  const types = { floats: TYPES.FLOAT, integers: TYPES.INT64, booleans: TYPES.BOOL } as const;
  return castTo(node, types[like.elements]);
}

function castTo(node: Node, to: number): Value {
  const value = node.input(0);
  if (value.kind === "rows") return castRows(node, value, to);
  if (value.kind === "pair" && isFloat(to)) return value;
  if (value.kind !== "decision") return node.refuse("rows or labels to cast", nameOf(value));
  const isText = typeof value.labels?.[0] === "string";
  const fits = (label: Label) => to === TYPES.INT64 || Math.abs(Number(label)) < 2 ** 31;
  const isSame = isText ? to === TYPES.STRING : to === TYPES.INT64 || to === TYPES.INT32;
  return isSame && (isText || (value.labels ?? []).every(fits)) ? value : node.refuse("labels as they are", `to ${to}`);
}

/** Floats of any type are computed in float32 all the same; whole numbers are those of columns. */
function castRows(node: Node, rows: Rows, to: number): Value {
  const { elements, step } = rows;
  // What float16 rounds is not to be seen in the answers of float32, but in files that compute in it from the start.
  const isHalf = to === TYPES.BFLOAT16 || (to === TYPES.FLOAT16 && step !== undefined);
  if (isFloat(to) && elements !== "texts" && !isHalf) {
    // The same rows as before where nothing changes: the tail compares.
    return elements === "floats" ? rows : { ...rows, elements: "floats" };
  }
  if (to === TYPES.STRING && (elements === "texts" || (elements === "integers" && !step))) {
    return elements === "texts" ? rows : { ...rows, elements: "texts" };
  }
  if (elements === "integers" && (to === TYPES.INT64 || to === TYPES.INT32)) return rows;
  if (elements === "booleans" && to === TYPES.BOOL) return rows;
  const isWhole = isInteger(to) && to !== TYPES.BOOL;
  return isWhole && elements === "floats" ? truncate(node, rows) : node.refuse("floats to cast to", `data type ${to}`);
}

/**
 * The operators of a multilayer perceptron: what each makes of rows. Meanings, attributes and their defaults are those of
 * docs/Operators.md and docs/Changelog.md of github.com/onnx/onnx, for the operator sets of {@link OPSETS}.
 */
import { halved, product, softsignOf, sumOfCube } from "./activation-products.js";
import { affine, NOTHING, ONE } from "./dense-operators.js";
import type { Node } from "./graph-node.js";
import { centred, normalised, withEpsilon } from "./normalization-operators.js";
import { above } from "./scaled-activations.js";
import { Tensor, TYPES } from "./tensors.js";
import { after, constantOf, type Factor, nameOf, type Rows, shaped, type Value } from "./values.js";

interface Operands {
  readonly rows: Rows;
  readonly at: Factor;
  readonly isUniform: boolean;
  readonly axes: Rows["axes"];
  readonly isSwapped: boolean;
}

/** Rows and a constant, in either order. */
export function operands(node: Node): Operands {
  // Before version 7 constants were spread where an attribute said so, along an axis.
  if (node.opset < 7) {
    node.expect("broadcast", 0, 0, 1);
    node.expect("axis", 1, 1, -1);
  }
  node.finish(2);
  const isSwapped = node.input(0).kind === "constant";
  const rows = node.rows(isSwapped ? 1 : 0);
  const other = node.input(isSwapped ? 0 : 1);
  if (other.kind === "rows")
    node.refuse(`a constant as input 1`, "rows: branches that meet, as residuals do, are no MLP's");
  return { rows, isSwapped, ...node.spread(node.constant(isSwapped ? 0 : 1), rows) };
}

export function add(node: Node): Value {
  const known = withEpsilon(node) ?? ofTwo(node, sumOfCube);
  if (known) return known;
  const { rows, at, isUniform, axes } = operands(node);
  return affine(node, rows, ONE, at, isUniform, axes);
}

/** Of two rows what stands for one activation. */
function ofTwo(
  node: Node,
  read: (node: Node, a: Rows, b: Rows) => Rows | undefined,
  isSwappable = true,
): Rows | undefined {
  const [a, b] = node.inputs;
  if (a?.kind !== "rows" || b?.kind !== "rows" || node.inputs.length > 2 || node.hasMore) return undefined;
  const [x, y] = [node.rows(0), node.rows(1)];
  return read(node, x, y) ?? (isSwappable ? read(node, y, x) : undefined);
}

/** Of one rows alone and constants. */
export function sum(node: Node): Value {
  if (node.inputs.length === 1) return node.input(0);
  return node.inputs.length === 2 ? add(node) : node.refuse("two inputs", `${node.inputs.length}`);
}

/** By a constant, or a product that is an activation. */
export function mul(node: Node): Value {
  const known = ofTwo(node, product, false);
  if (known) return known;
  const { rows, at, isUniform, axes } = operands(node);
  return (isUniform && halved(node, rows, at(0))) || affine(node, rows, at, NOTHING, isUniform, axes);
}

/** Also 1 - p for the one output of a sigmoid, with which scikit-learn's converter begins a pair of probabilities. */
export function sub(node: Node): Value {
  const centre = centred(node);
  if (centre) return centre;
  const { rows, at, isUniform, axes, isSwapped } = operands(node);
  if (!isSwapped) return affine(node, rows, ONE, (feature) => -at(feature), isUniform, axes);
  const isSigmoid = rows.step?.kind === "activation" && rows.step.operator === "Sigmoid";
  if (isSigmoid && rows.width === 1 && isUniform && at(0) === 1) return { kind: "complement", of: rows };
  return affine(node, rows, () => -1, at, isUniform, axes);
}

export function div(node: Node): Value {
  const known = normalised(node) ?? ofTwo(node, softsignOf, false);
  if (known) return known;
  const { rows, at, isUniform, axes, isSwapped } = operands(node);
  if (isSwapped) node.refuse("rows to divide", "rows to divide by");
  const by: Factor = (feature) => 1 / at(feature);
  return (isUniform && halved(node, rows, by(0))) || affine(node, rows, by, NOTHING, isUniform, axes);
}

export function neg(node: Node): Value {
  node.finish(1);
  return affine(node, node.rows(0), () => -1, NOTHING);
}

/** x¹; x² and x³ are parts of other things. */
export function pow(node: Node): Value {
  node.finish(2);
  const rows = node.rows(0);
  const exponent = node.constant(1);
  const value = exponent.count === 1 ? exponent.at(0) : Number.NaN;
  if (value === 1) return rows;
  const operator = value === 2 ? "Square" : value === 3 ? "Cube" : node.refuse("the exponent 1", `${value}`);
  return after(rows, node.title, { kind: "activation", operator });
}

/** Max or Min of rows and one constant. */
export const extreme =
  (operator: "Max" | "Min") =>
  (node: Node): Value => {
    if (node.inputs.length === 1) return node.input(0);
    const given = operands(node);
    return shaped(above(node, operator, given), given.axes);
  };

/** (x - mean) / √(variance + epsilon) · scale + bias, by the constants of the file. */
export function batchNormalization(node: Node): Value {
  const epsilon = node.float("epsilon", Math.fround(1e-5));
  node.expect("training_mode", 0, 0);
  node.expect("spatial", 1, 1);
  if (node.opset < 7) node.expect("is_test", 0, 0, 1);
  node.ignore("momentum");
  node.finish(5);
  const rows = node.rows(0);
  const constants = [1, 2, 3, 4].map((i) => node.constant(i));
  // One a channel: of rows of numbers, one a number. Channels of several numbers are those of images.
  const channels = rows.axes[0];
  if (rows.axes.slice(1).some((size) => size !== 1)) node.refuse("rows of numbers as input 0", "channels of several");
  const counts = constants.map(({ count }) => count);
  const isOdd = constants.some(({ dims, isFloat }) => dims.length !== 1 || !isFloat || dims[0] !== counts[0]);
  if (isOdd || (channels !== undefined && counts[0] !== channels))
    node.refuse(`constants of one number a feature`, `${counts}`);
  const [scale, bias, mean, variance] = constants;
  const factor: Factor = (i) => scale.at(i) / Math.sqrt(variance.at(i) + epsilon);
  const axes = [counts[0], ...rows.axes.slice(1)];
  return affine(node, rows, factor, (i) => bias.at(i) - mean.at(i) * factor(i), counts[0] === 1, axes);
}

/** ai.onnx.ml: (x - offset) · scale. */
export function scaler(node: Node): Value {
  const offset = node.floats("offset") ?? [];
  const scale = node.floats("scale") ?? [];
  node.finish(1);
  const value = node.input(0);
  const rows =
    value.kind === "rows" && value.elements === "integers" ? { ...value, elements: "floats" as const } : node.rows(0);
  const sizes = [offset.length, scale.length];
  const size = Math.max(...sizes);
  const last = rows.axes.at(-1);
  if (
    sizes.some((own) => own !== 1 && own !== size) ||
    (size > 1 && size !== (last ?? size)) ||
    (rows.width ?? size) % size > 0
  ) {
    node.refuse("an offset and a scale, one for all or one a feature", `${sizes.join(" and ")}`);
  }
  const pick = (list: readonly number[], i: number) => list[i % list.length];
  const axes = size > 1 ? [...rows.axes.slice(0, -1), size] : rows.axes;
  return affine(
    node,
    rows,
    (i) => pick(scale, i),
    (i) => -pick(offset, i) * pick(scale, i),
    size === 1,
    axes,
  );
}

export function identity(node: Node): Value {
  node.finish(1);
  return node.input(0);
}

/** Outside of training it changes nothing. */
export function dropout(node: Node): Value {
  node.ignore("ratio", "seed", ...(node.opset < 7 ? ["is_test"] : []));
  node.finish(3);
  const mode = node.inputs[2];
  if (mode && !(mode.kind === "constant" && mode.tensor.type === TYPES.BOOL && mode.tensor.count === 1)) {
    return node.refuse("a constant training_mode", nameOf(mode));
  }
  if (mode?.tensor.integers()[0]) node.refuse("training_mode false", "true");
  return node.input(0);
}

/** What an attribute holds: a tensor, a number, numbers, or texts. */
export function constant(node: Node): Value {
  const name = `the output of ${node.title}`;
  const tensor = node.tensor("value");
  const [float, floats] = [node.optionalFloat("value_float"), node.floats("value_floats")];
  const [int, ints] = [node.optionalInt("value_int"), node.ints("value_ints")];
  const [text, texts] = [node.optionalText("value_string"), node.strings("value_strings")];
  node.finish(0);
  const list = (values: readonly number[], dims: number[]) =>
    Tensor.computed(name, dims, TYPES.FLOAT, 1, (i) => values[i]);
  const all = [
    tensor,
    float === undefined ? undefined : list([float], []),
    floats && list(floats, [floats.length]),
    int === undefined ? undefined : Tensor.listed(name, [], [int]),
    ints && Tensor.listed(name, [ints.length], ints),
    text === undefined ? undefined : Tensor.ofTexts(name, [], [text]),
    texts && Tensor.ofTexts(name, [texts.length], texts),
  ].filter((own) => own !== undefined);
  return all.length === 1 ? constantOf(all[0]) : node.refuse("one value", `${all.length}`);
}

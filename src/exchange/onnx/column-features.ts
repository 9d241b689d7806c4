/** What stands before the first layer of a table's model: columns, each prepared in its own way, put together. */
import { show } from "../../ground/check.js";
import type { Node } from "./graph-node.js";
import { shortest } from "./numbers.js";
import { type Elements, type Feature, nameOf, type Rows, type Value } from "./values.js";

/** Each is an object of its own: more are no table. */
export const MOST_FEATURES = 2 ** 14;
/** Steps from the input to where columns are put together: more are no model but work. */
const MOST_IN_A_ROW = 16;
/** Categories of a column. */
const MOST_CATEGORIES = 2 ** 16;

/** The numbers of each row as what columns give; `refused` is called where rows are something else by then. */
export function featuresOf(rows: Rows, refused: (got: string) => never): readonly Feature[] {
  const steps: Rows[] = [];
  let base = rows;
  for (; base.from; base = base.from) steps.push(base);
  if (steps.length > MOST_IN_A_ROW) refused(`${steps.length} steps`);
  let features = base.features ?? ofInput(base, rows, refused);
  for (const { step, by } of steps.reverse()) {
    if (step?.kind === "affine") {
      features = features.map((feature, i) => {
        const [scale, shift] = [step.scale(i), step.shift(i)];
        return { ...feature, scale: feature.scale * scale, shift: feature.shift * scale + shift };
      });
    } else if (step?.kind === "select") {
      if (step.count > MOST_FEATURES) refused(`${step.count} numbers a row`);
      const whole = features;
      features = Array.from({ length: step.count }, (_, i) => whole[step.place(i)]);
    } else refused(by);
  }
  return features;
}

function ofInput(base: Rows, { width: last }: Rows, refused: (got: string) => never): readonly Feature[] {
  const { input, width = last } = base;
  if (!input || width === undefined) return refused("rows whose numbers the file does not count");
  if (width > MOST_FEATURES) refused(`${width} numbers a row`);
  const { name, elements } = input;
  return Array.from({ length: width }, (_, place) => {
    return { input: name, place, of: width, elements, scale: 1, shift: 0 };
  });
}

const refusedBy = (node: Node) => (got: string) =>
  node.refuse(
    "columns of the input: branches that meet behind weights, as two heads and residuals do, are no MLP's",
    got,
  );

function join(node: Node, features: readonly Feature[], like: Rows, axes: Rows["axes"], elements: Elements): Rows {
  if (features.length > MOST_FEATURES) node.refuse(`${MOST_FEATURES} features at most`, `${features.length}`);
  const { hasBatch, items } = like;
  // An object takes as much as some numbers.
  node.spend(8 * features.length);
  return { kind: "rows", by: node.title, features, hasBatch, items, axes, width: features.length, elements };
}

/** Columns along the last axis. */
export function joinRows(node: Node, axis = node.int("axis", Number.NaN)): Value {
  node.finish(2 ** 10);
  const all = node.inputs.map((value) => {
    if (value?.kind === "rows") return value;
    return node.refuse("columns of the input", value ? nameOf(value) : "none");
  });
  const [first] = all;
  if (!first) return node.refuse("columns", "none");
  if (all.length === 1) return first;
  const rank = first.axes.length + Number(first.hasBatch);
  const own = axis < 0 ? axis + rank : axis;
  if (!(own === rank - 1 && first.axes.length > 0)) node.refuse("the last axis as axis", `${axis}`);
  const isAlike = (rows: Rows) =>
    rows.hasBatch === first.hasBatch && rows.axes.length === first.axes.length && rows.elements === first.elements;
  if (!all.every(isAlike))
    node.refuse("columns of one type and as many axes", all.map(({ elements }) => elements).join());
  if (all.some(({ axes }) => axes.slice(0, -1).some((size) => size !== 1))) node.refuse("rows of numbers", "more axes");
  const features = all.flatMap((rows) => featuresOf(rows, refusedBy(node)));
  return join(node, features, first, [...first.axes.slice(0, -1), features.length], first.elements);
}

/** ai.onnx.ml: columns of numbers as floats. */
export function featureVectorizer(node: Node): Value {
  const counts = node.ints("inputdimensions");
  node.inputs.forEach((value, i) => {
    if (value?.kind !== "rows" || value.elements === "texts")
      node.refuse("columns of numbers", value ? nameOf(value) : "none");
    else if (counts && value.width !== undefined && value.width !== Number(counts[i])) {
      node.refuse(`inputdimensions of ${value.width} for input ${i}`, `${counts[i]}`);
    }
  });
  const floats = node.inputs.map((value) => ({ ...(value as Rows), elements: "floats" as const }));
  return joinRows(node.with(floats), -1);
}

/** Whole numbers of floats: categories, since what they count is no longer x · scale + shift. */
export function truncate(node: Node, rows: Rows): Value {
  const features = featuresOf(rows, refusedBy(node)).map((feature) => {
    if (feature.scale !== 1 || feature.shift !== 0 || feature.table || feature.above !== undefined) {
      node.refuse("numbers as the input has them to cut off fractions", "others");
    }
    return feature.elements === "floats" ? { ...feature, isWhole: true } : feature;
  });
  return join(node, features, rows, rows.axes, "integers");
}

/** Features that nothing was done to: texts and whole numbers have categories, numbers may be missing. */
function plain(node: Node, rows: Rows): readonly Feature[] {
  const features = featuresOf(rows, refusedBy(node));
  const isOdd = ({ scale, shift, table, above }: Feature) => scale !== 1 || shift !== 0 || table || above !== undefined;
  return features.some(isOdd) ? node.refuse("columns as the input has them", "scaled ones") : features;
}

/** The categories of an operator: texts, or whole numbers as such. */
function categories(
  node: Node,
  rows: Rows,
  texts?: readonly string[],
  integers?: readonly bigint[],
): readonly string[] {
  if (!texts === !integers) node.refuse("categories of one kind", texts ? "two" : "none");
  if ((rows.elements === "texts") !== (texts !== undefined))
    node.refuse("categories of the type of its input", rows.elements);
  const names = texts ?? (integers as readonly bigint[]).map(String);
  node.spend(names.length);
  if (names.length > MOST_CATEGORIES) node.refuse(`${MOST_CATEGORIES} categories at most`, `${names.length}`);
  // Of two alike runtimes take the first or the last.
  if (new Set(names).size < names.length) node.refuse("each category once", "one twice");
  return names;
}

/** ai.onnx.ml: a feature a category along a new axis, 1 for the row's own; all 0 for others if `zeros` says so. */
export function oneHotEncoder(node: Node): Value {
  const [texts, integers] = [node.strings("cats_strings"), node.ints("cats_int64s")];
  // Without, onnxruntime refuses rows of other categories; here they have none.
  node.expect("zeros", 1, 0, 1);
  node.finish(1);
  const rows = node.anyRows(0);
  if (rows.elements === "floats") node.refuse("texts or whole numbers", "floats; put a Cast before it");
  const names = categories(node, rows, texts, integers);
  const own = plain(node, rows);
  if (own.length !== 1) node.refuse("one column", `${own.length}`);
  const features = names.map((name) => ({ ...own[0], table: new Map([[name, 1]]), other: 0 }));
  return join(node, features, rows, [...rows.axes, names.length], "floats");
}

/** ai.onnx.ml: the number of each category. */
export function labelEncoder(node: Node): Value {
  const [texts, integers] = [node.strings("keys_strings"), node.ints("keys_int64s")];
  const [floats, whole] = [node.floats("values_floats"), node.ints("values_int64s")];
  const other = floats ? node.float("default_float", 0) : Number(node.optionalInt("default_int64") ?? -1n);
  node.ignore("default_string", ...(floats ? ["default_int64"] : ["default_float"]));
  node.finish(1);
  const rows = node.anyRows(0);
  const names = categories(node, rows, texts, integers);
  const values = floats ?? (whole ?? []).map(Number);
  if (values.length !== names.length || values.some((value) => !Number.isFinite(value))) {
    node.refuse("a number for each category", `${values.length} for ${names.length}`);
  }
  const table = new Map(names.map((name, i) => [name, values[i]]));
  const features = plain(node, rows).map((feature) => ({ ...feature, table, other }));
  return join(node, features, rows, rows.axes, "floats");
}

/** ai.onnx.ml: numbers for those that are missing, which are NaN or a number that stands for that. */
export function imputer(node: Node): Value {
  const [floats, integers] = [node.floats("imputed_value_floats"), node.ints("imputed_value_int64s")];
  const [float, integer] = [node.optionalFloat("replaced_value_float"), node.optionalInt("replaced_value_int64")];
  node.finish(1);
  const rows = node.anyRows(0);
  const isWhole = rows.elements === "integers";
  const values = isWhole ? integers?.map(Number) : node.rows(0) && floats;
  const replaced = isWhole ? Number(integer ?? 0n) : (float ?? 0);
  if (!values?.length) return node.refuse(`values for the ${rows.elements} that are missing`, "none");
  const all = featuresOf(rows, refusedBy(node));
  if (values.length !== 1 && values.length !== all.length) node.refuse(`${all.length} values`, `${values.length}`);
  const features = all.map((feature, i) =>
    imputed(node, feature, values.length === 1 ? values[0] : values[i], replaced),
  );
  return join(node, features, rows, rows.axes, rows.elements);
}

function imputed(node: Node, feature: Feature, value: number, replaced: number): Feature {
  const { scale, shift, fill, elements, marker } = feature;
  if (!Number.isFinite(value) || scale === 0 || feature.table) node.refuse("numbers to impute", show(value));
  const isMarked = !Number.isNaN(replaced);
  // Nothing is missing any more, or in whole numbers.
  if (!isMarked && (fill !== undefined || elements !== "floats" || feature.above !== undefined)) return feature;
  const isOdd = scale !== 1 || shift !== 0 || fill !== undefined || feature.above !== undefined || feature.isWhole;
  if (isMarked && (isOdd || marker !== undefined || !Number.isFinite(replaced))) {
    node.refuse(`columns as the input has them, once, to replace ${replaced} in`, "others");
  }
  return { ...feature, fill: (value - shift) / scale, ...(isMarked && { marker: shortest(replaced) }) };
}

/** ai.onnx.ml: 1 for numbers above the threshold, else 0. */
export function binarizer(node: Node): Value {
  const threshold = node.float("threshold", 0);
  node.finish(1);
  const rows = node.rows(0);
  const features = plain(node, rows).map((feature) => {
    if (feature.fill !== undefined || feature.isWhole) node.refuse("columns as the input has them", "imputed ones");
    return { ...feature, above: threshold };
  });
  return join(node, features, rows, rows.axes, "floats");
}

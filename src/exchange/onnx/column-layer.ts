/** The first layer of a network as it reads columns: what the graph does to each is part of its weights, or of how it is read. */
import { show } from "../../ground/check.js";
import type { LayerParameters } from "../../net/layer-views.js";
import type { LearnedColumn } from "../../table/columns.js";
import type { EncoderData } from "../../table/encoder.js";
import { compose, fold, MOST_SHIFT } from "./fold-layers.js";
import type { Layer } from "./layer-plan.js";
import { refuse } from "./refusal.js";
import type { Feature } from "./values.js";

/** A number that a network reads: what it counts in each feature of the graph. */
type Terms = readonly (readonly [feature: number, factor: number])[];

/** Numbers that a network reads in the place of features: each feature is a sum of them, plus a shift. */
export interface Reading {
  readonly inputs: readonly Terms[];
  readonly shifts: Float64Array;
}

/** The features that the first layer of a graph reads. */
export function readFeatures(layer: Layer, base: readonly Feature[]): readonly Feature[] {
  const { scale, shift, places } = compose(layer.before, base.length);
  return Array.from(scale, (own, i) => {
    const feature = base[places ? places[i] : i];
    return { ...feature, scale: feature.scale * own, shift: feature.shift * own + shift[i] };
  });
}

/** The layer, reading columns. */
export function readAs(layer: Layer, { inputs, shifts }: Reading): LayerParameters {
  const plain = fold({ ...layer, before: [] });
  const { outputs } = plain;
  const weights = new Float32Array(inputs.length * outputs);
  const sums = new Float64Array(outputs);
  inputs.forEach((terms, i) => {
    sums.fill(0);
    for (const [f, factor] of terms)
      for (let o = 0; o < outputs; o++) sums[o] += factor * plain.weights[f * outputs + o];
    weights.set(sums, i * outputs);
  });
  sums.set(plain.biases);
  shifts.forEach((shift, f) => {
    if (shift !== 0) for (let o = 0; o < outputs; o++) sums[o] += shift * plain.weights[f * outputs + o];
  });
  const wrong =
    sums.find((sum) => !Number.isFinite(Math.fround(sum))) ?? weights.find((weight) => !Number.isFinite(weight));
  if (wrong !== undefined) refuse(`have weights that are finite in float32 at ${layer.by}`, `${wrong}`);
  return { ...plain, weights, biases: Float32Array.from(sums), inputs: inputs.length };
}

/** Whether shifts come to more than float32 holds beside what they shift. */
export function isFar(layer: Layer, { shifts }: Reading): boolean {
  const plain = fold({ ...layer, before: [] });
  return shifts.some((shift, f) => {
    for (let o = 0; o < plain.outputs; o++) {
      if (Math.abs(shift * plain.weights[f * plain.outputs + o]) > MOST_SHIFT / 4) return true;
    }
    return false;
  });
}

/** Features by the column that they are made of. */
export function byColumn(features: readonly Feature[]): Map<string, number[]> {
  const columns = new Map<string, number[]>();
  features.forEach(({ input, place, of }, f) => {
    const name = of > 1 ? `${input}[${place}]` : input;
    const list = columns.get(name);
    if (list) list.push(f);
    else columns.set(name, [f]);
  });
  return columns;
}

export const isPlainNumber = ({ table, above, fill, isWhole, elements }: Feature) =>
  !table && above === undefined && fill === undefined && !isWhole && (elements === "floats" || elements === "integers");

/** What a number is counted from, and in what: as its first feature has it. */
export interface Measure {
  readonly mean: number;
  readonly deviation: number;
}

/** A column of numbers, in the measure that is given or that of its first feature. */
export function readNumbers(
  name: string,
  features: readonly Feature[],
  own: readonly number[],
  shifts: Float64Array,
  given?: Measure,
): { measure: Measure; terms: Terms } {
  const main = own.find((f) => features[f].scale !== 0);
  const { scale, shift, fill } = features[main ?? own[0]];
  const fills = own.map((f) => features[f].fill);
  if (fills.some((other) => other !== fill)) refuse(`impute ${show(name)} in one way`, show(fills));
  // Not the other zero.
  const mean = fill ?? (main === undefined || shift === 0 ? 0 : -shift / scale);
  const measure = given ?? { mean, deviation: main === undefined ? 1 : 1 / Math.abs(scale) };
  if (!Number.isFinite(measure.mean) || !(measure.deviation > 0 && measure.deviation < Number.POSITIVE_INFINITY)) {
    refuse(`scale ${show(name)} by finite numbers`, show(measure));
  }
  const terms = own.map((f) => [f, features[f].scale * measure.deviation] as const);
  for (const f of own) {
    const isCentre = !given && f === main && fill === undefined;
    shifts[f] = isCentre ? 0 : features[f].scale * measure.mean + features[f].shift;
  }
  return { measure, terms };
}

/** A column of categories: each has a number of its own for each feature, which the weights take in. */
function readCategories(name: string, features: readonly Feature[], own: readonly number[], shifts: Float64Array) {
  const { elements, fill } = features[own[0]];
  const names = new Set<string>();
  for (const f of own) for (const key of features[f].table?.keys() ?? []) names.add(key);
  const isOdd = own.some((f) => !features[f].table || features[f].fill !== fill);
  if (isOdd) refuse(`read ${show(name)} in one way`, "categories and numbers");
  // A missing value is the empty text, or what is put in its place.
  const missing = fill === undefined ? "" : `${Math.trunc(fill)}`;
  const hasMissing = names.has(missing);
  const categories = [...names].filter((key) => key !== "").sort((a, b) => (a < b ? -1 : 1));
  const termsOf = (key: string): Terms =>
    own.flatMap((f) => {
      const { table, other = 0, scale } = features[f];
      const factor = ((table as ReadonlyMap<string, number>).get(key) ?? other) - other;
      return factor * scale === 0 ? [] : [[f, factor * scale] as const];
    });
  for (const f of own) shifts[f] = (features[f].other ?? 0) * features[f].scale + features[f].shift;
  const column: LearnedColumn = {
    kind: "text",
    name,
    categories,
    hasOther: false,
    hasMissing,
    textOnly: elements === "texts",
  };
  const inputs = categories.map(termsOf);
  return { column, inputs: hasMissing ? [...inputs, termsOf(missing)] : inputs };
}

/** The number halfway to the next float32: what is above becomes that one, or a larger one. */
function halfway(threshold: number): number {
  const word = new DataView(new ArrayBuffer(4));
  word.setFloat32(0, threshold);
  const bits = word.getInt32(0);
  word.setInt32(0, threshold === 0 ? 1 : threshold > 0 ? bits + 1 : bits - 1);
  return (threshold + word.getFloat32(0)) / 2;
}

/** The next float64 above. */
function nextAbove(value: number): number {
  const word = new DataView(new ArrayBuffer(8));
  word.setFloat64(0, value);
  const bits = word.getBigInt64(0);
  word.setBigInt64(0, value === 0 ? 1n : value > 0 ? bits + 1n : bits - 1n);
  return word.getFloat64(0);
}

/** A column of numbers of which it is told whether they are above thresholds: each is a bin as narrow as can be. */
function readThresholds(name: string, features: readonly Feature[], own: readonly number[], shifts: Float64Array) {
  if (own.some((f) => features[f].above === undefined))
    refuse(`read ${show(name)} in one way`, "thresholds and numbers");
  const edgeOf = (f: number) => halfway(Math.fround(features[f].above as number));
  const starts = [...new Set(own.map(edgeOf))].sort((a, b) => a - b);
  const edges = starts.flatMap((start) => [start, nextAbove(start)]);
  if (edges.length < 3) edges.push(nextAbove(edges[1]));
  for (const f of own) shifts[f] = features[f].shift;
  // The number itself counts nothing.
  const bins = edges
    .slice(1)
    .map((_, k): Terms => own.filter((f) => edgeOf(f) === edges[k]).map((f) => [f, features[f].scale]));
  const measure = { mean: 0, deviation: 1, median: 0, spread: 1 };
  const means = bins.map(() => 0);
  const column: LearnedColumn = { kind: "number", name, ...measure, hasMissing: false, bins: edges, means };
  return { column, inputs: [[], ...bins] };
}

/** Columns by name, each as its features say, and how the first layer reads them. */
export function readColumns(features: readonly Feature[]): { encoder: EncoderData; reading: Reading } {
  const shifts = new Float64Array(features.length);
  const inputs: Terms[] = [];
  const columns: LearnedColumn[] = [];
  const sorted = [...byColumn(features)].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [name, own] of sorted) {
    const read = readColumn(name, features, own, shifts);
    columns.push(read.column);
    inputs.push(...read.inputs);
  }
  return { encoder: { missing: markersOf(features), columns }, reading: { inputs, shifts } };
}

/** The number that stands for a missing one: a table has one for all its columns. */
function markersOf(features: readonly Feature[]): string[] {
  const markers = new Set(features.flatMap(({ marker }) => (marker === undefined ? [] : [`${marker}`])));
  if (markers.size === 0) return [];
  const [marker] = markers;
  const isOdd = ({ marker: own, elements, table }: Feature) =>
    own === undefined && (elements !== "texts" || (table?.has(marker) ?? false));
  if (markers.size > 1 || features.some(isOdd)) {
    const wanted = "replace one number as missing, in all columns of numbers";
    refuse(wanted, `${[...markers].join(" and ")} in some; put NaN in its place in the data and in the SimpleImputer`);
  }
  return [marker];
}

function readColumn(name: string, features: readonly Feature[], own: readonly number[], shifts: Float64Array) {
  const { elements, table, above, isWhole } = features[own[0]];
  if (table) return readCategories(name, features, own, shifts);
  if (above !== undefined) return readThresholds(name, features, own, shifts);
  if (elements === "texts" || isWhole) return refuse(`read ${show(name)} as categories`, "texts or cut off numbers");
  if (own.some((f) => features[f].table || features[f].above !== undefined || features[f].isWhole)) {
    return refuse(`read ${show(name)} in one way`, "numbers and categories");
  }
  if (elements === "booleans") {
    for (const f of own) shifts[f] = features[f].shift;
    const column: LearnedColumn = { kind: "boolean", name, hasMissing: false };
    return { column, inputs: [own.map((f) => [f, features[f].scale] as const)] };
  }
  const { measure, terms } = readNumbers(name, features, own, shifts);
  const column: LearnedColumn = { kind: "number", name, ...measure, hasMissing: false };
  return { column, inputs: [terms] };
}

/** What becomes of a graph: a network of rows, of scaled rows, or a table's model. */
import type { Scaling } from "../../data/scaling.js";
import type { EncoderData } from "../../table/encoder.js";
import type { Label } from "../../table/label.js";
import { featuresOf } from "./column-features.js";
import {
  isFar,
  isPlainNumber,
  type Measure,
  type Reading,
  readAs,
  readColumns,
  readFeatures,
  readNumbers,
} from "./column-layer.js";
import { type Ending, type FirstLayer, fold, type Layers, type Plan, planLayers } from "./fold-layers.js";
import type { Layer } from "./layer-plan.js";
import { refuse } from "./refusal.js";
import type { Feature, Prediction, Rows } from "./values.js";

export interface PlannedModel {
  readonly layers: Layers;
  readonly labels: readonly Label[] | undefined;
  readonly scaling: Scaling | undefined;
  readonly inputs: readonly string[] | undefined;
  readonly table:
    | { readonly encoder: EncoderData; readonly labels: readonly Label[] | undefined; readonly output: string }
    | undefined;
}

/** @param limit bytes that the parameters may take in float32 */
export function planModel(prediction: Prediction, output: Ending["output"], limit: number): PlannedModel {
  const { scores, labels, isDecision } = prediction;
  const isPair = scores.kind === "pair";
  const rows = scores.kind === "pair" ? scores.of : scores;
  const base = baseOf(rows);
  const isMatrix = base.input !== undefined && base.input.elements !== "texts" && base.input.elements !== "booleans";
  const isTable = !isMatrix && isOfTable(base);
  const plan = planLayers(rows, { isPair, isDecision, isTable, output });
  const none = { labels, scaling: undefined, inputs: undefined, table: undefined };
  if (isMatrix) {
    return { ...none, ...planRows(plan, base, limit) };
  }
  const features = readFeatures(plan.first, featuresOf(base, refuseRows));
  if (!isTable) {
    return { ...none, ...planNumbers(plan, features, limit) };
  }
  return { ...none, ...planTable(plan, features, prediction, limit) };
}

function baseOf(rows: Rows): Rows {
  let base = rows;
  while (base.from) base = base.from;
  return base;
}

/** Numbers of one input are rows still. */
function isOfTable(base: Rows): boolean {
  const features = featuresOf(base, refuseRows);
  return !features.every(isPlainNumber) || new Set(features.map(({ input }) => input)).size > 1;
}

const refuseRows = (got: string): never => refuse("read columns before its first weights", got);

/** Rows as they stand, or scaled beside the network where float32 asks for it. */
function planRows(plan: Plan, base: Rows, limit: number): Pick<PlannedModel, "layers" | "scaling"> {
  let isLarge = false;
  const make = (layer: Layer) =>
    fold(layer, () => {
      isLarge = true;
      return 0;
    });
  const width = base.width ?? plan.first.inputs;
  const layers = plan.build(limit, { width, make });
  if (!isLarge) return { layers, scaling: undefined };
  return planNumbers(plan, readFeatures(plan.first, featuresOf({ ...base, width }, refuseRows)), limit, width);
}

/** Numbers of one input, in their order. */
function planNumbers(
  plan: Plan,
  features: readonly Feature[],
  limit: number,
  width = features[0].of,
): Pick<PlannedModel, "layers" | "scaling"> {
  const places = Array.from({ length: width }, (_, place) => ({ name: `${place}`, own: [] as number[] }));
  features.forEach(({ place }, f) => {
    places[place].own.push(f);
  });
  return scaled(plan, features, places, limit);
}

function scaled(
  plan: Plan,
  features: readonly Feature[],
  columns: readonly { readonly name: string; readonly own: readonly number[] }[],
  limit: number,
): Pick<PlannedModel, "layers" | "scaling"> {
  const read = (given?: Measure): { reading: Reading; measures: Measure[] } => {
    const shifts = new Float64Array(features.length);
    const measures: Measure[] = [];
    const inputs = columns.map(({ name, own }) => {
      const none = { measure: { mean: 0, deviation: 1 }, terms: [] };
      const { measure, terms } = own.length === 0 ? none : readNumbers(name, features, own, shifts, given);
      measures.push(measure);
      return terms;
    });
    return { reading: { inputs, shifts }, measures };
  };
  const plain = read({ mean: 0, deviation: 1 });
  const width = columns.length;
  const build = (reading: Reading) => plan.build(limit, { width, make: (layer) => readAs(layer, reading) });
  if (!isFar(plan.first, plain.reading)) return { layers: build(plain.reading), scaling: undefined };
  const { reading, measures } = read();
  const scaling = { mean: measures.map(({ mean }) => mean), deviation: measures.map(({ deviation }) => deviation) };
  return { layers: build(reading), scaling };
}

/** Columns by name: a table's model, or a network of numbers where there is none of such outputs. */
function planTable(
  plan: Plan,
  features: readonly Feature[],
  { labels, inputs: order, output }: Prediction,
  limit: number,
): Omit<PlannedModel, "labels"> & { labels: readonly Label[] | undefined } {
  const { encoder, reading } = readColumns(features);
  const first: FirstLayer = { width: reading.inputs.length, make: (layer) => readAs(layer, reading) };
  const layers = plan.build(limit, first);
  const outputs = layers.sizes[layers.sizes.length - 1];
  if (layers.output === "softmax") {
    const names = labels ?? Array.from({ length: outputs }, (_, id) => id);
    return { layers, labels, scaling: undefined, inputs: undefined, table: { encoder, labels: names, output } };
  }
  if (layers.output === "linear" && outputs === 1 && !labels) {
    return { layers, labels, scaling: undefined, inputs: undefined, table: { encoder, labels: undefined, output } };
  }
  if (!features.every(isPlainNumber)) {
    refuse(
      "predict classes or one value by its columns",
      `${outputs} outputs of ${layers.output} by columns that are not all numbers`,
    );
  }
  const columns = orderedColumns(features, order);
  const inputs = columns.map(({ name }) => name);
  return { ...scaled(plan, features, columns, limit), labels, inputs, table: undefined };
}

/** Columns in the order of the graph's inputs. */
function orderedColumns(features: readonly Feature[], order: readonly string[]) {
  return order.flatMap((input) => {
    const width = features.find((feature) => feature.input === input)?.of ?? 0;
    return Array.from({ length: width }, (_, place) => {
      const own = features.flatMap((feature, f) => (feature.input === input && feature.place === place ? [f] : []));
      return { name: width > 1 ? `${input}[${place}]` : input, own };
    });
  });
}

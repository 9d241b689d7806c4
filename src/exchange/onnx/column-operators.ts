/**
 * Columns of a table as ONNX reads them, one input [N, 1] a column: what src/table/row-reader.ts does, in operators of ai.onnx and
 * one of ai.onnx.ml (LabelEncoder).
 */
import { FAR, MOST } from "../../table/binned-number.js";
import {
  type BooleanColumn,
  type DateColumn,
  type Encoded,
  type NumberColumn,
  nameFeatures,
  type PresentColumn,
  type TextColumn,
} from "../../table/columns.js";
import type { EncoderData } from "../../table/encoder.js";
import { writeParts } from "./date-operators.js";
import type { GraphWriter } from "./graph-writer.js";
import { TYPES } from "./tensor-storage.js";

const TO_FLOAT = { to: BigInt(TYPES.FLOAT) };
const TO_BOOL = { to: BigInt(TYPES.BOOL) };
const TO_DOUBLE = { to: BigInt(TYPES.DOUBLE) };

/** @returns the name of the features, [N, width] */
export function writeColumns(graph: GraphWriter, { columns, missing }: EncoderData): string {
  const features = columns.flatMap((column) => {
    if (column.kind === "ignore" || nameFeatures(column).length === 0) return [];
    if (column.kind === "text") return [writeText(graph, column, missing)];
    if (column.kind === "present") return [writePresent(graph, column)];
    return writeNumber(graph, column, missing);
  });
  return graph.node("Concat", features, "features", { axis: 1n });
}

/**
 * NaN is a missing value: the median, or 0, which is the mean, and in the feature that tells, if there is one, 1 less the share.
 * Dates are doubles: a float32 holds today's days to some minutes only.
 */
function writeNumber(
  graph: GraphWriter,
  column: NumberColumn | DateColumn | BooleanColumn,
  missing: readonly string[],
): string[] {
  const { name, hasMissing } = column;
  const form = column.kind === "number" ? column.form : undefined;
  const isOrdered = form?.type === "ordered";
  const x = isOrdered
    ? writeRank(graph, name, form.values, missing)
    : graph.input(name, column.kind === "date" ? "DOUBLE" : "FLOAT", 1);
  const isMissing = graph.node("IsNaN", [x], `${name} is missing`);
  if (column.kind !== "boolean" && column.median !== undefined) {
    const values = writeClipped(graph, column, column.median, x, isMissing);
    return hasMissing ? [...values, writeMissing(graph, column, isMissing)] : values;
  }
  const known = column.kind === "boolean" ? x : standardise(graph, column, x);
  const zero = graph.floats(`${name}.zero`, [1], Float32Array.of(0));
  const value = graph.node("Where", [isMissing, zero, known], `${name}.value`);
  return hasMissing ? [value, writeMissing(graph, column, isMissing)] : [value];
}

/** Each text as its place in the order; NaN for a text that is none of its values, or stands for a missing one. */
function writeRank(graph: GraphWriter, name: string, values: readonly string[], missing: readonly string[]): string {
  const ranks = new Map(values.map((value, rank) => [value, rank]));
  for (const text of missing) ranks.delete(text);
  const attributes = {
    keys_strings: [...ranks.keys()],
    values_int64s: [...ranks.values()].map(BigInt),
    default_int64: -1n,
  };
  const place = graph.node("LabelEncoder", [graph.input(name, "STRING", 1)], `${name}.place`, attributes, "ai.onnx.ml");
  const isNone = graph.node("Equal", [place, graph.integers(`${name}.none`, [1], [-1n])], `${name}.none`);
  const nan = graph.floats(`${name}.nan`, [1], Float32Array.of(Number.NaN));
  return graph.node("Where", [isNone, nan, graph.node("Cast", [place], `${name}.number`, TO_FLOAT)], `${name}.rank`);
}

/**
 * `writeClipped` of src/table/cell-writer.ts, in float64: (x - median) / spread, clipped, a feature a bin less its mean, and parts
 * of dates; zeros where the value is missing.
 */
function writeClipped(
  graph: GraphWriter,
  column: NumberColumn | DateColumn,
  median: number,
  x: string,
  isMissing: string,
): string[] {
  const { name, spread = 1, bins, means = [] } = column;
  const parts = (column.kind === "date" && column.parts) || [];
  const centre = graph.double(`${name}.median`, median);
  const double = graph.node("Cast", [x], `${name}.double`, TO_DOUBLE);
  const known = graph.node("Where", [isMissing, centre, double], `${name}.known`);
  const centred = graph.node("Sub", [known, centre], `${name}.centred`);
  const scaled = graph.node("Div", [centred, graph.double(`${name}.spread`, spread)], `${name}.scaled`);
  const value = graph.node("Cast", [clip(graph, name, scaled)], `${name}.clipped`, TO_FLOAT);
  const further = bins ? [writeBins(graph, name, bins, means, known)] : [];
  if (parts.length > 0) further.push(...writeParts(graph, name, parts, known));
  if (further.length === 0) return [value];
  const zero = graph.floats(`${name}.zero`, [1], Float32Array.of(0));
  return [value, ...further.map((features) => graph.node("Where", [isMissing, zero, features], `${name}.bins`))];
}

/** `clipped` of src/table/binned-number.ts: u / sqrt(1 + (u / 3)^2). */
function clip(graph: GraphWriter, name: string, u: string): string {
  const below = graph.node("Min", [u, graph.double(`${name}.far`, FAR)], `${name}.below`);
  const near = graph.node("Max", [below, graph.double(`${name}.far`, -FAR)], `${name}.near`);
  const third = graph.node("Div", [near, graph.double(`${name}.most`, MOST)], `${name}.third`);
  const squared = graph.node("Mul", [third, third], `${name}.squared`);
  const sum = graph.node("Add", [graph.double(`${name}.one`, 1), squared], `${name}.sum`);
  return graph.node("Div", [near, graph.node("Sqrt", [sum], `${name}.root`)], `${name}.limited`);
}

/** `writeBins` of the same: (x - lower edge) / width of the bin, from 0 to 1, for all bins at once. */
function writeBins(
  graph: GraphWriter,
  name: string,
  edges: readonly number[],
  means: readonly number[],
  x: string,
): string {
  const lower = graph.double(`${name}.edges`, ...edges.slice(0, -1));
  const widths = graph.double(`${name}.widths`, ...edges.slice(1).map((edge, k) => edge - edges[k]));
  const above = graph.node("Sub", [x, lower], `${name}.above`);
  const share = graph.node("Div", [above, widths], `${name}.shares`);
  const upTo1 = graph.node("Min", [share, graph.double(`${name}.full`, 1)], `${name}.full`);
  const from0 = graph.node("Max", [upTo1, graph.double(`${name}.empty`, 0)], `${name}.empty`);
  const less = graph.node("Sub", [from0, graph.double(`${name}.means`, ...means)], `${name}.less`);
  return graph.node("Cast", [less], `${name}.centredBins`, TO_FLOAT);
}

/** 1 where it is missing, else 0, less the share of training rows where it was. */
function writeMissing(graph: GraphWriter, { name, missingShare }: Encoded, isMissing: string): string {
  const missing = graph.node("Cast", [isMissing], `${name}.missing`, TO_FLOAT);
  return missingShare ? centre(graph, name, missing, missingShare) : missing;
}

function centre(graph: GraphWriter, name: string, indicator: string, share: number): string {
  const constant = graph.floats(`${name}.share`, [1], Float32Array.of(share));
  return graph.node("Sub", [indicator, constant], `${name}.centred`);
}

/** (x - mean) / deviation in float64, bounded, as rows are encoded: however large the mean is, nothing cancels that x still holds. */
function standardise(graph: GraphWriter, column: NumberColumn | DateColumn, x: string): string {
  const { name, mean, deviation, bound } = column;
  const double = graph.node("Cast", [x], `${name}.double`, TO_DOUBLE);
  const centred = graph.node("Sub", [double, graph.double(`${name}.mean`, mean)], `${name}.centred`);
  const scaled = graph.node("Div", [centred, graph.double(`${name}.deviation`, deviation)], `${name}.scaled`);
  const limited = bound === undefined ? scaled : limit(graph, name, scaled, bound);
  return graph.node("Cast", [limited], `${name}.standardised`, TO_FLOAT);
}

/** `bounded` of src/table/row-reader.ts, with u = max(0, |x| - b): sign(x) (min(|x|, b) + u / (1 + u / b)). */
function limit(graph: GraphWriter, name: string, x: string, bound: number): string {
  const b = graph.double(`${name}.bound`, bound);
  const size = graph.node("Abs", [x], `${name}.size`);
  const beyond = graph.node("Sub", [size, b], `${name}.difference`);
  const u = graph.node("Max", [beyond, graph.double(`${name}.none`, 0)], `${name}.beyond`);
  const divisor = graph.node(
    "Add",
    [graph.double(`${name}.one`, 1), graph.node("Div", [u, b], `${name}.ratio`)],
    `${name}.divisor`,
  );
  const tail = graph.node("Div", [u, divisor], `${name}.tail`);
  const sum = graph.node("Add", [graph.node("Min", [size, b], `${name}.body`), tail], `${name}.bounded`);
  return graph.node("Mul", [graph.node("Sign", [x], `${name}.sign`), sum], `${name}.limited`);
}

/** 1 where the value is there, else 0, less the share of training rows that had it. */
function writePresent(graph: GraphWriter, { name, of, value, share }: PresentColumn): string {
  const own = (type: "FLOAT" | "STRING") => graph.input(name, type, 1);
  const number = (n: number) => graph.floats(`${name}.value`, [1], Float32Array.of(n));
  let isPresent: string;
  if (of === "text") {
    const attributes = { keys_strings: [value as string], values_int64s: [1n], default_int64: 0n };
    const place = graph.node("LabelEncoder", [own("STRING")], `${name}.category`, attributes, "ai.onnx.ml");
    isPresent = graph.node("Cast", [place], `${name}.equal`, TO_BOOL);
  } else if (of === "number" && value !== 0) {
    // NaN is not equal to itself; 0 is as good as none.
    const x = own("FLOAT");
    const isThere = graph.node("Not", [graph.node("IsNaN", [x], `${name} is missing`)], `${name}.there`);
    const isOther = graph.node("Not", [graph.node("Equal", [x, number(0)], `${name}.zero`)], `${name}.other`);
    isPresent = graph.node("And", [isThere, isOther], `${name}.present`);
  } else if (of === "number") {
    isPresent = graph.node("Not", [graph.node("IsNaN", [own("FLOAT")], `${name} is missing`)], `${name}.present`);
  } else isPresent = graph.node("Equal", [own("FLOAT"), number(value as number)], `${name}.present`);
  return centre(graph, name, graph.node("Cast", [isPresent], `${name}.flag`, TO_FLOAT), share);
}

/** Each text to the number of its feature, -1 for none; 1 where the numbers are equal. */
function writeText(graph: GraphWriter, column: TextColumn, missing: readonly string[]): string {
  const { name, categories, hasOther, hasMissing } = column;
  const width = nameFeatures(column).length;
  const places = new Map(["", ...missing].map((text) => [text, hasMissing ? width - 1 : -1]));
  // Last: a category is one, whatever else the text stands for.
  categories.forEach((category, i) => {
    places.set(category, i);
  });
  const x = graph.input(name, "STRING", 1);
  const place = graph.node(
    "LabelEncoder",
    [x],
    `${name}.category`,
    {
      keys_strings: [...places.keys()],
      values_int64s: [...places.values()].map(BigInt),
      default_int64: BigInt(hasOther ? categories.length : -1),
    },
    "ai.onnx.ml",
  );
  const numbers = Array.from({ length: width }, (_, i) => BigInt(i));
  const isOwn = graph.node("Equal", [place, graph.integers(`${name}.numbers`, [width], numbers)], `${name}.equal`);
  const features = graph.node("Cast", [isOwn], `${name}.features`, TO_FLOAT);
  if (!hasMissing || !column.missingShare) return features;
  // The last of them tells of missing values.
  const shares = new Float32Array(width);
  shares[width - 1] = column.missingShare;
  return graph.node("Sub", [features, graph.floats(`${name}.shares`, [width], shares)], `${name}.centred`);
}

/**
 * Columns of a table as ONNX reads them, one input [N, 1] a column: what src/encoder.ts does, in operators of ai.onnx and
 * one of ai.onnx.ml (LabelEncoder).
 */
import { type BooleanColumn, type NumberColumn, nameFeatures, type TextColumn } from "../../columns.js";
import type { EncoderData } from "../encoder.js";
import { TYPES } from "./tensors.js";
import type { GraphWriter } from "./writer.js";

const TO_FLOAT = { to: BigInt(TYPES.FLOAT) };
const TO_DOUBLE = { to: BigInt(TYPES.DOUBLE) };

/** @returns the name of the features, [N, width] */
export function writeColumns(graph: GraphWriter, { columns, missing }: EncoderData): string {
  const features = columns.flatMap((column) => {
    if (column.kind === "ignore" || nameFeatures(column).length === 0) return [];
    if (column.kind === "text") return [writeText(graph, column, missing)];
    return writeNumber(graph, column);
  });
  return graph.node("Concat", features, "features", { axis: 1n });
}

/** NaN is a missing value: 0, which is the mean, and 1 in the feature that tells, if there is one. */
function writeNumber(graph: GraphWriter, column: NumberColumn | BooleanColumn): string[] {
  const { name, hasMissing } = column;
  const x = graph.input(name, "FLOAT", 1);
  const isMissing = graph.node("IsNaN", [x], `${name} is missing`);
  const known = column.kind === "number" ? standardise(graph, column, x) : x;
  const zero = graph.floats(`${name}.zero`, [1], Float32Array.of(0));
  const value = graph.node("Where", [isMissing, zero, known], `${name}.value`);
  return hasMissing ? [value, graph.node("Cast", [isMissing], `${name}.missing`, TO_FLOAT)] : [value];
}

/** (x - mean) / deviation in float64, as rows are encoded: however large the mean is, nothing cancels that x still holds. */
function standardise(graph: GraphWriter, { name, mean, deviation }: NumberColumn, x: string): string {
  const double = graph.node("Cast", [x], `${name}.double`, TO_DOUBLE);
  const centred = graph.node("Sub", [double, graph.double(`${name}.mean`, mean)], `${name}.centred`);
  const scaled = graph.node("Div", [centred, graph.double(`${name}.deviation`, deviation)], `${name}.scaled`);
  return graph.node("Cast", [scaled], `${name}.standardised`, TO_FLOAT);
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
  return graph.node("Cast", [isOwn], `${name}.features`, TO_FLOAT);
}

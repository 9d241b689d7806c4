/**
 * Columns of a file of `toOnnx`: what src/exchange/onnx/column-operators.ts wrote of each, read back. What the graph does not tell, and no
 * answer depends on, is as a fit has it for plain columns; whoever asks writes them again and compares.
 */
import type { LearnedColumn, NumberColumn, TextColumn } from "../../table/columns.js";
import { CIRCLES, DATE_PARTS } from "../../table/date-parts.js";
import { NUMERAL } from "../../table/forms.js";
import { TYPES } from "./tensor-storage.js";
import { type Places, placesOf, type WrittenNodes } from "./written-nodes.js";

/** A column, and the texts that stand for a missing value in it. */
export interface WrittenColumn {
  readonly column: LearnedColumn;
  readonly missing: readonly string[];
}

/** @param type of its input; undefined if it is none of a column */
export function readWrittenColumn(name: string, type: number, nodes: WrittenNodes): WrittenColumn | undefined {
  const numbers = (column: LearnedColumn | undefined) => column && { column, missing: [] };
  if (type === TYPES.DOUBLE) return numbers(readDate(name, nodes));
  if (type === TYPES.FLOAT)
    return numbers(nodes.node(`${name}.flag`) ? readFlag(name, nodes) : readNumber(name, nodes));
  const places = placesOf(nodes.all[0]);
  if (!places) return undefined;
  if (nodes.node(`${name}.flag`)) {
    const [value] = places.keys;
    return numbers({ kind: "present", name, of: "text", value, share: shareOf(name, nodes) ?? 0 });
  }
  return nodes.node(`${name}.rank`) ? numbers(readOrdered(name, places, nodes)) : readText(name, places, nodes);
}

const shareOf = (name: string, nodes: WrittenNodes) => nodes.number(`${name}.share`);

/** Whether a feature tells of missing values, and the share that it is less. */
function missingOf(name: string, nodes: WrittenNodes) {
  if (!nodes.node(`${name}.missing`)) return { hasMissing: false };
  const missingShare = shareOf(name, nodes);
  return { hasMissing: true, ...(missingShare !== undefined && { missingShare }) };
}

/** One value or none: which one, numbers do not tell, and need not. */
function readFlag(name: string, nodes: WrittenNodes): LearnedColumn {
  const isNumber = nodes.all[0].opType === "IsNaN";
  const value = isNumber ? Number(nodes.node(`${name}.other`) !== undefined) : (nodes.number(`${name}.value`) ?? 0);
  return { kind: "present", name, of: isNumber ? "number" : "boolean", value, share: shareOf(name, nodes) ?? 0 };
}

function readNumber(name: string, nodes: WrittenNodes): LearnedColumn {
  const scale = readScale(name, nodes);
  const missing = missingOf(name, nodes);
  return scale ? { kind: "number", name, ...scale, ...missing } : { kind: "boolean", name, ...missing };
}

function readDate(name: string, nodes: WrittenNodes): LearnedColumn | undefined {
  const scale = readScale(name, nodes);
  if (!scale) return undefined;
  const circles = new Set<number>();
  for (const { input } of nodes.all) {
    for (const own of input) {
      if (own.startsWith(`${name}.date.places`)) circles.add(nodes.constants.get(own)?.count ?? 0);
    }
  }
  const parts = DATE_PARTS.filter((part) => circles.has(CIRCLES[part]));
  // Texts whose order of day and month the file does not tell are refused.
  const form = { type: "date", order: "year-first" } as const;
  return { kind: "date", name, ...scale, ...missingOf(name, nodes), form, ...(parts.length > 0 && { parts }) };
}

type Scale = Pick<NumberColumn, "mean" | "deviation" | "bound" | "median" | "spread" | "bins" | "means">;

function readScale(name: string, nodes: WrittenNodes): Scale | undefined {
  const number = (part: string) => nodes.number(`${name}.${part}`);
  const [median, spread, mean, deviation, bound] = ["median", "spread", "mean", "deviation", "bound"].map(number);
  if (mean !== undefined && deviation !== undefined) return { mean, deviation, ...(bound !== undefined && { bound }) };
  if (median === undefined || spread === undefined) return undefined;
  const [lower, widths, means] = ["edges", "widths", "means"].map((part) => nodes.numbers(`${name}.${part}`));
  const bins = lower && widths && [...lower, lastEdge(lower, widths)];
  return { mean: median, deviation: spread, median, spread, ...(bins && means && { bins, means }) };
}

/** One whose difference from the edge before it is the width of the last bin. */
function lastEdge(lower: readonly number[], widths: readonly number[]): number {
  const [edge, width] = [lower[lower.length - 1], widths[widths.length - 1]];
  const sum = edge + width;
  const step = Math.abs(sum) * Number.EPSILON;
  return [sum, sum + step / 2, sum - step / 2, sum + step, sum - step].find((end) => end - edge === width) ?? sum;
}

/** Values in an order, each known by its place. */
function readOrdered(name: string, { keys, values }: Places, nodes: WrittenNodes): LearnedColumn | undefined {
  const scale = readScale(name, nodes);
  // A text that stands for a missing value left its place empty.
  if (!scale || values.some((place, i) => place !== i)) return undefined;
  return { kind: "number", name, ...scale, ...missingOf(name, nodes), form: { type: "ordered", values: keys } };
}

function readText(name: string, { keys, values, other }: Places, nodes: WrittenNodes): WrittenColumn | undefined {
  const width = nodes.constant(`${name}.numbers`)?.count;
  if (width === undefined) return undefined;
  const hasMissing = values[keys.indexOf("")] === width - 1;
  const hasOther = other >= 0;
  const count = width - Number(hasMissing) - Number(hasOther);
  const isCategory = (_: string, i: number) => values[i] >= 0 && values[i] < count;
  const categories = keys.filter(isCategory).sort((a, b) => values[keys.indexOf(a)] - values[keys.indexOf(b)]);
  const missing = keys.filter((key, i) => key !== "" && !isCategory(key, i));
  const missingShare = nodes.numbers(`${name}.shares`)?.[width - 1];
  const column: TextColumn = {
    ...{ kind: "text", name, categories, hasOther, hasMissing },
    ...(missingShare !== undefined && { missingShare }),
    textOnly: !categories.some(isWord),
  };
  return { column, missing };
}

/** Texts that numbers or booleans are, too: the fit was given such. */
const isWord = (category: string) => NUMERAL.test(category) || category === "true" || category === "false";

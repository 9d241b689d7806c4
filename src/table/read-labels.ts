/** The labels of a table that is learned from: which there are. */
import { show } from "../ground/check.js";
import { fillSlices } from "../ground/slices.js";
import { isLabelKind, type Label, sortLabels } from "./label.js";
import { LabelEncoder } from "./label-encoder.js";
import { locate } from "./locate.js";
import { LabelSetReader } from "./read-label-sets.js";
import type { TableSource } from "./table-source.js";
import { readTargets, type TargetCells } from "./target-encoder.js";

/** The labels of a table's rows. All rows together say which labels there are, whichever are trained on. */
export interface LabelCells extends TargetCells<LabelEncoder> {
  readonly labels: readonly Label[];
}

/**
 * Reads the labels of the rows, which are all text, all numbers or all booleans; or lists of such, which are learned by an encoder of
 * their own (src/table/label-set-encoder.ts).
 * @throws TypeError, RangeError on other targets, or fewer than two labels
 */
export function* readLabels(
  call: string,
  rows: TableSource,
  target: string,
  markers: ReadonlySet<string>,
): Generator<number, LabelCells> {
  let kind: string | undefined;
  const check: LabelCheck = (value, r, known) => checkLabel(call, target, value, r, known);
  const found = new Map<Label, number>();
  let sets: LabelSetReader | undefined;
  const places = yield* readTargets(call, rows, target, markers, (value, r) => {
    // The first row says whether targets are lists of labels.
    if (r === 0 && Array.isArray(value)) sets = new LabelSetReader(call, target, markers, check);
    if (sets) return sets.number(value, r);
    kind ??= typeof value;
    check(value, r, kind);
    const place = found.get(value) ?? found.size;
    if (place === found.size) found.set(value, place);
    return place;
  });
  if (sets) return (yield* sets.finish(places)) as object as LabelCells;
  const first = [...found.keys()];
  if (first.length < 2) throw new RangeError(`${call}: the rows must hold two labels at least, got ${show(first)}.`);
  const labels = sortLabels(first);
  const encoder = new LabelEncoder(target, labels);
  const idOf = first.map((label) => encoder.ids.get(label) as number);
  const ids = yield* fillSlices(places, (r) => idOf[places[r]]);
  return {
    labels,
    targets: ids,
    classes: ids,
    *learn() {
      // Which labels there are, all rows say, whichever are seen: nothing is left to do.
      yield 0;
      return [encoder];
    },
  };
}

type LabelCheck = (value: unknown, r: number, kind: string) => asserts value is Label;

function checkLabel(call: string, target: string, value: unknown, r: number, kind: string): asserts value is Label {
  if (typeof value !== kind || !isLabelKind(kind)) {
    const message = `${call}: targets must be all text, all numbers or all booleans, got ${show(value)} at row ${r}.${typeof value === "bigint" ? " Convert it by String()." : ""}`;
    throw locate(new TypeError(message), r, target);
  }
  if (kind === "number" && !Number.isInteger(value)) {
    const message = `${call}: labels must be text, booleans or whole numbers, got ${value} at row ${r}. For values use Regressor.`;
    throw locate(new RangeError(message), r, target);
  }
}

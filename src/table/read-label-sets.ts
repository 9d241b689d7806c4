/** The labels of a table whose rows have several each: which there are, and which sets of them. */
import { fillSlices } from "../ground/slices.js";
import type { Label } from "./label-encoder.js";
import { LabelSetEncoder, labelsOf, NumberedSets } from "./label-set-encoder.js";
import { checkLabel } from "./read-labels.js";
import type { Guide } from "./target-encoder.js";
import { readTargets, type TargetCells } from "./target-encoder.js";

/** The sets of labels of a table's rows. All rows together say which labels there are, whichever are trained on. */
export interface LabelSetCells extends TargetCells<LabelSetEncoder> {
  readonly labels: readonly Label[];
}

/**
 * Reads the lists of labels of the rows, which are all text, all numbers or all booleans.
 * @throws TypeError, RangeError on other targets, or no label at all
 */
export function* readLabelSets(
  call: string,
  rows: readonly object[],
  target: string,
  markers: ReadonlySet<string>,
): Generator<number, LabelSetCells> {
  let kind: string | undefined;
  // In the order in which they first occur.
  const found = new Map<Label, number>();
  const firstSets = new NumberedSets();
  const numbers = yield* readTargets(call, rows, target, markers, (value, r) => {
    const places = labelsOf(call, target, value, r, markers).map((label) => {
      kind ??= typeof label;
      checkLabel(call, target, label, r, kind);
      const place = found.get(label) ?? found.size;
      if (place === found.size) found.set(label, place);
      return place;
    });
    return firstSets.number(places);
  });
  const first = [...found.keys()];
  if (first.length === 0) throw new RangeError(`${call}: the rows must hold a label at least, got empty lists alone.`);
  const labels = [...first];
  if (typeof labels[0] === "number") (labels as number[]).sort((a, b) => a - b);
  else labels.sort();
  const encoder = new LabelSetEncoder(target, labels);
  const idOf = first.map((label) => encoder.ids.get(label) as number);
  // Different sets stay different: each keeps its number.
  yield* fillSlices(new Float64Array(firstSets.size), (s) =>
    encoder.sets.number(firstSets.ids(s).map((place) => idOf[place])),
  );
  const guide: Guide = { targets: numbers, classes: labels.length, sets: encoder.sets };
  return {
    labels,
    targets: numbers,
    guide,
    *learn() {
      yield 0;
      return [encoder];
    },
  };
}

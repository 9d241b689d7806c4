/** What bins of columns are cut by: the targets of the rows that are trained on, as sums over rows take them. */
import { fillSlices, forEachSlice } from "../ground/slices.js";
import { standardisationSlices } from "../ground/statistics.js";

/** The targets of a table's rows, by row: values, or class ids below `classes`. */
export interface Guide {
  readonly targets: ArrayLike<number>;
  /** Absent for values. */
  readonly classes?: number;
}

/** Of more classes only so many say where bins end: the most frequent. */
export const MOST_GUIDES = 32;

/** A guide that is prepared: of each row `width` numbers, which are 0 or 1 for classes, or one standardised value. */
export interface Guides {
  readonly width: number;
  readonly targets: ArrayLike<number>;
  /** Which of the numbers is 1 by class id, -1 for none; undefined for values. */
  readonly places?: Int32Array;
  readonly mean: number;
  readonly deviation: number;
}

/**
 * @param rowNumbers of the rows that are trained on
 * @param weights by row what it counts, as if it were there so many times. Default: all alike
 */
export function* prepareGuide(
  { targets, classes }: Guide,
  rowNumbers: Uint32Array,
  weights?: Float64Array,
): Generator<number, Guides> {
  if (classes === undefined) {
    const pick = (list: ArrayLike<number>) =>
      fillSlices(new Float64Array(rowNumbers.length), (i) => list[rowNumbers[i]]);
    const own = yield* pick(targets);
    return { width: 1, targets, ...(yield* standardisationSlices(own, weights && (yield* pick(weights)))) };
  }
  const counts = new Float64Array(classes);
  yield* forEachSlice(rowNumbers.length, (from, to) => {
    for (let i = from; i < to; i++) counts[targets[rowNumbers[i]]] += weights ? weights[rowNumbers[i]] : 1;
  });
  // Sorting is stable: of equals the first.
  const ids = Array.from(counts, (_, id) => id).sort((a, b) => counts[b] - counts[a]);
  const places = new Int32Array(classes).fill(-1);
  for (const [place, id] of ids.slice(0, MOST_GUIDES).entries()) places[id] = place;
  return { width: Math.min(classes, MOST_GUIDES), targets, places, mean: 0, deviation: 1 };
}

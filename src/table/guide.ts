/** What bins of columns are cut by: the targets of the rows that are trained on, as sums over rows take them. */
import { fillSlices, forEachSlice } from "../ground/slices.js";
import { standardisationSlices } from "../ground/statistics.js";
import type { Guide } from "./target-encoder.js";

/** Of more classes only so many say where bins end: the most frequent. */
export const MOST_GUIDES = 32;

/** A guide that is prepared: of each row `width` numbers, which are 0 or 1 for classes, or one standardised value. */
export interface Guides {
  readonly width: number;
  readonly targets: ArrayLike<number>;
  /** Which of the numbers is 1 by class id, -1 for none; undefined for values. */
  readonly places?: Int32Array;
  /** Where rows have several classes each: which of the numbers are 1 by number of the set, all else being 0. */
  readonly lists?: Lists;
  readonly mean: number;
  readonly deviation: number;
}

/** Lists of numbers, one after the other: list `i` is `numbers` from `starts[i]` up to `starts[i + 1]`. */
export interface Lists {
  readonly starts: Uint32Array;
  readonly numbers: Int32Array;
}

/**
 * @param rowNumbers of the rows that are trained on
 * @param weights by row what it counts, as if it were there so many times. Default: all alike
 */
export function* prepareGuide(
  { targets, classes, sets }: Guide,
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
  const listed = sets && (yield* listSets(sets));
  yield* forEachSlice(rowNumbers.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const target = targets[rowNumbers[i]];
      const weight = weights ? weights[rowNumbers[i]] : 1;
      if (!listed) counts[target] += weight;
      else for (let k = listed.starts[target]; k < listed.starts[target + 1]; k++) counts[listed.numbers[k]] += weight;
    }
  });
  // Sorting is stable: of equals the first.
  const ids = Array.from(counts, (_, id) => id).sort((a, b) => counts[b] - counts[a]);
  const places = new Int32Array(classes).fill(-1);
  for (const [place, id] of ids.slice(0, MOST_GUIDES).entries()) places[id] = place;
  const lists = listed && { ...listed, numbers: listed.numbers.map((id) => places[id]) };
  return { width: Math.min(classes, MOST_GUIDES), targets, places, lists, mean: 0, deviation: 1 };
}

function* listSets(sets: NonNullable<Guide["sets"]>): Generator<number, Lists> {
  const starts = new Uint32Array(sets.size + 1);
  yield* fillSlices(starts.subarray(1), (s) => sets.ids(s).length);
  for (let s = 0; s < sets.size; s++) starts[s + 1] += starts[s];
  const numbers = new Int32Array(starts[sets.size]);
  yield* forEachSlice(sets.size, (from, to) => {
    for (let s = from; s < to; s++) numbers.set(sets.ids(s), starts[s]);
  });
  return { starts, numbers };
}

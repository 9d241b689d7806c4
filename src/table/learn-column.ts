/** What is learned of a column from its cells in the training rows. */
import { forEachSlice } from "../ground/slices.js";
import { sortSlices } from "../ground/sort-slices.js";
import { standardisationSlices } from "../ground/statistics.js";
import type { ColumnCells, IgnoredColumn, LearnedColumn, TextCells } from "./columns.js";
import { nearValues } from "./far-values.js";
import type { Form } from "./forms.js";
import type { Vocabulary } from "./vocabulary.js";

/** user_id, ID, row, the nameless index that pandas writes; passengerId, userID. Not paid, humid, PAID. */
const IDENTIFIER = /^(?:|id|key|row|row[ _]?(?:id|names?|number)|unnamed: ?0)$|[ _.-]id$/i;
const CAMEL_IDENTIFIER = /[a-z0-9]I[dD]$/;

/** Standardised values are as they are up to here, and never beyond twice this: one wrong reading cannot undo a model. */
const BOUND = 8;

/**
 * Categories of a column of text where nothing is said: so few at least, so many at most, in between by the rows. Those beyond the few
 * have so many rows of their own.
 */
const FEW = 20;
const MANY = 300;
const ROWS_A_CATEGORY = 25;
const LEAST_ROWS = 4;

type Kind = Exclude<ColumnCells["kind"], "ignore">;

/**
 * Learns a column, in slices: its statistics or its categories, or why it is ignored. A column whose kind was not declared is
 * ignored if it says nothing of a row, or only which row it is.
 * @param rowNumbers of the rows that are trained on
 * @param scratch room for a number of each of them
 */
export function* learnColumn(
  column: ColumnCells,
  maxCategories: number | undefined,
  rowNumbers: Uint32Array,
  scratch: Float64Array,
): Generator<number, LearnedColumn> {
  const { kind, name, isDeclared, cells } = column;
  if (kind === "ignore") return { kind, name, reason: isDeclared ? "declared" : "constant" };
  if (cells instanceof Float64Array) return yield* learnNumbers({ ...column, kind }, cells, rowNumbers, scratch);
  return yield* learnTexts(column, cells, maxCategories, rowNumbers);
}

function* learnTexts(
  column: ColumnCells,
  { numbers, vocabulary }: TextCells,
  given: number | undefined,
  rowNumbers: Uint32Array,
): Generator<number, LearnedColumn> {
  const { name, isDeclared, textOnly } = column;
  // By the number of a text, of which "" is none.
  const counts = new Uint32Array(vocabulary.size);
  const known = { count: 0, distinct: 0, value: "" };
  yield* forEachSlice(rowNumbers.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const number = numbers[rowNumbers[i]];
      const text = vocabulary.text(number);
      if (text === "") continue;
      if (known.count++ === 0) known.value = text;
      if (counts[number]++ === 0) known.distinct++;
    }
  });
  const settled = settle(column, "text", known, rowNumbers.length);
  if (settled) return settled;
  const most = given ?? Math.max(FEW, Math.min(MANY, Math.floor(rowNumbers.length / ROWS_A_CATEGORY)));
  if (!isDeclared && known.distinct > most && 2 * known.distinct > known.count) {
    return ignored(name, (yield* areNumbers(vocabulary)) ? "mixed" : "identifier");
  }
  const frequent = yield* mostFrequent(vocabulary, counts, most);
  const isEnough = ({ count }: { count: number }, i: number) => given !== undefined || i < FEW || count >= LEAST_ROWS;
  const categories = frequent
    .filter(isEnough)
    .map(({ text }) => text)
    .sort();
  const hasOther = known.distinct > categories.length;
  return { kind: "text", name, categories, hasOther, ...missingOf(known.count, rowNumbers.length), textOnly };
}

function* learnNumbers(
  column: ColumnCells & { readonly kind: Kind },
  cells: Float64Array,
  rowNumbers: Uint32Array,
  scratch: Float64Array,
): Generator<number, LearnedColumn> {
  const { kind, name, isDeclared, form, lenient } = column;
  const known = { count: 0, distinct: 0, value: 0 };
  yield* forEachSlice(rowNumbers.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const number = cells[rowNumbers[i]];
      if (Number.isNaN(number)) continue;
      // + 0: JSON has no -0. Two stand for two or more.
      if (known.count === 0) known.value = number + 0;
      known.distinct = Math.max(known.distinct, number === known.value ? 1 : 2);
      scratch[known.count++] = number;
    }
  });
  const settled = settle(column, kind, known, rowNumbers.length);
  if (settled) return settled;
  const missing = missingOf(known.count, rowNumbers.length);
  if (kind === "boolean") return { kind, name, ...missing };
  const numbers = scratch.subarray(0, known.count);
  const isNamed = kind === "number" && (IDENTIFIER.test(name) || CAMEL_IDENTIFIER.test(name));
  if (!isDeclared && isNamed && (yield* areIds(numbers))) return ignored(name, "identifier");
  const near = form?.type === "ordered" ? numbers : (yield* nearValues(numbers)).numbers;
  const scaled = {
    name,
    ...(yield* standardisationSlices(near)),
    bound: BOUND,
    ...missing,
    ...(lenient && { lenient }),
  };
  if (kind === "date") return { kind, ...scaled, form: form as Extract<Form, { type: "date" }> };
  return { kind: "number", ...scaled, ...(form && { form }) };
}

/** A number with a few signs or letters around it. */
const NUMBER_LIKE = /^[^\p{L}\p{N}]{0,4}\p{N}[\p{N}.,' ]* ?(?:[^\p{L}\p{N}]{0,2}\p{L}{0,3}|[^\p{L}\p{N}]{0,4})$/u;

/** Whether most of the texts look like numbers, which are in no one form then. */
function* areNumbers(vocabulary: Vocabulary): Generator<number, boolean> {
  let count = 0;
  yield* forEachSlice(vocabulary.size, (from, to) => {
    for (let i = from; i < to; i++) if (NUMBER_LIKE.test(vocabulary.text(i).slice(0, 64))) count++;
  });
  return count >= 0.8 * vocabulary.size;
}

const ignored = (name: string, reason: IgnoredColumn["reason"]) => ({ kind: "ignore", name, reason }) as const;

function missingOf(known: number, rows: number): { hasMissing: boolean; missingShare: number } {
  return { hasMissing: known < rows, missingShare: Math.fround((rows - known) / rows) };
}

/** A column that holds one value, or one and missing ones; undefined if it holds more. */
function settle(
  { name, isDeclared, form }: ColumnCells,
  kind: Kind,
  { count, distinct, value }: { readonly count: number; readonly distinct: number; readonly value: number | string },
  rows: number,
): LearnedColumn | undefined {
  if (isDeclared || distinct > 1) return undefined;
  if (distinct === 0 || count === rows) return ignored(name, "constant");
  if (form || kind === "date") return undefined;
  return { kind: "present", name, of: kind, value, share: Math.fround(count / rows) };
}

/** Whole numbers without a repetition: rows numbered, if there are twenty or more; fewer may well be a size. */
function* areIds(numbers: Float64Array): Generator<number, boolean> {
  // Not without a gap: rows held out leave gaps.
  let are = numbers.length >= 20;
  yield* forEachSlice(numbers.length, (from, to) => {
    for (let i = from; are && i < to; i++) are = Number.isInteger(numbers[i]);
  });
  if (!are) return false;
  const sorted = yield* sortSlices(numbers.slice());
  yield* forEachSlice(sorted.length, (from, to) => {
    for (let i = Math.max(1, from); are && i < to; i++) are = sorted[i] !== sorted[i - 1];
  });
  return are;
}

interface Frequent {
  readonly text: string;
  readonly count: number;
}

/** The most frequent texts, of equals the first by code units. */
function* mostFrequent(vocabulary: Vocabulary, counts: Uint32Array, most: number): Generator<number, Frequent[]> {
  const best: Frequent[] = [];
  const place = (text: string, count: number) => {
    let [low, high] = [0, best.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = best[middle];
      if (other.count > count || (other.count === count && other.text < text)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  yield* forEachSlice(counts.length, (from, to) => {
    for (let number = from; number < to; number++) {
      const count = counts[number];
      const text = vocabulary.text(number);
      if (count === 0 || (best.length === most && place(text, count) === most)) continue;
      best.splice(place(text, count), 0, { text, count });
      if (best.length > most) best.pop();
    }
  });
  return best;
}

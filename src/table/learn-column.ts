/** What is learned of a column from its cells in the training rows. */
import { forEachSlice } from "../ground/slices.js";
import { sortSlices } from "../ground/sort-slices.js";
import { standardisationSlices, sumOver } from "../ground/statistics.js";
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
 * @param scratch room for a number of each of them, and for two where there are weights
 * @param weights by row of the table what it counts, > 0 for those that are trained on: all is learned as of rows that are there so
 * many times, but for what tells rows apart, which is looked for among the rows as they are. Default: all alike
 */
export function* learnColumn(
  column: ColumnCells,
  maxCategories: number | undefined,
  rowNumbers: Uint32Array,
  scratch: Float64Array,
  weights?: Float64Array,
): Generator<number, LearnedColumn> {
  const { kind, name, isDeclared, cells } = column;
  if (kind === "ignore") return { kind, name, reason: isDeclared ? "declared" : "constant" };
  const total = yield* totalOf(rowNumbers, weights);
  if (cells instanceof Float64Array) {
    return yield* learnNumbers({ ...column, kind }, cells, rowNumbers, scratch, total, weights);
  }
  return yield* learnTexts(column, cells, maxCategories, rowNumbers, total, weights);
}

function* learnTexts(
  column: ColumnCells,
  { numbers, vocabulary }: TextCells,
  given: number | undefined,
  rowNumbers: Uint32Array,
  total: number,
  weights?: Float64Array,
): Generator<number, LearnedColumn> {
  const { name, isDeclared, textOnly } = column;
  // By the number of a text, of which "" is none.
  const counts = new Float64Array(vocabulary.size);
  const known = { count: 0, rows: 0, distinct: 0, value: "" };
  yield* forEachSlice(rowNumbers.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const number = numbers[rowNumbers[i]];
      const text = vocabulary.text(number);
      if (text === "") continue;
      const weight = weights ? weights[rowNumbers[i]] : 1;
      if (known.rows++ === 0) known.value = text;
      if (counts[number] === 0) known.distinct++;
      counts[number] += weight;
      known.count += weight;
    }
  });
  const settled = settle(column, "text", known, rowNumbers.length, total);
  if (settled) return settled;
  const most = given ?? Math.max(FEW, Math.min(MANY, Math.floor(total / ROWS_A_CATEGORY)));
  if (!isDeclared && known.distinct > most && 2 * known.distinct > known.rows) {
    return ignored(name, (yield* areNumbers(vocabulary)) ? "mixed" : "identifier");
  }
  const frequent = yield* mostFrequent(vocabulary, counts, most);
  const isEnough = ({ count }: { count: number }, i: number) => given !== undefined || i < FEW || count >= LEAST_ROWS;
  const categories = frequent
    .filter(isEnough)
    .map(({ text }) => text)
    .sort();
  const hasOther = known.distinct > categories.length;
  return { kind: "text", name, categories, hasOther, ...missingOf(known, rowNumbers.length, total), textOnly };
}

function* learnNumbers(
  column: ColumnCells & { readonly kind: Kind },
  cells: Float64Array,
  rowNumbers: Uint32Array,
  scratch: Float64Array,
  total: number,
  weights?: Float64Array,
): Generator<number, LearnedColumn> {
  const { kind, name, isDeclared, form, lenient } = column;
  const { known, numbers, own } = yield* knownNumbers(cells, rowNumbers, scratch, weights);
  const settled = settle(column, kind, known, rowNumbers.length, total);
  if (settled) return settled;
  const missing = missingOf(known, rowNumbers.length, total);
  if (kind === "boolean") return { kind, name, ...missing };
  const isNamed = kind === "number" && (IDENTIFIER.test(name) || CAMEL_IDENTIFIER.test(name));
  if (!isDeclared && isNamed && (yield* areIds(numbers))) return ignored(name, "identifier");
  // Ranks are never far from one another.
  const near =
    form?.type === "ordered" ? { numbers, weights: own?.subarray(0, known.rows) } : yield* nearValues(numbers, own);
  const scaled = {
    name,
    ...(yield* standardisationSlices(near.numbers, near.weights)),
    bound: BOUND,
    ...missing,
    ...(lenient && { lenient }),
  };
  if (kind === "date") return { kind, ...scaled, form: form as Extract<Form, { type: "date" }> };
  return { kind: "number", ...scaled, ...(form && { form }) };
}

/** The cells that are not missing, in `scratch`, and what each counts, behind them. */
function* knownNumbers(
  cells: Float64Array,
  rowNumbers: Uint32Array,
  scratch: Float64Array,
  weights: Float64Array | undefined,
): Generator<number, { known: Known & { value: number }; numbers: Float64Array; own: Float64Array | undefined }> {
  const known = { count: 0, rows: 0, distinct: 0, value: 0 };
  const own = weights && scratch.subarray(rowNumbers.length);
  yield* forEachSlice(rowNumbers.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const number = cells[rowNumbers[i]];
      if (Number.isNaN(number)) continue;
      // + 0: JSON has no -0. Two stand for two or more.
      if (known.rows === 0) known.value = number + 0;
      known.distinct = Math.max(known.distinct, number === known.value ? 1 : 2);
      if (weights && own) {
        own[known.rows] = weights[rowNumbers[i]];
        known.count += own[known.rows];
      }
      scratch[known.rows++] = number;
    }
  });
  if (!weights) known.count = known.rows;
  return { known, numbers: scratch.subarray(0, known.rows), own };
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

/** Cells that are not missing. */
interface Known {
  /** What their rows count together. */
  readonly count: number;
  readonly rows: number;
  readonly distinct: number;
  readonly value: number | string;
}

/** What the rows count together. */
function* totalOf(rowNumbers: Uint32Array, weights: Float64Array | undefined): Generator<number, number> {
  return weights ? yield* sumOver(rowNumbers.length, (i) => weights[rowNumbers[i]]) : rowNumbers.length;
}

function missingOf(known: Known, rows: number, total: number): { hasMissing: boolean; missingShare: number } {
  const hasMissing = known.rows < rows;
  // Of weights that are no whole numbers sums may be off by a rounding.
  return { hasMissing, missingShare: hasMissing ? Math.fround((total - known.count) / total) : 0 };
}

/** A column that holds one value, or one and missing ones; undefined if it holds more. */
function settle(
  { name, isDeclared, form }: ColumnCells,
  kind: Kind,
  known: Known,
  rows: number,
  total: number,
): LearnedColumn | undefined {
  const { distinct, value } = known;
  if (isDeclared || distinct > 1) return undefined;
  if (distinct === 0 || known.rows === rows) return ignored(name, "constant");
  if (form || kind === "date") return undefined;
  return { kind: "present", name, of: kind, value, share: Math.fround(known.count / total) };
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
function* mostFrequent(vocabulary: Vocabulary, counts: Float64Array, most: number): Generator<number, Frequent[]> {
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

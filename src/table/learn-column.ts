/** What is learned of a column from its cells in the training rows. */
import { forEachSlice } from "../ground/slices.js";
import { standardisationSlices } from "../ground/statistics.js";
import type { Reading } from "./cell-reader.js";
import type { ColumnCells, IgnoredColumn, LearnedColumn } from "./columns.js";
import type { Form } from "./forms.js";

/** user_id, ID, row, the nameless index that pandas writes; passengerId, userID. Not paid, humid, PAID. */
const IDENTIFIER = /^(?:|id|key|row|row[ _]?(?:id|names?|number)|unnamed: ?0)$|[ _.-]id$/i;
const CAMEL_IDENTIFIER = /[a-z0-9]I[dD]$/;

/** Standardised values are as they are up to here, and never beyond twice this: one wrong reading cannot undo a model. */
const BOUND = 8;

/**
 * Learns a column, in slices: its statistics or its categories, or why it is ignored. A column whose kind was not declared is
 * ignored if it says nothing of a row, or only which row it is.
 * @param rowNumbers of the rows that are trained on
 */
export function* learnColumn(
  column: ColumnCells,
  maxCategories: number,
  rowNumbers: Uint32Array,
): Generator<number, LearnedColumn> {
  const { kind, name, isDeclared, cells } = column;
  if (kind === "ignore") return { kind, name, reason: isDeclared ? "declared" : "constant" };
  const known: (number | string)[] = [];
  const counts = new Map<number | string, number>();
  yield* forEachSlice(rowNumbers.length, (from, to) => {
    for (let i = from; i < to; i++) {
      const cell = cells[rowNumbers[i]];
      if (cell === "" || Number.isNaN(cell)) continue;
      known.push(cell);
      counts.set(cell, (counts.get(cell) ?? 0) + 1);
    }
  });
  return yield* learnKnown({ ...column, kind }, maxCategories, known, counts, rowNumbers.length);
}

function* learnKnown(
  { kind, name, isDeclared, textOnly, form, lenient }: ColumnCells & { readonly kind: Reading["kind"] },
  maxCategories: number,
  known: readonly (number | string)[],
  counts: ReadonlyMap<number | string, number>,
  rows: number,
): Generator<number, LearnedColumn> {
  const ignored = (reason: IgnoredColumn["reason"]) => ({ kind: "ignore", name, reason }) as const;
  const hasMissing = known.length < rows;
  const missing = { hasMissing, missingShare: Math.fround((rows - known.length) / rows) };
  const isConstant = counts.size === 0 || (counts.size === 1 && !hasMissing);
  if (!isDeclared && isConstant) return ignored("constant");
  if (!isDeclared && counts.size === 1 && !form && kind !== "date") {
    const share = Math.fround(known.length / rows);
    const [value] = known;
    // + 0: JSON has no -0.
    return { kind: "present", name, of: kind, value: typeof value === "number" ? value + 0 : value, share };
  }
  if (kind === "boolean") return { kind, name, ...missing };
  if (kind === "text") {
    const hasOther = counts.size > maxCategories;
    if (!isDeclared && hasOther && 2 * counts.size > known.length) return ignored("identifier");
    const categories = mostFrequent(counts as Map<string, number>, maxCategories);
    return { kind, name, categories, hasOther, ...missing, textOnly };
  }
  const numbers = known as readonly number[];
  const isNamed = kind === "number" && (IDENTIFIER.test(name) || CAMEL_IDENTIFIER.test(name));
  if (!isDeclared && isNamed && areIds(numbers, counts.size)) return ignored("identifier");
  const scaled = {
    name,
    ...(yield* standardisationSlices(numbers)),
    bound: BOUND,
    ...missing,
    ...(lenient && { lenient }),
  };
  if (kind === "date") return { kind, ...scaled, form: form as Extract<Form, { type: "date" }> };
  return { kind: "number", ...scaled, ...(form && { form }) };
}

/** Whole numbers without a repetition: rows numbered, if there are twenty or more; fewer may well be a size. */
function areIds(numbers: readonly number[], distinct: number): boolean {
  // Not without a gap: rows held out leave gaps.
  return numbers.length >= 20 && distinct === numbers.length && numbers.every(Number.isInteger);
}

function mostFrequent(counts: ReadonlyMap<string, number>, most: number): string[] {
  // Sorting is stable: of equals the first by code units.
  const texts = [...counts.keys()].sort();
  return texts
    .sort((a, b) => counts.get(b)! - counts.get(a)!)
    .slice(0, most)
    .sort();
}

/** What a target asks for: labels or values. */
import { isGap, Refusal, type Table } from "../read/table.js";
import type { ColumnView, TaskView } from "../talk.js";
import { textOf } from "./profile.js";
import { checkLabels } from "./split.js";
import type { Survey } from "./survey.js";

/** Whole numbers of as few values are labels rather than amounts. */
const FEW_NUMBERS = 12;
const SHOWN_LABELS = 50;

/** @param found what the columns were found to be */
export function taskOf(table: Table, found: Survey, view: ColumnView, asked?: TaskView["kind"]): TaskView {
  const { name, kind, distinct } = view;
  if (table.names.length < 2) {
    throw new Refusal(
      `The table has one column, “${name}”: nothing is left to predict it from. Add a column at least.`,
    );
  }
  if (table.size < 2)
    throw new Refusal("The table has one row. A network learns from many: ten at least, better hundreds.");
  const targets = table.columns[table.names.indexOf(name)];
  // Numbers that the library reads as no column, for their size or as numbers of rows, are no labels for that.
  const isNumeric = kind === "number" || kind === "date" || (kind === "ignore" && everyNumber(targets));
  const areWhole = everyWhole(targets);
  const isFew = distinct <= FEW_NUMBERS && areWhole;
  const canBeOther = kind === "number" && distinct >= 2 && distinct <= 1000 && areWhole;
  const chosen = asked && canBeOther ? asked : isNumeric && !isFew ? "values" : "labels";
  if (kind === "date")
    throw new Refusal(`“${name}” is a column of dates. Predict a number or labels, and let dates help to.`);
  if (chosen === "values") {
    if (distinct < 2)
      throw new Refusal(`“${name}” is the same in every row: there is nothing to learn. Choose another column.`);
    const without = count(found.numbersOf(name, targets), Number.isNaN);
    return { target: name, kind: "values", canBeOther, without, sentence: "A number is predicted (regression)." };
  }
  const labels = new Set<string>();
  // As the file has them: "1.0" is another label than "1".
  for (const value of table.asWritten(table.names.indexOf(name))) {
    if (!isGap(value)) labels.add(textOf(value).trim());
  }
  checkLabels(name, labels.size);
  const shown = [...labels].sort().slice(0, SHOWN_LABELS);
  const sentence = `One of ${labels.size} labels is predicted (classification).`;
  const without = count<unknown>(targets, isGap);
  return { target: name, kind: "labels", canBeOther, labels: shown, without, sentence };
}

function count<T>(values: Iterable<T>, is: (value: T) => boolean): number {
  let found = 0;
  for (const value of values) if (is(value)) found++;
  return found;
}

function everyNumber(values: Iterable<unknown>): boolean {
  for (const value of values) if (!isGap(value) && !Number.isFinite(Number(value))) return false;
  return true;
}

function everyWhole(values: Iterable<unknown>): boolean {
  for (const value of values) if (!isGap(value) && !Number.isInteger(Number(value))) return false;
  return true;
}

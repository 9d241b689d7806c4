/** What a program should see of a fit that went through: what was read otherwise than one might think, and what was cut off. */
import { show } from "../ground/check.js";
import type { History } from "../train/history.js";
import type { ColumnCells, LearnedColumn } from "./columns.js";
import { isKnownMarker } from "./missing.js";
import { AS_MISSING, type TableWarning } from "./table-warning.js";
import type { TargetCells, TargetEncoder } from "./target-encoder.js";
import type { Tally } from "./vocabulary.js";

/** What the reading of the columns has to tell. */
export function warnOfColumns(columns: readonly ColumnCells[], learned: readonly LearnedColumn[]): TableWarning[] {
  return columns.flatMap((cells, c) => warnOfColumn(cells, learned[c]));
}

function warnOfColumn(cells: ColumnCells, learned: LearnedColumn): TableWarning[] {
  const column = cells.name;
  const messages =
    learned.kind === "number" || learned.kind === "date" || learned.kind === "boolean"
      ? warnOfReading(cells, learned.kind)
      : warnOfKind(cells, learned);
  return messages.map(([code, message, row]) => ({
    code,
    column,
    ...(row !== undefined && { row }),
    message: `column ${show(column)}: ${message}`,
  }));
}

type Message = [code: TableWarning["code"], message: string, row?: number];

const declare = (name: string, kind: string) => `columns: { ${show(name)}: "${kind}" }`;

/** Of a column of text, or one that makes no feature. */
function warnOfKind({ name, kind }: ColumnCells, learned: LearnedColumn): Message[] {
  if (learned.kind === "text") {
    const messages: Message[] = [];
    if (learned.hasOther) {
      const { length } = learned.categories;
      const remedy = "Pass maxCategories for more.";
      messages.push(["rare-categories", `all but its ${length} most frequent texts share one feature. ${remedy}`]);
    }
    const alike = similar(learned.categories);
    if (alike) messages.push(["similar-texts", `${alike} are texts of their own. Write them alike if they are one.`]);
    return messages;
  }
  if (learned.kind !== "ignore" || learned.reason === "declared") return [];
  if (learned.reason === "constant") return [["ignored", "it is the same in all rows, and is ignored."]];
  if (learned.reason === "mixed") {
    return [["ignored", "its texts look like numbers, but not all in one form, and it is ignored. Write them alike."]];
  }
  const use = declare(name, kind === "text" ? "text" : "number");
  const message = "it tells rows apart rather than describing them, and is ignored.";
  return [["ignored", `${message} If it describes them, pass ${use}.`]];
}

/** Of what was read otherwise than it stands. */
function warnOfReading(
  { name, notes = {}, cells, isDeclared, form }: ColumnCells,
  kind: "number" | "date" | "boolean",
): Message[] {
  const { markers, unreadable, shortYears, guess, unit, padded } = notes;
  const messages: Message[] = [];
  if (markers) {
    const asText = `pass ${declare(name, "text")}`;
    const remedy = `If it is a text of its own, ${form?.type === "ordered" ? "add it to the order" : asText}.`;
    messages.push(["missing-texts", `${tell(markers)}, counted as missing. ${remedy}`, firstOf(markers)]);
  }
  if (unreadable) {
    const what = `which is no ${kind} as the others are`;
    messages.push(["unreadable", `${tell(unreadable)}, ${what}: ${AS_MISSING}`, firstOf(unreadable)]);
  }
  if (shortYears) messages.push(["two-digit-years", "years of two digits are read as those from 1970 to 2069."]);
  if (guess !== undefined) messages.push(["guessed-separators", tellGuess(guess)]);
  if (unit !== undefined) {
    messages.push(["some-units", `some numbers have ${show(unit)} and some have not: both are read alike.`]);
  }
  if (padded !== undefined) {
    const remedy = `If it is a code, pass ${declare(name, "text")}.`;
    messages.push(["padded-numbers", `${show(padded)} is read as a number. ${remedy}`]);
  }
  if (kind === "number" && !isDeclared && numberRows(cells)) {
    const remedy = `If that says nothing of a row, pass ${declare(name, "ignore")}.`;
    messages.push(["row-number", `it numbers the rows, and is read as a number. ${remedy}`]);
  }
  return messages;
}

/** A guess takes points and commas to lie between thousands. */
function tellGuess(guess: string): string {
  return `${show(guess)} is read as ${guess.replace(/[.,]/g, "")}, which no other number proves. If it has decimals, pass numbers.`;
}

/** The texts, three at most, in how many rows, and the first row. */
function tell(texts: Tally): string {
  const all = [...texts];
  const count = all.reduce((sum, [, told]) => sum + told.count, 0);
  const names = all
    .slice(0, 3)
    .map(([text]) => show(text))
    .join(", ");
  return `${names}${all.length > 3 ? ` and ${all.length - 3} more` : ""} in ${count} of the rows, first in row ${firstOf(texts)}`;
}

const firstOf = (texts: Tally): number => [...texts][0][1].row;

/** Twenty rows or more, each one more than the row before. */
function numberRows(cells: ColumnCells["cells"]): boolean {
  if (!(cells instanceof Float64Array) || cells.length < 20) return false;
  return cells.every((number, r) => r === 0 || number === cells[r - 1] + 1);
}

/** The first two texts that differ in case alone, or in how a letter is composed. */
function similar(texts: readonly string[]): string | undefined {
  const seen = new Map<string, string>();
  for (const text of texts) {
    const plain = text
      .normalize("NFKC")
      .replace(/[\p{Cf}\s]+/gu, " ")
      .trim()
      .toLowerCase();
    const other = seen.get(plain);
    if (other !== undefined) return `${show(other)} and ${show(text)}`;
    seen.set(plain, text);
  }
  return undefined;
}

/** What labels have to tell: some may be one, and some may stand for missing ones. */
function warnOfLabels(target: string, labels: readonly unknown[]): TableWarning[] {
  const texts = labels.filter((label) => typeof label === "string");
  const [alike, marker] = [similar(texts), texts.find(isKnownMarker)];
  const column = target;
  const warnings: TableWarning[] = [];
  if (alike) {
    const message = `target ${show(target)}: ${alike} are labels of their own. Write them alike if they are one.`;
    warnings.push({ code: "similar-texts", column, message });
  }
  if (marker !== undefined) {
    const remedy = "If it stands for a missing one, name it in missing and leave such rows out.";
    const message = `target ${show(target)}: ${show(marker)} is a label of its own. ${remedy}`;
    warnings.push({ code: "missing-texts", column, message });
  }
  return warnings;
}

/** What a target has to tell. */
export function warnOfTargets(
  { target, output, labels = [] }: TargetEncoder & { readonly labels?: readonly unknown[] },
  { targets, guess }: Pick<TargetCells<TargetEncoder>, "targets" | "guess">,
): TableWarning[] {
  if (output === "softmax") return warnOfLabels(target, labels);
  if (guess !== undefined) {
    return [{ code: "guessed-separators", column: target, message: `target ${show(target)}: ${tellGuess(guess)}` }];
  }
  for (let r = 1; r < targets.length; r++) if (targets[r] !== targets[0]) return [];
  // Of sets of labels there are but numbers here.
  const same = output === "sigmoid" ? "has the same labels" : `is ${show(targets[0])}`;
  const message = `target ${show(target)}: it ${same} in all rows, so there is nothing to learn.`;
  return [{ code: "constant-target", column: target, message }];
}

/** Whether the loss fell by a hundredth of the first one since an epoch; of the last part of most fits it is less. */
function stillFell(epochs: History["epochs"], since: number): boolean {
  const lossOf = ({ loss, validation }: History["epochs"][number]) => validation?.loss ?? loss;
  const first = lossOf(epochs[0]);
  return lossOf(epochs[Math.max(0, since - 1)]) - lossOf(epochs[epochs.length - 1]) > 0.01 * first;
}

/** Whether the rate had fallen to next to nothing: then more epochs are another schedule, not a longer training. */
function hasCooled(epochs: History["epochs"]): boolean {
  const most = epochs.reduce((most, { learningRate }) => Math.max(most, learningRate), 0);
  return epochs[epochs.length - 1].learningRate < 0.1 * most;
}

/**
 * What the training has to tell: that it never began, or that the best epoch is among the last tenth, or the last three, so that
 * more might be better.
 */
export function warnOfTraining({ stopped, steps, bestEpoch, epochs }: History): TableWarning[] {
  if (steps === 0) {
    const message =
      "the signal or the time ended the fit before its first update: the model has learned nothing. Fit it again.";
    return [{ code: "untrained", message }];
  }
  const late = epochs.length - Math.max(3, Math.ceil(epochs.length / 10));
  if (stopped !== "done" || bestEpoch === undefined || bestEpoch < late) return [];
  if (hasCooled(epochs) || !stillFell(epochs, late)) return [];
  const message = `training ended after ${epochs.length} epochs while the loss still fell. Pass more epochs.`;
  return [{ code: "still-fell", message }];
}

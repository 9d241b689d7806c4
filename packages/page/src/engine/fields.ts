/** The form that asks a model about one row, made of the model alone: a page with the model inside holds no rows. */
import type { Column } from "wasmlp";
import type { ColumnView, Field, ModelView } from "../talk.js";
import { spell } from "./numbers.js";
import { sentence } from "./sentence.js";
import type { Model } from "./train.js";

const MOST_CHOICES = 200;

export const isClassifier = (model: Model): model is Exclude<Model, { predictInterval: unknown }> =>
  "predictProba" in model;

interface Made {
  readonly trainedOn: number;
  readonly bytes: number;
  readonly stopped: boolean;
  /** The row of the table that a row of the fit is. */
  lineOf?(row: number): number;
  /** Of the table. */
  readonly columns?: readonly ColumnView[];
}

export function viewModel(model: Model, { trainedOn, bytes, stopped, lineOf, columns = [] }: Made): ModelView {
  const views = new Map(columns.map((column) => [column.name, column]));
  // In the order of the table, as far as it is known.
  const places = new Map(columns.map(({ name }, place) => [name, place]));
  const read = model.columns.filter(({ kind }) => kind !== "ignore");
  const asked = [...read].sort((a, b) => (places.get(a.name) ?? 0) - (places.get(b.name) ?? 0));
  return {
    kind: isClassifier(model) ? "labels" : "values",
    target: model.target,
    labels: isClassifier(model) ? model.labels.map(String) : [],
    fields: asked.map((column) => fieldOf(column, views.get(column.name))),
    networks: model.members.length,
    parameters: model.members.reduce((sum, { parameterCount }) => sum + parameterCount, 0),
    trainedOn,
    warnings: model.warnings.map(({ column, message }) =>
      column ? `${column}: ${sentence(message, lineOf)}` : sentence(message, lineOf),
    ),
    bytes,
    stopped,
  };
}

/** @param view of the column in the table; a page that was given a model has none */
function fieldOf(column: Column, view: ColumnView | undefined): Field {
  const { name } = column;
  switch (column.kind) {
    case "number":
      return numberField(column, view);
    case "date": {
      const { median, mean, parts } = column;
      const day = spell(Math.floor(median ?? mean), column);
      return { name, kind: "date", value: parts?.includes("hour") ? `${day}T12:00` : day };
    }
    case "boolean":
      return { name, kind: "switch", value: "false" };
    case "present":
      return { name, kind: "choice", value: "", choices: ["", String(column.value)] };
    case "text": {
      const { categories } = column;
      const frequent = view?.top.map(([text]) => text.trim()).find((text) => categories.includes(text));
      if (categories.length > MOST_CHOICES) return { name, kind: "text", value: "" };
      return { name, kind: "choice", value: frequent ?? categories[0] ?? "", choices: ["", ...categories] };
    }
    default:
      return { name, kind: "text", value: "" };
  }
}

/** A model alone knows mean and deviation. */
function numberField(column: Extract<Column, { kind: "number" }>, view: ColumnView | undefined): Field {
  const { name, form, mean, median = mean, deviation } = column;
  if (form?.type === "ordered") return { name, kind: "choice", value: form.values[0], choices: ["", ...form.values] };
  const isPercent = form?.type === "amount" && form.suffix.includes("%");
  // What is written otherwise than as a plain number is asked for as it is written.
  if (isPercent || form?.type === "clock" || form?.type === "duration") return { name, kind: "text", value: "" };
  const [least, most] = view?.range ?? [mean - 3 * deviation, mean + 3 * deviation];
  const step = stepOf(most - least, view?.areWhole === true);
  const at = (number: number) => Number((number * step).toPrecision(15));
  const [low, high] = [at(Math.floor(least / step)), at(Math.ceil(most / step))];
  // A far value makes the step of the slider large: what the form begins with is the middle all the same.
  const middle = view?.areWhole ? Math.round(median) : Number(median.toPrecision(4));
  return { name, kind: "number", value: String(middle), low, high, step };
}

/** A power of ten that makes a hundred steps or more of a range; of whole numbers 1 at least. */
function stepOf(range: number, areWhole: boolean): number {
  if (!(range > 0)) return 1;
  const power = Math.floor(Math.log10(range / 100));
  return Number(`1e${areWhole ? Math.max(0, power) : power}`);
}

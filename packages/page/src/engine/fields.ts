/** The form that asks a model about one row, made of the model alone: a page with the model inside holds no rows. */
import type { Column } from "wasmlp";
import type { Field, ModelView } from "../talk.js";
import { spell } from "./numbers.js";
import { sentence } from "./survey.js";
import type { Model } from "./train.js";

const MOST_CHOICES = 200;

export const isClassifier = (model: Model): model is Exclude<Model, { predictInterval: unknown }> =>
  "predictProba" in model;

export function viewModel(model: Model, trainedOn: number, bytes: number, stopped: boolean): ModelView {
  return {
    kind: isClassifier(model) ? "labels" : "values",
    target: model.target,
    labels: isClassifier(model) ? model.labels.map(String) : [],
    fields: model.columns.filter(({ kind }) => kind !== "ignore").map(fieldOf),
    networks: model.members.length,
    parameters: model.members.reduce((sum, { parameterCount }) => sum + parameterCount, 0),
    trainedOn,
    warnings: model.warnings.map(({ column, message }) =>
      column ? `${column}: ${sentence(message)}` : sentence(message),
    ),
    bytes,
    stopped,
  };
}

function fieldOf(column: Column): Field {
  const { name } = column;
  switch (column.kind) {
    case "number":
      return numberField(column);
    case "date": {
      const { median, mean } = column;
      return { name, kind: "date", value: spell(Math.floor(median ?? mean), column) };
    }
    case "boolean":
      return { name, kind: "switch", value: "false" };
    case "present":
      return { name, kind: "choice", value: "", choices: ["", String(column.value)] };
    case "text": {
      const { categories } = column;
      if (categories.length > MOST_CHOICES) return { name, kind: "text", value: "" };
      return { name, kind: "choice", value: categories[0] ?? "", choices: ["", ...categories] };
    }
    default:
      return { name, kind: "text", value: "" };
  }
}

function numberField(column: Extract<Column, { kind: "number" }>): Field {
  const { name, form, mean, median, deviation, bins } = column;
  if (form?.type === "ordered") return { name, kind: "choice", value: form.values[0], choices: ["", ...form.values] };
  const isPercent = form?.type === "amount" && form.suffix.includes("%");
  // What is written otherwise than as a plain number is asked for as it is written.
  if (isPercent || form?.type === "clock" || form?.type === "duration") return { name, kind: "text", value: "" };
  const low = bins?.[0] ?? mean - 3 * deviation;
  const high = bins?.at(-1) ?? mean + 3 * deviation;
  const middle = median ?? mean;
  const step = stepOf(high - low, Number.isInteger(low) && Number.isInteger(high));
  return { name, kind: "number", value: spell(Math.round(middle / step) * step), low, high, step };
}

/** A power of ten that makes a hundred steps or more of a range. */
function stepOf(range: number, areWhole: boolean): number {
  if (areWhole && range >= 8) return range > 2000 ? Number(`1e${String(Math.floor(range / 200)).length - 1}`) : 1;
  let step = 1;
  while (range > 0 && range / step < 100 && step > 1e-9) step = Number((step / 10).toPrecision(1));
  return step;
}

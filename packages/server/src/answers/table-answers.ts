/** Models of tables as all protocols ask them: a tensor a column in, of one target or of several out. */
import type { Classifier, Column, Regressor } from "wasmlp";
import { Refusal } from "../ground/refusal.js";
import { type Answering, ask, rowsIn } from "./answering.js";
import { labelAnswers, labelSetAnswers, type TargetAnswers, valueAnswers } from "./target-answers.js";
import type { Datatype, Tensor, TensorType } from "./tensor.js";

/** A model of several targets, as the library makes it. */
export interface SeveralTargets {
  readonly targets: readonly string[];
  readonly models: Readonly<Record<string, Classifier | Regressor>>;
}

export type TableModel = Classifier | Regressor | SeveralTargets;

/** The models of a table's targets. */
export function modelsOf(model: TableModel): readonly (Classifier | Regressor)[] {
  return "targets" in model ? model.targets.map((target) => model.models[target]) : [model];
}

const isClassifier = (model: Classifier | Regressor): model is Classifier => "labels" in model;

function targetAnswers(model: Classifier | Regressor): TargetAnswers {
  if (!isClassifier(model)) return valueAnswers(model);
  return (model.net.output as string) === "sigmoid" ? labelSetAnswers(model) : labelAnswers(model);
}

/** The type of a column's tensor. The library reads numbers, dates and booleans from text as well. */
function typeOf(column: Column): Datatype {
  const kind = column.kind === "present" ? column.of : column.kind;
  if (kind === "boolean") return "BOOL";
  const isOrdered = column.kind === "number" && column.form?.type === "ordered";
  return kind === "number" && !isOrdered ? "FP64" : "BYTES";
}

/** Every column that one of the models reads, once. */
function inputsOf(models: readonly (Classifier | Regressor)[]): TensorType[] {
  const byName = new Map<string, TensorType>();
  for (const { columns } of models) {
    for (const column of columns) {
      if (column.kind === "ignore" || byName.has(column.name)) continue;
      byName.set(column.name, { name: column.name, datatype: typeOf(column), shape: [-1] });
    }
  }
  return [...byName.values()];
}

/** The labels or the levels that tensors of more than one number a row have, in their order. */
function propertiesOf(models: readonly (Classifier | Regressor)[]): Record<string, string> {
  const entries = models.flatMap((model) => {
    if (isClassifier(model)) return [[`${model.target}.probabilities`, JSON.stringify(model.labels)]];
    return model.quantiles ? [[`${model.target}.quantiles`, JSON.stringify(model.quantiles)]] : [];
  });
  return Object.fromEntries(entries);
}

/** Rows of objects made of columns. */
function rowsOf(tensors: readonly Tensor[]): object[] {
  const rows = rowsIn(tensors);
  for (const { name, shape } of tensors) {
    if (shape.length === 1 || (shape.length === 2 && shape[1] === 1)) continue;
    throw new Refusal(
      400,
      `input "${name}" must have the shape [rows] or [rows, 1], got [${shape.slice(0, 8).join(", ")}].`,
    );
  }
  // A column may be called "__proto__": that is a key like any other only where there is no prototype.
  const isOdd = tensors.some(({ name }) => name === "__proto__");
  return Array.from({ length: rows }, (_, r) => {
    const row: Record<string, unknown> = isOdd ? Object.create(null) : {};
    for (const { name, data } of tensors) row[name] = data[r];
    return row;
  });
}

/** A model of a table, of one target or of several. */
export function tableAnswers(model: TableModel): Answering {
  const models = modelsOf(model);
  const targets = models.map(targetAnswers);
  const inputs = inputsOf(models);
  const names = new Set(inputs.map(({ name }) => name));
  const outputs = targets.flatMap((target) => target.outputs);
  /** By target, or of the only one. */
  const each = (answers: readonly Tensor[], write: (target: TargetAnswers, own: readonly Tensor[]) => string) => {
    if (!("targets" in model)) return write(targets[0], answers);
    let from = 0;
    const texts = targets.map((target) => {
      const own = answers.slice(from, from + target.outputs.length);
      from += own.length;
      return `${JSON.stringify(target.target)}:${write(target, own)}`;
    });
    return `{${texts.join(",")}}`;
  };
  return {
    platform: isClassifier(models[0]) ? "wasmlp_classifier" : "wasmlp_regressor",
    inputs,
    outputs,
    properties: propertiesOf(models),
    isList: (body): body is readonly unknown[] => Array.isArray(body),
    readRows(tensors) {
      const stranger = tensors.find(({ name }) => !names.has(name));
      if (!stranger) return rowsOf(tensors);
      const known = [...names].slice(0, 20).map((name) => JSON.stringify(name));
      throw new Refusal(400, `inputs must be among ${known.join(", ")}, got ${JSON.stringify(stranger.name)}.`);
    },
    answer: (rows) =>
      rows.length === 0
        ? outputs.map(({ name, datatype, shape }) => ({ name, datatype, shape: [0, ...shape.slice(1)], data: [] }))
        : ask(() => targets.flatMap((target) => target.answer(rows as object[]))),
    text: (answers, r) => each(answers, (target, own) => target.text(own, r)),
    prediction: (answers, r) => each(answers, (target, own) => target.prediction(own, r)),
  };
}

/** The answers of a table's model for one target: labels with probabilities, sets of labels, values. */
import type { Classifier, Regressor } from "wasmlp";
import { numberText } from "./answering.js";
import { type Datatype, fill, type Tensor, type TensorType } from "./tensor.js";

/** What is answered for one target. */
export interface TargetAnswers {
  readonly target: string;
  readonly outputs: readonly TensorType[];
  /** A tensor of each of {@link outputs}. */
  answer(rows: readonly object[]): Tensor[];
  /** The answer to row `r` as JSON for people. */
  text(answers: readonly Tensor[], r: number): string;
  prediction(answers: readonly Tensor[], r: number): string;
}

type Label = string | number | boolean;

const DATATYPES: Record<string, Datatype> = { string: "BYTES", number: "INT64", boolean: "BOOL" };

/** The place of the first largest of some numbers, as the library decides. */
function largest(numbers: Float32Array, from: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (numbers[from + i] > numbers[from + best]) best = i;
  return best;
}

/** Writes the probabilities of a row by label, as JSON. */
function probabilityWriter(labels: readonly Label[]): (probabilities: ArrayLike<unknown>, r: number) => string {
  const heads = labels.map((label, id) => `${id === 0 ? "{" : ","}${JSON.stringify(String(label))}:`);
  const { length } = heads;
  return (probabilities, r) => {
    let text = "";
    for (let id = 0; id < length; id++) text += heads[id] + String(probabilities[r * length + id]);
    return `${text}}`;
  };
}

/** What a classifier answers: `TARGET` and `TARGET.probabilities`, in the order of its labels. */
export function labelAnswers(model: Classifier): TargetAnswers {
  const { target } = model;
  const labels: readonly Label[] = model.labels;
  const { length } = labels;
  const outputs: TensorType[] = [
    { name: target, datatype: DATATYPES[typeof labels[0]], shape: [-1] },
    { name: `${target}.probabilities`, datatype: "FP32", shape: [-1, length] },
  ];
  const texts = new Map(labels.map((label) => [label, JSON.stringify(label)]));
  const write = probabilityWriter(labels);
  return {
    target,
    outputs,
    answer(rows) {
      const probabilities = model.predictProba(rows, new Float32Array(rows.length * length));
      const chosen = rows.map((_, r) => labels[largest(probabilities, r * length, length)]);
      return [fill(outputs[0], rows.length, chosen), fill(outputs[1], rows.length, probabilities)];
    },
    text: ([chosen, { data }], r) =>
      `{"label":${texts.get(chosen.data[r] as Label)},"probabilities":${write(data, r)}}`,
    prediction: ([chosen], r) => texts.get(chosen.data[r] as Label) as string,
  };
}

/** A label is predicted from this probability on, as the library has it. */
const LIKELY = 0.5;

/** What a classifier of several labels a row answers: of each label whether the row has it, and the probability. */
export function labelSetAnswers(model: Classifier): TargetAnswers {
  const { target } = model;
  const labels: readonly Label[] = model.labels;
  const { length } = labels;
  const outputs: TensorType[] = [
    { name: target, datatype: "BOOL", shape: [-1, length] },
    { name: `${target}.probabilities`, datatype: "FP32", shape: [-1, length] },
  ];
  const write = probabilityWriter(labels);
  const prediction = ([{ data }]: readonly Tensor[], r: number) =>
    JSON.stringify(labels.filter((_, id) => data[r * length + id]));
  return {
    target,
    outputs,
    answer(rows) {
      const probabilities = model.predictProba(rows, new Float32Array(rows.length * length));
      const has = Array.from(probabilities, (probability) => probability >= LIKELY);
      return [fill(outputs[0], rows.length, has), fill(outputs[1], rows.length, probabilities)];
    },
    text: (answers, r) => `{"labels":${prediction(answers, r)},"probabilities":${write(answers[1].data, r)}}`,
    prediction,
  };
}

/** What a regressor answers: `TARGET`, and `TARGET.quantiles` of a model of such, their levels ascending. */
export function valueAnswers(model: Regressor): TargetAnswers {
  const { target, quantiles } = model;
  const value: TensorType = { name: target, datatype: "FP64", shape: [-1] };
  const prediction = ([{ data }]: readonly Tensor[], r: number) => numberText(data[r]);
  if (!quantiles) {
    return {
      target,
      outputs: [value],
      answer: (rows) => [fill(value, rows.length, model.predict(rows))],
      text: (answers, r) => `{"value":${prediction(answers, r)}}`,
      prediction,
    };
  }
  const { length } = quantiles;
  const spread: TensorType = { name: `${target}.quantiles`, datatype: "FP64", shape: [-1, length] };
  const write = probabilityWriter(quantiles);
  return {
    target,
    outputs: [value, spread],
    answer: (rows) => [
      fill(value, rows.length, model.predict(rows)),
      fill(spread, rows.length, model.predictQuantiles(rows).flat()),
    ],
    text: (answers, r) => `{"value":${prediction(answers, r)},"quantiles":${write(answers[1].data, r)}}`,
    prediction,
  };
}

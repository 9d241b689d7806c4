/**
 * Models of ml5.js' neuralNetwork: those of TensorFlow.js, beside which model_meta.json says how rows are made of objects, inputs and outputs
 * being scaled by minimum and maximum and texts being one-hot (ml5 1.x, NeuralNetworkData.js).
 */

import type { Scaling } from "../data/scaling.js";
import { field, isRecord } from "../file/json.js";
import { isWalkable, show } from "../ground/check.js";
import type { MLP } from "../model/mlp.js";
import { Classifier } from "../table/classifier.js";
import { Regressor } from "../table/regressor.js";
import { type NamedTable, tableOf } from "./named-table.js";
import { type Refuse, refuser } from "./refuser.js";
import { convertTfjs, parseGiven } from "./tfjs.js";
import type { TfjsBytes } from "./tfjs-weights.js";

/** A number of a row or of an answer: by the name of what it is. */
export interface Ml5Range {
  readonly name: string;
  /** Of inputs that are texts: the text of which this number is 1, others being 0. */
  readonly category?: string;
  /** What is 0 here, and what is 1. */
  readonly min: number;
  readonly max: number;
}

/** The result of {@link fromMl5}. */
export interface Ml5Model {
  /** The network: it takes rows of `inputs`, each number scaled, `(x - mean) / deviation` by `scaling`. */
  readonly net: MLP;
  readonly scaling: Scaling;
  readonly inputs: readonly Ml5Range[];
  /** The same as a model that takes objects and answers with a label, or with a value in its own unit; there unless the network ends in what none has. */
  readonly model?: Classifier<string> | Regressor;
  /** Of a classification: the label of each of the network's outputs. */
  readonly labels?: readonly string[];
  /** Of a regression: what each output is; its value is `min + output * (max - min)`. */
  readonly outputs?: readonly Ml5Range[];
}

const CALL = "fromMl5";
const refuse = refuser(CALL);
const refuseMeta = refuser(CALL, "meta data");

/**
 * Converts what ml5's `neuralNetwork.save()` wrote, `model.json`, `model.weights.bin` and `model_meta.json`, to a Classifier or a Regressor that takes
 * objects by the same names, or where those do not end as it does (ml5's regressions end in sigmoid), to its network with all that is done to
 * rows and answers. A label is that whose one-hot code the output stands for.
 * @param model a model.json, parsed or as text
 * @param weights what model.weights.bin holds
 * @param meta a model_meta.json, parsed or as text
 * @throws TypeError if an argument is of the wrong kind, Error if the files are damaged, do not fit each other, or an MLP would not compute what
 * the model does
 * @example
 * const [json, meta] = [await readFile("colours.json", "utf8"), await readFile("colours_meta.json", "utf8")];
 * const { model } = await fromMl5(json, await readFile("colours.weights.bin"), meta);
 * model?.predict({ r: 255, b: 40 }); // "red-ish"
 */
export async function fromMl5(
  model: object | string,
  weights: TfjsBytes | readonly TfjsBytes[] | undefined,
  meta: object | string,
): Promise<Ml5Model> {
  const data = parseGiven(CALL, "meta data", "model_meta.json", meta);
  const isNormalized = field(data, "isNormalized") === true;
  const inputs = readRanges(data, "inputs", isNormalized);
  const { net, scaling: own } = await convertTfjs(CALL, model, weights);
  if (own) refuse("have its scaling in model_meta.json alone", "a Normalization layer too");
  const [width, outputs] = [net.layers[0], net.layers[net.layers.length - 1]];
  if (inputs.length !== width) refuse(`take the ${inputs.length} numbers of its meta data`, `${width}`);
  const scaling = { mean: inputs.map(({ min }) => min), deviation: inputs.map(({ min, max }) => max - min) };
  const answers = readAnswers(data, outputs, isNormalized);
  const named = inputs.map((input, i) => ({ ...input, mean: scaling.mean[i], deviation: scaling.deviation[i] }));
  const { target, labels, ranges = [] } = answers;
  const [{ min, max } = { min: 0, max: 1 }] = ranges;
  const value = ranges.length === 1 ? { mean: min, deviation: max - min } : undefined;
  const table = await tableOf(net, named, { target, ...(labels && { labels }), ...(value && { value }) });
  const loaded = table && (await load(table));
  return {
    net,
    scaling,
    inputs,
    ...(loaded && { model: loaded }),
    ...(labels ? { labels } : { outputs: ranges }),
  };
}

const load = ({ kind, file }: NamedTable) =>
  kind === "classifier" ? Classifier.load<string>(file) : Regressor.load(file);

/** What the outputs are: labels, or values. */
interface Ml5Answers {
  readonly target: string;
  readonly labels?: readonly string[];
  readonly ranges?: readonly Ml5Range[];
}

function readAnswers(data: unknown, outputs: number, isNormalized: boolean): Ml5Answers {
  const ranges = readRanges(data, "outputs", isNormalized);
  if (ranges.length !== outputs) refuse(`give the ${ranges.length} numbers of its meta data`, `${outputs}`);
  const names = [...new Set(ranges.map(({ name }) => name))];
  const labels = ranges.flatMap(({ category }) => (category === undefined ? [] : [category]));
  if (labels.length === 0) return { target: names[0], ranges };
  if (names.length === 1) return { target: names[0], labels };
  return refuseMeta("have one output if it is of labels", show(names), {
    remedy: "Save a model for each of them.",
  });
}

function readRanges(data: unknown, side: "inputs" | "outputs", isNormalized: boolean): Ml5Range[] {
  const columns = field(data, side);
  if (!isRecord(columns) || Object.keys(columns).length === 0) return refuseMeta(`name its ${side}`, show(columns));
  return Object.entries(columns).flatMap(([name, column]) => {
    const type = field(column, "dtype");
    if (type === "string") return readLegend(name, field(column, "legend"));
    if (type !== "number") return refuseMeta(`have numbers or texts as ${show(name)}`, show(type));
    if (!isNormalized) return [{ name, min: 0, max: 1 }];
    const [min, max] = [field(column, "min"), field(column, "max")];
    const isRange = typeof min === "number" && typeof max === "number" && Number.isFinite(max - min) && max > min;
    return isRange ? [{ name, min, max }] : refuseMeta(`give ${show(name)} a min and a larger max`, show([min, max]));
  });
}

/** { "red": [1, 0], "blue": [0, 1] }: the texts in the order of their codes. */
function readLegend(name: string, legend: unknown): Ml5Range[] {
  const codes = isRecord(legend) ? Object.entries(legend) : [];
  if (codes.length === 0) refuseMeta(`have a legend of ${show(name)}`, show(legend));
  const texts: (string | undefined)[] = codes.map(() => undefined);
  for (const [text, code] of codes) texts[placeOf(name, code, codes.length, refuseMeta)] = text;
  return texts.map((category) => {
    if (category === undefined)
      return refuseMeta(`give each text of ${show(name)} a code of its own`, "two of one code");
    return { name, category, min: 0, max: 1 };
  });
}

/** Where the 1 of a one-hot code is. */
function placeOf(name: string, code: unknown, length: number, refuse: Refuse): number {
  const bits = isWalkable(code) ? code : [];
  const place = bits.indexOf(1);
  const isOneHot = bits.length === length && place >= 0 && bits.every((bit, i) => bit === Number(i === place));
  return isOneHot ? place : refuse(`have one-hot codes of ${length} in the legend of ${show(name)}`, show(code));
}

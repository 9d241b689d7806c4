/**
 * Networks of scikit-learn in safetensors, as the script of docs/moving-models.md writes them: weights as PyTorch names them, and in the
 * metadata what an MLPClassifier or MLPRegressor and the transformers before it know.
 */

import type { Scaling } from "../data/scaling.js";
import { field, readJson } from "../file/json.js";
import { decodeSafetensors } from "../file/safetensors.js";
import { checkNames, readLayers } from "../file/state-dict.js";
import { checkBytes, isWalkable, show } from "../ground/check.js";
import { MLP } from "../model/mlp.js";
import type { Activation, Output } from "../net/activations.js";
import type { LayerParametersLike } from "../net/layer-views.js";
import { Classifier } from "../table/classifier.js";
import type { Label } from "../table/label.js";
import { Regressor } from "../table/regressor.js";
import { type NamedInput, tableOf } from "./named-table.js";
import { refuser } from "./refuser.js";

/** The result of {@link fromSklearn}. */
export interface SklearnModel {
  /** The network: it takes rows of `inputs`, each number scaled, `(x - mean) / deviation` by `scaling`. */
  readonly net: MLP;
  readonly scaling: Scaling;
  /** What each number of a row is: a column's value, or 1 where a column has that category. */
  readonly inputs: readonly { readonly name: string; readonly category?: string }[];
  /** The same as a model that takes objects by the columns' names; there unless a row has several labels or values. */
  readonly model?: Classifier | Regressor;
  /** Of a classifier: its classes. */
  readonly labels?: readonly Label[];
}

const CALL = "fromSklearn";
const refuse = refuser(CALL, "file");
const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  identity: "identity",
  logistic: "sigmoid",
  tanh: "tanh",
  relu: "relu",
};
const OUTPUTS: Readonly<Record<string, Output>> = { identity: "linear", logistic: "sigmoid", softmax: "softmax" };

/**
 * Reads what the script of docs/moving-models.md wrote of an MLPClassifier or MLPRegressor of scikit-learn, alone or behind a StandardScaler, or
 * a ColumnTransformer of StandardScalers and OneHotEncoders: a Classifier or a Regressor that takes objects by the names of the columns. A
 * classifier of two classes, one logistic output there, has two outputs here.
 * @param bytes of the file
 * @throws TypeError if `bytes` is no Uint8Array, Error saying what is wrong with the file
 * @example
 * const { model } = await fromSklearn(await readFile("travellers.safetensors"));
 * model?.predict({ age: 22, sex: "female" }); // "survived"
 */
export async function fromSklearn(bytes: Uint8Array): Promise<SklearnModel> {
  const { tensors, metadata } = decodeSafetensors(CALL, checkBytes(CALL, "bytes", bytes), undefined, (names) =>
    checkNames(CALL, names),
  );
  const text = metadata.get("sklearn");
  if (text === undefined) return refuse("hold sklearn in its metadata", show([...metadata.keys()]));
  const data = readJson(text, (got, cause) => refuse("hold JSON as sklearn", got, { cause }));
  const { sizes, parameters } = readLayers(CALL, tensors);
  const activation = nameOf(field(data, "activation"), "activation", ACTIVATIONS);
  const output = nameOf(field(data, "output"), "output", OUTPUTS);
  const inputs = readInputs(field(data, "columns"), sizes[0]);
  const labels = readLabels(field(data, "classes"));
  const isPair = labels?.length === 2 && output === "sigmoid" && sizes[sizes.length - 1] === 1;
  const net = await makeNetwork(sizes, activation, output, parameters, isPair);
  const outputs = net.layers[net.layers.length - 1];
  if (labels && labels.length !== outputs) refuse(`have ${labels.length} outputs, one a class`, `${outputs}`);
  const value = labels || outputs > 1 ? undefined : { mean: 0, deviation: 1 };
  const table = await tableOf(net, inputs, { target: "target", ...(labels && { labels }), ...(value && { value }) });
  const model =
    table && (await (table.kind === "classifier" ? Classifier.load(table.file) : Regressor.load(table.file)));
  const scaling = { mean: inputs.map(({ mean }) => mean), deviation: inputs.map(({ deviation }) => deviation) };
  const named = inputs.map(({ name, category }) => ({ name, ...(category !== undefined && { category }) }));
  return { net, scaling, inputs: named, ...(model && { model }), ...(labels && { labels }) };
}

/** One sigmoid output of two classes is the softmax of 0 and its sum. */
async function makeNetwork(
  sizes: readonly number[],
  activation: Activation,
  output: Output,
  parameters: readonly LayerParametersLike[],
  isPair: boolean,
): Promise<MLP> {
  const own = [...parameters];
  const layers = [...sizes];
  if (isPair) {
    const { weights, biases } = own.pop() as LayerParametersLike;
    const pairs = new Float32Array(2 * weights.length);
    for (let i = 0; i < weights.length; i++) pairs[2 * i + 1] = weights[i];
    own.push({ weights: pairs, biases: [0, biases[0]] });
    layers[layers.length - 1] = 2;
  }
  const net = await MLP.create({ layers, activation, output: isPair ? "softmax" : output, init: "he-uniform" });
  net.setParameters(own);
  return net as MLP;
}

function nameOf<T>(value: unknown, what: string, names: Readonly<Record<string, T>>): T {
  if (typeof value === "string" && Object.hasOwn(names, value)) return names[value];
  return refuse(`have an ${what} among ${Object.keys(names).join(", ")}`, show(value));
}

/** Two at least, each once, all of one kind. */
function isLabels(classes: unknown): classes is Label[] {
  if (!isWalkable(classes) || classes.length < 2 || new Set(classes).size < classes.length) return false;
  const kind = typeof classes[0];
  return ["string", "number", "boolean"].includes(kind) && [...classes].every((label) => typeof label === kind);
}

function readLabels(classes: unknown): readonly Label[] | undefined {
  if (classes === undefined || classes === null) return undefined;
  return isLabels(classes)
    ? [...classes]
    : refuse("have two classes at least, each once and of one kind", show(classes));
}

function readInputs(columns: unknown, count: number): NamedInput[] {
  if (!isWalkable(columns) || columns.length !== count) return refuse(`describe its ${count} columns`, show(columns));
  return [...columns].map((column) => {
    const [name, category] = [field(column, "name"), field(column, "category")];
    if (typeof name !== "string") return refuse("name its columns", show(name));
    if (category !== undefined) {
      const isPlain = ["string", "number", "boolean"].includes(typeof category);
      if (!isPlain) refuse(`have texts, numbers or booleans as categories of ${show(name)}`, show(category));
      return { name, category: String(category), mean: 0, deviation: 1 };
    }
    const [mean, deviation] = [field(column, "mean") ?? 0, field(column, "deviation") ?? 1];
    if (Number.isFinite(mean) && Number.isFinite(deviation) && (deviation as number) > 0) {
      return { name, mean: mean as number, deviation: deviation as number };
    }
    return refuse(`give ${show(name)} a finite mean and a deviation > 0`, show([mean, deviation]));
  });
}

/**
 * Models of TensorFlow.js, in its layers format: a topology in the words of Keras, a manifest that names the weights one
 * after the other with shape and type, and their little-endian bytes (tfjs-core 4.22, dist/io/types.d.ts and io_utils.js).
 */

import { field, isRecord, readJson } from "../file/json.js";
import { isWalkable, show } from "../ground/check.js";
import { MLP } from "../model/mlp.js";
import type { Output } from "../net/activations.js";
import { ACTIVATION_LAYERS, type Applied, appliedBy, hiddenActivation, outputOf } from "./tfjs-activations.js";
import { isSizes, product, readParameters, refuse, type TfjsBytes, weightBytes } from "./tfjs-weights.js";

/** The result of {@link fromTfjs}. */
export interface TfjsModel {
  readonly net: MLP;
}

interface Layer {
  readonly name: string;
  readonly type: unknown;
  readonly config: unknown;
  /** What a Functional model says of the layer before it. */
  readonly inbound: unknown;
  /** What errors call it: `"dense_1" (Dense)`. */
  readonly label: string;
}

/** A Dense layer with what is applied to its sums, there or by a layer of its own. */
interface Stage extends Layer {
  readonly inputs: number;
  readonly units: number;
  readonly bias: boolean;
  applied: Applied;
}

/** Layers that pass their inputs on unchanged when a model predicts. */
const IDLE = ["Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise"];
const CLASSES = ["InputLayer", "Dense", "Activation", ...ACTIVATION_LAYERS, "Flatten", "Reshape", ...IDLE];

/**
 * Converts a TensorFlow.js model that is a chain of Dense layers to an MLP. It was saved by tfjs-layers or written by the
 * Python converter: Sequential, or Model and Functional without branches. Beside Dense it may have InputLayer, Activation,
 * Flatten, Reshape to flat rows, and Dropout and the like. What only training needs is not read: dropout rates, penalties,
 * constraints, optimizer. Activations are relu, sigmoid, tanh, linear (here "identity"), elu, selu, softplus, softsign, gelu,
 * gelu_new, relu6, swish or silu, mish, exponential, or layers: ReLU, LeakyReLU, ELU; the last layer may end in any of them or in
 * softmax. hard_sigmoid is another function there, and refused. Rows that the model flattens are flat here, row-major.
 * @param model a model.json, parsed or as text, or what a save handler is given
 * @param weights what the .bin files of its manifest hold, one or an array in the manifest's order: float32, or quantized to
 * uint8, uint16 or float16; they stay as they are. Not needed if `model` has its `weightData`
 * @throws TypeError if an argument is of the wrong kind, Error naming the layer and its class if the file is damaged or an
 * MLP would not compute what the model does
 * @example
 * const { net } = await fromTfjs(await readFile("model.json", "utf8"), await readFile("group1-shard1of1.bin"));
 * net.predictProba(x);
 * // A model in memory, `saved` being what tf.io.withSaveHandler gives its handler:
 * const { net: same } = await fromTfjs(saved);
 */
export async function fromTfjs(model: object | string, weights?: TfjsBytes | readonly TfjsBytes[]): Promise<TfjsModel> {
  const file = readModel(model);
  const stages = readStages(file);
  const activation = stages.slice(0, -1).map(({ applied }) => hiddenActivation(applied));
  const output = outputOf(stages[stages.length - 1].applied);
  const parameters = readParameters(stages, file, weightBytes(weights, field(file, "weightData")));
  const layers = [stages[0].inputs, ...stages.map(({ units }) => units)];
  // These weights are replaced: the quickest to draw will do.
  const net = await MLP.create<Output>({ layers, activation, output, init: "he-uniform" });
  net.setParameters(parameters);
  return { net };
}

function readModel(model: unknown): unknown {
  if (isRecord(model) && !ArrayBuffer.isView(model)) return model;
  if (typeof model !== "string") {
    throw new TypeError(`fromTfjs: the model must be a model.json, parsed or as text, got ${show(model)}.`);
  }
  return readJson(model, (got, cause) => refuse("be JSON", got, cause));
}

function readStages(file: unknown): Stage[] {
  const topology = field(file, "modelTopology");
  // The Python converter puts what else Keras saves beside it.
  const model = field(topology, "model_config") ?? topology;
  const [type, config] = [field(model, "class_name"), field(model, "config")];
  const isFunctional = type === "Model" || type === "Functional";
  if (!isFunctional && type !== "Sequential") refuse("be Sequential, Model or Functional", show(type));
  const entries = Array.isArray(config) ? config : field(config, "layers");
  if (!isWalkable(entries) || entries.length === 0) return refuse("hold a list of layers", show(entries));
  const layers = [...entries].map(readLayer);
  if (isFunctional) checkChain(layers, field(config, "output_layers"));
  const [first] = layers;
  // Keras 3 says batch_shape; a model that its first rows built has no shape but that of the whole.
  const rows =
    ["batch_input_shape", "batch_shape"].map((key) => field(first.config, key)).find(Array.isArray) ??
    field(config, "build_input_shape");
  if (!isWalkable(rows) || !isSizes(rows.slice(1), 1)) {
    return refuse(`say how many numbers a row has at ${first.label}`, show(rows));
  }
  return toStages(layers, rows.slice(1) as number[]);
}

function readLayer(entry: unknown): Layer {
  const [type, config, inbound] = ["class_name", "config", "inbound_nodes"].map((key) => field(entry, key));
  const [name, alias] = [field(config, "name"), field(entry, "name")];
  if (typeof name !== "string") return refuse("give each layer a config with a name", show(name));
  if (alias !== undefined && alias !== name) refuse(`call ${show(name)} by one name`, show(alias));
  const label = `${show(name)} (${typeof type === "string" ? show(type).slice(1, -1) : show(type)})`;
  if (!CLASSES.includes(type as string)) refuse(`consist of ${CLASSES.join(", ")} layers`, label);
  return { name, type, config, inbound, label };
}

/** A Functional model's layers stand in order, and each names the one before it: [[["dense_1", 0, 0, {}]]]. */
function checkChain(layers: readonly Layer[], outputs: unknown): void {
  const sole = (list: unknown) => (Array.isArray(list) && list.length === 1 ? list[0] : undefined);
  layers.forEach(({ inbound, label }, i) => {
    const link = sole(sole(inbound));
    const isFirst = Array.isArray(inbound) && inbound.length === 0;
    const isNext = link?.[0] === layers[i - 1]?.name && link?.[1] === 0 && link[2] === 0;
    if (i > 0 ? !isNext : !isFirst)
      refuse(`be a chain in which ${label} follows ${layers[i - 1]?.label ?? "nothing"}`, show(link ?? inbound));
    // A Dropout called with training: true drops when the model predicts, too.
    const option = Object.entries(link?.[3] ?? {}).find(([, value]) => value !== null && value !== false);
    if (option) refuse(`call ${label} without options`, show(option[0]));
  });
  const { name, label } = layers[layers.length - 1];
  if (sole(outputs)?.[0] !== name) refuse(`have ${label} as its only output`, show(outputs));
}

function toStages(layers: readonly Layer[], rows: number[]): Stage[] {
  const stages: Stage[] = [];
  let shape = rows;
  layers.forEach((layer, i) => {
    if (layer.type === "Dense") {
      stages.push(readDense(layer, shape));
      shape = [stages[stages.length - 1].units];
    } else if (layer.type === "Activation" || ACTIVATION_LAYERS.includes(layer.type as string)) {
      applyActivation(stages[stages.length - 1], layer);
    } else if (layer.type === "Flatten" || layer.type === "Reshape") shape = [flatten(layer, shape)];
    else if (layer.type === "InputLayer" && i > 0) refuse("begin with its InputLayer", `${layer.label} later`);
  });
  if (stages.length === 0) refuse("have a Dense layer", "none");
  return stages;
}

function readDense(layer: Layer, shape: readonly number[]): Stage {
  const { config, label } = layer;
  if (shape.length !== 1) refuse(`flatten its rows before ${label}`, `rows of shape ${show(shape)}`);
  const [units, bias] = [field(config, "units"), field(config, "use_bias") ?? true];
  if (!isSizes([units], 1)) refuse(`give ${label} a whole number of units`, show(units));
  if (typeof bias !== "boolean") return refuse(`give ${label} true or false as use_bias`, show(bias));
  return { ...layer, inputs: shape[0], units: units as number, bias, applied: appliedBy(layer) };
}

function applyActivation(stage: Stage | undefined, layer: Layer): void {
  const applied = appliedBy(layer);
  if (applied.as === "identity") return;
  if (stage?.applied.as !== "identity") {
    refuse(`apply ${applied.label} to the sums of a Dense layer`, `it after ${stage?.applied.label ?? "none"}`);
  }
  (stage as Stage).applied = applied;
}

/** Returns how many numbers a flattened row has. */
function flatten({ type, config, label }: Layer, shape: readonly number[]): number {
  const [format, target] = [field(config, "data_format") ?? "channels_last", field(config, "target_shape")];
  const size = product(shape);
  if (type === "Flatten") {
    const isMoved = shape.length > 1 && format !== "channels_last" && format !== "channelsLast";
    if (isMoved) refuse(`have its channels last in ${label}`, show(format));
  } else if (!Array.isArray(target) || target.length !== 1 || ![size, -1, null].includes(target[0])) {
    refuse(`reshape to flat rows of ${size} in ${label}`, show(target));
  }
  return size;
}

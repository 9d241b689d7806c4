/**
 * Models of TensorFlow.js, in its layers format: a topology in the words of Keras, a manifest that names the weights one
 * after the other with shape and type, and their little-endian bytes (tfjs-core 4.22, dist/io/types.d.ts and io_utils.js).
 */

import type { Scaling } from "../data/scaling.js";
import { field, isRecord, readJson } from "../file/json.js";
import { show } from "../ground/check.js";
import type { MLP } from "../model/mlp.js";
import { foldChain } from "./fold-chain.js";
import { readChain } from "./keras-layers.js";
import { readOperations } from "./keras-operations.js";
import { weightsByName } from "./keras-weights.js";
import { refuser } from "./refuser.js";
import { readManifest, type TfjsBytes, weightBytes } from "./tfjs-weights.js";

/** The result of {@link fromTfjs} and {@link fromKeras}. */
export interface TfjsModel {
  readonly net: MLP;
  /**
   * What the model does to its rows first, if float32 weights could not hold it (means of more than 32 deviations): rows are
   * `(x - mean) / deviation` before `net` takes them, as `Dataset.standardise(scaling)` makes them.
   */
  readonly scaling?: Scaling;
}

/**
 * Converts a TensorFlow.js model that is a chain of Dense layers to an MLP. It was saved by tfjs-layers or written by the
 * Python converter: Sequential, or Model and Functional without branches, in the words of Keras 2 or 3; models within it are their layers. Beside
 * Dense it may have InputLayer, Activation, BatchNormalization, Normalization, Rescaling, Flatten, Reshape to flat rows, and Dropout and the like.
 * What only training needs is not read: dropout rates, penalties, constraints, optimizer. Activations are relu, sigmoid, tanh, linear (here
 * "identity"), elu, selu, softplus, softsign, gelu, gelu_new, relu6, swish or silu, mish, exponential, celu, hard_tanh, leaky_relu (0.2),
 * hard_sigmoid, or layers: ReLU, LeakyReLU, ELU, Softmax; the last layer may end in any of them or in softmax. What scales is folded into weights;
 * what cannot be is a layer more, or `scaling`. Rows that the model flattens are flat here, row-major.
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
  return convertTfjs("fromTfjs", model, weights);
}

/** The same inside another call. */
export async function convertTfjs(call: string, model: unknown, weights: unknown): Promise<TfjsModel> {
  const refuse = refuser(call);
  const file = parseGiven(call, "model", "model.json", model);
  const topology = field(file, "modelTopology");
  // The Python converter puts what else Keras saves beside it.
  const chain = readChain(field(topology, "model_config") ?? topology, refuse);
  const operations = readOperations(chain, versionOf(topology), refuse);
  const bytes = weightBytes(call, weights, field(file, "weightData"));
  return foldChain(operations, weightsByName(operations, readManifest(call, file, bytes, refuse), refuse), refuse);
}

/** tfjs computes as Keras 2 does; what Keras 3 saved may have been meant otherwise. */
function versionOf(topology: unknown): 2 | undefined {
  const version = field(topology, "keras_version");
  return typeof version === "string" && /^3\./.test(version) ? undefined : 2;
}

/** JSON, parsed or as text. */
export function parseGiven(call: string, what: string, name: string, value: unknown): unknown {
  if (isRecord(value) && !ArrayBuffer.isView(value)) return value;
  if (typeof value !== "string") {
    throw new TypeError(`${call}: the ${what} must be a ${name}, parsed or as text, got ${show(value)}.`);
  }
  return readJson(value, (got, cause) => refuser(call, what)("be JSON", got, { cause }));
}

/**
 * Models of Keras: `.keras` (a ZIP archive of config.json, metadata.json and model.weights.h5, whose groups are numbered by class;
 * keras 3, saving_lib.py) and whole models in `.h5` (attributes and groups by name; legacy_h5_format.py). Nothing in them runs.
 */

import { field, readJson } from "../file/json.js";
import { checkBytes, show } from "../ground/check.js";
import { foldChain } from "./fold-chain.js";
import { Hdf5File, type Hdf5Object, isHdf5 } from "./hdf5.js";
import { readChain } from "./keras-layers.js";
import { type Operation, type Parts, readOperations } from "./keras-operations.js";
import { readParts, type StoredWeight, weightsByName } from "./keras-weights.js";
import { refuser } from "./refuser.js";
import type { TfjsModel } from "./tfjs.js";
import { isZip, ZipFile } from "./zip-file.js";

/** The result of {@link fromKeras}. */
export interface KerasModel extends TfjsModel {}

const refuse = refuser("fromKeras");
const REMEDY = 'Save the whole model: model.save("model.keras").';

/**
 * Converts a Keras model that is a chain of Dense layers to an MLP: a `.keras` file, or a whole model in a `.h5` file, of Keras 2 or 3, with
 * the layers and the activations that {@link fromTfjs} reads. Weights are float16, float32 or float64, in one piece or in chunks, packed by gzip or not.
 * @param bytes of the file
 * @throws TypeError if `bytes` is no Uint8Array, Error naming the layer and its class if the file is damaged, holds weights alone, or an MLP
 * would not compute what the model does
 * @example
 * const { net } = await fromKeras(await readFile("model.keras"));
 * net.predictProba([[5.1, 3.5, 1.4, 0.2]]); // Float32Array [...]
 */
export async function fromKeras(bytes: Uint8Array): Promise<KerasModel> {
  const file = checkBytes("fromKeras", "bytes", bytes);
  if (isZip(file)) return readArchive(file);
  if (isHdf5(file)) return readLegacy(file);
  return refuse("be a .keras or a .h5 file", `${file.length} bytes that are neither`, { remedy: REMEDY });
}

const parse = (name: string, text: Uint8Array | string) =>
  readJson(text, (got, cause) => refuse(`hold JSON as ${name}`, got, { cause }));

/** The first number of a version of Keras. */
function majorOf(version: unknown): 2 | 3 | undefined {
  const major = typeof version === "string" ? /^[23](?=\.)/.exec(version)?.[0] : undefined;
  return major === undefined ? undefined : (Number(major) as 2 | 3);
}

async function readArchive(bytes: Uint8Array): Promise<KerasModel> {
  const archive = new ZipFile(bytes, refuse);
  const config = parse("config.json", await archive.read("config.json"));
  const metadata = archive.has("metadata.json") ? await archive.read("metadata.json") : "{}";
  const version = majorOf(field(parse("metadata.json", metadata), "keras_version"));
  const operations = readOperations(readChain(config, refuse), version, refuse);
  const weights = new Hdf5File(await archive.read("model.weights.h5"), refuse);
  return foldChain(operations, (operation) => partsOf(weights, operation), refuse);
}

/** The weights of a layer are numbered in its group; in the first files of the format groups had another name. */
async function partsOf(file: Hdf5File, operation: Operation): Promise<Parts> {
  const { layer, wanted } = operation;
  if (wanted.length === 0) return {};
  const path = layer.group.split("/").slice(0, -1);
  const older = path.map((name) => (name === "layers" ? "_layer_checkpoint_dependencies" : name));
  const group = file.find([...path, "vars"]) ?? file.find([...older, "vars"]);
  if (!group) return refuse(`hold the weights of ${layer.label}`, `no ${show(`${layer.group}vars`)}`);
  const found = wanted.map((_, i) => {
    const object = file.find([`${i}`], group);
    return object && stored(file, object, `${layer.group}vars/${i}`);
  });
  return readParts(operation, found, refuse);
}

function stored(file: Hdf5File, object: Hdf5Object, name: string): StoredWeight {
  return { name, shape: object.sizes ?? [], read: () => file.numbers(object, show(name)) };
}

async function readLegacy(bytes: Uint8Array): Promise<KerasModel> {
  const file = new Hdf5File(bytes, refuse);
  const [config] = file.texts(file.root, "model_config") ?? [];
  if (config === undefined) {
    return refuse("hold a whole model", "weights alone, without model_config", { remedy: REMEDY });
  }
  const [version] = file.texts(file.root, "keras_version") ?? [];
  const operations = readOperations(readChain(parse("model_config", config), refuse), majorOf(version), refuse);
  const group = file.find(["model_weights"]);
  if (!group) return refuse("hold model_weights", show([...file.root.links.keys()]));
  const layers = namesOf(file, group, "layer_names");
  const weights = layers.flatMap((layer) => {
    const own = file.find([layer], group);
    if (!own) return refuse(`hold the weights of ${show(layer)}`, "none");
    return namesOf(file, own, "weight_names").map((name) => {
      const object = file.find(name.split("/"), own);
      if (!object) return refuse(`hold ${show(name)} of ${show(layer)}`, "none");
      return stored(file, object, `${layer}/${name}`);
    });
  });
  return foldChain(operations, weightsByName(operations, weights, refuse), refuse);
}

/** A list of names, which Keras cuts into pieces where it is long: weight_names0, weight_names1. */
function namesOf(file: Hdf5File, object: Hdf5Object, attribute: string): string[] {
  const whole = file.texts(object, attribute);
  if (whole) return whole;
  const names: string[] = [];
  for (let i = 0; ; i++) {
    const piece = file.texts(object, `${attribute}${i}`);
    if (!piece) break;
    names.push(...piece);
  }
  return names;
}

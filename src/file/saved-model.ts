/**
 * A saved model (docs/format.md): a safetensors file (any reader sees `0.weight` [inputs, outputs], `0.bias`, `1.weight`, ...)
 * whose metadata holds the version, the configuration, history, table and training state, and a CRC-32 over all other bytes.
 */

import { countParameters, countRunning } from "../core/layout.js";
import { checkBytes, show } from "../ground/check.js";
import type { RandomState } from "../ground/random.js";
import { encodeUtf8, latin1 } from "../ground/text.js";
import type { Activations } from "../net/activations.js";
import { type Design, normalizationsOf } from "../net/design.js";
import { checkActivations, checkBias, checkNormalization, checkOutput } from "../net/layers.js";
import type { History } from "../train/history.js";
import type { TrainingState } from "../train/training-state.js";
import { keepsThree } from "../train/training-state.js";
import { crc32 } from "./crc.js";
import { Fields } from "./fields.js";
import { parseJson } from "./json.js";
import { layerTensors } from "./layer-tensors.js";
import { MOST_NETWORKS } from "./most-networks.js";
import { decodeSafetensors, type StoredTensor } from "./safetensors.js";
import { readHistory } from "./saved-history.js";
import { readFitState, readTrainerState } from "./saved-training.js";
import {
  checksumPlace,
  hex,
  NO_CHECKSUM,
  prefixOf,
  type SavedModel,
  type SavedNetwork,
  type SavedTable,
  VERSION,
} from "./write-model.js";

/**
 * @throws TypeError if `bytes` is no Uint8Array, Error saying what is wrong with the file
 */
export function decodeModel(call: string, bytes: unknown): SavedModel {
  const file = checkBytes(call, "bytes", bytes);
  checkChecksum(call, file);
  const { tensors, metadata } = decodeSafetensors(call, file);
  if (metadata.get("wasmlp") !== VERSION) {
    throw new Error(`${call}: the file must be of version ${VERSION}, got ${show(metadata.get("wasmlp"))}.`);
  }
  const part = (name: string) => parsePart(call, name, metadata.get(name));
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const first = readNetwork(call, part, (name) => byName.get(name), prefixOf(0));
  const further = parseMembers(call, metadata.get("members")).map((parts, i) =>
    readNetwork(
      call,
      (name) => (parts.has(name) ? parts.fields(name) : undefined),
      (name) => byName.get(name),
      prefixOf(i + 1),
    ),
  );
  const table = readTable(part("table"));
  if (further.length === 0) return { ...first, table };
  if (table) return { ...first, table, further };
  throw new Error(`${call}: the file must hold the table of its ${further.length + 1} networks, got none.`);
}

/**
 * The same of a file that holds one network, be it a table's: the first of several answers otherwise than what was saved.
 * @throws Error if there are several
 */
export function decodeNetwork(call: string, bytes: unknown): SavedModel {
  const saved = decodeModel(call, bytes);
  const { table, further } = saved;
  if (!table || !further) return saved;
  const load = { classifier: "Classifier.load", regressor: "Regressor.load" }[table.kind];
  const got = `${further.length + 1} of a ${table.kind}`;
  throw new Error(`${call}: the file must hold one network, got ${got}. Use ${load}: its members are the networks.`);
}

/**
 * One of the networks of a file.
 * @param part what is said of it under a name
 * @param tensor of a name
 * @param prefix what the names of its tensors begin with
 */
function readNetwork(
  call: string,
  part: (name: string) => Fields | undefined,
  tensor: (name: string) => StoredTensor | undefined,
  prefix: string,
): SavedNetwork {
  const model = part("model") ?? Fields.of(call, `${prefix}model`, undefined);
  const design = readDesign(call, model);
  const { layers } = design;
  const find = (name: string, shape: readonly number[]) =>
    checkTensor(call, tensor(prefix + name), prefix + name, shape);
  // All shapes are right, and so no larger than the file, before anything is allocated.
  const stored = layerTensors(design).map(({ name, shape }) => find(name, shape));
  const normalizations = normalizationsOf(design);
  const trained = countParameters(layers, normalizations);
  const parameters = new Float32Array(trained + countRunning(layers, normalizations));
  let at = 0;
  for (const tensor of stored) {
    const numbers = readFinite(call, tensor);
    if (tensor.name.endsWith(".variance")) refuseNegative(call, tensor.name, numbers);
    parameters.set(numbers, at);
    at += numbers.length;
  }
  const read = (name: string) =>
    readFinite(call, find(`training.${name}`, [name === "last" ? parameters.length : trained]));
  const has = (name: string) => tensor(`${prefix}training.${name}`) !== undefined;
  const historyPart = part("history");
  const history = historyPart && readHistory(historyPart);
  return {
    design,
    random: model.words<RandomState>("random", 4),
    parameters,
    history,
    training: readTraining(part("training"), history, read, has),
  };
}

/** Networks after the first; what is said of each. */
function parseMembers(call: string, text: string | undefined): Fields[] {
  if (text === undefined) return [];
  const file = Fields.of(call, "the file", { members: parseText(call, "members", text) });
  const { length } = file.list("members");
  if (length < 1 || length >= MOST_NETWORKS) throw file.refuse("members", `1 to ${MOST_NETWORKS - 1} networks`);
  return file.each("members", (fields) => fields);
}

function parsePart(call: string, name: string, text: string | undefined): Fields | undefined {
  return text === undefined ? undefined : Fields.of(call, name, parseText(call, name, text));
}

function parseText(call: string, name: string, text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Error(`${call}: the file must hold JSON as ${name}, got ${error.message}.`, { cause: error });
  }
}

function parseLayers(model: Fields): number[] {
  const layers = model.list("layers");
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 1;
  if (layers.length < 2 || !layers.every(isCount)) throw model.refuse("layers", "two layer sizes at least");
  return layers as number[];
}

/** All of a network but its numbers; the doors of `MLP.create` look at it. Files of 0.1 have no loss, bias and normalization. */
function readDesign(call: string, model: Fields): Design {
  const layers = parseLayers(model);
  const known = { layers, activation: model.get("activation") as Activations, output: model.get("output") } as Design;
  const added = Object.fromEntries(
    ["loss", "bias", "normalization"].filter((name) => model.has(name)).map((name) => [name, model.get(name)]),
  );
  const design: Design = { ...known, ...added };
  try {
    checkActivations(call, design.activation, layers.length - 2);
    checkOutput(call, design);
    if (design.bias !== undefined) checkBias(call, design.bias, layers.length - 1);
    if (design.normalization !== undefined) checkNormalization(call, design.normalization, layers.length - 2);
  } catch (error) {
    throw new Error((error as Error).message, { cause: error });
  }
  return design;
}

/** Types of numbers that a model's own file has. */
const TYPES: readonly string[] = ["F32", "F16"];

function checkTensor(
  call: string,
  tensor: StoredTensor | undefined,
  name: string,
  shape: readonly number[],
): StoredTensor {
  if (tensor?.shape.join() !== shape.join()) {
    throw new Error(`${call}: the file must hold ${name} of shape ${show(shape)}, got ${show(tensor?.shape)}.`);
  }
  if (TYPES.includes(tensor.type)) return tensor;
  throw new Error(`${call}: the file must hold ${name} as ${TYPES.join(" or ")}, got ${tensor.type}.`);
}

function readFinite(call: string, tensor: StoredTensor): Float32Array {
  const numbers = tensor.read();
  if (numbers.every(Number.isFinite)) return numbers;
  throw new Error(`${call}: the file must hold finite numbers, got others in ${tensor.name}.`);
}

function refuseNegative(call: string, name: string, variances: Float32Array): void {
  if (variances.every((value) => value >= 0)) return;
  throw new Error(`${call}: the file must hold numbers >= 0 in ${name}, got others.`);
}

function readTable(table: Fields | undefined): SavedTable | undefined {
  if (!table) return undefined;
  return {
    kind: table.name("kind", ["classifier", "regressor"]),
    target: table.text("target"),
    encoder: table.get("encoder"),
    code: table.get("code"),
    held: table.get("held"),
    warnings: table.get("warnings"),
  };
}

function readTraining(
  training: Fields | undefined,
  history: History | undefined,
  read: (name: string) => Float32Array,
  has: (name: string) => boolean,
): TrainingState | undefined {
  if (!training) return undefined;
  const trainer = readTrainerState(training.fields("trainer"));
  const isFit = training.has("fit") && history !== undefined;
  const optional = (name: string) => (has(name) ? read(name) : undefined);
  const fit = isFit ? readFitState(training.fields("fit"), history, optional("last")) : undefined;
  const state3 = keepsThree(trainer.optimizer) ? read("state3") : undefined;
  return { trainer, fit, state1: read("state1"), state2: read("state2"), state3, average: optional("average") };
}

function checkChecksum(call: string, bytes: Uint8Array): void {
  const place = checksumPlace(bytes);
  if (place === undefined) {
    throw new Error(`${call}: the file must be a saved wasmlp model, got ${bytes.length} bytes without its checksum.`);
  }
  const stored = latin1(bytes.subarray(place, place + 8));
  // Its own digits count as zeros.
  const blank = crc32(encodeUtf8(NO_CHECKSUM), 0, 8, crc32(bytes, 0, place));
  const computed = hex(crc32(bytes, place + 8, bytes.length, blank));
  if (stored !== computed) {
    throw new Error(
      `${call}: the file must have checksum ${computed}, got ${show(stored)}. It is damaged or cut short.`,
    );
  }
}

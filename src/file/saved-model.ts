/**
 * A saved model (docs/format.md): a safetensors file (any reader sees `0.weight` [inputs, outputs], `0.bias`, `1.weight`, ...)
 * whose metadata holds the version, the configuration, history, table and training state, and a CRC-32 over all other bytes.
 */

import { countParameters, countRunning } from "../core/layout.js";
import { checkBytes, show } from "../ground/check.js";
import type { RandomState } from "../ground/random.js";
import { encodeUtf8, latin1 } from "../ground/text.js";
import { normalizationsOf } from "../net/design.js";
import type { History } from "../train/history.js";
import type { TrainingState } from "../train/training-state.js";
import { keepsThree } from "../train/training-state.js";
import { crc32 } from "./crc.js";
import { Fields } from "./fields.js";
import { parseJson } from "./json.js";
import { layerTensors } from "./layer-tensors.js";
import { MOST_NETWORKS, MOST_TARGETS } from "./most-networks.js";
import { ALL_TYPES, decodeSafetensors, type StoredTensor } from "./safetensors.js";
import { readDesign } from "./saved-design.js";
import { readHistory } from "./saved-history.js";
import { readFitState, readTrainerState } from "./saved-training.js";
import { checkTensor, readFinite, readScaled, refuseNegative } from "./stored-numbers.js";
import { prefixOf, targetPrefix } from "./tensor-prefixes.js";
import {
  checksumPlace,
  hex,
  NO_CHECKSUM,
  type SavedModel,
  type SavedNetwork,
  type SavedTable,
  type SavedTargets,
  VERSION,
} from "./write-model.js";

/**
 * @throws TypeError if `bytes` is no Uint8Array, Error saying what is wrong with the file, or if it holds a model of several targets
 */
export function decodeModel(call: string, bytes: unknown): SavedModel {
  const saved = decodeFile(call, bytes);
  if (!("targets" in saved)) return saved;
  const { targets } = saved;
  throw new Error(
    `${call}: the file must hold a model of one target, got ${targets.length} targets. Use ${LOADERS[targets[0].table.kind]}.`,
  );
}

/** A file that was decoded already, in the place of its bytes: who looks which class it is of need not have it decoded again. */
export class DecodedFile {
  constructor(readonly saved: SavedModel | SavedTargets) {}
}

/**
 * A model, or one of several targets.
 * @throws TypeError if `bytes` is no Uint8Array, Error saying what is wrong with the file
 */
export function decodeFile(call: string, bytes: unknown): SavedModel | SavedTargets {
  if (bytes instanceof DecodedFile) return bytes.saved;
  const file = checkBytes(call, "bytes", bytes);
  checkChecksum(call, file);
  const { tensors, metadata } = decodeSafetensors(call, file, ALL_TYPES);
  if (metadata.get("wasmlp") !== VERSION) {
    throw new Error(`${call}: the file must be of version ${VERSION}, got ${show(metadata.get("wasmlp"))}.`);
  }
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const list = (name: string) => parseList(call, name, metadata.get(name));
  const targets = list("targets");
  if (targets) return { targets: readTargets(call, targets, byName) };
  const parts = { part: (name: string) => parsePart(call, name, metadata.get(name)), members: () => list("members") };
  return readModel(call, parts, byName, "");
}

/** What is said of a model under a name, and what holds the list of its further networks, if there are any. */
interface Parts {
  part(name: string): Fields | undefined;
  members(): Fields | undefined;
}

const partsOf = (fields: Fields): Parts => ({
  part: (name) => (fields.has(name) ? fields.fields(name) : undefined),
  members: () => (fields.has("members") ? fields : undefined),
});

function readTargets(call: string, file: Fields, byName: ReadonlyMap<string, StoredTensor>): SavedTargets["targets"] {
  const { length } = file.list("targets");
  if (length < 1 || length > MOST_TARGETS) throw file.refuse("targets", `1 to ${MOST_TARGETS} models`);
  let target = 0;
  return file.each("targets", (own) => {
    const { table, ...model } = readModel(call, partsOf(own), byName, targetPrefix(target++));
    if (table) return { ...model, table };
    throw own.refuse("table", "the columns and the target");
  });
}

/** @param prefix what the names of its tensors begin with */
function readModel(
  call: string,
  { part, members }: Parts,
  byName: ReadonlyMap<string, StoredTensor>,
  prefix: string,
): SavedModel {
  const network = (own: Parts, i: number) =>
    readNetwork(call, own.part, (name) => byName.get(name), prefix + prefixOf(i));
  const first = network({ part, members }, 0);
  let member = 1;
  const further = checkMembers(members())?.each("members", (own) => network(partsOf(own), member++)) ?? [];
  const table = readTable(part("table"));
  if (further.length === 0) return { ...first, table };
  if (table) return { ...first, table, further };
  throw new Error(`${call}: the file must hold the table of its ${further.length + 1} networks, got none.`);
}

/** By what kind of table. */
const LOADERS = {
  classifier: "Classifier.load",
  "multi-label classifier": "Classifier.load",
  regressor: "Regressor.load",
};

/**
 * The same of a file that holds one network, be it a table's: the first of several answers otherwise than what was saved.
 * @throws Error if there are several
 */
export function decodeNetwork(call: string, bytes: unknown): SavedModel {
  const saved = decodeModel(call, bytes);
  const { table, further } = saved;
  if (!table || !further) return saved;
  const load = LOADERS[table.kind];
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
  // All shapes are right, and so no larger than the file, in 8 bits four times as large, before anything is allocated.
  const stored = layerTensors(design).map(({ name, shape }) => {
    const tensor = find(name, shape);
    return { tensor, scales: tensor.type === "I8" ? find(name.replace("weight", "scale"), shape.slice(1)) : undefined };
  });
  const normalizations = normalizationsOf(design);
  const trained = countParameters(layers, normalizations);
  const parameters = new Float32Array(trained + countRunning(layers, normalizations));
  let at = 0;
  for (const { tensor, scales } of stored) {
    const numbers = scales ? readScaled(call, tensor, scales) : readFinite(call, tensor);
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

/** Networks after the first. */
function checkMembers(parts: Fields | undefined): Fields | undefined {
  const length = parts?.list("members").length ?? 1;
  if (length < 1 || length >= MOST_NETWORKS) throw parts?.refuse("members", `1 to ${MOST_NETWORKS - 1} networks`);
  return parts;
}

function parsePart(call: string, name: string, text: string | undefined): Fields | undefined {
  return text === undefined ? undefined : Fields.of(call, name, parseText(call, name, text));
}

/** A list by its name. */
function parseList(call: string, name: string, text: string | undefined): Fields | undefined {
  return text === undefined ? undefined : Fields.of(call, "the file", { [name]: parseText(call, name, text) });
}

function parseText(call: string, name: string, text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new Error(`${call}: the file must hold JSON as ${name}, got ${error.message}.`, { cause: error });
  }
}

function readTable(table: Fields | undefined): SavedTable | undefined {
  if (!table) return undefined;
  return {
    kind: table.name("kind", Object.keys(LOADERS) as (keyof typeof LOADERS)[]),
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

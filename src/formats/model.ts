/**
 * A saved model: a safetensors file (any reader sees `0.weight` [inputs, outputs], `0.bias`, `1.weight`, ...) whose
 * metadata holds the version, the configuration and a CRC-32 over all other bytes.
 */
import { checkName, show } from "../check.js";
import { countParameters } from "../layout.js";
import { ACTIVATIONS, type Activation, OUTPUTS, type Output } from "../network.js";
import type { RandomState } from "../random.js";
import { decodeSafetensors, encodeSafetensors, type Tensor } from "./safetensors.js";

/** What a file keeps of a model. */
export interface SavedModel {
  readonly layers: readonly number[];
  readonly activation: Activation;
  readonly output: Output;
  readonly random: RandomState;
  /** All parameters in the inner order of the network's slab: W1 b1 W2 b2 ... */
  readonly parameters: Float32Array;
  /** What a Classifier or a Regressor knows beside its network. */
  readonly table?: SavedTable;
}

/** A table's columns, target and history, as plain JSON that its own rooms check. */
export interface SavedTable {
  readonly kind: "classifier" | "regressor";
  readonly target: string;
  readonly encoder: unknown;
  readonly code: unknown;
  readonly history: unknown;
}

const VERSION = "1";
const CHECKSUM_KEY = '"crc32":"';
const NO_CHECKSUM = "00000000";

export function encodeModel(model: SavedModel): Uint8Array {
  const { layers, activation, output, random, parameters, table } = model;
  const tensors: Tensor[] = [];
  let at = 0;
  for (let l = 0; l + 1 < layers.length; l++) {
    const [inputs, outputs] = [layers[l], layers[l + 1]];
    const weights = parameters.subarray(at, at + inputs * outputs);
    at += inputs * outputs;
    tensors.push({ name: `${l}.weight`, shape: [inputs, outputs], data: weights });
    tensors.push({ name: `${l}.bias`, shape: [outputs], data: parameters.subarray(at, at + outputs) });
    at += outputs;
  }
  const configuration = JSON.stringify({ layers, activation, output, random });
  const bytes = encodeSafetensors(tensors, {
    wasmlp: VERSION,
    crc32: NO_CHECKSUM,
    model: configuration,
    ...(table && { table: JSON.stringify(table) }),
  });
  const place = checksumPlace(bytes) as number;
  bytes.set(new TextEncoder().encode(hex(crc32(bytes))), place);
  return bytes;
}

/**
 * @throws TypeError if `bytes` is no Uint8Array, Error saying what is wrong with the file
 */
export function decodeModel(call: string, bytes: unknown): SavedModel {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`${call}: bytes must be a Uint8Array, got ${show(bytes)}.`);
  // A copy of its own kind: a Node Buffer is a Uint8Array whose slice() shares memory.
  const file = new Uint8Array(bytes);
  checkChecksum(call, file);
  const { tensors, metadata } = decodeSafetensors(call, file);
  if (metadata.get("wasmlp") !== VERSION) {
    throw new Error(`${call}: the file must be of version ${VERSION}, got ${show(metadata.get("wasmlp"))}.`);
  }
  const { layers, activation, output, random } = parseConfiguration(call, metadata.get("model"));
  const parameters = new Float32Array(countParameters(layers));
  let at = 0;
  for (let l = 0; l + 1 < layers.length; l++) {
    for (const [name, shape] of [
      [`${l}.weight`, [layers[l], layers[l + 1]]],
      [`${l}.bias`, [layers[l + 1]]],
    ] as const) {
      const tensor = tensors.find((candidate) => candidate.name === name);
      if (!tensor || tensor.shape.join() !== shape.join()) {
        throw new Error(`${call}: the file must hold ${name} of shape ${show(shape)}, got ${show(tensor?.shape)}.`);
      }
      if (!tensor.data.every(Number.isFinite)) {
        throw new Error(`${call}: the file must hold finite numbers, got others in ${name}.`);
      }
      parameters.set(tensor.data, at);
      at += tensor.data.length;
    }
  }
  return { layers, activation, output, random, parameters, table: parseTable(call, metadata.get("table")) };
}

function parseTable(call: string, text: string | undefined): SavedTable | undefined {
  if (text === undefined) return undefined;
  const { kind, target, encoder, code, history } = JSON.parse(text) ?? {};
  if (kind !== "classifier" && kind !== "regressor") {
    throw new Error(`${call}: the file must be of a classifier or a regressor, got ${show(kind)}.`);
  }
  if (typeof target !== "string") throw new Error(`${call}: the file must name its target, got ${show(target)}.`);
  return { kind, target, encoder, code, history };
}

function parseConfiguration(call: string, text: string | undefined): Omit<SavedModel, "parameters" | "table"> {
  const { layers, activation, output, random } = JSON.parse(text ?? "null") ?? {};
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 1;
  if (!Array.isArray(layers) || layers.length < 2 || !layers.every(isCount)) {
    throw new Error(`${call}: the file must name two layer sizes at least, got ${show(layers)}.`);
  }
  checkName(call, "activation", activation, ACTIVATIONS);
  checkName(call, "output", output, OUTPUTS);
  const isWord = (value: unknown) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;
  if (!Array.isArray(random) || random.length !== 4 || !random.every(isWord)) {
    throw new Error(`${call}: the file must hold a generator state of four words, got ${show(random)}.`);
  }
  return { layers, activation, output, random: random as unknown as RandomState };
}

/** Compares, and blanks the checksum in `bytes`. */
function checkChecksum(call: string, bytes: Uint8Array): void {
  const place = checksumPlace(bytes);
  if (place === undefined) {
    throw new Error(`${call}: the file must be a saved wasmlp model, got ${bytes.length} bytes without its checksum.`);
  }
  const stored = new TextDecoder().decode(bytes.subarray(place, place + 8));
  bytes.set(new TextEncoder().encode(NO_CHECKSUM), place);
  const computed = hex(crc32(bytes));
  if (stored !== computed) {
    throw new Error(
      `${call}: the file must have checksum ${computed}, got ${show(stored)}. It is damaged or cut short.`,
    );
  }
}

/** Where the eight digits of the checksum stand: in the metadata, which comes first in the header. */
function checksumPlace(bytes: Uint8Array): number | undefined {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 256));
  const key = head.indexOf(CHECKSUM_KEY);
  const place = key + CHECKSUM_KEY.length;
  return key >= 0 && place + 8 <= bytes.length ? place : undefined;
}

function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}

let crcTable: Uint32Array | undefined;

/** CRC-32 as in gzip and PNG (polynomial 0xEDB88320, reflected). */
export function crc32(bytes: Uint8Array): number {
  crcTable ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let word = byte;
    for (let bit = 0; bit < 8; bit++) word = word & 1 ? (word >>> 1) ^ 0xedb88320 : word >>> 1;
    return word;
  });
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = crcTable[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

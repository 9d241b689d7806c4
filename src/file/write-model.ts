/** Writes a model as a file (docs/format.md); src/file/saved-model.ts reads it. */
import { checkOptions } from "../ground/check.js";
import { encodeUtf8, latin1 } from "../ground/text.js";
import type { Design } from "../net/design.js";
import type { History } from "../train/history.js";
import type { FitState, ModelState } from "../train/training-state.js";
import { crc32 } from "./crc.js";
import { layerTensors } from "./layer-tensors.js";
import { checkWeights, type Rounding, type StoredWeights, shrinkWeights } from "./small-weights.js";
import { encodeSafetensors, type Tensor } from "./write-safetensors.js";

/** What {@link MLP.save} takes. */
export interface SaveOptions {
  /** Whether the file keeps what is needed to go on training: two to five more numbers a parameter. Default: false. */
  resume?: boolean;
  /**
   * How the file has weights: `"float32"` as they are, `"f16"` in half the size, `"int8"` in a quarter. They are made back into float32
   * when the file is loaded, so the loaded model computes as any other, with the rounded weights; what that costs `evaluate` tells.
   * Biases, and what normalises a layer, are kept as they are. Not with `resume`. Default: `"float32"`.
   */
  weights?: StoredWeights;
}

/** The same, read and checked. */
export interface AskedFile {
  readonly resume: boolean | undefined;
  readonly weights: Rounding | undefined;
}

/** @throws TypeError, RangeError on options outside their domain */
export function checkSave(options: SaveOptions): AskedFile {
  checkOptions("save", options, ["resume", "weights"]);
  const { resume, weights: asked } = options;
  const weights = checkWeights("save", asked);
  // What goes on must stand where it stood.
  if (resume && weights) {
    throw new RangeError(`save: weights must be "float32" with resume, got "${weights}".`);
  }
  return { resume, weights };
}

/** What a file keeps of a network. */
export interface SavedNetwork extends ModelState {
  readonly design: Design;
}

/** A network, and how its weights are rounded, if they are. */
export interface WrittenNetwork extends SavedNetwork {
  readonly weights?: Rounding | undefined;
}

/** What a file keeps of a model. */
export interface SavedModel extends WrittenNetwork {
  /** What a Classifier or a Regressor knows beside its networks. */
  readonly table?: SavedTable;
  /** Of an ensemble: the networks after the first. */
  readonly further?: readonly SavedNetwork[];
}

/** A table's columns and target, as plain JSON that its own rooms check. */
export interface SavedTable {
  readonly kind: "classifier" | "multi-label classifier" | "regressor";
  readonly target: string;
  readonly encoder: unknown;
  readonly code: unknown;
  /** What rows said that were held out, if some were. */
  readonly held?: unknown;
  /** What the fit had to tell; files of 0.1 have none. */
  readonly warnings?: unknown;
}

/** What a file keeps of a model of several targets: of each a table's model. */
export interface SavedTargets {
  readonly targets: readonly (SavedModel & { readonly table: SavedTable })[];
}

export const VERSION = "1";
const CHECKSUM_KEY = '"crc32":"';
export const NO_CHECKSUM = "00000000";

/** A network's file. Those of tables are written by src/file/write-tables.ts. */
export function encodeModel(model: WrittenNetwork): Uint8Array<ArrayBuffer> {
  return encode(tensorsOf(model, ""), describe(model), model.weights);
}

export function encode(tensors: Tensor[], parts: object, weights: Rounding | undefined): Uint8Array<ArrayBuffer> {
  // Some readers want each number where one of its size may lie.
  if (weights) tensors.sort((a, b) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT);
  const spelled = Object.entries(parts).flatMap(([name, data]) =>
    data === undefined ? [] : [[name, JSON.stringify(data, spellInfinity)]],
  );
  const bytes = encodeSafetensors(tensors, {
    wasmlp: VERSION,
    crc32: NO_CHECKSUM,
    ...Object.fromEntries(spelled),
  });
  bytes.set(encodeUtf8(hex(crc32(bytes))), checksumPlace(bytes) as number);
  return bytes;
}

/** A network but its numbers, as plain data. */
export function describe({ design, random, history, training }: SavedNetwork) {
  return {
    model: { ...design, random },
    history: history && writeHistory(history),
    training: training && { trainer: training.trainer, fit: training.fit && writeFitState(training.fit) },
  };
}

/** JSON has no infinities, and would make them null, which is NaN here. */
function spellInfinity(_: string, value: unknown): unknown {
  return value === Infinity || value === -Infinity ? `${value}` : value;
}

/**
 * A network's tensors.
 * @param prefix what their names begin with
 * @param shrink how numbers are written, which have `outputs` if they are weights
 */
export function tensorsOf(
  { design, parameters, training, weights }: WrittenNetwork,
  prefix: string,
  shrink = shrinkWeights,
): Tensor[] {
  const tensors: Tensor[] = [];
  let at = 0;
  for (const { name, shape } of layerTensors(design)) {
    const from = at;
    at += shape.reduce((product, size) => product * size);
    const [, outputs] = shape;
    const { data, scales } = shrink(parameters.subarray(from, at), outputs, weights);
    tensors.push({ name: prefix + name, shape, data });
    if (scales) tensors.push({ name: prefix + name.replace("weight", "scale"), shape: [outputs], data: scales });
  }
  if (!training) return tensors;
  const { state1, state2, state3, average, fit } = training;
  for (const [name, data] of Object.entries({ state1, state2, state3, average, last: fit?.lastParameters })) {
    if (data) tensors.push({ name: `${prefix}training.${name}`, shape: [data.length], data });
  }
  return tensors;
}

/** The history as plain data; a file calls the best epoch `best`, and has none where its report was taken out. */
function writeHistory({ bestEpoch, ...history }: History): object {
  return bestEpoch === undefined || bestEpoch >= history.epochs.length ? history : { ...history, best: bestEpoch };
}

/** A fit's state without its history and its parameters, which a file keeps elsewhere. */
function writeFitState(state: FitState): object {
  const { history, bestParameters, lastParameters, ...rest } = state;
  return rest;
}

/** Where the eight digits of the checksum stand: in the metadata, which comes first in the header. */
export function checksumPlace(bytes: Uint8Array): number | undefined {
  const head = latin1(bytes.subarray(0, 256));
  const key = head.indexOf(CHECKSUM_KEY);
  const place = key + CHECKSUM_KEY.length;
  return key >= 0 && place + 8 <= bytes.length ? place : undefined;
}

export function hex(word: number): string {
  return word.toString(16).padStart(8, "0");
}

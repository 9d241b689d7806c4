/** Mutants of saved models that are whole safetensors files with a right checksum: what is wrong is what they mean. */
import { crc32 } from "../src/file/crc.js";
import { ALL_TYPES, decodeSafetensors } from "../src/file/safetensors.js";
import { encodeSafetensors, type Tensor } from "../src/file/write-safetensors.js";
import type { Random } from "../src/ground/random.js";
import { mutateTree, type Way } from "./mutator.js";

/** With the checksum that it should have, wherever it stands: a forger can do as much. */
export function resealed(bytes: Uint8Array): Uint8Array {
  const place = new TextDecoder("latin1").decode(bytes.subarray(0, 256)).indexOf('"crc32":"') + 9;
  if (place < 9 || place + 8 > bytes.length) return bytes;
  const copy = bytes.slice();
  copy.fill(0x30, place, place + 8);
  copy.set(new TextEncoder().encode(crc32(copy).toString(16).padStart(8, "0")), place);
  return copy;
}

/** A file in its parts: its tensors, and what its metadata holds as JSON. */
interface Parts {
  tensors: (Tensor & { data: Float32Array | Int8Array; shape: number[] })[];
  readonly metadata: Map<string, string>;
}

function takeApart(bytes: Uint8Array): Parts {
  const { tensors, metadata } = decodeSafetensors("test", bytes, ALL_TYPES);
  const data = ({ type, read }: (typeof tensors)[number]) => (type === "I8" ? Int8Array.from(read()) : read());
  return { tensors: tensors.map((own) => ({ name: own.name, shape: [...own.shape], data: data(own) })), metadata };
}

/** A way that changes the parts of a file; the checksum is put right. */
function inParts(change: (parts: Parts, random: Random) => void): Way {
  return (bytes, random) => {
    try {
      const parts = takeApart(bytes);
      change(parts, random);
      return resealed(encodeSafetensors(parts.tensors, Object.fromEntries(parts.metadata)));
    } catch {
      return undefined;
    }
  };
}

const FLOATS = [0, -0, 1, -1, 1e-45, 3.4e38, -3.4e38, 1e19, Number.NaN, Infinity, -Infinity];
const PARTS = ["model", "history", "table", "training", "members"];

function pick<T>(list: ArrayLike<T>, random: Random): T {
  if (list.length === 0) throw new Error("nothing to change");
  return list[random.below(list.length)];
}

/** Numbers of a tensor become others: infinite, huge, none. */
function numbers({ tensors }: Parts, random: Random): void {
  const { data } = pick(tensors, random);
  pick(data, random);
  for (let change = 0; change <= random.below(4); change++) data[random.below(data.length)] = pick(FLOATS, random);
}

/** A layer becomes wider or narrower, or goes, in the list of layers and in the tensors; the training's state may stay. */
function widths({ tensors, metadata }: Parts, random: Random): void {
  const model = JSON.parse(metadata.get("model") as string);
  pick(model.layers, random);
  const at = random.below(model.layers.length);
  model.layers[at] = Math.max(1, model.layers[at] + random.below(5) - 2);
  if (random.below(4) === 0) model.layers.splice(random.below(model.layers.length), 1);
  metadata.set("model", JSON.stringify(model));
  const total = (model.layers as number[]).slice(1).reduce((sum, size, l) => sum + size * (model.layers[l] + 1), 0);
  // Another change may have made a layer of any size.
  if (!(total > 0 && total < 10_000)) throw new Error("too large");
  const follows = random.below(2) === 0;
  for (const tensor of tensors) {
    const [, layer, kind] = /^(\d+)\.(weight|bias|scale)$/.exec(tensor.name) ?? [];
    const [inputs, outputs] = [model.layers[Number(layer)], model.layers[Number(layer) + 1]];
    if (kind) tensor.shape = kind === "weight" ? [inputs, outputs] : [outputs];
    else if (follows) tensor.shape = [total];
    const size = tensor.shape.reduce((product, n) => product * n);
    const data = tensor.data instanceof Int8Array ? new Int8Array(size) : new Float32Array(size).fill(0.5);
    data.set(tensor.data.subarray(0, size));
    tensor.data = data;
  }
}

/** Tensors change places or names, or go. */
function order({ tensors }: Parts, random: Random): void {
  pick(tensors, random);
  const [from, to] = [random.below(tensors.length), random.below(tensors.length)];
  const [taken] = tensors.splice(from, 1);
  if (random.below(3) > 0) tensors.splice(to, 0, random.below(2) === 0 ? taken : { ...taken, name: tensors[0].name });
}

/** One part of the metadata is that of another model. */
const exchange =
  (seeds: readonly Uint8Array[]) =>
  ({ metadata }: Parts, random: Random): void => {
    const other = takeApart(pick(seeds, random)).metadata;
    const name = pick(PARTS, random);
    if (other.has(name)) metadata.set(name, other.get(name) as string);
    else metadata.delete(name);
  };

/** Fields of one part become others. */
function fields({ metadata }: Parts, random: Random): void {
  const names = PARTS.filter((name) => metadata.has(name));
  const name = pick(names, random);
  const part = { value: JSON.parse(metadata.get(name) as string) };
  for (let change = 0; change <= random.below(3); change++) mutateTree(part, random);
  metadata.set(name, JSON.stringify(part.value) ?? "");
}

/** All the ways, for models of which `seeds` are some. */
export const modelWays = (seeds: readonly Uint8Array[]): Way[] =>
  [numbers, widths, order, exchange(seeds), fields].map(inParts);

/**
 * State dicts of PyTorch as torch.save writes them: a ZIP archive of a pickle and a file a storage (since 1.6; torch/serialization.py), or,
 * before, pickles and the storages behind them. The pickle is read, not run.
 */

import { readBfloat16, readFloat16 } from "../file/half-floats.js";
import { checkNames, type NamedTensor, readLayers } from "../file/state-dict.js";
import { checkBytes, checkOptions, show, underName } from "../ground/check.js";
import { decodeUtf8 } from "../ground/decode-text.js";
import { MLP } from "../model/mlp.js";
import type { Output } from "../net/activations.js";
import type { MLPOptions } from "../net/mlp-options.js";
import { unpickle } from "./pickle.js";
import { PickleDict, type PickleStorage, PickleTensor, storageWidth } from "./pickle-values.js";
import { refuser } from "./refuser.js";
import { isZip, ZipFile } from "./zip-file.js";

/** The result of {@link fromTorch}. */
export interface TorchModel<O extends Output = "softmax"> {
  readonly net: MLP<O>;
}

/** What {@link fromTorch} takes. */
export interface TorchOptions<O extends Output = "softmax">
  extends Pick<MLPOptions<O>, "activation" | "output" | "seed"> {
  /** The names of the layers, the first layer first, where the file leaves their order in doubt. */
  layers?: readonly string[];
  /** The key of the state dict in a checkpoint that holds several things: `"model_state_dict"`. */
  key?: string;
}

const CALL = "fromTorch";
const refuse = refuser(CALL, "file");
const KEYS = ["activation", "output", "seed", "layers", "key"];
const REMEDY = "Save the state dict: torch.save(model.state_dict(), path).";

/** How files of before 1.6 begin: a pickle of a number. */
const MAGIC = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];

/**
 * Makes an MLP of a PyTorch state dict of Linear layers that `torch.save(model.state_dict(), path)` wrote (`.pt`, `.pth`), or of one within a
 * checkpoint. Layers are ordered as by {@link MLP.fromSafetensors}. Nothing in the file runs: it may hold tensors, numbers and texts, and what
 * else it names is refused by that name.
 * @param bytes of the file
 * @param options `activation` of the hidden layers and `output`, which such files do not hold; `layers`, names in order; `key`
 * @throws TypeError, RangeError on options outside their domain, Error saying what is wrong with the file
 * @example
 * const { net } = await fromTorch(await readFile("net.pt"), { activation: "relu", output: "softmax" });
 */
export async function fromTorch<O extends Output = "softmax">(
  bytes: Uint8Array,
  options: TorchOptions<O> = {},
): Promise<TorchModel<O>> {
  const file = checkBytes(CALL, "bytes", bytes);
  checkOptions(CALL, options, KEYS);
  const { layers, key, ...given } = options;
  if (key !== undefined && typeof key !== "string") {
    throw new TypeError(`${CALL}: key must be text, got ${show(key)}.`);
  }
  const { value, storage } = isZip(file) ? await readArchive(file) : readOlder(file);
  const tensors = readTensors(chooseDict(value, key), storage, file.length);
  const { sizes, parameters } = readLayers(CALL, tensors, layers);
  const net = await MLP.create<O>({ ...given, layers: sizes }).catch((error) => {
    throw underName(CALL, error);
  });
  net.setParameters(parameters);
  return { net };
}

/** A pickle's value, and what gives the bytes of its storages. */
interface Read {
  readonly value: unknown;
  storage(storage: PickleStorage): Uint8Array;
}

async function readArchive(bytes: Uint8Array): Promise<Read> {
  const archive = new ZipFile(bytes, refuse);
  const name = archive.names.find((each) => /^[^/]+\/data\.pkl$/.test(each));
  if (name === undefined) {
    return refuse("hold a state dict that torch.save wrote", `an archive of ${show(archive.names)}`, {
      remedy: REMEDY,
    });
  }
  const folder = name.slice(0, -"data.pkl".length);
  if (archive.has(`${folder}constants.pkl`)) refuse("hold a state dict", "a module of TorchScript", { remedy: REMEDY });
  if (archive.has(`${folder}byteorder`)) {
    const order = decodeUtf8(await archive.read(`${folder}byteorder`));
    if (order !== "little") refuse("have its numbers little-endian", show(order));
  }
  const { value } = unpickle(await archive.read(name), 0, refuse);
  const prefix = `${folder}data/`;
  const files = new Map<string, Uint8Array>();
  for (const each of archive.names) if (each.startsWith(prefix)) files.set(each, await archive.read(each));
  const storage = ({ key }: PickleStorage) =>
    files.get(prefix + key) ?? refuse(`hold the numbers of storage ${show(key)}`, "none");
  return { value, storage };
}

function readOlder(bytes: Uint8Array): Read {
  if (!MAGIC.every((byte, i) => bytes[i] === byte)) {
    return refuse("be what torch.save writes", `${bytes.length} bytes that are not`, { remedy: REMEDY });
  }
  let at = MAGIC.length;
  const next = () => {
    const { value, end } = unpickle(bytes, at, refuse);
    at = end;
    return value;
  };
  const [version, system, value, keys] = [next(), next(), next(), next()];
  if (version !== 1001) refuse("be of version 1001", show(version));
  const isLittle = system instanceof PickleDict && system.items.get("little_endian") === true;
  if (!isLittle) refuse("have its numbers little-endian", "others");
  if (!Array.isArray(keys)) return refuse("list its storages", show(keys));
  const places = new Map<unknown, number>();
  // How long each is its own numbers say, of a width that its first tensor tells.
  const widths = storageWidths(value);
  for (const key of keys) {
    if (at + 8 > bytes.length) refuse("hold all its storages", "an end before them");
    const count = Number(new DataView(bytes.buffer, bytes.byteOffset + at, 8).getBigUint64(0, true));
    places.set(key, at + 8);
    at += 8 + count * (widths.get(key) ?? 1);
    if (!(at <= bytes.length)) refuse("hold all its storages", "an end before them");
  }
  const storage = ({ key, type, count }: PickleStorage) => {
    const from = places.get(key);
    const to = (from ?? 0) + count * storageWidth(type);
    if (from === undefined || to > bytes.length) return refuse(`hold the numbers of storage ${show(key)}`, "none");
    return bytes.subarray(from, to);
  };
  return { value, storage };
}

/** Bytes a number of each storage that a tensor has. */
function storageWidths(root: unknown): Map<unknown, number> {
  const widths = new Map<unknown, number>();
  const seen = new Set<unknown>();
  const waiting = [root];
  for (const value of waiting) {
    if (value instanceof PickleTensor) widths.set(value.storage.key, storageWidth(value.storage.type));
    else if ((value instanceof PickleDict || Array.isArray(value)) && !seen.has(value)) {
      seen.add(value);
      for (const item of Array.isArray(value) ? value : value.items.values()) waiting.push(item);
    }
  }
  return widths;
}

const isState = (value: unknown): boolean =>
  value instanceof PickleDict &&
  value.items.size > 0 &&
  value.others === 0 &&
  [...value.items.values()].every((item) => item instanceof PickleTensor);

/** The state dict: the whole, what lies under `key`, or the only one within. */
function chooseDict(value: unknown, key: string | undefined): PickleDict {
  if (!(value instanceof PickleDict)) return refuse("hold a state dict", show(value), { remedy: REMEDY });
  const names = show([...value.items.keys()]);
  if (key !== undefined) {
    const inner = value.items.get(key);
    return isState(inner)
      ? (inner as PickleDict)
      : refuse(`hold a state dict under ${show(key)}`, inner === undefined ? names : "something else");
  }
  if (isState(value)) return value;
  const inner = [...value.items].filter(([, item]) => isState(item));
  if (inner.length === 1) return inner[0][1] as PickleDict;
  if (inner.length > 1) {
    return refuse("hold one state dict", show(inner.map(([name]) => name)), { remedy: "Pass one of them as key." });
  }
  return refuse("hold a state dict", `a dict of ${names}, in which not all are tensors`, { remedy: REMEDY });
}

function readTensors(dict: PickleDict, storage: Read["storage"], size: number): NamedTensor[] {
  const entries = [...dict.items] as [string, PickleTensor][];
  checkNames(
    CALL,
    entries.map(([name]) => name),
  );
  let numbers = 0;
  return entries.map(([name, tensor]) => {
    const count = tensor.shape.reduce((product, length) => product * length, 1);
    numbers += count;
    // Tensors may lie on one another: what they come to is not bounded by the file. None takes less than two bytes a number.
    if (!(numbers <= size / 2 + 4096)) refuse(`hold its tensors' numbers (${size} bytes)`, `${numbers} numbers`);
    return { name, shape: tensor.shape, read: () => readNumbers(name, tensor, count, storage(tensor.storage)) };
  });
}

function readNumbers(name: string, tensor: PickleTensor, count: number, bytes: Uint8Array): Float32Array {
  const { offset, shape, strides, storage } = tensor;
  const width = storageWidth(storage.type);
  const last = shape.reduce((at, length, d) => at + (length - 1) * strides[d], offset);
  if (count > 0 && !((last + 1) * width <= bytes.length)) refuse(`hold all of ${show(name)}`, `${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const number = reader(view, storage, name);
  const numbers = new Float32Array(count);
  const [columns, step] = [shape[shape.length - 1] ?? 1, strides[strides.length - 1] ?? 1];
  // Weights and biases have two sizes at most; of others a shape is refused.
  const rowStep = shape.length > 1 ? strides[shape.length - 2] : 0;
  for (let i = 0; i < count; i++) {
    const row = Math.floor(i / columns);
    numbers[i] = number((offset + row * rowStep + (i - row * columns) * step) * width);
  }
  return numbers;
}

function reader(view: DataView, { type }: PickleStorage, name: string): (at: number) => number {
  if (type === "FloatStorage") return (at) => view.getFloat32(at, true);
  if (type === "DoubleStorage") return (at) => view.getFloat64(at, true);
  if (type === "HalfStorage") return (at) => readFloat16(view.getUint16(at, true));
  if (type === "BFloat16Storage") return (at) => readBfloat16(view.getUint16(at, true));
  return refuse(`hold floats in ${show(name)}`, `a ${type}`);
}

/** Weights that lie beside a file: looked up by name in what the caller gives. No path is opened. */
import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { checkBytes, own, show } from "../../ground/check.js";
import type { Tensor as StoredTensor } from "./onnx_pb.js";
import { refuse } from "./refusal.js";
import { decodeText } from "./text-of-bytes.js";

/** Files beside the model, by the names that it has for them. */
export type External = ReadonlyMap<string, Uint8Array>;

/** @throws TypeError if it is no object of Uint8Arrays */
export function readExternal(call: string, given: unknown): External {
  if (given === undefined) return new Map();
  if (typeof given !== "object" || given === null || ArrayBuffer.isView(given)) {
    throw new TypeError(`${call}: external must be an object of Uint8Arrays by name, got ${show(given)}.`);
  }
  const names = Object.keys(given);
  return new Map(names.map((name) => [name, checkBytes(call, `external[${show(name)}]`, own(given, name))]));
}

/** TensorProto.DataLocation of onnx.proto. */
const EXTERNAL = 1;

/**
 * The tensor with its data as if it were its own, a view.
 * @param size bytes that its shape asks for
 * @throws Error if its file was not given, or has no such bytes
 */
export function withData(name: string, stored: StoredTensor, size: number, external: External): StoredTensor {
  if (stored.dataLocation === 0 && stored.externalData.length === 0) return stored;
  const where = show(name);
  if (stored.dataLocation !== EXTERNAL) refuse(`hold the data of ${where} once`, "external data beside it");
  const { location, offset = "0", length } = entriesOf(name, stored.externalData);
  if (location === undefined) return refuse(`name the file of ${where}`, "external data without a location");
  const file = external.get(location);
  if (!file) {
    const given = external.size > 0 ? show([...external.keys()]) : "none";
    return refuse(`be read with { external: { ${show(location)}: bytes } } for ${where}`, given);
  }
  const [from, count] = [offset, length ?? `${size}`].map((text) => (/^\d{1,15}$/.test(text) ? Number(text) : -1));
  if (from < 0 || count !== size || from + count > file.length) {
    const wanted = `find ${size} bytes of ${where} in ${show(location)}, ${file.length} bytes long`;
    refuse(wanted, `offset ${show(offset)} and length ${show(length)}`);
  }
  return { ...stored, rawData: file.subarray(from, from + count), dataLocation: 0, externalData: [] };
}

/** So many are known: location, offset, length, checksum, basepath. */
const MOST = 8;

function entriesOf(name: string, entries: readonly Uint8Array[]): { [key in string]?: string } {
  if (entries.length > MOST) refuse(`say where ${show(name)} lies in ${MOST} entries at most`, `${entries.length}`);
  const found = new Map<string, string>();
  for (const entry of entries) {
    const [key, value] = readEntry(name, entry);
    if (found.has(key)) refuse(`say ${show(key)} of ${show(name)} once`, "it twice");
    found.set(key, value);
  }
  // Nothing is read of a prototype.
  return Object.assign(Object.create(null), Object.fromEntries(found));
}

/** StringStringEntryProto: a key, field 1, and a value, field 2. */
function readEntry(name: string, bytes: Uint8Array): [key: string, value: string] {
  const texts = ["", ""];
  const reader = new BinaryReader(bytes);
  try {
    while (reader.pos < bytes.length) {
      const [field, wireType] = reader.tag();
      if (field < 1 || field > 2 || wireType !== WireType.LengthDelimited) throw new Error(`field ${field}`);
      const [length, from] = [reader.uint32(), reader.pos];
      if (length > bytes.length - from) throw new Error(`${length} bytes`);
      texts[field - 1] = decodeText(name, bytes.subarray(from, from + length));
      reader.pos = from + length;
    }
  } catch (cause) {
    return refuse(`say where ${show(name)} lies in keys and values`, (cause as Error).message.slice(0, 60), cause);
  }
  return texts as [string, string];
}

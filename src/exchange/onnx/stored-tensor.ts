/** Tensors as a file stores them: checked where they lie, read when they are asked for. */
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { countBytes, joinBytes } from "../../file/bytes.js";
import { readBfloat16, readFloat16 } from "../../file/half-floats.js";
import { show } from "../../ground/check.js";
import { type External, withData } from "./external-data.js";
import type { Tensor as StoredTensor } from "./onnx_pb.js";
import { refuse } from "./refusal.js";
import { STORAGE, type Storage, TYPES } from "./tensor-storage.js";
import { Tensor } from "./tensors.js";
import { decodeText } from "./text-of-bytes.js";

const DATA_FIELDS = ["floatData", "doubleData", "int32Data", "int64Data", "uint64Data", "stringData"] as const;

/**
 * Checks a tensor of a file; nothing is allocated for its numbers.
 * @param name what it is called in errors
 * @throws Error if its data is not there, is of another type than those of {@link TYPES}, or shape and data disagree
 */
export function readTensor(name: string, given: StoredTensor, external: External): Tensor {
  const where = show(name);
  if (given.segment) refuse(`hold ${where} in one piece`, "a segment");
  const storage = STORAGE.get(given.dataType);
  if (!storage) {
    return refuse(`hold ${where} in one of ${Object.keys(TYPES).join(", ")}`, `data type ${given.dataType}`);
  }
  const dims = given.dims.map((size) => {
    if (size < 0n || size > 0x7fffffffn) refuse(`give ${where} sizes from 0 to 2^31 - 1`, `${size}`);
    return Number(size);
  });
  const count = dims.reduce((product, size) => product * size, 1);
  checkOnce(name, given);
  const stored = withData(name, given, count * storage.size, external);
  checkData(name, dims, count, stored, storage);
  const type = stored.dataType;
  return Tensor.stored(name, dims, type, {
    reader: () => makeReader(stored, storage, count),
    entries: () => readIntegers(stored, count),
    texts: () => stored.stringData.map((bytes) => decodeText(name, bytes)),
  });
}

/** Each is an object of its own while it is read. */
const MOST_VARINTS = 2 ** 16;

const usedFields = (stored: StoredTensor) => DATA_FIELDS.filter((field) => stored[field].length > 0);

function checkOnce(name: string, stored: StoredTensor): void {
  const isElsewhere = stored.dataLocation !== 0 || stored.externalData.length > 0;
  const ways = Number(usedFields(stored).length > 0) + Number(stored.rawData !== undefined && !isElsewhere);
  if (ways > 1) refuse(`hold the data of ${show(name)} once`, "raw and typed data");
  const isHere = usedFields(stored).length > 0 || (stored.rawData?.length ?? 0) > 0;
  if (isElsewhere && isHere) refuse(`hold the data of ${show(name)} once`, "external data beside it");
}

function checkData(name: string, dims: readonly number[], count: number, stored: StoredTensor, storage: Storage): void {
  // A product that float64 cannot hold is none that data could match.
  const where = `${count} values in ${show(name)} of shape ${show([...dims])}`;
  if (stored.rawData) {
    if (storage.kind === "text") refuse(`hold texts as texts in ${show(name)}`, "raw data");
    if (stored.rawData.length === count * storage.size) return;
    refuse(`hold ${where} of ${storage.size} bytes each`, `${stored.rawData.length} bytes`);
  }
  const used = usedFields(stored);
  if (used.some((field) => field !== storage.field)) refuse(`hold the data of ${show(name)} in its type`, `${used}`);
  const chunks = stored[storage.field];
  const held =
    storage.kind === "text"
      ? chunks.length
      : storage.varints
        ? countVarints(chunks)
        : countBytes(chunks) / storage.size;
  if (held !== count) refuse(`hold ${where}`, `${held}`);
}

function makeReader(stored: StoredTensor, storage: Storage, count: number): (index: number) => number {
  const { dataType: type } = stored;
  if (storage.varints && !stored.rawData) {
    if (storage.kind === "integer") {
      if (count > MOST_VARINTS) refuse(`hold lists of more than ${MOST_VARINTS} whole numbers as raw data`, `${count}`);
      const words = Float64Array.from(readIntegers(stored, count), Number);
      return (index) => words[index];
    }
    const words = new Uint16Array(count);
    let at = 0;
    for (const word of varints(stored.int32Data, (reader) => reader.int32())) words[at++] = word;
    return type === TYPES.FLOAT16 ? (index) => readFloat16(words[index]) : (index) => readBfloat16(words[index]);
  }
  const chunks = stored[storage.field];
  const bytes = stored.rawData ?? (chunks.length === 1 ? chunks[0] : joinBytes(chunks));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (type === TYPES.FLOAT) return (index) => view.getFloat32(4 * index, true);
  if (type === TYPES.DOUBLE) return (index) => view.getFloat64(8 * index, true);
  if (type === TYPES.FLOAT16) return (index) => readFloat16(view.getUint16(2 * index, true));
  if (type === TYPES.BFLOAT16) return (index) => readBfloat16(view.getUint16(2 * index, true));
  return (index) => Number(integerAt(view, type, index));
}

function integerAt(view: DataView, type: number, index: number): bigint {
  if (type === TYPES.INT64) return view.getBigInt64(8 * index, true);
  if (type === TYPES.INT32) return BigInt(view.getInt32(4 * index, true));
  return BigInt(type === TYPES.INT8 ? view.getInt8(index) : view.getUint8(index));
}

/** The values of an integer tensor: to be asked for once their count is known to be that of something small. */
function readIntegers(stored: StoredTensor, count: number): bigint[] {
  const { dataType: type } = stored;
  if (!stored.rawData) {
    const field = type === TYPES.INT64 ? stored.int64Data : stored.int32Data;
    return [
      ...varints(field, (reader) => (type === TYPES.INT64 ? (reader.int64() as bigint) : BigInt(reader.int32()))),
    ];
  }
  const { buffer, byteOffset, byteLength } = stored.rawData;
  const view = new DataView(buffer, byteOffset, byteLength);
  return Array.from({ length: count }, (_, index) => integerAt(view, type, index));
}

/** Each ends with the one byte of it whose high bit is clear; NaN if the last of a chunk does not end. */
function countVarints(chunks: readonly Uint8Array[]): number {
  let count = 0;
  for (const chunk of chunks) {
    for (let i = 0; i < chunk.length; i++) if (chunk[i] < 128) count++;
    if (chunk.length > 0 && chunk[chunk.length - 1] > 127) return Number.NaN;
  }
  return count;
}

function* varints<T>(chunks: readonly Uint8Array[], read: (reader: BinaryReader) => T): Generator<T> {
  for (const chunk of chunks) {
    const reader = new BinaryReader(chunk);
    while (reader.pos < chunk.length) {
      try {
        yield read(reader);
      } catch (cause) {
        refuse("hold numbers of ten bytes at most", (cause as Error).message, cause);
      }
    }
  }
}

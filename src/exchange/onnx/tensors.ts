/** Tensors of a file: checked where they lie, read when they are asked for. */
import { BinaryReader } from "@bufbuild/protobuf/wire";
import { countBytes, joinBytes } from "../../file/bytes.js";
import { readBfloat16, readFloat16 } from "../../file/half-floats.js";
import { show } from "../../ground/check.js";
import { decodeUtf8 } from "../../ground/decode-text.js";
import type { Tensor as StoredTensor } from "./onnx_pb.js";
import { refuse } from "./refusal.js";

/** TensorProto.DataType of onnx.proto: those that are read. */
export const TYPES = {
  FLOAT: 1,
  INT32: 6,
  INT64: 7,
  STRING: 8,
  BOOL: 9,
  FLOAT16: 10,
  DOUBLE: 11,
  BFLOAT16: 16,
} as const;

type DataField = "floatData" | "doubleData" | "int32Data" | "int64Data" | "stringData";

interface Storage {
  readonly kind: "float" | "integer" | "text";
  /** Bytes a number in `raw_data`. */
  readonly size: number;
  readonly field: DataField;
  /** Whether the field holds varints, not the bytes of raw_data. */
  readonly varints?: boolean;
}

const STORAGE = new Map<number, Storage>([
  [TYPES.FLOAT, { kind: "float", size: 4, field: "floatData" }],
  [TYPES.DOUBLE, { kind: "float", size: 8, field: "doubleData" }],
  [TYPES.FLOAT16, { kind: "float", size: 2, field: "int32Data", varints: true }],
  [TYPES.BFLOAT16, { kind: "float", size: 2, field: "int32Data", varints: true }],
  [TYPES.INT32, { kind: "integer", size: 4, field: "int32Data", varints: true }],
  [TYPES.BOOL, { kind: "integer", size: 1, field: "int32Data", varints: true }],
  [TYPES.INT64, { kind: "integer", size: 8, field: "int64Data", varints: true }],
  [TYPES.STRING, { kind: "text", size: 0, field: "stringData" }],
]);

export const isFloat = (type: number) => STORAGE.get(type)?.kind === "float";

const DATA_FIELDS = ["floatData", "doubleData", "int32Data", "int64Data", "uint64Data", "stringData"] as const;

/** A tensor whose shape and data agree. */
export class Tensor {
  private numbers: ((index: number) => number) | undefined;

  private constructor(
    readonly name: string,
    readonly dims: readonly number[],
    readonly type: number,
    private readonly storage: Storage,
    private readonly stored: StoredTensor,
  ) {}

  /**
   * Checks a tensor of a file; nothing is allocated for its numbers.
   * @param name what it is called in errors
   * @throws Error if it lies elsewhere, is of another type than those of {@link TYPES}, or shape and data disagree
   */
  static of(name: string, stored: StoredTensor): Tensor {
    const where = show(name);
    if (stored.dataLocation !== 0 || stored.externalData.length > 0) {
      refuse(`hold the data of ${where} itself`, "external data");
    }
    if (stored.segment) refuse(`hold ${where} in one piece`, "a segment");
    const storage = STORAGE.get(stored.dataType);
    if (!storage) {
      return refuse(`hold ${where} in one of ${Object.keys(TYPES).join(", ")}`, `data type ${stored.dataType}`);
    }
    const dims = stored.dims.map((size) => {
      if (size < 0n || size > 0x7fffffffn) refuse(`give ${where} sizes from 0 to 2^31 - 1`, `${size}`);
      return Number(size);
    });
    const tensor = new Tensor(name, dims, stored.dataType, storage, stored);
    tensor.checkData();
    return tensor;
  }

  get count(): number {
    return this.dims.reduce((product, size) => product * size, 1);
  }

  get isFloat(): boolean {
    return this.storage.kind === "float";
  }

  get isText(): boolean {
    return this.storage.kind === "text";
  }

  private checkData(): void {
    const { name, stored, storage, count } = this;
    // A product that float64 cannot hold is none that data could match.
    const where = `${count} values in ${show(name)} of shape ${show([...this.dims])}`;
    const used = DATA_FIELDS.filter((field) => stored[field].length > 0);
    if (stored.rawData) {
      if (used.length > 0) refuse(`hold the data of ${show(name)} once`, "raw and typed data");
      if (storage.kind === "text") refuse(`hold texts as texts in ${show(name)}`, "raw data");
      if (stored.rawData.length !== count * storage.size) {
        refuse(`hold ${where} of ${storage.size} bytes each`, `${stored.rawData.length} bytes`);
      }
      return;
    }
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

  /** Number `index`, row-major, of a float tensor; it may be NaN or infinite. */
  at(index: number): number {
    this.numbers ??= this.reader();
    return this.numbers(index);
  }

  private reader(): (index: number) => number {
    const { stored, storage, type } = this;
    if (storage.varints && !stored.rawData) {
      const words = new Uint16Array(this.count);
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
    return (index) => readBfloat16(view.getUint16(2 * index, true));
  }

  /** The values of an integer tensor: to be asked for once their count is known to be that of something small. */
  integers(): bigint[] {
    const { stored, type } = this;
    if (!stored.rawData) {
      const field = type === TYPES.INT64 ? stored.int64Data : stored.int32Data;
      return [
        ...varints(field, (reader) => (type === TYPES.INT64 ? (reader.int64() as bigint) : BigInt(reader.int32()))),
      ];
    }
    const { buffer, byteOffset, byteLength } = stored.rawData;
    const view = new DataView(buffer, byteOffset, byteLength);
    return Array.from({ length: this.count }, (_, index) => {
      if (type === TYPES.INT64) return view.getBigInt64(8 * index, true);
      return BigInt(type === TYPES.INT32 ? view.getInt32(4 * index, true) : view.getUint8(index));
    });
  }

  /** The values of a text tensor. */
  texts(): string[] {
    return this.stored.stringData.map((bytes) => decodeText(this.name, bytes));
  }
}

/** @throws Error on bytes that are not UTF-8 */
export function decodeText(name: string, bytes: Uint8Array): string {
  try {
    return decodeUtf8(bytes);
  } catch (cause) {
    return refuse(`hold texts of UTF-8 in ${show(name)}`, `${bytes.length} bytes that are none`, cause);
  }
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

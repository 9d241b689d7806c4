/** Writes the safetensors container (src/file/safetensors.ts). */
import { encodeUtf8 } from "../ground/text.js";
import { bytesOf, joinBytes } from "./bytes.js";

/** A tensor to be written. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** Numbers, the words of halves, or whole numbers. */
  readonly data: Float32Array | Uint16Array | Int8Array;
}

/** Longer headers make texts that engines cannot hold. Beyond 100 MB, some 800,000 epochs, other readers refuse them. */
export const HEADER_LIMIT = 500_000_000;

/** The bytes of a file: tensors in the order given, `metadata` under `__metadata__`. */
export function encodeSafetensors(
  tensors: readonly Tensor[],
  metadata?: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = metadata ? { __metadata__: metadata } : {};
  let offset = 0;
  for (const { name, shape, data } of tensors) {
    const bits = 8 * data.BYTES_PER_ELEMENT;
    header[name] = { dtype: `${bits > 8 ? "F" : "I"}${bits}`, shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const head = encodeUtf8(JSON.stringify(header));
  if (head.length > HEADER_LIMIT) {
    throw new RangeError(`save: the file's header must have at most ${HEADER_LIMIT} bytes, got ${head.length}.`);
  }
  const padding = new Uint8Array((8 - (head.length % 8)) % 8).fill(0x20);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(head.length + padding.length), true);
  return joinBytes([length, head, padding, ...tensors.map(({ data }) => bytesOf(data))]);
}

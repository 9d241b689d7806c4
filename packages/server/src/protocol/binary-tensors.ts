/** Elements of tensors as bytes: the protocol's extension binary_tensor_data. Little-endian, as every engine here is. */
import { type Datatype, type Tensor, WIDTHS } from "../answers/tensor.js";
import { Refusal } from "../ground/refusal.js";

const ARRAYS = {
  UINT8: Uint8Array,
  UINT16: Uint16Array,
  UINT32: Uint32Array,
  INT8: Int8Array,
  INT16: Int16Array,
  INT32: Int32Array,
  FP32: Float32Array,
  FP64: Float64Array,
} as const;

/** The number of an IEEE 754 binary16. Powers of 2 are exact. */
function halfOf(word: number): number {
  const sign = word & 0x8000 ? -1 : 1;
  const [exponent, fraction] = [(word >> 10) & 31, word & 1023];
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const isPlain = (datatype: Datatype): datatype is keyof typeof ARRAYS => Object.hasOwn(ARRAYS, datatype);

/**
 * Reads `count` elements that fill `bytes`.
 * @throws Refusal if they do not
 */
export function readElements(name: string, datatype: Datatype, bytes: Buffer, count: number): ArrayLike<unknown> {
  const width = WIDTHS[datatype];
  if (datatype === "BYTES") return readTexts(name, bytes, count);
  if (bytes.length !== count * width) {
    throw new Refusal(400, `input "${name}" must have ${count * width} bytes for its shape, got ${bytes.length}.`);
  }
  if (datatype === "BOOL") return Array.from(bytes, (byte) => byte !== 0);
  // Tensors may begin anywhere: a copy begins where numbers may lie.
  const { buffer } = Uint8Array.from(bytes);
  if (isPlain(datatype)) return new ARRAYS[datatype](buffer);
  if (datatype === "FP16") return Float32Array.from(new Uint16Array(buffer), halfOf);
  return Array.from(datatype === "INT64" ? new BigInt64Array(buffer) : new BigUint64Array(buffer), (value) => {
    if (Number.isSafeInteger(Number(value))) return Number(value);
    throw new Refusal(400, `input "${name}" must hold whole numbers up to 2^53, got ${value}.`);
  });
}

/** Texts, each behind its length in 4 bytes. */
function readTexts(name: string, bytes: Buffer, count: number): string[] {
  const texts: string[] = [];
  let at = 0;
  while (at + 4 <= bytes.length && texts.length < count) {
    const end = at + 4 + bytes.readUInt32LE(at);
    if (end > bytes.length) break;
    texts.push(bytes.toString("utf8", at + 4, end));
    at = end;
  }
  if (texts.length === count && at === bytes.length) return texts;
  throw new Refusal(
    400,
    `input "${name}" must hold ${count} texts, each behind its length, got other bytes from ${at} on.`,
  );
}

/** Writes a tensor's elements. */
export function writeElements({ datatype, data }: Tensor): Buffer {
  if (datatype === "BYTES") {
    return Buffer.concat(
      Array.from(data as ArrayLike<string>, (text) => {
        const bytes = Buffer.from(text);
        const head = Buffer.alloc(4);
        head.writeUInt32LE(bytes.length);
        return Buffer.concat([head, bytes]);
      }),
    );
  }
  if (datatype === "BOOL") return Buffer.from(Array.from(data as ArrayLike<boolean>, Number));
  if (isPlain(datatype)) return Buffer.from(ARRAYS[datatype].from(data as ArrayLike<number>).buffer);
  return Buffer.from(BigInt64Array.from(Array.from(data as ArrayLike<number>, BigInt)).buffer);
}

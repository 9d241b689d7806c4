/**
 * Reads the safetensors container: 8 bytes little-endian header length, a JSON header, raw tensors one after the other.
 * Here: F32, F64, F16 and BF16, where it is asked for I8 too, string metadata, no holes, no overlap, the data ending with the file.
 */
import { show } from "../ground/check.js";
import { readBfloat16, readFloat16 } from "./half-floats.js";
import { isRecord, readJson } from "./json.js";
import { HEADER_LIMIT } from "./write-safetensors.js";

/** A tensor as it lies in a file. */
export interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: Dtype;
  /** Its numbers as float32, a copy. */
  read(): Float32Array;
}

/** Bytes a number. */
const SIZES = { F32: 4, F64: 8, F16: 2, BF16: 2, I8: 1 } as const;

export type Dtype = keyof typeof SIZES;

/** Types of numbers that mean what they are. */
const FLOATS: readonly Dtype[] = ["F32", "F64", "F16", "BF16"];

/** The same, and whole numbers, which mean something together with a scale. */
export const ALL_TYPES: readonly Dtype[] = [...FLOATS, "I8"];

interface Span extends Omit<StoredTensor, "read"> {
  readonly from: number;
  readonly to: number;
}

/**
 * Reads a file. Numbers are read when a tensor is asked for them: until then nothing large is allocated.
 * @param bytes not to be changed until then
 * @param types of numbers that the file may have
 * @param checkNames is told the names of all tensors, those too that are then refused
 * @throws Error saying what is wrong with the file
 */
export function decodeSafetensors(
  call: string,
  bytes: Uint8Array,
  types = FLOATS,
  checkNames?: (names: string[]) => void,
): { tensors: StoredTensor[]; metadata: Map<string, string> } {
  if (bytes.length < 8) fail(call, "begin with 8 bytes of header length", bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(Math.min(HEADER_LIMIT, bytes.length - 8))) {
    fail(call, "hold the header that its length announces", Number(length));
  }
  const start = 8 + Number(length);
  const { spans, metadata } = parseHeader(call, bytes.subarray(8, start));
  checkNames?.(spans.map(({ name }) => name));
  const odd = spans.find(({ type }) => !types.includes(type));
  if (odd) fail(call, `hold ${types.join(", ")} in ${show(odd.name)}`, odd.type);
  spans.sort((a, b) => a.from - b.from || a.to - b.to);
  let end = 0;
  for (const { name, from, to } of spans) {
    if (from !== end) fail(call, `have its tensors one after the other (${show(name)} at ${end})`, from);
    end = to;
  }
  if (end !== bytes.length - start) fail(call, `hold ${end} bytes of tensors`, bytes.length - start);
  const tensors = spans.map(({ name, shape, type, from, to }) => ({
    name,
    shape,
    type,
    read: () => readNumbers(view, type, start + from, to - from),
  }));
  return { tensors, metadata };
}

function fail(call: string, what: string, got: unknown): never {
  throw new Error(`${call}: the file must ${what}, got ${show(got)}.`);
}

function parseHeader(call: string, head: Uint8Array): { spans: Span[]; metadata: Map<string, string> } {
  const spans: Span[] = [];
  let metadata = new Map<string, string>();
  const refuse = (got: string, cause: unknown) => {
    throw new Error(`${call}: the file must have a header of JSON, got ${got}.`, { cause });
  };
  const parsed = readJson(head, refuse, (name, value) => {
    if (name === "__metadata__") metadata = parseMetadata(call, value);
    else spans.push(parseEntry(call, name, value));
  });
  return isRecord(parsed) ? { spans, metadata } : fail(call, "have an object as its header", parsed);
}

function parseMetadata(call: string, data: unknown): Map<string, string> {
  const metadata = new Map<string, string>();
  if (!isRecord(data)) return fail(call, "have an object as its metadata", data);
  for (const [key, value] of Object.entries(data)) {
    if (typeof value !== "string") fail(call, `have strings alone in its metadata (${show(key)})`, value);
    metadata.set(key, value as string);
  }
  return metadata;
}

function parseEntry(call: string, name: string, entry: unknown): Span {
  if (!isRecord(entry)) return fail(call, `describe ${show(name)} by an object`, entry);
  const { dtype, shape, data_offsets: offsets } = entry;
  if (typeof dtype !== "string") return fail(call, `give ${show(name)} a type`, dtype);
  if (!isSizes(shape)) return fail(call, `give ${show(name)} a shape of whole numbers`, shape);
  if (!isSizes(offsets) || offsets.length !== 2) return fail(call, `give ${show(name)} two offsets`, offsets);
  const [from, to] = offsets;
  const type = dtype as Dtype;
  if (!Object.hasOwn(SIZES, type)) return { name, shape, type, from, to };
  // A product beyond 2⁵³ equals no difference of offsets.
  const size = shape.includes(0) ? 0 : shape.reduce((product, n) => product * n, SIZES[type]);
  if (to - from !== size) fail(call, `give ${show(name)} ${size} bytes for its shape`, to - from);
  return { name, shape, type, from, to };
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function readNumbers(view: DataView, type: Dtype, at: number, bytes: number): Float32Array {
  const numbers = new Float32Array(bytes / SIZES[type]);
  if (type === "F32") {
    // Tensors may begin anywhere in the file; one copy puts them where floats may lie.
    new Uint8Array(numbers.buffer).set(new Uint8Array(view.buffer, view.byteOffset + at, bytes));
    return numbers;
  }
  if (type === "I8") {
    numbers.set(new Int8Array(view.buffer, view.byteOffset + at, bytes));
    return numbers;
  }
  for (let i = 0; i < numbers.length; i++) {
    if (type === "F64") numbers[i] = view.getFloat64(at + 8 * i, true);
    else {
      const word = view.getUint16(at + 2 * i, true);
      numbers[i] = type === "F16" ? readFloat16(word) : readBfloat16(word);
    }
  }
  return numbers;
}

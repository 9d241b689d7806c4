/**
 * The safetensors container: 8 bytes little-endian header length, a JSON header, raw tensors one after the other.
 * Here: float32 tensors and string metadata, no holes, no overlap, the data ending with the file.
 */
import { show } from "../check.js";

/** A tensor as it lies in a file. */
export interface Tensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The format's own limit for its header. */
const HEADER_LIMIT = 100_000_000;

/** The bytes of a file: tensors in the order given, `metadata` under `__metadata__`. */
export function encodeSafetensors(tensors: readonly Tensor[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const { name, shape, data } of tensors) {
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  let text = JSON.stringify(header);
  const encoder = new TextEncoder();
  text += " ".repeat((8 - (encoder.encode(text).length % 8)) % 8);
  const head = encoder.encode(text);
  const bytes = new Uint8Array(8 + head.length + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(head.length), true);
  bytes.set(head, 8);
  let at = 8 + head.length;
  for (const { data } of tensors) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * Reads a file; tensors are copies. `bytes` is a plain Uint8Array, not a Buffer.
 * @throws Error saying what is wrong with the file
 */
export function decodeSafetensors(
  call: string,
  bytes: Uint8Array,
): { tensors: Tensor[]; metadata: Map<string, string> } {
  const fail = (what: string, got: unknown): never => {
    throw new Error(`${call}: the file must ${what}, got ${show(got)}.`);
  };
  if (bytes.length < 8) fail("begin with 8 bytes of header length", bytes);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(Math.min(HEADER_LIMIT, bytes.length - 8)))
    fail("hold the header that its length announces", length);
  const start = 8 + Number(length);
  const header = parseHeader(call, bytes.subarray(8, start));

  const metadata = new Map<string, string>();
  const spans: { name: string; shape: number[]; from: number; to: number }[] = [];
  for (const [name, entry] of Object.entries(header)) {
    if (name === "__metadata__") {
      for (const [key, value] of Object.entries(record(entry) ?? fail("have an object as its metadata", entry))) {
        if (typeof value !== "string") fail(`have strings alone in its metadata (${key})`, value);
        metadata.set(key, value as string);
      }
      continue;
    }
    const { dtype, shape, data_offsets: offsets } = record(entry) ?? fail(`describe ${name} by an object`, entry);
    if (dtype !== "F32") fail(`hold float32 (F32) in ${show(name)}`, dtype);
    if (!isSizes(shape)) fail(`give ${show(name)} a shape of whole numbers`, shape);
    if (!isSizes(offsets) || (offsets as number[]).length !== 2) fail(`give ${show(name)} two offsets`, offsets);
    const [from, to] = offsets as number[];
    const count = (shape as number[]).reduce((product, size) => product * size, 1);
    if (to - from !== 4 * count) fail(`give ${show(name)} 4 bytes for each of ${count} numbers`, to - from);
    spans.push({ name, shape: shape as number[], from, to });
  }
  spans.sort((a, b) => a.from - b.from);
  let end = 0;
  for (const { name, from, to } of spans) {
    if (from !== end) fail(`have its tensors one after the other (${show(name)} at ${end})`, from);
    end = to;
  }
  if (end !== bytes.length - start) fail(`hold ${end} bytes of tensors`, bytes.length - start);
  const tensors = spans.map(({ name, shape, from, to }) => ({
    name,
    shape,
    data: new Float32Array(bytes.slice(start + from, start + to).buffer),
  }));
  return { tensors, metadata };
}

function parseHeader(call: string, head: Uint8Array): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(head));
  } catch (cause) {
    throw new Error(`${call}: the file must have a JSON header, got ${head.length} bytes that are none.`, { cause });
  }
  const header = record(parsed);
  if (!header) throw new Error(`${call}: the file must have an object as its header, got ${show(parsed)}.`);
  return header;
}

function record(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

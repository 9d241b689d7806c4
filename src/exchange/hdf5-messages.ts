/** Messages of objects in HDF5 files (File Format Specification 3.0, IV.A): what a number is, how many there are, where they lie. */
import { type Hdf5Bytes, NOWHERE } from "./hdf5-bytes.js";
import type { Hdf5Chunks } from "./hdf5-chunks.js";

/** Of what elements are. */
export interface Hdf5Type {
  readonly kind: "float" | "text" | "texts" | "other";
  /** Bytes an element. */
  readonly size: number;
}

/** Where the elements of a dataset lie. */
export interface Hdf5Place {
  readonly at: number;
  readonly length: number;
  /** If they lie in chunks. */
  readonly chunks?: Hdf5Chunks;
}

const CHUNKED = 'Save it as Keras does: h5py.File(path, "w") without libver.';

/** The sizes of a dataspace; [] for one value. */
export function readSizes(file: Hdf5Bytes, at: number): number[] {
  const version = file.u8(at);
  const rank = file.u8(at + 1);
  if (version !== 1 && version !== 2) file.damaged(`a dataspace of version ${version}`);
  const start = at + (version === 1 ? 8 : 4);
  return Array.from({ length: rank }, (_, i) => Math.max(0, file.u64(start + 8 * i)));
}

/** IEEE 754 of 2, 4 and 8 bytes: where its exponent lies and how long it is, and its fraction. */
const FLOATS: Readonly<Record<number, string>> = { 2: "10,5,0,10", 4: "23,8,0,23", 8: "52,11,0,52" };

export function readType(file: Hdf5Bytes, at: number): Hdf5Type {
  const [kind, bits, size] = [file.u8(at) & 15, file.u8(at + 1), file.u32(at + 4)];
  if (kind === 1) {
    const parts = [file.u8(at + 12), file.u8(at + 13), file.u8(at + 14), file.u8(at + 15)];
    const isPlain = (bits & 0x41) === 0 && parts.join() === FLOATS[size];
    return { kind: isPlain ? "float" : "other", size };
  }
  if (kind === 3) return { kind: "text", size };
  // Texts of any length lie in a heap of their own.
  if (kind === 9 && (bits & 15) === 1 && size === 16) return { kind: "texts", size };
  return { kind: "other", size };
}

/** Where the elements of a layout message lie; nowhere if none were written. */
export function readLayout(file: Hdf5Bytes, at: number): Hdf5Place {
  const [version, kind] = [file.u8(at), file.u8(at + 1)];
  if (version !== 3 && version !== 4)
    return file.refuse("lay out its numbers as HDF5 1.6 and later do", `version ${version}`);
  if (kind === 0) return { at: at + 4, length: file.u16(at + 2) };
  if (kind === 2 && version === 3) {
    const count = file.u8(at + 2);
    const sizes = Array.from({ length: count }, (_, a) => file.u32(at + 11 + 4 * a));
    return { at: 0, length: 0, chunks: { tree: file.u64(at + 3), sizes } };
  }
  if (kind !== 1) return file.refuse("list its chunks as HDF5 1.8 does", "a newer list", { remedy: CHUNKED });
  const start = file.u64(at + 2);
  return start === NOWHERE ? { at: 0, length: 0 } : { at: start, length: Math.max(0, file.u64(at + 10)) };
}

/** An attribute: its name, and what it holds if that is text or texts. */
export interface Hdf5Attribute {
  readonly name: string;
  /** Each in UTF-8. */
  read(): Uint8Array[];
}

export function readAttribute(file: Hdf5Bytes, at: number): Hdf5Attribute {
  const version = file.u8(at);
  if (version < 1 || version > 3) file.damaged(`an attribute of version ${version}`);
  const [named, typed, spaced] = [2, 4, 6].map((offset) => file.u16(at + offset));
  // The first version fills each part up to 8 bytes.
  const padded = (length: number) => (version === 1 ? 8 * Math.ceil(length / 8) : length);
  const start = at + (version === 3 ? 9 : 8);
  const typeAt = start + padded(named);
  const spaceAt = typeAt + padded(typed);
  return {
    name: file.text(start, named),
    read: () => readTexts(file, readType(file, typeAt), readSizes(file, spaceAt), spaceAt + padded(spaced)),
  };
}

function readTexts(file: Hdf5Bytes, type: Hdf5Type, sizes: readonly number[], at: number): Uint8Array[] {
  const count = sizes.reduce((product, size) => product * size, 1);
  // An empty list is of numbers there.
  if (count === 0) return [];
  if (type.kind !== "text" && type.kind !== "texts") return file.refuse("hold texts where Keras has names", "numbers");
  file.span(at, count * type.size);
  if (type.size === 0) file.damaged("texts of no length");
  return Array.from({ length: count }, (_, i) => {
    file.step();
    const place = at + i * type.size;
    return trimmed(type.kind === "text" ? file.span(place, type.size) : readHeap(file, place));
  });
}

/** Without the zeros that fill a text up. */
function trimmed(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}

/** What a reference to the global heap stands for: its length, the heap's address and a number in it. */
function readHeap(file: Hdf5Bytes, at: number): Uint8Array {
  const [length, heap, wanted] = [file.u32(at), file.u64(at + 4), file.u32(at + 12)];
  if (heap === NOWHERE || length === 0) return new Uint8Array(0);
  file.expect(heap, "GCOL");
  const end = heap + file.u64(heap + 8);
  for (let place = heap + 16; place + 16 <= end; ) {
    file.step();
    const [index, size] = [file.u16(place), file.u64(place + 8)];
    if (index === wanted) return file.span(place + 16, Math.min(length, size));
    if (index === 0) break;
    place += 16 + 8 * Math.ceil(size / 8);
  }
  return file.damaged("a text that is in no heap");
}

/**
 * Datasets of HDF5 files that lie in chunks, as h5py writes them where compression is asked for: a tree of chunks (version 1), each packed by
 * deflate, its bytes shuffled before, a checksum behind it.
 */

import { canInflate, inflate } from "./deflated.js";
import type { Hdf5Bytes } from "./hdf5-bytes.js";

/** What every chunk went through, in the order of writing. */
export interface Hdf5Filter {
  readonly id: number;
  readonly values: readonly number[];
}

/** Where chunks are listed, and how large each is: of the last axes, those of its elements' bytes. */
export interface Hdf5Chunks {
  readonly tree: number;
  readonly sizes: readonly number[];
}

/** What a file may unpack to: so many bytes, and so many for each of its own. Weights hardly pack. */
const ROOM = 4 << 20;
const RATIO = 2;

const [DEFLATE, SHUFFLE, CHECKSUM] = [1, 2, 3];
const REMEDY = 'Save it as Keras does, or with compression="gzip".';

const productOf = (sizes: readonly number[]) => sizes.reduce((product, size) => product * size, 1);

/** A filter pipeline message: of the newer version names are left out where they are known. */
export function readFilters(file: Hdf5Bytes, at: number): Hdf5Filter[] {
  const [version, count] = [file.u8(at), file.u8(at + 1)];
  if (version !== 1 && version !== 2) file.damaged(`filters of version ${version}`);
  let next = at + (version === 1 ? 8 : 2);
  return Array.from({ length: count }, () => {
    const id = file.u16(next);
    const isNamed = version === 1 || id >= 256;
    const named = isNamed ? file.u16(next + 2) : 0;
    const values = file.u16(next + (isNamed ? 6 : 4));
    const from = next + (isNamed ? 8 : 6) + (version === 1 ? 8 * Math.ceil(named / 8) : named);
    file.span(from, 4 * values);
    // An odd number of values is filled up.
    next = from + 4 * (values + (version === 1 ? values % 2 : 0));
    file.step();
    return { id, values: Array.from({ length: Math.min(values, 1) }, (_, i) => file.u32(from + 4 * i)) };
  });
}

/** The bytes of a dataset of `sizes`, in their order. */
export async function readChunks(
  file: Hdf5Bytes,
  { tree, sizes: own }: Hdf5Chunks,
  sizes: readonly number[],
  width: number,
  filters: readonly Hdf5Filter[],
): Promise<Uint8Array> {
  const rank = sizes.length;
  const chunk = own.slice(0, rank);
  if (rank === 0 || own.length !== rank + 1 || own[rank] !== width || chunk.some((size) => size < 1))
    file.damaged("odd chunks");
  const each = productOf(chunk) * width;
  const bytes = productOf(sizes) * width;
  file.unpack(bytes + each, ROOM + RATIO * file.bytes.length);
  const whole = new Uint8Array(bytes);
  const seen = new Set<string>();
  for (const { at, length, skipped, offsets } of listChunks(file, tree, rank)) {
    const place = offsets.join();
    if (seen.has(place) || offsets.some((offset, a) => offset % chunk[a] !== 0 || offset >= sizes[a])) {
      file.damaged(`a chunk at [${offsets}]`);
    }
    seen.add(place);
    file.unpack(each, ROOM + RATIO * file.bytes.length);
    const data = await unpack(file, file.span(at, length), each, filters, skipped, width);
    copyChunk(data, whole, { offsets, chunk, sizes, width });
  }
  const wanted = productOf(sizes.map((size, a) => Math.ceil(size / chunk[a])));
  if (seen.size !== wanted) file.damaged(`${seen.size} chunks of ${wanted}`);
  return whole;
}

interface Listed {
  readonly at: number;
  readonly length: number;
  /** A bit a filter that this chunk did not go through. */
  readonly skipped: number;
  readonly offsets: readonly number[];
}

/** Chunks of a tree, node by node: a key before each child, of the size of the chunk, its filters and where it begins. */
function* listChunks(file: Hdf5Bytes, tree: number, rank: number): Generator<Listed> {
  const key = 8 + 8 * (rank + 1);
  const nodes = [tree];
  for (const node of nodes) {
    file.step();
    file.expect(node, "TREE");
    if (file.u8(node + 4) !== 1) file.damaged("another tree than that of chunks");
    const level = file.u8(node + 5);
    for (let i = 0; i < file.u16(node + 6); i++) {
      file.step();
      const from = node + 24 + i * (key + 8);
      const child = file.u64(from + key);
      if (level > 0) {
        nodes.push(child);
        continue;
      }
      const offsets = Array.from({ length: rank }, (_, a) => file.u64(from + 8 + 8 * a));
      yield { at: child, length: file.u32(from), skipped: file.u32(from + 4), offsets };
    }
  }
}

async function unpack(
  file: Hdf5Bytes,
  packed: Uint8Array,
  size: number,
  filters: readonly Hdf5Filter[],
  skipped: number,
  width: number,
): Promise<Uint8Array> {
  let data = packed;
  for (let f = filters.length - 1; f >= 0; f--) {
    if (f < 32 && (skipped >>> f) & 1) continue;
    const { id } = filters[f];
    if (id === CHECKSUM) data = checked(file, data);
    else if (id === SHUFFLE) data = unshuffled(data, filters[f].values[0] ?? width);
    else if (id === DEFLATE) data = await inflated(file, data, size, filters.slice(0, f));
    else file.refuse("pack its numbers by gzip alone", `filter ${id}`, { remedy: REMEDY });
  }
  return data.length === size ? data : file.damaged(`a chunk of ${data.length} bytes, not ${size}`);
}

/** Without Fletcher's checksum of its 16-bit words, the first byte of each being the higher one, which stands behind. */
function checked(file: Hdf5Bytes, data: Uint8Array): Uint8Array {
  const end = Math.max(0, data.length - 4);
  let [low, high] = [0, 0];
  for (let i = 0; i < end; i += 2) {
    low = (low + 256 * data[i] + (i + 1 < end ? data[i + 1] : 0)) % 65_535;
    high = (high + low) % 65_535;
  }
  const [a, b, c, d] = data.subarray(end);
  // Of a sum 0 and 65,535 are the same.
  const isRight = (a + 256 * b) % 65_535 === low && (c + 256 * d) % 65_535 === high;
  return isRight ? data.subarray(0, end) : file.damaged("a chunk whose checksum is another");
}

/** A checksum that was added before is part of what is unpacked. */
async function inflated(file: Hdf5Bytes, data: Uint8Array, size: number, before: readonly Hdf5Filter[]) {
  if (!canInflate()) file.refuse("lie open where there is no DecompressionStream", "packed numbers");
  const more = before.filter(({ id }) => id === CHECKSUM).length * 4;
  return inflate("deflate", data, size + more, (got) => file.damaged(`${got} in a chunk`));
}

/** The first bytes of all elements, then the second ones: back to one after the other. */
function unshuffled(data: Uint8Array, width: number): Uint8Array {
  const count = width > 0 ? Math.floor(data.length / width) : 0;
  const whole = data.slice();
  for (let b = 0; b < (count > 0 ? width : 0); b++) {
    for (let i = 0; i < count; i++) whole[i * width + b] = data[b * count + i];
  }
  return whole;
}

interface ChunkPlace {
  readonly offsets: readonly number[];
  readonly chunk: readonly number[];
  readonly sizes: readonly number[];
  readonly width: number;
}

/** What of a chunk lies within the dataset: those at its ends reach beyond. */
function copyChunk(data: Uint8Array, whole: Uint8Array, { offsets, chunk, sizes, width }: ChunkPlace): void {
  const last = sizes.length - 1;
  const kept = chunk.map((size, a) => Math.min(size, sizes[a] - offsets[a]));
  const stretch = kept[last] * width;
  const rows = productOf(kept.slice(0, last));
  for (let row = 0; row < rows; row++) {
    let [rest, from, to, inChunk, inWhole] = [row, 0, offsets[last], chunk[last], sizes[last]];
    for (let a = last - 1; a >= 0; a--) {
      const index = rest % kept[a];
      rest = Math.floor(rest / kept[a]);
      from += index * inChunk;
      to += (offsets[a] + index) * inWhole;
      inChunk *= chunk[a];
      inWhole *= sizes[a];
    }
    whole.set(data.subarray(from * width, from * width + stretch), to * width);
  }
}

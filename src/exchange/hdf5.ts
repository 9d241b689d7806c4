/**
 * HDF5 files, as far as Keras writes them (HDF5 File Format Specification 3.0): groups, attributes of text, datasets of floats in one
 * piece or in chunks. Of readers in JavaScript jsfive follows whatever addresses a file holds, and h5wasm is 2 MB: this one reads a file of a
 * stranger and fits into an import.
 */
import { readFloat16 } from "../file/half-floats.js";
import { show } from "../ground/check.js";
import { latin1 } from "../ground/text.js";
import { Hdf5Bytes, NOWHERE } from "./hdf5-bytes.js";
import { type Hdf5Filter, readChunks, readFilters } from "./hdf5-chunks.js";
import {
  type Hdf5Attribute,
  type Hdf5Place,
  type Hdf5Type,
  readAttribute,
  readLayout,
  readSizes,
  readType,
} from "./hdf5-messages.js";
import type { Refuse } from "./refuser.js";

/** A group or a dataset. */
export interface Hdf5Object {
  /** The addresses of a group's objects by name. */
  readonly links: ReadonlyMap<string, number>;
  readonly attributes: readonly Hdf5Attribute[];
  readonly sizes: readonly number[] | undefined;
  readonly type: Hdf5Type | undefined;
  readonly place: Hdf5Place | undefined;
  readonly filters: readonly Hdf5Filter[];
}

/** What of a dataset says where its bytes lie. */
interface Dataset {
  readonly sizes: readonly number[];
  readonly place: Hdf5Place;
  readonly filters: readonly Hdf5Filter[];
  /** Bytes a number, and how many numbers there are. */
  readonly width: number;
  readonly count: number;
}

interface Message {
  readonly type: number;
  readonly at: number;
  readonly length: number;
}

const NEWEST = 'Save it as Keras does: h5py.File(path, "w") without libver.';

export const isHdf5 = (bytes: Uint8Array) => latin1(bytes.subarray(0, 8)) === "\x89HDF\r\n\x1a\n";

export class Hdf5File {
  private readonly file: Hdf5Bytes;
  readonly root: Hdf5Object;

  /** @throws Error saying what is wrong with the file */
  constructor(bytes: Uint8Array, refuse: Refuse) {
    this.file = new Hdf5Bytes(bytes, refuse);
    this.root = this.object(this.rootAddress());
  }

  /** What lies under a path of names; undefined if there is nothing. */
  find(path: readonly string[], from = this.root): Hdf5Object | undefined {
    let object: Hdf5Object | undefined = from;
    for (const name of path) {
      const address: number | undefined = object.links.get(name);
      if (address === undefined) return undefined;
      object = this.object(address);
    }
    return object;
  }

  /** An attribute's texts; undefined if there is none. */
  texts({ attributes }: Hdf5Object, name: string): string[] | undefined {
    const texts = attributes.find((attribute) => attribute.name === name)?.read();
    return texts?.map((bytes) => this.file.decode(bytes));
  }

  /** The numbers of a dataset. */
  async numbers({ sizes, type, place, filters }: Hdf5Object, label: string): Promise<Float32Array> {
    const { file } = this;
    if (!sizes || !type || !place) return file.refuse(`hold numbers as ${label}`, "none");
    if (type.kind !== "float")
      return file.refuse(`hold ${label} in float16, float32 or float64, little-endian`, "another type");
    const count = sizes.reduce((product, size) => product * size, 1);
    const bytes = await this.bytesOf({ sizes, place, filters, width: type.size, count }, label);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Float32Array.from({ length: count }, (_, i) => {
      if (type.size === 4) return view.getFloat32(4 * i, true);
      return type.size === 8 ? view.getFloat64(8 * i, true) : readFloat16(view.getUint16(2 * i, true));
    });
  }

  private async bytesOf({ sizes, place, filters, width, count }: Dataset, label: string): Promise<Uint8Array> {
    const { file } = this;
    const { at, length, chunks } = place;
    if (chunks) return readChunks(file, chunks, sizes, width, filters);
    if (filters.length > 0) file.damaged(`filters of ${label}, which lies in one piece`);
    if (length !== count * width) file.damaged(`${length} bytes of ${label}, not ${count * width}`);
    return file.span(at, length);
  }

  private rootAddress(): number {
    const { file } = this;
    if (!isHdf5(file.bytes)) file.damaged("other bytes at its beginning");
    const version = file.u8(8);
    const isOld = version < 2;
    if (version > 3) file.refuse("be of a version that HDF5 1.14 writes", `superblock ${version}`);
    if (file.u8(isOld ? 13 : 9) !== 8 || file.u8(isOld ? 14 : 10) !== 8)
      file.refuse("have addresses of 8 bytes", "others");
    // The root's entry comes after four addresses; of newer files its address is the fourth.
    if (isOld) return file.u64((version === 1 ? 28 : 24) + 32 + 8);
    return file.u64(12 + 24);
  }

  private object(address: number): Hdf5Object {
    const { file } = this;
    file.step();
    const links = new Map<string, number>();
    const attributes: Hdf5Attribute[] = [];
    const found: { sizes?: number[]; type?: Hdf5Type; place?: Hdf5Place } = {};
    let filters: Hdf5Filter[] = [];
    for (const { type, at, length } of this.messages(address)) {
      if (type === 0x01) found.sizes = readSizes(file, at);
      else if (type === 0x03) found.type = readType(file, at);
      else if (type === 0x08) found.place = readLayout(file, at);
      else if (type === 0x0c) attributes.push(readAttribute(file, at));
      else if (type === 0x11) this.walkTree(file.u64(at), file.u64(at + 8), links);
      else if (type === 0x06) this.readLink(at, links);
      else if (type === 0x02) this.refuseDense(at + (file.u8(at + 1) & 1 ? 10 : 2));
      else if (type === 0x15) this.refuseDense(at + (file.u8(at + 1) & 1 ? 4 : 2));
      else if (type === 0x0b && length > 0) filters = readFilters(file, at);
    }
    return { links, attributes, sizes: found.sizes, type: found.type, place: found.place, filters };
  }

  /** Links and attributes in heaps of their own, as the newest writers have many of them. */
  private refuseDense(at: number): void {
    if (this.file.u64(at) !== NOWHERE) {
      this.file.refuse("list its groups as HDF5 1.8 does", "lists of a newer form", { remedy: NEWEST });
    }
  }

  private messages(address: number): Message[] {
    return this.file.is(address, "OHDR") ? this.newer(address) : this.older(address);
  }

  private older(address: number): Message[] {
    const { file } = this;
    const version = file.u8(address);
    if (version !== 1) file.damaged(`an object of version ${version}`);
    const found: Message[] = [];
    const blocks = [[address + 16, file.u32(address + 8)]];
    for (const [from, size] of blocks) {
      file.span(from, size);
      for (let at = from; at + 8 <= from + size; ) {
        const [type, length] = [file.u16(at), file.u16(at + 2)];
        this.take(found, blocks, { type, at: at + 8, length }, file.u8(at + 4), 0);
        at += 8 + length;
      }
    }
    return found;
  }

  private newer(address: number): Message[] {
    const { file } = this;
    const flags = file.u8(address + 5);
    const width = 2 ** (flags & 3);
    const sized = address + 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0);
    const head = flags & 4 ? 6 : 4;
    const found: Message[] = [];
    const blocks = [[sized + width, file.word(sized, Math.min(width, 6))]];
    for (const [from, size] of blocks) {
      file.span(from, size);
      for (let at = from; at + head <= from + size; ) {
        const [type, length] = [file.u8(at), file.u16(at + 1)];
        this.take(found, blocks, { type, at: at + head, length }, file.u8(at + 3), 4);
        at += head + length;
      }
    }
    return found;
  }

  /** @param mark bytes of a signature in front of further blocks, and of a checksum behind */
  private take(found: Message[], blocks: number[][], message: Message, flags: number, mark: number): void {
    const { file } = this;
    const { type, at, length } = message;
    file.step();
    file.span(at, length);
    if (type === 0x10) blocks.push([file.u64(at) + mark, file.u64(at + 8) - 2 * mark]);
    else if (flags & 2 && type !== 0)
      file.refuse("describe each of its numbers by itself", "a description that is shared");
    else found.push(message);
  }

  /** A group's objects: a tree of nodes of names, which lie in a heap. */
  private walkTree(tree: number, heap: number, links: Map<string, number>): void {
    const { file } = this;
    file.expect(heap, "HEAP");
    const names = file.u64(heap + 24);
    const nodes = [tree];
    for (const at of nodes) {
      file.step();
      if (file.is(at, "SNOD")) {
        for (let i = 0; i < file.u16(at + 6); i++) {
          const entry = at + 8 + 40 * i;
          this.addLink(links, file.text(names + file.u64(entry)), file.u64(entry + 8));
        }
        continue;
      }
      file.expect(at, "TREE");
      // Keys lie between the children: eight bytes each.
      for (let i = 0; i < file.u16(at + 6); i++) {
        file.step();
        nodes.push(file.u64(at + 24 + 8 + 16 * i));
      }
    }
  }

  private addLink(links: Map<string, number>, name: string, address: number): void {
    this.file.step();
    if (links.has(name)) this.file.refuse("name its parts once", show(name));
    links.set(name, address);
  }

  /** A link of a newer file; those to other files lead nowhere. */
  private readLink(start: number, links: Map<string, number>): void {
    const { file } = this;
    const flags = file.u8(start + 1);
    let at = start + 2;
    if (flags & 8 && file.u8(at++) !== 0) file.refuse("hold all that it names", "a link to elsewhere");
    at += (flags & 4 ? 8 : 0) + (flags & 16 ? 1 : 0);
    const width = 2 ** (flags & 3);
    const length = file.word(at, Math.min(width, 6));
    at += width;
    file.span(at, length);
    this.addLink(links, file.text(at, length), file.u64(at + length));
  }
}

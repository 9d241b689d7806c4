/**
 * Files in a ZIP archive, as .keras and PyTorch's .pt are (PKWARE's APPNOTE 6.3.10): what its central directory lists, stored or deflated.
 * Nothing is written anywhere, names are no paths, and no more is unpacked than the archive may hold.
 */
import { crc32 } from "../file/crc.js";
import { show } from "../ground/check.js";
import { decodeUtf8 } from "../ground/decode-text.js";
import { canInflate, inflate } from "./deflated.js";
import type { Refuse } from "./refuser.js";

interface Entry {
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  /** Where its local header stands. */
  readonly at: number;
}

/** What a file may unpack to: so many bytes, and so many for each of the archive. Weights hardly pack. */
const ROOM = 4 << 20;
const RATIO = 2;

const ENTRY = 0x02014b50;
const END = 0x06054b50;
const LOCAL = 0x04034b50;
const END_LENGTH = 22;
/** Entries that are looked at; of a network's file there is one a tensor, or three files. */
const MOST_ENTRIES = 1 << 16;

export const isZip = (bytes: Uint8Array) => bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;

/** An archive whose directory was read. */
export class ZipFile {
  private readonly view: DataView;
  private readonly listed = new Map<string, Entry>();
  private unpacked = 0;

  constructor(
    private readonly bytes: Uint8Array,
    private readonly refuse: Refuse,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.readDirectory();
  }

  get names(): string[] {
    return [...this.listed.keys()];
  }

  has(name: string): boolean {
    return this.listed.has(name);
  }

  /** A file's bytes: where it is stored, those of the archive, not copied. */
  async read(name: string): Promise<Uint8Array> {
    const entry = this.listed.get(name);
    if (!entry) return this.refuse(`hold ${show(name)}`, show(this.names));
    const { view, bytes } = this;
    const { at, method, size, packed, crc } = entry;
    if (at + 30 > bytes.length || view.getUint32(at, true) !== LOCAL) this.damaged(name, "no header in its place");
    const start = at + 30 + view.getUint16(at + 26, true) + view.getUint16(at + 28, true);
    if (start + packed > bytes.length) this.damaged(name, "an end beyond the archive's");
    const stored = bytes.subarray(start, start + packed);
    if (method !== 0 && method !== 8) this.refuse(`store or deflate ${show(name)}`, `method ${method}`);
    if (method === 0 && packed !== size) this.damaged(name, "two sizes");
    const data = method === 0 ? stored : await this.unpackDeflated(name, stored, size);
    if (crc32(data) !== crc) this.damaged(name, "another checksum");
    return data;
  }

  private damaged(name: string, got: string, cause?: unknown): never {
    return this.refuse(`hold ${show(name)} whole and undamaged`, got, { cause });
  }

  private readDirectory(): void {
    const { view, bytes } = this;
    let end = bytes.length - END_LENGTH;
    const least = Math.max(0, end - 0xffff);
    while (end >= least && view.getUint32(end, true) !== END) end--;
    if (end < least) this.refuse("end in the directory of its archive", `${bytes.length} bytes without`);
    const [count, from] = [view.getUint16(end + 10, true), view.getUint32(end + 16, true)];
    if (count >= MOST_ENTRIES - 1 || from === 0xffffffff)
      this.refuse("be an archive of less than 4 GB", "one in ZIP64");
    let at = from;
    for (let i = 0; i < count; i++) {
      if (at + 46 > end || view.getUint32(at, true) !== ENTRY) this.refuse(`list ${count} files`, `${i}`);
      at = this.readEntry(at, end);
    }
  }

  private readEntry(at: number, end: number): number {
    const { view, bytes } = this;
    const word = (offset: number) => view.getUint32(at + offset, true);
    const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)];
    const [named, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    const next = at + 46 + named + extra + comment;
    if (next > end) this.refuse("list its files before its end", "a name beyond it");
    const name = this.readName(bytes.subarray(at + 46, at + 46 + named));
    if (flags & 1) this.refuse(`hold ${show(name)} open`, "it encrypted");
    if (this.listed.has(name)) this.refuse("list each file once", show(name));
    this.listed.set(name, { method, crc: word(16), packed: word(20), size: word(24), at: word(42) });
    return next;
  }

  private readName(bytes: Uint8Array): string {
    try {
      return decodeUtf8(bytes);
    } catch (cause) {
      return this.refuse("name its files in UTF-8", "other bytes", { cause });
    }
  }

  private async unpackDeflated(name: string, packed: Uint8Array, size: number): Promise<Uint8Array> {
    this.unpacked += size;
    const most = ROOM + RATIO * this.bytes.length;
    if (this.unpacked > most) this.refuse(`unpack to ${most} bytes at most`, `${this.unpacked}`);
    if (!canInflate()) this.refuse("be stored, not deflated, where there is no DecompressionStream", show(name));
    return inflate("deflate-raw", packed, size, (got, cause) => this.damaged(name, got, cause));
  }
}

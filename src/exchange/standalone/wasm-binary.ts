/**
 * The WebAssembly binary format, as much of it as toWasm needs: numbers, vectors and sections read and written
 * (WebAssembly specification, chapter 5). What is read are the library's own cores: trusted, so nothing is checked.
 */
import { countBytes, joinBytes } from "../../file/bytes.js";
import { encodeUtf8 } from "../../ground/text.js";

/** Bytes in pieces, joined once at the end: weights are not copied on the way. */
export type Pieces = readonly Uint8Array[];

/** Sections by their numbers, in the order in which a file has them. */
export const SECTIONS = {
  type: 1,
  function: 3,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  code: 10,
  data: 11,
} as const;

/** Kinds of exports by their numbers. */
export const KINDS = { function: 0, memory: 2, global: 3 } as const;

/** Instructions by their first byte. */
export const CODES = {
  unreachable: 0x00,
  end: 0x0b,
  call: 0x10,
  constant: 0x41,
  float32: 0x43,
  float64: 0x44,
} as const;

const HEADER = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** Reads forward. */
export class Reader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  /** An unsigned LEB128 number below 2³². */
  unsigned(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = this.bytes[this.at++];
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  }

  take(count: number): Uint8Array {
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }

  /** Bytes after their length. */
  counted(): Uint8Array {
    return this.take(this.unsigned());
  }

  rest(): Uint8Array {
    return this.take(this.bytes.length - this.at);
  }
}

/** The contents of a file's sections by their numbers; custom ones (0) hold names and notes and are left out. */
export function readSections(file: Uint8Array): Map<number, Uint8Array> {
  const reader = new Reader(file);
  reader.take(HEADER.length);
  const sections = new Map<number, Uint8Array>();
  while (!reader.done) {
    const id = reader.unsigned();
    const content = reader.counted();
    if (id !== 0) sections.set(id, content);
  }
  return sections;
}

/** A file of these sections, which come in order. */
export function writeFile(sections: readonly (readonly [id: number, content: Pieces])[]): Uint8Array<ArrayBuffer> {
  return joinBytes([HEADER, ...sections.flatMap(([id, content]) => [Uint8Array.of(id), ...counted(content)])]);
}

/** Bytes after their length. */
export function counted(pieces: Pieces): Pieces {
  return [unsigned(countBytes(pieces)), ...pieces];
}

/** Items after their number. */
export function vector(items: readonly Pieces[]): Pieces {
  return [unsigned(items.length), ...items.flat()];
}

/** A vector as it was read, and further items. */
export function extend(content: Uint8Array | undefined, items: readonly Pieces[]): Pieces {
  if (!content) return vector(items);
  const reader = new Reader(content);
  return [unsigned(reader.unsigned() + items.length), reader.rest(), ...items.flat()];
}

/** A number from 0 to 2³² - 1 as unsigned LEB128: 7 bits a byte, the lowest first. */
export function unsigned(value: number): Uint8Array {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) + 128);
  return Uint8Array.of(...bytes, left);
}

/** A 32-bit word, given as a number from -2³¹ to 2³² - 1, as signed LEB128: the last byte's bit 6 is the sign. */
export function signed(value: number): Uint8Array {
  const bytes: number[] = [];
  let left = value | 0;
  for (; left < -64 || left > 63; left >>= 7) bytes.push((left & 127) + 128);
  return Uint8Array.of(...bytes, left & 127);
}

/** A name as it stands in a file: UTF-8 after its length. */
export function name(text: string): Pieces {
  return counted([encodeUtf8(text)]);
}

/** Numbers and texts at places of an HDF5 file; every place is checked, and work is counted: what loops in a file ends. */
import { decodeUtf8 } from "../ground/decode-text.js";
import { latin1 } from "../ground/text.js";
import type { Refuse } from "./refuser.js";

/** No address: what was never written. */
export const NOWHERE = -1;

export class Hdf5Bytes {
  private readonly view: DataView;
  private steps = 0;
  private unpacked = 0;

  constructor(
    readonly bytes: Uint8Array,
    readonly refuse: Refuse,
  ) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Counts one thing that was read: there are no more than a file of this size can hold. */
  step(): void {
    if (++this.steps > 4096 + this.bytes.length / 4) this.damaged("its parts over and over");
  }

  /** Counts bytes that are about to be unpacked. */
  unpack(count: number, most: number): void {
    this.unpacked += count;
    if (!(this.unpacked <= most)) this.refuse(`unpack to ${most} bytes at most`, `${this.unpacked}`);
  }

  damaged(got: string): never {
    return this.refuse("be a whole, undamaged HDF5 file", got);
  }

  /** @throws Error if so many bytes do not lie there */
  span(at: number, length: number): Uint8Array {
    if (!(at >= 0 && length >= 0 && at + length <= this.bytes.length)) this.damaged("an address beyond its end");
    return this.bytes.subarray(at, at + length);
  }

  u8(at: number): number {
    return this.span(at, 1)[0];
  }

  u16(at: number): number {
    this.span(at, 2);
    return this.view.getUint16(at, true);
  }

  u32(at: number): number {
    this.span(at, 4);
    return this.view.getUint32(at, true);
  }

  /** A length or an address of 8 bytes; NOWHERE if all bits are set. */
  u64(at: number): number {
    const [low, high] = [this.u32(at), this.u32(at + 4)];
    if (low === 0xffffffff && high === 0xffffffff) return NOWHERE;
    const value = high * 2 ** 32 + low;
    return value <= Number.MAX_SAFE_INTEGER ? value : this.damaged("a number beyond 2^53");
  }

  /** So many bytes, little-endian, at most six of them. */
  word(at: number, width: number): number {
    let value = 0;
    for (let i = width - 1; i >= 0; i--) value = 256 * value + this.u8(at + i);
    return value;
  }

  is(at: number, signature: string): boolean {
    return at >= 0 && at + 4 <= this.bytes.length && latin1(this.bytes.subarray(at, at + 4)) === signature;
  }

  expect(at: number, signature: string): void {
    if (!this.is(at, signature)) this.damaged(`no ${signature} where one is said to be`);
  }

  /** Text up to a 0, or so long. */
  text(at: number, most = 4096): string {
    const room = this.span(at, Math.min(most, this.bytes.length - at));
    const end = room.indexOf(0);
    return this.decode(end < 0 ? room : room.subarray(0, end));
  }

  decode(bytes: Uint8Array): string {
    try {
      return decodeUtf8(bytes);
    } catch (cause) {
      return this.refuse("hold texts in UTF-8", `${bytes.length} bytes that are not`, { cause });
    }
  }
}

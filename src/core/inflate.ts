/** Unpacks zlib's format where nothing else does, as in jsdom: loaded when it is needed. It trusts what it reads: our own. */

/** Fewest codes of a length of which the next begins, and the symbols in the order of their codes. */
interface Codes {
  readonly counts: Uint16Array;
  readonly symbols: Uint16Array;
}

/** Extra bits and smallest values of lengths and of distances (RFC 1951, 3.2.5). */
const LENGTH_BITS = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BITS = Array.from({ length: 30 }, (_, i) => Math.max(0, (i >> 1) - 1));
const LENGTHS = starts(LENGTH_BITS, 3);
const DISTANCES = starts(DISTANCE_BITS, 1);

/** The order in which the lengths of the codes for lengths come. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

function starts(bits: readonly number[], first: number): number[] {
  let next = first;
  const from = bits.map((count) => {
    const start = next;
    next += 1 << count;
    return start;
  });
  // The longest match has a code of its own.
  if (bits === LENGTH_BITS) from[28] = 258;
  return from;
}

function codesOf(lengths: ArrayLike<number>): Codes {
  const counts = new Uint16Array(16);
  for (let i = 0; i < lengths.length; i++) counts[lengths[i]]++;
  counts[0] = 0;
  const next = new Uint16Array(16);
  for (let bits = 1; bits < 16; bits++) next[bits] = next[bits - 1] + counts[bits - 1];
  const symbols = new Uint16Array(lengths.length);
  for (let i = 0; i < lengths.length; i++) if (lengths[i] > 0) symbols[next[lengths[i]]++] = i;
  return { counts, symbols };
}

/** Reads bits, the lowest of a byte first. */
class Bits {
  private place = 0;
  constructor(private readonly bytes: Uint8Array) {}

  take(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++, this.place++) value |= ((this.bytes[this.place >> 3] >> (this.place & 7)) & 1) << i;
    return value;
  }

  /** A code's symbol: bit after bit, until it is among the codes of its length. */
  symbol({ counts, symbols }: Codes): number {
    let code = 0;
    let first = 0;
    let index = 0;
    for (let bits = 1; bits < 16; bits++) {
      code |= this.take(1);
      if (code - first < counts[bits]) return symbols[index + code - first];
      index += counts[bits];
      first = (first + counts[bits]) << 1;
      code <<= 1;
    }
    throw new Error("The packed core must be whole.");
  }

  /** The bytes of a block that is not packed. */
  plain(): Uint8Array {
    this.place = (this.place + 7) & ~7;
    const count = this.take(16);
    this.take(16);
    const from = this.place >> 3;
    this.place += 8 * count;
    return this.bytes.subarray(from, from + count);
  }
}

/** The codes of a block that brings its own. */
function readCodes(bits: Bits): [literals: Codes, distances: Codes] {
  const [literals, distances, count] = [bits.take(5) + 257, bits.take(5) + 1, bits.take(4) + 4];
  const own = new Uint8Array(19);
  for (let i = 0; i < count; i++) own[ORDER[i]] = bits.take(3);
  const codes = codesOf(own);
  const lengths: number[] = [];
  while (lengths.length < literals + distances) {
    const symbol = bits.symbol(codes);
    if (symbol < 16) lengths.push(symbol);
    else {
      const times = symbol === 16 ? 3 + bits.take(2) : symbol === 17 ? 3 + bits.take(3) : 11 + bits.take(7);
      const value = symbol === 16 ? (lengths.at(-1) as number) : 0;
      for (let i = 0; i < times; i++) lengths.push(value);
    }
  }
  return [codesOf(lengths.slice(0, literals)), codesOf(lengths.slice(literals))];
}

const FIXED: [Codes, Codes] = [
  codesOf(Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8))),
  codesOf(new Uint8Array(30).fill(5)),
];

function readBlock(bits: Bits, out: number[], [literals, distances]: [Codes, Codes]): void {
  for (;;) {
    const symbol = bits.symbol(literals);
    if (symbol === 256) return;
    if (symbol < 256) {
      out.push(symbol);
      continue;
    }
    const length = LENGTHS[symbol - 257] + bits.take(LENGTH_BITS[symbol - 257]);
    const code = bits.symbol(distances);
    const distance = DISTANCES[code] + bits.take(DISTANCE_BITS[code]);
    for (let i = 0; i < length; i++) out.push(out[out.length - distance]);
  }
}

/** What zlib packed (RFC 1950, 1951). */
export function inflateSlowly(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const bits = new Bits(bytes.subarray(2));
  const out: number[] = [];
  for (let last = false; !last; ) {
    last = bits.take(1) === 1;
    const kind = bits.take(2);
    if (kind === 0) for (const byte of bits.plain()) out.push(byte);
    else readBlock(bits, out, kind === 1 ? FIXED : readCodes(bits));
  }
  return Uint8Array.from(out);
}

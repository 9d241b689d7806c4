/**
 * Unpacks what scripts/build.ts packed, the core and the worker's script: zlib's format (RFC 1950, 1951) as far as it is used
 * there, blocks with codes. It takes less time than the engines' streams take to start, and runs in realms that
 * have none, as jsdom's.
 */

/** More times than this the packed bytes are not: code and WebAssembly are 3 to 5 times. */
const MOST = 8;

/** The longest code, in bits. */
const LONGEST = 15;

/** For all bits that may come next: 16 times the symbol whose code they begin with, and the length of that code. */
type Codes = Uint16Array;

/** The order in which the lengths of the codes for lengths come. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** Extra bits of lengths and of distances (RFC 1951, 3.2.5). */
const lengthBits = (index: number) => (index < 8 || index === 28 ? 0 : (index >> 2) - 1);
const distanceBits = (index: number) => (index < 4 ? 0 : (index >> 1) - 1);

/** The smallest of the values that share each code. */
function starts(codes: number, bits: (index: number) => number, first: number): number[] {
  let next = first;
  return Array.from({ length: codes }, (_, index) => {
    next += 1 << bits(index);
    return next - (1 << bits(index));
  });
}

/** Gives out codes in the order of their lengths, and of the symbols where these are equal. */
function codesOf(lengths: readonly number[]): Codes {
  const codes = new Uint16Array(1 << LONGEST);
  let code = 0;
  for (let bits = 1; bits <= LONGEST; bits++, code *= 2) {
    lengths.forEach((length, symbol) => {
      if (length !== bits) return;
      // The first bit of a code comes first, which is the lowest.
      let reversed = 0;
      for (let i = 0; i < bits; i++) reversed |= ((code >> i) & 1) << (bits - 1 - i);
      for (let next = reversed; next < codes.length; next += 1 << bits) codes[next] = 16 * symbol + bits;
      code++;
    });
  }
  return codes;
}

/** Reads bits, the lowest of a byte first, after zlib's two bytes. */
class Bits {
  private place = 2;
  private held = 0;
  private count = 0;
  constructor(private readonly bytes: Uint8Array) {}

  private look(): number {
    for (; this.count <= LONGEST; this.count += 8) this.held |= this.bytes[this.place++] << this.count;
    return this.held;
  }

  private drop(count: number): void {
    this.held >>= count;
    this.count -= count;
  }

  take(count: number): number {
    const bits = this.look() & ((1 << count) - 1);
    this.drop(count);
    return bits;
  }

  symbol(codes: Codes): number {
    const found = codes[this.look() & (codes.length - 1)];
    this.drop(found & 15);
    return found >> 4;
  }
}

/** The codes of blocks that bring none: 144 symbols of 8 bits, 112 of 9, 24 of 7, 8 of 8; distances of 5. */
function knownCodes(): [literals: Codes, distances: Codes] {
  const literals = Array.from({ length: 288 }, (_, i) => (i < 144 || i > 279 ? 8 : i < 256 ? 9 : 7));
  return [codesOf(literals), codesOf(new Array(30).fill(5))];
}

/** The codes that a block brings for literals and lengths, and for distances. */
function readCodes(bits: Bits): [literals: Codes, distances: Codes] {
  const [literals, distances, count] = [bits.take(5) + 257, bits.take(5) + 1, bits.take(4) + 4];
  const own: number[] = new Array(ORDER.length).fill(0);
  for (const symbol of ORDER.slice(0, count)) own[symbol] = bits.take(3);
  const codes = codesOf(own);
  const lengths: number[] = [];
  while (lengths.length < literals + distances) {
    const symbol = bits.symbol(codes);
    if (symbol < 16) lengths.push(symbol);
    else {
      const value = symbol === 16 ? (lengths.at(-1) as number) : 0;
      const times = symbol === 18 ? 11 + bits.take(7) : 3 + bits.take(symbol - 14);
      for (let i = 0; i < times; i++) lengths.push(value);
    }
  }
  return [codesOf(lengths.slice(0, literals)), codesOf(lengths.slice(literals))];
}

/** The bytes that the build packed, which are trusted: at most 8 times as many. */
export function inflate(packed: Uint8Array): Uint8Array<ArrayBuffer> {
  // The longest match has a code of its own.
  const [lengthStarts, distanceStarts] = [[...starts(28, lengthBits, 3), 258], starts(30, distanceBits, 1)];
  const bits = new Bits(packed);
  const bytes = new Uint8Array(MOST * packed.length);
  let end = 0;
  for (let last = 0; last === 0; ) {
    last = bits.take(1);
    const kind = bits.take(2);
    if (kind === 0 || kind === 3) throw new Error("inflate: the bytes must be whole, got a block without codes.");
    const [literals, distances] = kind === 1 ? knownCodes() : readCodes(bits);
    for (let symbol = bits.symbol(literals); symbol !== 256; symbol = bits.symbol(literals)) {
      if (symbol < 256) {
        bytes[end++] = symbol;
        continue;
      }
      const length = lengthStarts[symbol - 257] + bits.take(lengthBits(symbol - 257));
      const code = bits.symbol(distances);
      const distance = distanceStarts[code] + bits.take(distanceBits(code));
      for (let i = 0; i < length; i++, end++) bytes[end] = bytes[end - distance];
    }
  }
  return bytes.slice(0, end);
}

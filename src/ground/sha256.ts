/** SHA-256 (FIPS 180-4), where no platform's own is at hand: pages without https have none. */

/** The first 32 bits of the fractional parts of roots of the first primes, as the standard has it. */
function fractions(count: number, root: (x: number) => number): Uint32Array {
  const words = new Uint32Array(count);
  for (let n = 2, found = 0; found < count; n++) {
    let isPrime = true;
    for (let d = 2; d * d <= n && isPrime; d++) isPrime = n % d > 0;
    if (!isPrime) continue;
    const value = root(n);
    words[found++] = (value - Math.floor(value)) * 2 ** 32;
  }
  return words;
}

/** By Newton's method, which + - × ÷ settle to the last bit but one: 32 of 53 are used. */
function cubeRoot(x: number): number {
  let y = x / 2;
  for (let i = 0; i < 60; i++) y -= (y * y * y - x) / (3 * y * y);
  return y;
}

const K = fractions(64, cubeRoot);
const START = fractions(8, Math.sqrt);

const turnRight = (word: number, bits: number) => (word >>> bits) | (word << (32 - bits));

function mixBlock(state: Uint32Array, w: Uint32Array): void {
  for (let i = 16; i < 64; i++) {
    const [x, y] = [w[i - 15], w[i - 2]];
    const s0 = turnRight(x, 7) ^ turnRight(x, 18) ^ (x >>> 3);
    const s1 = turnRight(y, 17) ^ turnRight(y, 19) ^ (y >>> 10);
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i++) {
    const s1 = turnRight(e, 6) ^ turnRight(e, 11) ^ turnRight(e, 25);
    const one = (h + s1 + ((e & f) ^ (~e & g)) + K[i] + w[i]) | 0;
    const s0 = turnRight(a, 2) ^ turnRight(a, 13) ^ turnRight(a, 22);
    const two = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, i) => {
    state[i] += word;
  });
}

/** The hash of bytes, as 64 hexadecimal digits. */
export function sha256(bytes: Uint8Array): string {
  const { length } = bytes;
  const padded = new Uint8Array(Math.ceil((length + 9) / 64) * 64);
  padded.set(bytes);
  padded[length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(length / 2 ** 29));
  view.setUint32(padded.length - 4, length << 3);
  const state = START.slice();
  const words = new Uint32Array(64);
  for (let block = 0; block < padded.length; block += 64) {
    for (let i = 0; i < 16; i++) words[i] = view.getUint32(block + 4 * i);
    mixBlock(state, words);
  }
  return Array.from(state, (word) => word.toString(16).padStart(8, "0")).join("");
}

/** Hashes of 32-bit words, by the finalizer of MurmurHash3 (Appleby 2011). */

/** Hashes a 32-bit word: each bit of the result depends on every bit of the word, and no two words share a hash. */
export function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Hashes three words to one: each bit of the result depends on every bit of theirs. */
export function hashWords(a: number, b: number, c: number): number {
  return mix(mix(mix(a + 0x9e3779b9) + b) ^ Math.imul(c + 1, 0x9e3779b9));
}

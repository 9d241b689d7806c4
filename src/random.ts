/** The project's one source of chance: seeded, with a state that can be kept and put back. */
import { log } from "./math.js";

/** Words of a generator's state. */
export type RandomState = readonly [number, number, number, number];

/**
 * xoshiro128** 1.1 (Blackman and Vigna 2018), in whole-number arithmetic that every engine does alike. The seed's two
 * 32-bit halves are spread over the state by the finalizer of MurmurHash3 (Appleby 2011) on a Weyl sequence.
 */
export class Random {
  private a = 0;
  private b = 0;
  private c = 0;
  private d = 0;

  /** @param seed a whole number from 0 to 2⁵³ - 1 */
  constructor(seed: number) {
    let word = (seed >>> 0) ^ mix(Math.floor(seed / 2 ** 32));
    const next = () => {
      word = (word + 0x9e3779b9) | 0;
      return mix(word);
    };
    this.state = [next(), next(), next(), next()];
  }

  /** A copy of the state; assigning one continues from there. */
  get state(): RandomState {
    return [this.a >>> 0, this.b >>> 0, this.c >>> 0, this.d >>> 0];
  }

  set state(words: RandomState) {
    [this.a, this.b, this.c, this.d] = words;
    // All zeros is the one state that never leaves itself.
    if ((this.a | this.b | this.c | this.d) === 0) this.d = 1;
  }

  /** A whole number from 0 to 2³² - 1. */
  word(): number {
    const scrambled = Math.imul(rotateLeft(Math.imul(this.b, 5), 7), 9) >>> 0;
    const shifted = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= shifted;
    this.d = rotateLeft(this.d, 11);
    return scrambled;
  }

  /** A multiple of 2⁻⁵³ in [0, 1). */
  uniform(): number {
    const high = this.word() >>> 5;
    return (high * 2 ** 26 + (this.word() >>> 6)) / 2 ** 53;
  }

  /** A whole number in [0, limit), each as likely: draws beyond the last full multiple are thrown back. */
  below(limit: number): number {
    const accepted = 2 ** 32 - (2 ** 32 % limit);
    for (;;) {
      const word = this.word();
      if (word < accepted) return word % limit;
    }
  }

  /** A draw from the normal distribution N(0, 1): the polar method (Marsaglia and Bray 1964), one of its pair. */
  normal(): number {
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) return u * Math.sqrt((-2 * log(s)) / s);
    }
  }

  /** Shuffles in place (Fisher and Yates, in Durstenfeld's form, 1964). */
  shuffle(items: Uint32Array): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const item = items[i];
      items[i] = items[j];
      items[j] = item;
    }
  }
}

/** 0, 1, ..., count - 1, shuffled when a generator is given. */
export function order(count: number, random?: Random): Uint32Array {
  const indices = new Uint32Array(count);
  for (let i = 0; i < count; i++) indices[i] = i;
  random?.shuffle(indices);
  return indices;
}

/** A word from three, each bit of which depends on all of theirs. */
export function hashWords(a: number, b: number, c: number): number {
  return mix(mix(mix(a + 0x9e3779b9) + b) ^ Math.imul(c + 1, 0x9e3779b9));
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function mix(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

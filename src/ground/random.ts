/** The only random number generator of the library: seeded, with a state that can be saved and restored. */
import { mix } from "./hash.js";
import { log } from "./math.js";
import { fillSlices, forEachSlice, runThrough } from "./slices.js";

/** The four 32-bit words of a generator's state. */
export type RandomState = readonly [number, number, number, number];

/**
 * The generator xoshiro128** 1.1 (Blackman and Vigna 2018), in integer arithmetic, the same on every engine. The seed's two
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

  /** A copy of the state. Assigning a state continues from it. */
  get state(): RandomState {
    return [this.a >>> 0, this.b >>> 0, this.c >>> 0, this.d >>> 0];
  }

  set state(words: RandomState) {
    [this.a, this.b, this.c, this.d] = words;
    // All zeros is the one state that never leaves itself.
    if ((this.a | this.b | this.c | this.d) === 0) this.d = 1;
  }

  /** Draws a whole number from 0 to 2³² - 1. */
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

  /** Draws a multiple of 2⁻⁵³ from [0, 1). */
  uniform(): number {
    const high = this.word() >>> 5;
    return (high * 2 ** 26 + (this.word() >>> 6)) / 2 ** 53;
  }

  /** Draws a whole number from [0, limit), uniformly: draws beyond the last full multiple of `limit` are rejected. */
  below(limit: number): number {
    const accepted = 2 ** 32 - (2 ** 32 % limit);
    for (;;) {
      const word = this.word();
      if (word < accepted) return word % limit;
    }
  }

  /** Draws from the normal distribution N(0, 1) by the polar method (Marsaglia and Bray 1964); one of its pair is used. */
  normal(): number {
    for (;;) {
      const u = 2 * this.uniform() - 1;
      const v = 2 * this.uniform() - 1;
      const s = u * u + v * v;
      if (s > 0 && s < 1) return u * Math.sqrt((-2 * log(s)) / s);
    }
  }

  /**
   * Shuffles in place (Fisher and Yates, in Durstenfeld's form, 1964): places `from - 1` down to `to` are drawn, all of them
   * unless told otherwise.
   */
  shuffle(items: Uint32Array, from = items.length, to = 1): void {
    for (let i = from - 1; i >= to; i--) {
      const j = this.below(i + 1);
      const item = items[i];
      items[i] = items[j];
      items[j] = item;
    }
  }
}

/** Returns 0, 1, ..., count - 1, shuffled if a generator is given. */
export function order(count: number, random?: Random): Uint32Array {
  return runThrough(orderSlices(count, random));
}

/** The same, slice by slice. */
export function* orderSlices(count: number, random?: Random): Generator<number, Uint32Array> {
  const indices = new Uint32Array(count);
  if (count <= DRAWN) {
    // Four rows are shuffled sooner than a generator is made.
    for (let i = 1; i < count; i++) indices[i] = i;
    if (random && count > 1) random.shuffle(indices, count, 1);
    return indices;
  }
  yield* fillSlices(indices, (i) => i, DRAWN);
  if (random) yield* forEachSlice(count - 1, (from, to) => random.shuffle(indices, count - from, count - to), DRAWN);
  return indices;
}

/** Numbers drawn between two looks at the clock. */
const DRAWN = 2 ** 13;

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

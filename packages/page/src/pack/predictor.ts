/**
 * Says how probable it is that the next bit is 1, from what came before: contexts of several lengths, mixed by weights that learn
 * (Mahoney 2005, as in lpaq). Whoever packs and whoever unpacks must compute the same on every engine: sums, products and tables alone.
 */

/** Lengths of contexts in bytes; beside them the latest word, three bytes without the latest, for code of WebAssembly, and the longest match. */
const ORDERS = [0, 1, 2, 3, 4, 6];
const CONTEXTS = ORDERS.length + 2;
/** Of each context what its slot says, and what followed elsewhere after the same latest bits; the match; a constant. */
const INPUTS = 2 * CONTEXTS + 2;
const MATCH = 2 * CONTEXTS;

const SLOT_BITS = 22;
const SLOTS = 1 << SLOT_BITS;
const MATCH_BITS = 20;
const SHORTEST_MATCH = 5;
const LONGEST_MATCH = 400;

/** A slot adapts as 1/n, n up to here. */
const MOST_SEEN = 60;
/** How fast weights learn. */
const RATE = 0.0000000006;

const REFINING = 0.02;

/** e to the power of 1/256. */
const ROOT = 1.0039138893383475;

/** By how many 256ths of a logit: the probability of 65536. */
const SQUASH = new Float64Array(4096);
/** By a probability of 4096: its logit in 256ths. */
const STRETCH = new Float64Array(4096);

function makeTables(): void {
  let power = 1;
  for (let d = 0; d < 2048; d++) {
    SQUASH[2048 + d] = Math.floor((65536 * power) / (1 + power));
    SQUASH[2048 - d] = 65536 - SQUASH[2048 + d];
    power *= ROOT;
  }
  SQUASH[0] = SQUASH[1];
  let from = 0;
  for (let d = 0; d < 4096; d++) {
    const upTo = SQUASH[d] / 16;
    while (from < 4096 && from < upTo) STRETCH[from++] = d - 2048;
  }
  while (from < 4096) STRETCH[from++] = 2047;
}

makeTables();

const clip = (logit: number) => Math.min(2047, Math.max(-2047, logit));

export class Predictor {
  /** By context, by its hash: 16 bits of probability, 8 bits of how often it was seen, 8 bits of the latest bits, seven at most, after a 1. */
  private readonly slots = Array.from({ length: CONTEXTS }, () => new Uint32Array(SLOTS));
  /** By context, by what its latest bits were: how probable a 1 was then. */
  private readonly followed = Array.from({ length: CONTEXTS }, () => new Uint32Array(256).fill(2 ** 31));
  private readonly rates = Float64Array.from({ length: 1024 }, (_, n) => 1 / (n + 1.4));
  private readonly bases = new Int32Array(CONTEXTS);
  private readonly places = new Int32Array(CONTEXTS);
  private readonly inputs = new Float64Array(INPUTS);
  /** Two mixers: by the bits of this byte, and by the byte before and the match. */
  private readonly byBits = new Float64Array(256 * INPUTS).fill(0.17);
  private readonly byMatch = new Float64Array(1024 * INPUTS).fill(0.17);
  private readonly matched = new Uint32Array(64 * 2).fill(1 << 31);
  private readonly ends = new Int32Array(1 << MATCH_BITS);
  private readonly byBefore = new Float64Array(256 * INPUTS).fill(0.17);
  private readonly mixed = new Int32Array(3);
  private before = 0;
  /** By the byte before and the bits of this one, by what the mixers say: what came of it (secondary estimation). */
  private readonly refined = Float64Array.from(
    { length: 33 * 65536 },
    (_, i) => SQUASH[Math.min(4095, (i % 33) * 128)],
  );
  private refinedAt = 0;
  private readonly seen: Uint8Array;
  private size = 0;
  /** The bits of this byte, after a 1. */
  private bits = 1;
  private word = 0;
  private matchAt = 0;
  private matchLength = 0;
  private matchPlace = 0;

  /** @param most how many bytes will be seen */
  constructor(most: number) {
    this.seen = new Uint8Array(most);
    for (const slots of this.slots) slots.fill(1 << 31);
    this.chooseSlots();
  }

  /** The probability of a 1, 1 to 65535 of 65536. */
  get probability(): number {
    const { inputs, bits, places, bases } = this;
    const within =
      bits < 16 ? bits : bits < 32 ? 1 : bits < 64 ? 2 | (bits & 1) : bits < 128 ? 4 | (bits & 3) : 8 | (bits & 7);
    for (let c = 0; c < CONTEXTS; c++) {
      const place = bases[c] + within;
      places[c] = place;
      const slot = this.slots[c][place];
      const past = slot & 255;
      inputs[2 * c] = past === 0 ? 0 : STRETCH[slot >>> 20];
      inputs[2 * c + 1] = past === 0 ? 0 : STRETCH[this.followed[c][past] >>> 20];
    }
    this.lookAtMatch();
    inputs[INPUTS - 1] = 256;
    this.mixed[0] = 2048 + clip(dot(inputs, this.byBits, bits * INPUTS));
    this.mixed[1] = 2048 + clip(dot(inputs, this.byMatch, this.matchSet() * INPUTS));
    this.mixed[2] = 2048 + clip(dot(inputs, this.byBefore, this.before * INPUTS));
    const logit = Math.floor((this.mixed[0] + this.mixed[1] + this.mixed[2]) / 3);
    this.refinedAt = 33 * (bits | (this.size > 0 ? this.seen[this.size - 1] << 8 : 0)) + (logit >> 7);
    const [share, at] = [logit & 127, this.refinedAt];
    const refined = (this.refined[at] * (128 - share) + this.refined[at + 1] * share) / 128;
    if (share > 63) this.refinedAt++;
    return Math.min(65535, Math.max(1, Math.floor((SQUASH[logit] + 2 * refined) / 3)));
  }

  update(bit: number): void {
    const aim = bit === 1 ? 4194303 : 0;
    const { places, rates } = this;
    for (let c = 0; c < CONTEXTS; c++) {
      const slots = this.slots[c];
      const slot = slots[places[c]];
      const seen = (slot >>> 8) & 255;
      const past = slot & 255;
      const p = (slot >>> 16) + Math.floor((bit * 65535 - (slot >>> 16)) * rates[seen]);
      const bits = past === 0 ? 2 | bit : (past << 1) | bit;
      slots[places[c]] =
        (p << 16) | ((seen < MOST_SEEN ? seen + 1 : seen) << 8) | (bits < 256 ? bits : (bits & 127) | 128);
      const followed = this.followed[c];
      followed[past] = this.moved(followed[past], aim, 1000);
    }
    if (this.matchLength > 0) {
      this.matched[this.matchPlace] = this.moved(this.matched[this.matchPlace], aim, 1000);
    }
    const aimed = bit * 65536;
    this.refined[this.refinedAt] += (aimed - this.refined[this.refinedAt]) * REFINING;
    train(this.inputs, this.byBits, this.bits * INPUTS, aimed - SQUASH[this.mixed[0]]);
    train(this.inputs, this.byMatch, this.matchSet() * INPUTS, aimed - SQUASH[this.mixed[1]]);
    train(this.inputs, this.byBefore, this.before * INPUTS, aimed - SQUASH[this.mixed[2]]);
    this.followMatch(bit);
    this.bits = (this.bits << 1) | bit;
    if (this.bits >= 256) this.endByte();
    else if (this.bits >= 16 && this.bits < 32) this.chooseSlots();
  }

  private moved(slot: number, aim: number, most: number): number {
    const count = slot & 1023;
    const p = slot >>> 10;
    const next = p + Math.floor((aim - p) * this.rates[count]);
    return ((next << 10) | (count < most ? count + 1 : count)) >>> 0;
  }

  private matchSet(): number {
    const length = this.matchLength === 0 ? 0 : this.matchLength < 16 ? 1 : this.matchLength < 32 ? 2 : 3;
    return length * 256 + (this.size > 0 ? this.seen[this.size - 1] : 0);
  }

  private lookAtMatch(): void {
    if (this.matchLength === 0) {
      this.inputs[MATCH] = 0;
      return;
    }
    const expected = (this.seen[this.matchAt] | 256) >> (7 - this.bitCount());
    const bit = expected & 1;
    this.matchPlace = 2 * Math.min(63, this.matchLength < 32 ? this.matchLength : 28 + (this.matchLength >> 3)) + bit;
    this.inputs[MATCH] = STRETCH[this.matched[this.matchPlace] >>> 20];
  }

  private bitCount(): number {
    return 31 - Math.clz32(this.bits);
  }

  private followMatch(bit: number): void {
    if (this.matchLength === 0) return;
    const expected = ((this.seen[this.matchAt] | 256) >> (7 - this.bitCount())) & 1;
    if (expected !== bit) this.matchLength = 0;
  }

  private endByte(): void {
    const byte = this.bits & 255;
    this.before = this.size > 0 ? this.seen[this.size - 1] : 0;
    this.seen[this.size++] = byte;
    this.bits = 1;
    const isLetter =
      (byte >= 97 && byte <= 122) || (byte >= 65 && byte <= 90) || (byte >= 48 && byte <= 57) || byte > 127;
    this.word = isLetter ? Math.imul(this.word + byte + 1, 0x2c1b3c6d) : 0;
    this.findMatch();
    this.chooseSlots();
  }

  private findMatch(): void {
    const { size, seen } = this;
    if (this.matchLength > 0) {
      this.matchAt++;
      if (this.matchLength < LONGEST_MATCH) this.matchLength++;
    }
    if (size < SHORTEST_MATCH) return;
    let hash = 0;
    for (let i = size - SHORTEST_MATCH; i < size; i++) hash = Math.imul(hash, 0x2f0b4c47) + seen[i] + 1;
    const place = (hash ^ (hash >>> 14)) & ((1 << MATCH_BITS) - 1);
    if (this.matchLength === 0 && this.ends[place] > 0) {
      this.matchAt = this.ends[place];
      let length = 0;
      while (
        length < LONGEST_MATCH &&
        length < this.matchAt &&
        seen[this.matchAt - 1 - length] === seen[size - 1 - length]
      )
        length++;
      this.matchLength = length >= SHORTEST_MATCH ? length : 0;
    }
    this.ends[place] = size;
  }

  /** Once for each half of a byte: sixteen slots that lie side by side. */
  private chooseSlots(): void {
    const { seen, size, bits } = this;
    let hash = 0;
    let length = 0;
    const half = bits === 1 ? 0 : bits;
    for (let c = 0; c < CONTEXTS; c++) {
      let own: number;
      if (c < ORDERS.length) {
        while (length < ORDERS[c]) {
          length++;
          hash = Math.imul(hash + (size >= length ? seen[size - length] : 0) + 1, 0x3d4d51cb);
          hash ^= hash >>> 15;
        }
        own = hash;
      } else if (c === ORDERS.length) own = this.word + (size > 0 && this.word === 0 ? seen[size - 1] : 0);
      else own = size > 3 ? (seen[size - 2] << 8) | (seen[size - 3] << 16) | (seen[size - 4] << 24) : 0;
      own = Math.imul(own + half * 0x9e3779b1 + c, 0x2545f491);
      own = Math.imul(own ^ (own >>> 15), 0x2c1b3c6d);
      this.bases[c] = ((own ^ (own >>> 13)) & ((SLOTS >> 4) - 1)) << 4;
    }
  }
}

function dot(inputs: Float64Array, weights: Float64Array, from: number): number {
  let sum = 0;
  for (let i = 0; i < INPUTS; i++) sum += inputs[i] * weights[from + i];
  return sum;
}

function train(inputs: Float64Array, weights: Float64Array, from: number, error: number): void {
  const step = error * RATE;
  for (let i = 0; i < INPUTS; i++) weights[from + i] += inputs[i] * step;
}

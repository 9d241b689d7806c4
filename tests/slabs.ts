/** A core of its own, the second module with it, and buffers in its memory, each between two canaries, for tests of single kernels. */
import { createCore, reserve } from "../src/core/core.js";
import { addExtra } from "../src/core/extra-core.js";

const CANARY_BYTES = 64;
const CANARY = 0xa5;

/** Buffers handed out one after the other; `clear` starts over. */
export class Slabs {
  private next: number;
  private readonly canaries: number[] = [];

  private constructor(
    readonly core: Awaited<ReturnType<typeof addExtra>>,
    private readonly bytes: Uint8Array,
  ) {
    this.next = core.base;
  }

  /** @param size bytes for all buffers together */
  static async create(size: number): Promise<Slabs> {
    const core = await addExtra(await createCore());
    reserve(core, core.base + size);
    return new Slabs(core, new Uint8Array(core.memory.buffer));
  }

  get kernels() {
    return this.core.kernels;
  }

  /** Room for `count` floats, full of NaN, at an address that is 4 but no more bytes aligned if `odd`. */
  output(count: number, odd = false): Slab {
    // The canary ends where the buffer starts, so a write one float before it is seen.
    this.next = 16 * Math.ceil(this.next / 16) + (odd ? 4 : 0);
    this.canary();
    const address = this.next;
    this.next += 4 * count;
    this.canary();
    const slab = new Slab(address, new Float32Array(this.core.memory.buffer, address, count));
    slab.floats.fill(Number.NaN);
    return slab;
  }

  /** The numbers given, rounded to float32. */
  input(values: ArrayLike<number>, odd = false): Slab {
    const slab = this.output(values.length, odd);
    slab.floats.set(values);
    return slab;
  }

  /** Whole numbers as int32. */
  labels(values: ArrayLike<number>): Slab {
    const slab = this.output(values.length);
    new Int32Array(this.core.memory.buffer, slab.address, values.length).set(values);
    return slab;
  }

  /** Whether every byte around the buffers is as it was. */
  get intact(): boolean {
    return this.canaries.every((start) =>
      this.bytes.subarray(start, start + CANARY_BYTES).every((byte) => byte === CANARY),
    );
  }

  /** Forgets all buffers. */
  clear(): void {
    this.next = this.core.base;
    this.canaries.length = 0;
  }

  private canary(): void {
    this.bytes.fill(CANARY, this.next, this.next + CANARY_BYTES);
    this.canaries.push(this.next);
    this.next += CANARY_BYTES;
  }
}

/** Floats and where they lie. */
export class Slab {
  constructor(
    readonly address: number,
    readonly floats: Float32Array,
  ) {}
}

/** u, half the distance from 1 to the next float32. */
export const UNIT_ROUNDOFF = 2 ** -24;

/** γₖ = k·u/(1 - k·u): what k roundings can do to a product (Higham 2002, lemma 3.1). */
export function gamma(k: number): number {
  return (k * UNIT_ROUNDOFF) / (1 - k * UNIT_ROUNDOFF);
}

/** The bits of products: of a row alone and among others, of gradients in parts and in one, with ReLU in the store and without. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import * as reference from "../reference.js";
import { type Slab, Slabs } from "../slabs.js";
import { sameBits } from "../ulp.js";
import { type Sizes, uniform } from "./operands.js";

const slabs = await Slabs.create(4_000_000);
const { kernels } = slabs;

const widths = [1, 2, 3, 4, 5, 7, 10, 12, 13, 16, 17, 31, 32, 33, 47, 64, 100];

/** What a kernel makes of operands already in memory. */
function result(name: string, count: number, ...args: number[]): Float32Array {
  const out = slabs.output(count);
  (kernels[name as keyof typeof kernels] as (...all: number[]) => void)(out.address, ...args);
  return out.floats;
}

type Layer = [x: Slab, w: Slab, b: Slab, panel: Slab];

/** A fresh layer in memory: X, W, b and scratch. */
function layer([B, I, O]: Sizes, random: Random): Layer {
  slabs.clear();
  const [x, w, b] = [B * I, I * O, O].map((count) => slabs.input(uniform(count, random)));
  return [x, w, b, slabs.output(16 * I)];
}

describe("a row on its own", () => {
  /** The rows that the kernel gives other bits when it is called on them alone. */
  function differing(name: string, [x, w, b, panel]: Layer, [B, I, O]: Sizes, batch: Float32Array): number[] {
    return Array.from({ length: B }, (_, r) => r).filter((r) => {
      const alone = result(name, O, x.address + 4 * r * I, w.address, b.address, panel.address, 1, I, O);
      return !sameBits(alone, batch.subarray(r * O, (r + 1) * O));
    });
  }

  it.each(["denseForward", "denseReluForward"])("has the bits of %s on batches of 1..65", (name) => {
    const random = new Random(4);
    for (const O of widths) {
      const I = 1 + random.below(40);
      const [x, w, b, panel] = layer([65, I, O], random);
      const whole = result(name, 65 * O, x.address, w.address, b.address, panel.address, 65, I, O);
      expect(differing(name, [x, w, b, panel], [65, I, O], whole), `${O} columns`).toEqual([]);
      for (let B = 1; B < 65; B++) {
        const batch = result(name, B * O, x.address, w.address, b.address, panel.address, B, I, O);
        expect(sameBits(batch, whole.subarray(0, B * O)), `${B} rows, ${O} columns`).toBe(true);
      }
    }
  });

  it("has them too where k goes in stretches and panels are packed", () => {
    const random = new Random(12);
    for (const [I, O] of [
      [321, 20],
      [700, 259],
      [1000, 33],
      [330, 300],
    ]) {
      const [x, w, b, panel] = layer([26, I, O], random);
      const whole = result("denseReluForward", 26 * O, x.address, w.address, b.address, panel.address, 26, I, O);
      expect(differing("denseReluForward", [x, w, b, panel], [26, I, O], whole), `${I}x${O}`).toEqual([]);
    }
  });

  it("control: sums with fewer roundings do not have the same bits", () => {
    const sizes: Sizes = [4, 20, 10];
    const [x, w, b, panel] = layer(sizes, new Random(5));
    const rounded = Float32Array.from(reference.dense(x.floats, w.floats, b.floats, ...sizes));
    expect(differing("denseForward", [x, w, b, panel], sizes, rounded)).toEqual([0, 1, 2, 3]);
  });

  it.each(["denseForward", "denseReluForward", "inputsBackward"])(
    "keeps its NaN or Infinity to itself in %s",
    (name) => {
      const random = new Random(6);
      for (let O = 1; O <= 33; O++) {
        expect(touched(name, Number.NaN, O, random)).toEqual({ changed: [3], lost: [3] });
        expect(touched(name, Infinity, O, random).changed).toEqual([3]);
      }
    },
  );

  it("control: a row only a little different is changed, not lost", () => {
    expect(touched("denseForward", 2, 8, new Random(7))).toEqual({ changed: [3], lost: [] });
  });

  /** Spoils row 3 of 7 inputs: which rows of the result change, which are NaN throughout. */
  function touched(name: string, spoilt: number, O: number, random: Random): { changed: number[]; lost: number[] } {
    const [x, w, b, panel] = layer([7, 5, O], random);
    // inputsBackward for O inputs and 5 outputs has the same shapes, and scratch where the bias is.
    const args =
      name === "inputsBackward"
        ? [x.address, w.address, slabs.output(16 * 5).address, 7, O, 5]
        : [x.address, w.address, b.address, panel.address, 7, 5, O];
    const before = result(name, 7 * O, ...args);
    // Of a sign that the first sum keeps: ReLU makes of -Infinity the 0 that may have been there before.
    const p = random.below(5);
    x.floats[3 * 5 + p] = spoilt * Math.sign(w.floats[name === "inputsBackward" ? p : p * O]);
    const after = result(name, 7 * O, ...args);
    const select = (test: (...rows: Float32Array[]) => boolean) =>
      [0, 1, 2, 3, 4, 5, 6].filter((r) => test(...[after, before].map((y) => y.subarray(r * O, (r + 1) * O))));
    return { changed: select((now, then) => !sameBits(now, then)), lost: select((now) => now.every(Number.isNaN)) };
  }
});

describe("gradients of more than 2²⁰ weights", () => {
  /** dW of all inputs at once, and of each half alone, with a row of it spoilt if asked for. */
  async function wholeAndHalves(spoil = false): Promise<[Float32Array, Float32Array]> {
    const [B, I, O] = [3, 1100, 1000];
    const large = await Slabs.create(4 * (2 * I * O + B * (I + O)) + 2 ** 16);
    const random = new Random(13);
    const values = uniform(B * I, random);
    const d = large.input(uniform(B * O, random));
    const [whole, halves, panel] = [I * O, I * O, 16 * B].map((count) => large.output(count));
    const x = large.input(values);
    large.kernels.weightsBackward(whole.address, x.address, d.address, panel.address, B, I, O);
    for (const from of [0, I / 2]) {
      const part = Array.from({ length: B }, (_, r) => [...values.subarray(r * I + from, r * I + from + I / 2)]).flat();
      x.floats.set(part);
      const to = halves.address + 4 * from * O;
      large.kernels.weightsBackward(to, x.address, d.address, panel.address, B, I / 2, O);
    }
    if (spoil) whole.floats[777_777] += 1e-6;
    expect(large.intact).toBe(true);
    return [whole.floats, halves.floats];
  }

  it("made in blocks have the bits of those made at once", async () => {
    expect(sameBits(...(await wholeAndHalves()))).toBe(true);
  });

  it("control: one of a million weights that differs is noticed", async () => {
    expect(sameBits(...(await wholeAndHalves(true)))).toBe(false);
  });
});

describe("gradients in parts", () => {
  /** Which gradients over the first `cut` rows plus the rest have the bits of the whole; the rest starts at row `from`. */
  function splits([B, I, O]: Sizes, cut: number, random: Random, from = cut): { weights: boolean; biases: boolean } {
    slabs.clear();
    const [x, d] = [slabs.input(uniform(B * I, random)), slabs.input(uniform(B * O, random))];
    const panel = slabs.output(16 * B);
    const restOfD = d.address + 4 * from * O;
    const dw = slabs.input(result("weightsBackward", I * O, x.address, d.address, panel.address, cut, I, O));
    kernels.weightsAccumulate(dw.address, x.address + 4 * from * I, restOfD, panel.address, B - cut, I, O);
    const db = slabs.input(result("biasesBackward", O, d.address, cut, O));
    kernels.biasesAccumulate(db.address, restOfD, B - cut, O);
    return {
      weights: sameBits(dw.floats, result("weightsBackward", I * O, x.address, d.address, panel.address, B, I, O)),
      biases: sameBits(db.floats, result("biasesBackward", O, d.address, B, O)),
    };
  }

  it("have the bits of the whole, wherever the rows are cut", () => {
    const random = new Random(8);
    for (let i = 0; i < 500; i++) {
      const sizes: Sizes = [2 + random.below(30), 1 + random.below(40), 1 + random.below(40)];
      const cut = 1 + random.below(sizes[0] - 1);
      expect(splits(sizes, cut, random), `${sizes}, cut at ${cut}`).toEqual({ weights: true, biases: true });
    }
  });

  it("control: a rest that starts a row too early does not", () => {
    expect(splits([9, 5, 6], 4, new Random(9), 3)).toEqual({ weights: false, biases: false });
  });
});

describe("denseReluForward and denseForward", () => {
  /** Both on one layer whose last bias is NaN. */
  function both(B: number, O: number, random: Random): { relu: Float32Array; plain: Float32Array } {
    const [x, w, b, panel] = layer([B, 9, O], random);
    b.floats[O - 1] = Number.NaN;
    const args = [x.address, w.address, b.address, panel.address, B, 9, O];
    return { relu: result("denseReluForward", B * O, ...args), plain: result("denseForward", B * O, ...args) };
  }

  it("differ by max(y, 0) and nothing else; NaN stays", () => {
    const random = new Random(10);
    for (const O of widths) {
      for (const B of [1, 2, 3, 5]) {
        const { relu, plain } = both(B, O, random);
        expect(relu).toEqual(plain.map((y) => Math.max(y, 0)));
        expect(relu[B * O - 1]).toBeNaN();
      }
    }
  });

  it("control: they do differ", () => {
    const { relu, plain } = both(5, 16, new Random(11));
    expect(relu).not.toEqual(plain);
  });
});

describe("inputsReluBackward and inputsBackward", () => {
  /** Both for O outputs and I inputs, and H with zeros, negative zeros and NaN in it. */
  function both(B: number, I: number, O: number, random: Random) {
    slabs.clear();
    const [d, w] = [B * O, I * O].map((count) => slabs.input(uniform(count, random)));
    const kinds = [1, 0, -0, 0.5, Number.NaN, 2 ** -149];
    const h = slabs.input(Float32Array.from({ length: B * I }, () => kinds[random.below(kinds.length)]));
    const panel = slabs.output(16 * O);
    return {
      h: h.floats,
      slope: result("inputsReluBackward", B * I, d.address, w.address, h.address, panel.address, B, I, O),
      plain: result("inputsBackward", B * I, d.address, w.address, panel.address, B, I, O),
    };
  }

  it("differ by 0 where H is not above 0, and by no bit elsewhere", () => {
    const random = new Random(14);
    for (const I of widths) {
      for (const B of [1, 2, 3, 5, 8]) {
        const { h, slope, plain } = both(B, I, 1 + random.below(20), random);
        expect(
          sameBits(
            slope,
            plain.map((dx, i) => (h[i] > 0 ? dx : 0)),
          ),
        ).toBe(true);
      }
    }
  });

  it("control: they do differ", () => {
    const { slope, plain } = both(5, 16, 3, new Random(15));
    expect(sameBits(slope, plain)).toBe(false);
  });
});

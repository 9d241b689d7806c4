/** N1: the products of a dense layer at every edge, against float64, and the laws about their bits. */
import { describe, expect, it } from "vitest";
import { Random } from "../src/random.js";
import * as reference from "./reference.js";
import { gamma, type Slab, Slabs } from "./slabs.js";
import { faults, oneMore, SMALLEST, sameBits } from "./ulp.js";

/** The long run: every small shape and 100,000 random ones for each kernel. */
const LONG = process.env.WASMLP_LONG === "1";

const slabs = await Slabs.create(4_000_000);
const { kernels } = slabs;

type Sizes = [B: number, I: number, O: number];

/** X [B×I], W [I×O], b [O], D [B×O], scratch, and the result: where they are, or what is in them. */
type Operands<T> = Record<"x" | "w" | "b" | "d" | "panel" | "out", T>;

/** A kernel seen as C [m×n] = start + A [m×k]·B [k×n]. */
interface Product {
  sizes(m: number, n: number, k: number): Sizes;
  count(B: number, I: number, O: number): number;
  call(at: Operands<number>, ...sizes: Sizes): void;
  exact(of: Operands<reference.Vector>, ...sizes: Sizes): Float64Array;
  accumulates?: true;
}

const denseForward: Product = {
  sizes: (m, n, k) => [m, k, n],
  count: (B, _, O) => B * O,
  call: ({ out, x, w, b, panel }, ...sizes) => kernels.denseForward(out, x, w, b, panel, ...sizes),
  exact: ({ x, w, b }, ...sizes) => reference.dense(x, w, b, ...sizes),
};
const weightsBackward: Product = {
  sizes: (m, n, k) => [k, m, n],
  count: (_, I, O) => I * O,
  call: ({ out, x, d, panel }, ...sizes) => kernels.weightsBackward(out, x, d, panel, ...sizes),
  exact: ({ x, d }, ...sizes) => reference.weightsGradient(x, d, ...sizes),
};
const biasesBackward: Product = {
  sizes: (_, n, k) => [k, 1, n],
  count: (_B, _I, O) => O,
  call: ({ out, d }, B, _, O) => kernels.biasesBackward(out, d, B, O),
  exact: ({ d }, B, _, O) => reference.biasesGradient(d, B, O),
};
const products: Record<string, Product> = {
  denseForward,
  weightsBackward,
  biasesBackward,
  denseReluForward: {
    ...denseForward,
    call: ({ out, x, w, b, panel }, ...sizes) => kernels.denseReluForward(out, x, w, b, panel, ...sizes),
    exact: (...args) => denseForward.exact(...args).map((y) => Math.max(y, 0)),
  },
  weightsAccumulate: {
    ...weightsBackward,
    accumulates: true,
    call: ({ out, x, d, panel }, ...sizes) => kernels.weightsAccumulate(out, x, d, panel, ...sizes),
    exact: (of, ...sizes) => weightsBackward.exact(of, ...sizes).map((sum, i) => of.out[i] + sum),
  },
  biasesAccumulate: {
    ...biasesBackward,
    accumulates: true,
    call: ({ out, d }, B, _, O) => kernels.biasesAccumulate(out, d, B, O),
    exact: (of, ...sizes) => biasesBackward.exact(of, ...sizes).map((sum, i) => of.out[i] + sum),
  },
  inputsBackward: {
    sizes: (m, n, k) => [m, n, k],
    count: (B, I) => B * I,
    call: ({ out, d, w, panel }, ...sizes) => kernels.inputsBackward(out, d, w, panel, ...sizes),
    exact: ({ d, w }, ...sizes) => reference.inputsGradient(d, w, ...sizes),
  },
  inputsReluBackward: {
    sizes: (m, n, k) => [m, n, k],
    count: (B, I) => B * I,
    // X stands for H, what ReLU had made of the sums.
    call: ({ out, d, w, x, panel }, ...sizes) => kernels.inputsReluBackward(out, d, w, x, panel, ...sizes),
    exact: ({ d, w, x }, ...sizes) => reference.inputsGradient(d, w, ...sizes).map((dx, i) => (x[i] > 0 ? dx : 0)),
  },
};

interface Shape {
  m: number;
  n: number;
  k: number;
  odd: boolean;
  /** Of A and B: 2⁻⁷⁰ makes every product subnormal. */
  scale: number;
}

/** A fault for a control to plant: other sizes than the true ones, or something done after the call. */
interface Sabotage {
  told?: [m: number, n: number, k: number];
  after?(out: Float32Array, x: Float32Array, bound: number): void;
}

function map<T, U>({ x, w, b, d, panel, out }: Operands<T>, f: (operand: T) => U): Operands<U> {
  return { x: f(x), w: f(w), b: f(b), d: f(d), panel: f(panel), out: f(out) };
}

function uniform(count: number, random: Random, scale = 1): Float32Array {
  return Float32Array.from({ length: count }, () => (random.word() / 2 ** 31 - 1) * scale);
}

/** What is wrong with a kernel called on random numbers. */
function check(name: string, { m, n, k, odd, scale }: Shape, random: Random, sabotage: Sabotage = {}): string[] {
  const product = products[name];
  const sizes = product.sizes(m, n, k);
  const [B, I, O] = sizes;
  const count = product.count(...sizes);
  const input = (length: number, size: number) => slabs.input(uniform(length, random, size), odd);
  slabs.clear();
  const operands: Operands<Slab> = {
    x: input(B * I, scale),
    w: input(I * O, scale),
    b: input(O, scale * scale),
    d: input(B * O, scale),
    panel: slabs.output(16 * Math.max(B, I, O), odd),
    out: product.accumulates ? input(count, scale * scale) : slabs.output(count, odd),
  };
  const { x, w, b, d, out } = operands;
  const values = map(operands, ({ floats }) => Float64Array.from(floats));
  const exact = product.exact(values, ...sizes);
  // |A|·|B| + |start| is the same formula on absolute values.
  const magnitudes = map(values, (operand) => operand.map(Math.abs));
  const magnitude = product.exact(magnitudes, ...sizes);
  // A product that underflows is off by up to half the smallest subnormal; sums of subnormals are exact.
  const bound = (i: number) => gamma(k + 2) * magnitude[i] + (k * SMALLEST) / 2;
  const addresses = map(operands, ({ address }) => address);
  return faults(slabs, [x, w, b, d], () => {
    product.call(addresses, ...product.sizes(...(sabotage.told ?? [m, n, k])));
    sabotage.after?.(out.floats, x.floats, bound(count - 1));
    return [{ result: out.floats, exact, bound }];
  });
}

const oneRowFewer: [string, string, Sabotage] = ["one row fewer", "wrong", { told: [4, 7, 11] }];

/** Rows to 2·MR + 1 (MR is 2 or 4), columns to 2·NR + 1 (NR is 16), few terms and prime numbers of them. */
const smallShapes: Shape[] = [];
for (let m = 1; m <= 9; m++) {
  for (let n = 1; n <= 33; n++) {
    for (const k of [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 31]) {
      smallShapes.push({ m, n, k, odd: false, scale: 1 }, { m, n, k, odd: true, scale: 2 ** -70 });
    }
  }
}

/** Sides to `limit`, short ones as frequent as long ones. */
function randomShape(limit: number, random: Random): Shape {
  const side = () => Math.floor((limit + 1) ** random.uniform());
  return { m: side(), n: side(), k: side(), odd: random.below(2) === 1, scale: 2 ** (random.below(40) - 20) };
}

describe.each(Object.keys(products))("%s", (name) => {
  const expectNoFaults = (shape: Shape, random: Random) =>
    expect(check(name, shape, random), JSON.stringify(shape)).toEqual([]);

  it("is within γ(k+2)·(|A|·|B| + |start|) at the edges of its tiles", () => {
    const random = new Random(1);
    const shapes = LONG ? smallShapes : smallShapes.filter(() => random.below(4) === 0);
    for (const shape of shapes) expectNoFaults(shape, random);
  });

  it("is within the bound for random shapes to 400", () => {
    const random = new Random(2);
    const [small, large] = LONG ? [100_000, 400] : [100, 6];
    for (let i = 0; i < small; i++) expectNoFaults(randomShape(40, random), random);
    for (let i = 0; i < large; i++) expectNoFaults(randomShape(400, random), random);
  });

  it.each<[string, string, Sabotage]>([
    ["an element off by three bounds", "wrong", { after: (y, _, bound) => (y[y.length - 1] += 3 * bound) }],
    ["a write past the end", "overrun", { after: (y) => oneMore(y).fill(0, y.length) }],
    ["a changed input", "input written", { after: (_, x) => (x[0] = 7) }],
    ["one term fewer", "wrong", { told: [5, 7, 10] }],
    ["one column fewer", "wrong", { told: [5, 6, 11] }],
    // Sums of columns have one row.
    ...(name.startsWith("biases") ? [] : [oneRowFewer]),
  ])("control: %s is found", (_, fault, sabotage) => {
    expect(check(name, { m: 5, n: 7, k: 11, odd: false, scale: 1 }, new Random(3), sabotage)).toEqual([fault]);
  });
});

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
        // ReLU may turn -Infinity into the 0 that was there before.
        expect([[], [3]]).toContainEqual(touched(name, Infinity, O, random).changed);
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
    x.floats[3 * 5 + random.below(5)] = spoilt;
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

/** N1: the products of a dense layer at every edge, against float64, and the laws about their bits. */
import { describe, expect, it } from "vitest";
import { Random } from "../src/random.js";
import * as reference from "./reference.js";
import { gamma, type Slab, Slabs } from "./slabs.js";
import { leaves, SMALLEST, sameBits, worstShare } from "./ulp.js";

const LONG = process.env.WASMLP_LONG === "1";
const slabs = await Slabs.create(4_000_000);
const { kernels } = slabs;

type Sizes = [B: number, I: number, O: number];

/** X [B×I], W [I×O], b [O], D [B×O], `out` as it was before the call. */
interface Operands<T> {
  x: T;
  w: T;
  b: T;
  d: T;
  out: T;
}

/** A kernel seen as C [m×n] = start + A [m×k]·B [k×n]. */
interface Product {
  sizes(m: number, n: number, k: number): Sizes;
  count(...sizes: Sizes): number;
  call(at: Operands<number>, panel: number, ...sizes: Sizes): void;
  exact(of: Operands<reference.Vector>, ...sizes: Sizes): Float64Array;
  accumulates?: boolean;
}

const forward = {
  sizes: (m: number, n: number, k: number): Sizes => [m, k, n],
  count: (B: number, _: number, O: number) => B * O,
};
const weights = {
  sizes: (m: number, n: number, k: number): Sizes => [k, m, n],
  count: (_: number, I: number, O: number) => I * O,
};
const biases = {
  sizes: (_: number, n: number, k: number): Sizes => [k, 1, n],
  count: (_B: number, _I: number, O: number) => O,
};

const products: Record<string, Product> = {
  denseForward: {
    ...forward,
    call: ({ out, x, w, b }, _, ...sizes) => kernels.denseForward(out, x, w, b, ...sizes),
    exact: ({ x, w, b }, ...sizes) => reference.dense(x, w, b, ...sizes),
  },
  denseReluForward: {
    ...forward,
    call: ({ out, x, w, b }, _, ...sizes) => kernels.denseReluForward(out, x, w, b, ...sizes),
    exact: ({ x, w, b }, ...sizes) => reference.dense(x, w, b, ...sizes).map((y) => Math.max(y, 0)),
  },
  weightsBackward: {
    ...weights,
    call: ({ out, x, d }, _, ...sizes) => kernels.weightsBackward(out, x, d, ...sizes),
    exact: ({ x, d }, ...sizes) => reference.weightsGradient(x, d, ...sizes),
  },
  weightsAccumulate: {
    ...weights,
    accumulates: true,
    call: ({ out, x, d }, _, ...sizes) => kernels.weightsAccumulate(out, x, d, ...sizes),
    exact: ({ x, d, out }, ...sizes) => reference.weightsGradient(x, d, ...sizes).map((sum, i) => sum + out[i]),
  },
  biasesBackward: {
    ...biases,
    call: ({ out, d }, _, B, _I, O) => kernels.biasesBackward(out, d, B, O),
    exact: ({ d }, B, _, O) => reference.biasesGradient(d, B, O),
  },
  biasesAccumulate: {
    ...biases,
    accumulates: true,
    call: ({ out, d }, _, B, _I, O) => kernels.biasesAccumulate(out, d, B, O),
    exact: ({ d, out }, B, _, O) => reference.biasesGradient(d, B, O).map((sum, i) => sum + out[i]),
  },
  inputsBackward: {
    sizes: (m, n, k) => [m, n, k],
    count: (B, I) => B * I,
    call: ({ out, d, w }, panel, ...sizes) => kernels.inputsBackward(out, d, w, panel, ...sizes),
    exact: ({ d, w }, ...sizes) => reference.inputsGradient(d, w, ...sizes),
  },
};
const names = Object.keys(products);

interface Shape {
  m: number;
  n: number;
  k: number;
  odd: boolean;
  /** Of A and B: 2⁻⁷⁰ makes every product subnormal. */
  scale: number;
}

/** Faults for the controls to plant. */
interface Sabotage {
  /** What the kernel is told its sizes are. */
  told?(...sizes: Sizes): Sizes;
  after?(out: Slab, x: Slab, bound: number): void;
}

function uniform(count: number, scale: number, random: Random): Float32Array {
  return Float32Array.from({ length: count }, () => (random.word() / 2 ** 31 - 1) * scale);
}

function map<T, U>({ x, w, b, d, out }: Operands<T>, f: (operand: T) => U): Operands<U> {
  return { x: f(x), w: f(w), b: f(b), d: f(d), out: f(out) };
}

/** Calls the kernel on random numbers; what is wrong with what it did, hence [] if nothing is. */
function faults(name: string, { m, n, k, odd, scale }: Shape, random: Random, sabotage: Sabotage = {}): string[] {
  const product = products[name];
  const sizes = product.sizes(m, n, k);
  const [B, I, O] = sizes;
  const input = (count: number, size: number) => slabs.input(uniform(count, size, random), odd);
  slabs.clear();
  const x = input(B * I, scale);
  const w = input(I * O, scale);
  const b = input(O, scale * scale);
  const d = input(B * O, scale);
  const panel = slabs.output(16 * O, odd);
  const count = product.count(...sizes);
  const out = product.accumulates ? input(count, scale * scale) : slabs.output(count, odd);
  const operands: Operands<Slab> = { x, w, b, d, out };

  const values = map(operands, ({ floats }) => Float64Array.from(floats));
  const exact = product.exact(values, ...sizes);
  // |start| + |A|·|B|: the same formula on absolute values.
  const sizesOf = product.exact(
    map(values, (operand) => operand.map(Math.abs)),
    ...sizes,
  );
  // A product that underflows is off by half the smallest subnormal; sums of subnormals are exact.
  const bound = (i: number) => gamma(k + 2) * sizesOf[i] + (k * SMALLEST) / 2;

  const inputsKept = leaves([x.floats, w.floats, b.floats, d.floats], () => {
    const addresses = map(operands, ({ address }) => address);
    product.call(addresses, panel.address, ...(sabotage.told?.(...sizes) ?? sizes));
    sabotage.after?.(out, x, bound(count - 1));
  });
  const found: string[] = [];
  if (worstShare(out.floats, exact, bound) > 1) found.push("error beyond its bound");
  if (!slabs.intact) found.push("written outside its buffers");
  if (!inputsKept) found.push("input written");
  return found.map((fault) => `${name} ${m}×${n}×${k}${odd ? " odd" : ""}: ${fault}`);
}

/** Rows to 2·MR + 1 (MR is 2 or 4), columns to 2·NR + 1 (NR is 16), few terms and prime numbers of them. */
const smallShapes: Shape[] = [];
for (let m = 1; m <= 9; m++) {
  for (let n = 1; n <= 33; n++) {
    for (const k of [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 13, 31]) {
      smallShapes.push({ m, n, k, odd: false, scale: 1 }, { m, n, k, odd: true, scale: 2 ** -70 });
    }
  }
}

/** Sides to `limit`, the short ones as frequent as the long ones. */
function randomShape(limit: number, random: Random): Shape {
  const side = () => Math.floor((limit + 1) ** random.uniform());
  return { m: side(), n: side(), k: side(), odd: random.below(2) === 1, scale: 2 ** (random.below(40) - 20) };
}

describe.each(names)("%s", (name) => {
  it("is within γ(k+2)·(|A|·|B| + |start|) at the edges of its tiles", () => {
    const random = new Random(1);
    const shapes = LONG ? smallShapes : smallShapes.filter(() => random.below(8) === 0);
    for (const shape of shapes) expect(faults(name, shape, random)).toEqual([]);
  });

  it("is within the bound for random shapes to 300", () => {
    const random = new Random(2);
    const [small, large] = LONG ? [100_000, 400] : [100, 6];
    for (let i = 0; i < small; i++) expect(faults(name, randomShape(40, random), random)).toEqual([]);
    for (let i = 0; i < large; i++) expect(faults(name, randomShape(300, random), random)).toEqual([]);
  });

  it.each<[string, Sabotage, string]>([
    ["one element off by three bounds", { after: spoil }, "error beyond its bound"],
    ["a write past the end", { after: (out) => extended(out).fill(0) }, "written outside its buffers"],
    ["a changed input", { after: (_, x) => (x.floats[0] = 7) }, "input written"],
    ["one column fewer", { told: (B, I, O) => [B, I - 1, O - 1] }, "error beyond its bound"],
    ["one row fewer", { told: (B, I, O) => [B - 1, I - 1, O] }, "error beyond its bound"],
  ])("control: %s is found", (_, sabotage, fault) => {
    const shape = { m: 5, n: 7, k: 11, odd: false, scale: 1 };
    expect(faults(name, shape, new Random(3), sabotage)).toContain(`${name} 5×7×11: ${fault}`);
  });
});

function spoil({ floats }: Slab, _: Slab, bound: number): void {
  floats[floats.length - 1] += 3 * bound;
}

/** The slab and one float more. */
function extended({ floats }: Slab): Float32Array {
  return new Float32Array(floats.buffer, floats.byteOffset, floats.length + 1);
}

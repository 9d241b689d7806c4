/** N1: the products of a dense layer at every edge, against float64. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import { readmeFigures } from "../claims.js";
import * as reference from "../reference.js";
import { gamma, type Slab, Slabs } from "../slabs.js";
import { faults, oneMore, SMALLEST } from "../ulp.js";
import { type Sizes, uniform } from "./operands.js";

/** The long run: every small shape and 100,000 random ones for each kernel. */
const LONG = process.env.WASMLP_LONG === "1";

/** How many roundings more than terms there may be: the README says it. */
const [SLACK] = readmeFigures(/\| products \| <= γ\(k\+(\d+)\)·/);

const slabs = await Slabs.create(4_000_000);
const { kernels } = slabs;

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
  const bound = (i: number) => gamma(k + SLACK) * magnitude[i] + (k * SMALLEST) / 2;
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

  it(`is within γ(k+${SLACK})·(|A|·|B| + |start|) + k·2⁻¹⁵⁰ at the edges of its tiles`, () => {
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

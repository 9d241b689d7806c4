/** N2: the elementary functions and softmax of the core against float64, in ulps; and the float64 ones of src/ground/math.ts. */
import { describe, expect, it } from "vitest";
import { cosPi, exp, log, power } from "../../src/ground/math.js";
import { Random } from "../../src/ground/random.js";
import { Slabs } from "../slabs.js";
import {
  elementary,
  fillPatterns,
  SMALLEST,
  sameBits,
  softmaxRow,
  TINY,
  type Worst,
  worstShare,
  worstUlps,
} from "../ulp.js";

const BLOCK = 2 ** 16;
const slabs = await Slabs.create(16 * BLOCK);
const { kernels } = slabs;

type Elementary = (typeof elementary)[number];

/** y = f(x) by the kernel, between canaries; `inPlace` over x. */
function apply({ kernel }: Elementary, x: Float32Array, inPlace = false): Float32Array {
  slabs.clear();
  const from = slabs.input(x);
  const to = inPlace ? from : slabs.output(x.length);
  kernels[kernel](to.address, from.address, x.length);
  expect(slabs.intact).toBe(true);
  if (!inPlace) expect(sameBits(from.floats, x)).toBe(true);
  return to.floats.slice();
}

function floatsFrom(bits: number[]): Float32Array {
  return new Float32Array(Uint32Array.from(bits).buffer);
}

/** 64 float32 on each side of the points where something changes: a branch, a table of exponents, a range. */
function neighbourhoods(): Float32Array {
  const points = [0, 2 ** -149, 2 ** -126, 2 ** -25, 2 ** -24, 2 ** -12, 0.625, 1, 9.01, 15, 17.33, 2 ** 24];
  points.push(87.33655, 88.37626, 88.72283, 89, 103.27893, 103.97208, 104, 3.4028234663852886e38);
  for (let n = 0.5; n <= 150; n += 0.5) points.push(n * Math.LN2);
  const bits: number[] = [];
  for (const [pattern] of points.map((point) => new Uint32Array(Float32Array.of(point).buffer))) {
    for (let near = Math.max(pattern - 64, 0); near <= pattern + 64; near++) bits.push(near, near + 2 ** 31);
  }
  return floatsFrom(bits);
}

describe.each(elementary)("$name", (f) => {
  it(`is within ${f.stated} ulp on 2²⁰ float32 of all kinds`, () => {
    // An odd stride a little over 2¹² goes through all exponents once and through all low bits.
    const stride = 2 ** 12 + 1;
    const x = new Float32Array(BLOCK);
    let worst: Worst | undefined;
    for (let block = 0; block < 16; block++) {
      fillPatterns(x, block * BLOCK * stride, stride);
      worst = worstUlps(x, apply(f, x), f.exact, worst);
    }
    expect(worst?.error, `at ${worst?.x}`).toBeLessThanOrEqual(f.stated);
  });

  it(`is within ${f.stated} ulp around its special points`, () => {
    const x = neighbourhoods();
    const worst = worstUlps(x, apply(f, x), f.exact);
    expect(worst.error, `at ${worst.x}`).toBeLessThanOrEqual(f.stated);
  });

  it("has the same bits wherever a value lies, and in place", () => {
    const random = new Random(1);
    for (let n = 1; n <= 9; n++) {
      for (let i = 0; i < 50; i++) {
        const x = Float32Array.from({ length: n }, () => random.normal() * 10 ** (random.below(6) - 3));
        const alone = Array.from(x, (value) => apply(f, Float32Array.of(value))[0]);
        const together = apply(f, x);
        expect(sameBits(together, Float32Array.from(alone)), `${x}`).toBe(true);
        expect(sameBits(together, apply(f, x, true)), `in place: ${x}`).toBe(true);
      }
    }
  });

  it("control: a result moved by two float32 is found, and so is a NaN, an overflow, a wrong sign of zero", () => {
    const x = neighbourhoods();
    const spoiltAt = x.findIndex((value) => value > 0.9 && value < 1);
    const worstWith = (spoil: (y: Float32Array, bits: Uint32Array) => void) => {
      const y = apply(f, x);
      spoil(y, new Uint32Array(y.buffer));
      return worstUlps(x, y, f.exact);
    };
    // Away from the exact value, so that the error is at least 2 ulp whatever it was.
    const off = worstWith((y, bits) => {
      const outwards = y[spoiltAt] >= f.exact(x[spoiltAt]) === y[spoiltAt] > 0;
      bits[spoiltAt] += outwards ? 2 : -2;
    });
    expect(off).toEqual({ error: expect.toSatisfy((error: number) => error > f.stated), x: x[spoiltAt] });
    for (const wrong of [Number.NaN, Infinity, 0]) {
      expect(worstWith((y) => y.fill(wrong, spoiltAt, spoiltAt + 1)).error).toBeGreaterThan(2);
    }
    expect(worstUlps(Float32Array.of(-0), Float32Array.of(0), Math.tanh).error).toBe(Infinity);
  });
});

describe("at the ends of the range", () => {
  const [expOf, logOf, sigmoidOf, tanhOf] = elementary.map((f) => (x: number) => apply(f, Float32Array.of(x))[0]);

  it("exp overflows, underflows and keeps NaN", () => {
    expect([Infinity, 89, 88.72284].map(expOf)).toEqual([Infinity, Infinity, Infinity]);
    expect([-Infinity, -1e38, -104].map(expOf)).toEqual([0, 0, 0]);
    expect([0, -0, 88.72283, -103.97].map(expOf)).toEqual([1, 1, expect.toSatisfy(Number.isFinite), SMALLEST]);
    expect(expOf(Number.NaN)).toBeNaN();
  });

  it("log has a pole at 0, is NaN below it, infinite at Infinity", () => {
    expect([0, -0, 1, Infinity].map(logOf)).toEqual([-Infinity, -Infinity, 0, Infinity]);
    for (const x of [-1, -SMALLEST, -Infinity, Number.NaN]) expect(logOf(x)).toBeNaN();
  });

  it("sigmoid reaches 0 and 1", () => {
    expect([Infinity, 1e38, 0, -0, -1e38, -Infinity].map(sigmoidOf)).toEqual([1, 1, 0.5, 0.5, 0, 0]);
    expect(sigmoidOf(Number.NaN)).toBeNaN();
  });

  it("tanh is odd, down to the sign of zero", () => {
    expect([Infinity, 1e38, SMALLEST, 0].map(tanhOf)).toEqual([1, 1, SMALLEST, 0]);
    expect([-Infinity, -1e38, -SMALLEST, -0].map(tanhOf)).toEqual([-1, -1, -SMALLEST, -0]);
    expect(tanhOf(Number.NaN)).toBeNaN();
  });
});

describe("softmaxForward", () => {
  /** Logits of B rows: near each other, far apart, tied, very negative, at the ends of float32. */
  function logits(B: number, O: number, random: Random): Float32Array {
    const kinds = [
      () => random.normal(),
      () => random.normal() * 30,
      () => random.normal() * 1e4,
      () => random.below(2) * 7,
      () => random.below(2) * -1e30,
      () => (random.below(2) - 0.5) * 6.8e38,
    ];
    return Float32Array.from({ length: B * O }, (_, i) => kinds[Math.floor(i / O) % kinds.length]());
  }

  /** The worst, as shares of what is allowed: of the sum of a row, and of a probability against float64. */
  function shares(
    z: Float32Array,
    B: number,
    O: number,
    spoil?: (p: Float32Array) => void,
  ): { sum: number; p: number } {
    slabs.clear();
    const [from, to] = [slabs.input(z), slabs.output(B * O)];
    kernels.softmaxForward(to.address, from.address, B, O);
    spoil?.(to.floats);
    expect(slabs.intact && sameBits(from.floats, z)).toBe(true);
    const worst = { sum: 0, p: 0 };
    for (let r = 0; r < B; r++) {
      const p = to.floats.subarray(r * O, (r + 1) * O);
      const sum = p.reduce((total, value) => total + value, 0);
      worst.sum = Math.max(
        worst.sum,
        worstShare([sum], [1], () => O * 2 ** -24),
      );
      const row = softmaxRow(z.subarray(r * O, (r + 1) * O));
      const bound = (j: number) => row.bounds[j] * row.p[j] + TINY;
      worst.p = Math.max(worst.p, worstShare(p, row.p, bound));
    }
    kernels.softmaxForward(from.address, from.address, B, O);
    if (!spoil) expect(sameBits(from.floats, to.floats), "in place").toBe(true);
    return worst;
  }

  it("has rows that sum to 1 within O·2⁻²⁴ and probabilities within rounding of float64", () => {
    const random = new Random(2);
    for (let O = 1; O <= 40; O++) {
      for (let repeat = 0; repeat < 5; repeat++) {
        const worst = shares(logits(12, O, random), 12, O);
        expect(worst.sum, `${O} outputs`).toBeLessThanOrEqual(1);
        expect(worst.p, `${O} outputs`).toBeLessThanOrEqual(1);
      }
    }
  });

  it("is 0, not subnormal, where exp(z - peak) is below 2⁻¹⁰⁰", () => {
    slabs.clear();
    const p = slabs.input([0, -69, -70, -100, -1e30]);
    kernels.softmaxForward(p.address, p.address, 1, 5);
    expect(Array.from(p.floats)).toEqual([1, expect.toSatisfy((tiny: number) => tiny > TINY), 0, 0, 0]);
  });

  it("keeps a NaN to its row", () => {
    const z = logits(6, 3, new Random(3));
    z[4] = Number.NaN;
    slabs.clear();
    const p = slabs.input(z);
    kernels.softmaxForward(p.address, p.address, 6, 3);
    expect(Array.from(p.floats, Number.isNaN)).toEqual(Array.from(z, (_, i) => i >= 3 && i < 6));
  });

  it("control: a probability off by 4·10⁻⁶, or NaN, is found", () => {
    const z = logits(6, 7, new Random(4));
    const off = shares(z, 6, 7, (p) => (p[2] *= 1 + 4e-6));
    expect(off.p).toBeGreaterThan(1);
    expect(shares(z, 6, 7, (p) => p.fill(0.2, 3, 5)).sum).toBeGreaterThan(1);
    expect(shares(z, 6, 7, (p) => p.fill(Number.NaN, 40))).toEqual({ sum: Infinity, p: Infinity });
  });
});

describe("src/ground/math.ts", () => {
  /** The largest relative error over 20,000 draws, in units of 2⁻⁵². */
  function worstOf(f: (x: number) => number, oracle: (x: number) => number, draw: (random: Random) => number): number {
    const random = new Random(5);
    const x = Array.from({ length: 20_000 }, () => draw(random));
    const exact = x.map(oracle);
    return worstShare(x.map(f), exact, (i) => Math.abs(exact[i]) * 2 ** -52);
  }

  const nearOne = (random: Random) => 1 + (random.uniform() - 0.5) * 10 ** -random.below(15);
  const anyPositive = (random: Random) => (1 + random.uniform()) * 2 ** (random.below(2040) - 1020);
  // Close to ½ cos(π·t) loses its digits to the rounding of π·t; the sine of the difference does not.
  const cosine = (t: number) =>
    Math.abs(t - 0.5) < 0.25
      ? Math.sin(Math.PI * (0.5 - t))
      : Math.cos(Math.PI * Math.min(t, 1 - t)) * (t < 0.5 ? 1 : -1);

  it.each<[string, (x: number) => number, (x: number) => number, (random: Random) => number]>([
    ["exp on [-700, 700]", exp, Math.exp, (random) => (random.uniform() - 0.5) * 1400],
    ["exp on [-1, 1]", exp, Math.exp, (random) => random.uniform() * 2 - 1],
    ["log of all magnitudes", log, Math.log, anyPositive],
    ["log around 1", log, Math.log, nearOne],
    ["cosPi on [0, 1]", cosPi, cosine, (random) => random.uniform()],
    ["cosPi around ½", cosPi, cosine, (random) => nearOne(random) / 2],
  ])("%s is within 4·2⁻⁵²", (_, f, oracle, draw) => {
    expect(worstOf(f, oracle, draw)).toBeLessThanOrEqual(4);
  });

  it("control: one draw in thousands that is off by 5·2⁻⁵² is found", () => {
    const spoilt = (x: number) => Math.exp(x) * (x > 699.5 ? 1 + 5 * 2 ** -52 : 1);
    expect(worstOf(spoilt, Math.exp, (random) => (random.uniform() - 0.5) * 1400)).toBeGreaterThan(4);
  });

  it("power rounds once a factor (twice below 0), or carries the 4 ulp of log as far as the exponent does", () => {
    const random = new Random(6);
    for (let i = 0; i < 20_000; i++) {
      const base = i % 2 ? random.uniform() * 0.2 + 0.85 : random.uniform() * 10 + 0.01;
      const exponent = i % 3 ? random.below(101) - 50 : random.uniform() * 100 - 50;
      const ulps = Number.isInteger(exponent) ? 1 + Math.abs(exponent) : 5 + 4.5 * Math.abs(exponent * Math.log(base));
      const exact = base ** exponent;
      const share = worstShare([power(base, exponent)], [exact], () => ulps * exact * 2 ** -52);
      expect(share, `${base}^${exponent}`).toBeLessThanOrEqual(1);
    }
  });

  it("is exact where the answer is", () => {
    expect([0, 0.5, 1].map(cosPi)).toEqual([1, 0, -1]);
    expect([exp(0), log(1), power(0.7, 0), power(0.7, 1), power(2, 10), power(0.5, -3), power(1, 0.3)]).toEqual([
      1, 0, 1, 0.7, 1024, 8, 1,
    ]);
    expect(power(0.95, 3)).toBe(0.95 * (0.95 * 0.95));
  });
});

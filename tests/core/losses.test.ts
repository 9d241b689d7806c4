/** Losses of soft targets, of pairs of weights and of values: loss and derivative against float64, within derived bounds. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import type { Loss } from "../../src/net/design.js";
import * as reference from "../reference.js";
import { valueLoss } from "../reference-curves.js";
import { gamma, type Slab, Slabs, UNIT_ROUNDOFF } from "../slabs.js";
import { doubleRoundings, type LossBounds, SMALLEST, sameBits, softmaxRow, TINY } from "../ulp.js";
import { anyScale, draw, type Fault, holdsAndControls, type LossKernel, lossFaults } from "./elementwise.js";

const slabs = await Slabs.create(2 ** 18);
const { kernels } = slabs;
const list = (n: number, next: (i: number) => number) => Float32Array.from({ length: n }, (_, i) => next(i));

/** Sums that are near 0, apart, and far out. */
const anySums = (n: number, random: Random) => {
  const kinds = [() => random.normal(), () => random.normal() * 30, () => random.below(2) * 100 - 50];
  return list(n, () => kinds[random.below(3)]());
};

describe("softmaxTargetsBackward", () => {
  const kernel =
    (B: number, O: number): LossKernel =>
    (d, z, targets, scale) =>
      kernels.softmaxTargetsBackward(d, z, targets, B, O, scale);

  function boundsOf(z: Float32Array, t: Float32Array, B: number, O: number, scale: number): LossBounds {
    const exact = reference.softmaxTargets(z, t, B, O, scale);
    const bounds = new Float64Array(B * O);
    let lossBound = exact.loss * (1e-11 + doubleRoundings(B * O));
    for (let r = 0; r < B; r++) {
      const row = z.subarray(r * O, (r + 1) * O);
      const peak = Math.max(...row);
      const all = t.subarray(r * O, (r + 1) * O).reduce((sum, value) => sum + value, 0);
      const { p, total, bounds: relative } = softmaxRow(row);
      lossBound += all * (total * UNIT_ROUNDOFF * 1.001 + O * TINY);
      for (let j = 0; j < O; j++) {
        lossBound += t[r * O + j] * (peak - row[j]) * UNIT_ROUNDOFF;
        const own = scale * all * (p[j] * relative[j] + TINY);
        bounds[r * O + j] = own + 1.01 * UNIT_ROUNDOFF * Math.abs(exact.d[r * O + j]) + SMALLEST;
      }
    }
    return { exact, lossBound, bound: (i) => bounds[i], scale };
  }

  holdsAndControls((O, random, fault) => {
    slabs.clear();
    const kinds = [() => random.uniform(), () => Math.max(random.normal(), 0), () => random.below(2)];
    const [z, t] = [slabs.input(anySums(5 * O, random)), slabs.input(list(5 * O, (i) => kinds[i % 3]()))];
    // At least one target counts, and a first one by 1, or a control would find no loss to change.
    t.floats[0] = 1;
    z.floats[0] = Math.min(...z.floats) - 1;
    return lossFaults(slabs, kernel(5, O), z, t, boundsOf(z.floats, t.floats, 5, O, anyScale(random)), fault);
  }, true);

  it("of one-hot targets is what class ids give, within 10⁻⁶", () => {
    const random = new Random(5);
    for (let O = 1; O <= 12; O++) {
      slabs.clear();
      const labels = Array.from({ length: 6 }, () => random.below(O));
      const oneHot = list(6 * O, (i) => Number(labels[Math.floor(i / O)] === i % O));
      const [z, t, ids] = [slabs.input(anySums(6 * O, random)), slabs.input(oneHot), slabs.labels(labels)];
      const [ones, d, wanted] = [slabs.input(new Float32Array(O).fill(1)), slabs.output(6 * O), slabs.output(6 * O)];
      const losses = [
        kernels.softmaxTargetsBackward(d.address, z.address, t.address, 6, O, 1),
        kernels.softmaxCrossEntropyBackward(wanted.address, z.address, ids.address, ones.address, 6, O, 1),
      ];
      expect(Math.abs(losses[0] - losses[1])).toBeLessThanOrEqual(1e-6 * losses[1]);
      for (const [i, value] of d.floats.entries()) expect(Math.abs(value - wanted.floats[i])).toBeLessThanOrEqual(1e-6);
    }
  });

  it("of a class that is not wanted and infinitely unlikely counts nothing", () => {
    slabs.clear();
    const [z, t, d] = [slabs.input([1, -3e38, 2]), slabs.input([0.5, 0, 0.5]), slabs.output(3)];
    expect(kernels.softmaxTargetsBackward(d.address, z.address, t.address, 1, 3, 1)).toBeCloseTo(
      reference.softmaxTargets([1, -1e3, 2], t.floats, 1, 3, 1).loss,
      6,
    );
    expect(d.floats[1]).toBe(0);
  });

  it("is not finite if a sum is not", () => {
    for (const wrong of [Number.NaN, Infinity]) {
      slabs.clear();
      const [z, t] = [slabs.input([1, wrong, 2]), slabs.input([0.5, 0.25, 0.25])];
      expect(kernel(1, 3)(z.address, z.address, t.address, 1)).not.toSatisfy(Number.isFinite);
    }
  });
});

/** For both kernels of sigmoid: exp within 0.99 ulp, everything else in float64, one rounding at the end. */
function pairBounds(
  z: Float32Array,
  t: Float32Array,
  O: number,
  scale: number,
  weights: ArrayLike<number> = new Float32Array(2 * O).fill(1),
): LossBounds {
  const n = z.length;
  const exact = reference.sigmoidPairs(z, t, n, O, scale, weights);
  const bound = (i: number) => {
    const [ones, zeros] = [weights[2 * (i % O) + 1] * t[i], weights[2 * (i % O)] * (1 - t[i])];
    const sums = zeros * reference.sigmoid(z[i]) + ones * reference.sigmoid(-z[i]);
    // Of targets 0 and 1 sigmoid is that of float32, within 1.87 ulp.
    const isHard = t[i] === 0 || t[i] === 1;
    const inner = (isHard ? 2 * 1.87 : 1.99) * sums * scale;
    return (inner + 1.02 * Math.abs(exact.d[i])) * UNIT_ROUNDOFF + scale * (ones + zeros) * TINY + SMALLEST;
  };
  return { exact, lossBound: exact.loss * (0.99 * 2 ** -23 + 1e-11 + doubleRoundings(n)) + n * SMALLEST, bound, scale };
}

/** Hard and soft among each other. */
const anyTargets = (n: number, random: Random) => list(n, () => (random.below(2) ? random.below(2) : random.uniform()));

describe("sigmoidCrossEntropyBackward of probabilities", () => {
  const kernel =
    (n: number): LossKernel =>
    (d, z, t, scale) =>
      kernels.sigmoidCrossEntropyBackward(d, z, t, n, scale);

  holdsAndControls((n, random, fault) => {
    slabs.clear();
    const [z, t] = [slabs.input(anySums(n, random)), slabs.input(anyTargets(n, random))];
    return lossFaults(slabs, kernel(n), z, t, pairBounds(z.floats, t.floats, n, anyScale(random)), fault);
  }, true);

  it("has for each target the bits that it has alone, whatever lies beside it", () => {
    const random = new Random(6);
    for (let n = 1; n <= 40; n++) {
      slabs.clear();
      const [z, t] = [slabs.input(anySums(n, random)), slabs.input(anyTargets(n, random))];
      const [d, alone] = [slabs.output(n), slabs.output(n)];
      const loss = kernels.sigmoidCrossEntropyBackward(d.address, z.address, t.address, n, 0.5);
      let sum = 0;
      for (let i = 0; i < 4 * n; i += 4)
        sum += kernels.sigmoidCrossEntropyBackward(alone.address + i, z.address + i, t.address + i, 1, 0.5);
      expect(sameBits(d.floats, alone.floats)).toBe(true);
      expect(Math.abs(loss - sum)).toBeLessThanOrEqual(1e-14 * sum);
    }
  });

  it("is not finite if a sum is not", () => {
    slabs.clear();
    for (const wrong of [Number.NaN, Infinity, -Infinity]) {
      const [z, t] = [slabs.input([1, wrong, 2]), slabs.input([0.5, 0.25, 0.25])];
      expect(kernel(3)(z.address, z.address, t.address, 1)).not.toSatisfy(Number.isFinite);
    }
  });
});

describe("sigmoidPairsBackward", () => {
  const kernel =
    (B: number, O: number, weights: Slab): LossKernel =>
    (d, z, t, scale) =>
      kernels.sigmoidPairsBackward(d, z, t, weights.address, B, O, scale);

  holdsAndControls((O, random, fault) => {
    slabs.clear();
    const [z, t] = [slabs.input(anySums(3 * O, random)), slabs.input(anyTargets(3 * O, random))];
    const weights = slabs.input(list(2 * O, () => 0.1 + 4 * random.uniform()));
    // One by one 1.87 ulp are not needed: pairs are always computed in float64.
    const bounds = pairBounds(z.floats, t.floats, O, anyScale(random), weights.floats);
    return lossFaults(slabs, kernel(3, O, weights), z, t, bounds, fault);
  }, true);

  it("of weights 1 is the cross-entropy, within what sigmoid is off by", () => {
    const random = new Random(7);
    slabs.clear();
    const [z, t] = [slabs.input(anySums(60, random)), slabs.input(anyTargets(60, random))];
    const [weights, d, wanted] = [slabs.input(new Float32Array(40).fill(1)), slabs.output(60), slabs.output(60)];
    const loss = kernels.sigmoidPairsBackward(d.address, z.address, t.address, weights.address, 3, 20, 1);
    const plain = kernels.sigmoidCrossEntropyBackward(wanted.address, z.address, t.address, 60, 1);
    expect(Math.abs(loss - plain)).toBeLessThanOrEqual(1e-6 * plain);
    for (const [i, value] of d.floats.entries()) expect(Math.abs(value - wanted.floats[i])).toBeLessThanOrEqual(1e-6);
    // Below 2⁻¹⁰⁰ both have no gradient.
    const far = slabs.input([-80, 80, -69]);
    const none = slabs.input([0, 1, 0]);
    kernels.sigmoidPairsBackward(far.address, far.address, none.address, weights.address, 1, 3, 1);
    expect(Array.from(far.floats, (slope) => slope === 0)).toEqual([true, true, false]);
  });

  it("is not finite if a sum is not", () => {
    for (const wrong of [Number.NaN, Infinity, -Infinity]) {
      slabs.clear();
      const [z, t, w] = [slabs.input([1, wrong, 2]), slabs.input([0.5, 0.25, 1]), slabs.input([1, 2, 3, 4, 5, 6])];
      expect(kernel(1, 3, w)(z.address, z.address, t.address, 1)).not.toSatisfy(Number.isFinite);
    }
  });
});

describe("losses of values", () => {
  interface Value {
    name: string;
    loss: Loss;
    kernel(n: number, rows: number): LossKernel;
    /** Outputs a target. */
    each?: number;
    sums?(n: number, random: Random): Float32Array;
    targets?(n: number, random: Random): Float32Array;
    /** What rounding does to a derivative. */
    error?(d: number, i: number, z: Float32Array, scale: number): number;
  }
  const quantiles = [0.1, 0.5, 0.9].map(Math.fround);
  let levels: Slab;
  const cases: Value[] = [
    {
      name: "absoluteErrorBackward",
      loss: "absolute-error",
      kernel: (n) => (d, z, t, scale) => kernels.absoluteErrorBackward(d, z, t, n, scale),
    },
    {
      name: "huberBackward",
      loss: { huber: 0.75 },
      kernel: (n) => (d, z, t, scale) => kernels.huberBackward(d, z, t, n, 0.75, scale),
    },
    {
      name: "poissonBackward",
      loss: "poisson",
      targets: (n, random) => list(n, () => random.below(6)),
      kernel: (n) => (d, z, t, scale) => kernels.poissonBackward(d, z, t, n, scale),
      // The difference of exp(z), off by 10⁻¹² of itself, and a count.
      error: (_d, i, z, scale) => 1e-11 * Math.exp(z[i]) * scale,
    },
    {
      name: "gaussianBackward",
      loss: "gaussian",
      each: 2,
      kernel: (n, rows) => (d, z, t, scale) => kernels.gaussianBackward(d, z, t, rows, n / rows / 2, scale),
      error: (d, _i, _z, scale) => 1e-10 * (Math.abs(d) + scale),
    },
    {
      name: "quantileBackward",
      loss: { quantiles },
      each: 3,
      kernel: (n) => (d, z, t, scale) => kernels.quantileBackward(d, z, t, levels.address, n / 3, 3, scale),
    },
  ];

  describe.each(cases)("$name", ({ loss, kernel, each = 1, sums = draw, targets = draw, error }) => {
    const ROWS = 3;

    function trial(perRow: number, random: Random, fault?: Fault): string[] {
      slabs.clear();
      levels = slabs.input(quantiles);
      const n = ROWS * perRow * each;
      const [z, t] = [slabs.input(sums(n, random)), slabs.input(targets(n / each, random))];
      const scale = anyScale(random);
      const exact = valueLoss(loss, z.floats, t.floats, ROWS, perRow * each);
      exact.d = exact.d.map((value) => value * scale);
      // Of Poisson and Gauss terms of both signs add up to the loss.
      const size = exact.loss + 10 * n;
      const bound = (i: number) =>
        gamma(2) * Math.abs(exact.d[i]) + (error?.(exact.d[i], i, z.floats, scale) ?? 0) + SMALLEST;
      const lossBound = error ? 1e-10 * size : exact.loss * doubleRoundings(n);
      return lossFaults(slabs, kernel(n, ROWS), z, t, { exact, lossBound, bound, scale }, fault);
    }

    holdsAndControls(trial, true);

    it("is not finite if a sum is not, and of NaN the derivative is NaN too", () => {
      for (const wrong of [Number.NaN, Infinity, -Infinity]) {
        for (const at of [0, 5]) {
          slabs.clear();
          levels = slabs.input(quantiles);
          const [z, t, d] = [slabs.input([1, 2, 3, 4, 5, 6]), slabs.input([1, 1, 1, 1, 1, 1]), slabs.output(6)];
          z.floats[at] = wrong;
          const own = kernel(6, 1)(d.address, z.address, t.address, 1);
          // A density e^z of -∞ is 0, whose deviance is finite but for the target.
          expect(own, `${wrong} at ${at}`).not.toSatisfy(Number.isFinite);
          if (Number.isNaN(wrong)) expect(d.floats[at]).toBeNaN();
        }
      }
    });
  });

  it("absolute error and quantiles have slope 0 where value and target are equal", () => {
    slabs.clear();
    levels = slabs.input(quantiles);
    const [z, t, d] = [slabs.input([2, 2, 2]), slabs.input([2, 2, 2]), slabs.output(3)];
    expect(kernels.absoluteErrorBackward(d.address, z.address, t.address, 3, 0.5)).toBe(0);
    expect(Array.from(d.floats, Math.abs)).toEqual([0, 0, 0]);
    expect(kernels.quantileBackward(d.address, z.address, t.address, levels.address, 1, 3, 0.5)).toBe(0);
    expect(Array.from(d.floats, Math.abs)).toEqual([0, 0, 0]);
  });

  it("a rate that float32 does not hold makes the loss infinite", () => {
    slabs.clear();
    const [z, t, d] = [slabs.input([88, 89]), slabs.input([1, 1]), slabs.output(2)];
    expect(kernels.poissonBackward(d.address, z.address, t.address, 1, 1)).toSatisfy(Number.isFinite);
    expect(kernels.poissonBackward(d.address, z.address, t.address, 2, 1)).toBe(Infinity);
  });
});

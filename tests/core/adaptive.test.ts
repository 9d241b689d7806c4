/** The kernels of the less common optimizers, and of a gradient that is cut, against their float64 twins. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import * as reference from "../reference.js";
import { gamma, Slabs } from "../slabs.js";
import { faults, SMALLEST, TINY } from "../ulp.js";
import { draw, holdsAndControls, lengths } from "./elementwise.js";

const slabs = await Slabs.create(2 ** 18);
const { kernels } = slabs;
const [beta1, beta2, epsilon, decay] = [0.9, 0.999, 1e-8, 0.99].map(Math.fround);
const STEPS = 10;

/** Parameters and three slabs of what an optimizer keeps, in float64. */
interface State extends reference.OptimizerState {
  state3: Float64Array;
}

interface Case {
  name: string;
  kernel(at: number[], n: number, t: number, rate: number): void;
  oracle(state: State, g: reference.Vector, rate: number, t: number): void;
  /** Roundings that a term of w, and one of each state, has met after t steps. */
  roundings(t: number): number;
  states: number;
}

const momentumAt = (t: number) => beta1 * (1 - 0.5 * 0.96 ** (t * 0.004));
const productAt = (t: number) => Array.from({ length: t }, (_, i) => momentumAt(i + 1)).reduce((a, b) => a * b, 1);

const CASES: Case[] = [
  {
    name: "amsgradStep",
    kernel: ([w, g, m, v, x], n, t, rate) => {
      const [own, root] = [rate / (1 - beta1 ** t), 1 / Math.sqrt(1 - beta2 ** t)];
      kernels.amsgradStep(w, g, m, v, x, n, own, beta1, 1 - beta1, beta2, 1 - beta2, root, epsilon);
    },
    oracle: (state, g, rate, t) => reference.amsgradStep(state, state.state3, g, rate, beta1, beta2, epsilon, t),
    roundings: (t) => 3 * t + 10,
    states: 3,
  },
  {
    name: "nadamStep",
    kernel: ([w, g, m, v], n, t, rate) => {
      const [product, next] = [productAt(t), momentumAt(t + 1)];
      const slopeRate = (rate * (1 - momentumAt(t))) / (1 - product);
      const meanRate = (rate * next) / (1 - product * next);
      const root = 1 / Math.sqrt(1 - beta2 ** t);
      kernels.nadamStep(w, g, m, v, n, slopeRate, meanRate, beta1, 1 - beta1, beta2, 1 - beta2, root, epsilon);
    },
    oracle: (state, g, rate, t) => reference.nadamStep(state, g, rate, beta1, beta2, epsilon, 0.004, t),
    roundings: (t) => 3 * t + 12,
    states: 2,
  },
  {
    name: "rmspropStep",
    kernel: ([w, g, s], n, _, rate) => kernels.rmspropStep(w, g, s, 0, 0, n, rate, decay, 1 - decay, 0, epsilon),
    oracle: ({ w, state1 }, g, rate) => reference.rmspropStep(w, [state1], g, rate, decay, 0, epsilon),
    roundings: (t) => 2 * t + 8,
    states: 1,
  },
  {
    name: "rmspropStep with momentum",
    kernel: ([w, g, s, v], n, _, rate) => kernels.rmspropStep(w, g, s, v, 0, n, rate, decay, 1 - decay, beta1, epsilon),
    oracle: ({ w, state1, state2 }, g, rate) =>
      reference.rmspropStep(w, [state1, state2], g, rate, decay, beta1, epsilon),
    roundings: (t) => 4 * t + 8,
    states: 1,
  },
  {
    name: "adagradStep",
    kernel: ([w, g, s], n, _, rate) => kernels.adagradStep(w, g, s, n, rate, 0, epsilon),
    oracle: (state, g, rate) => reference.adagradStep(state, g, rate, epsilon),
    roundings: (t) => 2 * t + 8,
    states: 1,
  },
];

describe.each(CASES)("$name", ({ kernel, oracle, roundings, states }) => {
  holdsAndControls((n, random, fault) => {
    slabs.clear();
    const [w, g] = [slabs.input(draw(n, random)), slabs.output(n)];
    const kept = [1, 2, 3].map(() => slabs.input(new Float32Array(n)));
    const addresses = [w, g, ...kept].map(({ address }) => address);
    const zeros = () => new Float64Array(n);
    const exact: State = { w: Float64Array.from(w.floats), state1: zeros(), state2: zeros(), state3: zeros() };
    // On absolute values with nothing subtracted: what the roundings are relative to.
    const magnitude: State = { w: exact.w.map(Math.abs), state1: zeros(), state2: zeros(), state3: zeros() };
    for (let t = 1; t <= STEPS; t++) {
      const rate = Math.fround(0.1 / t);
      g.floats.set(draw(n, random, 10 ** (random.below(5) - 2)));
      oracle(exact, g.floats, rate, t);
      oracle(magnitude, g.floats.map(Math.abs), -rate, t);
      const found = faults(slabs, [g], () => {
        kernel(addresses, n, t, rate);
        if (t === STEPS) fault?.output?.(w.floats);
        const bound = (of: Float64Array, k: number) => (i: number) => gamma(k) * of[i] + SMALLEST;
        const pairs = [exact.state1, exact.state2, exact.state3].slice(0, states);
        const sizes = [magnitude.state1, magnitude.state2, magnitude.state3];
        return [
          { result: w.floats, exact: exact.w, bound: bound(magnitude.w, roundings(t)) },
          ...pairs.map((of, k) => ({ result: kept[k].floats, exact: of, bound: bound(sizes[k], 2 * t + 2) })),
        ];
      });
      if (found.length > 0) return found;
    }
    return [];
  });
});

describe.each([0, beta1])("rmspropStep, centered, with a momentum of %s", (momentum) => {
  holdsAndControls((n, random, fault) => {
    slabs.clear();
    const [w, g] = [slabs.input(draw(n, random)), slabs.output(n)];
    const [s, v, m] = [1, 2, 3].map(() => slabs.input(new Float32Array(n)));
    const zeros = () => new Float64Array(n);
    const [exactW, exactS, exactV, exactM] = [Float64Array.from(w.floats), zeros(), zeros(), zeros()];
    // What w, and the velocity, may be off by: the variance is a difference, which makes roundings larger.
    const [offW, offV] = [exactW.map((value) => Math.abs(value) * gamma(1)), zeros()];
    for (let t = 1; t <= STEPS; t++) {
      const rate = Math.fround(0.1 / t);
      g.floats.set(draw(n, random, 10 ** (random.below(5) - 2)));
      const before = exactW.slice();
      const given = [exactS, momentum > 0 ? exactV : undefined, exactM] as const;
      reference.rmspropStep(exactW, given, g.floats, rate, decay, momentum, epsilon);
      for (let i = 0; i < n; i++) {
        const share = (exactS[i] + exactM[i] ** 2) / (exactS[i] - exactM[i] ** 2);
        const step = Math.abs(g.floats[i]) / Math.sqrt(exactS[i] - exactM[i] ** 2);
        offV[i] = momentum * offV[i] + step * gamma(2 * t + 6) * (1 + share) + Math.abs(exactV[i]) * gamma(3);
        offW[i] += rate * offV[i] + (Math.abs(exactW[i]) + 2 * Math.abs(before[i] - exactW[i])) * gamma(3);
      }
      const found = faults(slabs, [g], () => {
        const velocity = momentum > 0 ? v.address : 0;
        const scalars = [rate, decay, 1 - decay, momentum, epsilon] as const;
        kernels.rmspropStep(w.address, g.address, s.address, velocity, m.address, n, ...scalars);
        if (t === STEPS) fault?.output?.(w.floats);
        return [{ result: w.floats, exact: exactW, bound: (i) => offW[i] }];
      });
      if (found.length > 0) return found;
    }
    return [];
  });

  it("a gradient that never changes has no variance: no NaN", () => {
    slabs.clear();
    const [w, g, s, v, m] = [0, 0.3, 0, 0, 0].map((value) => slabs.input(new Float32Array(7).fill(value)));
    const velocity = momentum > 0 ? v.address : 0;
    for (let t = 0; t < 3000; t++) {
      kernels.rmspropStep(w.address, g.address, s.address, velocity, m.address, 7, 1e-3, 0.9, 0.1, momentum, 1e-8);
    }
    expect(w.floats.every(Number.isFinite)).toBe(true);
  });
});

describe("lionStep", () => {
  holdsAndControls((n, random, fault) => {
    slabs.clear();
    const [w, g, m] = [slabs.input(draw(n, random)), slabs.output(n), slabs.input(new Float32Array(n))];
    const exact = { w: Float64Array.from(w.floats), state1: new Float64Array(n), state2: new Float64Array(0) };
    const unsure = new Float64Array(n);
    const sizes = new Float64Array(n);
    for (let t = 1; t <= STEPS; t++) {
      const rate = Math.fround(0.1 / t);
      g.floats.set(draw(n, random));
      for (let i = 0; i < n; i++) {
        const way = beta1 * exact.state1[i] + (1 - beta1) * g.floats[i];
        sizes[i] = beta2 * sizes[i] + (1 - beta2) * Math.abs(g.floats[i]);
        // So near 0 rounding decides of the sign.
        if (Math.abs(way) <= gamma(2 * t + 4) * (sizes[i] + Math.abs(g.floats[i]))) unsure[i] += 2 * rate;
      }
      reference.lionStep(exact, g.floats, rate, beta1, beta2);
      const found = faults(slabs, [g], () => {
        kernels.lionStep(w.address, g.address, m.address, n, rate, beta1, 1 - beta1, beta2, 1 - beta2);
        if (t === STEPS) fault?.output?.(w.floats);
        const bound = (i: number) => unsure[i] + gamma(t + 1) * (Math.abs(exact.w[i]) + t * 0.1);
        return [
          { result: w.floats, exact: exact.w, bound },
          { result: m.floats, exact: exact.state1, bound: (i) => gamma(2 * t + 2) * sizes[i] },
        ];
      });
      if (found.length > 0) return found;
    }
    return [];
  });

  it("where mean and gradient are 0 nothing moves; the sign is all that counts", () => {
    slabs.clear();
    const [w, m] = [slabs.input([1, 1, 1, 1, 1]), slabs.input(new Float32Array(5))];
    const g = slabs.input([0, -0, 1e-30, -1e30, 5]);
    kernels.lionStep(w.address, g.address, m.address, 5, 0.25, 0.9, 0.1, 0.99, 0.01);
    expect([...w.floats]).toEqual([1, 1, 0.75, 1.25, 0.75]);
  });
});

describe("clampStep", () => {
  it("cuts what is larger, for every length", () => {
    const random = new Random(3);
    for (const n of lengths) {
      slabs.clear();
      const g = slabs.input(draw(n, random));
      const limit = Math.fround(0.5);
      const wanted = g.floats.map((value) => Math.min(Math.max(value, -limit), limit));
      kernels.clampStep(g.address, n, limit);
      expect(g.floats).toEqual(wanted);
      expect(slabs.intact).toBe(true);
    }
  });

  it("control: the number behind the last is not cut; infinities are, NaN stays", () => {
    slabs.clear();
    const g = slabs.input([9, -Infinity, Infinity, Number.NaN, 9]);
    kernels.clampStep(g.address, 4, 1);
    expect([...g.floats]).toEqual([1, -1, 1, Number.NaN, 9]);
  });
});

it("what decays is 0 below 2⁻¹⁰⁰", () => {
  const kept = (step: (w: number, g: number, state: number, others: number[]) => void) => {
    slabs.clear();
    const [w, g, ...others] = [0, 1, 2, 3, 4].map(() => slabs.input(new Float32Array(6)));
    const state = slabs.input(new Float32Array(6).fill(TINY * 1.0005));
    step(
      w.address,
      g.address,
      state.address,
      others.map(({ address }) => address),
    );
    return Array.from(state.floats, (value) => value === 0);
  };
  const all = Array(6).fill(true);
  const [d, r] = [0.999, 0.001];
  expect(kept((w, g, s) => kernels.lionStep(w, g, s, 6, 0, 0.9, 0.1, d, r))).toEqual(all);
  expect(kept((w, g, s) => kernels.rmspropStep(w, g, s, 0, 0, 6, 0, d, r, 0, 1))).toEqual(all);
  expect(kept((w, g, s, [a]) => kernels.rmspropStep(w, g, a, s, 0, 6, 0, 0.9, 0.1, d, 1))).toEqual(all);
  expect(kept((w, g, s, [a]) => kernels.nadamStep(w, g, s, a, 6, 0, 0, d, r, 0.9, 0.1, 1, 1))).toEqual(all);
  expect(kept((w, g, s, [a, b]) => kernels.amsgradStep(w, g, s, a, b, 6, 0, d, r, 0.9, 0.1, 1, 1))).toEqual(all);
  // Control: what does not decay stays, and so does a sum.
  expect(kept((w, g, s) => kernels.lionStep(w, g, s, 6, 0, 0.9, 0.1, 1, r))).not.toEqual(all);
  expect(kept((w, g, s) => kernels.adagradStep(w, g, s, 6, 0, 0, 1))).not.toEqual(all);
});

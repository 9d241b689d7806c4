/** Kernels that go through slabs element by element: derivatives, losses, penalty, optimizer steps. */
import { describe, expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import * as reference from "../reference.js";
import { gamma, type Slab, Slabs, UNIT_ROUNDOFF } from "../slabs.js";
import { doubleRoundings, faults, SMALLEST, sameBits, softmaxBounds, TINY } from "../ulp.js";
import { anyScale, draw, holdsAndControls, type LossKernel, lengths, lossFaults } from "./elementwise.js";

const slabs = await Slabs.create(2 ** 18);
const { kernels } = slabs;
describe.each([
  // 1 - y, times y, times dy; (1 - y), (1 + y), their product, times dy.
  { name: "sigmoidBackward", activation: reference.activations.sigmoid, roundings: 3 },
  { name: "tanhBackward", activation: reference.activations.tanh, roundings: 4 },
] as const)("$name", ({ name, activation, roundings }) => {
  const outputs = (n: number, random: Random) => draw(n, random, 10 ** random.below(3)).map((z) => activation.f(z));

  holdsAndControls((n, random, fault) => {
    slabs.clear();
    const [dy, y, dz] = [slabs.input(draw(n, random)), slabs.input(outputs(n, random)), slabs.output(n)];
    return faults(slabs, [dy, y], () => {
      kernels[name](dz.address, dy.address, y.address, n);
      fault?.output?.(dz.floats);
      const exact = Array.from(dy.floats, (value, i) => value * activation.slope(y.floats[i]));
      // The slack is for what underflows.
      return [{ result: dz.floats, exact, bound: (i) => gamma(roundings) * Math.abs(exact[i]) + SMALLEST }];
    });
  });

  it("has the same bits in place", () => {
    const random = new Random(3);
    for (const n of lengths) {
      slabs.clear();
      const [dy, y, dz] = [slabs.input(draw(n, random)), slabs.input(outputs(n, random)), slabs.output(n)];
      kernels[name](dz.address, dy.address, y.address, n);
      kernels[name](dy.address, dy.address, y.address, n);
      expect(sameBits(dy.floats, dz.floats) && slabs.intact, `n = ${n}`).toBe(true);
    }
  });
});

describe("softmaxCrossEntropyBackward", () => {
  const kernel =
    (B: number, O: number, weights: Slab): LossKernel =>
    (d, z, labels, scale) =>
      kernels.softmaxCrossEntropyBackward(d, z, labels, weights.address, B, O, scale);

  /** 5 rows of `O` logits: near, apart, tied, confidently right (50 against -50), confidently wrong. */
  function rows(O: number, random: Random): { values: Float32Array; labels: number[] } {
    const labels = Array.from({ length: 5 }, () => random.below(O));
    const kinds = [() => random.normal(), () => random.normal() * 30, () => random.below(2) * 3];
    const values = Float32Array.from({ length: 5 * O }, (_, i) => {
      const r = Math.floor(i / O);
      return r < 3 ? kinds[r]() : (i % O === labels[r]) === (r === 3) ? 50 : -50;
    });
    return { values, labels };
  }

  holdsAndControls((O, random, fault) => {
    slabs.clear();
    const { values, labels } = rows(O, random);
    const z = slabs.input(values);
    const weights = slabs.input(Array.from({ length: O }, () => (random.below(2) === 0 ? 1 : 4 * random.uniform())));
    const bounds = softmaxBounds(z.floats, labels, 5, O, anyScale(random), weights.floats);
    return lossFaults(slabs, kernel(5, O, weights), z, slabs.labels(labels), bounds, fault);
  }, true);

  it("keeps the digits of a confident row, all within 10⁻⁶, until exp(-gap) < 2⁻¹⁰⁰ and they are 0", () => {
    for (let gap = 1; gap <= 100; gap++) {
      slabs.clear();
      const z = slabs.input([-gap / 2, gap / 2, -gap / 2]);
      const exact = reference.softmaxCrossEntropy(z.floats, [1], 1, 3, 1);
      if (gap >= 70) Object.assign(exact, { loss: 0, d: new Float64Array(3) });
      const bounds = {
        exact,
        lossBound: 1e-6 * exact.loss,
        bound: (i: number) => 1e-6 * Math.abs(exact.d[i]),
        scale: 1,
      };
      expect(
        lossFaults(slabs, kernel(1, 3, slabs.input([1, 1, 1])), z, slabs.labels([1]), bounds),
        `gap ${gap}`,
      ).toEqual([]);
    }
  });

  it("is not finite if a logit is not", () => {
    for (const wrong of [Number.NaN, Infinity]) {
      slabs.clear();
      const z = slabs.input([1, wrong, 2]);
      expect(kernel(1, 3, slabs.input([1, 1, 1]))(z.address, z.address, slabs.labels([0]).address, 1)).not.toSatisfy(
        Number.isFinite,
      );
    }
  });
});

describe("sigmoidCrossEntropyBackward", () => {
  holdsAndControls((n, random, fault) => {
    slabs.clear();
    const kinds = [() => random.normal(), () => random.normal() * 30, () => random.below(2) * 100 - 50];
    const z = slabs.input(Array.from({ length: n }, () => kinds[random.below(3)]()));
    const targets = slabs.input(Array.from({ length: n }, () => random.below(2)));
    const scale = anyScale(random);
    const exact = reference.sigmoidCrossEntropy(z.floats, targets.floats, n, scale);
    // exp within 0.99 ulp, passed on by log1p: under 10⁻⁶ for a confident row too. Sigmoid within 1.87 ulp, times scale.
    const lossBound = exact.loss * (0.99 * 2 ** -23 + 1e-11 + doubleRoundings(n)) + n * SMALLEST;
    const bound = (i: number) => (2 * 1.87 + 1.01) * UNIT_ROUNDOFF * Math.abs(exact.d[i]) + TINY;
    const kernel: LossKernel = (d, from, to, by) => kernels.sigmoidCrossEntropyBackward(d, from, to, n, by);
    return lossFaults(slabs, kernel, z, targets, { exact, lossBound, bound, scale }, fault);
  }, true);

  it("has a gradient of 0 where the sigmoid is below 2⁻¹⁰⁰, the loss keeping its digits", () => {
    slabs.clear();
    const [z, targets, d] = [slabs.input([-69, -70, 70, -80, -80]), slabs.input([0, 0, 1, 0, 0]), slabs.output(5)];
    const loss = kernels.sigmoidCrossEntropyBackward(d.address, z.address + 4, targets.address + 4, 4, 1);
    expect(Array.from(d.floats.subarray(0, 4), Math.abs)).toEqual([0, 0, 0, 0]);
    const exact = 2 * Math.exp(-70) + 2 * Math.exp(-80);
    expect(Math.abs(loss - exact)).toBeLessThan(1e-6 * exact);
    kernels.sigmoidCrossEntropyBackward(d.address, z.address, targets.address, 5, 1);
    expect(Array.from(d.floats, (slope) => slope === 0)).toEqual([false, true, true, true, true]);
  });
});

describe("squaredErrorBackward", () => {
  holdsAndControls((n, random, fault) => {
    slabs.clear();
    const [z, targets] = [slabs.input(draw(n, random, 100)), slabs.input(draw(n, random))];
    const scale = anyScale(random);
    const exact = reference.squaredError(z.floats, targets.floats, n, scale);
    const bound = (i: number) => gamma(2) * Math.abs(exact.d[i]);
    const kernel: LossKernel = (d, from, to, by) => kernels.squaredErrorBackward(d, from, to, n, by);
    return lossFaults(
      slabs,
      kernel,
      z,
      targets,
      { exact, lossBound: exact.loss * doubleRoundings(n), bound, scale },
      fault,
    );
  }, true);
});

describe("penaltyAccumulate", () => {
  holdsAndControls((n, random, fault) => {
    slabs.clear();
    const w = slabs.input(draw(n, random).map((value) => (random.below(4) ? value : 0)));
    const dw = slabs.input(draw(n, random));
    const before = dw.floats.slice();
    const [l1, l2] = [random.uniform(), random.uniform()].map(Math.fround);
    const { loss, d } = reference.penalty(w.floats, n, l1, l2);
    return faults(slabs, [w], () => {
      const returned = kernels.penaltyAccumulate(dw.address, w.address, n, l1, l2) * (fault?.loss ?? 1);
      fault?.output?.(dw.floats);
      // l2·w, plus l1, plus dw.
      const bound = (i: number) => gamma(3) * (Math.abs(before[i]) + l1 + l2 * Math.abs(w.floats[i]));
      return [
        { result: dw.floats, exact: d.map((slope, i) => before[i] + slope), bound },
        { result: [returned], exact: [loss], bound: () => doubleRoundings(n) * loss },
      ];
    });
  }, true);
});

describe.each([
  // Roundings a term of w has met after t steps. Momentum: two a step in v, then times the rate, then t subtractions.
  { name: "sgdStep", momentum: 0, roundings: (t: number) => t + 1 },
  { name: "momentumStep", momentum: Math.fround(0.9), roundings: (t: number) => 2 * t + 1 },
  { name: "nesterovStep", momentum: Math.fround(0.9), roundings: (t: number) => 2 * t + 3 },
  // 2t in m, t + 5 in the divisor (half of the 2t + 1 in v, root, factor, its own, epsilon), rate, its own, division.
  { name: "adamStep", momentum: 0, roundings: (t: number) => 3 * t + 10 },
] as const)("$name", ({ name, momentum, roundings }) => {
  const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8].map(Math.fround);

  function step(t: number, rate: number, [w, g, state1, state2]: number[], n: number): void {
    if (name === "sgdStep") kernels.sgdStep(w, g, n, rate);
    else if (name !== "adamStep") kernels[name](w, g, state1, n, rate, momentum);
    else {
      const [corrected, root] = [rate / (1 - beta1 ** t), 1 / Math.sqrt(1 - beta2 ** t)];
      kernels.adamStep(w, g, state1, state2, n, corrected, beta1, 1 - beta1, beta2, 1 - beta2, root, epsilon);
    }
  }

  function oracle(t: number, rate: number, state: reference.OptimizerState, g: reference.Vector): void {
    if (name === "adamStep") reference.adamStep(state, g, rate, beta1, beta2, epsilon, t);
    else reference.momentumStep(state, g, rate, momentum, name === "nesterovStep");
  }

  holdsAndControls((n, random, fault) => {
    slabs.clear();
    const [w, g] = [slabs.input(draw(n, random)), slabs.output(n)];
    const [state1, state2] = [slabs.input(new Float32Array(n)), slabs.input(new Float32Array(n))];
    const addresses = [w, g, state1, state2].map(({ address }) => address);
    const zeros = () => new Float64Array(n);
    const exact = { w: Float64Array.from(w.floats), state1: zeros(), state2: zeros() };
    // The same recurrence on absolute values with nothing subtracted: what the roundings are relative to.
    const magnitude = { w: exact.w.map(Math.abs), state1: zeros(), state2: zeros() };
    for (let t = 1; t <= 10; t++) {
      const rate = Math.fround(0.1 / t);
      g.floats.set(draw(n, random, 10 ** (random.below(5) - 2)));
      oracle(t, rate, exact, g.floats);
      oracle(t, -rate, magnitude, g.floats.map(Math.abs));
      const found = faults(slabs, [g], () => {
        step(t, rate, addresses, n);
        if (t === 10) fault?.output?.(w.floats);
        const expected = [
          { result: w.floats, exact: exact.w, bound: (i: number) => gamma(roundings(t)) * magnitude.w[i] },
        ];
        if (name === "sgdStep") return expected;
        expected.push({ result: state1.floats, exact: exact.state1, bound: (i) => gamma(2 * t) * magnitude.state1[i] });
        if (name !== "adamStep") return expected;
        return [
          ...expected,
          { result: state2.floats, exact: exact.state2, bound: (i) => gamma(2 * t + 1) * exact.state2[i] },
        ];
      });
      if (found.length > 0) return found;
    }
    return [];
  });
});

describe("optimizer state", () => {
  type Step = (w: number, g: number, state: number, zero: number, n: number, decay: number) => void;
  const steps: Record<string, Step> = {
    velocity: (w, g, v, _, n, decay) => kernels.momentumStep(w, g, v, n, 0.1, decay),
    "Nesterov's velocity": (w, g, v, _, n, decay) => kernels.nesterovStep(w, g, v, n, 0.1, decay),
    "Adam's mean": (w, g, m, v, n, decay) => kernels.adamStep(w, g, m, v, n, 0.1, decay, 0.1, 0.999, 0.001, 1, 1e-8),
    "Adam's square": (w, g, v, m, n, decay) => kernels.adamStep(w, g, m, v, n, 0.1, 0.9, 0.1, decay, 0.001, 1, 1e-8),
  };

  /** Which of six small numbers are 0 after a step without gradient. */
  function faded(step: Step, decay: number): boolean[] {
    slabs.clear();
    const [w, g, zero] = [0, 1, 2].map(() => slabs.input(new Float32Array(6)));
    const state = slabs.input([1.0005, 1.2, -1.0005, 1.0005, 1.2, 1.0005].map((value) => value * TINY));
    step(w.address, g.address, state.address, zero.address, 6, decay);
    return Array.from(state.floats, (value) => value === 0);
  }

  it.each(Object.entries(steps))("%s is 0 below 2⁻¹⁰⁰", (_, step) => {
    expect(faded(step, 0.999)).toEqual([true, false, true, true, false, true]);
  });

  it.each(Object.entries(steps))("control: %s that does not decay stays", (_, step) => {
    expect(faded(step, 1)).toEqual(Array(6).fill(false));
  });

  /** A weight after a gradient of 2¹⁰⁰, whose square float32 cannot hold, and a thousand of 1; what Adam keeps in the end. */
  function moved(square: (of: number) => number): { first: number; last: number; square: number } {
    slabs.clear();
    const [w, g, m, v] = [0, 1, 2, 3].map(() => slabs.input(new Float32Array(5)));
    const weights: number[] = [];
    for (let t = 1; t <= 1001; t++) {
      g.floats.fill(t === 1 ? 2 ** 100 : 1);
      if (t === 1001) w.floats.fill(0); // Far out, float32 would not see the last step.
      kernels.adamStep(w.address, g.address, m.address, v.address, 5, 0.1, 0.5, 0.5, 0.9, 0.1, 1, 1e-8);
      v.floats.forEach((value, i) => {
        v.floats[i] = square(value);
      });
      weights.push(w.floats[4]);
    }
    return { first: weights[0], last: weights[1000], square: v.floats[4] };
  }

  it("Adam's square is the largest number at most, and decays: the weight goes on moving", () => {
    const { first, last, square } = moved((value) => value);
    expect(first / ((-0.1 * 2 ** 99) / Math.sqrt(3.4028234663852886e38))).toBeCloseTo(1, 5);
    expect(last).toBeCloseTo(-0.1, 3);
    expect(square).toBeCloseTo(1, 3);
  });

  it("control: with a square that stays infinite it does not move", () => {
    const { last, square } = moved((value) => (value > 1e38 ? Number.POSITIVE_INFINITY : value));
    expect([Math.abs(last) < 1e-19, square]).toEqual([true, Number.POSITIVE_INFINITY]);
  });
});

/** Kernels of normalisation against float64: within their stated bounds, inside their slabs, in pieces and in place. */
import { describe, expect, it } from "vitest";
import { addExtra } from "../../src/core/extra-core.js";
import { Random } from "../../src/ground/random.js";
import {
  affine,
  EPSILON,
  type Kind,
  momentsOf,
  normalizationBackward,
  normalized,
} from "../reference-normalization.js";
import { gamma, type Slab, Slabs, UNIT_ROUNDOFF } from "../slabs.js";
import { faults, SMALLEST, sameBits } from "../ulp.js";
import { draw } from "./elementwise.js";

const slabs = await Slabs.create(2 ** 18);
const { kernels, memory } = await addExtra(slabs.core);

const SHAPES: [B: number, O: number][] = [2, 3, 8, 33].flatMap((B) =>
  [1, 2, 3, 4, 5, 6, 7, 8, 13, 32].map((O): [number, number] => [B, O]),
);
const DOUBLE = 2 ** -53;

const doubles = ({ address }: Slab, count: number) =>
  new Float64Array(memory.buffer.slice(address, address + 8 * count));
const store = ({ address }: Slab, values: readonly number[]) =>
  new Uint8Array(memory.buffer).set(new Uint8Array(Float64Array.from(values).buffer), address);

/** Sums as layers have them: near 0, far from it, nearly constant, constant. */
function sums(B: number, O: number, random: Random): Float32Array {
  const [size, offset] = [10 ** (random.below(7) - 3), [0, 1, 1000, -1e6][random.below(4)]];
  const isFlat = random.below(8) === 0;
  return Float32Array.from({ length: B * O }, () => (isFlat ? offset : offset + size * random.normal()));
}

type Damage = (y: Float32Array) => void;

const forward: Record<
  Kind,
  (y: Slab, h: Slab, moments: Slab, x: Slab, gain: Slab, shift: Slab, B: number, O: number) => void
> = {
  batch: (y, h, m, x, gain, shift, B, O) =>
    kernels.batchNormalizationForward(y.address, h.address, m.address, x.address, gain.address, shift.address, B, O, O),
  layer: (y, h, m, x, gain, shift, B, O) =>
    kernels.layerNormalizationForward(y.address, h.address, m.address, x.address, gain.address, shift.address, B, O),
};

function tryForward(kind: Kind, B: number, O: number, random: Random, damage?: Damage): string[] {
  slabs.clear();
  const odd = random.below(2) === 1;
  const x = slabs.input(sums(B, O, random), odd);
  const [gain, shift] = [slabs.input(draw(O, random), odd), slabs.input(draw(O, random), odd)];
  const [y, h, m] = [slabs.output(B * O, odd), slabs.output(B * O), slabs.output(2 * (kind === "batch" ? 2 * O : B))];
  const { mean, variance } = momentsOf(kind, x.floats, B, O);
  const exact = normalized(kind, x.floats, B, O);
  const k = kind === "batch" ? B : O;
  const group = (i: number) => (kind === "batch" ? i % O : Math.floor(i / O));
  const largest = Math.max(...x.floats.map(Math.abs));
  const inner = (i: number) =>
    2 * (k + 8) * DOUBLE * (largest / Math.sqrt(variance[group(i)] + EPSILON) + Math.abs(exact[i]));
  return faults(slabs, [x, gain, shift], () => {
    forward[kind](y, h, m, x, gain, shift, B, O);
    damage?.(y.floats);
    const values = affine(exact, gain.floats, shift.floats, O);
    const kept = kind === "batch" ? [...mean, ...variance] : variance;
    const ofMoments = (i: number) =>
      kind === "batch" && i < O
        ? 4 * k * DOUBLE * largest
        : 4 * (k + 4) * DOUBLE * (kept[i] + k * DOUBLE * largest * largest);
    const ofValues = (i: number) => {
      const [g, s] = [Math.abs(gain.floats[i % O]), Math.abs(shift.floats[i % O])];
      return UNIT_ROUNDOFF * Math.abs(values[i]) + g * inner(i) + 8 * DOUBLE * (g * Math.abs(exact[i]) + s) + SMALLEST;
    };
    return [
      { result: h.floats, exact, bound: (i) => UNIT_ROUNDOFF * Math.abs(exact[i]) + inner(i) + SMALLEST },
      { result: y.floats, exact: values, bound: ofValues },
      { result: doubles(m, kept.length), exact: kept, bound: ofMoments },
    ];
  });
}

describe.each(["batch", "layer"] as const)("%s normalization, forward", (kind) => {
  it("is right for every shape, inside its slabs, inputs kept", () => {
    const random = new Random(1);
    for (const [B, O] of SHAPES)
      for (let i = 0; i < 8; i++) expect(tryForward(kind, B, O, random), `${B} x ${O}`).toEqual([]);
  });

  it("has the same bits in place", () => {
    const random = new Random(2);
    for (const [B, O] of SHAPES) {
      slabs.clear();
      const [x, gain, shift] = [sums(B, O, random), draw(O, random), draw(O, random)].map((list) => slabs.input(list));
      const [y, h, m] = [slabs.output(B * O), slabs.output(B * O), slabs.output(4 * Math.max(B, O))];
      forward[kind](y, h, m, x, gain, shift, B, O);
      const copy = slabs.input(x.floats);
      forward[kind](h, copy, m, copy, gain, shift, B, O);
      expect(sameBits(h.floats, y.floats)).toBe(true);
      forward[kind](x, x, m, x, gain, shift, B, O);
      expect(sameBits(x.floats, y.floats) && slabs.intact).toBe(true);
    }
  });

  it("control: a value off by a millionth, a missing one, a write past the end are found", () => {
    for (const [damage, found] of [
      [(y) => (y[6] += 1e-6 * (1 + Math.abs(y[6]))), ["wrong"]],
      [(y) => y.fill(Number.NaN, 6, 7), ["wrong"]],
      [(y) => new Float32Array(y.buffer, y.byteOffset, y.length + 1).fill(0, y.length), ["overrun"]],
    ] as [Damage, string[]][]) {
      expect(tryForward(kind, 5, 3, new Random(3), damage)).toEqual(found);
    }
  });
});

/** `planted`: what the variance is multiplied by for the kernel alone. */
function tryBackward(kind: Kind, B: number, O: number, random: Random, planted = 1): string[] {
  slabs.clear();
  const odd = random.below(2) === 1;
  const x = sums(B, O, random);
  const { mean, variance } = momentsOf(kind, x, B, O);
  const h = slabs.input(normalized(kind, x, B, O), odd);
  const [dy, gain] = [slabs.input(draw(B * O, random), odd), slabs.input(draw(O, random))];
  const [dx, dgain, dshift] = [slabs.output(B * O, odd), slabs.output(O, odd), slabs.output(O)];
  const m = slabs.output(2 * (kind === "batch" ? 2 * O : B));
  const kept = variance.map((value) => value * planted);
  store(m, kind === "batch" ? [...mean, ...kept] : kept);
  const [d, own] = [dx.address, gain.address];
  const exact = normalizationBackward(kind, dy.floats, h.floats, variance, gain.floats, B, O);
  const sumBound = kind === "batch" ? gamma(2) : gamma(B + 1);
  return faults(slabs, [h, dy, gain, m], () => {
    if (kind === "batch") {
      kernels.batchNormalizationBackward(
        d,
        dgain.address,
        dshift.address,
        dy.address,
        h.address,
        m.address,
        own,
        B,
        O,
        O,
      );
    } else {
      kernels.gainsBackward(dgain.address, dy.address, h.address, B, O);
      kernels.biasesBackward(dshift.address, dy.address, B, O);
      kernels.layerNormalizationBackward(d, dy.address, h.address, m.address, own, B, O);
    }
    return [
      { result: dx.floats, exact: exact.dx, bound: (i) => gamma(4) * exact.sizes.dx[i] + SMALLEST },
      { result: dgain.floats, exact: exact.dgain, bound: (i) => sumBound * exact.sizes.dgain[i] + SMALLEST },
      { result: dshift.floats, exact: exact.dshift, bound: (i) => sumBound * exact.sizes.dshift[i] + SMALLEST },
    ];
  });
}

describe.each(["batch", "layer"] as const)("%s normalization, backward", (kind) => {
  it("is right for every shape, inside its slabs, inputs kept", () => {
    const random = new Random(4);
    for (const [B, O] of SHAPES)
      for (let i = 0; i < 8; i++) expect(tryBackward(kind, B, O, random), `${B} x ${O}`).toEqual([]);
  });

  it("control: a variance off by a millionth is found", () => {
    expect(tryBackward(kind, 9, 6, new Random(6), 1 + 2e-6)).toEqual(["wrong"]);
  });

  it("of the reference is what central differences say", () => {
    const random = new Random(7);
    const [B, O, step] = [5, 4, 1e-5];
    const [x, dy] = [draw(B * O, random), draw(B * O, random)].map((list) => Float64Array.from(list));
    const [gain, shift] = [draw(O, random), draw(O, random)].map((list) => Float64Array.from(list));
    const value = () => affine(normalized(kind, x, B, O), gain, shift, O).reduce((sum, y, i) => sum + y * dy[i], 0);
    const slopes = (list: Float64Array) =>
      list.map((at, i) => {
        const ends = [at + step, at - step].map((moved) => {
          list[i] = moved;
          return value();
        });
        list[i] = at;
        return (ends[0] - ends[1]) / (2 * step);
      });
    const { variance } = momentsOf(kind, x, B, O);
    const own = normalizationBackward(kind, dy, normalized(kind, x, B, O), variance, gain, B, O);
    for (const [got, wanted] of [
      [own.dx, slopes(x)],
      [own.dgain, slopes(gain)],
      [own.dshift, slopes(shift)],
    ]) {
      for (const [i, slope] of wanted.entries()) expect(Math.abs(got[i] - slope)).toBeLessThanOrEqual(1e-8);
    }
  });
});

describe("parts", () => {
  it("of units, and of rows, make the bits of the whole; so do gradients in pieces", () => {
    const random = new Random(8);
    const [B, O] = [9, 13];
    slabs.clear();
    const [x, gain, shift, dy] = [sums(B, O, random), draw(O, random), draw(O, random), draw(B * O, random)].map(
      (list) => slabs.input(list),
    );
    const results = [0, 1].map(() => ({
      ...{ y: slabs.output(B * O), h: slabs.output(B * O), m: slabs.output(4 * O), dx: slabs.output(B * O) },
      ...{ dgain: slabs.output(O), dshift: slabs.output(O), sum: slabs.output(O) },
    }));
    results.forEach(({ y, h, m, dx, dgain, dshift, sum }, cut) => {
      const [g, s] = [gain.address, shift.address];
      for (let j = 0; j < O; j += cut ? 4 : O) {
        const [n, at] = [cut ? Math.min(4, O - j) : O, 4 * j];
        const [from, own] = [x.address + at, m.address + 8 * j];
        kernels.batchNormalizationForward(y.address + at, h.address + at, own, from, g + at, s + at, B, O, n);
        const [gains, shifts, d] = [dgain.address + at, dshift.address + at, dy.address + at];
        kernels.batchNormalizationBackward(dx.address + at, gains, shifts, d, h.address + at, own, g + at, B, O, n);
      }
      for (let r = 0; r < B; r += cut ? 2 : B) {
        const [n, at] = [cut ? Math.min(2, B - r) : B, 4 * r * O];
        if (r === 0) kernels.gainsBackward(sum.address, dy.address, h.address, n, O);
        else kernels.gainsAccumulate(sum.address, dy.address + at, h.address + at, n, O);
      }
    });
    const [whole, parts] = results;
    for (const name of ["y", "h", "m", "dx", "dgain", "dshift", "sum"] as const) {
      expect(
        Buffer.from(parts[name].floats.slice().buffer).equals(Buffer.from(whole[name].floats.slice().buffer)),
      ).toBe(true);
    }
    expect(slabs.intact).toBe(true);
  });
});

describe("running moments", () => {
  it("move by a tenth to the mini-batch's mean and the variance of a sample, rounded once, and stay finite", () => {
    const random = new Random(9);
    for (let O = 1; O < 12; O++) {
      slabs.clear();
      const B = 2 + random.below(9);
      const [mean, variance] = [slabs.input(draw(O, random)), slabs.input(draw(O, random).map(Math.abs))];
      const own = Array.from({ length: 2 * O }, (_, i) => (i < O ? random.normal() : random.uniform()));
      if (O === 11) own[O] = 1e60;
      const m = slabs.output(4 * O);
      store(m, own);
      const wanted = (old: Float32Array, batch: number[]) => old.map((value, j) => 0.9 * value + 0.1 * batch[j]);
      const means = wanted(mean.floats, own.slice(0, O));
      const sample = own.slice(O).map((value) => (value * B) / (B - 1));
      const variances = wanted(variance.floats, sample).map((value) => Math.min(value, (2 - 2 ** -23) * 2 ** 127));
      kernels.runningMomentsStep(mean.address, variance.address, m.address, B, O);
      const near = (got: Float32Array, list: Float32Array) =>
        list.every((value, j) => Math.abs(got[j] - value) <= 2 * UNIT_ROUNDOFF * Math.abs(value));
      expect([near(mean.floats, means), near(variance.floats, variances), slabs.intact]).toEqual([true, true, true]);
    }
  });

  it("normalise predictions, rounded once, row by row", () => {
    const random = new Random(10);
    for (const [B, O] of SHAPES) {
      slabs.clear();
      const [x, gain, shift, mean] = [draw(B * O, random), ...[0, 1, 2].map(() => draw(O, random))].map((list) =>
        slabs.input(list, true),
      );
      const variance = slabs.input(draw(O, random).map((value) => value * value));
      const y = slabs.output(B * O, true);
      const parts = Array.from(x.floats, (value, i) => {
        const j = i % O;
        const h = (value - mean.floats[j]) / Math.sqrt(variance.floats[j] + EPSILON);
        return [gain.floats[j] * h, shift.floats[j]];
      });
      const found = faults(slabs, [x, gain, shift, mean, variance], () => {
        const own = [mean, variance, gain, shift].map(({ address }) => address) as [number, number, number, number];
        kernels.runningNormalizationForward(y.address, x.address, ...own, B, O);
        const exact = parts.map(([a, b]) => a + b);
        const bound = (i: number) =>
          UNIT_ROUNDOFF * Math.abs(exact[i]) + 16 * DOUBLE * (Math.abs(parts[i][0]) + Math.abs(parts[i][1])) + SMALLEST;
        return [{ result: y.floats, exact, bound }];
      });
      expect(found, `${B} x ${O}`).toEqual([]);
    }
  });
});

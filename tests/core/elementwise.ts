/** What the suites of elementwise kernels share: lengths to try, faults to plant, and the law that holds for all of them. */
import { expect, it } from "vitest";
import { Random } from "../../src/ground/random.js";
import type { Slab, Slabs } from "../slabs.js";
import { faults, type LossBounds, oneMore, sameBits } from "../ulp.js";

export const lengths = Array.from({ length: 40 }, (_, i) => i + 1);

/** A fault for a control to plant: in the output, or a factor on the loss. */
export interface Fault {
  output?(y: Float32Array): void;
  loss?: number;
}

export function draw(n: number, random: Random, scale = 1): Float32Array {
  return Float32Array.from({ length: n }, () => random.normal() * scale);
}

type Trial = (n: number, random: Random, fault?: Fault) => string[];

/** The law for all lengths, and what its check must find. */
export function holdsAndControls(trial: Trial, ofLoss = false): void {
  it("is right for every length, inside its slab, inputs kept", () => {
    const random = new Random(1);
    for (const n of lengths) for (let i = 0; i < 5; i++) expect(trial(n, random), `n = ${n}`).toEqual([]);
  });

  it("control: an element off by 10⁻⁵, a missing one, a write past the end are found", () => {
    const off = (y: Float32Array) => (y[6] += 1e-5 * (1 + Math.abs(y[6])));
    const beyond = (y: Float32Array) => oneMore(y).fill(0, y.length);
    expect(trial(7, new Random(2), { output: off })).toEqual(["wrong"]);
    expect(trial(7, new Random(2), { output: (y) => y.fill(Number.NaN, 6) })).toEqual(["wrong"]);
    expect(trial(7, new Random(2), { output: beyond })).toEqual(["overrun"]);
    if (ofLoss) expect(trial(7, new Random(2), { loss: 1 + 2e-6 })).toEqual(["wrong"]);
  });
}

export type LossKernel = (d: number, z: number, targets: number, scale: number) => number;

/** Calls a loss kernel into another slab and then over z: `exact` as bounds have it, and both times the same bits. */
export function lossFaults(
  slabs: Slabs,
  kernel: LossKernel,
  z: Slab,
  targets: Slab,
  expected: LossBounds,
  fault: Fault = {},
): string[] {
  const { exact, lossBound, bound, scale } = expected;
  const d = slabs.output(z.floats.length);
  let loss = 0;
  const found = faults(slabs, [z, targets], () => {
    loss = kernel(d.address, z.address, targets.address, scale);
    fault.output?.(d.floats);
    return [
      { result: d.floats, exact: exact.d, bound },
      { result: [loss * (fault.loss ?? 1)], exact: [exact.loss], bound: () => lossBound },
    ];
  });
  const again = kernel(z.address, z.address, targets.address, scale);
  const same = again === loss && sameBits(z.floats, d.floats);
  return same || fault.output ? found : [...found, "other bits in place"];
}

export const anyScale = (random: Random) => Math.fround(1 / (1 + random.below(100)));

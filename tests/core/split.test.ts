/** Shares of a kernel's call give the bits of the whole, whatever their number, and touch nothing else. */
import { describe, expect, it } from "vitest";
import { MOST_ARGUMENTS, SPLIT_NAMES, SPLITS, type Split, sharesOf, writeShare } from "../../src/core/split.js";
import { Random } from "../../src/ground/random.js";
import { type Slab, Slabs } from "../slabs.js";
import { sameBits } from "../ulp.js";

const slabs = await Slabs.create(4_000_000);

type Name = (typeof SPLIT_NAMES)[number];

/** The arguments of a call by name, as src/core/kernels.ts has them. */
const PRODUCT = { forward: "y x w b scratch B I O", weights: "dw x dy scratch B I O gap" };
const ARGUMENTS: Record<Name, string> = {
  denseForward: PRODUCT.forward,
  denseReluForward: PRODUCT.forward,
  sparseForward: PRODUCT.forward,
  sparseReluForward: PRODUCT.forward,
  weightsBackward: PRODUCT.weights,
  weightsAccumulate: PRODUCT.weights,
  sparseWeightsBackward: PRODUCT.weights,
  sparseWeightsAccumulate: PRODUCT.weights,
  inputsBackward: "dx dy w scratch B I O",
  inputsReluBackward: "dx dy w h scratch B I O",
  softmaxForward: "y dy B O",
  expForward: "e1 e2 n",
  logForward: "e1 positive n",
  sigmoidForward: "e1 e2 n",
  tanhForward: "e1 e2 n",
  sigmoidBackward: "e1 e2 e3 n",
  tanhBackward: "e1 e2 e3 n",
  dropoutForward: "e1 e2 n 1234 77 99 1000000000 1.5",
  bytesForward: "e1 e2 n 0.25",
  clipStep: "e1 n 0.3",
  clampStep: "e1 n 0.3",
  sgdStep: "e1 e2 n 0.3",
  momentumStep: "e1 e2 e3 n 0.3 0.9",
  nesterovStep: "e1 e2 e3 n 0.3 0.9",
  adamStep: "e1 e2 e3 positive n 0.3 0.9 0.1 0.99 0.01 0.5 1e-7",
  amsgradStep: "e1 e2 e3 positive positive2 n 0.3 0.9 0.1 0.99 0.01 0.5 1e-7",
  nadamStep: "e1 e2 e3 positive n 0.3 0.2 0.9 0.1 0.99 0.01 0.5 1e-7",
  rmspropStep: "e1 e2 positive e3 0 n 0.3 0.9 0.1 0.9 1e-7",
  adagradStep: "e1 e2 positive n 0.3 0.1 1e-7",
  lionStep: "e1 e2 e3 n 0.3 0.9 0.1 0.99 0.01",
};

interface Call {
  readonly name: Name;
  /** What each argument is. */
  readonly given: number[];
  /** Every slab that there is, with what it holds before the call. */
  readonly before: readonly (readonly [slab: Slab, numbers: Float32Array])[];
  /** Scratch of a share, in bytes; that of nobody's concern afterwards. */
  readonly scratch: number;
}

/** A call with random numbers, of so many rows, inputs and outputs, and gap, for at most so many shares. */
function prepare(name: Name, [B, I, O, gap]: readonly number[], shares: number, random: Random): Call {
  slabs.clear();
  const n = B * I;
  const floats = 8 + 16 * Math.max(B, I, O);
  const sizes: Record<string, number> = {
    ...{ y: B * O, x: B * (I + gap), w: I * O, b: O, dw: I * O, dy: B * O, dx: n, h: n },
    ...{ e1: n, e2: n, e3: n, positive: n, positive2: n },
  };
  const before: [Slab, Float32Array][] = [];
  const given = ARGUMENTS[name].split(" ").map((argument) => {
    const count = { B, I, O, gap, n }[argument];
    if (count !== undefined) return count;
    if (argument === "scratch") return slabs.output(shares * floats).address;
    if (!(argument in sizes)) return Number(argument);
    const draw = () =>
      random.uniform() < 0.3 ? 0 : argument.startsWith("positive") ? random.uniform() : random.normal();
    const slab = slabs.input(Float32Array.from({ length: sizes[argument] }, draw), random.below(2) === 1);
    before.push([slab, slab.floats.slice()]);
    return slab.address;
  });
  return { name, given, before, scratch: 4 * floats };
}

/** What a kernel is called with, and its split. */
type Run = (
  split: Split,
  all: Float64Array,
  own: Float64Array,
  share: number,
  shares: number,
  scratch: number,
) => boolean;

/** Whether the shares give what the whole gives, in all memory but scratch. */
function agrees({ name, given, before, scratch }: Call, shares: number, run: Run = writeShare): boolean {
  const kernel = slabs.kernels[name] as (...all: number[]) => number | undefined;
  const whole = kernel(...given) ?? 0;
  const wanted = before.map(([slab, numbers]) => {
    const made = slab.floats.slice();
    slab.floats.set(numbers);
    return made;
  });
  const all = new Float64Array(MOST_ARGUMENTS);
  all.set(given);
  const own = new Float64Array(MOST_ARGUMENTS);
  let sum = 0;
  // From the last one to the first: threads come in any order.
  for (let share = shares - 1; share >= 0; share--) {
    if (run(SPLITS[name], all, own, share, shares, scratch)) sum += kernel(...own.subarray(0, given.length)) ?? 0;
  }
  return before.every(([slab], i) => sameBits(slab.floats, wanted[i])) && sum === whole && slabs.intact;
}

const SHAPES = [
  [1, 1, 1, 0],
  [7, 33, 5, 3],
  [16, 40, 17, 0],
  [33, 65, 55, 9],
  [64, 130, 16, 30],
] as const;

describe.each(SPLIT_NAMES)("%s", (name) => {
  it("is the same bits in 1 to 9 shares", () => {
    const random = new Random(11);
    const shapes = [
      ...SHAPES,
      ...Array.from({ length: 6 }, () => [1, 1, 1, 0].map((least) => least + random.below(70))),
    ];
    for (const shape of shapes) {
      for (const shares of [1, 2, 3, 4, 7, 9]) {
        const call = prepare(name, shape, shares, random);
        expect(agrees(call, shares), `${shape} in ${shares}`).toBe(true);
      }
    }
  });
});

describe("the number of shares", () => {
  const all = (...given: number[]) => Float64Array.from({ length: MOST_ARGUMENTS }, (_, i) => given[i] ?? 0);

  it("grows with the work, and is 1 where a thread would not gain", () => {
    const forward = (B: number, I: number, O: number) => sharesOf(SPLITS.denseForward, all(0, 0, 0, 0, 0, B, I, O), 8);
    expect([forward(1, 784, 128), forward(64, 2, 10), forward(64, 64, 64)]).toEqual([1, 1, 5]);
    expect([forward(16, 784, 128), forward(64, 784, 128), forward(0, 784, 128)]).toEqual([2, 8, 1]);
  });
});

describe("control:", () => {
  it("a share that ends eight rows early is noticed", () => {
    const random = new Random(5);
    const short: Run = (split, whole, own, share, shares, scratch) => {
      const is = writeShare(split, whole, own, share, shares, scratch);
      if (share === 1) own[split.count] -= 8;
      return is;
    };
    for (const name of SPLIT_NAMES) {
      expect(agrees(prepare(name, [33, 65, 55, 9], 3, random), 3, short), name).toBe(false);
    }
  });
});

/** The generator against its published algorithm, its draws against what they should look like, and starting weights. */
import { describe, expect, it } from "vitest";
import { order, Random } from "../../src/ground/random.js";
import { runThrough } from "../../src/ground/turn.js";
import { type Initializer, initialize } from "../../src/net/initializers.js";

/** xoshiro128** once more, in BigInt straight from the paper's definition. */
function* xoshiro(state: readonly number[]): Generator<number> {
  const mask = 0xffffffffn;
  const rotl = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & mask;
  const s = state.map(BigInt);
  for (;;) {
    yield Number((rotl((s[1] * 5n) & mask, 7n) * 9n) & mask);
    const t = (s[1] << 9n) & mask;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotl(s[3], 11n);
  }
}

/** How many of `count` words differ from the definition's. */
function mismatches(random: Random, state: readonly number[], count: number): number {
  const wanted = xoshiro(state);
  let wrong = 0;
  for (let i = 0; i < count; i++) if (random.word() !== wanted.next().value) wrong++;
  return wrong;
}

/** Mean and standard deviation. */
function moments(draws: ArrayLike<number>): { mean: number; deviation: number } {
  const values = Array.from(draws);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}

describe("the generator", () => {
  it("is xoshiro128** from any seed", () => {
    for (const seed of [0, 1, 42, 2 ** 32, 2 ** 53 - 1]) {
      const random = new Random(seed);
      expect(mismatches(random, random.state, 1000)).toBe(0);
    }
  });

  it("control: one bit of the state is noticed", () => {
    const random = new Random(1);
    const [a, b, c, d] = random.state;
    expect(mismatches(random, [a, b, c ^ 1, d], 1000)).toBeGreaterThan(0);
  });

  it("gives the first words that were written down once, on every engine", () => {
    const random = new Random(42);
    expect([random.word(), random.word(), random.word()]).toEqual(GOLDEN_WORDS);
    expect([new Random(7).normal(), new Random(8).uniform()]).toEqual(GOLDEN_DRAWS);
  });

  it("tells neighbouring seeds and their two halves apart", () => {
    const firsts = [0, 1, 2, 3, 2 ** 32, 2 ** 32 + 1, 2 ** 33].map((seed) => new Random(seed).word());
    expect(new Set(firsts).size).toBe(firsts.length);
  });

  it("goes on from a state put back", () => {
    const random = new Random(5);
    random.normal();
    const { state } = random;
    const ahead = [random.word(), random.uniform(), random.normal()];
    const other = new Random(0);
    other.state = state;
    expect([other.word(), other.uniform(), other.normal()]).toEqual(ahead);
    other.state = [0, 0, 0, 0];
    expect(new Set([other.word(), other.word(), other.word(), other.word()]).size).toBeGreaterThan(1);
  });
});

describe("draws", () => {
  const random = new Random(9);
  const COUNT = 40_000;

  it("are uniform in [0, 1) with the moments of that law, within 5 standard errors", () => {
    const draws = Float64Array.from({ length: COUNT }, () => random.uniform());
    const { mean, deviation } = moments(draws);
    expect(Math.abs(mean - 0.5)).toBeLessThan((5 * Math.sqrt(1 / 12)) / Math.sqrt(COUNT));
    expect(Math.abs(deviation - Math.sqrt(1 / 12))).toBeLessThan(0.003);
    expect(draws.every((value) => value >= 0 && value < 1)).toBe(true);
  });

  it("are normal: moments, and the shares within 1, 2 and 3 deviations", () => {
    const draws = Array.from({ length: COUNT }, () => random.normal());
    const { mean, deviation } = moments(draws);
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(COUNT));
    expect(Math.abs(deviation - 1)).toBeLessThan(0.02);
    [0.6827, 0.9545, 0.9973].forEach((share, k) => {
      const within = draws.filter((value) => Math.abs(value) < k + 1).length / COUNT;
      expect(Math.abs(within - share)).toBeLessThan(0.01);
    });
  });

  it("below a limit are all about as frequent (chi-square, 9 degrees, below the 99.99 % point)", () => {
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < COUNT; i++) counts[random.below(10)]++;
    const chiSquare = counts.reduce((sum, count) => sum + (count - COUNT / 10) ** 2 / (COUNT / 10), 0);
    expect(chiSquare).toBeLessThan(33.7);
  });

  it("shuffle every order of three about as often", () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const key = order(3, random).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    expect(counts.size).toBe(6);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});

describe("starting weights", () => {
  const [inputs, outputs] = [300, 100];
  const draw = (initializer: Initializer) => {
    const weights = new Float32Array(inputs * outputs);
    runThrough(initialize(weights, inputs, outputs, initializer, new Random(3)));
    return weights;
  };
  const deviations: [Initializer, number][] = [
    ["he-normal", Math.sqrt(2 / inputs)],
    ["he-uniform", Math.sqrt(6 / inputs / 3)],
    ["xavier-normal", Math.sqrt(2 / (inputs + outputs))],
    ["xavier-uniform", Math.sqrt(6 / (inputs + outputs) / 3)],
    ["gaussian", 1],
    [{ gaussian: 0.01 }, 0.01],
  ];
  for (const [initializer, wanted] of deviations) {
    it(`${JSON.stringify(initializer)} has mean 0 and deviation ${wanted.toFixed(4)}`, () => {
      const { mean, deviation } = moments(draw(initializer));
      expect(Math.abs(mean)).toBeLessThan((5 * wanted) / Math.sqrt(inputs * outputs));
      expect(Math.abs(deviation / wanted - 1)).toBeLessThan(0.02);
    });
  }

  it("uniform ones stay within their limit", () => {
    const limit = Math.fround(Math.sqrt(6 / inputs));
    expect(draw("he-uniform").every((value) => Math.abs(value) <= limit)).toBe(true);
  });
});

// Written down from this generator on Node 20; any engine must give them.
const GOLDEN_WORDS = [2837322924, 544945897, 479756282];
const GOLDEN_DRAWS = [-1.5370383110628956, 0.07074710951800511];

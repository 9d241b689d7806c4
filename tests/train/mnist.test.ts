/** The short form of bench/learning/mnist.ts, which trains to the published figures in minutes. Needs ../shared/data/mnist. */
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CASES, loadMnist, train } from "../../bench/learning/mnist.js";

const isThere = existsSync(new URL("../../../shared/data/mnist/", import.meta.url));

describe.skipIf(!isThere)("MNIST, a few epochs (needs ../shared/data/mnist)", async () => {
  const [rows, test] = isThere ? await Promise.all([loadMnist("train"), loadMnist("t10k")]) : [];

  /** Per cent of the test pictures that are read wrong. */
  async function error(index: number, epochs: number, data = rows!): Promise<number> {
    return 100 * (1 - (await train(data, { ...CASES[index], epochs })).evaluate(test!).accuracy);
  }

  it("784-128-10 is on its way in 3", async () => expect(await error(0, 3)).toBeLessThan(2.6), 60_000);

  it("784-800-10 with dropout is on its way in 3", async () => expect(await error(2, 3)).toBeLessThan(2.7), 60_000);

  it("control: digits that belong to other pictures teach nothing", async () => {
    const first = rows!.take(Array.from({ length: 6000 }, (_, i) => i));
    const wrong = first.withTargets(first.y.map((_, i) => first.y[(i + 1) % 6000]));
    expect(await error(0, 3, wrong)).toBeGreaterThan(75);
  });
});

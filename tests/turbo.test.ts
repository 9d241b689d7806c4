/** Turbo: where the engine cannot, a warning and the old way; where it can, the same bytes (the gate runs all suites so). */
import { describe, expect, it } from "vitest";
import { Dataset, MLP } from "../src/index.js";
import { turbo } from "../src/turbo.js";

const canTurbo = Number.parseInt(process.versions.node, 10) >= 24 && process.arch === "x64";

async function trained(): Promise<Uint8Array> {
  const x = Float32Array.from({ length: 200 * 40 }, (_, i) => ((i * 37) % 101) / 50 - 1);
  const y = Int32Array.from({ length: 200 }, (_, i) => i % 3);
  const net = await MLP.create({ layers: [40, 33, 17, 3], seed: 3 });
  await net.fit(Dataset.from({ x, y }), { epochs: 20, batchSize: 64 });
  return net.save();
}

describe("turbo", () => {
  it("answers once, with a warning if it cannot, and models train to the same bytes", async () => {
    const plain = await trained();
    const warnings: string[] = [];
    const listen = (warning: Error) => warnings.push(warning.message);
    process.on("warning", listen);
    const on = await turbo();
    await new Promise((resolve) => setTimeout(resolve, 10));
    process.off("warning", listen);
    expect(
      on || warnings.some((message) => /^turbo: .+ must .+, got .+\. Models run on plain SIMD\.$/.test(message)),
    ).toBe(true);
    if (!canTurbo) expect(on).toBe(false);
    expect(await turbo()).toBe(on);
    expect(await trained()).toEqual(plain);
  });
});

/** Turbo: where the engine cannot, a warning and the old way; where it can, the same bytes (the gate runs all suites so). */
import { afterEach, describe, expect, it, vi } from "vitest";
import { coreBase64 } from "../../src/built/core-base64.js";
import { turboBase64 } from "../../src/built/turbo-base64.js";
import { type Core, compile, createCoreFrom, decodeBase64, useModule } from "../../src/core/core.js";
import { adopt, KernelCheck, turbo } from "../../src/core/turbo-build.js";
import { Dataset, MLP } from "../../src/index.js";

const canTurbo = Number.parseInt(process.versions.node, 10) >= 24 && process.arch === "x64";

async function trained(): Promise<Uint8Array> {
  const x = Float32Array.from({ length: 200 * 40 }, (_, i) => ((i * 37) % 101) / 50 - 1);
  const y = Int32Array.from({ length: 200 }, (_, i) => i % 3);
  const net = await MLP.create({ layers: [40, 33, 17, 3], seed: 3 });
  await net.fit(Dataset.from({ x, y }), { epochs: 20, batchSize: 64 });
  return net.save();
}

/** What is answered, and the warnings of the process meanwhile, which are not printed. */
async function warned<T>(ask: () => Promise<T>): Promise<{ answer: T; warnings: string[] }> {
  const warnings: string[] = [];
  const emit = vi.spyOn(process, "emitWarning").mockImplementation((warning) => {
    warnings.push(String(warning));
  });
  try {
    return { answer: await ask(), warnings };
  } finally {
    emit.mockRestore();
  }
}

describe("turbo", () => {
  it("answers once, with a warning if it cannot, and models train to the same bytes", async () => {
    const plain = await trained();
    const { answer: on, warnings } = await warned(turbo);
    if (on) expect(warnings).toEqual([]);
    else {
      expect(warnings).toHaveLength(1);
      expect(warnings[0]).toMatch(/^turbo: .+ must .+, got .+\. Models run on plain SIMD\.$/);
    }
    if (!canTurbo) expect(on).toBe(false);
    expect(await warned(turbo)).toEqual({ answer: on, warnings: [] });
    expect(await trained()).toEqual(plain);
  });
});

/** A check of the plain build's kernels, of which one has a bit of one element of its result flipped. */
async function checkWith(kernel: keyof Core["kernels"], element: number, bit: number): Promise<KernelCheck> {
  const module = await compile(decodeBase64(coreBase64));
  const core = await createCoreFrom(module);
  const right = core.kernels[kernel] as (result: number, ...others: number[]) => void;
  const wrong = (result: number, ...others: number[]) => {
    right(result, ...others);
    new Int32Array(core.memory.buffer, result)[element] ^= 1 << bit;
  };
  return new KernelCheck(module, { ...core, kernels: { ...core.kernels, [kernel]: wrong } });
}

describe("the check of the kernels", () => {
  it.each([
    ["plain", coreBase64],
    ["turbo", turboBase64],
  ])("finds nothing wrong in the %s build", async (_, build) => {
    expect((await KernelCheck.load(decodeBase64(build))).wrongKernel()).toBeUndefined();
  });

  it.each(["denseReluForward", "weightsBackward", "inputsBackward"] as const)(
    "control: a single wrong bit of %s is found",
    async (kernel) => {
      // The last bit of a fraction, and a sign: of the first element, and of one among others.
      for (const element of [0, 1000]) {
        for (const bit of [0, 31]) expect((await checkWith(kernel, element, bit)).wrongKernel()).toBe(kernel);
      }
    },
  );
});

/** The turbo build with every f32x4.mul (fd e6 01) made an f32x4.add (fd e4 01). */
function brokenBuild(): string {
  const bytes = Buffer.from(turboBase64, "base64");
  const [multiply, add] = [Buffer.of(0xfd, 0xe6, 0x01), Buffer.of(0xfd, 0xe4, 0x01)];
  for (let at = bytes.indexOf(multiply); at >= 0; at = bytes.indexOf(multiply, at)) add.copy(bytes, at);
  return bytes.toString("base64");
}

describe("a build of the core", () => {
  afterEach(async () => useModule(await compile(decodeBase64(coreBase64))));

  /** Plain SIMD takes for ever: any build is worth it. */
  const SLOW = Number.POSITIVE_INFINITY;

  it("whose bits are right and that is faster is adopted, and models train to the same bytes", async () => {
    const plain = await trained();
    expect(await warned(() => adopt(decodeBase64(turboBase64), SLOW))).toEqual({ answer: true, warnings: [] });
    expect(await trained()).toEqual(plain);
  });

  it("that is no faster is given up", async () => {
    expect(await warned(() => adopt(decodeBase64(turboBase64), 0))).toEqual({
      answer: false,
      warnings: ["turbo: products must be at least 1.1 times as fast, got 0.00 times. Models run on plain SIMD."],
    });
  });

  it("control: that computes other bits is given up, and models train on plain SIMD", async () => {
    const plain = await trained();
    const broken = brokenBuild();
    expect(await warned(() => adopt(decodeBase64(broken), SLOW))).toEqual({
      answer: false,
      warnings: [
        "turbo: the kernels must give the bits of plain SIMD, got others from denseReluForward. Models run on plain SIMD.",
      ],
    });
    expect(await trained()).toEqual(plain);
    // Had it been adopted, models would not train at all.
    useModule(await compile(decodeBase64(broken)));
    await expect(trained()).rejects.toThrow("fit: the loss became NaN");
  });
});

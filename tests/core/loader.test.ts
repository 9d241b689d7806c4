/** The core is instantiated without @assemblyscript/loader, which is not installed with the library: nothing of it is missed. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { inflateSync } from "node:zlib";
import { instantiateSync } from "@assemblyscript/loader";
import { describe, expect, it } from "vitest";
import { extraDeflated } from "../../src/built/extra-deflated.js";
import { wholeDeflated } from "../../src/built/whole-deflated.js";
import { compile, createCoreFrom, reserve } from "../../src/core/core.js";
import { addExtra } from "../../src/core/extra-core.js";
import { Random } from "../../src/ground/random.js";

const read = (name: string) =>
  new Uint8Array(readFileSync(fileURLToPath(new URL(`../../build/${name}.wasm`, import.meta.url))));

/** What only the loader could give a module: imports, strings and objects, names of classes. */
function needsLoader(module: WebAssembly.Module): string[] {
  const imports = WebAssembly.Module.imports(module).map(({ module: from, name }) => `import ${from}.${name}`);
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  return [...imports, ...names.filter((name) => /^__|[#.:]/.test(name)).map((name) => `export ${name}`)];
}

describe.each(["core", "turbo"])("%s.wasm", (name) => {
  it("needs nothing that the loader gives", async () => {
    const module = await compile(read(name));
    expect(needsLoader(module)).toEqual([]);
    const { kernels, memory, base } = await createCoreFrom(module);
    const { exports, instance } = instantiateSync(module);
    expect({ ...kernels, memory, base }).toEqual(
      Object.fromEntries(Object.keys(instance.exports).map((key) => [key, expect.anything()])),
    );
    expect(base).toBe((exports.base as unknown as WebAssembly.Global).value);
    const [own, other] = [kernels.sigmoidForward, exports.sigmoidForward as typeof kernels.sigmoidForward];
    const answers = [own, other].map((forward, i) => {
      const { buffer } = [memory, exports.memory as WebAssembly.Memory][i];
      new Float32Array(buffer, base, 4).set([-2, -0.5, 0, 3]);
      forward(base, base, 4);
      return [...new Float32Array(buffer, base, 4)];
    });
    expect(answers[0]).toEqual(answers[1]);
  });
});

it("control: a module that imports is noticed", () => {
  // (module (import "env" "abort" (func)))
  const bytes = [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 13, 1, 3, 101, 110, 118, 5, 97, 98, 111, 114, 116, 0, 0,
  ];
  expect(needsLoader(new WebAssembly.Module(Uint8Array.from(bytes)))).toEqual(["import env.abort"]);
});

/** The names of the kernels in an interface of src/core. */
function typed(file: string): string[] {
  const source = readFileSync(fileURLToPath(new URL(`../../src/core/${file}.ts`, import.meta.url)), "utf8");
  const [, body] = /interface \w+ \{(.*?)\n\}/s.exec(source) as RegExpExecArray;
  return [...body.matchAll(/^ {2}(\w+)[:(]/gm)].map(([, kernel]) => kernel).sort();
}

const CORE = typed("kernels");
const EXTRA = typed("extra-kernels");
const namesOf = (module: WebAssembly.Module) => WebAssembly.Module.exports(module).map(({ name }) => name);

describe("extra.wasm, the second module", () => {
  const module = new WebAssembly.Module(read("extra"));

  it("imports the memory of the core alone", () => {
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
    expect(needsLoader(module)).toEqual(["import env.memory"]);
  });

  it("exports exactly the kernels that src/core/extra-kernels.ts types, none of which the core has", () => {
    expect(
      namesOf(module)
        .filter((name) => name !== "memory")
        .sort(),
    ).toEqual(EXTRA);
    expect(EXTRA.filter((name) => CORE.includes(name))).toEqual([]);
  });

  it("is what is inlined", () => {
    expect(inflateSync(Buffer.from(extraDeflated, "base64")).equals(read("extra"))).toBe(true);
  });

  it("joins the core on its memory, whose kernels stay what they were", async () => {
    const core = await createCoreFrom(await compile(read("core")));
    const both = await addExtra(core);
    expect(
      Object.keys(both.kernels)
        .filter((name) => name !== "memory")
        .sort(),
    ).toEqual([...CORE, ...EXTRA].sort());
    expect([both.memory, both.base, both.call]).toEqual([core.memory, core.base, core.call]);
    for (const name of CORE as (keyof typeof core.kernels)[]) expect(both.kernels[name]).toBe(core.kernels[name]);
  });
});

describe("whole.wasm, both in one", () => {
  const bytes = inflateSync(Buffer.from(wholeDeflated, "base64"));
  const module = new WebAssembly.Module(bytes);

  it("is what was built, and exports the kernels of both", () => {
    expect(bytes.equals(read("whole"))).toBe(true);
    expect(
      namesOf(module)
        .filter((name) => name !== "memory" && name !== "base")
        .sort(),
    ).toEqual([...CORE, ...EXTRA].sort());
  });

  type AnyKernel = (...args: number[]) => number | undefined;

  /** Nine slabs of 64 floats after the base, drawn anew, a kernel called on them: all bits, and what it returns. */
  function bits(kernels: Record<string, AnyKernel>, buffer: ArrayBuffer, base: number, name: string, args: number[]) {
    const floats = new Float32Array(buffer, base, 1024);
    const random = new Random(name.length);
    const isOfMoments = /ormalization|Moments/.test(name);
    for (let i = 0; i < 1024; i++) floats[i] = isOfMoments ? random.uniform() : 2 * random.normal();
    // Where targets are: classes, zeros and ones as they come.
    if (name === "softmaxCrossEntropyBackward") new Int32Array(buffer, base + 512, 64).fill(1);
    const returned = kernels[name](...args);
    return [returned, Buffer.from(floats.slice().buffer).toString("base64")];
  }

  /** Slabs by their place, then sizes, then constants, for kernels of this many arguments. */
  function argumentsOf(name: string, base: number, count: number): number[] {
    const slab = (i: number) => base + 256 * i;
    const slabs = [slab(0), slab(1), slab(2)];
    const special: Record<string, number[]> = {
      gaussianBackward: [...slabs, 5, 3, 0.25],
      huberBackward: [...slabs, 29, 0.7, 0.25],
      quantileBackward: [...slabs, slab(3), 7, 3, 0.25],
      softmaxTargetsBackward: [...slabs, 5, 4, 0.25],
      softmaxCrossEntropyBackward: [...slabs, slab(3), 5, 4, 0.25],
      sigmoidPairsBackward: [...slabs, slab(3), 5, 4, 0.25],
      sigmoidCrossEntropyBackward: [...slabs, 29, 0.25],
      squaredErrorBackward: [...slabs, 29, 0.25],
      denseForward: [...slabs, slab(3), slab(4), 5, 6, 7],
      denseReluForward: [...slabs, slab(3), slab(4), 5, 6, 7],
      softmaxForward: [slab(0), slab(1), 7, 5],
    };
    if (special[name]) return special[name];
    const sizes = name.startsWith("batchNormalization") ? [4, 7, 4] : [4, 7];
    if (/ormalization|Moments|^gains/.test(name)) {
      return [...Array.from({ length: count - sizes.length }, (_, i) => slab(i)), ...sizes];
    }
    const isForward = name.endsWith("Forward");
    const head = isForward ? slabs.slice(0, 2) : slabs;
    const rest =
      name.endsWith("Error") || /(absoluteError|poisson)Backward/.test(name) ? [29, 0.25] : [29, -0.5, 0.7, 0.3];
    return [...head, ...rest].slice(0, count);
  }

  it("gives each kernel of the second module, and those that exports call, the bits of both apart", async () => {
    const core = await addExtra(await createCoreFrom(await compile(read("core"))));
    const { exports } = new WebAssembly.Instance(module);
    const memory = exports.memory as WebAssembly.Memory;
    const wholeBase = (exports.base as WebAssembly.Global).value;
    reserve(core, core.base + 2 ** 16);
    reserve({ ...core, memory, base: wholeBase }, wholeBase + 2 ** 16);
    const called = [
      "expForward",
      "sigmoidForward",
      "tanhForward",
      "denseForward",
      "denseReluForward",
      "softmaxForward",
    ];
    called.push(
      "softmaxTargetsBackward",
      "sigmoidPairsBackward",
      "sigmoidCrossEntropyBackward",
      "squaredErrorBackward",
    );
    const seen = new Set<string>();
    for (const name of [...EXTRA, ...called, "softmaxCrossEntropyBackward"]) {
      const apart = core.kernels as unknown as Record<string, AnyKernel>;
      const { length } = apart[name];
      const [own, base] = [exports as Record<string, AnyKernel>, wholeBase];
      const one = bits(apart, core.memory.buffer as ArrayBuffer, core.base, name, argumentsOf(name, core.base, length));
      const other = bits(own, memory.buffer as ArrayBuffer, base, name, argumentsOf(name, base, length));
      expect(other, name).toEqual(one);
      seen.add(String(one[1]));
    }
    // Control: kernels differ.
    expect(seen.size).toBeGreaterThan(EXTRA.length);
  });
});

/** The core is instantiated without @assemblyscript/loader, which is not installed with the library: nothing of it is missed. */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { instantiateSync } from "@assemblyscript/loader";
import { describe, expect, it } from "vitest";
import { compile, createCoreFrom } from "../../src/core/core.js";

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

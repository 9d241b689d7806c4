/** The core on a memory that threads share: the same code, byte for byte. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { withSharedMemory } from "../../src/core/shared-build.js";

const build = (name: string) => readFileSync(new URL(`../../build/${name}.wasm`, import.meta.url));

/** The contents of a module's sections, by their numbers. */
function sections(bytes: Uint8Array): Map<number, string> {
  const found = new Map<number, string>();
  for (let at = 8; at < bytes.length; ) {
    const id = bytes[at++];
    let [size, shift] = [0, 0];
    do {
      size |= (bytes[at] & 127) << shift;
      shift += 7;
    } while (bytes[at++] & 128);
    found.set(id, Buffer.from(bytes.subarray(at, at + size)).toString("hex"));
    at += size;
  }
  return found;
}

describe.each(["core", "turbo", "extra"])("%s", (name) => {
  const shared = withSharedMemory(build(name));

  it("imports a shared memory and nothing else, and exports what it did", () => {
    const module = new WebAssembly.Module(shared);
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
    expect(WebAssembly.Module.exports(module)).toEqual(WebAssembly.Module.exports(new WebAssembly.Module(build(name))));
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });
    new WebAssembly.Instance(module, { env: { memory } });
    expect(memory.buffer).toBeInstanceOf(SharedArrayBuffer);
  });

  it("has every other section as it was", () => {
    const [before, after] = [sections(build(name)), sections(shared)];
    for (const own of [before, after]) for (const id of [2, 5]) own.delete(id);
    expect(after).toEqual(before);
  });
});

it("refuses a module with other imports", () => {
  const bytes = Uint8Array.from([0, 97, 115, 109, 1, 0, 0, 0, 2, 7, 1, 1, 97, 1, 98, 3, 127, 0]);
  expect(() => withSharedMemory(bytes)).toThrow(
    "threads: the build must import a memory or nothing, got other imports.",
  );
});

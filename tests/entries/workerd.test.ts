/** Cloudflare's runtime, workerd, where bytes may not be compiled: the core comes as a module that the platform has compiled. */
import { readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Installed, install } from "../apps/install.js";
import { run, runNode } from "../apps/run.js";

let app: Installed;
let wanted: string;

beforeAll(async () => {
  app = install();
  wanted = await run({ folder: app.folder, file: "page.js", kind: "node" });
}, 60_000);

afterAll(() => app?.remove());

/** What Cloudflare's own tool does: bundles by the platform's condition, and hands .wasm over as compiled modules. */
async function answer(name: string, conditions: readonly string[], flags: readonly string[] = []): Promise<string> {
  const { outputFiles, warnings } = await build({
    entryPoints: [join(app.folder, `${name}.js`)],
    bundle: true,
    format: "esm",
    conditions: [...conditions],
    external: ["*.wasm"],
    write: false,
  });
  expect(warnings).toEqual([]);
  const modules = [...outputFiles[0].text.matchAll(/from "(.*\.wasm)"/g)].map(([, path]) => path);
  const miniflare = new Miniflare({
    modules: [
      { type: "ESModule", path: "app.js", contents: outputFiles[0].text },
      ...modules.map((path) => ({
        type: "CompiledWasm" as const,
        path,
        contents: readFileSync(join(app.library, "dist", basename(path))),
      })),
    ],
    compatibilityDate: "2025-01-01",
    compatibilityFlags: [...flags],
  });
  try {
    const response = await miniflare.dispatchFetch("http://app.test/");
    const text = await response.text();
    if (!response.ok) throw new Error(text);
    return text;
  } finally {
    await miniflare.dispose();
  }
}

describe("workerd", () => {
  it("trains to the bytes of Node", async () => expect(await answer("cloud", ["workerd"])).toBe(wanted));

  it("does so too with Node's names in reach", async () => {
    expect(await answer("cloud", ["workerd"], ["nodejs_compat"])).toBe(wanted);
  });

  it("runs wasmlp/slim on wasmlp/core.wasm", async () => expect(await answer("cloud-slim", [])).toBe(wanted));

  it("has the second module, of its own or given to wasmlp/slim", async () => {
    const gelu = await run({ folder: app.folder, file: "page-gelu.js", kind: "node" });
    expect(gelu).toMatch(/^0 1 1 0 [0-9a-f]+$/);
    expect(await answer("cloud-gelu", ["workerd"])).toBe(gelu);
    expect(await answer("cloud-slim-gelu", [])).toBe(gelu);
  });

  it("says what is missing where wasmlp/slim was not given it", async () => {
    const page = readFileSync(join(app.folder, "cloud-slim-gelu.js"), "utf8").replace(
      "init(core, extra)",
      "init(core)",
    );
    writeFileSync(join(app.folder, "cloud-slim-none.js"), page);
    await expect(answer("cloud-slim-none", [])).rejects.toThrow(
      "MLP.create: the second module must be given where bytes may not be compiled, got none. Await init(core, extra) of wasmlp/slim.",
    );
  });

  it("serves a model of wasmlp/onnx, imported alone", async () => {
    writeFileSync(join(app.folder, "model.js"), await runNode(join(app.folder, "onnx-model.js")));
    expect(await answer("cloud-onnx", ["workerd"])).toBe("0 1 1 0");
  });

  it("control: without the condition, what was built does not run", async () => {
    await expect(answer("cloud", [])).rejects.toThrow("Wasm code generation disallowed");
  });
});

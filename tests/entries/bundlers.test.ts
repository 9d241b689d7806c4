/** Apps of strangers: the tarball, built by four bundlers with no setting for WebAssembly, and run. */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUNDLERS } from "../apps/bundle.js";
import { type Installed, install } from "../apps/install.js";
import { type Built, run, runNode } from "../apps/run.js";

let app: Installed;
/** What XOR gives in Node, from the tarball, without a bundler: everyone's answer, to the last byte of the model. */
let wanted: string;
/** The same of a net whose activation is in the second module. */
let gelu: string;

beforeAll(async () => {
  app = install();
  wanted = await run({ folder: app.folder, file: "page.js", kind: "node" });
  gelu = await run({ folder: app.folder, file: "page-gelu.js", kind: "node" });
}, 60_000);

afterAll(() => app?.remove());

/** Bytes of the scripts that a site begins with, each gzipped: what they import, and not what is loaded when it is called. */
function weight({ folder, file }: Built): number {
  const scripts = new Set<string>();
  const add = (script: string): void => {
    if (scripts.has(script)) return;
    scripts.add(script);
    const code = readFileSync(script, "utf8");
    for (const [, next] of code.matchAll(/(?:\bfrom|\bimport) ?["'](\.[^"']+\.js)["']/g))
      add(join(dirname(script), next));
  };
  add(join(folder, file));
  return [...scripts].reduce((sum, script) => sum + gzipSync(readFileSync(script), { level: 9 }).length, 0);
}

it("XOR is learned", () => expect(wanted).toMatch(/^0 1 1 0 [0-9a-f]+$/));

describe.each(Object.entries(BUNDLERS))("%s", (name, bundle) => {
  it("builds a page, and leaves out what it does not use", async () => {
    const [plain, table] = [
      await bundle(app.folder, "page", "page"),
      await bundle(app.folder, "page", "page-classifier"),
    ];
    expect([await run(plain), await run(table)]).toEqual([wanted, wanted]);
    console.log(`${name}: MLP and Dataset ${weight(plain)} bytes gzipped, with Classifier ${weight(table)}`);
    expect(weight(plain)).toBeLessThan(weight(table) - 4000);
    // esbuild was not told to cut it: all in one script, it brings what others load later.
    if (name !== "esbuild") expect(weight(plain)).toBeLessThanOrEqual(38_500);
  });

  it("builds for Node", async () => expect(await run(await bundle(app.folder, "node", "page"))).toBe(wanted));

  it("builds a web worker", async () => {
    expect(await run(await bundle(app.folder, "page", "page-worker", "worker"))).toBe(wanted);
  });

  it("builds a service worker", async () => {
    expect(await run(await bundle(app.folder, "service worker", "service-worker"))).toBe(wanted);
  });

  it("builds a page and a service worker whose model needs the second module", async () => {
    expect(gelu).not.toBe(wanted);
    expect(await run(await bundle(app.folder, "page", "page-gelu"))).toBe(gelu);
    expect(await run(await bundle(app.folder, "service worker", "service-worker-gelu"))).toBe(gelu);
    expect(await run(await bundle(app.folder, "node", "page-gelu"))).toBe(gelu);
  });

  it("builds wasmlp/worker", async () => {
    expect(await run(await bundle(app.folder, "page", "page-fit"))).toBe(wanted);
  });
});

it("wasmlp/slim fetches its core; wasmlp/worker and wasmlp/onnx take its models", async () => {
  const built = await BUNDLERS.esbuild(app.folder, "page", "page-slim");
  copyFileSync(join(app.library, "dist/core.wasm"), join(built.folder, "core.wasm"));
  expect(await run(built)).toBe(wanted);
});

describe("a realm with little more than the language, as jsdom is", () => {
  const bare = (...names: string[]) =>
    runNode(
      "--experimental-vm-modules",
      "--no-warnings",
      join(app.folder, "bare.js"),
      app.folder,
      "bare-page.js",
      ...names,
    );

  it("has no TextDecoder, MessageChannel, DecompressionStream: the library does the same", async () => {
    expect(await bare()).toBe(wanted);
  });

  it("has some of them: as well", async () => {
    expect(await bare("TextEncoder", "TextDecoder")).toBe(wanted);
    expect(await bare("DecompressionStream", "Blob")).toBe(wanted);
  });

  it("control: none of them is there", async () => {
    const names = [
      "TextDecoder",
      "TextEncoder",
      "MessageChannel",
      "DecompressionStream",
      "Response",
      "structuredClone",
    ];
    const code = `console.log([${names.map((name) => `typeof ${name}`).join()}].join())`;
    writeFileSync(join(app.folder, "bare-names.js"), code);
    const path = join(app.folder, "bare.js");
    const said = await runNode("--experimental-vm-modules", "--no-warnings", path, app.folder, "bare-names.js");
    expect(said).toBe(names.map(() => "undefined").join());
  });
});

describe("control:", () => {
  const page = (name: string) => BUNDLERS.esbuild(app.folder, "page", name);

  it("another seed is noticed", async () => expect(await run(await page("page-seed"))).not.toBe(wanted));

  it("a damaged core is noticed", async () => {
    const built = await page("page");
    const file = join(built.folder, built.file);
    const code = readFileSync(file, "utf8");
    const core = /[A-Za-z0-9+/]{9000,}/.exec(code)!;
    const middle = core.index + core[0].length / 2;
    writeFileSync(file, `${code.slice(0, middle)}${"A".repeat(64)}${code.slice(middle + 64)}`);
    await expect(run(built)).rejects.toThrow();
  });

  it("a page that needs Node does not run, nor one that imports what was not built", async () => {
    const file = "page-node.js";
    for (const [code, says] of [
      ["process.version", "process is not defined"],
      ["Buffer.from([])", "Buffer is not defined"],
      ["setImmediate(() => {})", "setImmediate is not defined"],
      ["require('fs')", "require is not defined"],
      ["import('node:fs')", "dynamic import callback"],
    ]) {
      writeFileSync(join(app.folder, file), code);
      await expect(run({ folder: app.folder, file, kind: "classic" })).rejects.toThrow(says);
    }
  });
});

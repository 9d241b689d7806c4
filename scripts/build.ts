/** Builds everything that is published: assembly/ -> build/*.wasm -> src/*-base64.ts -> dist/. */
import { execFileSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { deflateSync } from "node:zlib";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { build, transform } from "esbuild";
import { type ModuleJSON, type Plugin, rollup } from "rollup";
import { minify } from "terser";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);

const run = (script: string, ...args: string[]) =>
  execFileSync(process.execPath, [script, ...args], { stdio: "inherit" });

/** Writes src/NAME.ts, which exports a text. */
function writeText(name: string, from: string, text: string): void {
  const variable = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const head = `// Written by scripts/build.ts from ${from}; not in git.`;
  writeFileSync(source(name), `${head}\nexport const ${variable}: string =\n  ${JSON.stringify(text)};\n`);
}

/** Compiles one target of asconfig.json and inlines it as src/NAME-base64.ts. */
function buildCore(target: string, name: string): Buffer {
  run("node_modules/assemblyscript/bin/asc.js", "assembly/index.ts", "--target", target);
  const bytes = readFileSync(`build/${name}.wasm`);
  writeText(`${name}-base64`, "assembly/", bytes.toString("base64"));
  return bytes;
}

const TARGET = "es2022";

const source = (name: string) => `src/${name}.ts`;

/** What runs on the other thread, as a script in a string: no bundler has to find it. */
async function buildThread(): Promise<void> {
  const { outputFiles } = await build({
    target: TARGET,
    minify: true,
    entryPoints: [source("worker-thread")],
    bundle: true,
    platform: "neutral",
    external: ["node:*"],
    // Nothing is installed where a string runs.
    alias: { "@assemblyscript/loader": "./node_modules/@assemblyscript/loader/index.js" },
    format: "iife",
    write: false,
    // What package.json says of side effects is about dist/.
    ignoreAnnotations: true,
  });
  writeText("worker-source", "src/worker-thread.ts", outputFiles[0].text);
}

// What every import carries: a third of the size.
writeText("core-deflated", "assembly/", deflateSync(buildCore("release", "core"), { level: 9 }).toString("base64"));
buildCore("turbo", "turbo");
await buildThread();

/** TypeScript in, small code out. */
function compiler(): Plugin {
  return {
    name: "compiler",
    resolveId: (id, importer) => {
      if (!(id.startsWith(".") && importer?.startsWith(join(root, "src")))) return null;
      // By the package's own name other entries have the core that the platform's condition brings.
      if (id === "./inline.js" && basename(importer) !== "index.ts") return { id: "wasmlp", external: true };
      return join(dirname(importer), id).replace(/\.js$/, ".ts");
    },
    transform: async (code, id) => {
      return id.endsWith(".ts") ? (await transform(code, { loader: "ts", target: TARGET })).code : null;
    },
    // A tenth smaller than esbuild's. An uncaught error shows its line of source: lines stay short.
    renderChunk: async (code) => {
      const options = { module: true, ecma: 2020, compress: { passes: 3 }, format: { max_line_len: 1000 } } as const;
      return (await minify(code, options)).code ?? code;
    },
  };
}

/** One file an entry, and two that they share: the library, and the core as text, which alone compresses by 2 KB better. */
async function publish(entries: readonly string[]): Promise<void> {
  const bundle = await rollup({
    input: entries.map((entry) => join(root, source(entry))),
    external: [/^@assemblyscript/, /^node:/, /core\.wasm$/],
    // Of packages that were compiled for older engines; it changes nothing.
    onwarn: (warning, warn) => warning.code !== "THIS_IS_UNDEFINED" && warn(warning),
    // What one entry needs of other packages is bundled into it: users install one.
    plugins: [compiler(), nodeResolve()],
  });
  const { modules = [] } = bundle.cache ?? {};
  const library = reached(
    join(root, source("library")),
    new Map(modules.map(({ id, resolvedIds }) => [id, resolvedIds])),
  );
  await bundle.write({
    dir: "dist",
    chunkFileNames: "[name].js",
    manualChunks: (id) => {
      if (["inline.ts", "core-deflated.ts"].includes(basename(id))) return "inline";
      return library.has(id) ? "library" : undefined;
    },
  });
  await bundle.close();
}

/** What a module imports, and what that imports, and so on. */
function reached(id: string, resolved: ReadonlyMap<string, ModuleJSON["resolvedIds"]>, seen = new Set<string>()) {
  if (seen.has(id)) return seen;
  seen.add(id);
  for (const next of Object.values(resolved.get(id) ?? {})) if (!next.external) reached(next.id, resolved, seen);
  return seen;
}

/** Removes the types that no entry leads to. */
function pruneTypes(entries: readonly string[]): void {
  const kept = new Set<string>();
  const keep = (file: string) => {
    if (kept.has(file)) return;
    kept.add(file);
    for (const [, path] of readFileSync(file, "utf8").matchAll(/(?:from|import|import\() ?"(\.[^"]+)\.js"/g)) {
      keep(join(dirname(file), `${path}.d.ts`));
    }
  };
  for (const entry of entries) keep(join("dist", `${entry}.d.ts`));
  for (const path of readdirSync("dist", { recursive: true, encoding: "utf8" })) {
    const file = join("dist", path);
    if (file.endsWith(".d.ts") && !kept.has(file)) rmSync(file);
  }
}

const ENTRIES = ["index", "idx", "migrate", "node", "onnx", "slim", "standalone", "turbo", "workerd", "worker"];

rmSync("dist", { recursive: true, force: true });
run("node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json");
pruneTypes(ENTRIES.filter((entry) => entry !== "workerd"));
await publish(ENTRIES);
copyFileSync("build/core.wasm", "dist/core.wasm");

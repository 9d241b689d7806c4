/** Builds everything that is published: assembly/ -> build/*.wasm -> src/built/ -> dist/. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { zlibAsync } from "@gfx/zopfli";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import { build, transform } from "esbuild";
import { type Plugin, rollup } from "rollup";
import { type MinifyOptions, minify } from "terser";
import ts from "typescript";
import { planChunks } from "./chunks.js";
import { privateNames } from "./private-names.js";
import { pruneTypes } from "./prune-types.js";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);

const run = (script: string, ...args: string[]) =>
  execFileSync(process.execPath, [script, ...args], { stdio: "inherit" });

/** Writes src/built/NAME.ts, which exports a text. */
function writeText(name: string, from: string, text: string): void {
  const variable = name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  const head = `// Written by scripts/build.ts from ${from}; not in git.`;
  mkdirSync("src/built", { recursive: true });
  writeFileSync(source(`built/${name}`), `${head}\nexport const ${variable}: string =\n  ${JSON.stringify(text)};\n`);
}

/** Compiles one target of asconfig.json to build/NAME.wasm. */
function compile(target: string, name = target, entry = "index"): Buffer {
  run("node_modules/assemblyscript/bin/asc.js", `assembly/${entry}.ts`, "--target", target);
  return readFileSync(`build/${name}.wasm`);
}

/** As zlib has it, but smaller by 5 %: every application carries it. */
const deflated = async (bytes: Buffer, numiterations = 15) =>
  Buffer.from(await zlibAsync(bytes, { numiterations })).toString("base64");

const TARGET = "es2022";

/** Fields of classes are assigned by their constructors, not also declared: 1 % of the size. */
const FIELDS = { compilerOptions: { useDefineForClassFields: false } };

/** How code is made small. */
const SMALL: MinifyOptions = {
  module: true,
  ecma: 2020,
  // Bodies are not merged: functions become too long for the engine to inline (a prediction of 2-10-2 took 20 % longer).
  compress: { passes: 3, inline: 0, sequences: false },
  // Names that stacks, consoles and errors show.
  keep_classnames: /^(MLP|Dataset|(MultiTarget)?(Classifier|Regressor)|Trainer)$/,
  mangle: { module: true, properties: { regex: new RegExp(`^(${privateNames("src").join("|")})$`) } },
  // An uncaught error shows its line of source: lines stay short.
  format: { max_line_len: 4000 },
};

const source = (name: string) => `src/${name}.ts`;

/** What runs on another thread, as a script in a string that no bundler has to find. */
async function threadScript(from: string): Promise<string> {
  const { outputFiles } = await build({
    target: TARGET,
    tsconfigRaw: FIELDS,
    entryPoints: [source(from)],
    bundle: true,
    platform: "neutral",
    external: ["node:*"],
    format: "iife",
    write: false,
    // What package.json says of side effects is about dist/.
    ignoreAnnotations: true,
  });
  const { code = outputFiles[0].text } = await minify(outputFiles[0].text, { ...SMALL, module: false });
  return code;
}

/** Reads TypeScript as JavaScript that keeps the comments, all but the one that describes the file. */
const legible: Plugin = {
  name: "legible",
  resolveId: (id, importer) => (importer ? join(dirname(importer), id).replace(/\.js$/, ".ts") : null),
  transform: (code) => {
    const compilerOptions = {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ES2022,
      verbatimModuleSyntax: true,
    };
    return ts.transpileModule(code.replace(/^\/\*\*.*?\*\/\n/s, ""), { compilerOptions }).outputText;
  },
};

/**
 * What `toModule` puts into each module that it writes, as text that people can read: with comments, nothing made small. It
 * exports nothing, since a module exports functions of its own.
 */
async function buildRuntime(name: string): Promise<void> {
  const entry = `exchange/standalone/${name}`;
  const bundle = await rollup({
    input: join(root, source(entry)),
    plugins: [legible],
    // What is not called is left out, with what it would set up.
    treeshake: { moduleSideEffects: false },
  });
  const { output } = await bundle.generate({ format: "es" });
  await bundle.close();
  const code = output[0].code.replace(/\nexport \{[^}]*\};\n$/, "");
  // TypeScript indents by four spaces.
  const text = code.replace(/^(?: {4})+/gm, (indent) => " ".repeat(indent.length / 2));
  writeText(`${name}-source`, source(entry), text);
}

const core = compile("release", "core");
writeText("core-base64", "assembly/index.ts", core.toString("base64"));
// What every import carries: a third of the size.
writeText("core-deflated", "assembly/index.ts", await deflated(core, 500));
writeText("extra-deflated", "assembly/extra.ts", await deflated(compile("extra", "extra", "extra")));
writeText("whole-deflated", "assembly/whole.ts", await deflated(compile("whole", "whole", "whole")));
const turbo = compile("turbo");
writeText("turbo-base64", "assembly/index.ts", turbo.toString("base64"));
writeText("turbo-deflated", "assembly/index.ts", await deflated(turbo));
// Packed, or bundlers warn of its size.
writeText(
  "worker-deflated",
  "src/worker/worker-thread.ts",
  await deflated(Buffer.from(await threadScript("worker/worker-thread"))),
);
writeText("share-thread-source", "src/core/share-thread.ts", await threadScript("core/share-thread"));
await buildRuntime("runtime-numbers");
await buildRuntime("runtime-table");

/** Stands for the entry whose core a platform can use, until `publishFor` names it. */
const CORE_ENTRY = "wasmlp";

/** TypeScript in, small code out. */
function compiler(): Plugin {
  return {
    name: "compiler",
    resolveId: (id, importer) => {
      if (!(id.startsWith(".") && importer?.startsWith(join(root, "src")))) return null;
      // Other entries take the core from an entry that has one: see `publishFor`.
      if (id.endsWith("/inline.js") && basename(importer) !== "index.ts") return { id: CORE_ENTRY, external: true };
      return join(dirname(importer), id).replace(/\.js$/, ".ts");
    },
    transform: async (code, id) => {
      return id.endsWith(".ts")
        ? (await transform(code, { loader: "ts", target: TARGET, tsconfigRaw: FIELDS })).code
        : null;
    },
    // A tenth smaller than esbuild's.
    renderChunk: async (code) => (await minify(code, SMALL)).code ?? code,
  };
}

/** One file an entry, and those that they share, such as the library and the core as text, which alone compresses by 2 KB better. */
async function publish(entries: readonly string[]): Promise<void> {
  let chunkOf: ((id: string) => string | undefined) | undefined;
  const bundle = await rollup({
    input: entries.map((entry) => join(root, source(entry))),
    external: [/^node:/, /\.wasm$/],
    // Of packages that were compiled for older engines; it changes nothing.
    onwarn: (warning, warn) => warning.code !== "THIS_IS_UNDEFINED" && warn(warning),
    // What one entry needs of other packages is bundled into it: users install one.
    plugins: [compiler(), nodeResolve()],
  });
  await bundle.write({
    dir: "dist",
    chunkFileNames: "[name].js",
    // Bundlers warn of imports of nothing.
    hoistTransitiveImports: false,
    manualChunks: (id, { getModuleIds, getModuleInfo }) => {
      chunkOf ??= planChunks(root, [...getModuleIds()], (module) => getModuleInfo(module)?.importedIds ?? []);
      return chunkOf(id);
    },
  });
  await bundle.close();
}

/** The entries that are "wasmlp", by the condition that chooses them. */
const PLATFORMS = { "": "index", "-node": "index-node", "-workerd": "workerd" };

/**
 * Gives an entry that makes models the core of each platform: dist/ENTRY.js, ENTRY-node.js and ENTRY-workerd.js bring it by a path
 * that browsers can follow from node_modules, where a name leads nowhere, and share dist/ENTRY-any.js.
 */
function publishFor(entry: string): void {
  const code = readFileSync(`dist/${entry}.js`, "utf8");
  const shared = code.replace(`import"${CORE_ENTRY}";`, "");
  if (shared === code) throw new Error(`${entry} must import core/inline.`);
  writeFileSync(`dist/${entry}-any.js`, shared);
  for (const [suffix, index] of Object.entries(PLATFORMS)) {
    writeFileSync(`dist/${entry}${suffix}.js`, `import"./${index}.js";export*from"./${entry}-any.js";\n`);
  }
}

const ENTRIES = [
  "index",
  "index-node",
  "idx",
  "migrate",
  "node",
  "onnx",
  "pool",
  "slim",
  "standalone",
  "study",
  "threads",
  "turbo",
  "workerd",
  "worker",
];

rmSync("dist", { recursive: true, force: true });
run("node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json");
// Two entries are "wasmlp" elsewhere, and have its types.
pruneTypes(
  "dist",
  ENTRIES.filter((entry) => entry !== "workerd" && entry !== "index-node"),
);
await publish(ENTRIES);
publishFor("migrate");
publishFor("onnx");
// Node's alone.
const node = readFileSync("dist/node.js", "utf8");
writeFileSync("dist/node.js", node.replace(`import"${CORE_ENTRY}"`, `import"./${PLATFORMS["-node"]}.js"`));
copyFileSync("build/core.wasm", "dist/core.wasm");
copyFileSync("build/extra.wasm", "dist/extra.wasm");

/** Builds everything that is published: assembly/ -> build/*.wasm -> src/*-base64.ts -> dist/. */
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);

const run = (script: string, ...args: string[]) =>
  execFileSync(process.execPath, [script, ...args], { stdio: "inherit" });

/** Compiles one target of asconfig.json and inlines it as src/NAME-base64.ts. */
function buildCore(target: string, name: string): void {
  run("node_modules/assemblyscript/bin/asc.js", "assembly/index.ts", "--target", target);
  const base64 = readFileSync(`build/${name}.wasm`).toString("base64");
  const head = "// Written by scripts/build.ts from assembly/; not in git.";
  writeFileSync(`src/${name}-base64.ts`, `${head}\nexport const ${name}Base64: string =\n  "${base64}";\n`);
}

/** How everything in dist/ is bundled. */
const PUBLISHED: BuildOptions & { outdir: string } = {
  outdir: "dist",
  bundle: true,
  format: "esm",
  target: "es2022",
  platform: "neutral",
  external: ["@assemblyscript/loader", "node:*", "./core.wasm"],
  legalComments: "none",
  charset: "utf8",
  minify: true,
  // An uncaught error shows its line of source: not all of them.
  lineLimit: 160,
  // Names in errors and in the classes that users see stay.
  keepNames: true,
};

const source = (name: string) => `src/${name}.ts`;

/** What runs on the other thread, as a script in a string: no bundler has to find it. */
async function buildThread(): Promise<void> {
  const { outputFiles } = await build({
    ...PUBLISHED,
    entryPoints: [source("worker-thread")],
    external: ["node:*"],
    format: "iife",
    write: false,
    outdir: undefined as never,
  });
  const head = "// Written by scripts/build.ts from src/worker-thread.ts; not in git.";
  writeFileSync(
    source("worker-source"),
    `${head}\nexport const workerSource: string =\n  ${JSON.stringify(outputFiles[0].text)};\n`,
  );
}

buildCore("release", "core");
buildCore("turbo", "turbo");
await buildThread();

rmSync("dist", { recursive: true, force: true });
// Types file by file, code in one file an entry and what they share: a fifth of the time to import.
run("node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json");
await build({ ...PUBLISHED, entryPoints: ["index", "node", "turbo", "worker"].map(source), splitting: true });
// The same without the core: the caller or the platform brings it.
await build({
  ...PUBLISHED,
  entryPoints: ["slim", "workerd"].map(source),
  plugins: [
    {
      name: "without-core",
      setup({ onLoad }) {
        onLoad({ filter: /core-base64\.ts$/ }, () => ({ contents: 'export const coreBase64 = "";', loader: "ts" }));
      },
    },
  ],
});
copyFileSync("build/core.wasm", "dist/core.wasm");

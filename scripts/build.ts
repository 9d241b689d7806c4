/** Builds everything that is published: assembly/ -> build/*.wasm -> src/*-base64.ts -> dist/. */
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

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

buildCore("release", "core");
buildCore("turbo", "turbo");

rmSync("dist", { recursive: true, force: true });
// Types file by file, code in one file an entry and what they share: a fifth of the time to import.
run("node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json");
await build({
  entryPoints: ["src/index.ts", "src/node.ts", "src/turbo.ts"],
  outdir: "dist",
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  platform: "neutral",
  external: ["@assemblyscript/loader", "node:*"],
  legalComments: "none",
  charset: "utf8",
  minifyWhitespace: true,
});
copyFileSync("build/core.wasm", "dist/core.wasm");

/** Builds everything that is published: assembly/ -> build/core.wasm -> src/core-base64.ts (base64) -> dist/. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
process.chdir(root);

const run = (script: string, ...args: string[]) =>
  execFileSync(process.execPath, [script, ...args], { stdio: "inherit" });

run("node_modules/assemblyscript/bin/asc.js", "assembly/index.ts", "--target", "release");

const base64 = readFileSync("build/core.wasm").toString("base64");
writeFileSync(
  "src/core-base64.ts",
  `// Written by scripts/build.ts from assembly/; not in git.\nexport const coreBase64: string =\n  "${base64}";\n`,
);

rmSync("dist", { recursive: true, force: true });
run("node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json");
mkdirSync("dist", { recursive: true });
copyFileSync("build/core.wasm", "dist/core.wasm");

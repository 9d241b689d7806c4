/** The page's text, made once for all test files that run side by side, and again when anything that it is made of has changed. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makePage } from "../../../scripts/page.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const FOLDER = join(root, "packages/page/dist");
const MADE_OF = [
  "packages/page/src",
  "src",
  "scripts/page.ts",
  "build/core.wasm",
  "build/extra.wasm",
  "build/whole.wasm",
];
const MOST_SECONDS = 120;

function stateOf(): string {
  const hash = createHash("sha256");
  for (const part of MADE_OF) {
    const path = join(root, part);
    const files = statSync(path).isDirectory() ? readdirSync(path, { recursive: true, encoding: "utf8" }).sort() : [""];
    for (const file of files.map((name) => join(path, name)).filter((name) => statSync(name).isFile())) {
      hash.update(file).update(readFileSync(file));
    }
  }
  return hash.digest("hex").slice(0, 16);
}

export async function madePage(): Promise<string> {
  const file = join(FOLDER, `made-${stateOf()}.html`);
  const lock = `${file}.lock`;
  mkdirSync(FOLDER, { recursive: true });
  for (let left = 5 * MOST_SECONDS; !existsSync(file); left--) {
    if (left === 0 || takes(lock)) return make(file, lock);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return readFileSync(file, "utf8");
}

/** Whether it is this process that makes the page. */
function takes(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    return false;
  }
}

async function make(file: string, lock: string): Promise<string> {
  try {
    for (const old of readdirSync(FOLDER)) if (/^made-.*html$/.test(old)) rmSync(join(FOLDER, old), { force: true });
    const page = await makePage();
    writeFileSync(`${file}.part`, page);
    renameSync(`${file}.part`, file);
    return page;
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

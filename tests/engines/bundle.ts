/** Scripts for every engine, from tests/engines/ and what is published (dist/, found by the package's own name). */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** A module or a plain script that needs nothing of any engine, or a module for Node, which has entries of its own. */
export type Kind = "module" | "script" | "node";

/** Bundles tests/engines/NAME.ts as a file in `folder`. */
export async function bundle(name: string, kind: Kind, folder: string): Promise<string> {
  const outfile = join(folder, kind === "script" ? `${name}.js` : `${name}.mjs`);
  await build({
    entryPoints: [fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
    outfile,
    bundle: true,
    format: kind === "script" ? "iife" : "esm",
    platform: kind === "node" ? "node" : "browser",
    target: "es2022",
    charset: "utf8",
    logLevel: "error",
  });
  return outfile;
}

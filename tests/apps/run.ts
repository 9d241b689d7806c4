/** Runs what was built: in Node, or in browser.js, where nothing of Node is. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

/** A script among the files of a folder. */
export interface Built {
  readonly folder: string;
  readonly file: string;
  /** How it is started: by Node, by a page's script element of one type or the other, or registered as a service worker. */
  readonly kind: "node" | "classic" | "module" | "service worker";
}

/** What a script prints in Node; the first line that a page prints, or what a service worker responds. */
export function run({ folder, file, kind }: Built): Promise<string> {
  if (kind === "node") return runNode(join(folder, file));
  const browser = fileURLToPath(new URL("browser.js", import.meta.url));
  return runNode("--experimental-vm-modules", "--no-warnings", browser, folder, file, kind);
}

export async function runNode(...args: string[]): Promise<string> {
  try {
    return (await promisify(execFile)(process.execPath, args, { timeout: 30_000 })).stdout.trim();
  } catch (error) {
    // Node shows the line of source that threw: in a bundle, all of it.
    const { stderr, signal } = error as { stderr: string; signal: unknown };
    throw new Error(
      /^\w*Error.*$/m.exec(stderr)?.[0] ?? `${args.at(-1)} must end, got ${signal} ${stderr.slice(-500)}.`,
    );
  }
}

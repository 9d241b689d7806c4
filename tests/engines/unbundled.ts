/** What strangers install, served as it lies there: browsers load it from node_modules, and nothing was built. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { install } from "../apps/install.js";
import { run } from "../apps/run.js";
import { answersFrom, serveFiles } from "./browsers.js";
import type { Outcome } from "./conformance.js";

/** The tarball beside the page of tests/apps/unbundled. */
export interface Unbundled {
  /** Opens the page in a browser; what it found. */
  visit(name: string, binary: string, folder: string): Promise<Outcome>;
  remove(): void;
}

const TYPES: Record<string, string> = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

export async function unbundled(): Promise<Unbundled> {
  const app = install();
  const wanted = await run({ folder: app.folder, file: "page.js", kind: "node" });
  /** As any server of files does. */
  const find = (address: string) => {
    const path = join(app.folder, normalize(new URL(address, "http://page.test/").pathname));
    const type = TYPES[extname(path)];
    return type && existsSync(path) && statSync(path).isFile() ? ([type, readFileSync(path)] as const) : undefined;
  };
  return {
    visit: async (name, binary, folder) => {
      const open = async (onAnswer: (body: string) => void) => {
        const site = await serveFiles(find, onAnswer);
        return { ...site, url: `${site.url}unbundled/index.html?wanted=${encodeURIComponent(wanted)}` };
      };
      const [outcome] = await answersFrom(open, { name, binary, count: 1, folder });
      return outcome;
    },
    remove: app.remove,
  };
}

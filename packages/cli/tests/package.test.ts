/** What strangers install: the package beside the library's, in an empty folder. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { pack, root } from "../../../tests/apps/install.js";
import { csv, customers } from "./command.js";

const folder = mkdtempSync(join(tmpdir(), "wasmlp-cli-"));
const installed = join(folder, "node_modules/wasmlp-cli");
const run = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: folder, encoding: "utf8" });

beforeAll(() => {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true }));
  const tarballs = [root, join(root, "packages/cli")].map((source) => pack(source, folder));
  run("npm", "install", "--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", ...tarballs);
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the package", () => {
  it("answers npx wasmlp --help, and its version", () => {
    expect(run("npx", "--no-install", "wasmlp", "--help")).toContain(
      "wasmlp train churn.csv --target churn -o churn.model",
    );
    const { version } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    expect(run("npx", "--no-install", "wasmlp", "--version")).toBe(`${version}\n`);
  });

  it("learns and predicts", () => {
    const rows = customers(100);
    writeFileSync(join(folder, "churn.csv"), csv(rows));
    run(
      "npx",
      "--no-install",
      "wasmlp",
      "train",
      "churn.csv",
      "-t",
      "churn",
      "-o",
      "churn.model",
      "-q",
      "--epochs",
      "2",
      "--ensemble",
      "1",
    );
    expect(run("npx", "--no-install", "wasmlp", "predict", "churn.model", "churn.csv", "-q").split("\n")).toHaveLength(
      102,
    );
  });

  it("says what to install for a server that is not there", () => {
    const { status, stderr } = spawnSync("npx", ["--no-install", "wasmlp", "serve", "."], {
      cwd: folder,
      encoding: "utf8",
    });
    const message = "wasmlp: wasmlp-server is not installed. Install it beside: npm install wasmlp-server.\n";
    expect([status, stderr]).toEqual([1, message]);
  });

  it("holds its papers and scripts alone, names no folder of the machine that built it, and pleases publint", async () => {
    expect(readdirSync(installed).sort()).toEqual(["LICENSE", "README.md", "dist", "package.json"]);
    const scripts = readdirSync(join(installed, "dist"), { recursive: true, encoding: "utf8" });
    for (const file of scripts.filter((name) => name.includes("."))) {
      expect(file).toMatch(/\.js$/);
      expect(readFileSync(join(installed, "dist", file), "utf8").includes(root), file).toBe(false);
    }
    expect((await publint({ pkgDir: installed, pack: false, strict: true })).messages).toEqual([]);
  });
});

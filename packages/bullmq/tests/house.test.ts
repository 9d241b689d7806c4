/** Who may import whom in wasmlp-bullmq, how long its files are, what is published, and that what its page shows can be read. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { publint } from "publint";
import ts from "typescript";
import { describe, expect, it } from "vitest";
import { importGraph, imports, longestChain, modules, read, roomTable, tooLong } from "../../../tests/house.js";

const SRC = "packages/bullmq/src";

const ROOMS: Record<string, string[]> = {
  redis: [],
  jobs: ["redis"],
  worker: ["jobs", "redis"],
  "": ["jobs", "redis", "worker"],
};

/** The code of a page in a language. */
const blocks = (page: string, language: string): string[] =>
  [...read(page).matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, "gm"))].map(([, code]) => code);

describe("wasmlp-bullmq", () => {
  const graph = importGraph(SRC);

  it("has the rooms of its table, and no arrow that goes up", () => {
    expect(roomTable(graph)).toEqual(ROOMS);
    expect(longestChain(graph).length - 1).toBeLessThanOrEqual(10);
    for (const room of Object.keys(ROOMS)) {
      expect(read("CONTRIBUTING.md")).toContain(`| \`${SRC}${room === "" ? "" : `/${room}`}\` |`);
    }
  });

  it("imports what its package.json names, and the library by its public names", () => {
    const { dependencies } = JSON.parse(read("packages/bullmq/package.json"));
    const names = modules(SRC).flatMap((module) => imports(SRC, module));
    const others = new Set(names.filter((name) => !graph.has(name) && !name.startsWith("node:")));
    expect([...others].sort()).toEqual([...Object.keys(dependencies), "wasmlp", "wasmlp/pool", "wasmlp/study"].sort());
  });

  it("has files of 250 lines and functions of 40 at most, and no two of one name", () => {
    expect(modules(SRC).flatMap((module) => tooLong(`${SRC}/${module}.ts`, { file: 250, function: 40 }))).toEqual([]);
    const names = modules(SRC).map((module) => module.split("/").at(-1));
    expect(new Set(names).size).toBe(names.length);
  });

  it("is published so that Node and bundlers find it", async () => {
    const { messages } = await publint({ pkgDir: new URL("../", import.meta.url).pathname, strict: true });
    expect(messages.filter(({ type }) => type !== "suggestion")).toEqual([]);
  });

  it("has a page whose code can be read: JavaScript, shell, Python where there is one", () => {
    const page = "packages/bullmq/README.md";
    for (const code of blocks(page, "js")) {
      const { diagnostics } = ts.transpileModule(code, { reportDiagnostics: true, compilerOptions: { target: ts.ScriptTarget.ESNext } }); // biome-ignore format: one line
      expect(diagnostics).toEqual([]);
    }
    for (const code of blocks(page, "sh")) expect(spawnSync("bash", ["-n"], { input: code }).status).toBe(0);
    const [python] = blocks(page, "python");
    const folder = mkdtempSync(join(tmpdir(), "wasmlp-page-"));
    const { status, stderr, error } = spawnSync("python3", ["-c", "import ast, sys; ast.parse(sys.stdin.read())"], { input: python, cwd: folder }); // biome-ignore format: one line
    rmSync(folder, { recursive: true });
    if (!error) expect([status, String(stderr)]).toEqual([0, ""]);
  });
});

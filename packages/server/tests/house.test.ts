/** Who may import whom in the server, and how long its files are. */
import { describe, expect, it } from "vitest";
import { importGraph, imports, longestChain, modules, read, roomTable, tooLong } from "../../../tests/house.js";

const SRC = "packages/server/src";

/** Rooms from the ground up, and the rooms that each imports: all of them below it. "" is src/ itself. */
const ROOMS: Record<string, string[]> = {
  ground: [],
  answers: ["ground"],
  models: ["answers", "ground"],
  protocol: ["answers", "ground", "models"],
  http: ["answers", "ground", "models", "protocol"],
  "": ["ground", "http", "models"],
};

describe("the server", () => {
  const graph = importGraph(SRC);

  it("has the rooms of its table, and no arrow that goes up", () => {
    expect(roomTable(graph)).toEqual(ROOMS);
    // Under the four files that are entries, one upon the other.
    const rooms = new Map([...graph].filter(([file]) => file.includes("/")));
    expect(longestChain(rooms).length - 1).toBeLessThanOrEqual(10);
    for (const room of Object.keys(ROOMS)) {
      expect(read("CONTRIBUTING.md")).toContain(`| \`${SRC}${room === "" ? "" : `/${room}`}\` |`);
    }
  });

  it("imports what its package.json names, and the library by its public names", () => {
    const { dependencies } = JSON.parse(read("packages/server/package.json"));
    const names = new Set(
      modules(SRC)
        .flatMap((module) => imports(SRC, module))
        .filter((name) => !graph.has(name)),
    );
    const packages = [...names]
      .filter((name) => !name.startsWith("node:"))
      .map((name) => name.replace(/^csv-parse\/.*/, "csv-parse"));
    expect(packages.sort()).toEqual([...Object.keys(dependencies), "wasmlp", "wasmlp/node"].sort());
  });

  it("has files of 250 lines and functions of 40 at most, and no two of one name", () => {
    expect(modules(SRC).flatMap((module) => tooLong(`${SRC}/${module}.ts`, { file: 250, function: 40 }))).toEqual([]);
    const names = modules(SRC).map((module) => module.split("/").at(-1));
    expect(new Set(names).size).toBe(names.length);
  });
});

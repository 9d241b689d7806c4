/** README.md claims no figure that its commands do not assert, and names no command that is not there. */
import { existsSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { CASES } from "../bench/learning/mnist.js";
import { splitDigits } from "../examples/load-digits.js";
import * as wasmlp from "../src/index.js";
import { createPool } from "../src/pool.js";
import { fitInWorker } from "../src/worker.js";
import { readme, readmeFigures } from "./claims.js";
import { hashes } from "./engines/configurations.js";
import { conform } from "./engines/conformance.js";
import { ENGINES } from "./engines/install.js";
import golden from "./golden/bytes.json" with { type: "json" };
import { read, root } from "./house.js";
import { elementary } from "./ulp.js";

describe("figures", () => {
  it("of the elementary functions are the bounds that `npm run accuracy` checks", () => {
    const told = readmeFigures(/\| exp, log, sigmoid, tanh \| <= ([\d.]+), ([\d.]+), ([\d.]+), ([\d.]+) ulp/);
    expect(elementary.map(({ name }) => name)).toEqual(["exp", "log", "sigmoid", "tanh"]);
    expect(elementary.map(({ stated }) => stated)).toEqual(told);
  });

  it("of trainings, byte for byte, are how many hashes are written down", () => {
    const count = Object.keys(hashes).length;
    expect(Object.keys(golden)).toHaveLength(count);
    expect(readmeFigures(/\((\d+) trainings, byte for byte/)).toEqual([count]);
    expect(readmeFigures(/\| same seed, same bytes: (\d+) configurations \|/)).toEqual([count]);
  });

  it("of checks on each engine are what the engines are asked, twice each", async () => {
    const { passed, failed } = await conform(wasmlp, { fitInWorker, createPool }, golden);
    expect(failed).toEqual([]);
    expect(readmeFigures(/\| the same on eight engines, browsers among them \| (\d+) checks each \|/)).toEqual([
      2 * passed,
    ]);
    expect(ENGINES).toHaveLength(8);
  });

  it("of handwritten digits are what twelve seeds give", async () => {
    const row = /held-out fifth \| ([\d.]+) with seed (\d+); ([\d.]+) to ([\d.]+) over twelve seeds, mean ([\d.]+) \|/;
    const [one, seed, ...others] = readmeFigures(row);
    const scores: number[] = [];
    for (let s = 1; s <= 12; s++) scores.push(await digitsScore(s));
    const mean = scores.reduce((sum, score) => sum + score) / scores.length;
    const rounded = [await digitsScore(seed), Math.min(...scores), Math.max(...scores), mean].map(thousandths);
    expect(rounded).toEqual([one, ...others]);
  }, 60_000);

  it("of MNIST are of the trainings that the bench runs, and reach what others published", () => {
    for (const { name, epochs, reference: [limit] = [100] } of CASES) {
      const [error] = readmeFigures(new RegExp(`\\| MNIST, ${name}, ${epochs} epochs[^|]*\\| ([\\d.]+) %`));
      expect(error, name).toBeLessThanOrEqual(limit);
    }
    expect(readmeFigures(/Simard et al. 2003: ([\d.]+) %/)).toEqual([CASES[1].reference?.[0]]);
  });

  it("of sizes are what is built, in thousands of bytes", async () => {
    const [core, entry, app] = readmeFigures(
      /(\d+) KB of WebAssembly, gzipped; (\d+) KB with\s+everything around it, and (\d+) KB for an app/,
    );
    const own = ["index.js", "inline.js", "model.js", "library.js", "tables.js", "table-parts.js"].map((file) =>
      gzipped(readFileSync(new URL(file, dist))),
    );
    const sizes = [
      gzipped(readFileSync(new URL("core.wasm", dist))),
      own.reduce((sum, size) => sum + size),
      await bundled('export { Dataset, MLP } from "./dist/index.js";'),
    ];
    for (const [i, told] of [core, entry, app].entries()) expect(isSize(sizes[i], told), `${sizes[i]}`).toBe(true);
  });

  it("control: one that is not there, or twice, or no number is noticed", () => {
    expect(readmeFigures(/within ([\d·⁰-⁹⁻]+) of (\d)/, "within 4·10⁻⁷ of 3")).toEqual([4e-7, 3]);
    expect(readmeFigures(/of (\S+) rows/, "of 1,797 rows")).toEqual([1797]);
    expect(() => readmeFigures(/(\d+) cows/)).toThrow("README.md must hold /(\\d+) cows/ once, got it 0 times.");
    expect(() => readmeFigures(/(\d)/, "1 2")).toThrow("got it 2 times");
    expect(() => readmeFigures(/of (\S+)/, "of many")).toThrow("README.md must hold a number here, got many.");
  });

  it("control: a size that is larger than told, or much smaller, is noticed", () => {
    expect([40_499, 40_000, 38_600].map((bytes) => isSize(bytes, 40))).toEqual([true, true, true]);
    expect([40_501, 38_000].map((bytes) => isSize(bytes, 40))).toEqual([false, false]);
  });
});

/** The cells of a table of bench/RESULTS.md, µs, in the row that begins so, by its columns. */
function resultsOf(title: string, row: string): Record<string, number> {
  const [table] = read("bench/RESULTS.md").split(`\n## ${title}`)[1].split("\nTimes wasmlp's:\n");
  const cells = (line: string) => line.split("|").map((cell) => cell.trim());
  const lines = table.trim().split("\n").slice(2).map(cells);
  const found = lines.find(([, name]) => name === row) as string[];
  return Object.fromEntries(lines[0].map((name, i) => [name, Number(found[i])]));
}

describe("the table of speed", () => {
  const [head, ...rows] = readme()
    .split("\n| µs |")[1]
    .split("\n\n")[0]
    .split("\n")
    .filter((line) => !line.startsWith("|--"));
  const columns = head.split("|").map((cell) => cell.trim());
  const RESULTS: [title: string, row: string][] = [
    ["Predictions", "2-10-2, 1"],
    ["Predictions", "64-64-10, 1"],
    ["Predictions", "784-128-10, 1 of MNIST"],
    ["Predictions", "784-800-10, 1"],
    ["Predictions", "784-128-10, 64"],
    ["Predictions", "784-128-10, 1024"],
    ["Updates", "64-64-10, 64"],
    ["Updates", "784-128-10, 64 of MNIST"],
    ["Updates", "784-128-10, 64"],
    ["Updates", "784-128-10, 256"],
  ];

  /** Columns whose cells are not what was measured: one more or less, a digit, an empty one. */
  const differing = (cells: readonly string[], results: Record<string, number>) =>
    columns.filter((column, i) => column !== "" && Number(cells[i].replace(",", "")) !== results[column]);
  const cellsOf = (row: string) => row.split("|").slice(2);

  it("is what `npm run bench:peers` wrote to bench/RESULTS.md", () => {
    expect(columns.filter(Boolean)).toHaveLength(9);
    expect(rows).toHaveLength(RESULTS.length);
    for (const [i, row] of rows.entries()) {
      const [title, name] = RESULTS[i];
      expect(row).toContain(`${title === "Updates" ? "| update" : "| predict"} ${name.split(",")[0]}, `);
      expect(differing(cellsOf(row), resultsOf(title, name)), row).toEqual([]);
    }
  });

  it("control: another figure is noticed", () => {
    const cells = cellsOf(rows[1]);
    const results = resultsOf(...RESULTS[1]);
    expect(differing(cells, results)).toEqual([]);
    expect(
      differing(
        cells.map((cell, i) => (i === 0 ? " 0.31 " : i === 7 ? "" : cell)),
        results,
      ),
    ).toEqual(["wasmlp", "brain.js"]);
  });
});

const dist = new URL("dist/", root);
const gzipped = (bytes: Uint8Array) => gzipSync(bytes, { level: 9 }).length;

/** Whether so many bytes are so many thousands, rounded; what has become a little smaller need not be told. */
function isSize(bytes: number, thousands: number): boolean {
  const rounded = Math.round(bytes / 1000);
  return rounded <= thousands && rounded >= thousands - 1;
}

/** Bytes of an app after its bundler, gzipped. */
async function bundled(contents: string): Promise<number> {
  const stdin = { contents, resolveDir: new URL(".", root).pathname };
  // As bundlers cut it: what comes when it is first needed is a script of its own.
  const options = { bundle: true, minify: true, format: "esm", write: false, splitting: true, outdir: "." } as const;
  const { outputFiles, metafile } = await build({ stdin, ...options, metafile: true });
  const first = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === "<stdin>")!;
  const scripts = [
    first[0],
    ...first[1].imports.filter(({ kind }) => kind === "import-statement").map(({ path }) => path),
  ];
  const files = outputFiles.filter(({ path }) => scripts.some((script) => path.endsWith(`/${script}`)));
  return files.reduce((sum, file) => sum + gzipped(file.contents), 0);
}

const thousandths = (score: number) => Math.round(1000 * score) / 1000;

/** The accuracy of examples/digits.ts on its test rows. */
async function digitsScore(seed: number): Promise<number> {
  const { adam, cosineDecay, Dataset, MLP } = wasmlp;
  // The examples take the library by its public name, which is another build than src/.
  const [train, test] = Object.values(splitDigits()).map(({ x, y }) => Dataset.from({ x, y }));
  const net = await MLP.create({ layers: [64, 64, 10], seed });
  const optimizer = adam({ learningRate: cosineDecay({ initial: 0.02, over: 40 }) });
  await net.fit(train, { epochs: 40, batchSize: 64, optimizer, l2: 0.003, validation: 0.1 });
  return net.evaluate(test).accuracy;
}

/** The commands of a page, one a line: what stands in backticks and in blocks, and begins with npm or npx. */
function commandsOf(text: string): string[] {
  return [...text.matchAll(/(?:^|`)(np[mx] [^`\n]*)/gm)].flatMap(([, line]) =>
    line
      .replace(/ +#.*$/, "")
      .split("&&")
      .map((command) => command.trim()),
  );
}

/** a{b,c}d is abd and acd. */
function expand(path: string): string[] {
  const [whole, before, list, after] = /^(.*)\{(.*?)\}(.*)$/.exec(path) ?? [];
  return whole ? list.split(",").flatMap((item) => expand(before + item + after)) : [path];
}

const NPM = ["ci", "cit", "start"];

/** The files that a command runs. */
function filesOf(command: string): string[] {
  const [, paths] = /^npx (?:vitest run|tsx) (.*)$/.exec(command) ?? [];
  return paths ? paths.split(" ").flatMap(expand) : [];
}

/** What a command names that is not there. */
function missing(command: string): string[] {
  const { scripts } = JSON.parse(read("package.json"));
  const [, script, word] = /^npm (?:run (\S+)|(\S+))/.exec(command) ?? [];
  if (script) return script in scripts ? [] : [script];
  if (word) return NPM.includes(word) ? [] : [word];
  const files = filesOf(command);
  return files.length === 0 ? [command] : files.filter((file) => !existsSync(new URL(file, root)));
}

describe("commands", () => {
  const commands = commandsOf(readme());

  it("name what is there", () => {
    expect(commands.length).toBeGreaterThan(8);
    expect(commands.flatMap(missing)).toEqual([]);
  });

  it("that are tests need nothing beside the project", () => {
    const tests = commands.flatMap(filesOf).filter((file) => file.endsWith(".test.ts"));
    expect(tests.length).toBeGreaterThan(4);
    for (const file of tests) {
      expect(read(file), file).not.toMatch(/\.\.\/shared|skip[I]f/);
    }
  });

  it("control: a file and a script that are not there are noticed", () => {
    const text =
      "`npm run nothing`, `npx vitest run tests/{bytes,nowhere}.test.ts`, `npx fly`\n\nnpm ci && npm go # now";
    expect(commandsOf(text).flatMap(missing)).toEqual(["nothing", "tests/nowhere.test.ts", "npx fly", "go"]);
  });
});

/**
 * What the documentation says: every public name is in the reference, every example has the types and the values it claims,
 * every link leads somewhere. Examples are found here and run by tests/snippets.ts, in a folder of their own.
 */
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { Application, type DeclarationReflection, Logger, LogLevel, ReflectionKind, TSConfigReader } from "typedoc";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readClaim } from "../claims.js";
import { complete, countClaims, ENTRIES, type Example, programsOf, run, typeErrors } from "../snippets.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const pages = ["", "docs", "bench", "examples/data"].flatMap((folder) =>
  readdirSync(join(root, folder)).flatMap((file) => (file.endsWith(".md") ? [join(folder, file)] : [])),
);

class Warnings extends Logger {
  readonly lines: string[] = [];
  override log(message: string, level: LogLevel): void {
    if (level >= LogLevel.Warn) this.lines.push(message);
  }
}

/** The reference as `npx typedoc` makes it, not written, and its warnings. */
async function makeReference(settings: object = {}) {
  const options = { ...JSON.parse(read("typedoc.json")), ...settings };
  const app = await Application.bootstrap(options, [new TSConfigReader()]);
  const logger = new Warnings();
  app.logger = logger;
  const project = await app.convert();
  if (!project) throw new Error(logger.lines.join("\n"));
  app.validate(project);
  return { project, warnings: logger.lines };
}

const { project, warnings } = await makeReference();

/** Each example of the reference once: classes share those that they inherit. */
function examplesOfReference(): Example[] {
  const found = new Map<string, Example>();
  for (const reflection of project.getReflectionsByKind(ReflectionKind.All)) {
    for (const { content } of reflection.comment?.getTags("@example") ?? []) {
      const text = content.map((part) => part.text).join("");
      const code = text.replace(/^```\w*\n|```$/g, "");
      if (!found.has(code)) found.set(code, { name: reflection.getFullName(), code, isTerse: true });
    }
  }
  return [...found.values()];
}

const docstrings = examplesOfReference();
const programs = ["README.md", ...pages.filter((page) => page.startsWith("docs"))].flatMap(programsOf);

describe("the reference", () => {
  it("documents every public name, and typedoc has nothing to warn of", () => expect(warnings).toEqual([]));

  it("has every entry of the package", () => {
    const { entryPoints } = JSON.parse(read("typedoc.json"));
    expect([...entryPoints].sort()).toEqual(ENTRIES.map(([, path]) => path).sort());
  });

  it("has an example of every function and of every method of a class", () => {
    const declarations = project.getReflectionsByKind(ReflectionKind.Function | ReflectionKind.Method);
    const without = (declarations as DeclarationReflection[])
      .filter(({ kind, parent }) => kind === ReflectionKind.Function || parent?.kind === ReflectionKind.Class)
      .filter(({ signatures = [] }) => !signatures.some(({ comment }) => comment?.getTag("@example")));
    expect(without.map((declaration) => declaration.getFullName())).toEqual([]);
  });

  /** Nothing but the source. */
  const PLAIN = { readme: "none", projectDocuments: [], intentionallyNotExported: [] };

  it("control: a name without a word, and a link to nowhere, are warned of", async () => {
    const entry = join(folder, "undocumented.ts");
    writeFileSync(entry, "export const one = 1;\n/** As {@link nothing}. */\nexport const two = 2;\n");
    const config = join(folder, "tsconfig.json");
    // Without the language's own library: a second or two less.
    writeFileSync(config, '{ "files": ["undocumented.ts"], "compilerOptions": { "noLib": true, "types": [] } }');
    const made = await makeReference({ ...PLAIN, entryPoints: [entry], tsconfig: config });
    expect(made.warnings.join("\n")).toMatch(/one.*does not have any documentation/);
    expect(made.warnings.join("\n")).toMatch(/Failed to resolve link to "nothing"/);
  });
});

let folder: string;
const before = process.cwd();

/** Writes what examples read of other libraries. */
const FILES = `
  writeFileSync("model.onnx", toOnnx(net));
  const { modelTopology, weightSpecs: weights } = saved;
  writeFileSync("model.json", JSON.stringify({ modelTopology, weightsManifest: [{ weights }] }));
  writeFileSync("group1-shard1of1.bin", new Uint8Array(saved.weightData));
`;

/** What ml5.js saves of a network that tells red from blue. */
const COLOURS = {
  "colours.json": JSON.stringify({
    modelTopology: {
      class_name: "Sequential",
      config: {
        name: "s",
        layers: [
          { class_name: "Dense", config: { name: "d", units: 2, activation: "softmax", batch_input_shape: [null, 2] } },
        ],
      },
    },
    weightsManifest: [
      {
        paths: ["colours.weights.bin"],
        weights: [
          ["d/kernel", 2, 2],
          ["d/bias", 2],
        ].map(([name, ...shape]) => ({ name, shape, dtype: "float32" })),
      },
    ],
  }),
  "colours.weights.bin": new Uint8Array(Float32Array.of(5, -5, -5, 5, 0, 0).buffer),
  "colours_meta.json": JSON.stringify({
    inputs: { r: { dtype: "number", min: 0, max: 255 }, b: { dtype: "number", min: 0, max: 255 } },
    outputs: { label: { dtype: "string", legend: { "red-ish": [1, 0], "blue-ish": [0, 1] } } },
    isNormalized: true,
  }),
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "wasmlp-docs-"));
  for (const file of ["digits.csv", "iris.csv"]) copyFileSync(join(root, "examples/data", file), join(folder, file));
  // MNIST's shape, all of it black.
  const idx = (...shape: number[]) => {
    const bytes = Buffer.alloc(4 + 4 * shape.length + shape.reduce((product, size) => product * size));
    bytes.writeUInt32BE(0x800 + shape.length);
    shape.forEach((size, d) => {
      bytes.writeUInt32BE(size, 4 + 4 * d);
    });
    return gzipSync(bytes, { level: 1 });
  };
  writeFileSync(join(folder, "train-images-idx3-ubyte.gz"), idx(60000, 28, 28));
  writeFileSync(join(folder, "train-labels-idx1-ubyte.gz"), idx(60000));
  process.chdir(folder);
  // What the example of turbo() says where the engine cannot.
  const emit = process.emitWarning;
  vi.spyOn(process, "emitWarning").mockImplementation((...said: unknown[]) => {
    if (!String(said[0]).startsWith("turbo: ")) Reflect.apply(emit, process, said);
  });
  const elsewhere = join(root, "tests/models/elsewhere");
  copyFileSync(join(elsewhere, "sequential.keras"), join(folder, "model.keras"));
  copyFileSync(join(elsewhere, "state-dict.pt"), join(folder, "net.pt"));
  copyFileSync(join(elsewhere, "travellers.safetensors"), join(folder, "travellers.safetensors"));
  for (const [name, content] of Object.entries(COLOURS)) writeFileSync(join(folder, name), content);
  await run({ name: "files", code: FILES, isTerse: true });
});

afterAll(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true });
});

describe("examples", () => {
  const runAll = (examples: readonly Example[]) =>
    it.each(examples.map((example) => [example.name, example] as const))("%s", (_, example) => run(example));

  const broken = (code: string) => ({ name: "broken", code, isTerse: true });

  describe("of docstrings run, and their claims hold:", () => runAll(docstrings));
  describe("of pages run, and their claims hold:", () => runAll(programs));

  const claims = [...docstrings, ...programs].reduce((sum, example) => sum + countClaims(example), 0);
  it(`are many: ${docstrings.length} of docstrings, ${programs.length} programs of pages, with ${claims} claims`, () => {
    expect(docstrings.length).toBeGreaterThan(60);
    expect(programs.length).toBeGreaterThan(10);
    expect(claims).toBeGreaterThan(50);
  });

  it("type-check; control: two that do not are noticed", () => {
    const [kind, name] = ["const text: string = accuracy([0], [0]);", "net.shape;"];
    expect(typeErrors([...docstrings, ...programs, broken(kind), broken(name)])).toEqual([
      "broken: Type 'number' is not assignable to type 'string'.",
      "broken: Property 'shape' does not exist on type 'MLP<\"softmax\">'.",
    ]);
  });

  it("control: what throws, or claims what is not so, or forgets an import is noticed", async () => {
    await expect(run(broken("accuracy([0, 1], [0]);"))).rejects.toThrow("accuracy: predicted must hold");
    await expect(run(broken("accuracy([0, 1], [0, 0]); // 0.75"))).rejects.toThrow("// 0.75, got 0.5");
    await expect(run(broken("const score = accuracy([0, 1], [0, 0]); // 1"))).rejects.toThrow("// 1, got 0.5");
    await expect(run(broken("net.layers; // [64, 10]"))).rejects.toThrow("[64,32,10]");
    await expect(run(broken("net.evaluate(test); // { loss }"))).rejects.toThrow("// { loss }, got");
    await run(broken("net.evaluate(test); // { loss, ... }"));
    await run(broken("accuracy([0, 1, 1], [0, 1, 0]); // 0.67, in all"));
    await expect(run(broken("accuracy([0, 1, 1], [0, 1, 0]); // 0.66"))).rejects.toThrow("// 0.66, got 0.6");
    await expect(run(broken("return;\naccuracy([0], [0]); // 1"))).rejects.toThrow("0 of 1 claims were met");
    expect(() => complete({ name: "page", code: "accuracy([0], [0]);" })).toThrow("page: accuracy must be imported.");
    expect(readClaim("// about ten rows")).toBeUndefined();
  });
});

/** Relative links of a page that lead nowhere, headings included. */
function brokenLinks(page: string, text: string): string[] {
  const anchors = (markdown: string) =>
    [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} -]/gu, "")
        .replaceAll(" ", "-"),
    );
  return [...text.replace(/^```.*?^```$/gms, "").matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link]) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [path, anchor] = link.split("#");
    const target = path === "" ? page : join(dirname(page), path);
    const isThere =
      existsSync(join(root, target)) && (!anchor || anchors(path === "" ? text : read(target)).includes(anchor));
    return isThere ? [] : [`${page}: ${link}`];
  });
}

describe("pages", () => {
  it("link to what is there", () => expect(pages.flatMap((page) => brokenLinks(page, read(page)))).toEqual([]));

  it("control: a link to nowhere is noticed", () => {
    const text = "# Here\n[a](nowhere.md) [b](README.md#nowhere) [c](#here) [d](docs/format.md)";
    expect(brokenLinks("README.md", text)).toEqual(["README.md: nowhere.md", "README.md: README.md#nowhere"]);
  });

  it("tell sizes that hold: browser.md", async () => {
    const told = [...read("docs/browser.md").matchAll(/^\| `wasmlp(\S*)`,.* \| (\d+) KB \|$/gm)];
    const sizes = new Map(told.map(([, entry, size]) => [entry, 1000 * Number(size)]));
    const library = await weigh("index.js");
    expect(library).toBeLessThanOrEqual(sizes.get("") as number);
    expect(await weigh("slim.js")).toBeLessThanOrEqual(sizes.get("/slim") as number);
    expect((await weigh("index.js", "worker.js")) - library).toBeLessThanOrEqual(sizes.get("/worker") as number);
    const core = gzipSync(readFileSync(join(root, "dist/core.wasm")), { level: 9 });
    expect(core.length).toBeLessThanOrEqual(sizes.get("/core.wasm") as number);
  });

  /** Bytes of what is built of these entries, minified and gzipped. */
  async function weigh(...entries: string[]): Promise<number> {
    const contents = entries.map((entry) => `export * from "./dist/${entry}";`).join("\n");
    const stdin = { contents, resolveDir: root };
    const built = await build({ stdin, bundle: true, minify: true, format: "esm", write: false });
    return gzipSync(built.outputFiles[0].contents, { level: 9 }).length;
  }

  it("of docs/ are short: under 120 lines", () => {
    for (const page of pages.filter((path) => path.startsWith("docs"))) {
      expect(read(page).trimEnd().split("\n").length, page).toBeLessThan(120);
    }
  });
});

/** What strangers install: the tarball's files, entries, types and sizes. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { publint } from "publint";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Installed, install, pack, root } from "../apps/install.js";
import { runNode } from "../apps/run.js";

interface Manifest {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies?: object;
  readonly engines: object;
  readonly scripts: object;
}

let app: Installed;
let manifest: Manifest;

beforeAll(() => {
  app = install();
  manifest = JSON.parse(readFileSync(join(app.library, "package.json"), "utf8"));
}, 60_000);

afterAll(() => app?.remove());

/** Files of a folder, by their paths in it. */
function filesOf(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => statSync(join(folder, name)).isFile()).sort();
}

/**
 * A file and all that it imports, code or types, and what that imports.
 * @param later whether to include what is imported when it is first called
 */
function reach(folder: string, file: string, later = true, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  if (!/\.(js|ts)$/.test(file) || !existsSync(join(folder, file))) return seen;
  // Examples in docstrings import too.
  const code = readFileSync(join(folder, file), "utf8").replace(/\/\*\*[\s\S]*?\*\//g, "");
  for (const [, path] of code.matchAll(
    later ? /\b(?:from|import|import\()\s*"(\.[^"]+)"/g : /\b(?:from|import)\s*"(\.[^"]+)"/g,
  )) {
    const next = normalize(join(dirname(file), path));
    reach(folder, file.endsWith(".d.ts") ? next.replace(/\.js$/, ".d.ts") : next, later, seen);
  }
  return seen;
}

const PAPERS = ["CHANGELOG.md", "LICENSE", "NOTICE", "README.md", "package.json"];
// Pictures of the README are not published.
const GUIDES = readdirSync(join(root, "docs"))
  .filter((file) => file.endsWith(".md"))
  .map((file) => `docs/${file}`);

/** Pages that a page of a folder links to and that are not there. Pictures are seen where the sources are. */
function deadLinks(folder: string, page: string): string[] {
  const links = [...readFileSync(join(folder, page), "utf8").matchAll(/(?<!!\[[^\]]*)\]\((?![a-z]+:|#)([^)#\s]+)/g)];
  return links.map(([, link]) => join(dirname(page), link)).filter((path) => !existsSync(join(folder, path)));
}

/** Meant are the papers, the entries, and what these import: what else there is, and what there is not. */
function stray(folder: string): { extra: string[]; missing: string[] } {
  const meant = new Set([...PAPERS, ...GUIDES]);
  for (const target of Object.values(manifest.exports)) {
    for (const file of typeof target === "string" ? [target] : Object.values(target)) {
      reach(folder, normalize(file), true, meant);
    }
  }
  return {
    extra: filesOf(folder).filter((file) => !meant.has(file)),
    missing: [...meant].filter((file) => !existsSync(join(folder, file))),
  };
}

const NODE_FILES = ["node:fs/promises", "node:os", "node:path", "node:url"];

/** What the scripts of a folder import by name, not by a path. */
function namesIn(folder: string): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const file of filesOf(folder).filter((name) => name.endsWith(".js"))) {
    const { importedFiles } = ts.preProcessFile(readFileSync(join(folder, file), "utf8"), true, true);
    const names = importedFiles.map(({ fileName }) => fileName).filter((name) => !name.startsWith("."));
    if (names.length > 0) found[file] = names.sort();
  }
  return found;
}

/** Entries that scripts import, by the names that strangers write. */
const entries = () =>
  Object.keys(manifest.exports)
    .filter((entry) => !/\.(wasm|json)$/.test(entry))
    .map((entry) => entry.replace(/^\./, "wasmlp"));

describe("the tarball", () => {
  it("holds the papers, the entries and what they import, and no more", () => {
    expect(stray(app.library)).toEqual({ extra: [], missing: [] });
    expect(filesOf(app.library).filter((file) => !/^dist\/[\w/-]+\.(js|d\.ts|wasm)$/.test(file))).toEqual(
      [...PAPERS, ...GUIDES].sort(),
    );
  });

  it("has what README links to, and says where the guides are", () => {
    expect(deadLinks(app.library, "README.md")).toEqual([]);
    expect(readFileSync(join(app.library, "README.md"), "utf8")).toContain("node_modules/wasmlp/docs/README.md");
    for (const guide of GUIDES) expect(existsSync(join(app.library, guide)), guide).toBe(true);
  });

  it("names no folder of the machine that built it", () => {
    for (const file of filesOf(app.library)) {
      expect(readFileSync(join(app.library, file), "latin1").includes(root), file).toBe(false);
    }
  });

  it("needs no package, and runs nothing when it is installed", () => {
    expect(manifest.dependencies).toBeUndefined();
    expect(Object.keys(manifest.scripts).filter((name) => /install|^prepare$/.test(name))).toEqual([]);
  });

  it("keeps the names of classes that consoles and errors show", async () => {
    const file = join(app.folder, "classes.js");
    writeFileSync(
      file,
      `const { Classifier, Dataset, MLP, Regressor, sgd } = await import("wasmlp");
       const rows = Array.from({ length: 8 }, (_, i) => ({ a: i, b: i % 3, c: i % 2 ? "x" : "y", d: i % 3 ? "x" : "y" }));
       const fit = (kind, target) => kind.fit(rows, { target, hidden: [2], ensemble: 1, epochs: 1 });
       const net = await MLP.create({ layers: [2, 2] });
       const made = [net, Dataset.from({ x: [[1]], y: [0] }), net.trainer({ optimizer: sgd({ learningRate: 1 }) })];
       made.push(await fit(Classifier, "c"), await fit(Regressor, "b"));
       made.push(await fit(Classifier, ["c", "d"]), await fit(Regressor, ["a", "b"]));
       console.log(made.map((own) => own.constructor.name).join());`,
    );
    expect(await runNode(file)).toBe(
      "MLP,Dataset,Trainer,Classifier,Regressor,MultiTargetClassifier,MultiTargetRegressor",
    );
  });

  it("imports by paths, as browsers can follow them without a bundler; by name what is Node's, where only Node comes", () => {
    expect(namesIn(join(app.library, "dist"))).toEqual({ "node.js": NODE_FILES, "turbo.js": ["node:v8", "node:zlib"] });
  });

  it.each([
    ["core", "index", "release"],
    ["extra", "extra", "extra"],
  ])("has the module %s that the sources give, bit for bit", (name, entry, target) => {
    const again = join(app.folder, "again.wasm");
    const asc = join(root, "node_modules/assemblyscript/bin/asc.js");
    const output = ["--outFile", again, "--textFile", join(app.folder, "again.wat")];
    execFileSync(process.execPath, [asc, `assembly/${entry}.ts`, "--target", target, ...output], { cwd: root });
    expect(readFileSync(again).equals(readFileSync(join(app.library, `dist/${name}.wasm`)))).toBe(true);
  });

  it("is small: the default entry with the core inside 50 KB gzipped, core.wasm 24 KiB, all of it 1,510 KB", () => {
    // As zlib cuts it into blocks, or as gzip does: where text and base64 lie in one file, that is 2 KB.
    const gzipped = (file: string, memLevel: number) =>
      gzipSync(readFileSync(join(app.library, file)), { level: 9, memLevel }).length;
    const size = (file: string) => Math.max(gzipped(file, 8), gzipped(file, 9));
    const scripts = [...reach(app.library, "dist/index.js", false)];
    const entry = scripts.reduce((sum, file) => sum + size(file), 0);
    const unpacked = filesOf(app.library).reduce((sum, file) => sum + statSync(join(app.library, file)).size, 0);
    console.log(
      `wasmlp ${entry} bytes gzipped (${scripts.join(", ")}), core.wasm ${size("dist/core.wasm")}; ` +
        `tarball ${statSync(app.tarball).size}, unpacked ${unpacked}`,
    );
    expect(entry).toBeLessThanOrEqual(50_000);
    expect(size("dist/core.wasm")).toBeLessThanOrEqual(24 * 1024);
    expect(unpacked).toBeLessThan(1_510_000);
  });
});

/** How projects find types, and whether they know those of the web; none here knows Node's. */
const PROJECTS = {
  NodeNext: {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ["lib.es2022.d.ts"],
  },
  Bundler: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
  node10: {
    module: ts.ModuleKind.CommonJS,
    moduleResolution: ts.ModuleResolutionKind.Node10,
    ignoreDeprecations: "6.0",
    lib: ["lib.es2022.d.ts"],
  },
};

/** A stranger's project, as strict as can be, that imports all entries: the names of values, by the types, and errors. */
function typesOf(project: keyof typeof PROJECTS): { names: Record<string, string[]>; errors: string[] } {
  const file = join(app.folder, "stranger.ts");
  const lines = entries().map((name, i) => `import * as e${i} from "${name}";\nexport const n${i} = e${i};\n`);
  writeFileSync(file, lines.join(""));
  const program = ts.createProgram([file], {
    ...PROJECTS[project],
    target: ts.ScriptTarget.ES2022,
    types: [],
    strict: true,
    skipLibCheck: false,
    noEmit: true,
  });
  const checker = program.getTypeChecker();
  const imports = program.getSourceFile(file)!.statements.filter(ts.isImportDeclaration);
  const names = imports.map(({ moduleSpecifier }) => {
    const module = checker.getSymbolAtLocation(moduleSpecifier);
    const symbols = module ? checker.getExportsOfModule(module) : [];
    const values = symbols.filter((symbol) => isValue(checker, symbol)).map(({ name }) => name);
    return [(moduleSpecifier as ts.StringLiteral).text, values.sort()];
  });
  const errors = ts.getPreEmitDiagnostics(program).map(({ messageText, file }) => {
    return `${file && basename(file.fileName)}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
  return { names: Object.fromEntries(names), errors };
}

function isValue(checker: ts.TypeChecker, symbol: ts.Symbol): boolean {
  if (symbol.declarations?.some(ts.isTypeOnlyImportOrExportDeclaration)) return false;
  const whole = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  return (whole.flags & ts.SymbolFlags.Value) !== 0;
}

describe("the entries", () => {
  it("are there for Node, with types that say what is there", async () => {
    const file = join(app.folder, "names.js");
    writeFileSync(
      file,
      `const names = async (entry) => [entry, Object.keys(await import(entry)).sort()];
       console.log(JSON.stringify(Object.fromEntries(await Promise.all(${JSON.stringify(entries())}.map(names)))));`,
    );
    const found = JSON.parse(await runNode(file));
    for (const project of ["NodeNext", "Bundler", "node10"] as const) {
      expect(typesOf(project), project).toEqual({ names: found, errors: [] });
    }
    expect(found["wasmlp/slim"]).toEqual([...found.wasmlp, "init"].sort());
    const { metafile } = await build({
      entryPoints: [join(app.library, "dist/workerd.js")],
      bundle: true,
      format: "esm",
      packages: "external",
      external: ["*.wasm"],
      write: false,
      metafile: true,
    });
    expect(Object.values(metafile.outputs)[0].exports.sort()).toEqual(found.wasmlp);
  });

  it("are the same modules to require, in every Node that `engines` names", async () => {
    const file = join(app.folder, "required.cjs");
    writeFileSync(
      file,
      `const entries = ${JSON.stringify(entries())};
       Promise.all(entries.map((entry) => import(entry))).then((modules) => {
         console.log(entries.filter((entry, i) => require(entry).MLP !== modules[i].MLP || !modules[i]).join());
       });`,
    );
    expect(await runNode("--no-warnings", file)).toBe("");
    // require: 20.19, 22.12; process.getBuiltinModule, by which workers are found: 20.16, 22.3.
    expect(manifest.engines).toEqual({ node: "^20.19.0 || >=22.12.0" });
  });

  it("please publint", async () => {
    expect((await publint({ pkgDir: app.library, pack: false, strict: true })).messages).toEqual([]);
  });

  it("please arethetypeswrong, as modules; core.wasm and extra.wasm have no types, for each tool makes another thing of it", () => {
    expect(typesWrong(app.tarball)).toBe("");
  });
});

/** What arethetypeswrong finds: "" for nothing. */
function typesWrong(tarball: string): string {
  const attw = join(root, "node_modules/@arethetypeswrong/cli/dist/index.js");
  const options = [
    "--profile",
    "esm-only",
    "--exclude-entrypoints",
    "core.wasm",
    "extra.wasm",
    "--format",
    "ascii",
    "--no-color",
  ];
  const { status, stdout } = spawnSync(process.execPath, [attw, tarball, ...options], {
    cwd: app.folder,
    encoding: "utf8",
  });
  return status === 0 ? "" : stdout;
}

describe("control:", () => {
  it("a file too many and one too few are noticed, by each", async () => {
    const folder = join(app.folder, "broken");
    cpSync(app.library, folder, { recursive: true });
    writeFileSync(join(folder, "dist/stray.js"), "");
    rmSync(join(folder, "dist/slim.d.ts"));
    expect(stray(folder)).toEqual({
      extra: ["dist/core/given-core.d.ts", "dist/stray.js"],
      missing: ["dist/slim.d.ts"],
    });
    const { messages } = await publint({ pkgDir: folder, pack: false, strict: true });
    expect(messages).toMatchObject([{ code: "FILE_DOES_NOT_EXIST", path: ["exports", "./slim", "types"] }]);
    expect(typesWrong(pack(folder, folder))).toContain("wasmlp/slim");
  });

  it("a link to what is not in the package is noticed", () => {
    writeFileSync(
      join(app.folder, "links.md"),
      "[a](stranger.ts#b) ![c](c.svg) [d](bench/d.md) [e](https://e.test) [f](#f)",
    );
    expect(deadLinks(app.folder, "links.md").filter((path) => path !== "stranger.ts")).toEqual(["bench/d.md"]);
  });

  it("an import by name is noticed", () => {
    const folder = join(app.folder, "named");
    mkdirSync(folder);
    writeFileSync(join(folder, "a.js"), 'import{a}from"wasmlp";export*from"./b.js";import("c");a();');
    expect(namesIn(folder)).toEqual({ "a.js": ["c", "wasmlp"] });
  });

  it("a name that types promise and code has not is noticed", () => {
    const file = join(app.library, "dist/idx.d.ts");
    const types = readFileSync(file, "utf8");
    writeFileSync(file, `${types}export declare const extra: Missing;\n`);
    const { names, errors } = typesOf("NodeNext");
    writeFileSync(file, types);
    expect(names["wasmlp/idx"]).toContain("extra");
    expect(errors).toContain("idx.d.ts: Cannot find name 'Missing'.");
  });
});

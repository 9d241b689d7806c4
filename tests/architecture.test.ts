/** Who may import whom, what the core exports, and what it must not contain. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { gzipSync, inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { importGraph, imports, longestChain, modules, read, roomTable, root, tooLong } from "./house.js";

/** Files of assembly/ and the files each imports. */
const ASSEMBLY: Record<string, string[]> = {
  index: ["activations", "adaptive", "batch", "dense", "dropout", "loss", "optimizers", "penalty", "row", "sparse"],
  dense: ["gemm", "microkernel"],
  gemm: ["microkernel", "tall"],
  tall: ["microkernel"],
  sparse: ["lanes", "microkernel"],
  microkernel: ["lanes"],
  activations: ["lanes", "math"],
  loss: ["lanes", "math"],
  optimizers: ["lanes", "math"],
  adaptive: ["lanes", "math"],
  batch: ["lanes"],
  dropout: ["lanes"],
  penalty: ["lanes"],
  row: ["activations", "batch", "gemm", "loss", "sparse"],
  extra: ["curves", "errors", "normalization", "piecewise"],
  whole: ["extra", "index"],
  curves: ["doubles", "lanes", "math", "wide"],
  piecewise: ["doubles", "lanes", "wide"],
  normalization: ["doubles", "lanes"],
  errors: ["wide"],
  doubles: [],
  lanes: [],
  math: [],
  wide: [],
};

/** Rooms of src/ from the ground up, and the rooms that each imports: all of them below it. "" is src/ itself: the entries. */
const ROOMS: Record<string, string[]> = {
  built: [],
  ground: [],
  core: ["built", "ground"],
  data: ["ground"],
  study: ["data", "ground"],
  disk: ["ground", "study"],
  net: ["core", "data", "ground"],
  train: ["data", "ground", "net"],
  file: ["core", "ground", "net", "train"],
  model: ["core", "data", "file", "ground", "net", "train"],
  table: ["data", "file", "ground", "model", "net", "study", "train"],
  worker: ["built", "core", "data", "file", "ground", "model", "net", "table", "train"],
  exchange: ["data", "file", "ground", "model", "net", "table"],
  "exchange/onnx": ["data", "exchange", "file", "ground", "model", "net", "table"],
  "exchange/standalone": ["built", "core", "exchange", "file", "ground", "net", "table"],
  "": [
    ...["built", "core", "data", "disk", "exchange", "exchange/onnx", "exchange/standalone", "file", "ground"],
    ...["model", "net", "study", "table", "train", "worker"],
  ],
};

/** Files that no person wrote, and types of what is no TypeScript. */
const isWritten = (module: string) =>
  module.startsWith("built/") || module.endsWith("_pb") || module.endsWith(".d.wasm");

/** What may be longer than the house allows: files and functions of assembly/ that write a tile out. */
const TILES = ["assembly/microkernel.ts", "assembly/tall.ts, tallPanel16"];

/** Packages that files of src/ import. */
const PACKAGES: Record<string, string[]> = {
  "core/turbo-build": ["node:v8", "node:zlib"],
  "exchange/onnx/text-encoding": ["@bufbuild/protobuf/wire"],
  "exchange/onnx/wire": ["@bufbuild/protobuf", "@bufbuild/protobuf/wire"],
  "exchange/onnx/graph-writer": ["@bufbuild/protobuf"],
  "exchange/onnx/external-data": ["@bufbuild/protobuf/wire"],
  "exchange/onnx/stored-tensor": ["@bufbuild/protobuf/wire"],
  "exchange/onnx/onnx_pb": ["@bufbuild/protobuf", "@bufbuild/protobuf/codegenv2"],
  "disk/file-journal": ["node:fs/promises", "node:os", "node:path"],
  "disk/model-folder": ["node:fs/promises", "node:path"],
  "disk/whole-files": ["node:fs/promises", "node:path", "node:url"],
  node: ["node:fs/promises"],
};

/** The sources of packages/. */
const PACKAGE_SOURCES = readdirSync(new URL("packages", root)).map((name) => `packages/${name}/src`);

describe("imports", () => {
  const graph = importGraph("src");

  it("of each room of src/ are those of the table", () => {
    expect(roomTable(graph)).toEqual(ROOMS);
  });

  it("of assembly/ are those of its table, file by file", () => {
    const sorted = [...importGraph("assembly")].map(([file, names]) => [file, [...new Set(names)].sort()]);
    expect(Object.fromEntries(sorted)).toEqual(ASSEMBLY);
  });

  it("of packages are those of the table", () => {
    const packages = modules("src").map((module) => [
      module,
      [...new Set(imports("src", module))].filter((name) => !graph.has(name) && !name.endsWith(".wasm")),
    ]);
    expect(Object.fromEntries(packages.filter(([, names]) => names.length > 0))).toEqual(PACKAGES);
  });

  it("of examples name the library by its public name alone", () => {
    for (const example of modules("examples")) {
      for (const name of imports("examples", example)) expect(name).not.toMatch(/src\/|dist\/|^\.\./);
    }
  });

  it("of packages/ name the library by its public names alone, and make no cycle", () => {
    const { exports } = JSON.parse(read("package.json"));
    const entries = Object.keys(exports).map((entry) => entry.replace(/^\./, "wasmlp"));
    for (const folder of PACKAGE_SOURCES) {
      for (const module of modules(folder)) {
        for (const name of imports(folder, module)) {
          if (name.startsWith("wasmlp/")) expect(entries, `${folder}/${module}`).toContain(name);
          expect(name, `${folder}/${module}`).not.toMatch(/^\.\.\/\.\./);
        }
      }
      expect(() => longestChain(importGraph(folder))).not.toThrow();
    }
  });

  it("of each room are those of rooms above it in the table: no arrow goes up", () => {
    const rooms = Object.keys(ROOMS);
    for (const [room, names] of Object.entries(ROOMS)) {
      for (const name of names) expect(rooms.indexOf(name), `${room} -> ${name}`).toBeLessThan(rooms.indexOf(room));
    }
  });

  it("make no cycle, and no chain of more than ten, types counted", () => {
    expect(longestChain(graph).length - 1).toBeLessThanOrEqual(10);
  });

  it("control: a stray import is noticed, and so is a cycle", () => {
    const stray = new Map([...graph, ["ground/check", ["net/predict"]]]);
    expect(roomTable(stray)).not.toEqual(ROOMS);
    expect(() => longestChain(stray)).toThrow("A cycle of imports: ");
    const longer = new Map([...graph, ["one", ["two"]], ["two", [longestChain(graph)[0]]]]);
    expect(longestChain(longer).length).toBe(longestChain(graph).length + 2);
  });
});

describe.each(["core", "turbo"])("the %s build", (name) => {
  const bytes = readFileSync(new URL(`build/${name}.wasm`, root));
  const module = new WebAssembly.Module(bytes);

  it("imports nothing", () => expect(WebAssembly.Module.imports(module)).toEqual([]));

  it("exports exactly the kernels that src/core/kernels.ts types, and memory and base", () => {
    const [, body] = /interface Kernels \{(.*?)\n\}/s.exec(read("src/core/kernels.ts"))!;
    const typed = [...body.matchAll(/^ {2}(\w+)\(/gm)].map(([, kernel]) => kernel);
    const exported = WebAssembly.Module.exports(module).map((entry) => entry.name);
    expect(exported.sort()).toEqual([...typed, "memory", "base"].sort());
  });

  it("is what is inlined", () => {
    expect(read(`src/built/${name}-base64.ts`)).toContain(bytes.toString("base64"));
    if (name === "turbo") return;
    const [, deflated] = /"(.+)"/.exec(read("src/built/core-deflated.ts"))!;
    expect(inflateSync(Buffer.from(deflated, "base64")).equals(bytes)).toBe(true);
  });

  it("has no relaxed instruction: those round as each processor likes", () => {
    expect(read(`build/${name}.wat`)).not.toMatch(/relaxed/);
  });
});

describe("the second module", () => {
  const bytes = readFileSync(new URL("build/extra.wasm", root));
  const module = new WebAssembly.Module(bytes);

  it("imports a memory alone, and exports exactly the kernels that src/core/extra-kernels.ts types", () => {
    const imported = WebAssembly.Module.imports(module).map(({ module: from, name, kind }) => [from, name, kind]);
    expect(imported).toEqual([["env", "memory", "memory"]]);
    const [, body] = /interface ExtraKernels \{(.*?)\n\}/s.exec(read("src/core/extra-kernels.ts"))!;
    const typed = [...body.matchAll(/^ {2}(\w+)[:(]/gm)].map(([, kernel]) => kernel);
    expect(
      WebAssembly.Module.exports(module)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([...typed, "memory"].sort());
  });

  it("is what is inlined and published", () => {
    const [, deflated] = /"(.+)"/.exec(read("src/built/extra-deflated.ts"))!;
    expect(inflateSync(Buffer.from(deflated, "base64")).equals(bytes)).toBe(true);
    expect(readFileSync(new URL("dist/extra.wasm", root)).equals(bytes)).toBe(true);
  });
});

describe("the core", () => {
  it("is published as core.wasm, 24 KiB gzipped at most", () => {
    const bytes = readFileSync(new URL("build/core.wasm", root));
    expect(readFileSync(new URL("dist/core.wasm", root)).equals(bytes)).toBe(true);
    expect(gzipSync(bytes).length).toBeLessThanOrEqual(24 * 1024);
  });
});

describe("the house", () => {
  /** A module without its comments. */
  const code = (module: string) => read(`src/${module}.ts`).replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");

  it("has no two files of one name", () => {
    const names = modules("src").map((module) => module.split("/").at(-1));
    expect(names.filter((name, i) => names.indexOf(name) < i)).toEqual([]);
  });

  it("has files of 250 lines and functions of 40 at most, but for tiles, which are written out", () => {
    const files = ["assembly", "src", ...PACKAGE_SOURCES].flatMap((folder) =>
      modules(folder).map((module) => `${folder}/${module}.ts`),
    );
    const written = files.filter((file) => !isWritten(file.replace(/^src\/|\.ts$/g, "")));
    const found = written.flatMap((file) => tooLong(file, { file: 250, function: 40 }));
    expect(found.map((line) => line.replace(/: \d+$/, "")).sort()).toEqual(TILES);
  });

  it("control: what is longer is named, with its lines", () => {
    expect(tooLong("src/model/mlp.ts", { file: 100, function: 1000 })).toEqual([
      expect.stringMatching(/mlp\.ts: 2\d\d$/),
    ]);
    expect(tooLong("src/core/given-core.ts", { file: 1000, function: 18 }).join()).toContain(
      "src/core/given-core.ts, moduleOf: ",
    );
  });

  it("has no room that holds everything", () => {
    for (const folder of ["assembly", "src"]) {
      for (const module of modules(folder)) expect(module).not.toMatch(/utils?|helpers?|common|misc|types/);
    }
  });

  it("says WebAssembly in one file of src/ alone, and in the script of threads that share its work", () => {
    // Comments may; so may the type of the memory a model holds.
    for (const module of modules("src").filter(
      (name) => !["core/core", "core/share-thread"].includes(name) && !isWritten(name),
    )) {
      expect(code(module), module).not.toMatch(/(?<!object )WebAssembly\.(compile|instantiate|Module|Instance)/);
    }
  });

  it("takes no engine's mathematics, clock or chance on a path to a weight", () => {
    const forbidden =
      /Math\.(exp|expm1|log|log1p|log2|log10|pow|sin|cos|tan|tanh|sinh|cosh|hypot|cbrt|random)\b|Date\.(?!prototype)|(?<!2 )\*\* /;
    for (const module of modules("src").filter((name) => !isWritten(name))) {
      expect(forbidden.exec(code(module))?.[0], module).toBeUndefined();
      // Of the last, how long a thread that was killed is waited for.
      if (!["ground/turn", "core/turbo-build", "core/board"].includes(module))
        expect(code(module), module).not.toContain("performance.");
    }
  });

  it("has no runtime dependency and no install script", () => {
    const { dependencies, scripts } = JSON.parse(read("package.json"));
    expect(dependencies).toBeUndefined();
    for (const name of ["preinstall", "install", "postinstall", "prepare"]) expect(scripts[name]).toBeUndefined();
  });

  it("is walked by a mini-batch and by a row of a table in thirteen files each, which are there", () => {
    const walks = read("CONTRIBUTING.md")
      .split("\n## ")
      .filter((part) => part.split("\n")[0].endsWith("through the house"));
    for (const walk of walks) {
      const files = [...walk.matchAll(/\*\*((?:src|assembly)\/[\w/-]+\.ts)\*\*/g)].map(([, file]) => file);
      expect(new Set(files).size).toBe(13);
      for (const file of files) expect(existsSync(new URL(file, root)), file).toBe(true);
    }
    expect(walks.length).toBe(2);
  });

  it("has the papers", () => {
    for (const file of ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"]) {
      expect(existsSync(new URL(file, root)), file).toBe(true);
    }
  });
});

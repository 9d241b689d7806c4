/** Who may import whom, what the core exports, and what it must not contain. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync, inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";

const root = new URL("../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

/** Each room and the rooms it may import. */
const ASSEMBLY: Record<string, string[]> = {
  index: ["activations", "batch", "dense", "dropout", "loss", "optimizers", "sparse"],
  dense: ["gemm", "microkernel"],
  gemm: ["microkernel", "tall"],
  tall: ["microkernel"],
  sparse: ["lanes", "microkernel"],
  microkernel: ["lanes"],
  activations: ["lanes", "math"],
  loss: ["lanes", "math"],
  optimizers: ["lanes", "math"],
  batch: ["lanes"],
  dropout: ["lanes"],
  lanes: [],
  math: [],
};

/** Rooms of src/formats/onnx, which name each other "./so". */
function onnxRooms(rooms: Record<string, string[]>): Record<string, string[]> {
  const full = (name: string) => name.replace("./", "formats/onnx/");
  return Object.fromEntries(Object.entries(rooms).map(([name, list]) => [full(`./${name}`), list.map(full)]));
}

const FOUNDATION = ["check", "core", "layout", "math", "random"];
const SRC: Record<string, string[]> = {
  index: ["inline", "library"],
  library: [
    ...["classifier", "columns", "dataset", "dropout", "encoder", "fit", "fit-table", "importance", "initializers"],
    ...[
      "labels",
      "layers",
      "metrics",
      "mlp",
      "network",
      "optimizers",
      "predict",
      "regressor",
      "rows",
      "schedules",
      "scoring",
    ],
    ...["selection", "splits", "table", "trainer", "watch"],
  ],
  inline: ["core", "core-deflated"],
  core: ["check"],
  "core-deflated": [],
  "core-base64": [],
  "turbo-base64": [],
  turbo: ["core", "core-base64", "random", "turbo-base64"],
  check: [],
  layout: [],
  math: [],
  turn: [],
  statistics: [],
  random: ["math"],
  initializers: ["check", "random"],
  rows: ["check"],
  splits: ["check", "random"],
  dataset: [...FOUNDATION, "rows", "splits"],
  schedules: ["check", "math"],
  optimizers: ["check", "schedules"],
  dropout: ["check", "core", "random"],
  network: [...FOUNDATION, "dropout", "rows"],
  targets: ["check", "network", "rows"],
  metrics: ["check", "math"],
  scoring: ["dataset", "metrics", "network", "targets"],
  predict: ["check", "dataset", "metrics", "network", "rows"],
  trainer: [...FOUNDATION, "dropout", "network", "optimizers", "rows", "schedules", "targets"],
  watch: ["check", "fit"],
  fit: [...FOUNDATION, "dataset", "network", "optimizers", "scoring", "targets", "trainer", "watch"],
  loop: ["check", "dataset", "dropout", "fit", "network", "random", "scoring", "targets", "trainer", "turn", "watch"],
  summary: ["encoder", "fit", "layout", "network"],
  mlp: [
    ...[
      ...FOUNDATION,
      "dataset",
      "dropout",
      "fit",
      "formats/model",
      "formats/torch",
      "initializers",
      "layers",
      "loop",
      "network",
      "predict",
    ],
    ...["rows", "scoring", "summary", "trainer", "turn"],
  ],
  slim: ["core", "library"],
  workerd: ["core", "core.wasm", "library"],
  "core.d.wasm": [],
  worker: ["check", "dataset", "fit", "mlp", "network", "schedules", "worker-source", "worker-thread"],
  "worker-thread": ["inline", "dataset", "fit", "mlp", "optimizers", "schedules"],
  "worker-source": [],
  node: ["inline", "check", "classifier", "formats/model", "mlp", "regressor"],
  layers: ["check", "network", "rows"],
  columns: ["check", "statistics"],
  encoder: ["check", "columns", "formats/encoder", "turn"],
  "formats/encoder": ["check", "columns"],
  labels: ["check", "columns", "statistics"],
  importance: ["check", "dataset", "encoder", "metrics", "mlp", "random", "statistics", "turn"],
  table: [
    ...["check", "dataset", "encoder", "fit", "formats/model", "importance", "labels", "mlp"],
    ...["network", "optimizers", "summary", "trainer"],
  ],
  "fit-table": [
    ...["check", "dataset", "encoder", "fit", "formats/model", "labels", "mlp"],
    ...["network", "optimizers", "random", "splits", "table", "turn"],
  ],
  selection: ["check", "fit-table", "labels", "math", "optimizers", "random", "splits", "statistics"],
  classifier: ["check", "fit-table", "labels", "metrics", "selection", "table"],
  regressor: ["check", "fit-table", "labels", "metrics", "selection", "table"],
  idx: ["formats/idx"],
  migrate: ["inline", "formats/brain", "formats/tfjs", "formats/tfjs-weights"],
  "formats/tfjs": ["check", "formats/json", "formats/tfjs-weights", "mlp", "network"],
  "formats/tfjs-weights": ["check", "formats/safetensors", "layers"],
  "formats/brain": ["check", "formats/json", "layers", "mlp"],
  onnx: [
    ...["inline", "check", "classifier", "formats/encoder", "labels", "mlp", "network", "regressor"],
    ...["formats/onnx/network", "formats/onnx/read", "formats/onnx/refusal", "formats/onnx/writer"],
  ],
  ...onnxRooms({
    columns: ["columns", "formats/encoder", "./tensors", "./writer"],
    graph: ["check", "labels", ..."node onnx_pb operators refusal tail tensors values".split(" ").map((n) => `./${n}`)],
    layers: ["check", "layers", "network", "./refusal", "./values"],
    network: [
      "check",
      "columns",
      "formats/encoder",
      "labels",
      "layers",
      "network",
      "./columns",
      "./tensors",
      "./writer",
    ],
    node: ["check", "./onnx_pb", "./refusal", "./tensors", "./values"],
    onnx_pb: [],
    operators: ["check", "./node", "./tensors", "./values"],
    read: ["labels", "./graph", "./layers", "./wire"],
    refusal: [],
    tail: ["check", "labels", "./node", "./operators", "./tensors", "./values"],
    tensors: ["check", "formats/safetensors", "./onnx_pb", "./refusal"],
    values: ["labels", "./tensors"],
    wire: ["./onnx_pb", "./refusal"],
    writer: ["check", "./node", "./onnx_pb", "./tensors"],
  }),
  standalone: ["formats/module", "formats/wasm"],
  "formats/wasm-binary": [],
  "formats/wasm-core": ["formats/wasm-binary"],
  "formats/wasm": [
    ...["check", "classifier", "core", "core-base64", "labels", "layout", "mlp", "network", "regressor"],
    ...["formats/wasm-binary", "formats/wasm-core"],
  ],
  "formats/module-literal": [],
  "formats/module-source": [],
  "formats/module-answers": [
    ...["encoder", "labels", "network", "formats/module-literal", "formats/module-source", "formats/wasm"],
  ],
  "formats/module": ["formats/encoder", "labels", "network", "formats/module-answers", "formats/wasm"],
  "formats/idx": ["check"],
  "formats/torch": ["check", "formats/safetensors", "layers"],
  "formats/crc": [],
  "formats/json": [],
  "formats/fields": ["check"],
  "formats/safetensors": ["check", "formats/json"],
  "formats/history": ["fit", "formats/fields", "scoring"],
  "formats/training": ["dropout", "fit", "formats/fields", "loop", "random", "trainer", "watch"],
  "formats/model": [
    ...["check", "fit", "layout", "loop", "network", "random", "trainer"],
    ...["formats/crc", "formats/fields", "formats/history", "formats/json", "formats/safetensors", "formats/training"],
  ],
};

/** Written by scripts/build.ts, or types of what is no TypeScript. */
const WRITTEN = [
  "formats/onnx/onnx_pb",
  "core-base64",
  "core-deflated",
  "turbo-base64",
  "worker-source",
  "core.d.wasm",
];

/** Packages that a file of src/ may import: the published ones. */
const PACKAGES: Record<string, string[]> = {
  core: ["@assemblyscript/loader"],
  turbo: ["node:v8"],
  "formats/onnx/wire": ["@bufbuild/protobuf", "@bufbuild/protobuf/wire"],
  "formats/onnx/writer": ["@bufbuild/protobuf"],
  "formats/onnx/tensors": ["@bufbuild/protobuf/wire"],
  "formats/onnx/onnx_pb": ["@bufbuild/protobuf", "@bufbuild/protobuf/codegenv2"],
  node: ["node:fs/promises", "node:path", "node:url"],
};

function modules(folder: string): string[] {
  return readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -3));
}

/** What a module imports, its own folder's modules by name. */
function imports(folder: string, module: string): string[] {
  // Examples in docstrings import too.
  const source = read(`${folder}/${module}.ts`).replace(/\/\*[\s\S]*?\*\//g, "");
  return [...source.matchAll(/(?:from|import)\s+"([^"]+)"/g)].map(([, path]) => {
    if (!path.startsWith(".")) return path;
    const url = new URL(path, new URL(`${folder}/${module}.ts`, root));
    return fileURLToPath(url)
      .slice(fileURLToPath(new URL(`${folder}/`, root)).length)
      .replace(/\.(js|ts)$/, "");
  });
}

/** Imports that the table does not allow, as "from -> to". */
function stray(folder: string, table: Record<string, string[]>): string[] {
  return modules(folder).flatMap((module) => {
    const allowed = [...(table[module] ?? []), ...(folder === "src" ? (PACKAGES[module] ?? []) : [])];
    return imports(folder, module)
      .filter((name) => !allowed.includes(name))
      .map((name) => `${module} -> ${name}`);
  });
}

describe("imports", () => {
  it("of assembly/ and src/ are those of the table, and every file is in it", () => {
    expect(stray("assembly", ASSEMBLY)).toEqual([]);
    expect(stray("src", SRC)).toEqual([]);
    expect(modules("assembly").sort()).toEqual(Object.keys(ASSEMBLY).sort());
    expect(modules("src").sort()).toEqual(Object.keys(SRC).sort());
  });

  it("of examples name the library by its public name alone", () => {
    for (const example of modules("examples")) {
      for (const name of imports("examples", example)) expect(name).not.toMatch(/src\/|dist\/|^\.\./);
    }
  });

  it("control: a stray import is noticed", () => {
    expect(stray("src", { ...SRC, fit: [] })).toContain("fit -> check");
  });
});

describe.each(["core", "turbo"])("the %s build", (name) => {
  const bytes = readFileSync(new URL(`build/${name}.wasm`, root));
  const module = new WebAssembly.Module(bytes);

  it("imports nothing", () => expect(WebAssembly.Module.imports(module)).toEqual([]));

  it("exports exactly the kernels that src/core.ts types, and memory and base", () => {
    const [, body] = /interface Kernels \{(.*?)\n\}/s.exec(read("src/core.ts"))!;
    const typed = [...body.matchAll(/^ {2}(\w+)\(/gm)].map(([, kernel]) => kernel);
    const exported = WebAssembly.Module.exports(module).map((entry) => entry.name);
    expect(exported.sort()).toEqual([...typed, "memory", "base"].sort());
  });

  it("is what is inlined", () => {
    expect(read(`src/${name}-base64.ts`)).toContain(bytes.toString("base64"));
    if (name === "turbo") return;
    const [, deflated] = /"(.+)"/.exec(read("src/core-deflated.ts"))!;
    expect(inflateSync(Buffer.from(deflated, "base64")).equals(bytes)).toBe(true);
  });

  it("has no relaxed instruction: those round as each processor likes", () => {
    expect(read(`build/${name}.wat`)).not.toMatch(/relaxed/);
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

  it("has no room that holds everything", () => {
    for (const folder of ["assembly", "src"]) {
      for (const module of modules(folder)) expect(module).not.toMatch(/utils?|helpers?|common|misc|types/);
    }
  });

  it("says WebAssembly in one file of src/ alone", () => {
    // Comments may; so may the type of the memory a model holds.
    for (const module of modules("src").filter((name) => name !== "core" && !WRITTEN.includes(name))) {
      expect(code(module), module).not.toMatch(/WebAssembly\.(compile|instantiate|Module|Instance)/);
    }
  });

  it("takes no engine's mathematics, clock or chance on a path to a weight", () => {
    const forbidden =
      /Math\.(exp|expm1|log|log1p|log2|log10|pow|sin|cos|tan|tanh|sinh|cosh|hypot|cbrt|random)\b|Date\.|(?<!2 )\*\* /;
    for (const module of modules("src").filter((name) => !WRITTEN.includes(name))) {
      expect(forbidden.exec(code(module))?.[0], module).toBeUndefined();
      if (module !== "turn" && module !== "turbo") expect(code(module), module).not.toContain("performance.");
    }
  });

  it("has one runtime dependency and no install script", () => {
    const { dependencies, scripts } = JSON.parse(read("package.json"));
    expect(Object.keys(dependencies)).toEqual(["@assemblyscript/loader"]);
    for (const name of ["preinstall", "install", "postinstall", "prepare"]) expect(scripts[name]).toBeUndefined();
  });

  it("has the papers", () => {
    for (const file of ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE"]) {
      expect(existsSync(new URL(file, root)), file).toBe(true);
    }
  });
});

/** `tsx scripts/page.ts [FILE]`: packages/page as one HTML file. Needs src/built (`npm run build`). */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { type BuildOptions, build, type Plugin, transform } from "esbuild";
import { type MinifyOptions, minify } from "terser";
import { pack } from "../packages/page/src/pack/pack.js";
import { privateNames } from "./private-names.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = (path: string) => join(root, "packages/page/src", path);

export const PAGE = join(root, "packages/page/dist/wasmlp.html");

const OPTIONS: BuildOptions = {
  bundle: true,
  format: "iife",
  target: "es2022",
  platform: "browser",
  charset: "utf8",
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none",
  write: false,
  logLevel: "error",
  tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
};

const entry = (name: string) => join(root, "src", `${name}.ts`);

/**
 * The library by its entries, from src/, so that what the page does not call is left out. Modules of WebAssembly are inside as they are,
 * not as deflated text: all is packed once, together.
 */
const library: Plugin = {
  name: "library",
  setup({ onResolve, onLoad }) {
    // What package.json says of side effects is about dist/.
    onResolve({ filter: /^wasmlp(\/|$)/ }, ({ path }) => {
      return { path: entry(path.slice("wasmlp/".length) || "index"), sideEffects: true };
    });
    onResolve({ filter: /\/(inline|text-encoding)\.js$/ }, ({ path, resolveDir, importer }) => {
      if (!importer.startsWith(join(root, "src"))) return undefined;
      return { path: join(resolveDir, path).replace(/\.js$/, ".ts"), sideEffects: true };
    });
    onLoad({ filter: /src\/built\/(core|extra|whole)-deflated\.ts$/ }, ({ path }) => {
      const [, name] = /(\w+)-deflated/.exec(path)!;
      const text = readFileSync(join(root, `build/${name}.wasm`)).toString("latin1");
      return { contents: `export const ${name}Deflated = btoa(${JSON.stringify(text)});`, loader: "js" };
    });
    onLoad({ filter: /src\/core\/inflate\.ts$/ }, () => ({
      contents: "export const inflate = (bytes) => bytes;",
      loader: "js",
    }));
  },
};

const tableFile = (name: string) => `src/table/${name}.ts`;

/** What the page never asks for, or refuses by the error below: in the library what is loaded when it is first called, and parts of hyparquet. */
const LEFT_OUT = [
  ...[
    "src/table/cross-validation.ts",
    "src/table/search.ts",
    "src/table/fit-targets.ts",
    "src/table/multi-target-models.ts",
  ],
  // Lists of labels in a row, which no file of a table has here; what is asked of models in words.
  ...["label-set-encoder", "read-label-sets", "settle-label-sets", "multi-label-scores"].map(tableFile),
  ...["row-schema", "column-summary"].map(tableFile),
  ...["alp", "bloom", "variant", "wkb"].map((name) => `node_modules/hyparquet/src/${name}.js`),
];

const leftOut: Plugin = {
  name: "left out",
  setup({ onLoad }) {
    onLoad({ filter: /(src[\\/]table|hyparquet[\\/]src)[\\/][\w-]+\.[jt]s$/ }, ({ path }) => {
      if (path.endsWith("node_modules/hyparquet/src/filter.js")) return { contents: UNFILTERED, loader: "js" };
      if (!LEFT_OUT.some((file) => path.endsWith(file))) return undefined;
      const exported = [
        ...readFileSync(path, "utf8").matchAll(/^export (?:async )?(?:function\*?|class|const) (\w+)/gm),
      ];
      const refuse = `function () { throw new Error("this page leaves out ${basename(path).replace(/\.\w+$/, "")}"); }`;
      return { contents: exported.map(([, own]) => `export const ${own} = ${refuse};`).join("\n"), loader: "js" };
    });
  },
};

/** Rows are not filtered: hyparquet's filters as they are without one. */
const UNFILTERED = `
  export const pathsNeededForFilter = () => [];
  export const columnsNeededForFilter = () => [];
  export const matchFilter = () => true;
  export const canSkipRowGroup = () => false;
  export const filterPageRanges = () => [];
`;

/** What the page's file has of other people's work, and their terms. */
const licences: Plugin = {
  name: "licences",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^licences$/ }, () => ({ path: "licences", namespace: "licences" }));
    onLoad({ filter: /./, namespace: "licences" }, () => {
      const of = (name: string) => `${name}\n\n${readFileSync(join(root, `node_modules/${name}/LICENSE`), "utf8")}`;
      const text = [
        readFileSync(join(root, "LICENSE"), "utf8"),
        readFileSync(join(root, "NOTICE"), "utf8"),
        of("preact"),
        of("hyparquet"),
      ];
      return { contents: `export const licences = ${JSON.stringify(text.join("\n\n----\n\n"))};`, loader: "js" };
    });
  },
};

/** Small: the engine also by names of private members, as scripts/build.ts does. */
async function bundle(path: string, plugins: Plugin[] = []): Promise<string> {
  const { outputFiles } = await build({ ...OPTIONS, entryPoints: [source(path)], plugins });
  const isEngine = plugins.length > 0;
  const properties = () => ({ regex: new RegExp(`^(${privateNames(join(root, "src")).join("|")})$`) });
  const mangle: MinifyOptions["mangle"] = isEngine ? { properties: properties() } : true;
  // As in scripts/build.ts: what computes is not merged into functions that are too long to be inlined.
  const compress: MinifyOptions["compress"] = isEngine
    ? { passes: 2, inline: 0 }
    : { passes: 3, unsafe_arrows: true, hoist_props: true };
  const format = { comments: false, inline_script: true };
  const { code } = await minify(outputFiles![0].text, {
    ecma: 2020,
    compress,
    mangle,
    format,
  });
  return code!;
}

/** Text that may stand between the tags of an element. */
function inside(text: string, tag: string): string {
  if (text.includes(`</${tag}`) || text.includes("<!--"))
    throw new Error(`page: a text must not end its <${tag}>, got one that does.`);
  return text;
}

const hashOf = (script: string) => `'sha256-${createHash("sha256").update(script).digest("base64")}'`;

/** What the page may do: run its own script, compile WebAssembly, start threads from what it holds. It may connect to nothing. */
const policyOf = (script: string) =>
  [
    "default-src 'none'",
    `script-src ${hashOf(script)} 'wasm-unsafe-eval'`,
    "style-src 'unsafe-inline'",
    "img-src data: blob:",
    "worker-src blob:",
    "connect-src 'none'",
    "form-action 'none'",
    "base-uri 'none'",
  ].join("; ");

/** The file's text. */
export async function makePage(): Promise<string> {
  const [script, engine, unpacker] = await Promise.all([
    bundle("app/main.tsx"),
    bundle("engine/engine.ts", [library, leftOut, licences]),
    bundle("pack/unpacker.ts"),
  ]);
  const { code: style } = await transform(readFileSync(source("style.css"), "utf8"), { loader: "css", minify: true });
  const parts: Record<string, string> = {
    policy: policyOf(inside(script, "script")),
    style: inside(style, "style").trim(),
    engine: Buffer.from(pack(Buffer.from(engine))).toString("base64"),
    unpacker: inside(unpacker, "script"),
    script,
  };
  return readFileSync(source("page.html"), "utf8").replace(/\{\{(\w+)\}\}/g, (_, name: string) => parts[name]);
}

/** Writes the file. */
export async function writePage(file = PAGE): Promise<string> {
  const page = await makePage();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, page);
  return page;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = await writePage(process.argv[2]);
  const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} KB`;
  console.log(
    `${process.argv[2] ?? PAGE}: ${kilobytes(Buffer.byteLength(page))}, ${kilobytes(gzipSync(page, { level: 9 }).length)} gzipped`,
  );
}

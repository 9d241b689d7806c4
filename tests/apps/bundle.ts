/** The four bundlers as strangers use them: what to build, for what, where to. Not a word about WebAssembly. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import * as esbuild from "esbuild";
import { rollup } from "rollup";
import * as vite from "vite";
import webpack from "webpack";
import type { Built } from "./run.js";

/** A page's script, a service worker (one script that imports nothing), or a script for Node. */
export type Form = "page" | "service worker" | "node";

/**
 * Builds an app of a folder. Workers that a page starts are named where a bundler does not find them itself.
 * @throws Error for a warning too: a stranger must not see any
 */
export type Bundler = (folder: string, form: Form, app: string, ...workers: string[]) => Promise<Built>;

let count = 0;
const output = (folder: string, app: string) => join(folder, "built", `${++count}-${app}`);

/** How the bundlers that write modules have theirs started. */
const KINDS = { page: "module", "service worker": "service worker", node: "node" } as const;

const withEsbuild: Bundler = async (folder, form, ...apps) => {
  const outdir = output(folder, apps[0]);
  const { warnings } = await esbuild.build({
    entryPoints: apps.map((app) => join(folder, `${app}.js`)),
    outdir,
    bundle: true,
    minify: true,
    platform: form === "node" ? "node" : "browser",
    format: form === "service worker" ? "iife" : "esm",
    logLevel: "silent",
  });
  if (warnings.length > 0) throw new Error(warnings.map(({ text }) => text).join("\n"));
  return { folder: outdir, file: `${apps[0]}.js`, kind: KINDS[form] };
};

const withRollup: Bundler = async (folder, form, ...apps) => {
  const dir = output(folder, apps[0]);
  for (const app of apps) {
    const bundle = await rollup({
      input: join(folder, `${app}.js`),
      plugins: [nodeResolve()],
      onwarn: ({ message }) => {
        throw new Error(message);
      },
    });
    // A script cannot be in pieces.
    const isScript = form === "service worker";
    await bundle.write(isScript ? { dir, format: "iife", inlineDynamicImports: true } : { dir, format: "es" });
    await bundle.close();
  }
  return { folder: dir, file: `${apps[0]}.js`, kind: KINDS[form] };
};

const withWebpack: Bundler = async (folder, form, app) => {
  const path = output(folder, app);
  const file = form === "node" ? "main.cjs" : "main.js";
  const compiler = webpack({
    mode: "production",
    context: folder,
    entry: `./${app}.js`,
    target: { page: "web", "service worker": "webworker", node: "node" }[form],
    // A service worker is one script: once installed, it may load no other.
    output: { path, filename: file, ...(form === "service worker" && { asyncChunks: false }) },
  })!;
  await new Promise<void>((resolve, reject) =>
    compiler.run((error, stats) => {
      if (error || stats!.hasErrors() || stats!.hasWarnings()) reject(error ?? new Error(stats!.toString("minimal")));
      else compiler.close(() => resolve());
    }),
  );
  return { folder: path, file, kind: form === "page" ? "classic" : form };
};

const withVite: Bundler = async (folder, form, app) => {
  const outDir = output(folder, app);
  const script = join(folder, `${app}.js`);
  const html = join(folder, `${app}.html`);
  writeFileSync(html, `<!doctype html><script type="module" src="./${app}.js"></script>`);
  const build = {
    page: { rollupOptions: { input: html } },
    "service worker": { lib: { entry: script, formats: ["iife" as const], name: "app", fileName: () => `${app}.js` } },
    node: { ssr: script },
  }[form];
  const warnings: string[] = [];
  const customLogger = vite.createLogger("warn");
  customLogger.warn = (message) => void warnings.push(message);
  customLogger.warnOnce = customLogger.warn;
  await vite.build({
    root: folder,
    configFile: false,
    logLevel: "warn",
    customLogger,
    build: { outDir, ...build },
    // By itself a build for Node leaves packages where they are.
    ssr: { noExternal: true },
  });
  if (warnings.length > 0) throw new Error(warnings.join("\n"));
  if (form !== "page") return { folder: outDir, file: `${app}.js`, kind: form };
  const [, file] = /<script type="module"[^>]* src="\/([^"]+)"/.exec(
    readFileSync(join(outDir, `${app}.html`), "utf8"),
  )!;
  return { folder: outDir, file, kind: "module" };
};

export const BUNDLERS: Readonly<Record<string, Bundler>> = {
  Vite: withVite,
  webpack: withWebpack,
  esbuild: withEsbuild,
  Rollup: withRollup,
};

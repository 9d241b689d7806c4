/** What of the types is published: files that an entry leads to, and comments where somebody can see them. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The names that a file imports or passes on, by the file that has them. */
function references(file: string, text: string): { names: string; from: string; isPassedOn: boolean }[] {
  const found = text.matchAll(/(import|export) (?:type )?(\{[^}]*\}|\*(?: as \w+)?) from ?"(\.[^"]+)\.js"/g);
  return [...found].map(([, verb, names, path]) => ({ names, from: join(dirname(file), `${path}.d.ts`), isPassedOn: verb === "export" })); // biome-ignore format: one line
}

/** Whether one of the names is what a class or a type of the file is made of: editors show its comments there. */
function isBuiltOn(text: string, names: string): boolean {
  const own = [...names.matchAll(/(\w+)(?:,|\s*\})/g)].map(([, name]) => name);
  const uses = [...text.matchAll(/extends[^{]*|^export (?:declare )?type [^;]*/gm)].map(([use]) => use);
  return own.some((name) => uses.some((use) => new RegExp(`\\b${name}\\b`).test(use)));
}

/** Without what is said of private members and of files, which no editor shows, and with a tab for four spaces: types are a quarter of the package. */
function lighter(text: string): string {
  const open = text
    .replace(/\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*(?=private )/g, "")
    .replace(/^\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*(?=import |export (?:type )?[{*]|\/\*\*)/, "");
  return open.replace(/^(?: {4})+/gm, (spaces) => "\t".repeat(spaces.length / 4));
}

/**
 * Removes the types that no entry leads to, and the comments of those that are there for types of others alone.
 * @param entries files of the folder that programs import, without their ending
 */
export function pruneTypes(folder: string, entries: readonly string[]): void {
  const kept = new Map<string, string>();
  const keep = (file: string) => {
    if (kept.has(file)) return;
    const text = readFileSync(file, "utf8");
    kept.set(file, text);
    for (const [, path] of text.matchAll(/(?:from|import|import\() ?"(\.[^"]+)\.js"/g)) {
      keep(join(dirname(file), `${path}.d.ts`));
    }
  };
  for (const entry of entries) keep(join(folder, `${entry}.d.ts`));
  const seen = new Set(entries.map((entry) => join(folder, `${entry}.d.ts`)));
  for (const [file, text] of kept) {
    for (const { names, from, isPassedOn } of references(file, text)) {
      if (isPassedOn || isBuiltOn(text, names)) seen.add(from);
    }
  }
  for (const path of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    const file = join(folder, path);
    if (!file.endsWith(".d.ts")) continue;
    const text = kept.get(file);
    if (text === undefined) rmSync(file);
    else writeFileSync(file, lighter(seen.has(file) ? text : text.replace(/\/\*\*[\s\S]*?\*\/\s*/g, "")));
  }
}

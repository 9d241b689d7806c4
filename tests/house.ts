/** The sources as text: which files there are, what each imports, how long it and its functions are. */
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import ts from "typescript";

export const root = new URL("../", import.meta.url);
export const read = (path: string) => readFileSync(new URL(path, root), "utf8");

/** The TypeScript files under a folder, by their path in it, without their ending. */
export function modules(folder: string): string[] {
  return readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.slice(0, -3));
}

/** What a file imports, types too: files of the folder by their path in it, packages by their name. */
export function imports(folder: string, module: string): string[] {
  // Examples in docstrings import too.
  const source = read(`${folder}/${module}.ts`).replace(/\/\*[\s\S]*?\*\//g, "");
  return [...source.matchAll(/(?:from\s+|import\s+|import\()"([^"]+)"/g)].map(([, path]) =>
    path.startsWith(".") ? posix.join(posix.dirname(module), path).replace(/\.(js|ts)$/, "") : path,
  );
}

/** Every import among the files of a folder, by the file that imports. */
export function importGraph(folder: string): Map<string, string[]> {
  const files = modules(folder);
  return new Map(files.map((file) => [file, imports(folder, file).filter((name) => files.includes(name))]));
}

/** The folder that a file lies in; "" for one that lies flat. */
export const roomOf = (file: string): string => (file.includes("/") ? posix.dirname(file) : "");

/** Which other rooms the files of each room import from. */
export function roomTable(graph: ReadonlyMap<string, readonly string[]>): Record<string, string[]> {
  const table: Record<string, Set<string>> = {};
  for (const [file, names] of graph) {
    const room = roomOf(file);
    table[room] ??= new Set();
    for (const name of names) if (roomOf(name) !== room) table[room].add(roomOf(name));
  }
  return Object.fromEntries(Object.entries(table).map(([room, rooms]) => [room, [...rooms].sort()]));
}

/** The longest way along imports, file after file; a cycle is refused. */
export function longestChain(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const known = new Map<string, string[]>();
  const under = new Set<string>();
  const from = (file: string): string[] => {
    const before = known.get(file);
    if (before) return before;
    if (under.has(file)) throw new Error(`A cycle of imports: ${[...under, file].join(" -> ")}.`);
    under.add(file);
    let longest: string[] = [];
    for (const name of graph.get(file) ?? []) {
      const chain = from(name);
      if (chain.length > longest.length) longest = chain;
    }
    under.delete(file);
    known.set(file, [file, ...longest]);
    return [file, ...longest];
  };
  return [...graph.keys()].map(from).reduce((a, b) => (b.length > a.length ? b : a));
}

/** Files and functions longer than so many lines, as "file: lines" and "file, function: lines". */
export function tooLong(path: string, lines: { file: number; function: number }): string[] {
  const text = read(path);
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const count = text.split("\n").length - 1;
  if (count > lines.file) found.push(`${path}: ${count}`);
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && "body" in node && node.body) {
      const line = (at: number) => source.getLineAndCharacterOfPosition(at).line;
      const length = line(node.end) - line(node.getStart(source)) + 1;
      const name = node.name?.getText(source) ?? "constructor";
      if (length > lines.function) found.push(`${path}, ${name}: ${length}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

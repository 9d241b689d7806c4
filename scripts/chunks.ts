/** Which script each module of the library goes to. */
import { basename, dirname, join } from "node:path";

/** Scripts that are loaded when they are first needed, of files that lie beside those of other scripts. */
const LATER = {
  extra: ["extra"],
  curves: ["curves", "normalizers"],
  "worker-script": ["worker-deflated"],
  // What wasmlp/worker and wasmlp/pool have in common.
  talk: ["conversation", "messages", "packed", "pieces", "receive-state", "row-slices", "tell-error", "thread"],
  // What wasmlp/study and searches of tables have in common.
  sampling: ["samplers", "parzen", "space"],
  lbfgs: ["lbfgs-iterations", "full-batch", "line-search"],
};

/** The folders whose files are loaded later, all but those that the library is made of. */
const LATER_FOLDERS: Readonly<Record<string, string>> = {
  file: "read-files",
  train: "fit",
  net: "fit",
  table: "learning",
};

/**
 * Which script each module goes to. Some bundlers keep or leave out whole files: what an application of MLP and Dataset needs at once
 * lies in one, and what only others need lies elsewhere.
 */
export function planChunks(root: string, modules: readonly string[], importsOf: (id: string) => readonly string[]) {
  const reach = (id: string, seen: Set<string>): Set<string> => {
    if (seen.has(id)) return seen;
    seen.add(id);
    for (const next of importsOf(id)) reach(next, seen);
    return seen;
  };
  const reachedFrom = (names: readonly string[]) =>
    names.reduce((seen, name) => reach(join(root, `src/${name}.ts`), seen), new Set<string>());
  const models = reachedFrom(["model/mlp", "data/dataset", "core/inflate"]);
  const library = reachedFrom(["library"]);
  const tables = modules.filter((id) => basename(dirname(id)) === "table");
  const learning = tables.filter((id) => !library.has(id)).reduce((seen, id) => reach(id, seen), new Set<string>());
  return (id: string): string | undefined => {
    const [folder, name] = [basename(dirname(id)), basename(id, ".ts")];
    if (["inline", "core-deflated"].includes(name)) return "inline";
    if (models.has(id)) return "model";
    if (library.has(id)) return folder !== "table" ? "library" : learning.has(id) ? "table-parts" : "tables";
    for (const [later, names] of Object.entries(LATER)) if (names.includes(name)) return later;
    return LATER_FOLDERS[folder];
  };
}

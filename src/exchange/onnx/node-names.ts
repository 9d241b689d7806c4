/** Names of a graph: what they stand for, and which of them its outputs need. */
import { show } from "../../ground/check.js";
import type { Node as StoredNode } from "./onnx_pb.js";
import { refuse } from "./refusal.js";
import type { Value } from "./values.js";

/** What each name stands for: each is given once, and before it is used. Branches read those around them. */
export class Names {
  private readonly values = new Map<string, Value | undefined>();

  constructor(private readonly around?: Names) {}

  set(name: string, value: Value | undefined): void {
    if (name === "") refuse("name its values", "an empty name");
    if (this.values.has(name)) refuse("give each name once", `${show(name)} twice`);
    this.values.set(name, value);
  }

  has(name: string): boolean {
    return this.values.has(name) || (this.around?.has(name) ?? false);
  }

  /** What an input stands for: undefined where a function was not given it. */
  input(name: string, where: string): Value | undefined {
    if (!this.has(name)) refuse(`give ${show(name)} before ${where}`, "no such value there");
    return this.values.has(name) ? this.values.get(name) : this.around?.input(name, where);
  }

  get(name: string, where: string): Value {
    return this.input(name, where) ?? refuse(`give ${show(name)} before ${where}`, "no such value there");
  }
}

/** The nodes that the outputs need, and the names that those read: what else is there has no say. */
export function liveParts(
  stored: readonly StoredNode[],
  outputs: readonly string[],
  namesWithin: (node: StoredNode) => readonly string[],
): { nodes: StoredNode[]; needed: ReadonlySet<string> } {
  const needed = new Set(outputs);
  const made = new Set<string>();
  const nodes: StoredNode[] = [];
  // What a node reads comes before it.
  for (let i = stored.length - 1; i >= 0; i--) {
    const node = stored[i];
    for (const name of node.output) {
      if (name !== "" && made.has(name)) refuse("give each name once", `${show(name)} twice`);
      made.add(name);
    }
    if (!node.output.some((name) => name !== "" && needed.has(name))) continue;
    nodes.push(node);
    for (const name of node.input) needed.add(name);
    for (const name of namesWithin(node)) needed.add(name);
  }
  return { nodes: nodes.reverse(), needed };
}

/** What runs nodes, one after the other. */
export interface Running {
  run(stored: StoredNode, names: Names): void;
  /** Names that the branches of a node read, of those around it too. */
  namesWithin(node: StoredNode): readonly string[];
}

/** The layers of a Keras model, as TensorFlow.js and Keras save it: Sequential or Functional, models within models as their layers. */
import { field } from "../file/json.js";
import { isWalkable, show } from "../ground/check.js";
import { layerBefore, soleLayer } from "./keras-inbound.js";
import type { Refuse } from "./refuser.js";

export interface Layer {
  readonly name: string;
  readonly type: unknown;
  readonly config: unknown;
  /** What errors call it: `"dense_1" (Dense)`. */
  readonly label: string;
  /** The names of the models that it is in, the outermost not counted, and its own. */
  readonly path: readonly string[];
  /** Where a .keras file has its weights: "layers/dense_1". */
  readonly group: string;
  /** The shape of its rows, if it says so. */
  readonly rows: unknown;
}

interface Entry extends Layer {
  readonly inbound: unknown;
}

/** Models within models, and layers, that are looked at. */
const MOST_LEVELS = 8;
const MOST_LAYERS = 4096;

const MODELS = ["Sequential", "Model", "Functional"];

/** A model's layers one after the other, InputLayers left out, and the shape of its rows, the batch first. */
export interface Chain {
  readonly layers: readonly Layer[];
  readonly rows: unknown;
}

export function readChain(model: unknown, refuse: Refuse): Chain {
  const count = { layers: 0 };
  const type = field(model, "class_name");
  if (!MODELS.includes(type as string)) {
    refuse(
      "be Sequential, Model or Functional",
      typeof type === "string" ? show(type) : "none of these: a graph or weights alone, perhaps",
      { remedy: "Save the whole model, in the format of layers: model.save(...)." },
    );
  }
  const root = { path: [], group: "" };
  const chain = expand({ type, config: field(model, "config") }, root, refuse, count);
  const rows = chain[0].rows ?? rowsOf(model);
  if (!isWalkable(rows)) refuse(`say how many numbers a row has at ${chain[0].label}`, show(rows));
  return { layers: chain.filter((layer) => !isInput(layer)), rows };
}

const isInput = ({ type }: Layer) => type === "InputLayer";

/** The layers of a model within others, in the order in which rows pass. */
function expand(
  { type, config }: Pick<Layer, "type" | "config">,
  at: Pick<Layer, "path" | "group">,
  refuse: Refuse,
  count: { layers: number },
): Layer[] {
  const listed = isWalkable(config) ? config : field(config, "layers");
  if (!isWalkable(listed) || listed.length === 0) return refuse("hold a list of layers", show(listed));
  count.layers += listed.length;
  if (count.layers > MOST_LAYERS || at.path.length > MOST_LEVELS) {
    refuse(`have ${MOST_LAYERS} layers and ${MOST_LEVELS} models within each other at most`, "more");
  }
  const entries = readEntries(listed, at, refuse);
  const ordered = type === "Sequential" ? entries : follow(entries, config, refuse);
  const late = ordered.slice(1).find(isInput);
  if (late) refuse("begin with its InputLayer", `${late.label} later`);
  return ordered.flatMap((entry) =>
    MODELS.includes(entry.type as string) ? expand(entry, entry, refuse, count) : [entry],
  );
}

function readEntries(listed: readonly unknown[], at: Pick<Layer, "path" | "group">, refuse: Refuse): Entry[] {
  const counts = new Map<string, number>();
  const names = new Set<string>();
  return [...listed].map((entry) => {
    const [type, config, inbound] = ["class_name", "config", "inbound_nodes"].map((key) => field(entry, key));
    const [name, alias] = [field(config, "name"), field(entry, "name")];
    if (typeof name !== "string") return refuse("give each layer a config with a name", show(name));
    if (alias !== undefined && alias !== name) refuse(`call ${show(name)} by one name`, show(alias));
    if (names.has(name)) refuse("name each layer once", show(name));
    names.add(name);
    const label = `${show(name)} (${typeof type === "string" ? show(type).slice(1, -1) : show(type)})`;
    const kind = snake(type);
    const earlier = counts.get(kind) ?? 0;
    counts.set(kind, earlier + 1);
    const group = `${at.group}layers/${kind}${earlier > 0 ? `_${earlier}` : ""}/`;
    return { name, type, config, inbound, label, path: [...at.path, name], group, rows: rowsOf(entry) };
  });
}

/** A class's name as Keras 3 names its groups: "batch_normalization". */
function snake(type: unknown): string {
  return String(typeof type === "string" ? type.slice(0, 99) : "")
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}

/** Keras 3 says batch_shape; a model that its first rows built has no shape but that of the whole. */
function rowsOf(entry: unknown): unknown {
  const config = field(entry, "config");
  const shapes = ["batch_input_shape", "batch_shape", "build_input_shape"].map((key) => field(config, key));
  return [...shapes, field(field(entry, "build_config"), "input_shape")].find(isWalkable);
}

/** The layers of a Functional model from its input to its output, each telling which is before it. */
function follow(entries: readonly Entry[], config: unknown, refuse: Refuse): Entry[] {
  soleLayer(field(config, "input_layers"), "input", refuse);
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const chain: Entry[] = [];
  const seen = new Set<string>();
  let name: string | undefined = soleLayer(field(config, "output_layers"), "output", refuse);
  while (name !== undefined) {
    const entry = byName.get(name);
    if (!entry || seen.has(name)) {
      return refuse("be a chain of layers", `${show(name)}, which is ${entry ? "before itself" : "none of them"}`);
    }
    seen.add(name);
    chain.push(entry);
    name = layerBefore(entry.inbound, entry.label, refuse);
  }
  return chain.reverse();
}

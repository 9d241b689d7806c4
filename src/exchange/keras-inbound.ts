/** What layer of a Functional model follows which: the two forms in which Keras says so. */
import { field, isRecord } from "../file/json.js";
import { isWalkable, show } from "../ground/check.js";
import type { Refuse } from "./refuser.js";

const BRANCHES =
  "A network here is one chain of layers: save a model of the layers that are one, or run this one in its own library.";

/** How a layer is called: by which layers' outputs, and with options that are no tensors. */
interface Call {
  readonly from: readonly unknown[];
  readonly options: readonly string[];
}

/** So deep do lists of tensors nest. */
const DEPTH = 6;

/** Keras 2: [["dense_1", 0, 0, {}], ...], a tensor each. Keras 3: { args, kwargs }, tensors being objects with a history. */
function readCall(node: unknown): Call {
  if (isWalkable(node)) {
    const options = node.flatMap((link) => optionsOf(isWalkable(link) ? link[3] : undefined));
    return { from: node.map((link) => (isWalkable(link) ? link[0] : undefined)), options };
  }
  const from: unknown[] = [];
  collect(field(node, "args"), from, 0);
  const kwargs = field(node, "kwargs");
  const before = from.length;
  collect(isRecord(kwargs) ? Object.values(kwargs) : undefined, from, 0);
  return { from, options: from.length > before ? [] : optionsOf(kwargs) };
}

function optionsOf(kwargs: unknown): string[] {
  const isSet = (value: unknown) => value !== null && value !== undefined && value !== false;
  return isRecord(kwargs) ? Object.keys(kwargs).filter((name) => isSet(field(kwargs, name))) : [];
}

/** The names in the histories of tensors. */
function collect(value: unknown, found: unknown[], depth: number): void {
  if (found.length > 99 || depth > DEPTH) return;
  if (isWalkable(value)) for (const item of value) collect(item, found, depth + 1);
  else if (field(value, "class_name") === "__keras_tensor__") {
    const history = field(field(value, "config"), "keras_history");
    found.push(isWalkable(history) ? history[0] : undefined);
  }
}

/**
 * The name of the layer before a layer; undefined if there is none.
 * @throws Error if there are several, if it is called more than once, or with options such as `training: true`
 */
export function layerBefore(inbound: unknown, label: string, refuse: Refuse): string | undefined {
  if (!isWalkable(inbound) || inbound.length > 1) {
    const got = isWalkable(inbound) ? `${label}, which is used ${inbound.length} times` : show(inbound);
    return refuse("be a chain of layers", got, { remedy: BRANCHES });
  }
  if (inbound.length === 0) return undefined;
  const { from, options } = readCall(inbound[0]);
  if (from.length > 1) {
    refuse("be a chain of layers", `${label}, which joins ${from.length}: ${show(from)}`, { remedy: BRANCHES });
  }
  // A Dropout called with training: true drops when the model predicts, too.
  if (options.length > 0) refuse(`call ${label} without options`, show(options[0]));
  const [name] = from;
  return typeof name === "string" ? name : refuse(`say which layer ${label} follows`, show(name));
}

/** The one layer that a Functional model begins or ends with: ["dense", 0, 0], or a list of one such. */
export function soleLayer(list: unknown, what: "input" | "output", refuse: Refuse): string {
  const links = isWalkable(list) && typeof list[0] !== "string" ? list : [list];
  const [link] = links;
  const name = isWalkable(link) ? link[0] : undefined;
  if (links.length === 1 && typeof name === "string") return name;
  const names = links.map((each) => (isWalkable(each) ? each[0] : each));
  const remedy =
    what === "output"
      ? "Make a model of one of them and save that: Model(model.input, model.outputs[0])."
      : "Join them to one row before the model.";
  return refuse(`have one ${what}`, show(names), { remedy });
}

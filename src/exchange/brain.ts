/**
 * Networks of brain.js, as its NeuralNetwork's toJSON() writes them. Since 2.0.0-beta.6 each layer after the first lists
 * `biases` and, one row per node, `weights`; `inputLookup` and `outputLookup` number the names of inputs and outputs. From 0.7 to
 * 2.0.0-beta.2 a layer is an object of its nodes by name or number, each with `bias` and `weights` by the names before it.
 */

import { field, isRecord, readJson } from "../file/json.js";
import { isWalkable, show } from "../ground/check.js";
import { MLP } from "../model/mlp.js";
import type { LayerParametersLike } from "../net/layer-views.js";

/** The result of {@link fromBrain}. */
export interface BrainNetwork {
  readonly net: MLP<"sigmoid">;
  /** The names of the inputs in the order of `net`'s rows, if the network was trained on objects. */
  readonly inputs?: readonly string[];
  /** The names of the outputs in their order, if the network was trained on objects. */
  readonly outputs?: readonly string[];
}

interface Node {
  readonly bias: unknown;
  readonly weights: readonly unknown[];
}

/** Layers after the first as lists of nodes. */
interface Layers extends Pick<BrainNetwork, "inputs" | "outputs"> {
  readonly width: number;
  readonly layers: readonly (readonly Node[])[];
}

/**
 * Converts a brain.js NeuralNetwork (or NeuralNetworkGPU) with sigmoid activation, its default, to an MLP. brain.js applies
 * its one activation to all layers, the last one too, and of those only sigmoid is an output here.
 * The names of inputs and outputs are returned beside the model, which takes rows of numbers: a row is
 * `inputs.map((name) => object[name] ?? 0)`, as brain.js fills it.
 * @param network what `toJSON()` gave, as an object or as text
 * @throws TypeError if `network` is neither, Error if it is damaged or an MLP would not compute what it does
 * @example
 * const { net, inputs, outputs } = await fromBrain(brainNet.toJSON());
 * const colour: Record<string, number> = { r: 1, g: 0.4 };
 * net.predictProba([(inputs ?? []).map((name) => colour[name] ?? 0)]); // one number for each of `outputs`
 */
export async function fromBrain(network: object | string): Promise<BrainNetwork> {
  const data = readNetwork(network);
  checkKind(data);
  const lists = list(field(data, "layers"));
  if (!lists || lists.length < 2) return refuse("hold two layers at least", show(field(data, "layers")));
  const isListed = lists.slice(1).every((layer) => Array.isArray(field(layer, "biases")));
  const { width, layers, inputs, outputs } = isListed ? readLists(data, lists) : readNodes(data, lists);
  const sizes = [width, ...layers.map(({ length }) => length)];
  const given = field(data, "sizes") ?? sizes;
  if (!Array.isArray(given) || given.length !== sizes.length || given.some((size, l) => size !== sizes[l])) {
    refuse(`have layers of its sizes ${show(given)}`, show(sizes));
  }
  const parameters = layers.map((nodes, l) => toParameters(nodes, sizes[l], l + 1));
  // These weights are replaced: the quickest to draw will do.
  const net = await MLP.create({ layers: sizes, activation: "sigmoid", output: "sigmoid", init: "he-uniform" });
  net.setParameters(parameters);
  return { net, ...(inputs && { inputs }), ...(outputs && { outputs }) };
}

function refuse(what: string, got: string, cause?: unknown): never {
  throw new Error(`fromBrain: the network must ${what}, got ${got}.`, cause === undefined ? undefined : { cause });
}

/** An array's items, undefined where it has holes: those are passed over by `every` and `map`. */
function list(value: unknown): unknown[] | undefined {
  return isWalkable(value) ? [...value] : undefined;
}

function readNetwork(network: unknown): unknown {
  if (isRecord(network) && !ArrayBuffer.isView(network)) return network;
  if (typeof network !== "string") {
    throw new TypeError(`fromBrain: the network must be what toJSON() gave, or its text, got ${show(network)}.`);
  }
  return readJson(network, (got, cause) => refuse("be JSON", got, cause));
}

function checkKind(data: unknown): void {
  const type = field(data, "type") ?? "NeuralNetwork";
  if (type !== "NeuralNetwork" && type !== "NeuralNetworkGPU") refuse("be a NeuralNetwork", show(type));
  for (const holder of [data, field(data, "trainOpts")]) {
    const activation = field(holder, "activation") ?? "sigmoid";
    if (activation !== "sigmoid") {
      refuse(
        "have the activation sigmoid, since brain.js applies it to the outputs too and an MLP has softmax, sigmoid or linear there",
        show(activation),
      );
    }
  }
}

function readLists(data: unknown, lists: readonly unknown[]): Layers {
  const layers = lists.slice(1).map((layer, l) => {
    const [biases, rows] = [list(field(layer, "biases")) ?? [], list(field(layer, "weights"))];
    if (rows?.length === biases.length && rows.every(Array.isArray)) {
      return biases.map((bias, node) => ({ bias, weights: rows[node] as unknown[] }));
    }
    return refuse(`hold ${biases.length} lists of weights in layer ${l + 1}`, show(rows));
  });
  const width = layers[0][0]?.weights.length ?? 0;
  const inputs = readLookup(field(data, "inputLookup"), "inputLookup", width);
  const outputs = readLookup(field(data, "outputLookup"), "outputLookup", layers[layers.length - 1].length);
  return { width, layers, inputs, outputs };
}

/** The names of a lookup, { name: index }, by index. */
function readLookup(lookup: unknown, name: string, count: number): string[] | undefined {
  if (lookup === undefined || lookup === null) return undefined;
  if (!isRecord(lookup)) return refuse(`hold an object or null as ${name}`, show(lookup));
  const entries = Object.entries(lookup);
  const byIndex = new Map(entries.map(([key, index]) => [index, key]));
  const names = Array.from({ length: count }, (_, i) => byIndex.get(i));
  if (entries.length === count && !names.includes(undefined)) return names as string[];
  return refuse(`number ${count} names from 0 in ${name}`, show(entries.map(([, index]) => index)));
}

function readNodes(data: unknown, lists: readonly unknown[]): Layers {
  const names = lists.map((layer, l) => {
    return isRecord(layer) ? Object.keys(layer) : refuse(`hold an object of nodes as layer ${l}`, show(layer));
  });
  const layers = names.slice(1).map((nodes, l) =>
    nodes.map((name) => {
      const [node, before] = [field(lists[l + 1], name), names[l]];
      const weights = field(node, "weights");
      if (!isRecord(weights) || Object.keys(weights).length !== before.length) {
        return refuse(`hold ${before.length} weights at node ${show(name)} of layer ${l + 1}`, show(weights));
      }
      return { bias: field(node, "bias"), weights: before.map((key) => field(weights, key)) };
    }),
  );
  // The flags say whether the names are the user's; before there were flags, any that are no numbers were.
  const named = (keys: string[], flag: string) =>
    field(data, flag) === true || keys.some((key, i) => key !== `${i}`) ? keys : undefined;
  const [inputs, outputs] = [named(names[0], "inputLookup"), named(names[names.length - 1], "outputLookup")];
  return { width: names[0].length, layers, inputs, outputs };
}

/** Weights become [inputs, outputs], row-major: brain.js keeps a row of inputs for each node. */
function toParameters(nodes: readonly Node[], inputs: number, layer: number): LayerParametersLike {
  if (inputs === 0 || nodes.length === 0)
    refuse("have nodes in every layer", `none in layer ${inputs ? layer : layer - 1}`);
  const odd = nodes.find(({ weights }) => weights.length !== inputs);
  if (odd) refuse(`hold ${inputs} weights at each node of layer ${layer}`, `${odd.weights.length}`);
  const read = (value: unknown) => {
    if (typeof value === "number" && Number.isFinite(Math.fround(value))) return value;
    return refuse(`hold finite numbers in layer ${layer}`, show(value));
  };
  const weights = new Float32Array(inputs * nodes.length);
  nodes.forEach((node, o) => {
    for (let i = 0; i < inputs; i++) weights[i * nodes.length + o] = read(node.weights[i]);
  });
  return { weights, biases: nodes.map(({ bias }) => read(bias)) };
}

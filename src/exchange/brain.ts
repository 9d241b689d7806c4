/**
 * Networks of brain.js, as its NeuralNetwork's toJSON() writes them. Since 2.0.0-beta.6 each layer after the first lists
 * `biases` and, one row per node, `weights`; `inputLookup` and `outputLookup` number the names of inputs and outputs. From 0.7 to
 * 2.0.0-beta.2 a layer is an object of its nodes by name or number, each with `bias` and `weights` by the names before it.
 */

import { field, isRecord, readJson } from "../file/json.js";
import { checkOptions, isWalkable, show } from "../ground/check.js";
import { MLP } from "../model/mlp.js";
import type { Activation } from "../net/activations.js";
import type { LayerParametersLike } from "../net/layer-views.js";

/** The result of {@link fromBrain}. */
export interface BrainNetwork {
  readonly net: MLP;
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
  readonly isOlder: boolean;
  readonly width: number;
  readonly layers: readonly (readonly Node[])[];
}

/** What {@link fromBrain} takes. */
export interface BrainOptions {
  /** The key of the network in a file that holds several: `"xor"`. */
  key?: string;
}

/** What a network's one activation is here, and what its sums are multiplied by first. */
interface Applied {
  readonly activation: Activation;
  readonly factor: number;
}

/**
 * Converts a brain.js NeuralNetwork (or NeuralNetworkGPU) to an MLP. Its one activation is that of all layers, as it is there, the last one
 * too: sigmoid (the default), relu, leaky-relu or tanh; of files of before 2.0.0-beta.6 leaky-relu is `alpha · max(0, x)`, which is what those
 * versions compute.
 * The names of inputs and outputs are returned beside the model, which takes rows of numbers: a row is
 * `inputs.map((name) => object[name] ?? 0)`, as brain.js fills it.
 * @param network what `toJSON()` gave, as an object or as text
 * @param options `key` of one network of several
 * @throws TypeError if `network` is neither, Error if it is damaged or an MLP would not compute what it does
 * @example
 * const { net, inputs, outputs } = await fromBrain(brainNet.toJSON());
 * const colour: Record<string, number> = { r: 1, g: 0.4 };
 * net.predictProba([(inputs ?? []).map((name) => colour[name] ?? 0)]); // one number for each of `outputs`
 */
export async function fromBrain(network: object | string, options: BrainOptions = {}): Promise<BrainNetwork> {
  checkOptions("fromBrain", options, ["key"]);
  const { key } = options;
  if (key !== undefined && typeof key !== "string") {
    throw new TypeError(`fromBrain: key must be text, got ${show(key)}.`);
  }
  const data = chooseNetwork(readNetwork(network), key);
  const lists = list(field(data, "layers"));
  if (!lists || lists.length < 2) return refuse("hold two layers at least", show(field(data, "layers")));
  const isListed = lists.slice(1).every((layer) => Array.isArray(field(layer, "biases")));
  const { width, layers, inputs, outputs, isOlder } = isListed ? readLists(data, lists) : readNodes(data, lists);
  const { activation, factor } = readActivation(data, isOlder);
  const sizes = [width, ...layers.map(({ length }) => length)];
  const given = field(data, "sizes") ?? sizes;
  if (!Array.isArray(given) || given.length !== sizes.length || given.some((size, l) => size !== sizes[l])) {
    refuse(`have layers of its sizes ${show(given)}`, show(sizes));
  }
  const parameters = layers.map((nodes, l) => toParameters(nodes, sizes[l], l + 1, factor));
  const net = await makeNetwork(sizes, activation, parameters);
  return { net, ...(inputs && { inputs }), ...(outputs && { outputs }) };
}

/** An output has no number: where the activation has one, a layer follows that changes nothing. */
async function makeNetwork(
  sizes: readonly number[],
  activation: Activation,
  parameters: LayerParametersLike[],
): Promise<MLP> {
  // These weights are replaced: the quickest to draw will do.
  const init = "he-uniform";
  if (typeof activation === "string") {
    const net = await MLP.create({ layers: sizes, activation, output: activation as "sigmoid", init });
    net.setParameters(parameters);
    return net as unknown as MLP;
  }
  const outputs = sizes[sizes.length - 1];
  if (outputs > MOST_OUTPUTS) refuse(`have at most ${MOST_OUTPUTS} outputs with another slope than 0.01`, `${outputs}`);
  const weights = Float32Array.from({ length: outputs * outputs }, (_, i) => Number(i % (outputs + 1) === 0));
  const net = await MLP.create({ layers: [...sizes, outputs], activation, output: "linear", init });
  net.setParameters([...parameters, { weights, biases: new Float32Array(outputs) }]);
  return net as unknown as MLP;
}

const MOST_OUTPUTS = 512;

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

/** The network itself, or the one under a key of several. */
function chooseNetwork(data: unknown, key: string | undefined): unknown {
  const isNetwork = (value: unknown) => field(value, "layers") !== undefined;
  if (key === undefined) {
    const keys =
      isRecord(data) && !isNetwork(data) ? Object.keys(data).filter((each) => isNetwork(field(data, each))) : [];
    if (keys.length > 0) {
      throw new Error(`fromBrain: the network must be one, got those under ${show(keys)}. Pass one of them as key.`);
    }
    return checkKind(data);
  }
  const own = field(data, key);
  if (!isNetwork(own)) refuse(`lie under ${show(key)}`, isRecord(data) ? show(Object.keys(data)) : show(data));
  return checkKind(own);
}

function checkKind(data: unknown): unknown {
  const type = field(data, "type") ?? "NeuralNetwork";
  if (type !== "NeuralNetwork" && type !== "NeuralNetworkGPU") refuse("be a NeuralNetwork", show(type));
  return data;
}

/** What brain.js sets when it loads: what the training had, or else the options. */
function readActivation(data: unknown, isOlder: boolean): Applied {
  const holders = [data, field(data, "trainOpts"), field(data, "options")];
  const [own, trained, asked] = holders.map((holder) => field(holder, "activation") ?? undefined);
  if (own !== undefined && trained !== undefined && own !== trained)
    refuse("have one activation", show([own, trained]));
  const name = own ?? trained ?? asked ?? "sigmoid";
  if (name === "sigmoid" || name === "relu" || name === "tanh") return { activation: name, factor: 1 };
  if (name !== "leaky-relu") refuse("have the activation sigmoid, relu, leaky-relu or tanh", show(name));
  const [slope = 0.01] = holders.map((holder) => field(holder, "leakyReluAlpha")).filter((value) => value != null);
  if (typeof slope !== "number" || !(slope >= 0 && slope <= 1)) {
    return refuse("have a leakyReluAlpha from 0 to 1", show(slope));
  }
  if (isOlder) return { activation: "relu", factor: slope };
  return { activation: slope === 0.01 ? name : { "leaky-relu": slope }, factor: 1 };
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
  return { isOlder: false, width, layers, inputs, outputs };
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
  return { isOlder: true, width: names[0].length, layers, inputs, outputs };
}

/** Weights become [inputs, outputs], row-major: brain.js keeps a row of inputs for each node. */
function toParameters(nodes: readonly Node[], inputs: number, layer: number, factor: number): LayerParametersLike {
  if (inputs === 0 || nodes.length === 0)
    refuse("have nodes in every layer", `none in layer ${inputs ? layer : layer - 1}`);
  const odd = nodes.find(({ weights }) => weights.length !== inputs);
  if (odd) refuse(`hold ${inputs} weights at each node of layer ${layer}`, `${odd.weights.length}`);
  const read = (value: unknown) => {
    if (typeof value === "number" && Number.isFinite(Math.fround(value))) return factor * value;
    return refuse(`hold finite numbers in layer ${layer}`, show(value));
  };
  const weights = new Float32Array(inputs * nodes.length);
  nodes.forEach((node, o) => {
    for (let i = 0; i < inputs; i++) weights[i * nodes.length + o] = read(node.weights[i]);
  });
  return { weights, biases: nodes.map(({ bias }) => read(bias)) };
}

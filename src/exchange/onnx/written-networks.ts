/** Networks of a file of `toOnnx`: what src/exchange/onnx/write-models.ts wrote of each layer, read back. */
import { show } from "../../ground/check.js";
import type { Activation, ActivationName } from "../../net/activations.js";
import type { Normalization } from "../../net/design.js";
import type { LayerParameters } from "../../net/layer-views.js";
import { shortest } from "./numbers.js";
import type { Node as StoredNode } from "./onnx_pb.js";
import { refuse } from "./refusal.js";
import type { Tensor } from "./tensors.js";
import { WRITTEN_ACTIVATIONS } from "./write-activations.js";
import type { NetworkData } from "./write-models.js";
import { stemOf, WrittenNodes } from "./written-nodes.js";

/** A network with all its numbers in one list, as files and memory have them. */
export interface WrittenNetwork extends NetworkData {
  readonly sizes: readonly number[];
  readonly slab: Float32Array;
}

/** What a layer may hold, and where all of one kind lie in the slab: running means and variances come last. */
const TRAINED = ["weights", "biases", "gain", "shift"] as const;
const RUNNING = ["mean", "variance"] as const;
type Part = (typeof TRAINED)[number] | (typeof RUNNING)[number];

interface WrittenLayer {
  readonly tensors: { readonly [part in Part]?: Tensor | undefined };
  readonly inputs: number;
  readonly outputs: number;
  readonly normalization: Normalization;
  readonly activation: Activation;
}

/**
 * The networks that read the features, each from a Gemm of those to the next, ending in their sums.
 * @param nodes up to the last Gemm: what is made of the sums stands behind it
 */
export function readWrittenNetworks(
  nodes: readonly StoredNode[],
  features: string,
  constants: ReadonlyMap<string, Tensor>,
): WrittenNetwork[] | undefined {
  const starts = nodes.flatMap(({ opType }, i) => (opType === "Gemm" ? [i] : []));
  const members: WrittenLayer[][] = [];
  const seen = new Set<Tensor>();
  for (const [g, start] of starts.entries()) {
    const gemm = nodes[start];
    if (gemm.input[0] === features) members.push([]);
    const member = members.at(-1);
    const layer = member && readLayer(gemm, new WrittenNodes(nodes.slice(start, starts[g + 1]), constants));
    if (!layer || (member.length > 0 && member[member.length - 1].outputs !== layer.inputs)) return undefined;
    // Each constant is of one layer: together they are no larger than the file.
    for (const tensor of Object.values(layer.tensors)) {
      if (!tensor) continue;
      if (seen.has(tensor)) return undefined;
      seen.add(tensor);
    }
    member.push(layer);
  }
  return members.length === 0 ? undefined : members.map(networkOf);
}

function networkOf(layers: readonly WrittenLayer[]): WrittenNetwork {
  const hidden = layers.slice(0, -1);
  const parts = [TRAINED, RUNNING].flatMap((names) =>
    layers.flatMap(({ tensors }, l) => names.map((part) => ({ l, part, tensor: tensors[part] }))),
  );
  const slab = new Float32Array(parts.reduce((sum, { tensor }) => sum + (tensor?.count ?? 0), 0));
  const views: { [part in Part]?: Float32Array }[] = layers.map(() => ({}));
  let at = 0;
  for (const { l, part, tensor } of parts) {
    if (!tensor) continue;
    views[l][part] = slab.subarray(at, at + tensor.count);
    for (let i = 0; i < tensor.count; i++) slab[at++] = finite(tensor, i, part);
  }
  const parameters = layers.map(({ inputs, outputs }, l) => ({ ...views[l], inputs, outputs }) as LayerParameters);
  return {
    sizes: [layers[0].inputs, ...layers.map(({ outputs }) => outputs)],
    activation: hidden.map(({ activation }) => activation),
    output: "linear",
    parameters,
    normalizations: hidden.map(({ normalization }) => normalization),
    slab,
  };
}

function finite(tensor: Tensor, i: number, part: Part): number {
  const number = tensor.at(i);
  if (Number.isFinite(number) && !(part === "variance" && number < 0)) return number;
  return refuse(`hold finite ${part} in ${show(tensor.name)}, and no variance below 0`, `${number}`);
}

function readLayer(gemm: StoredNode, nodes: WrittenNodes): WrittenLayer | undefined {
  const [weights, biases] = [1, 2].map((i) => nodes.constants.get(gemm.input[i] ?? ""));
  if (weights?.dims.length !== 2 || weights.count === 0 || biases?.count !== weights.dims[1]) return undefined;
  const [inputs, outputs] = weights.dims;
  const prefix = stemOf(gemm.output[0] ?? "").replace(/\.sums$/, "");
  const normalization = normalizationOf(nodes);
  const own = (part: Part) => (normalization === "none" ? undefined : nodes.constant(`${prefix}.${part}`));
  const [gain, shift, mean, variance] = (["gain", "shift", ...RUNNING] as const).map(own);
  const tensors = { weights, biases, gain, shift, ...(normalization === "batch" && { mean, variance }) };
  const further = normalization === "none" ? [] : [gain, shift, ...(normalization === "batch" ? [mean, variance] : [])];
  if (further.some((tensor) => tensor?.count !== outputs)) return undefined;
  return { tensors, inputs, outputs, normalization, activation: activationOf(nodes) };
}

function normalizationOf({ all }: WrittenNodes): Normalization {
  const has = (...operators: string[]) => all.some(({ opType }) => operators.includes(opType));
  if (has("BatchNormalization")) return "batch";
  return has("LayerNormalization", "ReduceMean") ? "layer" : "none";
}

/** The last node is named after it, if there is one. */
function activationOf({ all }: WrittenNodes): Activation {
  const last = all[all.length - 1];
  const stem = stemOf(last.output[0] ?? "");
  const name = WRITTEN_ACTIVATIONS.find((known) => stem.slice(stem.lastIndexOf(".") + 1) === known) ?? "identity";
  const alpha = last.attribute.find((attribute) => attribute.name === "alpha")?.f;
  return alpha === undefined ? name : withNumber(name, shortest(alpha));
}

function withNumber(name: ActivationName, number: number): Activation {
  if (name === "leaky-relu") return number === 0.01 ? name : { "leaky-relu": number };
  return name === "elu" && number !== 1 ? { elu: number } : name;
}

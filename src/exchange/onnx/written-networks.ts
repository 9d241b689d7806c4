/** Networks of a file of `toOnnx`: what src/exchange/onnx/write-models.ts wrote of each layer, read back. */
import type { Activation, ActivationName } from "../../net/activations.js";
import type { Normalization } from "../../net/design.js";
import type { LayerParameters } from "../../net/layer-views.js";
import { shortest } from "./numbers.js";
import type { Node as StoredNode } from "./onnx_pb.js";
import type { Tensor } from "./tensors.js";
import { WRITTEN_ACTIVATIONS } from "./write-activations.js";
import type { NetworkData } from "./write-models.js";
import { stemOf, WrittenNodes } from "./written-nodes.js";

interface WrittenLayer {
  readonly parameters: LayerParameters;
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
): NetworkData[] | undefined {
  const starts = nodes.flatMap(({ opType }, i) => (opType === "Gemm" ? [i] : []));
  const members: WrittenLayer[][] = [];
  const seen = new Set<string>();
  for (const [g, start] of starts.entries()) {
    const gemm = nodes[start];
    if (gemm.input[0] === features) members.push([]);
    // Each constant is of one layer: together they are no larger than the file.
    for (const name of gemm.input.slice(1)) {
      if (seen.has(name)) return undefined;
      seen.add(name);
    }
    const member = members.at(-1);
    const layer = member && readLayer(gemm, new WrittenNodes(nodes.slice(start, starts[g + 1]), constants));
    if (!layer) return undefined;
    member.push(layer);
  }
  return members.length === 0 ? undefined : members.map(networkOf);
}

function networkOf(layers: readonly WrittenLayer[]): NetworkData {
  const hidden = layers.slice(0, -1);
  return {
    activation: hidden.map(({ activation }) => activation),
    output: "linear",
    parameters: layers.map(({ parameters }) => parameters),
    normalizations: hidden.map(({ normalization }) => normalization),
  };
}

function readLayer(gemm: StoredNode, nodes: WrittenNodes): WrittenLayer | undefined {
  const [weights, biases] = [1, 2].map((i) => nodes.constants.get(gemm.input[i] ?? ""));
  if (weights?.dims.length !== 2 || !biases || biases.count !== weights.dims[1]) return undefined;
  const [inputs, outputs] = weights.dims;
  const prefix = stemOf(gemm.output[0] ?? "").replace(/\.sums$/, "");
  const normalization = normalizationOf(nodes);
  const named = ["gain", "shift", "mean", "variance"] as const;
  const own = named.flatMap((name) => {
    const tensor = normalization === "none" ? undefined : nodes.constant(`${prefix}.${name}`);
    return tensor ? [[name, floatsOf(tensor)] as const] : [];
  });
  const numbers = { weights: floatsOf(weights), biases: floatsOf(biases), ...Object.fromEntries(own) };
  return { parameters: { ...numbers, inputs, outputs }, normalization, activation: activationOf(nodes) };
}

const floatsOf = (tensor: Tensor) => Float32Array.from({ length: tensor.count }, (_, i) => tensor.at(i));

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

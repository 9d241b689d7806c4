/** What a network has learned, layer by layer: views of its slab, copies, and what replaces them. */
import type { Layout } from "../core/layout.js";
import { flatten } from "../data/rows.js";
import { type Design, normalizationsOf } from "./design.js";
import type { LayerParameters, LayerParametersLike } from "./layers.js";

/** What a network has of it (src/net/network.ts). */
interface Learned {
  readonly design: Design;
  readonly layout: Layout;
  readonly learned: Float32Array;
}

/** The lists of a layer. */
type Lists = Omit<LayerParameters, "inputs" | "outputs">;

/**
 * Views of layer `l`'s weights [inputs, outputs] and biases [outputs], and of what normalises it, [outputs] each.
 * @param parameters others, in the order of the network's slab; running moments are the network's
 */
export function layerParameters(
  { layout, learned, design }: Learned,
  l: number,
  parameters: Float32Array = learned,
): Lists {
  const { w, b, inputs, outputs, norm } = layout.layers[l];
  const view = (address: number, count = outputs, slab = parameters) => {
    const at = (address - layout.params) / 4;
    return slab.subarray(at, at + count);
  };
  const own = { weights: view(w, inputs * outputs), biases: view(b) };
  if (!norm) return own;
  const trained = { ...own, gain: view(norm.gain), shift: view(norm.shift) };
  if (normalizationsOf(design)[l] !== "batch") return trained;
  return { ...trained, mean: view(norm.mean, outputs, learned), variance: view(norm.variance, outputs, learned) };
}

/** Copies of all parameters, or of others in their order, first layer first. */
export function copyParameters(network: Learned, parameters?: Float32Array): LayerParameters[] {
  return network.layout.layers.map(({ inputs, outputs }, l) => {
    const copies = Object.entries(layerParameters(network, l, parameters)).map(([name, view]) => [name, view.slice()]);
    return { ...Object.fromEntries(copies), inputs, outputs };
  });
}

/** Replaces layer `l`'s parameters, lists or lists of rows, which {@link checkParameters} has seen. */
export function setLayerParameters(network: Learned, l: number, given: LayerParametersLike): void {
  for (const [name, view] of Object.entries(layerParameters(network, l))) {
    view.set(flatten("setParameters", name, given[name as keyof LayerParametersLike]));
    if (name === "biases") dropNegativeZeros(view);
  }
}

/** Replaces all that was learned with what a file has, in the order of the slab. */
export function setLearned(network: Learned, learned: Float32Array): void {
  network.learned.set(learned);
  for (const l of network.layout.layers.keys()) dropNegativeZeros(layerParameters(network, l).biases);
}

/** A bias of -0 becomes +0, on which the sums of the sparse path rely. */
function dropNegativeZeros(biases: Float32Array): void {
  for (let j = 0; j < biases.length; j++) biases[j] += 0;
}

/** Of layers that are normalised: what leaves sums that have mean 0 and variance 1 as they are. */
export function startNormalizations(network: Learned): void {
  for (const l of network.layout.layers.keys()) {
    const { gain, variance } = layerParameters(network, l);
    gain?.fill(1);
    variance?.fill(1);
  }
}

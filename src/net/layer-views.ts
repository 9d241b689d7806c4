/** What a network has learned, layer by layer, as views of its slab. */
import type { Layout } from "../core/memory-map.js";
import { type Design, normalizationsOf } from "./design.js";

/** One layer's parameters as copies. */
export interface LayerParameters {
  /** [inputs, outputs], row-major. */
  weights: Float32Array;
  /** [outputs] */
  biases: Float32Array;
  /** Of layers that are normalised: what normalised sums are multiplied by, and what is added then, [outputs] each. */
  gain?: Float32Array;
  shift?: Float32Array;
  /** Of batch normalisation: the running mean and variance of the sums, [outputs] each. */
  mean?: Float32Array;
  variance?: Float32Array;
  inputs: number;
  outputs: number;
}

/** What {@link MLP.setParameters} takes for a layer: all that {@link MLP.parameters} gives of it but its sizes. */
export interface LayerParametersLike {
  weights: ArrayLike<number>;
  biases: ArrayLike<number>;
  gain?: ArrayLike<number>;
  shift?: ArrayLike<number>;
  mean?: ArrayLike<number>;
  /** >= 0. */
  variance?: ArrayLike<number>;
}

/** The lists of a layer. */
type Lists = Omit<LayerParameters, "inputs" | "outputs">;

/** What a network has of it (src/net/network.ts). */
export interface Learned {
  readonly design: Design;
  readonly layout: Layout;
  readonly learned: Float32Array;
  /** Called by whoever is about to use the memory. */
  readonly beforeUse: (() => void) | undefined;
  /** Counts what changes what is computed. */
  uses: number;
  /** 0 once parameters changed: see src/net/network.ts. */
  rowsSince: number;
}

/** Views of layer `l`'s weights [inputs, outputs] and biases [outputs], and of what normalises it, [outputs] each. */
export function layerParameters(
  { layout, learned, design }: Pick<Learned, "layout" | "learned" | "design">,
  l: number,
  of = learned,
  withMoments = true,
): Lists {
  const { w, b, inputs, outputs, norm } = layout.layers[l];
  const view = (address: number, count = outputs, from = of) => {
    const at = (address - layout.params) / 4;
    return from.subarray(at, at + count);
  };
  const own = { weights: view(w, inputs * outputs), biases: view(b) };
  if (!norm) return own;
  const trained = { ...own, gain: view(norm.gain), shift: view(norm.shift) };
  if (normalizationsOf(design)[l] !== "batch" || !withMoments) return trained;
  return { ...trained, mean: view(norm.mean, outputs, learned), variance: view(norm.variance, outputs, learned) };
}

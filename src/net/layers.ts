/** Layers as users give and get them: sizes, activations, parameters. */

import { checkFinite, flatten } from "../data/rows.js";
import { checkName, checkWhole, isWalkable, show } from "../ground/check.js";
import { ACTIVATIONS } from "./activations.js";

/** One layer's parameters as copies. */
export interface LayerParameters {
  /** [inputs, outputs], row-major. */
  weights: Float32Array;
  /** [outputs] */
  biases: Float32Array;
  inputs: number;
  outputs: number;
}

/** What {@link MLP.setParameters} takes for a layer. */
export interface LayerParametersLike {
  weights: ArrayLike<number>;
  biases: ArrayLike<number>;
}

export function checkLayers(call: string, layers: unknown): asserts layers is number[] {
  if (!Array.isArray(layers)) throw new TypeError(`${call}: layers must be an array, got ${show(layers)}.`);
  if (layers.length < 2) {
    throw new RangeError(`${call}: layers must name inputs and outputs at least, got ${show(layers)}.`);
  }
  for (let l = 0; l < layers.length; l++) checkWhole(call, `layers[${l}]`, layers[l], 1, 2 ** 30);
}

export function checkActivations(call: string, activation: unknown, hidden: number): void {
  if (!Array.isArray(activation)) {
    checkName(call, "activation", activation, ACTIVATIONS);
    return;
  }
  if (activation.length !== hidden) {
    throw new RangeError(
      `${call}: activation must name one for each of ${hidden} hidden layers, got ${show(activation)}.`,
    );
  }
  activation.forEach((own, l) => {
    checkName(call, `activation[${l}]`, own, ACTIVATIONS);
  });
}

/**
 * Refuses parameters that are not those of layers of these sizes.
 * @param sizes of the layers of the network
 */
export function checkParameters(
  call: string,
  layers: unknown,
  sizes: readonly { readonly inputs: number; readonly outputs: number }[],
): asserts layers is readonly LayerParametersLike[] {
  if (!Array.isArray(layers)) throw new TypeError(`${call}: layers must be an array, got ${show(layers)}.`);
  if (layers.length !== sizes.length) {
    throw new RangeError(`${call}: layers must be ${sizes.length} layers, got ${layers.length}.`);
  }
  sizes.forEach(({ inputs, outputs }, l) => {
    checkNumbers(call, `layers[${l}].weights`, layers[l]?.weights, inputs * outputs, outputs);
    checkNumbers(call, `layers[${l}].biases`, layers[l]?.biases, outputs, outputs);
  });
}

/** Copies of the lists, as far as they are any: what is read twice could say something else the second time. */
export function copyLists(layers: readonly LayerParametersLike[]): readonly LayerParametersLike[] {
  return eachOf(layers, (layer) => {
    const { weights, biases } = Object(layer) as LayerParametersLike;
    return { weights: eachOf(weights, eachOf), biases: eachOf(biases, eachOf) };
  });
}

function eachOf<L>(list: L, copy: (item: never) => unknown = (item) => item): L {
  return isWalkable(list) ? (list.map((item) => copy(item as never)) as L) : list;
}

function checkNumbers(call: string, name: string, values: unknown, count: number, width: number): void {
  const flat = flatten(call, name, values);
  if (flat.length !== count) throw new RangeError(`${call}: ${name} must hold ${count} numbers, got ${flat.length}.`);
  checkFinite(call, name, flat, width);
}

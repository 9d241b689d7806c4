/** A network's parameters as users get and give them: copies, and what replaces them. */
import { checkFinite, flatten } from "../data/rows.js";
import { isWalkable, show } from "../ground/check.js";
import { type Design, hasBias, NORMALIZATION_PARAMETERS, normalizationsOf } from "./design.js";
import { type LayerParameters, type LayerParametersLike, type Learned, layerParameters } from "./layer-views.js";

/**
 * Copies of all parameters, first layer first.
 * @param of others in their order, their gradients say
 * @param withMoments whether with running means and variances
 */
export function copyParameters(network: Learned, of?: Float32Array, withMoments?: boolean): LayerParameters[] {
  network.beforeUse?.();
  return network.layout.layers.map(({ inputs, outputs }, l) => {
    const copies = Object.entries(layerParameters(network, l, of, withMoments)).map(([name, view]) => [
      name,
      view.slice(),
    ]);
    return { ...Object.fromEntries(copies), inputs, outputs };
  });
}

/** Replaces layer `l`'s parameters, lists or lists of rows, which {@link checkParameters} has seen. */
export function setLayerParameters(network: Learned, l: number, given: LayerParametersLike): void {
  network.uses++;
  network.rowsSince = 0;
  for (const [name, view] of Object.entries(layerParameters(network, l))) {
    view.set(flatten("setParameters", name, given[name as keyof LayerParametersLike]));
    if (name === "biases") dropNegativeZeros(view);
  }
}

/** Replaces all that was learned with what a file has, in the order of the slab. */
export function setLearned(network: Learned, learned: Float32Array): void {
  network.uses++;
  network.rowsSince = 0;
  network.learned.set(learned);
  for (const l of network.layout.layers.keys()) dropNegativeZeros(layerParameters(network, l).biases);
}

/** A bias of -0 becomes +0, on which the sums of the sparse path rely. */
function dropNegativeZeros(biases: Float32Array): void {
  for (let j = 0; j < biases.length; j++) biases[j] += 0;
}

/** Refuses parameters that are not those of a network of this design. */
export function checkParameters(
  call: string,
  layers: unknown,
  design: Pick<Design, "layers" | "normalization" | "bias">,
): asserts layers is readonly LayerParametersLike[] {
  const { layers: sizes } = design;
  if (!Array.isArray(layers)) throw new TypeError(`${call}: layers must be an array, got ${show(layers)}.`);
  if (layers.length !== sizes.length - 1) {
    throw new RangeError(`${call}: layers must be ${sizes.length - 1} layers, got ${layers.length}.`);
  }
  const normalizations = normalizationsOf(design);
  sizes.slice(1).forEach((outputs, l) => {
    const [layer, inputs] = [layers[l], sizes[l]];
    checkNumbers(call, `layers[${l}].weights`, layer?.weights, inputs * outputs, outputs);
    const biases = checkNumbers(call, `layers[${l}].biases`, layer?.biases, outputs, outputs);
    const other = hasBias(design, l) ? undefined : Array.from(biases).find((bias) => bias !== 0);
    if (other !== undefined) {
      throw new RangeError(`${call}: layers[${l}].biases must be 0 in a layer without bias, got ${other}.`);
    }
    checkNormalized(call, l, layer, normalizations[l] ?? "none", outputs);
  });
}

/** What a layer must have beside weights and biases, and what it cannot have. */
function checkNormalized(
  call: string,
  l: number,
  layer: LayerParametersLike,
  normalization: keyof typeof NORMALIZATION_PARAMETERS,
  outputs: number,
): void {
  const names: readonly string[] = NORMALIZATION_PARAMETERS[normalization];
  for (const name of NORMALIZATION_PARAMETERS.batch) {
    const values = layer[name];
    if (names.includes(name)) {
      const numbers = checkNumbers(call, `layers[${l}].${name}`, values, outputs, outputs);
      const negative = name === "variance" ? Array.from(numbers).find((value) => value < 0) : undefined;
      if (negative !== undefined) {
        throw new RangeError(`${call}: layers[${l}].variance must hold numbers >= 0, got ${negative}.`);
      }
    } else if (values !== undefined) {
      throw new TypeError(
        `${call}: layers[${l}].${name} must be left out of a layer of normalization "${normalization}", got ${show(values)}.`,
      );
    }
  }
}

/** Copies of the lists, as far as they are any: what is read twice could say something else the second time. */
export function copyLists(layers: readonly LayerParametersLike[]): readonly LayerParametersLike[] {
  return eachOf(layers, (layer) => {
    const { weights, biases, gain, shift, mean, variance } = Object(layer) as LayerParametersLike;
    const lists = { weights, biases, gain, shift, mean, variance };
    return Object.fromEntries(
      Object.entries(lists)
        .filter(([, list]) => list !== undefined)
        .map(([name, list]) => [name, eachOf(list, eachOf)]),
    );
  });
}

function eachOf<L>(list: L, copy: (item: never) => unknown = (item) => item): L {
  return isWalkable(list) ? (list.map((item) => copy(item as never)) as L) : list;
}

/** Refuses what is not so many finite numbers, as a list or as rows; returns them flat. */
function checkNumbers(call: string, name: string, values: unknown, count: number, width: number): ArrayLike<number> {
  const flat = flatten(call, name, values);
  if (flat.length !== count) throw new RangeError(`${call}: ${name} must hold ${count} numbers, got ${flat.length}.`);
  checkFinite(call, name, flat, width);
  return flat;
}

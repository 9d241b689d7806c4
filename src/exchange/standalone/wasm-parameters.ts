/** Parameters as the memory of a .wasm file has them when it starts: W1 b1 W2 b2 ..., and what normalises a layer after its b. */
import { bytesOf } from "../../file/bytes.js";
import { type Rounding, shrinkWeights } from "../../file/small-weights.js";
import { NORMALIZATION_PARAMETERS, normalizationsOf } from "../../net/design.js";
import type { LayerParameters } from "../../net/layer-views.js";
import type { ExportableNetwork } from "../exported-model.js";
import type { Pieces } from "./wasm-binary.js";
import type { Call, Segment } from "./wasm-core.js";

/** Where weights lie, and a layer's outputs. */
interface Places {
  readonly layers: readonly { readonly w: number; readonly y: number; readonly outputs: number }[];
}

/** What memory holds, and the calls that make floats of it. */
interface ParameterData {
  readonly data: readonly Segment[];
  readonly expansions: readonly Call[];
}

/** @param params where the first network's parameters begin; all others follow */
export function parameterData(
  nets: readonly ExportableNetwork[],
  layouts: readonly Places[],
  params: number,
  rounding: Rounding | undefined,
): ParameterData {
  if (!rounding) {
    const slabs = nets.flatMap((net) => layersOf(net).flatMap(({ weights, others }) => [weights, ...others]));
    return { data: [{ address: params, bytes: slabs.map(bytesOf) }], expansions: [] };
  }
  const parts = nets.flatMap((net, m) =>
    layersOf(net).map(({ weights, others }, l) =>
      smallLayer(weights, others.map(bytesOf), layouts[m].layers[l], rounding),
    ),
  );
  return { data: parts.flatMap(({ data }) => data), expansions: parts.flatMap(({ expansions }) => expansions) };
}

function smallLayer(
  weights: Float32Array,
  others: Pieces,
  { w, y, outputs }: Places["layers"][number],
  rounding: Rounding,
): ParameterData {
  const { data, scales } = shrinkWeights(weights, outputs, rounding);
  const { byteLength } = data;
  // What follows the weights follows their last byte here too.
  const own = { address: w + weights.byteLength - byteLength, bytes: [bytesOf(data), ...others] };
  return {
    data: scales ? [own, { address: y, bytes: [bytesOf(scales)] }] : [own],
    // Weights that halves would lose stay as they are.
    expansions: byteLength < weights.byteLength ? [["expand", [w, byteLength, y, 4 * outputs]]] : [],
  };
}

/** The weights of each layer, and what follows them. */
function layersOf(net: ExportableNetwork): { weights: Float32Array; others: Float32Array[] }[] {
  const normalizations = normalizationsOf(net);
  return net.parameters().map((layer: LayerParameters, l) => {
    const names = NORMALIZATION_PARAMETERS[normalizations[l] ?? "none"];
    return { weights: layer.weights, others: [layer.biases, ...names.map((name) => layer[name] as Float32Array)] };
  });
}

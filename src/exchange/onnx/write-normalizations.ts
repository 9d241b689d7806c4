/** Normalisation of a layer's sums as ONNX operators. */
import type { Normalization } from "../../net/design.js";
import type { LayerParameters } from "../../net/layer-views.js";
import type { GraphWriter } from "./graph-writer.js";

/** As float32. */
const EPSILON = 1e-5;

/** The operator set that brought LayerNormalization; ReduceMean has its axes as an attribute until then, and one more. */
const LAYER_NORMALIZATION = 17;

/**
 * BatchNormalization by the running mean and variance, or LayerNormalization, which older operator sets have written out.
 * @param sums the name of what is normalised
 * @param prefix of the layer's names
 * @returns the name of the result
 */
export function writeNormalization(
  graph: GraphWriter,
  sums: string,
  prefix: string,
  normalization: Normalization | undefined,
  layer: LayerParameters,
  opset: number,
): string {
  if (normalization !== "batch" && normalization !== "layer") return sums;
  const floats = (name: "gain" | "shift" | "mean" | "variance") =>
    graph.floats(`${prefix}.${name}`, [layer.outputs], layer[name] as Float32Array);
  const [gain, shift] = [floats("gain"), floats("shift")];
  const name = `${prefix}.normalized`;
  if (normalization === "batch") {
    const inputs = [sums, gain, shift, floats("mean"), floats("variance")];
    return graph.node("BatchNormalization", inputs, name, { epsilon: EPSILON });
  }
  if (opset >= LAYER_NORMALIZATION) {
    return graph.node("LayerNormalization", [sums, gain, shift], name, { axis: -1n, epsilon: EPSILON });
  }
  const step = (operator: string, inputs: string[], suffix: string, attributes?: { axes: bigint[] }) =>
    graph.node(operator, inputs, `${prefix}.${suffix}`, attributes);
  const mean = step("ReduceMean", [sums], "row.mean", { axes: [-1n] });
  const centred = step("Sub", [sums, mean], "row.centred");
  const variance = step("ReduceMean", [step("Mul", [centred, centred], "row.squares")], "row.variance", {
    axes: [-1n],
  });
  const epsilon = graph.floats(`${prefix}.epsilon`, [1], Float32Array.of(EPSILON));
  const deviation = step("Sqrt", [step("Add", [variance, epsilon], "row.spread")], "row.deviation");
  const scaled = step("Mul", [step("Div", [centred, deviation], "row.standardised"), gain], "row.scaled");
  return graph.node("Add", [scaled, shift], name);
}

/** Writes a model as an ONNX file. */
import { checkOptions, checkWhole } from "../../ground/check.js";
import { normalizationsOf } from "../../net/design.js";
import { contentOf, type Exportable, type ExportableNetwork, networksOf } from "../exported-model.js";
import { WRITTEN_OPSETS, writeModel } from "./graph-writer.js";
import { type NetworkData, writeNetwork, writeTable } from "./write-models.js";

/** Options of {@link toOnnx}. */
export interface ToOnnxOptions {
  /** The version of the operator set ai.onnx, 13 to 26. Default: 17. */
  opset?: number;
}

/**
 * Writes a model as an ONNX file, for other runtimes: onnxruntime and the like predict what the model does, to 10⁻⁵. The file
 * is a copy, and the model stays as it is. Same model, same bytes. N is the number of rows.
 *
 * - MLP: input "input" [N, inputs] float. Outputs: "probabilities" [N, outputs], or "values" if the output is neither
 *   softmax nor sigmoid; for softmax also "label" [N] int64, the class id.
 * - Classifier: outputs "label" [N] (string for text, int64 for numbers, bool for booleans) and "probabilities" [N, labels],
 *   in the order of `labels`; of an ensemble the mean over its networks, all of them in the file. Of several labels a row it has
 *   "predicted" [N, labels] int64 in the place of "label": 1 for each label that `predict` gives, else 0. Regressor: output "value" [N, 1] float, in the target's unit; one of
 *   quantiles has instead all of them, ascending, as "quantiles" [N, quantiles]. Inputs of both: one a column
 *   that the model reads, [N, 1], under the column's name: float for numbers, NaN where missing; float 0, 1 or NaN for
 *   booleans; double for dates, days since 1970-01-01 UTC, NaN where missing; string for text, "" where missing. If a column has an output's name, that output is called `output_` and the
 *   name, say "output_label".
 *
 * Some rules ONNX cannot express, so the caller has to follow them: texts are compared exactly, so trim white space around
 * them (the texts that `missing` named stand for a missing value there, too); text that is a number ("$1,080", "NA"), a date or "true"
 * must come as a number (1080, NaN), a value of a column with an order as the text that stands there, a number that `missing` named as NaN; what `predict` refuses (an infinity, 0.5 as a boolean) is not refused. Inputs are float32: a number that
 * float32 does not hold, say a time in milliseconds, is rounded before the model sees it, which counts by the rounding over
 * the column's spread, or over the width of a bin; and so is a value of a Regressor on its way out, to 2⁻²⁴ of itself.
 * @throws TypeError if `model` is none of these; RangeError on another opset, a column without a name, a text of broken
 * surrogates, or a label beyond 64 bits
 * @example
 * const model = await Classifier.fit(passengers, { target: "survived" });
 * await writeFile("titanic.onnx", toOnnx(model));
 */
export function toOnnx(model: Exportable, options: ToOnnxOptions = {}): Uint8Array {
  const call = "toOnnx";
  checkOptions(call, options, ["opset"]);
  const { opset = 17 } = options;
  checkWhole(call, "opset", opset, WRITTEN_OPSETS.from, WRITTEN_OPSETS.to);
  const nets = networksOf(call, model).map(dataOf);
  const content = contentOf(model);
  return writeModel(content ? writeTable({ ...content, nets }, opset) : writeNetwork(nets[0], opset));
}

const dataOf = (net: ExportableNetwork): NetworkData => ({
  activation: net.activation,
  output: net.output,
  parameters: net.parameters(),
  normalizations: normalizationsOf(net),
});

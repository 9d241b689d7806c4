/** The entry `wasmlp/onnx`: models to ONNX files and back. */
import "./inline.js";
import { checkOptions, checkWhole, show } from "./check.js";
import type { Classifier } from "./classifier.js";
import type { EncoderData } from "./formats/encoder.js";
import {
  type NetworkData,
  type TableData,
  writeClassifier,
  writeNetwork,
  writeRegressor,
} from "./formats/onnx/network.js";
import { readNetwork } from "./formats/onnx/read.js";
import { refuse } from "./formats/onnx/refusal.js";
import { WRITTEN_OPSETS } from "./formats/onnx/writer.js";
import type { Label } from "./labels.js";
import { MLP } from "./mlp.js";
import type { Output } from "./network.js";
import type { Regressor } from "./regressor.js";

/** Options of {@link toOnnx}. */
export interface ToOnnxOptions {
  /** The version of the operator set ai.onnx, 13 to 21; 17 if left out. */
  opset?: number;
}

/** What {@link fromOnnx} returns. */
export interface OnnxModel {
  /** Predicts what the file does: probabilities if it ends in Softmax, LogSoftmax or Sigmoid, else values. */
  net: MLP<Output>;
  /**
   * What the file calls the classes, texts or whole numbers in the order of the net's outputs: `labels[net.predict(x)[row]]`
   * for softmax. undefined if it does not name them.
   */
  labels: readonly Label[] | undefined;
}

/**
 * Writes a model as an ONNX file, for other runtimes: onnxruntime and the like predict what the model does, to 10⁻⁵. Copies;
 * the model is left alone. Same model, same bytes. N is the number of rows.
 *
 * - MLP: input "input" [N, inputs] float. Outputs: "probabilities" [N, outputs], or "values" if the output is linear; for
 *   softmax also "label" [N] int64, the class id.
 * - Classifier: outputs "label" [N] (string for text, int64 for numbers, bool for booleans) and "probabilities" [N, labels],
 *   in the order of `labels`. Regressor: output "value" [N, 1] float, in the target's unit. Inputs of both: one a column
 *   that the model reads, [N, 1], under the column's name: float for numbers, NaN where missing; float 0, 1 or NaN for
 *   booleans; string for text, "" where missing. If a column has an output's name, that output is called `output_` and the
 *   name, say "output_label".
 *
 * What ONNX does not express, and the caller has to see to: texts are compared as they stand, so white space around them
 * must be gone (the texts that `missing` named stand for a missing value there, too); text that is a number, or "true", must
 * come as a number; what `predict` refuses (an infinity, 0.5 as a boolean) is not refused. Inputs are float32: a number that
 * float32 does not hold, say a time in milliseconds, is rounded before the model sees it, which counts by the rounding over
 * the column's deviation; and so is a value of a Regressor on its way out, to 2⁻²⁴ of itself.
 * @throws TypeError if `model` is none of these; RangeError on another opset, a column without a name, a text of broken
 * surrogates, or a label beyond 64 bits
 * @example
 * const model = await Classifier.fit(passengers, { target: "survived" });
 * await writeFile("titanic.onnx", toOnnx(model));
 */
export function toOnnx(model: MLP<Output> | Classifier | Regressor, options: ToOnnxOptions = {}): Uint8Array {
  const call = "toOnnx";
  checkOptions(call, options, ["opset"]);
  const { opset = 17 } = options;
  checkWhole(call, "opset", opset, WRITTEN_OPSETS.from, WRITTEN_OPSETS.to);
  // Not by class: the models of wasmlp/slim are of its own.
  if (model !== null && typeof model === "object" && "parameters" in model)
    return writeNetwork(networkOf(model), opset);
  if (typeof (model as Partial<Classifier> | null)?.saved !== "function") {
    throw new TypeError(`${call}: model must be an MLP, a Classifier or a Regressor, got ${show(model)}.`);
  }
  const { kind, encoder, code } = model.saved();
  const table: TableData = { net: networkOf(model.net), encoder: encoder as EncoderData };
  if (kind === "classifier") return writeClassifier(table, code as readonly Label[], opset);
  return writeRegressor(table, code as { mean: number; deviation: number }, opset);
}

function networkOf(net: MLP<Output>): NetworkData {
  return { activation: net.activation, output: net.output, parameters: net.parameters() };
}

/**
 * Reads an ONNX file whose graph is a multilayer perceptron, as PyTorch, Keras and scikit-learn's converters write them, and
 * makes the model that predicts the same, to 10⁻⁵. Nothing but the bytes is looked at: no path in them is opened.
 *
 * The graph may be any chain of Gemm, MatMul, Add, Sub, Mul, Div with constants, Relu, Sigmoid, Tanh, Softmax, LogSoftmax,
 * BatchNormalization, Flatten, Reshape to rows, Identity, Dropout, Cast to float, and ai.onnx.ml's Scaler, for ai.onnx 7 to
 * 25 and ai.onnx.ml 1 to 5, with weights in float32, float64, float16 or bfloat16. What scales and shifts is folded into the
 * weights in float64. Everything else is refused by name; so are: an activation
 * without weights before it, Relu or Tanh at the end, weights that are not finite, and a shift before a layer that float32
 * could not hold beside what it shifts (more than 64 in a sum: leave the scaling out, and scale the rows).
 *
 * - LogSoftmax: the net gives the probabilities, of which the file gives the logarithms.
 * - scikit-learn's tail (ArgMax, ArrayFeatureExtractor, Reshape, Cast, ZipMap) becomes `labels`. The one sigmoid of its binary
 *   classifiers, with Sub and Concat, becomes a softmax of two by exact algebra, so that labels are used alike.
 * - An input of more axes, [N, 1, 28, 28] say, which a Flatten makes rows of, is given as rows of all its numbers, [N, 784].
 * - Files that compute in float16 are computed in float32.
 * - What {@link toOnnx} wrote of an MLP comes back with the same weights. A Classifier or Regressor does not come back from
 *   its file: its columns are operators there. Keep what `save` wrote.
 * @throws TypeError if `bytes` is no Uint8Array; Error naming the node, the operator or the tensor that is not understood
 * @example
 * const { net, labels } = await fromOnnx(await readFile("model.onnx"));
 * labels?.[net.predict(row)[0]];
 */
export async function fromOnnx(bytes: Uint8Array): Promise<OnnxModel> {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`fromOnnx: bytes must be a Uint8Array, got ${show(bytes)}.`);
  const { sizes, activations: activation, output, labels, parameters } = readNetwork(bytes);
  const layers = parameters();
  try {
    const net = await MLP.create<Output>({ layers: [...sizes], activation, output, init: { gaussian: 0 } });
    net.setParameters(layers);
    return { net, labels };
  } catch (cause) {
    if (cause instanceof RangeError) return refuse("hold layers that fit in memory", show([...sizes]), cause);
    throw cause;
  }
}

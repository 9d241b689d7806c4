/** Reads an ONNX file as a model. */
import { checkBytes, show } from "../../ground/check.js";
import { MLP } from "../../model/mlp.js";
import type { Output } from "../../net/activations.js";
import type { Label } from "../../table/label.js";
import { type Layers, planLayers } from "./fold-layers.js";
import { readGraph } from "./graph.js";
import { refuse } from "./refusal.js";
import { parseModel } from "./wire.js";

/** What parameters in float32 may take beside twice the file, of which numbers of 16 bits become as much. */
const ALLOWANCE = 2 ** 20;

/** The result of {@link fromOnnx}. */
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
 * Reads an ONNX file whose graph is a multilayer perceptron, as the converters of PyTorch, Keras and scikit-learn write it, and
 * returns a model that predicts the same, to 10⁻⁵. It reads nothing but the bytes: paths in them are not opened.
 *
 * The graph may be any chain of Gemm, MatMul, Add, Sub, Mul, Div with constants, activations, Softmax, LogSoftmax,
 * BatchNormalization, Flatten, Reshape to rows, Identity, Dropout, Cast to float, and ai.onnx.ml's Scaler, for ai.onnx 7 to
 * 25 and ai.onnx.ml 1 to 5, with weights in float32, float64, float16 or bfloat16. What scales and shifts is folded into the
 * weights in float64. Everything else is refused by name; so are an activation
 * without weights before it, weights that are not finite, and a shift before a layer that float32
 * could not hold beside what it shifts (more than 64 in a sum: leave the scaling out, and scale the rows).
 *
 * - Activations: Relu, Sigmoid, Tanh, LeakyRelu, Elu, Selu, Gelu, HardSigmoid (alpha 1/6), Softplus, Softsign, Mish, Exp, Clip to
 *   0 and 6 or to -1 and 1, and what PyTorch writes of several operators: x·Sigmoid(x), x·Tanh(Softplus(x)),
 *   ½·x·(1 + Erf(x/√2)). At the end they are the net's output; a LeakyRelu or an Elu there has the usual alpha.
 * - LogSoftmax: the net gives the probabilities, of which the file gives the logarithms.
 * - scikit-learn's tail (ArgMax, ArrayFeatureExtractor, Reshape, Cast, ZipMap) becomes `labels`. The one sigmoid of its binary
 *   classifiers, with Sub and Concat, becomes a softmax of two by exact algebra, so that labels are used alike.
 * - An input of more axes, [N, 1, 28, 28] say, which a Flatten makes rows of, is given as rows of all its numbers, [N, 784].
 * - Files that compute in float16 are computed in float32.
 * - What {@link toOnnx} wrote of an MLP comes back with the same weights, batch normalisation as part of them, but not layer
 *   normalisation, whose operator is refused. A Classifier or Regressor does not come back from
 *   its file: its columns are operators there. Keep what `save` wrote.
 * @throws TypeError if `bytes` is not a Uint8Array; Error naming the node, the operator or the tensor that is not understood
 * @example
 * const { net, labels } = await fromOnnx(await readFile("model.onnx"));
 * labels?.[net.predict(row)[0]];
 */
export async function fromOnnx(bytes: Uint8Array): Promise<OnnxModel> {
  const file = checkBytes("fromOnnx", "bytes", bytes);
  const { sizes, activations: activation, output, labels, parameters } = readNetwork(file);
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

/** What the network is made of. @throws Error saying what is wrong with the file */
function readNetwork(bytes: Uint8Array): Layers & Pick<OnnxModel, "labels"> {
  const { scores, labels } = readGraph(parseModel(bytes));
  return { ...planLayers(scores, 2 * bytes.length + ALLOWANCE), labels };
}

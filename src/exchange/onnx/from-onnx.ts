/** Reads an ONNX file as a model. */
import type { Scaling } from "../../data/scaling.js";
import type { SavedNetwork } from "../../file/write-model.js";
import { checkBytes, checkName, checkOptions, show } from "../../ground/check.js";
import { MLP } from "../../model/mlp.js";
import type { Activation, Output } from "../../net/activations.js";
import type { Design } from "../../net/design.js";
import { Classifier } from "../../table/classifier.js";
import type { Label } from "../../table/label.js";
import { Regressor } from "../../table/regressor.js";
import { savedOf, type Table } from "../table-file.js";
import { readExternal } from "./external-data.js";
import type { Layers } from "./fold-layers.js";
import { readGraph } from "./graph.js";
import { ModelSchema } from "./onnx_pb.js";
import { planModel } from "./plan-model.js";
import { refuse } from "./refusal.js";
import { Runner } from "./run-nodes.js";
import { Parser } from "./wire.js";
import { readWrittenTable, type WrittenTable } from "./written-table.js";

/** What parameters in float32 may take beside twice the file, of which numbers of 16 bits become as much. */
const ALLOWANCE = 2 ** 20;

/** The options of {@link fromOnnx}. */
export interface FromOnnxOptions {
  /**
   * Files that lie beside the model, by the names that it has for them: `{ "model.onnx.data": bytes }`, as today's exporter of PyTorch
   * writes weights. Nothing is looked for anywhere else.
   */
  external?: Readonly<Record<string, Uint8Array>>;
  /** What logits are to become, if the file ends in such: `"softmax"` of classes, or `"sigmoid"`. Default: what the file ends in. */
  output?: "softmax" | "sigmoid";
}

/** The result of {@link fromOnnx}. */
export interface OnnxModel {
  /** Predicts what the file does: probabilities if it ends in Softmax, LogSoftmax or Sigmoid, else values. */
  net: MLP<Output>;
  /**
   * What the file calls the classes, texts or whole numbers in the order of the net's outputs: `labels[net.predict(x)[row]]`
   * for softmax. undefined if it does not name them.
   */
  labels: readonly Label[] | undefined;
  /**
   * What rows are scaled by before the net reads them, where float32 cannot hold that in its weights:
   * `Dataset.from({ x, y }).standardise(scaling)`, (x - mean) / deviation. undefined if there is nothing of that.
   */
  scaling: Scaling | undefined;
  /** The names of the net's inputs, in their order, where the file has several and no `model` is made of it: else undefined. */
  inputs: readonly string[] | undefined;
  /**
   * Of a file whose inputs are columns: what takes rows by name, `model.predict({ age: 22, sex: "female" })`. A Classifier if the file gives
   * labels or probabilities of classes, a Regressor if it gives one value. undefined for all others.
   */
  model: Classifier | Regressor | undefined;
}

/**
 * Reads an ONNX file whose graph is a multilayer perceptron, as the converters of PyTorch, Keras and scikit-learn write it, and
 * returns a model that predicts the same, to 10⁻⁵. It reads nothing but the bytes that it is given: paths in them are not opened.
 *
 * The graph may be any chain of Gemm, MatMul, Add, Sub, Mul, Div, Neg, Max and Min with constants, activations, Softmax, LogSoftmax,
 * BatchNormalization, LayerNormalization, Flatten, Reshape, Squeeze, Transpose and the like, Slice and Gather of features, Identity,
 * Dropout, Cast, and ai.onnx.ml's Scaler, LinearClassifier and LinearRegressor, for ai.onnx 6 to
 * 26 and ai.onnx.ml 1 to 5, with weights in float32, float64, float16 or bfloat16. What is made of constants and shapes alone is
 * computed, functions of the file's own and an `If` of a known condition are what they hold, and what no output needs is not looked at. What scales and shifts is folded into the
 * weights in float64, which changes the rounding by some 10⁻⁷ of a sum. Everything else is refused by name: convolutions, attention,
 * recurrence, branches that meet again (residuals), two heads; so are
 * weights that are not finite, and a shift inside the network that float32
 * could not hold beside what it shifts (more than 64 in a sum).
 *
 * - Activations: Relu, Sigmoid, Tanh, LeakyRelu, PRelu of one slope, Elu, Celu, Selu, Gelu, HardSigmoid, Softplus, Softsign, Mish, Swish,
 *   Exp, Clip, and what exporters write of several operators: x·Sigmoid(x), x·Tanh(Softplus(x)),
 *   ½·x·(1 + Erf(x/√2)), Log(Sigmoid(x)). One that has no weights before it, two in a row, and one that is scaled at the end get a layer of weights
 *   that changes nothing.
 * - LogSoftmax: the net gives the probabilities, of which the file gives the logarithms.
 * - scikit-learn's tail (ArgMax, ArrayFeatureExtractor, Reshape, Cast, ZipMap) becomes `labels`. The one sigmoid of its binary
 *   classifiers, with Sub and Concat, becomes a softmax of two by exact algebra, so that labels are used alike. A graph that gives
 *   the largest of its scores alone becomes a softmax, too.
 * - Columns, each an input [N, 1], as scikit-learn's converter makes them of a DataFrame: put together by Concat or FeatureVectorizer, prepared by Imputer, Scaler,
 *   Binarizer, OneHotEncoder, LabelEncoder. They become `model`, which takes rows by name. Columns of one matrix "x" are called "x[0]", "x[1]".
 *   A text or a number of no category counts as none; a missing number that nothing is put in the place of counts as the mean.
 * - An input of more axes, [N, 1, 28, 28] say, which a Flatten makes rows of, is given as rows of all its numbers, [N, 784]; one
 *   without an axis of rows, [5], as one row.
 * - Files that compute in float16 are computed in float32.
 * - What {@link toOnnx} wrote of an MLP comes back with the same weights, batch normalisation as part of them. What it wrote of a Classifier
 *   or a Regressor comes back as `model`, with all its networks and columns, and answers as it did, to the bit; `net` is the first of the networks. Not in the file, and therefore
 *   not in the model: names of several labels a row (they are 0, 1, 2, ...), the order of day and month in texts (texts like 1/2/2024 are
 *   refused), how numbers are written as text, held-out scores and intervals, the history. Quantiles do not come back, since their levels are not there either. A file that
 *   another program changed since is read as any other, and its columns are refused.
 * @throws TypeError if `bytes` is not a Uint8Array, or `external` no object of such; Error naming the node, the operator or the tensor that is not understood
 * @example
 * const { net, labels } = await fromOnnx(await readFile("model.onnx"));
 * labels?.[net.predict(row)[0]];
 */
export async function fromOnnx(bytes: Uint8Array, options: FromOnnxOptions = {}): Promise<OnnxModel> {
  const call = "fromOnnx";
  const file = checkBytes(call, "bytes", bytes);
  checkOptions(call, options, ["external", "output"]);
  const { external: given, output } = options;
  if (output !== undefined) checkName(call, "output", output, ["softmax", "sigmoid"]);
  const external = readExternal(call, given);
  let size = file.length;
  for (const beside of external.values()) size += beside.length;
  const parser = new Parser(file.length);
  const parsed = parser.read(ModelSchema, file);
  const written = readWrittenTable(parsed);
  if (written) return restore(written, output);
  const running = Runner.of(parsed, external, size, parser);
  const planned = planModel(readGraph(parsed, external, running), output, 2 * size + ALLOWANCE);
  const net = await makeNet(planned.layers);
  const { labels, scaling, inputs, table } = planned;
  return {
    net,
    labels,
    scaling,
    inputs,
    model: table && (await tableOf([savedOf(net)], { ...table, target: table.output })),
  };
}

/** What `toOnnx` wrote of a table's model. */
async function restore(written: WrittenTable, asked: FromOnnxOptions["output"]): Promise<OnnxModel> {
  const networks: SavedNetwork[] = [];
  for (const { sizes, activation, normalizations, output, slab } of written.nets) {
    if (asked && asked !== output) refuse(`end in logits for { output: "${asked}" }`, output);
    const design = designOf({ sizes, activations: activation as readonly Activation[], normalizations, output });
    // All but its sizes is looked at by the doors of `MLP.create`.
    await MLP.create({ ...design, layers: sizes.map(() => 2) }).catch((cause: Error) =>
      refuse("hold networks of this library", cause.message.replace(/\.$/, ""), cause),
    );
    networks.push({ design, parameters: slab, random: UNUSED });
  }
  const isRegressor = written.kind === "regressor";
  const labels = isRegressor ? undefined : written.code;
  const answers = isRegressor ? { value: written.code } : { labels, isSet: written.kind !== "classifier" };
  const model = await tableOf(networks, { encoder: written.encoder, target: written.output, ...answers });
  // Labels of sets have no names in the file.
  const named = written.kind === "classifier" ? labels : undefined;
  return { net: model.net as MLP<Output>, labels: named, scaling: undefined, inputs: undefined, model };
}

/** The state of a generator that nothing was drawn from. */
const UNUSED = [1, 2, 3, 4] as const;

function designOf({ sizes, activations, normalizations, output }: Omit<Layers, "parameters">): Design {
  const [first = "none"] = normalizations;
  const normalization = normalizations.every((own) => own === first) ? first : [...normalizations];
  const plain = { layers: [...sizes], activation: [...activations], output };
  return normalization === "none" ? plain : { ...plain, normalization };
}

async function makeNet(layers: Layers): Promise<MLP<Output>> {
  try {
    const net = await MLP.create<Output>({ ...designOf(layers), init: { gaussian: 0 } });
    net.setParameters(layers.parameters);
    return net;
  } catch (cause) {
    if (cause instanceof RangeError) return refuse("hold layers that fit in memory", show([...layers.sizes]), cause);
    throw cause;
  }
}

async function tableOf(networks: readonly SavedNetwork[], table: Table): Promise<Classifier | Regressor> {
  const { tableFile } = await import("../table-file.js");
  try {
    const file = tableFile(networks, table) as never;
    return table.labels ? await Classifier.load<Label>(file) : await Regressor.load(file);
  } catch (cause) {
    return refuse("have columns that a table can have", (cause as Error).message.replace(/\.$/, ""), cause);
  }
}

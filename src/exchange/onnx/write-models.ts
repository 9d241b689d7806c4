/** Networks, classifiers and regressors as ONNX graphs. */
import { prefixOf } from "../../file/tensor-prefixes.js";
import { show } from "../../ground/check.js";
import { encodeUtf8 } from "../../ground/text.js";
import { type Activation, type Activations, hasClasses, type Output, perLayer } from "../../net/activations.js";
import type { Normalization } from "../../net/design.js";
import type { LayerParameters } from "../../net/layer-views.js";
import type { LearnedColumn } from "../../table/columns.js";
import type { EncoderData } from "../../table/encoder.js";
import type { Label } from "../../table/label.js";
import { levelsOf } from "../../table/target-loss.js";
import type { Unit } from "../exported-model.js";
import { writeColumns } from "./column-operators.js";
import { GraphWriter } from "./graph-writer.js";
import type { Model } from "./onnx_pb.js";
import { TYPES } from "./tensor-storage.js";
import { writeActivation } from "./write-activations.js";
import { writeNormalization } from "./write-normalizations.js";

/** What of a network is written. */
export interface NetworkData {
  readonly activation: Activations;
  readonly output: Output;
  readonly parameters: readonly LayerParameters[];
  /** Of the hidden layers' sums. */
  readonly normalizations: readonly Normalization[];
}

/**
 * @param prefix of the network's names
 * @returns the name of the last layer's sums
 */
function writeLayers(graph: GraphWriter, features: string, net: NetworkData, opset: number, prefix = ""): string {
  const { activation, parameters, normalizations } = net;
  const activations = perLayer(activation, parameters.length - 1);
  return parameters.reduce((x, layer, l) => {
    const { weights, biases, inputs, outputs } = layer;
    const name = `${prefix}${l}`;
    const constants = [
      graph.floats(`${name}.weight`, [inputs, outputs], weights),
      graph.floats(`${name}.bias`, [outputs], biases),
    ];
    const gemm = graph.node("Gemm", [x, ...constants], `${name}.sums`);
    const sums = writeNormalization(graph, gemm, name, normalizations[l], layer, opset);
    const own = activations[l];
    if (own === undefined || own === "identity") return sums;
    return writeActivation(graph, own, sums);
  }, features);
}

/** The last layer's sums of each of a table's networks. Names are those of files, `member1.0.weight` for the second. */
function writeMembers(graph: GraphWriter, { nets, encoder }: TableData, opset: number): string[] {
  const features = writeColumns(graph, encoder);
  return nets.map((net, m) => writeLayers(graph, features, net, opset, prefixOf(m)));
}

const widthOf = (parameters: readonly LayerParameters[]) => parameters[parameters.length - 1].outputs;

/** input [N, inputs] to probabilities or values [N, outputs], and the label [N] where classes exclude each other. */
export function writeNetwork(net: NetworkData, opset: number): Model {
  const [scores, label] = [hasClasses(net.output) ? "probabilities" : "values", "label"];
  const graph = new GraphWriter(["input", scores, label]);
  const sums = writeLayers(graph, graph.input("input", "FLOAT", net.parameters[0].inputs), net, opset);
  const width = widthOf(net.parameters);
  if (net.output === "softmax") {
    // Of the sums, as `predict` decides.
    graph.result("ArgMax", [sums], label, { axis: 1n, keepdims: 0n });
    graph.output(label, "INT64");
    graph.result("Softmax", [sums], scores, { axis: 1n });
  } else writeActivation(graph, net.output === "linear" ? "identity" : net.output, sums, scores);
  graph.output(scores, "FLOAT", width);
  return graph.finish("mlp", opset);
}

/** What of a table is written. */
export interface TableData {
  /** Those whose answers are averaged. */
  readonly nets: readonly NetworkData[];
  readonly encoder: EncoderData;
}

/** A table with what its networks answer: the labels, or the unit of the values. */
export type TableFile = TableData &
  (
    | { readonly kind: "classifier" | "multi-label classifier"; readonly code: readonly Label[] }
    | { readonly kind: "regressor"; readonly code: Unit }
  );

export function writeTable({ nets, encoder, ...answers }: TableFile, opset: number): Model {
  const table = { nets, encoder };
  const write = answers.kind === "classifier" ? writeClassifier : writeLabelSets;
  const model =
    answers.kind === "regressor" ? writeRegressor(table, answers.code, opset) : write(table, answers.code, opset);
  // No operator tells of them where there is no column of text.
  const { missing } = encoder;
  if (missing.length > 0) model.docString = encodeUtf8(JSON.stringify({ missing }));
  return model;
}

/** One input a column to the label [N] and the probabilities [N, labels]. */
function writeClassifier(table: TableData, labels: readonly Label[], opset: number): Model {
  const { columns } = table.encoder;
  const [label, scores] = outputNames(columns, ["label", "probabilities"]);
  const graph = new GraphWriter([...columns.map(({ name }) => name), label, scores]);
  writeProbabilities(graph, writeMembers(graph, table, opset), scores, "Softmax", { axis: 1n });
  const ids = graph.node("ArgMax", [scores], "label.id", { axis: 1n, keepdims: 0n });
  writeLabels(graph, ids, label, labels);
  graph.output(scores, "FLOAT", labels.length);
  return graph.finish("classifier", opset);
}

/** One input a column to zeros and ones, and to probabilities, both [N, labels]. */
function writeLabelSets(table: TableData, labels: readonly Label[], opset: number): Model {
  const { columns } = table.encoder;
  const [predicted, scores] = outputNames(columns, ["predicted", "probabilities"]);
  const graph = new GraphWriter([...columns.map(({ name }) => name), predicted, scores]);
  writeProbabilities(graph, writeMembers(graph, table, opset), scores, "Sigmoid");
  const half = graph.floats("predicted.half", [1], Float32Array.of(0.5));
  const likely = graph.node("GreaterOrEqual", [scores, half], "predicted.likely");
  graph.result("Cast", [likely], predicted, { to: BigInt(TYPES.INT64) });
  graph.output(predicted, "INT64", labels.length);
  graph.output(scores, "FLOAT", labels.length);
  return graph.finish("classifier", opset);
}

/** The probabilities by one network's last sums, or the mean over those of several. */
function writeProbabilities(
  graph: GraphWriter,
  sums: readonly string[],
  scores: string,
  operator: "Softmax" | "Sigmoid",
  attributes?: Readonly<Record<string, bigint>>,
): void {
  if (sums.length === 1) {
    graph.result(operator, [...sums], scores, attributes);
    return;
  }
  const each = sums.map((own, m) => graph.node(operator, [own], `${prefixOf(m)}scores`, attributes));
  graph.result("Mean", each, scores);
}

function writeLabels(graph: GraphWriter, ids: string, output: string, labels: readonly Label[]): void {
  const [first] = labels;
  if (typeof first === "boolean") {
    // false comes before true, so that ids are what they say.
    graph.result("Cast", [ids], output, { to: BigInt(TYPES.BOOL) });
    graph.output(output, "BOOL");
    return;
  }
  const isText = typeof first === "string";
  const names = isText
    ? graph.texts("label.names", labels.map(String))
    : graph.integers("label.names", [labels.length], labels.map(toInt64));
  graph.result("Gather", [names, ids], output, { axis: 0n });
  graph.output(output, isText ? "STRING" : "INT64");
}

function toInt64(label: Label): bigint {
  const integer = BigInt(label);
  if (BigInt.asIntN(64, integer) === integer) return integer;
  throw new RangeError(`toOnnx: labels must be whole numbers of 64 bits, got ${show(label)}.`);
}

/** One input a column to the value [N, 1], in the target's unit; of quantiles to all of them [N, quantiles], ascending. */
function writeRegressor(table: TableData, { mean, deviation, log, loss }: Unit, opset: number): Model {
  const { columns } = table.encoder;
  const levels = levelsOf(loss);
  const [output] = outputNames(columns, [levels ? "quantiles" : "value"]);
  const graph = new GraphWriter([...columns.map(({ name }) => name), output]);
  const sums = writeAnswers(graph, table, opset, levels?.length ?? 1);
  // In float64, as `predict` does it: a mean may be large beside the deviation.
  const standardised = graph.node("Cast", [sums], "value.standardised", { to: BigInt(TYPES.DOUBLE) });
  const scaled = graph.node("Mul", [standardised, graph.double("value.deviation", deviation)], "value.scaled");
  const learned = graph.node("Add", [scaled, graph.double("value.mean", mean)], "value.double");
  const value = log ? writeAmount(graph, learned, log) : learned;
  graph.result("Cast", [value], output, { to: BigInt(TYPES.FLOAT) });
  graph.output(output, "FLOAT", levels?.length ?? 1);
  return graph.finish("regressor", opset);
}

/** The mean over the networks of what each answers; of several answers a row, quantiles, in ascending order. */
function writeAnswers(graph: GraphWriter, table: TableData, opset: number, width: number): string {
  const each = writeMembers(graph, table, opset).map((own, m) => {
    const { output } = table.nets[m];
    return output === "linear" ? own : writeActivation(graph, output as Activation, own);
  });
  const answers = each.length === 1 ? each[0] : graph.node("Mean", each, "value.members");
  return width === 1 ? answers : graph.ascending(answers, width, "value.ascending");
}

/** Of a logarithm the amount, as `decode` of src/table/target-scaler.ts gives it. */
function writeAmount(graph: GraphWriter, learned: string, { factor, offset }: NonNullable<Unit["log"]>): string {
  const amount = graph.node("Exp", [learned], "value.exp");
  const product = graph.node("Mul", [amount, graph.double("value.factor", factor)], "value.product");
  return graph.node("Sub", [product, graph.double("value.offset", offset)], "value.amount");
}

/** The names of outputs; where a column has that name, "output_" comes before it. */
function outputNames(columns: readonly LearnedColumn[], names: readonly string[]): string[] {
  const taken = new Set(columns.map(({ name }) => name));
  return names.map((name) => {
    let free = name;
    while (taken.has(free)) free = `output_${free}`;
    return free;
  });
}
